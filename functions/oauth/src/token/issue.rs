//! The endpoint.

use std::sync::Arc;

use convene::{
    auth::{AccessToken, host},
    edge::{Endpoint, Request, Response},
};
use secrecy::ExposeSecret as _;

use super::{
    credentials, form,
    holder::{self, Holder},
    openapi::Refusals,
    refresh,
    refusal::Refusal,
    scopes,
    wire::{TokenRequest, TokenResponse},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("issue-token", issue_token)
}

/// Issue an access token
///
/// The client proves itself by HTTP Basic, or by `client_id` and `client_secret` in the form, never both. The grant
/// `refresh_token` answers with the refresh token to use from now on; a request whose answer was lost may be repeated
/// within a minute. Using an older refresh token ends its whole family: all tokens derived from the same first one. The
/// grant `password` is served only where the deployment and the tenant still allow an administrator's login, and needs no
/// client.
#[utoipa::path(
    post,
    path = "/oauth2/token",
    operation_id = "issueToken",
    tag = "OAuth 2.0",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "An access token.", body = TokenResponse, content_type = "application/json"),
        Refusals
    ),
    security(("client_basic" = []), ())
)]
pub async fn issue_token(request: Arc<Request>) -> Result<Response, Refusal> {
    let issued = issue(&request).await?;
    Ok(Response::json(200, &issued).header("pragma", "no-cache"))
}

enum Grant<'a> {
    ClientCredentials,
    RefreshToken(&'a str),
    Password { login: &'a str, password: &'a str },
}

async fn issue(request: &Request) -> Result<TokenResponse, Refusal> {
    let form = form::read(request.header("content-type"), &request.content()?)?;
    let grant = grant(&form, request.services.settings.password_grant)?;
    // One that is not text reads as an empty one, which proves nothing.
    let authorization =
        || request.headers.get_all("authorization").into_iter().map(|value| value.to_str().unwrap_or_default());
    let client = match grant {
        // Logins are for those who have no client; one that is named must prove itself all the same.
        Grant::Password { .. } if !credentials::are_in(authorization(), &form) => None,
        _ => {
            let readings = credentials::read(authorization(), &form)?;
            Some(request.services.clients.authenticate(&request.context, host(&request.headers), &readings).await?)
        }
    };
    let holder = match (&grant, &client) {
        (Grant::Password { login, password }, client) => {
            holder::by_login(request, login, password, client.as_ref()).await?
        }
        (_, Some(client)) => Holder::from(client),
        (_, None) => return Err(Refusal::invalid_client("the request has no client credentials")),
    };
    request.context.act_for(&holder.tenant.id);

    // Everything that can fail comes before the refresh token is used up.
    let scopes = scopes::granted(form.scope.as_deref(), &holder.scopes)?;
    let access_token =
        AccessToken::issue(&holder.keys, &holder.tenant.id, &holder.id, &scopes, request.services.now())?;
    let refresh_token = match (grant, &client) {
        (Grant::RefreshToken(token), Some(client)) => Some(refresh::exchange(request, client, token).await?),
        _ => None,
    };
    Ok(TokenResponse {
        access_token: access_token.expose_secret().to_owned(),
        token_type: "Bearer",
        expires_in: AccessToken::LIFETIME.as_secs(),
        refresh_token: refresh_token.map(|token| token.expose_secret().to_owned()),
        scope: scopes::joined(&scopes),
    })
}

/// `with_passwords`: whether the deployment issues tokens for a login and password.
fn grant(form: &TokenRequest, with_passwords: bool) -> Result<Grant<'_>, Refusal> {
    match form.grant_type.as_str() {
        "client_credentials" => Ok(Grant::ClientCredentials),
        "refresh_token" => match form.refresh_token.as_deref() {
            Some(token) => Ok(Grant::RefreshToken(token)),
            None => Err(Refusal::invalid_request("The parameter refresh_token is missing.")),
        },
        "password" if with_passwords => match (form.username.as_deref(), form.password.as_deref()) {
            (Some(login), Some(password)) => Ok(Grant::Password { login, password }),
            _ => Err(Refusal::invalid_request("The parameters username and password are needed.")),
        },
        _ => Err(Refusal::unsupported_grant_type(with_passwords)),
    }
}

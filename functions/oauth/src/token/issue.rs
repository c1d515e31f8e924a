//! The endpoint.

use std::sync::Arc;

use convene::{
    Problem,
    auth::{AccessToken, authenticate_client},
    edge::{Answer, Call, Function},
};
use secrecy::ExposeSecret as _;

use super::{
    credentials, form,
    openapi::Refusals,
    refresh,
    refusal::Refusal,
    scopes,
    wire::{TokenRequest, TokenResponse},
};

/// The endpoint as a function.
pub fn function() -> Function {
    Function::new("issue-token", refuse, issue_token)
}

fn refuse(problem: &Problem) -> Answer {
    Refusal::from(problem.clone()).answer(false)
}

/// Issue an access token
///
/// The client proves itself by HTTP Basic, or by `client_id` and `client_secret` in the form, never both. The grant
/// `refresh_token` answers with the refresh token to use from now on; a request whose answer was lost may be repeated
/// within a minute. Using an older refresh token ends its whole family: all tokens derived from the same first one.
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
pub async fn issue_token(call: Arc<Call>) -> Answer {
    match issue(&call).await {
        Ok(response) => Answer::json(200, &response, "NoError").header("pragma", "no-cache"),
        Err(refusal) => refusal.answer(call.headers.contains_key("authorization")),
    }
}

enum Grant<'a> {
    ClientCredentials,
    RefreshToken(&'a str),
}

async fn issue(call: &Call) -> Result<TokenResponse, Refusal> {
    let content_type = call.headers.get("content-type").and_then(|value| value.to_str().ok());
    let request = form::read(content_type, &call.body)?;
    let grant = grant(&request)?;
    // One that is not text reads as an empty one, which proves nothing.
    let authorization =
        call.headers.get_all("authorization").into_iter().map(|value| value.to_str().unwrap_or_default());
    let credentials = credentials::read(authorization, &request)?;

    let client =
        authenticate_client(&call.services, &call.context, &credentials.client_id, &credentials.secret).await?;
    call.context.act_for(&client.tenant.id);

    // Everything that can fail comes before the refresh token is used up.
    let scopes = scopes::granted(request.scope.as_deref(), &client.client)?;
    let now = call.services.now();
    let access_token = AccessToken::issue(&client.keys, &client.tenant.id, &client.client.client_id, &scopes, now)?;
    let refresh_token = match grant {
        Grant::ClientCredentials => None,
        Grant::RefreshToken(token) => Some(refresh::exchange(call, &client, token).await?),
    };
    Ok(TokenResponse {
        access_token: access_token.expose_secret().to_owned(),
        token_type: "Bearer",
        expires_in: AccessToken::LIFETIME.as_secs(),
        refresh_token: refresh_token.map(|token| token.expose_secret().to_owned()),
        scope: scopes::joined(&scopes),
    })
}

fn grant(request: &TokenRequest) -> Result<Grant<'_>, Refusal> {
    match request.grant_type.as_str() {
        "client_credentials" => Ok(Grant::ClientCredentials),
        "refresh_token" => match request.refresh_token.as_deref() {
            Some(token) => Ok(Grant::RefreshToken(token)),
            None => Err(Refusal::invalid_request("The parameter refresh_token is missing.")),
        },
        _ => Err(Refusal::unsupported_grant_type()),
    }
}

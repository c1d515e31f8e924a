//! One exchange with Microsoft's token endpoint.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use form_urlencoded::Serializer;
use reqwest::{
    Client,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::{
    calendar::graph::transport::{errors::for_log, response::Body, retry_state::parse_retry_after},
    call::CallContext,
    domain::Tenant,
};

/// AADSTS numbers for throttling: a loop detected, a directory's quota used up. They come with OAuth errors that are otherwise
/// permanent. No other decision depends on numbers, but for `UNAVAILABLE`.
const THROTTLED: [u32; 2] = [50_196, 90_055];
/// AADSTS numbers for a failure of Microsoft's own.
const UNAVAILABLE: [u32; 3] = [90_006, 90_024, 90_033];

/// The largest response that is read, in bytes. A token takes a few thousand.
const MAX_RESPONSE_BYTES: usize = 256 << 10;

pub(crate) enum Grant<'a> {
    ClientCredentials,
    /// Of the person who has signed in.
    RefreshToken(&'a SecretString),
}

pub(crate) struct Exchanged {
    pub(crate) access_token: SecretString,
    pub(crate) life: TimeDelta,
    /// The successor of the refresh token. If there is none, the old one stays valid.
    pub(crate) refresh_token: Option<SecretString>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ExchangeError {
    /// Microsoft refuses the credential.
    Refused {
        /// OAuth's `error`.
        error: String,
        /// `AADSTS…`, for the log.
        code: String,
    },
    /// Too many requests, with Microsoft's `Retry-After`.
    Throttled(Option<Duration>),
    /// No response, or a server error.
    Unavailable(String),
}

#[derive(Deserialize)]
struct TokenResponse {
    access_token: SecretString,
    expires_in: u32,
    refresh_token: Option<SecretString>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorResponse {
    error: String,
    error_codes: Vec<u32>,
}

pub(crate) async fn exchange(
    call: &CallContext,
    client: &Client,
    tenant: &Tenant,
    client_secret: &SecretString,
    grant: &Grant<'_>,
    timeout: Duration,
) -> Result<Exchanged, ExchangeError> {
    let url = format!("{}/{}/oauth2/v2.0/token", tenant.cloud.login(), tenant.directory_id);
    let request = client
        .post(url)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("client-request-id", call.client_request_id().to_string())
        .body(form(tenant, client_secret, grant));
    let exchange = async {
        let response = request.send().await?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = retry_after.and_then(|text| parse_retry_after(text, Utc::now()));
        Ok::<_, reqwest::Error>((status, retry_after, Body::read(response, MAX_RESPONSE_BYTES).await))
    };
    match tokio::time::timeout(timeout, exchange).await {
        Ok(Ok((status, retry_after, Body::Complete(body)))) => parse_response(status, retry_after, &body),
        Ok(Ok((.., Body::TooLarge))) => Err(unavailable("too large an answer")),
        // reqwest's errors show URLs: only their kind may be logged.
        Ok(Err(error)) if error.is_connect() => Err(unavailable("no connection")),
        Ok(Ok((.., Body::Truncated)) | Err(_)) => Err(unavailable("the connection ended")),
        Err(_) => Err(unavailable("no answer in time")),
    }
}

fn form(tenant: &Tenant, client_secret: &SecretString, grant: &Grant<'_>) -> String {
    let scope = format!("{}/.default", tenant.cloud.graph());
    let mut form = Serializer::new(String::new());
    form.append_pair("client_id", &tenant.microsoft_client_id);
    form.append_pair("client_secret", client_secret.expose_secret());
    match grant {
        Grant::ClientCredentials => form.append_pair("grant_type", "client_credentials").append_pair("scope", &scope),
        Grant::RefreshToken(token) => form
            .append_pair("grant_type", "refresh_token")
            .append_pair("refresh_token", token.expose_secret())
            .append_pair("scope", &format!("{scope} offline_access")),
    };
    form.finish()
}

fn parse_response(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Result<Exchanged, ExchangeError> {
    match status {
        200 => {
            let token: TokenResponse =
                serde_json::from_slice(body).map_err(|_| unavailable("no token in the answer"))?;
            Ok(Exchanged {
                access_token: token.access_token,
                life: TimeDelta::seconds(token.expires_in.into()),
                refresh_token: token.refresh_token,
            })
        }
        429 => Err(ExchangeError::Throttled(retry_after)),
        400..=499 if status != 408 => {
            let response: ErrorResponse = serde_json::from_slice(body).unwrap_or_default();
            let error = for_log(&response.error);
            // A response without an OAuth error came from a proxy, and says nothing about the credential.
            if error.is_empty() {
                return Err(unavailable(&status.to_string()));
            }
            if matches!(error.as_str(), "temporarily_unavailable" | "server_error") {
                return Err(unavailable(&error));
            }
            let code = response.error_codes.first().map(|number| format!("AADSTS{number}"));
            if response.error_codes.iter().any(|number| THROTTLED.contains(number)) {
                return Err(ExchangeError::Throttled(retry_after));
            }
            if response.error_codes.iter().any(|number| UNAVAILABLE.contains(number)) {
                return Err(unavailable(code.as_deref().unwrap_or(&error)));
            }
            Err(ExchangeError::Refused { code: code.unwrap_or_else(|| error.clone()), error })
        }
        _ => Err(unavailable(&status.to_string())),
    }
}

fn unavailable(cause: &str) -> ExchangeError {
    ExchangeError::Unavailable(format!("token endpoint: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant() -> Tenant {
        let json = r#"{"id": "contoso", "displayName": "C", "directoryId": "d", "microsoftClientId": "app"}"#;
        serde_json::from_str(json).expect("a tenant")
    }

    #[test]
    fn each_grant_has_its_form() {
        let own = form(&tenant(), &"s&=".into(), &Grant::ClientCredentials);
        let scope = "scope=https%3A%2F%2Fgraph.microsoft.com%2F.default";
        assert_eq!(own, format!("client_id=app&client_secret=s%26%3D&grant_type=client_credentials&{scope}"));
        let person = form(&tenant(), &"s".into(), &Grant::RefreshToken(&"r".into()));
        let grant = "grant_type=refresh_token&refresh_token=r";
        assert_eq!(person, format!("client_id=app&client_secret=s&{grant}&{scope}+offline_access"));
    }

    #[test]
    fn a_response_is_read_with_and_without_a_refresh_token() {
        let read = |json: &str| parse_response(200, None, json.as_bytes()).expect("a token");
        let own = read(r#"{"token_type": "Bearer", "expires_in": 3599, "access_token": "a"}"#);
        assert_eq!((own.life, own.refresh_token.is_none()), (TimeDelta::seconds(3599), true));
        let person = read(r#"{"expires_in": 10, "access_token": "a", "refresh_token": "r"}"#);
        assert_eq!(person.refresh_token.expect("one").expose_secret(), "r");
    }

    #[test]
    fn refusals_throttling_and_failures_are_distinguished() {
        let error = |status, json: &str| {
            parse_response(status, Some(Duration::from_secs(3)), json.as_bytes()).err().expect("an error")
        };
        assert_eq!(
            error(
                401,
                r#"{"error": "invalid_client", "error_description": "AADSTS7000215: …", "error_codes": [7000215]}"#
            ),
            ExchangeError::Refused { error: "invalid_client".to_owned(), code: "AADSTS7000215".to_owned() }
        );
        assert_eq!(
            error(400, r#"{"error": "invalid_grant"}"#),
            ExchangeError::Refused { error: "invalid_grant".to_owned(), code: "invalid_grant".to_owned() }
        );
        // Throttling, by status or by number.
        for (status, json) in [(429, ""), (400, r#"{"error": "invalid_grant", "error_codes": [50196]}"#)] {
            assert_eq!(error(status, json), ExchangeError::Throttled(Some(Duration::from_secs(3))));
        }
        for (status, json) in [
            (503, ""),
            (408, ""),
            (302, ""),
            (200, "{}"),
            (400, r#"{"error": "temporarily_unavailable"}"#),
            (400, r#"{"error": "invalid_grant", "error_codes": [90033]}"#),
            // The page of a proxy, a wrong host.
            (403, "<html>"),
            (404, r#"{"message": "no such route"}"#),
        ] {
            assert!(matches!(error(status, json), ExchangeError::Unavailable(_)), "{status} {json}");
        }
    }
}

//! Microsoft's token endpoint: one exchange, one attempt.

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

/// AADSTS numbers by which Microsoft says that it is asked too often: a loop detected, a directory's share used up. They
/// come with errors of which OAuth says that they are for good; the numbers decide nothing else here.
const THROTTLED: [u32; 2] = [50_196, 90_055];
/// And those by which it says that it has a problem of its own.
const PASSING: [u32; 3] = [90_006, 90_024, 90_033];

/// The largest answer that is read, in bytes: a token takes a few thousand.
const MAX_ANSWER: usize = 256 << 10;

/// What a token is asked for with.
pub(crate) enum Grant<'a> {
    /// The application's own access.
    ClientCredentials,
    /// A signed-in person's.
    RefreshToken(&'a SecretString),
}

/// What Microsoft gave.
pub(crate) struct Exchanged {
    pub(crate) access_token: SecretString,
    pub(crate) life: TimeDelta,
    /// The successor of the refresh token; the old one serves on where there is none.
    pub(crate) refresh_token: Option<SecretString>,
}

/// Why there is no token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ExchangeError {
    /// Microsoft says no.
    Refused {
        /// OAuth's `error`, which decides.
        error: String,
        /// `AADSTS…`, for the log.
        code: String,
    },
    /// Too many requests.
    Throttled(Option<Duration>),
    /// No answer, or a failure of Microsoft's own.
    Unavailable(String),
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: SecretString,
    expires_in: u32,
    refresh_token: Option<SecretString>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorAnswer {
    error: String,
    error_codes: Vec<u32>,
}

/// Asks for a token, once.
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
        Ok::<_, reqwest::Error>((status, retry_after, Body::read(response, MAX_ANSWER).await))
    };
    match tokio::time::timeout(timeout, exchange).await {
        Ok(Ok((status, retry_after, Body::Whole(body)))) => judge(status, retry_after, &body),
        Ok(Ok((.., Body::TooLarge))) => Err(unavailable("too large an answer")),
        // The client's errors show URLs: only their kind is told.
        Ok(Err(error)) if error.is_connect() => Err(unavailable("no connection")),
        Ok(Ok((.., Body::Cut)) | Err(_)) => Err(unavailable("the connection ended")),
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

fn judge(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Result<Exchanged, ExchangeError> {
    match status {
        200 => {
            let answer: TokenAnswer =
                serde_json::from_slice(body).map_err(|_| unavailable("no token in the answer"))?;
            Ok(Exchanged {
                access_token: answer.access_token,
                life: TimeDelta::seconds(answer.expires_in.into()),
                refresh_token: answer.refresh_token,
            })
        }
        429 => Err(ExchangeError::Throttled(retry_after)),
        400..=499 if status != 408 => {
            let answer: ErrorAnswer = serde_json::from_slice(body).unwrap_or_default();
            let error = for_log(&answer.error);
            // What is no answer of OAuth's says nothing about the credential: somebody else answered.
            if error.is_empty() {
                return Err(unavailable(&status.to_string()));
            }
            if matches!(error.as_str(), "temporarily_unavailable" | "server_error") {
                return Err(unavailable(&error));
            }
            let code = answer.error_codes.first().map(|number| format!("AADSTS{number}"));
            if answer.error_codes.iter().any(|number| THROTTLED.contains(number)) {
                return Err(ExchangeError::Throttled(retry_after));
            }
            if answer.error_codes.iter().any(|number| PASSING.contains(number)) {
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
    fn an_answer_is_read_with_and_without_a_successor() {
        let read = |json: &str| judge(200, None, json.as_bytes()).expect("a token");
        let own = read(r#"{"token_type": "Bearer", "expires_in": 3599, "access_token": "a"}"#);
        assert_eq!((own.life, own.refresh_token.is_none()), (TimeDelta::seconds(3599), true));
        let person = read(r#"{"expires_in": 10, "access_token": "a", "refresh_token": "r"}"#);
        assert_eq!(person.refresh_token.expect("one").expose_secret(), "r");
    }

    #[test]
    fn refusals_are_told_from_failures() {
        let error =
            |status, json: &str| judge(status, Some(Duration::from_secs(3)), json.as_bytes()).err().expect("an error");
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
        // Asked too often, whichever way it is told.
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
            // A proxy's page, a wrong host.
            (403, "<html>"),
            (404, r#"{"message": "no such route"}"#),
        ] {
            assert!(matches!(error(status, json), ExchangeError::Unavailable(_)), "{status} {json}");
        }
    }
}

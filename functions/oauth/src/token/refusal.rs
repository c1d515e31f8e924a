//! Refusals as RFC 6749, section 5.2, words them.

use std::{borrow::Cow, time::Duration};

use convene::{
    edge::{ApiError, Request, Response},
    problem::{Kind, Problem},
};

use super::wire::{ErrorCode, ErrorResponse};

/// Why no token is issued.
#[derive(Debug)]
pub struct Refusal {
    pub(super) code: ErrorCode,
    status: u16,
    description: Cow<'static, str>,
    retry_after: Option<Duration>,
    cause: Option<String>,
}

impl Refusal {
    fn new(code: ErrorCode, status: u16, description: impl Into<Cow<'static, str>>) -> Self {
        Self { code, status, description: description.into(), retry_after: None, cause: None }
    }

    pub(super) fn invalid_request(description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidRequest, 400, description)
    }

    /// One wording, whether the client is unknown, its secret wrong or its header unreadable.
    pub(super) fn invalid_client(cause: impl Into<String>) -> Self {
        let refusal = Self::new(ErrorCode::InvalidClient, 401, "The client is unknown or did not prove itself.");
        Self { cause: Some(cause.into()), ..refusal }
    }

    /// One wording, whether the token is forged, old, revoked or another client's.
    pub(super) fn invalid_grant(cause: &'static str) -> Self {
        let description = "The refresh token is invalid, expired, revoked or another client's.";
        Self { cause: Some(cause.to_owned()), ..Self::new(ErrorCode::InvalidGrant, 400, description) }
    }

    /// One wording, whether the login is unknown, its password wrong, or the tenant allows no logins.
    pub(super) fn login(cause: impl Into<String>) -> Self {
        let refusal = Self::new(ErrorCode::InvalidGrant, 400, "Login and password are not accepted.");
        Self { cause: Some(cause.into()), ..refusal }
    }

    /// `with_passwords`: whether the deployment issues tokens for a login and password.
    pub(super) fn unsupported_grant_type(with_passwords: bool) -> Self {
        let description = if with_passwords {
            "The grant types served are refresh_token, client_credentials and password."
        } else {
            "The grant types served are refresh_token and client_credentials."
        };
        Self::new(ErrorCode::UnsupportedGrantType, 400, description)
    }

    pub(super) fn invalid_scope(description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidScope, 400, description)
    }

    /// The response. A client without valid credentials learns how to authenticate: a 401 always says so (RFC 9110, section
    /// 15.5.2).
    pub(super) fn response(self) -> Response {
        let body = ErrorResponse { error: self.code, error_description: self.description };
        let response = Response::json(self.status, &body).with_error_code(self.code.as_str());
        let response = response.header("pragma", "no-cache").retry_after(self.retry_after).caused_by(self.cause);
        if self.code == ErrorCode::InvalidClient {
            return response.header("www-authenticate", "Basic realm=\"convene\", charset=\"UTF-8\"");
        }
        response
    }
}

impl ApiError for Refusal {
    fn into_response(self, _request: &Request) -> Response {
        self.response()
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let status = problem.kind.status();
        let refusal = match problem.kind {
            Kind::Unauthorized => Self::invalid_client("unauthorized"),
            Kind::Unavailable | Kind::TooManyRequests => Self::new(
                ErrorCode::TemporarilyUnavailable,
                status,
                "Too much to do at the moment. Repeat the request later.",
            ),
            Kind::TimedOut => {
                Self::new(ErrorCode::TemporarilyUnavailable, status, "No answer came in time. Repeat the same request.")
            }
            Kind::AccessDenied | Kind::Internal => {
                Self::new(ErrorCode::ServerError, 500, "The request could not be completed.")
            }
            _ => Self::new(ErrorCode::InvalidRequest, status, printable(&problem.message_with_details())),
        };
        Self { retry_after: problem.retry_after, cause: problem.cause.or(refusal.cause), ..refusal }
    }
}

/// A description in the characters that RFC 6749, appendix A.8, allows.
fn printable(message: &str) -> String {
    message.chars().filter(|c| matches!(c, ' '..='!' | '#'..='[' | ']'..='~')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Refusal> {
        let kinds = [Kind::InvalidRequest, Kind::Unauthorized, Kind::Unavailable, Kind::TimedOut, Kind::Internal];
        let mut all: Vec<Refusal> = kinds.map(|kind| Problem::new(kind, "").caused_by("x").into()).into();
        all.extend([
            Refusal::invalid_grant("x"),
            Refusal::login("x"),
            Refusal::unsupported_grant_type(true),
            Refusal::unsupported_grant_type(false),
            Refusal::invalid_scope("A scope is unknown."),
        ]);
        all
    }

    #[test]
    fn descriptions_keep_to_the_characters_that_the_rfc_allows() {
        let allowed = |c| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
        for refusal in all() {
            assert!(refusal.description.chars().all(allowed), "{}", refusal.description);
        }
    }

    #[test]
    fn no_answer_may_be_stored_and_only_an_invalid_client_is_challenged() {
        for refusal in all() {
            let code = refusal.code;
            let answer = refusal.response();
            let header = |name| answer.as_http().headers().get(name).and_then(|value| value.to_str().ok());
            assert_eq!((header("cache-control"), header("pragma")), (Some("no-store"), Some("no-cache")));
            assert_eq!(header("content-type"), Some("application/json"));
            assert_eq!(header("www-authenticate").is_some(), code == ErrorCode::InvalidClient);
            assert_eq!(answer.error_code(), Some(code.as_str()));
        }
    }
}

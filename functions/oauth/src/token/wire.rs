//! What travels: RFC 6749, sections 4.4.2, 5.1, 5.2 and 6.

use serde::Serialize;
use utoipa::ToSchema;

/// A request for an access token, as a form. No parameter may be repeated; an empty one counts as absent, an unknown one
/// is ignored.
#[derive(Default, ToSchema)]
pub struct TokenRequest {
    /// `refresh_token`, `client_credentials`, or `password` where the deployment and the tenant still
    /// allow logins.
    #[schema(example = "refresh_token", pattern = "^(refresh_token|client_credentials|password)$")]
    pub grant_type: String,
    /// With the grant `password`: the administrator's login.
    #[schema(nullable = false, example = "contoso.admin")]
    pub username: Option<String>,
    /// With the grant `password`: the administrator's password.
    #[schema(nullable = false, format = Password)]
    pub password: Option<String>,
    /// With the grant `refresh_token`: the refresh token that was given last.
    #[schema(
        nullable = false,
        example = "contoso.9f1c2a7e4b5d4c3e8a6f0b1d2c3e4f5a.1.3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    )]
    pub refresh_token: Option<String>,
    /// Scopes, separated by blanks: `calendar.read`, `calendar.write`. Absent: all the client has.
    #[schema(nullable = false, example = "calendar.read calendar.write")]
    pub scope: Option<String>,
    /// The client's id, where it does not come by HTTP Basic.
    #[schema(nullable = false, example = "contoso.crm")]
    pub client_id: Option<String>,
    /// The client's secret, where it does not come by HTTP Basic.
    #[schema(nullable = false, format = Password)]
    pub client_secret: Option<String>,
}

/// An access token.
#[derive(Serialize, ToSchema)]
pub struct TokenResponse {
    /// For the header `Authorization: Bearer …` of other requests. Opaque to callers.
    #[schema(example = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiIsImtpZCI6ImsxIn0.e30.c2lnbmF0dXJl")]
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer", pattern = "^Bearer$")]
    pub token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(example = 3600)]
    pub expires_in: u64,
    /// With the grant `refresh_token`: the refresh token to use from now on. The one that was sent may not be used
    /// again, except to repeat this very request within a minute because its answer was lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        example = "contoso.9f1c2a7e4b5d4c3e8a6f0b1d2c3e4f5a.2.vu_erQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    )]
    pub refresh_token: Option<String>,
    /// The scopes of the access token, separated by blanks.
    #[schema(example = "calendar.read calendar.write")]
    pub scope: String,
}

/// Why there is no access token.
#[derive(Serialize, ToSchema)]
#[schema(as = TokenError)]
pub struct ErrorResponse {
    /// What is wrong, for programs.
    pub error: ErrorCode,
    /// What is wrong, for people.
    #[schema(example = "The refresh token is invalid, expired, revoked or another client's.")]
    pub error_description: std::borrow::Cow<'static, str>,
}

/// The codes of RFC 6749, section 5.2, and two that the RFC has for its other endpoint, where the fault is not the
/// caller's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TokenErrorCode)]
pub enum ErrorCode {
    /// A parameter is missing or repeated, or the body is no form.
    InvalidRequest,
    /// The client is unknown or did not prove itself.
    InvalidClient,
    /// The refresh token is invalid, expired, revoked or another client's; or login and password are not accepted.
    InvalidGrant,
    /// The grant type is not one of those served.
    UnsupportedGrantType,
    /// A scope is unknown, or more than the client has.
    InvalidScope,
    /// Not at the moment; the same request may be repeated.
    TemporarilyUnavailable,
    /// Anything else.
    ServerError,
}

impl ErrorCode {
    /// The code as it travels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_names_codes_as_they_travel() {
        for code in [
            ErrorCode::InvalidRequest,
            ErrorCode::InvalidClient,
            ErrorCode::InvalidGrant,
            ErrorCode::UnsupportedGrantType,
            ErrorCode::InvalidScope,
            ErrorCode::TemporarilyUnavailable,
            ErrorCode::ServerError,
        ] {
            assert_eq!(serde_json::to_value(code).expect("JSON"), code.as_str());
        }
    }
}

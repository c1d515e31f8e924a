//! The documented error response, and how failures become one.

use std::{borrow::Cow, time::Duration};

use convene::{
    domain::format_utc,
    edge::{ApiError, Request, Response},
    problem::{Kind, Problem},
    scheduling::{SchedulingError, bookings::BookingError},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{cors::CORS, reply};

/// What the vendor's booking page recognizes: it then shows the times anew, and tries the next host of a round-robin.
const UNAVAILABLE: &str = "The selected timeslot is unavailable. Please choose another time.";
/// The challenge of a 401 (RFC 6750).
const CHALLENGE: &str = "Bearer realm=\"convene\"";
/// What the paths begin with that are for a tenant's own systems. They have no CORS, so that no API key is put into a page.
const SYSTEM_PATH_PREFIXES: [&str; 2] = ["/v3/grants/", "/v3/scheduling/sessions"];

/// The documented types of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorType {
    InvalidRequest,
    Unauthorized,
    NotFound,
    RateLimit,
    Provider,
    Internal,
}

impl ErrorType {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request_error",
            Self::Unauthorized => "unauthorized",
            Self::NotFound => "not_found_error",
            Self::RateLimit => "rate_limit_error",
            Self::Provider => "provider_error",
            Self::Internal => "internal_error",
        }
    }
}

/// A failure, as the documents describe it.
#[derive(Debug, Clone)]
pub struct Failure {
    kind: ErrorType,
    status: u16,
    message: Cow<'static, str>,
    retry_after: Option<Duration>,
    /// For the log only.
    cause: Option<String>,
}

/// The body of every response that is not a success.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorAnswer {
    /// The id of the request, as the header `x-request-id` has it.
    #[schema(example = "5fa64c92-e840-4357-86b9-2aa364d35b88")]
    pub request_id: String,
    pub error: ErrorBody,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// `invalid_request_error`, `unauthorized`, `not_found_error`, `rate_limit_error`, `provider_error` or `internal_error`.
    #[serde(rename = "type")]
    #[schema(example = "invalid_request_error")]
    pub kind: &'static str,
    pub message: String,
    /// With `provider_error`: the message once more, where the vendor's booking page looks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub provider_error: Option<ProviderError>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderError {
    pub error: ProviderMessage,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderMessage {
    pub message: String,
}

impl Failure {
    pub fn new(kind: ErrorType, status: u16, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, status, message: message.into(), retry_after: None, cause: None }
    }

    pub fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorType::InvalidRequest, 400, message)
    }

    /// What was asked for does not exist, or is not the caller's.
    pub fn not_found() -> Self {
        Self::new(ErrorType::NotFound, 404, "The requested object does not exist.")
    }

    pub fn unauthorized(message: &'static str) -> Self {
        Self::new(ErrorType::Unauthorized, 401, message)
    }

    pub fn too_many(message: &'static str, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..Self::new(ErrorType::RateLimit, 429, message) }
    }

    pub fn is_not_found(&self) -> bool {
        self.kind == ErrorType::NotFound
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let kind = match problem.kind {
            // A tenant that is disabled, or has another host, must look like none.
            Kind::NotFound => return Self { cause: problem.cause, ..Self::not_found() },
            Kind::Unauthorized => ErrorType::Unauthorized,
            Kind::AccessDenied | Kind::Unavailable | Kind::TimedOut => ErrorType::Provider,
            Kind::TooManyRequests => ErrorType::RateLimit,
            Kind::UnknownPath => ErrorType::NotFound,
            Kind::Internal => ErrorType::Internal,
            _ => ErrorType::InvalidRequest,
        };
        let message = problem.message_with_details().into_owned();
        Self {
            kind,
            status: problem.kind.status(),
            message: message.into(),
            retry_after: problem.retry_after,
            cause: problem.cause,
        }
    }
}

impl From<SchedulingError> for Failure {
    fn from(error: SchedulingError) -> Self {
        let (retry_after, cause) = (error.retry_after(), error.cause().map(str::to_owned));
        let failure = match error {
            SchedulingError::Problem(problem) => return problem.into(),
            SchedulingError::NotFound => Self::not_found(),
            SchedulingError::InProgress { .. } => {
                Self::new(ErrorType::RateLimit, 429, "Another request for this booking is in progress.")
            }
            SchedulingError::MailboxNotFound => Self::new(
                ErrorType::Provider,
                400,
                "The mailbox of a participant must be in this organization, and its calendars must exist.",
            ),
            SchedulingError::AlreadyExists { .. } | SchedulingError::EndNotAfterStart => {
                Self::new(ErrorType::Internal, 500, "The request could not be completed.")
            }
        };
        Self { retry_after, cause, ..failure }
    }
}

impl From<BookingError> for Failure {
    fn from(error: BookingError) -> Self {
        match error {
            BookingError::NotFound => Self::not_found(),
            BookingError::TooLate { until } => {
                Self::invalid(format!("The booking could be changed or cancelled until {}.", format_utc(until)))
            }
            BookingError::NotPending => Self::invalid("The booking must be pending."),
            BookingError::Over => Self::invalid("The booking is cancelled or over, and cannot be changed."),
            BookingError::UnknownHost => {
                Self::invalid("participants must name a host of the configuration, and only with a round-robin.")
            }
            BookingError::MembersChanged => Self::invalid(
                "The booking can be cancelled, not moved: a participant is no longer in the configuration.",
            ),
            BookingError::ContentTooLong => Self::invalid(
                "The title, the description, the guests and the answers must have at most 360,000 bytes together, before and after \
                 a move.",
            ),
            BookingError::KeyReused => Self::invalid("The Idempotency-Key was used before, with another request."),
            // With a changed configuration the caller has listed by other rules.
            BookingError::SlotUnavailable | BookingError::ConfigurationChanged => Self::invalid(UNAVAILABLE),
            BookingError::SessionEnded => Self::unauthorized("The session has ended."),
            BookingError::Scheduling(error) => error.into(),
        }
    }
}

impl ApiError for Failure {
    fn into_response(self, request: &Request) -> Response {
        let response = self.response(&reply::request_id(request));
        // The booking page shows an error only if it can read it, also of a path that does not exist.
        let is_for_systems = SYSTEM_PATH_PREFIXES.iter().any(|start| request.path.starts_with(start));
        if is_for_systems { response } else { CORS.allow(response) }
    }
}

impl Failure {
    /// The response for the OpenAPI document.
    pub fn example(self) -> Response {
        self.response("5fa64c92-e840-4357-86b9-2aa364d35b88")
    }

    fn response(self, request_id: &str) -> Response {
        let message = self.message.into_owned();
        let provider_error = (self.kind == ErrorType::Provider)
            .then(|| ProviderError { error: ProviderMessage { message: message.clone() } });
        let error = ErrorBody { kind: self.kind.as_str(), message, provider_error };
        let response = Response::json(self.status, &ErrorAnswer { request_id: request_id.to_owned(), error });
        let response = response.with_error_code(self.kind.as_str()).retry_after(self.retry_after).caused_by(self.cause);
        let response = response.header(reply::REQUEST_ID, request_id);
        if self.kind == ErrorType::Unauthorized { response.header("www-authenticate", CHALLENGE) } else { response }
    }
}

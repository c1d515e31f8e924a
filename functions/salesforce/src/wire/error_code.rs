//! The documented error codes.

use serde::Serialize;
use utoipa::ToSchema;

/// `NoError`, or what went wrong.
///
/// | code | status | when |
/// | --- | --- | --- |
/// | `NoError` | 200 | |
/// | `InvalidRequest` | 400 | a field is missing, malformed or over a limit, or the answer would be |
/// | `InvalidRequest` | 415 | the body has a `Content-Encoding` other than `gzip` |
/// | `ErrorInvalidTimeInterval` | 400 | the end is not after the start |
/// | `Unauthorized` | 401 | no valid credential |
/// | `ErrorAccessDenied` | 403 | the token lacks the scope, or Microsoft refuses the app |
/// | `MeetingNotFound` | 404 | no such meeting for this organizer, or it was deleted in Outlook |
/// | `ErrorMailRecipientNotFound` | 404 | the address is not a mailbox of the organization |
/// | `MeetingAlreadyExists` | 409 | the id is taken by a meeting with other content |
/// | `RequestInProgress` | 409 | the same id is being worked on; try again after `Retry-After` |
/// | `ErrorServerBusy` | 503 | Microsoft or AWS throttles or fails for now; try again after `Retry-After` |
/// | `ErrorTimeoutExpired` | 504 | no answer in time; the same call may be repeated safely |
/// | `ErrorInternalServerError` | 500 | a fault of Convene's own; repeating the call does not help |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub enum ErrorCode {
    NoError,
    InvalidRequest,
    ErrorInvalidTimeInterval,
    Unauthorized,
    ErrorAccessDenied,
    MeetingNotFound,
    ErrorMailRecipientNotFound,
    MeetingAlreadyExists,
    RequestInProgress,
    ErrorServerBusy,
    ErrorTimeoutExpired,
    ErrorInternalServerError,
}

impl ErrorCode {
    pub const ALL: [Self; 12] = [
        Self::NoError,
        Self::InvalidRequest,
        Self::ErrorInvalidTimeInterval,
        Self::Unauthorized,
        Self::ErrorAccessDenied,
        Self::MeetingNotFound,
        Self::ErrorMailRecipientNotFound,
        Self::MeetingAlreadyExists,
        Self::RequestInProgress,
        Self::ErrorServerBusy,
        Self::ErrorTimeoutExpired,
        Self::ErrorInternalServerError,
    ];

    /// The documented status.
    pub fn status(self) -> u16 {
        match self {
            Self::NoError => 200,
            Self::InvalidRequest | Self::ErrorInvalidTimeInterval => 400,
            Self::Unauthorized => 401,
            Self::ErrorAccessDenied => 403,
            Self::MeetingNotFound | Self::ErrorMailRecipientNotFound => 404,
            Self::MeetingAlreadyExists | Self::RequestInProgress => 409,
            Self::ErrorInternalServerError => 500,
            Self::ErrorServerBusy => 503,
            Self::ErrorTimeoutExpired => 504,
        }
    }

    /// The code on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoError => "NoError",
            Self::InvalidRequest => "InvalidRequest",
            Self::ErrorInvalidTimeInterval => "ErrorInvalidTimeInterval",
            Self::Unauthorized => "Unauthorized",
            Self::ErrorAccessDenied => "ErrorAccessDenied",
            Self::MeetingNotFound => "MeetingNotFound",
            Self::ErrorMailRecipientNotFound => "ErrorMailRecipientNotFound",
            Self::MeetingAlreadyExists => "MeetingAlreadyExists",
            Self::RequestInProgress => "RequestInProgress",
            Self::ErrorServerBusy => "ErrorServerBusy",
            Self::ErrorTimeoutExpired => "ErrorTimeoutExpired",
            Self::ErrorInternalServerError => "ErrorInternalServerError",
        }
    }

    /// When a request fails with this code, in few words.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::NoError => "",
            Self::InvalidRequest => "a field is missing, malformed or over a limit, or the answer would be",
            Self::ErrorInvalidTimeInterval => "the end is not after the start",
            Self::Unauthorized => "no valid credential",
            Self::ErrorAccessDenied => "the token lacks the scope, or Microsoft refuses the app",
            Self::MeetingNotFound => "no such meeting for this organizer, or it was deleted in Outlook",
            Self::ErrorMailRecipientNotFound => "the address is not a mailbox of the organization",
            Self::MeetingAlreadyExists => "the id is taken by a meeting with other content",
            Self::RequestInProgress => "the same id is being worked on; try again after `Retry-After`",
            Self::ErrorServerBusy => "Microsoft or AWS throttles or fails for now; try again after `Retry-After`",
            Self::ErrorTimeoutExpired => "no answer in time; the same call may be repeated safely",
            Self::ErrorInternalServerError => "a fault of Convene's own; repeating the call does not help",
        }
    }
}

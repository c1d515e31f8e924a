//! The failures of each endpoint for the OpenAPI document, with the bodies that the code makes of them.

use std::{collections::BTreeMap, time::Duration};

use convene::{
    Problem,
    calendar::CalendarError,
    domain::Scope,
    openapi::{FailureExample, failure, operations},
    problem::{Detail, Kind},
    scheduling::SchedulingError,
};
use utoipa::{
    IntoResponses,
    openapi::{Components, OpenApi, Ref, RefOr, response::Response},
};

use crate::{error::Failure, wire::ErrorCode};

/// The schema of the error response.
const SCHEMA: &str = "Outcome";

/// The failures of every endpoint.
const COMMON: [ErrorCode; 6] = [
    ErrorCode::InvalidRequest,
    ErrorCode::Unauthorized,
    ErrorCode::ErrorAccessDenied,
    ErrorCode::ErrorServerBusy,
    ErrorCode::ErrorTimeoutExpired,
    ErrorCode::ErrorInternalServerError,
];

/// The failures of POST on meetings.
pub struct ScheduleFailures;
/// The failures of PATCH on meetings.
pub struct MeetingFailures;
/// The failures of an endpoint whose request only names a meeting.
pub struct ReferenceFailures;
/// The failures of an endpoint whose response is a list, in which each entry can fail by itself.
pub struct ListFailures;
/// The failures that every endpoint has, and no others.
pub struct CommonFailures;

impl IntoResponses for ScheduleFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        failures(&[
            ErrorCode::ErrorInvalidTimeInterval,
            ErrorCode::ErrorMailRecipientNotFound,
            ErrorCode::MeetingAlreadyExists,
            ErrorCode::RequestInProgress,
        ])
    }
}

impl IntoResponses for MeetingFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        failures(&[
            ErrorCode::ErrorInvalidTimeInterval,
            ErrorCode::MeetingNotFound,
            ErrorCode::ErrorMailRecipientNotFound,
            ErrorCode::RequestInProgress,
        ])
    }
}

impl IntoResponses for ReferenceFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        failures(&[ErrorCode::MeetingNotFound, ErrorCode::ErrorMailRecipientNotFound, ErrorCode::RequestInProgress])
    }
}

impl IntoResponses for ListFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        failures(&[ErrorCode::ErrorInvalidTimeInterval])
    }
}

impl IntoResponses for CommonFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        failures(&[])
    }
}

/// A response for each status. A status with a single code is a response that all endpoints share.
fn failures(own: &[ErrorCode]) -> BTreeMap<String, RefOr<Response>> {
    let mut statuses = BTreeMap::<u16, Vec<ErrorCode>>::new();
    for &code in COMMON.iter().chain(own) {
        statuses.entry(code.status()).or_default().push(code);
    }
    let response = |codes: &[ErrorCode]| match codes {
        [code] => RefOr::Ref(Ref::from_response_name(code.as_str())),
        several => RefOr::T(response(several)),
    };
    statuses.into_iter().map(|(status, codes)| (status.to_string(), response(&codes))).collect()
}

/// Adds the responses that endpoints share.
pub fn add_shared(components: &mut Components) {
    for code in COMMON.into_iter().chain([ErrorCode::ErrorMailRecipientNotFound, ErrorCode::RequestInProgress]) {
        components.responses.insert(code.as_str().to_owned(), response(&[code]).into());
    }
}

/// Adds 415 to the operations that have a body.
pub fn add_unsupported_coding(document: &mut OpenApi) {
    const NAME: &str = "UnsupportedCoding";
    let operations = document.paths.paths.values_mut().flat_map(operations);
    for operation in operations.filter(|operation| operation.request_body.is_some()) {
        operation.responses.responses.insert("415".to_owned(), Ref::from_response_name(NAME).into());
    }
    let problem = Problem::new(Kind::UnsupportedCoding, "The Content-Encoding must be gzip or identity.");
    let response = Failure::from(problem).response("");
    let example = FailureExample { name: ErrorCode::InvalidRequest.as_str(), summary: "", response };
    let description = "`InvalidRequest`: the body has a `Content-Encoding` other than `gzip`";
    let components = document.components.get_or_insert_default();
    components.responses.insert(NAME.to_owned(), failure(SCHEMA, description, "", [example]).into());
}

/// A response with one of these codes, with an example of each.
fn response(codes: &[ErrorCode]) -> Response {
    let described = |code: &ErrorCode| format!("`{}`: {}", code.as_str(), code.meaning());
    let example = |code: &ErrorCode| FailureExample {
        name: code.as_str(),
        summary: code.meaning(),
        response: example(*code).response("organizer@contoso.com"),
    };
    // Failures of one status have one challenge.
    let challenge = codes.first().map_or("", |code| challenge(*code));
    let description = codes.iter().map(described).collect::<Vec<_>>().join("; ");
    failure(SCHEMA, description, challenge, codes.iter().map(example))
}

/// The description of `WWW-Authenticate` in a response with this code.
fn challenge(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::ErrorAccessDenied => {
            "If the token lacks the scope: `Bearer` with `error=\"insufficient_scope\"` and the scope. Absent if Microsoft \
             refuses."
        }
        _ => "`Bearer`; with `error=\"invalid_token\"` if a token was sent.",
    }
}

/// A failure with this code.
fn example(code: ErrorCode) -> Failure {
    let detail = |field: &str, message: &str| Detail { field: field.to_owned(), message: message.to_owned() };
    match code {
        ErrorCode::NoError | ErrorCode::ErrorInternalServerError => Problem::internal("").into(),
        ErrorCode::InvalidRequest => Problem::invalid_fields(vec![
            detail("startTime", "is required"),
            detail("attendees[1].email", "must be a mail address"),
        ])
        .into(),
        ErrorCode::ErrorInvalidTimeInterval => Failure::new(code, "endTime must be after startTime."),
        ErrorCode::Unauthorized => Problem::new(Kind::Unauthorized, "The request has no valid credential.").into(),
        ErrorCode::ErrorAccessDenied => Problem::insufficient_scope(Scope::CalendarWrite).into(),
        ErrorCode::MeetingNotFound => SchedulingError::NotFound.into(),
        ErrorCode::ErrorMailRecipientNotFound => SchedulingError::MailboxNotFound.into(),
        ErrorCode::MeetingAlreadyExists => SchedulingError::AlreadyExists { cause: None }.into(),
        ErrorCode::RequestInProgress => SchedulingError::in_progress(Duration::from_secs(20)).into(),
        ErrorCode::ErrorServerBusy => {
            SchedulingError::from(CalendarError::Throttled { retry_after: Some(Duration::from_secs(30)) }).into()
        }
        ErrorCode::ErrorTimeoutExpired => Problem::unavailable("").with_unknown_result().into(),
    }
}

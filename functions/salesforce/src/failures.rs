//! The failures of each endpoint for the OpenAPI document, with the bodies that the code makes of them.

use std::{collections::BTreeMap, time::Duration};

use convene::{
    Problem,
    calendar::CalendarError,
    domain::Scope,
    openapi::operations,
    problem::{Detail, Kind},
    scheduling::SchedulingError,
};
use serde_json::Value;
use utoipa::{
    IntoResponses,
    openapi::{
        Components, ContentBuilder, HeaderBuilder, ObjectBuilder, OpenApi, Ref, RefOr, ResponseBuilder,
        example::ExampleBuilder, response::Response, schema::Type,
    },
};

use crate::{error::Failure, wire::ErrorCode};

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
    let answer = Failure::from(problem).response("");
    let body: Value = serde_json::from_slice(answer.as_http().body()).unwrap_or_default();
    let example = ExampleBuilder::new().value(Some(body));
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Outcome")))
        .examples_from_iter([("InvalidRequest", example)])
        .build();
    let accepts = ObjectBuilder::new().schema_type(Type::String);
    let accepts = HeaderBuilder::new().schema(Some(accepts)).description(Some("`gzip`.")).build();
    let response = ResponseBuilder::new()
        .description("`InvalidRequest`: the body has a `Content-Encoding` other than `gzip`")
        .header("Accept-Encoding", accepts)
        .content("application/json", content);
    let components = document.components.get_or_insert_default();
    components.responses.insert(NAME.to_owned(), response.build().into());
}

/// A response with one of these codes, with an example of each.
fn response(codes: &[ErrorCode]) -> Response {
    let mut response = ResponseBuilder::new();
    let (mut examples, mut descriptions) = (Vec::new(), Vec::new());
    for &code in codes {
        let answer = example(code).response("organizer@contoso.com");
        let body: Value = serde_json::from_slice(answer.as_http().body()).unwrap_or_default();
        for (header, name, meaning, kind) in [
            ("retry-after", "Retry-After", "Seconds after which the same call may succeed.", Type::Integer),
            ("www-authenticate", "WWW-Authenticate", challenge(code), Type::String),
        ] {
            if answer.as_http().headers().contains_key(header) {
                let schema = ObjectBuilder::new().schema_type(kind);
                let header = HeaderBuilder::new().schema(Some(schema)).description(Some(meaning)).build();
                response = response.header(name, header);
            }
        }
        descriptions.push(format!("`{}`: {}", code.as_str(), code.meaning()));
        examples.push((code.as_str(), ExampleBuilder::new().summary(code.meaning()).value(Some(body))));
    }
    let content =
        ContentBuilder::new().schema(Some(Ref::from_schema_name("Outcome"))).examples_from_iter(examples).build();
    response.description(descriptions.join("; ")).content("application/json", content).build()
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

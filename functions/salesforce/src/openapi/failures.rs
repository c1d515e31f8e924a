//! The failures each endpoint may answer, with the very bodies that the code makes of them.

use std::{collections::BTreeMap, time::Duration};

use convene::{
    Problem,
    calendar::CalendarError,
    domain::Scope,
    problem::{Detail, Kind},
};
use serde_json::Value;
use utoipa::{
    IntoResponses,
    openapi::{
        Components, ContentBuilder, HeaderBuilder, ObjectBuilder, Ref, RefOr, ResponseBuilder, example::ExampleBuilder,
        response::Response, schema::Type,
    },
};

use crate::answer::{self, Failure};

/// What any endpoint may answer.
const ANYWHERE: [Kind; 6] =
    [Kind::InvalidRequest, Kind::Unauthorized, Kind::AccessDenied, Kind::ServerBusy, Kind::TimedOut, Kind::Internal];

/// What POST on meetings may answer beside success.
pub struct ScheduleFailures;
/// What PATCH on meetings may answer beside success.
pub struct MeetingFailures;
/// What an endpoint that only names a meeting may answer beside success.
pub struct ReferenceFailures;
/// What an endpoint may answer beside a list in which each entry may have failed.
pub struct ListFailures;
/// What any endpoint may answer beside success, and no more.
pub struct AnyFailures;

impl IntoResponses for ScheduleFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        failures(&[Kind::InvalidTimeInterval, Kind::MailboxNotFound, Kind::MeetingAlreadyExists, Kind::InProgress])
    }
}

impl IntoResponses for MeetingFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        failures(&[Kind::InvalidTimeInterval, Kind::MeetingNotFound, Kind::MailboxNotFound, Kind::InProgress])
    }
}

impl IntoResponses for ReferenceFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        failures(&[Kind::MeetingNotFound, Kind::MailboxNotFound, Kind::InProgress])
    }
}

impl IntoResponses for ListFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        failures(&[Kind::InvalidTimeInterval])
    }
}

impl IntoResponses for AnyFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        failures(&[])
    }
}

/// A response for each status. One that stands for a single kind is shared by all endpoints.
fn failures(own: &[Kind]) -> BTreeMap<String, RefOr<Response>> {
    let mut statuses = BTreeMap::<u16, Vec<Kind>>::new();
    for &kind in ANYWHERE.iter().chain(own) {
        statuses.entry(answer::code(kind).0).or_default().push(kind);
    }
    let response = |kinds: &[Kind]| match kinds {
        [kind] => RefOr::Ref(Ref::from_response_name(answer::code(*kind).1.as_str())),
        several => RefOr::T(response(several)),
    };
    statuses.into_iter().map(|(status, kinds)| (status.to_string(), response(&kinds))).collect()
}

/// The responses that endpoints share.
pub(super) fn add_shared(components: &mut Components) {
    for kind in ANYWHERE.into_iter().chain([Kind::MailboxNotFound, Kind::InProgress]) {
        components.responses.insert(answer::code(kind).1.as_str().to_owned(), response(&[kind]).into());
    }
}

/// A response that stands for these kinds, with an example of each.
fn response(kinds: &[Kind]) -> Response {
    let mut response = ResponseBuilder::new();
    let (mut examples, mut descriptions) = (Vec::new(), Vec::new());
    for &kind in kinds {
        let problem = example(kind);
        let code = answer::code(kind).1.as_str();
        let answer = answer::failed(&Failure { email: "organizer@contoso.com".to_owned(), problem });
        let body: Value = serde_json::from_slice(answer.response.body()).unwrap_or_default();
        for (name, meaning, kind) in [
            ("Retry-After", "Seconds after which the same call may succeed.", Type::Integer),
            ("WWW-Authenticate", challenge(kind), Type::String),
        ] {
            if answer.response.headers().contains_key(name) {
                let schema = ObjectBuilder::new().schema_type(kind);
                let header = HeaderBuilder::new().schema(Some(schema)).description(Some(meaning)).build();
                response = response.header(name, header);
            }
        }
        descriptions.push(format!("`{code}`: {}", meaning(kind)));
        examples.push((code, ExampleBuilder::new().summary(meaning(kind)).value(Some(body))));
    }
    let content =
        ContentBuilder::new().schema(Some(Ref::from_schema_name("Outcome"))).examples_from_iter(examples).build();
    response.description(descriptions.join("; ")).content("application/json", content).build()
}

/// What `WWW-Authenticate` says with a kind of failure.
fn challenge(kind: Kind) -> &'static str {
    match kind {
        Kind::AccessDenied => {
            "Where the token lacks the scope: `Bearer` with `error=\"insufficient_scope\"` and the scope. Absent where \
             Microsoft refuses."
        }
        _ => "`Bearer`; with `error=\"invalid_token\"` where a token was sent.",
    }
}

/// When a kind of failure is answered, in few words.
fn meaning(kind: Kind) -> &'static str {
    match kind {
        Kind::InvalidRequest => "a field is missing, malformed or over a limit, or the answer would be",
        Kind::InvalidTimeInterval => "the end is not after the start",
        Kind::Unauthorized => "no valid credential",
        Kind::AccessDenied => "the token lacks the scope, or Microsoft refuses the app",
        Kind::MeetingNotFound => "no such meeting for this organizer, or it was deleted in Outlook",
        Kind::MailboxNotFound => "the address is no mailbox of the organization",
        Kind::MeetingAlreadyExists => "the id is taken by a meeting with other content",
        Kind::InProgress => "the same id is being worked on; try again after `Retry-After`",
        Kind::ServerBusy => "Microsoft or AWS throttles or fails for now; try again after `Retry-After`",
        Kind::TimedOut => "no answer in time; the same call may be repeated safely",
        Kind::Internal => "a fault of Convene's own; repeating the call does not help",
    }
}

/// One such failure.
fn example(kind: Kind) -> Problem {
    let detail = |field: &str, message: &str| Detail { field: field.to_owned(), message: message.to_owned() };
    match kind {
        Kind::InvalidRequest => Problem::invalid_fields(vec![
            detail("startTime", "is required"),
            detail("attendees[1].email", "is not a mail address"),
        ]),
        Kind::InvalidTimeInterval => Problem::new(kind, "endTime must be after startTime."),
        Kind::Unauthorized => Problem::new(kind, "The request has no valid credential."),
        Kind::AccessDenied => Problem::insufficient_scope(Scope::CalendarWrite),
        Kind::MeetingNotFound => Problem::meeting_not_found(),
        Kind::MailboxNotFound => CalendarError::MailboxNotFound.into(),
        Kind::MeetingAlreadyExists => Problem::new(kind, "The id is taken by a meeting with other content."),
        Kind::InProgress => Problem::in_progress(Duration::from_secs(20)),
        Kind::ServerBusy => CalendarError::Throttled { retry_after: Some(Duration::from_secs(30)) }.into(),
        Kind::TimedOut => Problem::unavailable("").with_open_outcome(),
        Kind::Internal => Problem::internal(""),
    }
}

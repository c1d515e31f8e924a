//! An example of each request and each success: the documented ones, without the trailing commas.

use serde_json::{Value, json};
use utoipa::openapi::{
    Content, OpenApi, RefOr,
    example::ExampleBuilder,
    path::{Operation, PathItem},
};

use crate::wire::ErrorCode;

/// Adds the examples to the operations they belong to.
pub(super) fn add(document: &mut OpenApi) {
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        let (requests, answer) = of(operation.operation_id.as_deref().unwrap_or_default());
        if let Some(RefOr::T(body)) = &mut operation.request_body {
            for content in body.content.values_mut() {
                give(content, &requests);
            }
        }
        if let Some(RefOr::T(response)) = operation.responses.responses.get_mut("200") {
            for content in response.content.values_mut() {
                give(content, &[("documented", "As documented", answer.clone())]);
            }
        }
    }
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut path.get, &mut path.post, &mut path.patch, &mut path.delete].into_iter().flatten()
}

fn give(content: &mut RefOr<Content>, examples: &[(&str, &str, Value)]) {
    let RefOr::T(content) = content else { return };
    for (name, summary, value) in examples {
        let example = ExampleBuilder::new().summary(*summary).value(Some(value.clone())).build();
        content.examples.insert((*name).to_owned(), example.into());
    }
}

/// Examples of an operation's request, and one of its success.
fn of(operation: &str) -> (Vec<(&'static str, &'static str, Value)>, Value) {
    let done = json!({"email": "organizer@contoso.com", "errorCode": ErrorCode::NoError});
    match operation {
        "scheduleMeeting" => (
            vec![
                ("documented", "As documented", meeting("meeting room 1", "f9b58255-8e2e-81e2-a6db-27461fa3f11e")),
                ("teams", "A Teams meeting", meeting("MS Teams", "d2b1f2f0-5d0e-4f6c-9a63-0c7f5a1f4f11")),
            ],
            done,
        ),
        "updateMeeting" => (vec![("documented", "A new subject, and one attendee more", change())], done),
        "deleteMeeting" => (
            vec![(
                "documented",
                "As documented",
                json!({"id": "f9b58255-8e2e-81e2-a6db-27461fa3f11e", "organizerEmail": "organizer@contoso.com",
                    "salesforceCorrelationId": "1234567—9012-3456-789012345678"}),
            )],
            done,
        ),
        "getMeeting" => (vec![], details()),
        "getAvailability" => (
            vec![
                (
                    "documented",
                    "By address",
                    json!([{"email": "attendee1@contoso.com"}, {"email": "attendee2@contoso.com"}]),
                ),
                (
                    "serviceResources",
                    "By Lightning Scheduler's ids",
                    json!([{"email": "attendee1@contoso.com", "serviceResourceId": "12345"}]),
                ),
            ],
            availability(),
        ),
        _ => (vec![], Value::Null),
    }
}

fn attendee(number: u8, required: &str) -> Value {
    json!({"email": format!("attendee{number}@contoso.com"), "isRequired": required})
}

fn meeting(location: &str, id: &str) -> Value {
    json!({
        "id": id, "organizerEmail": "organizer@contoso.com",
        "subject": "meeting subject", "body": "meeting description", "location": location,
        "startTime": "2020-10-16T10:00:00Z", "endTime": "2020-10-20T23:00:00Z",
        "attendees": [attendee(1, "true"), attendee(2, "false")],
        "salesforceCorrelationId": "ac7b40b4-2c33-723b-8aaie-8bpf077z7539",
    })
}

fn change() -> Value {
    json!({
        "id": "f9b58255-8e2e-81e2-a6db-27461fa3f11e", "organizerEmail": "organizer@contoso.com",
        "subject": "New subject",
        "attendees": [attendee(1, "true"), attendee(2, "false"), attendee(3, "true")],
        "salesforceCorrelationId": "ac7b40b4-2c33-723b-8aaie-8bpf077z7539",
    })
}

fn details() -> Value {
    let answered = |number, required, response: &str| {
        let mut attendee = attendee(number, required);
        attendee["response"] = response.into();
        attendee
    };
    json!({
        "id": "f9b58255-8e2e-81e2-a6db-27461fa3f11e", "organizerEmail": "organizer@contoso.com",
        "subject": "meeting subject", "body": "meeting description", "location": "meeting room 1",
        "startTime": "2020-10-16T10:00:00Z", "endTime": "2020-10-20T23:00:00Z",
        "attendees": [answered(1, "true", "Accepted"), answered(2, "false", "NoResponseReceived")],
    })
}

fn availability() -> Value {
    json!([
        {"email": "attendee1@contoso.com", "errorCode": ErrorCode::NoError,
            "unavailableTimeslots": [{"timeMin": "2020-10-16T10:00:00Z", "timeMax": "2020-10-16T12:00:00Z"}]},
        {"email": "nobody@contoso.com", "errorCode": ErrorCode::ErrorMailRecipientNotFound, "unavailableTimeslots": []},
    ])
}

//! An example of each request and each success: the documented ones, without the trailing commas.

use convene::openapi::Examples;
use serde_json::{Value, json};

use crate::wire::ErrorCode;

/// The documented appointment.
const APPOINTMENT: &str = "abcde-fghij-klmno-pqrst-uvwxyzfb3f11e";
const CORRELATION: &str = "ac3b40b4-2c33-463b-8bfe-8bcf077d7539";

fn documented(answer: Value) -> Examples {
    vec![("documented", "As documented", answer)]
}

/// Examples of an operation's request, and of its success.
pub(super) fn of(operation: &str) -> (Examples, Examples) {
    let done = documented(json!({"email": "organizer@contoso.com", "errorCode": ErrorCode::NoError}));
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
        "getMeeting" => (vec![], documented(details())),
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
                    json!([{"email": "attendee1@contoso.com", "serviceResourceId": "12345", "isOrganizer": true},
                        {"email": "attendee2@contoso.com", "serviceResourceId": "54321"}]),
                ),
            ],
            vec![
                ("documented", "By address", availability("email", ["attendee1@contoso.com", "nobody@contoso.com"])),
                (
                    "serviceResources",
                    "By Lightning Scheduler's ids",
                    availability("serviceResourceId", ["12345", "54321"]),
                ),
            ],
        ),
        "createAppointments" => {
            (vec![("documented", "As documented", appointment(Some(CORRELATION)))], rows("attendee1@contoso.com"))
        }
        "updateAppointments" => {
            (vec![("documented", "A new subject", appointment_change())], rows("attendee2@contoso.com"))
        }
        "deleteAppointments" => (
            vec![
                ("documented", "As documented", deletion(&json!(["attendee1@contoso.com", "attendee2@contoso.com"]))),
                (
                    "objects",
                    "Attendees as the other endpoints have them",
                    deletion(&json!([{"email": "attendee1@contoso.com"}, {"email": "attendee2@contoso.com"}])),
                ),
            ],
            rows("attendee2@contoso.com"),
        ),
        _ => (vec![], vec![]),
    }
}

fn attendee(number: u8, required: &str) -> Value {
    json!({"email": format!("attendee{number}@contoso.com"), "isRequired": required})
}

/// Everything but the id, of a meeting or an appointment.
fn content(subject: &str, location: &str) -> Value {
    json!({
        "organizerEmail": "organizer@contoso.com", "subject": subject, "body": "meeting description", "location": location,
        "startTime": "2020-10-16T10:00:00Z", "endTime": "2020-10-20T23:00:00Z",
        "attendees": [attendee(1, "true"), attendee(2, "false")],
    })
}

/// The same with an id, and with a correlation id where there is one.
fn whole(content: &Value, id: &str, correlation: Option<&str>) -> Value {
    let mut whole = json!({"id": id});
    for (name, value) in content.as_object().into_iter().flatten() {
        whole[name] = value.clone();
    }
    if let Some(correlation) = correlation {
        whole["salesforceCorrelationId"] = correlation.into();
    }
    whole
}

fn meeting(location: &str, id: &str) -> Value {
    whole(&content("meeting subject", location), id, Some("ac7b40b4-2c33-723b-8aaie-8bpf077z7539"))
}

fn appointment(correlation: Option<&str>) -> Value {
    whole(&content("meeting subject", "meeting room 1"), APPOINTMENT, correlation)
}

fn appointment_change() -> Value {
    let new = content("New subject", "meeting room 1");
    json!({"original": appointment(None), "new": new, "salesforceCorrelationId": CORRELATION})
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

fn availability(by: &str, entries: [&str; 2]) -> Value {
    json!([
        {by: entries[0], "errorCode": ErrorCode::NoError,
            "unavailableTimeslots": [{"timeMin": "2020-10-16T10:00:00Z", "timeMax": "2020-10-16T12:00:00Z"}]},
        {by: entries[1], "errorCode": ErrorCode::ErrorMailRecipientNotFound, "unavailableTimeslots": []},
    ])
}

fn deletion(attendees: &Value) -> Value {
    json!({"id": APPOINTMENT, "organizerEmail": "organizer@contoso.com", "attendees": attendees})
}

/// The answer for each mailbox, of which the organization does not have one.
fn rows(unknown: &str) -> Examples {
    let row = |email: &str| {
        let code = if email == unknown { ErrorCode::ErrorMailRecipientNotFound } else { ErrorCode::NoError };
        json!({"email": email, "errorCode": code})
    };
    documented(json!(["organizer@contoso.com", "attendee1@contoso.com", "attendee2@contoso.com"].map(row)))
}

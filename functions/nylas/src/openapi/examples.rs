//! An example of each request and each success. The configuration is one of `cargo local`'s people.

use convene::openapi::Examples;
use serde_json::{Value, json};

const REQUEST: &str = "5fa64c92-e840-4357-86b9-2aa364d35b88";
const CONFIGURATION: &str = "0e4d3b6e-45f4-4cdb-9d55-1f5c9d6a8a11";
const BOOKING: &str = "5b7c1d3e-0c1a-4c53-9b86-3a3a7a5a2f10";
const SESSION: &str = "Dk07bkX0TNudVR9cnWqKEbm1bV4q0cGmJx8r4l2nT0o5u3wQYd7bXg";
const REFERENCE: &str = "Dk07bkX0TNudVR9cnWqKEVt8HT4MGkxTm4Y6Onpa-xBYhJ2mQ5lT0Zr8c1N7vKwP";

/// Monday, 7 March 2033, 8:00 UTC: times of examples lie ahead, since others cannot be booked.
const START: i64 = 1_993_795_200;

/// Examples of an operation's request, and of its success.
pub(super) fn of(operation: &str) -> (Examples, Examples) {
    match operation {
        "createConfiguration" => {
            let mut request = configuration();
            request["id"] = json!(CONFIGURATION);
            (one(request), one(reply(&stored())))
        }
        "listConfigurations" => (vec![], one(json!({"request_id": REQUEST, "data": [stored()], "next_cursor": null}))),
        "getConfiguration" => (vec![], one(reply(&stored()))),
        "replaceConfiguration" => {
            let change = json!({"name": "A meeting with the organizer"});
            let mut changed = stored();
            changed["name"] = change["name"].clone();
            (one(change), one(reply(&changed)))
        }
        "createSession" => (
            one(json!({"configuration_id": CONFIGURATION, "time_to_live": 10})),
            one(reply(&json!({"session_id": SESSION}))),
        ),
        "getSession" => (vec![], one(reply(&json!({"session_id": SESSION})))),
        "listSlots" => (
            vec![],
            one(reply(&json!({"time_slots": [
                {"emails": ["organizer@contoso.com"], "start_time": START, "end_time": START + 1800},
            ]}))),
        ),
        "getUiSettings" => (vec![], one(reply(&settings()))),
        "createBooking" => (
            one(json!({
                "start_time": START, "end_time": START + 1800, "participants": [],
                "guest": {"name": "Jane Doe", "email": "jane.doe@example.com"},
            })),
            one(reply(&booking("booked"))),
        ),
        "getBooking" => (vec![], one(reply(&booking("booked")))),
        "rescheduleBooking" => {
            (one(json!({"start_time": START + 3600, "end_time": START + 5400})), one(reply(&booking("booked"))))
        }
        "decideBooking" => {
            (one(json!({"salt": "WISdpkOZU9Ga_HNTe7ysDw", "status": "confirmed"})), one(reply(&booking("booked"))))
        }
        "cancelBooking" => (one(json!({"cancellation_reason": "I am ill."})), done()),
        "deleteConfiguration" | "deleteSession" => (vec![], done()),
        _ => (vec![], vec![]),
    }
}

fn one(value: Value) -> Examples {
    vec![("documented", "As documented", value)]
}

fn reply(data: &Value) -> Value {
    json!({"request_id": REQUEST, "data": data})
}

fn done() -> Examples {
    one(json!({"request_id": REQUEST}))
}

fn configuration() -> Value {
    json!({
        "requires_session_auth": false,
        "participants": [{
            "name": "Organizer", "email": "organizer@contoso.com", "is_organizer": true,
            "availability": {"calendar_ids": ["primary"]}, "booking": {"calendar_id": "primary"},
        }],
        "availability": {"duration_minutes": 30},
        "event_booking": {"title": "My test event"},
        // So that the examples can be booked.
        "scheduler": {"available_days_in_future": 3650},
    })
}

fn stored() -> Value {
    let mut stored = configuration();
    for (name, value) in [("id", json!(CONFIGURATION)), ("slug", Value::Null)] {
        stored[name] = value;
    }
    stored
}

fn booking(status: &str) -> Value {
    json!({
        "booking_id": BOOKING, "event_id": "AAMkAGI2TG93AAA=", "title": "My test event", "status": status, "description": "",
        "organizer": {"email": "organizer@contoso.com", "name": "Organizer"}, "booking_ref": REFERENCE,
    })
}

fn settings() -> Value {
    json!({
        "configuration_id": CONFIGURATION, "app_client_id": "6d7f6c1e-2b7a-8c55-9a4e-5b0f1c2d3e4f", "slug": null,
        "name": "Organizer", "booking_type": "booking", "appearance": {},
        "organizer": {"email": "organizer@contoso.com", "name": "Organizer"},
        "scheduler": {
            "available_days_in_future": 3650, "min_booking_notice": 60, "min_cancellation_notice": 0, "additional_fields": {},
            "hide_additional_guests": false, "hide_cancellation_options": false, "hide_rescheduling_options": false,
        },
    })
}

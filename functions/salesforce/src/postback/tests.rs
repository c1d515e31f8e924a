//! What is understood of a request, and how its faults are named.

use convene::edge::Object;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Parsed, Row, create, delete, update};
use crate::{
    error::Failure,
    request::ReferenceRequest,
    wire::{AppointmentDeletion, ErrorCode},
};

fn read<T: DeserializeOwned>(body: &Value) -> T {
    let Object(wire) = serde_json::from_str(&body.to_string()).expect("an object");
    wire
}

fn content() -> Value {
    json!({
        "organizerEmail": "ann@contoso.com", "body": "b", "subject": "s", "location": "MS Teams",
        "startTime": "2026-05-04T09:00:00Z", "endTime": "2026-05-04T10:00:00Z",
        "attendees": [{"email": "Bob@contoso.com", "isRequired": "true"}, {"email": "bob@contoso.com", "isRequired": false}],
    })
}

fn with(mut value: Value, field: &str, content: Value) -> Value {
    value[field] = content;
    value
}

/// The addresses of rows. One that cannot be understood is marked.
fn emails(rows: &[Row]) -> Vec<String> {
    let mark = |row: &Row| if row.mailbox.is_ok() { "" } else { "?" };
    rows.iter().map(|row| format!("{}{}", mark(row), row.email)).collect()
}

#[track_caller]
fn assert_faults<T>(understood: Result<T, Failure>, expected: &[&str]) {
    let Err(problem) = understood else { panic!("understood") };
    let fields: Vec<_> = problem.details.iter().map(|detail| detail.field.as_str()).collect();
    assert_eq!((problem.code, fields.as_slice()), (ErrorCode::InvalidRequest, expected));
}

fn changed(original: &Value, new: &Value) -> Result<Parsed, Failure> {
    update::parse(read(&json!({"original": original, "new": new})))
}

fn deleted(body: &Value) -> Result<Vec<String>, Failure> {
    let (fields, listed) = read::<AppointmentDeletion>(body).into_parts();
    let reference = ReferenceRequest { fields, id_with_pluses: None };
    let (_, rows) = delete::Deletion { reference, listed }.parse()?;
    Ok(emails(&rows))
}

#[test]
fn the_organizer_comes_first_and_nobody_is_merged() {
    let body = with(content(), "id", json!("x"));
    let asked = create::parse(read(&body)).expect("understood");
    assert_eq!(emails(&asked.rows), ["ann@contoso.com", "Bob@contoso.com", "bob@contoso.com"]);
    assert_eq!((asked.id.as_str(), &*asked.appointment.location), ("x", "MS Teams"));
}

#[test]
fn an_end_before_the_start_is_another_kind_of_fault() {
    let new = with(content(), "endTime", json!("2026-05-04T09:00:00Z"));
    let backwards = changed(&json!({"id": "x"}), &new).err().expect("refused");
    assert_eq!(backwards.code, ErrorCode::ErrorInvalidTimeInterval);
}

#[test]
fn every_fault_of_a_change_is_named_at_once() {
    let people = json!([
        {"email": "bob@contoso.com", "isRequired": true},
        {"email": "cy@contoso.com"},
        {"email": "nobody", "isRequired": "perhaps"},
    ]);
    let new = with(with(content(), "attendees", people), "subject", json!(7));
    let expected = [
        "original.id",
        "new.attendees[1].isRequired",
        "new.attendees[2].email",
        "new.attendees[2].isRequired",
        "new.subject",
    ];
    assert_faults(changed(&json!({"id": " ", "subject": [7]}), &new), &expected);
    assert_faults(changed(&Value::Null, &json!("new")), &["original", "new"]);
    let crowd = json!(vec![json!({"email": "a@contoso.com", "isRequired": "true"}); 501]);
    let crowded = with(content(), "attendees", crowd);
    assert_faults(changed(&json!({}), &crowded), &["original.id", "new.attendees"]);
}

#[test]
fn an_entry_of_a_new_appointment_fails_by_itself() {
    let people = json!([
        {"email": " bob@contoso.com ", "isRequired": true},
        {"email": "cy@", "isRequired": true},
        {"email": "dee@contoso.com"},
        {"email": 7, "isRequired": true},
        null,
        ["eve@contoso.com", true],
    ]);
    let body = with(with(content(), "attendees", people.clone()), "id", json!("x"));
    let asked = create::parse(read(&body)).expect("understood");
    let expected = ["ann@contoso.com", "bob@contoso.com", "?cy@", "?dee@contoso.com", "?", "?", "?"];
    assert_eq!(emails(&asked.rows), expected);
    // An update replaces the list, so it is refused.
    let expected = [
        "new.attendees[1].email",
        "new.attendees[2].isRequired",
        "new.attendees[3].email",
        "new.attendees[4]",
        "new.attendees[5]",
    ];
    assert_faults(changed(&json!({"id": "x"}), &with(content(), "attendees", people)), &expected);
    let crowd = with(body, "attendees", json!(vec![7; 501]));
    assert_faults(create::parse(read(&crowd)), &["attendees"]);
}

#[test]
fn of_what_was_before_only_the_id_counts() {
    let original = json!({"id": "x", "organizerEmail": 7, "attendees": {"a": []}, "endTime": "never", "": null});
    assert_eq!(changed(&original, &content()).expect("understood").id.as_str(), "x");
}

#[test]
fn a_deletion_lists_addresses_and_objects() {
    let asked =
        |attendees: Value| with(json!({"id": "x", "organizerEmail": "ann@contoso.com"}), "attendees", attendees);
    let mixed = json!(["bob@contoso.com", {"email": "cy@contoso.com", "isRequired": [{}]}, "ann@contoso.com"]);
    let everybody = ["ann@contoso.com", "bob@contoso.com", "cy@contoso.com", "ann@contoso.com"];
    assert_eq!(deleted(&asked(mixed)).expect("understood"), everybody);
    for none in [json!([]), Value::Null] {
        assert_eq!(deleted(&asked(none)).expect("understood"), ["ann@contoso.com"]);
    }
    let bad = json!(["nobody", {"email": 7}, {}, null, 7, [], {"email": "bob"}]);
    let expected = ["ann@contoso.com", "?nobody", "?", "?", "?", "?", "?", "?bob"];
    assert_eq!(deleted(&asked(bad)).expect("understood"), expected);
    assert_faults(deleted(&json!({"attendees": "bob@contoso.com"})), &["id", "organizerEmail", "attendees"]);
}

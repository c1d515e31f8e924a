//! The samples of the two documents of the Lightning Scheduler adapter, as printed: with their trailing commas, and without the
//! one comma that both samples of PUT lack.

use serde_json::{Value, json};

/// One document's requests.
pub struct Document {
    /// The mail domain of its people.
    pub domain: &'static str,
    /// Their names where the appointment is created and changed, the organizer first.
    pub people: [&'static str; 3],
    /// Their names where it is deleted.
    pub others: [&'static str; 3],
    /// The subject that is asked for.
    pub subject: &'static str,
    /// The location that is asked for.
    pub location: &'static str,
    /// The body of POST on availability.
    pub availability: &'static str,
    /// The body of POST on postback.
    pub create: &'static str,
    /// The body of PUT on postback.
    pub update: &'static str,
    /// The body of DELETE on postback.
    pub delete: &'static str,
}

/// The id of the documented appointment.
pub const ID: &str = "abcde-fghij-klmno-pqrst-uvwxyzfb3f11e";
/// The query of the documented availability request.
pub const WINDOW: &str = "from=2020-10-15T00:00:00Z&to=2020-10-17T12:00:00Z&salesforceCorrelationId=abcdefg";

/// What Revenue Grid publishes.
pub const REVENUE_GRID: Document = Document {
    domain: "contoso.com",
    people: ["test", "attendee1", "attendee2"],
    others: ["organizer", "attendee1", "attendee2"],
    subject: "meeting subject",
    location: "meeting room 1",
    availability: r#"[
    {
        "email": "attendee1@contoso.com",
        "serviceResourceId": "12345",
        "isOrganizer": true
    },
    {
        "email": "attendee2@contoso.com",
        "serviceResourceId": "54321"
    }
]"#,
    create: r#"{
    "id": "abcde-fghij-klmno-pqrst-uvwxyzfb3f11e",
    "organizerEmail": "test@contoso.com",
    "body": "meeting description",
    "subject": "meeting subject",
    "location": "meeting room 1",
    "startTime": "2020-10-16T10:00:00Z",
    "endTime": "2020-10-20T23:00:00Z",
    "salesforceCorrelationId": "ac3b40b4-2c33-463b-8bfe-8bcf077d7539",
    "attendees": [
        {
            "email": "attendee1@contoso.com",
            "isRequired": "true",
        },
        {
            "email": "attendee2@contoso.com",
            "isRequired": "false",
        }
    ]
}"#,
    update: r#"{
    "original": {
        "id": "abcde-fghij-klmno-pqrst-uvwxyzfb3f11e",
        "organizerEmail": "test@contoso.com",
        "body": "meeting description",
        "subject": "meeting subject",
        "location": "meeting room 1",
        "startTime": "2020-10-16T10:00:00Z",
        "endTime": "2020-10-20T23:00:00Z",
        "attendees": [
            {
                "email": "attendee1@contoso.com",
                "isRequired": "true",
            },
            {
                "email": "attendee2@contoso.com",
                "isRequired": "false",
            }
        ]
    },
    "new": {
        "organizerEmail": "test@contoso.com",
        "body": "meeting description",
        "subject": "meeting subject",
        "location": "meeting room 1",
        "startTime": "2020-10-16T10:00:00Z",
        "endTime": "2020-10-20T23:00:00Z",
        "attendees": [
            {
                "email": "attendee1@contoso.com",
                "isRequired": "true",
            },
            {
                "email": "attendee2@contoso.com",
                "isRequired": "false",
            }
        ]
    }
    "salesforceCorrelationId": "ac3b40b4-2c33-463b-8bfe-8bcf077d7539"
}"#,
    delete: r#"{
    "id": "abcde-fghij-klmno-pqrst-uvwxyzfb3f11e",
    "organizerEmail": "organizer@contoso.com",
    "attendees": [
        "attendee1@contoso.com",
        "attendee2@contoso.com"
    ]
}"#,
};

/// What Connect(ME) publishes.
pub const CONNECT_ME: Document = Document {
    domain: "domain.com",
    people: ["test", "attendee1", "attendee2"],
    others: ["organizer", "test1", "test2"],
    subject: "some subject",
    location: "meeting room 'Red'",
    availability: r#"[
{
"email": "test1@domain.com",
"serviceResourceId": "123",
"isOrganizer": true
},
{
"email": "test2@domain.com",
"serviceResourceId": "321"
}
]"#,
    create: r#"{
"id": "abcde-fghij-klmno-pqrst-uvwxyzfb3f11e",
"organizerEmail": "test@domain.com",
"body": "some text description",
"subject": "some subject",
"location": "meeting room 'Red'",
"startTime": "2020-10-16T10:00:00Z",
"endTime": "2020-10-20T23:00:00Z",
"salesforceCorrelationId": "ac3b40b4-2c33-463b-8bfe-8bcf077d7539",
"attendees": [
{
"email": "attendee1@domain.com",
"isRequired": "true",
},
{
"email": "attendee2@domain.com",
"isRequired": "false",
}
]
}"#,
    update: r#"{
"original": {
"id": "abcde-fghij-klmno-pqrst-uvwxyzfb3f11e",
"organizerEmail": "test@domain.com",
"body": "some text description",
"subject": "some subject",
"location": "meeting room 'Red'",
"startTime": "2020-10-16T10:00:00Z",
"endTime": "2020-10-20T23:00:00Z",
"attendees": [
{
"email": "attendee1@domain.com",
"isRequired": "true",
},
{
"email": "attendee2@domain.com",
"isRequired": "false",
}
]
},
"new": {
"organizerEmail": "test@domain.com",
"body": "some text description",
"subject": "some subject",
"location": "meeting room 'Red'",
"startTime": "2020-10-16T10:00:00Z",
"endTime": "2020-10-20T23:00:00Z",
"attendees": [
{
"email": "attendee1@domain.com",
"isRequired": "true",
},
{
"email": "attendee2@domain.com",
"isRequired": "false",
}
]
}
"salesforceCorrelationId": "ac3b40b4-2c33-463b-8bfe-8bcf077d7539"
}"#,
    delete: r#"{
"id": "abcde-fghij-klmno-pqrst-uvwxyzfb3f11e",
"organizerEmail": "organizer@domain.com",
"attendees": [
"test1@domain.com",
"test2@domain.com"
]
}"#,
};

/// An appointment of contoso's organizer and so many attendees, on a day when nothing else is.
pub fn appointment(id: &str, attendees: &[&str]) -> Value {
    json!({
        "id": id,
        "organizerEmail": "organizer@contoso.com",
        "body": "What we talk about",
        "subject": "Quarterly review",
        "location": "Room 7",
        "startTime": "2026-05-04T09:00:00Z",
        "endTime": "2026-05-04T10:00:00Z",
        "attendees": attendees.iter().map(|email| json!({"email": email, "isRequired": "true"})).collect::<Vec<_>>(),
    })
}

/// The request to make an appointment what `new` says.
pub fn change(new: &Value) -> Value {
    let mut original = new.clone();
    original["subject"] = json!("What it was before");
    let mut new = new.clone();
    new.as_object_mut().expect("an object").remove("id");
    json!({"original": original, "new": new})
}

/// The rows of an answer, as name (in the organization) and code.
pub fn rows(answer: &crate::Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let text = |row: &Value, field: &str| row[field].as_str().expect("text").to_owned();
    let rows = answer.json();
    let rows = rows.as_array().expect("rows").iter().map(|row| {
        assert_eq!(row.as_object().map(serde_json::Map::len), Some(2), "{row}");
        (text(row, "email").split('@').next().expect("a name").to_owned(), text(row, "errorCode"))
    });
    rows.collect()
}

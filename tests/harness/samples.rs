//! The documented samples, as printed: trailing commas, the em dash and all.

use serde_json::{Value, json};

/// The id of the documented meeting.
pub const ID: &str = "f9b58255-8e2e-81e2-a6db-27461fa3f11e";
/// Its organizer.
pub const ORGANIZER: &str = "organizer@contoso.com";

/// The body of the documented POST.
pub const SCHEDULE: &str = r#"{
    "id": "f9b58255-8e2e-81e2-a6db-27461fa3f11e",
    "organizerEmail": "organizer@contoso.com",
    "body": "meeting description",
    "subject": "meeting subject",
    "location": "meeting room 1",
    "startTime": "2020-10-16T10:00:00Z",
    "endTime": "2020-10-20T23:00:00Z",
    "salesforceCorrelationId": "ac7b40b4-2c33-723b-8aaie-8bpf077z7539",
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
}"#;

/// The body of the documented PATCH.
pub const UPDATE: &str = r#"{
  "id": "f9b58255-8e2e-81e2-a6db-27461fa3f11e",
  "organizerEmail": "organizer@contoso.com",
  "subject": "New subject",
  "salesforceCorrelationId": "ac7b40b4-2c33-723b-8aaie-8bpf077z7539",
  "attendees": [
      {
          "email": "attendee1@contoso.com",
          "isRequired": "true",
      },
      {
          "email": "attendee2@contoso.com",
          "isRequired": "false",
      },
      {
          "email": "attendee3@contoso.com",
          "isRequired": "true",
      }
  ]
}
"#;

/// The body of the documented DELETE, with its em dash.
pub const DELETE: &str = r#"{
  "id": "f9b54553-8e2a-47r2-a6db-27425fb3f11e",
  "organizerEmail": "organizer@contoso.com",
  "salesforceCorrelationId": "1234567—9012-3456-789012345678"
}"#;

/// The path and query of the documented GET.
pub const GET: &str = "/api/salesforce/scheduler/meeting?id=f9b58255-8e2e-81e2-a6db-27461fa3f11e&organizerEmail=organizer@contoso.com&salesforceCorrelationId=ac7b40b4-2c33-723b-8aaie-8bpf077z7539";

/// The path and query of the documented POST on availability.
pub const AVAILABILITY: &str = "/api/salesforce/scheduler/availability?from=2020-10-15T00:00:00Z&to=2020-10-17T12:00:00Z&salesforceCorrelationId=abcdefg";

/// The body of the documented POST on availability.
pub const AVAILABILITY_BODY: &str = r#"[
    {
     "email": "attendee1@contoso.com"
    },
    {
     "email": "attendee2@contoso.com"
    }
]
"#;

/// A meeting of contoso's organizer with two attendees, on a day when nothing else is.
pub fn meeting(id: &str) -> Value {
    json!({
        "id": id,
        "organizerEmail": ORGANIZER,
        "body": "What we talk about",
        "subject": "Quarterly review",
        "location": "Room 7",
        "startTime": "2026-05-04T09:00:00Z",
        "endTime": "2026-05-04T10:00:00Z",
        "attendees": [
            {"email": "attendee1@contoso.com", "isRequired": "true"},
            {"email": "attendee2@contoso.com", "isRequired": "false"}
        ]
    })
}

/// The same meeting with some fields changed.
pub fn meeting_with(id: &str, changes: &Value) -> Value {
    let mut meeting = meeting(id);
    for (field, value) in changes.as_object().expect("an object") {
        meeting[field] = value.clone();
    }
    meeting
}

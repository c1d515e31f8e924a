//! Requests that are odd but in order: they may reach Microsoft, and nothing breaks.

use convene::domain::{PlainText, SingleLine};
use convene_tests::Answer;
use proptest::{collection::vec, prelude::*, test_runner::TestCaseError};
use serde_json::{Value, json};

use crate::{
    checks::{Expected, for_all, verdict},
    documents::put_bytes,
    functions::Functions,
    noise::any_text,
};

/// A meeting's id: anything within the limits.
fn id() -> impl Strategy<Value = String> {
    any_text()
        .prop_map(|text| text.chars().take(120).collect::<String>())
        .prop_filter("an id", |text| !text.trim().is_empty())
}

/// A time of the day of the meeting, in one of the ways it can be written.
fn time(hour: u32) -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        format!("2026-05-04T{hour:02}:00:00Z"),
        format!("2026-05-04T{hour:02}:00:00.000Z"),
        format!("2026-05-04T{hour:02}:00:00.999999999+00:00"),
        format!("2026-05-04T{:02}:30:00+05:30", hour + 5),
        format!("2026-05-04t{hour:02}:00:00z"),
        format!(" 2026-05-04T{hour:02}:00:00Z "),
        format!("2026-05-03T{:02}:00:00-14:00", hour + 10),
        format!("2026-05-04 {hour:02}:00Z"),
        format!("2026-05-04T{:02}:00:00.000+0200", hour + 2),
        format!("2026-05-04T{:02}:00+02", hour + 2),
    ])
}

fn attendee() -> impl Strategy<Value = Value> {
    let address = prop::sample::select(vec![
        "attendee1@contoso.com",
        "ATTENDEE2@Contoso.com",
        "o'brien+tag@sub.example.org",
        " attendee3@contoso.com ",
        "grüße@bücher.example",
        "x@localhost",
        "a.very.long.local.part.that.is.still.an.address@example.museum",
        "!#$%&*-=?^_`{|}~@example.com",
    ]);
    let flag = prop::sample::select(vec![json!("true"), json!("False"), json!(true), json!(false), json!(" TRUE ")]);
    (address, flag).prop_map(|(address, flag)| json!({"email": address, "isRequired": flag, "": null}))
}

/// A body as it reads back. `PlainText` has tests of its own.
fn plain(text: &str) -> String {
    PlainText::from(text).trim_end().to_owned()
}

/// A subject or location as it reads back.
fn line(text: &str) -> String {
    SingleLine::from(text).to_string()
}

fn call(functions: &Functions, function: &str, body: &str) -> Result<Answer, TestCaseError> {
    let mut event = functions.event(function);
    put_bytes(&mut event, body.as_bytes());
    let reply = functions.invoke(function, &event);
    verdict(&reply, Expected::NoFault).map_err(|wrong| TestCaseError::fail(format!("{function}: {wrong}")))?;
    Ok(reply)
}

#[test]
fn odd_meetings_are_booked_read_changed_and_deleted() {
    let functions = Functions::start();
    let texts = (any_text(), any_text(), any_text());
    let inputs = (id(), texts, time(9), time(10), vec(attendee(), 0..6));
    let property = |(id, (subject, body, location), start, end, attendees): (
        String,
        (String, String, String),
        String,
        String,
        Vec<Value>,
    )| {
        let organizer = "Organizer@contoso.com";
        let meeting = json!({
            "id": id, "organizerEmail": organizer, "subject": subject, "body": body, "location": location, "startTime": start,
            "endTime": end, "attendees": attendees, "salesforceCorrelationId": subject, "unknown": [{}, null],
        });
        let booked = call(&functions, "schedule-meeting", &meeting.to_string())?;
        prop_assert_eq!(booked.status, 200, "{:?}", booked);
        let mut get = functions.event("get-meeting");
        let query =
            reqwest::Url::parse_with_params("http://localhost/", [("id", id.as_str()), ("organizerEmail", organizer)]);
        get["rawQueryString"] = json!(query.expect("a URL").query());
        let read = functions.invoke("get-meeting", &get);
        prop_assert_eq!(read.status, 200, "{:?}", read);
        let read: Value = serde_json::from_str(&read.text).expect("JSON");
        prop_assert_eq!(&read["id"], id.trim());
        prop_assert_eq!(&read["subject"], &line(&subject));
        prop_assert_eq!(&read["location"], &line(&location));
        prop_assert_eq!(read["body"].as_str().expect("text"), plain(&body));
        prop_assert_eq!(&read["startTime"], "2026-05-04T09:00:00Z");
        prop_assert_eq!(&read["endTime"], "2026-05-04T10:00:00Z");
        let change = json!({"id": id, "organizerEmail": organizer, "subject": location, "location": null});
        let changed = call(&functions, "update-meeting", &change.to_string())?;
        prop_assert_eq!(changed.status, 200, "{:?}", changed);
        let deleted = call(&functions, "delete-meeting", &json!({"id": id, "organizerEmail": organizer}).to_string())?;
        prop_assert_eq!(deleted.status, 200, "{:?}", deleted);
        Ok(())
    };
    for_all(100, inputs, property);
}

/// The mailboxes of a list, all of which must have been told that there is no such meeting.
fn not_found(reply: Answer) -> Vec<String> {
    let rows = reply.expect_ok();
    let rows = rows.as_array().expect("a list").iter();
    rows.map(|row| {
        assert_eq!(row["errorCode"], "MeetingNotFound", "{row}");
        row["email"].as_str().expect("an address").to_owned()
    })
    .collect()
}

/// Fields that nobody asked for are passed over, whatever they hold.
#[test]
fn unknown_fields_are_ignored_however_strange() {
    let functions = Functions::start();
    let deep = |open: &str, close: &str| [open.repeat(20_000), "1".to_owned(), close.repeat(20_000)].concat();
    let contents =
        ["1e999".to_owned(), r#""\ud800""#.to_owned(), "[1,]".to_owned(), deep("[", "]"), deep("{\"a\":", "}")];
    for content in contents {
        let body =
            format!(r#"{{"id": "never-booked", "organizerEmail": "organizer@contoso.com", "x": {content}, "x": 1}}"#);
        let reply = call(&functions, "delete-meeting", &body).expect("no fault");
        assert_eq!(reply.status, 404, "{reply:?}");
        // Within what is looked at in part, too, and where a field is known and makes no difference.
        let listed = format!(r#"{{"email": "attendee1@contoso.com", "isRequired": {content}, "x": {content}}}"#);
        let body = body.replacen('{', &format!(r#"{{"attendees": [{listed}], "#), 1);
        let reply = call(&functions, "delete-appointments", &body).expect("no fault");
        assert_eq!(not_found(reply), ["organizer@contoso.com", "attendee1@contoso.com"]);
        let new = convene_tests::samples::meeting("never-booked");
        let original =
            format!(r#"{{"id": "never-booked", "attendees": {content}, "x": {content}, "startTime": {content}}}"#);
        let body = format!(r#"{{"new": {new}, "original": {original}, "x": {content}}}"#);
        let reply = call(&functions, "update-appointments", &body).expect("no fault");
        assert_eq!(not_found(reply).len(), 3);
        let body = format!(r#"[{{"email": "attendee1@contoso.com", "isOrganizer": {content}, "x": {content}}}]"#);
        let reply = call(&functions, "get-availability", &body).expect("no fault");
        assert_eq!(reply.expect_ok()[0]["errorCode"], "NoError");
    }
}

//! Requests and responses of `getSchedule`, by examples.

use super::*;
use crate::domain::parse_utc;

fn span(start: &str, end: &str) -> TimeSpan {
    TimeSpan::new(parse_utc(start).expect("a time"), parse_utc(end).expect("a time")).expect("a span")
}

/// The window of the responses.
fn year() -> TimeSpan {
    span("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
}

/// The row of one mailbox, given as JSON, for a question about an hour.
fn row_of(json: &str) -> Row {
    let answer: SchedulesIn = serde_json::from_str(&format!(r#"{{"value": [{json}]}}"#)).expect("readable");
    let ann: EmailAddress = "a@x.com".parse().expect("an address");
    answer.rows(&[&ann], span("2026-01-01T09:00:00Z", "2026-01-01T10:00:00Z")).remove(0)
}

#[test]
fn a_busy_view_without_items_is_busy_time() {
    let spans = |json: &str| match row_of(json) {
        Row::Entries(entries) => entries.into_iter().map(|entry| (entry.span, entry.status)).collect::<Vec<_>>(),
        other => panic!("{json}: {other:?}"),
    };
    let at = |from: &str, to: &str| span(&format!("2026-01-01T09:{from}:00Z"), &format!("2026-01-01T09:{to}:00Z"));
    for items in ["", r#", "scheduleItems": []"#, r#", "scheduleItems": null"#] {
        let json = format!(r#"{{"scheduleId": "a@x.com", "availabilityView": "002200000001"{items}}}"#);
        let end = span("2026-01-01T09:55:00Z", "2026-01-01T10:00:00Z");
        assert_eq!(spans(&json), [(at("10", "20"), BusyStatus::Busy), (end, BusyStatus::Tentative)], "{items}");
    }
    // The items list less than the view.
    let item = r#"{"status": "busy", "start": {"dateTime": "2026-01-01T09:12:00"}, "end": {"dateTime": "2026-01-01T09:14:00"}}"#;
    let json = format!(r#"{{"scheduleId": "a@x.com", "availabilityView": "003300000000", "scheduleItems": [{item}]}}"#);
    assert_eq!(spans(&json), [(at("12", "14"), BusyStatus::Busy), (at("15", "20"), BusyStatus::OutOfOffice)]);
    // Free time stays free.
    assert_eq!(spans(r#"{"scheduleId": "a@x.com", "availabilityView": "000000004000"}"#), []);
    assert_eq!(spans(r#"{"scheduleId": "a@x.com", "scheduleItems": []}"#), []);
}

#[test]
fn a_row_without_view_and_items_is_a_failure() {
    let row = row_of(r#"{"scheduleId": "a@x.com", "workingHours": {}}"#);
    assert!(matches!(&row, Row::Failed(CalendarError::Failed { .. })), "{row:?}");
}

#[test]
fn errors_that_need_an_administrator_are_access_denied() {
    for code in ["5003", "5012", "5013", "5016", "5037", "5046"] {
        let row = row_of(&format!(r#"{{"scheduleId": "a@x.com", "error": {{"responseCode": "{code}"}}}}"#));
        assert_eq!(row, Row::Failed(CalendarError::AccessDenied { code: code.to_owned() }));
    }
}

#[test]
fn the_interval_of_a_request_fits_its_window() {
    let ann: EmailAddress = "Ann@x.com".parse().expect("an address");
    for (end, asked_until, interval) in [
        ("2026-01-01T00:00:01Z", "2026-01-01T00:05:00", 5),
        ("2026-01-01T00:30:59Z", "2026-01-01T00:30:59", 5),
        ("2026-02-01T00:00:00Z", "2026-02-01T00:00:00", 30),
    ] {
        let question = ScheduleOut::new(&[&ann], span("2026-01-01T00:00:00Z", end));
        let json = serde_json::to_value(question).expect("JSON");
        assert_eq!(json["schedules"][0], "Ann@x.com");
        assert_eq!(json["startTime"]["dateTime"], "2026-01-01T00:00:00");
        assert_eq!(json["endTime"]["dateTime"], asked_until);
        assert_eq!(json["availabilityViewInterval"], interval);
    }
}

#[test]
fn every_mailbox_gets_its_own_row() {
    let json = r##"{"value": [
        {"scheduleId": "B@x.com", "availabilityView": "", "error": {"@odata.type": "#microsoft.graph.freeBusyError", "message": "m", "responseCode": "5009"}},
        {"scheduleId": "a@X.com", "scheduleItems": [
          {"status": "Busy", "start": {"dateTime": "2026-01-01T00:00:00.0000000", "timeZone": "UTC"}, "end": {"dateTime": "2026-01-01T01:00:00.0000000", "timeZone": "UTC"}},
          {"status": "workingElsewhere", "start": {"dateTime": "2026-01-01T00:00:00"}, "end": {"dateTime": "2026-01-01T00:00:01"}},
          {"status": "away", "start": {"dateTime": "2026-01-01T00:00:00"}, "end": {"dateTime": "2026-01-01T00:00:01"}},
          {"status": "busy", "start": {"dateTime": "2026-01-01T00:00:00"}, "end": {"dateTime": "2026-01-01T00:00:00"}}]},
        {"scheduleId": "d", "error": {"responseCode": "5006"}},
        {"scheduleId": "e@x.com", "error": {"responseCode": "5037"}},
        {"scheduleId": "f@x.com", "error": {"responseCode": "what, is@this"}}]}"##;
    let answer: SchedulesIn = serde_json::from_str(json).expect("readable");
    let asked: Vec<EmailAddress> =
        ["a@x.com", "b@x.com", "d@x.com", "e@x.com", "f@x.com"].map(|text| text.parse().expect("an address")).into();
    let asked: Vec<&EmailAddress> = asked.iter().collect();
    let rows = answer.rows(&asked, year());
    let Row::Entries(entries) = &rows[0] else { panic!("{:?}", rows[0]) };
    assert_eq!(entries[0].span, span("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"));
    let statuses: Vec<_> = entries.iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [BusyStatus::Busy, BusyStatus::WorkingElsewhere, BusyStatus::Unknown]);
    assert_eq!(rows[1], Row::Failed(CalendarError::MailboxNotFound));
    // Under another name, at its index.
    assert_eq!(rows[2], Row::TooMany);
    assert_eq!(rows[3], Row::Failed(CalendarError::AccessDenied { code: "5037".to_owned() }));
    assert!(matches!(&rows[4], Row::Failed(CalendarError::Failed { cause, .. }) if cause == "free/busy whatisthis"));
    assert!(matches!(SchedulesIn::default().rows(&asked, year())[0], Row::Failed(CalendarError::Failed { .. })));
}

#[test]
fn a_row_that_names_another_mailbox_is_not_used() {
    // Graph leaves out the first mailbox, and sends the second one twice.
    let row = |name: &str, code: &str| format!(r#"{{"scheduleId": "{name}", "error": {{"responseCode": "{code}"}}}}"#);
    let json = format!(r#"{{"value": [{}, {}]}}"#, row("b@x.com", "5006"), row("b@x.com", "5009"));
    let answer: SchedulesIn = serde_json::from_str(&json).expect("readable");
    let asked = ["a@x.com", "b@x.com"].map(|text| text.parse::<EmailAddress>().expect("an address"));
    let rows = answer.rows(&[&asked[0], &asked[1]], year());
    assert!(matches!(&rows[0], Row::Failed(CalendarError::Failed { .. })), "{rows:?}");
    assert_eq!(rows[1], Row::Failed(CalendarError::MailboxNotFound));
}

#[test]
fn entries_end_at_a_full_second() {
    let entries = |start: &str, end: &str| {
        let item =
            format!(r#"{{"status": "busy", "start": {{"dateTime": "{start}"}}, "end": {{"dateTime": "{end}"}}}}"#);
        let json = format!(r#"{{"value": [{{"scheduleId": "a@x.com", "scheduleItems": [{item}]}}]}}"#);
        let answer: SchedulesIn = serde_json::from_str(&json).expect("readable");
        let ann: EmailAddress = "a@x.com".parse().expect("an address");
        let Row::Entries(entries) = answer.rows(&[&ann], year()).remove(0) else { panic!("{json}") };
        entries.into_iter().map(|entry| entry.span).collect::<Vec<_>>()
    };
    let first = span("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z");
    assert_eq!(entries("2026-01-01T00:00:00.0000000", "2026-01-01T00:00:00.0000001"), [first]);
    assert_eq!(entries("2026-01-01T00:00:00.9000000", "2026-01-01T00:00:01.0000000"), [first]);
    assert_eq!(entries("2026-01-01T00:00:00.5000000", "2026-01-01T00:00:00.5000000"), []);
    let two = span("2026-01-01T00:00:00Z", "2026-01-01T00:00:02Z");
    assert_eq!(entries("2026-01-01T00:00:00.2000000", "2026-01-01T00:00:01.9000000"), [two]);
}

#[test]
fn an_unreadable_time_is_a_failure() {
    let row = |start: &str, end: &str| {
        let good = r#"{"status": "busy", "start": {"dateTime": "2026-01-01T00:00:00"}, "end": {"dateTime": "2026-01-01T01:00:00"}}"#;
        let item = format!(r#"{{"status": "busy", "start": {start}, "end": {end}}}"#);
        let json = format!(r#"{{"value": [{{"scheduleId": "a@x.com", "scheduleItems": [{good}, {item}]}}]}}"#);
        let answer: SchedulesIn = serde_json::from_str(&json).expect("readable");
        let ann: EmailAddress = "a@x.com".parse().expect("an address");
        answer.rows(&[&ann], year()).remove(0)
    };
    let utc = |text: &str, zone: &str| format!(r#"{{"dateTime": "{text}", "timeZone": "{zone}"}}"#);
    let end = utc("2026-01-02T00:00:00.0000000", "UTC");
    for start in [
        utc("tomorrow", "UTC"),
        utc("2026-01-01T22:00:00.0000000", "Pacific Standard Time"),
        r#"{"timeZone": "UTC"}"#.to_owned(),
        "null".to_owned(),
        // It ends before it starts.
        utc("2026-01-03T00:00:00.0000000", "UTC"),
    ] {
        let failed = row(&start, &end);
        assert!(matches!(&failed, Row::Failed(CalendarError::Failed { .. })), "{start}: {failed:?}");
    }
    for (start, entries) in [
        (utc("2026-01-01T22:00:00.0000000", "tzone://Microsoft/Utc"), 2),
        (utc("2026-01-01T22:00:00+00:00", "UTC"), 2),
        (utc("2026-01-02T00:00:00Z", "Etc/UTC"), 1),
    ] {
        assert!(matches!(row(&start, &end), Row::Entries(found) if found.len() == entries), "{start}");
    }
}

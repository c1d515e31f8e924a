//! What occupies calendars, beside what free/busy shows of mailboxes.

mod failures;

use std::time::Duration;

use convene::{
    calendar::CalendarView,
    domain::{BusyStatus, CalendarId, EventUid, TimeSpan},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::stage::{Entries, Process, Stage, call, day, mailbox, span};

fn default_calendar(name: &str) -> CalendarView {
    CalendarView { mailbox: mailbox(name), calendar: None, except: None }
}

fn calendar(name: &str, id: &str) -> CalendarView {
    CalendarView { calendar: Some(CalendarId::new(id).expect("an id")), ..default_calendar(name) }
}

impl Process {
    async fn views(&self, views: &[CalendarView]) -> Vec<Entries> {
        self.calendar.calendar_views(&call(25), views, day()).await
    }
}

/// An hour of the day that is asked about.
fn hour(hour: u32) -> (String, String) {
    (format!("2027-03-04T{hour:02}:00:00Z"), format!("2027-03-04T{:02}:00:00Z", hour + 1))
}

fn event_at(name: &str, at: u32, more: &Value) -> Value {
    let (start, end) = hour(at);
    let mut event = json!({"mailbox": format!("{name}@contoso.com"), "start": start, "end": end});
    event.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    event
}

fn spans(entries: &Entries) -> Vec<TimeSpan> {
    entries.as_ref().expect("entries").iter().map(|entry| entry.span).collect()
}

fn hours(hours: &[u32]) -> Vec<TimeSpan> {
    let span_of = |at: &u32| {
        let (start, end) = hour(*at);
        span(&start, &end)
    };
    hours.iter().map(span_of).collect()
}

/// Adds a calendar to a mailbox, with an event at an hour; its id.
async fn second_calendar(stage: &Stage, name: &str, at: u32) -> String {
    let outlook = stage.product.outlook("contoso").await;
    let calendars = format!("/users/{name}@contoso.com/calendars");
    let made = outlook.request(Method::POST, &calendars, Some(json!({"name": "Bookings"}))).await;
    let id = serde_json::from_str::<Value>(&made.text).expect("JSON")["id"].as_str().expect("an id").to_owned();
    let (start, end) = hour(at);
    let time = |text: &str| json!({"dateTime": text.trim_end_matches('Z'), "timeZone": "UTC"});
    let event = json!({"subject": "Second", "start": time(&start), "end": time(&end)});
    let made = outlook.request(Method::POST, &format!("{calendars}/{id}/events"), Some(event)).await;
    assert_eq!(made.status, 201, "{made:?}");
    id
}

#[tokio::test]
async fn a_view_has_what_occupies_a_calendar() {
    use BusyStatus::{Busy, Free, OutOfOffice, Tentative, WorkingElsewhere};
    let stage = Stage::start().await;
    let events = [
        (16, json!({"showAs": "oof"})),
        (8, json!({"showAs": "tentative"})),
        (10, json!({})),
        (11, json!({"showAs": "free"})),
        (12, json!({"showAs": "workingElsewhere"})),
        (14, json!({"isCancelled": true})),
        (15, json!({"end": hour(15).0})),
        (22, json!({"end": "2027-03-05T04:00:00Z"})),
    ];
    let events = events.iter().map(|(at, more)| event_at("attendee1", *at, more)).collect();
    stage.simulator.add_events(events).await;
    let process = stage.process().await;
    stage.simulator.clear_journal().await;
    let answers = process.views(&[default_calendar("attendee1")]).await;
    let entries = answers[0].as_ref().expect("entries");
    let statuses: Vec<_> = entries.iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [Tentative, Busy, Free, WorkingElsewhere, OutOfOffice, Busy]);
    let mut expected = hours(&[8, 10, 11, 12, 16]);
    expected.push(span("2027-03-04T22:00:00Z", "2027-03-05T04:00:00Z"));
    assert_eq!(spans(&answers[0]), expected);
    // One request, by itself.
    let requests = stage.simulator.requests().await;
    assert_eq!((requests.len(), &requests[0]["operation"]), (1, &json!("calendar_view")));
    // Free/busy has the same entries, and a cancelled one as free.
    let mut free_busy = process.free_busy(&["attendee1"]).await.remove(0).expect("entries");
    free_busy.retain(|entry| entry.span != hours(&[14])[0]);
    assert_eq!(&free_busy, entries);
    assert_eq!(process.calendar.calendar_views(&call(25), &[], day()).await, []);
}

#[tokio::test]
async fn all_day_events_occupy_whole_days_where_the_mailbox_is() {
    let stage = Stage::start().await;
    let change = json!({"directory": "contoso.com", "address": "attendee1@contoso.com", "time_zone": "Asia/Tokyo"});
    stage.simulator.control(Method::PATCH, "/mailboxes", Some(change)).await;
    let days = json!({"isAllDay": true, "start": "2027-03-04", "end": "2027-03-05", "showAs": "oof"});
    stage.simulator.add_events(vec![event_at("attendee1", 0, &days)]).await;
    let process = stage.process().await;
    let answers = process.views(&[default_calendar("attendee1")]).await;
    assert_eq!(spans(&answers[0]), [span("2027-03-03T15:00:00Z", "2027-03-04T15:00:00Z")]);
    assert_eq!(answers, process.free_busy(&["attendee1"]).await);
}

#[tokio::test]
async fn several_views_are_one_round_trip() {
    let stage = Stage::start().await;
    let second = second_calendar(&stage, "attendee1", 12).await;
    let names: Vec<String> = (1..=21).map(|n| format!("attendee{n}")).collect();
    let events = names.iter().map(|name| event_at(name, 10, &json!({}))).collect();
    stage.simulator.add_events(events).await;
    let process = stage.process().await;
    let mut views: Vec<_> = names.iter().map(|name| default_calendar(name)).collect();
    views.insert(1, calendar("attendee1", &second));
    // A token is there already when it counts.
    process.views(&views[..1]).await;
    for (count, batches) in [(2, vec![2]), (20, vec![20]), (22, vec![20, 2])] {
        stage.simulator.clear_journal().await;
        let answers = process.views(&views[..count]).await;
        assert_eq!(answers.len(), count);
        for (index, answer) in answers.iter().enumerate() {
            assert_eq!(spans(answer), hours(if index == 1 { &[12] } else { &[10] }), "{index}");
        }
        let requests = stage.simulator.requests().await;
        let mut sizes: Vec<_> = requests
            .iter()
            .filter(|request| request["operation"] == "batch")
            .map(|batch| requests.iter().filter(|request| request["batch_sequence"] == batch["sequence"]).count())
            .collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!((sizes, stage.round_trips().await), (batches.clone(), batches.len()));
    }
    let (_, refused) = stage.in_flight().await;
    assert_eq!(refused, 0);
}

#[tokio::test]
async fn an_event_is_left_out_by_the_id_that_its_copies_share() {
    let stage = Stage::start().await;
    let outlook = stage.product.outlook("contoso").await;
    let time = |hour: u32| json!({"dateTime": format!("2027-03-04T{hour}:00:00"), "timeZone": "UTC"});
    for start in [10, 12] {
        let attendees = json!([{"emailAddress": {"address": "attendee1@contoso.com"}}]);
        let event = json!({"subject": "Review", "start": time(start), "end": time(start + 1), "attendees": attendees});
        let path = "/users/organizer@contoso.com/events";
        assert_eq!(outlook.request(Method::POST, path, Some(event)).await.status, 201);
    }
    let event = outlook.events("organizer@contoso.com").await.remove(0);
    let own = if event["start"]["dateTime"].as_str().expect("a time").contains("T10") { 10 } else { 12 };
    let except = Some(EventUid(event["iCalUId"].as_str().expect("an id").to_owned()));
    let process = stage.process().await;
    let views =
        ["organizer", "attendee1"].map(|name| CalendarView { except: except.clone(), ..default_calendar(name) });
    for answer in process.views(&views).await {
        assert_eq!(spans(&answer), hours(&[22 - own]));
    }
    let unknown = CalendarView { except: Some(EventUid("none".to_owned())), ..default_calendar("attendee1") };
    assert_eq!(spans(&process.views(&[unknown]).await[0]), hours(&[10, 12]));
}

#[tokio::test]
async fn pages_are_followed() {
    let stage = Stage::start().await;
    let minute = |n: u32| format!("2027-03-04T{:02}:{:02}:00Z", n / 60, n % 60);
    let event = |name: &str, n: u32| json!({"mailbox": format!("{name}@contoso.com"), "start": minute(n), "end": minute(n + 1)});
    let mut events: Vec<_> = (0..1001).map(|n| event("attendee1", n)).collect();
    events.push(event("attendee2", 0));
    stage.simulator.add_events(events).await;
    let process = stage.process().await;
    process.views(&[default_calendar("attendee3")]).await;
    stage.simulator.clear_journal().await;
    let answers = process.views(&["attendee1", "attendee2"].map(default_calendar)).await;
    let counts: Vec<_> = answers.iter().map(|answer| spans(answer).len()).collect();
    assert_eq!(counts, [1001, 1]);
    // The batch with both first pages, and the second and third page of one.
    assert_eq!(stage.round_trips().await, 3);
}

#[tokio::test]
async fn a_view_is_not_behind_the_calendar() {
    let stage = Stage::start().await;
    let process = stage.process().await;
    stage.simulator.switch(json!({"free_busy_lag_ms": 60_000})).await;
    stage.simulator.add_events(vec![event_at("attendee1", 10, &json!({}))]).await;
    assert_eq!(process.free_busy(&["attendee1"]).await, [Ok(Vec::new())]);
    assert_eq!(spans(&process.views(&[default_calendar("attendee1")]).await[0]), hours(&[10]));
}

/// Twenty views of one mailbox count as its requests, four at a time.
#[tokio::test]
async fn views_of_one_mailbox_respect_its_concurrency() {
    let stage = Stage::start().await;
    let process = stage.process().await;
    stage.simulator.switch(json!({"latency_ms": 20})).await;
    let views = vec![default_calendar("attendee1"); 30];
    let both = async { tokio::join!(process.views(&views), process.views(&views)) };
    let (first, second) = tokio::time::timeout(Duration::from_secs(20), both).await.expect("in time");
    assert!(first.iter().chain(&second).all(|answer| *answer == Ok(Vec::new())));
    let mailboxes = stage.simulator.control(Method::GET, "/concurrency", None).await;
    let counts = mailboxes.as_array().expect("counts").iter().find(|m| m["mailbox"] == "attendee1@contoso.com");
    let counts = counts.expect("the mailbox");
    assert!(counts["in_flight_peak"].as_u64() <= Some(4) && counts["refused"] == 0, "{counts}");
}

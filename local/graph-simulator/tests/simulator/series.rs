use serde_json::{Value, json};

use crate::common::{ATTENDEE, ORGANIZER, Sim, list, meeting, start, text, time, with};

fn recurrence(pattern: Value, range: Value) -> Value {
    json!({ "recurrence": { "pattern": with(json!({ "interval": 1 }), pattern), "range": with(json!({ "startDate": "2026-03-16" }), range) } })
}

/// When somebody has meetings, by `calendarView`.
async fn starts(sim: &Sim, mailbox: &str, until: &str) -> Vec<String> {
    let view = sim
        .get(&format!(
            "/v1.0/users/{mailbox}/calendarView?startDateTime=2026-03-01T00:00:00Z&endDateTime={until}&$top=100"
        ))
        .await;
    view.values().iter().map(|event| text(&event["start"]["dateTime"])[..16].to_owned()).collect()
}

#[tokio::test]
async fn a_series_is_one_event_and_many_meetings() {
    let sim = start().await;
    let made = sim.create(ORGANIZER, &meeting(&[ATTENDEE])).await;
    let path = format!("/v1.0/users/{ORGANIZER}/events/{}", made.id());
    let daily =
        recurrence(json!({ "type": "daily", "interval": 2 }), json!({ "type": "numbered", "numberOfOccurrences": 3 }));
    let master = sim.patch(&path, &daily).await;
    assert_eq!((master.status, &master.body["type"]), (200, &json!("seriesMaster")));
    assert_eq!(master.body["recurrence"]["range"]["startDate"], "2026-03-16");
    for mailbox in [ORGANIZER, ATTENDEE] {
        assert_eq!(sim.events(mailbox).await.len(), 1);
        let meetings = ["2026-03-16T09:00", "2026-03-18T09:00", "2026-03-20T09:00"];
        assert_eq!(starts(&sim, mailbox, "2026-05-01T00:00:00Z").await, meetings, "{mailbox}");
        assert_eq!(starts(&sim, mailbox, "2026-03-18T09:00:00Z").await, meetings[..1], "{mailbox}");
    }
    let view = sim
        .get(&format!(
            "/v1.0/users/{ORGANIZER}/calendarView?startDateTime=2026-03-18T00:00:00Z&endDateTime=2026-03-19T00:00:00Z"
        ))
        .await;
    let second = &view.values()[0];
    assert_eq!((&second["type"], &second["seriesMasterId"]), (&json!("occurrence"), &made.body["id"]));
    assert_eq!(second["recurrence"], Value::Null);
    let by_id = format!("/v1.0/users/{ORGANIZER}/events/{}", text(&second["id"]));
    assert_eq!(sim.get(&by_id).await.body["start"], second["start"]);
    assert_eq!(sim.patch(&by_id, &json!({ "subject": "Only this" })).await.status, 501);
    // And back.
    let single = sim.patch(&path, &json!({ "recurrence": null })).await;
    assert_eq!(single.body["type"], "singleInstance");
    assert_eq!(starts(&sim, ATTENDEE, "2026-05-01T00:00:00Z").await, ["2026-03-16T09:00"]);
    sim.patch(&path, &daily).await;
    assert_eq!(sim.delete(&path).await.status, 204);
    assert!(starts(&sim, ATTENDEE, "2026-05-01T00:00:00Z").await.is_empty());
}

#[tokio::test]
async fn weeks_keep_their_time_of_day_when_clocks_are_changed() {
    let sim = start().await;
    let times = |from: &str| json!({ "dateTime": from, "timeZone": "W. Europe Standard Time" });
    let weekly = recurrence(
        json!({ "type": "weekly", "daysOfWeek": ["monday", "Thursday"] }),
        json!({ "type": "endDate", "endDate": "2026-03-30" }),
    );
    let event = with(
        with(meeting(&[]), weekly),
        json!({ "start": times("2026-03-26T10:00:00"), "end": times("2026-03-26T11:00:00") }),
    );
    assert_eq!(sim.create(ORGANIZER, &event).await.status, 201);
    assert_eq!(starts(&sim, ORGANIZER, "2026-05-01T00:00:00Z").await, ["2026-03-26T09:00", "2026-03-30T08:00"]);
    let question = json!({ "schedules": [ORGANIZER], "startTime": time("2026-03-30T00:00:00"), "endTime": time("2026-03-31T00:00:00") });
    let answer = sim.post(&format!("/v1.0/users/{ORGANIZER}/calendar/getSchedule"), &question).await;
    let items = list(&answer.body["value"][0]["scheduleItems"]);
    assert_eq!((items.len(), &items[0]["end"]), (1, &time("2026-03-30T09:00:00.0000000")));
}

#[tokio::test]
async fn a_recurrence_that_makes_no_sense_is_refused() {
    let sim = start().await;
    let (daily, no_end) = (json!({ "type": "daily" }), json!({ "type": "noEnd" }));
    for (pattern, range, status) in [
        (json!({ "type": "relativeYearly" }), no_end.clone(), 501),
        (json!({ "type": "daily", "interval": 0 }), no_end.clone(), 400),
        (json!({ "type": "weekly", "daysOfWeek": [] }), no_end.clone(), 400),
        (json!({ "type": "weekly", "daysOfWeek": ["someday"] }), no_end, 400),
        (daily.clone(), json!({ "type": "numbered", "numberOfOccurrences": 0 }), 400),
        (daily.clone(), json!({ "type": "endDate", "endDate": "soon" }), 400),
        (daily, json!({ "type": "noEnd", "recurrenceTimeZone": "Mars/Olympus" }), 400),
    ] {
        let event = with(meeting(&[]), recurrence(pattern.clone(), range));
        assert_eq!(sim.create(ORGANIZER, &event).await.status, status, "{pattern}");
    }
    assert!(sim.events(ORGANIZER).await.is_empty());
}

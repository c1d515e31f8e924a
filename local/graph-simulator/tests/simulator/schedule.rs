use std::time::Duration;

use serde_json::{Value, json};

use crate::common::{ATTENDEE, ORGANIZER, OTHER, ROOM, Sim, list, meeting, start, text, time, with};

async fn ask(sim: &Sim, body: Value) -> crate::common::Answer {
    sim.post(&format!("/v1.0/users/{ORGANIZER}/calendar/getSchedule"), &body).await
}

fn question(schedules: &[String], from: &str, to: &str) -> Value {
    json!({ "schedules": schedules, "startTime": time(from), "endTime": time(to) })
}

fn day(schedules: &[&str]) -> Value {
    let schedules: Vec<String> = schedules.iter().map(|s| (*s).to_owned()).collect();
    question(&schedules, "2026-03-16T09:00:00", "2026-03-16T12:00:00")
}

async fn bulk(sim: &Sim, events: Value) {
    let answer = sim.post("/simulator/events", &events).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
}

#[tokio::test]
async fn items_tell_what_is_taken() {
    let sim = start().await;
    let at = |from: &str, to: &str, more: Value| {
        let base = json!({ "mailbox": ATTENDEE, "start": format!("2026-03-16T{from}:00"), "end": format!("2026-03-16T{to}:00Z") });
        with(base, more)
    };
    bulk(
        &sim,
        json!([
            at("08:00", "09:30", json!({ "subject": "Over the edge", "location": "Here" })),
            at("09:30", "10:00", json!({ "showAs": "free" })),
            at("10:00", "10:30", json!({ "showAs": "tentative", "sensitivity": "private", "subject": "Secret" })),
            at("10:30", "11:00", json!({ "showAs": "workingElsewhere" })),
            at("11:00", "11:30", json!({ "showAs": "oof" })),
            at("12:00", "13:00", json!({ "subject": "Outside" })),
        ]),
    )
    .await;
    let answer = ask(&sim, day(&[ATTENDEE, "nobody@contoso.com", "ORGANIZER@contoso.com"])).await;
    assert_eq!(answer.status, 200);
    let value = answer.values();
    let items = list(&value[0]["scheduleItems"]);
    let statuses: Vec<String> = items.iter().map(|i| text(&i["status"]).to_lowercase()).collect();
    assert_eq!(statuses, ["busy", "free", "tentative", "workingelsewhere", "oof"]);
    assert!(items.iter().any(|i| text(&i["status"]).starts_with(char::is_uppercase)), "the case varies");
    assert_eq!(items[0]["start"], time("2026-03-16T08:00:00.0000000"), "whole at the edge");
    assert_eq!((text(&items[0]["subject"]), text(&items[0]["location"])), ("Over the edge".into(), "Here".into()));
    assert_eq!(items[2]["isPrivate"], true);
    assert!(items[2].get("subject").is_none());
    assert_eq!(value[0]["availabilityView"], "201030");
    assert_eq!(value[0]["workingHours"]["timeZone"], json!({ "name": "Pacific Standard Time" }));
    assert_eq!(value[1]["error"]["responseCode"], "5009");
    assert_eq!(value[1].as_object().map(serde_json::Map::len), Some(2));
    assert_eq!(value[2]["scheduleId"], "ORGANIZER@contoso.com");
    let room = ask(&sim, day(&[ROOM])).await;
    assert_eq!(room.body["value"][0]["workingHours"]["timeZone"]["@odata.type"], "#microsoft.graph.customTimeZone");
}

#[tokio::test]
async fn limits_are_graphs() {
    let sim = start().await;
    let many: Vec<String> = (0..101).map(|n| format!("p{n}@contoso.com")).collect();
    let one = [ATTENDEE.to_owned()];
    for (body, code) in [
        (question(&many, "2026-03-16T00:00:00", "2026-03-17T00:00:00"), "ErrorMailboxDataArrayTooBig"),
        (question(&one, "2026-03-01T00:00:00", "2026-05-02T00:00:00"), "ErrorTimeIntervalTooBig"),
        (question(&one, "2026-03-17T00:00:00", "2026-03-16T00:00:00"), "ErrorInvalidTimeInterval"),
        (question(&one, "2026-03-16T00:00:00", "2026-03-16T00:00:00"), "ErrorInvalidTimeInterval"),
        (question(&one, "later", "2026-03-16T00:00:00"), "ErrorInvalidTimeInterval"),
        (with(day(&[ATTENDEE]), json!({ "availabilityViewInterval": null })), "ErrorInvalidMergedFreeBusyInterval"),
        (with(day(&[ATTENDEE]), json!({ "availabilityViewInterval": 4 })), "ErrorInvalidMergedFreeBusyInterval"),
        (with(day(&[ATTENDEE]), json!({ "availabilityViewInterval": 1441 })), "ErrorInvalidMergedFreeBusyInterval"),
    ] {
        let answer = ask(&sim, body).await;
        assert_eq!((answer.status, answer.code()), (400, code));
    }
    assert_eq!(
        ask(&sim, question(&many[..100], "2026-03-16T00:00:00", "2026-03-17T00:00:00")).await.values().len(),
        100
    );
    assert_eq!(ask(&sim, question(&one, "2026-03-01T00:00:00", "2026-05-01T23:59:59")).await.status, 200);
}

#[tokio::test]
async fn more_than_a_thousand_entries_are_an_error_of_the_mailbox() {
    let sim = start().await;
    let events: Vec<Value> = (0..1001)
        .map(|n| {
            let minute = |n: i32| format!("2026-03-16T{:02}:{:02}:00", n / 60, n % 60);
            json!({ "mailbox": ATTENDEE, "start": minute(n), "end": minute(n + 1) })
        })
        .collect();
    bulk(&sim, json!({ "events": events })).await;
    let whole = sim.schedule(ATTENDEE).await;
    assert_eq!(whole["error"]["responseCode"], "5006");
    assert!(list(&whole["scheduleItems"]).is_empty());
    let part = ask(&sim, day(&[ATTENDEE, OTHER])).await;
    assert_eq!(list(&part.body["value"][0]["scheduleItems"]).len(), 180);
    assert_eq!(part.body["value"][1]["availabilityView"], "000000");
}

#[tokio::test]
async fn free_busy_can_lag() {
    let sim = start().await;
    let made = sim.create(ATTENDEE, &meeting(&[])).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    sim.switch(json!({ "free_busy_lag_ms": 300 })).await;
    assert_eq!(sim.statuses(ATTENDEE).await, ["busy"]);
    sim.delete(&format!("/v1.0/users/{ATTENDEE}/events/{}", made.id())).await;
    sim.create(OTHER, &meeting(&[])).await;
    assert_eq!(sim.statuses(ATTENDEE).await, ["busy"]);
    assert!(sim.statuses(OTHER).await.is_empty());
    tokio::time::sleep(Duration::from_millis(350)).await;
    assert!(sim.statuses(ATTENDEE).await.is_empty());
    assert_eq!(sim.statuses(OTHER).await, ["busy"]);
}

#[tokio::test]
async fn days_that_are_taken_whole_count() {
    let sim = start().await;
    let span = json!({ "isAllDay": true, "showAs": "oof", "start": time("2026-03-15T00:00:00"), "end": time("2026-03-17T00:00:00") });
    let made = sim.create(ATTENDEE, &with(meeting(&[]), span)).await;
    assert_eq!((made.status, &made.body["isAllDay"]), (201, &json!(true)));
    assert_eq!(sim.statuses(ATTENDEE).await, ["oof"]);
}

#[tokio::test]
async fn a_mailbox_out_of_scope_is_answered_about_through_another() {
    let sim = start().await;
    sim.switch(json!({ "out_of_scope": [ATTENDEE.to_uppercase()] })).await;
    let through = |mailbox: &str| format!("/v1.0/users/{mailbox}/calendar/getSchedule");
    let refused = sim.post(&through(ATTENDEE), &day(&[ORGANIZER, ATTENDEE])).await;
    assert_eq!((refused.status, refused.code()), (403, "ErrorAccessDenied"));
    let answer = sim.post(&through(ORGANIZER), &day(&[ORGANIZER, ATTENDEE])).await;
    assert_eq!(answer.status, 200);
    assert!(answer.values().iter().all(|row| row["error"].is_null()), "{}", answer.body);
    sim.switch(json!({ "out_of_scope": [] })).await;
    assert_eq!(sim.post(&through(ATTENDEE), &day(&[ATTENDEE])).await.status, 200);
}

#[tokio::test]
async fn one_mailbox_can_have_a_whole_question_refused() {
    let sim = start().await;
    sim.switch(json!({ "refused_in_schedules": [OTHER.to_uppercase()] })).await;
    let refused = ask(&sim, day(&[ATTENDEE, OTHER])).await;
    assert_eq!((refused.status, refused.code()), (400, "ErrorInvalidRequest"));
    assert_eq!(ask(&sim, day(&[ATTENDEE])).await.status, 200);
}

use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{ATTENDEE, CONTOSO, ORGANIZER, Sim, list, meeting, send, start, text, time, with};

/// `PidLidAppointmentStartWhole` and `…EndWhole`.
const OWN_TIMES: &str = "$expand=singleValueExtendedProperties($filter=id%20eq%20'SystemTime%20{00062002-0000-0000-C000-000000000046}%20Id%200x820D'%20or%20id%20eq%20'SystemTime%20{00062002-0000-0000-C000-000000000046}%20Id%200x820E')";

fn in_zone(text: &str, zone: &str) -> Value {
    json!({ "dateTime": text, "timeZone": zone })
}

fn whole_days(zone: &str, first: &str, end: &str) -> Value {
    json!({ "isAllDay": true, "showAs": "busy", "start": in_zone(first, zone), "end": in_zone(end, zone) })
}

/// An event's start and end as the item has them in itself.
async fn own_times(sim: &Sim, mailbox: &str, id: &str) -> Vec<String> {
    let read = sim.get(&format!("/v1.0/users/{mailbox}/events/{id}?$select=subject&{OWN_TIMES}")).await;
    list(&read.body["singleValueExtendedProperties"]).iter().map(|property| text(&property["value"])).collect()
}

#[tokio::test]
async fn times_come_in_any_zone_and_go_out_in_the_one_asked_for() {
    let sim = start().await;
    for zone in ["Pacific Standard Time", "America/Los_Angeles"] {
        let times = json!({ "start": in_zone("2026-03-16T02:00:00", zone), "end": in_zone("2026-03-16T03:00:00.0000000", zone) });
        let made = sim.create(ORGANIZER, &with(meeting(&[]), times)).await;
        assert_eq!(made.body["start"], time("2026-03-16T09:00:00.0000000"));
        assert_eq!(
            (&made.body["originalStartTimeZone"], &made.body["originalEndTimeZone"]),
            (&json!(zone), &json!(zone))
        );
        let path = format!("/v1.0/users/{ORGANIZER}/events/{}", made.id());
        let wished = sim.request(Method::GET, &path).header("prefer", format!("outlook.timezone=\"{zone}\""));
        assert_eq!(send(wished).await.body["end"], in_zone("2026-03-16T03:00:00.0000000", zone));
        sim.delete(&path).await;
    }
    let question = json!({ "schedules": [ATTENDEE], "startTime": in_zone("2026-03-16T00:00:00", "India Standard Time"), "endTime": in_zone("2026-03-16T12:00:00", "India Standard Time") });
    sim.create(
        ATTENDEE,
        &with(meeting(&[]), json!({ "start": time("2026-03-16T06:00:00"), "end": time("2026-03-16T06:30:00") })),
    )
    .await;
    let path = format!("/v1.0/users/{ORGANIZER}/calendar/getSchedule");
    let wished =
        sim.request(Method::POST, &path).header("prefer", "outlook.timezone=\"India Standard Time\"").json(&question);
    let answer = send(wished).await;
    assert_eq!(
        answer.body["value"][0]["scheduleItems"][0]["start"],
        in_zone("2026-03-16T11:30:00.0000000", "India Standard Time")
    );
}

#[tokio::test]
async fn an_all_day_event_is_told_as_dates_and_occupies_the_days_of_its_mailbox() {
    let sim = start().await;
    // All of contoso is in California.
    for zone in ["UTC", "Pacific Standard Time"] {
        let made = sim
            .create(ORGANIZER, &with(meeting(&[]), whole_days(zone, "2026-03-16T00:00:00", "2026-03-17T00:00:00")))
            .await;
        assert_eq!(made.status, 201, "{}", made.body);
        assert_eq!(made.body["start"], time("2026-03-16T00:00:00.0000000"));
        assert_eq!(own_times(&sim, ORGANIZER, &made.id()).await, ["2026-03-16T07:00:00Z", "2026-03-17T07:00:00Z"]);
        let items = sim.schedule(ORGANIZER).await["scheduleItems"].clone();
        assert_eq!(
            (&items[0]["start"], &items[0]["end"]),
            (&time("2026-03-16T07:00:00.0000000"), &time("2026-03-17T07:00:00.0000000"))
        );
        sim.delete(&format!("/v1.0/users/{ORGANIZER}/events/{}", made.id())).await;
    }
    for (start, end) in [("2026-03-16T00:00:00", "2026-03-16T00:00:00"), ("2026-03-16T00:00:00", "2026-03-17T07:00:00")]
    {
        let refused = sim.create(ORGANIZER, &with(meeting(&[]), whole_days("UTC", start, end))).await;
        assert_eq!((refused.status, refused.code()), (400, "ErrorPropertyValidationFailure"), "{start} {end}");
    }
}

#[tokio::test]
async fn a_whole_day_is_the_same_day_for_somebody_elsewhere() {
    let sim = start().await;
    let berlin =
        json!({ "directory": CONTOSO, "address": "berlin@contoso.com", "time_zone": "W. Europe Standard Time" });
    sim.post("/simulator/mailboxes", &berlin).await;
    let event = with(meeting(&["berlin@contoso.com"]), whole_days("UTC", "2026-03-16T00:00:00", "2026-03-17T00:00:00"));
    let made = sim.create(ORGANIZER, &event).await;
    let copy = sim.events("berlin@contoso.com").await[0].clone();
    assert_eq!(copy["start"], made.body["start"]);
    assert_eq!(
        own_times(&sim, "berlin@contoso.com", &text(&copy["id"])).await,
        ["2026-03-15T23:00:00Z", "2026-03-16T23:00:00Z"]
    );
}

#[tokio::test]
async fn an_event_takes_whole_days_and_times_of_day_in_turn() {
    let sim = start().await;
    let made = sim.create(ORGANIZER, &meeting(&[])).await;
    let path = format!("/v1.0/users/{ORGANIZER}/events/{}", made.id());
    let changed = sim.patch(&path, &whole_days("UTC", "2026-03-16T00:00:00", "2026-03-18T00:00:00")).await;
    assert_eq!((changed.status, &changed.body["isAllDay"]), (200, &json!(true)));
    // A time of day alone is none of whole days.
    let refused = sim.patch(&path, &json!({ "end": time("2026-03-17T07:00:00") })).await;
    assert_eq!((refused.status, refused.code()), (400, "ErrorPropertyValidationFailure"));
    let shorter = sim.patch(&path, &json!({ "end": time("2026-03-17T00:00:00") })).await;
    assert_eq!(shorter.body["end"], time("2026-03-17T00:00:00.0000000"));
    // What is not sent stays the instant that it was.
    let timed = sim.patch(&path, &json!({ "isAllDay": false, "end": time("2026-03-16T20:00:00") })).await;
    assert_eq!((&timed.body["start"], &timed.body["isAllDay"]), (&time("2026-03-16T07:00:00.0000000"), &json!(false)));
}

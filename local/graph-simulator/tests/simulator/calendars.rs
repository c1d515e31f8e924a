use serde_json::{Value, json};

use crate::common::{
    ATTENDEE, CONTOSO, ORGANIZER, ROOM, Sim, list, meeting, options, start, start_with, text, time, with,
};

const DAY: &str = "startDateTime=2026-03-16T00:00:00Z&endDateTime=2026-03-17T00:00:00Z";

/// Adds a calendar to the organizer's mailbox; its path.
async fn second_calendar(sim: &Sim) -> String {
    let made = sim.post(&format!("/v1.0/users/{ORGANIZER}/calendars"), &json!({ "name": "Bookings" })).await;
    assert_eq!((made.status, &made.body["isDefaultCalendar"]), (201, &json!(false)));
    format!("/v1.0/users/{ORGANIZER}/calendars/{}", made.id())
}

fn subjects(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| text(&event["subject"])).collect()
}

#[tokio::test]
async fn a_mailbox_has_other_calendars_beside_the_default_one() {
    let sim = start().await;
    let second = second_calendar(&sim).await;
    let all = sim.get(&format!("/v1.0/users/{ORGANIZER}/calendars?$select=name,isDefaultCalendar")).await;
    let names: Vec<_> = all.values().iter().map(|c| (text(&c["name"]), c["isDefaultCalendar"] == true)).collect();
    assert_eq!(names, [("Calendar".into(), true), ("Bookings".into(), false)]);
    assert!(all.values()[0].get("owner").is_none());
    let default = sim.get(&format!("/v1.0/users/{ORGANIZER}/calendar")).await;
    assert_eq!(default.id(), text(&all.values()[0]["id"]));
    for (name, status) in [("Bookings", 409), ("", 400)] {
        let path = format!("/v1.0/users/{ORGANIZER}/calendars");
        assert_eq!(sim.post(&path, &json!({ "name": name })).await.status, status, "{name}");
    }
    let made = sim.post(&format!("{second}/events"), &meeting(&[ATTENDEE])).await;
    assert_eq!(made.status, 201, "{}", made.body);
    sim.create(ORGANIZER, &with(meeting(&[]), json!({ "subject": "In the default one" }))).await;
    // Each calendar has its own events, and free/busy is that of the default one.
    for (path, expected) in [
        (format!("{second}/events?"), "Review"),
        (format!("{second}/calendarView?{DAY}&"), "Review"),
        (format!("/v1.0/users/{ORGANIZER}/events?"), "In the default one"),
        (format!("/v1.0/users/{ORGANIZER}/calendarView?{DAY}&"), "In the default one"),
        (format!("/v1.0/users/{ORGANIZER}/calendars/{}/calendarView?{DAY}&", default.id()), "In the default one"),
    ] {
        assert_eq!(subjects(sim.get(&format!("{path}$top=50")).await.values()), [expected], "{path}");
    }
    assert_eq!(sim.statuses(ORGANIZER).await.len(), 1);
    assert_eq!(sim.statuses(ATTENDEE).await, ["tentative"], "the invitation is in the attendee's default calendar");
    // An id is good for the whole mailbox.
    let event = format!("/v1.0/users/{ORGANIZER}/events/{}", made.id());
    assert_eq!(sim.patch(&event, &json!({ "subject": "Renamed" })).await.status, 200);
    assert_eq!(subjects(sim.get(&format!("{second}/events")).await.values()), ["Renamed"]);
    assert_eq!(sim.delete(&event).await.status, 204);
    assert!(sim.get(&format!("{second}/events")).await.values().is_empty());
}

#[tokio::test]
async fn a_calendar_that_is_not_there_is_an_error() {
    let sim = start().await;
    let second = second_calendar(&sim).await;
    let id = second.rsplit('/').next().expect("an id");
    let other = format!("{}ff", &id[..id.len() - 2]);
    for (mailbox, id, status, code) in [
        (ORGANIZER, other.as_str(), 404, "ErrorItemNotFound"),
        (ORGANIZER, "AAMk", 400, "ErrorInvalidIdMalformed"),
        (ATTENDEE, id, 400, "ErrorInvalidMailboxItemId"),
    ] {
        for path in [format!("calendarView?{DAY}"), "events".to_owned()] {
            let answer = sim.get(&format!("/v1.0/users/{mailbox}/calendars/{id}/{path}")).await;
            assert_eq!((answer.status, answer.code()), (status, code), "{path}");
        }
    }
}

#[tokio::test]
async fn other_calendars_survive_the_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = || graph_simulator::Options { database: Some(folder.path().join("calendars")), ..options() };
    let first = start_with(at()).await;
    let second = second_calendar(&first).await;
    first.post(&format!("{second}/events"), &meeting(&[])).await;
    let again = start_with(at()).await;
    assert_eq!(subjects(again.get(&format!("{second}/events")).await.values()), ["Review"]);
    assert!(again.events(ORGANIZER).await.is_empty());
}

#[tokio::test]
async fn a_view_says_what_occupies_a_calendar_page_by_page() {
    let sim = start().await;
    let second = second_calendar(&sim).await;
    let events = format!("/v1.0/users/{ORGANIZER}/events");
    for path in [events, format!("{second}/events")] {
        for hour in 9..12 {
            let times = json!({
                "subject": hour.to_string(), "start": time(&format!("2026-03-16T{hour:02}:00:00")),
                "end": time(&format!("2026-03-16T{hour:02}:30:00")), "showAs": "tentative",
            });
            assert_eq!(sim.post(&path, &with(meeting(&[ATTENDEE]), times)).await.status, 201);
        }
    }
    for view in [format!("/v1.0/users/{ORGANIZER}/calendarView"), format!("{second}/calendarView")] {
        let select = "iCalUId,showAs,isAllDay,isCancelled,start,end,responseStatus";
        let mut path = format!("{view}?{DAY}&$select={select}&$top=2");
        let mut pages = Vec::new();
        loop {
            let page = sim.get(&path).await;
            for event in page.values() {
                assert_eq!((&event["showAs"], &event["isAllDay"]), (&json!("tentative"), &json!(false)));
                assert_eq!(
                    (&event["isCancelled"], &event["responseStatus"]["response"]),
                    (&json!(false), &json!("organizer"))
                );
                assert!(event["start"]["dateTime"].is_string() && event["iCalUId"].is_string());
                assert!(event.get("subject").is_none() && event.get("body").is_none());
            }
            pages.push(page.values().len());
            let Some(link) = page.body["@odata.nextLink"].as_str() else { break };
            path = link.strip_prefix(&sim.base).expect("a link to the simulator").to_owned();
        }
        assert_eq!(pages, [2, 1], "{view}");
    }
    // The attendee's copies share the organizer's iCalUId.
    let uids = |events: &[Value]| {
        let mut uids: Vec<_> = events.iter().map(|event| text(&event["iCalUId"])).collect();
        uids.sort();
        uids
    };
    let copies = sim.get(&format!("/v1.0/users/{ATTENDEE}/calendarView?{DAY}&$select=iCalUId&$top=50")).await;
    let default = sim.get(&format!("/v1.0/users/{ORGANIZER}/calendarView?{DAY}&$top=50")).await;
    let other = sim.get(&format!("{second}/calendarView?{DAY}&$top=50")).await;
    assert_eq!(uids(copies.values()), uids(&[default.values(), other.values()].concat()));
}

#[tokio::test]
async fn a_view_does_not_lag() {
    let sim = start().await;
    sim.switch(json!({ "free_busy_lag_ms": 60_000 })).await;
    let made = sim.create(ATTENDEE, &meeting(&[])).await;
    let view = format!("/v1.0/users/{ATTENDEE}/calendarView?{DAY}");
    assert_eq!(sim.get(&view).await.values().len(), 1);
    assert!(sim.statuses(ATTENDEE).await.is_empty());
    sim.delete(&format!("/v1.0/users/{ATTENDEE}/events/{}", made.id())).await;
    assert!(sim.get(&view).await.values().is_empty());
}

#[tokio::test]
async fn a_mailbox_has_working_hours_and_a_zone_of_its_own() {
    let sim = start().await;
    let all_day = json!({ "isAllDay": true, "start": time("2026-03-16T00:00:00"), "end": time("2026-03-17T00:00:00"), "showAs": "busy" });
    sim.create(ATTENDEE, &with(meeting(&[]), all_day)).await;
    let settings = format!("/v1.0/users/{ATTENDEE}/mailboxSettings");
    let before = sim.get(&settings).await.body;
    assert_eq!(before["timeZone"], "Pacific Standard Time");
    let usual = json!({
        "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
        "startTime": "08:00:00.0000000", "endTime": "17:00:00.0000000", "timeZone": { "name": "Pacific Standard Time" },
    });
    assert_eq!(before["workingHours"], usual);
    let change = json!({
        "directory": CONTOSO, "address": ATTENDEE, "time_zone": "W. Europe Standard Time",
        "working_hours": { "days": ["monday", "saturday"], "start": "09:30", "end": "18:00" },
    });
    assert_eq!(sim.patch("/simulator/mailboxes", &change).await.status, 204);
    let hours = json!({
        "daysOfWeek": ["monday", "saturday"],
        "startTime": "09:30:00.0000000", "endTime": "18:00:00.0000000", "timeZone": { "name": "W. Europe Standard Time" },
    });
    let after = sim.get(&format!("{settings}?$select=timeZone,workingHours")).await.body;
    assert_eq!((&after["timeZone"], &after["workingHours"]), (&json!("W. Europe Standard Time"), &hours));
    assert!(after.get("language").is_none());
    let schedule = sim.schedule(ATTENDEE).await;
    assert_eq!(schedule["workingHours"], hours);
    // Whole days stay the same days in the new zone.
    assert_eq!(schedule["scheduleItems"][0]["start"], time("2026-03-15T23:00:00.0000000"));
    let mailboxes = sim.get("/simulator/mailboxes").await.body;
    let listed = list(&mailboxes).iter().find(|mailbox| mailbox["address"] == ATTENDEE).expect("the mailbox");
    assert_eq!((&listed["display_name"], &listed["teams"]), (&json!(format!("The {ATTENDEE}")), &json!(false)));
    // The hours may be in another zone than the mailbox.
    let change = json!({ "directory": CONTOSO, "address": ATTENDEE, "working_hours": { "time_zone": "Asia/Tokyo" } });
    sim.patch("/simulator/mailboxes", &change).await;
    assert_eq!(sim.schedule(ATTENDEE).await["workingHours"]["timeZone"]["name"], "Asia/Tokyo");
    let room = sim.get(&format!("/v1.0/users/{ROOM}/mailboxSettings")).await.body;
    let zone = &room["workingHours"]["timeZone"];
    assert_eq!((&zone["bias"], &zone["daylightOffset"]["daylightBias"]), (&json!(480), &json!(-60)));
    for wrong in [json!({ "days": ["today"] }), json!({ "start": "9" }), json!({ "from": "09:00" })] {
        let change = json!({ "directory": CONTOSO, "address": ATTENDEE, "working_hours": wrong });
        assert_eq!(sim.patch("/simulator/mailboxes", &change).await.status, 400, "{wrong}");
    }
}

use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{ATTENDEE, ORGANIZER, OTHER, Sim, meeting, send, start, text, time, with};

const DAY: &str = "startDateTime=2026-03-16T00:00:00Z&endDateTime=2026-03-17T00:00:00Z";

/// A simulator whose first attendee does not have invitations added by themselves.
async fn start_manual() -> Sim {
    let sim = start().await;
    sim.switch(json!({ "invitations_not_added": [ATTENDEE.to_uppercase()] })).await;
    sim
}

async fn view(sim: &Sim, mailbox: &str) -> Vec<Value> {
    sim.get(&format!("/v1.0/users/{mailbox}/calendarView?{DAY}")).await.values().to_vec()
}

/// Whether a mailbox's calendar holds nothing, by each of the ways to ask.
async fn is_free(sim: &Sim, mailbox: &str) -> bool {
    let empty = sim.statuses(mailbox).await.is_empty();
    assert_eq!(view(sim, mailbox).await.is_empty(), empty);
    assert_eq!(sim.events(mailbox).await.is_empty(), empty);
    empty
}

async fn answer(sim: &Sim, mailbox: &str, made: &Value, response: &str) -> u16 {
    let body = json!({ "mailbox": mailbox, "iCalUId": made["iCalUId"], "response": response });
    sim.post("/simulator/events/respond", &body).await.status
}

#[tokio::test]
async fn an_invitation_may_stay_out_of_the_calendar_until_it_is_accepted() {
    for (response, status) in [("accept", "busy"), ("tentative", "tentative")] {
        let sim = start_manual().await;
        let made = sim.create(ORGANIZER, &meeting(&[ATTENDEE, OTHER])).await;
        assert!(is_free(&sim, ATTENDEE).await);
        assert_eq!(sim.statuses(OTHER).await, ["tentative"], "the switch is for one mailbox");
        assert_eq!(answer(&sim, ATTENDEE, &made.body, response).await, 204);
        assert_eq!(sim.statuses(ATTENDEE).await, [status]);
        let copy = &view(&sim, ATTENDEE).await[0];
        assert_eq!(copy["iCalUId"], made.body["iCalUId"]);
        let organizers = sim.get(&format!("/v1.0/users/{ORGANIZER}/events/{}", made.id())).await.body;
        assert_ne!(organizers["attendees"][0]["status"]["response"], "none");
        assert_eq!(answer(&sim, ATTENDEE, &made.body, "maybe").await, 400);
        assert_eq!(answer(&sim, ORGANIZER, &json!({ "iCalUId": "?" }), "accept").await, 404);
    }
}

#[tokio::test]
async fn free_busy_lags_behind_an_acceptance_too() {
    let sim = start_manual().await;
    let made = sim.create(ORGANIZER, &meeting(&[ATTENDEE])).await;
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    assert_eq!(answer(&sim, ATTENDEE, &made.body, "accept").await, 204);
    sim.switch(json!({ "free_busy_lag_ms": 60_000 })).await;
    assert!(sim.statuses(ATTENDEE).await.is_empty());
    assert_eq!(view(&sim, ATTENDEE).await.len(), 1);
}

#[tokio::test]
async fn an_invitation_outside_the_calendar_follows_its_meeting() {
    let sim = start_manual().await;
    let made = sim.create(ORGANIZER, &meeting(&[ATTENDEE])).await;
    let path = format!("/v1.0/users/{ORGANIZER}/events/{}", made.id());
    let moved = json!({ "start": time("2026-03-16T14:00:00"), "end": time("2026-03-16T15:00:00") });
    assert_eq!(sim.patch(&path, &moved).await.status, 200);
    assert!(is_free(&sim, ATTENDEE).await, "a move does not put it into the calendar");
    assert_eq!(answer(&sim, ATTENDEE, &made.body, "accept").await, 204);
    assert_eq!(view(&sim, ATTENDEE).await[0]["start"], time("2026-03-16T14:00:00.0000000"));
    // Once in the calendar, it stays there.
    assert_eq!(sim.patch(&path, &json!({ "end": time("2026-03-16T16:00:00") })).await.status, 200);
    assert_eq!(sim.statuses(ATTENDEE).await, ["tentative"]);
    // The organizer removes the attendee, and the meeting.
    assert_eq!(sim.patch(&path, &json!({ "attendees": [] })).await.status, 200);
    assert!(is_free(&sim, ATTENDEE).await);
    sim.patch(&path, &json!({ "attendees": meeting(&[ATTENDEE])["attendees"] })).await;
    assert_eq!(sim.delete(&path).await.status, 204);
    assert_eq!(answer(&sim, ATTENDEE, &made.body, "accept").await, 404);
}

#[tokio::test]
async fn an_invitation_that_is_declined_occupies_nothing() {
    let sim = start_manual().await;
    let made = sim.create(ORGANIZER, &meeting(&[ATTENDEE, OTHER])).await;
    for mailbox in [ATTENDEE, OTHER] {
        assert_eq!(answer(&sim, mailbox, &made.body, "decline").await, 204);
        assert!(is_free(&sim, mailbox).await);
    }
    let organizers = sim.get(&format!("/v1.0/users/{ORGANIZER}/events/{}", made.id())).await.body;
    assert!(organizers["attendees"].as_array().expect("a list").iter().all(|a| a["status"]["response"] == "declined"));
}

#[tokio::test]
async fn the_page_shows_what_waits_in_the_inbox() {
    let sim = start_manual().await;
    let waiting = with(meeting(&[ATTENDEE]), json!({ "subject": "Waiting" }));
    sim.create(ORGANIZER, &waiting).await;
    let page = text(&sim.get(&format!("/calendars?mailbox={ATTENDEE}&week=2026-06-01")).await.body);
    assert!(page.contains("Invitations that are not in the calendar") && page.contains("Waiting"));
    let (_, form) = page.split_once("action=\"/calendars/respond\"").expect("a form");
    let (_, id) = form.split_once("name=\"event\" value=\"").expect("an id");
    let id = id.split('"').next().expect("an id");
    let form = [("mailbox", ATTENDEE), ("event", id), ("response", "accept")];
    assert_eq!(send(sim.request(Method::POST, "/calendars/respond").form(&form)).await.status, 303);
    assert_eq!(sim.statuses(ATTENDEE).await, ["busy"]);
}

#[tokio::test]
async fn what_a_meeting_shows_as_is_kept() {
    let sim = start().await;
    let tentative = with(meeting(&[ATTENDEE]), json!({ "showAs": "tentative" }));
    let made = sim.create(ORGANIZER, &tentative).await;
    assert_eq!(made.body["showAs"], "tentative");
    assert_eq!(sim.statuses(ORGANIZER).await, ["tentative"]);
    assert_eq!(answer(&sim, ATTENDEE, &made.body, "accept").await, 204);
    assert_eq!(sim.statuses(ATTENDEE).await, ["tentative"]);
    let path = format!("/v1.0/users/{ORGANIZER}/events/{}", made.id());
    sim.patch(&path, &json!({ "subject": "Renamed" })).await;
    assert_eq!(sim.statuses(ORGANIZER).await, ["tentative"]);
    for shown in ["busy", "tentative"] {
        assert_eq!(sim.patch(&path, &json!({ "showAs": shown })).await.body["showAs"], shown);
        assert_eq!(
            (sim.statuses(ORGANIZER).await, sim.statuses(ATTENDEE).await),
            (vec![shown.to_owned()], vec![shown.to_owned()])
        );
        assert_eq!(view(&sim, ORGANIZER).await[0]["showAs"], shown);
    }
}

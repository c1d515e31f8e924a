use serde_json::{Value, json};

use crate::common::{ATTENDEE, ORGANIZER, Sim, meeting, start, text, with};

async fn online(sim: &Sim, mailbox: &str) -> crate::common::Answer {
    let wish = json!({ "isOnlineMeeting": true, "onlineMeetingProvider": "teamsForBusiness" });
    sim.create(mailbox, &with(meeting(&[]), wish)).await
}

#[tokio::test]
async fn a_teams_meeting_carries_its_join_block() {
    let sim = start().await;
    let made = online(&sim, ORGANIZER).await;
    assert_eq!(made.body["isOnlineMeeting"], true);
    assert_eq!(made.body["onlineMeetingProvider"], "teamsForBusiness");
    assert_eq!(made.body["onlineMeetingUrl"], Value::Null);
    let url = text(&made.body["onlineMeeting"]["joinUrl"]);
    assert!(url.starts_with("https://teams.microsoft.com/l/meetup-join/"));
    let html = text(&made.body["body"]["content"]);
    assert!(html.contains(&"_".repeat(80)) && html.contains("Join the meeting now"));
    assert!(html.find("Line one") < html.find("____"));
}

#[tokio::test]
async fn a_body_without_the_block_loses_the_link() {
    let sim = start().await;
    let made = online(&sim, ORGANIZER).await;
    let path = format!("/v1.0/users/{ORGANIZER}/events/{}", made.id());
    let html = text(&made.body["body"]["content"]).replace("Line one", "Line uno");
    let kept = sim.patch(&path, &json!({ "body": { "contentType": "html", "content": html } })).await;
    assert_eq!(kept.body["onlineMeeting"], made.body["onlineMeeting"]);
    assert!(text(&kept.body["body"]["content"]).contains("Line uno"));
    let other = sim.patch(&path, &json!({ "subject": "Only this" })).await;
    assert_eq!(other.body["isOnlineMeeting"], true);
    let lost = sim.patch(&path, &json!({ "body": { "contentType": "html", "content": "New" } })).await;
    assert_eq!(lost.body["isOnlineMeeting"], false);
    assert_eq!(lost.body["onlineMeeting"], Value::Null);
    assert_eq!(lost.body["onlineMeetingProvider"], "unknown");
}

#[tokio::test]
async fn a_mailbox_without_teams_stays_offline_without_an_error() {
    let sim = start().await;
    let made = online(&sim, ATTENDEE).await;
    assert_eq!(made.status, 201);
    assert_eq!(
        (&made.body["isOnlineMeeting"], text(&made.body["onlineMeetingProvider"])),
        (&json!(false), "unknown".into())
    );
}

#[tokio::test]
async fn the_link_may_be_late_and_a_body_before_it_ends_the_meeting() {
    let sim = start().await;
    sim.switch(json!({ "join_link_after_ms": 300 })).await;
    let path = |made: &crate::common::Answer| format!("/v1.0/users/{ORGANIZER}/events/{}", made.id());
    let (late, overwritten) = (online(&sim, ORGANIZER).await, online(&sim, ORGANIZER).await);
    assert_eq!((&late.body["isOnlineMeeting"], &late.body["onlineMeeting"]), (&json!(true), &Value::Null));
    assert!(!text(&late.body["body"]["content"]).contains("Join the meeting now"));
    let body = json!({ "body": { "contentType": "html", "content": "New" } });
    let lost = sim.patch(&path(&overwritten), &body).await;
    assert_eq!((lost.status, &lost.body["isOnlineMeeting"]), (200, &json!(false)));
    tokio::time::sleep(std::time::Duration::from_millis(350)).await;
    let read = sim.get(&path(&late)).await;
    assert!(text(&read.body["onlineMeeting"]["joinUrl"]).starts_with("https://teams.microsoft.com/"));
    assert!(text(&read.body["body"]["content"]).contains("Join the meeting now"));
    assert_eq!(sim.get(&path(&overwritten)).await.body["isOnlineMeeting"], false);
}

#[tokio::test]
async fn a_change_may_drop_the_link() {
    let sim = start().await;
    sim.switch(json!({ "update_drops_join_link": true })).await;
    let made = online(&sim, ORGANIZER).await;
    let path = format!("/v1.0/users/{ORGANIZER}/events/{}", made.id());
    assert_eq!(sim.patch(&path, &json!({ "subject": "New" })).await.body["isOnlineMeeting"], true);
    let dropped = sim.patch(&path, &json!({ "attendees": [] })).await;
    assert_eq!((&dropped.body["isOnlineMeeting"], &dropped.body["onlineMeeting"]), (&json!(false), &Value::Null));
    assert!(text(&dropped.body["body"]["content"]).contains("Join the meeting now"), "its block stays");
}

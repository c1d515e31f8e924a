//! Meetings in Microsoft Teams.

use convene_tests::{Product, samples};
use reqwest::Method;
use serde_json::{Value, json};

const ORGANIZER: &str = samples::ORGANIZER;
/// A colleague whose mailbox has no Teams.
const OFFLINE: &str = "offline@contoso.com";
const WARNING: &str = "x-convene-warning";

async fn start() -> Product {
    let product = Product::start().await;
    let mailbox = json!({"directory": "contoso.com", "address": OFFLINE, "teams": false});
    product.simulator().control(Method::POST, "/mailboxes", Some(mailbox)).await;
    product
}

fn in_teams(id: &str, changes: &Value) -> Value {
    let mut meeting = samples::meeting_with(id, &json!({"location": "MS Teams"}));
    meeting.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
    meeting
}

fn change(id: &str, fields: &Value) -> Value {
    let mut change = json!({"id": id, "organizerEmail": ORGANIZER});
    change.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    change
}

/// The link to join an event by, which must stand in its body, too.
#[track_caller]
fn join_link(event: &Value) -> String {
    assert_eq!(event["isOnlineMeeting"], true, "{event:#}");
    assert_eq!(event["onlineMeetingProvider"], "teamsForBusiness");
    let link = event["onlineMeeting"]["joinUrl"].as_str().expect("a link to join by").to_owned();
    let body = event["body"]["content"].as_str().expect("a body").replace("&amp;", "&");
    assert!(body.contains(&link), "the body lost its link: {body}");
    link
}

#[tokio::test]
async fn ms_teams_in_any_case_is_a_teams_meeting() {
    let product = start().await;
    let caller = product.contoso().await;
    let outlook = product.outlook("contoso").await;
    for (n, location) in ["MS Teams", "ms teams", "MS TEAMS", " Ms tEAMS "].into_iter().enumerate() {
        let id = format!("m{n}");
        let answer = caller.schedule(&in_teams(&id, &json!({"location": location}))).await.expect(200, "NoError");
        assert_eq!(answer.text, r#"{"email":"organizer@contoso.com","errorCode":"NoError"}"#);
        assert_eq!(answer.header(WARNING), None);
        join_link(&outlook.only_event(ORGANIZER).await);
        let shown = caller.get(&id, ORGANIZER).await.expect_ok();
        assert_eq!(shown["location"], location);
        assert!(shown["body"].as_str().is_some_and(|body| body.starts_with("What we talk about")), "{shown:#}");
        caller.delete(&id, ORGANIZER).await.expect(200, "NoError");
    }
    for (n, location) in ["Teams", "MS Teams room", "MSTeams", "MS  Teams"].into_iter().enumerate() {
        caller.schedule(&in_teams(&format!("n{n}"), &json!({"location": location}))).await.expect(200, "NoError");
    }
    assert!(outlook.events(ORGANIZER).await.iter().all(|event| event["isOnlineMeeting"] == false));
}

#[tokio::test]
async fn the_attendees_get_the_link() {
    let product = start().await;
    product.contoso().await.schedule(&in_teams("m", &json!({}))).await.expect(200, "NoError");
    let outlook = product.outlook("contoso").await;
    let link = join_link(&outlook.only_event(ORGANIZER).await);
    let invitation = outlook.only_event("attendee1@contoso.com").await;
    let body = invitation["body"]["content"].as_str().expect("a body").replace("&amp;", "&");
    assert!(body.contains(&link), "{body}");
}

#[tokio::test]
async fn a_repeat_is_the_same_teams_meeting() {
    let product = start().await;
    let caller = product.contoso().await;
    let outlook = product.outlook("contoso").await;
    caller.schedule(&in_teams("m", &json!({}))).await.expect(200, "NoError");
    let link = join_link(&outlook.only_event(ORGANIZER).await);
    let repeat = caller.schedule(&in_teams("m", &json!({}))).await.expect(200, "NoError");
    assert_eq!(repeat.header(WARNING), None);
    assert_eq!(join_link(&outlook.only_event(ORGANIZER).await), link);
}

#[tokio::test]
async fn a_new_body_keeps_the_join_block() {
    let product = start().await;
    let caller = product.contoso().await;
    let outlook = product.outlook("contoso").await;
    caller.schedule(&in_teams("m", &json!({"body": "Old words"}))).await.expect(200, "NoError");
    let link = join_link(&outlook.only_event(ORGANIZER).await);
    for text in [
        "New words",
        "Newer <b>words</b> & more\nin two lines",
        "",
        "See https://teams.microsoft.com/l/meetup-join/other",
    ] {
        let answer = caller.update(&change("m", &json!({"body": text}))).await.expect(200, "NoError");
        assert_eq!(answer.header(WARNING), None);
        let event = outlook.only_event(ORGANIZER).await;
        assert_eq!(join_link(&event), link);
        let block = event["body"]["content"].as_str().expect("a body").matches("Join the meeting now").count();
        assert_eq!(block, 1, "{event:#}");
        let shown = caller.get("m", ORGANIZER).await.expect_ok()["body"].as_str().expect("a body").to_owned();
        assert!(shown.starts_with(text) && !shown.contains("Old words"), "{shown:?}");
    }
}

#[tokio::test]
async fn other_changes_leave_body_and_link_alone() {
    let product = start().await;
    let caller = product.contoso().await;
    let outlook = product.outlook("contoso").await;
    caller.schedule(&in_teams("m", &json!({}))).await.expect(200, "NoError");
    let before = outlook.only_event(ORGANIZER).await;
    for fields in [
        json!({"subject": "New"}),
        json!({"attendees": []}),
        json!({"location": "Room 9"}),
        json!({"location": "MS Teams"}),
    ] {
        caller.update(&change("m", &fields)).await.expect(200, "NoError");
        let event = outlook.only_event(ORGANIZER).await;
        assert_eq!((&event["body"], join_link(&event)), (&before["body"], join_link(&before)), "{fields}");
    }
}

#[tokio::test]
async fn a_meeting_may_move_to_teams() {
    let product = start().await;
    let caller = product.contoso().await;
    let outlook = product.outlook("contoso").await;
    caller.schedule(&samples::meeting_with("m", &json!({"body": "a <b>\n& c"}))).await.expect(200, "NoError");
    let answer = caller.update(&change("m", &json!({"location": "ms teams"}))).await.expect(200, "NoError");
    assert_eq!(answer.header(WARNING), None);
    join_link(&outlook.only_event(ORGANIZER).await);
    let shown = caller.get("m", ORGANIZER).await.expect_ok();
    assert!(shown["body"].as_str().is_some_and(|body| body.starts_with("a <b>\n& c")), "{shown:#}");

    caller
        .schedule(&samples::meeting_with("n", &json!({"startTime": "2026-05-04T08:00:00Z"})))
        .await
        .expect(200, "NoError");
    let both = change("n", &json!({"location": "MS Teams", "body": "New & with a link"}));
    caller.update(&both).await.expect(200, "NoError");
    let events = outlook.events(ORGANIZER).await;
    let event = events.iter().find(|event| event["start"]["dateTime"] == "2026-05-04T08:00:00.0000000");
    join_link(event.expect("the meeting"));
    let shown = caller.get("n", ORGANIZER).await.expect_ok();
    assert!(shown["body"].as_str().is_some_and(|body| body.starts_with("New & with a link")), "{shown:#}");
}

#[tokio::test]
async fn without_teams_the_meeting_stands_and_a_header_says_so() {
    let product = start().await;
    let caller = product.contoso().await;
    let body = "two  spaces <and> a\nline & more";
    let meeting = in_teams("m", &json!({"organizerEmail": OFFLINE, "body": body}));
    for _ in 0..2 {
        let answer = caller.schedule(&meeting).await.expect(200, "NoError");
        assert_eq!(answer.text, r#"{"email":"offline@contoso.com","errorCode":"NoError"}"#);
        assert_eq!(answer.header(WARNING), Some("TeamsLinkUnavailable"));
    }
    let event = product.outlook("contoso").await.only_event(OFFLINE).await;
    assert_eq!((&event["isOnlineMeeting"], &event["onlineMeeting"]), (&json!(false), &Value::Null));
    assert_eq!(caller.get("m", OFFLINE).await.expect_ok()["body"], body);

    let update = |fields: Value| {
        let mut update = json!({"id": "m", "organizerEmail": OFFLINE});
        update.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        update
    };
    let moved = caller.update(&update(json!({"location": "MS Teams", "body": body}))).await.expect(200, "NoError");
    assert_eq!(moved.header(WARNING), Some("TeamsLinkUnavailable"));
    assert_eq!(caller.get("m", OFFLINE).await.expect_ok()["body"], body);
    let other = caller.update(&update(json!({"subject": "S"}))).await.expect(200, "NoError");
    assert_eq!(other.header(WARNING), None);
}

#[tokio::test]
async fn a_person_may_make_it_a_teams_meeting() {
    let product = start().await;
    let caller = product.contoso().await;
    let outlook = product.outlook("contoso").await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let event = outlook.only_event(ORGANIZER).await;
    let online = json!({"isOnlineMeeting": true, "onlineMeetingProvider": "teamsForBusiness"});
    outlook.change(ORGANIZER, &event, &online).await;
    let link = join_link(&outlook.only_event(ORGANIZER).await);
    caller.update(&change("m", &json!({"body": "New words"}))).await.expect(200, "NoError");
    assert_eq!(join_link(&outlook.only_event(ORGANIZER).await), link);
}

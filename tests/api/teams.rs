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

/// What stands in the calendar as the body, for people.
async fn html(outlook: &convene_tests::Outlook) -> String {
    let event = outlook.only_event(ORGANIZER).await;
    event["body"]["content"].as_str().expect("a body").to_owned()
}

#[tokio::test]
async fn a_new_body_waits_for_a_link_that_is_late() {
    let product = start().await;
    let caller = product.contoso().await;
    let (outlook, simulator) = (product.outlook("contoso").await, product.simulator());
    simulator.switch(json!({"join_link_after_ms": 1_000})).await;
    caller.schedule(&in_teams("m", &json!({"body": "Old words"}))).await.expect(200, "NoError");
    simulator.clear_journal().await;
    let answer = caller.update(&change("m", &json!({"body": "New words"}))).await.expect(200, "NoError");
    assert_eq!(answer.header(WARNING), None);
    let asked = simulator.operations().await;
    let (last, before) = asked.split_last().expect("requests");
    assert_eq!(last, "update_event");
    assert!(before.len() > 1 && before.iter().all(|operation| operation == "get_event"), "{asked:?}");
    join_link(&outlook.only_event(ORGANIZER).await);
    let text = html(&outlook).await;
    assert!(text.contains("New words") && !text.contains("Old words"), "{text}");
}

#[tokio::test]
async fn a_meeting_that_a_person_moves_to_teams_keeps_its_late_link() {
    let product = start().await;
    let caller = product.contoso().await;
    let (outlook, simulator) = (product.outlook("contoso").await, product.simulator());
    // Somebody pasted a link of another meeting, which is not the one that is awaited.
    let body = "See https://teams.microsoft.com/l/meetup-join/other";
    caller.schedule(&samples::meeting_with("m", &json!({"body": body}))).await.expect(200, "NoError");
    simulator.switch(json!({"join_link_after_ms": 1_000})).await;
    let online = json!({"isOnlineMeeting": true, "onlineMeetingProvider": "teamsForBusiness"});
    outlook.change(ORGANIZER, &outlook.only_event(ORGANIZER).await, &online).await;
    let fields = json!({"body": "New words", "endTime": "2026-12-04T10:00:00Z"});
    let answer = caller.update(&change("m", &fields)).await.expect(200, "NoError");
    assert_eq!(answer.header(WARNING), None);
    join_link(&outlook.only_event(ORGANIZER).await);
}

#[tokio::test]
async fn a_body_does_not_take_the_place_of_a_link_that_is_not_there_yet() {
    let product = start().await;
    let caller = product.contoso().await;
    let (outlook, simulator) = (product.outlook("contoso").await, product.simulator());
    simulator.switch(json!({"join_link_after_ms": 3_600_000})).await;
    caller.schedule(&in_teams("m", &json!({"body": "Old words"}))).await.expect(200, "NoError");
    simulator.clear_journal().await;
    let fields = json!({"body": "New words", "subject": "New"});
    let answer = caller.update(&change("m", &fields)).await.expect(503, "ErrorServerBusy");
    assert!(answer.header("retry-after").is_some() && answer.text.contains("Teams"), "{answer:?}");
    assert_eq!(simulator.operations().await, vec!["get_event"; 5]);
    let event = outlook.only_event(ORGANIZER).await;
    assert_eq!((&event["isOnlineMeeting"], &event["onlineMeeting"]), (&json!(true), &Value::Null));
    assert_ne!(event["subject"], "New");
    assert!(html(&outlook).await.contains("Old words"));
    // What leaves the body alone need not wait.
    let answer = caller.update(&change("m", &json!({"subject": "New"}))).await.expect(200, "NoError");
    assert_eq!(answer.header(WARNING), None);
    assert_eq!(outlook.only_event(ORGANIZER).await["isOnlineMeeting"], true);
}

#[tokio::test]
async fn a_change_that_loses_the_link_says_so() {
    let product = start().await;
    let caller = product.contoso().await;
    let (outlook, simulator) = (product.outlook("contoso").await, product.simulator());
    let times = json!({"startTime": "2026-12-04T09:00:00Z", "endTime": "2026-12-04T10:00:00Z"});
    for (n, fields) in
        [json!({"attendees": []}), times, json!({"endTime": "2026-12-04T10:00:00Z"})].into_iter().enumerate()
    {
        let id = format!("m{n}");
        caller.schedule(&in_teams(&id, &json!({}))).await.expect(200, "NoError");
        let link = join_link(&outlook.only_event(ORGANIZER).await);
        assert_eq!(caller.get(&id, ORGANIZER).await.header(WARNING), None);
        simulator.switch(json!({"update_drops_join_link": true})).await;
        let answer = caller.update(&change(&id, &fields)).await.expect(200, "NoError");
        assert_eq!(answer.text, r#"{"email":"organizer@contoso.com","errorCode":"NoError"}"#);
        assert_eq!(answer.header(WARNING), Some("TeamsLinkUnavailable"), "{fields}");
        simulator.switch(json!({"update_drops_join_link": false})).await;
        // It is none any more, whoever asks, and the link that people have stays in the body.
        assert_eq!(outlook.only_event(ORGANIZER).await["isOnlineMeeting"], false);
        assert_eq!(caller.get(&id, ORGANIZER).await.header(WARNING), Some("TeamsLinkUnavailable"));
        for fields in [json!({"subject": "New"}), json!({"body": "New words"})] {
            let answer = caller.update(&change(&id, &fields)).await.expect(200, "NoError");
            assert_eq!(answer.header(WARNING), Some("TeamsLinkUnavailable"), "{fields}");
        }
        let text = html(&outlook).await;
        assert!(text.contains("New words") && text.replace("&amp;", "&").contains(&link), "{text}");
        // Asked for once more, it gets another one.
        let answer = caller.update(&change(&id, &json!({"location": "MS Teams"}))).await.expect(200, "NoError");
        assert_eq!(answer.header(WARNING), None);
        caller.delete(&id, ORGANIZER).await.expect(200, "NoError");
    }
}

#[tokio::test]
async fn a_block_with_two_links_is_kept_whole() {
    let product = start().await;
    let caller = product.contoso().await;
    let outlook = product.outlook("contoso").await;
    caller.schedule(&in_teams("m", &json!({"body": "Old words"}))).await.expect(200, "NoError");
    let link = join_link(&outlook.only_event(ORGANIZER).await);
    // The block that Teams writes today has a short link above the one that Graph tells, and no line around it.
    let block = format!(
        "<div class=\"me-email-text\" lang=\"en-US\"><div><b>Microsoft Teams meeting</b></div>\
         <div><a href=\"https://teams.microsoft.com/meet/314159265?p=abc\">Join the meeting now</a></div>\
         <div><span class=\"me-email-text-secondary\">Meeting ID: </span><span class=\"me-email-text\">314 159 265</span></div>\
         <div><a href=\"{}\">System reference</a></div></div>",
        link.replace('&', "&amp;")
    );
    let body = json!({"contentType": "html", "content": format!("<html><body><p>Old words</p>{block}</body></html>")});
    outlook.change(ORGANIZER, &outlook.only_event(ORGANIZER).await, &json!({"body": body})).await;
    for text in ["New words", "Newer words\nin two lines"] {
        caller.update(&change("m", &json!({"body": text}))).await.expect(200, "NoError");
        assert_eq!(join_link(&outlook.only_event(ORGANIZER).await), link);
        let text = html(&outlook).await;
        assert!(text.contains(&block) && !text.contains("Old words"), "{text}");
    }
    // Text that was read and is sent again does not pile up.
    let shown = caller.get("m", ORGANIZER).await.expect_ok()["body"].as_str().expect("a body").to_owned();
    caller.update(&change("m", &json!({"body": shown}))).await.expect(200, "NoError");
    assert_eq!(html(&outlook).await.matches("System reference").count(), 1);
    assert_eq!(caller.get("m", ORGANIZER).await.expect_ok()["body"], json!(shown));
}

/// Blanks that HTML does not show by itself.
const BLANKS: [&str; 5] = ["a   b", " a\n   b c", "\ta\tb", "a \n \n  b", "a\u{a0}  b <c>  &  d"];

#[tokio::test]
async fn no_blank_of_a_text_is_lost() {
    let product = start().await;
    let caller = product.contoso().await;
    let outlook = product.outlook("contoso").await;
    for (n, text) in BLANKS.into_iter().enumerate() {
        let expected = text.replace('\u{a0}', " ");
        let shows = async |id: &str| {
            let shown = caller.get(id, ORGANIZER).await.expect_ok()["body"].as_str().expect("a body").to_owned();
            assert!(shown.starts_with(&format!("{expected}\n")), "{text:?} {shown:?}");
        };
        // As it is made, as it is changed, and as it moves to Teams.
        let (made, moved) = (format!("made{n}"), format!("moved{n}"));
        caller.schedule(&in_teams(&made, &json!({"body": text}))).await.expect(200, "NoError");
        let body = html(&outlook).await;
        assert!(!body.contains("  b") && !body.contains("a   "), "{body}");
        shows(&made).await;
        caller.update(&change(&made, &json!({"body": "Other"}))).await.expect(200, "NoError");
        caller.update(&change(&made, &json!({"body": text}))).await.expect(200, "NoError");
        shows(&made).await;
        caller.delete(&made, ORGANIZER).await.expect(200, "NoError");
        caller.schedule(&samples::meeting(&moved)).await.expect(200, "NoError");
        let fields = json!({"location": "MS Teams", "body": text});
        caller.update(&change(&moved, &fields)).await.expect(200, "NoError");
        shows(&moved).await;
        caller.delete(&moved, ORGANIZER).await.expect(200, "NoError");
    }
}

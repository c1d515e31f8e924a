//! Reading a meeting: as Outlook has it now, with the attendees' answers.

use convene_tests::{Product, samples};
use serde_json::json;

const ORGANIZER: &str = samples::ORGANIZER;

#[tokio::test]
async fn answers_to_the_invitation_are_told_in_the_documented_words() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let people = ["attendee1", "attendee2", "attendee3", "attendee4"].map(|name| format!("{name}@contoso.com"));
    let attendees: Vec<_> = people.iter().map(|email| json!({"email": email, "isRequired": true})).collect();
    caller.schedule(&samples::meeting_with("m", &json!({"attendees": attendees}))).await.expect(200, "NoError");
    let outlook = product.outlook("contoso").await;
    for (email, answer) in people.iter().zip(["accept", "decline", "tentativelyAccept"]) {
        let invitation = outlook.only_event(email).await;
        outlook.respond(email, &invitation, answer).await;
    }
    let shown = caller.get("m", ORGANIZER).await.expect_ok();
    let responses: Vec<_> = shown["attendees"].as_array().expect("attendees").iter().map(|a| &a["response"]).collect();
    assert_eq!(responses, ["Accepted", "Declined", "Tentative", "NoResponseReceived"]);
    // One may think again.
    let invitation = outlook.only_event(&people[0]).await;
    outlook.respond(&people[0], &invitation, "tentativelyAccept").await;
    let shown = caller.get("m", ORGANIZER).await.expect_ok();
    assert_eq!(shown["attendees"][0]["response"], "Tentative");
}

#[tokio::test]
async fn it_shows_what_people_changed_in_outlook() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let outlook = product.outlook("contoso").await;
    let event = outlook.only_event(ORGANIZER).await;
    let guest = json!({"emailAddress": {"address": "Guest@Example.org"}, "type": "optional"});
    let room = json!({"emailAddress": {"address": "room1@contoso.com"}, "type": "resource"});
    let change = json!({
        "subject": "By hand",
        "body": {"contentType": "html", "content": "<html><body><p>One</p><p>Two &amp; <b>three</b></p></body></html>"},
        "location": {"displayName": "Elsewhere"},
        "start": {"dateTime": "2026-05-05T12:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2026-05-05T12:00:00", "timeZone": "UTC"},
        "attendees": [guest, room],
    });
    outlook.change(ORGANIZER, &event, &change).await;
    let expected = json!({
        "id": "m",
        "organizerEmail": ORGANIZER,
        "body": "One\n\nTwo & three",
        "subject": "By hand",
        "location": "Elsewhere",
        "startTime": "2026-05-05T12:00:00Z",
        "endTime": "2026-05-05T12:00:00Z",
        "attendees": [
            {"email": "Guest@Example.org", "isRequired": "false", "response": "NoResponseReceived"},
            {"email": "room1@contoso.com", "isRequired": "false", "response": "NoResponseReceived"},
        ],
    });
    assert_eq!(caller.get("m", ORGANIZER).await.expect_ok(), expected);
}

#[tokio::test]
async fn an_event_that_moved_to_another_folder_is_still_the_meeting() {
    let product = Product::start().await;
    let (simulator, caller) = (product.simulator(), product.contoso().await);
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let event = product.outlook("contoso").await.only_event(ORGANIZER).await;
    let refiled = json!({"mailbox": ORGANIZER, "event": event["id"]});
    simulator.control(reqwest::Method::POST, "/events/move", Some(refiled)).await;
    assert_eq!(caller.get("m", ORGANIZER).await.expect_ok()["subject"], "Quarterly review");
    caller.delete("m", ORGANIZER).await.expect(200, "NoError");
    assert!(product.outlook("contoso").await.events(ORGANIZER).await.is_empty());
}

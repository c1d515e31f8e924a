//! Reading a meeting: as Outlook has it now, with the attendees' answers.

use convene_tests::{Product, samples};
use reqwest::Method;
use serde_json::json;

const MEETING: &str = "/api/salesforce/scheduler/meeting";
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
    simulator.control(Method::POST, "/events/move", Some(refiled)).await;
    assert_eq!(caller.get("m", ORGANIZER).await.expect_ok()["subject"], "Quarterly review");
    caller.delete("m", ORGANIZER).await.expect(200, "NoError");
    assert!(product.outlook("contoso").await.events(ORGANIZER).await.is_empty());
}

#[tokio::test]
async fn the_plus_of_an_address_in_a_query_may_go_unencoded() {
    const TAGGED: &str = "first+tag+more@contoso.com";
    let product = Product::start().await;
    product.simulator().add_mailbox("contoso.com", TAGGED).await;
    let caller = product.contoso().await;
    let meeting = samples::meeting_with("m+1", &json!({"organizerEmail": TAGGED}));
    caller.schedule(&meeting).await.expect(200, "NoError");
    for spelled in
        [TAGGED, "first%2Btag%2Bmore@contoso.com", "first+tag%2Bmore%40contoso.com", "%20first+tag+more@contoso.com+"]
    {
        let query = format!("{MEETING}?id=m%2B1&organizerEmail={spelled}");
        let shown = caller.send(Method::GET, &query, "").await.expect_ok();
        assert_eq!(shown["organizerEmail"].as_str().map(str::trim), Some(TAGGED), "{spelled}");
    }
    // Nor need that of an id be encoded. An id may well have blanks.
    let query = format!("{MEETING}?id=m+1&organizerEmail={TAGGED}");
    assert_eq!(caller.send(Method::GET, &query, "").await.expect_ok()["id"], "m+1");
    let query = format!("{MEETING}?id=m%201&organizerEmail={TAGGED}");
    let unknown = caller.send(Method::GET, &query, "").await.expect(404, "MeetingNotFound");
    assert_eq!(unknown.json()["email"], TAGGED);
    let query = format!("{MEETING}?id=m%2B1&organizerEmail={TAGGED}");
    let deleted = caller.send(Method::DELETE, &query, "").await.expect(200, "NoError");
    assert_eq!(deleted.json()["email"], TAGGED);
    // In a body nothing is decoded, and so nothing is put right.
    let spaced = json!({"id": "m+1", "organizerEmail": TAGGED.replace('+', " ")});
    caller.send(Method::DELETE, MEETING, spaced.to_string()).await.expect(400, "InvalidRequest");
}

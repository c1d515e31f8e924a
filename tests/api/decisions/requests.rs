//! Requests as callers really send them.

use convene_tests::{Answer, Product, samples};
use reqwest::Method;
use serde_json::{Value, json};

use super::change;

const MEETING: &str = "/api/salesforce/scheduler/meeting";
const ORGANIZER: &str = samples::ORGANIZER;

#[tokio::test]
async fn trailing_commas_are_forgiven_everywhere() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let meeting = samples::meeting_with("m", &json!({"subject": "a, ] b, } c", "body": "\"quoted,]\" \\"}));
    // A comma before every closing bracket, those within texts among them: there it is content.
    let loose = |value: &Value| value.to_string().replace('}', ",}").replace(']', ", ]");
    caller.send(Method::POST, MEETING, loose(&meeting)).await.expect(200, "NoError");
    let shown = caller.get("m", ORGANIZER).await.expect_ok();
    assert_eq!(shown["subject"], "a, , ] b, ,} c");
    assert_eq!(shown["body"], "\"quoted,, ]\" \\");
    caller.send(Method::PATCH, MEETING, loose(&change("m", &json!({"subject": "S"})))).await.expect(200, "NoError");
    let path = "/api/salesforce/scheduler/availability?from=2026-05-04T00:00:00Z&to=2026-05-05T00:00:00Z";
    let rows = caller.send(Method::POST, path, loose(&json!([{"email": ORGANIZER}]))).await.expect_ok();
    assert_eq!(rows[0]["unavailableTimeslots"].as_array().map(Vec::len), Some(1));
    caller.send(Method::DELETE, MEETING, loose(&change("m", &json!({})))).await.expect(200, "NoError");
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let extra = json!({"remark": {"deep": [1, 2]}, "Subject": "not this", "attendees": [
        {"email": "attendee1@contoso.com", "isRequired": "true", "name": "Ann", "type": 7}
    ]});
    caller.schedule(&samples::meeting_with("m", &extra)).await.expect(200, "NoError");
    caller
        .update(&change("m", &json!({"location": "Hall", "status": "x", "errorCode": null})))
        .await
        .expect(200, "NoError");
    let shown = caller.get("m", ORGANIZER).await.expect_ok();
    assert_eq!((&shown["subject"], &shown["location"]), (&json!("Quarterly review"), &json!("Hall")));
    let entries = json!([{"email": ORGANIZER, "isOrganizer": "perhaps", "name": "Org"}]);
    let rows = caller.availability("2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z", &entries).await.expect_ok();
    assert_eq!(rows[0]["errorCode"], "NoError");
}

#[tokio::test]
async fn whether_an_attendee_is_required_comes_as_text_or_boolean_and_goes_as_text() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let flags = [json!("true"), json!("false"), json!(true), json!(false), json!("TRUE"), json!(" False ")];
    let entry = |(n, flag): (usize, &Value)| json!({"email": format!("guest{n}@example.org"), "isRequired": flag});
    let attendees: Value = flags.iter().enumerate().map(entry).collect();
    caller.schedule(&samples::meeting_with("m", &json!({"attendees": attendees}))).await.expect(200, "NoError");
    let shown = caller.get("m", ORGANIZER).await.expect_ok();
    let required: Vec<_> = shown["attendees"].as_array().expect("attendees").iter().map(|a| &a["isRequired"]).collect();
    assert_eq!(required, ["true", "false", "true", "false", "true", "false"]);
    let event = product.outlook("contoso").await.only_event(ORGANIZER).await;
    let kinds: Vec<_> = event["attendees"].as_array().expect("attendees").iter().map(|a| &a["type"]).collect();
    assert_eq!(kinds, ["required", "optional", "required", "optional", "required", "optional"]);
}

#[tokio::test]
async fn the_content_type_does_not_matter() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let types = ["application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded", "image/png", ""];
    for (n, content_type) in types.into_iter().enumerate() {
        // Beyond ASCII, since the gateway hands most of these on in base64.
        let meeting = samples::meeting_with(&format!("m{n}"), &json!({"subject": "Größe – 会議"}));
        let request = caller.request(Method::POST, MEETING).header("content-type", content_type);
        let answer = Answer::read(request.body(meeting.to_string()).send().await.expect("an answer")).await;
        answer.expect(200, "NoError");
        assert_eq!(caller.get(&format!("m{n}"), ORGANIZER).await.expect_ok()["subject"], "Größe – 会議");
    }
}

#[tokio::test]
async fn attendees_count_once_and_required_wins() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let attendees = json!([
        {"email": "Attendee1@Contoso.com", "isRequired": "false"},
        {"email": "attendee2@contoso.com", "isRequired": "false"},
        {"email": "attendee1@contoso.COM", "isRequired": "true"},
        {"email": " attendee2@contoso.com ", "isRequired": "false"},
    ]);
    caller.schedule(&samples::meeting_with("m", &json!({"attendees": attendees}))).await.expect(200, "NoError");
    let merged = json!([
        {"email": "Attendee1@Contoso.com", "isRequired": "true", "response": "NoResponseReceived"},
        {"email": "attendee2@contoso.com", "isRequired": "false", "response": "NoResponseReceived"},
    ]);
    assert_eq!(caller.get("m", ORGANIZER).await.expect_ok()["attendees"], merged);
    product.outlook("contoso").await.only_event("attendee1@contoso.com").await;
    caller.update(&change("m", &json!({"attendees": attendees}))).await.expect(200, "NoError");
    assert_eq!(caller.get("m", ORGANIZER).await.expect_ok()["attendees"], merged);
}

#[tokio::test]
async fn addresses_are_compared_without_regard_to_case_and_ids_are_not() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("Meeting")).await.expect(200, "NoError");
    let loud = "ORGANIZER@Contoso.com";
    let shown = caller.get("Meeting", loud).await.expect_ok();
    assert_eq!((&shown["organizerEmail"], &shown["subject"]), (&json!(loud), &json!("Quarterly review")));
    let repeat = samples::meeting_with("Meeting", &json!({"organizerEmail": loud}));
    let answer = caller.schedule(&repeat).await.expect(200, "NoError");
    // The answer names the organizer as the request did.
    assert_eq!(answer.text, r#"{"email":"ORGANIZER@Contoso.com","errorCode":"NoError"}"#);
    caller.update(&json!({"id": "Meeting", "organizerEmail": loud, "subject": "S"})).await.expect(200, "NoError");
    caller.get("meeting", ORGANIZER).await.expect(404, "MeetingNotFound");
    // White space at the ends of an id is not part of it.
    assert_eq!(caller.get(" Meeting", ORGANIZER).await.expect_ok()["id"], "Meeting");
    caller.schedule(&samples::meeting_with("meeting", &json!({"subject": "Another"}))).await.expect(200, "NoError");
    caller.delete("Meeting", loud).await.expect(200, "NoError");
    assert_eq!(caller.get("meeting", ORGANIZER).await.expect_ok()["subject"], "Another");
}

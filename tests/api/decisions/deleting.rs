//! Deleting, in body or query, once or often.

use convene_tests::{Answer, Product, samples};
use reqwest::Method;
use serde_json::json;

use super::change;
use crate::errors::assert_invalid;

const MEETING: &str = "/api/salesforce/scheduler/meeting";
const ORGANIZER: &str = samples::ORGANIZER;

#[tokio::test]
async fn a_delete_may_be_repeated() {
    let product = Product::start().await;
    let (simulator, caller) = (product.simulator(), product.contoso().await);
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    for _ in 0..3 {
        let answer = caller.delete("m", ORGANIZER).await.expect(200, "NoError");
        assert_eq!(answer.text, r#"{"email":"organizer@contoso.com","errorCode":"NoError"}"#);
    }
    let mails = simulator.mails().await;
    assert_eq!(mails.iter().filter(|(kind, _)| kind == "cancellation").count(), 2);
    caller.get("m", ORGANIZER).await.expect(404, "MeetingNotFound");
    caller.update(&change("m", &json!({"subject": "S"}))).await.expect(404, "MeetingNotFound");
    caller.update(&change("m", &json!({}))).await.expect(404, "MeetingNotFound");
    caller.delete("m", "attendee1@contoso.com").await.expect(404, "MeetingNotFound");
    caller.delete("never", ORGANIZER).await.expect(404, "MeetingNotFound");
}

#[tokio::test]
async fn the_fields_may_stand_in_the_query() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let id = "a/b c+d&e=é";
    caller.schedule(&samples::meeting(id)).await.expect(200, "NoError");
    let query = [("id", id), ("organizerEmail", ORGANIZER), ("salesforceCorrelationId", "from the query"), ("x", "y")];
    let request = caller.request(Method::DELETE, MEETING).query(&query);
    let answer = Answer::read(request.send().await.expect("an answer")).await.expect(200, "NoError");
    assert_eq!(answer.header("x-correlation-id"), Some("from%20the%20query"));
    caller.get(id, ORGANIZER).await.expect(404, "MeetingNotFound");
}

#[tokio::test]
async fn body_and_query_fill_each_other_in_and_never_name_two_meetings() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    for id in ["body", "query"] {
        caller.schedule(&samples::meeting(id)).await.expect(200, "NoError");
    }
    let path = format!("{MEETING}?id=query&organizerEmail={ORGANIZER}");
    let refused = caller.send(Method::DELETE, &path, r#"{"id": "body"}"#).await;
    assert_invalid(&refused, ORGANIZER, &["id"]);
    let refused = caller.send(Method::DELETE, &path, r#"{"organizerEmail": "attendee1@contoso.com"}"#).await;
    assert_invalid(&refused, "", &["organizerEmail"]);
    // What is no object, or names an id that is none, is not made good by the query.
    caller.send(Method::DELETE, &path, "nonsense").await.expect(400, "InvalidRequest");
    caller.send(Method::DELETE, &path, r#"{"id": ""}"#).await.expect(400, "InvalidRequest");
    caller.send(Method::DELETE, &path, r#"{"id": 7}"#).await.expect(400, "InvalidRequest");
    for id in ["body", "query"] {
        assert_eq!(caller.get(id, ORGANIZER).await.status, 200);
    }
    let organizer = format!("{MEETING}?organizerEmail={ORGANIZER}");
    caller.send(Method::DELETE, &organizer, r#"{"id": "body"}"#).await.expect(200, "NoError");
    caller.send(Method::DELETE, &path, r#"{"id": "query"}"#).await.expect(200, "NoError");
    for id in ["body", "query"] {
        caller.get(id, ORGANIZER).await.expect(404, "MeetingNotFound");
    }
}

#[tokio::test]
async fn extra_fields_are_ignored() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let everything = samples::meeting_with("m", &json!({"startTime": "nonsense", "attendees": 7, "reason": "none"}));
    caller.send(Method::DELETE, MEETING, everything.to_string()).await.expect(200, "NoError");
    assert!(product.outlook("contoso").await.events(ORGANIZER).await.is_empty());
}

//! Deleting, in body or query, once or often.

use convene_tests::{Answer, Product, samples};
use reqwest::Method;
use serde_json::{Value, json};

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
    // The same organizer, in other letters.
    let same = json!({"id": "query", "organizerEmail": ORGANIZER.to_uppercase()});
    caller.send(Method::DELETE, &path, same.to_string()).await.expect(200, "NoError");
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

/// How long the trace of a claim is kept at the least, in seconds, less what a test may take.
const KEPT: i64 = 3500;

/// A record as it is stored, to look at or to tamper with.
async fn stored(product: &Product, id: &str) -> Value {
    let table = product.environment()["MEETINGS_TABLE"].clone();
    let request = json!({"TableName": table, "Key": {"pk": {"S": format!("contoso#meeting#{id}")}}});
    product.aws("dynamodb", "DynamoDB_20120810.GetItem", &request).await["Item"].take()
}

async fn store(product: &Product, item: &Value) {
    let request = json!({"TableName": product.environment()["MEETINGS_TABLE"], "Item": item});
    product.aws("dynamodb", "DynamoDB_20120810.PutItem", &request).await;
}

fn seconds(item: &Value, attribute: &str) -> i64 {
    item[attribute]["N"].as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{attribute}: {item}"))
}

async fn booked_and_deleted(product: &Product, id: &str) -> Value {
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting(id)).await.expect(200, "NoError");
    caller.delete(id, ORGANIZER).await.expect(200, "NoError");
    stored(product, id).await
}

#[tokio::test]
async fn a_claim_that_came_to_nothing_is_kept_for_an_hour_whatever_was_deleted_before() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let refused = json!({"status": 403, "code": "ErrorAccessDenied"});
    let now = chrono::Utc::now().timestamp();
    for (id, deleted_until) in [("long ago", now - 86_400), ("a moment ago", now - 1), ("soon", now + 60)] {
        let mut item = booked_and_deleted(&product, id).await;
        for attribute in ["deleted_until", "ttl"] {
            item[attribute] = json!({"N": deleted_until.to_string()});
        }
        store(&product, &item).await;
        let fault = json!({"match": {"operation": "create_event"}, "times": 1, "effect": refused});
        product.simulator().fault(fault).await;
        caller.schedule(&samples::meeting(id)).await.expect(403, "ErrorAccessDenied");
        let item = stored(&product, id).await;
        assert_eq!((item["state"]["S"].as_str(), seconds(&item, "deleted_until")), (Some("deleted"), deleted_until));
        assert!(seconds(&item, "ttl") >= now + KEPT, "{id}: {item}");
    }
    // A deletion that ends later is remembered for as long as it counts.
    let before = booked_and_deleted(&product, "just now").await;
    product.simulator().fault(json!({"match": {"operation": "create_event"}, "times": 1, "effect": refused})).await;
    caller.schedule(&samples::meeting("just now")).await.expect(403, "ErrorAccessDenied");
    assert_eq!(stored(&product, "just now").await["ttl"], before["deleted_until"]);
}

#[tokio::test]
async fn so_is_one_that_is_settled_days_after_its_request_died() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let now = chrono::Utc::now();
    for (id, days) in [("three days", 3), ("an hour and a half", 0)] {
        let mut item = booked_and_deleted(&product, id).await;
        let died = now - chrono::TimeDelta::days(days) - chrono::TimeDelta::minutes(90);
        let attributes = item.as_object_mut().expect("an item");
        attributes.retain(|name, _| !matches!(name.as_str(), "deleted_until" | "deleted_organizer" | "ttl"));
        attributes.insert("state".to_owned(), json!({"S": "creating"}));
        attributes.insert("outstanding_creates".to_owned(), json!({"N": "1"}));
        attributes.insert("claim_expires".to_owned(), json!({"N": died.timestamp_millis().to_string()}));
        store(&product, &item).await;
        caller.get(id, ORGANIZER).await.expect(404, "MeetingNotFound");
        let item = stored(&product, id).await;
        assert_eq!(item["state"]["S"], "deleted", "{id}: {item}");
        assert!(seconds(&item, "ttl") >= now.timestamp() + KEPT, "{id}: {item}");
    }
}

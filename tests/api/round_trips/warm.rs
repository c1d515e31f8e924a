//! Warm: claim, Graph, commit, and nothing besides.

use convene_tests::{Bootstraps, PLENTY, samples};
use serde_json::{Value, json};

use super::Counted;

const ORGANIZER: &str = samples::ORGANIZER;

fn about(id: &str, fields: &Value) -> Value {
    let mut request = json!({"id": id, "organizerEmail": ORGANIZER});
    request.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    request
}

/// A meeting in the calendar, by a process that is none of those counted.
async fn book(counted: &Counted, id: &str, changes: &Value) {
    let process = counted.launch("schedule-meeting").await;
    let meeting = samples::meeting_with(id, changes);
    counted.call(&process, "schedule-meeting", &meeting).await.expect(200, "NoError");
    counted.spent().await;
}

#[tokio::test]
async fn scheduling_takes_three_and_a_repeat_two() {
    let counted = Counted::start().await;
    let process = counted.warm("schedule-meeting").await;
    let call = async |meeting: &Value| counted.call(&process, "schedule-meeting", meeting).await;
    call(&samples::meeting("m")).await.expect(200, "NoError");
    counted.assert_spent(&["UpdateItem", "PutItem"], &["create_event"]).await;
    call(&samples::meeting("m")).await.expect(200, "NoError");
    counted.assert_spent(&["UpdateItem"], &["get_event"]).await;
    call(&samples::meeting_with("m", &json!({"subject": "Other"}))).await.expect(409, "MeetingAlreadyExists");
    counted.assert_spent(&["UpdateItem"], &["get_event"]).await;
    call(&samples::meeting_with("t", &json!({"location": "MS Teams"}))).await.expect(200, "NoError");
    counted.assert_spent(&["UpdateItem", "PutItem"], &["create_event"]).await;
    // What cannot be is not tried.
    call(&samples::meeting_with("n", &json!({"endTime": "2020-01-01T00:00:00Z"})))
        .await
        .expect(400, "ErrorInvalidTimeInterval");
    counted.assert_spent(&[], &[]).await;
}

#[tokio::test]
async fn reading_takes_two() {
    let counted = Counted::start().await;
    book(&counted, "warm-up", &json!({})).await;
    let process = counted.warm("get-meeting").await;
    counted.call(&process, "get-meeting", &about("warm-up", &json!({}))).await.expect_ok();
    counted.assert_spent(&["GetItem"], &["get_event"]).await;
    counted.call(&process, "get-meeting", &about("unknown", &json!({}))).await.expect(404, "MeetingNotFound");
    counted.assert_spent(&["GetItem"], &[]).await;
}

#[tokio::test]
async fn updating_takes_two_and_three_where_the_event_must_be_read() {
    let counted = Counted::start().await;
    book(&counted, "warm-up", &json!({})).await;
    let process = counted.warm("update-meeting").await;
    let times = json!({"startTime": "2026-05-04T12:00:00Z", "endTime": "2026-05-04T13:00:00Z"});
    let (read, extend) = ("GetItem", "UpdateItem");
    for (record, fields, graph) in [
        (read, json!({"subject": "S"}), &["update_event"][..]),
        (read, json!({"location": "L", "attendees": []}), &["update_event"]),
        (read, json!({"location": "MS Teams"}), &["update_event"]),
        (extend, times, &["update_event"]),
        (read, json!({"body": "B"}), &["get_event", "update_event"]),
        (read, json!({"startTime": "2026-05-04T12:30:00Z"}), &["get_event", "update_event"]),
        (extend, json!({"endTime": "2026-05-04T12:45:00Z", "body": "B"}), &["get_event", "update_event"]),
        (read, json!({}), &[]),
    ] {
        counted.call(&process, "update-meeting", &about("warm-up", &fields)).await.expect(200, "NoError");
        counted.assert_spent(&[record], graph).await;
    }
}

#[tokio::test]
async fn deleting_takes_three() {
    let counted = Counted::start().await;
    book(&counted, "warm-up", &json!({})).await;
    book(&counted, "m", &json!({})).await;
    let process = counted.warm("delete-meeting").await;
    let call = async |id: &str| counted.call(&process, "delete-meeting", &about(id, &json!({}))).await;
    call("m").await.expect(200, "NoError");
    counted.assert_spent(&["UpdateItem", "PutItem"], &["delete_event"]).await;
    call("m").await.expect(200, "NoError");
    counted.assert_spent(&["UpdateItem"], &[]).await;
    call("unknown").await.expect(404, "MeetingNotFound");
    counted.assert_spent(&["UpdateItem"], &[]).await;
}

#[tokio::test]
async fn an_id_with_an_encoded_plus_takes_no_more_and_two_readings_one_more_only_if_nothing_has_the_first() {
    let counted = Counted::start().await;
    book(&counted, "warm-up", &json!({})).await;
    for id in ["a+b", "c d", "e+f"] {
        book(&counted, id, &json!({})).await;
    }
    let (get, delete) = (counted.warm("get-meeting").await, counted.warm("delete-meeting").await);
    let call = async |process: &Bootstraps, function: &str, id: &str| {
        let mut event = counted.event(function, &about("x", &json!({})));
        event["rawQueryString"] = json!(format!("id={id}&organizerEmail={ORGANIZER}"));
        event["body"] = Value::Null;
        process.call(&event, PLENTY).await
    };
    for (id, status, records) in
        [("a%2Bb", 200, 1), ("c+d", 200, 1), ("c%20d", 200, 1), ("a+b", 200, 2), ("x%2By", 404, 1), ("x+y", 404, 2)]
    {
        assert_eq!(call(&get, "get-meeting", id).await.status, status, "{id}");
        let graph: &[&str] = if status == 200 { &["get_event"] } else { &[] };
        counted.assert_spent(&vec!["GetItem"; records], graph).await;
    }
    for (id, status, records, graph) in [
        ("a%2Bb", 200, &["UpdateItem", "PutItem"][..], &["delete_event"][..]),
        ("c+d", 200, &["UpdateItem", "PutItem"], &["delete_event"]),
        ("e+f", 200, &["UpdateItem", "UpdateItem", "PutItem"], &["delete_event"]),
        ("c+d", 200, &["UpdateItem"], &[]),
        ("e+f", 200, &["UpdateItem", "UpdateItem"], &[]),
        ("x%2By", 404, &["UpdateItem"], &[]),
    ] {
        assert_eq!(call(&delete, "delete-meeting", id).await.status, status, "{id}");
        counted.assert_spent(records, graph).await;
    }
}

#[tokio::test]
async fn a_token_takes_none_and_a_refresh_one() {
    let counted = Counted::start().await;
    let process = counted.launch("issue-token").await;
    let tenant = counted.backends.tenant("contoso").clone();
    let event = convene_tests::events::token(&tenant.client_id, &tenant.client_secret);
    process.call(&event, convene_tests::PLENTY).await.expect_ok();
    counted.spent().await;
    process.call(&event, convene_tests::PLENTY).await.expect_ok();
    counted.assert_spent(&[], &[]).await;
    let refresh = convene_tests::events::token_form(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", &tenant.refresh_token),
        ("client_id", &tenant.client_id),
        ("client_secret", &tenant.client_secret),
    ]);
    process.call(&refresh, convene_tests::PLENTY).await.expect_ok();
    let spent = counted.spent().await;
    let write = format!("UpdateItem {}", counted.environment["GRANTS_TABLE"]);
    assert_eq!((spent.dynamodb, spent.secrets.len(), spent.graph.len()), (vec![write], 0, 0));
}

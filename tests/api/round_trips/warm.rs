//! Warm: claim, Graph, commit, and nothing besides.

use convene_tests::samples;
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
    for (fields, graph) in [
        (json!({"subject": "S"}), &["update_event"][..]),
        (json!({"location": "L", "attendees": []}), &["update_event"]),
        (json!({"location": "MS Teams"}), &["update_event"]),
        (times, &["update_event"]),
        (json!({"body": "B"}), &["get_event", "update_event"]),
        (json!({"startTime": "2026-05-04T12:30:00Z"}), &["get_event", "update_event"]),
        (json!({"endTime": "2026-05-04T12:45:00Z", "body": "B"}), &["get_event", "update_event"]),
        (json!({}), &[]),
    ] {
        counted.call(&process, "update-meeting", &about("warm-up", &fields)).await.expect(200, "NoError");
        counted.assert_spent(&["GetItem"], graph).await;
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

//! How long records are stored: for the tenant's `recordDays` after the event has ended. And which versions of them are read.

use chrono::{DateTime, Utc};
use convene_tests::{Answer, Product, lightning, samples};
use serde_json::{Value, json};

const ORGANIZER: &str = samples::ORGANIZER;
/// The default.
const DAYS: i64 = 400;

async fn dynamodb(product: &Product, operation: &str, request: &Value) -> Value {
    product.aws("dynamodb", &format!("DynamoDB_20120810.{operation}"), request).await
}

async fn stored(product: &Product, pk: &str) -> Value {
    let request = json!({"TableName": product.environment()["MEETINGS_TABLE"], "Key": {"pk": {"S": pk}}});
    let item = dynamodb(product, "GetItem", &request).await["Item"].take();
    assert!(item.is_object(), "there is no item {pk}");
    item
}

async fn store(product: &Product, item: &Value) {
    let request = json!({"TableName": product.environment()["MEETINGS_TABLE"], "Item": item});
    dynamodb(product, "PutItem", &request).await;
}

/// What is stored about the meeting or the appointment `m`, changed behind the product's back.
async fn tamper(product: &Product, pk: &str, changes: &Value) {
    let mut item = stored(product, pk).await;
    let attributes = item.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        attributes.remove(name);
        if !value.is_null() {
            attributes.insert(name.clone(), value.clone());
        }
    }
    store(product, &item).await;
}

fn number(item: &Value, attribute: &str) -> i64 {
    item[attribute]["N"].as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{attribute}: {item}"))
}

/// The item has this end, and is kept for so many days after it. An end in the past counts as now.
async fn assert_kept(product: &Product, pk: &str, end: &str, days: i64) {
    let item = stored(product, pk).await;
    let end: DateTime<Utc> = end.parse().expect("a time");
    assert_eq!(number(&item, "ends_at"), end.timestamp_millis(), "{item}");
    let kept_for = number(&item, "ttl") - end.max(Utc::now()).timestamp();
    let expected = days * 86_400;
    assert!((expected - 120..=expected).contains(&kept_for), "{kept_for} seconds after the end: {item}");
}

/// Times in a year that is not over for as long as this test is run.
fn times(day: u32) -> Value {
    json!({"startTime": format!("2096-05-{day:02}T09:00:00Z"), "endTime": end(day)})
}

fn end(day: u32) -> String {
    format!("2096-05-{day:02}T10:00:00Z")
}

fn change(fields: &Value) -> Value {
    let mut change = json!({"id": "m", "organizerEmail": ORGANIZER});
    change.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    change
}

const MEETING: &str = "contoso#meeting#m";
const APPOINTMENT: &str = "contoso#appointment#m";

#[tokio::test]
async fn a_meetings_record_is_kept_after_its_end_and_moves_with_it() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting_with("m", &times(4))).await.expect(200, "NoError");
    assert_kept(&product, MEETING, &end(4), DAYS).await;
    // What names no end moves nothing, and an earlier end leaves the record as it is.
    for (fields, day) in
        [(json!({"subject": "New"}), 4), (times(9), 9), (json!({"endTime": end(10)}), 10), (times(5), 10)]
    {
        caller.update(&change(&fields)).await.expect(200, "NoError");
        assert_kept(&product, MEETING, &end(day), DAYS).await;
    }
    caller.delete("m", ORGANIZER).await.expect(200, "NoError");
    let tombstone = stored(&product, MEETING).await;
    let kept_for = number(&tombstone, "ttl") - Utc::now().timestamp();
    assert!((30 * 86_400 - 120..=30 * 86_400).contains(&kept_for) && tombstone["ends_at"].is_null(), "{tombstone}");
}

#[tokio::test]
async fn the_record_of_a_past_meeting_is_kept_from_now() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let past = json!({"startTime": "2020-05-04T09:00:00Z", "endTime": "2020-05-04T10:00:00Z"});
    caller.schedule(&samples::meeting_with("m", &past)).await.expect(200, "NoError");
    assert_kept(&product, MEETING, "2020-05-04T10:00:00Z", DAYS).await;
}

#[tokio::test]
async fn the_tenant_decides_for_how_long() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let table = product.environment()["TENANTS_TABLE"].clone();
    let key = json!({"TableName": table, "Key": {"pk": {"S": "fabrikam#config"}}});
    let mut item = dynamodb(&product, "GetItem", &key).await["Item"].take();
    let mut config: Value = serde_json::from_str(item["config"]["S"].as_str().expect("text")).expect("JSON");
    config["recordDays"] = json!(7);
    item["config"]["S"] = json!(config.to_string());
    dynamodb(&product, "PutItem", &json!({"TableName": table, "Item": item})).await;
    let other = product.caller("fabrikam").await;
    let organizer = json!({"organizerEmail": "organizer@fabrikam.com", "attendees": []});
    let mut meeting = samples::meeting_with("m", &times(4));
    meeting.as_object_mut().expect("an object").extend(organizer.as_object().expect("an object").clone());
    other.schedule(&meeting).await.expect(200, "NoError");
    assert_kept(&product, "fabrikam#meeting#m", &end(4), 7).await;
    caller.schedule(&samples::meeting_with("m", &times(4))).await.expect(200, "NoError");
    assert_kept(&product, MEETING, &end(4), DAYS).await;
}

#[tokio::test]
async fn a_read_extends_the_record_of_a_meeting_that_was_moved_in_outlook_to_a_later_end() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    caller.schedule(&samples::meeting_with("m", &times(4))).await.expect(200, "NoError");
    for (day, on_record) in [(3, 4), (5, 4), (6, 6)] {
        let event = outlook.only_event(ORGANIZER).await;
        let at = |hour: u32| json!({"dateTime": format!("2096-05-{day:02}T{hour:02}:00:00"), "timeZone": "UTC"});
        outlook.change(ORGANIZER, &event, &json!({"start": at(9), "end": at(10)})).await;
        assert_eq!(caller.get("m", ORGANIZER).await.expect_ok()["endTime"], end(day));
        assert_kept(&product, MEETING, &end(on_record), DAYS).await;
    }
}

#[tokio::test]
async fn an_item_of_an_earlier_release_is_read_and_gets_an_end_with_the_next_write_that_knows_it() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting_with("m", &times(4))).await.expect(200, "NoError");
    tamper(&product, MEETING, &json!({"v": {"N": "1"}, "ends_at": null, "ttl": null})).await;
    caller.get("m", ORGANIZER).await.expect_ok();
    caller.update(&change(&json!({"subject": "New"}))).await.expect(200, "NoError");
    assert!(stored(&product, MEETING).await["ttl"].is_null(), "no end is known");
    caller.update(&change(&times(9))).await.expect(200, "NoError");
    assert_kept(&product, MEETING, &end(9), DAYS).await;

    let appointment = lightning::appointment("m", &["attendee1@contoso.com"]);
    assert_rows(&caller.create_appointments(&appointment).await);
    tamper(&product, APPOINTMENT, &json!({"v": {"N": "1"}, "ends_at": null, "ttl": null})).await;
    assert_rows(&caller.update_appointments(&with(&appointment, &times(9))).await);
    assert_kept(&product, APPOINTMENT, &end(9), DAYS).await;
}

#[tokio::test]
async fn an_item_of_a_newer_release_is_refused_and_left_as_it_is() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let appointment = lightning::appointment("m", &["attendee1@contoso.com"]);
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    assert_rows(&caller.create_appointments(&appointment).await);
    for pk in [MEETING, APPOINTMENT] {
        tamper(&product, pk, &json!({"v": {"N": "3"}})).await;
    }
    let before = [stored(&product, MEETING).await, stored(&product, APPOINTMENT).await];
    caller.get("m", ORGANIZER).await.expect(500, "ErrorInternalServerError");
    for fields in [json!({"subject": "New"}), times(9)] {
        caller.update(&change(&fields)).await.expect(500, "ErrorInternalServerError");
    }
    caller.delete("m", ORGANIZER).await.expect(500, "ErrorInternalServerError");
    caller.schedule(&samples::meeting("m")).await.expect(500, "ErrorInternalServerError");
    for answer in [
        caller.create_appointments(&appointment).await,
        caller.update_appointments(&with(&appointment, &times(9))).await,
        caller.delete_appointments("m", ORGANIZER, &[]).await,
    ] {
        let rows = lightning::rows(&answer);
        assert!(rows.iter().all(|(_, code)| code == "ErrorInternalServerError"), "{rows:?}");
    }
    assert_eq!([stored(&product, MEETING).await, stored(&product, APPOINTMENT).await], before);
}

#[tokio::test]
async fn a_tenant_and_a_refresh_token_of_a_newer_release_are_refused() {
    let product = Product::start().await;
    let tenant = product.tenant("contoso").clone();
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", tenant.client_id.as_str()),
        ("client_secret", tenant.client_secret.as_str()),
        ("refresh_token", tenant.refresh_token.as_str()),
    ];
    for (variable, kind) in [("TENANTS_TABLE", "#config"), ("GRANTS_TABLE", "#family#")] {
        set_versions(&product, variable, kind, "9").await;
        let answer = product.token(&form).await;
        assert_eq!((answer.status, answer.json()["error"].as_str()), (500, Some("server_error")), "{variable}");
        set_versions(&product, variable, kind, "1").await;
    }
    product.token(&form).await.expect_ok();
}

/// Gives another version to contoso's items of a kind.
async fn set_versions(product: &Product, variable: &str, kind: &str, version: &str) {
    let table = product.environment()[variable].clone();
    let items = dynamodb(product, "Scan", &json!({"TableName": table})).await["Items"].take();
    for mut item in items.as_array().expect("items").iter().cloned() {
        if item["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with("contoso#") && pk.contains(kind)) {
            item["v"] = json!({"N": version});
            dynamodb(product, "PutItem", &json!({"TableName": table, "Item": item})).await;
        }
    }
}

#[tokio::test]
async fn an_appointments_record_is_kept_after_its_end_and_moves_with_it() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let appointment = with(&lightning::appointment("m", &["attendee1@contoso.com"]), &times(4));
    assert_rows(&caller.create_appointments(&appointment).await);
    assert_kept(&product, APPOINTMENT, &end(4), DAYS).await;
    // An earlier end leaves the record as it is.
    for (day, on_record) in [(9, 9), (5, 9)] {
        assert_rows(&caller.update_appointments(&with(&appointment, &times(day))).await);
        assert_kept(&product, APPOINTMENT, &end(on_record), DAYS).await;
    }
    assert_rows(&caller.delete_appointments("m", ORGANIZER, &["attendee1@contoso.com"]).await);
    let tombstone = stored(&product, APPOINTMENT).await;
    assert!(tombstone["ends_at"].is_null() && tombstone["deleted_until"] == tombstone["ttl"], "{tombstone}");
}

fn with(appointment: &Value, fields: &Value) -> Value {
    let mut appointment = appointment.clone();
    appointment.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    appointment
}

fn assert_rows(answer: &Answer) {
    let rows = lightning::rows(answer);
    assert!(!rows.is_empty() && rows.iter().all(|(_, code)| code == "NoError"), "{rows:?}");
}

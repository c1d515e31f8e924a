//! What guests answer to a configuration's questions.

use convene_tests::seconds;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    super::{ORGANIZER, expect_error},
    Stage, booking_id, mondays, request,
};

const NINE: &str = "2027-02-01T09:00:00Z";

/// The product with a configuration that asks these questions. Returns the configuration's id.
async fn asking(fields: &Value) -> (Stage, String) {
    let stage = Stage::at("2027-01-31T12:00:00Z").await;
    let mut asks = mondays(&[ORGANIZER], 60, "9:00", "12:00");
    asks["scheduler"]["additional_fields"] = fields.clone();
    let id = stage.nylas.configure(&asks).await;
    (stage, id)
}

fn answering(hours: i64, answers: &Value) -> Value {
    let mut booking = request("jane", seconds(NINE) + hours * 3600, 60);
    booking["additional_fields"] = answers.clone();
    booking
}

/// The answers that a booking has on record.
async fn stored(stage: &Stage, configuration: &str, booking: &str) -> Value {
    let path = format!("/v3/scheduling/ui-settings?configuration_id={configuration}&booking_id={booking}");
    stage.nylas.guest(Method::GET, &path, None).await.expect_ok()["data"]["booking"]["additional_fields"].take()
}

#[tokio::test]
async fn additional_fields() {
    let fields = json!({
        "phone": {"label": "Phone", "type": "phone_number", "required": true, "order": 1},
        "plan": {"label": "Plan", "type": "dropdown", "required": false, "options": ["Basic", "Pro"], "order": 2},
        "ok": {"label": "I agree", "type": "checkbox", "required": true, "order": 3},
        "code": {"label": "Code", "type": "text", "required": false, "pattern": "^[A-Z]{3}[0-9]{2}$", "order": 4},
        "campaign": {"label": "c", "type": "metadata", "required": true, "default": "spring", "order": 5},
    });
    let (stage, id) = asking(&fields).await;
    for (wrong, field) in [
        (json!({"ok": "true"}), "phone"),
        (json!({"phone": "1", "ok": "false"}), "ok"),
        (json!({"phone": "1", "ok": "true", "plan": "Gold"}), "plan"),
        (json!({"phone": "1", "ok": "true", "code": "abc12"}), "code"),
    ] {
        let answer = stage.nylas.book(&id, &answering(0, &wrong)).await;
        let message = expect_error(&answer, 400, "invalid_request_error");
        assert!(message.contains(&format!("additional_fields.{field}")), "{message}");
    }
    assert!(stage.outlook.events(ORGANIZER).await.is_empty());

    let markup = "<script>alert(1)</script>";
    let given = json!({"phone": "+1 555", "ok": "true", "plan": "", "code": "", "unknown": markup});
    let booked = booking_id(stage.nylas.book(&id, &answering(0, &given)).await);
    let least = json!({"phone": "+1 555", "ok": "true", "campaign": "spring"});
    assert_eq!(stored(&stage, &id, &booked).await, least);
    // The invitation has the answers under their labels, and neither metadata nor what nobody asked.
    let event = stage.outlook.only_event(ORGANIZER).await;
    let body = event["body"]["content"].as_str().expect("a body");
    assert!(body.contains("Phone: +1 555") && body.contains("I agree: true"), "{body}");
    assert!(!body.contains("spring") && !body.contains("alert(1)"), "{body}");

    let booked = booking_id(stage.nylas.book(&id, &answering(1, &json!({"phone": "1", "ok": true}))).await);
    assert_eq!(stored(&stage, &id, &booked).await, json!({"phone": "1", "ok": "true", "campaign": "spring"}));
    stage.product.stop().await;
}

#[tokio::test]
async fn a_pattern_that_explodes_elsewhere_is_matched_or_refused() {
    let (stage, id) = asking(&json!({"code": {"label": "Code", "pattern": "^(a+)+$"}})).await;
    let answer = stage.nylas.book(&id, &answering(0, &json!({"code": format!("{}!", "a".repeat(40))}))).await;
    expect_error(&answer, 400, "invalid_request_error");
    booking_id(stage.nylas.book(&id, &answering(0, &json!({"code": "aaa"}))).await);
    for pattern in [r"(a)\1", "(?<=a)b", "((a{100}){100}){100}", "("] {
        let mut asks = mondays(&[ORGANIZER], 60, "9:00", "12:00");
        asks["scheduler"]["additional_fields"] = json!({"code": {"label": "Code", "pattern": pattern}});
        let message = expect_error(&stage.create(&asks).await, 400, "invalid_request_error");
        assert!(message.contains("additional_fields.code.pattern"), "{pattern}: {message}");
    }
    stage.product.stop().await;
}

#[tokio::test]
async fn fields_of_each_type_take_their_answers() {
    let of_type = |kind: &str, options: Value| json!({"label": kind, "type": kind, "options": options});
    let some = json!(["One", "Two", "Three"]);
    let fields = json!({
        "text": of_type("text", Value::Null), "lines": of_type("multi_line_text", Value::Null),
        "mail": of_type("email", Value::Null), "phone": of_type("phone_number", Value::Null),
        "drop": of_type("dropdown", some.clone()), "radio": of_type("radio_button", some.clone()),
        "multi": of_type("multi_select", some), "date": of_type("date", Value::Null),
        "check": of_type("checkbox", Value::Null), "meta": of_type("metadata", Value::Null),
    });
    let (stage, id) = asking(&fields).await;
    for (field, wrong) in [
        ("text", json!({"a": 1})),
        ("text", json!("x".repeat(4097))),
        ("mail", json!("jane")),
        ("drop", json!("Four")),
        ("radio", json!("one")),
        ("multi", json!("One,Four")),
        ("date", json!("1 February 2027")),
        ("check", json!("yes")),
    ] {
        let answer = stage.nylas.book(&id, &answering(0, &json!({field: wrong}))).await;
        let message = expect_error(&answer, 400, "invalid_request_error");
        assert!(message.contains(&format!("additional_fields.{field}")), "{field}: {message}");
    }
    let right = json!({
        "text": "A & B", "lines": "first\nsecond", "mail": "jane@example.com", "phone": "+1 555 0100", "drop": "Two",
        "radio": "One", "multi": "One,Three", "date": "2027-02-28", "check": "false", "meta": "autumn",
    });
    let booked = booking_id(stage.nylas.book(&id, &answering(0, &right)).await);
    assert_eq!(stored(&stage, &id, &booked).await, right);
    let event = stage.outlook.only_event(ORGANIZER).await;
    let body = event["body"]["content"].as_str().expect("a body");
    assert!(body.contains("text: A &amp; B") && body.contains("multi_select: One,Three"), "{body}");
    assert!(!body.contains("autumn"), "{body}");
    // None of them is required.
    booking_id(stage.nylas.book(&id, &answering(1, &json!({}))).await);
    stage.product.stop().await;
}

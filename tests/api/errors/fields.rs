//! `InvalidRequest` and `ErrorInvalidTimeInterval`: fields that are missing or malformed. None of it reaches Microsoft.

use convene_tests::{Answer, Product, samples};
use reqwest::Method;
use serde_json::{Value, json};

use super::{assert_failed, assert_invalid, fields_of};

const MEETING: &str = "/api/salesforce/scheduler/meeting";
const ORGANIZER: &str = samples::ORGANIZER;

#[tokio::test]
async fn each_missing_field_of_a_meeting_is_named() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    for field in ["id", "organizerEmail", "attendees", "body", "subject", "location", "startTime", "endTime"] {
        let email = if field == "organizerEmail" { "" } else { ORGANIZER };
        let mut missing = samples::meeting("m");
        missing.as_object_mut().expect("an object").remove(field);
        assert_invalid(&caller.schedule(&missing).await, email, &[field]);
        assert_invalid(&caller.schedule(&samples::meeting_with("m", &json!({field: null}))).await, email, &[field]);
        assert_invalid(&caller.schedule(&samples::meeting_with("m", &json!({field: {}}))).await, email, &[field]);
    }
    assert!(product.simulator().requests().await.is_empty(), "bad input reached Microsoft");
}

#[tokio::test]
async fn each_malformed_value_is_named() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    for (field, values) in [
        ("id", vec![json!(""), json!("  \t"), json!(7), json!(["m"])]),
        ("organizerEmail", vec![json!(""), json!("organizer"), json!("a b@contoso.com"), json!("x@"), json!(1)]),
        ("startTime", vec![json!(""), json!("tomorrow"), json!("2026-05-04"), json!("2026-05-04T09:00:00"), json!(0)]),
        ("endTime", vec![json!("2026-13-04T09:00:00Z"), json!("2026-02-30T09:00:00Z"), json!("9999-12-31T00:00:00Z")]),
        ("body", vec![json!(5), json!(["text"])]),
        ("subject", vec![json!(false)]),
        ("location", vec![json!({"displayName": "Room"})]),
        ("attendees", vec![json!("a@contoso.com"), json!(3)]),
    ] {
        for value in values {
            let answer = caller.schedule(&samples::meeting_with("m", &json!({field: value}))).await;
            let email = match (&field, value.as_str()) {
                (&"organizerEmail", text) => text.unwrap_or_default(),
                _ => ORGANIZER,
            };
            assert_invalid(&answer, email, &[field]);
        }
    }
    assert!(product.simulator().requests().await.is_empty(), "bad input reached Microsoft");
}

#[tokio::test]
async fn all_problems_are_told_at_once() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let attendees = json!([
        {"email": "attendee1@contoso.com", "isRequired": "perhaps"},
        {"email": "nobody", "isRequired": "true"},
        {"isRequired": true},
        {"email": "attendee2@contoso.com"},
        {"email": "attendee3@contoso.com", "isRequired": 1},
    ]);
    let meeting = json!({"id": " ", "organizerEmail": "?", "attendees": attendees, "startTime": "noon", "subject": 1});
    let answer = caller.schedule(&meeting).await;
    assert_invalid(
        &answer,
        "?",
        &[
            "id",
            "organizerEmail",
            "attendees[0].isRequired",
            "attendees[1].email",
            "attendees[2].email",
            "attendees[3].isRequired",
            "attendees[4].isRequired",
            "body",
            "subject",
            "location",
            "startTime",
            "endTime",
        ],
    );
    let update = json!({"attendees": [{"email": "x"}], "endTime": "late", "subject": []});
    let answer = caller.update(&update).await;
    let fields = ["id", "organizerEmail", "attendees[0].email", "attendees[0].isRequired", "subject", "endTime"];
    assert_invalid(&answer, "", &fields);
}

#[tokio::test]
async fn what_is_no_json_is_refused_and_not_repeated() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    for method in [Method::POST, Method::PATCH] {
        for body in ["", "nonsense secret", "{", "[]", "7", "null", "\"text\"", r#"{"id":"a",,}"#, "{,}", "\u{feff}"] {
            let answer = caller.send(method.clone(), MEETING, body).await;
            // No field is named: `body` is one of the meeting's own.
            assert_invalid(&answer, "", &[]);
            assert!(!answer.text.contains("nonsense"));
        }
    }
    let bytes = caller.send(Method::POST, MEETING, vec![0xff, 0xfe, b'{', b'}']).await;
    assert_invalid(&bytes, "", &[]);
    let deep = caller.send(Method::POST, MEETING, "[".repeat(100_000)).await;
    assert_invalid(&deep, "", &[]);
}

#[tokio::test]
async fn values_without_names_are_no_request() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    product.simulator().clear_journal().await;
    let (start, end) = ("2026-05-04T09:00:00Z", "2026-05-04T10:00:00Z");
    let people = json!([["attendee1@contoso.com", "true"]]);
    let whole = json!(["m", ORGANIZER, [], "Another", "Another", start, end, "Another"]);
    for (method, body) in [
        (Method::DELETE, json!(["m", ORGANIZER])),
        (Method::DELETE, json!([])),
        (Method::PATCH, json!(["m", ORGANIZER])),
        (Method::PATCH, whole.clone()),
        (Method::POST, whole),
    ] {
        let query = format!("{MEETING}?id=m&organizerEmail={ORGANIZER}");
        assert_invalid(&caller.send(method.clone(), &query, body.to_string()).await, "", &[]);
    }
    let meeting = samples::meeting_with("n", &json!({"attendees": people}));
    assert_invalid(&caller.schedule(&meeting).await, ORGANIZER, &["attendees[0]"]);
    let change = json!({"id": "m", "organizerEmail": ORGANIZER, "attendees": people});
    assert_invalid(&caller.update(&change).await, ORGANIZER, &["attendees[0]"]);
    let entries = json!([["attendee1@contoso.com"]]);
    let rows = json!([{"email": "", "errorCode": "InvalidRequest", "unavailableTimeslots": []}]);
    assert_eq!(caller.availability(start, end, &entries).await.expect_ok(), rows);
    assert!(product.simulator().requests().await.is_empty(), "bad input reached Microsoft");
    assert_eq!(caller.get("m", ORGANIZER).await.expect_ok()["subject"], "Quarterly review");
}

#[tokio::test]
async fn reading_and_deleting_need_id_and_organizer() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    for (query, fields) in [
        ("", &["id", "organizerEmail"][..]),
        ("?id=m", &["organizerEmail"]),
        ("?organizerEmail=organizer@contoso.com", &["id"]),
        ("?id=%20&organizerEmail=nobody", &["id", "organizerEmail"]),
        ("?ID=m&organizeremail=organizer@contoso.com", &["id", "organizerEmail"]),
    ] {
        for method in [Method::GET, Method::DELETE] {
            let sent = caller.request(method, &format!("{MEETING}{query}")).send().await;
            let answer = Answer::read(sent.expect("an answer")).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "InvalidRequest"));
            assert_eq!(fields_of(&answer), fields, "{query}");
        }
    }
}

#[tokio::test]
async fn the_end_must_come_after_the_start() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let interval = |answer: Answer| assert_failed(&answer, 400, "ErrorInvalidTimeInterval", ORGANIZER);
    for end in ["2026-05-04T09:00:00Z", "2026-05-04T08:59:59Z", "2026-05-04T10:00:00+01:00"] {
        interval(caller.schedule(&samples::meeting_with("m", &json!({"endTime": end}))).await);
    }
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let change = |fields: &Value| {
        let mut change = json!({"id": "m", "organizerEmail": ORGANIZER});
        change.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        change
    };
    let both = change(&json!({"startTime": "2026-05-04T12:00:00Z", "endTime": "2026-05-04T12:00:00Z"}));
    interval(caller.update(&both).await);
    // Against the other end as it is in the calendar.
    interval(caller.update(&change(&json!({"startTime": "2026-05-04T10:00:00Z"}))).await);
    interval(caller.update(&change(&json!({"endTime": "2026-05-04T09:00:00Z"}))).await);
    let shown = caller.get("m", ORGANIZER).await.expect_ok();
    assert_eq!(
        (&shown["startTime"], &shown["endTime"]),
        (&json!("2026-05-04T09:00:00Z"), &json!("2026-05-04T10:00:00Z"))
    );

    let one = json!([{"email": ORGANIZER}]);
    for to in ["2026-05-04T00:00:00Z", "2026-05-03T00:00:00Z"] {
        let answer = caller.availability("2026-05-04T00:00:00Z", to, &one).await;
        assert_failed(&answer, 400, "ErrorInvalidTimeInterval", "");
    }
}

#[tokio::test]
async fn a_malformed_availability_request_is_one_object() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let (from, to) = ("2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z");
    // Entries fail by themselves: see `lenient::lists`.
    let entries = json!([{"email": "attendee1@contoso.com"}, {}]);
    assert_invalid(&caller.availability("", "soon", &entries).await, "", &["from", "to"]);
    for body in [json!({"email": "attendee1@contoso.com"}), json!("attendee1@contoso.com"), json!(null)] {
        assert_failed(&caller.availability(from, to, &body).await, 400, "InvalidRequest", "");
    }
    let without = caller.send(Method::POST, "/api/salesforce/scheduler/availability", "[]").await;
    assert_invalid(&without, "", &["from", "to"]);
    assert!(product.simulator().requests().await.is_empty(), "bad input reached Microsoft");
}

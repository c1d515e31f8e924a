//! Lists whose response is a list: an entry that cannot be understood fails by itself.

use convene_tests::{POSTBACK, Product, lightning, samples};
use reqwest::Method;
use serde_json::{Value, json};

use super::{assert_message, messages};

const ORGANIZER: &str = samples::ORGANIZER;
const FROM: &str = "2026-05-04T00:00:00Z";
const TO: &str = "2026-05-05T00:00:00Z";

fn rows(pairs: &[(&str, &str)]) -> Vec<Value> {
    pairs.iter().map(|(email, code)| json!({"email": email, "errorCode": code})).collect()
}

#[tokio::test]
async fn availability_answers_the_entries_that_it_understands() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let entries = json!([
        {"email": ORGANIZER},
        {"email": " ann@ "},
        {"email": 7},
        {},
        null,
        "attendee1@contoso.com",
        ["attendee1@contoso.com"],
        {"email": "nobody@contoso.com"},
        {"email": "attendee1@contoso.com", "serviceResourceId": 7},
        {"email": "ann", "serviceResourceId": "0Hn1"},
        {"serviceResourceId": "0Hn2"},
        {"email": " attendee1@contoso.com "},
    ]);
    let answer = caller.availability(FROM, TO, &entries).await;
    let busy = json!([{"timeMin": "2026-05-04T09:00:00Z", "timeMax": "2026-05-04T10:00:00Z"}]);
    let row = |email: &str, code: &str, slots: &Value| json!({"email": email, "errorCode": code, "unavailableTimeslots": slots});
    let none = json!([]);
    let resource =
        |id: &str| json!({"serviceResourceId": id, "errorCode": "InvalidRequest", "unavailableTimeslots": []});
    let expected = json!([
        row(ORGANIZER, "NoError", &busy),
        row(" ann@ ", "InvalidRequest", &none),
        row("", "InvalidRequest", &none),
        row("", "InvalidRequest", &none),
        row("", "InvalidRequest", &none),
        row("", "InvalidRequest", &none),
        row("", "InvalidRequest", &none),
        row("nobody@contoso.com", "ErrorMailRecipientNotFound", &none),
        row("attendee1@contoso.com", "InvalidRequest", &none),
        resource("0Hn1"),
        resource("0Hn2"),
        row("attendee1@contoso.com", "NoError", &busy),
    ]);
    assert_eq!(answer.expect_ok(), expected);
    // Also if it understands none, and for texts that are not Unicode.
    product.simulator().clear_journal().await;
    let path = format!("/api/salesforce/scheduler/availability?from={FROM}&to={TO}");
    let answer = caller.send(Method::POST, &path, r#"[{"email": "\ud800"}, {"email": "a", "email": "b"}]"#).await;
    assert_eq!(answer.expect_ok(), json!([row("", "InvalidRequest", &none), row("", "InvalidRequest", &none)]));
    assert!(product.simulator().requests().await.is_empty(), "bad input reached Microsoft");
}

#[tokio::test]
async fn it_fails_as_a_whole_without_a_list_a_window_or_a_limit() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    for body in [json!({"email": ORGANIZER}), json!("x"), json!(7), Value::Null] {
        caller.availability(FROM, TO, &body).await.expect(400, "InvalidRequest");
    }
    let refused = caller.availability("", "soon", &json!([{"email": "x"}])).await;
    let fields: Vec<_> = messages(&refused).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["from", "to"]);
    let many = json!(vec![7; 1001]);
    assert_message(&caller.availability(FROM, TO, &many).await, "body", "must have at most 1000 entries");
    assert!(product.simulator().requests().await.is_empty(), "bad input reached Microsoft");
}

#[tokio::test]
async fn a_new_appointment_is_created_for_the_mailboxes_that_are_understood() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    let mut appointment =
        lightning::appointment("a", &["attendee1@contoso.com", "attendee2@", "attendee3@contoso.com"]);
    appointment["attendees"]
        .as_array_mut()
        .expect("a list")
        .extend([json!({"email": "attendee4@contoso.com"}), json!(7)]);
    let expected = rows(&[
        (ORGANIZER, "NoError"),
        ("attendee1@contoso.com", "NoError"),
        ("attendee2@", "InvalidRequest"),
        ("attendee3@contoso.com", "NoError"),
        ("attendee4@contoso.com", "InvalidRequest"),
        ("", "InvalidRequest"),
    ]);
    for _ in 0..2 {
        assert_eq!(caller.create_appointments(&appointment).await.expect_ok(), json!(expected));
    }
    // The repeat with the corrected address creates what is missing, without the other mailboxes.
    let corrected = lightning::appointment("a", &["attendee2@contoso.com"]);
    let expected = rows(&[(ORGANIZER, "NoError"), ("attendee2@contoso.com", "NoError")]);
    assert_eq!(caller.create_appointments(&corrected).await.expect_ok(), json!(expected));
    for name in ["organizer", "attendee1", "attendee2", "attendee3"] {
        outlook.only_event(&format!("{name}@contoso.com")).await;
    }
    assert!(outlook.events("attendee4@contoso.com").await.is_empty());
    // What is no entry of the list makes the whole request invalid.
    let refused = caller.create_appointments(&json!({"id": "b", "attendees": [7], "organizerEmail": "x"})).await;
    let fields: Vec<_> = messages(&refused).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["organizerEmail", "body", "subject", "location", "startTime", "endTime"]);
}

#[tokio::test]
async fn an_update_with_an_entry_that_is_not_understood_changes_nothing() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    let people = ["attendee1@contoso.com", "attendee2@contoso.com"];
    caller.create_appointments(&lightning::appointment("a", &people)).await.expect_ok();
    let mut changed = lightning::appointment("a", &["attendee1@contoso.com", "attendee2@contoso"]);
    changed["subject"] = json!("Changed");
    changed["attendees"][1]["email"] = json!("attendee2@");
    let refused = caller.update_appointments(&changed).await;
    assert_message(&refused, "new.attendees[1].email", "must be a mail address");
    for name in ["organizer", "attendee1", "attendee2"] {
        let event = outlook.only_event(&format!("{name}@contoso.com")).await;
        assert_eq!(event["subject"], "Quarterly review", "{name}");
    }
}

#[tokio::test]
async fn a_delete_answers_for_every_entry_and_deletes_every_copy() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    let people = ["attendee1@contoso.com", "attendee2@contoso.com"];
    for query in ["", "?attendees=attendee1@contoso.com,attendee2@"] {
        caller.create_appointments(&lightning::appointment("a", &people)).await.expect_ok();
        let mut body = json!({"id": "a", "organizerEmail": ORGANIZER});
        let mut expected =
            rows(&[(ORGANIZER, "NoError"), ("attendee1@contoso.com", "NoError"), ("attendee2@", "InvalidRequest")]);
        if query.is_empty() {
            body["attendees"] = json!(["attendee1@contoso.com", {"email": "attendee2@"}, 7, {}]);
            expected.extend(rows(&[("", "InvalidRequest"), ("", "InvalidRequest")]));
        }
        let answer = caller.send(Method::DELETE, &format!("{POSTBACK}{query}"), body.to_string()).await;
        assert_eq!(answer.expect_ok(), json!(expected));
        for name in ["organizer", "attendee1", "attendee2"] {
            assert!(outlook.events(&format!("{name}@contoso.com")).await.is_empty(), "{name}");
        }
    }
}

//! Updates: what is omitted stays.

use convene_tests::{Product, samples};
use serde_json::{Value, json};

use super::change;

const ORGANIZER: &str = samples::ORGANIZER;

#[tokio::test]
async fn one_field_changes_and_the_others_stay() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let outlook = product.outlook("contoso").await;
    let invitation = outlook.only_event("attendee1@contoso.com").await;
    outlook.respond("attendee1@contoso.com", &invitation, "accept").await;
    let mut expected = caller.get("m", ORGANIZER).await.expect_ok();
    for (field, value) in [
        ("subject", json!("Another subject")),
        ("body", json!("Another body\nof two lines")),
        ("location", json!("Another room")),
        ("attendees", json!([{"email": "attendee1@contoso.com", "isRequired": "false"}])),
        // A new time asks for new answers, so it comes last.
        ("endTime", json!("2026-05-04T12:30:00Z")),
        ("startTime", json!("2026-05-04T08:15:00Z")),
    ] {
        caller.update(&change("m", &json!({field: value}))).await.expect(200, "NoError");
        expected[field] = value;
        if field == "attendees" {
            expected[field][0]["response"] = json!("Accepted");
        } else if field.ends_with("Time") {
            expected["attendees"][0]["response"] = json!("NoResponseReceived");
        }
        assert_eq!(caller.get("m", ORGANIZER).await.expect_ok(), expected, "{field}");
    }
    assert!(outlook.events("attendee2@contoso.com").await.is_empty());
    outlook.only_event(ORGANIZER).await;
}

#[tokio::test]
async fn null_keeps() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let before = caller.get("m", ORGANIZER).await.expect_ok();
    let mut nulls = json!({"subject": "New"});
    for field in ["body", "location", "attendees", "startTime", "endTime", "salesforceCorrelationId"] {
        nulls[field] = Value::Null;
    }
    caller.update(&change("m", &nulls)).await.expect(200, "NoError");
    let mut expected = before;
    expected["subject"] = json!("New");
    assert_eq!(caller.get("m", ORGANIZER).await.expect_ok(), expected);
}

#[tokio::test]
async fn attendees_replace_the_list_even_by_nobody() {
    let product = Product::start().await;
    let (simulator, caller) = (product.simulator(), product.contoso().await);
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let attendees = json!([{"email": "attendee3@contoso.com", "isRequired": true}]);
    caller.update(&change("m", &json!({"attendees": attendees}))).await.expect(200, "NoError");
    let outlook = product.outlook("contoso").await;
    for (email, count) in [("attendee1", 0), ("attendee2", 0), ("attendee3", 1)] {
        assert_eq!(outlook.events(&format!("{email}@contoso.com")).await.len(), count, "{email}");
    }
    caller.update(&change("m", &json!({"attendees": []}))).await.expect(200, "NoError");
    assert_eq!(caller.get("m", ORGANIZER).await.expect_ok()["attendees"], json!([]));
    let mut told: Vec<_> =
        simulator.mails().await.into_iter().filter(|(kind, _)| kind == "cancellation").map(|(_, to)| to).collect();
    told.sort();
    assert_eq!(told, ["attendee1@contoso.com", "attendee2@contoso.com", "attendee3@contoso.com"]);
}

#[tokio::test]
async fn nothing_to_change_does_not_reach_microsoft() {
    let product = Product::start().await;
    let (simulator, caller) = (product.simulator(), product.contoso().await);
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    simulator.clear_journal().await;
    for nothing in
        [json!({}), json!({"subject": null, "attendees": null}), json!({"salesforceCorrelationId": "x", "more": 1})]
    {
        let answer = caller.update(&change("m", &nothing)).await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (200, r#"{"email":"organizer@contoso.com","errorCode":"NoError"}"#)
        );
    }
    assert!(simulator.requests().await.is_empty());
    caller.update(&change("unknown", &json!({}))).await.expect(404, "MeetingNotFound");
}

#[tokio::test]
async fn another_organizer_has_no_such_meeting() {
    let product = Product::start().await;
    let (simulator, caller) = (product.simulator(), product.contoso().await);
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    simulator.clear_journal().await;
    for other in ["attendee1@contoso.com", "nobody@contoso.com", "organizer@fabrikam.com"] {
        let update = json!({"id": "m", "organizerEmail": other, "subject": "Mine"});
        let answer = caller.update(&update).await.expect(404, "MeetingNotFound");
        assert_eq!(answer.json()["email"], other);
        caller.get("m", other).await.expect(404, "MeetingNotFound");
        caller.delete("m", other).await.expect(404, "MeetingNotFound");
    }
    assert!(simulator.requests().await.is_empty());
    assert_eq!(caller.get("m", ORGANIZER).await.expect_ok()["subject"], "Quarterly review");
}

#[tokio::test]
async fn what_is_sent_is_sent_on_though_it_is_as_it_was() {
    let product = Product::start().await;
    let (simulator, caller) = (product.simulator(), product.contoso().await);
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    for _ in 0..2 {
        simulator.clear_journal().await;
        caller.update(&change("m", &json!({"subject": "Quarterly review"}))).await.expect(200, "NoError");
        assert_eq!(simulator.operations().await, ["update_event"]);
    }
}

#[tokio::test]
async fn updates_of_one_meeting_may_come_together() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let (location, subject) = (change("m", &json!({"location": "Hall"})), change("m", &json!({"subject": "Both"})));
    let (one, other) = tokio::join!(caller.update(&location), caller.update(&subject));
    one.expect(200, "NoError");
    other.expect(200, "NoError");
    let shown = caller.get("m", ORGANIZER).await.expect_ok();
    assert_eq!((&shown["location"], &shown["subject"]), (&json!("Hall"), &json!("Both")));
}

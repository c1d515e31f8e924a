//! Configurations: stored as they were sent, validated when they are written.

use convene_tests::{
    Product,
    nylas::{Nylas, configuration},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{ORGANIZER, expect_error};

#[tokio::test]
async fn a_configuration_is_returned_as_it_was_sent() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let sent = json!({
        "id": "0e4d3b6e-45f4-4cdb-9d55-1f5c9d6a8a11", "version": "1.0.0", "name": null, "slug": "Meet-Nylas",
        "requires_session_auth": null, "appearance": {"color": "#123456"},
        "participants": [
            {"email": ORGANIZER, "is_organizer": true, "availability": {"calendar_ids": ["primary"], "open_hours": []},
             "booking": {"calendar_id": ORGANIZER}, "specific_time_availability": [], "unknown": {"kept": [1]}},
            {"email": "assistant@example.com"},
        ],
        "availability": {"duration_minutes": 20, "interval_minutes": 20, "round_to": 20, "availability_rules": {
            "round_robin_group_id": "", "buffer": {"before": 0, "after": 0},
            "default_open_hours": [{"days": [5], "start": "09:13", "end": "17:00", "timezone": "US/Samoa", "exdates": null}]}},
        "event_booking": {"title": "T", "conferencing": null, "hide_participants": null, "reminders": []},
        "scheduler": {"min_booking_notice": null, "additional_fields": {"company": {"label": "Company"}}},
    });
    let created = nylas.system(Method::POST, &nylas.configurations(), Some(&sent)).await.expect_ok();
    let data = &created["data"];
    assert_eq!(data["id"], sent["id"]);
    let path = format!("{}/{}", nylas.configurations(), data["id"].as_str().expect("an id"));
    for field in ["slug", "appearance", "availability", "event_booking"] {
        assert_eq!(data[field], sent[field], "{field}");
    }
    assert_eq!(data["participants"][0]["unknown"], json!({"kept": [1]}));
    assert_eq!(
        data["participants"][1],
        json!({"email": "assistant@example.com", "availability": null, "booking": null})
    );
    let field = json!({"label": "Company", "type": "text", "required": false});
    assert_eq!(data["scheduler"]["additional_fields"]["company"], field);

    // PUT replaces what is sent, and keeps the rest.
    let change = json!({"id": "other", "version": "9", "name": "Sales", "scheduler": {"min_booking_notice": 5}});
    let changed = nylas.system(Method::PUT, &path, Some(&change)).await.expect_ok();
    assert_eq!((&changed["data"]["id"], &changed["data"]["name"]), (&sent["id"], &json!("Sales")));
    assert_eq!(changed["data"]["scheduler"], json!({"min_booking_notice": 5}));
    assert_eq!(changed["data"]["availability"], sent["availability"]);
    let read = nylas.system(Method::GET, &path, None).await.expect_ok();
    assert_eq!(read["data"], changed["data"]);
    nylas.system(Method::DELETE, &path, None).await.expect_ok();
    expect_error(&nylas.system(Method::GET, &path, None).await, 404, "not_found_error");
    product.stop().await;
}

/// The vendor's document has no null for it, and no client needs the key.
#[tokio::test]
async fn a_name_that_was_not_sent_is_not_in_the_answer() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let sent = configuration(&[ORGANIZER]);
    let created = nylas.system(Method::POST, &nylas.configurations(), Some(&sent)).await.expect_ok();
    let data = created["data"].as_object().expect("a configuration");
    assert!(!data.contains_key("name"), "{data:?}");
    assert_eq!((&data["slug"], &data["requires_session_auth"]), (&Value::Null, &json!(false)));
    product.stop().await;
}

#[tokio::test]
async fn what_cannot_be_booked_is_refused_with_every_field() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let mut wrong = configuration(&[ORGANIZER]);
    wrong["availability"] = json!({"duration_minutes": 0, "round_to": 7, "availability_rules": {
        "availability_method": "fastest", "buffer": {"before": 121}, "default_open_hours": [{"days": [7], "start": "9", "end": "10:00"}]}});
    wrong["event_booking"] =
        json!({"timezone": "Mars/Base", "conferencing": {"provider": "Zoom Meeting", "autocreate": {}}});
    wrong["scheduler"] =
        json!({"rescheduling_url": "javascript:alert(1)", "additional_fields": {"a": {"pattern": "(?=a)"}}});
    let answer = nylas.system(Method::POST, &nylas.configurations(), Some(&wrong)).await;
    let message = expect_error(&answer, 400, "invalid_request_error");
    for field in [
        "availability.duration_minutes",
        "availability.round_to",
        "availability_rules.availability_method",
        "buffer.before",
        "default_open_hours[0].start",
        "event_booking.title",
        "event_booking.timezone",
        "conferencing.provider",
        "scheduler.rescheduling_url",
        "additional_fields.a.pattern",
    ] {
        assert!(message.contains(field), "{field}: {message}");
    }
    for (change, problem) in [
        (json!({"type": "group"}), "type"),
        (json!({"participants": []}), "participants"),
        (json!({"participants": [{"email": ORGANIZER, "is_organizer": true}]}), "participants"),
        (json!({"participants": null}), "participants"),
        (json!({"id": "x"}), "id"),
    ] {
        let mut sent = configuration(&[ORGANIZER]);
        sent.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        let answer = nylas.system(Method::POST, &nylas.configurations(), Some(&sent)).await;
        assert!(expect_error(&answer, 400, "invalid_request_error").contains(problem), "{change}");
    }
    let nobody = configuration(&["nobody@contoso.com"]);
    let answer = nylas.system(Method::POST, &nylas.configurations(), Some(&nobody)).await;
    assert!(expect_error(&answer, 400, "invalid_request_error").contains("mailboxes of this organization"));
    let mut calendar = configuration(&[ORGANIZER]);
    calendar["participants"][0]["availability"]["calendar_ids"] = json!(["primary", "no-such-calendar"]);
    let answer = nylas.system(Method::POST, &nylas.configurations(), Some(&calendar)).await;
    assert!(expect_error(&answer, 400, "invalid_request_error").contains("calendars that exist"));
    product.stop().await;
}

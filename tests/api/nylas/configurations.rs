//! Configurations: stored as they were sent, validated when they are written.

use convene_tests::{
    DynamoProxy, Operator, Product, Step, When, events,
    nylas::{Nylas, configuration},
};
use futures_util::future::join;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ORGANIZER, expect_error};

/// The id of the events' samples.
const ID: &str = "0e4d3b6e-45f4-4cdb-9d55-1f5c9d6a8a11";

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

/// The caller did not get the first answer.
#[tokio::test]
async fn a_repeat_with_an_id_gives_the_configuration_that_exists() {
    let product = Product::start().await;
    let (nylas, other) = (Nylas::of(&product, "contoso"), Nylas::of(&product, "fabrikam"));
    let mut sent = configuration(&[ORGANIZER]);
    sent["id"] = json!(ID);
    sent["slug"] = json!("intro");
    let create = async |body: &Value| nylas.system(Method::POST, &nylas.configurations(), Some(body)).await;
    let first = create(&sent).await.expect_ok();
    assert_eq!(create(&sent).await.expect_ok()["data"], first["data"]);
    let mut another = sent.clone();
    another["name"] = json!("another");
    let refused = create(&another).await;
    assert!(expect_error(&refused, 400, "invalid_request_error").contains("id must be another one"));
    let path = format!("/v3/grants/{}/scheduling/configurations", super::OTHERS[0]);
    expect_error(&nylas.system(Method::POST, &path, Some(&sent)).await, 400, "invalid_request_error");
    let mut foreign = configuration(&["organizer@fabrikam.com"]);
    foreign["id"] = json!(ID);
    let answer = other.system(Method::POST, &other.configurations(), Some(&foreign)).await;
    expect_error(&answer, 400, "invalid_request_error");
    let listed = nylas.system(Method::GET, &nylas.configurations(), None).await.expect_ok();
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1), "{listed}");

    // Without an id, the slug is what keeps a second one away.
    sent.as_object_mut().expect("an object").remove("id");
    expect_error(&create(&sent).await, 400, "invalid_request_error");
    sent.as_object_mut().expect("an object").remove("slug");
    let two = [create(&sent).await.expect_ok(), create(&sent).await.expect_ok()];
    assert_ne!(two[0]["data"]["id"], two[1]["data"]["id"]);
    product.stop().await;
}

/// A PUT is held before each of its writes, while another one of another field is faster.
#[tokio::test]
async fn a_change_that_loses_against_others_is_merged_again() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let mut sent = configuration(&[ORGANIZER]);
    sent["id"] = json!(ID);
    nylas.configure(&sent).await;
    let path = format!("{}/{ID}", nylas.configurations());
    let proxy = DynamoProxy::start(&product.ready().dynamodb, product.http().clone()).await;
    let slow = Operator::of(&product).with("AWS_ENDPOINT_URL_DYNAMODB", &proxy.url());
    let mut event = events::sample("replace-configuration");
    event["headers"]["authorization"] = json!(format!("Bearer {}", nylas.key));
    for (rivals, status) in [(3, 200), (4, 503)] {
        event["body"] = json!(json!({"name": format!("after {rivals}")}).to_string());
        let mut held: Vec<_> = (0..rivals).map(|_| proxy.hold(ID, Step::Transact, When::Before)).collect();
        let faster = async {
            for (rival, held) in held.iter_mut().enumerate() {
                held.reached().await;
                let change = json!({"appearance": {"rivals": rivals, "last": rival}});
                nylas.system(Method::PUT, &path, Some(&change)).await.expect_ok();
                held.release();
            }
        };
        let (answer, ()) = join(slow.call("replace-configuration", &event), faster).await;
        assert_eq!(answer.status, status, "{answer:?}");
        let read = nylas.system(Method::GET, &path, None).await.expect_ok();
        assert_eq!(read["data"]["appearance"], json!({"rivals": rivals, "last": rivals - 1}));
        assert_eq!(read["data"]["name"], "after 3", "the change that gave up has changed nothing");
    }

    // It is deleted meanwhile.
    let mut held = proxy.hold(ID, Step::Transact, When::Before);
    let faster = async {
        held.reached().await;
        nylas.system(Method::DELETE, &path, None).await.expect_ok();
        held.release();
    };
    let (answer, ()) = join(slow.call("replace-configuration", &event), faster).await;
    expect_error(&answer, 404, "not_found_error");
    product.stop().await;
}

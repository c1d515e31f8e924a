//! Limits for callers without an API key.

use chrono::Utc;
use convene::domain::sha256_hex;
use convene_tests::{
    Answer,
    nylas::{booking, configuration, midnight},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Fixture, ORGANIZER, OTHERS, expect_error};

/// Where the tests' requests come from.
const SOURCE: &str = "127.0.0.1";
const CHANGES: [(&str, u64); 3] = [("change", 300), ("change-guest", 20), ("change-source", 60)];
const QUESTIONS: [(&str, u64); 2] = [("question", 6000), ("question-source", 1200)];

impl Fixture {
    /// The keys of a counter, in this hour and the next, which may begin meanwhile.
    fn counters(kind: &str, subject: &str) -> [Value; 2] {
        let hour = Utc::now().timestamp() / 3600;
        [hour, hour + 1].map(|hour| json!({"pk": {"S": format!("@rate#{kind}#{subject}#{hour}")}, "sk": {"S": "-"}}))
    }

    /// So many have been counted.
    async fn set(&self, kind: &str, subject: &str, count: u64) {
        let table = &self.product.environment()["BOOKINGS_TABLE"];
        for mut item in Self::counters(kind, subject) {
            item["count"] = json!({"N": count.to_string()});
            item["v"] = json!({"N": "1"});
            let put = json!({"TableName": table, "Item": item});
            self.product.aws("dynamodb", "DynamoDB_20120810.PutItem", &put).await;
        }
    }

    /// How many have been counted, in the hour that has the most.
    async fn count(&self, kind: &str, subject: &str) -> u64 {
        let table = &self.product.environment()["BOOKINGS_TABLE"];
        let mut most = 0;
        for key in Self::counters(kind, subject) {
            let get = json!({"TableName": table, "Key": key});
            let found = self.product.aws("dynamodb", "DynamoDB_20120810.GetItem", &get).await;
            most = most.max(found["Item"]["count"]["N"].as_str().map_or(0, |text| text.parse().expect("a number")));
        }
        most
    }

    /// What is counted under a kind, for the configuration, jane and the source of the tests.
    fn subject(&self, kind: &str) -> String {
        match kind {
            "change" | "question" => self.configuration.clone(),
            "change-guest" => self.hashed("jane@example.com"),
            _ => self.hashed(SOURCE),
        }
    }

    /// What is counted of a person or a source.
    fn hashed(&self, of: &str) -> String {
        sha256_hex(format!("{} {of}", self.configuration).as_bytes())
    }

    fn path(&self, booking: &str) -> String {
        format!("/v3/scheduling/bookings/{booking}?configuration_id={}", self.configuration)
    }
}

/// Asserts the refusal of a limit.
#[track_caller]
fn expect_limit(answer: &Answer) {
    expect_error(answer, 429, "rate_limit_error");
    let wait: u64 = answer.header("retry-after").and_then(|wait| wait.parse().ok()).expect("seconds");
    assert!((1..=3600).contains(&wait), "{answer:?}");
}

#[tokio::test]
async fn each_limit_of_bookings_holds_for_all_but_the_tenants_own_system() {
    let fixture = Fixture::start().await;
    let nylas = &fixture.nylas;
    let outlook = fixture.product.outlook("contoso").await;
    let start = midnight(3);
    for ((kind, max), day) in CHANGES.into_iter().zip(0..) {
        let start = start + day * 86_400;
        let subject = fixture.subject(kind);
        fixture.set(kind, &subject, max - 1).await;
        nylas.book(&fixture.configuration, &booking("jane", start)).await.expect_ok();
        let before = outlook.events(ORGANIZER).await.len();
        let refused = nylas.book(&fixture.configuration, &booking("jane", start + 1800)).await;
        expect_limit(&refused);
        assert_eq!(outlook.events(ORGANIZER).await.len(), before, "{kind}");
        // The time is still free, and an API key takes it.
        let path = format!("/v3/scheduling/bookings?configuration_id={}", fixture.configuration);
        nylas.system(Method::POST, &path, Some(&booking("jane", start + 1800))).await.expect_ok();
        assert_eq!(fixture.count(kind, &subject).await, max + 1, "{kind}");
        fixture.set(kind, &subject, 0).await;
    }
    fixture.product.stop().await;
}

#[tokio::test]
async fn a_refused_change_of_a_booking_changes_nothing() {
    let fixture = Fixture::start().await;
    let nylas = &fixture.nylas;
    let start = midnight(3);
    let booked = nylas.book(&fixture.configuration, &booking("jane", start)).await.expect_ok();
    let id = booked["data"]["booking_id"].as_str().expect("an id");
    let outlook = fixture.product.outlook("contoso").await;
    let event = outlook.only_event(ORGANIZER).await;
    for kind in ["change", "change-source"] {
        fixture.set(kind, &fixture.subject(kind), 300).await;
        let moved = json!({"start_time": start + 1800, "end_time": start + 3600});
        expect_limit(&nylas.guest(Method::PATCH, &fixture.path(id), Some(&moved)).await);
        fixture.set(kind, &fixture.subject(kind), 0).await;
    }
    assert_eq!(outlook.only_event(ORGANIZER).await, event);
    // A session is a page's, too.
    let request = json!({"configuration_id": fixture.configuration});
    let session = nylas.system(Method::POST, "/v3/scheduling/sessions", Some(&request)).await.expect_ok();
    let session = session["data"]["session_id"].as_str().expect("a session").to_owned();
    fixture.set("change", &fixture.configuration, 300).await;
    let path = format!("/v3/scheduling/bookings/{id}");
    let moved = json!({"start_time": start + 1800, "end_time": start + 3600});
    expect_limit(&nylas.send(Method::PATCH, &path, Some(&session), Some(&moved)).await);
    // A booking can be given back only once, which needs no limit.
    nylas.send(Method::DELETE, &path, Some(&session), None).await.expect_ok();
    fixture.product.stop().await;
}

#[tokio::test]
async fn each_limit_of_questions_holds_for_all_but_the_tenants_own_system() {
    let fixture = Fixture::start().await;
    let nylas = &fixture.nylas;
    let start = midnight(3);
    for (kind, max) in QUESTIONS {
        let subject = fixture.subject(kind);
        fixture.set(kind, &subject, max - 1).await;
        let list = async || nylas.availability(&fixture.configuration, start, start + 3600).await;
        list().await.expect_ok();
        fixture.product.simulator().clear_journal().await;
        expect_limit(&list().await);
        let settings = format!("/v3/scheduling/ui-settings?configuration_id={}", fixture.configuration);
        expect_limit(&nylas.guest(Method::GET, &settings, None).await);
        expect_limit(&nylas.guest(Method::GET, &fixture.path("00000000-0000-4000-8000-000000000000"), None).await);
        assert_eq!(fixture.product.simulator().journal().await, Vec::<Value>::new(), "Microsoft is not asked");
        nylas.system(Method::GET, &settings, None).await.expect_ok();
        fixture.set(kind, &subject, 0).await;
    }
    fixture.product.stop().await;
}

#[tokio::test]
async fn a_header_names_no_other_source() {
    let fixture = Fixture::start().await;
    fixture.set("change-source", &fixture.hashed(SOURCE), 60).await;
    let url = format!("{}/v3/scheduling/bookings?configuration_id={}", fixture.product.api(), fixture.configuration);
    for (header, value) in [
        ("x-forwarded-for", "203.0.113.7"),
        ("forwarded", "for=203.0.113.7"),
        ("x-real-ip", "203.0.113.7"),
        ("cf-connecting-ip", "203.0.113.7"),
    ] {
        let request = fixture.product.http().post(&url).header(header, value).json(&booking("jane", midnight(3)));
        expect_limit(&Answer::read(request.send().await.expect("an answer")).await);
    }
    assert_eq!(fixture.count("change-source", &fixture.hashed("203.0.113.7")).await, 0);
    fixture.product.stop().await;
}

#[tokio::test]
async fn everybody_whom_a_request_invites_is_counted_without_tags_and_case() {
    let fixture = Fixture::start().await;
    let nylas = &fixture.nylas;
    let (jane, joe) = (fixture.hashed("jane@example.com"), fixture.hashed("joe@example.com"));
    let start = midnight(3);
    let invite = |guest: &str, others: &[&str], start: i64| {
        let mut request = booking("x", start);
        request["guest"] = json!({"name": "Somebody", "email": guest});
        let others: Vec<_> = others.iter().map(|email| json!({"name": "Somebody", "email": email})).collect();
        request["additional_guests"] = json!(others);
        request
    };
    // One mailbox counts once a request.
    let first = invite("Jane+work@Example.com", &["joe@example.com", "JOE+a@example.com"], start);
    let booked = nylas.book(&fixture.configuration, &first).await.expect_ok();
    assert_eq!((fixture.count("change-guest", &jane).await, fixture.count("change-guest", &joe).await), (1, 1));
    fixture.set("change-guest", &joe, 20).await;
    let second = invite("ann@example.com", &["joe+1@example.com"], start + 1800);
    expect_limit(&nylas.book(&fixture.configuration, &second).await);
    let id = booked["data"]["booking_id"].as_str().expect("an id");
    let change = json!({
        "start_time": start + 1800, "end_time": start + 3600,
        "additional_guests": [{"name": "Joe", "email": "joe+2@example.com"}],
    });
    expect_limit(&nylas.guest(Method::PATCH, &fixture.path(id), Some(&change)).await);
    nylas.system(Method::PATCH, &fixture.path(id), Some(&change)).await.expect_ok();
    fixture.product.stop().await;
}

#[tokio::test]
async fn nobody_uses_up_the_limit_of_others_with_refused_requests() {
    let fixture = Fixture::start().await;
    let nylas = &fixture.nylas;
    let other = nylas.configure(&configuration(&[OTHERS[0]])).await;
    let source = fixture.subject("change-source");
    fixture.set("change-source", &source, 60).await;
    for _ in 0..3 {
        expect_limit(&nylas.book(&fixture.configuration, &booking("jane", midnight(3))).await);
    }
    assert_eq!(fixture.count("change", &fixture.configuration).await, 0);
    assert_eq!(fixture.count("change-guest", &fixture.subject("change-guest")).await, 0);
    assert_eq!(fixture.count("change-source", &source).await, 63);
    // Another configuration counts for itself.
    nylas.book(&other, &booking("jane", midnight(3))).await.expect_ok();
    fixture.product.stop().await;
}

#[tokio::test]
async fn slugs_cannot_be_tried_out() {
    let fixture = Fixture::start().await;
    let nylas = &fixture.nylas;
    let mut wanted = configuration(&[ORGANIZER]);
    wanted["slug"] = json!("known");
    nylas.configure(&wanted).await;
    let ask = async |slug: &str| {
        let path = format!("/v3/scheduling/ui-settings?slug={slug}&client_id={}", nylas.client_id);
        nylas.guest(Method::GET, &path, None).await
    };
    expect_error(&ask("unknown").await, 404, "not_found_error");
    fixture.set("question-source", &sha256_hex(format!("contoso {SOURCE}").as_bytes()), 1200).await;
    expect_limit(&ask("unknown").await);
    ask("known").await.expect_ok();
    fixture.product.stop().await;
}

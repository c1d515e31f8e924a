//! Field cases over HTTP: what people who use scheduling services reported. The clock stands at the time of each case.
//!
//! Cases about times only are data, which the slot engine's suite runs too. Each of the others is a test that has the case's name.
//! What is decided otherwise than the case expects is in decision 0025.

mod answers;
mod hosts;
mod invitations;
mod pages;
mod rivals;
mod slots;

use std::collections::BTreeMap;

use convene_tests::{Answer, Outlook, Product, StoppedClock, nylas::Nylas};
use reqwest::Method;
use serde_json::{Value, json};

const CASES: [&str; 39] = [
    "across-midnight-joined",
    "additional-fields",
    "additional-guests",
    "buffer-not-at-day-edge",
    "buffer-short-gap",
    "buffer-sides",
    "cancel-notice",
    "cors-preflight",
    "declined-and-cancelled",
    "default-hours-zone-conflict",
    "default-interval-8-30",
    "dst-spring-gap",
    "duration-not-interval",
    "editor-empty-lists",
    "email-and-page-zone",
    "interval-longer-than-duration",
    "kolkata-hour-grid",
    "lord-howe-start",
    "max-fairness-half",
    "midnight-end-2359",
    "midnight-gap-cairo",
    "notice-must-not-move-the-grid",
    "notice-null-is-60",
    "notice-odd-minute",
    "old-zone-names",
    "override-off-the-grid",
    "pagination",
    "race-two-configurations",
    "real-config-0913-round-20",
    "round-robin-without-participants",
    "slug-rules",
    "specific-dates",
    "start-after-odd-meeting",
    "status-map",
    "title-tokens",
    "ui-settings-contract",
    "weekday-of-block-zone",
    "window-edges",
    "zero-length-event",
];
const SOURCES: [&str; 6] = [
    include_str!("answers.rs"),
    include_str!("hosts.rs"),
    include_str!("invitations.rs"),
    include_str!("pages.rs"),
    include_str!("rivals.rs"),
    include_str!("slots.rs"),
];

#[test]
fn every_case_is_tested_once() {
    let mut tested = BTreeMap::<String, usize>::new();
    for id in slots::cases().iter().filter_map(|case| case["id"].as_str()) {
        *tested.entry(id.to_owned()).or_default() += 1;
    }
    for id in CASES {
        let test = format!("test]\n{{async}}fn {}()", id.replace('-', "_"));
        let tests = [test.replace("{async}", ""), test.replace("{async}", "async ")];
        let count: usize =
            SOURCES.iter().flat_map(|source| tests.iter().map(move |test| source.matches(test).count())).sum();
        *tested.entry(id.to_owned()).or_default() += count;
    }
    assert_eq!(tested, CASES.iter().map(|id| ((*id).to_owned(), 1)).collect());
}

/// The product at the time of a case.
struct Stage {
    product: Product,
    clock: StoppedClock,
    nylas: Nylas,
    outlook: Outlook,
}

impl Stage {
    async fn at(time: &str) -> Self {
        let clock = StoppedClock::at(time);
        let product = Product::start_with(clock.options()).await;
        let nylas = Nylas::of(&product, "contoso");
        let outlook = product.outlook("contoso").await;
        Self { product, clock, nylas, outlook }
    }

    /// Tries to create a configuration.
    async fn create(&self, configuration: &Value) -> Answer {
        self.nylas.system(Method::POST, &self.nylas.configurations(), Some(configuration)).await
    }

    /// A guest's request about a booking of a public configuration.
    async fn change(&self, method: Method, configuration: &str, booking: &str, body: Option<&Value>) -> Answer {
        let path = format!("/v3/scheduling/bookings/{booking}?configuration_id={configuration}");
        self.nylas.guest(method, &path, body).await
    }
}

/// A collective configuration of the organizer, or a round-robin of several: open on Mondays at these hours in UTC, without notice.
fn mondays(emails: &[&str], minutes: u32, start: &str, end: &str) -> Value {
    let is_round_robin = emails.len() > 1;
    let participants = emails.iter().map(|email| {
        json!({
            "email": email, "name": email.split('@').next(), "is_organizer": !is_round_robin,
            "availability": {"calendar_ids": ["primary"]}, "booking": {"calendar_id": "primary"},
        })
    });
    json!({
        "participants": participants.collect::<Vec<_>>(),
        "availability": {
            "duration_minutes": minutes, "interval_minutes": minutes,
            "availability_rules": {
                "availability_method": if is_round_robin { "max-availability" } else { "collective" },
                "default_open_hours": [{"days": [1], "start": start, "end": end, "timezone": "UTC"}],
            },
        },
        "event_booking": {"title": "Field case", "timezone": "UTC"},
        "scheduler": {"available_days_in_future": 500, "min_booking_notice": 0},
    })
}

/// A guest's request to book so many minutes.
fn request(name: &str, start: i64, minutes: i64) -> Value {
    let guest = json!({"name": name, "email": format!("{name}@example.com")});
    json!({"start_time": start, "end_time": start + minutes * 60, "guest": guest})
}

#[track_caller]
fn booking_id(answer: Answer) -> String {
    let body = answer.expect_ok();
    body["data"]["booking_id"].as_str().unwrap_or_else(|| panic!("no booking: {body}")).to_owned()
}

/// Sets the fields of `patch` in an object, level by level.
fn merge(object: &mut Value, patch: &Value) {
    match (object, patch) {
        (Value::Object(object), Value::Object(patch)) => {
            for (field, value) in patch {
                merge(object.entry(field).or_insert(Value::Null), value);
            }
        }
        (object, patch) => *object = patch.clone(),
    }
}

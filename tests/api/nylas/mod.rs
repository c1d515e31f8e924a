//! The Nylas v3 Scheduler API.

mod bookings;
mod configurations;
mod edge;
mod field_cases;
mod limits;
mod moves;
mod pending;
mod recent;
mod routes;
mod sessions;
mod teams;

use convene_tests::{
    Product,
    nylas::{Nylas, configuration},
};

/// The message of every time that cannot be booked.
const UNAVAILABLE: &str = "The selected timeslot is unavailable";
const ORGANIZER: &str = "organizer@contoso.com";
const OTHERS: [&str; 2] = ["attendee1@contoso.com", "attendee2@contoso.com"];

/// Asserts the documented error object and its headers.
#[track_caller]
fn expect_error(answer: &convene_tests::Answer, status: u16, kind: &str) -> String {
    assert_eq!(answer.status, status, "{answer:?}");
    let body = answer.json();
    assert_eq!(body["error"]["type"], kind, "{answer:?}");
    assert_eq!(body["request_id"].as_str(), answer.header("x-request-id"), "{answer:?}");
    answer.assert_shows_nothing_internal();
    body["error"]["message"].as_str().expect("a message").to_owned()
}

/// A product with one public configuration of the organizer.
struct Fixture {
    product: Product,
    nylas: Nylas,
    configuration: String,
}

impl Fixture {
    async fn start() -> Self {
        let product = Product::start().await;
        let nylas = Nylas::of(&product, "contoso");
        let configuration = nylas.configure(&configuration(&[ORGANIZER])).await;
        Self { product, nylas, configuration }
    }
}

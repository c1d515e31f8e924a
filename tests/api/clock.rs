//! What ends with time: the clock is put to the second before, and to the second at which.

use convene_tests::{
    Product, StoppedClock,
    nylas::{Nylas, booking, configuration},
    samples::ORGANIZER,
    seconds,
};
use reqwest::Method;
use serde_json::json;

const NOON: &str = "2027-01-31T12:00:00Z";
const NINE: &str = "2027-02-01T09:00:00Z";

async fn start() -> (StoppedClock, Product) {
    let clock = StoppedClock::at(NOON);
    let product = Product::start_with(clock.options()).await;
    (clock, product)
}

#[tokio::test]
async fn an_access_token_is_good_for_an_hour() {
    let (clock, product) = start().await;
    let caller = product.contoso().await;
    clock.set("2027-01-31T12:59:59Z");
    caller.get("m", ORGANIZER).await.expect(404, "MeetingNotFound");
    clock.set("2027-01-31T13:00:00Z");
    caller.get("m", ORGANIZER).await.expect(401, "Unauthorized");
    product.stop().await;
}

#[tokio::test]
async fn a_session_ends_and_lets_its_configuration_go() {
    let (clock, product) = start().await;
    let nylas = Nylas::of(&product, "contoso");
    let id = nylas.configure(&configuration(&[ORGANIZER])).await;
    let session = json!({"configuration_id": id, "time_to_live": 5});
    let session = nylas.system(Method::POST, "/v3/scheduling/sessions", Some(&session)).await.expect_ok();
    let session = session["data"]["session_id"].as_str();
    let ask = async || {
        let nine = seconds(NINE);
        let path = format!("/v3/scheduling/availability?start_time={nine}&end_time={}", nine + 1800);
        nylas.send(Method::GET, &path, session, None).await.status
    };
    let delete = async || nylas.system(Method::DELETE, &format!("{}/{id}", nylas.configurations()), None).await.status;
    clock.set("2027-01-31T12:04:59Z");
    assert_eq!((ask().await, delete().await), (200, 400));
    clock.set("2027-01-31T12:05:00Z");
    assert_eq!((ask().await, delete().await), (401, 200));
    product.stop().await;
}

#[tokio::test]
async fn a_request_is_a_repeat_for_ten_minutes_and_a_key_for_a_day() {
    let (clock, product) = start().await;
    let nylas = Nylas::of(&product, "contoso");
    let id = nylas.configure(&configuration(&[ORGANIZER])).await;
    let book = async |key: Option<&str>, start: &str| {
        let url = format!("{}/v3/scheduling/bookings?configuration_id={id}", product.api());
        let mut request = product.http().post(url).json(&booking("jane", seconds(start)));
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let answer = convene_tests::Answer::read(request.send().await.expect("an answer")).await;
        (answer.status, answer.json()["data"]["booking_id"].clone())
    };
    let plain = book(None, NINE).await;
    let ten = "2027-02-02T10:00:00Z";
    let keyed = book(Some("k"), ten).await;
    assert_eq!((plain.0, keyed.0), (200, 200));
    clock.set("2027-01-31T12:09:59Z");
    assert_eq!(book(None, NINE).await, plain);
    clock.set("2027-01-31T12:10:01Z");
    assert_eq!(book(None, NINE).await.0, 400);
    clock.set("2027-02-01T11:59:59Z");
    assert_eq!(book(Some("k"), ten).await, keyed);
    clock.set("2027-02-01T12:00:01Z");
    assert_eq!(book(Some("k"), ten).await.0, 400);
    product.stop().await;
}

#[tokio::test]
async fn a_guests_address_has_twenty_bookings_an_hour() {
    let (clock, product) = start().await;
    let nylas = Nylas::of(&product, "contoso");
    let id = nylas.configure(&configuration(&[ORGANIZER])).await;
    let book = async |name: usize| {
        let mut request = booking("jane", seconds(NINE));
        request["guest"]["name"] = json!(format!("Jane {name}"));
        nylas.book(&id, &request).await
    };
    clock.set("2027-01-31T12:40:00Z");
    for name in 0..20 {
        assert_eq!(book(name).await.status, if name == 0 { 200 } else { 400 }, "{name}");
    }
    let refused = book(20).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1200")), "{refused:?}");
    assert_eq!(refused.json()["error"]["type"], "rate_limit_error");
    clock.set("2027-01-31T12:59:59Z");
    assert_eq!(book(21).await.header("retry-after"), Some("1"));
    clock.set("2027-01-31T13:00:00Z");
    assert_eq!(book(22).await.status, 400);
    product.stop().await;
}

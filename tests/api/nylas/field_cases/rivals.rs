//! Two configurations of the same people, and guests who are late.

use convene_tests::seconds;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::{
    super::{ORGANIZER, UNAVAILABLE, expect_error},
    Stage, booking_id, mondays, request,
};

/// More than 60 changes an hour from one source address are refused.
const ROUNDS_AN_HOUR: i64 = 25;

#[tokio::test]
async fn race_two_configurations() {
    let stage = Stage::at("2027-01-31T12:00:00Z").await;
    let half = stage.nylas.configure(&mondays(&[ORGANIZER], 30, "9:00", "12:00")).await;
    let mut hour = mondays(&[ORGANIZER], 60, "9:00", "12:00");
    hour["availability"]["interval_minutes"] = json!(15);
    let hour = stage.nylas.configure(&hour).await;
    let [short, long] = ["2027-02-01T10:00:00Z", "2027-02-01T09:45:00Z"].map(seconds);
    let mut wins = [0, 0];
    for round in 0..50 {
        if round % ROUNDS_AN_HOUR == 0 {
            stage.clock.advance(60);
        }
        let (jane, joe) = (format!("jane{round}"), format!("joe{round}"));
        let requests = [(&half, request(&jane, short, 30)), (&hour, request(&joe, long, 60))];
        let answers = join_all(requests.iter().map(|(id, request)| stage.nylas.book(id, request))).await;
        let won = answers.iter().position(|answer| answer.status == 200).unwrap_or_else(|| panic!("{answers:?}"));
        assert!(expect_error(&answers[1 - won], 400, "invalid_request_error").starts_with(UNAVAILABLE), "{answers:?}");
        stage.outlook.only_event(ORGANIZER).await;
        wins[won] += 1;
        let booked = booking_id(answers[won].clone());
        let path = format!("/v3/scheduling/bookings/{booked}");
        stage.nylas.system(Method::DELETE, &path, None).await.expect_ok();
    }
    assert_eq!(wins[0] + wins[1], 50);
    stage.product.stop().await;
}

/// The buffers are those of the configuration that books.
#[tokio::test]
async fn a_buffer_binds_the_configuration_that_has_it() {
    let stage = Stage::at("2027-01-31T12:00:00Z").await;
    let mut buffered = mondays(&[ORGANIZER], 30, "9:00", "12:00");
    buffered["availability"]["availability_rules"]["buffer"] = json!({"before": 0, "after": 15});
    let buffered = stage.nylas.configure(&buffered).await;
    let plain = stage.nylas.configure(&mondays(&[ORGANIZER], 30, "9:00", "12:00")).await;
    let (ten, half_past) = (seconds("2027-02-01T10:00:00Z"), seconds("2027-02-01T10:30:00Z"));
    booking_id(stage.nylas.book(&buffered, &request("jane", ten, 30)).await);
    let refused = stage.nylas.book(&buffered, &request("joe", half_past, 30)).await;
    assert!(expect_error(&refused, 400, "invalid_request_error").starts_with(UNAVAILABLE));
    booking_id(stage.nylas.book(&plain, &request("joe", half_past, 30)).await);
    stage.product.stop().await;
}

#[tokio::test]
async fn cancel_notice() {
    let stage = Stage::at("2027-01-31T12:00:00Z").await;
    let mut strict = mondays(&[ORGANIZER], 60, "9:00", "13:00");
    strict["scheduler"]["min_cancellation_notice"] = json!(120);
    let id = stage.nylas.configure(&strict).await;
    let noon = seconds("2027-02-01T12:00:00Z");
    let booked = booking_id(stage.nylas.book(&id, &request("jane", noon, 60)).await);
    let event = stage.outlook.only_event(ORGANIZER).await;

    stage.clock.set("2027-02-01T10:00:01Z");
    let late = stage.change(Method::DELETE, &id, &booked, None).await;
    expect_error(&late, 400, "invalid_request_error");
    let hour_before = json!({"start_time": noon - 3600, "end_time": noon});
    let late = stage.change(Method::PATCH, &id, &booked, Some(&hour_before)).await;
    expect_error(&late, 400, "invalid_request_error");
    assert_eq!(stage.outlook.only_event(ORGANIZER).await, event);

    stage.clock.set("2027-02-01T10:00:00Z");
    let in_time = stage.change(Method::DELETE, &id, &booked, None).await.expect_ok();
    assert!(in_time["request_id"].is_string(), "{in_time}");
    assert!(stage.outlook.events(ORGANIZER).await.is_empty());
    stage.product.stop().await;
}

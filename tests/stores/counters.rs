//! Counters.

use chrono::TimeDelta;
use convene::{domain::parse_utc, store::Counter};
use convene_tests::{Trouble, When};
use futures_util::future::join_all;
use serde_json::json;

use crate::stage::Stage;

const BOOKINGS: Counter<'_> = Counter { kind: "booking", subject: "one" };
const ADDRESSES: Counter<'_> = Counter { kind: "address", subject: "one" };

#[tokio::test]
async fn each_counter_counts_on_its_own_and_anew_each_hour() {
    let stage = Stage::start().await;
    let now = parse_utc("2100-03-01T09:59:59Z").expect("a time");
    let other = Counter { subject: "two", ..BOOKINGS };
    let count = async |counters: &[Counter<'_>], now| stage.counters.count(counters, now).await.expect("counted");
    assert_eq!(count(&[], now).await, Vec::<u64>::new());
    assert_eq!(count(&[BOOKINGS], now).await, [1]);
    assert_eq!(count(&[other, BOOKINGS, ADDRESSES], now).await, [1, 2, 1]);
    assert_eq!(count(&[BOOKINGS, ADDRESSES], now + TimeDelta::seconds(1)).await, [1, 1]);
    assert_eq!(count(&[BOOKINGS, other], now - TimeDelta::minutes(59)).await, [3, 2]);
    let hour = now.timestamp() / 3600;
    let items = stage.items().await;
    assert_eq!(items.len(), 5);
    let item = items.iter().find(|item| item["pk"]["S"] == format!("@rate#booking#one#{hour}")).expect("an item");
    assert_eq!((&item["count"]["N"], &item["v"]["N"]), (&json!("3"), &json!("1")));
    assert_eq!(item["ttl"]["N"], ((hour + 3) * 3600).to_string(), "two hours after the hour's end");
}

#[tokio::test]
async fn what_is_taken_back_did_not_count() {
    let stage = Stage::start().await;
    let now = parse_utc("2100-03-01T09:00:00Z").expect("a time");
    let count = async || stage.counters.count(&[BOOKINGS, ADDRESSES], now).await.expect("counted");
    count().await;
    stage.counters.take_back(&[BOOKINGS], now).await.expect("taken back");
    assert_eq!(count().await, [1, 2]);
    // A repeat of the SDK may take twice: a count below zero is none.
    for _ in 0..3 {
        stage.counters.take_back(&[BOOKINGS], now).await.expect("taken back");
    }
    assert_eq!(count().await, [0, 3]);
}

#[tokio::test]
async fn counts_of_requests_at_once_are_all_different() {
    let stage = Stage::start().await;
    let now = parse_utc("2100-03-01T09:00:00Z").expect("a time");
    let counters = [BOOKINGS, ADDRESSES];
    let counts = join_all((0..30).map(|_| stage.counters.count(&counters, now))).await;
    let counts: Vec<_> = counts.into_iter().map(|counts| counts.expect("counted")).collect();
    for place in 0..2 {
        let mut each: Vec<_> = counts.iter().map(|counts| counts[place]).collect();
        each.sort_unstable();
        assert!(each.into_iter().eq(1..=30));
    }
}

#[tokio::test]
async fn a_lost_answer_may_count_twice_and_is_never_missed() {
    let stage = Stage::start().await;
    let now = parse_utc("2100-03-01T09:00:00Z").expect("a time");
    stage.proxy.weather_for(&[("UpdateItem", "rate")], 0, 50, vec![(When::After, Trouble::Lose)]);
    let mut last = 0;
    for _ in 0..3 {
        // Three lost answers are an error.
        let Ok(counts) = stage.counters.count(&[BOOKINGS], now).await else { continue };
        assert!(counts[0] > last);
        last = counts[0];
    }
    let struck = u64::try_from(stage.proxy.struck()).expect("a few");
    stage.proxy.calm_down();
    let count = stage.counters.count(&[BOOKINGS], now).await.expect("counted")[0];
    assert!(struck > 0 && count > last && count <= 4 + struck, "{struck} lost answers, {count} counted");
}

#[tokio::test]
async fn a_counter_that_a_newer_release_wrote_is_not_changed() {
    let stage = Stage::start().await;
    let now = parse_utc("2100-03-01T09:00:00Z").expect("a time");
    stage.counters.count(&[BOOKINGS], now).await.expect("counted");
    stage.set(&format!("@rate#booking#one#{}", now.timestamp() / 3600), "v", &json!({"N": "2"})).await;
    let before = stage.items().await;
    let error = stage.counters.count(&[BOOKINGS], now).await.expect_err("newer");
    assert!(error.is_definitive() && error.to_string().contains("newer than 1"), "{error}");
    assert_eq!(stage.items().await, before);
}

//! Instants: any zone in, UTC out.

use convene_tests::{Answer, Product, samples};
use reqwest::Method;
use serde_json::json;

use super::change;

const ORGANIZER: &str = samples::ORGANIZER;

#[tokio::test]
async fn times_come_in_any_zone_and_go_in_utc() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    for (n, (start, end, shown_start, shown_end)) in [
        ("2026-05-04T09:00:00.000Z", "2026-05-04T10:00:00.000Z", "2026-05-04T09:00:00Z", "2026-05-04T10:00:00Z"),
        ("2026-05-04T09:00:00+02:00", "2026-05-04T09:00:00-02:30", "2026-05-04T07:00:00Z", "2026-05-04T11:30:00Z"),
        ("2026-05-04T00:30:00+14:00", "2026-05-04T23:30:00-12:00", "2026-05-03T10:30:00Z", "2026-05-05T11:30:00Z"),
        ("2026-05-04t09:00:00z", "2026-05-04T09:00:01.999999999Z", "2026-05-04T09:00:00Z", "2026-05-04T09:00:01Z"),
        ("1999-12-31T23:59:59Z", "2000-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "2000-01-01T00:00:00Z"),
        ("2024-02-29T00:00:00Z", "2124-02-29T00:00:00Z", "2024-02-29T00:00:00Z", "2124-02-29T00:00:00Z"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("m{n}");
        let meeting = samples::meeting_with(&id, &json!({"startTime": start, "endTime": end}));
        caller.schedule(&meeting).await.expect(200, "NoError");
        let shown = caller.get(&id, ORGANIZER).await.expect_ok();
        assert_eq!((&shown["startTime"], &shown["endTime"]), (&json!(shown_start), &json!(shown_end)));
        // The same instants, spelled otherwise, are the same content.
        let meeting = samples::meeting_with(&id, &json!({"startTime": shown_start, "endTime": shown_end}));
        caller.schedule(&meeting).await.expect(200, "NoError");
    }
    assert_eq!(product.outlook("contoso").await.events(ORGANIZER).await.len(), 6);
}

#[tokio::test]
async fn an_update_takes_the_same_times() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let moved = json!({"startTime": "2019-01-01T12:00:00.500+01:00", "endTime": "2019-01-01T12:00:00Z"});
    caller.update(&change("m", &moved)).await.expect(200, "NoError");
    let shown = caller.get("m", ORGANIZER).await.expect_ok();
    assert_eq!(
        (&shown["startTime"], &shown["endTime"]),
        (&json!("2019-01-01T11:00:00Z"), &json!("2019-01-01T12:00:00Z"))
    );
}

#[tokio::test]
async fn an_offset_in_a_query_may_go_unencoded() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    for window in [
        "from=2026-05-04T11:30:00+02:00&to=2026-05-04T11:45:00+02:00",
        "from=2026-05-04T11:30:00%2B02:00&to=2026-05-04T11:45:00.000%2B02:00",
        "to=2026-05-04T09:45:00.000Z&from=2026-05-04T05:30:00-04:00",
    ] {
        let path = format!("/api/salesforce/scheduler/availability?{window}");
        let request = caller.request(Method::POST, &path).json(&json!([{"email": ORGANIZER}]));
        let answer = Answer::read(request.send().await.expect("an answer")).await.expect_ok();
        let slots = json!([{"timeMin": "2026-05-04T09:30:00Z", "timeMax": "2026-05-04T09:45:00Z"}]);
        assert_eq!(answer[0]["unavailableTimeslots"], slots, "{window}");
    }
}

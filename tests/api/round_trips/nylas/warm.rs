//! Warm: the table of decision 0024.

use convene_tests::nylas::{midnight, salt};
use serde_json::{Value, json};

use super::{ALL, By, Fixture, ORGANIZER, opening, recent_opening};

const HOUR: i64 = 3600;
const COMMIT: [&str; 2] = ["PutItem booking", "UpdateItem ledger"];

#[tokio::test]
async fn listing_takes_two_and_one_more_by_slug() {
    let fixture = Fixture::start(&json!({})).await;
    for (by, days) in ALL.into_iter().zip(5..) {
        fixture.list(by, days).await.expect_ok();
        fixture.assert_rounds(opening(by, 2, false), &[&["Query ledger", "getSchedule"]]);
    }
    // What was listed a moment ago, anyone sees again.
    fixture.list(By::Anyone, 5).await.expect_ok();
    fixture.assert_rounds(opening(By::Anyone, 2, false), &[&["Query ledger"]]);
    // A booking that is to be moved is read beside the configuration.
    let start = midnight(3);
    let booking = fixture.booked(start).await;
    let (from, to) = (start.to_string(), (start + HOUR).to_string());
    for by in ALL {
        let query = [("start_time", from.as_str()), ("end_time", &to), ("booking_id", &booking)];
        let listed = fixture.call("list-slots", by, None, &query, &Value::Null).await.expect_ok();
        assert_eq!(listed["data"]["time_slots"].as_array().map(Vec::len), Some(2), "{listed}");
        fixture.assert_rounds(opening(by, 2, true), &[&["Query ledger", "calendarView"]]);
    }
}

#[tokio::test]
async fn booking_takes_five_and_one_more_by_slug() {
    let fixture = Fixture::start(&json!({})).await;
    for (by, hour) in ALL.into_iter().zip(8..) {
        let start = midnight(3) + hour * HOUR;
        fixture.book(by, start).await;
        let replays = if by == By::Session { "2 × GetItem replay" } else { "GetItem replay" };
        fixture.assert_rounds(
            opening(by, 3, false),
            &[&[replays, "Query ledger", "getSchedule"], &["TransactWriteItems"], &["POST events"], &COMMIT],
        );
    }
}

#[tokio::test]
async fn moving_takes_five_and_one_more_by_slug_or_without_a_configuration() {
    let fixture = Fixture::start(&json!({})).await;
    let mut start = midnight(3);
    let booking = fixture.booked(start).await;
    for by in ALL.into_iter().chain([By::SystemByBooking]) {
        start += HOUR;
        let body = json!({"start_time": start, "end_time": start + 1800});
        fixture.call("reschedule-booking", by, Some(&booking), &[], &body).await.expect_ok();
        fixture.assert_rounds(
            opening(by, 2, true),
            &[&["Query ledger", "calendarView"], &["TransactWriteItems"], &["PATCH event"], &COMMIT],
        );
    }
}

#[tokio::test]
async fn reading_takes_two_and_one_more_by_slug() {
    let fixture = Fixture::start(&json!({})).await;
    let booking = fixture.booked(midnight(3)).await;
    for by in ALL {
        fixture.call("get-booking", by, Some(&booking), &[], &Value::Null).await.expect_ok();
        fixture.assert_rounds(opening(by, 2, true), &[&["GET event"]]);
    }
    fixture.call("get-booking", By::SystemByBooking, Some(&booking), &[], &Value::Null).await.expect_ok();
    fixture.assert_rounds(vec![], &[&["GetItem booking"], &["GET event"]]);
    for by in ALL {
        let query = [("booking_id", booking.as_str())];
        fixture.call("get-ui-settings", by, None, &query, &Value::Null).await.expect_ok();
        fixture.assert_rounds(opening(by, 2, true), &[&["GET event"]]);
    }
}

#[tokio::test]
async fn cancelling_takes_three_and_one_more_by_slug_or_with_a_session() {
    let fixture = Fixture::start(&json!({})).await;
    for by in ALL.into_iter().chain([By::SystemByBooking]) {
        let booking = fixture.booked(midnight(3)).await;
        fixture.call("cancel-booking", by, Some(&booking), &[], &Value::Null).await.expect_ok();
        fixture.assert_rounds(recent_opening(by), &[&["UpdateItem booking"], &["DELETE event"], &COMMIT]);
    }
}

#[tokio::test]
async fn confirming_and_rejecting_take_three_and_one_more_by_slug_or_with_a_session() {
    let fixture = Fixture::start(&json!({"booking_type": "organizer-confirmation"})).await;
    let outlook = fixture.backends.outlook("contoso").await;
    for by in ALL {
        for status in ["confirmed", "cancelled"] {
            let booking = fixture.booked(midnight(3)).await;
            let salt = salt(&outlook.only_event(ORGANIZER).await, "/confirm/").expect("the organizer's link");
            let body = json!({"salt": salt, "status": status});
            fixture.call("decide-booking", by, Some(&booking), &[], &body).await.expect_ok();
            let rest: [&[&str]; 3] = match status {
                "confirmed" => [&["UpdateItem booking"], &["PATCH event"], &["PutItem booking"]],
                _ => [&["UpdateItem booking"], &["DELETE event"], &COMMIT],
            };
            fixture.assert_rounds(recent_opening(by), &rest);
            fixture.call("cancel-booking", By::System, Some(&booking), &[], &Value::Null).await.expect_ok();
        }
    }
}

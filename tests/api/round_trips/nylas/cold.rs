//! Cold: one round more, in which the tenant and what it takes to reach Microsoft come together.

use convene_tests::nylas::{booking, midnight};
use serde_json::{Value, json};

use super::{ALL, By, Fixture};

impl Fixture {
    /// How many rounds a call takes in a process that has reached nothing yet, and then in the same process.
    async fn cold_and_warm(&mut self, function: &str, by: By, calls: [(Option<&str>, Value); 2]) -> [usize; 2] {
        self.restart();
        let mut counts = [0, 0];
        for (count, (booking, body)) in counts.iter_mut().zip(calls) {
            self.call(function, by, booking, &[], &body).await.expect_ok();
            let rounds = self.rounds.take();
            assert!(!rounds.concat().contains(&"token".to_owned()), "the stored token lives: {rounds:?}");
            *count = rounds.len();
        }
        counts
    }
}

#[tokio::test]
async fn a_cold_start_takes_one_round_more() {
    let mut fixture = Fixture::start(&json!({})).await;
    let (mut start, read) = (midnight(3), fixture.booked(midnight(4)).await);
    for by in ALL {
        let mut next = || {
            start += 1800;
            booking("jane", start)
        };
        let [cold, warm] = fixture.cold_and_warm("create-booking", by, [(None, next()), (None, next())]).await;
        assert!(cold <= warm + 1, "create-booking, {by:?}: {cold} and {warm}");
        let call = (Some(read.as_str()), Value::Null);
        let [cold, warm] = fixture.cold_and_warm("get-booking", by, [call.clone(), call]).await;
        assert!(cold <= warm + 1, "get-booking, {by:?}: {cold} and {warm}");
    }
}

#[tokio::test]
async fn the_keys_of_the_organizers_links_take_no_round_of_their_own() {
    let mut fixture = Fixture::start(&json!({"booking_type": "organizer-confirmation"})).await;
    let mut start = midnight(3);
    for by in ALL {
        let mut next = || {
            start += 1800;
            booking("jane", start)
        };
        let [cold, warm] = fixture.cold_and_warm("create-booking", by, [(None, next()), (None, next())]).await;
        assert!(cold <= warm + 1, "{by:?}: {cold} and {warm}");
    }
}

//! Pending bookings: confirmed, rejected and expired.

use futures_util::future::join;

use super::{
    super::stage::{Ask, Configuration::Confirmed, first_start},
    CLAIM_OVER, Fate, booked, call, dies, later, play, seconds, sleep,
};
use crate::world::now;

#[test]
fn a_pending_booking_expires_at_its_start() {
    play(async |stage| {
        let (booking, _) = booked(&stage, Confirmed, 0, 0).await;
        tokio::time::sleep((first_start() - now()).to_std().expect("ahead")).await;
        assert_eq!(call(&stage, Ask::Confirm { booking }).await, "Over");
        assert!(stage.calendar.live().is_empty());
        stage
    });
}

/// The confirmation is sent, and nothing is known of it. It must not be undone by a rejection, which it would outlive.
#[test]
fn a_confirmation_that_may_land_keeps_a_rejection_waiting() {
    play(async |stage| {
        let (booking, _) = booked(&stage, Confirmed, 0, 0).await;
        stage.calendar.script("change", Fate::Late(seconds(10)));
        let confirmed = call(&stage, Ask::Confirm { booking });
        let confirmed_again = later(&stage, 1, Ask::Confirm { booking });
        let rejected = later(&stage, 2, Ask::Reject { booking });
        let ((confirmed, confirmed_again), rejected) = join(join(confirmed, confirmed_again), rejected).await;
        assert_eq!((&*confirmed, &*confirmed_again, &*rejected), ("ok", "InProgress", "InProgress"));
        assert_eq!(call(&stage, Ask::Reject { booking }).await, "NotPending");
        stage
    });
}

/// The sender of a confirmation has died, and its request lands after the claim has expired. Until then a rejection waits.
#[test]
fn a_confirmation_whose_sender_died_is_found() {
    play(async |stage| {
        let (booking, _) = booked(&stage, Confirmed, 1, 0).await;
        stage.calendar.script("change", Fate::Late(seconds(60)));
        dies(&stage, 1, Ask::Confirm { booking }).await;
        sleep(CLAIM_OVER).await;
        assert_eq!(call(&stage, Ask::Reject { booking }).await, "InProgress");
        sleep(60).await;
        assert_eq!(call(&stage, Ask::Reject { booking }).await, "NotPending");
        stage
    });
}

//! Who may act on a booking, and what must still be true when a time is claimed.

use chrono::TimeDelta;
use uuid::Uuid;

use super::{
    super::stage::{
        Ask,
        Configuration::{Collective, Confirmed},
        Known, SESSION,
    },
    book, booked, call, play,
};
use crate::world::now;

#[test]
fn a_booking_of_another_configuration_does_not_exist() {
    play(async |stage| {
        let (booking, _) = booked(&stage, Confirmed, 0, 0).await;
        let other = Known { configuration: Collective, ..booking };
        for ask in [
            Ask::Read { booking: other },
            Ask::Reschedule { booking: other, start: 2 },
            Ask::Reschedule { booking: other, start: 0 },
            Ask::Cancel { booking: other },
            Ask::Confirm { booking: other },
            Ask::Reject { booking: other },
        ] {
            assert_eq!(call(&stage, ask).await, "NotFound", "{ask:?}");
        }
        assert_eq!(call(&stage, Ask::Confirm { booking }).await, "ok");
        // Nor does it exist once it is over.
        assert_eq!(call(&stage, Ask::Cancel { booking }).await, "ok");
        for ask in [Ask::Read { booking: other }, Ask::Cancel { booking: other }] {
            assert_eq!(call(&stage, ask).await, "NotFound", "{ask:?}");
        }
        stage
    });
}

#[test]
fn nothing_is_claimed_for_a_configuration_that_has_changed() {
    play(async |stage| {
        let (booking, _) = booked(&stage, Collective, 0, 0).await;
        stage.records.items().configurations.insert(Collective.id(), Uuid::nil());
        for ask in [book(Collective, 4, 1), Ask::Reschedule { booking, start: 4 }] {
            assert_eq!(call(&stage, ask).await, "ConfigurationChanged", "{ask:?}");
        }
        stage.records.items().configurations.clear();
        assert_eq!(call(&stage, book(Collective, 4, 1)).await, "ConfigurationChanged");
        // Without a claim, the version does not matter.
        assert_eq!(call(&stage, Ask::Cancel { booking }).await, "ok");
        assert!(stage.calendar.live().is_empty());
        stage
    });
}

#[test]
fn nothing_is_claimed_in_a_session_that_has_ended() {
    play(async |stage| {
        let ends = |end: i64| stage.records.items().sessions.insert(SESSION.to_owned(), end);
        let (booking, _) = booked(&stage, Collective, 0, 0).await;
        ends((now() + TimeDelta::seconds(60)).timestamp());
        let (other, _) = booked(&stage, Collective, 2, 1).await;
        ends(now().timestamp());
        for ask in [book(Collective, 4, 2), Ask::Reschedule { booking, start: 4 }] {
            assert_eq!(call(&stage, ask).await, "SessionEnded", "{ask:?}");
        }
        stage.records.items().sessions.clear();
        assert_eq!(call(&stage, book(Collective, 4, 2)).await, "SessionEnded");
        // A repeat of a request that was carried out is answered as before.
        assert_eq!(booked(&stage, Collective, 2, 1).await.0, other);
        assert_eq!(stage.calendar.live().len(), 2);
        stage
    });
}

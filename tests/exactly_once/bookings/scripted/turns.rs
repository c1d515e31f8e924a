//! The order of a round-robin's hosts.

use super::{
    super::stage::{Ask, Configuration::RoundRobin, member},
    booked, call, host, play,
};

#[test]
fn the_next_host_is_the_one_who_was_not_booked() {
    play(async |stage| {
        assert_eq!(host(&stage, RoundRobin, 0, 0).await, member(1));
        assert_eq!(host(&stage, RoundRobin, 1, 1).await, member(2));
        assert_eq!(host(&stage, RoundRobin, 2, 2).await, member(1));
        stage
    });
}

#[test]
fn a_cancelled_booking_was_no_turn() {
    play(async |stage| {
        assert_eq!(host(&stage, RoundRobin, 0, 0).await, member(1));
        let (second, record) = booked(&stage, RoundRobin, 1, 1).await;
        assert_eq!(record.event.organizer, member(2));
        assert_eq!(call(&stage, Ask::Cancel { booking: second }).await, "ok");
        assert_eq!(host(&stage, RoundRobin, 2, 2).await, member(2));
        stage
    });
}

//! How many requests of one tenant's application are in flight: as many as Graph takes, found out by what it answers.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::oneshot, time::Instant};

use super::AT_ONCE;

/// How many requests of a tenant are in flight at most.
pub(in super::super) const MAX_OF_TENANT: usize = 64;
/// After Graph said that there were too many, the limit rises cautiously for so long: what was too many is likely to be too
/// many again. After that it rises as fast as at first, since other processes may have gone.
const CAUTION: Duration = Duration::from_mins(1);
/// How many rounds of requests must succeed for one more place, while the limit rises cautiously.
const ROUNDS_FOR_ONE: usize = 4;

/// What an answer of Graph's says about the number of requests in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Told {
    /// The request was taken, whatever came of it.
    Taken,
    /// There were too many (429).
    Throttled {
        /// What Graph asked to wait.
        retry_after: Option<Duration>,
    },
}

/// The requests of a tenant's application: those in flight, and those that wait, first come, first served.
pub(super) struct Lane(Mutex<State>);

struct State {
    limit: usize,
    in_flight: usize,
    /// The most that were in flight at once since there was none.
    peak: usize,
    /// Up to here the limit rises with every request that is taken.
    known_good: usize,
    cautious_until: Option<Instant>,
    /// Requests that were taken since the limit last changed.
    taken: usize,
    waiting: VecDeque<(usize, oneshot::Sender<LanePlace>)>,
}

impl Default for Lane {
    fn default() -> Self {
        Self(Mutex::new(State {
            limit: MAX_OF_TENANT,
            in_flight: 0,
            peak: 0,
            known_good: MAX_OF_TENANT,
            cautious_until: None,
            taken: 0,
            waiting: VecDeque::new(),
        }))
    }
}

/// A place among the requests in flight, or as many as a batch takes.
pub(super) struct LanePlace {
    lane: Arc<Lane>,
    weight: usize,
    /// The limit when it was given.
    limit: usize,
}

impl Lane {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place.
    pub(super) async fn enter(self: &Arc<Self>, weight: usize) -> LanePlace {
        loop {
            let given = {
                let mut state = self.lock();
                if state.waiting.is_empty() && state.has_room_for(weight) {
                    return self.place(&mut state, weight);
                }
                let (give, given) = oneshot::channel();
                state.waiting.push_back((weight, give));
                given
            };
            if let Ok(place) = given.await {
                return place;
            }
        }
    }

    fn place(self: &Arc<Self>, state: &mut State, weight: usize) -> LanePlace {
        state.in_flight += weight;
        state.peak = state.peak.max(state.in_flight);
        LanePlace { lane: Arc::clone(self), weight, limit: state.limit }
    }

    /// Gives places to those who wait, as far as there is room.
    fn give(self: &Arc<Self>) {
        loop {
            let (give, place) = {
                let mut state = self.lock();
                while state.waiting.front().is_some_and(|(_, give)| give.is_closed()) {
                    state.waiting.pop_front();
                }
                let fits = state.waiting.front().is_some_and(|(weight, _)| state.has_room_for(*weight));
                let Some((weight, give)) = state.waiting.pop_front_if(|_| fits) else { return };
                (give, self.place(&mut state, weight))
            };
            // With the lock free: a place that is not wanted any more gives itself back.
            drop(give.send(place));
        }
    }
}

impl State {
    /// A batch that is more than the limit by itself goes alone.
    fn has_room_for(&self, weight: usize) -> bool {
        self.in_flight == 0 || self.in_flight + weight <= self.limit
    }

    fn is_cautious(&self, now: Instant) -> bool {
        self.cautious_until.is_some_and(|until| now < until)
    }

    fn rise(&mut self, weight: usize, now: Instant) {
        if self.limit >= MAX_OF_TENANT {
            return;
        }
        if self.limit < self.known_good || !self.is_cautious(now) {
            self.limit = (self.limit + weight).min(MAX_OF_TENANT);
            self.taken = 0;
            return;
        }
        self.taken += weight;
        if self.taken >= self.limit * ROUNDS_FOR_ONE {
            self.limit += 1;
            self.known_good = self.limit;
            self.taken = 0;
        }
    }

    /// Each refusal takes one place of those that were in use: of a volley that was too large, what was taken remains.
    fn fall(&mut self, weight: usize, limit_then: usize, retry_after: Option<Duration>, now: Instant) {
        let before = self.limit;
        if before <= AT_ONCE {
            // Others are in flight besides ours. A request from before the limit fell says nothing about it.
            if limit_then <= AT_ONCE {
                self.limit = before.saturating_sub(1).max(1);
            }
        } else if self.peak > AT_ONCE {
            self.limit = before.min(self.peak).saturating_sub(weight).max(AT_ONCE);
        } else {
            // So few are always allowed: it may be one mailbox's own limit, and need not hold up the others.
            self.limit = (before / 2).max(AT_ONCE);
            return;
        }
        self.known_good = self.limit;
        self.taken = 0;
        let until = now + retry_after.unwrap_or_default().clamp(CAUTION, CAUTION * 10);
        self.cautious_until = self.cautious_until.max(Some(until));
    }
}

impl LanePlace {
    pub(super) fn heed(&self, told: Told) {
        let now = Instant::now();
        let mut state = self.lane.lock();
        match told {
            Told::Taken => state.rise(self.weight, now),
            Told::Throttled { retry_after } => state.fall(self.weight, self.limit, retry_after, now),
        }
    }
}

impl Drop for LanePlace {
    fn drop(&mut self) {
        {
            let mut state = self.lane.lock();
            state.in_flight = state.in_flight.saturating_sub(self.weight);
            if state.in_flight == 0 {
                state.peak = 0;
            }
        }
        self.lane.give();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THROTTLED: Told = Told::Throttled { retry_after: None };

    fn limit(lane: &Arc<Lane>) -> usize {
        lane.lock().limit
    }

    /// A service that takes so many at once is sent a volley.
    async fn volley(lane: &Arc<Lane>, size: usize, capacity: usize) {
        let mut places = Vec::new();
        for _ in 0..size.min(limit(lane)) {
            places.push(lane.enter(1).await);
        }
        for (n, place) in places.into_iter().enumerate() {
            place.heed(if n < capacity { Told::Taken } else { THROTTLED });
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_volley_tells_how_many_are_taken() {
        for capacity in [4, 10, 35] {
            let lane = Arc::new(Lane::default());
            volley(&lane, 36, capacity).await;
            assert_eq!(limit(&lane), capacity);
        }
        let lane = Arc::new(Lane::default());
        volley(&lane, 36, 36).await;
        assert_eq!(limit(&lane), MAX_OF_TENANT);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_too_many_is_tried_again_cautiously_and_after_a_while_at_once() {
        let lane = Arc::new(Lane::default());
        volley(&lane, 36, 4).await;
        for _ in 0..4 * ROUNDS_FOR_ONE - 1 {
            lane.enter(1).await.heed(Told::Taken);
        }
        assert_eq!(limit(&lane), 4);
        lane.enter(1).await.heed(Told::Taken);
        assert_eq!(limit(&lane), 5);
        tokio::time::advance(CAUTION).await;
        for _ in 0..10 {
            lane.enter(1).await.heed(Told::Taken);
        }
        assert_eq!(limit(&lane), 15);
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_wait_that_was_asked_for_is_a_long_caution() {
        let lane = Arc::new(Lane::default());
        let places = [lane.enter(4).await, lane.enter(4).await];
        places[1].heed(Told::Throttled { retry_after: Some(CAUTION * 3) });
        drop(places);
        tokio::time::advance(CAUTION * 2).await;
        lane.enter(1).await.heed(Told::Taken);
        assert_eq!(limit(&lane), 4);
        tokio::time::advance(CAUTION).await;
        lane.enter(1).await.heed(Told::Taken);
        assert_eq!(limit(&lane), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn one_mailbox_that_is_throttled_hardly_lowers_the_limit() {
        let lane = Arc::new(Lane::default());
        volley(&lane, 36, 35).await;
        assert_eq!(limit(&lane), 35);
        // Alone in flight it says little, and what succeeds makes up for it.
        let lane = Arc::new(Lane::default());
        lane.enter(1).await.heed(THROTTLED);
        assert_eq!(limit(&lane), 32);
        for _ in 0..32 {
            lane.enter(1).await.heed(Told::Taken);
        }
        assert_eq!(limit(&lane), MAX_OF_TENANT);
    }

    #[tokio::test(start_paused = true)]
    async fn with_others_about_it_falls_to_one_and_never_to_nothing() {
        let lane = Arc::new(Lane::default());
        for _ in 0..20 {
            lane.enter(1).await.heed(THROTTLED);
        }
        assert_eq!(limit(&lane), 1);
        // A batch still goes, alone.
        let batch = lane.enter(4).await;
        let other = lane.enter(1);
        tokio::pin!(other);
        assert!(tokio::time::timeout(Duration::from_secs(1), &mut other).await.is_err());
        drop(batch);
        other.await;
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_first_goes_first_and_who_has_left_takes_no_place() {
        let lane = Arc::new(Lane::default());
        let held = lane.enter(MAX_OF_TENANT).await;
        {
            let left = lane.enter(1);
            tokio::pin!(left);
            assert!(tokio::time::timeout(Duration::from_secs(1), &mut left).await.is_err());
        }
        let order = Mutex::new(Vec::new());
        let waits = async |n: usize| {
            // There is room for one of them at a time.
            let place = lane.enter(MAX_OF_TENANT).await;
            order.lock().expect("not poisoned").push(n);
            drop(place);
        };
        let letting_go = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            drop(held);
        };
        tokio::join!(waits(0), waits(1), waits(2), letting_go);
        assert_eq!((order.into_inner().expect("not poisoned"), lane.lock().in_flight), (vec![0, 1, 2], 0));
    }
}

//! How many requests of one tenant's application are in flight: as many as Graph takes, found out by what it answers.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::oneshot, time::Instant};

use super::AT_ONCE;

/// How many requests of a tenant are in flight at most: the 26 batches of an appointment of 501 mailboxes, four for each.
pub(crate) const MAX_OF_TENANT: usize = 104;
/// After Graph said that there were too many, the limit rises cautiously for so long: what was too many is likely to be too
/// many again. After that it rises as fast as at first, since other processes may have gone.
const CAUTION: Duration = Duration::from_mins(1);
/// How many rounds of requests must succeed for one more place, while the limit rises cautiously.
const ROUNDS_FOR_ONE: usize = 4;

/// What an answer of Graph's says about the number of requests in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// The request was taken, whatever came of it.
    Taken,
    /// There were too many (429).
    Throttled {
        /// How many requests were refused: of a batch, so many of its items.
        refused: usize,
        /// What Graph asked to wait.
        retry_after: Option<Duration>,
    },
}

/// The requests of a tenant's application: those in flight, and those that wait, first come, first served.
pub(crate) struct Lane(Mutex<State>);

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
pub(crate) struct LanePlace {
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
    pub(crate) async fn enter(self: &Arc<Self>, weight: usize) -> LanePlace {
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
    fn fall(&mut self, place: &LanePlace, refused: usize, retry_after: Option<Duration>, now: Instant) {
        if self.peak <= place.weight {
            // Nothing else was in flight: its mailbox is over a bound of its own, however often it is asked.
            return;
        }
        let before = self.limit;
        if before <= AT_ONCE {
            // Others are in flight besides ours. A request from before the limit fell says nothing about it.
            if place.limit <= AT_ONCE {
                self.limit = before.saturating_sub(1).max(1);
            }
        } else if self.peak > AT_ONCE {
            // Of a batch no more than four are in flight at a time.
            self.limit = before.min(self.peak).saturating_sub(refused.min(place.weight)).max(AT_ONCE);
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
    pub(crate) fn heed(&self, told: Told) {
        let now = Instant::now();
        let mut state = self.lane.lock();
        match told {
            Told::Taken => state.rise(self.weight, now),
            Told::Throttled { refused, retry_after } => state.fall(self, refused, retry_after, now),
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
mod tests;

//! The limit on concurrent requests of one tenant's application, which adapts to Graph's responses.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::oneshot, time::Instant};

/// Graph's documented limit: for an application and mailbox on one page, for an application on another. Graph also executes so
/// many items of a batch at a time.
pub(crate) const MAX_CONCURRENT: usize = 4;
/// The highest limit: the 26 batches of an appointment with 501 mailboxes, four requests for each.
pub(crate) const MAX_PER_TENANT: usize = 104;
/// How long the limit rises slowly after Graph throttled: the same load would probably be throttled again. After that it rises
/// quickly, since other processes may have ended.
const CAUTION_PERIOD: Duration = Duration::from_mins(1);
/// While the limit rises slowly: how many rounds of requests must be accepted before it rises by one.
const ROUNDS_PER_STEP: usize = 4;

/// What a response means for the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoadSignal {
    /// Graph executed the request, whatever the result.
    Accepted,
    /// Too many requests (429).
    Throttled {
        /// How many requests were refused. For a batch, its items.
        refused: usize,
        retry_after: Option<Duration>,
    },
}

/// The requests of a tenant's application in flight, and those that wait, first come, first served.
pub(crate) struct AdaptiveLimiter(Mutex<State>);

struct State {
    limit: usize,
    in_flight: usize,
    /// The most requests in flight since there were none.
    peak: usize,
    /// Up to here the limit rises with every accepted request.
    known_good: usize,
    cautious_until: Option<Instant>,
    /// Requests accepted since the limit last changed.
    accepted: usize,
    waiting: VecDeque<(usize, oneshot::Sender<AdaptivePermit>)>,
}

impl Default for AdaptiveLimiter {
    fn default() -> Self {
        Self(Mutex::new(State {
            limit: MAX_PER_TENANT,
            in_flight: 0,
            peak: 0,
            known_good: MAX_PER_TENANT,
            cautious_until: None,
            accepted: 0,
            waiting: VecDeque::new(),
        }))
    }
}

/// A permit for `weight` requests in flight, released when dropped.
pub(crate) struct AdaptivePermit {
    limiter: Arc<AdaptiveLimiter>,
    weight: usize,
    /// The limit when the permit was granted.
    limit: usize,
}

impl AdaptiveLimiter {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn acquire(self: &Arc<Self>, weight: usize) -> AdaptivePermit {
        loop {
            let granted = {
                let mut state = self.lock();
                if state.waiting.is_empty() && state.has_room_for(weight) {
                    return self.grant(&mut state, weight);
                }
                let (sender, receiver) = oneshot::channel();
                state.waiting.push_back((weight, sender));
                receiver
            };
            if let Ok(permit) = granted.await {
                return permit;
            }
        }
    }

    fn grant(self: &Arc<Self>, state: &mut State, weight: usize) -> AdaptivePermit {
        state.in_flight += weight;
        state.peak = state.peak.max(state.in_flight);
        AdaptivePermit { limiter: Arc::clone(self), weight, limit: state.limit }
    }

    /// Grants permits to waiting requests, as far as the limit allows.
    fn grant_waiting(self: &Arc<Self>) {
        loop {
            let (sender, permit) = {
                let mut state = self.lock();
                while state.waiting.front().is_some_and(|(_, sender)| sender.is_closed()) {
                    state.waiting.pop_front();
                }
                let fits = state.waiting.front().is_some_and(|(weight, _)| state.has_room_for(*weight));
                let Some((weight, sender)) = state.waiting.pop_front_if(|_| fits) else { return };
                (sender, self.grant(&mut state, weight))
            };
            // Without the lock: a permit that is not awaited any more is dropped, which takes the lock.
            drop(sender.send(permit));
        }
    }
}

impl State {
    /// A batch that exceeds the limit by itself runs alone.
    fn has_room_for(&self, weight: usize) -> bool {
        self.in_flight == 0 || self.in_flight + weight <= self.limit
    }

    fn is_cautious(&self, now: Instant) -> bool {
        self.cautious_until.is_some_and(|until| now < until)
    }

    fn increase(&mut self, weight: usize, now: Instant) {
        if self.limit >= MAX_PER_TENANT {
            return;
        }
        if self.limit < self.known_good || !self.is_cautious(now) {
            self.limit = (self.limit + weight).min(MAX_PER_TENANT);
            self.accepted = 0;
            return;
        }
        self.accepted += weight;
        if self.accepted >= self.limit * ROUNDS_PER_STEP {
            self.limit += 1;
            self.known_good = self.limit;
            self.accepted = 0;
        }
    }

    /// Lowers the limit by one for each refused request, from the number in flight: the accepted requests of a burst that was too
    /// large remain.
    fn decrease(&mut self, permit: &AdaptivePermit, refused: usize, retry_after: Option<Duration>, now: Instant) {
        if self.peak <= permit.weight {
            // Nothing else was in flight: the mailbox is over its own limit.
            return;
        }
        let before = self.limit;
        if before <= MAX_CONCURRENT {
            // Other processes have requests in flight. A permit from before the limit fell says nothing about it.
            if permit.limit <= MAX_CONCURRENT {
                self.limit = before.saturating_sub(1).max(1);
            }
        } else if self.peak > MAX_CONCURRENT {
            // Graph executes no more than four items of a batch at a time.
            self.limit = before.min(self.peak).saturating_sub(refused.min(permit.weight)).max(MAX_CONCURRENT);
        } else {
            // Graph always allows so few requests: it may be one mailbox's own limit, which must not slow down the others.
            self.limit = (before / 2).max(MAX_CONCURRENT);
            return;
        }
        self.known_good = self.limit;
        self.accepted = 0;
        let until = now + retry_after.unwrap_or_default().clamp(CAUTION_PERIOD, CAUTION_PERIOD * 10);
        self.cautious_until = self.cautious_until.max(Some(until));
    }
}

impl AdaptivePermit {
    pub(crate) fn record(&self, signal: LoadSignal) {
        let now = Instant::now();
        let mut state = self.limiter.lock();
        match signal {
            LoadSignal::Accepted => state.increase(self.weight, now),
            LoadSignal::Throttled { refused, retry_after } => state.decrease(self, refused, retry_after, now),
        }
    }
}

impl Drop for AdaptivePermit {
    fn drop(&mut self) {
        {
            let mut state = self.limiter.lock();
            state.in_flight = state.in_flight.saturating_sub(self.weight);
            if state.in_flight == 0 {
                state.peak = 0;
            }
        }
        self.limiter.grant_waiting();
    }
}

#[cfg(test)]
mod tests;

//! What travels with one request through every layer: its time budget, its correlation id, its counters.

use std::{
    future::Future,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::time::Instant;
use uuid::Uuid;

use crate::domain::TenantId;

/// The longest a request may take, whatever Lambda allows: API Gateway gives up at 30 s.
pub const LONGEST: Duration = Duration::from_secs(25);
/// Kept back from the budget so that a claim can still be released and an answer written.
pub const RESERVE: Duration = Duration::from_millis(300);
/// What of the reserve is for the answer alone: who gave up on a last write in time still has to say so, for hundreds of
/// mailboxes perhaps.
const ANSWER_RESERVE: Duration = Duration::from_millis(75);

/// The longest that Lambda lets an invocation take, in milliseconds.
const LONGEST_INVOCATION: u64 = 900_000;

/// The longest correlation id, in characters.
const LONGEST_CORRELATION: usize = 200;

/// How long an invocation may take from `now` on, by the deadline that the platform gave with it in milliseconds since 1970.
/// One in the first minutes of 1970 is no moment but a length: `cargo lambda watch` gives 600,000 and means ten minutes.
pub(crate) fn time_left(deadline: u64, now: DateTime<Utc>) -> Duration {
    let began =
        if deadline <= LONGEST_INVOCATION { 0 } else { u64::try_from(now.timestamp_millis()).unwrap_or_default() };
    Duration::from_millis(deadline.saturating_sub(began))
}

/// The moments a request must respect.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    /// No downstream attempt runs past this.
    work: Instant,
    /// No last write runs past this.
    close: Instant,
    /// The answer must have left by this.
    answer: Instant,
    /// When the platform kills the request at the latest (wall clock).
    killed_at: DateTime<Utc>,
}

impl Deadline {
    /// A deadline for a request that the platform kills after `remaining`, seen at the wall-clock time `now`.
    pub fn after(remaining: Duration, now: DateTime<Utc>) -> Self {
        Self::within(remaining.min(LONGEST), now + remaining)
    }

    /// A deadline that only the platform sets, for work that nobody waits for over HTTP.
    pub fn of_the_platform(remaining: Duration, now: DateTime<Utc>) -> Self {
        Self::within(remaining, now + remaining)
    }

    fn within(budget: Duration, killed_at: DateTime<Utc>) -> Self {
        let start = Instant::now();
        let before = |reserve| start + budget.saturating_sub(reserve);
        Self { work: before(RESERVE), close: before(ANSWER_RESERVE), answer: start + budget, killed_at }
    }

    /// Time left for calls to other services.
    pub fn remaining(&self) -> Duration {
        self.work.saturating_duration_since(Instant::now())
    }

    /// When the platform kills the request at the latest (wall clock, UTC).
    pub fn killed_at(&self) -> DateTime<Utc> {
        self.killed_at
    }

    /// Runs a call to another service within the working budget. `None`: the budget ended first.
    pub async fn work<T>(&self, call: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout_at(self.work, call).await.ok()
    }

    /// Runs a last write within what is kept back for it. `None`: that ended first.
    pub async fn closing<T>(&self, call: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout_at(self.close, call).await.ok()
    }

    /// Runs all there is to do for an answer. `None`: there was none in time.
    pub async fn answering<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout_at(self.answer, work).await.ok()
    }
}

/// One request, as the layers below the edge know it.
#[derive(Debug)]
pub struct CallContext {
    /// The time budget.
    pub deadline: Deadline,
    tenant: OnceLock<TenantId>,
    correlation: OnceLock<String>,
    generated: Uuid,
    graph_calls: AtomicU32,
}

impl CallContext {
    /// A request with its time budget and no correlation id yet.
    pub fn new(deadline: Deadline) -> Self {
        Self {
            deadline,
            tenant: OnceLock::new(),
            correlation: OnceLock::new(),
            generated: Uuid::new_v4(),
            graph_calls: AtomicU32::new(0),
        }
    }

    /// Notes for whom the request acts, once that is certain.
    pub fn act_for(&self, tenant: &TenantId) {
        let _ = self.tenant.set(tenant.clone());
    }

    /// For whom the request acts.
    pub fn tenant(&self) -> Option<&TenantId> {
        self.tenant.get()
    }

    /// Takes the caller's correlation id, the first time it is told. A blank one counts as none; of a very long one the
    /// beginning is kept, since it goes back in a header.
    pub fn correlate(&self, id: &str) {
        if !id.trim().is_empty() {
            let _ = self.correlation.set(id.chars().take(LONGEST_CORRELATION).collect());
        }
    }

    /// The caller's correlation id, or one made for this request.
    pub fn correlation(&self) -> String {
        self.correlation.get().cloned().unwrap_or_else(|| self.generated.to_string())
    }

    /// The correlation id as the UUID that Microsoft's `client-request-id` wants.
    pub fn client_request_id(&self) -> Uuid {
        match self.correlation.get() {
            Some(id) => Uuid::parse_str(id).unwrap_or_else(|_| Uuid::new_v5(&Uuid::NAMESPACE_OID, id.as_bytes())),
            None => self.generated,
        }
    }

    /// Counts one request to the calendar service.
    pub fn count_graph_call(&self) {
        self.graph_calls.fetch_add(1, Ordering::Relaxed);
    }

    /// How many requests went to the calendar service so far.
    pub fn graph_calls(&self) -> u32 {
        self.graph_calls.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_a_moment_or_from_cargo_lambda_a_length() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let left = |deadline| time_left(deadline, now).as_millis();
        assert_eq!(left(1_800_000_029_000), 29_000);
        assert_eq!(left(1_799_999_999_999), 0);
        assert_eq!((left(600_000), left(900_000), left(900_001), left(0)), (600_000, 900_000, 0, 0));
    }
}

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

use crate::domain::{TenantId, sha256_hex};

/// The longest a request may take, whatever Lambda allows: API Gateway gives up at 30 s.
pub const LONGEST: Duration = Duration::from_secs(25);
/// Kept back from the budget so that a claim can still be released and an answer written.
pub const RESERVE: Duration = Duration::from_millis(300);
/// What of the reserve is for the answer alone: who gave up on a last write in time still has to say so, for hundreds of
/// mailboxes perhaps.
const ANSWER_RESERVE: Duration = Duration::from_millis(75);

/// The longest that Lambda lets an invocation take, in milliseconds.
const LONGEST_INVOCATION: u64 = 900_000;

/// The longest correlation id that goes back in a header, in characters.
const LONGEST_CORRELATION: usize = 200;
/// The longest correlation id that is logged as it is, in bytes. The documents' own, UUIDs and Salesforce's ids are shorter.
const LONGEST_LOGGED: usize = 64;

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

    /// Whether no time is left for calls to other services.
    pub fn is_over(&self) -> bool {
        self.remaining().is_zero()
    }

    /// Runs a call to another service within the working budget. `None`: the budget ended first. After its end a call is
    /// not begun either, however little it would take: hundreds of them would take long.
    pub async fn work<T>(&self, call: impl Future<Output = T>) -> Option<T> {
        if self.is_over() {
            return None;
        }
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

/// Lets timers fire in the middle of long computing. A future that computes without ever waiting keeps its own deadline
/// from being noticed; a loop over much data awaits this every few milliseconds.
pub async fn yield_to_timers() {
    tokio::task::yield_now().await;
}

/// A caller's correlation id.
#[derive(Debug)]
struct Correlation {
    /// As it goes back to the caller.
    returned: String,
    /// As the log has it.
    logged: String,
}

impl Correlation {
    fn new(id: &str) -> Self {
        let harmless = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let logged = if id.len() <= LONGEST_LOGGED && id.bytes().all(harmless) {
            id.to_owned()
        } else {
            format!("sha256:{}", sha256_hex(id.as_bytes()))
        };
        Self { returned: id.chars().take(LONGEST_CORRELATION).collect(), logged }
    }
}

/// One request, as the layers below the edge know it.
#[derive(Debug)]
pub struct CallContext {
    /// The time budget.
    pub deadline: Deadline,
    tenant: OnceLock<TenantId>,
    correlation: OnceLock<Correlation>,
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
            self.correlation.get_or_init(|| Correlation::new(id));
        }
    }

    /// The correlation id for log lines: the one made for this request, or the caller's where it is 1 to 64 letters,
    /// digits, `-` and `_`. Anything else may be an address or a name, and is logged as `sha256:` and its hash, by which
    /// an operator who knows the id still finds the line.
    pub fn correlation(&self) -> String {
        self.correlation.get().map_or_else(|| self.generated.to_string(), |id| id.logged.clone())
    }

    /// The correlation id that goes back to the caller: its own, whatever is in it, or the one made for this request.
    /// Never for a log line.
    pub fn returned_correlation(&self) -> String {
        self.correlation.get().map_or_else(|| self.generated.to_string(), |id| id.returned.clone())
    }

    /// The correlation id as the UUID that Microsoft's `client-request-id` wants.
    pub fn client_request_id(&self) -> Uuid {
        match self.correlation.get() {
            Some(Correlation { returned: id, .. }) => {
                Uuid::parse_str(id).unwrap_or_else(|_| Uuid::new_v5(&Uuid::NAMESPACE_OID, id.as_bytes()))
            }
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

    #[test]
    fn a_correlation_id_is_logged_as_it_is_or_as_its_hash_and_returned_as_it_is() {
        let context = |id: &str| {
            let context = CallContext::new(Deadline::after(LONGEST, Utc::now()));
            context.correlate(id);
            (context.correlation(), context.returned_correlation())
        };
        for id in ["a", "ac7b40b4-2c33-723b-8aaie-8bpf077z7539", "d7c0bb_GiUObLF6BD3NaG", &"x".repeat(64)] {
            assert_eq!(context(id), (id.to_owned(), id.to_owned()));
        }
        for id in ["ann@contoso.com", "Ann Lee", "1234567\u{2014}9012", "a.b", " a", "a\n", &"x".repeat(65), "\u{e9}"] {
            assert_eq!(context(id), (format!("sha256:{}", sha256_hex(id.as_bytes())), id.to_owned()));
        }
        let long = "\u{fc}".repeat(5000);
        assert_eq!(context(&long), (format!("sha256:{}", sha256_hex(long.as_bytes())), "\u{fc}".repeat(200)));
        // One that is made for the request is harmless, and both are the same.
        let (logged, returned) = context("  ");
        assert!(Uuid::parse_str(&logged).is_ok() && logged == returned);
    }

    #[tokio::test(start_paused = true)]
    async fn no_call_is_begun_after_the_budget() {
        let deadline = Deadline::after(RESERVE, Utc::now());
        assert!(deadline.is_over());
        assert_eq!(deadline.work(std::future::ready(1)).await, None);
        assert_eq!(deadline.closing(std::future::ready(1)).await, Some(1));
        let deadline = Deadline::after(RESERVE + Duration::from_millis(1), Utc::now());
        assert_eq!(deadline.work(std::future::ready(1)).await, Some(1));
    }

    /// In real time: a deadline that comes in the middle of computing is noticed at a yield.
    #[tokio::test]
    async fn computing_that_yields_ends_with_its_deadline() {
        let deadline = Deadline::after(ANSWER_RESERVE + Duration::from_millis(20), Utc::now());
        let done = std::sync::atomic::AtomicU32::new(0);
        let computing = async {
            for _ in 0..100_000 {
                let begun = std::time::Instant::now();
                while begun.elapsed() < Duration::from_millis(1) {
                    std::hint::spin_loop();
                }
                done.fetch_add(1, Ordering::Relaxed);
                yield_to_timers().await;
            }
        };
        assert!(deadline.answering(computing).await.is_none());
        let done = done.load(Ordering::Relaxed);
        assert!((1..100_000).contains(&done), "{done}");
    }
}

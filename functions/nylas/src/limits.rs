//! Limits for callers without an API key, by the hour: a public page sends real mail from a real mailbox.

use std::time::Duration;

use chrono::{DateTime, Timelike as _, Utc};
use convene::{
    domain::{ConfigurationId, sha256_hex},
    edge::Request,
    problem::Problem,
    store::Counter,
};

use crate::error::Failure;

/// Bookings, reschedules and cancellations of one configuration, of one guest's address, and from one source address.
const CHANGES: [u64; 3] = [300, 20, 60];
/// Questions for availability of one configuration, and from one source address.
const QUESTIONS: [u64; 2] = [6000, 1200];

/// A limit for what is counted under a name.
struct Limit {
    kind: &'static str,
    subject: String,
    max: u64,
}

/// What a request counts against.
pub struct Limits(Vec<Limit>);

impl Limits {
    /// For a caller with an API key.
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// For a question about a configuration.
    pub fn of_question(configuration: ConfigurationId, request: &Request) -> Self {
        let [of_configuration, of_source] = QUESTIONS;
        let mut limits = vec![Limit { kind: "question", subject: configuration.to_string(), max: of_configuration }];
        limits.extend(source(request).map(|subject| Limit { kind: "question-source", subject, max: of_source }));
        Self(limits)
    }

    /// For a change of a configuration's bookings. `guest`: whom it sends mail to, if the request says it.
    pub fn of_change(configuration: ConfigurationId, guest: Option<&str>, request: &Request) -> Self {
        let [of_configuration, of_guest, of_source] = CHANGES;
        let mut limits = vec![Limit { kind: "change", subject: configuration.to_string(), max: of_configuration }];
        let guest = guest.map(|address| sha256_hex(address.to_lowercase().as_bytes()));
        limits.extend(guest.map(|subject| Limit { kind: "change-guest", subject, max: of_guest }));
        limits.extend(source(request).map(|subject| Limit { kind: "change-source", subject, max: of_source }));
        Self(limits)
    }

    /// Counts the request. Fails if it exceeds a limit.
    pub async fn count(&self, request: &Request) -> Result<(), Failure> {
        if self.0.is_empty() {
            return Ok(());
        }
        let now = request.services.now();
        let counters: Vec<_> =
            self.0.iter().map(|limit| Counter { kind: limit.kind, subject: &limit.subject }).collect();
        let store = request.services.counters();
        let counted = store.count(&counters, now);
        let counts =
            request.context.deadline.work(counted).await.ok_or_else(Problem::timed_out)?.map_err(Problem::from)?;
        if counts.iter().zip(&self.0).any(|(count, limit)| *count > limit.max) {
            return Err(Failure::too_many("Too many requests. Please try again later.", until_next_hour(now)));
        }
        Ok(())
    }
}

/// The sender's address, as API Gateway saw it: headers can be invented. Hashed, since it is personal.
fn source(request: &Request) -> Option<String> {
    request.source_address().map(|address| sha256_hex(address.as_bytes()))
}

fn until_next_hour(now: DateTime<Utc>) -> Duration {
    Duration::from_secs(u64::from(3600 - now.minute() * 60 - now.second().min(59)))
}

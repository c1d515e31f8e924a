//! Limits for callers without an API key, by the hour: a public page sends real mail from a real mailbox.

use std::{
    collections::BTreeSet,
    fmt::Display,
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use chrono::{DateTime, Timelike as _, Utc};
use convene::{
    domain::{ConfigurationId, EmailAddress, TenantId, sha256_hex},
    edge::Request,
    problem::Problem,
    store::Counter,
};

use crate::error::Failure;

/// Bookings and reschedules of one configuration, of one guest's address, and from one source address.
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
    /// For a caller with an API key, and for what a booking can have only once: whoever ends or confirms one knows a secret of it.
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// For a question about a configuration.
    pub fn of_question(configuration: ConfigurationId, request: &Request) -> Self {
        let [of_configuration, of_source] = QUESTIONS;
        let mut limits = vec![Limit { kind: "question", subject: configuration.to_string(), max: of_configuration }];
        let source = source(request, configuration);
        limits.extend(source.map(|subject| Limit { kind: "question-source", subject, max: of_source }));
        Self(limits)
    }

    /// For a question about what does not exist.
    pub fn of_unknown(tenant: &TenantId, request: &Request) -> Self {
        Self(
            source(request, tenant)
                .map(|subject| Limit { kind: "question-source", subject, max: QUESTIONS[1] })
                .into_iter()
                .collect(),
        )
    }

    /// For a change of a configuration's bookings. `invited`: whom it sends mail to, as far as the request says it.
    pub fn of_change(configuration: ConfigurationId, invited: &[EmailAddress], request: &Request) -> Self {
        let [of_configuration, of_guest, of_source] = CHANGES;
        let mut limits = vec![Limit { kind: "change", subject: configuration.to_string(), max: of_configuration }];
        let invited: BTreeSet<_> = invited.iter().map(mailbox).collect();
        let hashed = invited.into_iter().map(|mailbox| subject(configuration, &mailbox));
        limits.extend(hashed.map(|subject| Limit { kind: "change-guest", subject, max: of_guest }));
        let source = source(request, configuration);
        limits.extend(source.map(|subject| Limit { kind: "change-source", subject, max: of_source }));
        Self(limits)
    }

    /// Counts the request. Fails if it exceeds a limit. Then it counts for nothing but the limits that it exceeds: nobody uses up a
    /// configuration's with requests that are refused.
    pub async fn count(&self, request: &Request) -> Result<(), Failure> {
        if self.0.is_empty() {
            return Ok(());
        }
        let (now, deadline) = (request.services.now(), &request.context.deadline);
        let counters: Vec<_> = self.0.iter().map(Limit::counter).collect();
        let store = request.services.counters();
        let counted = deadline.work(store.count(&counters, now)).await;
        let counts = counted.ok_or_else(Problem::timed_out)?.map_err(Problem::from)?;
        let (exceeded, kept): (Vec<_>, Vec<_>) =
            self.0.iter().zip(counts).partition(|(limit, count)| *count > limit.max);
        if exceeded.is_empty() {
            return Ok(());
        }
        let kept: Vec<_> = kept.into_iter().map(|(limit, _)| limit.counter()).collect();
        // If it fails, they are a little lower than they could be.
        let _ = deadline.work(store.take_back(&kept, now)).await;
        Err(Failure::too_many("Too many requests. Please try again later.", until_next_hour(now)))
    }
}

impl Limit {
    fn counter(&self) -> Counter<'_> {
        Counter { kind: self.kind, subject: &self.subject }
    }
}

/// The mailbox that an address leads to: without regard to case, and without a tag, `jane+tag@example.com`, which most mail systems
/// ignore. So nobody is sent more mail by way of invented tags.
fn mailbox(address: &EmailAddress) -> String {
    match address.folded().rsplit_once('@') {
        Some((local, domain)) => {
            let name = local.split('+').next().filter(|name| !name.is_empty()).unwrap_or(local);
            format!("{name}@{domain}")
        }
        None => address.folded().to_owned(),
    }
}

/// What is counted of a person or a network, for one configuration or one tenant: requests to one tenant use up nothing at another. Hashed, since it is
/// personal.
fn subject(scope: impl Display, of: &str) -> String {
    sha256_hex(format!("{scope} {of}").as_bytes())
}

/// The sender's network, as API Gateway saw it: headers can be invented.
fn source(request: &Request, scope: impl Display) -> Option<String> {
    request.source_address().map(|address| subject(scope, &network(address)))
}

/// An IPv4 address, or the first 64 bits of an IPv6 address: a single subscriber has all addresses that begin with them.
fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).to_string(),
        Ok(address) => address.to_string(),
        Err(_) => address.to_owned(),
    }
}

fn until_next_hour(now: DateTime<Utc>) -> Duration {
    Duration::from_secs(u64::from(3600 - now.minute() * 60 - now.second().min(59)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_case_do_not_make_another_guest() {
        for (address, expected) in [
            ("Jane@Example.com", "jane@example.com"),
            ("jane+one@example.com", "jane@example.com"),
            ("JANE+one+two@example.com", "jane@example.com"),
            ("+jane@example.com", "+jane@example.com"),
            ("jane.doe@example.com", "jane.doe@example.com"),
        ] {
            assert_eq!(mailbox(&address.parse().expect("an address")), expected);
        }
    }

    #[test]
    fn a_subscribers_addresses_are_one_source() {
        for (address, expected) in [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:DB8:1:2::9", "2001:db8:1:2::"),
            ("2001:db8:1:3::9", "2001:db8:1:3::"),
            ("unknown", "unknown"),
        ] {
            assert_eq!(network(address), expected);
        }
    }
}

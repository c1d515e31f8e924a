//! Limits on concurrent requests: per mailbox, per tenant's application, and per process.
//!
//! Graph's documentation has counted four requests for an application and mailbox, and four for an application whatever the
//! mailbox. A mailbox never has more than four. The limit of an application adapts to Graph's responses. See
//! `docs/decisions/0016-requests-in-flight.md`.

mod adaptive;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use adaptive::{AdaptiveLimiter, AdaptivePermit};
pub(crate) use adaptive::{LoadSignal, MAX_CONCURRENT, MAX_PER_TENANT};

/// Concurrent requests of a process. It is above the limit of one tenant, so that one tenant cannot use all of them.
const MAX_PER_PROCESS: usize = 156;
/// Above this many mailboxes, unused ones are removed from the map.
const PRUNE_ABOVE: usize = 256;

#[derive(PartialEq, Eq, Hash)]
struct Mailbox {
    directory: String,
    name: String,
}

pub(crate) struct Limits {
    mailboxes: Mutex<HashMap<Mailbox, Weak<Semaphore>>>,
    /// By directory and application, since Graph limits each by itself.
    applications: Mutex<HashMap<(String, String), Arc<AdaptiveLimiter>>>,
    process: Arc<Semaphore>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            mailboxes: Mutex::default(),
            applications: Mutex::default(),
            process: Arc::new(Semaphore::new(MAX_PER_PROCESS)),
        }
    }
}

/// The permits of a request in flight, released when dropped.
pub(crate) struct Permits {
    application: AdaptivePermit,
    _mailboxes: Vec<OwnedSemaphorePermit>,
    _process: OwnedSemaphorePermit,
}

impl Permits {
    /// Adapts the application's limit to Graph's response.
    pub(crate) fn record(&self, signal: LoadSignal) {
        self.application.record(signal);
    }
}

impl Limits {
    /// Waits until a request may start. `mailboxes`: how many requests Graph counts for each mailbox. A batch counts its items,
    /// of which Graph executes four at a time. All requests acquire their permits in the same order (mailboxes by name, the
    /// application, the process) and all permits of one semaphore at once, so that no deadlock is possible.
    pub(crate) async fn acquire(
        &self,
        directory: &str,
        application: &str,
        mailboxes: BTreeMap<&str, usize>,
    ) -> Permits {
        let weight = mailboxes.values().sum::<usize>();
        let mut of_mailboxes = Vec::with_capacity(mailboxes.len());
        for (mailbox, requests) in mailboxes {
            of_mailboxes.push(permits(|| self.mailbox(directory, mailbox), requests).await);
        }
        let application = self.application(directory, application).acquire(weight.clamp(1, MAX_CONCURRENT)).await;
        let process = permits(|| Arc::clone(&self.process), weight).await;
        Permits { application, _mailboxes: of_mailboxes, _process: process }
    }

    fn mailbox(&self, directory: &str, mailbox: &str) -> Arc<Semaphore> {
        let mut semaphores = self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner);
        let key = Mailbox { directory: directory.to_owned(), name: mailbox.to_owned() };
        if let Some(semaphore) = semaphores.get(&key).and_then(Weak::upgrade) {
            return semaphore;
        }
        if semaphores.len() >= PRUNE_ABOVE {
            semaphores.retain(|_, semaphore| semaphore.strong_count() > 0);
        }
        let semaphore = Arc::new(Semaphore::new(MAX_CONCURRENT));
        semaphores.insert(key, Arc::downgrade(&semaphore));
        semaphore
    }

    fn application(&self, directory: &str, application: &str) -> Arc<AdaptiveLimiter> {
        let mut applications = self.applications.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(applications.entry((directory.to_owned(), application.to_owned())).or_default())
    }
}

/// The permits of a request that Graph counts as `requests` requests, at most four of which run at a time.
async fn permits(semaphore: impl Fn() -> Arc<Semaphore>, requests: usize) -> OwnedSemaphorePermit {
    let count = u32::try_from(requests.clamp(1, MAX_CONCURRENT)).unwrap_or(1);
    loop {
        // No semaphore is ever closed.
        if let Ok(permits) = semaphore().acquire_many_owned(count).await {
            return permits;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const APP: &str = "app";

    async fn acquires(limits: &Limits, directory: &str, mailbox: &str) -> Option<Permits> {
        let permits = limits.acquire(directory, APP, [(mailbox, 1)].into());
        tokio::time::timeout(Duration::from_millis(5), permits).await.ok()
    }

    #[tokio::test]
    async fn the_fifth_request_to_a_mailbox_waits() {
        let limits = Limits::default();
        let mut held = Vec::new();
        for _ in 0..MAX_CONCURRENT {
            held.push(acquires(&limits, "d", "a").await.expect("free"));
        }
        assert!(acquires(&limits, "d", "a").await.is_none());
        assert!(acquires(&limits, "d", "b").await.is_some());
        assert!(acquires(&limits, "e", "a").await.is_some());
        held.pop();
        assert!(acquires(&limits, "d", "a").await.is_some());
    }

    #[tokio::test]
    async fn batches_for_the_same_mailboxes_do_not_deadlock() {
        let limits = Limits::default();
        let mut held = Vec::new();
        for _ in 1..MAX_CONCURRENT {
            held.push(limits.acquire("d", APP, [("a", 1), ("b", 1)].into()).await);
        }
        let batch = async |mailboxes: [&'static str; 2]| {
            let _permits = limits.acquire("d", APP, mailboxes.map(|mailbox| (mailbox, 1)).into()).await;
            tokio::task::yield_now().await;
            true
        };
        let done = async { tokio::join!(batch(["a", "b"]), batch(["b", "a"]), batch(["a", "b"])) };
        assert_eq!(tokio::time::timeout(Duration::from_secs(5), done).await, Ok((true, true, true)));
    }

    #[tokio::test]
    async fn a_batch_takes_a_permit_of_a_mailbox_for_each_of_its_items() {
        let limits = Limits::default();
        let acquires_batch = async |mailboxes: &[(&str, usize)]| {
            let permits = limits.acquire("d", APP, mailboxes.iter().copied().collect());
            tokio::time::timeout(Duration::from_millis(5), permits).await.ok()
        };
        // Twenty items run four at a time.
        let twenty = acquires_batch(&[("me", 20)]).await.expect("free");
        assert!(acquires(&limits, "d", "me").await.is_none());
        drop(twenty);
        let three = acquires_batch(&[("me", 3), ("other", 1)]).await.expect("free");
        assert!(acquires_batch(&[("me", 2)]).await.is_none());
        assert!(acquires_batch(&[("me", 1), ("other", 3)]).await.is_some());
        drop(three);
        assert!(acquires_batch(&[("me", 4), ("other", 4)]).await.is_some());
    }

    #[tokio::test]
    async fn batches_with_many_items_for_the_same_mailboxes_do_not_deadlock() {
        let limits = Limits::default();
        let held = limits.acquire("d", APP, [("a", 2), ("b", 3)].into()).await;
        let batch = async |mailboxes: [(&'static str, usize); 2]| {
            let _permits = limits.acquire("d", APP, mailboxes.into()).await;
            tokio::task::yield_now().await;
            true
        };
        let release = async {
            tokio::task::yield_now().await;
            drop(held);
        };
        let done = async {
            let batches = (batch([("a", 3), ("b", 20)]), batch([("b", 2), ("a", 20)]), batch([("a", 1), ("b", 1)]));
            tokio::join!(batches.0, batches.1, batches.2, release)
        };
        assert_eq!(tokio::time::timeout(Duration::from_secs(5), done).await, Ok((true, true, true, ())));
    }

    #[tokio::test]
    async fn one_tenant_never_takes_all_permits_of_the_process() {
        let limits = Limits::default();
        let mut held = Vec::new();
        for n in 0..MAX_PER_TENANT {
            held.push(acquires(&limits, "d", &n.to_string()).await.expect("free"));
        }
        assert!(acquires(&limits, "d", "one more").await.is_none());
        for n in 0..MAX_PER_PROCESS - MAX_PER_TENANT {
            held.push(acquires(&limits, "e", &n.to_string()).await.expect("free"));
        }
        // The process is full for every tenant.
        assert!(acquires(&limits, "f", "a").await.is_none());
        held.pop();
        assert!(acquires(&limits, "f", "a").await.is_some());
    }

    #[tokio::test]
    async fn throttling_of_one_tenant_does_not_slow_down_others() {
        let limits = Limits::default();
        let throttled: Vec<_> =
            [acquires(&limits, "d", "a").await, acquires(&limits, "d", "b").await].into_iter().flatten().collect();
        for _ in 0..100 {
            for permits in &throttled {
                permits.record(LoadSignal::Throttled { refused: 1, retry_after: None });
            }
        }
        drop(throttled);
        let mut held = Vec::new();
        for n in 0..MAX_PER_TENANT {
            held.push(acquires(&limits, "e", &n.to_string()).await.expect("free"));
        }
        // Another application of the same directory has its own limit.
        let other = limits.acquire("d", "other", [("a", MAX_CONCURRENT)].into());
        assert!(tokio::time::timeout(Duration::from_millis(5), other).await.is_ok());
    }

    #[tokio::test]
    async fn unused_mailboxes_are_removed() {
        let limits = Limits::default();
        let held = acquires(&limits, "d", "held").await;
        for n in 0..PRUNE_ABOVE * 3 {
            drop(acquires(&limits, "d", &n.to_string()).await);
        }
        let known = limits.mailboxes.lock().expect("not poisoned").len();
        assert!(known <= PRUNE_ABOVE, "{known}");
        drop(held);
    }
}

//! How many requests are in flight: for one mailbox, for one tenant's application, and in all.
//!
//! Graph's documentation has counted four requests for an application and mailbox, and four for an application whatever the
//! mailbox. Both are kept to: a mailbox never has more than four, and how many an application may have is found out by what
//! Graph answers. `docs/decisions/0016-requests-in-flight.md` says why.

mod adaptive;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use adaptive::{Lane, LanePlace};
pub(super) use adaptive::{MAX_OF_TENANT, Told};

/// Graph's documented bound: for an application and mailbox by one text, for an application by another. It is also how many
/// requests of a batch Graph carries out at a time.
pub(super) const AT_ONCE: usize = 4;
/// How many requests a process has in flight at most, whatever the tenants. More than one tenant may have, so that there
/// are places left for the others.
const MAX_IN_ALL: usize = 156;
/// Above this many mailboxes, those that are not in use any more are forgotten.
const PRUNE_ABOVE: usize = 256;

#[derive(PartialEq, Eq, Hash)]
struct Mailbox {
    directory: String,
    name: String,
}

/// The bounds of a process.
pub(super) struct Limits {
    mailboxes: Mutex<HashMap<Mailbox, Weak<Semaphore>>>,
    /// By directory and application: Graph limits each by itself, so that what one is told holds up no other.
    lanes: Mutex<HashMap<(String, String), Arc<Lane>>>,
    all: Arc<Semaphore>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { mailboxes: Mutex::default(), lanes: Mutex::default(), all: Arc::new(Semaphore::new(MAX_IN_ALL)) }
    }
}

/// The places that a request has among those in flight, for as long as this lives.
pub(super) struct Places {
    lane: LanePlace,
    _mailboxes: Vec<OwnedSemaphorePermit>,
    _all: OwnedSemaphorePermit,
}

impl Places {
    /// Takes in what Graph answered: it decides how many requests may be in flight from now on.
    pub(super) fn heed(&self, told: Told) {
        self.lane.heed(told);
    }
}

impl Limits {
    /// Waits until a request to these mailboxes may start that Graph carries out as so many: a batch counts its items, of
    /// which Graph carries out four at a time. All requests take places in the same order (the mailboxes by name, the
    /// tenant's, the process's), so that no two requests wait for one another in a circle.
    pub(super) async fn enter(
        &self,
        directory: &str,
        application: &str,
        mailboxes: BTreeSet<&str>,
        requests: usize,
    ) -> Places {
        let weight = requests.clamp(1, AT_ONCE);
        let mut of_mailboxes = Vec::with_capacity(mailboxes.len());
        for mailbox in mailboxes {
            of_mailboxes.push(self.enter_mailbox(directory, mailbox).await);
        }
        let lane = self.lane(directory, application).enter(weight).await;
        let all = loop {
            let permits = u32::try_from(weight).unwrap_or(1);
            // The semaphore is never closed.
            if let Ok(permit) = Arc::clone(&self.all).acquire_many_owned(permits).await {
                break permit;
            }
        };
        Places { lane, _mailboxes: of_mailboxes, _all: all }
    }

    async fn enter_mailbox(&self, directory: &str, mailbox: &str) -> OwnedSemaphorePermit {
        loop {
            // The semaphore is never closed; were it, a new one would take its place.
            if let Ok(permit) = self.mailbox(directory, mailbox).acquire_owned().await {
                return permit;
            }
        }
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
        let semaphore = Arc::new(Semaphore::new(AT_ONCE));
        semaphores.insert(key, Arc::downgrade(&semaphore));
        semaphore
    }

    fn lane(&self, directory: &str, application: &str) -> Arc<Lane> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lanes.entry((directory.to_owned(), application.to_owned())).or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const APP: &str = "app";

    async fn enters(limits: &Limits, directory: &str, mailbox: &str) -> Option<Places> {
        let entering = limits.enter(directory, APP, [mailbox].into(), 1);
        tokio::time::timeout(Duration::from_millis(5), entering).await.ok()
    }

    #[tokio::test]
    async fn the_fifth_waits_and_other_mailboxes_do_not() {
        let limits = Limits::default();
        let mut held = Vec::new();
        for _ in 0..AT_ONCE {
            held.push(enters(&limits, "d", "a").await.expect("free"));
        }
        assert!(enters(&limits, "d", "a").await.is_none());
        assert!(enters(&limits, "d", "b").await.is_some());
        assert!(enters(&limits, "e", "a").await.is_some());
        held.pop();
        assert!(enters(&limits, "d", "a").await.is_some());
    }

    #[tokio::test]
    async fn batches_for_the_same_mailboxes_do_not_block_one_another() {
        let limits = Limits::default();
        let mut held = Vec::new();
        for _ in 1..AT_ONCE {
            held.push(limits.enter("d", APP, ["a", "b"].into(), 2).await);
        }
        let batch = async |mailboxes: [&'static str; 2]| {
            let _places = limits.enter("d", APP, mailboxes.into(), 2).await;
            tokio::task::yield_now().await;
            true
        };
        let done = async { tokio::join!(batch(["a", "b"]), batch(["b", "a"]), batch(["a", "b"])) };
        assert_eq!(tokio::time::timeout(Duration::from_secs(5), done).await, Ok((true, true, true)));
    }

    #[tokio::test]
    async fn one_tenant_never_takes_all_places_of_the_process() {
        let limits = Limits::default();
        let mut held = Vec::new();
        for n in 0..MAX_OF_TENANT {
            held.push(enters(&limits, "d", &n.to_string()).await.expect("free"));
        }
        assert!(enters(&limits, "d", "one more").await.is_none());
        for n in 0..MAX_IN_ALL - MAX_OF_TENANT {
            held.push(enters(&limits, "e", &n.to_string()).await.expect("free"));
        }
        // The process is full, whoever asks.
        assert!(enters(&limits, "f", "a").await.is_none());
        held.pop();
        assert!(enters(&limits, "f", "a").await.is_some());
    }

    #[tokio::test]
    async fn what_one_tenant_is_told_holds_up_no_other() {
        let limits = Limits::default();
        let throttled: Vec<_> =
            [enters(&limits, "d", "a").await, enters(&limits, "d", "b").await].into_iter().flatten().collect();
        for _ in 0..100 {
            for places in &throttled {
                places.heed(Told::Throttled { retry_after: None });
            }
        }
        drop(throttled);
        let mut held = Vec::new();
        for n in 0..MAX_OF_TENANT {
            held.push(enters(&limits, "e", &n.to_string()).await.expect("free"));
        }
        // Another application of the same directory is another one to Graph.
        let other = limits.enter("d", "other", ["a"].into(), AT_ONCE);
        assert!(tokio::time::timeout(Duration::from_millis(5), other).await.is_ok());
    }

    #[tokio::test]
    async fn mailboxes_that_are_not_in_use_are_forgotten() {
        let limits = Limits::default();
        let held = enters(&limits, "d", "held").await;
        for n in 0..PRUNE_ABOVE * 3 {
            drop(enters(&limits, "d", &n.to_string()).await);
        }
        let known = limits.mailboxes.lock().expect("not poisoned").len();
        assert!(known <= PRUNE_ABOVE, "{known}");
        drop(held);
    }
}

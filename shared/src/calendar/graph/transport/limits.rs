//! How many requests are in flight: for one mailbox, for one tenant's application, and in all.
//!
//! Graph's documentation has counted four requests for an application and mailbox, and four for an application whatever the
//! mailbox. Both are kept to: a mailbox never has more than four, and how many an application may have is found out by what
//! Graph answers. `docs/decisions/0016-requests-in-flight.md` says why.

mod adaptive;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use adaptive::{Lane, LanePlace};
pub(crate) use adaptive::{MAX_OF_TENANT, Told};

/// Graph's documented bound: for an application and mailbox by one text, for an application by another. It is also how many
/// requests of a batch Graph carries out at a time.
pub(crate) const AT_ONCE: usize = 4;
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
pub(crate) struct Limits {
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
pub(crate) struct Places {
    lane: LanePlace,
    _mailboxes: Vec<OwnedSemaphorePermit>,
    _all: OwnedSemaphorePermit,
}

impl Places {
    /// Takes in what Graph answered: it decides how many requests may be in flight from now on.
    pub(crate) fn heed(&self, told: Told) {
        self.lane.heed(told);
    }
}

impl Limits {
    /// Waits until a request may start that Graph carries out as so many to each of these mailboxes: a batch counts its items,
    /// of which Graph carries out four at a time, to one mailbox or to several. All requests take places in the same order (the
    /// mailboxes by name, the tenant's, the process's) and those of a kind at once, so that no two requests wait for one
    /// another in a circle.
    pub(crate) async fn enter(&self, directory: &str, application: &str, mailboxes: BTreeMap<&str, usize>) -> Places {
        let weight = mailboxes.values().sum::<usize>();
        let mut of_mailboxes = Vec::with_capacity(mailboxes.len());
        for (mailbox, requests) in mailboxes {
            of_mailboxes.push(permits(|| self.mailbox(directory, mailbox), requests).await);
        }
        let lane = self.lane(directory, application).enter(weight.clamp(1, AT_ONCE)).await;
        let all = permits(|| Arc::clone(&self.all), weight).await;
        Places { lane, _mailboxes: of_mailboxes, _all: all }
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

/// The places of a request that Graph carries out as so many, at most four at a time.
async fn permits(semaphore: impl Fn() -> Arc<Semaphore>, requests: usize) -> OwnedSemaphorePermit {
    let count = u32::try_from(requests.clamp(1, AT_ONCE)).unwrap_or(1);
    loop {
        // No semaphore is ever closed; were a mailbox's, a new one would take its place.
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

    async fn enters(limits: &Limits, directory: &str, mailbox: &str) -> Option<Places> {
        let entering = limits.enter(directory, APP, [(mailbox, 1)].into());
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
            held.push(limits.enter("d", APP, [("a", 1), ("b", 1)].into()).await);
        }
        let batch = async |mailboxes: [&'static str; 2]| {
            let _places = limits.enter("d", APP, mailboxes.map(|mailbox| (mailbox, 1)).into()).await;
            tokio::task::yield_now().await;
            true
        };
        let done = async { tokio::join!(batch(["a", "b"]), batch(["b", "a"]), batch(["a", "b"])) };
        assert_eq!(tokio::time::timeout(Duration::from_secs(5), done).await, Ok((true, true, true)));
    }

    #[tokio::test]
    async fn a_batch_takes_a_place_of_a_mailbox_for_each_of_its_requests_to_it() {
        let limits = Limits::default();
        let enters_batch = async |mailboxes: &[(&str, usize)]| {
            let entering = limits.enter("d", APP, mailboxes.iter().copied().collect());
            tokio::time::timeout(Duration::from_millis(5), entering).await.ok()
        };
        // Twenty are four at a time.
        let twenty = enters_batch(&[("me", 20)]).await.expect("free");
        assert!(enters(&limits, "d", "me").await.is_none());
        drop(twenty);
        let three = enters_batch(&[("me", 3), ("other", 1)]).await.expect("free");
        assert!(enters_batch(&[("me", 2)]).await.is_none());
        assert!(enters_batch(&[("me", 1), ("other", 3)]).await.is_some());
        drop(three);
        assert!(enters_batch(&[("me", 4), ("other", 4)]).await.is_some());
    }

    #[tokio::test]
    async fn batches_with_many_requests_to_the_same_mailboxes_do_not_block_one_another() {
        let limits = Limits::default();
        let held = limits.enter("d", APP, [("a", 2), ("b", 3)].into()).await;
        let batch = async |mailboxes: [(&'static str, usize); 2]| {
            let _places = limits.enter("d", APP, mailboxes.into()).await;
            tokio::task::yield_now().await;
            true
        };
        let letting_go = async {
            tokio::task::yield_now().await;
            drop(held);
        };
        let done = async {
            let batches = (batch([("a", 3), ("b", 20)]), batch([("b", 2), ("a", 20)]), batch([("a", 1), ("b", 1)]));
            tokio::join!(batches.0, batches.1, batches.2, letting_go)
        };
        assert_eq!(tokio::time::timeout(Duration::from_secs(5), done).await, Ok((true, true, true, ())));
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
                places.heed(Told::Throttled { refused: 1, retry_after: None });
            }
        }
        drop(throttled);
        let mut held = Vec::new();
        for n in 0..MAX_OF_TENANT {
            held.push(enters(&limits, "e", &n.to_string()).await.expect("free"));
        }
        // Another application of the same directory is another one to Graph.
        let other = limits.enter("d", "other", [("a", AT_ONCE)].into());
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

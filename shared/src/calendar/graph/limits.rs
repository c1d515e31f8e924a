//! At most four requests in flight for one mailbox: beyond that Graph answers 429.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Graph's documented bound for an application and mailbox.
const IN_FLIGHT: usize = 4;
/// Above this many mailboxes, those that nobody uses any more are forgotten.
const PRUNE_ABOVE: usize = 256;

#[derive(PartialEq, Eq, Hash)]
struct Mailbox {
    directory: String,
    name: String,
}

/// The bound for each mailbox that is in use.
#[derive(Default)]
pub(super) struct MailboxLimits(Mutex<HashMap<Mailbox, Weak<Semaphore>>>);

impl MailboxLimits {
    /// Waits until a request for this mailbox may start. The permit holds the place.
    pub(super) async fn enter(&self, directory: &str, mailbox: &str) -> OwnedSemaphorePermit {
        loop {
            // The semaphore is never closed; were it, a new one would take its place.
            if let Ok(permit) = self.semaphore(directory, mailbox).acquire_owned().await {
                return permit;
            }
        }
    }

    /// Waits until a batch with a request for each of these mailboxes may start. Every batch enters them in the same order,
    /// so that no two wait for one another in a circle.
    pub(super) async fn enter_all(&self, directory: &str, mailboxes: BTreeSet<&str>) -> Vec<OwnedSemaphorePermit> {
        let mut places = Vec::with_capacity(mailboxes.len());
        for mailbox in mailboxes {
            places.push(self.enter(directory, mailbox).await);
        }
        places
    }

    fn semaphore(&self, directory: &str, mailbox: &str) -> Arc<Semaphore> {
        let mut semaphores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = Mailbox { directory: directory.to_owned(), name: mailbox.to_owned() };
        if let Some(semaphore) = semaphores.get(&key).and_then(Weak::upgrade) {
            return semaphore;
        }
        if semaphores.len() >= PRUNE_ABOVE {
            semaphores.retain(|_, semaphore| semaphore.strong_count() > 0);
        }
        let semaphore = Arc::new(Semaphore::new(IN_FLIGHT));
        semaphores.insert(key, Arc::downgrade(&semaphore));
        semaphore
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn enters(limits: &MailboxLimits, directory: &str, mailbox: &str) -> Option<OwnedSemaphorePermit> {
        tokio::time::timeout(std::time::Duration::from_millis(5), limits.enter(directory, mailbox)).await.ok()
    }

    #[tokio::test]
    async fn the_fifth_waits_and_other_mailboxes_do_not() {
        let limits = MailboxLimits::default();
        let mut held = Vec::new();
        for _ in 0..IN_FLIGHT {
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
        let limits = MailboxLimits::default();
        let mut held = Vec::new();
        for _ in 1..IN_FLIGHT {
            held.push((limits.enter("d", "a").await, limits.enter("d", "b").await));
        }
        let batch = async |mailboxes: [&'static str; 2]| {
            let places = limits.enter_all("d", mailboxes.into()).await;
            tokio::task::yield_now().await;
            places.len()
        };
        assert_eq!(tokio::join!(batch(["a", "b"]), batch(["b", "a"]), batch(["a", "b"])), (2, 2, 2));
    }

    #[tokio::test]
    async fn mailboxes_nobody_uses_are_forgotten() {
        let limits = MailboxLimits::default();
        let held = limits.enter("d", "held").await;
        for n in 0..PRUNE_ABOVE * 3 {
            drop(limits.enter("d", &n.to_string()).await);
        }
        let known = limits.0.lock().expect("not poisoned").len();
        assert!(known <= PRUNE_ABOVE, "{known}");
        drop(held);
    }
}

//! At most four calls in flight for one app and mailbox, and how many there were.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::GraphError;

/// Graph's `MailboxConcurrency`.
const IN_FLIGHT: usize = 4;

/// How many calls a mailbox has in flight, over all apps.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Count {
    pub(crate) in_flight: usize,
    pub(crate) in_flight_peak: usize,
    pub(crate) refused: u64,
}

#[derive(Default)]
struct State {
    /// By app and mailbox.
    semaphores: HashMap<(String, String), Arc<Semaphore>>,
    /// By directory and mailbox.
    counts: BTreeMap<(String, String), Count>,
}

#[derive(Default)]
pub(crate) struct Gate {
    state: Arc<Mutex<State>>,
    bounded: bool,
}

/// A call's place among those in flight.
pub(crate) struct Pass {
    state: Arc<Mutex<State>>,
    mailbox: (String, String),
    _permit: Option<OwnedSemaphorePermit>,
}

impl Drop for Pass {
    fn drop(&mut self) {
        if let Some(count) = lock(&self.state).counts.get_mut(&self.mailbox) {
            count.in_flight = count.in_flight.saturating_sub(1);
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gate {
    pub(crate) fn new(bounded: bool) -> Self {
        Self { state: Arc::default(), bounded }
    }

    /// Lets a call in: at once or never, unless it may wait (an item of a batch does, in Graph's own queue).
    pub(crate) async fn enter(
        &self,
        client: &str,
        directory: &str,
        mailbox: &str,
        may_wait: bool,
    ) -> Result<Pass, GraphError> {
        let mailbox = (directory.to_owned(), mailbox.to_owned());
        let permit = if self.bounded {
            let semaphore = lock(&self.state)
                .semaphores
                .entry((client.to_owned(), format!("{}/{}", mailbox.0, mailbox.1)))
                .or_insert_with(|| Arc::new(Semaphore::new(IN_FLIGHT)))
                .clone();
            let permit =
                if may_wait { semaphore.acquire_owned().await.ok() } else { semaphore.try_acquire_owned().ok() };
            let Some(permit) = permit else {
                lock(&self.state).counts.entry(mailbox).or_default().refused += 1;
                return Err(GraphError::new(
                    429,
                    "ApplicationThrottled",
                    "Application is over its MailboxConcurrency limit.",
                )
                .header("retry-after", "0.128"));
            };
            Some(permit)
        } else {
            None
        };
        let mut state = lock(&self.state);
        let count = state.counts.entry(mailbox.clone()).or_default();
        count.in_flight += 1;
        count.in_flight_peak = count.in_flight_peak.max(count.in_flight);
        drop(state);
        Ok(Pass { state: self.state.clone(), mailbox, _permit: permit })
    }

    pub(crate) fn counts(&self) -> BTreeMap<(String, String), Count> {
        lock(&self.state).counts.clone()
    }

    pub(crate) fn reset_peaks(&self) {
        for count in lock(&self.state).counts.values_mut() {
            *count = Count { in_flight: count.in_flight, in_flight_peak: count.in_flight, refused: 0 };
        }
    }
}

//! How many calls are in flight, and which are one too many: four for one app and mailbox, and, where a switch says so, so
//! many for one app whatever the mailboxes. Microsoft has documented the one and the other.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::Notify;

use crate::error::GraphError;

/// Graph's `MailboxConcurrency`, and how many items of a batch it carries out at a time.
pub(crate) const IN_FLIGHT: usize = 4;
/// Above so many mailboxes or apps, those without a call in flight are forgotten, oldest names first.
const KEPT: usize = 10_000;

/// How many calls a mailbox or an app has in flight.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Count {
    pub(crate) in_flight: usize,
    pub(crate) in_flight_peak: usize,
    pub(crate) refused: u64,
}

impl Count {
    fn enter(&mut self) {
        self.in_flight += 1;
        self.in_flight_peak = self.in_flight_peak.max(self.in_flight);
    }

    fn leave(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }
}

#[derive(Default)]
struct State {
    /// Calls in flight by app, directory and mailbox.
    bounded: HashMap<(String, String, String), usize>,
    /// By directory and mailbox, over all apps.
    mailboxes: BTreeMap<(String, String), Count>,
    /// By directory and app, over all mailboxes.
    apps: BTreeMap<(String, String), Count>,
}

#[derive(Default)]
pub(crate) struct Gate {
    state: Arc<Mutex<State>>,
    left: Arc<Notify>,
    bounded: bool,
}

/// Who calls, and whose mailbox is called.
#[derive(Clone)]
struct Caller {
    client: String,
    directory: String,
    mailbox: String,
}

impl Caller {
    fn mailbox(&self) -> (String, String) {
        (self.directory.clone(), self.mailbox.clone())
    }

    fn app(&self) -> (String, String) {
        (self.directory.clone(), self.client.clone())
    }

    fn both(&self) -> (String, String, String) {
        (self.client.clone(), self.directory.clone(), self.mailbox.clone())
    }
}

/// A call's place among those in flight.
pub(crate) struct Pass {
    state: Arc<Mutex<State>>,
    left: Arc<Notify>,
    caller: Caller,
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        if let Some(count) = state.bounded.get_mut(&self.caller.both()) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                state.bounded.remove(&self.caller.both());
            }
        }
        if let Some(count) = state.mailboxes.get_mut(&self.caller.mailbox()) {
            count.leave();
        }
        if let Some(count) = state.apps.get_mut(&self.caller.app()) {
            count.leave();
        }
        drop(state);
        self.left.notify_waiters();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gate {
    pub(crate) fn new(bounded: bool) -> Self {
        Self { bounded, ..Self::default() }
    }

    /// Lets a call in: at once or never, unless it may wait (an item of a batch does, in Graph's own queue). `of_app`: how
    /// many calls an app may have in flight.
    pub(crate) async fn enter(
        &self,
        client: &str,
        directory: &str,
        mailbox: &str,
        of_app: Option<usize>,
        may_wait: bool,
    ) -> Result<Pass, GraphError> {
        let caller = Caller { client: client.to_owned(), directory: directory.to_owned(), mailbox: mailbox.to_owned() };
        loop {
            let left = self.left.notified();
            tokio::pin!(left);
            // From here on no call ends unnoticed.
            left.as_mut().enable();
            if let Some(pass) = self.try_enter(&caller, of_app) {
                return Ok(pass);
            }
            if !may_wait {
                return Err(self.refuse(&caller));
            }
            left.await;
        }
    }

    fn try_enter(&self, caller: &Caller, of_app: Option<usize>) -> Option<Pass> {
        let mut state = lock(&self.state);
        let of_mailbox = state.bounded.get(&caller.both()).copied().unwrap_or_default();
        let app_is_full =
            of_app.is_some_and(|most| state.apps.get(&caller.app()).is_some_and(|app| app.in_flight >= most));
        if app_is_full || (self.bounded && of_mailbox >= IN_FLIGHT) {
            return None;
        }
        forget_idle(&mut state.mailboxes);
        forget_idle(&mut state.apps);
        *state.bounded.entry(caller.both()).or_default() += 1;
        state.mailboxes.entry(caller.mailbox()).or_default().enter();
        state.apps.entry(caller.app()).or_default().enter();
        Some(Pass { state: self.state.clone(), left: self.left.clone(), caller: caller.clone() })
    }

    fn refuse(&self, caller: &Caller) -> GraphError {
        let mut state = lock(&self.state);
        state.mailboxes.entry(caller.mailbox()).or_default().refused += 1;
        state.apps.entry(caller.app()).or_default().refused += 1;
        // Whichever bound it is: that is what the error is called.
        GraphError::new(429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.")
            .header("retry-after", "0.128")
    }

    /// By directory and mailbox.
    pub(crate) fn mailboxes(&self) -> BTreeMap<(String, String), Count> {
        lock(&self.state).mailboxes.clone()
    }

    /// By directory and app.
    pub(crate) fn apps(&self) -> BTreeMap<(String, String), Count> {
        lock(&self.state).apps.clone()
    }

    pub(crate) fn reset_peaks(&self) {
        let mut state = lock(&self.state);
        let State { mailboxes, apps, .. } = &mut *state;
        for count in mailboxes.values_mut().chain(apps.values_mut()) {
            *count = Count { in_flight: count.in_flight, in_flight_peak: count.in_flight, refused: 0 };
        }
    }
}

fn forget_idle(counts: &mut BTreeMap<(String, String), Count>) {
    if counts.len() > KEPT {
        counts.retain(|_, count| count.in_flight > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_without_a_call_in_flight_are_forgotten_in_the_end() {
        let gate = Gate::new(true);
        let held = gate.enter("app", "d", "held", None, false).await.map_err(|error| error.code);
        for n in 0..=KEPT * 2 {
            assert!(gate.enter("app", "d", &n.to_string(), None, false).await.is_ok());
        }
        assert!(gate.mailboxes().len() <= KEPT + 1);
        assert!(gate.mailboxes().contains_key(&("d".to_owned(), "held".to_owned())));
        assert_eq!(lock(&gate.state).bounded.len(), 1);
        drop(held);
        assert!(lock(&gate.state).bounded.is_empty());
    }
}

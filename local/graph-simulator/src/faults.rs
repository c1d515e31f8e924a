//! Faults on demand: rules that match requests and say what goes wrong with them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::watch;

/// Which requests a rule is about. What is left out matches everything.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Match {
    pub(crate) method: Option<String>,
    pub(crate) path_contains: Option<String>,
    pub(crate) directory: Option<String>,
    pub(crate) mailbox: Option<String>,
    pub(crate) operation: Option<String>,
    pub(crate) client_request_id: Option<String>,
    pub(crate) batch: Option<bool>,
}

/// Whether something happens before or after the request has had its effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum When {
    #[default]
    Before,
    After,
}

/// When the connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DropWhen {
    BeforeCommit,
    AfterCommit,
}

/// What goes wrong. The parts combine.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Effect {
    pub(crate) when: When,
    pub(crate) delay_ms: u64,
    pub(crate) hold: bool,
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) retry_after: Option<f64>,
    /// Answered in place of the envelope; a string goes out as plain text.
    pub(crate) body: Option<Value>,
    pub(crate) drop: Option<DropWhen>,
    pub(crate) land_after_ms: Option<u64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spec {
    #[serde(default, rename = "match")]
    matches: Match,
    #[serde(default = "one")]
    times: u64,
    #[serde(default)]
    skip: u64,
    effect: Effect,
}

const fn one() -> u64 {
    1
}

/// What a request shows of itself to the rules.
pub(crate) struct Facts<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) directory: &'a str,
    pub(crate) mailbox: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) client_request_id: &'a str,
    pub(crate) batch: bool,
}

struct Rule {
    id: u64,
    spec: Spec,
    seen: u64,
    hits: u64,
    waiting: Arc<AtomicUsize>,
    release: watch::Sender<Release>,
}

/// How often the waiting requests were let go, and whether the last time was for good or for nothing.
#[derive(Clone, Copy, Debug, Default)]
struct Release {
    generation: u64,
    discard: bool,
}

/// A fault that a request has met.
pub(crate) struct Fault {
    pub(crate) effect: Effect,
    waiting: Arc<AtomicUsize>,
    release: watch::Receiver<Release>,
}

impl Fault {
    /// The waits of one phase. `false`: the request was discarded while it was held.
    pub(crate) async fn wait(&mut self, phase: When) -> bool {
        if self.effect.when != phase {
            return true;
        }
        if self.effect.delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(self.effect.delay_ms)).await;
        }
        if !self.effect.hold {
            return true;
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        // An error means that the rule is gone, which releases its requests too.
        let discard = match self.release.changed().await {
            Ok(()) => self.release.borrow().discard,
            Err(_) => false,
        };
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        !discard
    }
}

#[derive(Default)]
struct State {
    next: u64,
    rules: Vec<Rule>,
}

#[derive(Default)]
pub(crate) struct Faults {
    state: Mutex<State>,
}

impl Faults {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, spec: Spec) -> u64 {
        let mut state = self.lock();
        state.next += 1;
        let id = state.next;
        let release = watch::channel(Release::default()).0;
        state.rules.push(Rule { id, spec, seen: 0, hits: 0, waiting: Arc::default(), release });
        id
    }

    /// The first rule that matches and is not used up.
    pub(crate) fn meet(&self, facts: &Facts<'_>) -> Option<Fault> {
        for rule in &mut self.lock().rules {
            if (rule.spec.times > 0 && rule.hits >= rule.spec.times) || !matches(&rule.spec.matches, facts) {
                continue;
            }
            rule.seen += 1;
            if rule.seen <= rule.spec.skip {
                continue;
            }
            rule.hits += 1;
            return Some(Fault {
                effect: rule.spec.effect.clone(),
                waiting: rule.waiting.clone(),
                release: rule.release.subscribe(),
            });
        }
        None
    }

    pub(crate) fn list(&self) -> Value {
        let state = self.lock();
        let rules = state.rules.iter().map(|rule| {
            json!({
                "id": rule.id,
                "match": rule.spec.matches,
                "times": rule.spec.times,
                "skip": rule.spec.skip,
                "effect": rule.spec.effect,
                "hits": rule.hits,
                "waiting": rule.waiting.load(Ordering::SeqCst),
            })
        });
        rules.collect()
    }

    /// Lets the requests go that wait now; later ones wait again.
    pub(crate) fn release(&self, id: u64, discard: bool) -> Option<usize> {
        let state = self.lock();
        let rule = state.rules.iter().find(|rule| rule.id == id)?;
        rule.release.send_modify(|release| {
            release.generation += 1;
            release.discard = discard;
        });
        Some(rule.waiting.load(Ordering::SeqCst))
    }

    pub(crate) fn remove(&self, id: u64) -> bool {
        let mut state = self.lock();
        let before = state.rules.len();
        state.rules.retain(|rule| rule.id != id);
        state.rules.len() < before
    }

    pub(crate) fn clear(&self) {
        self.lock().rules.clear();
    }
}

fn matches(rule: &Match, facts: &Facts<'_>) -> bool {
    let same = |wanted: &Option<String>, actual: &str| {
        wanted.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(actual))
    };
    same(&rule.method, facts.method)
        && same(&rule.directory, facts.directory)
        && same(&rule.mailbox, facts.mailbox)
        && same(&rule.operation, facts.operation)
        && same(&rule.client_request_id, facts.client_request_id)
        && rule.batch.is_none_or(|batch| batch == facts.batch)
        && rule.path_contains.as_deref().is_none_or(|part| facts.path.contains(part))
}

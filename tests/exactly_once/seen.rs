//! What happened, over many schedules: proof that the interesting paths were taken.

use std::collections::BTreeMap;

/// How often what happened.
#[derive(Debug, Default)]
pub struct Seen(BTreeMap<String, u64>);

impl Seen {
    pub fn note(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    pub fn add(&mut self, other: &Self) {
        for (what, count) in &other.0 {
            *self.0.entry(what.clone()).or_default() += count;
        }
    }

    /// A test whose schedules never reach a path says nothing about it.
    pub fn assert_happened(&self, all: &[&str]) {
        for what in all {
            assert!(self.0.get(*what).copied().unwrap_or_default() > 10, "hardly ever: {what}; seen {self:?}");
        }
    }
}

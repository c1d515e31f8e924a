//! What a comparison of stores has met so far, and whether it may end: one that never meets an outcome says nothing
//! about it.
//!
//! Operations are chosen by chance over ids that differ in each run, so a fixed number of sequences meets a rare outcome
//! now and then too seldom. Sequences therefore go on until every outcome was met often enough.

use std::{borrow::Cow, collections::BTreeMap};

/// How many times its planned sequences a comparison may have. One that needs more has lost an outcome.
const MAX_FACTOR: u64 = 3;

/// How often each outcome of an operation occurred, and how often it must occur.
pub struct Coverage {
    sequences: u64,
    begun: u64,
    needed: &'static [(&'static str, usize)],
    counts: BTreeMap<Cow<'static, str>, usize>,
}

impl Coverage {
    /// A comparison runs at least `sequences`.
    pub fn new(sequences: u64, needed: &'static [(&'static str, usize)]) -> Self {
        Self { sequences, begun: 0, needed, counts: BTreeMap::new() }
    }

    pub fn note(&mut self, outcome: impl Into<Cow<'static, str>>) {
        *self.counts.entry(outcome.into()).or_default() += 1;
    }

    /// The seed of the next sequence; `None` where the comparison may end.
    ///
    /// # Panics
    ///
    /// If an outcome is still met too seldom after many more sequences than planned.
    pub fn next_seed(&mut self) -> Option<u64> {
        let (seed, missing) = (self.begun, self.missing());
        assert!(
            seed < self.sequences * MAX_FACTOR || missing.is_empty(),
            "hardly ever {missing:?}; met {:#?}",
            self.counts
        );
        self.begun += 1;
        (seed < self.sequences || !missing.is_empty()).then_some(seed)
    }

    fn missing(&self) -> Vec<&'static str> {
        let count = |outcome| self.counts.get(outcome).copied().unwrap_or_default();
        self.needed.iter().filter(|(outcome, least)| count(*outcome) < *least).map(|(outcome, _)| *outcome).collect()
    }
}

#[test]
fn sequences_go_on_until_every_outcome_was_met_often_enough() {
    let mut coverage = Coverage::new(2, &[("done", 3), ("conflict", 1)]);
    coverage.note("conflict");
    for seed in 0..3 {
        assert_eq!(coverage.next_seed(), Some(seed));
        coverage.note("done");
    }
    assert_eq!(coverage.next_seed(), None);
}

#[test]
fn a_comparison_runs_all_of_its_sequences() {
    let mut coverage = Coverage::new(2, &[]);
    assert_eq!([(); 3].map(|()| coverage.next_seed()), [Some(0), Some(1), None]);
}

#[test]
#[should_panic(expected = "hardly ever [\"conflict\"]")]
fn an_outcome_that_is_never_met_fails() {
    let mut coverage = Coverage::new(2, &[("done", 1), ("conflict", 1)]);
    while coverage.next_seed().is_some() {
        coverage.note("done");
    }
}

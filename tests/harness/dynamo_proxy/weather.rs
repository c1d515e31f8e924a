//! Trouble by chance.

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{Trouble, When, step};
use crate::http_wire::Message;

/// An operation by its name, and what it is about: the part of its key after the tenant's name, or the kind of secret. Such
/// as `("GetItem", "config")`, `("PutItem", "lease")` or `("GetSecretValue", "keys")`. A transaction and a batch are about each of their items.
pub type Operation = (&'static str, &'static str);

/// What strikes so many in a hundred requests.
pub(super) struct Weather {
    chance: StdRng,
    percent: u32,
    troubles: Vec<(When, Trouble)>,
    /// Which requests it strikes. `None`: every step of a protocol.
    operations: Option<Vec<Operation>>,
    passed: u32,
    struck: u32,
}

impl Weather {
    pub(super) fn new(
        operations: Option<Vec<Operation>>,
        seed: u64,
        percent: u32,
        troubles: Vec<(When, Trouble)>,
    ) -> Self {
        Self { chance: StdRng::seed_from_u64(seed), percent, troubles, operations, passed: 0, struck: 0 }
    }

    /// What happens to a request, if anything does. `is_step`: it is one of the steps of a protocol.
    pub(super) fn trouble_for(&mut self, request: &Message, is_step: bool) -> Option<(When, Trouble)> {
        if !self.concerns(request, is_step) {
            return None;
        }
        if !self.chance.random_ratio(self.percent, 100) {
            self.passed += 1;
            return None;
        }
        self.struck += 1;
        Some(self.troubles[self.chance.random_range(0..self.troubles.len())].clone())
    }

    /// How many in a hundred of the requests it concerns it has struck. `None`: none has come.
    pub(super) fn struck_percent(&self) -> Option<u32> {
        (100 * self.struck).checked_div(self.struck + self.passed)
    }

    fn concerns(&self, request: &Message, is_step: bool) -> bool {
        let Some(operations) = &self.operations else { return is_step };
        let requested = step::operations(request);
        let is_requested = |(operation, about): &Operation| {
            requested.iter().any(|(known, what)| (known.as_str(), what.as_str()) == (*operation, *about))
        };
        operations.iter().any(is_requested)
    }
}

//! Entries of the keys secret that verify one credential each, until they end.

use chrono::{DateTime, Utc};
use convene::secrets::{ApiKeyHash, ClientSecretHash, Key};

/// An entry of a list in the keys secret.
pub trait Entry {
    /// Whether both entries verify the same credential.
    fn is_same(&self, other: &Self) -> bool;

    /// When the entry stops verifying. `None`: it does not end.
    fn not_after(&mut self) -> &mut Option<DateTime<Utc>>;
}

impl Entry for ClientSecretHash {
    fn is_same(&self, other: &Self) -> bool {
        self.client_id == other.client_id && self.sha256 == other.sha256
    }

    fn not_after(&mut self) -> &mut Option<DateTime<Utc>> {
        &mut self.not_after
    }
}

impl Entry for ApiKeyHash {
    fn is_same(&self, other: &Self) -> bool {
        self.family == other.family && self.sha256 == other.sha256
    }

    fn not_after(&mut self) -> &mut Option<DateTime<Utc>> {
        &mut self.not_after
    }
}

impl Entry for Key {
    fn is_same(&self, other: &Self) -> bool {
        self.kid == other.kid
    }

    fn not_after(&mut self) -> &mut Option<DateTime<Utc>> {
        &mut self.not_after
    }
}

/// Adds an entry, or removes the end of the one that verifies the same credential.
pub fn accept<E: Entry>(list: &mut Vec<E>, entry: E) {
    match list.iter_mut().find(|known| known.is_same(&entry)) {
        Some(known) => *known.not_after() = None,
        None => list.push(entry),
    }
}

//! Checks of names, ids and lists in a tenant's properties.

use std::collections::BTreeSet;

use convene::{domain::is_public_id, edge::FieldErrors};

pub(super) fn check_name(property: &str, name: &str, errors: &mut FieldErrors) {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !name.is_empty() && (name.len() > 64 || !name.bytes().all(is_good)) {
        errors.add(property, "must be 1 to 64 letters, digits and -_.");
    }
}

pub(super) fn check_public_id(property: &str, id: &str, errors: &mut FieldErrors) {
    if !is_public_id(id) {
        errors.add(property, "must be 1 to 64 letters, digits and -_");
    }
}

/// The values that are not missing. A missing one is an error already.
pub(super) fn given(values: impl Iterator<Item = String>) -> impl Iterator<Item = String> {
    values.filter(|value| !value.is_empty())
}

pub(super) fn unique<T: Ord>(property: &str, values: impl Iterator<Item = T>, errors: &mut FieldErrors) {
    let mut seen = BTreeSet::new();
    for value in values {
        if !seen.insert(value) {
            errors.add(property, "must not have an entry twice");
            return;
        }
    }
}

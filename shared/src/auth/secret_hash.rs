//! Verification of a secret by its SHA-256.

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::domain::sha256_hex;

/// Whether the secret's hash is that of an entry that counts. `entries`: each hash in lower-case hex, and whether it counts. The
/// secret is compared with every entry, so that the duration reveals nothing.
pub(super) fn is_listed<'a>(secret: &str, entries: impl Iterator<Item = (&'a str, bool)>) -> bool {
    let hash = sha256_hex(secret.as_bytes());
    entries.fold(false, |found, (sha256, counts)| {
        let is_same = verify_slices_are_equal(hash.as_bytes(), sha256.as_bytes()).is_ok();
        if is_same && counts { true } else { found }
    })
}

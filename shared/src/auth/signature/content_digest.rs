//! `Content-Digest` (RFC 9530).

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, SHA512, digest},
};
use sfv::ListEntry;

use super::{fields, message::Message};

/// Holds the body to the header: every digest of an algorithm known here must be right, and there must be one.
pub(super) fn check(message: &Message<'_>) -> Result<(), &'static str> {
    let header = message.field("content-digest")?;
    let digests = fields::dictionary(&header).ok_or("Content-Digest is malformed, or names an algorithm twice.")?;
    let mut known = 0;
    for (name, value) in &digests {
        let algorithm = match name.as_str() {
            "sha-256" => &SHA256,
            "sha-512" => &SHA512,
            _ => continue,
        };
        let ListEntry::Item(value) = value else { return Err("Content-Digest is malformed.") };
        let sent = value.bare_item.as_byte_sequence().ok_or("Content-Digest is malformed.")?;
        verify_slices_are_equal(digest(algorithm, message.body).as_ref(), sent)
            .map_err(|_| "Content-Digest is not that of the body.")?;
        known += 1;
    }
    if known == 0 { Err("Content-Digest has neither sha-256 nor sha-512.") } else { Ok(()) }
}

//! Identities computed from content: the payload's fingerprint and the marker an event carries.

use std::fmt::Write as _;

use aws_lc_rs::digest::{Context, SHA256, digest};
use uuid::Uuid;

use super::{Meeting, MeetingId, TenantId};

/// SHA-256 over a sequence of fields, each with its length, so that no two sequences share an encoding.
struct FieldHash(Context);

impl FieldHash {
    fn new(domain: &str) -> Self {
        Self(Context::new(&SHA256)).field(domain.as_bytes())
    }

    fn field(mut self, bytes: &[u8]) -> Self {
        self.0.update(&(bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
        self
    }

    fn hex(self) -> String {
        hex(self.0.finish().as_ref())
    }
}

/// SHA-256 in lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What a meeting says, without who asked or how it was spelled: two requests with the same fingerprint ask for the same
/// meeting. Hex SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of a meeting: addresses in lower case, attendees sorted.
    pub fn of(meeting: &Meeting) -> Self {
        let mut attendees: Vec<_> = meeting.attendees.iter().map(|a| (a.address.folded(), a.required)).collect();
        attendees.sort_unstable();
        let mut hash = FieldHash::new("meeting/1")
            .field(meeting.organizer.folded().as_bytes())
            .field(meeting.subject.as_bytes())
            .field(meeting.body.as_bytes())
            .field(meeting.location.as_str().as_bytes())
            .field(&meeting.span.start().timestamp().to_be_bytes())
            .field(&meeting.span.end().timestamp().to_be_bytes())
            .field(&(attendees.len() as u64).to_be_bytes());
        for (address, required) in attendees {
            hash = hash.field(address.as_bytes()).field(&[u8::from(required)]);
        }
        Self(hash.hex())
    }

    /// A fingerprint as it was stored.
    pub fn from_stored(hex: impl Into<String>) -> Self {
        Self(hex.into())
    }

    /// The hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an event carries so that it can be found again: different for every incarnation of every id of every tenant.
/// Hex SHA-256, so that Exchange's case-insensitive comparison cannot confuse two of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marker(String);

impl Marker {
    /// The marker of one incarnation of a meeting.
    pub fn of_meeting(tenant: &TenantId, id: &MeetingId, incarnation: Uuid) -> Self {
        Self(
            FieldHash::new("marker/1")
                .field(b"meeting")
                .field(tenant.as_str().as_bytes())
                .field(id.as_str().as_bytes())
                .field(incarnation.as_bytes())
                .hex(),
        )
    }

    /// The hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

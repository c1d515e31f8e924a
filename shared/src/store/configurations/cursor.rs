//! Cursors: where a page of a list ends. A cursor names its list only by a hash. The list that is read is always that of the request,
//! so a forged cursor shows nothing of another tenant.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use uuid::Uuid;

use super::format::Position;
use crate::domain::{ConfigurationId, TenantId, sha256_hex};

/// The bytes of a hash, a time and an id.
const BYTES: usize = 8 + 8 + 16;

pub fn encode(tenant: &TenantId, owner: &str, position: Position) -> String {
    let mut bytes = list_hash(tenant, owner).into_bytes();
    bytes.extend(position.created_at.to_be_bytes());
    bytes.extend(position.id.0.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// `None`: the text is not a cursor of this list.
pub fn decode(tenant: &TenantId, owner: &str, text: &str) -> Option<Position> {
    let bytes: [u8; BYTES] = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
    let (hash, bytes) = bytes.split_first_chunk::<8>()?;
    let (created_at, id) = bytes.split_first_chunk::<8>()?;
    let position =
        Position { created_at: i64::from_be_bytes(*created_at), id: ConfigurationId(Uuid::from_slice(id).ok()?) };
    let is_valid =
        hash == list_hash(tenant, owner).as_bytes() && (0..=Position::MAX_CREATED_AT).contains(&position.created_at);
    is_valid.then_some(position)
}

/// A tenant's name has no `#`.
fn list_hash(tenant: &TenantId, owner: &str) -> String {
    let mut hash = sha256_hex(format!("{tenant}#{owner}").as_bytes());
    hash.truncate(8);
    hash
}

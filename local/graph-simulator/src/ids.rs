//! Item ids and change keys: opaque, case-sensitive, and of use in one mailbox only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use chrono::{Datelike as _, NaiveDate};
use uuid::Uuid;

use crate::error::GraphError;
use crate::model::{Event, EventKey, Folder};

/// Which of the two forms a client asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdKind {
    /// Changes when the item moves between folders.
    Mutable,
    /// Stays for the item's life in the mailbox.
    Immutable,
}

/// An id taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ItemId {
    pub(crate) key: EventKey,
    /// The folder generation a mutable id was made in.
    pub(crate) moves: Option<u32>,
    /// The day of a meeting of a series, in days of the common era.
    pub(crate) occurrence: Option<NaiveDate>,
}

const MUTABLE: &[u8; 3] = &[0x00, 0x03, 0x24];
const IMMUTABLE: &[u8; 3] = &[0x00, 0x09, 0x0b];

/// Seeds the ids, which are scattered so that no client comes to rely on their order.
const SCATTER: u64 = 0x9E37_79B9_7F4A_7C15;

pub(crate) fn encode(mailbox: Uuid, event: &Event, kind: IdKind) -> String {
    let (mark, moves) = match kind {
        IdKind::Mutable => (MUTABLE, event.moves),
        IdKind::Immutable => (IMMUTABLE, 0),
    };
    let mut bytes = Vec::with_capacity(34);
    bytes.extend_from_slice(mark);
    bytes.extend_from_slice(mailbox.as_bytes());
    bytes.extend_from_slice(&event.key.cast_unsigned().wrapping_mul(SCATTER).to_le_bytes());
    bytes.extend_from_slice(&event.key.to_be_bytes());
    bytes.extend_from_slice(&moves.to_be_bytes());
    if let Some(day) = event.occurrence {
        bytes.extend_from_slice(&day.num_days_from_ce().to_be_bytes());
    }
    URL_SAFE.encode(bytes)
}

pub(crate) fn decode(mailbox: Uuid, id: &str) -> Result<ItemId, GraphError> {
    let malformed = || GraphError::new(400, "ErrorInvalidIdMalformed", "Id is malformed.");
    let bytes = URL_SAFE.decode(id).map_err(|_| malformed())?;
    let occurrence = match bytes.len() {
        39 => None,
        43 => {
            let days = i32::from_be_bytes(bytes[39..43].try_into().map_err(|_| malformed())?);
            Some(NaiveDate::from_num_days_from_ce_opt(days).ok_or_else(malformed)?)
        }
        _ => return Err(malformed()),
    };
    let key = i64::from_be_bytes(bytes[27..35].try_into().map_err(|_| malformed())?);
    let moves = u32::from_be_bytes(bytes[35..39].try_into().map_err(|_| malformed())?);
    if bytes[19..27] != key.cast_unsigned().wrapping_mul(SCATTER).to_le_bytes() {
        return Err(malformed());
    }
    if bytes[3..19] != *mailbox.as_bytes() {
        return Err(other_mailbox());
    }
    match &bytes[..3] {
        mark if mark == MUTABLE => Ok(ItemId { key, moves: Some(moves), occurrence }),
        mark if mark == IMMUTABLE => Ok(ItemId { key, moves: None, occurrence }),
        _ => Err(malformed()),
    }
}

/// The number in the id of the default calendar.
const DEFAULT_CALENDAR: u32 = 0;

/// The id of a calendar.
pub(crate) fn encode_calendar(mailbox: Uuid, folder: Folder) -> String {
    match folder {
        Folder::Other(number) => format!("AQMkA{}{number:08x}", mailbox.simple()),
        Folder::Calendar | Folder::Inbox => format!("AQMkA{}", mailbox.simple()),
    }
}

/// The calendar of this mailbox that an id names. Whether the mailbox has it is not checked.
pub(crate) fn decode_calendar(mailbox: Uuid, id: &str) -> Result<Folder, GraphError> {
    let malformed = || GraphError::new(400, "ErrorInvalidIdMalformed", "Id is malformed.");
    let parts = id.strip_prefix("AQMkA").and_then(|rest| rest.split_at_checked(32)).ok_or_else(malformed)?;
    let owner = Uuid::parse_str(parts.0).map_err(|_| malformed())?;
    let number = match parts.1 {
        "" => DEFAULT_CALENDAR,
        digits if digits.len() == 8 => u32::from_str_radix(digits, 16).map_err(|_| malformed())?,
        _ => return Err(malformed()),
    };
    if owner != mailbox {
        return Err(other_mailbox());
    }
    Ok(if number == DEFAULT_CALENDAR { Folder::Calendar } else { Folder::Other(number) })
}

fn other_mailbox() -> GraphError {
    GraphError::new(400, "ErrorInvalidMailboxItemId", "Item Id doesn't belong to the current mailbox.")
}

pub(crate) fn change_key(event: &Event) -> String {
    let mut bytes = Vec::with_capacity(18);
    bytes.extend_from_slice(&event.key.to_be_bytes());
    bytes.extend_from_slice(&event.version.to_be_bytes());
    URL_SAFE.encode(bytes)
}

pub(crate) fn etag(event: &Event) -> String {
    format!("W/\"{}\"", change_key(event))
}

/// The same mailbox has the same id in every run, database or not. One that was made anew has another.
pub(crate) fn mailbox_id(directory: &str, address: &str, generation: u32) -> Uuid {
    let generation = if generation == 0 { String::new() } else { format!("/{generation}") };
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{directory}/{}{generation}", address.to_lowercase()).as_bytes())
}

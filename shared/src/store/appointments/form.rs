//! The form of an appointment's item.

use std::{borrow::Cow, collections::BTreeMap, fmt::Write as _};

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    calendar::EventId,
    domain::{EmailAddress, Fingerprint},
    scheduling::{
        appointments::record::{AppointmentRecord, Hold, Placing, Purpose},
        record::{Record, State},
    },
    store::{
        StoreError,
        item::{Item, Reader, binary, instant, malformed, number, text},
        records::{state, state_name},
    },
};

/// The form of the items.
const VERSION: i64 = 1;

/// What an item has whatever its copies are: who wrote it, and who holds it for what.
pub(super) fn head(state: State, attempt: Uuid, hold: Option<&Hold>) -> Item {
    let mut item = Item::from([
        ("v".to_owned(), number(VERSION)),
        ("state".to_owned(), text(state_name(state))),
        ("attempt".to_owned(), text(attempt.to_string())),
    ]);
    let Some(Hold { until, purpose }) = hold else { return item };
    item.insert("held_until".to_owned(), instant(*until));
    let Some(purpose) = purpose else { return item };
    let (name, placing) = match purpose {
        Purpose::Create(placing) => ("create", Some(placing)),
        Purpose::Update(placing) => ("update", Some(placing)),
        Purpose::Delete => ("delete", None),
    };
    item.insert("purpose".to_owned(), text(name));
    let Some(Placing { incarnation, payload, mailboxes }) = placing else { return item };
    item.insert("placing_incarnation".to_owned(), text(incarnation.to_string()));
    item.insert("placing_payload".to_owned(), text(payload.as_str()));
    if !mailboxes.is_empty() {
        let mailboxes = mailboxes.iter().map(|mailbox| mailbox.folded().to_owned()).collect();
        item.insert("placing_mailboxes".to_owned(), AttributeValue::Ss(mailboxes));
    }
    item
}

/// The whole item but its key. `now`: a trace is forgotten some time later.
pub(super) fn to_item(record: &AppointmentRecord, now: DateTime<Utc>) -> Result<Item, StoreError> {
    let record = without_deleted(record);
    let state = if record.is_over() { State::Deleted } else { State::Active };
    let mut item = head(state, record.attempt, record.hold.as_ref());
    let mut copies = Item::with_capacity(record.copies.len());
    for (mailbox, copy) in &record.copies {
        copies.insert(mailbox.folded().to_owned(), AttributeValue::M(from_copy(copy)?));
    }
    item.insert("copies".to_owned(), AttributeValue::M(copies));
    if let Some(until) = record.deleted_until {
        item.insert("deleted_until".to_owned(), number(until.timestamp()));
    }
    if let Some(time) = record.forget_at(now) {
        item.insert("ttl".to_owned(), number(time.timestamp()));
    }
    Ok(item)
}

/// A deleted copy is none, and whether the record is over must not depend on one.
fn without_deleted(record: &AppointmentRecord) -> Cow<'_, AppointmentRecord> {
    let is_deleted = |copy: &Record| copy.state == State::Deleted;
    let mut record = Cow::Borrowed(record);
    if record.copies.values().any(is_deleted) {
        record.to_mut().copies.retain(|_, copy| !is_deleted(copy));
    }
    record
}

/// Reads an item.
pub(super) fn from_item(item: &Item) -> Result<AppointmentRecord, StoreError> {
    let item = Reader(item);
    if item.number("v")? != VERSION {
        return Err(malformed("v"));
    }
    let mut copies = BTreeMap::new();
    for (address, copy) in item.map("copies")? {
        let mailbox = address.parse::<EmailAddress>().map_err(|_| malformed("copies"))?;
        let copy = copy.as_m().map_err(|_| malformed("copies"))?;
        copies.insert(mailbox.clone(), to_copy(&Reader(copy), mailbox)?);
    }
    let record = AppointmentRecord {
        attempt: item.uuid("attempt")?,
        hold: hold(&item)?,
        copies,
        deleted_until: deleted_until(&item)?,
    };
    // The conditions of writes go by the state alone.
    let is_over = state(&item, "state")? == State::Deleted;
    if is_over == record.is_over() { Ok(record) } else { Err(malformed("state")) }
}

fn hold(item: &Reader<'_>) -> Result<Option<Hold>, StoreError> {
    let Some(until) = item.optional_instant("held_until") else { return Ok(None) };
    let purpose = match item.optional_text("purpose") {
        None => None,
        Some("create") => Some(Purpose::Create(placing(item)?)),
        Some("update") => Some(Purpose::Update(placing(item)?)),
        Some("delete") => Some(Purpose::Delete),
        Some(_) => return Err(malformed("purpose")),
    };
    Ok(Some(Hold { until, purpose }))
}

fn placing(item: &Reader<'_>) -> Result<Placing, StoreError> {
    let mailboxes = item.texts("placing_mailboxes").iter().map(|address| address.parse());
    Ok(Placing {
        incarnation: item.uuid("placing_incarnation")?,
        payload: Fingerprint::from_stored(item.text("placing_payload")?),
        mailboxes: mailboxes.collect::<Result<_, _>>().map_err(|_| malformed("placing_mailboxes"))?,
    })
}

/// In whole seconds, since `ttl` takes it over.
fn deleted_until(item: &Reader<'_>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let Some(seconds) = item.optional_number("deleted_until") else { return Ok(None) };
    DateTime::from_timestamp(seconds, 0).map(Some).ok_or_else(|| malformed("deleted_until"))
}

/// A copy. Its organizer is the name it is kept under.
fn from_copy(copy: &Record) -> Result<Item, StoreError> {
    let mut item = Item::from([
        ("s".to_owned(), text(state_name(copy.state))),
        ("i".to_owned(), binary(copy.incarnation)),
        ("a".to_owned(), binary(copy.attempt)),
        ("x".to_owned(), instant(copy.claim_expires)),
    ]);
    if let Some(until) = copy.unsettled_until {
        item.insert("u".to_owned(), instant(until));
    }
    for (name, count) in [("n", copy.unanswered), ("c", copy.inconclusive)] {
        if count > 0 {
            item.insert(name.to_owned(), number(count.into()));
        }
    }
    if copy.payload != Fingerprint::in_doubt() {
        let bytes = packed(copy.payload.as_str()).ok_or_else(|| malformed("p"))?;
        item.insert("p".to_owned(), binary(bytes));
    }
    if let Some(EventId(id)) = &copy.event {
        item.insert("e".to_owned(), text(id));
    }
    Ok(item)
}

fn to_copy(item: &Reader<'_>, mailbox: EmailAddress) -> Result<Record, StoreError> {
    Ok(Record {
        state: state(item, "s")?,
        incarnation: item.binary_uuid("i")?,
        attempt: item.binary_uuid("a")?,
        claim_expires: item.instant("x")?,
        unsettled_until: item.optional_instant("u"),
        unanswered: item.count_or_zero("n")?,
        inconclusive: item.count_or_zero("c")?,
        payload: match item.optional_binary("p") {
            Some(bytes) => Fingerprint::from_stored(unpacked(bytes.try_into().map_err(|_| malformed("p"))?)),
            None => Fingerprint::in_doubt(),
        },
        organizer: mailbox,
        event: item.optional_text("e").map(|id| EventId(id.to_owned())),
        deletion: None,
    })
}

/// The bytes of a hash in hex.
fn packed(hex: &str) -> Option<[u8; 32]> {
    let half = |digits| u128::from_str_radix(digits, 16).ok().map(u128::to_be_bytes);
    let (left, right) = hex.split_at_checked(32)?;
    let bytes = [half(left)?, half(right)?].concat().try_into().ok()?;
    // Upper case, a sign, or too few digits would come back as something else.
    (unpacked(&bytes) == hex).then_some(bytes)
}

fn unpacked(bytes: &[u8; 32]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

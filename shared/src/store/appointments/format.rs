//! The format of an appointment's item.

use std::{borrow::Cow, collections::BTreeMap};

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::{
    domain::{EmailAddress, EventId, Fingerprint},
    scheduling::records::{
        appointment::{AppointmentRecord, Intent, Lock, Placement},
        event::{Record, State},
    },
    store::{
        error::StoreError,
        item::{Item, Reader, binary, instant, malformed, number, text},
        records::{state, state_name},
    },
};

/// The format of the items.
const VERSION: i64 = 2;

/// The attributes that do not depend on the copies: the token and the lock.
pub(super) fn head(state: State, token: Uuid, lock: Option<&Lock>) -> Item {
    let mut item = Item::from([
        ("v".to_owned(), number(VERSION)),
        ("state".to_owned(), text(state_name(state))),
        ("fencing_token".to_owned(), text(token.to_string())),
    ]);
    let Some(Lock { expires, intent }) = lock else { return item };
    item.insert("lock_expires".to_owned(), instant(*expires));
    let Some(intent) = intent else { return item };
    let (name, placement) = match intent {
        Intent::Create(placement) => ("create", Some(placement)),
        Intent::Update(placement) => ("update", Some(placement)),
        Intent::Delete => ("delete", None),
    };
    item.insert("intent".to_owned(), text(name));
    let Some(Placement { incarnation, payload, mailboxes, ends_at }) = placement else { return item };
    item.insert("placement_incarnation".to_owned(), text(incarnation.to_string()));
    item.insert("placement_payload".to_owned(), text(payload.as_str()));
    if !mailboxes.is_empty() {
        let mailboxes = mailboxes.iter().map(|mailbox| mailbox.folded().to_owned()).collect();
        item.insert("placement_mailboxes".to_owned(), AttributeValue::Ss(mailboxes));
    }
    if let Some(end) = ends_at {
        item.insert("placement_ends_at".to_owned(), instant(*end));
    }
    item
}

/// All attributes except the key. `now`: the time of the write; `record_life`: how long the record is kept after its copies.
pub(super) fn to_item(
    record: &AppointmentRecord,
    now: DateTime<Utc>,
    record_life: TimeDelta,
) -> Result<Item, StoreError> {
    let record = without_deleted(record);
    let state = if record.is_over() { State::Deleted } else { State::Active };
    let mut item = head(state, record.token, record.lock.as_ref());
    let mut copies = Item::with_capacity(record.copies.len());
    for (mailbox, copy) in &record.copies {
        copies.insert(mailbox.folded().to_owned(), AttributeValue::M(copy_to_item(copy)?));
    }
    item.insert("copies".to_owned(), AttributeValue::M(copies));
    if let Some(end) = record.ends_at {
        item.insert("ends_at".to_owned(), instant(end));
    }
    if let Some(until) = record.deleted_until {
        item.insert("deleted_until".to_owned(), number(until.timestamp()));
    }
    if let Some(time) = record.forget_at(now, record_life) {
        item.insert("ttl".to_owned(), number(time.timestamp()));
    }
    Ok(item)
}

/// Deleted copies are not stored, and must not decide whether the record is over.
fn without_deleted(record: &AppointmentRecord) -> Cow<'_, AppointmentRecord> {
    let is_deleted = |copy: &Record| copy.state == State::Deleted;
    let mut record = Cow::Borrowed(record);
    if record.copies.values().any(is_deleted) {
        record.to_mut().copies.retain(|_, copy| !is_deleted(copy));
    }
    record
}

pub(super) fn from_item(item: &Item) -> Result<AppointmentRecord, StoreError> {
    let item = Reader(item);
    item.check_version(VERSION)?;
    let mut copies = BTreeMap::new();
    for (address, copy) in item.map("copies")? {
        let mailbox = address.parse::<EmailAddress>().map_err(|_| malformed("copies"))?;
        let copy = copy.as_m().map_err(|_| malformed("copies"))?;
        copies.insert(mailbox.clone(), copy_from_item(&Reader(copy), mailbox)?);
    }
    let record = AppointmentRecord {
        token: item.uuid("fencing_token")?,
        lock: lock(&item)?,
        copies,
        ends_at: item.optional_instant("ends_at"),
        deleted_until: deleted_until(&item)?,
    };
    // The conditions of writes use the state alone.
    let is_over = state(&item, "state")? == State::Deleted;
    if is_over == record.is_over() { Ok(record) } else { Err(malformed("state")) }
}

fn lock(item: &Reader<'_>) -> Result<Option<Lock>, StoreError> {
    let Some(expires) = item.optional_instant("lock_expires") else { return Ok(None) };
    let intent = match item.optional_text("intent") {
        None => None,
        Some("create") => Some(Intent::Create(placement(item)?)),
        Some("update") => Some(Intent::Update(placement(item)?)),
        Some("delete") => Some(Intent::Delete),
        Some(_) => return Err(malformed("intent")),
    };
    Ok(Some(Lock { expires, intent }))
}

fn placement(item: &Reader<'_>) -> Result<Placement, StoreError> {
    let mailboxes = item.texts("placement_mailboxes").iter().map(|address| address.parse());
    Ok(Placement {
        incarnation: item.uuid("placement_incarnation")?,
        payload: Fingerprint::from_stored(item.text("placement_payload")?),
        mailboxes: mailboxes.collect::<Result<_, _>>().map_err(|_| malformed("placement_mailboxes"))?,
        ends_at: item.optional_instant("placement_ends_at"),
    })
}

/// Stored in whole seconds, like `ttl`.
fn deleted_until(item: &Reader<'_>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let Some(seconds) = item.optional_number("deleted_until") else { return Ok(None) };
    DateTime::from_timestamp(seconds, 0).map(Some).ok_or_else(|| malformed("deleted_until"))
}

/// The organizer is not in the copy's item: it is the key in the map of copies. Nor is the end: the appointment's item has it.
fn copy_to_item(copy: &Record) -> Result<Item, StoreError> {
    let mut item = Item::from([
        ("s".to_owned(), text(state_name(copy.state))),
        ("i".to_owned(), binary(copy.incarnation)),
        ("a".to_owned(), binary(copy.token)),
        ("x".to_owned(), instant(copy.claim_expires)),
    ]);
    if let Some(until) = copy.in_doubt_until {
        item.insert("u".to_owned(), instant(until));
    }
    for (name, count) in [("n", copy.outstanding_creates), ("c", copy.ambiguous_creates)] {
        if count > 0 {
            item.insert(name.to_owned(), number(count.into()));
        }
    }
    if let Some(payload) = &copy.payload {
        let bytes = payload.to_bytes().ok_or_else(|| malformed("p"))?;
        item.insert("p".to_owned(), binary(bytes));
    }
    if let Some(EventId(id)) = &copy.event {
        item.insert("e".to_owned(), text(id));
    }
    Ok(item)
}

fn copy_from_item(item: &Reader<'_>, mailbox: EmailAddress) -> Result<Record, StoreError> {
    Ok(Record {
        state: state(item, "s")?,
        incarnation: item.binary_uuid("i")?,
        token: item.binary_uuid("a")?,
        claim_expires: item.instant("x")?,
        in_doubt_until: item.optional_instant("u"),
        outstanding_creates: item.count_or_zero("n")?,
        ambiguous_creates: item.count_or_zero("c")?,
        payload: payload(item)?,
        organizer: mailbox,
        event: item.optional_text("e").map(|id| EventId(id.to_owned())),
        uid: None,
        ends_at: None,
        deletion: None,
    })
}

fn payload(item: &Reader<'_>) -> Result<Option<Fingerprint>, StoreError> {
    let Some(bytes) = item.optional_binary("p") else { return Ok(None) };
    Fingerprint::from_bytes(bytes).map(Some).ok_or_else(|| malformed("p"))
}

//! The item of a booking's record.
//!
//! | attribute | holds |
//! | --- | --- |
//! | `state` … `deleted_until` | the record of its event, as for a meeting |
//! | `configuration` | the id of what was booked |
//! | `span_start`, `span_end`, `time_number` | when it takes place, in seconds; the number of this time |
//! | `last_number` | the highest number of a time |
//! | `members`, `invited` | the addresses of the members whose time it takes, and of those at the time of booking |
//! | `pending` | whether the organizer has to confirm it |
//! | `online_meeting` | whether its event was created with an online meeting |
//! | `has_turn` | whether it counts as a turn of its organizer |
//! | `ending_kind`, `ending_by`, `ending_reason` | how it ends; only while it is being deleted |
//! | `unfinished_kind`, `unfinished_by`, `unfinished_until` | a change that is not on record yet; absent without one |
//! | `target_start`, `target_end`, `target_number` | where it is being moved to |
//! | `target_content` | what it is about once it is moved, as JSON; absent if that stays |
//! | `created_at`, `changeable_until` | in milliseconds; `changeable_until` follows from the start and `notice` |
//! | `notice` | in seconds |
//! | `guest_salt`, `organizer_salt_hash` | the secrets of links |
//! | `content` | what it is about, as JSON |
//! | `change_sequence`, `change_kind`, `change_by`, `change_at`, `change_reason` | the latest change |
//! | `ttl` | when the item may be removed, in seconds |

use std::{collections::HashMap, fmt::Write as _};

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta};

use super::{
    keys,
    table::{Bookings, VERSION},
};
use crate::{
    domain::{BookingContent, ConfigurationId, EmailAddress, TimeSpan},
    scheduling::records::{
        RecordsError, Write,
        booking::{
            Actor, BookingClaim, BookingKey, BookingRecord, Change, ChangeKind, Ending, OrganizerPermit, Permit,
            Purpose, Unfinished, UnfinishedKind,
        },
        event::State,
        ledger::BookedTime,
    },
    store::{
        error::StoreError,
        item::{Item, Reader, instant, malformed, number, text},
        records::{event_attributes, event_record, state_name, update},
    },
};

/// The item is still the version that the request knows.
pub const IS_EXPECTED_VERSION: &str = "incarnation = :incarnation AND fencing_token = :token";

/// The values of [`IS_EXPECTED_VERSION`].
pub fn version_values(expected: &BookingRecord) -> HashMap<String, AttributeValue> {
    HashMap::from([
        (":incarnation".to_owned(), text(expected.event.incarnation.to_string())),
        (":token".to_owned(), text(expected.event.token.to_string())),
    ])
}

const ACTORS: [(Actor, &str); 5] = [
    (Actor::Guest, "guest"),
    (Actor::Organizer, "organizer"),
    (Actor::Caller, "caller"),
    (Actor::Outlook, "outlook"),
    (Actor::System, "system"),
];

const CHANGES: [(ChangeKind, &str); 10] = [
    (ChangeKind::Requested, "requested"),
    (ChangeKind::Pending, "pending"),
    (ChangeKind::Booked, "booked"),
    (ChangeKind::Confirmed, "confirmed"),
    (ChangeKind::Rescheduled, "rescheduled"),
    (ChangeKind::MembersChanged, "members_changed"),
    (ChangeKind::Cancelled, "cancelled"),
    (ChangeKind::Rejected, "rejected"),
    (ChangeKind::Expired, "expired"),
    (ChangeKind::Failed, "failed"),
];

fn name<T: PartialEq>(names: &[(T, &'static str)], value: &T) -> &'static str {
    names.iter().find(|(named, _)| named == value).map_or("", |(_, name)| *name)
}

fn named<T: Copy>(names: &[(T, &'static str)], item: &Reader<'_>, attribute: &str) -> Result<T, StoreError> {
    let stored = item.text(attribute)?;
    let found = names.iter().find(|(_, name)| *name == stored);
    found.map(|(value, _)| *value).ok_or_else(|| malformed(attribute))
}

impl Bookings {
    /// The condition is that of [`BookingClaim::apply`].
    pub(super) async fn claim_record(
        &self,
        key: &BookingKey,
        claim: &BookingClaim,
    ) -> Result<Write<BookingRecord>, RecordsError> {
        let mut condition = "#state = :active AND fencing_token < :token AND v <= :v".to_owned();
        let mut request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::booking(key)))
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":active", text(state_name(State::Active)))
            .expression_attribute_values(":token", text(claim.token.to_string()))
            .expression_attribute_values(":expires", instant(claim.claim_expires))
            .expression_attribute_values(":v", number(VERSION));
        if let Some(configuration) = claim.permit.configuration() {
            condition += " AND configuration = :configuration";
            request = request.expression_attribute_values(":configuration", text(configuration.to_string()));
        }
        if let Permit::Guest { .. } = claim.permit {
            condition += " AND (attribute_not_exists(changeable_until) OR changeable_until >= :now)";
            request = request.expression_attribute_values(":now", instant(claim.now));
        }
        let secret = match &claim.permit {
            Permit::Tenant { .. } => None,
            Permit::Guest { salt, .. } => salt.as_ref().map(|salt| ("guest_salt", salt)),
            Permit::Organizer(OrganizerPermit { salt_hash, .. }) => Some(("organizer_salt_hash", salt_hash)),
        };
        if let Some((attribute, secret)) = secret {
            let _ = write!(condition, " AND {attribute} = :secret");
            request = request.expression_attribute_values(":secret", text(secret));
        }
        if claim.purpose != Purpose::Cancel {
            condition += " AND pending = :pending AND attribute_not_exists(unfinished_kind)";
            request = request.expression_attribute_values(":pending", AttributeValue::Bool(true));
        }
        let mut set = "SET fencing_token = :token, claim_expires = :expires".to_owned();
        if claim.purpose == Purpose::Confirm {
            condition += " AND span_start > :start_of_second";
            set += ", unfinished_kind = :confirm, unfinished_by = :by, unfinished_until = :until";
            request = request
                .expression_attribute_values(":start_of_second", number(claim.now.timestamp()))
                .expression_attribute_values(":confirm", text("confirm"))
                .expression_attribute_values(":by", text(name(&ACTORS, &claim.by)))
                .expression_attribute_values(":until", instant(claim.in_doubt_until));
        } else {
            set += ", #state = :deleting";
            request = request.expression_attribute_values(":deleting", text(state_name(State::Deleting)));
            if let Some(Ending { kind, by, reason }) = claim.ending() {
                set += ", ending_kind = :kind, ending_by = :by";
                set += if reason.is_some() { ", ending_reason = :reason" } else { " REMOVE ending_reason" };
                request = request
                    .expression_attribute_values(":kind", text(name(&CHANGES, &kind)))
                    .expression_attribute_values(":by", text(name(&ACTORS, &by)));
                if let Some(reason) = reason {
                    request = request.expression_attribute_values(":reason", text(reason));
                }
            }
        }
        update(request.update_expression(set).condition_expression(condition), from_item).await
    }
}

pub fn to_item(key: &BookingKey, record: &BookingRecord) -> Item {
    let mut item = event_attributes(&record.event);
    item.extend(keys::booking(key));
    let seconds = |time: DateTime<_>| number(time.timestamp());
    let change = &record.change;
    for (name, value) in [
        ("v", Some(number(VERSION))),
        ("configuration", Some(text(record.configuration.to_string()))),
        ("span_start", Some(seconds(record.time.span.start()))),
        ("span_end", Some(seconds(record.time.span.end()))),
        ("time_number", Some(number(record.time.number.into()))),
        ("last_number", Some(number(record.last_number.into()))),
        ("members", Some(addresses(&record.members))),
        ("invited", Some(addresses(&record.invited))),
        ("pending", Some(AttributeValue::Bool(record.pending))),
        ("online_meeting", Some(AttributeValue::Bool(record.online_meeting))),
        ("has_turn", Some(AttributeValue::Bool(record.has_turn))),
        ("created_at", Some(instant(record.created_at))),
        ("changeable_until", record.changeable_until().map(instant)),
        ("notice", record.notice.map(|notice| number(notice.num_seconds()))),
        ("guest_salt", Some(text(&record.guest_salt))),
        ("organizer_salt_hash", Some(text(&record.organizer_salt_hash))),
        ("content", Some(json(&record.content))),
        ("change_sequence", Some(number(change.sequence.into()))),
        ("change_kind", Some(text(name(&CHANGES, &change.kind)))),
        ("change_by", Some(text(name(&ACTORS, &change.by)))),
        ("change_at", Some(instant(change.at))),
        ("change_reason", change.reason.as_ref().map(text)),
        ("ttl", Some(seconds(record.kept_until))),
        ("target_start", record.target().map(|target| seconds(target.span.start()))),
        ("target_end", record.target().map(|target| seconds(target.span.end()))),
        ("target_number", record.target().map(|target| number(target.number.into()))),
    ] {
        item.extend(value.map(|value| (name.to_owned(), value)));
    }
    if let Some(Ending { kind, by, reason }) = &record.ending {
        item.insert("ending_kind".to_owned(), text(name(&CHANGES, kind)));
        item.insert("ending_by".to_owned(), text(name(&ACTORS, by)));
        item.extend(reason.as_ref().map(|reason| ("ending_reason".to_owned(), text(reason))));
    }
    if let Some(Unfinished { kind, by, in_doubt_until }) = &record.unfinished {
        let (kind, content) = match kind {
            UnfinishedKind::Confirm => ("confirm", None),
            UnfinishedKind::Move { content, .. } => ("move", content.as_deref()),
        };
        item.insert("unfinished_kind".to_owned(), text(kind));
        item.extend(content.map(|content| ("target_content".to_owned(), json(content))));
        item.insert("unfinished_by".to_owned(), text(name(&ACTORS, by)));
        item.insert("unfinished_until".to_owned(), instant(*in_doubt_until));
    }
    item
}

pub fn from_item(item: &Item) -> Result<BookingRecord, StoreError> {
    let item = Reader(item);
    item.check_version(VERSION)?;
    Ok(BookingRecord {
        event: event_record(&item)?,
        configuration: ConfigurationId(item.uuid("configuration")?),
        time: time(&item, ["span_start", "span_end", "time_number"])?,
        last_number: item.count("last_number")?,
        members: read_addresses(&item, "members")?,
        invited: read_addresses(&item, "invited")?,
        pending: flag(&item, "pending")?,
        online_meeting: flag(&item, "online_meeting")?,
        has_turn: flag(&item, "has_turn")?,
        unfinished: unfinished(&item)?,
        ending: ending(&item)?,
        created_at: item.instant("created_at")?,
        notice: item.optional_number("notice").map(TimeDelta::seconds),
        guest_salt: item.text("guest_salt")?.to_owned(),
        organizer_salt_hash: item.text("organizer_salt_hash")?.to_owned(),
        content: read_json(item.text("content")?, "content")?,
        kept_until: DateTime::from_timestamp(item.number("ttl")?, 0).ok_or_else(|| malformed("ttl"))?,
        change: Change {
            sequence: item.count("change_sequence")?,
            kind: named(&CHANGES, &item, "change_kind")?,
            by: named(&ACTORS, &item, "change_by")?,
            at: item.instant("change_at")?,
            reason: item.optional_text("change_reason").map(str::to_owned),
        },
    })
}

fn json(content: &BookingContent) -> AttributeValue {
    text(serde_json::to_string(content).unwrap_or_default())
}

fn read_json(text: &str, name: &str) -> Result<BookingContent, StoreError> {
    serde_json::from_str(text).map_err(|_| malformed(name))
}

fn flag(item: &Reader<'_>, name: &str) -> Result<bool, StoreError> {
    item.0.get(name).and_then(|value| value.as_bool().ok().copied()).ok_or_else(|| malformed(name))
}

fn addresses(addresses: &[EmailAddress]) -> AttributeValue {
    AttributeValue::L(addresses.iter().map(|address| text(address.folded())).collect())
}

fn read_addresses(item: &Reader<'_>, name: &str) -> Result<Vec<EmailAddress>, StoreError> {
    let list = item.0.get(name).and_then(|value| value.as_l().ok()).ok_or_else(|| malformed(name))?;
    let address = |value: &AttributeValue| value.as_s().ok().and_then(|text| text.parse().ok());
    list.iter().map(address).collect::<Option<_>>().ok_or_else(|| malformed(name))
}

fn ending(item: &Reader<'_>) -> Result<Option<Ending>, StoreError> {
    if item.optional_text("ending_kind").is_none() {
        return Ok(None);
    }
    Ok(Some(Ending {
        kind: named(&CHANGES, item, "ending_kind")?,
        by: named(&ACTORS, item, "ending_by")?,
        reason: item.optional_text("ending_reason").map(str::to_owned),
    }))
}

fn unfinished(item: &Reader<'_>) -> Result<Option<Unfinished>, StoreError> {
    let kind = match item.optional_text("unfinished_kind") {
        None => return Ok(None),
        Some("confirm") => UnfinishedKind::Confirm,
        Some("move") => {
            let content = item.optional_text("target_content").map(|text| read_json(text, "target_content"));
            let content = content.transpose()?.map(Box::new);
            UnfinishedKind::Move { target: time(item, ["target_start", "target_end", "target_number"])?, content }
        }
        Some(_) => return Err(malformed("unfinished_kind")),
    };
    let (by, in_doubt_until) = (named(&ACTORS, item, "unfinished_by")?, item.instant("unfinished_until")?);
    Ok(Some(Unfinished { kind, by, in_doubt_until }))
}

fn time(item: &Reader<'_>, [start, end, number]: [&str; 3]) -> Result<BookedTime, StoreError> {
    let at = |name: &str| DateTime::from_timestamp(item.number(name)?, 0).ok_or_else(|| malformed(name));
    let span = TimeSpan::new(at(start)?, at(end)?).map_err(|_| malformed(end))?;
    Ok(BookedTime { span, number: item.count(number)? })
}

//! The keys of the items in the bookings table. Those with `@` are found by a public id alone, without the tenant.

use chrono::NaiveDate;

use crate::{
    domain::{ConfigurationId, EmailAddress, TenantId, sha256_hex},
    scheduling::records::booking::{BookingKey, ReplayKey},
    store::item::{Item, text},
};

/// What kinds of items there are.
const KINDS: [&str; 4] = [BOOKING, LEDGER, TURN, REPLAY];
const BOOKING: &str = "booking";
const LEDGER: &str = "ledger";
const TURN: &str = "turn";
const REPLAY: &str = "replay";
/// The sort key of an item that has its partition to itself.
const ONLY: &str = "-";

/// All partition keys of a tenant.
pub fn partitions(tenant: &TenantId) -> impl Iterator<Item = String> {
    KINDS.into_iter().flat_map(move |kind| (0..16).map(move |shard| format!("{tenant}#{kind}#{shard:x}")))
}

/// The partition of everything about a subject: the first part of the sort key.
fn partition(tenant: &TenantId, kind: &str, subject: &str) -> String {
    let hash = sha256_hex(subject.as_bytes());
    format!("{tenant}#{kind}#{}", &hash[..1])
}

pub fn key(partition: String, sort: String) -> Item {
    Item::from([("pk".to_owned(), text(partition)), ("sk".to_owned(), text(sort))])
}

pub fn booking(booking: &BookingKey) -> Item {
    let id = booking.id.to_string();
    key(partition(&booking.tenant, BOOKING, &id), id)
}

pub fn ledger_partition(tenant: &TenantId, member: &EmailAddress) -> String {
    partition(tenant, LEDGER, member.folded())
}

pub fn ledger_sort(member: &EmailAddress, day: NaiveDate) -> String {
    format!("{}#{day}", member.folded())
}

pub fn ledger(tenant: &TenantId, member: &EmailAddress, day: NaiveDate) -> Item {
    key(ledger_partition(tenant, member), ledger_sort(member, day))
}

pub fn turn_partition(tenant: &TenantId, configuration: ConfigurationId) -> String {
    partition(tenant, TURN, &configuration.to_string())
}

pub fn turn_sort_prefix(configuration: ConfigurationId) -> String {
    format!("{configuration}#")
}

pub fn turn(tenant: &TenantId, configuration: ConfigurationId, host: &EmailAddress) -> Item {
    let sort = format!("{}{}", turn_sort_prefix(configuration), host.folded());
    key(turn_partition(tenant, configuration), sort)
}

/// A configuration's id is public and leads to its tenant, so the key does not have the tenant. A claim checks its version.
pub fn configuration_key(id: ConfigurationId) -> Item {
    key(format!("@configuration#{id}"), ONLY.to_owned())
}

/// `hash`: the hex SHA-256 of the session's token. A tenant's name cannot begin with `@`. A claim checks that the session has not ended.
pub fn session_key(hash: &str) -> Item {
    key(format!("@session#{hash}"), ONLY.to_owned())
}

/// A replay key is a caller's text: only its hash is stored.
pub fn replay(tenant: &TenantId, replay: &ReplayKey) -> Item {
    let hash = match replay {
        ReplayKey::Content(fingerprint) => fingerprint.as_str().to_owned(),
        ReplayKey::Given(key) => sha256_hex(format!("given {key}").as_bytes()),
        ReplayKey::InSession(key) => sha256_hex(format!("session {key}").as_bytes()),
    };
    key(partition(tenant, REPLAY, &hash), hash)
}

//! What a request to DynamoDB means in the protocols that it serves.

use serde_json::Value;

use crate::http_wire::Message;

/// A request for the record of a meeting or of an appointment, by what it means in the booking protocol; and a few others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A meeting's record is read.
    Read,
    /// A meeting's record is read by a write that keeps it for a later end.
    Extend,
    /// A request claims a meeting's id to create an event.
    Claim,
    /// The event is put on record.
    Commit,
    /// A request claims a meeting's record to delete its event.
    ClaimDelete,
    /// A request takes over a delete whose claim has expired, or deletes an event that it has just found.
    TakeOverDelete,
    /// A meeting's record becomes a tombstone.
    Tombstone,
    /// A claim is taken back.
    Remove,
    /// A request acquires an appointment's lock, with its intent, without having read the record.
    Open,
    /// The same, after a request that died or did not finish.
    TakeOver,
    /// An appointment's copies are changed on record, and the lock is kept.
    Keep,
    /// An appointment's copies are changed on record, and the lock is released.
    Conclude,
    /// The nonce of a signed request is noted, of whichever meeting: its id here is empty.
    Nonce,
    /// A refresh token is replaced by the next one, of whichever family: its id here is empty.
    Rotate,
    /// A tenant, whose name is the id here, is marked as disabled or as being erased.
    MarkTenant,
    /// The configuration of a tenant, whose name is the id here, is removed.
    RemoveTenant,
    /// A label is moved from one version of a secret to another: the id here is the secret's.
    MoveLabel,
}

/// The operation of a request and what it is about, by the part of its key after the tenant's name or by the kind of
/// secret. `None`: it is about several things, or none.
pub(super) fn operation(request: &Message) -> Option<(String, String)> {
    let operation = request.header("x-amz-target")?.rsplit_once('.')?.1;
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    if let Some(secret) = body["SecretId"].as_str() {
        return Some((operation.to_owned(), secret.rsplit('/').next()?.to_owned()));
    }
    let key = key(operation, &body)?;
    let about = key.strip_prefix('@').or_else(|| key.split_once('#').map(|(_, about)| about))?;
    Some((operation.to_owned(), about.split('#').next()?.to_owned()))
}

fn key<'a>(operation: &str, body: &'a Value) -> Option<&'a str> {
    let key = if operation == "PutItem" { &body["Item"] } else { &body["Key"] };
    key["pk"]["S"].as_str()
}

/// The id of the meeting or the appointment, and what the request does to its record. `None`: it is about something else.
pub(super) fn understand(request: &Message) -> Option<(String, Step)> {
    let operation = request.header("x-amz-target")?.rsplit_once('.')?.1;
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    if operation == "UpdateSecretVersionStage" {
        return Some((body["SecretId"].as_str()?.to_owned(), Step::MoveLabel));
    }
    let (tenant, about) = key(operation, &body)?.split_once('#')?;
    match (operation, about) {
        ("UpdateItem", "config") => return Some((tenant.to_owned(), Step::MarkTenant)),
        ("DeleteItem", "config") => return Some((tenant.to_owned(), Step::RemoveTenant)),
        _ => {}
    }
    let (kind, id) = about.split_once('#')?;
    match kind {
        "meeting" => Some((id.to_owned(), of_a_meeting(operation, &body)?)),
        "appointment" => Some((id.to_owned(), of_an_appointment(operation, &body)?)),
        "nonce" => Some((String::new(), Step::Nonce)),
        "family" if body["ExpressionAttributeValues"][":next"].is_object() => Some((String::new(), Step::Rotate)),
        _ => None,
    }
}

fn of_a_meeting(operation: &str, body: &Value) -> Option<Step> {
    Some(match (operation, body["Item"]["state"]["S"].as_str()) {
        ("GetItem", _) => Step::Read,
        ("PutItem", Some("creating")) => Step::Claim,
        ("PutItem", Some("active")) => Step::Commit,
        ("PutItem", Some("deleted")) => Step::Tombstone,
        ("PutItem", Some("deleting")) => Step::TakeOverDelete,
        ("UpdateItem", _) => match &body["ExpressionAttributeValues"] {
            values if values[":deleting"].is_object() => Step::ClaimDelete,
            values if values[":end"].is_object() => Step::Extend,
            values if values[":expires"].is_object() => Step::Remove,
            _ => Step::Claim,
        },
        _ => return None,
    })
}

fn of_an_appointment(operation: &str, body: &Value) -> Option<Step> {
    let item = &body["Item"];
    match operation {
        "UpdateItem" => Some(Step::Open),
        "PutItem" if item["intent"].is_object() => Some(Step::TakeOver),
        "PutItem" if item["lock_expires"].is_object() => Some(Step::Keep),
        "PutItem" => Some(Step::Conclude),
        _ => None,
    }
}

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
    /// A transaction writes several items: the id here is the last part of the key of each, which is of the sort key if the item has
    /// one that is not `-`. For a booking's record it is the booking's id.
    Transact,
    /// A label is moved from one version of a secret to another: the id here is the secret's.
    MoveLabel,
}

const TRANSACTION: &str = "TransactWriteItems";
const BATCH: &str = "BatchWriteItem";

fn parse(request: &Message) -> Option<(&str, Value)> {
    let operation = request.header("x-amz-target")?.rsplit_once('.')?.1;
    Some((operation, serde_json::from_slice(&request.body).ok()?))
}

/// How many items a transaction writes. `None`: the request is another one.
pub(super) fn transaction_size(request: &Message) -> Option<usize> {
    let (operation, body) = parse(request)?;
    body["TransactItems"].as_array().filter(|_| operation == TRANSACTION).map(Vec::len)
}

/// Whether the request writes a single item.
pub(super) fn is_write(request: &Message) -> bool {
    parse(request).is_some_and(|(operation, _)| matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem"))
}

/// The operation of a request with each thing that it is about, by the part of the key after the tenant's name or by the kind of
/// secret.
pub(super) fn operations(request: &Message) -> Vec<(String, String)> {
    let Some((operation, body)) = parse(request) else { return Vec::new() };
    let about = |key: &str| {
        let about = key.strip_prefix('@').or_else(|| key.split_once('#').map(|(_, about)| about))?;
        Some(about.split('#').next()?.to_owned())
    };
    let things: Vec<String> = match body["SecretId"].as_str() {
        Some(secret) => secret.rsplit('/').next().map(str::to_owned).into_iter().collect(),
        None => keys(operation, &body).into_iter().filter_map(about).collect(),
    };
    things.into_iter().map(|thing| (operation.to_owned(), thing)).collect()
}

/// The keys of the items that a request is about.
fn keys<'a>(operation: &str, body: &'a Value) -> Vec<&'a str> {
    items(operation, body).into_iter().filter_map(|item| item["pk"]["S"].as_str()).collect()
}

/// The items that a request writes, or their keys.
fn items<'a>(operation: &str, body: &'a Value) -> Vec<&'a Value> {
    let of_write = |write: &'a Value| [&write["Item"], &write["Key"]].into_iter().find(|item| item.is_object());
    let writes: Vec<&Value> = match operation {
        TRANSACTION => body["TransactItems"].as_array().into_iter().flatten().collect(),
        BATCH => {
            let tables = body["RequestItems"].as_object().into_iter().flat_map(|tables| tables.values());
            tables.filter_map(Value::as_array).flatten().collect()
        }
        _ => return of_write(body).into_iter().collect(),
    };
    // Each is an object of one entry: the kind of the write, such as `Put`, and the write.
    writes.into_iter().filter_map(Value::as_object).flat_map(|write| write.values()).filter_map(of_write).collect()
}

/// The id of the meeting or the appointment, and what the request does to its record; for a transaction, the id of each item.
/// Empty: it is about something else.
pub(super) fn understand(request: &Message) -> Vec<(String, Step)> {
    let Some((operation, body)) = parse(request) else { return Vec::new() };
    if operation == TRANSACTION {
        let sort = |item: &Value| item["sk"]["S"].as_str().filter(|sort| *sort != "-").map(str::to_owned);
        let key = |item: &'_ Value| sort(item).or_else(|| Some(item["pk"]["S"].as_str()?.to_owned()));
        let keys = items(operation, &body).into_iter().filter_map(key);
        let id = |key: String| key.rsplit('#').next().map(|id| (id.to_owned(), Step::Transact));
        return keys.filter_map(id).collect();
    }
    if operation == BATCH {
        return Vec::new();
    }
    single(operation, &body, keys(operation, &body).first().copied()).into_iter().collect()
}

fn single(operation: &str, body: &Value, key: Option<&str>) -> Option<(String, Step)> {
    if operation == "UpdateSecretVersionStage" {
        return Some((body["SecretId"].as_str()?.to_owned(), Step::MoveLabel));
    }
    let (tenant, about) = key?.split_once('#')?;
    match (operation, about) {
        ("UpdateItem", "config") => return Some((tenant.to_owned(), Step::MarkTenant)),
        ("DeleteItem", "config") => return Some((tenant.to_owned(), Step::RemoveTenant)),
        _ => {}
    }
    let (kind, id) = about.split_once('#')?;
    match kind {
        "meeting" => Some((id.to_owned(), of_a_meeting(operation, body)?)),
        "appointment" => Some((id.to_owned(), of_an_appointment(operation, body)?)),
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

//! A mailbox's owner, calendars and settings.

use chrono_tz::Tz;
use serde_json::{Value, json};

use super::request::{Request, Response};
use crate::error::GraphError;
use crate::ids;
use crate::model::Folder;
use crate::options::MailboxKind;
use crate::store::{Calendar, MailboxKey, OtherCalendar, World};
use crate::zones;

/// The name of a default calendar.
const DEFAULT_NAME: &str = "Calendar";

pub(super) fn user(world: &World, mailbox: MailboxKey) -> Result<Response, GraphError> {
    let calendar = world.calendar(mailbox)?;
    Ok(Response::json(
        200,
        json!({
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/$entity",
            "id": calendar.guid.to_string(),
            "displayName": calendar.name(),
            "mail": calendar.info.address,
            "userPrincipalName": calendar.info.address,
            "businessPhones": [],
            "givenName": null,
            "surname": null,
            "jobTitle": null,
            "mobilePhone": null,
            "officeLocation": null,
            "preferredLanguage": null,
        }),
    ))
}

/// The default calendar.
pub(super) fn calendar(world: &World, mailbox: MailboxKey, request: &Request) -> Result<Response, GraphError> {
    let mut body = described(world.calendar(mailbox)?, None);
    with_context(&mut body, "users/calendar/$entity");
    select(&mut body, request);
    Ok(Response::json(200, body))
}

/// All calendars of a mailbox, the default one first.
pub(super) fn calendars(world: &World, mailbox: MailboxKey, request: &Request) -> Result<Response, GraphError> {
    let calendar = world.calendar(mailbox)?;
    let all = std::iter::once(None).chain(calendar.others.iter().map(Some));
    let value: Vec<Value> = all
        .map(|other| {
            let mut body = described(calendar, other);
            select(&mut body, request);
            body
        })
        .collect();
    let mut body = json!({ "value": value });
    with_context(&mut body, "users/calendars");
    Ok(Response::json(200, body))
}

pub(super) fn create_calendar(
    world: &mut World,
    mailbox: MailboxKey,
    request: &Request,
) -> Result<Response, GraphError> {
    let content = request.object()?;
    let name = content.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
    let name =
        name.ok_or_else(|| GraphError::property("At least one property failed validation: Name is required."))?;
    let calendar = world.calendar(mailbox)?;
    if name == DEFAULT_NAME || calendar.others.iter().any(|other| other.name == name) {
        return Err(GraphError::new(
            409,
            "ErrorFolderExists",
            "A folder with the specified name already exists., Could not create folder.",
        ));
    }
    let other = world.add_calendar(mailbox, name)?;
    let mut body = described(world.calendar(mailbox)?, Some(&other));
    with_context(&mut body, "users/calendars/$entity");
    Ok(Response::json(201, body))
}

/// `other`: one beside the default calendar.
fn described(calendar: &Calendar, other: Option<&OtherCalendar>) -> Value {
    let providers: &[&str] = if calendar.info.teams { &["teamsForBusiness"] } else { &[] };
    let folder = other.map_or(Folder::Calendar, |other| Folder::Other(other.number));
    json!({
        "id": ids::encode_calendar(calendar.guid, folder),
        "name": other.map_or(DEFAULT_NAME, |other| &other.name),
        "color": "auto",
        "isDefaultCalendar": other.is_none(),
        "canShare": true,
        "canViewPrivateItems": true,
        "canEdit": true,
        "allowedOnlineMeetingProviders": providers,
        "defaultOnlineMeetingProvider": providers.first().unwrap_or(&"unknown"),
        "isTallyingResponses": true,
        "isRemovable": other.is_some(),
        "owner": { "name": calendar.name(), "address": calendar.info.address },
    })
}

pub(super) fn settings(world: &World, mailbox: MailboxKey, request: &Request) -> Result<Response, GraphError> {
    let calendar = world.calendar(mailbox)?;
    let mut body = json!({
        "archiveFolder": null,
        "timeZone": calendar.info.time_zone,
        "delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
        "dateFormat": "M/d/yyyy",
        "timeFormat": "h:mm tt",
        "language": { "locale": "en-US", "displayName": "English (United States)" },
        "workingHours": working_hours(calendar),
    });
    with_context(&mut body, "users/mailboxSettings");
    select(&mut body, request);
    Ok(Response::json(200, body))
}

/// When the owner of a mailbox works. A room has its zone in the custom form, which clients must take as well: the rules of
/// Europe for daylight saving time, whatever the zone.
pub(crate) fn working_hours(calendar: &Calendar) -> Value {
    let hours = &calendar.info.working_hours;
    let name = hours.time_zone.as_ref().unwrap_or(&calendar.info.time_zone);
    let zone = match calendar.info.kind {
        MailboxKind::Person => json!({ "name": name }),
        MailboxKind::Room => {
            let (bias, daylight_bias) = zones::bias(zones::find(name).unwrap_or(Tz::UTC));
            json!({
                "@odata.type": "#microsoft.graph.customTimeZone",
                "bias": bias,
                "name": "Customized Time Zone",
                "standardOffset": {
                    "time": "03:00:00.0000000", "dayOccurrence": 5, "dayOfWeek": "sunday", "month": 10, "year": 0,
                },
                "daylightOffset": {
                    "daylightBias": daylight_bias, "time": "02:00:00.0000000", "dayOccurrence": 5, "dayOfWeek": "sunday",
                    "month": 3, "year": 0,
                },
            })
        }
    };
    json!({
        "daysOfWeek": hours.days,
        "startTime": format!("{}:00.0000000", hours.start),
        "endTime": format!("{}:00.0000000", hours.end),
        "timeZone": zone,
    })
}

fn with_context(body: &mut Value, what: &str) {
    if let Value::Object(fields) = body {
        let context = format!("https://graph.microsoft.com/v1.0/$metadata#{what}");
        fields.insert("@odata.context".into(), context.into());
    }
}

/// Keeps what `$select` names.
fn select(body: &mut Value, request: &Request) {
    if let (Some(select), Value::Object(fields)) = (request.parameter("$select"), body) {
        let wanted: Vec<&str> = select.split(',').map(str::trim).collect();
        fields.retain(|name, _| name == "id" || name.starts_with('@') || wanted.contains(&name.as_str()));
    }
}

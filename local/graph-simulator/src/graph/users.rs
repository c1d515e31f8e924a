//! What there is to know of a mailbox's owner and calendar.

use serde_json::{Value, json};

use super::request::{Request, Response};
use crate::error::GraphError;
use crate::store::{MailboxKey, World};

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

pub(super) fn calendar(world: &World, mailbox: MailboxKey, request: &Request) -> Result<Response, GraphError> {
    let calendar = world.calendar(mailbox)?;
    let providers: &[&str] = if calendar.info.teams { &["teamsForBusiness"] } else { &[] };
    let mut body = json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/calendar/$entity",
        "id": format!("AQMkA{}", calendar.guid.simple()),
        "name": "Calendar",
        "color": "auto",
        "isDefaultCalendar": true,
        "canShare": true,
        "canViewPrivateItems": true,
        "canEdit": true,
        "allowedOnlineMeetingProviders": providers,
        "defaultOnlineMeetingProvider": providers.first().unwrap_or(&"unknown"),
        "isTallyingResponses": true,
        "isRemovable": false,
        "owner": { "name": calendar.name(), "address": calendar.info.address },
    });
    if let (Some(select), Value::Object(fields)) = (request.parameter("$select"), &mut body) {
        let wanted: Vec<&str> = select.split(',').map(str::trim).collect();
        fields.retain(|name, _| name == "id" || name.starts_with('@') || wanted.contains(&name.as_str()));
    }
    Ok(Response::json(200, body))
}

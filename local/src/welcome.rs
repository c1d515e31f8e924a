//! What the terminal shows once everything serves.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal as _, Write as _},
    path::Path,
};

use chrono::{Days, Utc};
use convene_local::{Ready, ReadyTenant};

/// Writes it. A terminal that has gone away is no reason to stop serving.
pub(crate) fn print(ready: &Ready, data: Option<&Path>) {
    let mut out = io::stdout().lock();
    let colours = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let text = text(ready, data, if colours { bold } else { str::to_owned });
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn bold(text: &str) -> String {
    format!("\x1b[1m{text}\x1b[0m")
}

fn text(ready: &Ready, data: Option<&Path>, strong: fn(&str) -> String) -> String {
    let mut text = format!("\n  {}\n\n", strong("Convene runs on this machine."));
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<17}{value}");
    };
    if let Some(api) = &ready.api {
        row("API", api);
        row("Documentation", &format!("{api}/docs"));
    }
    row("Calendars", &ready.calendars);
    if ready.api.is_none() {
        row("DynamoDB", &ready.dynamodb);
        row("Secrets Manager", &ready.secretsmanager);
        row("Microsoft Graph", &ready.graph);
    }
    for (name, tenant) in &ready.tenants {
        row("Tenant", &format!("{name}, with {}", people(tenant)));
    }
    match data {
        Some(folder) => row("Data", &format!("{} (--reset starts over)", folder.display())),
        None => row("Data", "kept nowhere"),
    }
    text.push('\n');
    if let (Some(api), Some(tenant)) = (&ready.api, ready.tenants.values().next()) {
        text.push_str(&first_meeting(api, &ready.calendars, tenant, strong));
    }
    if let Some(environment) = &ready.environment {
        let _ = writeln!(text, "  {}\n", strong("The environment of a function that is to use these:"));
        for (name, value) in environment {
            let _ = writeln!(text, "export {name}={value}");
        }
        text.push('\n');
    }
    let _ = writeln!(
        text,
        "  Ctrl-C ends it.{}\n",
        if ready.api.is_some() { " Below, a line for each request." } else { "" }
    );
    text
}

fn people(tenant: &ReadyTenant) -> String {
    match tenant.members.as_slice() {
        [first, .., last] => format!("{} … {}", first.email, last.email),
        few => few.iter().map(|member| member.email.as_str()).collect(),
    }
}

/// Three pastes: a token, a meeting tomorrow, and a look at it.
fn first_meeting(api: &str, calendars: &str, tenant: &ReadyTenant, strong: fn(&str) -> String) -> String {
    let ReadyTenant { client_id, client_secret, refresh_token, members, .. } = tenant;
    let member = |place: usize| members.get(place).map_or("", |member| member.email.as_str());
    let (organizer, one, other) = (member(0), member(1), member(2));
    let day = (Utc::now() + Days::new(1)).format("%F");
    let title = strong("A first meeting, in three pastes.");
    format!(
        r#"  {title}

  1. A token. The refresh token is good for one use; the answer holds the next one.

TOKEN=$(curl -s {api}/oauth2/token -d grant_type=refresh_token -d client_id={client_id} \
  -d client_secret={client_secret} \
  -d refresh_token={refresh_token} \
  | sed 's/.*"access_token" *: *"\([^"]*\)".*/\1/')

  2. A meeting tomorrow. Sent twice, it is still one meeting.

curl -s {api}/api/salesforce/scheduler/meeting -H "Authorization: Bearer $TOKEN" \
  -H 'Content-Type: application/json' -d '{{
    "id": "first-meeting", "organizerEmail": "{organizer}",
    "subject": "First meeting", "body": "Booked from a terminal.", "location": "MS Teams",
    "startTime": "{day}T10:00:00Z", "endTime": "{day}T10:30:00Z",
    "attendees": [{{"email": "{one}", "isRequired": true}}, {{"email": "{other}", "isRequired": false}}]}}'

  3. A look at it: accept or decline at {calendars}, then ask who comes.

curl -s "{api}/api/salesforce/scheduler/meeting?id=first-meeting&organizerEmail={organizer}" \
  -H "Authorization: Bearer $TOKEN"

"#
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use convene_local::{ReadyHmac, ReadyMember, ReadyMicrosoft};

    use super::*;

    fn ready(api: Option<&str>) -> Ready {
        let tenant = ReadyTenant {
            client_id: "contoso.crm".to_owned(),
            client_secret: "client-secret".to_owned(),
            refresh_token: "refresh-token".to_owned(),
            nylas_api_key: "api-key".to_owned(),
            nylas_client_id: "application-id".to_owned(),
            administrator: None,
            hmac: ReadyHmac { key_id: "key-id".to_owned(), key: "key".to_owned() },
            microsoft: ReadyMicrosoft {
                directory_id: String::new(),
                client_id: String::new(),
                client_secret: String::new(),
            },
            members: ["organizer", "attendee1", "room1"]
                .map(|name| ReadyMember { email: format!("{name}@contoso.com"), grant_id: format!("grant-{name}") })
                .into(),
        };
        Ready {
            api: api.map(str::to_owned),
            graph: "http://127.0.0.1:1".to_owned(),
            calendars: "http://127.0.0.1:1/calendars".to_owned(),
            dynamodb: "http://127.0.0.1:2".to_owned(),
            secretsmanager: "http://127.0.0.1:3".to_owned(),
            environment: api.is_none().then(|| BTreeMap::from([("AWS_REGION".to_owned(), "us-east-1".to_owned())])),
            tenants: BTreeMap::from([("contoso".to_owned(), tenant)]),
        }
    }

    #[test]
    fn an_api_comes_with_a_first_call() {
        let text = text(&ready(Some("http://127.0.0.1:9000")), None, str::to_owned);
        for part in ["http://127.0.0.1:9000/docs", "refresh_token=refresh-token", "organizer@contoso.com", "/calendars"]
        {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
        assert!(!text.contains("export"), "{text}");
    }

    #[test]
    fn backends_come_with_an_environment() {
        let text = text(&ready(None), Some(Path::new(".convene/")), str::to_owned);
        assert!(text.contains("export AWS_REGION=us-east-1\n") && text.contains(".convene/"), "{text}");
        assert!(!text.contains("curl"), "{text}");
    }
}

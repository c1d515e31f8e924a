//! A little life in the calendars, so that a newcomer's first look at availability shows some.

use std::collections::BTreeMap;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, header},
};
use chrono::{Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use graph_simulator::MailboxKind;
use lambda_http::Service as _;
use serde_json::{Value, json};

use super::{TenantSeed, credentials::Credentials};
use crate::Error;

/// The weeks that get appointments: this one and the next.
const WEEKS: u64 = 2;

/// One appointment of a week. People are counted from the organizer; whoever the tenant does not have is left out.
struct Appointment {
    day: u64,
    start: (u32, u32),
    minutes: i64,
    subject: &'static str,
    organizer: usize,
    attendees: &'static [(usize, Reply)],
    in_room: bool,
    properties: fn() -> Value,
}

#[derive(Clone, Copy)]
enum Reply {
    Accepts,
    Wavers,
    IsSilent,
}

use Reply::{Accepts, IsSilent, Wavers};

const BUSY: fn() -> Value = || json!({});
const HALF_HOUR: i64 = 30;
const HOUR: i64 = 60;

#[rustfmt::skip]
const WEEK: [Appointment; 8] = [
    Appointment { day: 0, start: (9, 30), minutes: HALF_HOUR, subject: "Team meeting", organizer: 0,
        attendees: &[(1, Accepts), (2, Accepts), (3, Wavers), (4, IsSilent), (5, Accepts)], in_room: true, properties: BUSY },
    Appointment { day: 1, start: (13, 0), minutes: HOUR, subject: "Customer review", organizer: 1,
        attendees: &[(0, Accepts), (3, IsSilent)], in_room: false, properties: BUSY },
    Appointment { day: 1, start: (15, 0), minutes: HALF_HOUR, subject: "Hold: contract call", organizer: 3,
        attendees: &[], in_room: false, properties: || json!({"showAs": "tentative"}) },
    Appointment { day: 2, start: (10, 0), minutes: 2 * HOUR, subject: "Focus time", organizer: 1,
        attendees: &[], in_room: false, properties: BUSY },
    Appointment { day: 2, start: (0, 0), minutes: 24 * HOUR, subject: "Working from home", organizer: 2,
        attendees: &[], in_room: false, properties: || json!({"isAllDay": true, "showAs": "free"}) },
    Appointment { day: 3, start: (11, 0), minutes: HOUR, subject: "Interview", organizer: 4,
        attendees: &[(5, Accepts)], in_room: true, properties: BUSY },
    Appointment { day: 3, start: (15, 0), minutes: HOUR, subject: "Dentist", organizer: 2,
        attendees: &[], in_room: false, properties: || json!({"showAs": "oof", "sensitivity": "private"}) },
    Appointment { day: 4, start: (14, 0), minutes: HALF_HOUR, subject: "Week in review", organizer: 0,
        attendees: &[(1, IsSilent), (2, Accepts)], in_room: false, properties: BUSY },
];

/// Fills the weeks of each tenant that were not filled at an earlier start, through Graph itself, and notes by tenant up
/// to which day that is.
pub(crate) async fn fill(
    graph: &Router,
    tenants: &[(&TenantSeed, &Credentials)],
    filled_until: &mut BTreeMap<String, NaiveDate>,
) -> Result<(), Error> {
    let today = Utc::now().date_naive();
    let this_week = today - Days::new(today.weekday().num_days_from_monday().into());
    let end = this_week + Days::new(7 * WEEKS);
    for (tenant, credentials) in tenants {
        let begin = filled_until.get(tenant.id.as_str()).copied().unwrap_or(this_week).max(this_week);
        let mut weeks = begin.iter_weeks().take_while(|monday| *monday < end).peekable();
        if weeks.peek().is_none() {
            continue;
        }
        let mut calendars = Calendars::sign_in(graph.clone(), credentials).await?;
        for monday in weeks {
            for appointment in &WEEK {
                calendars.make(tenant, monday, appointment).await?;
            }
        }
        // The journal is for what Convene asks, and nobody has asked yet.
        calendars.call(Method::DELETE, "/simulator/requests", &Value::Null).await?;
        calendars.call(Method::DELETE, "/simulator/notifications", &Value::Null).await?;
        filled_until.insert(tenant.id.to_string(), end);
    }
    Ok(())
}

/// Graph, as the tenant's app sees it.
struct Calendars {
    graph: Router,
    token: String,
}

impl Calendars {
    async fn sign_in(graph: Router, credentials: &Credentials) -> Result<Self, Error> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &credentials.microsoft_client_id)
            .append_pair("client_secret", &credentials.microsoft_client_secret)
            .append_pair("scope", "https://graph.microsoft.com/.default")
            .finish();
        let mut calendars = Self { graph, token: String::new() };
        let path = format!("/{}/oauth2/v2.0/token", credentials.directory_id);
        let answer = calendars.send(Method::POST, &path, "application/x-www-form-urlencoded", form).await?;
        answer["access_token"].as_str().unwrap_or_default().clone_into(&mut calendars.token);
        Ok(calendars)
    }

    async fn make(&mut self, tenant: &TenantSeed, monday: NaiveDate, appointment: &Appointment) -> Result<(), Error> {
        let people: Vec<_> = tenant.mailboxes.iter().filter(|mailbox| mailbox.kind == MailboxKind::Person).collect();
        let Some(organizer) = people.get(appointment.organizer) else { return Ok(()) };
        let invited: Vec<_> =
            appointment.attendees.iter().filter_map(|(place, reply)| Some((people.get(*place)?, *reply))).collect();
        let room = tenant.mailboxes.iter().find(|mailbox| appointment.in_room && mailbox.kind == MailboxKind::Room);
        let (hour, minute) = appointment.start;
        let day = monday + Days::new(appointment.day);
        let start = day.and_time(NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default());
        let end = start + TimeDelta::minutes(appointment.minutes);
        let time =
            |time: chrono::NaiveDateTime| json!({"dateTime": time.format("%FT%T").to_string(), "timeZone": "UTC"});
        let attendee = |address: &str, kind: &str| json!({"emailAddress": {"address": address}, "type": kind});
        let attendees: Vec<_> = invited
            .iter()
            .map(|(mailbox, _)| attendee(&mailbox.address, "required"))
            .chain(room.map(|room| attendee(&room.address, "resource")))
            .collect();
        let mut event = json!({
            "subject": appointment.subject, "start": time(start), "end": time(end), "attendees": attendees,
            "location": {"displayName": room.map(|room| room.display_name.as_str()).unwrap_or_default()},
        });
        if let (Value::Object(event), Value::Object(more)) = (&mut event, (appointment.properties)()) {
            event.extend(more);
        }
        let made = self.call(Method::POST, &format!("/v1.0/users/{}/events", organizer.address), &event).await?;
        for (mailbox, reply) in invited {
            let action = match reply {
                Accepts => "accept",
                Wavers => "tentativelyAccept",
                IsSilent => continue,
            };
            let window = format!("startDateTime={}&endDateTime={}", start.format("%FT%TZ"), end.format("%FT%TZ"));
            let path = format!("/v1.0/users/{}/calendarView?{window}", mailbox.address);
            let seen = self.call(Method::GET, &path, &Value::Null).await?;
            let copy = seen["value"].as_array().into_iter().flatten().find(|copy| copy["iCalUId"] == made["iCalUId"]);
            if let Some(id) = copy.and_then(|copy| copy["id"].as_str()) {
                let path = format!("/v1.0/users/{}/events/{id}/{action}", mailbox.address);
                self.call(Method::POST, &path, &json!({"sendResponse": true})).await?;
            }
        }
        Ok(())
    }

    async fn call(&mut self, method: Method, path: &str, body: &Value) -> Result<Value, Error> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, path, "application/json", body).await
    }

    /// Straight to the router: no socket is needed within a process.
    async fn send(&mut self, method: Method, path: &str, kind: &str, body: String) -> Result<Value, Error> {
        let failed = Error::backend("Microsoft Graph simulator");
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "graph.local")
            .header(header::CONTENT_TYPE, kind)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .body(Body::from(body))
            .map_err(|error| failed(error.to_string()))?;
        let response = self.graph.call(request).await.unwrap_or_else(|never| match never {});
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.map_err(|error| failed(error.to_string()))?;
        if !status.is_success() {
            return Err(failed(format!("{path}: {status} {}", String::from_utf8_lossy(&body))));
        }
        Ok(serde_json::from_slice(&body).unwrap_or_default())
    }
}

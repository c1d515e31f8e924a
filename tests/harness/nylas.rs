//! Callers of the Nylas family: a tenant's own system with its API key, and guests.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Answer, Product};

/// A tenant as its own system and its guests see it.
#[derive(Clone)]
pub struct Nylas {
    http: reqwest::Client,
    api: String,
    pub key: String,
    pub client_id: String,
    /// The grant id of the tenant's first member.
    pub grant: String,
}

impl Nylas {
    pub fn of(product: &Product, tenant: &str) -> Self {
        let ready = product.tenant(tenant);
        Self {
            http: product.http().clone(),
            api: product.api().to_owned(),
            key: ready.nylas_api_key.clone(),
            client_id: ready.nylas_client_id.clone(),
            grant: ready.members[0].grant_id.clone(),
        }
    }

    /// A request with the API key.
    pub async fn system(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        self.send(method, path, Some(&self.key), body).await
    }

    /// A request without a credential.
    pub async fn guest(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        self.send(method, path, None, body).await
    }

    /// A request with this credential.
    pub async fn send(&self, method: Method, path: &str, bearer: Option<&str>, body: Option<&Value>) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.api));
        if let Some(bearer) = bearer {
            request = request.bearer_auth(bearer);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        Answer::read(request.send().await.expect("an answer")).await
    }

    /// The path of the member's configurations.
    pub fn configurations(&self) -> String {
        format!("/v3/grants/{}/scheduling/configurations", self.grant)
    }

    /// Creates a configuration. Returns its id.
    pub async fn configure(&self, configuration: &Value) -> String {
        let answer = self.system(Method::POST, &self.configurations(), Some(configuration)).await.expect_ok();
        answer["data"]["id"].as_str().unwrap_or_else(|| panic!("no id: {answer}")).to_owned()
    }

    /// A guest's question for the times of a public configuration.
    pub async fn availability(&self, configuration: &str, start: i64, end: i64) -> Answer {
        self.guest(Method::GET, &availability(configuration, start, end), None).await
    }

    /// A question of the tenant's own system for the times of a configuration, by the calendars as they are.
    pub async fn current_availability(&self, configuration: &str, start: i64, end: i64) -> Answer {
        self.system(Method::GET, &availability(configuration, start, end), None).await
    }

    /// A guest books a time of a public configuration.
    pub async fn book(&self, configuration: &str, booking: &Value) -> Answer {
        let path = format!("/v3/scheduling/bookings?configuration_id={configuration}");
        self.guest(Method::POST, &path, Some(booking)).await
    }
}

fn availability(configuration: &str, start: i64, end: i64) -> String {
    format!("/v3/scheduling/availability?configuration_id={configuration}&start_time={start}&end_time={end}")
}

/// A collective configuration of these people, the first of them the organizer: half an hour, every time open, no notice.
pub fn configuration(emails: &[&str]) -> Value {
    let participants = emails.iter().enumerate().map(|(index, email)| {
        json!({
            "name": email.split('@').next(), "email": email, "is_organizer": index == 0,
            "availability": {"calendar_ids": ["primary"]}, "booking": {"calendar_id": "primary"},
        })
    });
    json!({
        "participants": participants.collect::<Vec<_>>(),
        "availability": {"duration_minutes": 30},
        "event_booking": {"title": "My test event", "timezone": "UTC"},
        "scheduler": {"min_booking_notice": 0, "available_days_in_future": 500},
    })
}

/// A round-robin of these people.
pub fn round_robin(emails: &[&str]) -> Value {
    let mut configuration = configuration(emails);
    for participant in configuration["participants"].as_array_mut().expect("a list") {
        participant["is_organizer"] = json!(false);
    }
    configuration["availability"]["availability_rules"] = json!({"availability_method": "max-availability"});
    configuration
}

/// Midnight, so many days from now, in Unix seconds.
pub fn midnight(days: i64) -> i64 {
    let day: DateTime<Utc> = Utc::now() + TimeDelta::days(days);
    day.timestamp() - day.timestamp().rem_euclid(86_400)
}

/// A request of a guest to book half an hour.
pub fn booking(guest: &str, start: i64) -> Value {
    json!({"start_time": start, "end_time": start + 1800, "guest": {"name": guest, "email": format!("{guest}@example.com")}})
}

/// The salt of the booking reference that follows a text in an event's body. `None`: the body does not have the text.
pub fn salt(event: &Value, before: &str) -> Option<String> {
    let body = event["body"]["content"].as_str().expect("a body");
    let (_, rest) = body.split_once(before)?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(rest.len());
    let bytes = URL_SAFE_NO_PAD.decode(&rest[..end]).expect("base64");
    Some(URL_SAFE_NO_PAD.encode(&bytes[32..]))
}

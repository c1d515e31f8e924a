//! Somebody who calls the Scheduler API.

use convene_local::ReadyTenant;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{Answer, lightning};

/// The path of the four meeting endpoints.
pub const MEETING: &str = "/api/salesforce/scheduler/meeting";
/// The path of the availability endpoint.
pub const AVAILABILITY: &str = "/api/salesforce/scheduler/availability";

/// The path of the Lightning Scheduler adapter's appointments.
pub const POSTBACK: &str = "/api/salesforce/scheduler/postback";

/// A client with an access token.
#[derive(Clone)]
pub struct Caller {
    http: reqwest::Client,
    api: String,
    /// The access token it sends.
    pub token: String,
}

impl Caller {
    /// A client with a token that it has already.
    pub fn new(http: reqwest::Client, api: &str, token: impl Into<String>) -> Self {
        Self { http, api: api.to_owned(), token: token.into() }
    }

    /// A client with a token by client credentials.
    pub async fn sign_in(http: reqwest::Client, api: &str, tenant: &ReadyTenant) -> Self {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &tenant.client_id),
            ("client_secret", &tenant.client_secret),
        ];
        let answer = http.post(format!("{api}/oauth2/token")).form(&form).send().await.expect("an answer");
        let token = Answer::read(answer).await.expect_ok()["access_token"].as_str().expect("a token").to_owned();
        Self::new(http, api, token)
    }

    /// The same client with another token.
    #[must_use]
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: token.into(), ..self.clone() }
    }

    /// A request to a path of the API, with the token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.api)).bearer_auth(&self.token)
    }

    /// Sends a body as it is.
    pub async fn send(&self, method: Method, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        let request = self.request(method, path).header("content-type", "application/json").body(body);
        Answer::read(request.send().await.expect("an answer")).await
    }

    /// Schedules a meeting.
    pub async fn schedule(&self, meeting: &Value) -> Answer {
        self.send(Method::POST, MEETING, meeting.to_string()).await
    }

    /// Changes a meeting.
    pub async fn update(&self, change: &Value) -> Answer {
        self.send(Method::PATCH, MEETING, change.to_string()).await
    }

    /// Deletes a meeting.
    pub async fn delete(&self, id: &str, organizer: &str) -> Answer {
        self.send(Method::DELETE, MEETING, json!({"id": id, "organizerEmail": organizer}).to_string()).await
    }

    /// Reads a meeting.
    pub async fn get(&self, id: &str, organizer: &str) -> Answer {
        let request = self.request(Method::GET, MEETING).query(&[("id", id), ("organizerEmail", organizer)]);
        Answer::read(request.send().await.expect("an answer")).await
    }

    /// Puts an appointment into calendars.
    pub async fn create_appointments(&self, appointment: &Value) -> Answer {
        self.send(Method::POST, POSTBACK, appointment.to_string()).await
    }

    /// Changes an appointment: `new` has its id as well.
    pub async fn update_appointments(&self, new: &Value) -> Answer {
        self.send(Method::PUT, POSTBACK, lightning::change(new).to_string()).await
    }

    /// Deletes an appointment.
    pub async fn delete_appointments(&self, id: &str, organizer: &str, attendees: &[&str]) -> Answer {
        let body = json!({"id": id, "organizerEmail": organizer, "attendees": attendees});
        self.send(Method::DELETE, POSTBACK, body.to_string()).await
    }

    /// Asks for availability, with a body as it is.
    pub async fn availability(&self, from: &str, to: &str, entries: &Value) -> Answer {
        let request = self.request(Method::POST, AVAILABILITY).query(&[("from", from), ("to", to)]).json(entries);
        Answer::read(request.send().await.expect("an answer")).await
    }
}

//! What people see and do in Outlook, behind the product's back: Graph itself, with the tenant's own app.

use convene_local::ReadyMicrosoft;
use reqwest::Method;
use serde_json::{Value, json};

use crate::Answer;

/// A tenant's Outlook.
#[derive(Clone)]
pub struct Outlook {
    http: reqwest::Client,
    graph: String,
    token: String,
}

impl Outlook {
    /// Signs in as the tenant's app.
    pub async fn open(http: reqwest::Client, graph: &str, app: &ReadyMicrosoft) -> Self {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", app.client_id.as_str()),
            ("client_secret", app.client_secret.as_str()),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        let url = format!("{graph}/{}/oauth2/v2.0/token", app.directory_id);
        let answer = Answer::read(http.post(url).form(&form).send().await.expect("an answer")).await;
        let token = answer.expect_ok()["access_token"].as_str().expect("a token").to_owned();
        Self { http, graph: graph.to_owned(), token }
    }

    /// Any request to Graph.
    pub async fn request(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.http.request(method, format!("{}/v1.0{path}", self.graph)).bearer_auth(&self.token);
        request = request.header("Prefer", "IdType=\"ImmutableId\"");
        if let Some(body) = body {
            request = request.json(&body);
        }
        Answer::read(request.send().await.expect("an answer")).await
    }

    /// Every event of a mailbox.
    pub async fn events(&self, mailbox: &str) -> Vec<Value> {
        let answer = self.request(Method::GET, &format!("/users/{mailbox}/events?$top=900"), None).await;
        answer.expect_ok()["value"].as_array().expect("events").clone()
    }

    /// The one event of a mailbox.
    pub async fn only_event(&self, mailbox: &str) -> Value {
        let mut events = self.events(mailbox).await;
        assert_eq!(events.len(), 1, "{mailbox} has {events:#?}");
        events.remove(0)
    }

    /// A person changes an event.
    pub async fn change(&self, mailbox: &str, event: &Value, change: &Value) {
        let path = format!("/users/{mailbox}/events/{}", event["id"].as_str().expect("an id"));
        self.request(Method::PATCH, &path, Some(change.clone())).await.expect_ok();
    }

    /// A person deletes an event.
    pub async fn delete(&self, mailbox: &str, event: &Value) {
        let path = format!("/users/{mailbox}/events/{}", event["id"].as_str().expect("an id"));
        let answer = self.request(Method::DELETE, &path, None).await;
        assert_eq!(answer.status, 204, "{answer:?}");
    }

    /// A person answers an invitation: `accept`, `decline` or `tentativelyAccept`.
    pub async fn respond(&self, mailbox: &str, event: &Value, answer: &str) {
        let path = format!("/users/{mailbox}/events/{}/{answer}", event["id"].as_str().expect("an id"));
        let answer = self.request(Method::POST, &path, Some(json!({"sendResponse": true}))).await;
        assert_eq!(answer.status, 202, "{answer:?}");
    }
}

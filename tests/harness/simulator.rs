//! The Graph simulator's own controls.

use reqwest::Method;
use serde_json::{Value, json};

use crate::Answer;

/// Journal, faults and switches of the Graph simulator.
#[derive(Clone)]
pub struct Simulator {
    http: reqwest::Client,
    base: String,
}

impl Simulator {
    /// The controls of the simulator at `graph`.
    pub fn new(http: reqwest::Client, graph: &str) -> Self {
        Self { http, base: format!("{graph}/simulator") }
    }

    /// Any request to the controls; fails the test unless it succeeds.
    pub async fn control(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = Answer::read(request.send().await.expect("an answer")).await;
        assert!((200..300).contains(&answer.status), "{answer:?}");
        serde_json::from_str(&answer.text).unwrap_or(Value::Null)
    }

    /// Adds a fault and tells its id.
    pub async fn fault(&self, rule: Value) -> String {
        let fault = self.control(Method::POST, "/faults", Some(rule)).await;
        fault["id"].as_str().map_or_else(|| fault["id"].to_string(), ToOwned::to_owned)
    }

    /// Ends all faults and lets go of what they hold.
    pub async fn clear_faults(&self) {
        self.control(Method::DELETE, "/faults", None).await;
    }

    /// Sets switches.
    pub async fn switch(&self, switches: Value) {
        self.control(Method::POST, "/switches", Some(switches)).await;
    }

    /// Forgets the journal.
    pub async fn clear_journal(&self) {
        self.control(Method::DELETE, "/requests", None).await;
    }

    /// The requests Graph got since the journal was cleared, oldest first, without those for tokens.
    pub async fn requests(&self) -> Vec<Value> {
        let journal = self.control(Method::GET, "/requests", None).await;
        let all = journal.as_array().or_else(|| journal["requests"].as_array()).expect("a journal").clone();
        all.into_iter().filter(|request| request["operation"] != "token").collect()
    }

    /// A fault that answers the next request of an operation with an error.
    pub async fn fail_next(&self, operation: &str, status: u16, code: &str) {
        let effect = json!({"status": status, "code": code});
        self.fault(json!({"match": {"operation": operation}, "times": 1, "effect": effect})).await;
    }
}

//! The Graph simulator's own controls.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::Answer;

/// No test waits longer for a request to come. Far more than it takes, so that it means that it does not come.
const PATIENCE: Duration = Duration::from_mins(1);

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

    /// The requests since the journal was cleared, oldest first, those for tokens included.
    pub async fn journal(&self) -> Vec<Value> {
        let journal = self.control(Method::GET, "/requests", None).await;
        journal.as_array().or_else(|| journal["requests"].as_array()).expect("a journal").clone()
    }

    /// The requests Graph got since the journal was cleared, oldest first, without those for tokens.
    pub async fn requests(&self) -> Vec<Value> {
        let all = self.journal().await;
        all.into_iter().filter(|request| request["operation"] != "token").collect()
    }

    /// A fault that answers the next request of an operation with an error.
    pub async fn fail_next(&self, operation: &str, status: u16, code: &str) {
        let effect = json!({"status": status, "code": code});
        self.fault(json!({"match": {"operation": operation}, "times": 1, "effect": effect})).await;
    }

    /// A fault that answers every request of an operation with an error until faults are cleared, with a `Retry-After`
    /// where one is given.
    pub async fn fail_all(&self, operation: &str, status: u16, code: &str, retry_after: Option<u32>) {
        let effect = json!({"status": status, "code": code, "retry_after": retry_after});
        self.fault(json!({"match": {"operation": operation}, "times": 0, "effect": effect})).await;
    }

    /// A fault that holds the next requests of an operation; its id. `times` 0: all of them.
    pub async fn hold(&self, operation: &str, times: u32) -> String {
        self.fault(json!({"match": {"operation": operation}, "times": times, "effect": {"hold": true}})).await
    }

    /// Waits until so many requests are held by a fault.
    pub async fn held(&self, fault: &str, count: u64) {
        let waiting = async {
            loop {
                let faults = self.control(Method::GET, "/faults", None).await;
                let mut faults = faults.as_array().expect("faults").iter();
                let known = faults.find(|known| known["id"].as_u64() == fault.parse().ok()).expect("the fault");
                if known["waiting"].as_u64() >= Some(count) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("{count} requests are never held"));
    }

    /// Lets go of what a fault holds.
    pub async fn release(&self, fault: &str) {
        self.control(Method::POST, &format!("/faults/{fault}/release"), Some(json!({}))).await;
    }

    /// Adds a mailbox to a directory.
    pub async fn add_mailbox(&self, directory: &str, address: &str) {
        self.control(Method::POST, "/mailboxes", Some(json!({"directory": directory, "address": address}))).await;
    }

    /// Takes a mailbox out of a directory, with everything in it.
    pub async fn remove_mailbox(&self, directory: &str, address: &str) {
        self.control(Method::DELETE, "/mailboxes", Some(json!({"directory": directory, "address": address}))).await;
    }

    /// Lets nobody find a mailbox until faults are cleared. What is in it stays.
    pub async fn hide_mailbox(&self, address: &str) {
        let effect = json!({"status": 404, "code": "ErrorInvalidUser"});
        self.fault(json!({"match": {"mailbox": address}, "times": 0, "effect": effect})).await;
    }

    /// Puts entries into calendars as they are.
    pub async fn add_events(&self, events: Vec<Value>) {
        self.control(Method::POST, "/events", Some(Value::Array(events))).await;
    }

    /// The mails that Exchange would have sent, oldest first, as kind and recipient.
    pub async fn mails(&self) -> Vec<(String, String)> {
        let mails = self.control(Method::GET, "/notifications", None).await;
        let text = |mail: &Value, name: &str| mail[name].as_str().expect("text").to_owned();
        mails.as_array().expect("mails").iter().map(|mail| (text(mail, "kind"), text(mail, "to"))).collect()
    }

    /// The operations that Graph was asked for since the journal was cleared, oldest first.
    pub async fn operations(&self) -> Vec<String> {
        let requests = self.requests().await;
        requests.iter().map(|request| request["operation"].as_str().expect("an operation").to_owned()).collect()
    }
}

//! A product that runs elsewhere: deployed, and described by a ready file. `tests/deployed/run` tests one.
//!
//! Tests share it, one after the other, and each must find it as if it were new. So before each of them its calendars, its
//! records of meetings, its configurations and bookings, and its refresh tokens are put back to what they were before the first.

use std::{env, fs, sync::OnceLock};

use convene_local::Ready;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Simulator, aws};

/// The environment variable that names the ready file.
const READY: &str = "CONVENE_READY";

/// Where such a product is, if the tests are to use one.
pub(crate) fn ready() -> Option<Ready> {
    let path = env::var_os(READY)?;
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{READY} {}: {error}", path.display()));
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{READY} {}: {error}", path.display())))
}

/// Fails a test that needs a product of its own, where another one is to be used.
#[track_caller]
pub(crate) fn refuse(what: &str) {
    assert!(env::var_os(READY).is_none(), "{what} needs a product of its own; it cannot run while {READY} is set");
}

/// What the first test found.
struct AtFirst {
    mailboxes: Vec<Value>,
    grants: Vec<Value>,
}

/// Makes it as good as new.
pub(crate) async fn clear(http: &reqwest::Client, ready: &Ready) {
    static AT_FIRST: OnceLock<AtFirst> = OnceLock::new();
    let simulator = Simulator::new(http.clone(), &ready.graph);
    simulator.control(Method::POST, "/reset", Some(json!({"events": true}))).await;
    let mailboxes = mailboxes(&simulator).await;
    let grants = Table::of(http, ready, "GRANTS_TABLE");
    let Some(first) = AT_FIRST.get() else {
        let first = AtFirst { mailboxes, grants: grants.items().await };
        assert!(AT_FIRST.set(first).is_ok(), "tests that share a product run one at a time: --test-threads=1");
        return clear_records(http, ready).await;
    };
    for added in mailboxes.iter().filter(|mailbox| !first.mailboxes.contains(mailbox)) {
        let named = json!({"directory": added["directory"], "address": added["address"]});
        simulator.control(Method::DELETE, "/mailboxes", Some(named)).await;
    }
    for removed in first.mailboxes.iter().filter(|mailbox| !mailboxes.contains(mailbox)) {
        simulator.control(Method::POST, "/mailboxes", Some(removed.clone())).await;
    }
    grants.restore(&first.grants).await;
    clear_records(http, ready).await;
}

async fn clear_records(http: &reqwest::Client, ready: &Ready) {
    for variable in ["MEETINGS_TABLE", "BOOKINGS_TABLE"] {
        Table::of(http, ready, variable).restore(&[]).await;
    }
}

/// The mailboxes that there are, each in the form in which it is added.
async fn mailboxes(simulator: &Simulator) -> Vec<Value> {
    let mut listed = simulator.control(Method::GET, "/mailboxes", None).await;
    let mailboxes = listed.as_array_mut().expect("mailboxes");
    for mailbox in &mut *mailboxes {
        let fields = mailbox.as_object_mut().expect("a mailbox");
        fields.retain(|name, _| !matches!(name.as_str(), "id" | "events"));
    }
    std::mem::take(mailboxes)
}

struct Table<'a> {
    http: &'a reqwest::Client,
    ready: &'a Ready,
    name: &'a str,
}

impl<'a> Table<'a> {
    /// The table that this variable of the functions names.
    fn of(http: &'a reqwest::Client, ready: &'a Ready, variable: &str) -> Self {
        let environment = ready.environment.as_ref().expect("a ready file of a deployment names its tables");
        Self { http, ready, name: &environment[variable] }
    }

    async fn ask(&self, operation: &str, request: &Value) -> Value {
        aws(self.http, self.ready, "dynamodb", &format!("DynamoDB_20120810.{operation}"), request).await
    }

    async fn items(&self) -> Vec<Value> {
        let mut found = self.ask("Scan", &json!({"TableName": self.name, "ConsistentRead": true})).await;
        assert!(found["LastEvaluatedKey"].is_null(), "{} holds more than tests leave behind", self.name);
        serde_json::from_value(found["Items"].take()).expect("items")
    }

    /// Makes these its only items.
    async fn restore(&self, wanted: &[Value]) {
        let present = self.items().await;
        for item in present.iter().filter(|item| !wanted.iter().any(|kept| key(kept) == key(item))) {
            self.ask("DeleteItem", &json!({"TableName": self.name, "Key": key(item)})).await;
        }
        for item in wanted.iter().filter(|item| !present.contains(item)) {
            self.ask("PutItem", &json!({"TableName": self.name, "Item": item})).await;
        }
    }
}

/// The key of an item. Only the table of bookings has sort keys.
fn key(item: &Value) -> Value {
    let parts = item.as_object().expect("an item").iter().filter(|(name, _)| matches!(name.as_str(), "pk" | "sk"));
    Value::Object(parts.map(|(name, value)| (name.clone(), value.clone())).collect())
}

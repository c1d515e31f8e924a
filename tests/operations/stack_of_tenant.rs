//! CloudFormation, as the resource of a tenant's stack sees it: it makes the stack's secrets, sends events, and waits for
//! the answers at a URL of its own.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::put};
use convene_tests::{Answer, Operator, Product, events};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use uuid::Uuid;

/// A tenant that the product does not begin with.
pub const TENANT: &str = "northwind";

/// What CloudFormation was answered.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The answer as it came.
    pub text: String,
    /// The answer.
    pub json: Value,
}

impl Reply {
    /// Fails unless it is a success; the attributes.
    #[track_caller]
    pub fn succeeded(&self) -> &Value {
        assert_eq!(self.json["Status"], "SUCCESS", "{}", self.text);
        &self.json["Data"]
    }

    /// Fails unless it is a failure; the reason.
    #[track_caller]
    pub fn failed(&self) -> &str {
        assert_eq!(self.json["Status"], "FAILED", "{}", self.text);
        self.json["Reason"].as_str().expect("a reason")
    }
}

#[derive(Default)]
struct Inbox {
    answers: Vec<Bytes>,
    /// How many answers are refused first.
    refusals: usize,
}

/// CloudFormation, and the product whose tenants it rolls out.
pub struct CloudFormation {
    pub product: Product,
    pub operator: Operator,
    inbox: Arc<Mutex<Inbox>>,
    url: String,
}

impl CloudFormation {
    /// With the secrets of a stack for [`TENANT`], two of them empty.
    pub async fn start() -> Self {
        let product = Product::start().await;
        let inbox: Arc<Mutex<Inbox>> = Arc::default();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let url = format!("http://{}/answer?signature=s", listener.local_addr().expect("an address"));
        let router = Router::new().route("/answer", put(take)).with_state(Arc::clone(&inbox));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let started = Self { operator: Operator::of(&product), product, inbox, url };
        for (kind, content) in
            [("microsoft", r#"{"client_secret": "s"}"#), ("token", "{}"), ("keys", ""), ("credentials", "")]
        {
            started.make_secret(kind, content).await;
        }
        started
    }

    async fn make_secret(&self, kind: &str, content: &str) {
        // The embedded Secrets Manager knows no secret without content.
        let request = json!({"Name": format!("convene/{TENANT}/{kind}"), "SecretString": content});
        self.product.aws("secretsmanager", "secretsmanager.CreateSecret", &request).await;
    }

    /// The properties of a good tenant.
    pub async fn properties(&self) -> Map<String, Value> {
        let mut properties = Map::new();
        for (property, kind) in
            [("Microsoft", "microsoft"), ("Keys", "keys"), ("Token", "token"), ("Credentials", "credentials")]
        {
            let name = json!({"SecretId": format!("convene/{TENANT}/{kind}")});
            let secret = self.product.aws("secretsmanager", "secretsmanager.DescribeSecret", &name).await;
            properties.insert(format!("{property}SecretArn"), secret["ARN"].clone());
        }
        let rest = json!({
            "TenantName": TENANT, "Domains": ["northwind.com"], "RefreshTokenGeneration": "1",
            "DirectoryId": Uuid::new_v4().to_string(), "MicrosoftClientId": Uuid::new_v4().to_string(),
        });
        properties.extend(rest.as_object().expect("an object").clone());
        properties
    }

    /// An event of a stack.
    pub fn event(&self, kind: &str, stack: &str, properties: &Map<String, Value>) -> Value {
        let mut event = json!({
            "RequestType": kind, "ResponseURL": self.url, "StackId": stack, "RequestId": Uuid::new_v4().to_string(),
            "ResourceType": "Custom::Tenant", "LogicalResourceId": "Tenant", "ResourceProperties": properties,
        });
        if kind != "Create" {
            event["PhysicalResourceId"] = json!(format!("convene-tenant-{TENANT}"));
            event["OldResourceProperties"] = json!(properties);
        }
        event
    }

    /// Sends an event; the answer, of which there must be one.
    pub async fn send(&self, event: &Value) -> Reply {
        self.operator.invoke("provision-tenant", event.clone()).await.expect("the answer is taken");
        let mut answers: Vec<_> = std::mem::take(&mut self.inbox.lock().expect("not poisoned").answers);
        assert_eq!(answers.len(), 1, "one answer to {event}");
        let text = String::from_utf8(answers.remove(0).to_vec()).expect("text");
        assert!(text.len() <= 4096, "{}", text.len());
        let json: Value = serde_json::from_str(&text).expect("JSON");
        for name in ["StackId", "RequestId", "LogicalResourceId"] {
            assert_eq!(json[name], event[name]);
        }
        assert!(json["PhysicalResourceId"].as_str().is_some_and(|id| !id.is_empty()), "{text}");
        Reply { text, json }
    }

    /// Makes an event of these and sends it.
    pub async fn ask(&self, kind: &str, stack: &str, properties: &Map<String, Value>) -> Reply {
        self.send(&self.event(kind, stack, properties)).await
    }

    /// From now on so many answers are refused.
    pub fn refuse(&self, answers: usize) {
        self.inbox.lock().expect("not poisoned").refusals = answers;
    }

    /// What the integrator is given.
    pub async fn credentials(&self) -> Value {
        self.product.secret(TENANT, "credentials").await
    }

    /// What a function that starts now answers to a client that asks for a token.
    pub async fn sign_in(&self, client: &Value) -> Answer {
        let text = |name: &str| client[name].as_str().expect("text").to_owned();
        self.operator.call("issue-token", &events::token(&text("client_id"), &text("client_secret"))).await
    }

    /// The stored configuration of the tenant, with its owner.
    pub async fn stored(&self) -> Value {
        let key = json!({"TableName": "TenantsTable", "Key": {"pk": {"S": format!("{TENANT}#config")}}});
        self.product.aws("dynamodb", "DynamoDB_20120810.GetItem", &key).await["Item"].take()
    }

    /// Changes the stored configuration.
    pub async fn reconfigure(&self, change: impl FnOnce(&mut Map<String, Value>)) {
        let mut item = self.stored().await;
        let config = item["config"]["S"].as_str().expect("text");
        let mut config: Map<String, Value> = serde_json::from_str(config).expect("JSON");
        change(&mut config);
        item["config"]["S"] = json!(json!(config).to_string());
        let put = json!({"TableName": "TenantsTable", "Item": item});
        self.product.aws("dynamodb", "DynamoDB_20120810.PutItem", &put).await;
    }

    /// Forgets the stored configuration, as if it had never been written.
    pub async fn forget(&self) {
        let key = json!({"TableName": "TenantsTable", "Key": {"pk": {"S": format!("{TENANT}#config")}}});
        self.product.aws("dynamodb", "DynamoDB_20120810.DeleteItem", &key).await;
    }
}

async fn take(State(inbox): State<Arc<Mutex<Inbox>>>, body: Bytes) -> StatusCode {
    let mut inbox = inbox.lock().expect("not poisoned");
    if inbox.refusals > 0 {
        inbox.refusals -= 1;
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    inbox.answers.push(body);
    StatusCode::OK
}

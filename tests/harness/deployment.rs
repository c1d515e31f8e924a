//! The functions as Lambda has them: processes of their own, with DynamoDB behind a proxy that can lose and delay.

use std::{collections::BTreeMap, time::Duration};

use convene_local::Options;
use serde_json::Value;

use crate::{Answer, Bootstraps, DynamoProxy, Product, events};

/// The time of an invocation that nothing disturbs.
pub const PLENTY: Duration = Duration::from_secs(29);

/// The backends, and the functions as processes against them.
pub struct Deployment {
    /// What the functions talk to.
    pub backends: Product,
    /// What stands between them and DynamoDB.
    pub dynamodb: DynamoProxy,
    /// What stands between them and Secrets Manager.
    pub secrets_manager: DynamoProxy,
    environment: BTreeMap<String, String>,
    tokens: BTreeMap<String, String>,
}

impl Deployment {
    /// Backends and no process yet. `doubt_window`: how long after an ambiguous answer an event may still appear.
    pub async fn start(doubt_window: Duration) -> Self {
        Self::start_with(doubt_window, &[]).await
    }

    /// The same, with more variables in the functions' environment.
    pub async fn start_with(doubt_window: Duration, variables: &[(&str, &str)]) -> Self {
        let backends = Product::start_with(Options { backends_only: true, ..Options::default() }).await;
        let mut environment = backends.ready().environment.clone().expect("an environment");
        let dynamodb = DynamoProxy::start(&environment["AWS_ENDPOINT_URL_DYNAMODB"], backends.http().clone()).await;
        environment.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), dynamodb.url());
        let secrets_manager = &environment["AWS_ENDPOINT_URL_SECRETS_MANAGER"];
        let secrets_manager = DynamoProxy::start(secrets_manager, backends.http().clone()).await;
        environment.insert("AWS_ENDPOINT_URL_SECRETS_MANAGER".to_owned(), secrets_manager.url());
        environment.insert("DOUBT_WINDOW_SECONDS".to_owned(), doubt_window.as_secs().to_string());
        environment.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut deployment = Self { backends, dynamodb, secrets_manager, environment, tokens: BTreeMap::new() };
        deployment.tokens = deployment.issue_tokens().await;
        deployment
    }

    async fn issue_tokens(&self) -> BTreeMap<String, String> {
        let issuing = self.launch("issue-token", 1).await;
        let mut tokens = BTreeMap::new();
        for (name, tenant) in &self.backends.ready().tenants {
            let event = events::token(&tenant.client_id, &tenant.client_secret);
            let answer = issuing.call(&event, PLENTY).await.expect_ok();
            tokens.insert(name.clone(), answer["access_token"].as_str().expect("a token").to_owned());
        }
        tokens
    }

    /// The environment of a function.
    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// Starts processes of a function.
    pub async fn launch(&self, binary: &str, count: usize) -> Bootstraps {
        Bootstraps::launch(binary, &self.environment, count).await
    }

    /// An access token of a tenant.
    pub fn token(&self, tenant: &str) -> &str {
        &self.tokens[tenant]
    }

    /// The event of a call of contoso.
    pub fn event(&self, function: &str, request: &Value) -> Value {
        events::meeting(function, self.token("contoso"), request)
    }

    /// Calls a function in a process that is new and ends with the call.
    pub async fn call_once(&self, function: &str, request: &Value) -> Answer {
        self.launch(function, 1).await.call(&self.event(function, request), PLENTY).await
    }

    /// Adds a mailbox to contoso, with nothing in it.
    pub async fn add_mailbox(&self, address: &str) {
        self.backends.simulator().add_mailbox("contoso.com", address).await;
    }
}

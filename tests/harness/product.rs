//! A running product.

use std::collections::BTreeMap;

use convene_local::{Options, Ready, ReadyTenant, Stack};
use serde_json::Value;

use crate::{Answer, Caller, Outlook, Simulator, elsewhere};

/// The whole product with calendars of its own: on ports of its own and gone with the test, or deployed elsewhere and as
/// good as new.
pub struct Product {
    running: Running,
    http: reqwest::Client,
}

enum Running {
    Here(Box<Stack>),
    Elsewhere(Box<Ready>),
}

impl Product {
    /// The product as `cargo local --ephemeral` runs it; or the one that `CONVENE_READY` describes.
    pub async fn start() -> Self {
        let Some(ready) = elsewhere::ready() else { return Self::start_with(Options::default()).await };
        let http = http_client();
        elsewhere::clear(&http, &ready).await;
        Self { running: Running::Elsewhere(Box::new(ready)), http }
    }

    /// The product with other options.
    pub async fn start_with(options: Options) -> Self {
        elsewhere::refuse("a stack with options");
        let stack = Stack::start(options).await.expect("the stack starts");
        Self { running: Running::Here(Box::new(stack)), http: http_client() }
    }

    /// Where everything is, and with which credentials.
    pub fn ready(&self) -> &Ready {
        match &self.running {
            Running::Here(stack) => stack.ready(),
            Running::Elsewhere(ready) => ready,
        }
    }

    /// One tenant's credentials.
    pub fn tenant(&self, name: &str) -> &ReadyTenant {
        &self.ready().tenants[name]
    }

    /// The base URL of the API.
    pub fn api(&self) -> &str {
        self.ready().api.as_deref().expect("the API runs")
    }

    /// A client of this tenant, with an access token.
    pub async fn caller(&self, tenant: &str) -> Caller {
        Caller::sign_in(self.http.clone(), self.api(), self.tenant(tenant)).await
    }

    /// A client of contoso.
    pub async fn contoso(&self) -> Caller {
        self.caller("contoso").await
    }

    /// What the token endpoint answers to a form.
    pub async fn token(&self, form: &[(&str, &str)]) -> Answer {
        let request = self.http.post(format!("{}/oauth2/token", self.api())).form(form);
        Answer::read(request.send().await.expect("an answer")).await
    }

    /// A client of a tenant with a token for these scopes only.
    pub async fn caller_with_scope(&self, tenant: &str, scope: &str) -> Caller {
        let tenant = self.tenant(tenant);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", tenant.client_id.as_str()),
            ("client_secret", tenant.client_secret.as_str()),
            ("scope", scope),
        ];
        let token = self.token(&form).await.expect_ok()["access_token"].as_str().expect("a token").to_owned();
        Caller::new(self.http.clone(), self.api(), token)
    }

    /// A tenant's Outlook.
    pub async fn outlook(&self, tenant: &str) -> Outlook {
        Outlook::open(self.http.clone(), &self.ready().graph, &self.tenant(tenant).microsoft).await
    }

    /// The Graph simulator's own controls.
    pub fn simulator(&self) -> Simulator {
        Simulator::new(self.http.clone(), &self.ready().graph)
    }

    /// The variables with which a function finds its tables, its secrets and its services here.
    pub fn environment(&self) -> &BTreeMap<String, String> {
        match &self.running {
            Running::Here(stack) => stack.environment(),
            Running::Elsewhere(_) => panic!("what a deployment's functions are given is the deployment's business"),
        }
    }

    /// A request to the embedded `dynamodb` or `secretsmanager`, past the functions; fails the test unless it succeeds.
    pub async fn aws(&self, service: &str, target: &str, request: &Value) -> Value {
        // What the functions of a deployment have cached would outlive the test.
        elsewhere::refuse("reaching past the functions");
        aws(&self.http, self.ready(), service, target, request).await
    }

    /// An HTTP client for requests that are like nobody's.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Ends the product in an orderly way.
    pub async fn stop(self) {
        if let Running::Here(stack) = self.running {
            stack.stop().await;
        }
    }
}

/// The tests' own HTTP client. It speaks to loopback only, and needs no TLS.
pub(crate) fn http_client() -> reqwest::Client {
    let roots = rustls::RootCertStore::empty();
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider's protocols")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy();
    client.build().expect("an HTTP client")
}

/// A request to a stack's `dynamodb` or `secretsmanager`, as the AWS SDK would send it; fails the test unless it succeeds.
pub async fn aws(http: &reqwest::Client, ready: &Ready, service: &str, target: &str, request: &Value) -> Value {
    let url = if service == "dynamodb" { &ready.dynamodb } else { &ready.secretsmanager };
    let variable = |name, otherwise: &'static str| {
        ready.environment.as_ref().and_then(|known| known.get(name)).map_or(otherwise, String::as_str)
    };
    let (key, region) = (variable("AWS_ACCESS_KEY_ID", "local"), variable("AWS_REGION", "us-east-1"));
    let credential = format!("Credential={key}/20260101/{region}/{service}/aws4_request");
    let authorization = format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0");
    let sent = http.post(url).header("x-amz-target", target).header("x-amz-date", "20260101T000000Z");
    let sent = sent.header("authorization", authorization).header("content-type", "application/x-amz-json-1.0");
    Answer::read(sent.body(request.to_string()).send().await.expect("an answer")).await.expect_ok()
}

//! A running product.

use convene_local::{Options, Ready, ReadyTenant, Stack};

use crate::{Caller, Outlook, Simulator};

/// The whole product on ports of its own, with calendars of its own; gone with the test.
pub struct Product {
    stack: Stack,
    http: reqwest::Client,
}

impl Product {
    /// The product as `cargo local --ephemeral` runs it.
    pub async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    /// The product with other options.
    pub async fn start_with(options: Options) -> Self {
        let stack = Stack::start(options).await.expect("the stack starts");
        Self { stack, http: http_client() }
    }

    /// Where everything is, and with which credentials.
    pub fn ready(&self) -> &Ready {
        self.stack.ready()
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

    /// A tenant's Outlook.
    pub async fn outlook(&self, tenant: &str) -> Outlook {
        Outlook::open(self.http.clone(), &self.ready().graph, &self.tenant(tenant).microsoft).await
    }

    /// The Graph simulator's own controls.
    pub fn simulator(&self) -> Simulator {
        Simulator::new(self.http.clone(), &self.ready().graph)
    }

    /// An HTTP client for requests that are like nobody's.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Ends the product in an orderly way.
    pub async fn stop(self) {
        self.stack.stop().await;
    }
}

/// The tests' own HTTP client. It speaks to loopback only, and needs no TLS.
fn http_client() -> reqwest::Client {
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

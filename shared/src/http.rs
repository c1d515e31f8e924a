//! The one way an HTTP client is made here.

use std::{sync::Arc, time::Duration};

pub use reqwest::Client;
use reqwest::{ClientBuilder, redirect, retry};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};

/// A host that does not answer a connection attempt by then is tried again.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Lambda freezes a process between requests, and what froze long ago has often been closed at the other end: a request
/// written to it would look like one that was sent and lost. A fresh handshake costs less than that doubt.
const IDLE_TIMEOUT: Duration = Duration::from_secs(45);
/// HTTP/2 needs one connection; over HTTP/1.1 (AWS, the simulator) several requests at once open several.
const MOST_IDLE: usize = 16;

/// The client that a process has for AWS and Microsoft alike: TLS is set up once, and each host has its own connections.
/// What may be sent again is decided by those who send. `None`: TLS cannot be had.
pub(crate) fn shared() -> Option<Client> {
    builder()?.pool_idle_timeout(IDLE_TIMEOUT).pool_max_idle_per_host(MOST_IDLE).build().ok()
}

/// A client for what is neither AWS nor Graph. `None`: TLS cannot be had.
pub fn client() -> Option<Client> {
    builder()?.timeout(Duration::from_secs(10)).build().ok()
}

/// TLS with the root certificates that are in the binary, and nothing that happens by itself: no redirect, no proxy, no
/// second try.
fn builder() -> Option<ClientBuilder> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let mut tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .ok()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    // A configuration handed over ready-made negotiates only what it names.
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let builder = Client::builder().tls_backend_preconfigured(tls).redirect(redirect::Policy::none()).no_proxy();
    Some(builder.retry(retry::never()).referer(false).connect_timeout(CONNECT_TIMEOUT))
}

//! What all tenants of a process share.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use reqwest::{Client, redirect, retry};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};

use super::{limits::MailboxLimits, token::TokenCache};
use crate::calendar::CalendarError;

/// A host that does not answer a connection attempt by then is tried again.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Lambda freezes a process between requests, and what froze long ago has often been closed at the other end: a request
/// written to it would look like one that was sent and lost. A fresh handshake costs less than that doubt.
const IDLE_TIMEOUT: Duration = Duration::from_secs(45);
/// HTTP/2 needs one connection; over HTTP/1.1 (the simulator, a proxy) an availability call opens several at once.
const MOST_IDLE: usize = 16;

/// The HTTP client, the access tokens and the bounds for each mailbox. Opens no connection before the first request.
#[derive(Default)]
pub struct GraphConnection {
    client: OnceLock<Client>,
    pub(super) limits: MailboxLimits,
    pub(super) tokens: TokenCache,
}

impl GraphConnection {
    /// A connection for this process.
    pub fn new() -> Self {
        Self::default()
    }

    /// The HTTP client, built when it is first needed: many requests end before they reach Graph.
    pub(super) fn client(&self) -> Result<&Client, CalendarError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = build().ok_or(CalendarError::NotSent { cause: "no HTTP client".to_owned(), timed_out: false })?;
        Ok(self.client.get_or_init(|| client))
    }
}

fn build() -> Option<Client> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let mut tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .ok()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    // A configuration handed over ready-made negotiates only what it names.
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(redirect::Policy::none())
        .no_proxy()
        // What may be sent again is decided in one place only, `send`.
        .retry(retry::never())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(MOST_IDLE)
        .build()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_is_built_once() {
        let connection = GraphConnection::new();
        let first: *const Client = connection.client().expect("a client");
        assert!(std::ptr::eq(first, connection.client().expect("a client")));
    }
}

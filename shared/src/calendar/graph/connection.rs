//! What all tenants of a process share.

use reqwest::Client;
use tokio::sync::Semaphore;

use super::{batch, limits::Limits, token::TokenCache};
use crate::{calendar::CalendarError, domain::TenantId};

/// The HTTP client, the access tokens and the bounds on requests in flight. Opens no connection before the first request.
pub struct GraphConnection {
    client: Option<Client>,
    pub(super) limits: Limits,
    pub(super) tokens: TokenCache,
    /// What batches may hold in memory, in bytes.
    pub(super) memory: Semaphore,
}

impl GraphConnection {
    /// A connection for this process, by its HTTP client. Without one every request fails.
    pub(crate) fn new(client: Option<Client>) -> Self {
        let (limits, tokens) = (Limits::default(), TokenCache::default());
        Self { client, limits, tokens, memory: Semaphore::new(batch::MOST_IN_MEMORY) }
    }

    /// Whether this process holds a token of the tenant that needs no renewal.
    pub fn has_token(&self, tenant: &TenantId) -> bool {
        self.tokens.slot(tenant).fresh().is_some()
    }

    /// The HTTP client.
    pub(super) fn client(&self) -> Result<&Client, CalendarError> {
        let missing = || CalendarError::NotConfigured { cause: "there is no HTTP client".to_owned() };
        self.client.as_ref().ok_or_else(missing)
    }
}

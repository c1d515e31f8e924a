//! What all tenants of a process share.

use reqwest::Client;
use tokio::sync::Semaphore;

use super::limits::Limits;
use crate::{
    calendar::{CalendarError, graph::auth::token::TokenCache},
    domain::TenantId,
};

/// How many bytes of JSON all batches of a process hold in memory at most. A batch that is larger than this by itself counts
/// as this much.
pub(crate) const MAX_BATCH_MEMORY: usize = 32 << 20;

/// The HTTP client, the access tokens, and the limits on concurrent requests. It opens no connection before the first request.
pub struct GraphConnection {
    client: Option<Client>,
    pub(crate) limits: Limits,
    pub(crate) tokens: TokenCache,
    /// One permit for each byte that batches may hold in memory.
    pub(crate) batch_memory: Semaphore,
}

impl GraphConnection {
    /// Without an HTTP client every request fails.
    pub(crate) fn new(client: Option<Client>) -> Self {
        let (limits, tokens) = (Limits::default(), TokenCache::default());
        Self { client, limits, tokens, batch_memory: Semaphore::new(MAX_BATCH_MEMORY) }
    }

    /// Whether this process holds a token of the tenant that is not due for renewal.
    pub fn has_token(&self, tenant: &TenantId) -> bool {
        self.tokens.slot(tenant).fresh().is_some()
    }

    pub(crate) fn client(&self) -> Result<&Client, CalendarError> {
        let missing = || CalendarError::NotConfigured { cause: "there is no HTTP client".to_owned() };
        self.client.as_ref().ok_or_else(missing)
    }
}

//! What all tenants of a process share, and one tenant's calendars over it.

use std::sync::Arc;

use reqwest::Client;
use tokio::sync::Semaphore;

use super::{
    auth::{lease::RenewalLease, token::TokenCache},
    transport::limits::Limits,
};
use crate::{
    calendar::CalendarError,
    clock::Clock,
    domain::{Tenant, TenantId},
    secrets::Secrets,
};

/// How many bytes of JSON all batches of a process hold in memory at most. A batch that is larger than this by itself counts
/// as this much.
pub(crate) const MAX_BATCH_MEMORY: usize = 32 << 20;

/// The HTTP client, the access tokens, and the limits on concurrent requests. It opens no connection before the first request.
pub struct GraphConnection {
    client: Option<Client>,
    pub(super) clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) tokens: TokenCache,
    /// One permit for each byte that batches may hold in memory.
    pub(crate) batch_memory: Semaphore,
}

impl GraphConnection {
    /// Without an HTTP client every request fails.
    pub(crate) fn new(client: Option<Client>, clock: Clock) -> Self {
        let (limits, tokens) = (Limits::default(), TokenCache::default());
        Self { client, clock, limits, tokens, batch_memory: Semaphore::new(MAX_BATCH_MEMORY) }
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

/// A tenant's calendars in Microsoft 365.
pub struct GraphCalendar {
    pub(super) connection: Arc<GraphConnection>,
    pub(super) tenant: Arc<Tenant>,
    pub(super) secrets: Arc<Secrets>,
    pub(super) lease: Arc<dyn RenewalLease>,
}

impl GraphCalendar {
    /// The calendars of a tenant, over the connection that the process shares. Opens nothing.
    pub fn new(
        connection: Arc<GraphConnection>,
        tenant: Arc<Tenant>,
        secrets: Arc<Secrets>,
        lease: Arc<dyn RenewalLease>,
    ) -> Self {
        Self { connection, tenant, secrets, lease }
    }
}

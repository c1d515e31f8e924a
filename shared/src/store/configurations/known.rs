//! Configurations that this process has read.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::StoredConfiguration;
use crate::domain::{ConfigurationId, TenantId};

/// How long a configuration is recent after it was read.
const RECENT_FOR: Duration = Duration::from_mins(1);
/// The most configurations that are remembered.
const MAX_KNOWN: usize = 200;
/// The longest content that is kept, in bytes: of a longer one only the tenant is known.
const MAX_CONTENT: usize = 32 * 1024;

/// Configurations as this process has read them last.
#[derive(Default)]
pub struct KnownConfigurations(Mutex<HashMap<ConfigurationId, Known>>);

struct Known {
    tenant: TenantId,
    read: Option<(StoredConfiguration, Instant)>,
}

impl KnownConfigurations {
    /// The tenant that a configuration had. A request uses it to begin reads of the tenant's items at the same time as the
    /// configuration, and trusts only the configuration: a removed one may have been made anew by another tenant.
    pub fn tenant(&self, id: ConfigurationId) -> Option<TenantId> {
        self.known().get(&id).map(|known| known.tenant.clone())
    }

    /// A configuration as it was within the last minute.
    pub fn recent(&self, id: ConfigurationId) -> Option<StoredConfiguration> {
        let known = self.known();
        let (stored, read_at) = known.get(&id)?.read.as_ref()?;
        (read_at.elapsed() < RECENT_FOR).then(|| stored.clone())
    }

    /// Notes what was read. `None`: there is no such configuration.
    pub fn note(&self, id: ConfigurationId, found: Option<&StoredConfiguration>) {
        let Some(stored) = found else {
            self.known().remove(&id);
            return;
        };
        let read = (stored.content.len() <= MAX_CONTENT).then(|| (stored.clone(), Instant::now()));
        self.insert(id, Known { tenant: stored.tenant.clone(), read });
    }

    /// Notes the tenant of a configuration that was not read.
    pub fn note_tenant(&self, id: ConfigurationId, tenant: &TenantId) {
        if self.tenant(id).as_ref() != Some(tenant) {
            self.insert(id, Known { tenant: tenant.clone(), read: None });
        }
    }

    fn insert(&self, id: ConfigurationId, configuration: Known) {
        let mut known = self.known();
        if known.len() >= MAX_KNOWN && !known.contains_key(&id) {
            known.clear();
        }
        known.insert(id, configuration);
    }

    fn known(&self) -> MutexGuard<'_, HashMap<ConfigurationId, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

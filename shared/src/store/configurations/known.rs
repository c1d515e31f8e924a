//! Which tenant a configuration is of, as far as this process has read it.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::domain::{ConfigurationId, TenantId};

/// The most configurations that are remembered.
const MAX_KNOWN: usize = 1000;

/// The tenants of configurations. A request uses them to begin reads of the tenant's items at the same time as the configuration, and
/// trusts only the configuration: a removed one may have been made anew by another tenant.
#[derive(Default)]
pub struct KnownTenants(Mutex<HashMap<ConfigurationId, TenantId>>);

impl KnownTenants {
    pub fn get(&self, id: ConfigurationId) -> Option<TenantId> {
        self.known().get(&id).cloned()
    }

    pub fn note(&self, id: ConfigurationId, tenant: &TenantId) {
        let mut known = self.known();
        if known.get(&id) == Some(tenant) {
            return;
        }
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert(id, tenant.clone());
    }

    fn known(&self) -> MutexGuard<'_, HashMap<ConfigurationId, TenantId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

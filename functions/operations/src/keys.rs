//! Changing what functions verify with: one writer at a time, and never on the ground of an old version.

use convene::{
    domain::TenantId,
    edge::TaskError,
    secrets::{KeysSecret, SecretKind, Version},
    services::Services,
};

use crate::lease::{self, KEYS};

/// Reads a tenant's keys secret, changes it, and stores it if that made a difference.
pub async fn change(
    services: &Services,
    tenant: &TenantId,
    change: impl FnOnce(&mut KeysSecret) -> Result<(), TaskError>,
) -> Result<KeysSecret, TaskError> {
    lease::hold(services, tenant, &KEYS, Box::pin(changed(services, tenant, change))).await
}

async fn changed(
    services: &Services,
    tenant: &TenantId,
    change: impl FnOnce(&mut KeysSecret) -> Result<(), TaskError>,
) -> Result<KeysSecret, TaskError> {
    let vault = services.secrets.vault();
    let id = vault.name(tenant, SecretKind::Keys);
    let stored: Option<KeysSecret> = vault.read(&id, Version::Current).await?;
    let is_new = stored.is_none();
    let mut keys = stored.unwrap_or_default();
    let before = serde_json::to_value(&keys).map_err(|_| TaskError("The keys cannot be written.".to_owned()))?;
    change(&mut keys)?;
    if is_new || serde_json::to_value(&keys).ok() != Some(before) {
        vault.write(&id, &keys).await?;
    }
    Ok(keys)
}

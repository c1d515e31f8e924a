//! Reading and writing secrets through a cache.

use std::{sync::Arc, time::Duration};

use aws_sdk_secretsmanager::{Client, operation::get_secret_value::GetSecretValueError};
use serde::de::DeserializeOwned;

use super::{KeysSecret, MicrosoftSecret, SecretKind, SecretsError, TokenSecret, Vault, error::failed};
use crate::{cache::Cache, domain::TenantId};

/// How long a secret is used before it is read again.
const FRESH_FOR: Duration = Duration::from_mins(5);

/// The tenants' secrets.
pub struct Secrets {
    client: Client,
    prefix: String,
    microsoft: Cache<TenantId, MicrosoftSecret>,
    keys: Cache<TenantId, KeysSecret>,
    token: Cache<TenantId, TokenSecret>,
}

impl Secrets {
    /// Secrets whose names begin with `prefix`.
    pub fn new(client: Client, prefix: String) -> Self {
        Self {
            client,
            prefix,
            microsoft: Cache::new(FRESH_FOR),
            keys: Cache::new(FRESH_FOR),
            token: Cache::new(FRESH_FOR),
        }
    }

    /// The same secrets, for whoever manages them.
    pub fn vault(&self) -> Vault {
        Vault::new(self.client.clone(), self.prefix.clone())
    }

    /// The proof to Microsoft Entra.
    pub async fn microsoft(&self, tenant: &TenantId) -> Result<Arc<MicrosoftSecret>, SecretsError> {
        self.microsoft.get(tenant, || self.fetch(tenant, SecretKind::Microsoft)).await
    }

    /// The proof to Microsoft Entra, past the cache: after Microsoft refused the one we had.
    pub async fn microsoft_now(&self, tenant: &TenantId) -> Result<Arc<MicrosoftSecret>, SecretsError> {
        self.microsoft.refresh(tenant, || self.fetch(tenant, SecretKind::Microsoft)).await
    }

    /// Signing keys and client hashes.
    pub async fn keys(&self, tenant: &TenantId) -> Result<Arc<KeysSecret>, SecretsError> {
        self.keys.get(tenant, || self.fetch(tenant, SecretKind::Keys)).await
    }

    /// Signing keys and client hashes, past the cache: after a key was not known.
    pub async fn keys_now(&self, tenant: &TenantId) -> Result<Arc<KeysSecret>, SecretsError> {
        self.keys.refresh(tenant, || self.fetch(tenant, SecretKind::Keys)).await
    }

    /// The stored Microsoft tokens; all empty where none were stored yet.
    pub async fn token(&self, tenant: &TenantId) -> Result<Arc<TokenSecret>, SecretsError> {
        self.token.get(tenant, || self.fetch_token(tenant)).await
    }

    /// The stored Microsoft tokens, past the cache.
    pub async fn token_now(&self, tenant: &TenantId) -> Result<Arc<TokenSecret>, SecretsError> {
        self.token.refresh(tenant, || self.fetch_token(tenant)).await
    }

    /// Stores the Microsoft tokens.
    pub async fn write_token(&self, tenant: &TenantId, token: &TokenSecret) -> Result<(), SecretsError> {
        let json = serde_json::to_string(token).map_err(|_| SecretsError::Malformed("token"))?;
        self.client
            .put_secret_value()
            .secret_id(self.secret_id(tenant, SecretKind::Token))
            .secret_string(json)
            .send()
            .await
            .map_err(failed)?;
        self.token.put(tenant, Arc::new(token.clone())).await;
        Ok(())
    }

    async fn fetch_token(&self, tenant: &TenantId) -> Result<TokenSecret, SecretsError> {
        match self.fetch(tenant, SecretKind::Token).await {
            Err(SecretsError::NotFound) => Ok(TokenSecret::default()),
            other => other,
        }
    }

    async fn fetch<T: DeserializeOwned>(&self, tenant: &TenantId, kind: SecretKind) -> Result<T, SecretsError> {
        let answer =
            self.client.get_secret_value().secret_id(self.secret_id(tenant, kind)).send().await.map_err(|error| {
                let is_absent =
                    error.as_service_error().is_some_and(GetSecretValueError::is_resource_not_found_exception);
                if is_absent { SecretsError::NotFound } else { failed(error) }
            })?;
        let json = answer.secret_string().ok_or(SecretsError::Malformed(kind.name()))?;
        serde_json::from_str(json).map_err(|_| SecretsError::Malformed(kind.name()))
    }

    fn secret_id(&self, tenant: &TenantId, kind: SecretKind) -> String {
        format!("{}{tenant}/{}", self.prefix, kind.name())
    }
}

//! Reading and writing secrets through a cache.

use std::{sync::Arc, time::Duration};

use aws_sdk_secretsmanager::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::get_secret_value::GetSecretValueError,
};
use serde::de::DeserializeOwned;

use super::{KeysSecret, MicrosoftSecret, TokenSecret, Vault};
use crate::{
    aws,
    cache::{Cache, FetchError},
    domain::TenantId,
    problem::Problem,
};

/// How long a secret is used before it is read again.
const FRESH_FOR: Duration = Duration::from_mins(5);

/// Which of a tenant's secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretKind {
    /// Proof to Microsoft Entra.
    Microsoft,
    /// Signing keys and client hashes.
    Keys,
    /// Microsoft tokens.
    Token,
    /// What the integrator is given.
    Credentials,
}

impl SecretKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Microsoft => "microsoft",
            Self::Keys => "keys",
            Self::Token => "token",
            Self::Credentials => "credentials",
        }
    }
}

/// Why a secret could not be had.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SecretsError {
    /// There is no such secret: the tenant is unknown or not completely set up.
    #[error("no such secret")]
    NotFound,
    /// The secret is there, but not in the form expected. Never shows its content.
    #[error("the {0} secret is malformed")]
    Malformed(&'static str),
    /// Secrets Manager refuses the call itself, and will until somebody changes something: a permission, a key, a secret
    /// marked for deletion.
    #[error("Secrets Manager: {0}")]
    Refused(String),
    /// Secrets Manager could not be reached, or not at the moment.
    #[error("Secrets Manager: {0}")]
    Unavailable(String),
}

impl SecretsError {
    /// Whether the same call would fail again until somebody changes something.
    pub fn is_definitive(&self) -> bool {
        !matches!(self, Self::Unavailable(_))
    }
}

/// For requests that have done nothing yet. What is definitive is a fault of ours; all else passes.
impl From<SecretsError> for Problem {
    fn from(error: SecretsError) -> Self {
        if error.is_definitive() { Self::internal(error.to_string()) } else { Self::unavailable(error.to_string()) }
    }
}

impl FetchError for SecretsError {
    fn is_definitive(&self) -> bool {
        self.is_definitive()
    }

    fn timed_out() -> Self {
        Self::Unavailable("timeout".to_owned())
    }
}

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

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn failed<E: ProvideErrorMetadata>(error: SdkError<E>) -> SecretsError {
    let cause = aws::for_log(&error);
    if aws::is_definitive(&error) { SecretsError::Refused(cause) } else { SecretsError::Unavailable(cause) }
}

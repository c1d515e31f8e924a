//! Secrets as whoever manages them sees them: whole, uncached, version by version. Functions that serve requests use
//! [`Secrets`](super::Secrets) instead, and have no permission for most of this.

use std::collections::HashMap;

use aws_sdk_secretsmanager::{
    Client,
    operation::{describe_secret::DescribeSecretError, get_secret_value::GetSecretValueError},
};
use serde::{Serialize, de::DeserializeOwned};

use super::{SecretKind, SecretsError, error::failed};
use crate::domain::TenantId;

/// The version of a secret that everybody reads.
const CURRENT: &str = "AWSCURRENT";
/// The version that a rotation is preparing.
const PENDING: &str = "AWSPENDING";

/// A deployment's secrets. `id` is a secret's name or its ARN.
pub struct Vault {
    client: Client,
    prefix: String,
}

/// Which version of a secret is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version<'a> {
    /// The one that everybody reads.
    Current,
    /// The one that the rotation of this token prepared, whatever became of it.
    Prepared(&'a str),
}

/// The labels on a secret's versions.
#[derive(Debug, Clone, Default)]
pub struct Versions {
    /// Whether the secret rotates.
    pub rotates: bool,
    labels: HashMap<String, Vec<String>>,
}

impl Versions {
    /// Whether a version is the one that everybody reads.
    pub fn is_current(&self, version: &str) -> bool {
        self.has(version, CURRENT)
    }

    /// Whether a version is being prepared by a rotation.
    pub fn is_pending(&self, version: &str) -> bool {
        self.has(version, PENDING)
    }

    /// Whether there is such a version, whatever its labels.
    pub fn has_version(&self, version: &str) -> bool {
        self.labels.contains_key(version)
    }

    fn current(&self) -> Option<&str> {
        self.labels.keys().map(String::as_str).find(|version| self.is_current(version))
    }

    fn has(&self, version: &str, label: &str) -> bool {
        self.labels.get(version).is_some_and(|labels| labels.iter().any(|each| each == label))
    }
}

impl Vault {
    pub(super) fn new(client: Client, prefix: String) -> Self {
        Self { client, prefix }
    }

    /// The name of a tenant's secret.
    pub fn name(&self, tenant: &TenantId, kind: SecretKind) -> String {
        format!("{}{tenant}/{}", self.prefix, kind.name())
    }

    /// The tenant whose secret of a kind this is, by the secret's ARN or name. An ARN ends in a hyphen and six characters
    /// that Secrets Manager chose.
    pub fn tenant_of(&self, id: &str, kind: SecretKind) -> Option<TenantId> {
        let name = match id.strip_prefix("arn:") {
            Some(arn) => arn.rsplit_once(":secret:")?.1.rsplit_once('-').filter(|(_, end)| end.len() == 6)?.0,
            None => id,
        };
        let tenant = name.strip_prefix(&self.prefix)?.strip_suffix(kind.name())?.strip_suffix('/')?;
        TenantId::new(tenant).ok()
    }

    /// A version's content. `None`: there is no such version, or no such secret.
    pub async fn read<T: DeserializeOwned>(&self, id: &str, version: Version<'_>) -> Result<Option<T>, SecretsError> {
        let request = self.client.get_secret_value().secret_id(id);
        let request = match version {
            Version::Current => request.version_stage(CURRENT),
            Version::Prepared(token) => request.version_id(token),
        };
        match request.send().await {
            Ok(answer) => {
                let json = answer.secret_string().ok_or(SecretsError::Malformed("stored"))?;
                // A stack makes a secret without content.
                if json.is_empty() {
                    return Ok(None);
                }
                serde_json::from_str(json).map(Some).map_err(|_| SecretsError::Malformed("stored"))
            }
            Err(error) => match error.as_service_error() {
                Some(GetSecretValueError::ResourceNotFoundException(_)) => Ok(None),
                _ => Err(failed(error)),
            },
        }
    }

    /// Stores what everybody reads from now on.
    pub async fn write(&self, id: &str, content: &impl Serialize) -> Result<(), SecretsError> {
        let json = serde_json::to_string(content).map_err(|_| SecretsError::Malformed("new"))?;
        let sent = self.client.put_secret_value().secret_id(id).secret_string(json).send().await;
        sent.map(drop).map_err(|error| match error.as_service_error() {
            Some(service) if service.is_resource_not_found_exception() => SecretsError::NotFound,
            _ => failed(error),
        })
    }

    /// Stores a version that a rotation prepares; nobody reads it yet.
    pub async fn prepare(&self, id: &str, token: &str, content: &impl Serialize) -> Result<(), SecretsError> {
        let json = serde_json::to_string(content).map_err(|_| SecretsError::Malformed("new"))?;
        let request = self.client.put_secret_value().secret_id(id).secret_string(json);
        let sent = request.client_request_token(token).version_stages(PENDING).send().await;
        sent.map(drop).map_err(failed)
    }

    /// The labels on a secret's versions; `None` if there is no such secret.
    pub async fn versions(&self, id: &str) -> Result<Option<Versions>, SecretsError> {
        match self.client.describe_secret().secret_id(id).send().await {
            Ok(found) => Ok(Some(Versions {
                rotates: found.rotation_enabled().unwrap_or_default(),
                labels: found.version_ids_to_stages.unwrap_or_default(),
            })),
            Err(error)
                if error.as_service_error().is_some_and(DescribeSecretError::is_resource_not_found_exception) =>
            {
                Ok(None)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Makes a prepared version the one that everybody reads. Repeated after its answer was lost, the request is refused,
    /// since the label has moved: it is as wanted.
    pub async fn promote(&self, id: &str, token: &str, versions: &Versions) -> Result<(), SecretsError> {
        let request = self.client.update_secret_version_stage().secret_id(id).version_stage(CURRENT);
        let request =
            request.move_to_version_id(token).set_remove_from_version_id(versions.current().map(str::to_owned));
        let Err(error) = request.send().await else { return Ok(()) };
        match self.versions(id).await {
            Ok(Some(now)) if now.is_current(token) => Ok(()),
            _ => Err(failed(error)),
        }
    }

    /// Takes the label off a version that a rotation prepared and that is not to be promoted: the next rotation begins
    /// anew instead of going on with it.
    pub async fn give_up(&self, id: &str, token: &str) -> Result<(), SecretsError> {
        let request = self.client.update_secret_version_stage().secret_id(id).version_stage(PENDING);
        let Err(error) = request.remove_from_version_id(token).send().await else { return Ok(()) };
        match self.versions(id).await {
            Ok(Some(now)) if !now.is_pending(token) => Ok(()),
            _ => Err(failed(error)),
        }
    }
}

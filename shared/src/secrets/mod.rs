//! Secrets Manager, cached. Only here are the names of secrets known.
//!
//! Each tenant has secrets apart by owner and reader: `microsoft` and `keys` are written by the tenant's stack, `token`
//! is the only one that functions write, and `credentials` is for the integrator alone and never read here.

mod contents;
mod error;
mod kind;
mod manager;
mod vault;

pub use contents::{
    AdministratorCredentials, ApiKeyHash, ClientSecretHash, CredentialsSecret, HmacCredentials, IssuedApiKey,
    IssuedClient, Key, KeysSecret, MicrosoftSecret, PasswordHash, SharedKey, TokenSecret,
};
pub use error::SecretsError;
pub use kind::SecretKind;
pub use manager::Secrets;
pub use vault::{Vault, Version, Versions};

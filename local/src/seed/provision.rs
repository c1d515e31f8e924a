//! Making tenants known: their configuration, their secrets, a first refresh token.

use std::collections::BTreeMap;

use convene::{
    auth::first_refresh_token as first_refresh_token_of,
    domain::{Access, ApiClient, Cloud, Member, Scope, Tenant},
    services::{Services, Settings},
};
use graph_simulator::{App, Delegated, Directory};
use secrecy::ExposeSecret as _;
use serde_json::json;
use uuid::Uuid;

use super::{
    TenantSeed,
    credentials::{All, Credentials},
};
use crate::{
    Error,
    backends::secrets_manager::SecretsManager,
    ready::{ReadyMember, ReadyMicrosoft, ReadyTenant},
};

/// What the simulator has to know of a tenant.
pub(crate) fn directory(tenant: &TenantSeed, credentials: &Credentials) -> Directory {
    let delegated = tenant.delegated.clone();
    let delegated =
        delegated.map(|user| Delegated { user, refresh_token: credentials.microsoft_refresh_token.clone() });
    Directory {
        id: credentials.directory_id.clone(),
        domains: tenant.domains.clone(),
        apps: vec![App {
            client_id: credentials.microsoft_client_id.clone(),
            client_secret: credentials.microsoft_client_secret.clone(),
            delegated,
        }],
        mailboxes: tenant.mailboxes.clone(),
    }
}

/// Writes every tenant's configuration and secrets, and answers what a caller needs.
///
/// Configuration and secrets follow the seeds at every start; only the tokens that functions write are left alone.
pub(crate) async fn provision(
    tenants: &[TenantSeed],
    credentials: &All,
    graph: &str,
    environment: &BTreeMap<String, String>,
    secrets: &SecretsManager,
) -> Result<BTreeMap<String, ReadyTenant>, Error> {
    let settings = Settings::from_lookup(|name| environment.get(name).cloned())
        .map_err(|problem| Error::Environment { function: "of all".to_owned(), problem })?;
    let services = Services::new(settings);
    let mut ready = BTreeMap::new();
    for seed in tenants {
        let Some(credentials) = credentials.get(seed.id.as_str()) else { continue };
        let tenant = configuration(seed, credentials, graph);
        let failed = Error::tenant(&seed.id);
        services.tenants.put(&tenant).await.map_err(|error| failed(error.to_string()))?;
        let prefix = format!("{}{}", services.settings.secret_prefix, seed.id);
        secrets.put(&format!("{prefix}/microsoft"), &credentials.microsoft_secret()).await?;
        secrets.put(&format!("{prefix}/keys"), &credentials.keys_secret()).await?;
        let token = format!("{prefix}/token");
        if !secrets.has(&token).await {
            let first = match seed.delegated {
                Some(_) => json!({"refresh_token": credentials.microsoft_refresh_token}),
                None => json!({}),
            };
            secrets.put(&token, &first).await?;
        }
        let refresh_token = first_refresh_token(&services, &tenant, credentials).await?;
        secrets.put(&format!("{prefix}/credentials"), &credentials.integrator_secret(&refresh_token)).await?;
        ready.insert(seed.id.to_string(), for_callers(seed, credentials, refresh_token));
    }
    secrets.save().map_err(Error::backend("Secrets Manager"))?;
    Ok(ready)
}

fn configuration(seed: &TenantSeed, credentials: &Credentials, graph: &str) -> Tenant {
    Tenant {
        id: seed.id.clone(),
        display_name: seed.display_name.clone(),
        domains: seed.domains.clone(),
        directory_id: credentials.directory_id.clone(),
        microsoft_client_id: credentials.microsoft_client_id.clone(),
        cloud: Cloud::Custom { login: graph.to_owned(), graph: graph.to_owned() },
        access: if seed.delegated.is_some() { Access::Delegated } else { Access::Application },
        clients: vec![ApiClient {
            client_id: credentials.client_id.clone(),
            scopes: vec![Scope::CalendarRead, Scope::CalendarWrite],
            rotate_refresh_tokens: seed.rotate_refresh_tokens,
        }],
        tentative_is_busy: seed.tentative_is_busy,
        members: seed
            .mailboxes
            .iter()
            .map(|mailbox| Member {
                email: mailbox.address.clone(),
                name: mailbox.display_name.clone(),
                time_zone: mailbox.time_zone.clone(),
            })
            .collect(),
    }
}

fn for_callers(seed: &TenantSeed, credentials: &Credentials, refresh_token: String) -> ReadyTenant {
    ReadyTenant {
        client_id: credentials.client_id.clone(),
        client_secret: credentials.client_secret.clone(),
        refresh_token,
        microsoft: ReadyMicrosoft {
            directory_id: credentials.directory_id.clone(),
            client_id: credentials.microsoft_client_id.clone(),
            client_secret: credentials.microsoft_client_secret.clone(),
        },
        members: seed.mailboxes.iter().map(|mailbox| ReadyMember { email: mailbox.address.clone() }).collect(),
    }
}

/// Every start begins a family of refresh tokens, so that the one a terminal or a script is shown has not been used.
async fn first_refresh_token(services: &Services, tenant: &Tenant, credentials: &Credentials) -> Result<String, Error> {
    let failed = Error::tenant(&tenant.id);
    let keys = serde_json::from_value(credentials.keys_secret()).map_err(|error| failed(error.to_string()))?;
    let (family, now) = (Uuid::new_v4(), services.now());
    let started = services.families.start(&tenant.id, family, &credentials.client_id, now).await;
    started.map_err(|error| failed(error.to_string()))?;
    let token =
        first_refresh_token_of(&keys, &tenant.id, family, now).map_err(|problem| failed(format!("{problem:?}")))?;
    Ok(token.expose_secret().to_owned())
}

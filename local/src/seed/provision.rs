//! Making tenants known: their configuration, their secrets, a first refresh token.

use std::collections::BTreeMap;

use convene::{
    Clock,
    domain::{Access, Administrator, ApiClient, BaseUrl, Cloud, EmailAddress, Member, Scope, Tenant, TenantId},
    secrets::{CredentialsSecret, SecretKind},
    services::{Services, Settings},
    store::PublicName,
};
use convene_operations::provision::{credentials::ensure, ids};
use graph_simulator::{App, Delegated, Directory, Mailbox};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use uuid::Uuid;

use super::{
    TenantSeed,
    credentials::{All, Credentials},
};
use crate::{
    Error,
    backends::secrets_manager::SecretsManager,
    ready::{ReadyAdministrator, ReadyHmac, ReadyMember, ReadyMicrosoft, ReadyTenant},
};

/// Who the tenants of a laptop belong to.
const OWNER: &str = "cargo local";

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

/// Rolls out every tenant as its stack would, and answers what a caller needs.
///
/// The configuration follows the seeds at every start. What callers prove themselves with is minted at the first one and
/// kept; only first refresh tokens are new each time, so that the one a terminal or a script is shown has not been used.
pub(crate) async fn provision(
    tenants: &[TenantSeed],
    credentials: &All,
    graph: &str,
    environment: &BTreeMap<String, String>,
    secrets: &SecretsManager,
    clock: Option<Clock>,
) -> Result<BTreeMap<String, ReadyTenant>, Error> {
    let settings = Settings::from_lookup(|name| environment.get(name).cloned())
        .map_err(|problem| Error::Environment { function: "of all".to_owned(), problem })?;
    let services = Services::with_clock(settings, clock.unwrap_or_else(Clock::system));
    let vault = services.secrets.vault();
    let simulator = BaseUrl::new(graph).map_err(Error::backend("Microsoft Graph simulator"))?;
    let mut ready = BTreeMap::new();
    for seed in tenants {
        let Some(microsoft) = credentials.get(seed.id.as_str()) else { continue };
        let failed = Error::tenant(&seed.id);
        let tenant = configuration(seed, microsoft, &simulator);
        let name = |kind| vault.name(&seed.id, kind);
        secrets.put(&name(SecretKind::Microsoft), &microsoft.microsoft_secret()).await?;
        secrets.ensure(&name(SecretKind::Token), &microsoft.token_secret(seed.delegated.is_some())).await?;
        for kind in [SecretKind::Keys, SecretKind::Credentials] {
            secrets.ensure(&name(kind), &Value::Null).await?;
        }
        let generation = Uuid::new_v4().to_string();
        let given = ensure(&services, &tenant, &generation).await.map_err(|error| failed(error.to_string()))?;
        services.tenants.put(&tenant, OWNER).await.map_err(|error| failed(error.to_string()))?;
        for name in PublicName::all_of(&tenant) {
            let claimed = services.tenants.claim(&name, &tenant.id).await.map_err(|error| failed(error.to_string()))?;
            claimed.map_err(|owner| failed(format!("the {name} belongs to {owner}")))?;
        }
        let for_callers = for_callers(&tenant, microsoft, &given);
        let for_callers = for_callers.ok_or_else(|| failed("a credential is missing".to_owned()))?;
        ready.insert(seed.id.to_string(), for_callers);
    }
    secrets.save().map_err(Error::backend("Secrets Manager"))?;
    Ok(ready)
}

fn configuration(seed: &TenantSeed, credentials: &Credentials, simulator: &BaseUrl) -> Tenant {
    let microsoft = (credentials.directory_id.as_str(), credentials.microsoft_client_id.as_str());
    let every_scope = vec![Scope::CalendarRead, Scope::CalendarWrite];
    let administrator = || Administrator { login: format!("{}.admin", seed.id), scopes: every_scope.clone() };
    Tenant {
        display_name: seed.display_name.clone(),
        domains: seed.domains.clone(),
        cloud: Cloud::Custom { login: simulator.clone(), graph: simulator.clone() },
        access: if seed.delegated.is_some() { Access::Delegated } else { Access::Application },
        clients: vec![ApiClient {
            client_id: format!("{}.crm", seed.id),
            scopes: every_scope.clone(),
            rotate_refresh_tokens: seed.rotate_refresh_tokens,
        }],
        tentative_is_busy: seed.tentative_is_busy,
        legacy_password_auth: seed.legacy_password_auth,
        administrators: seed.legacy_password_auth.then(administrator).into_iter().collect(),
        members: seed.mailboxes.iter().map(|mailbox| member(&seed.id, mailbox)).collect(),
        applications: BTreeMap::from([(ids::NYLAS.to_owned(), ids::application(ids::NYLAS, &seed.id))]),
        ..Tenant::new(seed.id.clone(), microsoft.0, microsoft.1)
    }
}

fn member(tenant: &TenantId, mailbox: &Mailbox) -> Member {
    let address = mailbox.address.parse::<EmailAddress>();
    Member {
        email: mailbox.address.clone(),
        name: mailbox.display_name.clone(),
        time_zone: mailbox.time_zone.clone(),
        external_ids: address.map(|address| ids::of_member(tenant, &address)).unwrap_or_default(),
    }
}

fn for_callers(tenant: &Tenant, microsoft: &Credentials, given: &CredentialsSecret) -> Option<ReadyTenant> {
    let (client, hmac) = (given.clients.first()?, given.hmac.as_ref()?);
    let nylas = given.api_keys.iter().find(|issued| issued.family == ids::NYLAS)?;
    let administrator = given.administrators.first().map(|person| ReadyAdministrator {
        login: person.login.clone(),
        password: person.password.expose_secret().to_owned(),
    });
    Some(ReadyTenant {
        client_id: client.client_id.clone(),
        client_secret: client.client_secret.expose_secret().to_owned(),
        refresh_token: client.refresh_token.expose_secret().to_owned(),
        nylas_api_key: nylas.key.expose_secret().to_owned(),
        nylas_client_id: tenant.applications.get(ids::NYLAS)?.clone(),
        hmac: ReadyHmac { key_id: hmac.key_id.clone(), key: hmac.key.clone().into() },
        administrator,
        microsoft: ReadyMicrosoft {
            directory_id: microsoft.directory_id.clone(),
            client_id: microsoft.microsoft_client_id.clone(),
            client_secret: microsoft.microsoft_client_secret.clone(),
        },
        members: tenant.members.iter().map(ready_member).collect(),
    })
}

fn ready_member(member: &Member) -> ReadyMember {
    ReadyMember {
        email: member.email.clone(),
        grant_id: member.external_ids.get(ids::NYLAS).cloned().unwrap_or_default(),
    }
}

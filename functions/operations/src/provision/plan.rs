//! From properties to a tenant, with every error.

mod checks;
mod members;

use std::collections::BTreeMap;

use convene::{
    domain::{Access, Administrator, ApiClient, BaseUrl, Cloud, Tenant, TenantId},
    edge::FieldErrors,
};

use serde_json::Value;

use self::{
    checks::{check_name, check_public_id, unique},
    members::{group_rules, members},
};
use super::{
    ids,
    properties::{ClientProperties, Properties, scopes},
};

/// The credentials of all clients must fit into one secret (64 KB).
const MAX_CLIENTS: usize = 100;
/// Logins are for a few people who have no client.
const MAX_ADMINISTRATORS: usize = 20;
/// The configuration must fit into a DynamoDB item (400 KB) beside the item's other attributes.
const MAX_CONFIGURATION_BYTES: usize = 350_000;

/// A tenant as it is to be, and the secrets its stack made for it.
#[derive(Debug)]
pub struct Plan {
    /// The configuration.
    pub tenant: Tenant,
    /// Where the Microsoft client secret is.
    pub microsoft_arn: String,
    /// Where functions find what they sign and verify with.
    pub keys_arn: String,
    /// Where Microsoft tokens are.
    pub token_arn: String,
    /// Where the integrator's secret is.
    pub credentials_arn: String,
    /// Which generation of first refresh tokens there should be.
    pub refresh_token_generation: String,
}

impl Plan {
    /// The plan that properties describe, or every error in them.
    pub fn of(properties: Value) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let properties = Properties::read(properties, &mut errors);
        let id = TenantId::new(properties.tenant_name.as_str());
        if id.is_err() && !properties.tenant_name.is_empty() {
            errors.add("TenantName", "must be 1 to 32 lower-case letters, digits and hyphens, no hyphen first");
        }
        let cloud = cloud(&properties, &mut errors);
        for (name, value) in
            [("DirectoryId", &properties.directory_id), ("MicrosoftClientId", &properties.microsoft_client_id)]
        {
            if !value.is_empty() && (value.len() != 36 || uuid::Uuid::try_parse(value).is_err()) {
                errors.add(name, "must be a GUID, as Microsoft Entra shows it");
            }
        }
        for (name, value) in [
            ("MicrosoftSecretArn", &properties.microsoft_secret_arn),
            ("KeysSecretArn", &properties.keys_secret_arn),
            ("TokenSecretArn", &properties.token_secret_arn),
            ("CredentialsSecretArn", &properties.credentials_secret_arn),
        ] {
            if !value.is_empty() && !value.starts_with("arn:") {
                errors.add(name, "must be the ARN of a secret");
            }
        }
        let domains: Vec<_> = properties.domains.iter().map(|domain| domain.to_lowercase()).collect();
        host_names("Domains", &domains, &mut errors);
        let hosts: Vec<_> = properties.hosts.iter().map(|host| host.to_lowercase()).collect();
        host_names("Hosts", &hosts, &mut errors);
        for (name, days) in [("RetentionDays", properties.retention_days), ("RecordDays", properties.record_days)] {
            if days.is_some_and(|days| !(1..=3650).contains(&days)) {
                errors.add(name, "must be 1 to 3650");
            }
        }
        let members = members(&properties, id.as_ref().ok(), &domains, &mut errors);
        let group_rules = group_rules(&properties, &members, &mut errors);
        let name = properties.tenant_name.as_str();
        let clients = clients(&properties, name, &mut errors);
        let administrators = administrators(&properties, name, &mut errors);
        // One name for both: a token says whom it is for, and not of which kind.
        let ids =
            clients.iter().map(|client| &client.client_id).chain(administrators.iter().map(|person| &person.login));
        unique("Clients.Name and Administrators.Name", ids, &mut errors);
        if let Some(id) = &properties.nylas_client_id {
            check_public_id("NylasClientId", id, &mut errors);
        }
        let Some(id) = id.ok().filter(|_| errors.is_empty()) else { return Err(errors) };
        let tenant = Tenant {
            display_name: properties.display_name.unwrap_or(properties.tenant_name),
            domains,
            cloud,
            access: properties.access.unwrap_or_default(),
            clients,
            tentative_is_busy: properties.tentative_is_busy.unwrap_or(true),
            members,
            group_rules,
            legacy_password_auth: properties.legacy_password_auth.unwrap_or_default(),
            administrators,
            hosts,
            applications: applications(&id, properties.nylas_client_id),
            retention_days: properties.retention_days,
            record_days: properties.record_days,
            ..Tenant::new(id, properties.directory_id, properties.microsoft_client_id)
        };
        if serde_json::to_string(&tenant).map_or(true, |json| json.len() > MAX_CONFIGURATION_BYTES) {
            errors.add("The configuration", format!("must have at most {MAX_CONFIGURATION_BYTES} bytes"));
            return Err(errors);
        }
        Ok(Self {
            tenant,
            microsoft_arn: properties.microsoft_secret_arn,
            keys_arn: properties.keys_secret_arn,
            token_arn: properties.token_secret_arn,
            credentials_arn: properties.credentials_secret_arn,
            refresh_token_generation: properties.refresh_token_generation,
        })
    }

    /// Whether the tenant reaches Microsoft as a signed-in person.
    pub fn is_delegated(&self) -> bool {
        self.tenant.access == Access::Delegated
    }
}

fn cloud(properties: &Properties, errors: &mut FieldErrors) -> Cloud {
    match (&properties.login_endpoint, &properties.graph_endpoint) {
        (None, None) => properties.cloud.clone().unwrap_or_default(),
        (Some(login), Some(graph)) => {
            let mut base_url =
                |name: &str, url: &str| BaseUrl::new(url).map_err(|error| errors.add(name, error.to_string())).ok();
            match (base_url("LoginEndpoint", login), base_url("GraphEndpoint", graph)) {
                (Some(login), Some(graph)) => Cloud::Custom { login, graph },
                _ => Cloud::default(),
            }
        }
        _ => {
            errors.add("LoginEndpoint and GraphEndpoint", "must be given together");
            Cloud::default()
        }
    }
}

fn host_names(property: &str, names: &[String], errors: &mut FieldErrors) {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    for (place, name) in names.iter().enumerate() {
        if name.len() > 253 || !name.contains('.') || !name.split('.').all(is_label) {
            errors.add(format!("{property}[{place}]"), "must be a domain name");
        }
    }
    unique(property, names.iter(), errors);
}

fn applications(tenant: &TenantId, nylas_client_id: Option<String>) -> BTreeMap<String, String> {
    let derived = ids::APPLICATION_FAMILIES.map(|family| (family.to_owned(), ids::application(family, tenant)));
    let given = nylas_client_id.map(|id| (ids::NYLAS.to_owned(), id));
    derived.into_iter().chain(given).collect()
}

fn clients(properties: &Properties, tenant: &str, errors: &mut FieldErrors) -> Vec<ApiClient> {
    let usual = [ClientProperties { name: "crm".to_owned(), scopes: None, rotate_refresh_tokens: None }];
    let given = if properties.clients.is_empty() { &usual[..] } else { &properties.clients };
    let mut clients = Vec::with_capacity(given.len());
    for (place, client) in given.iter().enumerate() {
        check_name(&format!("Clients[{place}].Name"), &client.name, errors);
        clients.push(ApiClient {
            client_id: format!("{tenant}.{}", client.name),
            scopes: scopes(&format!("Clients[{place}].Scopes"), client.scopes.as_ref(), errors),
            rotate_refresh_tokens: client.rotate_refresh_tokens.unwrap_or(true),
        });
    }
    if clients.len() > MAX_CLIENTS {
        errors.add("Clients", format!("must have at most {MAX_CLIENTS} entries"));
    }
    clients
}

fn administrators(properties: &Properties, tenant: &str, errors: &mut FieldErrors) -> Vec<Administrator> {
    let allowed = properties.legacy_password_auth.unwrap_or_default();
    if !allowed && !properties.administrators.is_empty() {
        errors.add("Administrators", "must be empty without LegacyPasswordAuth");
    }
    if allowed && properties.administrators.is_empty() {
        errors.add("LegacyPasswordAuth", "must have Administrators");
    }
    let mut people = Vec::with_capacity(properties.administrators.len());
    for (place, person) in properties.administrators.iter().enumerate() {
        check_name(&format!("Administrators[{place}].Name"), &person.name, errors);
        let scopes = scopes(&format!("Administrators[{place}].Scopes"), person.scopes.as_ref(), errors);
        people.push(Administrator { login: format!("{tenant}.{}", person.name), scopes });
    }
    if people.len() > MAX_ADMINISTRATORS {
        errors.add("Administrators", format!("must have at most {MAX_ADMINISTRATORS} entries"));
    }
    people
}

#[cfg(test)]
mod tests;

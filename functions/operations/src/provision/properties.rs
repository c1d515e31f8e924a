//! The properties of a `Custom::Tenant` resource: the whole configuration of a tenant, as CloudFormation sends it.

use convene::{
    domain::{Access, Cloud, Scope},
    edge::FieldErrors,
};
use serde_json::Value;

use super::fields::Fields;

/// Everything that may stand under `Properties`.
#[derive(Debug, Clone, Default)]
pub struct Properties {
    /// `TenantName`: the tenant's short name.
    pub tenant_name: String,
    /// `DisplayName`: its name for people. Absent: the short name.
    pub display_name: Option<String>,
    /// `Domains`: the organization's mail domains.
    pub domains: Vec<String>,
    /// `DirectoryId`: the Microsoft Entra directory (tenant) id.
    pub directory_id: String,
    /// `MicrosoftClientId`: the application (client) id.
    pub microsoft_client_id: String,
    /// `Cloud`: which of Microsoft's. Absent: `global`.
    pub cloud: Option<Cloud>,
    /// `LoginEndpoint`: another host than a cloud's for tokens; with [`graph_endpoint`](Self::graph_endpoint).
    pub login_endpoint: Option<String>,
    /// `GraphEndpoint`: another host than a cloud's for Graph.
    pub graph_endpoint: Option<String>,
    /// `Access`: the app's own, or that of a person who signed in. Absent: `application`.
    pub access: Option<Access>,
    /// `Clients`: who may call the API. Absent: one client named `crm` with every scope.
    pub clients: Vec<ClientProperties>,
    /// `TentativeIsBusy`: whether a tentative entry makes its time unavailable. Absent: yes.
    pub tentative_is_busy: Option<bool>,
    /// `LegacyPasswordAuth`: whether administrators may ask for tokens with login and password. Absent: no.
    pub legacy_password_auth: Option<bool>,
    /// `Administrators`: who they are.
    pub administrators: Vec<AdministratorProperties>,
    /// `Members`: people and rooms known by name.
    pub members: Vec<MemberProperties>,
    /// `GroupRules`: rules by which one of several members is found.
    pub group_rules: Vec<GroupRuleProperties>,
    /// `Hosts`: the tenant's own domains.
    pub hosts: Vec<String>,
    /// `NylasClientId`: the id by which callers of the Nylas API know the tenant. Absent: one that follows from the tenant's name.
    pub nylas_client_id: Option<String>,
    /// `RetentionDays`: how many days the record of a deleted meeting is kept.
    pub retention_days: Option<u32>,
    /// `RecordDays`: how many days the record of a meeting is kept after the meeting has ended.
    pub record_days: Option<u32>,
    /// `RefreshTokenGeneration`: another value than before mints new first refresh tokens for all clients.
    pub refresh_token_generation: String,
    /// `MicrosoftSecretArn`: the secret that holds the Microsoft client secret.
    pub microsoft_secret_arn: String,
    /// `KeysSecretArn`: the secret that functions sign and verify with.
    pub keys_secret_arn: String,
    /// `TokenSecretArn`: the secret that holds Microsoft tokens.
    pub token_secret_arn: String,
    /// `CredentialsSecretArn`: the secret that the integrator is given.
    pub credentials_secret_arn: String,
}

/// An API client.
#[derive(Debug, Clone)]
pub struct ClientProperties {
    /// `Name`: the part of its id after `<tenant>.`.
    pub name: String,
    /// `Scopes`: what its tokens may do at most. Absent: everything.
    pub scopes: Option<Vec<String>>,
    /// `RotateRefreshTokens`: whether a refresh token is replaced at each use. Absent: yes.
    pub rotate_refresh_tokens: Option<bool>,
}

/// An administrator.
#[derive(Debug, Clone)]
pub struct AdministratorProperties {
    /// `Name`: the part of the login after `<tenant>.`.
    pub name: String,
    /// `Scopes`: what the person's tokens may do at most. Absent: everything.
    pub scopes: Option<Vec<String>>,
}

/// A person or a room.
#[derive(Debug, Clone)]
pub struct MemberProperties {
    /// `Email`: the mailbox.
    pub email: String,
    /// `Name`: display name. Absent: the mailbox.
    pub name: Option<String>,
    /// `TimeZone`: IANA time zone. Absent: UTC.
    pub time_zone: Option<String>,
    /// `GrantId`: the id by which callers of the Nylas API know the mailbox. Absent: one that follows from the tenant's name and the
    /// mailbox.
    pub grant_id: Option<String>,
    /// `CronofySub`: the id by which callers of the Cronofy API know the mailbox. Absent: as for `GrantId`.
    pub cronofy_sub: Option<String>,
}

/// A group rule.
#[derive(Debug, Clone)]
pub struct GroupRuleProperties {
    /// `Id`: what callers know the rule by.
    pub id: String,
    /// `Name`: its name for people. Absent: its id.
    pub name: Option<String>,
    /// `Members`: the mailboxes of the members it chooses from.
    pub members: Vec<String>,
}

impl Properties {
    /// Reads the properties. One that cannot be read is an error, and counts as absent. A name that is not known is an error too.
    pub fn read(value: Value, errors: &mut FieldErrors) -> Self {
        let mut fields = Fields::of_resource(value, errors);
        // CloudFormation's own.
        fields.ignore("ServiceToken");
        fields.ignore("ServiceTimeout");
        let properties = Self {
            tenant_name: fields.required("TenantName"),
            display_name: fields.text("DisplayName"),
            domains: fields.texts("Domains").unwrap_or_default(),
            directory_id: fields.required("DirectoryId"),
            microsoft_client_id: fields.required("MicrosoftClientId"),
            cloud: fields.word("Cloud", "global, us-government, us-dod, china"),
            login_endpoint: fields.text("LoginEndpoint"),
            graph_endpoint: fields.text("GraphEndpoint"),
            access: fields.word("Access", "application, delegated"),
            clients: fields.each("Clients", |client| ClientProperties {
                name: client.required("Name"),
                scopes: client.texts("Scopes"),
                rotate_refresh_tokens: client.flag("RotateRefreshTokens"),
            }),
            tentative_is_busy: fields.flag("TentativeIsBusy"),
            legacy_password_auth: fields.flag("LegacyPasswordAuth"),
            administrators: fields.each("Administrators", |person| AdministratorProperties {
                name: person.required("Name"),
                scopes: person.texts("Scopes"),
            }),
            members: fields.each("Members", |member| MemberProperties {
                email: member.required("Email"),
                name: member.text("Name"),
                time_zone: member.text("TimeZone"),
                grant_id: member.text("GrantId"),
                cronofy_sub: member.text("CronofySub"),
            }),
            group_rules: fields.each("GroupRules", |rule| GroupRuleProperties {
                id: rule.required("Id"),
                name: rule.text("Name"),
                members: rule.texts("Members").unwrap_or_default(),
            }),
            hosts: fields.texts("Hosts").unwrap_or_default(),
            nylas_client_id: fields.text("NylasClientId"),
            retention_days: fields.number("RetentionDays"),
            record_days: fields.number("RecordDays"),
            refresh_token_generation: fields.text("RefreshTokenGeneration").unwrap_or_default(),
            microsoft_secret_arn: fields.required("MicrosoftSecretArn"),
            keys_secret_arn: fields.required("KeysSecretArn"),
            token_secret_arn: fields.required("TokenSecretArn"),
            credentials_secret_arn: fields.required("CredentialsSecretArn"),
        };
        fields.end();
        properties
    }
}

/// The scopes of these names; every scope if they are absent.
pub(super) fn scopes(property: &str, given: Option<&Vec<String>>, errors: &mut FieldErrors) -> Vec<Scope> {
    let Some(given) = given else { return Scope::ALL.to_vec() };
    if given.is_empty() {
        errors.add(property, "must have an entry");
    }
    for unknown in given.iter().filter(|name| Scope::parse(name).is_none()) {
        errors.add(property, format!("must be of calendar.read and calendar.write, not {unknown}"));
    }
    Scope::ALL.into_iter().filter(|scope| given.iter().any(|name| name == scope.as_str())).collect()
}

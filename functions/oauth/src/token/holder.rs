//! Whom a token is for: a client, or an administrator who logged in.

use std::sync::Arc;

use convene::{
    auth::{AuthenticatedClient, host},
    domain::{Scope, Tenant},
    edge::Request,
    problem::Kind,
    secrets::KeysSecret,
};
use secrecy::SecretString;

use super::refusal::Refusal;

/// Whom a token is for, and what it is made from.
pub(super) struct Holder {
    pub(super) tenant: Arc<Tenant>,
    pub(super) keys: Arc<KeysSecret>,
    /// The client's id or the administrator's login.
    pub(super) id: String,
    /// What the token may do at most.
    pub(super) scopes: Vec<Scope>,
}

impl From<&AuthenticatedClient> for Holder {
    fn from(client: &AuthenticatedClient) -> Self {
        Self {
            tenant: Arc::clone(&client.tenant),
            keys: Arc::clone(&client.keys),
            id: client.client.client_id.clone(),
            scopes: client.client.scopes.clone(),
        }
    }
}

/// The administrator with this login and password. A token that a client asked for on their behalf may do no more than
/// that client.
pub(super) async fn by_login(
    request: &Request,
    login: &str,
    password: &str,
    client: Option<&AuthenticatedClient>,
) -> Result<Holder, Refusal> {
    let password = SecretString::from(password);
    let administrators = &request.services.administrators;
    let known = administrators.authenticate(&request.context, host(&request.headers), login, &password).await;
    let known = known.map_err(|problem| match problem.kind {
        // The parameters are wrong, not the client: RFC 6749, section 5.2.
        Kind::Unauthorized => Refusal::login(problem.cause.unwrap_or_default()),
        _ => problem.into(),
    })?;
    let mut scopes = known.administrator.scopes;
    if let Some(client) = client {
        if client.tenant.id != known.tenant.id {
            return Err(Refusal::login("the client is another tenant's"));
        }
        scopes.retain(|scope| client.client.scopes.contains(scope));
    }
    Ok(Holder { tenant: known.tenant, keys: known.keys, id: known.administrator.login, scopes })
}

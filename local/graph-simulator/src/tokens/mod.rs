//! The tokens that are out, and what each of them is good for.

pub(crate) mod endpoint;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Instant;
use crate::error::GraphError;

/// What a token stands for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) directory: String,
    pub(crate) client_id: String,
    /// The signed-in user. `None`: the app itself.
    pub(crate) user: Option<String>,
    /// When an access token ends.
    pub(crate) expires: Option<Instant>,
    pub(crate) revoked: bool,
}

pub(crate) struct Tokens {
    access: HashMap<String, Grant>,
    refresh: HashMap<String, Grant>,
}

impl Tokens {
    pub(crate) fn new(access: Vec<(String, Grant)>, refresh: Vec<(String, Grant)>) -> Self {
        Self { access: access.into_iter().collect(), refresh: refresh.into_iter().collect() }
    }

    /// Who calls with this `Authorization` header.
    pub(crate) fn caller(&self, authorization: Option<&str>, now: Instant) -> Result<Grant, GraphError> {
        let refuse = |message: &str| {
            GraphError::new(401, "InvalidAuthenticationToken", message)
                .header("www-authenticate", "Bearer realm=\"\", error=\"invalid_token\"")
        };
        let token = authorization
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .filter(|token| !token.is_empty())
            .ok_or_else(|| refuse("Access token is empty."))?;
        let grant =
            self.access.get(token).ok_or_else(|| refuse("Access token validation failure. Invalid audience."))?;
        if grant.expires.is_some_and(|at| at <= now) {
            return Err(refuse("Lifetime validation failed, the token is expired."));
        }
        Ok(grant.clone())
    }

    pub(crate) fn refresh(&self, token: &str) -> Option<&Grant> {
        self.refresh.get(token)
    }

    /// Answers the grant if the token is new here: a revoked one stays revoked across restarts.
    pub(crate) fn seed_refresh(&mut self, directory: &str, client: &str, user: &str, token: &str) -> Option<Grant> {
        if self.refresh.contains_key(token) {
            return None;
        }
        let grant = grant(directory, client, Some(user), None);
        self.refresh.insert(token.to_owned(), grant.clone());
        Some(grant)
    }

    pub(crate) fn issue_access(
        &mut self,
        directory: &str,
        client: &str,
        user: Option<&str>,
        until: Instant,
    ) -> (String, Grant) {
        let token = format!("eyJ0eXAiOiJKV1Qi.{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let grant = grant(directory, client, user, Some(until));
        self.access.insert(token.clone(), grant.clone());
        (token, grant)
    }

    pub(crate) fn issue_refresh(&mut self, directory: &str, client: &str, user: &str) -> (String, Grant) {
        let token = format!("1.AXkA{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let grant = grant(directory, client, Some(user), None);
        self.refresh.insert(token.clone(), grant.clone());
        (token, grant)
    }

    pub(crate) fn drop_access(&mut self, matches: &impl Fn(&str, &Grant) -> bool) -> Vec<String> {
        self.access.extract_if(|token, grant| matches(token, grant)).map(|(token, _)| token).collect()
    }

    pub(crate) fn revoke_refresh(&mut self, matches: &impl Fn(&str, &Grant) -> bool) -> Vec<(String, Grant)> {
        let found = self.refresh.iter_mut().filter(|(token, grant)| !grant.revoked && matches(token, grant));
        found
            .map(|(token, grant)| {
                grant.revoked = true;
                (token.clone(), grant.clone())
            })
            .collect()
    }
}

fn grant(directory: &str, client: &str, user: Option<&str>, expires: Option<Instant>) -> Grant {
    Grant {
        directory: directory.to_owned(),
        client_id: client.to_owned(),
        user: user.map(str::to_owned),
        expires,
        revoked: false,
    }
}

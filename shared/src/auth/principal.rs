//! For whom a request acts, and what it may do.

use std::{future::Future, sync::Arc};

use super::Message;
use crate::{
    call::CallContext,
    domain::{Scope, Tenant},
    problem::Problem,
};

/// For whom an authenticated request acts.
#[derive(Debug)]
pub struct Principal {
    pub tenant: Arc<Tenant>,
    /// What the credential may do.
    pub scopes: Vec<Scope>,
}

impl Principal {
    /// Fails with [`Kind::AccessDenied`](crate::problem::Kind::AccessDenied) if the credential does not have the scope.
    pub fn require(&self, scope: Scope) -> Result<(), Problem> {
        if self.scopes.contains(&scope) { Ok(()) } else { Err(Problem::insufficient_scope(scope)) }
    }
}

/// A scheme by which a request proves who sends it. An endpoint names its scheme.
pub trait Authenticator: Sync {
    /// Fails with [`Kind::Unauthorized`](crate::problem::Kind::Unauthorized) if the credential is missing or not valid. Sets the
    /// context's tenant once the credential is verified.
    fn authenticate(
        &self,
        context: &CallContext,
        message: &Message<'_>,
    ) -> impl Future<Output = Result<Principal, Problem>> + Send;
}

//! Authenticates requests by bearer token or by signature.

use std::sync::Arc;

use lambda_http::http::{HeaderMap, header};

use super::{Message, bearer, signature};
use crate::{
    call::CallContext,
    domain::{Scope, Tenant},
    problem::Problem,
    services::Services,
};

/// An authenticated caller.
pub struct Caller {
    /// The tenant that the request acts for.
    pub tenant: Arc<Tenant>,
}

/// Authenticates a request by its bearer token or its signature, and checks that this credential has the scope. The
/// signature counts only if there is no `Authorization` header.
pub async fn authenticate(
    services: &Services,
    context: &CallContext,
    message: &Message<'_>,
    scope: Scope,
) -> Result<Caller, Problem> {
    let is_signed = message.headers.contains_key("signature-input") || message.headers.contains_key("signature");
    if is_signed && !message.headers.contains_key(header::AUTHORIZATION) {
        // A signing key has every scope.
        return signature::authenticate(services, context, message).await;
    }
    bearer::authenticate(services, context, message.headers, scope).await
}

/// The `Host` header, or `None` if it is missing or not text.
pub fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST).and_then(|host| host.to_str().ok())
}

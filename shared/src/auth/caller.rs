//! Who calls, by whichever credential.

use std::sync::Arc;

use lambda_http::http::{HeaderMap, header};

use super::{Message, bearer, signature};
use crate::{
    call::CallContext,
    domain::{Scope, Tenant},
    problem::Problem,
    scheduling::Admission,
    services::Services,
};

/// A caller whose credential is good.
pub struct Caller {
    /// For whom the request may act.
    pub tenant: Arc<Tenant>,
    /// Whether it may act, where a last check is still under way.
    pub(crate) admission: Admission,
}

/// The caller of a request, by its bearer token or its signature, if that carries the scope.
pub async fn authenticate(
    services: &Services,
    context: &CallContext,
    message: &Message<'_>,
    scope: Scope,
) -> Result<Caller, Problem> {
    let is_signed = message.headers.contains_key("signature-input") || message.headers.contains_key("signature");
    if is_signed && !message.headers.contains_key(header::AUTHORIZATION) {
        // A key of the deployment's one tenant carries every scope.
        return signature::authenticate(services, context, message).await;
    }
    bearer::authenticate(services, context, message.headers, scope).await
}

/// The host that a request was sent to.
pub fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST).and_then(|host| host.to_str().ok())
}

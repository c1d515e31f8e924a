//! One request in a handler's hands.

use std::sync::{Arc, OnceLock};

use lambda_http::{
    Body,
    http::{HeaderMap, Method},
};

use super::Query;
use crate::{
    auth::{self, Caller, Message},
    call::CallContext,
    domain::Scope,
    problem::Problem,
    services::Services,
};

/// One request in a handler's hands.
pub struct Call {
    /// Time budget, correlation, counters.
    pub context: CallContext,
    /// What the request may use.
    pub services: Arc<Services>,
    /// The method.
    pub method: Method,
    /// The path, as it was sent.
    pub path: String,
    /// Request headers.
    pub headers: HeaderMap,
    /// Query parameters.
    pub query: Query,
    /// The query, as it was sent.
    pub raw_query: String,
    /// The body, decoded.
    pub body: Body,
    pub(super) subject: OnceLock<String>,
}

impl Call {
    /// The caller, if its credential is valid and has the scope.
    pub async fn authenticate(&self, scope: Scope) -> Result<Caller, Problem> {
        let message = Message {
            method: self.method.as_str(),
            path: &self.path,
            query: &self.raw_query,
            headers: &self.headers,
            body: &self.body,
        };
        auth::authenticate(&self.services, &self.context, &message, scope).await
    }

    /// Notes what the request is about, as a failure in its family's shape names it (the organizer's address, say). A
    /// failure that the edge answers in the handler's place names it as well. Only for callers that were let in: to
    /// anybody else nothing is repeated.
    pub fn concerns(&self, subject: &str) {
        self.subject.get_or_init(|| subject.to_owned());
    }
}

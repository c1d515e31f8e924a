//! A request as a handler gets it.

use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};

use lambda_http::{
    Body, RequestExt as _,
    http::{HeaderMap, Method},
    request::RequestContext,
};
use serde::de::DeserializeOwned;

use super::{
    Object, Query,
    body::{self, content},
    query::NotUtf8,
};
use crate::{
    auth::{Authenticator, Message, Principal},
    call::CallContext,
    domain::Scope,
    problem::Problem,
    services::Services,
};

/// A request.
pub struct Request {
    /// Time budget, correlation id, counters.
    pub context: CallContext,
    pub services: Arc<Services>,
    pub method: Method,
    /// The path as API Gateway gives it: percent-encodings are decoded.
    pub path: String,
    pub headers: HeaderMap,
    pub query: Query,
    /// The query string as it was sent, without the question mark.
    raw_query: String,
    path_parameters: Vec<(String, String)>,
    source_address: Option<String>,
    /// The body as it was sent, which may be compressed.
    body: Body,
    subject: OnceLock<String>,
}

impl Request {
    /// A request, and whether its query string is valid. An invalid one counts as empty.
    pub(super) fn new(
        request: lambda_http::Request,
        raw_query: String,
        context: CallContext,
        services: Arc<Services>,
    ) -> (Self, Result<(), NotUtf8>) {
        let parameters = request.path_parameters();
        let path_parameters = parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let source_address = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.clone(),
            _ => None,
        };
        let (parts, body) = request.into_parts();
        let query = Query::parse(raw_query.as_bytes());
        let valid = query.as_ref().map(drop).map_err(|error| *error);
        let request = Self {
            context,
            services,
            path: parts.raw_http_path().to_owned(),
            method: parts.method,
            headers: parts.headers,
            query: query.unwrap_or_default(),
            raw_query,
            path_parameters,
            source_address,
            body,
            subject: OnceLock::new(),
        };
        (request, valid)
    }

    /// The value of a variable of the route's path.
    pub fn path_parameter(&self, name: &str) -> Option<&str> {
        self.path_parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The IP address from which API Gateway got the request. Not from a header, which the sender could invent.
    pub fn source_address(&self) -> Option<&str> {
        self.source_address.as_deref()
    }

    /// The value of a header. `None`: it is missing, or it is not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether there is a body.
    pub fn has_body(&self) -> bool {
        !self.body.is_empty()
    }

    /// The body, decompressed.
    pub fn content(&self) -> Result<Cow<'_, [u8]>, Problem> {
        content(&self.headers, &self.body)
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        body::json(&self.content()?)
    }

    /// The body as a JSON object.
    pub fn json_object<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.json().map(|Object(object)| object)
    }

    /// Authenticates the request by a scheme, and checks that its credential has the scope.
    pub async fn authorize(&self, scheme: &impl Authenticator, scope: Scope) -> Result<Principal, Problem> {
        let message = Message {
            method: self.method.as_str(),
            path: &self.path,
            query: &self.raw_query,
            headers: &self.headers,
            body: &self.body,
        };
        let principal = scheme.authenticate(&self.context, &message).await?;
        principal.require(scope)?;
        Ok(principal)
    }

    /// Notes what the request is about, as error responses of its family repeat it: the organizer's address, for example.
    pub fn concerns(&self, subject: &str) {
        self.subject.get_or_init(|| subject.to_owned());
    }

    /// What the request is about. Empty before its credential was verified: an error response repeats nothing to a caller that
    /// is not known.
    pub fn subject(&self) -> &str {
        let subject = self.context.tenant().and_then(|_| self.subject.get());
        subject.map_or("", String::as_str)
    }
}

//! One endpoint as a Lambda function: from an event to an answer, whatever the event holds.

use std::{
    convert::Infallible,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use futures_util::{FutureExt, future::BoxFuture};
use lambda_http::{
    Adapter, Body, LambdaEvent, Request, RequestExt as _, Service,
    aws_lambda_events::apigw::ApiGatewayV2httpRequest,
    http::{HeaderMap, Method, Response},
    lambda_runtime::Context,
    request::LambdaRequest,
    service_fn,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Answer, Query, log};
use crate::{
    auth::{self, Caller, Message},
    call::{CallContext, Deadline, time_left},
    domain::Scope,
    problem::{Kind, Problem},
    services::Services,
};

/// What stays readable in the `x-correlation-id` header.
const CORRELATION: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

type Handler = dyn Fn(Arc<Call>) -> BoxFuture<'static, Answer> + Send + Sync;

/// One endpoint: its name, what it does, and how its family words a refusal.
#[derive(Clone)]
pub struct Function {
    name: &'static str,
    handler: Arc<Handler>,
    refuse: fn(&Problem) -> Answer,
}

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
}

impl Function {
    /// An endpoint whose binary is `name`.
    pub fn new<F>(
        name: &'static str,
        refuse: fn(&Problem) -> Answer,
        handler: impl Fn(Arc<Call>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        Self { name, handler: Arc::new(move |call| handler(call).boxed()), refuse }
    }

    /// The name of its binary.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Answers one event. Never fails and never panics: what cannot be understood is answered as a bad request, what
    /// breaks as an internal error.
    pub async fn invoke(
        &self,
        services: &Arc<Services>,
        event: LambdaEvent<Box<RawValue>>,
    ) -> impl Serialize + Send + use<> {
        let LambdaEvent { payload, context } = event;
        let started = Started { at: Instant::now(), cold: services.take_cold_start(), lambda: context.clone() };
        if let Ok(request) = serde_json::from_str::<LambdaRequest>(payload.get()) {
            let mut adapter = self.adapter(services, Some(&self.handler), &started);
            // The adapter panics at once on a body that is not base64 although it says so, and on a path that is no URL.
            let converted = catch_unwind(AssertUnwindSafe(|| adapter.call(LambdaEvent::new(request, context.clone()))));
            if let Ok(answer) = converted {
                return answer.await.unwrap_or_else(|never| match never {});
            }
        }
        let blank = LambdaRequest::ApiGatewayV2(ApiGatewayV2httpRequest::default());
        let refused = self.adapter(services, None, &started).call(LambdaEvent::new(blank, context)).await;
        refused.unwrap_or_else(|never| match never {})
    }

    /// `lambda_http`'s own adapter around this function; without a handler, around its refusal.
    fn adapter(
        &self,
        services: &Arc<Services>,
        handler: Option<&Arc<Handler>>,
        started: &Started,
    ) -> impl Service<
        LambdaEvent<LambdaRequest>,
        Response = impl Serialize + Send + use<>,
        Error = Infallible,
        Future: Send,
    > + Send
    + use<> {
        let (function, services) = (self.clone(), Arc::clone(services));
        let (handler, started) = (handler.cloned(), started.clone());
        Adapter::from(service_fn(move |request: Request| {
            let (function, services) = (function.clone(), Arc::clone(&services));
            let (handler, started) = (handler.clone(), started.clone());
            async move { Ok::<_, Infallible>(function.respond(services, request, handler, started).await) }
        }))
    }

    async fn respond(
        &self,
        services: Arc<Services>,
        request: Request,
        handler: Option<Arc<Handler>>,
        started: Started,
    ) -> Response<Body> {
        let now = services.now();
        let (parts, body) = request.into_parts();
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let call = Arc::new(Call {
            context: CallContext::new(Deadline::after(time_left(started.lambda.deadline, now), now)),
            services,
            path: parts.raw_http_path().to_owned(),
            method: parts.method,
            headers: parts.headers,
            query: Query::parse(query.as_bytes()),
            raw_query: query,
            body,
        });
        let answer = match handler {
            Some(handler) => {
                let work = AssertUnwindSafe(async { handler(Arc::clone(&call)).await }).catch_unwind();
                match call.context.deadline.answering(work).await {
                    Some(Ok(answer)) => answer,
                    Some(Err(_)) => (self.refuse)(&Problem::internal("panic")),
                    None => (self.refuse)(&Problem::timed_out().caused_by("deadline")),
                }
            }
            None => (self.refuse)(&Problem::new(Kind::InvalidRequest, "The request could not be understood.")),
        };
        let correlation = call.context.correlation();
        log::request_line(self.name, &call.context, &correlation, &answer, started.at.elapsed(), started.cold);
        let encoded = utf8_percent_encode(&correlation, CORRELATION).to_string();
        answer.header("x-correlation-id", &encoded).response
    }
}

/// When and how an invocation began.
#[derive(Clone)]
struct Started {
    at: Instant,
    cold: bool,
    lambda: Context,
}

//! One endpoint as a Lambda function: from an event to a response, whatever the event contains.

use std::{
    convert::Infallible,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use futures_util::{FutureExt, future::BoxFuture};
use lambda_http::{
    Adapter, LambdaEvent, Service,
    aws_lambda_events::apigw::ApiGatewayV2httpRequest,
    http::{Method, StatusCode},
    lambda_runtime::Context,
    request::LambdaRequest,
    service_fn,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Cors, Request, Response, error::ApiError, gzip::Gzip, log, payload, query::NotUtf8};
use crate::{
    call::{CallContext, Deadline, time_left},
    problem::Problem,
    services::Services,
};

/// The characters that are percent-encoded in the `x-correlation-id` header.
const CORRELATION: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

type Handler = dyn Fn(Arc<Request>) -> BoxFuture<'static, Response> + Send + Sync;

/// One endpoint: its name, its handler, and how its family turns a failure into a response.
#[derive(Clone)]
pub struct Endpoint {
    name: &'static str,
    handler: Arc<Handler>,
    refuse: fn(Problem, &Request) -> Response,
    when_too_large: &'static str,
    cors: Option<&'static Cors>,
}

impl Endpoint {
    /// An endpoint whose binary is `name`. The family's error also words the failures that the edge finds: a request that
    /// cannot be parsed, a handler that panics or runs out of time, a response that is too large.
    pub fn new<E, F>(name: &'static str, handler: impl Fn(Arc<Request>) -> F + Send + Sync + 'static) -> Self
    where
        E: ApiError,
        F: Future<Output = Result<Response, E>> + Send + 'static,
    {
        let handler = move |request: Arc<Request>| {
            let response = handler(Arc::clone(&request));
            async move { response.await.unwrap_or_else(|error| error.into_response(&request)) }.boxed()
        };
        Self {
            name,
            handler: Arc::new(handler),
            refuse: |problem, request| E::from(problem).into_response(request),
            when_too_large: "",
            cors: None,
        }
    }

    /// Sets what callers must ask for instead, in a sentence, if a response is too large to be sent.
    #[must_use]
    pub fn when_too_large(self, remedy: &'static str) -> Self {
        Self { when_too_large: remedy, ..self }
    }

    /// Lets pages of other origins read the responses. The family's [fallback](super::fallback()) answers their preflights.
    #[must_use]
    pub fn with_cors(self, cors: &'static Cors) -> Self {
        Self { cors: Some(cors), ..self }
    }

    /// The name of its binary.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether pages of other origins may read its responses.
    pub fn has_cors(&self) -> bool {
        self.cors.is_some()
    }

    /// Answers one event. Never fails and never panics.
    pub async fn invoke(
        &self,
        services: &Arc<Services>,
        event: LambdaEvent<Box<RawValue>>,
    ) -> impl Serialize + Send + use<> {
        let LambdaEvent { payload, context } = event;
        let mut started = Started {
            at: Instant::now(),
            cold: services.take_cold_start(),
            lambda: context.clone(),
            raw_query: String::new(),
        };
        if let Ok(request) = serde_json::from_str::<LambdaRequest>(payload.get()) {
            if let LambdaRequest::ApiGatewayV2(event) = &request {
                // Not from the URL that the adapter makes of it, which ends at a `#`.
                started.raw_query = event.raw_query_string.clone().unwrap_or_default();
            }
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

    /// `lambda_http`'s own adapter around this endpoint. Without a handler, the endpoint refuses the request.
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
        let (endpoint, services) = (self.clone(), Arc::clone(services));
        let (handler, started) = (handler.cloned(), started.clone());
        Adapter::from(service_fn(move |request: lambda_http::Request| {
            let (endpoint, services) = (endpoint.clone(), Arc::clone(&services));
            let (handler, started) = (handler.clone(), started.clone());
            async move { Ok::<_, Infallible>(endpoint.respond(services, request, handler, started).await) }
        }))
    }

    async fn respond(
        &self,
        services: Arc<Services>,
        request: lambda_http::Request,
        handler: Option<Arc<Handler>>,
        started: Started,
    ) -> Response {
        let now = services.now();
        let context = CallContext::new(Deadline::after(time_left(started.lambda.deadline, now), now));
        let (request, query) = Request::new(request, started.raw_query, context, services);
        let request = Arc::new(request);
        let accepts = Gzip::of(&request.headers);
        let refuse = |problem: Problem| {
            let refused = catch_unwind(AssertUnwindSafe(|| (self.refuse)(problem, &request)));
            // A family's error that panics must not end the invocation without a response.
            refused.unwrap_or_else(|_| Response::empty(500).caused_by(Some("panic in the error response".to_owned())))
        };
        let response = match (handler, query) {
            (Some(handler), Ok(())) => {
                let work = async { payload::encode(handler(Arc::clone(&request)).await, accepts).await };
                match request.context.deadline.answering(AssertUnwindSafe(work).catch_unwind()).await {
                    Some(Ok(response)) => response,
                    Some(Err(_)) => refuse(Problem::internal("panic")),
                    None => refuse(Problem::timed_out().caused_by("deadline")),
                }
            }
            (Some(_), Err(NotUtf8)) => {
                refuse(Problem::invalid_request("The query string must be UTF-8, percent-encoded."))
            }
            (None, _) => refuse(Problem::invalid_request("The request could not be understood.")),
        };
        let mut response = self.finished(response, &request);
        if !payload::fits(&response) {
            let problem = payload::too_large(&response, accepts, self.when_too_large);
            response = self.finished(refuse(problem), &request);
        }
        log::request_line(self.name, &request.context, &response, started.at.elapsed(), started.cold);
        response
    }

    /// Adds what every response of this endpoint has.
    fn finished(&self, response: Response, request: &Request) -> Response {
        let correlation = utf8_percent_encode(&request.context.returned_correlation(), CORRELATION).to_string();
        let mut response = response.header("x-correlation-id", &correlation);
        if let Some(cors) = self.cors {
            response = cors.allow(response);
        }
        if response.http.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            // What would be accepted (RFC 9110, section 15.5.16).
            response = response.header("accept-encoding", "gzip");
        }
        if request.method == Method::HEAD {
            *response.http.body_mut() = lambda_http::Body::Empty;
        }
        response
    }
}

/// When and how an invocation began.
#[derive(Clone)]
struct Started {
    at: Instant,
    cold: bool,
    lambda: Context,
    /// The query as the event has it.
    raw_query: String,
}

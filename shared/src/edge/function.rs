//! One endpoint as a Lambda function: from an event to an answer, whatever the event holds.

use std::{
    convert::Infallible,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
    time::Instant,
};

use futures_util::{FutureExt, future::BoxFuture};
use lambda_http::{
    Adapter, Body, LambdaEvent, Request, RequestExt as _, Service, aws_lambda_events::apigw::ApiGatewayV2httpRequest,
    http::Response, lambda_runtime::Context, request::LambdaRequest, service_fn,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Answer, Call, Query, gzip::Gzip, log, payload, request::NotUtf8};
use crate::{
    call::{CallContext, Deadline, time_left},
    problem::{Kind, Problem},
    services::Services,
};

/// What stays readable in the `x-correlation-id` header.
const CORRELATION: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

type Handler = dyn Fn(Arc<Call>) -> BoxFuture<'static, Answer> + Send + Sync;

/// How a family words a failure that the edge answers in a handler's place, given what the request
/// [concerns](Call::concerns), if the handler came as far as to say so.
type Refuse = fn(&Problem, Option<&str>) -> Answer;

/// One endpoint: its name, what it does, and how its family words a refusal.
#[derive(Clone)]
pub struct Function {
    name: &'static str,
    handler: Arc<Handler>,
    refuse: Refuse,
    when_too_large: &'static str,
}

impl Function {
    /// An endpoint whose binary is `name`.
    pub fn new<F>(name: &'static str, refuse: Refuse, handler: impl Fn(Arc<Call>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        Self { name, handler: Arc::new(move |call| handler(call).boxed()), refuse, when_too_large: "" }
    }

    /// Says in a sentence what callers should ask for instead of an answer that is too large to be sent.
    #[must_use]
    pub fn when_too_large(self, remedy: &'static str) -> Self {
        Self { when_too_large: remedy, ..self }
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
        let query = Query::parse(started.raw_query.as_bytes());
        let accepts = Gzip::of(&parts.headers);
        let call = Arc::new(Call {
            context: CallContext::new(Deadline::after(time_left(started.lambda.deadline, now), now)),
            services,
            path: parts.raw_http_path().to_owned(),
            method: parts.method,
            headers: parts.headers,
            query: query.clone().unwrap_or_default(),
            raw_query: started.raw_query,
            body,
            subject: OnceLock::new(),
        });
        let refuse = |problem: &Problem| (self.refuse)(problem, call.subject.get().map(String::as_str));
        let answer = match (handler, query) {
            (Some(handler), Ok(_)) => {
                let work = async { payload::encode(handler(Arc::clone(&call)).await, accepts).await };
                match call.context.deadline.answering(AssertUnwindSafe(work).catch_unwind()).await {
                    Some(Ok(answer)) => answer,
                    Some(Err(_)) => refuse(&Problem::internal("panic")),
                    None => refuse(&Problem::timed_out().caused_by("deadline")),
                }
            }
            (Some(_), Err(NotUtf8)) => refuse(&bad_request("The query string must be UTF-8, percent-encoded.")),
            (None, _) => refuse(&bad_request("The request could not be understood.")),
        };
        let returned = utf8_percent_encode(&call.context.returned_correlation(), CORRELATION).to_string();
        let traced = |answer: Answer| answer.header("x-correlation-id", &returned);
        let mut answer = traced(answer);
        if !payload::fits(&answer) {
            answer = traced(refuse(&payload::too_large(&answer, accepts, self.when_too_large)));
        }
        log::request_line(self.name, &call.context, &answer, started.at.elapsed(), started.cold);
        answer.response
    }
}

fn bad_request(message: &'static str) -> Problem {
    Problem::new(Kind::InvalidRequest, message)
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

//! An HTTP API as API Gateway has it: requests become events, a function's answers become responses.
//!
//! The functions run in this process, but on the path they have in Lambda: an event in JSON, `lambda_http`'s adapter, an
//! answer in JSON. An invocation goes on when its caller hangs up, and ends when its time does.

mod answer;
mod deployed;
mod event;
mod pages;
mod routes;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, Response, StatusCode, request::Parts},
};
use chrono::Utc;
use lambda_http::{Context, LambdaEvent};
use serde_json::value::RawValue;
use tokio::{sync::mpsc, time::timeout};
use uuid::Uuid;

use crate::ReadyTenant;
use answer::refusal;
pub(crate) use deployed::{Adjustments, Deployed, deploy};
use event::Arrival;
use routes::Routes;

/// The largest request line together with the values of all headers, as the quota of an HTTP API counts them.
const MAX_HEAD: usize = 10_240;
/// The largest request body.
const MAX_BODY: usize = 10 * 1024 * 1024;
/// How long the gateway waits for a function.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The functions behind their routes.
pub(crate) struct Gateway {
    routes: Routes,
    functions: Vec<Deployed>,
    port: u16,
    /// Every invocation holds a copy until it ends.
    running: mpsc::Sender<()>,
}

impl Gateway {
    /// A gateway at `port`, and what tells that no invocation is left: a channel that ends.
    pub(crate) fn new(functions: Vec<Deployed>, port: u16) -> (Self, mpsc::Receiver<()>) {
        let routes = functions
            .iter()
            .zip(0..)
            .flat_map(|(deployed, place)| deployed.routes.iter().map(move |route| (route, place)));
        let (running, ended) = mpsc::channel(1);
        (Self { routes: Routes::new(routes), functions, port, running }, ended)
    }

    /// The API, and beside it the pages that a person looks at.
    pub(crate) fn router(self, calendars: &str, client: Option<&ReadyTenant>) -> Router {
        pages::router(calendars, client).fallback(handle).with_state(Arc::new(self))
    }

    async fn answer(&self, peer: SocketAddr, request: Request) -> Response<Body> {
        let (parts, body) = request.into_parts();
        if size_of_head(&parts) > MAX_HEAD {
            return refusal(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        }
        let Some(route) = self.routes.find(parts.method.as_str(), parts.uri.path()) else {
            return refusal(StatusCode::NOT_FOUND);
        };
        let Some(body) = read(body).await else {
            return refusal(StatusCode::PAYLOAD_TOO_LARGE);
        };
        let arrival = Arrival { id: Uuid::new_v4().to_string(), at: Utc::now(), peer, port: self.port };
        let mut response = match event::event(&parts, &body, &route, &arrival) {
            Ok(event) => self.invoke(&self.functions[route.function], event).await,
            Err(_) => refusal(StatusCode::BAD_REQUEST),
        };
        if let Ok(id) = HeaderValue::try_from(arrival.id) {
            response.headers_mut().insert("apigw-requestid", id);
        }
        response
    }

    async fn invoke(&self, deployed: &Deployed, event: Box<RawValue>) -> Response<Body> {
        let mut context = Context::default();
        context.request_id = Uuid::new_v4().to_string();
        context.deadline = (deployed.services.now() + deployed.timeout).timestamp_millis().unsigned_abs();
        context.invoked_function_arn = deployed.arn();
        let (endpoint, services, limit) = (deployed.endpoint.clone(), Arc::clone(&deployed.services), deployed.timeout);
        let running = self.running.clone();
        // A task of its own: Lambda does not stop either when the caller goes away.
        let invocation = tokio::spawn(async move {
            let _running = running;
            let answer = timeout(limit, endpoint.invoke(&services, LambdaEvent::new(event, context))).await;
            answer.ok().and_then(|answer| serde_json::to_vec(&answer).ok())
        });
        match timeout(TIMEOUT, invocation).await {
            Ok(Ok(Some(answer))) => answer::response(&answer),
            Ok(_) => refusal(StatusCode::INTERNAL_SERVER_ERROR),
            Err(_) => refusal(StatusCode::SERVICE_UNAVAILABLE),
        }
    }
}

async fn handle(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
    gateway.answer(peer, request).await
}

fn size_of_head(request: &Parts) -> usize {
    let target = request.uri.path_and_query().map_or(0, |target| target.as_str().len());
    let line = request.method.as_str().len() + target + "  HTTP/1.1".len();
    line + request.headers.values().map(HeaderValue::len).sum::<usize>()
}

/// The body, unless it is too large or breaks off.
async fn read(body: Body) -> Option<Bytes> {
    to_bytes(body, MAX_BODY).await.ok()
}

#[cfg(test)]
mod edge_tests;
#[cfg(test)]
mod tests;

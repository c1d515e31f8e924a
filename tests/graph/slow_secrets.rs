//! Secrets Manager on a slow day: a proxy that lets its requests wait before they arrive.

use std::{
    collections::HashMap,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use tokio::task::JoinHandle;

/// The proxy; gone with the test.
pub struct SlowSecrets {
    state: Arc<Slow>,
    url: String,
    serving: JoinHandle<()>,
}

struct Slow {
    real: String,
    http: reqwest::Client,
    delays: Mutex<HashMap<&'static str, Duration>>,
    arrived: Mutex<Vec<String>>,
}

impl SlowSecrets {
    /// A proxy before the Secrets Manager at `real`, with a delay for each operation that is named.
    pub async fn start(real: &str, http: reqwest::Client, delays: &[(&'static str, Duration)]) -> Self {
        let delays = Mutex::new(delays.iter().copied().collect());
        let state = Arc::new(Slow { real: real.to_owned(), http, delays, arrived: Mutex::default() });
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(forward).with_state(state.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { state, url, serving }
    }

    /// The variable that leads a process here.
    pub fn variable(&self) -> (&'static str, String) {
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", self.url.clone())
    }

    /// How many requests of an operation arrived at Secrets Manager.
    pub fn arrived(&self, operation: &str) -> usize {
        let arrived = self.state.arrived.lock().expect("not poisoned");
        arrived.iter().filter(|known| *known == operation).count()
    }
}

impl Drop for SlowSecrets {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// A client that goes away takes its request with it.
async fn forward(State(slow): State<Arc<Slow>>, headers: HeaderMap, body: Bytes) -> (StatusCode, Bytes) {
    let target = headers["x-amz-target"].to_str().expect("a target").to_owned();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let delay = slow.delays.lock().expect("not poisoned").get(operation.as_str()).copied();
    tokio::time::sleep(delay.unwrap_or_default()).await;
    slow.arrived.lock().expect("not poisoned").push(operation);
    let mut request = slow.http.post(&slow.real).body(body);
    for name in ["x-amz-target", "x-amz-date", "authorization", "content-type"] {
        if let Some(value) = headers.get(name) {
            request = request.header(name, value);
        }
    }
    let answer = request.send().await.expect("an answer");
    (answer.status(), answer.bytes().await.expect("a body"))
}

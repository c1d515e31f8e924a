//! Proxies before DynamoDB, Secrets Manager and Microsoft Graph that count sequential round trips: requests that are under way together are one round.
//!
//! A request waits until no other one has come for a while. Then all that wait go on.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Method, Response, Uri},
};
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle, time::sleep};

/// A round is complete if no request has come for this time: far more than lies between requests that are sent together.
const QUIET: Duration = Duration::from_millis(250);

/// The proxies.
pub struct Rounds {
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

struct Shared {
    http: reqwest::Client,
    state: Mutex<State>,
    /// The number of rounds that have begun to go on.
    released: watch::Sender<usize>,
}

struct State {
    waiting: Vec<String>,
    latest: Instant,
    rounds: Vec<Vec<String>>,
}

impl Rounds {
    pub fn new(http: reqwest::Client) -> Self {
        let state = Mutex::new(State { waiting: Vec::new(), latest: Instant::now(), rounds: Vec::new() });
        let shared = Arc::new(Shared { http, state, released: watch::Sender::new(0) });
        let releasing = Arc::clone(&shared);
        let releaser = tokio::spawn(async move {
            loop {
                sleep(QUIET / 10).await;
                releasing.release();
            }
        });
        Self { shared, tasks: vec![releaser] }
    }

    /// Starts a proxy before the service at `url`. Returns where it listens.
    pub async fn before(&mut self, url: &str) -> String {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address: SocketAddr = listener.local_addr().expect("an address");
        let (shared, url) = (Arc::clone(&self.shared), url.to_owned());
        let router = Router::new().fallback(async move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            shared.pass(&url, method, uri, headers, body).await
        });
        self.tasks.push(tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") }));
        format!("http://{address}")
    }

    /// The rounds since this was last asked. The requests of a round are sorted, and equal ones are counted.
    pub fn take(&self) -> Vec<Vec<String>> {
        std::mem::take(&mut self.shared.state().rounds)
    }
}

impl Drop for Rounds {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("not poisoned")
    }

    fn release(&self) {
        let mut state = self.state();
        if state.waiting.is_empty() || state.latest.elapsed() < QUIET {
            return;
        }
        let mut requests = std::mem::take(&mut state.waiting);
        requests.sort();
        let groups = requests.chunk_by(|one, other| one == other);
        let round = groups.map(|group| match group {
            [one] => one.clone(),
            several => format!("{} × {}", several.len(), several[0]),
        });
        let round = round.collect();
        state.rounds.push(round);
        self.released.send_modify(|released| *released += 1);
    }

    async fn pass(&self, url: &str, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response<Body> {
        let mut released = {
            let mut state = self.state();
            state.waiting.push(name(&method, &uri, &headers, &body));
            state.latest = Instant::now();
            // Subscribed before the round can be released.
            self.released.subscribe()
        };
        released.changed().await.expect("the proxy runs");
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = self.http.request(method, format!("{url}{path}")).body(body);
        for (name, value) in headers.iter().filter(|(name, _)| *name != "host") {
            request = request.header(name, value);
        }
        let answer = request.send().await.expect("an answer");
        let mut response = Response::builder().status(answer.status());
        for (name, value) in answer.headers().iter().filter(|(name, _)| *name != "transfer-encoding") {
            response = response.header(name, value);
        }
        response.body(Body::from(answer.bytes().await.expect("a body"))).expect("a response")
    }
}

/// `Query ledger` for a request to DynamoDB, `GetSecretValue keys` for one to Secrets Manager, and `PATCH event` or `getSchedule` for one to Graph.
fn name(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> String {
    let Some(target) = headers.get("x-amz-target").and_then(|target| target.to_str().ok()) else {
        let path = uri.path();
        let last = path.rsplit('/').next().unwrap_or_default();
        return match (path.contains("/events/"), last) {
            (true, _) => format!("{method} event"),
            (false, "events") => format!("{method} events"),
            _ => last.to_owned(),
        };
    };
    let operation = target.rsplit('.').next().unwrap_or_default();
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let keys = [&body["Key"]["pk"], &body["Item"]["pk"], &body["ExpressionAttributeValues"][":pk"]];
    let key = keys.iter().find_map(|key| key["S"].as_str());
    let kind = key.and_then(|key| match key.strip_prefix('@') {
        Some(key) => key.split('#').next(),
        None => key.split('#').nth(1),
    });
    match kind.or(body["SecretId"].as_str().and_then(|name| name.rsplit('/').next())) {
        Some(kind) => format!("{operation} {kind}"),
        None => operation.to_owned(),
    }
}

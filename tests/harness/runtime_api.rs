//! The Lambda Runtime API, as Lambda offers it to a function's process: the process asks for the next event, works on
//! it, and hands its answer in.

use std::{
    collections::{HashMap, VecDeque},
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, OnceLock},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path, State},
    http::{Response, StatusCode},
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use tokio::{
    net::TcpListener,
    sync::{Notify, oneshot},
    task::JoinHandle,
    time::timeout,
};
use uuid::Uuid;

/// No test waits longer for an answer. Far more than anything takes, so that it means that something hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a process said to an event.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It answered.
    Answered(Bytes),
    /// It reported an error, and Lambda's caller gets none of its answers.
    Failed(Bytes),
}

/// A Runtime API at a port of its own. Several processes may ask it; each event goes to one of them.
pub struct RuntimeApi {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

/// An event on its way to an answer.
pub struct Invocation {
    deadline: Arc<OnceLock<DateTime<Utc>>>,
    outcome: oneshot::Receiver<Outcome>,
}

struct Shared {
    arn: String,
    state: Mutex<Queues>,
    arrived: Notify,
}

#[derive(Default)]
struct Queues {
    waiting: VecDeque<Waiting>,
    working: HashMap<String, oneshot::Sender<Outcome>>,
    start_errors: Vec<Bytes>,
}

struct Waiting {
    event: Bytes,
    allowed: Allowed,
    deadline: Arc<OnceLock<DateTime<Utc>>>,
    outcome: oneshot::Sender<Outcome>,
}

/// How long an invocation may take.
#[derive(Debug, Clone, Copy)]
pub enum Allowed {
    /// So long from the moment a process takes the event.
    For(Duration),
    /// This many milliseconds since 1970, whatever sense that makes.
    UntilMillis(u64),
}

impl From<Duration> for Allowed {
    fn from(time: Duration) -> Self {
        Self::For(time)
    }
}

impl RuntimeApi {
    /// Serves the API for a function of this name.
    pub async fn start(function: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let arn = format!("arn:aws:lambda:us-east-1:000000000000:function:{function}");
        let shared = Arc::new(Shared { arn, state: Mutex::default(), arrived: Notify::new() });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(failed))
            .route("/2018-06-01/runtime/init/error", post(did_not_start))
            .layer(DefaultBodyLimit::max(64 * 1024 * 1024))
            .with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { address, shared, server }
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Offers an event to the processes.
    pub fn begin(&self, event: impl Into<Bytes>, allowed: impl Into<Allowed>) -> Invocation {
        let (sender, outcome) = oneshot::channel();
        let deadline = Arc::new(OnceLock::new());
        self.shared.state().waiting.push_back(Waiting {
            event: event.into(),
            allowed: allowed.into(),
            deadline: Arc::clone(&deadline),
            outcome: sender,
        });
        self.shared.arrived.notify_one();
        Invocation { deadline, outcome }
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Invocation {
    /// When Lambda would end it. `None`: no process has taken the event yet.
    pub fn deadline(&self) -> Option<DateTime<Utc>> {
        self.deadline.get().copied()
    }

    /// What the process said.
    pub async fn outcome(self) -> Outcome {
        let outcome = timeout(PATIENCE, self.outcome).await.expect("an outcome before long");
        outcome.expect("the Runtime API serves")
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, Queues> {
        self.state.lock().expect("not poisoned")
    }

    async fn next(&self) -> (String, u64, Bytes) {
        loop {
            let arrived = self.arrived.notified();
            if let Some(taken) = self.take() {
                return taken;
            }
            arrived.await;
        }
    }

    fn take(&self) -> Option<(String, u64, Bytes)> {
        let mut state = self.state();
        let waiting = state.waiting.pop_front()?;
        if !state.waiting.is_empty() {
            self.arrived.notify_one();
        }
        let millis = match waiting.allowed {
            Allowed::For(time) => {
                let end = Utc::now() + time;
                waiting.deadline.set(end).expect("taken once");
                u64::try_from(end.timestamp_millis()).expect("after 1970")
            }
            Allowed::UntilMillis(millis) => millis,
        };
        let id = Uuid::new_v4().to_string();
        state.working.insert(id.clone(), waiting.outcome);
        Some((id, millis, waiting.event))
    }

    fn close(&self, id: &str, outcome: Outcome) -> StatusCode {
        match self.state().working.remove(id) {
            Some(sender) => {
                let _ = sender.send(outcome);
                StatusCode::ACCEPTED
            }
            None => StatusCode::FORBIDDEN,
        }
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Response<Body> {
    let (id, deadline, event) = shared.next().await;
    Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", id)
        .header("lambda-runtime-deadline-ms", deadline)
        .header("lambda-runtime-invoked-function-arn", &shared.arn)
        .header("lambda-runtime-trace-id", "Root=1-6734a2f0-000000005e1f0c3a9b7d2468;Sampled=0")
        .body(Body::from(event))
        .expect("a response")
}

async fn answered(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    shared.close(&id, Outcome::Answered(body))
}

async fn failed(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    shared.close(&id, Outcome::Failed(body))
}

async fn did_not_start(State(shared): State<Arc<Shared>>, body: Bytes) -> StatusCode {
    shared.state().start_errors.push(body);
    StatusCode::ACCEPTED
}

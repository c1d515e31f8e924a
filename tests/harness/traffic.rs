//! A proxy before an AWS service that keeps a list of what passes, and can make requests wait for each other.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::Value;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Barrier,
    task::JoinHandle,
};

use crate::http_wire::{Message, read_request, write_answer};

/// The proxy.
pub struct Traffic {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    server: JoinHandle<()>,
}

/// A number of requests that go on only when all of them have come. Several proxies may share one.
pub struct Rendezvous {
    expected: AtomicUsize,
    barrier: Barrier,
}

impl Rendezvous {
    /// Of the next `count` requests.
    pub fn of(count: usize) -> Arc<Self> {
        Arc::new(Self { expected: AtomicUsize::new(count), barrier: Barrier::new(count) })
    }

    async fn attend(&self) {
        let took = self.expected.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if took.is_ok() {
            self.barrier.wait().await;
        }
    }
}

#[derive(Default)]
struct State {
    requests: Vec<(String, Value)>,
    rendezvous: Option<Arc<Rendezvous>>,
}

impl Traffic {
    /// A proxy before the service at `url`.
    pub async fn start(url: &str, http: reqwest::Client) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(Mutex::new(State::default()));
        let (url, shared) = (url.to_owned(), Arc::clone(&state));
        let server = tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let _ = connection.set_nodelay(true);
                let (url, http, state) = (url.clone(), http.clone(), Arc::clone(&shared));
                tokio::spawn(async move { while pass(&url, &http, &state, &mut connection).await.is_some() {} });
            }
        });
        Self { address, state, server }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next requests wait for each other.
    pub fn meet(&self, rendezvous: &Arc<Rendezvous>) {
        self.state().rendezvous = Some(Arc::clone(rendezvous));
    }

    /// What has passed since this was last asked: operation, and table or secret.
    pub fn take(&self) -> Vec<String> {
        self.take_whole().iter().map(|(operation, body)| describe(operation, body)).collect()
    }

    /// The same as operation and body.
    pub fn take_whole(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.state().requests)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("not poisoned")
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// One request and its answer. `None`: the connection is to end.
async fn pass(url: &str, http: &reqwest::Client, state: &Mutex<State>, connection: &mut TcpStream) -> Option<()> {
    let request = read_request(connection).await?;
    let rendezvous = {
        let mut state = state.lock().expect("not poisoned");
        state.requests.push(read(&request));
        state.rendezvous.clone()
    };
    if let Some(rendezvous) = rendezvous {
        rendezvous.attend().await;
    }
    let answer = request.forwarded(http, url).await?;
    write_answer(connection, &answer).await
}

fn read(request: &Message) -> (String, Value) {
    let target = request.header("x-amz-target").unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default();
    (operation.to_owned(), serde_json::from_slice(&request.body).unwrap_or_default())
}

fn describe(operation: &str, body: &Value) -> String {
    let about = body["TableName"].as_str().or(body["SecretId"].as_str()).unwrap_or_default();
    format!("{operation} {about}")
}

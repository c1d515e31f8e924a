//! A proxy before DynamoDB that holds, loses and refuses requests on demand: the gaps between two steps of the booking
//! protocol, and DynamoDB's bad days. It serves before Secrets Manager as well.

mod step;
#[cfg(test)]
mod tests;
mod trouble;
mod weather;

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use rand::{SeedableRng, rngs::StdRng};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};

use self::weather::Weather;
pub use self::{
    step::Step,
    trouble::{Trouble, When},
    weather::Operation,
};
use crate::http_wire::{Message, read_request, write_answer};

/// No test waits longer for a request to come. Far more than it takes, so that it means that it does not come.
const PATIENCE: Duration = Duration::from_mins(1);

/// What becomes of a request that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Nothing yet.
    Shut,
    /// It goes on.
    Open,
    /// It is lost.
    Gone,
}

/// A request that will be held, or is.
pub struct Held {
    gate: watch::Sender<Gate>,
    reached: watch::Receiver<bool>,
}

impl Held {
    /// Waits until the request has come as far as it may.
    pub async fn reached(&mut self) {
        let reached = timeout(PATIENCE, self.reached.wait_for(|reached| *reached)).await;
        reached.expect("the request to hold comes before long").expect("the proxy runs");
    }

    /// Waits until nothing of it is left to happen.
    pub async fn over(mut self) {
        let over = async { while self.reached.changed().await.is_ok() {} };
        timeout(PATIENCE, over).await.expect("the request that was held ends before long");
    }

    /// Lets it go on.
    pub fn release(&self) {
        self.gate.send_replace(Gate::Open);
    }

    /// Loses it.
    pub fn discard(&self) {
        self.gate.send_replace(Gate::Gone);
    }
}

struct Rule {
    id: String,
    step: Step,
    when: When,
    times: usize,
    trouble: Trouble,
}

struct Script {
    rules: Vec<Rule>,
    weather: Option<Weather>,
    struck: usize,
    /// Chooses the item for which a transaction is canceled.
    chance: StdRng,
}

/// What happens to one request.
struct Struck {
    when: When,
    trouble: Trouble,
    /// What is answered instead of DynamoDB's answer.
    refusal: Option<Message>,
}

/// The proxy.
pub struct DynamoProxy {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    server: JoinHandle<()>,
}

impl DynamoProxy {
    /// A proxy before the DynamoDB at `url`.
    pub async fn start(url: &str, http: reqwest::Client) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let script = Arc::new(Mutex::new(Script::new()));
        let backend = Arc::new(Backend { url: url.to_owned(), http, script: Arc::clone(&script) });
        let server = tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let _ = connection.set_nodelay(true);
                let backend = Arc::clone(&backend);
                tokio::spawn(async move { while backend.exchange(&mut connection).await.is_some() {} });
            }
        });
        Self { address, script, server }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Holds the next request of a kind for a meeting or an appointment, or for any item of a transaction.
    pub fn hold(&self, id: &str, step: Step, when: When) -> Held {
        let (gate, shut) = watch::channel(Gate::Shut);
        let (arrival, reached) = watch::channel(false);
        self.trouble(id, step, when, 1, Trouble::Hold(shut, Arc::new(arrival)));
        Held { gate, reached }
    }

    /// Troubles the next requests of a kind for a meeting or an appointment, or for any item of a transaction.
    pub fn trouble(&self, id: &str, step: Step, when: When, times: usize, trouble: Trouble) {
        self.script().rules.push(Rule { id: id.to_owned(), step, when, times, trouble });
    }

    /// Forgets what was to happen to requests for a meeting or an appointment and has not.
    pub fn relent(&self, id: &str) {
        self.script().rules.retain(|rule| rule.id != id);
    }

    /// From now on, so many in a hundred requests for records, and transactions, meet one of these troubles.
    pub fn weather(&self, seed: u64, percent: u32, troubles: Vec<(When, Trouble)>) {
        self.script().weather = Some(Weather::new(None, seed, percent, troubles));
    }

    /// From now on, so many in a hundred requests for these operations meet one of these troubles.
    pub fn weather_for(&self, operations: &[Operation], seed: u64, percent: u32, troubles: Vec<(When, Trouble)>) {
        self.script().weather = Some(Weather::new(Some(operations.to_vec()), seed, percent, troubles));
    }

    /// Ends the bad weather.
    pub fn calm_down(&self) {
        self.script().weather = None;
    }

    /// How many requests have met trouble.
    pub fn struck(&self) -> usize {
        self.script().struck
    }

    /// How many in a hundred of the requests that the present weather concerns have met trouble. How many requests there
    /// are depends on how fast the machine is; this figure does not.
    pub fn struck_percent(&self) -> u32 {
        self.script().weather.as_ref().and_then(Weather::struck_percent).expect("requests that the weather concerns")
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().expect("not poisoned")
    }
}

impl Drop for DynamoProxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Script {
    fn new() -> Self {
        Self { rules: Vec::new(), weather: None, struck: 0, chance: StdRng::seed_from_u64(0) }
    }

    fn strike(&mut self, request: &Message) -> Option<Struck> {
        let steps = step::understand(request);
        let is_meant = |rule: &Rule| steps.iter().any(|(id, step)| rule.id == *id && rule.step == *step);
        let rule = self.rules.iter().position(is_meant);
        let trouble = if let Some(place) = rule {
            let rule = &mut self.rules[place];
            rule.times -= 1;
            let trouble = (rule.when, rule.trouble.clone());
            if rule.times == 0 {
                self.rules.remove(place);
            }
            Some(trouble)
        } else {
            self.weather.as_mut().and_then(|weather| weather.trouble_for(request, !steps.is_empty()))
        };
        let (when, trouble) = trouble?;
        self.struck += 1;
        let refusal = trouble.refusal(request, &mut self.chance);
        Some(Struck { when, trouble, refusal })
    }
}

struct Backend {
    url: String,
    http: reqwest::Client,
    script: Arc<Mutex<Script>>,
}

impl Backend {
    /// One request and its answer. `None`: the connection is to end.
    async fn exchange(&self, connection: &mut TcpStream) -> Option<()> {
        let request = read_request(connection).await?;
        let struck = self.script.lock().expect("not poisoned").strike(&request);
        if let Some(struck) = &struck
            && struck.when == When::Before
        {
            struck.trouble.pass().await?;
            if let Some(refusal) = &struck.refusal {
                return write_answer(connection, refusal).await;
            }
        }
        // A request that has been sent is carried out, whatever becomes of its sender.
        let mut answer = request.forwarded(&self.http, &self.url).await?;
        if let Some(struck) = struck
            && struck.when == When::After
        {
            struck.trouble.pass().await?;
            answer = struck.refusal.unwrap_or(answer);
        }
        write_answer(connection, &answer).await
    }
}

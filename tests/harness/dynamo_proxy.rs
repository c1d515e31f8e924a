//! A proxy before DynamoDB that holds, loses and refuses requests on demand: the gaps between two steps of the booking
//! protocol, and DynamoDB's bad days. It serves before Secrets Manager as well.

mod step;
mod weather;

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::{sleep, timeout},
};

use self::weather::Weather;
pub use self::{step::Step, weather::Operation};
use crate::http_wire::{Message, read_request, write_answer};

/// No test waits longer for a request to come. Far more than it takes, so that it means that it does not come.
const PATIENCE: Duration = Duration::from_mins(1);

/// At which end of a request something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// DynamoDB has not seen the request.
    Before,
    /// DynamoDB has carried it out, and the answer is on its way.
    After,
}

/// What happens to a request.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// It waits.
    Hold(watch::Receiver<Gate>, Arc<watch::Sender<bool>>),
    /// The connection ends.
    Lose,
    /// It takes so much longer, and then the connection ends.
    Stall(Duration),
    /// An error is answered, with this status and type.
    Refuse(u16, &'static str),
}

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

#[derive(Default)]
struct Script {
    rules: Vec<Rule>,
    weather: Option<Weather>,
    struck: usize,
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
        let script = Arc::new(Mutex::new(Script::default()));
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

    /// Holds the next request of a kind for a meeting or an appointment.
    pub fn hold(&self, id: &str, step: Step, when: When) -> Held {
        let (gate, shut) = watch::channel(Gate::Shut);
        let (arrival, reached) = watch::channel(false);
        self.trouble(id, step, when, 1, Trouble::Hold(shut, Arc::new(arrival)));
        Held { gate, reached }
    }

    /// Troubles the next requests of a kind for a meeting or an appointment.
    pub fn trouble(&self, id: &str, step: Step, when: When, times: usize, trouble: Trouble) {
        self.script().rules.push(Rule { id: id.to_owned(), step, when, times, trouble });
    }

    /// Forgets what was to happen to requests for a meeting or an appointment and has not.
    pub fn relent(&self, id: &str) {
        self.script().rules.retain(|rule| rule.id != id);
    }

    /// From now on, so many in a hundred requests for records meet one of these troubles.
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
    fn trouble_for(&mut self, request: &Message) -> Option<(When, Trouble)> {
        let step = step::understand(request);
        let is_meant = |rule: &Rule| step.as_ref().is_some_and(|(id, step)| rule.id == *id && rule.step == *step);
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
            self.weather.as_mut().and_then(|weather| weather.trouble_for(request, step.is_some()))
        };
        self.struck += usize::from(trouble.is_some());
        trouble
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
        let trouble = self.script.lock().expect("not poisoned").trouble_for(&request);
        if let Some((When::Before, trouble)) = &trouble
            && let Some(refusal) = meet(trouble).await?
        {
            return write_answer(connection, &refusal).await;
        }
        // A request that has been sent is carried out, whatever becomes of its sender.
        let mut answer = request.forwarded(&self.http, &self.url).await?;
        if let Some((When::After, trouble)) = &trouble
            && let Some(refusal) = meet(trouble).await?
        {
            answer = refusal;
        }
        write_answer(connection, &answer).await
    }
}

/// What is answered instead, if anything is. `None`: the connection is to end.
async fn meet(trouble: &Trouble) -> Option<Option<Message>> {
    match trouble {
        Trouble::Hold(gate, arrival) => {
            arrival.send_replace(true);
            let mut gate = gate.clone();
            let decided = *gate.wait_for(|gate| *gate != Gate::Shut).await.ok()?;
            (decided == Gate::Open).then_some(None)
        }
        Trouble::Lose => None,
        Trouble::Stall(time) => {
            sleep(*time).await;
            None
        }
        Trouble::Refuse(status, kind) => Some(Some(Message::refusal(*status, kind))),
    }
}

//! A proxy before DynamoDB that holds, loses and refuses requests on demand: the gaps between two steps of the booking
//! protocol, and DynamoDB's bad days.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::Value;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::http_wire::{Message, read_request, write_answer};

/// No test waits longer for a request to come. Far more than it takes, so that it means that it does not come.
const PATIENCE: Duration = Duration::from_mins(1);

/// A request for a meeting's record, by what it means in the booking protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The record is read.
    Read,
    /// A request claims the id to create an event.
    Claim,
    /// The event is put on record.
    Commit,
    /// A request claims the record to delete its event.
    ClaimDelete,
    /// A request takes a delete over, or a record it has just settled.
    HoldDelete,
    /// The record becomes a tombstone.
    Tombstone,
    /// A claim is taken back.
    Remove,
    /// The nonce of a signed request is noted, of whichever meeting: its id here is empty.
    Nonce,
}

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

/// Trouble by chance, for every request for a meeting's record.
struct Weather {
    chance: StdRng,
    percent: u32,
    troubles: Vec<(When, Trouble)>,
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

    /// Holds the next request of a kind for a meeting.
    pub fn hold(&self, id: &str, step: Step, when: When) -> Held {
        let (gate, shut) = watch::channel(Gate::Shut);
        let (arrival, reached) = watch::channel(false);
        self.trouble(id, step, when, 1, Trouble::Hold(shut, Arc::new(arrival)));
        Held { gate, reached }
    }

    /// Troubles the next requests of a kind for a meeting.
    pub fn trouble(&self, id: &str, step: Step, when: When, times: usize, trouble: Trouble) {
        self.script().rules.push(Rule { id: id.to_owned(), step, when, times, trouble });
    }

    /// From now on, so many in a hundred requests for meetings' records meet one of these troubles.
    pub fn weather(&self, seed: u64, percent: u32, troubles: Vec<(When, Trouble)>) {
        self.script().weather = Some(Weather { chance: StdRng::seed_from_u64(seed), percent, troubles });
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
        let (id, step) = understand(request)?;
        let rule = self.rules.iter().position(|rule| rule.id == id && rule.step == step);
        let trouble = if let Some(place) = rule {
            let rule = &mut self.rules[place];
            rule.times -= 1;
            let trouble = (rule.when, rule.trouble.clone());
            if rule.times == 0 {
                self.rules.remove(place);
            }
            Some(trouble)
        } else {
            self.weather.as_mut().and_then(|weather| {
                let strikes = weather.chance.random_ratio(weather.percent, 100);
                strikes.then(|| weather.troubles[weather.chance.random_range(0..weather.troubles.len())].clone())
            })
        };
        self.struck += usize::from(trouble.is_some());
        trouble
    }
}

/// The meeting's id and what the request does to its record. `None`: it is about something else.
fn understand(request: &Message) -> Option<(String, Step)> {
    let operation = request.header("x-amz-target")?.rsplit_once('.')?.1.to_owned();
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    let key = if operation == "PutItem" { &body["Item"] } else { &body["Key"] };
    let key = key["pk"]["S"].as_str()?;
    if key.contains("#nonce#") {
        return Some((String::new(), Step::Nonce));
    }
    let id = key.split_once("#meeting#")?.1.to_owned();
    let step = match (operation.as_str(), body["Item"]["state"]["S"].as_str()) {
        ("GetItem", _) => Step::Read,
        ("PutItem", Some("creating")) => Step::Claim,
        ("PutItem", Some("active")) => Step::Commit,
        ("PutItem", Some("deleted")) => Step::Tombstone,
        ("PutItem", Some("deleting")) => Step::HoldDelete,
        ("UpdateItem", _) => match &body["ExpressionAttributeValues"] {
            values if values[":deleting"].is_object() => Step::ClaimDelete,
            values if values[":trace_ends"].is_object() => Step::Remove,
            _ => Step::Claim,
        },
        _ => return None,
    };
    Some((id, step))
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
        let mut answer = self.forward(&request).await?;
        if let Some((When::After, trouble)) = &trouble
            && let Some(refusal) = meet(trouble).await?
        {
            answer = refusal;
        }
        write_answer(connection, &answer).await
    }

    async fn forward(&self, request: &Message) -> Option<Message> {
        let mut forwarded = self.http.post(&self.url).body(request.body.clone());
        for (name, value) in &request.headers {
            if !matches!(name.as_str(), "host" | "connection" | "content-length") {
                forwarded = forwarded.header(name, value);
            }
        }
        Message::of_answer(forwarded.send().await.ok()?).await
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

//! The gaps between two steps of a call, and dying in one of them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use convene::scheduling::CLOCK_MARGIN;
use convene_tests::{Held, PLENTY, Simulator, Step, When};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    scenario::{Ask, Scenario},
    stage::Stage,
};

/// How much time Lambda gives a call that is going to be killed, so that its claim ends soon.
const SHORT: Duration = Duration::from_millis(2500);

/// Where a call is when it dies.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// At a request for the meeting's record.
    Record(Step, When),
    /// At a request to Microsoft Graph, by the simulator's name for it.
    Graph(&'static str, When),
    /// Before one of two such requests is carried out, and after the other one was.
    Amid(&'static str),
}

/// What becomes of the request that was on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It never arrives, or its answer does not.
    Lost,
    /// It arrives after its sender has died.
    Lands,
}

/// A place to die in.
#[derive(Debug, Clone, Copy)]
pub struct Gap {
    pub name: &'static str,
    pub place: Place,
    pub fate: Fate,
}

impl Gap {
    pub const fn record(name: &'static str, step: Step, when: When, fate: Fate) -> Self {
        Self { name, place: Place::Record(step, when), fate }
    }

    pub const fn graph(name: &'static str, operation: &'static str, when: When, fate: Fate) -> Self {
        Self { name, place: Place::Graph(operation, when), fate }
    }
}

/// A request that waits after its sender has died.
pub enum Leftover {
    Record(Held),
    Graph(Simulator, String, Uuid),
}

impl Leftover {
    /// Lets it land or get lost, and waits for that.
    pub async fn meet(self, fate: Fate) {
        match self {
            Self::Record(held) => {
                match fate {
                    Fate::Lands => held.release(),
                    Fate::Lost => held.discard(),
                }
                held.over().await;
            }
            Self::Graph(simulator, fault, call) => {
                let discard = json!({"discard": fate == Fate::Lost});
                simulator.control(Method::POST, &format!("/faults/{fault}/release"), Some(discard)).await;
                // One that is lost does nothing any more.
                while fate == Fate::Lands && under_way(&simulator, call).await {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }
}

/// Whether Graph is still at work on a call's request.
async fn under_way(simulator: &Simulator, call: Uuid) -> bool {
    let own = call.to_string();
    let journal = simulator.requests().await;
    journal.iter().any(|request| request["client_request_id"] == own.as_str() && request["finished_at"].is_null())
}

/// A call that is going to die.
pub struct Doomed<'a> {
    pub stage: &'a Stage,
    pub function: &'static str,
    /// The id it is about.
    pub id: &'a str,
    /// Its correlation id, by which Graph's requests are told apart.
    pub call: Uuid,
    pub request: Value,
    /// A call about nothing, so that the one that counts finds connections and tokens.
    pub warm_up: Value,
}

impl Doomed<'_> {
    /// Dies in a gap. Tells when the claim it may have made ends.
    pub async fn dies(self, gap: &Gap) -> DateTime<Utc> {
        let (claim_ends, leftover) = self.dies_at(gap.place).await;
        leftover.meet(gap.fate).await;
        claim_ends
    }

    /// Dies at some place, with its last request still on the way.
    pub async fn dies_at(self, place: Place) -> (DateTime<Utc>, Leftover) {
        let turn = Stage::turn_to_die().await;
        let deployment = &self.stage.deployment;
        let mut process = deployment.launch(self.function, 1).await;
        process.call(&deployment.event(self.function, &self.warm_up), PLENTY).await;
        let begin = || process.begin(deployment.event(self.function, &self.request).to_string(), SHORT);
        let simulator = deployment.backends.simulator();
        let (call, leftover) = match place {
            Place::Record(step, when) => {
                let mut held = deployment.dynamodb.hold(self.id, step, when);
                let call = begin();
                held.reached().await;
                process.kill();
                (call, Leftover::Record(held))
            }
            Place::Graph(operation, when) => {
                let fault = self.hold_at_graph(&simulator, operation, when).await;
                let call = begin();
                simulator.held(&fault, 1).await;
                process.kill();
                (call, Leftover::Graph(simulator, fault, self.call))
            }
            Place::Amid(operation) => {
                // Whichever comes first meets the first one.
                let fault = self.hold_at_graph(&simulator, operation, When::Before).await;
                let carried_out = self.hold_at_graph(&simulator, operation, When::After).await;
                let call = begin();
                simulator.held(&fault, 1).await;
                simulator.held(&carried_out, 1).await;
                process.kill();
                simulator.release(&carried_out).await;
                (call, Leftover::Graph(simulator, fault, self.call))
            }
        };
        drop(turn);
        let deadline = call.deadline().expect("the call was taken");
        (deadline + CLOCK_MARGIN, leftover)
    }

    async fn hold_at_graph(&self, simulator: &Simulator, operation: &str, when: When) -> String {
        let when = if when == When::Before { "before" } else { "after" };
        let of_this_call = json!({"operation": operation, "client_request_id": self.call.to_string()});
        simulator.fault(json!({"match": of_this_call, "times": 1, "effect": {"hold": true, "when": when}})).await
    }
}

impl Scenario<'_> {
    /// A call that dies in a gap. Tells when the claim it may have made ends.
    pub async fn dies(&self, ask: Ask, gap: &Gap) -> DateTime<Utc> {
        self.doomed(ask).dies(gap).await
    }

    /// A call that dies at some place, with its last request still on the way.
    pub async fn dies_at(&self, ask: Ask, place: Place) -> (DateTime<Utc>, Leftover) {
        self.doomed(ask).dies_at(place).await
    }

    fn doomed(&self, ask: Ask) -> Doomed<'_> {
        let mut warm_up = self.request(ask);
        warm_up["id"] = json!(format!("{} warm-up", self.id));
        warm_up["organizerEmail"] = json!("nobody@contoso.com");
        let (stage, call, request) = (self.stage, self.disturbed, self.disturbed_request(ask));
        Doomed { stage, function: ask.function(), id: &self.id, call, request, warm_up }
    }
}

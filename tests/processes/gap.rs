//! The gaps between two steps of a call, and dying in one of them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use convene::scheduling::MARGIN;
use convene_tests::{Held, Simulator, Step, When};
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

impl Scenario<'_> {
    /// A call that dies in a gap. Tells when the claim it may have made ends.
    pub async fn dies(&self, ask: Ask, gap: &Gap) -> DateTime<Utc> {
        let (claim_ends, leftover) = self.dies_at(ask, gap.place).await;
        leftover.meet(gap.fate).await;
        claim_ends
    }

    /// A call that dies at some place, with its last request still on the way.
    pub async fn dies_at(&self, ask: Ask, place: Place) -> (DateTime<Utc>, Leftover) {
        let turn = Stage::turn_to_die().await;
        let deployment = &self.stage.deployment;
        let mut process = deployment.launch(ask.function(), 1).await;
        process.call(&deployment.event(ask.function(), &warm_up(ask, self)), convene_tests::PLENTY).await;
        let event = deployment.event(ask.function(), &self.disturbed_request(ask));
        let (call, leftover) = match place {
            Place::Record(step, when) => {
                let mut held = deployment.dynamodb.hold(&self.id, step, when);
                let call = process.begin(event.to_string(), SHORT);
                held.reached().await;
                (call, Leftover::Record(held))
            }
            Place::Graph(operation, when) => {
                let simulator = deployment.backends.simulator();
                let fault = self.hold_at_graph(&simulator, operation, when).await;
                let call = process.begin(event.to_string(), SHORT);
                simulator.held(&fault, 1).await;
                (call, Leftover::Graph(simulator, fault, self.disturbed))
            }
        };
        process.kill();
        drop(turn);
        let deadline = call.deadline().expect("the call was taken");
        (deadline + MARGIN, leftover)
    }

    async fn hold_at_graph(&self, simulator: &Simulator, operation: &str, when: When) -> String {
        let when = if when == When::Before { "before" } else { "after" };
        let of_this_call = json!({"operation": operation, "client_request_id": self.disturbed.to_string()});
        simulator.fault(json!({"match": of_this_call, "times": 1, "effect": {"hold": true, "when": when}})).await
    }
}

/// A call about nothing, so that the one that counts finds connections and tokens.
fn warm_up(ask: Ask, scenario: &Scenario) -> Value {
    let mut request = scenario.request(ask);
    request["id"] = json!(format!("{} warm-up", scenario.id));
    request["organizerEmail"] = json!("nobody@contoso.com");
    request
}

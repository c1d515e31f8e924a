//! What the suites share: a running product, somebody who calls it, and a look at Outlook behind its back.

mod answer;
mod bootstraps;
mod caller;
mod deployment;
mod dynamo_proxy;
mod elsewhere;
pub mod endpoints;
pub mod events;
mod http_wire;
mod in_process;
pub mod lightning;
mod local_process;
mod operator;
mod outlook;
mod product;
mod rotation;
mod runtime_api;
pub mod samples;
mod simulator;
mod traffic;

pub use answer::Answer;
pub use bootstraps::Bootstraps;
pub use caller::{AVAILABILITY, Caller, MEETING, POSTBACK};
pub use deployment::{Deployment, PLENTY};
pub use dynamo_proxy::{DynamoProxy, Gate, Held, Operation, Step, Trouble, When};
pub use in_process::InProcess;
pub use local_process::LocalProcess;
pub use operator::Operator;
pub use outlook::Outlook;
pub use product::{Product, aws};
pub use rotation::{Rotation, STEPS};
pub use runtime_api::{Allowed, Invocation, Outcome, RuntimeApi};
pub use simulator::Simulator;
pub use traffic::{Rendezvous, Traffic};

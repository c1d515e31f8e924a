//! Convene on one machine: every function behind an HTTP gateway, and what the functions talk to, in one process.
//!
//! `template.yaml` says which function answers which path, with which environment and tables. DynamoDB and Secrets
//! Manager are embedded and reached through the AWS SDK, Microsoft Graph is simulated. `cargo local` runs a [`Stack`]
//! from the command line; tests run theirs in their own process.

mod backends;
mod data_dir;
mod error;
mod families;
mod files;
mod gateway;
mod options;
mod ready;
mod seed;
mod server;
mod stack;
pub mod template;
mod yaml;

pub use error::Error;
pub use families::{documents, endpoints, tasks};
pub use graph_simulator::{Mailbox, MailboxKind};
pub use loopback_guard::Origin;
pub use options::{Data, Options, default_template};
pub use ready::{Ready, ReadyAdministrator, ReadyHmac, ReadyMember, ReadyMicrosoft, ReadyTenant};
pub use seed::TenantSeed;
pub use stack::Stack;
pub use yaml::to_yaml;

//! What the suites share: a running product, somebody who calls it, and a look at Outlook behind its back.

mod answer;
mod caller;
mod outlook;
mod product;
pub mod samples;
mod simulator;

pub use answer::Answer;
pub use caller::Caller;
pub use outlook::Outlook;
pub use product::Product;
pub use simulator::Simulator;

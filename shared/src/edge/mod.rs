//! HTTP in and out of a Lambda function.
//!
//! A family describes each endpoint as a [`Function`]; its binary calls [`run`]. `cargo local` and tests call
//! [`Function::invoke`], which is the same path from the event on.

mod body;
mod call;
mod function;
mod gzip;
mod log;
mod payload;
mod request;
mod response;
mod run;
mod task;

pub use body::{LARGEST_BODY, Object, json};
pub use call::Call;
pub use function::Function;
pub use log::start_logging;
pub use payload::MAX_PAYLOAD;
pub use request::{NotUtf8, Query, Repeated};
pub use response::{Answer, retry_after_seconds};
pub use run::{Error, run, run_task};
pub use task::{Task, TaskError};

//! The kit that families of endpoints are built with: HTTP in and out of a Lambda function.
//!
//! A handler is `async fn(Arc<Request>) -> Result<Response, E>`, where `E` is its family's [`ApiError`]. It authorizes the request,
//! parses it, calls a use case, and makes the response. A family declares each endpoint as an [`Endpoint`], and its binary calls
//! [`run`]. `cargo local` and tests call [`Endpoint::invoke`], which is the same path from the event on.
//!
//! | file | holds |
//! | --- | --- |
//! | `endpoint.rs` | from an event to a response, with the failures that the edge finds |
//! | `request.rs`, `query.rs`, `body.rs` | what a handler gets |
//! | `field.rs`, `field_errors.rs` | validation: from lenient fields to values, with every error |
//! | `response.rs`, `page.rs`, `error.rs`, `cors.rs` | what a handler returns |
//! | `fallback.rs` | the response for paths and methods that a family does not have |
//! | `payload.rs`, `gzip.rs` | what Lambda can return, and compression |
//! | `task.rs` | functions that AWS or an operator invokes directly |
//! | `run.rs`, `log.rs` | the main loop and the log line |

mod body;
mod cors;
mod endpoint;
mod error;
mod fallback;
mod field;
mod field_errors;
mod gzip;
mod log;
mod page;
mod payload;
mod query;
mod request;
mod response;
mod run;
mod task;

pub use body::{MAX_BODY, Object, json};
pub use cors::Cors;
pub use endpoint::Endpoint;
pub use error::ApiError;
pub use fallback::{Route, fallback};
pub use field::{Field, JsonType};
pub use field_errors::FieldErrors;
pub use log::start_logging;
pub use payload::MAX_PAYLOAD;
pub use query::{NotUtf8, Query, Repeated};
pub use request::Request;
pub use response::Response;
pub use run::{Error, run, run_task};
pub use task::{Task, TaskError};

//! Requests over HTTP, whatever they are about.
//!
//! - `connection`: what all tenants of a process share.
//! - `limits`: how many requests are in flight.
//! - `send`: a request, and sending it with retries until the deadline.
//! - `retry_state`: whether and when a request is sent again, and the error it ends with.
//! - `response`: an HTTP response, read up to a limit.
//! - `errors`: what Graph's error codes mean. `remediation`: what an operator can do about an error.
//! - `urls`: the URLs of Graph's resources.

pub(crate) mod connection;
pub(crate) mod errors;
pub(crate) mod limits;
pub(crate) mod remediation;
pub(crate) mod response;
pub(crate) mod retry_state;
pub(crate) mod send;
pub(crate) mod urls;

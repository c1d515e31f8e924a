//! Requests over HTTP, whatever they are about.
//!
//! - `limits`: how many requests are in flight.
//! - `request`: a request.
//! - `retry_state`: whether and when a request is sent again, and the error it ends with.
//! - `response`: an HTTP response, read up to a limit.
//! - `errors`: what Graph's error codes mean. `remediation`: what an operator can do about an error.
//! - `urls`: the URLs of Graph's resources.

pub(crate) mod errors;
pub(crate) mod limits;
pub(crate) mod remediation;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod retry_state;
pub(crate) mod urls;

//! How the failures of a request become responses.

use super::{Request, Response};
use crate::problem::Problem;

/// A family's error. Every failure of a request becomes one, those that the edge finds included, so that callers always get the
/// family's documented error response.
pub trait ApiError: From<Problem> {
    /// The documented response. `request`: for what the response repeats of it, such as [`Request::subject`].
    fn into_response(self, request: &Request) -> Response;
}

//! The failures of every endpoint, in the OpenAPI document.

use std::{collections::BTreeMap, time::Duration};

use convene::{
    openapi::{FailureExample, failure},
    problem::{Kind, Problem},
    scheduling::{SchedulingError, bookings::BookingError},
};
use utoipa::{
    IntoResponses,
    openapi::{RefOr, Response as OpenApiResponse},
};

use crate::error::Failure;

/// The responses of an endpoint without a body that are not successes. What the gateway answers with 429 is added.
pub struct Failures;

/// As [`Failures`], of an endpoint with a body.
pub struct FailuresWithBody;

impl IntoResponses for FailuresWithBody {
    fn responses() -> BTreeMap<String, RefOr<OpenApiResponse>> {
        let invalid = || Failure::invalid("The request is not valid: start_time is required.");
        let problem = |kind, message: &'static str| Failure::from(Problem::new(kind, message));
        [
            (
                400,
                "The request is not valid, or the time cannot be booked.",
                vec![
                    ("invalid_request_error", "A field is wrong", invalid()),
                    ("unavailable", "The time is taken", BookingError::SlotUnavailable.into()),
                ],
            ),
            (
                401,
                "The API key or the session is missing or not valid.",
                vec![("unauthorized", "", Failure::unauthorized("The session is not valid, or has ended."))],
            ),
            (
                403,
                "Microsoft refuses access.",
                vec![("provider_error", "", problem(Kind::AccessDenied, "Microsoft refuses access to the mailbox."))],
            ),
            (404, "It does not exist, or is not the caller's.", vec![("not_found_error", "", Failure::not_found())]),
            (
                415,
                "The body has a `Content-Encoding` other than `gzip`.",
                vec![(
                    "invalid_request_error",
                    "",
                    problem(Kind::UnsupportedCoding, "The Content-Encoding must be gzip or identity."),
                )],
            ),
            (
                429,
                "Too many requests, or another request for the booking is in progress.",
                vec![("rate_limit_error", "", SchedulingError::in_progress(Duration::from_secs(1)).into())],
            ),
            (500, "A fault of the service.", vec![("internal_error", "", Problem::internal("").into())]),
            (
                503,
                "The request cannot be served at the moment.",
                vec![("provider_error", "", Problem::unavailable("").into())],
            ),
            (504, "No answer came in time.", vec![("provider_error", "", Problem::timed_out().into())]),
        ]
        .into_iter()
        .map(|(status, description, examples)| (status.to_string(), RefOr::T(response(description, examples))))
        .collect()
    }
}

impl IntoResponses for Failures {
    fn responses() -> BTreeMap<String, RefOr<OpenApiResponse>> {
        let mut responses = FailuresWithBody::responses();
        responses.remove("415");
        responses
    }
}

fn response(description: &str, examples: Vec<(&'static str, &'static str, Failure)>) -> OpenApiResponse {
    let examples = examples.into_iter().map(|(name, summary, failure)| FailureExample {
        name,
        summary,
        response: failure.example(),
    });
    failure("ErrorAnswer", description, "How to authenticate.", examples)
}

//! What errors of AWS are called in the log, and which of them pass by themselves.

use aws_smithy_runtime_api::{
    client::{orchestrator::HttpResponse, result::SdkError},
    http::StatusCode,
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::conflicts::is_conflict;

/// Codes of refusals (4xx) that pass by themselves. Every other refusal says how things are: a permission, a table, a key
/// or a request of ours is not as it must be, and asking again changes nothing.
const PASSING: [&str; 11] = [
    "BandwidthLimitExceeded",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "ReplicatedWriteConflictException",
    "RequestLimitExceeded",
    "RequestTimeout",
    "RequestTimeoutException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// What went wrong with a call to AWS, fit for the log: the service's code, else how far the call came. The SDK's own
/// words would show raw answers, and with them ARNs of roles and secrets.
pub(crate) fn for_log<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> String {
    let response = |status: StatusCode| format!("response {}", status.as_u16());
    match error {
        SdkError::ServiceError(failed) => match failed.err().code() {
            Some(code) => code.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).take(64).collect(),
            None => response(failed.raw().status()),
        },
        SdkError::ResponseError(failed) => response(failed.raw().status()),
        SdkError::TimeoutError(_) => "timeout".to_owned(),
        SdkError::DispatchFailure(failed) if failed.is_timeout() => "timeout".to_owned(),
        SdkError::DispatchFailure(_) => "dispatch".to_owned(),
        _ => "construction".to_owned(),
    }
}

/// Whether an error says how things are: the same call would fail again until an operator changes something. What was
/// not answered, failed within the service (5xx), was throttled or met a transaction passes by itself.
pub(crate) fn is_definitive<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::ServiceError(failed) => {
            let is_refusal = (400..500).contains(&failed.raw().status().as_u16());
            let lasts = failed.err().code().is_some_and(|code| !PASSING.contains(&code));
            is_refusal && lasts && !is_conflict(failed.raw())
        }
        // Not even sent.
        SdkError::ConstructionFailure(_) => true,
        SdkError::DispatchFailure(failed) => failed.is_user(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_types::error::{ErrorMetadata, metadata};

    use super::*;

    const ARN: &str = "User: arn:aws:sts::123456789012:assumed-role/convene is not authorized";

    fn response(status: u16, body: String) -> HttpResponse {
        HttpResponse::new(StatusCode::try_from(status).expect("a status"), body.into())
    }

    fn service(status: u16, code: Option<&str>) -> SdkError<ErrorMetadata, HttpResponse> {
        let error = ErrorMetadata::builder().message(ARN);
        let error = code.into_iter().fold(error, metadata::Builder::code);
        let body = code.map_or_else(|| ARN.to_owned(), |code| format!(r#"{{"__type": "{code}"}}"#));
        SdkError::service_error(error.build(), response(status, body))
    }

    #[test]
    fn the_log_learns_a_code_or_how_far_a_call_came() {
        for (error, told) in [
            (service(400, Some("AccessDeniedException")), "AccessDeniedException"),
            (service(400, Some("com.amazonaws#Odd: arn:aws")), "com.amazonawsOddarnaws"),
            (service(400, None), "response 400"),
            (SdkError::response_error(ARN, response(502, String::new())), "response 502"),
            (SdkError::timeout_error(ARN), "timeout"),
            (SdkError::dispatch_failure(ConnectorError::timeout(ARN.into())), "timeout"),
            (SdkError::dispatch_failure(ConnectorError::io(ARN.into())), "dispatch"),
            (SdkError::construction_failure(ARN), "construction"),
        ] {
            assert_eq!(for_log(&error), told);
        }
    }

    #[test]
    fn a_refusal_is_definitive_unless_its_code_says_that_it_passes() {
        for code in [
            "AccessDeniedException",
            "ResourceNotFoundException",
            "InvalidRequestException",
            "ValidationException",
            "DecryptionFailure",
            "UnrecognizedClientException",
            "ItemCollectionSizeLimitExceededException",
            "AnyOtherException",
        ] {
            assert!(is_definitive(&service(400, Some(code))), "{code}");
        }
        for code in [
            "ThrottlingException",
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "TransactionConflictException",
            "TransactionInProgressException",
            "ReplicatedWriteConflictException",
        ] {
            assert!(!is_definitive(&service(400, Some(code))), "{code}");
        }
        // Without a code it may not be the service that spoke.
        assert!(!is_definitive(&service(400, None)));
        assert!(!is_definitive::<ErrorMetadata>(&SdkError::response_error(ARN, response(403, String::new()))));
    }

    #[test]
    fn what_the_service_fails_at_or_does_not_answer_is_not() {
        for (status, code) in
            [(500, "InternalServerError"), (503, "ServiceUnavailable"), (500, "AccessDeniedException")]
        {
            assert!(!is_definitive(&service(status, Some(code))), "{status} {code}");
        }
        assert!(!is_definitive::<ErrorMetadata>(&SdkError::timeout_error(ARN)));
        for error in [ConnectorError::io(ARN.into()), ConnectorError::timeout(ARN.into())] {
            assert!(!is_definitive::<ErrorMetadata>(&SdkError::dispatch_failure(error)));
        }
    }

    #[test]
    fn what_could_not_be_sent_at_all_is() {
        assert!(is_definitive::<ErrorMetadata>(&SdkError::construction_failure(ARN)));
        assert!(is_definitive::<ErrorMetadata>(&SdkError::dispatch_failure(ConnectorError::user(ARN.into()))));
    }
}

//! Conflicts of a write with a transaction that is under way on the same item. Nothing was written, and a moment later the
//! write can succeed; yet the SDK tries none of them again by itself. Nor does it repeat a transaction that is under way itself,
//! after an attempt without an answer; its token makes the repeat the same transaction.

use aws_smithy_runtime_api::client::{
    interceptors::context::InterceptorContext,
    orchestrator::HttpResponse,
    retries::classifiers::{ClassifyRetry, RetryAction},
};
use serde::Deserialize;

/// Why a transaction may be canceled that can succeed a moment later. A condition that did not hold is not among them: it
/// is an answer, and the caller decides what to do about it.
const PASSING_REASONS: [&str; 3] = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];

/// Has the SDK try such a request again as it does after any failure that passes: with exponential backoff and jitter. For
/// the configuration of a client, and so for every table and operation.
#[derive(Debug)]
pub(crate) struct RetryConflicts;

impl ClassifyRetry for RetryConflicts {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response() {
            Some(response) if is_conflict(response) => RetryAction::transient_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "transaction conflicts"
    }
}

/// Whether a response says that nothing but a conflict, or throttling within a transaction, kept the request from success.
pub(super) fn is_conflict(response: &HttpResponse) -> bool {
    if response.status().as_u16() != 400 {
        return false;
    }
    let Some(refusal) = response.body().bytes().and_then(|body| serde_json::from_slice::<Refusal>(body).ok()) else {
        return false;
    };
    match refusal.kind.rsplit('#').next() {
        Some("TransactionConflictException" | "TransactionInProgressException") => true,
        Some("TransactionCanceledException") => {
            let reasons = refusal.reasons.iter().filter_map(|reason| reason.code.as_deref());
            let mut reasons = reasons.filter(|code| *code != "None").peekable();
            reasons.peek().is_some() && reasons.all(|code| PASSING_REASONS.contains(&code))
        }
        _ => false,
    }
}

/// As much of an error's body as tells its kind.
#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "__type", default)]
    kind: String,
    /// One for each item of a transaction, in its order.
    #[serde(rename = "CancellationReasons", default)]
    reasons: Vec<Reason>,
}

#[derive(Deserialize)]
struct Reason {
    /// `None`, in words, for an item that was not the reason.
    #[serde(rename = "Code", default)]
    code: Option<String>,
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::{client::interceptors::context::Input, http::StatusCode};
    use serde_json::{Value, json};

    use super::*;

    fn action(status: u16, body: &str) -> RetryAction {
        let mut context = InterceptorContext::new(Input::erase(()));
        let status = StatusCode::try_from(status).expect("a status");
        context.set_response(HttpResponse::new(status, body.to_owned().into()));
        RetryConflicts.classify_retry(&context)
    }

    fn canceled(codes: &[&str]) -> Value {
        let reasons: Vec<_> = codes.iter().map(|code| json!({"Code": code, "Message": "m"})).collect();
        json!({"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", "CancellationReasons": reasons})
    }

    #[test]
    fn what_only_a_conflict_kept_from_success_is_tried_again() {
        for body in [
            json!({"__type": "com.amazonaws.dynamodb.v20120810#TransactionConflictException", "message": "m"}),
            json!({"__type": "TransactionConflictException"}),
            json!({"__type": "com.amazonaws.dynamodb.v20120810#TransactionInProgressException", "Message": "m"}),
            canceled(&["None", "TransactionConflict"]),
            canceled(&["ThrottlingError", "ProvisionedThroughputExceeded", "None"]),
        ] {
            assert_eq!(action(400, &body.to_string()), RetryAction::transient_error(), "{body}");
        }
    }

    #[test]
    fn what_would_fail_again_is_not_and_nor_is_what_the_sdk_judges_itself() {
        for body in [
            json!({"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}),
            json!({"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException"}),
            canceled(&["TransactionConflict", "ConditionalCheckFailed"]),
            canceled(&["ValidationError"]),
            canceled(&["None"]),
            canceled(&[]),
            json!([]),
        ] {
            assert_eq!(action(400, &body.to_string()), RetryAction::NoActionIndicated, "{body}");
        }
        let conflict = json!({"__type": "TransactionConflictException"}).to_string();
        assert_eq!(action(200, &conflict), RetryAction::NoActionIndicated);
        assert_eq!(action(400, "<html>"), RetryAction::NoActionIndicated);
    }
}

//! Doing a request's work with a fault in the way.

use std::time::Duration;

use crate::error::GraphError;
use crate::faults::{DropWhen, Effect, Fault, When};

/// Does `work` as far and as late as the fault lets it. `None`: the connection is cut and nothing answered.
pub(crate) async fn play<R>(
    fault: Option<Fault>,
    work: impl Future<Output = R> + Send + 'static,
    failure: impl Fn(&Effect) -> R,
) -> Option<R> {
    let Some(mut fault) = fault else {
        return Some(work.await);
    };
    if !fault.wait(When::Before).await {
        return None;
    }
    if let Some(delay) = fault.effect.land_after_ms {
        // The answer is out before the work is done: whoever reads the calendar now finds nothing yet.
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(delay)).await;
            work.await;
        });
        return fault.effect.drop.is_none().then(|| failure(&fault.effect));
    }
    if fault.effect.drop == Some(DropWhen::BeforeCommit) {
        return None;
    }
    let fails = fault.effect.status.is_some();
    if fails && fault.effect.when == When::Before {
        return Some(failure(&fault.effect));
    }
    let answer = work.await;
    if !fault.wait(When::After).await || fault.effect.drop == Some(DropWhen::AfterCommit) {
        return None;
    }
    Some(if fails { failure(&fault.effect) } else { answer })
}

/// The failure that an effect names, with Graph's usual code where it names none.
pub(crate) fn failure(effect: &Effect) -> GraphError {
    let status = effect.status.unwrap_or(504);
    let (code, message) = match status {
        401 => ("InvalidAuthenticationToken", "Access token validation failure."),
        403 => ("ErrorAccessDenied", "Access is denied. Check credentials and try again."),
        404 => ("ErrorItemNotFound", "The specified object was not found in the store."),
        409 => ("ConcurrentItemSave", "The item was saved by somebody else at the same time."),
        412 => (
            "ErrorIrresolvableConflict",
            "The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.",
        ),
        429 => ("ApplicationThrottled", "Application is over its MailboxConcurrency limit."),
        503 => ("ErrorInternalServerTransientError", "Cannot query rows in a table."),
        500 => ("ErrorInternalServerError", "An internal server error occurred. The operation failed."),
        504 => ("UnknownError", ""),
        _ => ("BadRequest", "The simulator was told to fail."),
    };
    let error =
        GraphError::new(status, effect.code.as_deref().unwrap_or(code), effect.message.as_deref().unwrap_or(message));
    match effect.retry_after {
        Some(seconds) => error.header("retry-after", seconds.to_string()),
        None => error,
    }
}

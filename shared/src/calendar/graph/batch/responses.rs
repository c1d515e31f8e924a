//! The response to a batch, item by item.

use std::collections::HashMap;

use chrono::Utc;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::payload;
use crate::calendar::{
    CalendarError,
    graph::transport::{
        errors::Target,
        limits::LoadSignal,
        request::no_answer,
        response::{Body, GraphResponse, failed},
        retry_state::{AttemptError, parse_retry_after},
    },
};

#[derive(Deserialize)]
struct BatchIn<'a> {
    #[serde(borrow)]
    responses: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct ItemIn<'a> {
    id: String,
    status: u16,
    #[serde(default)]
    headers: Option<HashMap<String, Value>>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
}

impl ItemIn<'_> {
    fn into_response(self) -> Option<GraphResponse> {
        let mut headers = self.headers.iter().flatten();
        let retry_after = headers.find(|(name, _)| name.eq_ignore_ascii_case("retry-after")).and_then(|(_, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            parse_retry_after(&text, Utc::now())
        });
        // An item without a body is complete.
        let body = self.body.map_or_else(Vec::new, |body| body.get().as_bytes().to_vec());
        Some(GraphResponse { status: StatusCode::from_u16(self.status).ok()?, retry_after, body: Body::Complete(body) })
    }
}

/// The response to each item, given the items' targets. An item without a readable response may have been carried out, or may
/// still be.
pub(super) fn parse_items(
    body: &[u8],
    targets: impl Iterator<Item = Target>,
) -> Result<Vec<Result<Vec<u8>, AttemptError>>, AttemptError> {
    let batch: BatchIn<'_> = serde_json::from_slice(body)
        .map_err(|_| AttemptError::Error(failed("an answer to a batch that cannot be read")))?;
    let items = batch.responses.iter().filter_map(|item| serde_json::from_str::<ItemIn<'_>>(item.get()).ok());
    let mut responses: HashMap<String, GraphResponse> = HashMap::new();
    for mut item in items {
        let id = std::mem::take(&mut item.id);
        responses.extend(item.into_response().map(|response| (id, response)));
    }
    let results = targets.enumerate().map(|(index, target)| match responses.remove(&payload::id(index)) {
        Some(response) => response.into_result(target),
        None => Err(AttemptError::Error(no_answer("a batch was answered without this item"))),
    });
    Ok(results.collect())
}

/// What the responses to the items mean for the limit of concurrent requests.
pub(super) fn load_signal(responses: &[Result<Vec<u8>, AttemptError>]) -> LoadSignal {
    let throttled = responses.iter().filter_map(|response| match response {
        Err(AttemptError::Error(CalendarError::Throttled { retry_after })) => Some(*retry_after),
        _ => None,
    });
    let refused = throttled.clone().count();
    throttled.max().map_or(LoadSignal::Accepted, |retry_after| LoadSignal::Throttled { refused, retry_after })
}

/// The error of a whole batch. Its URL names no mailbox and no event, so that an error about one does not answer the items.
pub(super) fn batch_error(error: AttemptError) -> AttemptError {
    match error {
        AttemptError::Error(
            CalendarError::EventNotFound | CalendarError::MailboxNotFound | CalendarError::DuplicateTransaction { .. },
        ) => {
            let cause = "Graph does not know what a batch is".to_owned();
            AttemptError::Error(CalendarError::Failed { cause, retry_after: None })
        }
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn results(responses: &Value, count: usize) -> Vec<Result<Vec<u8>, AttemptError>> {
        let targets = std::iter::repeat_n(Target::Mailbox, count);
        parse_items(json!({ "responses": responses }).to_string().as_bytes(), targets).expect("readable")
    }

    #[test]
    fn responses_are_matched_by_id() {
        let items = results(
            &json!([
                {"id": "3", "status": 204, "headers": {}, "body": null},
                {"id": "1", "status": 201, "body": {"id": "AAMk="}},
                {"id": "2", "status": 404, "headers": null, "body": {"error": {"code": "ErrorInvalidUser"}}},
            ]),
            3,
        );
        let missing = Err(AttemptError::Error(CalendarError::MailboxNotFound));
        assert_eq!(items, [Ok(br#"{"id":"AAMk="}"#.to_vec()), missing, Ok(Vec::new())]);
    }

    #[test]
    fn each_item_has_its_own_retry_after() {
        for (header, seconds) in [
            (json!({"retry-after": "2.5"}), Some(2.5)),
            (json!({"RETRY-AFTER": 7}), Some(7.0)),
            (json!({"Retry-After": "soon"}), None),
            (json!({}), None),
        ] {
            let items = results(&json!([{"id": "1", "status": 429, "headers": header}]), 1);
            let retry_after = seconds.map(Duration::from_secs_f64);
            assert_eq!(items, [Err(AttemptError::Error(CalendarError::Throttled { retry_after }))], "{header}");
        }
    }

    #[test]
    fn the_load_signal_counts_throttled_items() {
        let throttled = |id: &str, seconds: u64| json!({"id": id, "status": 429, "headers": {"retry-after": seconds}});
        let taken = json!({"id": "2", "status": 201});
        let longest = Some(Duration::from_secs(9));
        for (items, expected) in [
            (
                json!([throttled("1", 3), taken, throttled("3", 9)]),
                LoadSignal::Throttled { refused: 2, retry_after: longest },
            ),
            (
                json!([{"id": "1", "status": 404}, taken, throttled("3", 9)]),
                LoadSignal::Throttled { refused: 1, retry_after: longest },
            ),
            (json!([{"id": "1", "status": 404}, taken]), LoadSignal::Accepted),
        ] {
            assert_eq!(load_signal(&results(&items, 3)), expected, "{items}");
        }
    }

    #[test]
    fn an_item_without_a_response_is_unanswered() {
        for responses in [
            json!([]),
            json!([{"id": "2", "status": 201}]),
            json!([{"id": "1"}]),
            json!([{"id": "1", "status": 9}]),
            json!([{"status": 201}, 7, null]),
        ] {
            let items = results(&responses, 1);
            let lost = matches!(&items[..], [Err(AttemptError::Error(CalendarError::NoAnswer { .. }))]);
            assert!(lost, "{responses}: {items:?}");
        }
        for page in ["<html>", "", "{}", r#"{"responses": 1}"#, r#"{"error": {"code": "Nothing"}}"#] {
            let unread = parse_items(page.as_bytes(), [Target::Event].into_iter());
            assert!(matches!(unread, Err(AttemptError::Error(CalendarError::Failed { .. }))), "{page}: {unread:?}");
        }
        // Graph gave up waiting, and may still carry it out.
        let late = results(&json!([{"id": "1", "status": 504, "body": {"error": {"code": "UnknownError"}}}]), 1);
        assert!(matches!(&late[..], [Err(AttemptError::Error(CalendarError::NoAnswer { .. }))]), "{late:?}");
    }

    #[test]
    fn a_401_of_one_item_is_unauthorized() {
        let items = results(&json!([{"id": "1", "status": 401}]), 1);
        assert!(matches!(&items[..], [Err(AttemptError::Unauthorized(_))]), "{items:?}");
    }

    #[test]
    fn an_error_of_the_batch_says_nothing_about_a_mailbox() {
        for error in [CalendarError::EventNotFound, CalendarError::MailboxNotFound] {
            let error = batch_error(AttemptError::Error(error));
            assert!(matches!(error, AttemptError::Error(CalendarError::Failed { .. })), "{error:?}");
        }
        let throttled = || AttemptError::Error(CalendarError::Throttled { retry_after: None });
        assert_eq!(batch_error(throttled()), throttled());
    }
}

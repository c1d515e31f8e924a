//! What a batch is sent as, and how many requests go into one.

use bytes::Bytes;
use serde::Serialize;

use crate::{
    calendar::{
        CalendarError,
        graph::{
            events::requests::Draft,
            transport::{
                send::{Request, not_serializable, to_json},
                urls,
            },
        },
    },
    domain::Cloud,
    json_size::json_size,
};

/// Graph's limit on the requests of one batch.
pub(crate) const MOST_ITEMS: usize = 20;
/// How many bytes the requests of one batch take at most. Graph refuses a payload of more than 4 MB, whatever is in it.
pub(super) const MOST_BYTES: usize = 3_500_000;

#[derive(Serialize)]
struct BatchOut<'a, B> {
    requests: Vec<ItemOut<'a, B>>,
}

#[derive(Serialize)]
struct ItemOut<'a, B> {
    id: String,
    method: &'a str,
    url: &'a str,
    headers: HeadersOut,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a B>,
}

#[derive(Serialize)]
struct HeadersOut {
    #[serde(rename = "Prefer")]
    prefer: &'static str,
    #[serde(rename = "Content-Type", skip_serializing_if = "Option::is_none")]
    content_type: Option<&'static str>,
}

impl<'a, B> ItemOut<'a, B> {
    fn new(cloud: &Cloud, place: usize, draft: &'a Request<'_, B>) -> Self {
        Self {
            id: id(place),
            method: draft.method.as_str(),
            url: urls::within_batch(cloud, &draft.url),
            headers: HeadersOut {
                prefer: draft.prefer.as_str(),
                content_type: draft.body.is_some().then_some("application/json"),
            },
            body: draft.body.as_ref(),
        }
    }
}

/// By what the answer to an item is known: Graph promises no order.
pub(super) fn id(place: usize) -> String {
    (place + 1).to_string()
}

/// A batch as JSON.
pub(super) fn serialize<B: Serialize>(cloud: &Cloud, drafts: &[Request<'_, B>]) -> Result<Bytes, CalendarError> {
    let requests = drafts.iter().enumerate().map(|(place, draft)| ItemOut::new(cloud, place, draft));
    to_json(&BatchOut { requests: requests.collect() })
}

/// How many bytes a request takes in a batch, with the comma before the next one. Counted without writing it down.
pub(super) fn size(cloud: &Cloud, draft: &Draft<'_>) -> Result<usize, CalendarError> {
    json_size(&ItemOut::new(cloud, MOST_ITEMS, draft)).map(|size| size + 1).map_err(|_| not_serializable())
}

/// Splits items into batches that keep both limits, in their order. One that is too large for any is a batch of its own.
pub(super) fn split<T>(items: Vec<T>, size: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut batches: Vec<Vec<T>> = Vec::new();
    let mut bytes = 0;
    for item in items {
        let size = size(&item);
        match batches.last_mut() {
            Some(batch) if batch.len() < MOST_ITEMS && bytes + size <= MOST_BYTES => {
                batch.push(item);
                bytes += size;
            }
            _ => {
                batches.push(vec![item]);
                bytes = size;
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use reqwest::Method;
    use serde_json::{Value, json};

    use super::*;
    use crate::calendar::graph::{
        events::event_out::{BodyOut, EventOut},
        transport::{errors::Target, retry_state::Repeat, send::Prefer},
    };

    fn lengths(sizes: &[usize]) -> Vec<usize> {
        split(sizes.to_vec(), |size| *size).iter().map(Vec::len).collect()
    }

    #[test]
    fn a_batch_has_twenty_requests_at_most() {
        assert_eq!(lengths(&[]), Vec::<usize>::new());
        assert_eq!(lengths(&[1; 20]), [20]);
        assert_eq!(lengths(&[1; 45]), [20, 20, 5]);
    }

    #[test]
    fn large_requests_make_small_batches() {
        assert_eq!(lengths(&[MOST_BYTES / 2; 5]), [2, 2, 1]);
        assert_eq!(lengths(&[MOST_BYTES, 1, 1, MOST_BYTES * 2, 1]), [1, 2, 1, 1]);
    }

    fn drafts(text: &str) -> Vec<Draft<'_>> {
        let url = |path: &str| format!("{}/v1.0/users/{path}", Cloud::Global.graph());
        let change = Request {
            method: Method::PATCH,
            url: url("a%40x.com/events/1"),
            mailbox: "a@x.com",
            prefer: Prefer::Utc,
            body: Some(EventOut { body: Some(BodyOut::text(text)), ..EventOut::default() }),
            repeat: Repeat::Idempotent,
            target: Target::Event,
        };
        vec![change, Request::read(url("b%40x.com/events/2"), "b@x.com", Prefer::UtcAndTextBody, Target::Event)]
    }

    #[test]
    fn an_item_is_what_a_single_request_would_be() {
        let written = serialize(&Cloud::Global, &drafts("a\n\"b\"")).expect("JSON");
        let expected = json!({"requests": [
            {"id": "1", "method": "PATCH", "url": "/users/a%40x.com/events/1",
             "headers": {"Prefer": Prefer::Utc.as_str(), "Content-Type": "application/json"},
             "body": {"body": {"contentType": "text", "content": "a\n\"b\""}}},
            {"id": "2", "method": "GET", "url": "/users/b%40x.com/events/2",
             "headers": {"Prefer": Prefer::UtcAndTextBody.as_str()}},
        ]});
        assert_eq!(serde_json::from_slice::<Value>(&written).expect("JSON"), expected);
    }

    #[test]
    fn a_batch_is_no_larger_than_was_counted() {
        for text in ["", "a\n\"b\"\u{1}é", &"<&>".repeat(1000)] {
            let drafts = drafts(text);
            let counted: usize = drafts.iter().map(|draft| size(&Cloud::Global, draft).expect("JSON")).sum();
            let written = serialize(&Cloud::Global, &drafts).expect("JSON").len();
            // An id of two digits is counted for each, and the frame is not.
            let frame = r#"{"requests":[]}"#.len();
            assert!((counted..=counted + frame).contains(&(written + drafts.len())), "{counted} {written}");
        }
    }
}

//! The JSON of a batch, and how many requests go into one.

use bytes::Bytes;
use serde::Serialize;

use crate::{
    calendar::{
        CalendarError,
        graph::{
            events::requests::EventRequest,
            transport::{
                request::{GraphRequest, not_serializable, to_json},
                urls,
            },
        },
    },
    domain::Cloud,
    json_size::json_size,
};

/// Graph's limit on the items of a batch.
pub(crate) const MAX_ITEMS: usize = 20;
/// The largest items of a batch together, in bytes. Graph rejects a payload of more than 4 MB.
pub(super) const MAX_BYTES: usize = 3_500_000;

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
    fn new(cloud: &Cloud, index: usize, request: &'a GraphRequest<'_, B>) -> Self {
        Self {
            id: id(index),
            method: request.method.as_str(),
            url: urls::within_batch(cloud, &request.url),
            headers: HeadersOut {
                prefer: request.prefer.as_str(),
                content_type: request.body.is_some().then_some("application/json"),
            },
            body: request.body.as_ref(),
        }
    }
}

/// The id of an item. The responses come in any order.
pub(super) fn id(index: usize) -> String {
    (index + 1).to_string()
}

pub(super) fn serialize<B: Serialize>(cloud: &Cloud, requests: &[GraphRequest<'_, B>]) -> Result<Bytes, CalendarError> {
    let items = requests.iter().enumerate().map(|(index, request)| ItemOut::new(cloud, index, request));
    to_json(&BatchOut { requests: items.collect() })
}

/// The size of a request in a batch, in bytes, with the comma before the next one.
pub(super) fn size(cloud: &Cloud, request: &EventRequest<'_>) -> Result<usize, CalendarError> {
    json_size(&ItemOut::new(cloud, MAX_ITEMS, request)).map(|size| size + 1).map_err(|_| not_serializable())
}

/// Splits items into batches that keep both limits, in their order. An item above the limit is a batch of its own.
pub(super) fn split<T>(items: Vec<T>, size: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut batches: Vec<Vec<T>> = Vec::new();
    let mut bytes = 0;
    for item in items {
        let size = size(&item);
        match batches.last_mut() {
            Some(batch) if batch.len() < MAX_ITEMS && bytes + size <= MAX_BYTES => {
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
        transport::{errors::Target, request::Prefer, retry_state::RetryPolicy},
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
        assert_eq!(lengths(&[MAX_BYTES / 2; 5]), [2, 2, 1]);
        assert_eq!(lengths(&[MAX_BYTES, 1, 1, MAX_BYTES * 2, 1]), [1, 2, 1, 1]);
    }

    fn requests(text: &str) -> Vec<EventRequest<'_>> {
        let url = |path: &str| format!("{}/v1.0/users/{path}", Cloud::Global.graph());
        let change = GraphRequest {
            method: Method::PATCH,
            url: url("a%40x.com/events/1"),
            mailbox: "a@x.com",
            prefer: Prefer::Utc,
            body: Some(EventOut { body: Some(BodyOut::text(text)), ..EventOut::default() }.into()),
            retry_policy: RetryPolicy::Idempotent,
            target: Target::Event,
        };
        vec![change, GraphRequest::get(url("b%40x.com/events/2"), "b@x.com", Prefer::UtcAndTextBody, Target::Event)]
    }

    #[test]
    fn an_item_has_the_parts_of_a_single_request() {
        let written = serialize(&Cloud::Global, &requests("a\n\"b\"")).expect("JSON");
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
    fn the_size_of_a_batch_is_that_of_its_items() {
        for text in ["", "a\n\"b\"\u{1}é", &"<&>".repeat(1000)] {
            let requests = requests(text);
            let counted: usize = requests.iter().map(|request| size(&Cloud::Global, request).expect("JSON")).sum();
            let written = serialize(&Cloud::Global, &requests).expect("JSON").len();
            // An id of two digits is counted for each, and the frame is not.
            let frame = r#"{"requests":[]}"#.len();
            assert!((counted..=counted + frame).contains(&(written + requests.len())), "{counted} {written}");
        }
    }
}

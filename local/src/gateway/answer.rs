//! From a function's answer to the HTTP response, as API Gateway makes it.

use std::collections::BTreeMap;

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::Value;

/// Lambda refuses a larger answer: "Response payload size exceeded maximum allowed payload size (6291556 bytes)". It counts
/// the JSON that the function hands over, escapes, headers and all.
const MAX_PAYLOAD: usize = 6_291_556;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
    #[serde(default)]
    cookies: Vec<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// The response for what a function answered. What is no answer becomes API Gateway's own 500.
pub(super) fn response(answer: &[u8]) -> Response<Body> {
    if answer.len() > MAX_PAYLOAD {
        return refusal(StatusCode::INTERNAL_SERVER_ERROR);
    }
    read(answer).unwrap_or_else(|| refusal(StatusCode::INTERNAL_SERVER_ERROR))
}

fn read(answer: &[u8]) -> Option<Response<Body>> {
    let answer: Answer = serde_json::from_slice(answer).ok()?;
    let body = match answer.body {
        Some(body) if answer.is_base64_encoded => STANDARD.decode(body).ok()?,
        Some(body) => body.into_bytes(),
        None => Vec::new(),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(answer.status_code).ok()?;
    let headers = response.headers_mut();
    for (name, value) in &answer.headers {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let name = HeaderName::try_from(name).ok()?;
        // The length is that of the body, whatever the function says.
        if name != header::CONTENT_LENGTH && name != header::TRANSFER_ENCODING {
            headers.append(name, HeaderValue::try_from(text).ok()?);
        }
    }
    for cookie in answer.cookies {
        headers.append(header::SET_COOKIE, HeaderValue::try_from(cookie).ok()?);
    }
    headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("text/plain; charset=utf-8"));
    Some(response)
}

/// The gateway's own answer: no route, too large, no time, or a function that broke.
pub(super) fn refusal(status: StatusCode) -> Response<Body> {
    // The one status whose name changed since the gateway's words were chosen.
    let message = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
        other => other.canonical_reason().unwrap_or_default(),
    };
    let mut response = Response::new(Body::from(format!(r#"{{"message":"{message}"}}"#)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use serde_json::json;

    use super::*;

    async fn body(response: Response<Body>) -> Vec<u8> {
        to_bytes(response.into_body(), usize::MAX).await.expect("a body").to_vec()
    }

    #[tokio::test]
    async fn an_answer_becomes_a_response() {
        let answer = json!({
            "statusCode": 201, "headers": {"content-type": "application/json", "x-number": 7}, "multiValueHeaders": {},
            "cookies": ["a=1", "b=2"], "body": "e30=", "isBase64Encoded": true,
        });
        let response = response(answer.to_string().as_bytes());
        assert_eq!(response.status(), 201);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["x-number"], "7");
        assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
        assert_eq!(body(response).await, b"{}");
    }

    #[tokio::test]
    async fn what_is_no_answer_is_the_gateways_500() {
        for answer in ["null", "{}", "oops", r#"{"statusCode":99}"#, r#"{"statusCode":200,"headers":{"a b":"c"}}"#] {
            let response = response(answer.as_bytes());
            assert_eq!(response.status(), 500, "{answer}");
            assert_eq!(body(response).await, br#"{"message":"Internal Server Error"}"#);
        }
    }

    #[tokio::test]
    async fn an_answer_is_counted_as_the_json_that_a_function_hands_over() {
        let answer = |quotes: usize| json!({"statusCode": 200, "body": "\"".repeat(quotes)}).to_string();
        let room = MAX_PAYLOAD - answer(0).len();
        assert_eq!(room % 2, 0, "a quote takes two bytes");
        for (quotes, status) in [(room / 2, 200), (room / 2 + 1, 500)] {
            assert_eq!(response(answer(quotes).as_bytes()).status(), status, "{quotes} quotes");
        }
    }

    #[tokio::test]
    async fn the_gateway_words_its_own_answers_as_aws_does() {
        for (status, message) in [(404, "Not Found"), (413, "Request Entity Too Large"), (503, "Service Unavailable")] {
            let response = refusal(StatusCode::from_u16(status).expect("a status"));
            assert_eq!(body(response).await, format!(r#"{{"message":"{message}"}}"#).as_bytes());
        }
    }
}

//! The size of a response in what Lambda returns, and the response in place of one that is too large.

use lambda_http::{
    Body,
    http::{self, HeaderMap, HeaderValue, header},
};
use serde::{Serialize, Serializer};

use super::{
    Response,
    gzip::{Gzip, compress},
};
use crate::{json_size::json_size, problem::Problem};

/// The most bytes of a function's answer that Lambda returns: the whole JSON that a function hands over, in which the body
/// is a string with its quotes escaped, or base64. Lambda's own message for a larger one names this number.
pub const MAX_PAYLOAD: usize = 6_291_556;

/// Smaller bodies are not compressed: they fit into one packet either way, and most answers are this small.
const MIN_COMPRESSED: usize = 1_400;

/// Compresses an answer's body where the caller likes that, and where it would not fit otherwise and the caller takes it.
pub(super) async fn encode(mut response: Response, accepts: Gzip) -> Response {
    let Body::Text(text) = response.http.body() else { return response };
    if text.len() < MIN_COMPRESSED {
        return response;
    }
    let wanted = match accepts {
        Gzip::Preferred => true,
        Gzip::Accepted => !fits(&response),
        Gzip::Refused => false,
    };
    let compressed = if wanted { compress(text.as_bytes()).await.ok() } else { None };
    let headers = response.http.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(compressed) = compressed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        *response.http.body_mut() = Body::Binary(compressed);
    }
    response
}

/// Whether Lambda can return an answer.
pub(super) fn fits(response: &Response) -> bool {
    !response.is_cut_short && size(&response.http) <= MAX_PAYLOAD
}

/// What a caller is told in place of an answer that Lambda cannot return. `remedy` is what to ask instead.
pub(super) fn too_large(response: &Response, accepts: Gzip, remedy: &str) -> Problem {
    let compress = match accepts {
        Gzip::Refused => " With the header Accept-Encoding: gzip several times as much can be sent.",
        Gzip::Preferred | Gzip::Accepted => "",
    };
    let message = format!("The answer is larger than 6 MB, which is the most that can be sent. {remedy}{compress}");
    let cause = if response.is_cut_short {
        "the answer was too large to be written".to_owned()
    } else {
        format!("the answer has {} bytes or more, {MAX_PAYLOAD} can be sent", size(&response.http))
    };
    Problem::invalid_request(message.trim_end().to_owned()).caused_by(cause)
}

/// How many bytes Lambda gets for an answer; of a text that is too large by itself, only that.
fn size(response: &http::Response<Body>) -> usize {
    if let Body::Text(text) = response.body()
        && text.len() > MAX_PAYLOAD
    {
        return text.len();
    }
    let (body, encoded) = match response.body() {
        Body::Text(text) => (Some(text.as_str()), None),
        Body::Binary(bytes) => (Some(""), Some(bytes.len().div_ceil(3) * 4)),
        _ => (None, None),
    };
    let payload = Payload {
        status_code: response.status().as_u16(),
        headers: Headers(response.headers()),
        multi_value_headers: Nothing {},
        body,
        is_base64_encoded: encoded.is_some(),
        cookies: [],
    };
    // Texts and numbers are always JSON.
    encoded.unwrap_or_default() + json_size(&payload).unwrap_or_default()
}

/// An answer as `lambda_http` hands it to Lambda.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Payload<'a> {
    status_code: u16,
    headers: Headers<'a>,
    multi_value_headers: Nothing,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
    is_base64_encoded: bool,
    cookies: [&'static str; 0],
}

#[derive(Serialize)]
struct Nothing {}

/// Headers of which none is there twice.
struct Headers<'a>(&'a HeaderMap);

impl Serialize for Headers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default())))
    }
}

//! Failures in a family's document, with the bodies and headers that the code sends.

use lambda_http::http::StatusCode;
use serde_json::Value;
use utoipa::openapi::{
    ContentBuilder, HeaderBuilder, ObjectBuilder, Ref, ResponseBuilder, example::ExampleBuilder, response, schema::Type,
};

use crate::edge;

/// An example of a failure.
pub struct FailureExample {
    /// The family's error code.
    pub name: &'static str,
    /// Empty: none.
    pub summary: &'static str,
    /// What the code makes of the failure. Without what the edge adds to every response.
    pub response: edge::Response,
}

/// The response of a document for failures with the same status. `schema`: the name of the error's schema. `challenge`: the
/// description of `WWW-Authenticate`, if an example has it.
pub fn failure(
    schema: &str,
    description: impl Into<String>,
    challenge: &str,
    examples: impl IntoIterator<Item = FailureExample>,
) -> response::Response {
    let mut failure = ResponseBuilder::new().description(description);
    let mut content = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema)));
    for FailureExample { name, summary, response } in examples {
        let http = response.as_http();
        let has = |header| http.headers().contains_key(header);
        for (is_sent, header, meaning, kind) in [
            (has("retry-after"), "Retry-After", "Seconds after which the same call may succeed.", Type::Integer),
            (has("www-authenticate"), "WWW-Authenticate", challenge, Type::String),
            // By the edge.
            (http.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE, "Accept-Encoding", "`gzip`.", Type::String),
        ] {
            if is_sent {
                let schema = ObjectBuilder::new().schema_type(kind);
                let description = HeaderBuilder::new().schema(Some(schema)).description(Some(meaning));
                failure = failure.header(header, description.build());
            }
        }
        let body: Value = serde_json::from_slice(http.body()).unwrap_or_default();
        let mut example = ExampleBuilder::new().value(Some(body));
        if !summary.is_empty() {
            example = example.summary(summary);
        }
        content = content.examples_from_iter([(name, example)]);
    }
    failure.content("application/json", content.build()).build()
}

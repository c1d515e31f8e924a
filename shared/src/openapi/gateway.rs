//! What API Gateway answers before a function sees the request.

use std::collections::BTreeSet;

use serde_json::json;
use utoipa::openapi::{
    Components, Content, ContentBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder,
    example::ExampleBuilder,
    schema::{AnyOfBuilder, Schema, Type},
};

/// For the description of a document.
pub(super) const DESCRIPTION: &str = "\
**The gateway.** A request that reaches no endpoint is answered by the gateway in front, with a `message` only: 404 for a path \
that has the prefix of no family, 413 for a body beyond its own limit, 429 for too many requests at a time, 431 for a request \
line and headers beyond 10,240 bytes. A 500 or 503 of the gateway's own, where no function answered, has a `message` only too.";

const SCHEMA: &str = "GatewayRefusal";

/// Status, name of the response, the gateway's message, and when it is answered.
const REFUSALS: [(&str, &str, &str, &str); 3] = [
    ("413", "PayloadTooLarge", "Request Entity Too Large", "the body is larger than 10 MiB"),
    ("429", "TooManyRequests", "Too Many Requests", "too many requests at a time; try again later"),
    (
        "431",
        "RequestHeaderFieldsTooLarge",
        "Request Header Fields Too Large",
        "the request line and the values of all headers are larger than 10,240 bytes together",
    ),
];

/// Adds the gateway's refusals to each operation to which they apply.
pub(super) fn add_refusals(document: &mut OpenApi) {
    let mut used = BTreeSet::new();
    for operation in document.paths.paths.values_mut().flat_map(super::operations::operations) {
        for (status, name, message, _) in REFUSALS {
            if status == "413" && operation.request_body.is_none() {
                continue;
            }
            if let Some(RefOr::T(own)) = operation.responses.responses.get_mut(status) {
                add_refusal(own, message);
                continue;
            }
            used.insert(status);
            operation.responses.responses.insert(status.to_owned(), Ref::from_response_name(name).into());
        }
    }
    add_components(document.components.get_or_insert_default(), &used);
}

/// Adds the gateway's refusal to a response that an endpoint has with the same status.
fn add_refusal(own: &mut Response, message: &str) {
    let content = own.content.entry("application/json".to_owned()).or_insert_with(|| Content::default().into());
    let RefOr::T(content) = content else { return };
    let refusal = RefOr::from(Ref::from_schema_name(SCHEMA));
    let schemas = content.schema.take().into_iter().chain([refusal]);
    content.schema = Some(schemas.fold(AnyOfBuilder::new(), AnyOfBuilder::item).into());
    let example = ExampleBuilder::new().summary("The gateway refuses").value(Some(json!({"message": message})));
    content.examples.insert("gateway".to_owned(), RefOr::T(example.build()));
}

fn add_components(components: &mut Components, used: &BTreeSet<&str>) {
    let message = ObjectBuilder::new().schema_type(Type::String).description(Some("What is wrong, in words."));
    let schema = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("The answer of the gateway in front to a request that reaches no endpoint."))
        .property("message", message)
        .required("message");
    components.schemas.insert(SCHEMA.to_owned(), Schema::from(schema).into());
    for (_, name, message, meaning) in REFUSALS.into_iter().filter(|(status, ..)| used.contains(status)) {
        let example = ExampleBuilder::new().value(Some(json!({"message": message})));
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name(SCHEMA)))
            .examples_from_iter([("gateway", example)])
            .build();
        let response = ResponseBuilder::new()
            .description(format!("The gateway in front refuses the request: {meaning}"))
            .content("application/json", content);
        components.responses.insert(name.to_owned(), RefOr::T(response.build()));
    }
}

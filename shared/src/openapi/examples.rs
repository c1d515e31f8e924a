//! Examples of requests and successes in a family's document.

use serde_json::Value;
use utoipa::openapi::{Content, OpenApi, RefOr, example::ExampleBuilder};

use super::operations;

/// Examples: the name of each, what it shows, and the body.
pub type Examples = Vec<(&'static str, &'static str, Value)>;

/// Adds examples to the operations of a document. `of`: those of an operation's request, and of its success, by the operation's id.
pub fn add_examples(document: &mut OpenApi, of: impl Fn(&str) -> (Examples, Examples)) {
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        let (requests, answers) = of(operation.operation_id.as_deref().unwrap_or_default());
        if let Some(RefOr::T(body)) = &mut operation.request_body {
            for content in body.content.values_mut() {
                add(content, &requests);
            }
        }
        if let Some(RefOr::T(response)) = operation.responses.responses.get_mut("200") {
            for content in response.content.values_mut() {
                add(content, &answers);
            }
        }
    }
}

fn add(content: &mut RefOr<Content>, examples: &Examples) {
    let RefOr::T(content) = content else { return };
    for (name, summary, value) in examples {
        let example = ExampleBuilder::new().summary(*summary).value(Some(value.clone())).build();
        content.examples.insert((*name).to_owned(), example.into());
    }
}

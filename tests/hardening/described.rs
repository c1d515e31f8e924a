//! The body of an endpoint by the API's description alone.

use std::collections::BTreeSet;

use convene_tests::endpoints::endpoints;
use serde_json::{Value, json};

/// The body, pointers to its required fields, and pointers to fields with contents of a wrong type.
type Described = (Value, Vec<&'static str>, Vec<(&'static str, Vec<Value>)>);

/// The first documented example, with what its schema requires.
pub fn described(function: &str) -> Described {
    let documents = convene_local::documents().into_iter();
    let documents: Vec<_> = documents.map(|(_, document)| serde_json::to_value(document).expect("JSON")).collect();
    let endpoints = endpoints();
    let endpoint = endpoints.iter().find(|endpoint| endpoint.function.name == function).expect(function);
    let found = documents.iter().find_map(|document| {
        let operation = document["paths"].get(&endpoint.route.path)?.get(endpoint.route.method.to_lowercase())?;
        Some((document, operation))
    });
    let (document, operation) = found.unwrap_or_else(|| panic!("{function} is not described"));
    let content = &operation["requestBody"]["content"]["application/json"];
    let example = content["examples"].as_object().and_then(|examples| examples.values().next());
    let body = example.unwrap_or_else(|| panic!("{function} has no documented body"))["value"].clone();
    let mut pointers = Vec::new();
    required(document, &content["schema"], &body, "", &mut pointers);
    // The tests end with the process, and so may these.
    let required: Vec<&'static str> = pointers.into_iter().map(|pointer| &*pointer.leak()).collect();
    let wrong = required.iter().map(|pointer| (*pointer, vec![json!({"no": "text"}), json!([[7]])])).collect();
    (body, required, wrong)
}

/// Pointers to the required fields that a value has.
fn required(document: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).expect(reference),
        None => schema,
    };
    let names: BTreeSet<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, value) in value.as_object().into_iter().flatten() {
        let pointer = format!("{place}/{name}");
        if names.contains(name.as_str()) {
            found.push(pointer.clone());
        }
        required(document, &schema["properties"][name], value, &pointer, found);
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        required(document, &schema["items"], item, &format!("{place}/{index}"), found);
    }
}

#[test]
fn required_fields_follow_from_the_description() {
    let (_, required, _) = described("get-availability");
    assert_eq!(required, ["/0/email", "/1/email"]);
    let (_, required, _) = described("schedule-meeting");
    let nested: Vec<_> = required.iter().filter(|pointer| pointer.starts_with("/attendees/0/")).collect();
    assert_eq!((required.contains(&"/organizerEmail"), nested.len()), (true, 2), "{required:?}");
}

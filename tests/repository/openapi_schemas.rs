//! The examples of the document: there, true to their schemas, and with codes that fit their status.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    files::read,
    openapi::{OF_THE_GATEWAY, document, documents, operations, resolve, responses},
};

/// A schema, references followed, with the fields of its `allOf` as its own.
fn merged(document: &Value, schema: &Value) -> Value {
    let mut whole = resolve(document, schema).clone();
    let Some(Value::Array(parts)) = whole.as_object_mut().and_then(|schema| schema.remove("allOf")) else {
        return whole;
    };
    for part in parts {
        let Value::Object(part) = merged(document, &part) else { continue };
        for (keyword, value) in part {
            match (&mut whole[&keyword], value) {
                (Value::Object(fields), Value::Object(more)) => fields.extend(more),
                (Value::Array(names), Value::Array(more)) if keyword == "required" => names.extend(more),
                (place, value) => *place = value,
            }
        }
    }
    whole
}

/// What is wrong with a value by a schema, as far as this document's schemas go.
fn faults(document: &Value, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    let schema = &merged(document, schema);
    let mut found = Vec::new();
    if let Some(choices) = schema["oneOf"].as_array() {
        let fitting = choices.iter().filter(|choice| faults(document, choice, value, place).is_empty()).count();
        return if fitting == 1 { found } else { vec![format!("{place} fits {fitting} choices: {value}")] };
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let fits = choices.iter().any(|choice| faults(document, choice, value, place).is_empty());
        return if fits { found } else { vec![format!("{place} fits no choice: {value}")] };
    }
    let kinds: Vec<_> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    let is = |kind: &&str| match *kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => false,
    };
    if !schema["type"].is_null() && !kinds.iter().any(is) {
        found.push(format!("{place} is no {kinds:?}: {value}"));
    }
    if schema["enum"].as_array().is_some_and(|values| !values.contains(value)) {
        found.push(format!("{place} is none of {}: {value}", schema["enum"]));
    }
    if let Some(fields) = value.as_object() {
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        found.extend(required.filter(|name| !fields.contains_key(*name)).map(|name| format!("{place} has no {name}")));
        for (name, value) in fields {
            match schema["properties"].get(name) {
                Some(schema) => found.extend(faults(document, schema, value, &format!("{place}.{name}"))),
                None if schema["additionalProperties"] == true => {}
                None if schema["additionalProperties"].is_object() => {
                    found.extend(faults(document, &schema["additionalProperties"], value, &format!("{place}.{name}")));
                }
                None => found.push(format!("{place} has {name}, which is not in the schema")),
            }
        }
    }
    for item in value.as_array().into_iter().flatten() {
        found.extend(faults(document, &schema["items"], item, &format!("{place}[]")));
    }
    found
}

#[test]
fn values_are_compared_with_schemas_of_every_kind() {
    let named = json!({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}});
    let sized = json!({"type": "object", "required": ["size"], "properties": {"size": {"type": "number"}}});
    let document = json!({"components": {"schemas": {"Named": named}}});
    let named = json!({"$ref": "#/components/schemas/Named"});
    let number = json!({"type": "number"});
    let map = json!({"type": "object", "additionalProperties": number.clone()});
    let any = json!({"anyOf": [named.clone(), number.clone()]});
    let all = json!({"allOf": [named, sized]});
    for (schema, value, faulty) in [
        (&number, json!(1.5), 0),
        (&number, json!("1.5"), 1),
        (&any, json!({"name": "x"}), 0),
        (&any, json!(7), 0),
        (&any, json!(true), 1),
        (&all, json!({"name": "x", "size": 1.5}), 0),
        (&all, json!({"name": "x"}), 1),
        (&all, json!({"name": "x", "size": "big"}), 1),
        (&map, json!({"a": 1}), 0),
        (&map, json!({"a": "b"}), 1),
        (&json!({"type": "other"}), json!(1), 1),
    ] {
        let found = faults(&document, schema, &value, "value");
        assert_eq!(found.len(), faulty, "{schema} {value}: {found:?}");
    }
}

/// Every content with its place: of requests, and of responses under their status.
fn contents(document: &Value) -> Vec<(String, Option<&str>, &Value)> {
    let mut found = Vec::new();
    for (method, path, operation) in operations(document) {
        let bodies = responses(document, operation).into_iter().map(|(status, response)| (Some(status), response));
        for (status, body) in bodies.chain([(None, &operation["requestBody"])]) {
            for (kind, content) in body["content"].as_object().into_iter().flatten() {
                found.push((format!("{method} {path} {} {kind}", status.unwrap_or("request")), status, content));
            }
        }
    }
    found
}

#[test]
fn every_request_and_response_has_examples_that_fit() {
    let documents = documents();
    let contents: Vec<_> = documents
        .iter()
        .flat_map(|(_, document)| {
            contents(document).into_iter().map(move |(place, _, content)| (document, place, content))
        })
        .collect();
    assert!(contents.len() > 40, "only {} contents", contents.len());
    for (document, place, content) in contents {
        let examples = content["examples"].as_object().unwrap_or_else(|| panic!("{place} has no example"));
        assert!(!examples.is_empty(), "{place} has no example");
        for (name, example) in examples {
            let faults = faults(document, &content["schema"], &example["value"], &format!("{place} {name}"));
            assert!(faults.is_empty(), "{faults:#?}");
        }
    }
}

/// Status and code of each row of a table.
fn table(text: &str) -> BTreeSet<(String, String)> {
    let cells = text.lines().map(|line| line.split('|').map(|cell| cell.trim().trim_matches('`')).collect::<Vec<_>>());
    cells
        .filter(|cells| cells.len() > 3 && cells[2].parse::<u16>().is_ok())
        .map(|cells| (cells[2].to_owned(), cells[1].to_owned()))
        .collect()
}

#[test]
fn codes_are_the_same_in_the_readme_the_schema_and_the_examples() {
    let document = document("salesforce");
    let schema = &document["components"]["schemas"]["ErrorCode"];
    let listed: BTreeSet<_> = schema["enum"].as_array().expect("codes").iter().filter_map(Value::as_str).collect();
    let documented = table(schema["description"].as_str().expect("a table"));
    assert_eq!(documented.iter().map(|(_, code)| code.as_str()).collect::<BTreeSet<_>>(), listed);
    assert_eq!(table(&read("README.md")), documented, "README.md");
    let mut shown = BTreeMap::<String, BTreeSet<String>>::new();
    for (_, status, content) in contents(&document) {
        for example in content["examples"].as_object().expect("examples").values() {
            if let (Some(status), Some(code)) = (status, example["value"]["errorCode"].as_str()) {
                shown.entry(status.to_owned()).or_default().insert(code.to_owned());
            }
        }
    }
    let shown: BTreeSet<_> = shown
        .into_iter()
        .flat_map(|(status, codes)| codes.into_iter().map(move |code| (status.clone(), code)))
        .collect();
    assert_eq!(shown, documented, "the examples");
}

#[test]
fn the_token_endpoint_shows_both_grants_and_every_error() {
    let document = document("oauth");
    let operations = operations(&document);
    let has_form =
        |operation: &Value| operation["requestBody"]["content"]["application/x-www-form-urlencoded"].is_object();
    let (_, _, operation) =
        operations.iter().find(|(_, _, operation)| has_form(operation)).expect("an endpoint with a form");
    let names =
        |content: &Value| content["examples"].as_object().expect("examples").keys().cloned().collect::<BTreeSet<_>>();
    let grants = BTreeSet::from(["client_credentials", "refresh_token"].map(str::to_owned));
    assert_eq!(names(&operation["requestBody"]["content"]["application/x-www-form-urlencoded"]), grants);
    let responses = responses(&document, operation);
    assert_eq!(names(&responses["200"]["content"]["application/json"]), grants);
    let errors = responses
        .iter()
        .filter(|(status, _)| **status != "200" && !OF_THE_GATEWAY.contains(status))
        .flat_map(|(_, response)| names(&response["content"]["application/json"]));
    let listed = document["components"]["schemas"]["TokenErrorCode"]["enum"].as_array().expect("codes");
    assert_eq!(
        errors.collect::<BTreeSet<_>>(),
        listed.iter().filter_map(|code| code.as_str().map(str::to_owned)).collect()
    );
}

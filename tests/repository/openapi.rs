//! docs/openapi.yaml is what the code says, and it is complete.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
};

use serde_json::{Value, json};

use crate::files::{manifest, read, root};

pub fn document() -> Value {
    serde_json::to_value(convene_local::openapi()).expect("JSON")
}

/// Method, path and operation of everything documented.
pub fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().expect("paths").iter();
    let operations =
        paths.flat_map(|(path, item)| item.as_object().expect("operations").iter().map(move |found| (path, found)));
    operations.map(|(path, (method, operation))| (method.to_uppercase(), path.clone(), operation)).collect()
}

/// What a value stands for, if it is a reference.
pub fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).expect(reference),
        None => value,
    }
}

/// Status and response of an operation, references followed.
pub fn responses<'a>(document: &'a Value, operation: &'a Value) -> BTreeMap<&'a str, &'a Value> {
    let responses = operation["responses"].as_object().expect("responses").iter();
    responses.map(|(status, response)| (status.as_str(), resolve(document, response))).collect()
}

#[test]
fn the_file_is_what_the_code_says() {
    const FILE: &str = "docs/openapi.yaml";
    const HINT: &str = "CONVENE_WRITE_OPENAPI=1 cargo test -p convene-tests --test repository";
    let generated = convene_local::openapi().to_yaml().expect("YAML");
    if env::var_os("CONVENE_WRITE_OPENAPI").is_some() {
        fs::write(root().join(FILE), &generated).expect("the file can be written");
    }
    assert!(root().join(FILE).exists(), "{FILE} is missing. Make it: {HINT}");
    let file = read(FILE);
    let differs = file.lines().zip(generated.lines()).position(|(file, generated)| file != generated);
    assert!(
        file == generated,
        "{FILE} is not what the code says, from line {:?} on. Make it anew: {HINT}",
        differs.map(|line| line + 1)
    );
}

#[test]
fn it_says_what_it_is() {
    let document = document();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1.")));
    let info = &document["info"];
    assert_eq!((&info["title"], &info["license"]["identifier"]), (&json!("Convene"), &json!("Apache-2.0")));
    assert!(info["description"].as_str().is_some_and(|text| text.len() > 200));
    assert!(info["version"].is_string() && info["contact"].is_null());
    let servers = document["servers"].as_array().expect("servers");
    assert_eq!(servers[0]["url"], "{TENANT_URL}");
    assert!(servers[0]["variables"]["TENANT_URL"]["default"].is_string());
    let schemes = document["components"]["securitySchemes"].as_object().expect("schemes");
    assert_eq!(schemes["bearer"]["flows"]["clientCredentials"]["tokenUrl"], "/oauth2/token");
    assert_eq!(schemes["bearer"]["flows"]["clientCredentials"]["refreshUrl"], "/oauth2/token");
    assert_eq!(schemes["bearer"]["flows"]["password"]["tokenUrl"], "/oauth2/token");
    for (scheme, header) in [("signature", "Signature"), ("signature_input", "Signature-Input")] {
        assert_eq!((&schemes[scheme]["in"], &schemes[scheme]["name"]), (&json!("header"), &json!(header)));
    }
    assert_eq!(
        (&schemes["access_token"]["scheme"], &schemes["client_basic"]["scheme"]),
        (&json!("bearer"), &json!("basic"))
    );
}

/// The routes of functions whose role may store the nonces of signed requests.
fn signed_routes() -> BTreeSet<String> {
    let manifest = manifest();
    let signed = manifest
        .functions()
        .filter(|(_, function)| function.policies.iter().any(|policy| policy == "AcceptSignedRequests"));
    signed.flat_map(|(_, function)| function.routes.iter().map(ToString::to_string)).collect()
}

fn takes_input(operation: &Value) -> bool {
    operation["requestBody"].is_object() || operation["parameters"].is_array()
}

fn takes_credentials(operation: &Value) -> bool {
    let mut needs = operation["security"].as_array().into_iter().flatten();
    needs.any(|need| need.as_object().is_some_and(|schemes| !schemes.is_empty()))
}

fn has_scopes(operation: &Value) -> bool {
    let needs = operation["security"].as_array().into_iter().flatten();
    needs.filter_map(|need| need["bearer"].as_array()).any(|scopes| !scopes.is_empty())
}

/// The schema of a response or a request in JSON, references followed.
fn schema<'a>(document: &'a Value, message: &'a Value) -> &'a Value {
    resolve(document, &message["content"]["application/json"]["schema"])
}

#[test]
fn every_operation_is_whole() {
    let document = document();
    let tags: BTreeSet<_> = document["tags"].as_array().expect("tags").iter().map(|tag| tag["name"].as_str()).collect();
    let schemes = document["components"]["securitySchemes"].as_object().expect("schemes");
    let signed_routes = signed_routes();
    let mut names = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let place = format!("{method} {path}");
        assert!(names.insert(operation["operationId"].as_str().expect("an id")), "{place}: its id is another's");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.ends_with('.')), "{place}: its summary");
        assert!(operation["description"].is_string(), "{place}: no description");
        assert!(tags.contains(&operation["tags"][0].as_str()), "{place}: its tag");
        let needs = operation["security"].as_array().unwrap_or_else(|| panic!("{place} does not say who may call it"));
        assert!(
            needs
                .iter()
                .flat_map(|need| need.as_object().expect("needs").keys())
                .all(|name| schemes.contains_key(name)),
            "{place}"
        );
        // A role that may store nonces is for requests that may be signed. They may carry a token instead.
        let with_token = needs.iter().any(|need| need["bearer"].is_array());
        let signed = needs.iter().any(|need| need["signature"].is_array() && need["signature_input"].is_array());
        let stores_nonces = signed_routes.contains(&place);
        assert_eq!((with_token, signed), (stores_nonces, stores_nonces), "{place}");
        let responses = responses(&document, operation);
        // Where nothing is sent, nothing can be wrong.
        let of_input = if takes_input(operation) { &["400", "500", "504"][..] } else { &[] };
        let of_credentials = if takes_credentials(operation) { &["401"][..] } else { &[] };
        for status in ["200", "503"].iter().chain(of_input).chain(of_credentials) {
            assert!(responses.contains_key(status), "{place} does not document {status}");
        }
        for (status, response) in responses {
            assert!(
                response["description"].as_str().is_some_and(|text| !text.is_empty()),
                "{place} {status}: no description"
            );
            let correlation = resolve(&document, &response["headers"]["x-correlation-id"]);
            assert!(correlation["schema"].is_object(), "{place} {status}: x-correlation-id");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string() && parameter["schema"].is_object(), "{place}: {parameter}");
        }
    }
}

#[test]
fn headers_that_tell_something_are_documented() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        let has = |status: &str, header: &str| {
            responses(&document, operation).get(status).is_some_and(|response| response["headers"][header].is_object())
        };
        assert!(has("503", "Retry-After"), "{method} {path}");
        assert_eq!(has("401", "WWW-Authenticate"), takes_credentials(operation), "{method} {path}");
        assert_eq!(has("403", "WWW-Authenticate"), has_scopes(operation), "{method} {path}");
        // In a list, an entry can fail alone.
        let responses = responses(&document, operation);
        let done = schema(&document, responses["200"]);
        let is_list = done["type"] == "array";
        assert_eq!(has("200", "Retry-After"), is_list, "{method} {path}");
        // The location of one meeting may ask for a Teams meeting.
        let has_location = |schema: &Value| schema["properties"]["location"].is_object();
        let may_warn = !is_list && (has_location(done) || has_location(schema(&document, &operation["requestBody"])));
        assert_eq!(has("200", "x-convene-warning"), may_warn, "{method} {path}");
        let in_progress =
            responses.get("409").is_some_and(|response| response.to_string().contains("RequestInProgress"));
        assert_eq!(has("409", "Retry-After"), in_progress, "{method} {path}");
    }
}

#[test]
fn fields_are_required_where_the_endpoint_requires_them() {
    let document = document();
    let required = |method: &str, path: &str| {
        let operation = &document["paths"][path][method];
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let schema = if schema["type"] == "array" { &schema["items"] } else { schema };
        let names = resolve(&document, schema)["required"].as_array().expect("required fields");
        (
            operation["requestBody"]["required"].as_bool().unwrap_or(false),
            names.iter().map(|name| name.as_str().expect("a name")).collect::<BTreeSet<_>>(),
        )
    };
    let meeting = "/api/salesforce/scheduler/meeting";
    let all = ["id", "organizerEmail", "attendees", "body", "subject", "startTime", "endTime", "location"];
    assert_eq!(required("post", meeting), (true, all.into()));
    assert_eq!(required("patch", meeting), (true, ["id", "organizerEmail"].into()));
    assert_eq!(required("delete", meeting), (false, ["id", "organizerEmail"].into()));
    assert_eq!(required("post", "/api/salesforce/scheduler/availability"), (true, ["email"].into()));
    let parameters = |method: &str, path: &str| {
        let parameters = document["paths"][path][method]["parameters"].as_array().expect("parameters").clone();
        parameters
            .into_iter()
            .filter(|parameter| parameter["required"] == true)
            .map(|parameter| parameter["name"].clone())
            .collect::<Vec<_>>()
    };
    let postback = "/api/salesforce/scheduler/postback";
    assert_eq!(required("post", postback), (true, all.into()));
    assert_eq!(required("put", postback), (true, ["original", "new"].into()));
    assert_eq!(required("delete", postback), (false, ["id", "organizerEmail"].into()));
    assert_eq!(parameters("get", meeting), ["id", "organizerEmail"]);
    for path in [meeting, postback] {
        assert_eq!(parameters("delete", path), Vec::<Value>::new());
    }
    assert_eq!(parameters("post", "/api/salesforce/scheduler/availability"), ["from", "to"]);
}

//! docs/openapi/<family>.yaml is what the code says, and it is complete.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
};

use serde_json::{Value, json};

use crate::files::{files, manifest, read, root};

/// What the gateway in front answers in a function's place.
pub const OF_THE_GATEWAY: [&str; 3] = ["413", "429", "431"];

/// Each family's document, by the family's name.
pub fn documents() -> Vec<(&'static str, Value)> {
    let documents = convene_local::documents().into_iter();
    documents.map(|(family, document)| (family, serde_json::to_value(document).expect("JSON"))).collect()
}

/// The document of a family.
pub fn document(family: &str) -> Value {
    let found = documents().into_iter().find(|(name, _)| *name == family);
    found.unwrap_or_else(|| panic!("{family} has no document")).1
}

/// The operation of a route, with its document.
pub fn operation<'a>(documents: &'a [(&str, Value)], method: &str, path: &str) -> (&'a Value, &'a Value) {
    let found = documents.iter().find_map(|(_, document)| {
        let operation = document["paths"].get(path)?.get(method.to_lowercase())?;
        Some((document, operation))
    });
    found.unwrap_or_else(|| panic!("{method} {path} is not described"))
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
fn the_files_are_what_the_code_says() {
    const HINT: &str = "CONVENE_WRITE_OPENAPI=1 cargo test -p convene-tests --test repository";
    let documents = convene_local::documents();
    let files = files("docs/openapi", "yaml");
    let described: Vec<_> = files.iter().filter_map(|file| file.file_stem()?.to_str()).collect();
    let families: BTreeSet<_> = documents.iter().map(|(family, _)| *family).collect();
    assert!(described.iter().all(|family| families.contains(family)), "{described:?} are not all families");
    for (family, document) in documents {
        let path = format!("docs/openapi/{family}.yaml");
        let generated = convene_local::to_yaml(&document).expect("YAML");
        if env::var_os("CONVENE_WRITE_OPENAPI").is_some() {
            fs::write(root().join(&path), &generated).expect("the file can be written");
        }
        assert!(root().join(&path).exists(), "{path} is missing. Make it: {HINT}");
        let file = read(&path);
        let differs = file.lines().zip(generated.lines()).position(|(file, generated)| file != generated);
        assert!(
            file == generated,
            "{path} is not what the code says, from line {:?} on. Make it anew: {HINT}",
            differs.map(|line| line + 1)
        );
    }
}

#[test]
fn a_document_says_what_it_is() {
    for (family, document) in documents() {
        assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1.")));
        let info = &document["info"];
        assert!(info["title"].as_str().is_some_and(|title| title.starts_with("Convene: ")), "{family}");
        assert_eq!(info["license"]["identifier"], "Apache-2.0", "{family}");
        assert!(info["description"].as_str().is_some_and(|text| text.len() > 100), "{family}");
        assert!(info["version"].is_string() && info["contact"].is_null(), "{family}");
        let servers = document["servers"].as_array().expect("servers");
        assert_eq!(servers[0]["url"], "{TENANT_URL}", "{family}");
        assert!(servers[0]["variables"]["TENANT_URL"]["default"].is_string(), "{family}");
    }
    let oauth = document("oauth");
    assert_eq!(oauth["components"]["securitySchemes"]["client_basic"]["scheme"], "basic");
}

#[test]
fn tokens_and_signatures_are_described_where_they_are_accepted() {
    for (family, document) in documents() {
        let schemes = &document["components"]["securitySchemes"];
        let is_used = operations(&document).iter().any(|(.., operation)| has_scopes(operation));
        assert_eq!(schemes["bearer"].is_object(), is_used, "{family}");
        if !is_used {
            continue;
        }
        let flows = &schemes["bearer"]["flows"];
        assert_eq!(flows["clientCredentials"]["tokenUrl"], "/oauth2/token");
        assert_eq!(flows["clientCredentials"]["refreshUrl"], "/oauth2/token");
        assert_eq!(flows["password"]["tokenUrl"], "/oauth2/token");
        for (scheme, header) in [("signature", "Signature"), ("signature_input", "Signature-Input")] {
            assert_eq!((&schemes[scheme]["in"], &schemes[scheme]["name"]), (&json!("header"), &json!(header)));
        }
        assert_eq!(schemes["access_token"]["scheme"], "bearer");
    }
}

/// Every value of a member of this name, however deep.
fn collect<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get(name));
            members.values().for_each(|value| collect(value, name, found));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, name, found)),
        _ => {}
    }
}

#[test]
fn what_a_document_refers_to_is_in_it() {
    for (family, document) in documents() {
        let (mut securities, mut references) = (Vec::new(), Vec::new());
        collect(&document["paths"], "security", &mut securities);
        collect(&document, "$ref", &mut references);
        let requirements = securities.into_iter().filter_map(Value::as_array).flatten().filter_map(Value::as_object);
        for scheme in requirements.flat_map(|requirement| requirement.keys()) {
            let defined = &document["components"]["securitySchemes"][scheme];
            assert!(defined.is_object(), "{family}: {scheme} is not defined");
        }
        for reference in references.into_iter().filter_map(Value::as_str) {
            let pointer = reference.trim_start_matches('#');
            assert!(document.pointer(pointer).is_some(), "{family}: {reference} leads nowhere");
        }
    }
}

/// The routes of functions whose role may store the nonces of signed requests.
fn signed_routes() -> BTreeSet<String> {
    let manifest = manifest();
    let signed = manifest
        .functions()
        .filter(|(_, function)| function.policies.iter().any(|policy| policy == "AcceptSignedRequests"));
    signed.flat_map(|(_, function)| function.routes.iter().map(ToString::to_string)).collect()
}

fn is_success(status: &str) -> bool {
    status.starts_with(['2', '3'])
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
    let (signed_routes, mut names) = (signed_routes(), BTreeSet::new());
    for (_, document) in documents() {
        assert_operations_are_whole(&document, &signed_routes, &mut names);
    }
}

fn assert_operations_are_whole(document: &Value, signed_routes: &BTreeSet<String>, names: &mut BTreeSet<String>) {
    let tags: BTreeSet<_> = document["tags"].as_array().expect("tags").iter().map(|tag| tag["name"].as_str()).collect();
    let schemes = &document["components"]["securitySchemes"];
    for (method, path, operation) in operations(document) {
        let place = format!("{method} {path}");
        assert!(
            names.insert(operation["operationId"].as_str().expect("an id").to_owned()),
            "{place}: its id is another's"
        );
        assert!(operation["summary"].as_str().is_some_and(|text| !text.ends_with('.')), "{place}: its summary");
        assert!(operation["description"].is_string(), "{place}: no description");
        assert!(tags.contains(&operation["tags"][0].as_str()), "{place}: its tag");
        let needs = operation["security"].as_array().unwrap_or_else(|| panic!("{place} does not say who may call it"));
        assert!(
            needs.iter().flat_map(|need| need.as_object().expect("needs").keys()).all(|name| schemes[name].is_object()),
            "{place}"
        );
        // A role that may store nonces is for requests that may be signed. They may carry a token instead.
        let with_token = needs.iter().any(|need| need["bearer"].is_array());
        let signed = needs.iter().any(|need| need["signature"].is_array() && need["signature_input"].is_array());
        let stores_nonces = signed_routes.contains(&place);
        assert_eq!((with_token, signed), (stores_nonces, stores_nonces), "{place}");
        let responses = responses(document, operation);
        assert!(responses.keys().any(|status| is_success(status)), "{place} documents no success");
        // Where nothing is sent, nothing can be wrong. Credentials are looked up in services that can fail.
        let of_input = if takes_input(operation) { &["400"][..] } else { &[] };
        let of_credentials = if takes_credentials(operation) { &["401", "500", "503", "504"][..] } else { &[] };
        for status in of_input.iter().chain(of_credentials) {
            assert!(responses.contains_key(status), "{place} does not document {status}");
        }
        for status in OF_THE_GATEWAY {
            let applies = status != "413" || operation["requestBody"].is_object();
            assert_eq!(responses.contains_key(status), applies, "{place}: {status}");
        }
        for (status, response) in responses {
            assert!(
                response["description"].as_str().is_some_and(|text| !text.is_empty()),
                "{place} {status}: no description"
            );
            // Only a function adds it. A response that is not the shared one is a function's as well.
            let correlation = resolve(document, &response["headers"]["x-correlation-id"]);
            let is_shared = operation["responses"][status]["$ref"].is_string();
            assert_eq!(
                correlation["schema"].is_null(),
                OF_THE_GATEWAY.contains(&status) && is_shared,
                "{place} {status}: x-correlation-id"
            );
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string() && parameter["schema"].is_object(), "{place}: {parameter}");
        }
    }
}

fn has_header(document: &Value, operation: &Value, status: &str, header: &str) -> bool {
    responses(document, operation).get(status).is_some_and(|response| response["headers"][header].is_object())
}

#[test]
fn headers_that_tell_something_are_documented() {
    for (_, document) in documents() {
        for (method, path, operation) in operations(&document) {
            let has = |status: &str, header: &str| has_header(&document, operation, status, header);
            let is_documented = responses(&document, operation).contains_key("503");
            assert_eq!(has("503", "Retry-After"), is_documented, "{method} {path}");
            assert_eq!(has("401", "WWW-Authenticate"), takes_credentials(operation), "{method} {path}");
            assert_eq!(has("403", "WWW-Authenticate"), has_scopes(operation), "{method} {path}");
            // A body may be compressed, by gzip alone.
            let has_body = operation["requestBody"].is_object();
            assert_eq!(has("415", "Accept-Encoding"), has_body, "{method} {path}");
        }
    }
}

#[test]
fn headers_of_lists_warnings_and_conflicts_are_documented() {
    let document = document("salesforce");
    for (method, path, operation) in operations(&document) {
        let has = |status: &str, header: &str| has_header(&document, operation, status, header);
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
fn answers_with_a_booking_document_its_warning() {
    let document = document("nylas");
    for (method, path, operation) in operations(&document) {
        let is_about_a_booking = path.starts_with("/v3/scheduling/bookings") && method != "DELETE";
        let is_documented = has_header(&document, operation, "200", "x-convene-warning");
        assert_eq!(is_documented, is_about_a_booking, "{method} {path}");
    }
}

#[test]
fn fields_are_required_where_the_endpoint_requires_them() {
    let document = document("salesforce");
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

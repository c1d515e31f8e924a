//! What is generated, in a copy of this checkout's files.

use std::{fs, path::Path};

use convene_manifest::Repository;
use serde_json::{Value, json};
use tempfile::TempDir;

const FILES: [&str; 5] = ["template.yaml", "Cargo.toml", "local/Cargo.toml", "README.md", "docs/deploying.md"];
const SALESFORCE: &str = "functions/salesforce/functions.yaml";
const OAUTH: &str = "functions/oauth/functions.yaml";
const OPERATIONS: &str = "functions/operations/functions.yaml";

struct Checkout(TempDir);

impl Checkout {
    fn copy() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the checkout");
        let folder = TempDir::new().expect("a folder");
        let entries = |folder: &str| {
            let entries = fs::read_dir(root.join(folder)).expect(folder);
            entries.map(|entry| entry.expect("an entry").path())
        };
        let of_families = ["functions.yaml", "src/routes.rs"];
        let families = entries("functions").flat_map(|family| of_families.map(|file| family.join(file)));
        let families = families.filter(|file| file.exists());
        let files = FILES
            .iter()
            .map(|file| root.join(file))
            .chain(entries("events"))
            .chain(entries("docs/openapi"))
            .chain(families);
        for file in files {
            let target = folder.path().join(file.strip_prefix(root).expect("a file of the checkout"));
            fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
            fs::copy(file, target).expect("a copy");
        }
        Self(folder)
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.path().join(file)).expect(file)
    }

    fn replace(&self, file: &str, old: &str, new: &str) {
        let text = self.read(file);
        assert!(text.contains(old), "{file} does not have {old}");
        fs::write(self.0.path().join(file), text.replace(old, new)).expect(file);
    }

    fn differences(&self) -> Vec<String> {
        Repository::load(self.0.path()).and_then(|repository| repository.differences()).expect("differences")
    }

    fn write(&self) -> Vec<String> {
        Repository::load(self.0.path()).and_then(|repository| repository.write()).expect("written")
    }

    fn error(&self) -> String {
        Repository::load(self.0.path()).err().expect("an error").to_string()
    }
}

#[test]
fn a_new_function_is_named_where_it_is_missing() {
    let checkout = Checkout::copy();
    // Its name alone is new, for a route that is described.
    checkout.replace(OPERATIONS, "- name: get-health\n", "- name: get-status\n");
    let differences = checkout.differences();
    for expected in [
        "events/get-status.json is missing",
        "functions/operations/functions.yaml has get-status, template.yaml does not",
        "functions/operations/functions.yaml has get-status, Cargo.toml does not",
        "no functions.yaml has what template.yaml has: CodeUri: target/lambda/get-health/",
    ] {
        assert!(differences.iter().any(|difference| difference == expected), "{expected}: {differences:#?}");
    }
    assert_eq!(checkout.write(), ["events/get-status.json", "template.yaml", "Cargo.toml"]);
    assert_eq!(checkout.differences(), Vec::<String>::new());
    assert!(checkout.read("template.yaml").contains("  GetStatusRole: # looks for"));
    assert!(checkout.read("Cargo.toml").contains(r#"{ function = "get-status", method = "GET" }"#));
}

#[test]
fn a_removed_function_is_named_where_it_is_left() {
    let checkout = Checkout::copy();
    let manifest = checkout.read(SALESFORCE);
    let entry = manifest.split("\n\n").find(|entry| entry.contains("name: get-meeting\n")).expect("an entry");
    checkout.replace(SALESFORCE, &format!("{entry}\n\n"), "");
    let differences = checkout.differences();
    for file in ["template.yaml", "Cargo.toml", "README.md"] {
        let is_about_file =
            |difference: &&String| difference.starts_with(&format!("no functions.yaml has what {file} has: "));
        let named = differences.iter().find(is_about_file).unwrap_or_else(|| panic!("{file}: {differences:#?}"));
        assert!(named.contains("get-meeting") || named.contains("GET /api/salesforce/scheduler/meeting"), "{named}");
    }
}

#[test]
fn a_change_is_named_by_its_function() {
    let checkout = Checkout::copy();
    checkout.replace(OPERATIONS, "timeout: 60", "timeout: 61");
    assert_eq!(
        checkout.differences(),
        ["functions/operations/functions.yaml and template.yaml disagree about check-tenant"]
    );
    assert_eq!(checkout.write(), ["template.yaml"]);
    assert!(checkout.read("template.yaml").contains("Timeout: 61"));
}

#[test]
fn kinds_of_keys_become_patterns() {
    let checkout = Checkout::copy();
    checkout.replace(OPERATIONS, "keys: lease", r#"keys: [lease, "*#sessions", "@host#*"]"#);
    assert_eq!(checkout.write(), ["template.yaml"]);
    let pattern = r#"dynamodb:LeadingKeys: ["*#lease#*", "*#sessions", "@host#*"]"#;
    assert!(checkout.read("template.yaml").contains(pattern));
}

/// The description is generated from code that needs `Cargo.toml` first.
#[test]
fn an_endpoint_without_a_description_is_generated_as_far_as_possible() {
    let checkout = Checkout::copy();
    checkout.replace(OPERATIONS, "GET /health, HEAD /health", "GET /status");
    let expected = "functions/operations/functions.yaml has GET /status, docs/openapi/operations.yaml does not";
    assert_eq!(checkout.differences().first().map(String::as_str), Some(expected));
    assert_eq!(checkout.write(), ["template.yaml", "Cargo.toml", "README.md"]);
    assert_eq!(checkout.differences(), [expected]);
}

#[test]
fn what_cannot_be_generated_says_where_and_why() {
    for (file, old, new, error) in [
        (OPERATIONS, "keys: lease", "keis: lease", "functions/operations/functions.yaml: "),
        (OPERATIONS, "GET /health", "GET health", "functions/operations/functions.yaml: "),
        (OPERATIONS, "HEAD /health", "GET /health", "GET /health is already in functions/operations"),
        (OPERATIONS, "invoked_by: an operator", "routes: []", "must have either routes or invoked_by"),
        (OPERATIONS, "routes: [GET", "cors: true\n    routes: [GET", "get-health: cors: the family must have a prefix"),
        (OPERATIONS, "name: erase-tenant", "name: oauth-fallback", "oauth-fallback is already in functions/oauth"),
        (OAUTH, "prefix: /oauth2", "prefix: oauth2/", "prefix: must be the beginning of a path"),
        (OAUTH, "prefix: /oauth2", "prefix: /oauth", "issue-token: its paths must be below the prefix"),
        (OPERATIONS, "- name: get-health", "- name: get-meeting", "get-meeting is already in functions/operations"),
        (OPERATIONS, "[GrantsTable]", "[Grants]", "provision-tenant: template.yaml has no table Grants"),
        (SALESFORCE, "[ReachMicrosoft,", "[Reach,", "schedule-meeting: template.yaml has no managed policy Reach"),
        (
            OAUTH,
            "[REFRESH",
            "[TENANT_DOMAIN, REFRESH",
            "issue-token: variables: TENANT_DOMAIN follows from the policies",
        ),
        ("README.md", "end generated: endpoints", "", "README.md: must have the line “end generated: endpoints” once"),
    ] {
        let checkout = Checkout::copy();
        checkout.replace(file, old, new);
        let repository = Repository::load(checkout.0.path()).and_then(|repository| repository.differences());
        let found = repository.expect_err("an error").to_string();
        assert!(found.contains(error), "{found}");
    }
    let checkout = Checkout::copy();
    checkout.replace(OPERATIONS, "name: operations", "name: other");
    assert!(checkout.error().ends_with("name: must be the folder's, operations"), "{}", checkout.error());
}

/// What authentication reads is never listed by hand, so no endpoint can lack it.
#[test]
fn the_variables_of_authentication_follow_from_the_policies() {
    const BOTH: &[&str] = &["SINGLE_TENANT", "TENANT_DOMAIN"];
    for (policies, expected) in [
        ("ReachMicrosoft, AcceptSignedRequests", BOTH),
        ("AuthenticateCallers, AcceptSignedRequests", BOTH),
        ("AuthenticateCallers", &["TENANT_DOMAIN"]),
        ("ReachMicrosoft", &[]),
    ] {
        let checkout = Checkout::copy();
        checkout.replace(SALESFORCE, "[ReachMicrosoft, AcceptSignedRequests]", &format!("[{policies}]"));
        checkout.write();
        let template = checkout.read("template.yaml");
        let function = template.split("CodeUri: target/lambda/get-availability/").nth(1).expect("the function");
        let function = function.split("    Type:").next().expect("its properties");
        let given: Vec<_> = BOTH.iter().filter(|name| function.contains(&format!("{name}: !Ref"))).collect();
        assert_eq!(given, expected.iter().collect::<Vec<_>>(), "{policies}: {function}");
    }
}

#[test]
fn a_prefix_gives_a_family_a_fallback_and_the_list_of_its_routes() {
    let checkout = Checkout::copy();
    let routes = "functions/operations/src/routes.rs";
    checkout.replace(OPERATIONS, "GET /health, HEAD /health", "GET /operations/health, HEAD /operations/health");
    checkout.replace(OPERATIONS, "title: what operators", "prefix: /operations\ntitle: what operators");
    checkout.replace(OPERATIONS, "    routes: [GET", "    cors: true\n    routes: [GET");
    let differences = checkout.differences();
    for expected in [
        "events/operations-fallback.json is missing",
        "functions/operations/functions.yaml has operations-fallback, template.yaml does not",
        "functions/operations/functions.yaml has operations-fallback, Cargo.toml does not",
        "functions/operations/src/routes.rs has other routes than functions.yaml",
    ] {
        assert!(differences.iter().any(|difference| difference == expected), "{expected}: {differences:#?}");
    }
    checkout.write();
    assert!(
        checkout.read(routes).contains(r#"method: "HEAD", path: "/operations/health", cors: Some(&crate::cors::CORS)"#)
    );
    let template = checkout.read("template.yaml");
    assert!(template.contains(r#"Method: ANY, Path: "/operations/{proxy+}""#), "{template}");
    assert!(template.contains("Method: HEAD, Path: /operations/health"), "{template}");
    assert!(checkout.read("Cargo.toml").contains(r#""/operations/{*proxy}" = "operations-fallback""#));
    let event: Value = serde_json::from_str(&checkout.read("events/operations-fallback.json")).expect("JSON");
    assert_eq!(
        (&event["routeKey"], &event["rawPath"]),
        (&"ANY /operations/{proxy+}".into(), &"/operations/unknown".into())
    );
    assert!(!checkout.read("README.md").contains("fallback"));
}

#[test]
fn an_event_is_made_from_the_documented_example() {
    let checkout = Checkout::copy();
    for function in ["get-meeting", "get-availability", "schedule-meeting", "issue-token", "erase-tenant"] {
        fs::remove_file(checkout.0.path().join(format!("events/{function}.json"))).expect("an event");
    }
    assert_eq!(checkout.write().len(), 5);
    let event = |function: &str| checkout.read(&format!("events/{function}.json"));
    for function in ["get-meeting", "get-availability", "schedule-meeting", "issue-token"] {
        let parsed: Value = serde_json::from_str(&event(function)).expect("JSON");
        let length = parsed["body"].as_str().map(str::len);
        assert_eq!(
            (parsed["version"].as_str(), length.is_none()),
            (Some("2.0"), function == "get-meeting"),
            "{function}"
        );
    }
    assert!(event("get-meeting").contains("organizerEmail=organizer%40contoso.com"));
    assert!(event("get-availability").contains("Bearer ACCESS_TOKEN"));
    let token: Value = serde_json::from_str(&event("issue-token")).expect("JSON");
    assert_eq!((&token["isBase64Encoded"], &token["headers"]["authorization"]), (&true.into(), &Value::Null));
    assert_eq!(event("erase-tenant"), "{}\n");
}

#[test]
fn variables_of_a_path_get_their_documented_examples() {
    let checkout = Checkout::copy();
    let (path, with_variable) =
        ("/api/salesforce/scheduler/availability", "/api/salesforce/scheduler/availability/{from}");
    checkout.replace(
        "functions/salesforce/functions.yaml",
        &format!("[POST {path}]"),
        &format!("[\"POST {with_variable}\"]"),
    );
    let document = "docs/openapi/salesforce.yaml";
    checkout.replace(document, &format!("  {path}:\n"), &format!("  {with_variable}:\n"));
    checkout.replace(document, "name: from\n        in: query", "name: from\n        in: path");
    let file = "events/get-availability.json";
    fs::remove_file(checkout.0.path().join(file)).expect("an event");
    checkout.write();
    let event: Value = serde_json::from_str(&checkout.read(file)).expect("JSON");
    let filled = format!("{path}/2020-10-15T00:00:00Z");
    assert_eq!((&event["rawPath"], &event["requestContext"]["http"]["path"]), (&json!(filled), &json!(filled)));
    assert_eq!(event["routeKey"], format!("POST {with_variable}"));
    assert_eq!(event["pathParameters"], json!({"from": "2020-10-15T00:00:00Z"}));
    assert_eq!(event["queryStringParameters"], json!({"to": "2020-10-17T12:00:00Z"}));
}

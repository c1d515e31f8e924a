//! The examples of the API's description are requests that work, and its successes what they are answered with.

use std::collections::BTreeSet;

use convene_tests::{
    InProcess,
    endpoints::{ApiKeys, Endpoint, endpoints},
    nylas::salt,
};
use serde_json::{Value, json};

use crate::openapi::{documents, operation};

/// Texts of the examples that are random in answers, and what an answer had instead.
type Substitutions = Vec<(String, String)>;

#[test]
fn the_documented_examples_work() {
    let functions = InProcess::start();
    let documents = documents();
    let mut substitutions = Substitutions::new();
    // The order of a family's functions is that of the life of a meeting, or of a configuration.
    let is_tried = |endpoint: &Endpoint| endpoint.takes_access_tokens || endpoint.api_keys != ApiKeys::NotTaken;
    for endpoint in endpoints().into_iter().filter(is_tried) {
        let (method, path, binary) = (&endpoint.route.method, &endpoint.route.path, endpoint.function.name.as_str());
        let (_, operation) = operation(&documents, method, path);
        for (name, body) in bodies(operation) {
            let own = if binary == "decide-booking" { pending(&functions, &body) } else { substitutions.clone() };
            let event = substituted(&event(&functions, &endpoint, &body), &own);
            let answer = functions.invoke(binary, &event);
            assert!((200..400).contains(&answer.status), "{binary} {name}: {answer:?}");
            let response = &operation["responses"][answer.status.to_string()];
            assert!(response.is_object(), "{binary} {name} documents no {}", answer.status);
            let Some(content) = response["content"].get("application/json") else { continue };
            let answer = answer.json();
            // Of the same name, where answers differ.
            let examples = &content["examples"];
            let expected = &examples.get(name).unwrap_or(&examples["documented"])["value"];
            assert_eq!(fields(&answer), fields(expected), "{binary} {name}");
            assert_eq!(fields(&answer["data"]), fields(&expected["data"]), "{binary} {name}");
            for id in ["booking_id", "session_id"] {
                if let (Some(example), Some(actual)) = (expected["data"][id].as_str(), answer["data"][id].as_str()) {
                    substitutions.push((example.to_owned(), actual.to_owned()));
                }
            }
        }
    }
}

/// Names and values of an operation's example bodies.
fn bodies(operation: &Value) -> Vec<(&str, Value)> {
    let bodies = operation["requestBody"]["content"]["application/json"]["examples"].as_object();
    bodies.map_or_else(
        || vec![("documented", Value::Null)],
        |examples| examples.iter().map(|(name, example)| (name.as_str(), example["value"].clone())).collect(),
    )
}

fn event(functions: &InProcess, endpoint: &Endpoint, body: &Value) -> Value {
    let url = reqwest::Url::parse_with_params("http://localhost/", &endpoint.query).expect("a URL");
    let mut event = functions.event(&endpoint.function.name);
    event["rawPath"] = json!(endpoint.path);
    event["rawQueryString"] = json!(url.query());
    event["body"] = if body.is_null() { Value::Null } else { json!(body.to_string()) };
    event
}

fn substituted(event: &Value, substitutions: &Substitutions) -> Value {
    let text = substitutions.iter().fold(event.to_string(), |text, (example, actual)| text.replace(example, actual));
    serde_json::from_str(&text).expect("an event")
}

/// The names of an object's fields, or of those of a list's first entry.
fn fields(value: &Value) -> Option<BTreeSet<String>> {
    let value = value.get(0).unwrap_or(value);
    value.as_object().map(|fields| fields.keys().cloned().collect())
}

/// Makes a booking that waits for its organizer. Its id, that of its configuration and the salt of the organizer's link stand for
/// those of the example.
fn pending(functions: &InProcess, decision: &Value) -> Substitutions {
    let data = |function: &str, event: &Value| functions.invoke(function, event).expect_ok()["data"].take();
    let endpoints = endpoints();
    let endpoint = |name: &str| endpoints.iter().find(|endpoint| endpoint.function.name == name).expect("an endpoint");
    let (create, book) = (endpoint("create-configuration"), endpoint("create-booking"));
    let mut wanted = create.body.clone().expect("an example");
    let example = wanted.as_object_mut().expect("an object").remove("id").expect("an id");
    wanted["event_booking"] = json!({"title": "To be decided", "booking_type": "organizer-confirmation"});
    wanted["scheduler"]["organizer_confirmation_url"] = json!("https://book.example.com/confirm/:booking_ref");
    let configuration = data("create-configuration", &event(functions, create, &wanted));
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let mut substitutions = vec![(text(&example), text(&configuration["id"]))];

    let mut wanted = book.body.clone().expect("an example");
    for time in ["start_time", "end_time"] {
        wanted[time] = json!(wanted[time].as_i64().expect("a time") + 86_400);
    }
    let booked = data("create-booking", &substituted(&event(functions, book, &wanted), &substitutions));
    let events = functions.run(async {
        functions.backends().outlook("contoso").await.events(&text(&booked["organizer"]["email"])).await
    });
    let event = events.iter().find(|event| event["id"] == booked["event_id"]).expect("the event");
    let decide = endpoint("decide-booking").path.rsplit('/').next().expect("an id").to_owned();
    substitutions.push((decide, text(&booked["booking_id"])));
    substitutions.push((text(&decision["salt"]), salt(event, "/confirm/").expect("the organizer's link")));
    substitutions
}

//! Variables of paths with any content, and endpoints that need no credential with any content.

use convene::{
    Problem,
    edge::{ApiError, Endpoint, Request, Response},
    problem::Kind,
};
use convene_tests::events;
use proptest::{prelude::*, test_runner::TestCaseError};
use serde_json::{Map, Value, json};

use crate::{
    checks::{Expected, for_all, verdict},
    documents::put_bytes,
    functions::{Functions, OPEN, WITH_VARIABLES},
    noise::{any_bytes, any_headers, any_query, any_text},
};

/// A segment of a path as API Gateway passes it on, decoded.
fn segment() -> impl Strategy<Value = String> {
    let hostile = [
        ".",
        "..",
        "../..",
        "a/b",
        "/",
        "\\",
        "%2e%2e",
        "%2F",
        "%",
        "%zz",
        "+",
        "{name}",
        "{proxy+}",
        "*",
        "?x=y",
        "#",
        "a;b=c",
        "\0",
        "\r\nset-cookie: a=b",
        "http://other/",
        "@",
        ":",
        "null",
        "-1",
    ];
    prop_oneof![
        2 => prop::sample::select(hostile.to_vec()).prop_map(str::to_owned),
        2 => any_text(),
        1 => (1..10_240_usize).prop_map(|length| "x".repeat(length)),
    ]
}

/// The event with another value for each variable of its path. `in_path`: whether the path of the event has it too; a path that is
/// not a URL is refused before the endpoint gets it.
fn with_segments(mut event: Value, segment: &str, in_path: bool) -> Value {
    let mut path = event["rawPath"].as_str().expect("a path").to_owned();
    for value in event["pathParameters"].as_object_mut().expect("variables").values_mut() {
        path = path.replace(value.as_str().expect("text"), segment);
        *value = json!(segment);
    }
    if in_path {
        event["rawPath"] = json!(path);
        event["requestContext"]["http"]["path"] = json!(path);
    }
    event
}

/// What is wrong with an endpoint whose path has variables, if anything is.
fn check_variables(functions: &Functions, function: &str, event: &Value) -> Result<(), TestCaseError> {
    let fails =
        |event: &Value, wrong: &str| TestCaseError::fail(format!("{function}: {wrong}: {}", event["pathParameters"]));
    for variables in [json!(null), json!({}), json!({"another": "x"}), json!([]), json!({"name": null})] {
        let mut event = event.clone();
        event["pathParameters"] = variables;
        let answer = functions.invoke(function, &event);
        verdict(&answer, Expected::NoFault).map_err(|wrong| fails(&event, &wrong))?;
        if !(400..500).contains(&answer.status) {
            return Err(fails(&event, &format!("answers {} without its variables", answer.status)));
        }
    }
    let mut event = event.clone();
    event.as_object_mut().expect("an event").remove("pathParameters");
    let answer = functions.invoke(function, &event);
    verdict(&answer, Expected::NoFault).map_err(|wrong| fails(&event, &wrong))
}

#[test]
fn variables_of_a_path_may_be_anything_and_missing() {
    let functions = Functions::start();
    for function in WITH_VARIABLES.iter().copied() {
        let event = functions.event(function);
        let checked = check_variables(&functions, function, &event);
        assert!(checked.is_ok(), "{checked:?}");
        for_all(150, (segment(), any::<bool>()), |(segment, in_path)| {
            let answer = functions.invoke(function, &with_segments(event.clone(), &segment, in_path));
            verdict(&answer, Expected::NoFault).map_err(|wrong| TestCaseError::fail(format!("{function}: {wrong}")))
        });
    }
}

#[test]
fn endpoints_without_credentials_answer_any_content() {
    let functions = Functions::start();
    let inputs = (prop::sample::select(OPEN.to_vec()), any_query(), any_headers(), any_bytes(), any::<bool>());
    let property = |(function, query, headers, body, has_body): (&str, String, Map<String, Value>, Vec<u8>, bool)| {
        let mut event = functions.event(function);
        event["rawQueryString"] = json!(query);
        event["headers"] = Value::Object(headers);
        if has_body {
            put_bytes(&mut event, &body);
        }
        let answer = functions.invoke(function, &event);
        verdict(&answer, Expected::NoFault).map_err(|wrong| TestCaseError::fail(format!("{function}: {wrong}")))
    };
    for_all(300, inputs, property);
}

struct Refusal(Problem);

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl ApiError for Refusal {
    fn into_response(self, _request: &Request) -> Response {
        Response::json(self.0.kind.status(), &json!({"message": self.0.message}))
    }
}

/// The checks pass an endpoint that refuses a path without its variable, and find one that relies on it.
#[test]
fn an_endpoint_that_relies_on_its_variable_is_found() {
    const NAME: &str = "made-up-endpoint";
    let mut event = events::sample("get-health");
    event["rawPath"] = json!("/made-up/ada");
    event["pathParameters"] = json!({"name": "ada"});
    let greeting = |name: &str| Response::json(200, &json!({"message": format!("Hello, {name}!")}));
    let careful = Functions::with(Endpoint::new(NAME, move |request| async move {
        let name = request.path_parameter("name").filter(|name| *name == "ada");
        let missing = || Refusal(Problem::new(Kind::UnknownPath, "There is no such person."));
        name.map(greeting).ok_or_else(missing)
    }));
    assert!(check_variables(&careful, NAME, &event).is_ok());
    assert_eq!(careful.invoke(NAME, &event).status, 200);
    for_all(50, (segment(), any::<bool>()), |(segment, in_path)| {
        let answer = careful.invoke(NAME, &with_segments(event.clone(), &segment, in_path));
        prop_assert!([400, 404].contains(&answer.status), "{answer:?}");
        Ok(())
    });
    let careless = Functions::with(Endpoint::new(NAME, move |request| async move {
        Ok::<_, Refusal>(greeting(request.path_parameter("name").expect("a name")))
    }));
    assert!(check_variables(&careless, NAME, &event).is_err());
}

//! Bodies that are no request.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    checks::{Expected, for_all},
    documents::{document, put_bytes, spoiled},
    functions::{Functions, WITH_BODY, WITH_LIST, WITH_TOKEN},
    noise::{any_bytes, any_json},
};

/// Any list is a request for availability: its entries fail by themselves.
fn is_a_list(function: &str, body: &[u8]) -> bool {
    WITH_LIST.contains(&function) && convene::edge::json::<Value>(body).is_ok_and(|body| body.is_array())
}

fn function() -> impl Strategy<Value = &'static str> {
    prop::sample::select(WITH_TOKEN.to_vec())
}

/// The event of a call with this body, and no query where that would be a request by itself.
fn with_body(functions: &Functions, function: &str, body: &[u8]) -> Value {
    let mut event = functions.event(function);
    if !WITH_BODY.contains(&function) {
        event["rawQueryString"] = json!("");
    }
    put_bytes(&mut event, body);
    event
}

#[test]
fn arbitrary_bytes_are_refused() {
    let functions = Functions::start();
    let property = |(function, body): (&str, Vec<u8>)| {
        prop_assume!(!is_a_list(function, &body));
        functions.refuses(function, &with_body(&functions, function, &body), Expected::BadRequest)
    };
    for_all(400, (function(), any_bytes()), property);
}

#[test]
fn arbitrary_json_is_refused() {
    let functions = Functions::start();
    let property = |(function, body): (&str, Value)| {
        prop_assume!(!WITH_LIST.contains(&function) || !body.is_array());
        let body = body.to_string();
        functions.refuses(function, &with_body(&functions, function, body.as_bytes()), Expected::BadRequest)
    };
    for_all(300, (function(), any_json()), property);
}

#[test]
fn a_documented_body_with_one_fault_is_refused() {
    let functions = Functions::start();
    let property = |(function, body): (&str, Vec<u8>)| {
        functions.refuses(function, &with_body(&functions, function, &body), Expected::BadRequest)
    };
    for_all(1200, spoiled(), property);
}

/// A document with each of the objects at these pointers as the list of its values, in the documented order.
fn without_names(body: &Value, pointers: &[&str]) -> Value {
    let mut body = body.clone();
    for pointer in pointers {
        let object = body.pointer_mut(pointer).expect("an object");
        let names = ["id", "organizerEmail", "attendees", "body", "subject", "startTime", "endTime", "location"];
        let names = names.iter().chain(&["email", "isRequired", "serviceResourceId", "original", "new"]);
        *object = names.filter_map(|name| object.get(name)).cloned().collect();
    }
    body
}

/// A list of values is no object, though a parser could take the one for the other.
#[test]
fn values_without_names_are_refused() {
    let functions = Functions::start();
    let places: [(&'static str, &[&[&str]]); 6] = [
        ("schedule-meeting", &[&[""], &["/attendees/1"], &["/attendees/0", "/attendees/1"], &["/attendees/0", ""]]),
        ("update-meeting", &[&[""], &["/attendees/1"], &["/attendees/0", "/attendees/1"], &["/attendees/0", ""]]),
        ("delete-meeting", &[&[""]]),
        ("create-appointments", &[&[""], &["/attendees/0", ""]]),
        ("update-appointments", &[&["/original"], &["/new"], &["/new/attendees/0"], &["/original", "/new", ""]]),
        ("delete-appointments", &[&[""]]),
    ];
    for (function, places) in places {
        for pointers in places {
            let body = without_names(&document(function).body, pointers).to_string();
            let event = with_body(&functions, function, body.as_bytes());
            let refused = functions.refuses(function, &event, Expected::BadRequest);
            assert!(refused.is_ok(), "{function} {body}: {refused:?}");
        }
    }
}

#[test]
fn without_a_credential_no_body_is_looked_at() {
    let functions = Functions::start();
    let bodies = prop_oneof![
        any_bytes(),
        spoiled().prop_map(|(_, body)| body),
        Just(document("schedule-meeting").body.to_string().into_bytes())
    ];
    let property = |(function, body): (&str, Vec<u8>)| {
        let mut event = with_body(&functions, function, &body);
        event["headers"].as_object_mut().expect("headers").remove("authorization");
        functions.refuses(function, &event, Expected::Unauthorized)
    };
    for_all(150, (function(), bodies), property);
}

/// The spoilers are only as good as what they spoil: unspoiled, it is accepted.
#[test]
fn the_documented_bodies_are_accepted_as_they_are() {
    let functions = Functions::start();
    for function in WITH_BODY.iter().copied() {
        let event = with_body(&functions, function, document(function).body.to_string().as_bytes());
        let reply = functions.invoke(function, &event);
        assert_eq!(reply.status, 200, "{function}: {reply:?}");
    }
    assert!(!functions.asked_of_microsoft().is_empty());
}

//! Query strings that are no request.

use convene_tests::samples;
use proptest::prelude::*;
use serde_json::json;

use crate::{
    checks::{Expected, for_all},
    documents::document,
    functions::Functions,
    noise::any_query,
};

#[test]
fn arbitrary_queries_are_refused() {
    let functions = Functions::start();
    let property = |(function, query): (&'static str, String)| {
        let mut event = functions.event(function);
        event["rawQueryString"] = json!(query);
        match function {
            // The fields of these come from the query alone.
            "get-meeting" | "delete-meeting" | "delete-appointments" => event["body"] = json!(null),
            _ => event["body"] = json!(document(function).body.to_string()),
        }
        functions.refuses(function, &event, Expected::BadRequest)
    };
    let with_queries = vec!["get-meeting", "delete-meeting", "get-availability", "delete-appointments"];
    let functions_with_queries = prop::sample::select(with_queries);
    for_all(500, (functions_with_queries, any_query()), property);
}

#[test]
fn windows_that_are_none_are_refused() {
    let functions = Functions::start();
    let time = || {
        prop_oneof![
            prop::sample::select(vec![
                "2020-10-16T10:00:00Z",
                "2020-10-16T10:00:00.000Z",
                "2020-10-16T10:00:00+02:00",
                "2020-10-16T10:00:00%2B02:00",
                "2020-10-16",
                "x",
                "",
                "%",
                "1900-01-01T00:00:00Z",
                "4500-12-31T23:59:59Z",
                "2020-10-16T10:00:00-99:99",
            ])
            .prop_map(str::to_owned),
            (0..200_i32, -12..=14_i32).prop_map(|(day, zone)| format!("{}T00:00:00{zone:+03}:00", 2_020 + day)),
        ]
    };
    // Never in order: what comes out of the same list twice is empty, or the other way round, or longer than a year.
    let windows = (time(), time()).prop_filter("a window in order", |(from, to)| {
        let read = |text: &str| convene::domain::parse_utc(&text.replace("%2B", "+")).ok();
        match (read(from), read(to)) {
            (Some(from), Some(to)) => to <= from || (to - from).num_days() > 366,
            _ => true,
        }
    });
    let property = |(from, to): (String, String)| {
        let mut event = functions.event("get-availability");
        event["rawQueryString"] = json!(format!("from={from}&to={to}"));
        functions.refuses("get-availability", &event, Expected::BadRequest)
    };
    for_all(200, windows, property);
}

/// A name is found however it is encoded.
#[test]
fn a_query_that_is_merely_odd_is_understood() {
    let functions = Functions::start();
    for query in [
        "i%64=nothing&organizer%45mail=organizer%40contoso.com",
        "&&=&x&id=nothing&%zz=%&organizerEmail=organizer@contoso.com&x",
        "id=%EF%BF%BD%00nothing&organizerEmail=ORGANIZER@CONTOSO.COM",
    ] {
        let mut event = functions.event("get-meeting");
        event["rawQueryString"] = json!(query);
        let reply = functions.invoke("get-meeting", &event);
        assert_eq!((reply.status, reply.text.contains("MeetingNotFound")), (404, true), "{query}: {reply:?}");
    }
}

/// What could mean more than one thing is refused: either meaning could be the wrong one.
#[test]
fn a_query_with_two_meanings_is_refused() {
    let functions = Functions::start();
    for query in [
        "id=nothing&id=other&organizerEmail=organizer@contoso.com",
        "id=nothing&organizerEmail=organizer@contoso.com&organizerEmail=organizer@contoso.com",
        "id=nothing&organizerEmail=organizer@contoso.com&i%64",
        "id=%ff%00nothing&organizerEmail=organizer@contoso.com",
        "id=nothing&organizerEmail=organizer@contoso.com&%ff=x",
        "id=nothing&organizerEmail=organizer@contoso.com&x=%c3",
    ] {
        for function in ["get-meeting", "delete-meeting", "delete-appointments"] {
            let mut event = functions.event(function);
            event["body"] = json!(null);
            event["rawQueryString"] = json!(query);
            functions
                .refuses(function, &event, Expected::BadRequest)
                .unwrap_or_else(|wrong| panic!("{query}: {wrong}"));
        }
    }
}

/// A `#` ends a URL, and not the query of an event.
#[test]
fn a_hash_sign_is_part_of_an_id() {
    let functions = Functions::start();
    let booked = |id: &str| {
        let mut event = functions.event("schedule-meeting");
        event["body"] = json!(samples::meeting(id).to_string());
        assert_eq!(functions.invoke("schedule-meeting", &event).status, 200);
    };
    booked("a");
    for (id, status) in [("a", 200), ("a#b", 404), ("a%23b", 404)] {
        let mut event = functions.event("get-meeting");
        event["rawQueryString"] = json!(format!("organizerEmail=organizer@contoso.com&id={id}"));
        assert_eq!(functions.invoke("get-meeting", &event).status, status, "{id}");
    }
}

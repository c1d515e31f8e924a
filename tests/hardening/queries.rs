//! Query strings that are no request.

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

/// A name is found however it is encoded, and the first of several counts.
#[test]
fn a_query_that_is_merely_odd_is_understood() {
    let functions = Functions::start();
    for query in [
        "i%64=nothing&organizer%45mail=organizer%40contoso.com",
        "id=nothing&id=other&organizerEmail=organizer@contoso.com&organizerEmail=x",
        "&&=&x&id=nothing&%zz=%&organizerEmail=organizer@contoso.com&id",
        "id=%ff%00nothing&organizerEmail=ORGANIZER@CONTOSO.COM",
    ] {
        let mut event = functions.event("get-meeting");
        event["rawQueryString"] = json!(query);
        let reply = functions.invoke("get-meeting", &event);
        assert_eq!((reply.status, reply.text.contains("MeetingNotFound")), (404, true), "{query}: {reply:?}");
    }
}

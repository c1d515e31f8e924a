//! A process whose guests book slots at the same time, as a function would for its callers.
//!
//! Standard input has the configurations and the requests as JSON, standard output gets an outcome for each request. The environment
//! is that of a function.

use std::{collections::BTreeMap, io, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use convene::{
    domain::parse_utc,
    scheduling::bookings::{Booked, BookingError, BookingScheduler},
    services::{Services, Settings},
    slots::Method,
};
use convene_tests::{
    bookings,
    configurations::{Configuration, book, principal},
};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

/// How many requests run at once.
const MAX_PARALLEL: usize = 125;
/// How often a request is repeated whose answer asks for it.
const MAX_REPEATS: usize = 12;
/// The time within which all requests must be decided. Far more than it takes.
const TIMEOUT: Duration = Duration::from_mins(4);

#[tokio::main]
#[expect(clippy::print_stdout, reason = "its result")]
async fn main() {
    let input: Value = serde_json::from_reader(io::stdin()).expect("a description");
    let services = Services::new(Settings::from_environment().expect("an environment"));
    let scheduler = Arc::new(services.bookings(&principal(&services).await));
    let configurations = input["configurations"].as_object().expect("configurations").iter();
    let configurations: BTreeMap<_, _> =
        configurations.map(|(name, value)| (name.clone(), configuration(value))).collect();
    let requests = input["requests"].as_array().expect("requests").iter().map(async |request| {
        let text = |name: &str| request[name].as_str().expect("a text");
        let start = parse_utc(text("start")).expect("a time");
        let outcome = outcome(&scheduler, &configurations[text("configuration")], start, text("guest")).await;
        json!({"request": request, "outcome": outcome})
    });
    let outcomes = stream::iter(requests).buffer_unordered(MAX_PARALLEL).collect::<Vec<_>>();
    let outcomes = tokio::time::timeout(TIMEOUT, outcomes).await.expect("all requests are decided in time");
    println!("{}", Value::from(outcomes));
}

fn configuration(value: &Value) -> Configuration {
    let method = match value["method"].as_str() {
        Some("collective") => Method::Collective,
        _ => Method::MaxAvailability,
    };
    let members = value["members"].as_array().expect("members").iter();
    let members: Vec<_> = members.map(|member| bookings::address(member.as_str().expect("an address"))).collect();
    let number = |name: &str| value[name].as_u64().expect("a number");
    let minutes = u32::try_from(number("minutes")).expect("few minutes");
    Configuration::new(number("id").into(), method, minutes, &members)
}

/// Books a time, and repeats the request as long as its answers ask for it.
async fn outcome(
    scheduler: &BookingScheduler,
    configuration: &Configuration,
    start: DateTime<Utc>,
    guest: &str,
) -> Value {
    let mut repeats = 0;
    loop {
        let wait = match book(scheduler, configuration, configuration.span(start), guest, false).await {
            Ok(Booked { id, record, .. }) => {
                let organizer = record.event.organizer.folded();
                return json!({"booked": id.to_string(), "organizer": organizer, "repeats": repeats});
            }
            Err(BookingError::SlotUnavailable) => return json!({"unavailable": repeats}),
            // Contention; another request at work; or a result that is unknown, since its last write met conflicts only.
            Err(BookingError::Scheduling(error)) if error.asks_for_repeat() && repeats < MAX_REPEATS => {
                error.retry_after().unwrap_or(Duration::from_secs(1))
            }
            Err(error) => return json!({"failed": format!("{error:?}")}),
        };
        tokio::time::sleep(wait).await;
        repeats += 1;
    }
}

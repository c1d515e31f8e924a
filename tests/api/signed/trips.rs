//! The cost of a signature: one round trip to DynamoDB, which stores the nonce before anything else is done.

use convene_local::Options;
use convene_tests::{Bootstraps, DynamoProxy, PLENTY, Product, Step, Traffic, Trouble, When, samples};
use serde_json::json;

use super::{AVAILABILITY, Draft, MEETING, ORGANIZER, for_contoso_alone, replayed::HOST, signer::Sent};

const FUNCTIONS: [&str; 5] =
    ["schedule-meeting", "update-meeting", "get-meeting", "get-availability", "delete-meeting"];

async fn backends() -> Product {
    Product::start_with(Options { backends_only: true, ..for_contoso_alone() }).await
}

fn request(backends: &Product, function: &str, id: &str) -> Sent {
    let key = json!({"id": id, "organizerEmail": ORGANIZER}).to_string();
    let query = format!("{MEETING}?id={id}&organizerEmail={ORGANIZER}");
    let (method, target, body) = match function {
        "schedule-meeting" => ("POST", MEETING, samples::meeting(id).to_string()),
        "update-meeting" => ("PATCH", MEETING, samples::meeting(id).to_string()),
        "get-meeting" => ("GET", query.as_str(), String::new()),
        "get-availability" => ("POST", AVAILABILITY, json!([{"email": ORGANIZER}]).to_string()),
        _ => ("DELETE", MEETING, key),
    };
    Draft::new(&backends.tenant("contoso").hmac, HOST, method, target, &body).sign()
}

async fn launch(backends: &Product, function: &str, dynamodb: String) -> Bootstraps {
    let mut environment = backends.environment().clone();
    environment.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), dynamodb);
    Bootstraps::launch(function, &environment, 1).await
}

#[tokio::test]
async fn a_signature_takes_one_round_trip_more_and_a_replay_only_that_one() {
    let backends = backends().await;
    let dynamodb = Traffic::start(&backends.ready().dynamodb, backends.http().clone()).await;
    let simulator = backends.simulator();
    for (function, meetings, graph) in [
        ("schedule-meeting", &["UpdateItem", "PutItem"][..], "create_event"),
        ("update-meeting", &["UpdateItem"], "get_event update_event"),
        ("get-meeting", &["GetItem"], "get_event"),
        ("get-availability", &[], "get_schedule"),
        ("delete-meeting", &["UpdateItem", "PutItem"], "delete_event"),
    ] {
        let process = launch(&backends, function, dynamodb.url()).await;
        // The first call of all books the meeting that the others are about; each warms its process.
        let call = async |sent: Sent| process.call(&sent.event(function), PLENTY).await;
        let warm_up = if function == "schedule-meeting" { "m" } else { "none" };
        call(request(&backends, function, warm_up)).await;
        dynamodb.take();
        simulator.clear_journal().await;

        let id = if function == "schedule-meeting" { "n" } else { "m" };
        let once = request(&backends, function, id);
        assert_eq!(call(once.clone()).await.status, 200, "{function}");
        assert_eq!(names(&backends, dynamodb.take()), [&["PutItem nonce"], meetings].concat(), "{function}");
        assert_eq!(simulator.operations().await.join(" "), graph, "{function}");

        simulator.clear_journal().await;
        assert_eq!(call(once).await.status, 401, "{function}");
        assert_eq!(names(&backends, dynamodb.take()), ["PutItem nonce"], "{function}");
        assert!(simulator.journal().await.is_empty(), "{function}");
    }
}

/// Operations on the meetings table by their name, and the noting of a nonce as such.
fn names(backends: &Product, requests: Vec<String>) -> Vec<String> {
    let environment = backends.environment();
    let name = |request: String| {
        let (operation, table) = request.split_once(' ').expect("an operation and a table");
        if table == environment["GRANTS_TABLE"] {
            return format!("{operation} nonce");
        }
        assert_eq!(table, environment["MEETINGS_TABLE"]);
        operation.to_owned()
    };
    requests.into_iter().map(name).collect()
}

#[tokio::test]
async fn nothing_is_read_or_claimed_or_asked_before_the_nonce_is_stored() {
    let backends = backends().await;
    let dynamodb = DynamoProxy::start(&backends.ready().dynamodb, backends.http().clone()).await;
    // What each function sends first for the record of a meeting. Availability sends nothing for one.
    for (function, first) in [
        ("schedule-meeting", Some(Step::Claim)),
        ("update-meeting", Some(Step::Extend)),
        ("get-meeting", Some(Step::Read)),
        ("get-availability", None),
        ("delete-meeting", Some(Step::ClaimDelete)),
    ] {
        let process = launch(&backends, function, dynamodb.url()).await;
        // As often as the SDK tries.
        dynamodb.trouble("", Step::Nonce, When::Before, 3, Trouble::Refuse(500, "InternalServerError"));
        if let Some(step) = first {
            dynamodb.trouble("m", step, When::Before, 1, Trouble::Lose);
        }
        let before = dynamodb.struck();
        let sent = request(&backends, function, "m").event(function);
        process.call(&sent, PLENTY).await.expect(503, "ErrorServerBusy");
        assert_eq!(dynamodb.struck() - before, 3, "{function}");
        dynamodb.relent("m");
    }
    assert!(backends.simulator().journal().await.is_empty());
}

#[tokio::test]
async fn a_cold_start_takes_one_round_more_however_the_caller_proves_itself() {
    let backends = backends().await;
    let dynamodb = Traffic::start(&backends.ready().dynamodb, backends.http().clone()).await;
    for function in FUNCTIONS {
        let process = launch(&backends, function, dynamodb.url()).await;
        process.call(&request(&backends, function, "cold").event(function), PLENTY).await;
        let tenants = format!("GetItem {}", backends.environment()["TENANTS_TABLE"]);
        let spent = dynamodb.take();
        assert_eq!(
            (spent.iter().filter(|request| **request == tenants).count(), &spent[0]),
            (1, &tenants),
            "{function}"
        );
    }
}

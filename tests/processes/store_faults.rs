//! What AWS fails at for now is told as that, with when to come back, at every endpoint; what is a fault of ours is told as
//! that, and not tried again.

use std::time::Duration;

use convene_tests::{
    Answer, Bootstraps, Deployment, DynamoProxy, Operation, PLENTY, Trouble, When, When::*, events, lightning, samples,
};
use futures_util::future::join_all;
use serde_json::{Value, json};

/// As often as the SDK tries.
const TRIES: usize = 3;

/// The first operation of each endpoint on its record.
const RECORDS: [Operation; 3] = [("UpdateItem", "meeting"), ("GetItem", "meeting"), ("UpdateItem", "appointment")];
const OF_RECORDS: [&str; 7] = [
    "schedule-meeting",
    "get-meeting",
    "update-meeting",
    "delete-meeting",
    "create-appointments",
    "update-appointments",
    "delete-appointments",
];
/// What looks a tenant and its keys up, and no record first.
const WITHOUT_RECORDS: [&str; 2] = ["get-availability", "issue-token"];

/// What passes by itself.
fn passing() -> Vec<(When, Trouble)> {
    let refused = |status, kind| (Before, Trouble::Refuse(status, kind));
    vec![
        (Before, Trouble::Lose),
        (After, Trouble::Lose),
        refused(500, "InternalServerError"),
        refused(503, "ServiceUnavailable"),
        refused(400, "ThrottlingException"),
        refused(400, "ProvisionedThroughputExceededException"),
        refused(400, "RequestLimitExceeded"),
        refused(400, "TransactionConflictException"),
    ]
}

/// What stays until an operator changes something.
const LASTING: [&str; 3] = ["ValidationException", "AccessDeniedException", "ResourceNotFoundException"];

fn event(deployment: &Deployment, function: &str, id: &str) -> Value {
    let meeting = json!({"id": id, "organizerEmail": samples::ORGANIZER});
    let request = match function {
        "issue-token" => {
            let tenant = deployment.backends.tenant("contoso");
            return events::token(&tenant.client_id, &tenant.client_secret);
        }
        "get-availability" => json!([{"email": samples::ORGANIZER}]),
        "schedule-meeting" => samples::meeting(id),
        "update-meeting" => json!({"id": id, "organizerEmail": samples::ORGANIZER, "subject": "Other"}),
        "create-appointments" | "delete-appointments" => lightning::appointment(id, &[]),
        "update-appointments" => lightning::change(&lightning::appointment(id, &[])),
        _ => meeting,
    };
    deployment.event(function, &request)
}

/// A process of each function; one that has been called knows the tenant and its keys.
async fn launched(deployment: &Deployment, functions: &[&'static str], warm: bool) -> Vec<(&'static str, Bootstraps)> {
    join_all(functions.iter().map(async |function| {
        let process = deployment.launch(function, 1).await;
        if warm {
            process.call(&event(deployment, function, "warm-up"), PLENTY).await;
        }
        (*function, process)
    }))
    .await
}

/// Calls each function once while every such operation meets the trouble.
async fn troubled(
    deployment: &Deployment,
    proxy: &DynamoProxy,
    processes: &[(&'static str, Bootstraps)],
    operations: &[Operation],
    (number, (when, trouble)): (usize, (When, Trouble)),
) -> Vec<(&'static str, Answer)> {
    proxy.weather_for(operations, 1, 100, vec![(when, trouble)]);
    let answers = join_all(processes.iter().map(async |(function, process)| {
        (*function, process.call(&event(deployment, function, &format!("{function} {number}")), PLENTY).await)
    }))
    .await;
    proxy.calm_down();
    answers
}

/// Status and code, by whichever form the endpoint answers in. A list is 200, and each of its entries has the code.
fn told(function: &str, answer: &Answer) -> (u16, String) {
    let body = answer.json();
    let code = if function == "issue-token" { &body["error"] } else { &body["errorCode"] };
    match body.as_array() {
        Some(entries) => {
            let codes: Vec<_> = entries.iter().map(|entry| entry["errorCode"].as_str().expect("a code")).collect();
            assert!(codes.iter().all(|code| *code == codes[0]), "{answer:?}");
            (answer.status, codes[0].to_owned())
        }
        None => (answer.status, code.as_str().unwrap_or_default().to_owned()),
    }
}

#[track_caller]
fn assert_passing(function: &str, answer: &Answer, what: &str) {
    let expected = match function {
        "issue-token" => (503, "temporarily_unavailable"),
        _ if answer.json().is_array() => (200, "ErrorServerBusy"),
        _ => (503, "ErrorServerBusy"),
    };
    let (status, code) = told(function, answer);
    assert_eq!((status, code.as_str()), expected, "{function}, {what}: {answer:?}");
    assert_eq!(answer.header("retry-after"), Some("2"), "{function}, {what}: {answer:?}");
}

#[tokio::test]
async fn a_record_that_cannot_be_had_for_now_is_503() {
    let deployment = Deployment::start(Duration::from_secs(2)).await;
    let processes = launched(&deployment, &OF_RECORDS, true).await;
    let proxy = &deployment.dynamodb;
    for (number, trouble) in passing().into_iter().enumerate() {
        let (what, before) = (format!("{trouble:?}"), proxy.struck());
        let answers = troubled(&deployment, proxy, &processes, &RECORDS, (number, trouble)).await;
        assert_eq!(proxy.struck() - before, TRIES * OF_RECORDS.len(), "{what}");
        for (function, answer) in &answers {
            assert_passing(function, answer, &what);
        }
    }
    // The same processes go on.
    for (function, process) in &processes {
        let answer = process.call(&event(&deployment, function, &format!("{function} afterwards")), PLENTY).await;
        assert!([200, 404].contains(&answer.status), "{function}: {answer:?}");
        assert!(!answer.text.contains("ErrorServerBusy"), "{function}: {answer:?}");
    }
}

#[tokio::test]
async fn a_tenant_that_cannot_be_looked_up_for_now_is_503() {
    let deployment = Deployment::start(Duration::from_secs(2)).await;
    let functions =
        ["schedule-meeting", "delete-meeting", "create-appointments", WITHOUT_RECORDS[0], WITHOUT_RECORDS[1]];
    let (dynamodb, secrets) = (&deployment.dynamodb, &deployment.secrets_manager);
    for (proxy, operation) in [(dynamodb, ("GetItem", "config")), (secrets, ("GetSecretValue", "keys"))] {
        let troubles = [
            (Before, Trouble::Lose),
            (Before, Trouble::Refuse(500, "InternalServiceError")),
            (Before, Trouble::Refuse(400, "ThrottlingException")),
        ];
        for (number, trouble) in troubles.into_iter().enumerate() {
            let what = format!("{operation:?} {trouble:?}");
            // New processes, which know no tenant yet.
            let processes = launched(&deployment, &functions, false).await;
            let answers = troubled(&deployment, proxy, &processes, &[operation], (number, trouble)).await;
            for (function, answer) in &answers {
                assert_eq!(told(function, answer).0, 503, "{what}: {answer:?}");
                assert_passing(function, answer, &what);
            }
        }
    }
}

#[tokio::test]
async fn a_fault_of_ours_is_500_and_is_not_tried_again() {
    let deployment = Deployment::start(Duration::from_secs(2)).await;
    let processes = launched(&deployment, &OF_RECORDS, true).await;
    let proxy = &deployment.dynamodb;
    for (number, kind) in LASTING.into_iter().enumerate() {
        let (trouble, before) = ((Before, Trouble::Refuse(400, kind)), proxy.struck());
        for (function, answer) in troubled(&deployment, proxy, &processes, &RECORDS, (number, trouble)).await {
            let status = if answer.json().is_array() { 200 } else { 500 };
            let expected = (status, "ErrorInternalServerError".to_owned());
            assert_eq!(told(function, &answer), expected, "{function}, {kind}: {answer:?}");
            assert_eq!(answer.header("retry-after"), None, "{function}, {kind}: {answer:?}");
        }
        assert_eq!(proxy.struck() - before, OF_RECORDS.len(), "{kind}");
    }
    for kind in LASTING {
        let processes = launched(&deployment, &WITHOUT_RECORDS, false).await;
        let trouble = (0, (Before, Trouble::Refuse(400, kind)));
        for (function, answer) in troubled(&deployment, proxy, &processes, &[("GetItem", "config")], trouble).await {
            assert_eq!((answer.status, answer.header("retry-after")), (500, None), "{function}, {kind}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_bad_day_that_strikes_one_in_five_is_never_told_as_a_fault_of_ours() {
    let deployment = Deployment::start(Duration::from_secs(2)).await;
    let processes = launched(&deployment, &OF_RECORDS, true).await;
    let proxy = &deployment.dynamodb;
    let everything = [
        ("UpdateItem", "meeting"),
        ("PutItem", "meeting"),
        ("GetItem", "meeting"),
        ("GetItem", "config"),
        ("UpdateItem", "appointment"),
        ("PutItem", "appointment"),
        ("PutItem", "lease"),
        ("DeleteItem", "lease"),
    ];
    proxy.weather_for(&everything, 311, 20, passing());
    let answers = join_all(processes.iter().map(async |(function, process)| {
        let mut answers = Vec::new();
        for number in 0..15 {
            answers.push(process.call(&event(&deployment, function, &format!("{number}")), PLENTY).await);
        }
        answers
    }))
    .await;
    let struck = proxy.struck_percent();
    proxy.calm_down();
    assert!((10..40).contains(&struck), "{struck} % of the requests were struck");
    for answer in answers.iter().flatten() {
        assert!(answer.status != 500 && !answer.text.contains("ErrorInternalServerError"), "{answer:?}");
    }
}

use serde_json::{Value, json};

use crate::common::{ATTENDEE, ORGANIZER, OTHER, Sim, list, meeting, start, text};

fn create(id: &str, mailbox: &str) -> Value {
    json!({
        "id": id, "method": "POST", "url": format!("/users/{mailbox}/events"),
        "headers": { "Content-Type": "application/json" }, "body": meeting(&[]),
    })
}

async fn batch(sim: &Sim, requests: Vec<Value>) -> crate::common::Answer {
    sim.post("/v1.0/$batch", &json!({ "requests": requests })).await
}

fn of<'a>(answer: &'a crate::common::Answer, id: &str) -> &'a Value {
    list(&answer.body["responses"]).iter().find(|r| r["id"] == id).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn items_succeed_and_fail_one_by_one() {
    let sim = start().await;
    let requests = vec![
        create("a", ORGANIZER),
        create("b", "nobody@contoso.com"),
        json!({ "id": "c", "method": "GET", "url": format!("users/{ATTENDEE}/events?$top=5"), "headers": { "Prefer": "IdType=\"ImmutableId\"" } }),
        json!({ "id": "d", "method": "GET", "url": "/$batch" }),
    ];
    let answer = batch(&sim, requests).await;
    assert_eq!(answer.status, 200);
    assert_eq!(of(&answer, "a")["status"], 201);
    assert!(of(&answer, "a")["headers"]["request-id"].is_string());
    assert_eq!(of(&answer, "b")["status"], 404);
    assert_eq!(of(&answer, "b")["body"]["error"]["code"], "ErrorInvalidUser");
    assert_eq!(of(&answer, "c")["body"]["value"], json!([]));
    assert_eq!(of(&answer, "d")["status"], 400);
    let journal = sim.get("/simulator/requests").await.body;
    let operations: Vec<(String, bool)> = list(&journal)
        .iter()
        .map(|e| (text(&e["operation"]), e["batch"] == true))
        .filter(|(o, _)| o != "token")
        .collect();
    assert_eq!(operations[0], ("batch".into(), false));
    assert!(operations.contains(&("create_event".into(), true)));
    let items: Vec<&Value> = list(&journal).iter().filter(|e| e["batch"] == true).collect();
    assert!(items.len() == 4 && items.iter().all(|item| item["batch_sequence"].is_u64()));
}

#[tokio::test]
async fn a_batch_holds_at_most_twenty_well_formed_items() {
    let sim = start().await;
    let many = |n: usize| (0..n).map(|n| create(&n.to_string(), ORGANIZER)).collect::<Vec<_>>();
    assert_eq!(batch(&sim, many(21)).await.code(), "BadRequest");
    assert_eq!(batch(&sim, vec![]).await.status, 400);
    assert_eq!(batch(&sim, vec![create("a", ORGANIZER), create("a", ORGANIZER)]).await.status, 400);
    let without = json!({ "id": "a", "method": "POST", "url": "/users/x/events", "body": {} });
    assert_eq!(batch(&sim, vec![without]).await.status, 400);
    let circle = crate::common::with(create("a", ORGANIZER), json!({ "dependsOn": ["b"] }));
    assert_eq!(batch(&sim, vec![circle, create("b", ORGANIZER)]).await.status, 400);
    assert!(sim.events(ORGANIZER).await.is_empty());
    assert_eq!(list(&batch(&sim, many(20)).await.body["responses"]).len(), 20);
    assert_eq!(sim.events(ORGANIZER).await.len(), 20);
}

#[tokio::test]
async fn answers_come_in_any_order() {
    let sim = start().await;
    let mut orders = std::collections::HashSet::new();
    for _ in 0..5 {
        let requests =
            (0..8).map(|n| json!({ "id": n.to_string(), "method": "GET", "url": format!("/users/{ORGANIZER}") }));
        let answer = batch(&sim, requests.collect()).await;
        orders.insert(list(&answer.body["responses"]).iter().map(|r| text(&r["id"])).collect::<Vec<_>>());
    }
    assert!(orders.len() > 1);
}

#[tokio::test]
async fn items_wait_for_what_they_depend_on() {
    let sim = start().await;
    let after =
        |id: &str, mailbox: &str, on: &[&str]| crate::common::with(create(id, mailbox), json!({ "dependsOn": on }));
    let requests = vec![
        create("1", ORGANIZER),
        after("2", ATTENDEE, &["1"]),
        create("3", "nobody@contoso.com"),
        after("4", OTHER, &["3"]),
        after("5", OTHER, &["4", "1"]),
    ];
    let answer = batch(&sim, requests).await;
    let statuses: Vec<_> = ["1", "2", "3", "4", "5"].iter().map(|id| of(&answer, id)["status"].clone()).collect();
    assert_eq!(statuses, [201, 201, 404, 424, 424]);
    assert!(sim.events(OTHER).await.is_empty());
}

#[tokio::test]
async fn items_queue_for_their_mailbox_four_at_a_time() {
    let sim = start().await;
    sim.switch(json!({ "latency_ms": 20 })).await;
    let requests = (0..20).map(|n| create(&n.to_string(), ORGANIZER)).collect();
    let answer = batch(&sim, requests).await;
    assert!(list(&answer.body["responses"]).iter().all(|r| r["status"] == 201));
    let counts = sim.get("/simulator/concurrency").await.body;
    assert_eq!(counts[0]["in_flight_peak"], 4);
}

#[tokio::test]
async fn four_items_of_a_batch_run_at_a_time_whatever_their_mailboxes() {
    let sim = start().await;
    sim.switch(json!({ "latency_ms": 30 })).await;
    let mailboxes = [ORGANIZER, ATTENDEE, OTHER];
    let requests = (0..18).map(|n| create(&n.to_string(), mailboxes[n % mailboxes.len()])).collect();
    let answer = batch(&sim, requests).await;
    assert!(list(&answer.body["responses"]).iter().all(|r| r["status"] == 201));
    let apps = sim.get("/simulator/concurrency/apps").await.body;
    assert_eq!((&apps[0]["in_flight_peak"], &apps[0]["refused"]), (&json!(4), &json!(0)));
}

#[tokio::test]
async fn an_app_may_be_bounded_whatever_the_mailboxes() {
    let sim = start().await;
    sim.switch(json!({ "app_concurrency": 2, "latency_ms": 100 })).await;
    let read = async |mailbox: &str| sim.get(&format!("/v1.0/users/{mailbox}/calendar")).await;
    let (a, b, c) = tokio::join!(read(ORGANIZER), read(ATTENDEE), read(OTHER));
    let mut statuses = [a.status, b.status, c.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 429]);
    // Items of a batch wait for their turn.
    let requests = [ORGANIZER, ATTENDEE, OTHER].iter().enumerate().map(|(n, mailbox)| create(&n.to_string(), mailbox));
    let answer = batch(&sim, requests.collect()).await;
    assert!(list(&answer.body["responses"]).iter().all(|r| r["status"] == 201), "{}", answer.body);
    let apps = sim.get("/simulator/concurrency/apps").await.body;
    assert_eq!((&apps[0]["in_flight_peak"], &apps[0]["refused"]), (&json!(2), &json!(1)));
    let refused = sim.post("/simulator/switches", &json!({ "app_concurrency": 0 })).await;
    assert_eq!(refused.status, 400);
    sim.switch(json!({ "app_concurrency": null })).await;
    let (a, b, c) = tokio::join!(read(ORGANIZER), read(ATTENDEE), read(OTHER));
    assert_eq!([a.status, b.status, c.status], [200; 3]);
}

#[tokio::test]
async fn faults_reach_items_and_batches() {
    let sim = start().await;
    let rule =
        json!({ "match": { "mailbox": ATTENDEE, "batch": true }, "effect": { "status": 429, "retry_after": 1.5 } });
    sim.fault(rule).await;
    sim.fault(json!({ "match": { "mailbox": OTHER }, "effect": { "drop": "after_commit" } })).await;
    let answer = batch(&sim, vec![create("a", ATTENDEE), create("b", ORGANIZER), create("c", OTHER)]).await;
    assert_eq!(
        (&of(&answer, "a")["status"], &of(&answer, "a")["headers"]["retry-after"]),
        (&json!(429), &json!("1.5"))
    );
    assert_eq!(of(&answer, "b")["status"], 201);
    assert_eq!((&of(&answer, "c")["status"], sim.events(OTHER).await.len()), (&json!(504), 1));
    sim.fault(json!({ "match": { "operation": "batch" }, "effect": { "status": 503 } })).await;
    assert_eq!(batch(&sim, vec![create("a", ORGANIZER)]).await.status, 503);
    sim.fault(json!({ "match": { "operation": "batch" }, "effect": { "drop": "after_commit" } })).await;
    let lost = sim
        .request(reqwest::Method::POST, "/v1.0/$batch")
        .json(&json!({ "requests": [create("a", ORGANIZER)] }))
        .send()
        .await;
    assert!(lost.is_err());
    assert_eq!(sim.events(ORGANIZER).await.len(), 2);
}

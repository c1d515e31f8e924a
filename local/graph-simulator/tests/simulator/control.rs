use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{CONTOSO, MARKER, ORGANIZER, list, meeting, send, start, text};

#[tokio::test]
async fn the_journal_tells_what_was_asked_and_no_more() {
    let sim = start().await;
    sim.delete("/simulator/requests").await;
    let path = format!("/v1.0/users/{ORGANIZER}/events");
    let id = "8c8d6f4e-0000-4000-8000-000000000002";
    send(sim.request(Method::POST, &path).header("client-request-id", id).json(&meeting(&[]))).await;
    sim.get(&format!("{path}?$top=1")).await;
    let journal = sim.get("/simulator/requests").await.body;
    let entries = list(&journal);
    assert_eq!(entries.len(), 2);
    let first = &entries[0];
    assert_eq!(
        (&first["method"], &first["status"], &first["operation"]),
        (&json!("POST"), &json!(201), &json!("create_event"))
    );
    assert_eq!((&first["mailbox"], &first["directory"]), (&json!(ORGANIZER), &json!(CONTOSO)));
    assert_eq!(
        (&first["path"], &first["batch"], &first["client_request_id"]),
        (&json!(path), &json!(false), &json!(id))
    );
    assert!(first["started_at"].is_string() && first["finished_at"].is_string());
    assert_eq!(entries[1]["query"], "$top=1");
    assert!(entries[1]["sequence"].as_u64() > first["sequence"].as_u64());
    let text = journal.to_string();
    assert!(!text.contains("Review") && !text.contains(&sim.token));
}

#[tokio::test]
async fn mailboxes_come_and_go() {
    let sim = start().await;
    let address = "new@contoso.com";
    let path = format!("/v1.0/users/{address}/events");
    assert_eq!(sim.get(&path).await.status, 404);
    let mailbox = json!({ "directory": "contoso.com", "address": address, "display_name": "New", "kind": "room", "teams": false });
    assert_eq!(sim.post("/simulator/mailboxes", &mailbox).await.status, 201);
    assert_eq!(sim.get(&path).await.status, 200);
    let all = sim.get("/simulator/mailboxes").await.body;
    assert!(list(&all).iter().any(|m| m["address"] == address && m["kind"] == "room"));
    let gone =
        sim.request(Method::DELETE, "/simulator/mailboxes").json(&json!({ "directory": CONTOSO, "address": address }));
    assert_eq!(send(gone).await.status, 204);
    assert_eq!(sim.get(&path).await.status, 404);
    let nowhere = json!({ "directory": "nowhere.test", "address": address });
    assert_eq!(sim.post("/simulator/mailboxes", &nowhere).await.status, 404);
}

#[tokio::test]
async fn thousands_of_events_are_no_matter() {
    let sim = start().await;
    let events: Vec<Value> = (0..5000)
        .map(|n| {
            let at =
                |h: usize| format!("2026-{:02}-{:02}T{:02}:00:00Z", 1 + n % 12, 1 + n / 12 % 28, (n / 336 + h) % 24);
            json!({
                "mailbox": ORGANIZER, "start": at(0), "end": at(0), "subject": format!("Event {n}"),
                "singleValueExtendedProperties": [{ "id": MARKER, "value": format!("m{n}") }],
            })
        })
        .collect();
    let inserted = sim.post("/simulator/events", &Value::from(events)).await;
    assert_eq!(inserted.body["inserted"], 5000);
    let id = text(&inserted.body["ids"][4999]);
    let started = Instant::now();
    for _ in 0..20 {
        assert_eq!(sim.get(&format!("/v1.0/users/{ORGANIZER}/events/{id}")).await.body["subject"], "Event 4999");
        assert_eq!(sim.create(ORGANIZER, &meeting(&[])).await.status, 201);
        assert_eq!(sim.schedule(ORGANIZER).await["error"], Value::Null);
    }
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    assert_eq!(sim.request(Method::DELETE, "/simulator/events").send().await.expect("an answer").status(), 204);
    assert!(sim.events(ORGANIZER).await.is_empty());
    let bad = json!([{ "mailbox": ORGANIZER, "start": "2026-01-01", "end": "2026-01-02" }, { "mailbox": "nobody@x.test", "start": "2026-01-01", "end": "2026-01-02" }]);
    assert_eq!(sim.post("/simulator/events", &bad).await.status, 400);
    assert!(sim.events(ORGANIZER).await.is_empty(), "all or none");
}

/// A mail to each of many attendees repeats the subject, and a path may be long as well.
#[tokio::test]
async fn the_journal_and_the_mails_take_only_so_much_memory() {
    let sim = start().await;
    let attendees: Vec<String> = (0..12).map(|n| format!("guest{n}@elsewhere.com")).collect();
    let attendees: Vec<&str> = attendees.iter().map(String::as_str).collect();
    let meeting = crate::common::with(meeting(&attendees), json!({ "subject": "x".repeat(3_500_000) }));
    assert_eq!(sim.create(ORGANIZER, &meeting).await.status, 201);
    let mails = sim.get("/simulator/notifications").await.body;
    assert_eq!(list(&mails).len(), 9);
    for _ in 0..300 {
        sim.get(&format!("/v1.0/users/{}", "x".repeat(60_000))).await;
    }
    let entries = list(&sim.get("/simulator/requests").await.body).len();
    assert!((270..=280).contains(&entries), "{entries}");
}

//! Availability: one round, however many mailboxes.

use convene_tests::{Answer, PLENTY, samples};
use serde_json::{Value, json};

use super::Counted;

#[tokio::test]
async fn all_questions_are_asked_at_once() {
    let counted = Counted::start().await;
    let simulator = counted.backends.simulator();
    let mut entries = vec![json!({"email": samples::ORGANIZER})];
    for n in 0..44 {
        simulator.add_mailbox("contoso.com", &format!("person{n}@contoso.com")).await;
        entries.push(json!({"email": format!("person{n}@contoso.com")}));
    }
    let process = counted.warm("get-availability").await;
    for (to, questions) in [
        // 45 mailboxes are three chunks.
        ("2026-01-02T00:00:00Z", 3),
        ("2026-03-01T00:00:00Z", 3),
        // 200 days are four pieces of each.
        ("2026-07-20T00:00:00Z", 12),
    ] {
        let held = simulator.hold("get_schedule", 0).await;
        let mut event = counted.event("get-availability", &Value::Array(entries.clone()));
        event["rawQueryString"] = json!(format!("from=2026-01-01T00:00:00Z&to={to}"));
        let invocation = process.begin(event.to_string(), PLENTY);
        // None of them is answered, and all are there.
        simulator.held(&held, questions).await;
        simulator.clear_faults().await;
        let answer: Answer = invocation.outcome().await.answer();
        let rows = answer.expect_ok();
        assert!(rows.as_array().expect("rows").iter().all(|row| row["errorCode"] == "NoError"));
        let asked = vec!["get_schedule"; usize::try_from(questions).expect("a count")];
        counted.assert_spent(&[], &asked).await;
    }
}

//! A tenant that lets Convene act through a person who signed in, and not for itself.

use convene_local::{Options, TenantSeed};
use convene_tests::{Product, samples};
use serde_json::{Value, json};

use super::change;

const ORGANIZER: &str = samples::ORGANIZER;

/// Contoso's organizer has signed in.
async fn delegated() -> Product {
    let mut tenants = TenantSeed::usual();
    tenants[0].delegated = Some(ORGANIZER.to_owned());
    Product::start_with(Options { tenants, ..Options::default() }).await
}

#[tokio::test]
async fn everything_works_through_a_person() {
    let product = delegated().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    caller.update(&change("m", &json!({"subject": "Changed"}))).await.expect(200, "NoError");
    assert_eq!(caller.get("m", ORGANIZER).await.expect_ok()["subject"], "Changed");
    let entries = json!([{"email": ORGANIZER}, {"email": "nobody@contoso.com"}]);
    let rows = caller.availability("2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z", &entries).await.expect_ok();
    assert_eq!(rows[0]["unavailableTimeslots"].as_array().map(Vec::len), Some(1));
    assert_eq!(rows[1]["errorCode"], "ErrorMailRecipientNotFound");
    caller.delete("m", ORGANIZER).await.expect(200, "NoError");
    caller.get("m", ORGANIZER).await.expect(404, "MeetingNotFound");
}

#[tokio::test]
async fn availability_of_many_asks_four_at_a_time() {
    let product = delegated().await;
    let (simulator, caller) = (product.simulator(), product.contoso().await);
    let mut entries = Vec::new();
    for n in 0..100 {
        simulator.add_mailbox("contoso.com", &format!("person{n}@contoso.com")).await;
        entries.push(json!({"email": format!("person{n}@contoso.com")}));
    }
    simulator.switch(json!({"latency_ms": 20})).await;
    let rows =
        caller.availability("2026-05-04T00:00:00Z", "2026-09-05T00:00:00Z", &Value::Array(entries)).await.expect_ok();
    assert!(rows.as_array().expect("rows").iter().all(|row| row["errorCode"] == "NoError"));
    let requests = simulator.requests().await;
    // Five chunks in three pieces, and none of them refused.
    assert_eq!(requests.len(), 15);
    assert!(requests.iter().all(|request| request["status"] == 200), "{requests:#?}");
}

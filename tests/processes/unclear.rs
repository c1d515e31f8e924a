//! Answers of Graph that say nothing of the event they are about, and deletes that nobody can be sure of.

use convene_tests::{Product, samples};
use serde_json::{Value, json};

const ORGANIZER: &str = samples::ORGANIZER;

/// A 404 that is no word of Graph's about the event: from something on the way, or about something else.
fn unclear() -> [Value; 3] {
    [json!("<html>Not Found</html>"), json!({}), json!({"error": {"code": "UnknownError", "message": ""}})]
}

async fn answer_unclearly(product: &Product, operation: &str, body: &Value) {
    let effect = json!({"status": 404, "body": body});
    product.simulator().fault(json!({"match": {"operation": operation}, "times": 0, "effect": effect})).await;
}

#[tokio::test]
async fn a_meeting_is_not_taken_for_deleted_by_an_unclear_answer() {
    let product = Product::start().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let change = json!({"id": "m", "organizerEmail": ORGANIZER, "subject": "New"});
    for body in unclear() {
        for operation in ["get_event", "update_event", "delete_event"] {
            answer_unclearly(&product, operation, &body).await;
        }
        caller.schedule(&samples::meeting("m")).await.expect(503, "ErrorServerBusy");
        caller.get("m", ORGANIZER).await.expect(503, "ErrorServerBusy");
        caller.update(&change).await.expect(503, "ErrorServerBusy");
        caller.delete("m", ORGANIZER).await.expect(503, "ErrorServerBusy");
        simulator.clear_faults().await;
        outlook.only_event(ORGANIZER).await;
        // The delete is carried out by whoever comes next, and the meeting made anew.
        caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
        outlook.only_event(ORGANIZER).await;
    }
    caller.delete("m", ORGANIZER).await.expect(200, "NoError");
    assert!(outlook.events(ORGANIZER).await.is_empty());
}

#[tokio::test]
async fn what_graph_names_as_gone_is_gone() {
    let product = Product::start().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    for (id, status, code) in [("a", 404, "ErrorItemNotFound"), ("b", 400, "ErrorCannotDeleteObject")] {
        caller.schedule(&samples::meeting(id)).await.expect(200, "NoError");
        outlook.delete(ORGANIZER, &outlook.only_event(ORGANIZER).await).await;
        simulator.fail_next("delete_event", status, code).await;
        caller.delete(id, ORGANIZER).await.expect(200, "NoError");
    }
}

#[tokio::test]
async fn a_delete_that_was_taken_over_is_not_called_off() {
    let product = Product::start().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    // As often as it is tried, nobody knows what came of it.
    let effect = json!({"drop": "before_commit"});
    simulator.fault(json!({"match": {"operation": "delete_event"}, "times": 0, "effect": effect})).await;
    caller.delete("m", ORGANIZER).await.expect(504, "ErrorTimeoutExpired");
    simulator.clear_faults().await;
    // The next one is refused; the first may yet be carried out.
    simulator.fail_next("delete_event", 403, "ErrorAccessDenied").await;
    caller.delete("m", ORGANIZER).await.expect(403, "ErrorAccessDenied");
    let event = outlook.only_event(ORGANIZER).await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    assert_ne!(outlook.only_event(ORGANIZER).await["iCalUId"], event["iCalUId"], "the one that may yet be deleted");
}

//! If Microsoft refuses a request itself, the caller gets Microsoft's code.

use convene_tests::{Product, samples};
use serde_json::json;

const ORGANIZER: &str = samples::ORGANIZER;
const CODE: &str = "ErrorPropertyValidationFailure";

#[tokio::test]
async fn a_refusal_has_microsofts_code() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    product.simulator().fail_next("create_event", 400, CODE).await;
    let refused = caller.schedule(&samples::meeting("m")).await.expect(400, "InvalidRequest");
    assert_eq!(refused.json()["message"], format!("Microsoft 365 refuses this meeting ({CODE})."));
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    product.simulator().fail_next("update_event", 400, CODE).await;
    let change = json!({"id": "m", "organizerEmail": ORGANIZER, "subject": "S"});
    let refused = caller.update(&change).await.expect(400, "InvalidRequest");
    assert_eq!(refused.json()["message"], format!("Microsoft 365 refuses this meeting ({CODE})."));
}

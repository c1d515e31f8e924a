//! `ErrorInternalServerError`: whatever breaks on our side shows nothing of itself.

use convene_tests::{Answer, Caller, Product, samples};
use serde_json::json;

use super::assert_failed;

const ORGANIZER: &str = samples::ORGANIZER;

#[tokio::test]
async fn a_malformed_secret_is_an_internal_error() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let secret = json!({"SecretId": "convene/contoso/keys", "SecretString": "no JSON, but secret"});
    product.aws("secretsmanager", "secretsmanager.PutSecretValue", &secret).await;
    for answer in each(&caller).await {
        assert_failed(&answer, 500, "ErrorInternalServerError", "");
    }
}

#[tokio::test]
async fn a_malformed_tenant_is_an_internal_error() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let item = json!({"pk": {"S": "contoso#config"}, "v": {"N": "1"}, "config": {"S": "no JSON"}});
    let table = product.environment()["TENANTS_TABLE"].clone();
    let request = json!({"TableName": table, "Item": item});
    product.aws("dynamodb", "DynamoDB_20120810.PutItem", &request).await;
    for answer in each(&caller).await {
        assert_failed(&answer, 500, "ErrorInternalServerError", "");
    }
    // Another tenant does not notice.
    let other = product.caller("fabrikam").await;
    assert_failed(&other.get("m", "organizer@fabrikam.com").await, 404, "MeetingNotFound", "organizer@fabrikam.com");
}

#[tokio::test]
async fn a_store_that_is_gone_is_an_internal_error() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let request = json!({"TableName": product.environment()["MEETINGS_TABLE"]});
    product.aws("dynamodb", "DynamoDB_20120810.DeleteTable", &request).await;
    for answer in each(&caller).await.into_iter().take(4) {
        assert_failed(&answer, 500, "ErrorInternalServerError", ORGANIZER);
    }
    // Nothing is booked that could not be put on record.
    assert_eq!(product.simulator().operations().await, ["get_schedule"]);
}

/// One call to each endpoint, the meeting endpoints first.
async fn each(caller: &Caller) -> [Answer; 5] {
    let entry = json!([{"email": ORGANIZER}]);
    [
        caller.schedule(&samples::meeting("m")).await,
        caller.get("m", ORGANIZER).await,
        caller.update(&json!({"id": "m", "organizerEmail": ORGANIZER, "subject": "S"})).await,
        caller.delete("m", ORGANIZER).await,
        caller.availability("2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z", &entry).await,
    ]
}

//! Every function answers as a process.

use std::time::Duration;

use convene_tests::{Deployment, PLENTY, samples};
use serde_json::{Value, json};

#[tokio::test]
async fn every_function_answers_as_a_process() {
    let deployment = Deployment::start(Duration::from_secs(2)).await;
    let meeting: Value = samples::meeting("every-function");
    deployment.call_once("schedule-meeting", &meeting).await.expect(200, "NoError");
    let key = json!({"id": "every-function", "organizerEmail": samples::ORGANIZER});
    let shown = deployment.call_once("get-meeting", &key).await.expect_ok();
    assert_eq!(shown["subject"], meeting["subject"]);
    let mut change = key.clone();
    change["subject"] = json!("Another subject");
    deployment.call_once("update-meeting", &change).await.expect(200, "NoError");
    let event = deployment.backends.outlook("contoso").await.only_event(samples::ORGANIZER).await;
    assert_eq!(event["subject"], "Another subject");
    let mut availability = convene_tests::events::sample("get-availability");
    availability["headers"]["authorization"] = json!(format!("Bearer {}", deployment.token("contoso")));
    let available = deployment.launch("get-availability", 1).await.call(&availability, PLENTY).await;
    assert_eq!(available.status, 200, "{available:?}");
    deployment.call_once("delete-meeting", &key).await.expect(200, "NoError");
    assert!(deployment.backends.outlook("contoso").await.events(samples::ORGANIZER).await.is_empty());
}

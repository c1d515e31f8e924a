//! An appointment for as many people and with as much text as a call may have.

use std::time::Duration;

use convene_local::Options;
use convene_tests::{
    Product,
    lightning::{appointment, rows},
};
use serde_json::json;

use super::address;

/// The text is counted and written out for each of the people: hundreds of megabytes. That ends with the request's time,
/// and what is known by then is still answered.
#[tokio::test]
async fn a_call_that_is_too_much_for_its_time_is_answered_all_the_same() {
    let options = Options { function_timeout: Some(Duration::from_secs(4)), ..Options::default() };
    let product = Product::start_with(options).await;
    let caller = product.contoso().await;
    for operation in ["batch", "create_event"] {
        product.simulator().hold(operation, 0).await;
    }
    let people: Vec<_> = (0..500).map(|number| address(&format!("person{number}"))).collect();
    let mut asked = appointment("a", &people.iter().map(String::as_str).collect::<Vec<_>>());
    asked["body"] = json!("x".repeat(900_000));
    let late = rows(&caller.create_appointments(&asked).await);
    assert_eq!(late.len(), 501);
    assert!(late.iter().all(|(_, code)| code == "ErrorTimeoutExpired"), "{late:?}");
    product.simulator().clear_faults().await;
}

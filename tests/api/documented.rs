//! The documents' own samples, from first to last.

use convene_tests::{Product, samples};
use reqwest::Method;

#[tokio::test]
async fn the_documented_samples_work_as_printed() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let answer = caller.send(Method::POST, "/api/salesforce/scheduler/meeting", samples::SCHEDULE).await;
    assert_eq!(
        (answer.status, answer.text.as_str()),
        (200, r#"{"email":"organizer@contoso.com","errorCode":"NoError"}"#)
    );
    let outlook = product.outlook("contoso").await;
    let invitation = outlook.only_event("attendee1@contoso.com").await;
    outlook.respond("attendee1@contoso.com", &invitation, "accept").await;
    let meeting = caller.get(samples::ID, samples::ORGANIZER).await.expect_ok();
    assert_eq!(meeting["attendees"][0]["response"], "Accepted");
    product.stop().await;
}

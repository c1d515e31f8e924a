//! Who is the host of a round-robin.

use convene_tests::seconds;
use serde_json::json;

use super::{
    super::{UNAVAILABLE, expect_error},
    Stage, mondays, request,
};

const HOSTS: [&str; 3] = ["attendee1@contoso.com", "attendee2@contoso.com", "attendee3@contoso.com"];

#[tokio::test]
async fn round_robin_without_participants() {
    let stage = Stage::at("2027-01-31T12:00:00Z").await;
    let id = stage.nylas.configure(&mondays(&HOSTS, 60, "9:00", "12:00")).await;
    let [nine, ten, eleven] = [9, 10, 11].map(|hour| seconds(&format!("2027-02-01T{hour:02}:00:00Z")));
    let busy = json!({"mailbox": HOSTS[0], "start": "2027-02-01T09:00:00Z", "end": "2027-02-01T10:00:00Z"});
    stage.product.simulator().add_events(vec![busy]).await;
    // Each request of a guest of its own: a host that the server picks is no part of a repeat.
    let book = async |guest: &str, start: i64, participants: Option<&[&str]>| {
        let mut booking = request(guest, start, 60);
        if let Some(emails) = participants {
            booking["participants"] = emails.iter().map(|email| json!({"email": email})).collect();
        }
        stage.nylas.book(&id, &booking).await
    };
    let host = |answer: convene_tests::Answer| answer.expect_ok()["data"]["organizer"]["email"].clone();
    assert_eq!(host(book("a", nine, None).await), HOSTS[1]);
    assert_eq!(host(book("b", ten, None).await), HOSTS[0]);
    let two = book("c", eleven, Some(&HOSTS[..2])).await;
    assert!(expect_error(&two, 400, "invalid_request_error").contains("participants"));
    let busy = book("d", nine, Some(&HOSTS[..1])).await;
    assert!(expect_error(&busy, 400, "invalid_request_error").starts_with(UNAVAILABLE));
    let stranger = book("d", nine, Some(&["organizer@contoso.com"])).await;
    assert!(expect_error(&stranger, 400, "invalid_request_error").contains("participants"));
    assert_eq!(host(book("e", eleven, Some(&[])).await), HOSTS[2]);

    // Nobody but its host has a booking in the calendar.
    for (host, subjects) in HOSTS.iter().zip([2, 1, 1]) {
        assert_eq!(stage.outlook.events(host).await.len(), subjects, "{host}");
    }
    stage.product.stop().await;
}

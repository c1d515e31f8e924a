//! Attendees whose address is not a mail address: what GET returns, PATCH accepts.

use convene_tests::{Product, lightning, samples};
use reqwest::Method;
use serde_json::{Value, json};

use super::assert_message;

const ORGANIZER: &str = samples::ORGANIZER;
/// What Outlook shows of attendees that it has found in its own directory, or that another program has added.
const SHOWN: [&str; 2] = [
    "/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=4f1d-jane",
    "Jane Doe <jane@x>",
];

fn change(attendees: &Value) -> Value {
    json!({"id": "m", "organizerEmail": ORGANIZER, "attendees": attendees})
}

#[tokio::test]
async fn they_survive_a_read_modify_write() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let event = outlook.only_event(ORGANIZER).await;
    for address in SHOWN {
        let attendee = json!({"mailbox": ORGANIZER, "event": event["id"], "address": address});
        product.simulator().control(Method::POST, "/events/attendees", Some(attendee)).await;
    }
    let shown = caller.get("m", ORGANIZER).await.expect_ok();
    let listed = |meeting: &Value| -> Vec<String> {
        let attendees = meeting["attendees"].as_array().expect("attendees").iter();
        attendees.map(|attendee| attendee["email"].as_str().expect("text").to_owned()).collect()
    };
    assert_eq!(listed(&shown), ["attendee1@contoso.com", "attendee2@contoso.com", SHOWN[0], SHOWN[1]]);
    product.simulator().control(Method::DELETE, "/notifications", None).await;

    // The list as it was read, less one and plus one.
    let mut attendees = shown["attendees"].as_array().expect("attendees").clone();
    attendees.remove(0);
    attendees.push(json!({"email": "attendee3@contoso.com", "isRequired": "true"}));
    caller.update(&change(&json!(attendees))).await.expect(200, "NoError");
    let shown = caller.get("m", ORGANIZER).await.expect_ok();
    assert_eq!(listed(&shown), ["attendee2@contoso.com", SHOWN[0], SHOWN[1], "attendee3@contoso.com"]);
    // Outlook has kept them: nothing was sent to them.
    let mails = product.simulator().mails().await;
    assert!(mails.iter().all(|(_, to)| !SHOWN.contains(&to.as_str())), "{mails:?}");
}

#[tokio::test]
async fn a_typo_is_refused_and_so_are_they_in_a_new_meeting() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    product.simulator().clear_journal().await;
    let entry = |address: &str| json!([{"email": address, "isRequired": true}]);
    for address in ["ann@", "ann", "Jane Doe <jane@>", "<jane@x>", "Jane Doe jane@x", "/o=ExchangeLabs", "/cn=jane"] {
        let refused = caller.update(&change(&entry(address))).await;
        assert_message(&refused, "attendees[0].email", "must be a mail address");
    }
    for address in SHOWN {
        let meeting = samples::meeting_with("n", &json!({"attendees": entry(address)}));
        assert_message(&caller.schedule(&meeting).await, "attendees[0].email", "must be a mail address");
        let refused = caller.update(&json!({"id": "m", "organizerEmail": address})).await;
        assert_message(&refused, "organizerEmail", "must be a mail address");
        let mut appointment = lightning::appointment("a", &[]);
        appointment["attendees"] = entry(address);
        let refused = caller.update_appointments(&appointment).await;
        assert_message(&refused, "new.attendees[0].email", "must be a mail address");
    }
    assert!(product.simulator().requests().await.is_empty(), "bad input reached Microsoft");
}

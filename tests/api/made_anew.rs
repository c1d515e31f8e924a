//! A mailbox was removed and made anew: its address is the same, and no id of before is of use in it.

use convene_tests::{Answer, Outlook, Product, lightning, samples};
use serde_json::{Value, json};

const ORGANIZER: &str = samples::ORGANIZER;
const GUEST: &str = "attendee1@contoso.com";

/// What Graph may refuse such an id with.
const REFUSALS: [(u16, &str); 4] = [
    (400, "ErrorInvalidMailboxItemId"),
    (404, "ErrorInvalidMailboxItemId"),
    (400, "ErrorInvalidIdMalformed"),
    (404, "ErrorInvalidIdMalformed"),
];

/// A product whose Graph refuses such ids so.
async fn refusing(status: u16, code: &str) -> (Product, Outlook) {
    let product = Product::start().await;
    product.simulator().switch(json!({"refused_id_status": status, "refused_id_code": code})).await;
    let outlook = product.outlook("contoso").await;
    (product, outlook)
}

async fn make_anew(product: &Product, address: &str) {
    product.simulator().remove_mailbox("contoso.com", address).await;
    product.simulator().add_mailbox("contoso.com", address).await;
}

fn change(fields: &Value) -> Value {
    let mut change = json!({"id": "m", "organizerEmail": ORGANIZER});
    change.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    change
}

fn rows(answer: &Answer) -> Vec<String> {
    lightning::rows(answer).into_iter().map(|(_, code)| code).collect()
}

#[tokio::test]
async fn a_meeting_is_not_found_and_can_be_booked_again() {
    for (status, code) in REFUSALS {
        let (product, outlook) = refusing(status, code).await;
        let caller = product.contoso().await;
        caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
        make_anew(&product, ORGANIZER).await;
        caller.get("m", ORGANIZER).await.expect(404, "MeetingNotFound");
        for fields in [json!({"subject": "New"}), json!({"body": "New"}), json!({"endTime": "2026-05-04T23:00:00Z"})] {
            caller.update(&change(&fields)).await.expect(404, "MeetingNotFound");
        }
        let other = samples::meeting_with("m", &json!({"subject": "Something else"}));
        caller.schedule(&other).await.expect(200, "NoError");
        assert_eq!(outlook.only_event(ORGANIZER).await["subject"], "Something else", "{status} {code}");
        assert_eq!(caller.get("m", ORGANIZER).await.expect_ok()["subject"], "Something else");
    }
}

#[tokio::test]
async fn a_meeting_is_deleted_all_the_same() {
    for (status, code) in REFUSALS {
        let (product, outlook) = refusing(status, code).await;
        let caller = product.contoso().await;
        caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
        make_anew(&product, ORGANIZER).await;
        for _ in 0..2 {
            caller.delete("m", ORGANIZER).await.expect(200, "NoError");
        }
        caller.get("m", ORGANIZER).await.expect(404, "MeetingNotFound");
        caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
        outlook.only_event(ORGANIZER).await;
    }
}

#[tokio::test]
async fn a_copy_is_not_found_and_can_be_made_again() {
    for (status, code) in REFUSALS {
        let (product, outlook) = refusing(status, code).await;
        let caller = product.contoso().await;
        let mut asked = lightning::appointment("a", &[GUEST]);
        assert_eq!(rows(&caller.create_appointments(&asked).await), ["NoError", "NoError"]);
        make_anew(&product, GUEST).await;
        asked["subject"] = json!("New");
        assert_eq!(rows(&caller.update_appointments(&asked).await), ["NoError", "MeetingNotFound"], "{status} {code}");
        assert!(outlook.events(GUEST).await.is_empty());
        assert_eq!(rows(&caller.create_appointments(&asked).await), ["NoError", "NoError"]);
        for person in [ORGANIZER, GUEST] {
            assert_eq!(outlook.only_event(person).await["subject"], "New");
        }
    }
}

#[tokio::test]
async fn a_copy_is_deleted_all_the_same() {
    for (status, code) in REFUSALS {
        let (product, outlook) = refusing(status, code).await;
        let caller = product.contoso().await;
        let asked = lightning::appointment("a", &[GUEST]);
        assert_eq!(rows(&caller.create_appointments(&asked).await), ["NoError", "NoError"]);
        make_anew(&product, ORGANIZER).await;
        for _ in 0..2 {
            let deleted = caller.delete_appointments("a", ORGANIZER, &[GUEST]).await;
            assert_eq!(rows(&deleted), ["NoError", "NoError"], "{status} {code}");
        }
        assert!(outlook.events(GUEST).await.is_empty());
        assert_eq!(rows(&caller.create_appointments(&asked).await), ["NoError", "NoError"]);
        outlook.only_event(ORGANIZER).await;
    }
}

//! Two tenants: nothing of one is ever visible to the other.

mod credentials;

use convene_tests::{Caller, Product, samples};
use serde_json::{Value, json};

const ID: &str = samples::ID;
const CONTOSO: &str = "organizer@contoso.com";
const FABRIKAM: &str = "organizer@fabrikam.com";

fn meeting_of(organizer: &str, subject: &str) -> Value {
    samples::meeting_with(ID, &json!({"organizerEmail": organizer, "subject": subject, "attendees": []}))
}

async fn both(product: &Product) -> (Caller, Caller) {
    (product.caller("contoso").await, product.caller("fabrikam").await)
}

#[tokio::test]
async fn the_same_id_is_a_meeting_of_each() {
    let product = Product::start().await;
    let (contoso, fabrikam) = both(&product).await;
    contoso.schedule(&meeting_of(CONTOSO, "Contoso's")).await.expect(200, "NoError");
    fabrikam.get(ID, FABRIKAM).await.expect(404, "MeetingNotFound");
    fabrikam.schedule(&meeting_of(FABRIKAM, "Fabrikam's")).await.expect(200, "NoError");
    assert_eq!(contoso.get(ID, CONTOSO).await.expect_ok()["subject"], "Contoso's");
    assert_eq!(fabrikam.get(ID, FABRIKAM).await.expect_ok()["subject"], "Fabrikam's");
    let update = json!({"id": ID, "organizerEmail": CONTOSO, "subject": "Changed"});
    contoso.update(&update).await.expect(200, "NoError");
    assert_eq!(fabrikam.get(ID, FABRIKAM).await.expect_ok()["subject"], "Fabrikam's");
    contoso.delete(ID, CONTOSO).await.expect(200, "NoError");
    assert_eq!(product.outlook("fabrikam").await.only_event(FABRIKAM).await["subject"], "Fabrikam's");
    assert!(product.outlook("contoso").await.events(CONTOSO).await.is_empty());
}

#[tokio::test]
async fn one_cannot_touch_a_meeting_of_the_other() {
    let product = Product::start().await;
    let (contoso, fabrikam) = both(&product).await;
    contoso.schedule(&meeting_of(CONTOSO, "Contoso's")).await.expect(200, "NoError");
    product.simulator().clear_journal().await;
    for organizer in [CONTOSO, FABRIKAM] {
        fabrikam.get(ID, organizer).await.expect(404, "MeetingNotFound");
        let update = json!({"id": ID, "organizerEmail": organizer, "subject": "Stolen"});
        fabrikam.update(&update).await.expect(404, "MeetingNotFound");
        fabrikam.delete(ID, organizer).await.expect(404, "MeetingNotFound");
    }
    assert!(product.simulator().requests().await.is_empty());
    assert_eq!(product.outlook("contoso").await.only_event(CONTOSO).await["subject"], "Contoso's");
}

#[tokio::test]
async fn one_cannot_book_in_a_calendar_of_the_other() {
    let product = Product::start().await;
    let (contoso, fabrikam) = both(&product).await;
    let theirs = meeting_of(CONTOSO, "Intruder");
    fabrikam.schedule(&theirs).await.expect(404, "ErrorMailRecipientNotFound");
    assert!(product.outlook("contoso").await.events(CONTOSO).await.is_empty());
    contoso.schedule(&theirs).await.expect(200, "NoError");
    // As a guest anybody may be invited, by mail.
    let guests = json!([{"email": CONTOSO, "isRequired": true}]);
    let meeting = samples::meeting_with("guest", &json!({"organizerEmail": FABRIKAM, "attendees": guests}));
    fabrikam.schedule(&meeting).await.expect(200, "NoError");
    product.outlook("contoso").await.only_event(CONTOSO).await;
}

#[tokio::test]
async fn one_does_not_see_when_the_other_is_busy() {
    let product = Product::start().await;
    let (contoso, fabrikam) = both(&product).await;
    contoso.schedule(&meeting_of(CONTOSO, "Contoso's")).await.expect(200, "NoError");
    let entries = json!([{"email": CONTOSO}, {"email": FABRIKAM}]);
    let (from, to) = ("2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z");
    let unknown =
        |email: &str| json!({"email": email, "errorCode": "ErrorMailRecipientNotFound", "unavailableTimeslots": []});
    let slots = json!([{"timeMin": "2026-05-04T09:00:00Z", "timeMax": "2026-05-04T10:00:00Z"}]);
    let free = json!({"email": FABRIKAM, "errorCode": "NoError", "unavailableTimeslots": []});
    let busy = json!({"email": CONTOSO, "errorCode": "NoError", "unavailableTimeslots": slots});
    assert_eq!(fabrikam.availability(from, to, &entries).await.expect_ok(), json!([unknown(CONTOSO), free]));
    assert_eq!(contoso.availability(from, to, &entries).await.expect_ok(), json!([busy, unknown(FABRIKAM)]));
}

#[tokio::test]
async fn each_speaks_to_its_own_directory_only() {
    let product = Product::start().await;
    let (contoso, fabrikam) = both(&product).await;
    for (name, caller, organizer) in [("contoso", &contoso, CONTOSO), ("fabrikam", &fabrikam, FABRIKAM)] {
        product.simulator().clear_journal().await;
        caller.schedule(&meeting_of(organizer, "S")).await.expect(200, "NoError");
        caller.get(ID, organizer).await.expect_ok();
        caller.delete(ID, organizer).await.expect(200, "NoError");
        let directory = &product.tenant(name).microsoft.directory_id;
        let requests = product.simulator().requests().await;
        assert_eq!(requests.len(), 3);
        assert!(requests.iter().all(|request| request["directory"] == directory.as_str()), "{requests:#?}");
    }
}

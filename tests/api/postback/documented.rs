//! The documents' own samples, as printed.

use convene_tests::{
    Caller, Outlook, Product,
    lightning::{self, CONNECT_ME, Document, REVENUE_GRID},
};
use reqwest::Method;
use serde_json::json;

const POSTBACK: &str = "/api/salesforce/scheduler/postback";

/// An answer as the documents print it, but for white space.
fn printed(domain: &str, rows: [(&str, &str); 3]) -> String {
    let rows = rows.map(|(name, code)| format!(r#"{{"email":"{name}@{domain}","errorCode":"{code}"}}"#));
    format!("[{}]", rows.join(","))
}

#[tokio::test]
async fn an_appointment_lives_and_dies_by_the_samples_of_revenue_grid() {
    lives_and_dies(&REVENUE_GRID).await;
}

#[tokio::test]
async fn an_appointment_lives_and_dies_by_the_samples_of_connect_me() {
    lives_and_dies(&CONNECT_ME).await;
}

async fn lives_and_dies(document: &Document) {
    let product = Product::start().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    let [organizer, first, second] = document.people.map(|name| format!("{name}@{}", document.domain));
    for name in ["test", "attendee1", "attendee2", "organizer", "test1"] {
        let address = format!("{name}@{}", document.domain);
        if !has_mailbox(&outlook, &address).await {
            simulator.add_mailbox("contoso.com", &address).await;
        }
    }

    // The first attendee is nobody yet.
    simulator.remove_mailbox("contoso.com", &first).await;
    let created = caller.send(Method::POST, POSTBACK, document.create).await;
    let [test, one, two] = document.people;
    let unknown = "ErrorMailRecipientNotFound";
    let rows = printed(document.domain, [(test, "NoError"), (one, unknown), (two, "NoError")]);
    assert_eq!((created.status, created.text.as_str()), (200, rows.as_str()));
    assert_eq!(created.header("x-correlation-id"), Some("ac3b40b4-2c33-463b-8bfe-8bcf077d7539"));
    for mailbox in [&organizer, &second] {
        let event = outlook.only_event(mailbox).await;
        assert_eq!(event["subject"], document.subject);
        assert_eq!(event["location"]["displayName"], document.location);
        assert_eq!(event["start"]["dateTime"], "2020-10-16T10:00:00.0000000");
        assert_eq!(event["end"]["dateTime"], "2020-10-20T23:00:00.0000000");
        assert_eq!(event["attendees"], json!([]));
    }
    // Nobody is invited, and nobody is told.
    assert!(simulator.mails().await.is_empty());

    // Then the first attendee comes, and the second one goes.
    simulator.add_mailbox("contoso.com", &first).await;
    simulator.remove_mailbox("contoso.com", &second).await;
    let updated = caller.send(Method::PUT, POSTBACK, document.update).await;
    let rows = printed(document.domain, [(test, "NoError"), (one, "NoError"), (two, unknown)]);
    assert_eq!((updated.status, updated.text.as_str()), (200, rows.as_str()));
    assert_eq!(updated.header("x-correlation-id"), Some("ac3b40b4-2c33-463b-8bfe-8bcf077d7539"));
    outlook.only_event(&organizer).await;
    outlook.only_event(&first).await;

    if !document.others.contains(&two) {
        // The organizer's row would tell of a copy that may be left in a mailbox that the sample does not name.
        simulator.add_mailbox("contoso.com", &second).await;
    }
    delete(&caller, document).await;
    for mailbox in [&organizer, &first] {
        assert!(outlook.events(mailbox).await.is_empty(), "{mailbox} still has it");
    }
    delete(&caller, document).await;
}

/// The sample names other people than those of the other samples, and everybody's copy is deleted all the same.
async fn delete(caller: &Caller, document: &Document) {
    let deleted = caller.send(Method::DELETE, POSTBACK, document.delete).await;
    let [organizer, one, two] = document.others;
    let rows = [(organizer, "NoError"), (one, "NoError"), (two, "ErrorMailRecipientNotFound")];
    assert_eq!((deleted.status, deleted.text), (200, printed(document.domain, rows)));
}

async fn has_mailbox(outlook: &Outlook, address: &str) -> bool {
    outlook.request(Method::GET, &format!("/users/{address}/events"), None).await.status == 200
}

#[tokio::test]
async fn availability_is_answered_by_service_resource() {
    for document in [REVENUE_GRID, CONNECT_ME] {
        let product = Product::start().await;
        let simulator = product.simulator();
        let mut events = Vec::new();
        let asked: serde_json::Value = serde_json::from_str(document.availability).expect("JSON");
        let spans: [&[[&str; 2]]; 2] = [
            &[["2020-10-16T10:00:00", "2020-10-16T12:00:00"], ["2020-10-16T14:00:00", "2020-10-16T15:00:00"]],
            &[["2020-10-16T10:00:00", "2020-10-16T16:00:00"]],
        ];
        for (entry, spans) in asked.as_array().expect("entries").iter().zip(spans) {
            let mailbox = entry["email"].as_str().expect("an address");
            if document.domain != "contoso.com" {
                simulator.add_mailbox("contoso.com", mailbox).await;
            }
            events.extend(spans.iter().map(
                |[start, end]| json!({"mailbox": mailbox, "start": format!("{start}Z"), "end": format!("{end}Z")}),
            ));
        }
        simulator.add_events(events).await;
        let caller = product.contoso().await;
        let path = format!("/api/salesforce/scheduler/availability?{}", lightning::WINDOW);
        let answer = caller.send(Method::POST, &path, document.availability).await;
        let [first, second] = [0, 1].map(|place| asked[place]["serviceResourceId"].as_str().expect("an id").to_owned());
        let expected = format!(
            r#"[{{"serviceResourceId":"{first}","errorCode":"NoError","unavailableTimeslots":[{{"timeMin":"2020-10-16T10:00:00Z","timeMax":"2020-10-16T12:00:00Z"}},{{"timeMin":"2020-10-16T14:00:00Z","timeMax":"2020-10-16T15:00:00Z"}}]}},{{"serviceResourceId":"{second}","errorCode":"NoError","unavailableTimeslots":[{{"timeMin":"2020-10-16T10:00:00Z","timeMax":"2020-10-16T16:00:00Z"}}]}}]"#
        );
        assert_eq!((answer.status, answer.text), (200, expected));
    }
}

/// The comma that the documents' PUT samples lack may be missing in any body, and only where an object's member ends in a
/// bracket.
#[tokio::test]
async fn a_comma_may_be_missing_after_a_bracket_in_any_body() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let meeting = r#"{"attendees": [{"email": "attendee1@contoso.com", "isRequired": "true"}]
        "id": "m", "organizerEmail": "organizer@contoso.com", "body": "b", "subject": "s", "location": "l",
        "startTime": "2026-05-04T09:00:00Z", "endTime": "2026-05-04T10:00:00Z"}"#;
    let path = "/api/salesforce/scheduler/meeting";
    caller.send(Method::POST, path, meeting).await.expect(200, "NoError");
    let change = r#"{"id": "m", "attendees": [] "organizerEmail": "organizer@contoso.com"}"#;
    caller.send(Method::PATCH, path, change).await.expect(200, "NoError");
    assert_eq!(caller.get("m", "organizer@contoso.com").await.expect_ok()["attendees"], json!([]));
    let listed = r#"{"attendees": ["attendee1@contoso.com"]
        "id": "a", "organizerEmail": "organizer@contoso.com"}"#;
    let deleted = caller.send(Method::DELETE, POSTBACK, listed).await;
    let unknown = "MeetingNotFound";
    assert_eq!(
        lightning::rows(&deleted),
        [("organizer", unknown), ("attendee1", unknown)].map(|(name, code)| (name.to_owned(), code.to_owned()))
    );
    for slip in [r#"{"id": "m" "organizerEmail": "organizer@contoso.com"}"#, r#"{"id": "m",, "organizerEmail": "x"}"#] {
        caller.send(Method::DELETE, path, slip).await.expect(400, "InvalidRequest");
    }
}

#[tokio::test]
async fn entries_of_both_kinds_are_answered_each_in_its_way() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let entries = json!([
        {"email": "attendee1@contoso.com", "serviceResourceId": "12345", "isOrganizer": true},
        {"email": "attendee2@contoso.com"},
        {"email": "nobody@contoso.com", "serviceResourceId": "54321", "isOrganizer": "no"},
        {"email": "attendee1@contoso.com", "isOrganizer": null},
    ]);
    let answer = caller.availability("2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z", &entries).await.expect_ok();
    let expected = json!([
        {"serviceResourceId": "12345", "errorCode": "NoError", "unavailableTimeslots": []},
        {"email": "attendee2@contoso.com", "errorCode": "NoError", "unavailableTimeslots": []},
        {"serviceResourceId": "54321", "errorCode": "ErrorMailRecipientNotFound", "unavailableTimeslots": []},
        {"email": "attendee1@contoso.com", "errorCode": "NoError", "unavailableTimeslots": []},
    ]);
    assert_eq!(answer, expected);
}

use graph_simulator::Options;
use serde_json::json;

use crate::common::{ATTENDEE, CONTOSO, FABRIKAM, ORGANIZER, list, meeting, options, start_with, text, with};

#[tokio::test]
async fn a_database_outlives_the_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = Some(folder.path().join("calendars.sqlite"));
    // The first one is never closed in an orderly way: its state is on disk all the same.
    let first = start_with(Options { database: database.clone(), ..options() }).await;
    let event = with(meeting(&[ATTENDEE]), json!({ "transactionId": "t-1" }));
    let made = first.create(ORGANIZER, &event).await;
    let mailbox = json!({ "directory": CONTOSO, "address": "later@contoso.com" });
    assert_eq!(first.post("/simulator/mailboxes", &mailbox).await.status, 201);
    let refresh = [
        ("grant_type", "refresh_token"),
        ("client_id", "signed-in"),
        ("client_secret", "secret"),
        ("refresh_token", "first"),
    ];
    let rotated = text(&first.token_call(CONTOSO, &refresh).await.body["refresh_token"]);
    first.post("/simulator/tokens/revoke", &json!({ "token": "first" })).await;

    let mut second = start_with(Options { database, ..options() }).await;
    second.token.clone_from(&first.token);
    let read = second.get(&format!("/v1.0/users/{ORGANIZER}/events/{}", made.id())).await;
    assert_eq!((read.status, &read.body["@odata.etag"]), (200, &made.body["@odata.etag"]));
    assert_eq!(second.events(ATTENDEE).await.len(), 1);
    assert_eq!(second.create(ORGANIZER, &event).await.id(), made.id(), "transactions are remembered");
    assert_ne!(second.create(ORGANIZER, &meeting(&[])).await.id(), made.id());
    assert_eq!(second.get("/v1.0/users/later@contoso.com").await.status, 200);
    assert_eq!(second.token_call(CONTOSO, &refresh).await.body["error_codes"], json!([50173]), "revoked stays revoked");
    let mut again = refresh;
    again[3].1 = &rotated;
    assert_eq!(second.token_call(CONTOSO, &again).await.status, 200);
}

#[tokio::test]
async fn only_the_directories_that_are_named_are_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = Some(folder.path().join("calendars.sqlite"));
    let first = start_with(Options { database: database.clone(), ..options() }).await;
    first.create(ORGANIZER, &meeting(&[])).await;

    let mut alone = Options { database: database.clone(), ..options() };
    alone.directories.retain(|directory| directory.id == FABRIKAM);
    let second = start_with(alone).await;
    let page = text(&second.get("/calendars").await.body);
    assert!(page.contains("organizer@fabrikam.com") && !page.contains("contoso"), "{page}");
    let addresses: Vec<_> = list(&second.get("/simulator/mailboxes").await.body).to_vec();
    assert_eq!(addresses.len(), 1, "{addresses:?}");
    let event =
        json!({ "mailbox": "organizer@fabrikam.com", "start": "2026-03-16T09:00:00Z", "end": "2026-03-16T10:00:00Z" });
    assert_eq!(second.post("/simulator/events", &event).await.status, 201);
    assert_eq!(second.post("/simulator/reset", &json!({ "events": true })).await.status, 204);

    let third = start_with(Options { database, ..options() }).await;
    assert_eq!(third.events(ORGANIZER).await.len(), 1, "what was not seen is still there");
}

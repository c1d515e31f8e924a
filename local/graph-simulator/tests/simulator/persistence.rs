use graph_simulator::Options;
use serde_json::json;

use crate::common::{ATTENDEE, CONTOSO, ORGANIZER, meeting, options, start_with, text, with};

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

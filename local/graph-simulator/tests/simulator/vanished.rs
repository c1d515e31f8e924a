use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{
    ATTENDEE, Answer, CONTOSO, ORGANIZER, OTHER, Sim, meeting, options, send, start, start_with, text,
};
use graph_simulator::Options;

/// A request by the id that outlives a move.
async fn immutable(sim: &Sim, method: Method, path: &str, body: Option<Value>) -> Answer {
    let request = sim.request(method, path).header("prefer", "IdType=\"ImmutableId\"");
    send(match body {
        Some(body) => request.json(&body),
        None => request,
    })
    .await
}

/// A meeting, as its mutable id and its immutable one.
async fn made(sim: &Sim, attendees: &[&str]) -> (String, String) {
    let made = sim.create(ORGANIZER, &meeting(attendees)).await;
    let path = |id: &str| format!("/v1.0/users/{ORGANIZER}/events/{id}");
    let immutable = immutable(sim, Method::GET, &path(&made.id()), None).await;
    (path(&made.id()), path(&immutable.id()))
}

#[tokio::test]
async fn an_immutable_id_may_lead_to_the_deleted_items() {
    let sim = start().await;
    sim.switch(json!({ "deleted_items_reachable": true })).await;
    for (attendees, cancelled) in [(&[ATTENDEE][..], true), (&[], false)] {
        let (mutable, path) = made(&sim, attendees).await;
        assert_eq!(sim.delete(&mutable).await.status, 204);
        let found = immutable(&sim, Method::GET, &path, None).await;
        assert_eq!((found.status, &found.body["isCancelled"]), (200, &json!(cancelled)));
        let mails = || async { sim.get("/simulator/notifications").await.body.as_array().map(Vec::len) };
        let before = mails().await;
        let changed = immutable(&sim, Method::PATCH, &path, Some(json!({ "subject": "Changed" }))).await;
        assert_eq!((changed.status, text(&changed.body["subject"])), (200, "Changed".into()));
        assert_eq!(mails().await, before, "nobody learns of it");
        assert_eq!(sim.get(&mutable).await.code(), "ErrorItemNotFound");
        assert_eq!(immutable(&sim, Method::DELETE, &path, None).await.code(), "ErrorItemNotFound");
        assert!(sim.events(ORGANIZER).await.is_empty() && sim.statuses(ORGANIZER).await.is_empty());
    }
}

#[tokio::test]
async fn a_second_delete_may_be_refused() {
    let sim = start().await;
    sim.switch(json!({ "second_delete_refused": true })).await;
    let (mutable, path) = made(&sim, &[ATTENDEE]).await;
    assert_eq!(immutable(&sim, Method::DELETE, &path, None).await.status, 204);
    for _ in 0..2 {
        let again = immutable(&sim, Method::DELETE, &path, None).await;
        assert_eq!((again.status, again.code()), (403, "ErrorCannotDeleteObject"));
    }
    assert_eq!(sim.delete(&mutable).await.code(), "ErrorItemNotFound");
    assert_eq!(immutable(&sim, Method::GET, &path, None).await.code(), "ErrorItemNotFound");
}

#[tokio::test]
async fn a_mailbox_that_was_made_anew_has_other_ids() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = Some(folder.path().join("calendars.sqlite"));
    let sim = start_with(Options { database: database.clone(), ..options() }).await;
    let (_, path) = made(&sim, &[]).await;
    let mailbox = json!({ "directory": CONTOSO, "address": ORGANIZER });
    let before = sim.get(&format!("/v1.0/users/{ORGANIZER}")).await.id();
    let removed = send(sim.request(Method::DELETE, "/simulator/mailboxes").json(&mailbox)).await;
    assert_eq!(removed.status, 204);
    assert_eq!(sim.get(&path).await.code(), "ErrorInvalidUser");
    assert_eq!(sim.post("/simulator/mailboxes", &mailbox).await.status, 201);
    assert_ne!(sim.get(&format!("/v1.0/users/{ORGANIZER}")).await.id(), before);
    assert!(sim.events(ORGANIZER).await.is_empty());
    for (switches, status, code) in [
        (json!({}), 400, "ErrorInvalidMailboxItemId"),
        (json!({ "refused_id_status": 404 }), 404, "ErrorInvalidMailboxItemId"),
        (json!({ "refused_id_code": "ErrorInvalidIdMalformed" }), 404, "ErrorInvalidIdMalformed"),
        (json!({ "refused_id_status": 400 }), 400, "ErrorInvalidIdMalformed"),
    ] {
        sim.switch(switches).await;
        for method in [Method::GET, Method::DELETE] {
            let refused = immutable(&sim, method, &path, None).await;
            assert_eq!((refused.status, refused.code()), (status, code));
        }
        let refused = immutable(&sim, Method::PATCH, &path, Some(json!({ "subject": "New" }))).await;
        assert_eq!((refused.status, refused.code()), (status, code));
    }
    for wrong in [json!({ "refused_id_status": 500 }), json!({ "refused_id_code": "ErrorAccessDenied" })] {
        assert_eq!(sim.post("/simulator/switches", &wrong).await.status, 400, "{wrong}");
    }
    // Also after a restart.
    let (_, kept) = made(&sim, &[]).await;
    let mut second = start_with(Options { database, ..options() }).await;
    second.token.clone_from(&sim.token);
    assert_eq!(immutable(&second, Method::GET, &kept, None).await.status, 200);
    assert_eq!(immutable(&second, Method::GET, &path, None).await.code(), "ErrorInvalidMailboxItemId");
}

#[tokio::test]
async fn whoever_gets_an_invitation_forwarded_is_invited() {
    let sim = start().await;
    let original = sim.create(ORGANIZER, &meeting(&[ATTENDEE])).await;
    let invitation = sim.events(ATTENDEE).await[0].clone();
    let forward = |mailbox: &str, id: &str| format!("/v1.0/users/{mailbox}/events/{id}/forward");
    let to = json!({ "toRecipients": [{ "emailAddress": { "address": OTHER, "name": "Other" } }, { "emailAddress": { "address": ORGANIZER } }] });
    // Twice is once, and nobody is invited to the own meeting.
    for _ in 0..2 {
        assert_eq!(sim.post(&forward(ATTENDEE, &text(&invitation["id"])), &to).await.status, 202);
    }
    let seen = sim.get(&format!("/v1.0/users/{ORGANIZER}/events/{}", original.id())).await.body;
    let addresses: Vec<_> =
        seen["attendees"].as_array().expect("attendees").iter().map(|a| text(&a["emailAddress"]["address"])).collect();
    assert_eq!(addresses, [ATTENDEE, OTHER]);
    assert_eq!(sim.events(OTHER).await[0]["iCalUId"], original.body["iCalUId"]);
    let refused = sim.post(&forward(ATTENDEE, &text(&invitation["id"])), &json!({ "toRecipients": [] })).await;
    assert_eq!((refused.status, refused.code()), (400, "ErrorInvalidRecipients"));
}

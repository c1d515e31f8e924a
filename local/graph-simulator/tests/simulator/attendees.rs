use serde_json::{Value, json};

use crate::common::{ATTENDEE, ORGANIZER, OTHER, ROOM, Sim, list, meeting, start, text, time, with};

async fn only_copy(sim: &Sim, mailbox: &str) -> Value {
    let events = sim.events(mailbox).await;
    assert_eq!(events.len(), 1, "{mailbox}");
    events.into_iter().next().unwrap_or_default()
}

fn event(mailbox: &str, id: &str) -> String {
    format!("/v1.0/users/{mailbox}/events/{id}")
}

/// What the organizer's item says of each attendee.
async fn responses(sim: &Sim, id: &str) -> Vec<String> {
    let body = sim.get(&event(ORGANIZER, id)).await.body;
    list(&body["attendees"]).iter().map(|a| text(&a["status"]["response"])).collect()
}

async fn mails(sim: &Sim) -> Vec<(String, String)> {
    let sent = sim.get("/simulator/notifications").await.body;
    sim.delete("/simulator/notifications").await;
    list(&sent).iter().map(|n| (text(&n["kind"]), text(&n["to"]))).collect()
}

#[tokio::test]
async fn an_invitation_lands_in_the_attendees_calendar() {
    let sim = start().await;
    let made = sim.create(ORGANIZER, &meeting(&["Attendee1@Contoso.com", "guest@elsewhere.test"])).await;
    assert_eq!(made.body["attendees"][0]["status"], json!({ "response": "none", "time": "0001-01-01T00:00:00Z" }));
    let copy = only_copy(&sim, ATTENDEE).await;
    assert_ne!(text(&copy["id"]), made.id());
    assert_eq!(copy["iCalUId"], made.body["iCalUId"]);
    assert_eq!(copy["isOrganizer"], false);
    assert_eq!(copy["responseStatus"]["response"], "notResponded");
    assert_eq!(copy["showAs"], "tentative");
    assert_eq!(sim.statuses(ATTENDEE).await, ["tentative"]);
    let sent = mails(&sim).await;
    assert_eq!(
        sent,
        [("invitation".into(), "Attendee1@Contoso.com".into()), ("invitation".into(), "guest@elsewhere.test".into())]
    );
}

#[tokio::test]
async fn answers_reach_the_organizer() {
    let sim = start().await;
    let made = sim.create(ORGANIZER, &meeting(&[ATTENDEE, OTHER])).await;
    let copy = text(&only_copy(&sim, ATTENDEE).await["id"]);
    for (action, response, shown) in
        [("accept", "accepted", "busy"), ("tentativelyAccept", "tentativelyAccepted", "tentative")]
    {
        let answer = sim.post(&format!("{}/{action}", event(ATTENDEE, &copy)), &json!({ "sendResponse": true })).await;
        assert_eq!(answer.status, 202);
        assert_eq!(responses(&sim, &made.id()).await, [response, "none"]);
        assert_eq!(sim.statuses(ATTENDEE).await, [shown]);
    }
    sim.post(&format!("{}/accept", event(ATTENDEE, &copy)), &json!({ "sendResponse": false })).await;
    assert_eq!(responses(&sim, &made.id()).await, ["tentativelyAccepted", "none"]);
    assert_eq!(sim.post(&format!("{}/decline", event(ATTENDEE, &copy)), &json!({})).await.status, 202);
    assert_eq!(responses(&sim, &made.id()).await, ["declined", "none"]);
    assert!(sim.events(ATTENDEE).await.is_empty());
    assert!(sim.statuses(ATTENDEE).await.is_empty());
    let own = sim.post(&format!("{}/accept", event(ORGANIZER, &made.id())), &json!({})).await;
    assert_eq!((own.status, own.code()), (400, "ErrorInvalidRequest"));
}

#[tokio::test]
async fn a_new_time_asks_everybody_again() {
    let sim = start().await;
    let made = sim.create(ORGANIZER, &meeting(&[ATTENDEE, OTHER])).await;
    let copy = text(&only_copy(&sim, ATTENDEE).await["id"]);
    sim.post(&format!("{}/accept", event(ATTENDEE, &copy)), &json!({})).await;
    let other = text(&only_copy(&sim, OTHER).await["id"]);
    sim.post(&format!("{}/decline", event(OTHER, &other)), &json!({})).await;
    mails(&sim).await;
    sim.patch(&event(ORGANIZER, &made.id()), &json!({ "subject": "Renamed" })).await;
    assert_eq!(responses(&sim, &made.id()).await, ["accepted", "declined"]);
    assert_eq!(only_copy(&sim, ATTENDEE).await["subject"], "Renamed");
    assert_eq!(mails(&sim).await.len(), 2);
    sim.patch(&event(ORGANIZER, &made.id()), &json!({ "end": time("2026-03-16T10:30:00") })).await;
    assert_eq!(responses(&sim, &made.id()).await, ["none", "none"]);
    let again = only_copy(&sim, ATTENDEE).await;
    assert_eq!((text(&again["id"]), text(&again["showAs"])), (copy, "tentative".into()));
    assert_eq!(only_copy(&sim, OTHER).await["end"], time("2026-03-16T10:30:00.0000000"));
}

#[tokio::test]
async fn a_change_of_attendees_concerns_only_those() {
    let sim = start().await;
    let made = sim.create(ORGANIZER, &meeting(&[ATTENDEE])).await;
    let copy = only_copy(&sim, ATTENDEE).await;
    sim.post(&format!("{}/accept", event(ATTENDEE, &text(&copy["id"]))), &json!({})).await;
    mails(&sim).await;
    let path = event(ORGANIZER, &made.id());
    sim.patch(&path, &json!({ "attendees": meeting(&[ATTENDEE, OTHER])["attendees"] })).await;
    assert_eq!(mails(&sim).await, [("invitation".into(), OTHER.into())]);
    assert_eq!(responses(&sim, &made.id()).await, ["accepted", "none"]);
    sim.patch(&path, &json!({ "attendees": meeting(&[OTHER])["attendees"] })).await;
    assert_eq!(mails(&sim).await, [("cancellation".into(), ATTENDEE.into())]);
    assert!(sim.events(ATTENDEE).await.is_empty());
    sim.patch(&path, &json!({ "categories": ["Blue"] })).await;
    assert!(mails(&sim).await.is_empty());
    assert_eq!(sim.delete(&path).await.status, 204);
    assert!(sim.events(OTHER).await.is_empty());
    assert_eq!(mails(&sim).await, [("cancellation".into(), OTHER.into())]);
}

#[tokio::test]
async fn only_the_organizer_cancels() {
    let sim = start().await;
    let made = sim.create(ORGANIZER, &meeting(&[ATTENDEE])).await;
    let copy = text(&only_copy(&sim, ATTENDEE).await["id"]);
    let refused = sim.post(&format!("{}/cancel", event(ATTENDEE, &copy)), &json!({ "comment": "no" })).await;
    assert_eq!((refused.status, refused.code()), (400, "ErrorInvalidRequest"));
    assert!(text(&refused.body["error"]["message"]).contains("You need to be an organizer to cancel a meeting."));
    sim.switch(json!({ "cancel_keeps_event": true })).await;
    let path = format!("{}/cancel", event(ORGANIZER, &made.id()));
    assert_eq!(sim.post(&path, &json!({ "comment": "sorry" })).await.status, 202);
    assert_eq!(sim.get(&event(ORGANIZER, &made.id())).await.body["isCancelled"], true);
    sim.switch(json!({ "cancel_keeps_event": false })).await;
    assert_eq!(sim.post(&path, &json!({})).await.status, 202);
    assert_eq!(sim.get(&event(ORGANIZER, &made.id())).await.status, 404);
}

#[tokio::test]
async fn a_cancellation_says_why() {
    let sim = start().await;
    let made = sim.create(ORGANIZER, &meeting(&[ATTENDEE])).await;
    let path = format!("{}/cancel", event(ORGANIZER, &made.id()));
    assert_eq!(sim.post(&path, &json!({ "comment": 7 })).await.status, 400);
    assert_eq!(sim.post(&path, &json!({ "comment": "I am <b>ill</b>." })).await.status, 202);
    let copy = only_copy(&sim, ATTENDEE).await;
    assert_eq!((&copy["isCancelled"], text(&copy["subject"])), (&json!(true), "Canceled: Review".to_owned()));
    assert!(text(&copy["body"]["content"]).contains("I am &lt;b&gt;ill&lt;/b&gt;."), "{copy}");
    assert_eq!(mails(&sim).await.last(), Some(&("cancellation".into(), ATTENDEE.into())));
    // It is gone.
    assert_eq!(sim.post(&path, &json!({ "comment": "again" })).await.status, 404);
}

#[tokio::test]
async fn only_a_meeting_is_cancelled_and_an_empty_comment_sends_nothing() {
    let sim = start().await;
    let alone = sim.create(ORGANIZER, &meeting(&[])).await;
    let cancel = |id: String| format!("{}/cancel", event(ORGANIZER, &id));
    let refused = sim.post(&cancel(alone.id()), &json!({ "comment": "no one" })).await;
    assert_eq!((refused.status, refused.code()), (400, "ErrorInvalidRequest"));
    let made = sim.create(ORGANIZER, &meeting(&[ATTENDEE])).await;
    mails(&sim).await;
    assert_eq!(sim.post(&cancel(made.id()), &json!({ "comment": "" })).await.status, 202);
    assert_eq!(mails(&sim).await, []);
    assert_eq!(only_copy(&sim, ATTENDEE).await["isCancelled"], false);
}

#[tokio::test]
async fn an_attendee_deletes_only_the_own_copy() {
    let sim = start().await;
    let made = sim.create(ORGANIZER, &meeting(&[ATTENDEE, ORGANIZER])).await;
    assert_eq!(sim.events(ORGANIZER).await.len(), 1, "an organizer who is listed gets no copy");
    let copy = text(&only_copy(&sim, ATTENDEE).await["id"]);
    let shown = sim.patch(&event(ATTENDEE, &copy), &json!({ "showAs": "oof" })).await;
    assert_eq!(shown.body["showAs"], "oof");
    assert_eq!(sim.delete(&event(ATTENDEE, &copy)).await.status, 204);
    assert!(sim.events(ATTENDEE).await.is_empty());
    assert_eq!(responses(&sim, &made.id()).await, ["none", "none"]);
    let hidden = with(meeting(&[ATTENDEE, OTHER]), json!({ "hideAttendees": true }));
    sim.create(ORGANIZER, &hidden).await;
    assert_eq!(list(&only_copy(&sim, ATTENDEE).await["attendees"]).len(), 1);
}

#[tokio::test]
async fn rooms_answer_by_themselves_when_told_to() {
    let sim = start().await;
    sim.switch(json!({ "rooms_respond": true })).await;
    let first = sim.create(ORGANIZER, &meeting(&[ROOM, ATTENDEE])).await;
    assert_eq!(responses(&sim, &first.id()).await, ["accepted", "none"]);
    let second = sim.create(ORGANIZER, &meeting(&[ROOM])).await;
    assert_eq!(responses(&sim, &second.id()).await, ["declined"]);
    assert_eq!(sim.statuses(ROOM).await, ["busy"]);
}

#[tokio::test]
async fn an_attendee_with_another_kind_of_address_stays_if_it_is_sent_back() {
    const NAME: &str = "/o=ExchangeLabs/ou=Exchange Administrative Group/cn=Recipients/cn=jane";
    let sim = start().await;
    let made = sim.create(ORGANIZER, &meeting(&[ATTENDEE])).await;
    let path = event(ORGANIZER, &made.id());
    let invited = |address: &str| json!({ "attendees": [{ "emailAddress": { "address": address } }] });
    assert_eq!(sim.patch(&path, &invited(NAME)).await.code(), "ErrorInvalidRecipients");
    let shown = json!({ "mailbox": ORGANIZER, "event": made.id(), "address": NAME });
    assert_eq!(sim.post("/simulator/events/attendees", &shown).await.status, 204);
    assert_eq!(sim.get(&path).await.body["attendees"][1]["emailAddress"]["address"], NAME);
    assert_eq!(sim.patch(&path, &invited(NAME)).await.status, 200);
    assert_eq!(list(&sim.get(&path).await.body["attendees"]).len(), 1);
    assert_eq!(sim.create(ORGANIZER, &meeting(&[NAME])).await.code(), "ErrorInvalidRecipients");
}

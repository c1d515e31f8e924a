use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{ATTENDEE, MARKER, ORGANIZER, meeting, send, start, text, time, with};

const EVENTS: &str = "/v1.0/users/organizer@contoso.com/events";

#[tokio::test]
async fn an_event_lives_from_post_to_delete() {
    let sim = start().await;
    let made = send(
        sim.request(Method::POST, "/v1.0/users/ORGANIZER%40Contoso.com/calendar/events")
            .header("client-request-id", "8c8d6f4e-0000-4000-8000-000000000001")
            .json(&meeting(&[])),
    )
    .await;
    assert_eq!(made.status, 201);
    assert_eq!(made.header("client-request-id"), "8c8d6f4e-0000-4000-8000-000000000001");
    assert!(!made.header("request-id").is_empty());
    assert_eq!(made.body["start"], json!({ "dateTime": "2026-03-16T09:00:00.0000000", "timeZone": "UTC" }));
    assert_eq!(made.body["isOrganizer"], true);
    assert_eq!(made.body["responseStatus"], json!({ "response": "organizer", "time": "0001-01-01T00:00:00Z" }));
    assert_eq!(made.body["organizer"]["emailAddress"]["address"], "Organizer@contoso.com");
    assert!(made.body.get("transactionId").is_none());

    // No more than `event` and `outlookItem` have in v1.0's schema.
    for unknown in ["uid", "occurrenceId"] {
        assert!(made.body.get(unknown).is_none(), "{unknown}");
        let refused = sim.create(ORGANIZER, &with(meeting(&[]), json!({ unknown: "x" }))).await;
        assert_eq!((refused.status, refused.code()), (400, "RequestBodyRead"), "{unknown}");
    }

    let path = format!("{EVENTS}/{}", made.id());
    let changed = sim.patch(&path, &json!({ "subject": "Another" })).await;
    assert_eq!((changed.status, text(&changed.body["subject"])), (200, "Another".into()));
    assert_ne!(changed.body["@odata.etag"], made.body["@odata.etag"]);
    assert_eq!(sim.get(&path).await.body["location"]["displayName"], "Room 5");
    assert_eq!(sim.delete(&path).await.status, 204);
    let gone = sim.get(&path).await;
    assert_eq!((gone.status, gone.code()), (404, "ErrorItemNotFound"));
    let inner = &gone.body["error"]["innerError"];
    assert!(inner["date"].is_string() && inner["request-id"].is_string() && inner["client-request-id"].is_string());
    assert_eq!(sim.delete(&path).await.status, 404);
}

#[tokio::test]
async fn a_transaction_makes_one_event_a_mailbox() {
    let sim = start().await;
    let event = with(meeting(&[ATTENDEE]), json!({ "transactionId": "t-1" }));
    let first = sim.create(ORGANIZER, &event).await;
    let again = sim.create(ORGANIZER, &event).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.id(), again.id());
    assert_eq!(first.body["transactionId"], "t-1");
    assert_eq!(sim.events(ORGANIZER).await.len(), 1);
    assert_eq!(sim.events(ATTENDEE).await.len(), 1);
    let notifications = sim.get("/simulator/notifications").await.body;
    assert_eq!(crate::common::list(&notifications).len(), 1);
    assert_ne!(sim.create(ATTENDEE, &event).await.id(), first.id());
    sim.delete(&format!("{EVENTS}/{}", first.id())).await;
    assert_ne!(sim.create(ORGANIZER, &event).await.id(), first.id());
}

#[tokio::test]
async fn switches_change_what_a_repeat_is_answered_with() {
    let sim = start().await;
    let event = with(meeting(&[]), json!({ "transactionId": "t-1" }));
    let first = sim.create(ORGANIZER, &event).await;
    for status in [400, 409] {
        sim.switch(json!({ "duplicate_transaction_error": status })).await;
        let again = sim.create(ORGANIZER, &event).await;
        assert_eq!((u64::from(again.status), again.code()), (status, "ErrorDuplicateTransactionId"));
        assert_eq!(again.body["error"]["@event.existingEventId"], first.id());
    }
    sim.switch(json!({ "duplicate_transaction_error": null, "remember_deleted_transaction_ids": true })).await;
    sim.delete(&format!("{EVENTS}/{}", first.id())).await;
    let again = sim.create(ORGANIZER, &event).await;
    assert_eq!((again.status, again.code()), (409, "ErrorDuplicateTransactionId"));
    let existing = text(&again.body["error"]["@event.existingEventId"]);
    assert_eq!(sim.get(&format!("{EVENTS}/{existing}")).await.status, 404);
    sim.switch(json!({ "forget_transaction_ids": true })).await;
    for _ in 0..2 {
        assert_eq!(sim.create(ORGANIZER, &event).await.status, 201);
    }
    assert_eq!(sim.events(ORGANIZER).await.len(), 2);
}

#[tokio::test]
async fn ids_come_in_two_forms_and_belong_to_one_mailbox() {
    let sim = start().await;
    let made = sim.create(ORGANIZER, &meeting(&[])).await;
    let immutable = |path: String| sim.request(Method::GET, &path).header("prefer", "IdType=\"ImmutableId\"");
    let stable = send(immutable(format!("{EVENTS}/{}", made.id()))).await;
    assert_eq!(stable.status, 200);
    assert!(stable.header("preference-applied").contains("IdType=\"ImmutableId\""));
    assert_ne!(stable.id(), made.id());
    assert_eq!(sim.get(&format!("{EVENTS}/{}", stable.id())).await.id(), made.id());

    let moved = sim.post("/simulator/events/move", &json!({ "mailbox": ORGANIZER, "event": made.id() })).await;
    assert_eq!(moved.body["immutable_id"], stable.id());
    assert_eq!(sim.get(&format!("{EVENTS}/{}", made.id())).await.code(), "ErrorItemNotFound");
    assert_eq!(sim.get(&format!("{EVENTS}/{}", text(&moved.body["id"]))).await.status, 200);
    assert_eq!(send(immutable(format!("{EVENTS}/{}", stable.id()))).await.id(), stable.id());

    let foreign = sim.get(&format!("/v1.0/users/{ATTENDEE}/events/{}", stable.id())).await;
    assert_eq!((foreign.status, foreign.code()), (400, "ErrorInvalidMailboxItemId"));
    for bad in ["nonsense", &stable.id().to_lowercase()] {
        let answer = sim.get(&format!("{EVENTS}/{bad}")).await;
        assert!(matches!(answer.status, 400 | 404), "{bad}");
    }
}

#[tokio::test]
async fn if_match_holds_an_event_to_its_change_key() {
    let sim = start().await;
    let made = sim.create(ORGANIZER, &meeting(&[])).await;
    let path = format!("{EVENTS}/{}", made.id());
    let etag = text(&made.body["@odata.etag"]);
    assert_eq!(etag, format!("W/\"{}\"", text(&made.body["changeKey"])));
    let change = |tag: &str| {
        sim.request(Method::PATCH, &path).header("if-match", tag.to_owned()).json(&json!({ "subject": "New" }))
    };
    assert_eq!(send(change(&etag)).await.status, 200);
    let stale = send(change(&etag)).await;
    assert_eq!((stale.status, stale.code()), (412, "ErrorIrresolvableConflict"));
    let delete = |tag: &str| sim.request(Method::DELETE, &path).header("if-match", tag.to_owned());
    assert_eq!(send(delete(&etag)).await.status, 412);
    assert_eq!(send(delete("*")).await.status, 204);
}

#[tokio::test]
async fn bodies_come_back_as_html_or_as_the_text_that_was_sent() {
    let sim = start().await;
    let made = sim.create(ORGANIZER, &meeting(&[])).await;
    assert_eq!(made.body["body"]["contentType"], "html");
    assert!(text(&made.body["body"]["content"]).contains("Line &lt;two&gt;"));
    let path = format!("{EVENTS}/{}", made.id());
    let as_text = || {
        send(
            sim.request(Method::GET, &path)
                .header("prefer", "IdType=\"ImmutableId\", outlook.body-content-type=\"text\""),
        )
    };
    let read = as_text().await;
    assert!(read.header("preference-applied").contains("outlook.body-content-type=\"text\""));
    assert_eq!(read.body["body"], json!({ "contentType": "text", "content": "Line one\r\nLine <two>" }));
    sim.patch(&path, &json!({ "body": { "contentType": "html", "content": "<p>Hi <b>you</b> &amp; me</p>a<br>b" } }))
        .await;
    assert_eq!(as_text().await.body["body"]["content"], "Hi you & me\r\n\r\na\r\nb");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_400() {
    let sim = start().await;
    let many: Vec<Value> =
        (0..501).map(|n| json!({ "emailAddress": { "address": format!("p{n}@elsewhere.test") } })).collect();
    for (change, code) in [
        (json!({ "end": time("2026-03-16T08:00:00") }), "ErrorPropertyValidationFailure"),
        (
            json!({ "start": { "dateTime": "2026-03-16T09:00:00", "timeZone": "Mars/Olympus" } }),
            "TimeZoneNotSupportedException",
        ),
        (json!({ "start": { "dateTime": "soon", "timeZone": "UTC" } }), "ErrorInvalidRequest"),
        (json!({ "start": Value::Null }), "ErrorPropertyValidationFailure"),
        (json!({ "attendees": many }), "ErrorPropertyValidationFailure"),
        (json!({ "attendees": [{ "emailAddress": { "address": "nobody" } }] }), "ErrorInvalidRecipients"),
        (json!({ "attendees": [{ "emailAddress": { "address": "a@b.c" }, "type": "boss" }] }), "RequestBodyRead"),
        (json!({ "showAs": "away" }), "RequestBodyRead"),
        (json!({ "sensitivity": "secret" }), "RequestBodyRead"),
        (json!({ "body": { "contentType": "rtf", "content": "" } }), "RequestBodyRead"),
        (json!({ "isAllDay": true }), "ErrorPropertyValidationFailure"),
        (json!({ "isAllDay": "yes" }), "RequestBodyRead"),
        (json!({ "colour": "red" }), "RequestBodyRead"),
        (json!({ "singleValueExtendedProperties": [{ "id": "Marker", "value": "x" }] }), "ErrorInvalidProperty"),
    ] {
        let answer = sim.create(ORGANIZER, &with(meeting(&[]), change.clone())).await;
        assert_eq!((answer.status, answer.code()), (400, code), "{change}");
    }
    let broken = send(sim.request(Method::POST, EVENTS).header("content-type", "application/json").body("{")).await;
    assert_eq!((broken.status, broken.code()), (400, "BadRequest"));
    assert!(sim.events(ORGANIZER).await.is_empty());
    let most: Vec<Value> = many.into_iter().take(500).collect();
    assert_eq!(sim.create(ORGANIZER, &with(meeting(&[]), json!({ "attendees": most }))).await.status, 201);
}

#[tokio::test]
async fn utc_has_many_names_and_unknown_zones_are_refused() {
    let sim = start().await;
    for zone in ["UTC", "Etc/UTC", "GMT"] {
        let start = json!({ "dateTime": "2026-03-16T09:00:00.0000000", "timeZone": zone });
        let made = sim.create(ORGANIZER, &with(meeting(&[]), json!({ "start": start }))).await;
        assert_eq!(made.body["start"], time("2026-03-16T09:00:00.0000000"));
    }
    let wished = |zone: &str| sim.request(Method::GET, EVENTS).header("prefer", format!("outlook.timezone=\"{zone}\""));
    assert_eq!(send(wished("UTC")).await.header("preference-applied"), "outlook.timezone=\"UTC\"");
    assert_eq!(send(wished("Nowhere")).await.code(), "TimeZoneNotSupportedException");
}

#[tokio::test]
async fn unknown_mailboxes_and_paths_are_refused() {
    let sim = start().await;
    let answer = sim.get("/v1.0/users/nobody@contoso.com/events").await;
    assert_eq!((answer.status, answer.code()), (404, "ErrorInvalidUser"));
    assert_eq!(sim.get("/v1.0/groups").await.code(), "BadRequest");
    assert_eq!(sim.request(Method::PUT, EVENTS).send().await.expect("an answer").status(), 405);
    let calendar = sim.get(&format!("/v1.0/users/{ORGANIZER}/calendar")).await;
    assert_eq!(calendar.body["allowedOnlineMeetingProviders"], json!(["teamsForBusiness"]));
    assert_eq!(
        sim.get(&format!("/v1.0/users/{ATTENDEE}/calendar")).await.body["allowedOnlineMeetingProviders"],
        json!([])
    );
}

#[tokio::test]
async fn properties_are_kept_and_changed_one_by_one() {
    let sim = start().await;
    let event =
        with(meeting(&[ATTENDEE]), json!({ "singleValueExtendedProperties": [{ "id": MARKER, "value": "one" }] }));
    let made = sim.create(ORGANIZER, &event).await;
    assert!(made.body.get("singleValueExtendedProperties").is_none());
    let expand = format!("$expand=singleValueExtendedProperties($filter=id%20eq%20'{}')", MARKER.replace(' ', "%20"));
    let read = sim.get(&format!("{EVENTS}/{}?{expand}&$select=subject", made.id())).await;
    assert_eq!(read.body["singleValueExtendedProperties"], json!([{ "id": MARKER, "value": "one" }]));
    assert_eq!(read.body["subject"], "Review");
    assert!(read.body.get("start").is_none());
    let copy = &sim.events(ATTENDEE).await[0];
    let copy = sim.get(&format!("/v1.0/users/{ATTENDEE}/events/{}?{expand}", text(&copy["id"]))).await;
    assert!(copy.body.get("singleValueExtendedProperties").is_none());
}

//! What people do to meetings in Outlook, and what it means for the calls that come after.

use convene_tests::{Outlook, Product, samples};
use reqwest::Method;
use serde_json::{Value, json};

const ORGANIZER: &str = samples::ORGANIZER;
const GUEST: &str = "attendee1@contoso.com";

fn change(fields: &Value) -> Value {
    let mut change = json!({"id": "m", "organizerEmail": ORGANIZER});
    change.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    change
}

/// The organizer moves the meeting by the page's form.
async fn move_on_the_page(product: &Product, outlook: &Outlook, start: &str, end: &str) {
    let event = outlook.only_event(ORGANIZER).await;
    let id = event["id"].as_str().expect("an id");
    let form = [("mailbox", ORGANIZER), ("event", id), ("start", start), ("end", end)];
    let moved = product.http().post(format!("{}/move", product.ready().calendars)).form(&form).send().await;
    assert!(moved.expect("an answer").status().is_success());
}

#[tokio::test]
async fn a_meeting_that_was_moved_keeps_its_new_time_when_it_is_changed() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let outlook = product.outlook("contoso").await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    move_on_the_page(&product, &outlook, "2026-06-01T15:00", "2026-06-01T16:30").await;
    for fields in
        [json!({"subject": "New"}), json!({"body": "New"}), json!({"location": "New"}), json!({"attendees": []})]
    {
        caller.update(&change(&fields)).await.expect(200, "NoError");
    }
    let shown = caller.get("m", ORGANIZER).await.expect_ok();
    let expected = json!({
        "id": "m", "organizerEmail": ORGANIZER, "body": "New", "subject": "New", "location": "New",
        "startTime": "2026-06-01T15:00:00Z", "endTime": "2026-06-01T16:30:00Z", "attendees": [],
    });
    assert_eq!(shown, expected);
    // One end alone is measured against the other as it is now.
    caller.update(&change(&json!({"startTime": "2026-05-04T09:30:00Z"}))).await.expect(200, "NoError");
    caller.update(&change(&json!({"endTime": "2026-05-04T09:30:00Z"}))).await.expect(400, "ErrorInvalidTimeInterval");
    caller.update(&change(&json!({"endTime": "2026-05-04T09:45:00Z"}))).await.expect(200, "NoError");
    let shown = caller.get("m", ORGANIZER).await.expect_ok();
    assert_eq!(
        (&shown["startTime"], &shown["endTime"]),
        (&json!("2026-05-04T09:30:00Z"), &json!("2026-05-04T09:45:00Z"))
    );
}

#[tokio::test]
async fn a_meeting_that_was_moved_is_still_the_one_that_was_scheduled() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let outlook = product.outlook("contoso").await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    move_on_the_page(&product, &outlook, "2026-06-01T15:00", "2026-06-01T16:30").await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let event = outlook.only_event(ORGANIZER).await;
    assert_eq!(event["start"]["dateTime"], "2026-06-01T15:00:00.0000000");
    let other =
        samples::meeting_with("m", &json!({"startTime": "2026-06-01T15:00:00Z", "endTime": "2026-06-01T16:30:00Z"}));
    caller.schedule(&other).await.expect(409, "MeetingAlreadyExists");
    let rows = caller
        .availability("2026-05-04T00:00:00Z", "2026-06-02T00:00:00Z", &json!([{"email": GUEST}]))
        .await
        .expect_ok();
    let slots = json!([{"timeMin": "2026-06-01T15:00:00Z", "timeMax": "2026-06-01T16:30:00Z"}]);
    assert_eq!(rows[0]["unavailableTimeslots"], slots);
    caller.delete("m", ORGANIZER).await.expect(200, "NoError");
    assert!(outlook.events(GUEST).await.is_empty());
}

#[tokio::test]
async fn a_meeting_that_was_made_a_whole_day_can_be_given_a_time_again() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let outlook = product.outlook("contoso").await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let midnight = |day: u32| json!({"dateTime": format!("2026-05-{day:02}T00:00:00"), "timeZone": "UTC"});
    let (start, end) = (json!("2026-05-04T09:30:00Z"), json!("2026-05-04T09:45:00Z"));
    for (fields, from, to) in [
        (json!({"startTime": start, "endTime": end}), "2026-05-04T09:30:00Z", "2026-05-04T09:45:00Z"),
        // What is not named stays as the whole day had it, in London, where it is summer.
        (json!({"startTime": start}), "2026-05-04T09:30:00Z", "2026-05-04T23:00:00Z"),
        (json!({"endTime": end, "body": "New"}), "2026-05-03T23:00:00Z", "2026-05-04T09:45:00Z"),
    ] {
        let all_day = json!({"isAllDay": true, "start": midnight(4), "end": midnight(5)});
        outlook.change(ORGANIZER, &outlook.only_event(ORGANIZER).await, &all_day).await;
        // A change that is not about time leaves it a whole day.
        caller.update(&change(&json!({"subject": "New"}))).await.expect(200, "NoError");
        assert_eq!(outlook.only_event(ORGANIZER).await["isAllDay"], true);
        caller.update(&change(&fields)).await.expect(200, "NoError");
        let shown = caller.get("m", ORGANIZER).await.expect_ok();
        assert_eq!((&shown["startTime"], &shown["endTime"]), (&json!(from), &json!(to)));
        assert_eq!(outlook.only_event(ORGANIZER).await["isAllDay"], false);
    }
}

#[tokio::test]
async fn people_whom_the_organizer_added_stay() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let outlook = product.outlook("contoso").await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let event = outlook.only_event(ORGANIZER).await;
    let mut attendees = event["attendees"].as_array().expect("attendees").clone();
    attendees.push(json!({"emailAddress": {"address": "attendee4@contoso.com"}, "type": "required"}));
    outlook.change(ORGANIZER, &event, &json!({"attendees": attendees})).await;
    caller.update(&change(&json!({"subject": "New"}))).await.expect(200, "NoError");
    assert_eq!(outlook.only_event("attendee4@contoso.com").await["subject"], "New");
    assert_eq!(caller.get("m", ORGANIZER).await.expect_ok()["attendees"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn people_to_whom_it_was_forwarded_are_shown() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let outlook = product.outlook("contoso").await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let invitation = outlook.only_event(GUEST).await;
    let path = format!("/users/{GUEST}/events/{}/forward", invitation["id"].as_str().expect("an id"));
    let to = |address: &str| json!({"ToRecipients": [{"emailAddress": {"address": address}}], "Comment": "Come along"});
    for address in ["attendee4@contoso.com", "someone@elsewhere.test"] {
        let answer = outlook.request(Method::POST, &path, Some(to(address))).await;
        assert_eq!(answer.status, 202, "{answer:?}");
    }
    let shown = caller.get("m", ORGANIZER).await.expect_ok();
    let addresses: Vec<_> = shown["attendees"].as_array().expect("attendees").iter().map(|one| &one["email"]).collect();
    let expected = [GUEST, "attendee2@contoso.com", "attendee4@contoso.com", "someone@elsewhere.test"];
    assert_eq!(addresses, expected);
    assert_eq!(shown["attendees"][2]["response"], "NoResponseReceived");
    // Their answers count like everybody's.
    outlook.respond("attendee4@contoso.com", &outlook.only_event("attendee4@contoso.com").await, "accept").await;
    caller.update(&change(&json!({"subject": "New"}))).await.expect(200, "NoError");
    assert_eq!(outlook.only_event("attendee4@contoso.com").await["subject"], "New");
    let shown = caller.get("m", ORGANIZER).await.expect_ok();
    assert_eq!(shown["attendees"][2]["response"], "Accepted");
    // A list that is sent replaces all of it.
    caller.update(&change(&json!({"attendees": [{"email": GUEST, "isRequired": true}]}))).await.expect(200, "NoError");
    assert!(outlook.events("attendee4@contoso.com").await.is_empty());
}

#[tokio::test]
async fn a_meeting_that_was_deleted_is_not_found_and_may_be_booked_again() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let outlook = product.outlook("contoso").await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let first = outlook.only_event(ORGANIZER).await;
    outlook.delete(ORGANIZER, &first).await;
    assert_not_found(&product).await;

    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let second = outlook.only_event(ORGANIZER).await;
    assert_ne!(first["iCalUId"], second["iCalUId"]);
    outlook.only_event(GUEST).await;
    outlook.delete(ORGANIZER, &second).await;
    // Its content counts no more either.
    let other = samples::meeting_with("m", &json!({"subject": "Something else"}));
    caller.schedule(&other).await.expect(200, "NoError");
    assert_eq!(outlook.only_event(ORGANIZER).await["subject"], "Something else");
    assert_eq!(caller.get("m", ORGANIZER).await.expect_ok()["subject"], "Something else");
}

#[tokio::test]
async fn deleting_what_was_deleted_is_a_success() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let outlook = product.outlook("contoso").await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    outlook.delete(ORGANIZER, &outlook.only_event(ORGANIZER).await).await;
    for _ in 0..2 {
        caller.delete("m", ORGANIZER).await.expect(200, "NoError");
    }
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    outlook.only_event(ORGANIZER).await;
}

#[tokio::test]
async fn a_meeting_that_was_cancelled_is_as_good_as_deleted() {
    let product = Product::start().await;
    product.simulator().switch(json!({"cancel_keeps_event": true})).await;
    let caller = product.contoso().await;
    let outlook = product.outlook("contoso").await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    cancel(&outlook, &outlook.only_event(ORGANIZER).await).await;
    assert_eq!(outlook.only_event(ORGANIZER).await["isCancelled"], true);
    assert_not_found(&product).await;

    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    assert_eq!(live(&outlook).await.len(), 1);
    assert_eq!(caller.get("m", ORGANIZER).await.status, 200);
    cancel(&outlook, &live(&outlook).await[0]).await;
    caller.delete("m", ORGANIZER).await.expect(200, "NoError");
    assert!(live(&outlook).await.is_empty());
}

#[tokio::test]
async fn an_attendee_who_throws_the_invitation_away_changes_nothing_for_others() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let outlook = product.outlook("contoso").await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    outlook.delete(GUEST, &outlook.only_event(GUEST).await).await;
    assert_eq!(caller.get("m", ORGANIZER).await.expect_ok()["attendees"].as_array().map(Vec::len), Some(2));
    caller.update(&change(&json!({"subject": "New"}))).await.expect(200, "NoError");
    assert_eq!(outlook.only_event("attendee2@contoso.com").await["subject"], "New");
    caller.delete("m", ORGANIZER).await.expect(200, "NoError");
}

#[tokio::test]
async fn an_organizer_who_left_has_no_mailbox() {
    let product = Product::start().await;
    let (simulator, caller) = (product.simulator(), product.contoso().await);
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    let left = json!({"directory": "contoso.com", "address": ORGANIZER});
    simulator.control(Method::DELETE, "/mailboxes", Some(left)).await;
    caller.get("m", ORGANIZER).await.expect(404, "ErrorMailRecipientNotFound");
    caller.update(&change(&json!({"subject": "New"}))).await.expect(404, "ErrorMailRecipientNotFound");
}

/// Reading and changing meet nothing, whatever is to change.
async fn assert_not_found(product: &Product) {
    let caller = product.contoso().await;
    caller.get("m", ORGANIZER).await.expect(404, "MeetingNotFound");
    for fields in [
        json!({"body": "New"}),
        json!({"startTime": "2026-05-04T09:30:00Z"}),
        json!({"startTime": "2026-05-04T09:30:00Z", "endTime": "2026-05-04T09:45:00Z", "body": "New"}),
    ] {
        caller.update(&change(&fields)).await.expect(404, "MeetingNotFound");
    }
}

async fn cancel(outlook: &Outlook, event: &Value) {
    let path = format!("/users/{ORGANIZER}/events/{}/cancel", event["id"].as_str().expect("an id"));
    let answer = outlook.request(Method::POST, &path, Some(json!({"comment": "Another time"}))).await;
    assert_eq!(answer.status, 202, "{answer:?}");
}

/// The organizer's events that are not cancelled.
async fn live(outlook: &Outlook) -> Vec<Value> {
    let mut events = outlook.events(ORGANIZER).await;
    events.retain(|event| event["isCancelled"] != true);
    events
}

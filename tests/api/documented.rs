//! A meeting's whole life by the documents' own samples, with nothing but the ready file's content and plain HTTP.

use convene_tests::{Answer, Caller, Product, lightning::REVENUE_GRID, samples};
use reqwest::Method;
use serde_json::{Value, json};

const MEETING: &str = "/api/salesforce/scheduler/meeting";
const DONE: &str = r#"{"email":"organizer@contoso.com","errorCode":"NoError"}"#;

#[tokio::test]
async fn a_meeting_lives_and_dies_by_the_documented_samples() {
    let product = Product::start().await;
    let caller = by_refresh_token(&product).await;
    assert_done(&caller.send(Method::POST, MEETING, samples::SCHEDULE).await);
    let documented = r#"{"id":"f9b58255-8e2e-81e2-a6db-27461fa3f11e","organizerEmail":"organizer@contoso.com","body":"meeting description","subject":"meeting subject","location":"meeting room 1","startTime":"2020-10-16T10:00:00Z","endTime":"2020-10-20T23:00:00Z","attendees":[{"email":"attendee1@contoso.com","isRequired":"true","response":"NoResponseReceived"},{"email":"attendee2@contoso.com","isRequired":"false","response":"NoResponseReceived"}]}"#;
    let shown = get(&caller).await;
    assert_eq!((shown.status, shown.text.as_str()), (200, documented));

    accept_on_the_calendars_page(&product, "attendee1@contoso.com").await;
    let accepted = get(&caller).await.expect_ok();
    assert_eq!(accepted["attendees"][0]["response"], "Accepted");
    assert_eq!(accepted["attendees"][1]["response"], "NoResponseReceived");

    assert_done(&caller.send(Method::PATCH, MEETING, samples::UPDATE).await);
    let mut expected = accepted.clone();
    expected["subject"] = json!("New subject");
    let third = json!({"email": "attendee3@contoso.com", "isRequired": "true", "response": "NoResponseReceived"});
    expected["attendees"].as_array_mut().expect("attendees").push(third);
    assert_eq!(get(&caller).await.expect_ok(), expected);

    let people = ["organizer", "attendee1", "attendee2", "attendee3"].map(|name| format!("{name}@contoso.com"));
    let taken = availability(&caller, &people.iter().map(|email| json!({"email": email})).collect()).await;
    for (email, row) in people.iter().zip(taken.as_array().expect("rows")) {
        let slots = json!([{"timeMin": "2020-10-16T10:00:00Z", "timeMax": "2020-10-17T12:00:00Z"}]);
        assert_eq!(*row, json!({"email": email, "errorCode": "NoError", "unavailableTimeslots": slots}));
    }

    assert_done(&caller.delete(samples::ID, samples::ORGANIZER).await);
    let outlook = product.outlook("contoso").await;
    for email in &people {
        assert!(outlook.events(email).await.is_empty(), "{email} still has it");
    }
    let mails = product.simulator().mails().await;
    let cancelled = mails.iter().filter(|(kind, _)| kind == "cancellation").map(|(_, to)| to.as_str());
    assert_eq!(cancelled.collect::<Vec<_>>(), people[1..].iter().map(String::as_str).collect::<Vec<_>>());
    let gone = get(&caller).await.expect(404, "MeetingNotFound").json();
    assert_eq!(gone["email"], samples::ORGANIZER);
    product.stop().await;
}

#[tokio::test]
async fn the_documented_delete_works_with_its_em_dash() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("f9b54553-8e2a-47r2-a6db-27425fb3f11e")).await.expect(200, "NoError");
    let deleted = caller.send(Method::DELETE, MEETING, samples::DELETE).await;
    assert_done(&deleted);
    assert_eq!(deleted.header("x-correlation-id"), Some("1234567%E2%80%949012-3456-789012345678"));
}

#[tokio::test]
async fn the_documented_availability_answer_comes_as_printed() {
    let product = Product::start().await;
    fill_the_documented_calendars(&product).await;
    let caller = product.contoso().await;
    let answer = caller.send(Method::POST, samples::AVAILABILITY, samples::AVAILABILITY_BODY).await;
    let expected = r#"[{"email":"attendee1@contoso.com","errorCode":"NoError","unavailableTimeslots":[{"timeMin":"2020-10-16T10:00:00Z","timeMax":"2020-10-16T12:00:00Z"},{"timeMin":"2020-10-16T14:00:00Z","timeMax":"2020-10-16T15:00:00Z"}]},{"email":"attendee2@contoso.com","errorCode":"NoError","unavailableTimeslots":[{"timeMin":"2020-10-16T10:00:00Z","timeMax":"2020-10-16T16:00:00Z"}]}]"#;
    assert_eq!((answer.status, answer.text.as_str()), (200, expected));
    assert_eq!(answer.header("x-correlation-id"), Some("abcdefg"));
}

#[tokio::test]
async fn lightning_scheduler_is_answered_by_resource() {
    let product = Product::start().await;
    fill_the_documented_calendars(&product).await;
    let caller = product.contoso().await;
    let answer = caller.send(Method::POST, samples::AVAILABILITY, REVENUE_GRID.availability).await;
    let expected = r#"[{"serviceResourceId":"12345","errorCode":"NoError","unavailableTimeslots":[{"timeMin":"2020-10-16T10:00:00Z","timeMax":"2020-10-16T12:00:00Z"},{"timeMin":"2020-10-16T14:00:00Z","timeMax":"2020-10-16T15:00:00Z"}]},{"serviceResourceId":"54321","errorCode":"NoError","unavailableTimeslots":[{"timeMin":"2020-10-16T10:00:00Z","timeMax":"2020-10-16T16:00:00Z"}]}]"#;
    assert_eq!((answer.status, answer.text.as_str()), (200, expected));
}

#[track_caller]
fn assert_done(answer: &Answer) {
    assert_eq!((answer.status, answer.text.as_str()), (200, DONE));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

/// A client that got its token by the recommended grant.
async fn by_refresh_token(product: &Product) -> Caller {
    let tenant = product.tenant("contoso");
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tenant.refresh_token.as_str()),
        ("client_id", tenant.client_id.as_str()),
        ("client_secret", tenant.client_secret.as_str()),
    ];
    let token = product.token(&form).await.expect_ok();
    Caller::new(product.http().clone(), product.api(), token["access_token"].as_str().expect("a token"))
}

/// The documented GET, query and all.
async fn get(caller: &Caller) -> Answer {
    Answer::read(caller.request(Method::GET, samples::GET).send().await.expect("an answer")).await
}

async fn availability(caller: &Caller, entries: &Value) -> Value {
    caller.send(Method::POST, samples::AVAILABILITY, entries.to_string()).await.expect_ok()
}

/// What a person does: opens the week, finds the event's form and presses its button.
async fn accept_on_the_calendars_page(product: &Product, mailbox: &str) {
    let calendars = &product.ready().calendars;
    let week = product.http().get(format!("{calendars}?mailbox={mailbox}&week=2020-10-12"));
    let page = Answer::read(week.send().await.expect("an answer")).await;
    assert_eq!(page.status, 200, "{page:?}");
    let form = page.text.split("action=\"/calendars/respond\"").nth(1).expect("a form to answer with");
    let field = |name: &str| {
        let value = form.split(&format!("name=\"{name}\" value=\"")).nth(1).expect("a field");
        value.split('"').next().expect("a value").to_owned()
    };
    let fields = [("mailbox", field("mailbox")), ("event", field("event")), ("response", "accept".to_owned())];
    let sent = product.http().post(format!("{calendars}/respond")).form(&fields);
    let shown = Answer::read(sent.send().await.expect("an answer")).await;
    assert_eq!(shown.status, 200, "{shown:?}");
    assert!(shown.text.contains("your answer: accepted"), "{shown:?}");
}

/// The calendars that the documented availability answer tells of.
async fn fill_the_documented_calendars(product: &Product) {
    let taken = |mailbox: &str, start: &str, end: &str| json!({"mailbox": mailbox, "start": start, "end": end});
    let entries = vec![
        taken("attendee1@contoso.com", "2020-10-16T10:00:00Z", "2020-10-16T12:00:00Z"),
        taken("attendee1@contoso.com", "2020-10-16T14:00:00Z", "2020-10-16T15:00:00Z"),
        taken("attendee2@contoso.com", "2020-10-16T10:00:00Z", "2020-10-16T16:00:00Z"),
    ];
    product.simulator().add_events(entries).await;
}

//! Texts: what Exchange cannot store is cut or cleaned before anything is sent, and the same text is the same content.

use convene_tests::{Product, lightning, samples};
use serde_json::{Value, json};

const ORGANIZER: &str = samples::ORGANIZER;

/// A subject or location that is sent, and what is stored.
fn lines() -> Vec<(String, String)> {
    let same = |text: &str| (text.to_owned(), text.to_owned());
    vec![
        same(&"x".repeat(255)),
        ("x".repeat(300), "x".repeat(255)),
        ("😀".repeat(200), "😀".repeat(127)),
        (format!("{}e\u{301}", "x".repeat(254)), "x".repeat(254)),
        ("one\r\ntwo\tthree\u{0}\u{1b}[31m\u{fffe}\u{fdd0}".to_owned(), "one two three[31m".to_owned()),
        (" both ends  ".to_owned(), " both ends  ".to_owned()),
        ("\u{0}".to_owned(), String::new()),
    ]
}

/// Bodies of the same content.
const BODIES: [&str; 5] = [
    "one\ntwo\n\nthree\tx",
    "one\r\ntwo\r\n\r\nthree\tx",
    "one\rtwo\r\rthree\tx\r",
    "one  \ntwo\t\n \nthree\tx\n\n ",
    "o\u{0}ne\ntwo\n\nth\u{ffff}ree\tx",
];

#[tokio::test]
async fn a_meetings_subject_and_location_are_cleaned_and_a_repeat_is_the_same_content() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    for (n, (sent, stored)) in lines().into_iter().enumerate() {
        let id = format!("m{n}");
        let meeting = samples::meeting_with(&id, &json!({"subject": sent, "location": sent}));
        for _ in 0..2 {
            caller.schedule(&meeting).await.expect(200, "NoError");
        }
        let shown = caller.get(&id, ORGANIZER).await.expect_ok();
        assert_eq!((&shown["subject"], &shown["location"]), (&json!(stored), &json!(stored)), "{sent:?}");
        let clean = samples::meeting_with(&id, &json!({"subject": stored, "location": stored}));
        caller.schedule(&clean).await.expect(200, "NoError");
        let other = samples::meeting_with(&id, &json!({"subject": format!("other {stored}"), "location": stored}));
        caller.schedule(&other).await.expect(409, "MeetingAlreadyExists");
        let change =
            json!({"id": id, "organizerEmail": ORGANIZER, "subject": format!("{stored} {sent}"), "location": sent});
        caller.update(&change).await.expect(200, "NoError");
    }
    assert_eq!(product.outlook("contoso").await.events(ORGANIZER).await.len(), lines().len());
}

#[tokio::test]
async fn so_are_an_appointments() {
    let product = Product::start().await;
    let (caller, outlook) = (product.contoso().await, product.outlook("contoso").await);
    for (sent, stored) in lines() {
        let mut appointment = lightning::appointment("a", &["attendee1@contoso.com"]);
        (appointment["subject"], appointment["location"]) = (json!(sent), json!(sent));
        for _ in 0..2 {
            let rows = lightning::rows(&caller.create_appointments(&appointment).await);
            assert!(rows.iter().all(|(_, code)| code == "NoError"), "{rows:?}");
        }
        for mailbox in [ORGANIZER, "attendee1@contoso.com"] {
            let event = outlook.only_event(mailbox).await;
            assert_eq!((&event["subject"], &event["location"]["displayName"]), (&json!(stored), &json!(stored)));
        }
        caller.delete_appointments("a", ORGANIZER, &[]).await.expect_ok();
    }
}

#[tokio::test]
async fn line_endings_and_trailing_blanks_do_not_make_another_body() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    for (n, first) in BODIES.into_iter().enumerate() {
        let id = format!("m{n}");
        for body in [first].into_iter().chain(BODIES) {
            caller.schedule(&samples::meeting_with(&id, &json!({"body": body}))).await.expect(200, "NoError");
            let mut appointment = lightning::appointment(&id, &[]);
            appointment["body"] = json!(body);
            let rows = lightning::rows(&caller.create_appointments(&appointment).await);
            assert_eq!(rows[0].1, "NoError", "{body:?}");
        }
        let shown = caller.get(&id, ORGANIZER).await.expect_ok()["body"].as_str().expect("text").to_owned();
        assert_eq!(shown.lines().map(str::trim_end).collect::<Vec<_>>().join("\n"), BODIES[0]);
        let other = samples::meeting_with(&id, &json!({"body": format!(" {}", BODIES[0])}));
        caller.schedule(&other).await.expect(409, "MeetingAlreadyExists");
    }
    assert_eq!(product.outlook("contoso").await.events(ORGANIZER).await.len(), 2 * BODIES.len());
}

#[tokio::test]
async fn nothing_that_exchange_refuses_is_sent() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    let all: String = (0..=0xa0)
        .chain(0xfdd0..=0xfdef)
        .chain([0xfffe, 0xffff, 0x1_fffe, 0x10_ffff])
        .filter_map(char::from_u32)
        .collect();
    let texts = json!({"subject": all, "body": all, "location": all});
    caller.schedule(&samples::meeting_with("m", &texts)).await.expect(200, "NoError");
    caller
        .update(&json!({"id": "m", "organizerEmail": ORGANIZER, "subject": all, "body": all}))
        .await
        .expect(200, "NoError");
    let event = product.outlook("contoso").await.only_event(ORGANIZER).await;
    let is_clean = |text: &Value| {
        !text
            .as_str()
            .expect("text")
            .contains(|c: char| c.is_control() && !"\r\n\t".contains(c) || "\u{fdd0}\u{fffe}\u{10ffff}".contains(c))
    };
    assert!(
        is_clean(&event["subject"])
            && is_clean(&event["body"]["content"])
            && is_clean(&event["location"]["displayName"]),
        "{event}"
    );
    // The texts of a meeting with a link as well.
    let online = samples::meeting_with("t", &json!({"location": "MS\u{0} Teams", "body": all}));
    caller.schedule(&online).await.expect(200, "NoError");
    let shown = caller.get("t", ORGANIZER).await.expect_ok();
    assert_eq!(shown["location"], "MS Teams");
    let events = product.outlook("contoso").await.events(ORGANIZER).await;
    assert!(events.iter().any(|event| event["isOnlineMeeting"] == true));
}

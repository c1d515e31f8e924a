use reqwest::Method;
use serde_json::json;

use crate::common::{ATTENDEE, Answer, ORGANIZER, OTHER, Sim, list, meeting, send, start, text, time, with};

async fn show(sim: &Sim, query: &str) -> String {
    let answer = sim.get(&format!("/calendars?{query}")).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-security-policy").contains("default-src 'none'"));
    text(&answer.body)
}

async fn submit(sim: &Sim, path: &str, form: &[(&str, &str)]) -> Answer {
    send(sim.request(Method::POST, path).form(form)).await
}

#[tokio::test]
async fn a_week_shows_its_events_escaped() {
    let sim = start().await;
    let event = with(meeting(&[ATTENDEE]), json!({ "subject": "<script>alert(1)</script>" }));
    sim.create(ORGANIZER, &event).await;
    let page = show(&sim, "mailbox=organizer@contoso.com&week=2026-03-18").await;
    assert!(page.contains("16 – 22 March 2026") && page.contains("09:00") && page.contains("Room 5"));
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script"));
    assert!(page.contains(ATTENDEE));
    assert!(!page.contains("http://") && !page.contains("src="), "nothing comes from elsewhere");
    assert!(page.contains("class=\"event busy\""));
    let invited = show(&sim, "mailbox=attendee1@contoso.com&week=2026-03-18").await;
    assert!(invited.contains("class=\"event tentative\""));
    let empty = show(&sim, "mailbox=organizer@contoso.com&week=2026-01-05").await;
    assert!(empty.contains("week=2026-03-16"), "an empty week leads to the next event");
    assert_eq!(sim.get("/calendars?mailbox=nobody@contoso.com").await.status, 404);
    assert!(show(&sim, "mailbox=organizer@contoso.com&week=nonsense").await.contains("Today"));
    show(&sim, "").await;
}

#[tokio::test]
async fn a_person_answers_an_invitation() {
    let sim = start().await;
    let made = sim.create(ORGANIZER, &meeting(&[ATTENDEE])).await;
    let path = format!("/v1.0/users/{ORGANIZER}/events/{}", made.id());
    for (answer, response) in [("accept", "accepted"), ("tentative", "tentativelyAccepted"), ("decline", "declined")] {
        let copy = text(&sim.events(ATTENDEE).await[0]["id"]);
        let form = [("mailbox", ATTENDEE), ("event", copy.as_str()), ("response", answer)];
        let done = submit(&sim, "/calendars/respond", &form).await;
        assert_eq!(done.status, 303);
        assert!(done.header("location").starts_with("/calendars?mailbox=attendee1%40contoso.com&week=2026-03-16"));
        let body = sim.get(&path).await.body;
        assert_eq!(body["attendees"][0]["status"]["response"], response);
    }
    assert!(sim.events(ATTENDEE).await.is_empty());
    let wrong =
        submit(&sim, "/calendars/respond", &[("mailbox", ATTENDEE), ("event", "x"), ("response", "accept")]).await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn a_person_moves_and_deletes_behind_the_products_back() {
    let sim = start().await;
    let made = sim.create(ORGANIZER, &meeting(&[OTHER])).await;
    let id = made.id();
    let form = [("mailbox", ORGANIZER), ("event", id.as_str()), ("start", "2026-04-01T15:30")];
    let moved = submit(&sim, "/calendars/move", &form).await;
    assert_eq!(moved.status, 303);
    assert!(moved.header("location").contains("week=2026-03-30"));
    let copy = &sim.events(OTHER).await[0];
    assert_eq!(
        (&copy["start"], &copy["end"]),
        (&time("2026-04-01T15:30:00.0000000"), &time("2026-04-01T16:30:00.0000000"))
    );
    assert_eq!(submit(&sim, "/calendars/delete", &form[..2]).await.status, 303);
    assert!(sim.events(OTHER).await.is_empty());
    let sent = sim.get("/simulator/notifications").await.body;
    let kinds: Vec<_> = list(&sent).iter().map(|n| text(&n["kind"])).collect();
    assert_eq!(kinds, ["invitation", "update", "cancellation"]);
}

#[tokio::test]
async fn pages_of_other_sites_are_refused() {
    let sim = start().await;
    let made = sim.create(ORGANIZER, &meeting(&[])).await;
    let form = [("mailbox", ORGANIZER.to_owned()), ("event", made.id())];
    let from = |origin: &str, path: &str| {
        // As a page can send it without asking first: no JSON by its type.
        let body = if path.starts_with("/simulator") { r#"{"events": true}"# } else { "" };
        let request = sim.request(Method::POST, path).header("origin", origin);
        if body.is_empty() { request.form(&form) } else { request.header("content-type", "text/plain").body(body) }
    };
    for origin in ["https://evil.test", "http://127.0.0.1:1", "null", ""] {
        for path in ["/calendars/delete", "/simulator/reset"] {
            assert_eq!(send(from(origin, path)).await.status, 403, "{origin} {path}");
        }
        let faults = sim.request(Method::DELETE, "/simulator/faults").header("origin", origin);
        assert_eq!(send(faults).await.status, 403, "{origin}");
    }
    assert_eq!(sim.events(ORGANIZER).await.len(), 1, "nothing was done");
    assert_eq!(send(from(&sim.base, "/calendars/delete")).await.status, 303);
    assert_eq!(send(from(&sim.base, "/simulator/reset")).await.status, 204);
}

#[tokio::test]
async fn a_person_takes_an_attendee_off_the_list() {
    let sim = start().await;
    let made = sim.create(ORGANIZER, &meeting(&[ATTENDEE, OTHER])).await;
    let page = show(&sim, "mailbox=organizer@contoso.com&week=2026-03-16").await;
    assert!(page.contains("action=\"/calendars/uninvite\""));
    let id = made.id();
    let form = [("mailbox", ORGANIZER), ("event", id.as_str()), ("attendee", ATTENDEE)];
    assert_eq!(submit(&sim, "/calendars/uninvite", &form).await.status, 303);
    assert_eq!((sim.statuses(ATTENDEE).await.len(), sim.statuses(OTHER).await.len()), (0, 1));
    let event = sim.get(&format!("/v1.0/users/{ORGANIZER}/events/{id}")).await.body;
    assert_eq!(list(&event["attendees"]).len(), 1);
    assert_eq!(submit(&sim, "/calendars/uninvite", &form).await.status, 400);
    let copy = text(&sim.events(OTHER).await[0]["id"]);
    let form = [("mailbox", OTHER), ("event", copy.as_str()), ("attendee", OTHER)];
    assert_eq!(submit(&sim, "/calendars/uninvite", &form).await.status, 400, "only the organizer does that");
}

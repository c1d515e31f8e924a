use std::time::Duration;

use serde_json::json;

use crate::common::{MARKER, ORGANIZER, Sim, list, meeting, start, text, time, with};

async fn marked(sim: &Sim, value: &str) -> String {
    let properties = json!([{ "id": MARKER, "value": value }]);
    sim.create(ORGANIZER, &with(meeting(&[]), json!({ "singleValueExtendedProperties": properties }))).await.id()
}

async fn found(sim: &Sim, id: &str, value: &str) -> Vec<String> {
    let filter = format!("singleValueExtendedProperties/Any(ep: ep/id eq '{id}' and ep/value eq '{value}')");
    let answer = crate::common::send(
        sim.request(reqwest::Method::GET, &format!("/v1.0/users/{ORGANIZER}/events")).query(&[("$filter", filter)]),
    )
    .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.values().iter().map(|event| text(&event["id"])).collect()
}

#[tokio::test]
async fn the_marker_finds_its_events() {
    let sim = start().await;
    let one = marked(&sim, "AbC").await;
    let two = marked(&sim, "abc").await;
    marked(&sim, "other").await;
    assert_eq!(found(&sim, MARKER, "ABC").await, [two, one.clone()], "the value counts in any case");
    assert_eq!(found(&sim, &MARKER.replace("6A1C", "6a1c"), "abc").await.len(), 2, "the GUID counts in any case");
    assert!(found(&sim, &MARKER.replace("Marker", "marker"), "abc").await.is_empty(), "the name does not");
    sim.delete(&format!("/v1.0/users/{ORGANIZER}/events/{one}")).await;
    assert_eq!(found(&sim, MARKER, "abc").await.len(), 1);
}

#[tokio::test]
async fn the_filter_can_lag() {
    let sim = start().await;
    sim.switch(json!({ "filter_lag_ms": 300 })).await;
    marked(&sim, "x").await;
    assert!(found(&sim, MARKER, "x").await.is_empty());
    assert_eq!(sim.events(ORGANIZER).await.len(), 1);
    tokio::time::sleep(Duration::from_millis(350)).await;
    assert_eq!(found(&sim, MARKER, "x").await.len(), 1);
}

#[tokio::test]
async fn filters_that_graph_does_not_know_are_refused() {
    let sim = start().await;
    for filter in ["transactionId eq 'x'", "nonsense", "singleValueExtendedProperties/Any(ep: ep/id eq 'x')"] {
        let path = format!("/v1.0/users/{ORGANIZER}/events");
        let answer = crate::common::send(sim.request(reqwest::Method::GET, &path).query(&[("$filter", filter)])).await;
        assert_eq!(answer.status, 400, "{filter}");
    }
}

#[tokio::test]
async fn lists_come_in_pages() {
    let sim = start().await;
    for _ in 0..25 {
        sim.create(ORGANIZER, &meeting(&[])).await;
    }
    let mut path = format!("/v1.0/users/{ORGANIZER}/events?$select=subject&$count=true");
    let mut sizes = Vec::new();
    loop {
        let answer = sim.get(&path).await;
        assert_eq!(answer.body["@odata.count"], 25);
        sizes.push(answer.values().len());
        match answer.body["@odata.nextLink"].as_str() {
            Some(link) => link.strip_prefix(&sim.base).expect("the same host").clone_into(&mut path),
            None => break,
        }
    }
    assert_eq!(sizes, [10, 10, 5]);
    assert_eq!(sim.get(&format!("/v1.0/users/{ORGANIZER}/events?$top=3")).await.values().len(), 3);
    assert_eq!(sim.get(&format!("/v1.0/users/{ORGANIZER}/events?$top=0")).await.status, 400);
}

#[tokio::test]
async fn the_calendar_view_shows_what_overlaps_its_window() {
    let sim = start().await;
    for (from, to) in [("08:00", "09:00"), ("08:30", "09:30"), ("09:30", "10:00"), ("10:00", "11:00")] {
        let span =
            json!({ "start": time(&format!("2026-03-16T{from}:00")), "end": time(&format!("2026-03-16T{to}:00")) });
        sim.create(ORGANIZER, &with(meeting(&[]), span)).await;
    }
    let path = format!(
        "/v1.0/users/{ORGANIZER}/calendarView?startDateTime=2026-03-16T09:00:00Z&endDateTime=2026-03-16T10:00:00Z"
    );
    let view = sim.get(&path).await;
    let starts: Vec<_> =
        list(&view.body["value"]).iter().map(|e| text(&e["start"]["dateTime"])[11..16].to_owned()).collect();
    assert_eq!(starts, ["08:30", "09:30"]);
    let answer = sim.get(&format!("/v1.0/users/{ORGANIZER}/calendarView")).await;
    assert_eq!((answer.status, answer.code()), (400, "ErrorInvalidParameter"));
}

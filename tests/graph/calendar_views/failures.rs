//! Views of which some or all fail.

use convene::calendar::CalendarError;
use serde_json::json;

use super::{calendar, default_calendar, event_at, hours, second_calendar, spans};
use crate::stage::{Stage, call, day, span};

#[tokio::test]
async fn each_view_fails_by_itself() {
    let stage = Stage::start().await;
    let second = second_calendar(&stage, "attendee1", 12).await;
    stage.simulator.switch(json!({"out_of_scope": ["attendee3@contoso.com"]})).await;
    let process = stage.process().await;
    let views = [
        calendar("attendee1", &second),
        // The calendar of another mailbox, a calendar that does not exist, and a malformed id.
        calendar("attendee2", &second),
        calendar("attendee1", &format!("{}ff", &second[..second.len() - 2])),
        calendar("attendee1", "a/../b"),
        default_calendar("nobody"),
        default_calendar("attendee3"),
        default_calendar("attendee2"),
    ];
    stage.simulator.clear_journal().await;
    let answers = process.views(&views).await;
    assert_eq!(stage.round_trips().await, 1);
    assert_eq!(spans(&answers[0]), hours(&[12]));
    for answer in &answers[1..4] {
        assert_eq!(*answer, Err(CalendarError::CalendarNotFound));
        assert!(answer.as_ref().is_err_and(CalendarError::is_definite));
    }
    let denied = CalendarError::AccessDenied { code: "ErrorAccessDenied".to_owned() };
    assert_eq!(answers[4..], [Err(CalendarError::MailboxNotFound), Err(denied), Ok(Vec::new())]);
    // By itself as in a batch.
    for (view, answer) in views.iter().zip(&answers) {
        assert_eq!(process.views(std::slice::from_ref(view)).await, std::slice::from_ref(answer));
    }
}

#[tokio::test]
async fn a_failed_view_is_read_again_and_throttling_ends_with_the_deadline() {
    let stage = Stage::start().await;
    let names = ["attendee1", "attendee2"];
    stage.simulator.add_events(names.iter().map(|name| event_at(name, 10, &json!({}))).collect()).await;
    let process = stage.process().await;
    let views = names.map(default_calendar);
    process.views(&views).await;
    let matching = json!({"operation": "calendar_view", "mailbox": "attendee1@contoso.com"});
    for effect in [json!({"status": 429, "retry_after": 0.1}), json!({"status": 503}), json!({"drop": "after_commit"})]
    {
        stage.simulator.fault(json!({"match": matching, "times": 1, "effect": effect})).await;
        stage.simulator.clear_journal().await;
        for answer in process.views(&views).await {
            assert_eq!(spans(&answer), hours(&[10]), "{effect}");
        }
        // The batch, and then the view that failed.
        assert_eq!(stage.round_trips().await, 2, "{effect}");
    }
    stage.simulator.fault(json!({"match": matching, "times": 0, "effect": {"status": 429, "retry_after": 60}})).await;
    let context = call(2);
    let answers = process.calendar.calendar_views(&context, &views, day()).await;
    assert!(matches!(answers[0], Err(CalendarError::Throttled { .. })), "{answers:?}");
    assert_eq!(spans(&answers[1]), hours(&[10]));
}

#[tokio::test]
async fn a_time_that_cannot_be_read_is_never_free_and_a_link_elsewhere_is_not_followed() {
    let stage = Stage::start().await;
    let process = stage.process().await;
    let time = |text: &str, zone: &str| json!({"dateTime": text, "timeZone": zone});
    let event = |zone: &str| {
        let (start, end) = (time("2027-03-04T10:00:00.0000000", zone), time("2027-03-04T11:00:00.0000000", zone));
        json!({"iCalUId": "x", "showAs": "busy", "isAllDay": false, "isCancelled": false, "start": start, "end": end})
    };
    for body in [
        json!({"value": [event("Pacific Standard Time")]}),
        json!({"value": [event("UTC"), {"iCalUId": "y", "showAs": "busy"}]}),
        json!({"value": [event("UTC")], "@odata.nextLink": "https://elsewhere.test/next"}),
        json!("nothing"),
    ] {
        let effect = json!({"status": 200, "body": body});
        stage.simulator.fault(json!({"match": {"operation": "calendar_view"}, "times": 1, "effect": effect})).await;
        let answers = process.views(&[default_calendar("attendee1")]).await;
        assert!(matches!(answers[0], Err(CalendarError::Failed { .. })), "{body}: {answers:?}");
        stage.simulator.clear_faults().await;
    }
    let whole_day = json!({"showAs": "busy", "isAllDay": true,
        "start": time("2027-03-04T00:00:00.0000000", "UTC"), "end": time("2027-03-05T00:00:00.0000000", "UTC")});
    let effect = json!({"status": 200, "body": {"value": [whole_day]}});
    stage.simulator.fault(json!({"match": {"operation": "calendar_view"}, "times": 1, "effect": effect})).await;
    // Which day it is depends on a zone that is not known.
    let answers = process.views(&[default_calendar("attendee1")]).await;
    assert_eq!(spans(&answers[0]), [span("2027-03-03T10:00:00Z", "2027-03-05T12:00:00Z")]);
}

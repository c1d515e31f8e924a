//! Availability where a mailbox cannot be asked through.

mod bound;
mod flight;
mod told;

use convene::{calendar::CalendarError, domain::EventId};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::stage::{Process, Stage, call, mailbox};

/// Gives each of these people an hour on the day that is asked about.
async fn make_busy(stage: &Stage, names: &[&str]) {
    let events = names.iter().map(|name| {
        json!({"mailbox": format!("{name}@contoso.com"), "start": "2027-03-04T10:00:00Z", "end": "2027-03-04T11:00:00Z"})
    });
    stage.simulator.add_events(events.collect()).await;
}

async fn assert_all_busy(process: &Process, names: &[&str]) {
    for (name, entries) in names.iter().zip(process.free_busy(names).await) {
        assert_eq!(entries.expect("entries").len(), 1, "{name} of {names:?}");
    }
}

#[tokio::test]
async fn a_mailbox_out_of_the_applications_scope_fails_nobody() {
    let stage = Stage::start().await;
    make_busy(&stage, &["attendee1", "attendee2"]).await;
    stage.simulator.switch(json!({"out_of_scope": ["attendee1@contoso.com"]})).await;
    let process = stage.process().await;
    for names in [["attendee1", "attendee2"], ["attendee2", "attendee1"]] {
        assert_all_busy(&process, &names).await;
    }
    // Where nobody can be asked each gets its own error.
    let answers = process.free_busy(&["attendee1", "nobody"]).await;
    let denied = CalendarError::AccessDenied { code: "ErrorAccessDenied".to_owned() };
    assert_eq!(answers, [Err(denied.clone()), Err(CalendarError::MailboxNotFound)]);
    assert_eq!(process.free_busy(&["attendee1"]).await, [Err(denied)]);
}

#[tokio::test]
async fn a_throttled_mailbox_fails_nobody_and_holds_nobody_up() {
    let stage = Stage::start().await;
    make_busy(&stage, &["attendee1", "attendee2"]).await;
    let process = stage.process().await;
    for retry_after in [json!(null), json!(60)] {
        stage
            .simulator
            .fault(json!({
                "match": {"operation": "get_schedule", "mailbox": "attendee1@contoso.com"}, "times": 0,
                "effect": {"status": 429, "retry_after": retry_after}
            }))
            .await;
        stage.simulator.clear_journal().await;
        for names in [["attendee1", "attendee2"], ["attendee2", "attendee1"]] {
            assert_all_busy(&process, &names).await;
        }
        // Once through the throttled one, and never again.
        assert_eq!(stage.simulator.requests().await.len(), 3);
        stage.simulator.clear_faults().await;
    }
    // With nobody else to ask it is waited for.
    for names in [&["attendee1"][..], &["attendee1", "nobody"]] {
        let effect = json!({"status": 429, "retry_after": 0.2});
        stage
            .simulator
            .fault(json!({"match": {"mailbox": "attendee1@contoso.com"}, "times": 2, "effect": effect}))
            .await;
        assert_eq!(process.free_busy(names).await[0].as_ref().expect("entries").len(), 1);
        stage.simulator.clear_faults().await;
    }
}

#[tokio::test]
async fn a_throttled_application_is_not_asked_twenty_times_over() {
    let stage = Stage::start().await;
    stage.simulator.fail_all("get_schedule", 429, "ApplicationThrottled", Some(60)).await;
    let names: Vec<String> = (1..=20).map(|n| format!("attendee{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let answers = stage.process().await.free_busy(&names).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(CalendarError::Throttled { .. }))), "{answers:?}");
    assert_eq!(stage.simulator.requests().await.len(), 5);
}

#[tokio::test]
async fn without_a_token_nobody_is_asked() {
    let stage = Stage::start().await;
    let effect = json!({"status": 401, "code": "invalid_client", "message": "AADSTS7000215: no"});
    stage.simulator.fault(json!({"match": {"operation": "token"}, "times": 0, "effect": effect})).await;
    stage.simulator.clear_journal().await;
    let answers = stage.process().await.free_busy(&["attendee1", "attendee2", "attendee3"]).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(CalendarError::CredentialRefused { .. }))), "{answers:?}");
    // One refusal, not one for each mailbox.
    assert_eq!((stage.exchanges().await, stage.simulator.requests().await.len()), (1, 0));
}

#[tokio::test]
async fn twenty_unknown_mailboxes_take_no_twenty_round_trips() {
    let stage = Stage::start().await;
    make_busy(&stage, &["attendee1"]).await;
    let unknown: Vec<String> = (0..20).map(|n| format!("nobody{n}")).collect();
    // A member tells of all of them; without one they are asked two by themselves, and the others together.
    for (process, round_trips) in [(stage.process().await, 2), (stage.process_without_members().await, 3)] {
        let mut names: Vec<&str> = unknown.iter().map(String::as_str).collect();
        assert_all_busy(&process, &["attendee1"]).await;
        stage.simulator.clear_journal().await;
        assert!(process.free_busy(&names).await.iter().all(|answer| *answer == Err(CalendarError::MailboxNotFound)));
        assert_eq!(stage.round_trips().await, round_trips);
        names[19] = "attendee1";
        let answers = process.free_busy(&names).await;
        assert_eq!(answers[0], Err(CalendarError::MailboxNotFound));
        assert_eq!(answers[19].as_ref().expect("entries").len(), 1);
    }
}

#[tokio::test]
async fn a_time_elsewhere_fails_its_mailbox_and_no_other() {
    let stage = Stage::start().await;
    let process = stage.process().await;
    let item = |zone: &str| {
        let time = |hour: u32| json!({"dateTime": format!("2027-03-04T{hour}:00:00.0000000"), "timeZone": zone});
        json!({"status": "busy", "start": time(10), "end": time(11)})
    };
    let row =
        |name: &str, zone: &str| json!({"scheduleId": format!("{name}@contoso.com"), "scheduleItems": [item(zone)]});
    let body = json!({"value": [row("attendee1", "Pacific Standard Time"), row("attendee2", "tzone://Microsoft/Utc")]});
    let effect = json!({"status": 200, "body": body});
    stage.simulator.fault(json!({"match": {"operation": "get_schedule"}, "effect": effect})).await;
    let answers = process.free_busy(&["attendee1", "attendee2"]).await;
    assert!(matches!(answers[0], Err(CalendarError::Failed { .. })), "{answers:?}");
    assert_eq!(answers[1].as_ref().expect("entries").len(), 1);
}

/// A person's own mailbox is asked by address and as `me`; Graph counts both.
#[tokio::test]
async fn no_more_than_four_requests_of_a_person_are_in_flight() {
    let stage = Stage::start_delegated().await;
    let process = stage.process().await;
    let (own, nowhere) = (mailbox("organizer"), EventId("AAMk".to_owned()));
    // A token is there already when it counts.
    process.free_busy(&["organizer"]).await;
    stage.simulator.control(Method::DELETE, "/concurrency", None).await;
    let held = stage.simulator.fault(json!({"match": {}, "times": 0, "effect": {"hold": true}})).await;
    let asked = [call(25), call(25), call(25)];
    let asking = join_all(asked.iter().map(|call| async {
        tokio::join!(process.free_busy_by(call, &["organizer"]), process.read_by(call, &own, &nowhere))
    }));
    let letting_go = async {
        stage.simulator.held(&held, 4).await;
        stage.simulator.clear_faults().await;
    };
    for (entries, event) in tokio::join!(asking, letting_go).0 {
        assert_eq!(entries, [Ok(Vec::new())]);
        assert!(event.is_err());
    }
    let concurrency = stage.simulator.control(Method::GET, "/concurrency", None).await;
    let of_own = concurrency.as_array().expect("mailboxes").iter().find(|row| row["mailbox"] == own.folded());
    let of_own = of_own.expect("the person's mailbox");
    assert_eq!((&of_own["in_flight_peak"], &of_own["refused"]), (&json!(4), &json!(0)));
}

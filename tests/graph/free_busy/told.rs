//! What is told of a mailbox by others than itself, and what a row of an answer means.

use convene::{calendar::CalendarError, domain::BusyStatus};
use serde_json::{Value, json};

use crate::stage::{Stage, mailbox};

/// Has the next question be answered with these rows.
async fn answer_with(stage: &Stage, rows: Value) {
    let effect = json!({"status": 200, "body": {"value": rows}});
    stage.simulator.fault(json!({"match": {"operation": "get_schedule"}, "effect": effect})).await;
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("nobody{n}")).collect()
}

#[tokio::test]
async fn without_members_it_is_found_out_in_batches_who_exists() {
    let stage = Stage::start().await;
    let process = stage.process_without_members().await;
    assert!(process.free_busy(&["organizer"]).await[0].is_ok());
    for known in [None, Some(399)] {
        let mut asked = names(400);
        if let Some(place) = known {
            asked[place] = "attendee1".to_owned();
        }
        let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
        stage.simulator.clear_journal().await;
        let answers = process.free_busy(&asked).await;
        for (place, answer) in answers.iter().enumerate() {
            let expected = if Some(place) == known { Ok(Vec::new()) } else { Err(CalendarError::MailboxNotFound) };
            assert_eq!(*answer, expected, "{place}");
        }
        let requests = stage.round_trips().await;
        // Twenty chunks, forty for those that fail, and twenty more.
        assert!(requests <= 20 + 40 + 20, "{requests}");
    }
}

#[tokio::test]
async fn a_mailbox_that_answered_is_asked_for_other_chunks() {
    let stage = Stage::start().await;
    let process = stage.process_without_members().await;
    let mut asked = names(40);
    asked[0] = "attendee1".to_owned();
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    assert!(process.free_busy(&["attendee1"]).await[0].is_ok());
    stage.simulator.clear_journal().await;
    let answers = process.free_busy(&asked).await;
    assert_eq!(answers[0], Ok(Vec::new()));
    assert!(answers[1..].iter().all(|answer| *answer == Err(CalendarError::MailboxNotFound)));
    // The first chunk, the second through somebody unknown, and that one again through the first's.
    assert_eq!(stage.round_trips().await, 3);
}

#[tokio::test]
async fn what_only_an_administrator_can_mend_is_refused_for_good() {
    let stage = Stage::start().await;
    let process = stage.process().await;
    let row =
        |name: &str, code: &str| json!({"scheduleId": format!("{name}@contoso.com"), "error": {"responseCode": code}});
    for code in ["5016", "5046", "5013", "5012", "5003"] {
        answer_with(
            &stage,
            json!([row("attendee1", code), {"scheduleId": "attendee2@contoso.com", "scheduleItems": []}]),
        )
        .await;
        let answers = process.free_busy(&["attendee1", "attendee2"]).await;
        assert_eq!(answers, [Err(CalendarError::AccessDenied { code: code.to_owned() }), Ok(Vec::new())]);
    }
}

#[tokio::test]
async fn a_busy_view_is_busy_time_with_and_without_items() {
    let stage = Stage::start().await;
    let process = stage.process().await;
    // A digit for each five minutes of the day.
    let view = |from: usize, to: usize| -> String {
        (0..288).map(|n| if (from..to).contains(&n) { '2' } else { '0' }).collect()
    };
    let time = |text: &str| json!({"dateTime": format!("2027-03-04T{text}:00.0000000"), "timeZone": "UTC"});
    let item = json!({"status": "busy", "start": time("09:00"), "end": time("09:30")});
    answer_with(
        &stage,
        json!([
            {"scheduleId": "attendee1@contoso.com", "availabilityView": view(120, 126)},
            {"scheduleId": "attendee2@contoso.com", "availabilityView": view(108, 120), "scheduleItems": [item]},
        ]),
    )
    .await;
    let answers = process.free_busy(&["attendee1", "attendee2"]).await;
    let spans = |answer: &crate::stage::Entries| {
        let entries = answer.as_ref().expect("entries").iter();
        entries
            .map(|entry| {
                (
                    entry.span.start().format("%H:%M").to_string(),
                    entry.span.end().format("%H:%M").to_string(),
                    entry.status,
                )
            })
            .collect::<Vec<_>>()
    };
    let busy = |from: &str, to: &str| (from.to_owned(), to.to_owned(), BusyStatus::Busy);
    assert_eq!(spans(&answers[0]), [busy("10:00", "10:30")]);
    assert_eq!(spans(&answers[1]), [busy("09:00", "09:30"), busy("09:30", "10:00")]);
}

#[tokio::test]
async fn a_question_that_is_refused_as_a_whole_is_asked_about_each_by_itself() {
    let stage = Stage::start().await;
    let process = stage.process().await;
    let asked: Vec<String> = (1..=20).map(|n| format!("attendee{n}")).collect();
    // Once, for whatever reason: nobody is to blame.
    stage.simulator.fail_next("get_schedule", 400, "ErrorInvalidRequest").await;
    let answers = process.free_busy_of_a_year(&asked).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    // For one of them, and for one alone.
    stage.simulator.switch(json!({"refused_in_schedules": ["attendee9@contoso.com"]})).await;
    for asked in [&asked[..], &asked[8..9]] {
        stage.simulator.clear_journal().await;
        for (name, answer) in asked.iter().zip(process.free_busy_of_a_year(asked).await) {
            let is_refused = matches!(answer, Err(CalendarError::Rejected { .. }));
            assert_eq!((is_refused, answer.is_ok()), (name == "attendee9", name != "attendee9"), "{name}");
        }
        let requests = stage.round_trips().await;
        assert!(requests <= 6 + 20, "{requests}");
    }
}

#[tokio::test]
async fn a_service_that_fails_is_not_asked_hundreds_of_times() {
    let stage = Stage::start().await;
    let people = stage.people(200).await;
    let process = stage.process().await;
    stage.simulator.fail_all("get_schedule", 503, "ErrorInternalServerTransientError", None).await;
    stage.simulator.clear_journal().await;
    let answers = process.free_busy_of_a_year(&people).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(CalendarError::Failed { .. }))));
    let requests = stage.round_trips().await;
    assert!(requests <= 60 + 20 + 20, "{requests}");
    stage.simulator.clear_faults().await;
    // One bad answer for each question is made up for.
    let effect = json!({"status": 503, "code": "ErrorInternalServerTransientError"});
    stage.simulator.fault(json!({"match": {"operation": "get_schedule"}, "times": 60, "effect": effect})).await;
    assert!(process.free_busy_of_a_year(&people).await.iter().all(Result::is_ok));
    assert!(
        process.calendar.free_busy(&crate::stage::call(25), &[mailbox("person1")], crate::stage::day()).await[0]
            .is_ok()
    );
}

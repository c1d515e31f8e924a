//! How many requests a call for availability makes at most. What the first round leaves unasked may be asked later.

use convene::{calendar::CalendarError, domain::EmailAddress};
use futures_util::{StreamExt as _, stream};

use crate::stage::{Entries, Process, Stage, call, day, span};

/// A year is six pieces.
const PIECES: usize = 6;

/// So many addresses of this domain; twenty are a chunk.
fn addresses_of(domain: &str, count: usize) -> Vec<EmailAddress> {
    (0..count).map(|n| format!("many{n}@{domain}").parse().expect("an address")).collect()
}

/// Makes these mailboxes of contoso's directory.
async fn make(stage: &Stage, addresses: impl Iterator<Item = &EmailAddress>) {
    stream::iter(addresses)
        .for_each_concurrent(16, |address| stage.simulator.add_mailbox("contoso.com", address.folded()))
        .await;
}

/// What a process that has its token already answers about a year, and how many requests it makes for that.
async fn ask(stage: &Stage, process: &Process, addresses: &[EmailAddress]) -> (Vec<Entries>, usize) {
    assert!(process.free_busy(&["organizer"]).await[0].is_ok());
    stage.simulator.clear_journal().await;
    let window = span("2027-01-01T00:00:00Z", "2028-01-02T00:00:00Z");
    let answers = process.calendar.free_busy(&call(60), addresses, window).await;
    (answers, stage.round_trips().await)
}

/// None is of one of the tenant's domains, so that the first round asks one question for each chunk and leaves the others.
#[tokio::test]
async fn a_thousand_foreign_addresses_that_graph_can_tell_of_are_all_told_of() {
    let stage = Stage::start().await;
    let addresses = addresses_of("fabrikam.com", 1000);
    make(&stage, addresses.iter()).await;
    let process = stage.process().await;
    let (answers, requests) = ask(&stage, &process, &addresses).await;
    assert!(answers.iter().all(Result::is_ok), "{:?}", answers.iter().find(|answer| answer.is_err()));
    // One for each chunk, and the others in batches of ten: a fraction of what is allowed.
    assert_eq!(requests, 50 + 50 * (PIECES - 1) / 10);
}

/// Of each chunk the one is gone that is asked first: what else was to be asked waits for who exists.
#[tokio::test]
async fn chunks_whose_first_mailbox_is_gone_are_told_of_for_all_pieces() {
    let stage = Stage::start().await;
    let addresses = addresses_of("contoso.com", 2000);
    let is_gone = |place: usize| place.is_multiple_of(20);
    make(&stage, addresses.iter().enumerate().filter(|(place, _)| !is_gone(*place)).map(|(_, address)| address)).await;
    let process = stage.process_without_members().await;
    let (answers, requests) = ask(&stage, &process, &addresses).await;
    for (place, answer) in answers.iter().enumerate() {
        let expected = if is_gone(place) { Err(CalendarError::MailboxNotFound) } else { Ok(Vec::new()) };
        assert_eq!(*answer, expected, "{place}");
    }
    assert!(requests <= 100 * PIECES + 100 / 10 + 20, "{requests}");
}

/// Everything is refused for good, batches as well, so that there is no end to asking about fewer at a time.
#[tokio::test]
async fn what_was_refused_for_good_is_no_throttling_once_it_is_cut_off() {
    let stage = Stage::start().await;
    let process = stage.process().await;
    let addresses = addresses_of("contoso.com", 200);
    for operation in ["get_schedule", "batch"] {
        stage.simulator.fail_all(operation, 400, "ErrorInvalidRequest", None).await;
    }
    stage.simulator.clear_journal().await;
    let answers = process.calendar.free_busy(&call(25), &addresses, day()).await;
    let is_refused = |answer: &Entries| matches!(answer, Err(CalendarError::Rejected { .. }));
    assert!(answers.iter().all(is_refused), "{:?}", answers.iter().find(|answer| !is_refused(answer)));
    let requests = stage.round_trips().await;
    assert!(requests <= 10 + 200 / 10 + 20, "{requests}");
}

/// More fails than may be asked again.
#[tokio::test]
async fn what_a_service_failed_at_is_no_throttling_once_it_is_cut_off() {
    let stage = Stage::start().await;
    let process = stage.process().await;
    let addresses = addresses_of("contoso.com", 1000);
    stage.simulator.fail_all("get_schedule", 503, "ErrorInternalServerTransientError", None).await;
    let window = span("2027-01-01T00:00:00Z", "2028-01-02T00:00:00Z");
    let answers = process.calendar.free_busy(&call(25), &addresses, window).await;
    let has_failed = |answer: &Entries| matches!(answer, Err(CalendarError::Failed { .. }));
    assert!(answers.iter().all(has_failed), "{:?}", answers.iter().find(|answer| !has_failed(answer)));
}

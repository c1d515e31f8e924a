use super::*;
use crate::calendar::graph::transport::request::{no_answer, out_of_time};

const LONG: Duration = Duration::from_secs(20);

fn throttled(seconds: Option<u64>) -> CalendarError {
    CalendarError::Throttled { retry_after: seconds.map(Duration::from_secs) }
}

#[test]
fn parse_retry_after_reads_seconds_fractions_and_dates() {
    let now = DateTime::from_timestamp(1_445_412_470, 0).expect("a time");
    for (text, wait) in [
        ("2.128", Some(Duration::from_millis(2128))),
        (" 10 ", Some(Duration::from_secs(10))),
        ("0", Some(Duration::ZERO)),
        ("Wed, 21 Oct 2015 07:28:00 GMT", Some(Duration::from_secs(10))),
        ("Wed, 21 Oct 2015 07:00:00 GMT", Some(Duration::ZERO)),
        ("-1", None),
        ("NaN", None),
        ("inf", None),
        ("soon", None),
        ("", None),
    ] {
        assert_eq!(parse_retry_after(text, now), wait, "{text:?}");
    }
}

#[test]
fn retry_after_is_honoured_if_it_fits_the_deadline() {
    let mut retry = RetryState::default();
    assert_eq!(retry.next_wait(&throttled(Some(7)), RetryPolicy::OnlyIfNotDone, LONG), Some(Duration::from_secs(7)));
    assert_eq!(retry.next_wait(&throttled(Some(7)), RetryPolicy::OnlyIfNotDone, Duration::from_secs(7)), None);
    assert_eq!(retry.next_wait(&throttled(Some(0)), RetryPolicy::OnlyIfNotDone, LONG), Some(MIN_WAIT));
}

#[test]
fn backoff_doubles_without_retry_after() {
    for (before, least, most) in [(0, 375, 625), (1, 750, 1250), (3, 3000, 5000)] {
        let wait = backoff(Duration::from_millis(500), before).as_millis();
        assert!((least..=most).contains(&wait), "{before}: {wait}");
    }
}

#[test]
fn a_create_is_retried_only_after_errors_that_did_nothing() {
    let failed = CalendarError::Failed { cause: String::new(), retry_after: None };
    let lost = CalendarError::NoAnswer { cause: String::new() };
    let unsent = CalendarError::NotSent { cause: String::new(), timed_out: false };
    let late = CalendarError::NotSent { cause: String::new(), timed_out: true };
    let busy = throttled(None);
    let next = |error, policy| RetryState::default().next_wait(error, policy, LONG).is_some();
    assert!(!next(&failed, RetryPolicy::OnlyIfNotDone) && !next(&lost, RetryPolicy::OnlyIfNotDone));
    assert!(next(&unsent, RetryPolicy::OnlyIfNotDone) && next(&busy, RetryPolicy::OnlyIfNotDone));
    assert!(next(&failed, RetryPolicy::Read) && next(&lost, RetryPolicy::Idempotent));
    assert!(next(&busy, RetryPolicy::Read));
    assert!(![&failed, &lost, &unsent, &busy].into_iter().any(|error| next(error, RetryPolicy::ReadOnce)));
    assert!(!next(&late, RetryPolicy::Read) && !next(&CalendarError::EventNotFound, RetryPolicy::Read));
}

#[test]
fn the_timeout_of_a_batch_grows_with_its_items() {
    for (items, rounds) in [(1, 1), (4, 1), (5, 2), (20, 5)] {
        let timeout = RetryPolicy::Idempotent.timeout();
        assert_eq!(RetryPolicy::Idempotent.batch_timeout(items), timeout * rounds, "{items}");
    }
    assert_eq!(RetryPolicy::OnlyIfNotDone.batch_timeout(20), Duration::MAX);
}

#[test]
fn attempts_are_limited() {
    let mut retry = RetryState::default();
    let failed = CalendarError::Failed { cause: String::new(), retry_after: None };
    let waits = (0..10).map_while(|_| retry.next_wait(&failed, RetryPolicy::Read, LONG)).count();
    assert_eq!(waits, 2);
}

#[test]
fn a_write_in_doubt_stays_in_doubt() {
    let doubt = || Some(no_answer("lost"));
    let failed = || CalendarError::Failed { cause: "503".to_owned(), retry_after: None };
    for later in [
        out_of_time(),
        failed(),
        throttled(None),
        CalendarError::AccessDenied { code: "ErrorAccessDenied".to_owned() },
        CalendarError::Rejected { code: "400".to_owned() },
        CalendarError::MailboxNotFound,
        CalendarError::EventNotFound,
    ] {
        assert_eq!(combined(later.clone(), doubt()), no_answer("lost"));
        assert_eq!(combined(later.clone(), Some(failed())), failed());
        assert_eq!(combined(later.clone(), None), later);
    }
    assert_eq!(combined(no_answer("late"), Some(failed())), no_answer("late"));
}

#[test]
fn only_a_delete_in_doubt_is_settled_by_event_not_found() {
    for (policy, told) in
        [(RetryPolicy::Idempotent, no_answer("lost")), (RetryPolicy::Delete, CalendarError::EventNotFound)]
    {
        let mut retry = RetryState::default();
        assert!(retry.after_failure(AttemptError::Error(no_answer("lost")), policy, LONG, || false).is_ok());
        let gone = retry.after_failure(AttemptError::Error(CalendarError::EventNotFound), policy, LONG, || false);
        assert_eq!(gone, Err(told), "{policy:?}");
    }
    // Without doubt the event is not found.
    let mut retry = RetryState::default();
    let gone =
        retry.after_failure(AttemptError::Error(CalendarError::EventNotFound), RetryPolicy::Idempotent, LONG, || false);
    assert_eq!(gone, Err(CalendarError::EventNotFound));
}

#[test]
fn only_idempotent_writes_are_kept_in_doubt() {
    for (policy, kept) in [
        (RetryPolicy::Idempotent, no_answer("lost")),
        (RetryPolicy::Delete, no_answer("lost")),
        (RetryPolicy::Read, throttled(None)),
    ] {
        let mut retry = RetryState::default();
        assert!(retry.after_failure(AttemptError::Error(no_answer("lost")), policy, LONG, || false).is_ok());
        assert_eq!(retry.final_error(throttled(None)), kept);
    }
}

#[test]
fn a_response_that_is_too_large_is_not_requested_again() {
    for policy in [RetryPolicy::Read, RetryPolicy::Idempotent, RetryPolicy::OnlyIfNotDone] {
        let ended = RetryState::default().after_failure(AttemptError::TooLarge, policy, LONG, || true);
        assert!(matches!(ended, Err(CalendarError::UnknownResult { .. })), "{ended:?}");
    }
}

#[test]
fn the_token_is_renewed_once() {
    let denied = || CalendarError::AccessDenied { code: "401".to_owned() };
    let mut retry = RetryState::default();
    let after = |retry: &mut RetryState, may| {
        retry.after_failure(AttemptError::Unauthorized(denied()), RetryPolicy::Read, LONG, || may)
    };
    assert_eq!(after(&mut RetryState::default(), false), Err(denied()));
    assert_eq!(after(&mut retry, true), Ok(Duration::ZERO));
    assert_eq!(after(&mut retry, true), Err(denied()));
}

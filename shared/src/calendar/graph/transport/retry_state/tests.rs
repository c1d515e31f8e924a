use super::*;
use crate::calendar::graph::transport::send::{out_of_time, unanswered};

const LONG: Duration = Duration::from_secs(20);

fn throttled(seconds: Option<u64>) -> CalendarError {
    CalendarError::Throttled { retry_after: seconds.map(Duration::from_secs) }
}

#[test]
fn retry_after_is_read_in_every_form() {
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
fn what_graph_asks_is_honoured_where_it_fits() {
    let mut attempts = Attempts::default();
    assert_eq!(attempts.next(&throttled(Some(7)), Repeat::Never, LONG), Some(Duration::from_secs(7)));
    assert_eq!(attempts.next(&throttled(Some(7)), Repeat::Never, Duration::from_secs(7)), None);
    assert_eq!(attempts.next(&throttled(Some(0)), Repeat::Never, LONG), Some(SHORTEST_WAIT));
}

#[test]
fn without_being_told_the_wait_doubles() {
    for (before, least, most) in [(0, 375, 625), (1, 750, 1250), (3, 3000, 5000)] {
        let wait = backoff(Duration::from_millis(500), before).as_millis();
        assert!((least..=most).contains(&wait), "{before}: {wait}");
    }
}

#[test]
fn a_create_is_sent_again_only_when_nothing_happened() {
    let failed = CalendarError::Failed { cause: String::new(), retry_after: None };
    let lost = CalendarError::Unanswered { cause: String::new() };
    let unsent = CalendarError::NotSent { cause: String::new(), timed_out: false };
    let late = CalendarError::NotSent { cause: String::new(), timed_out: true };
    let busy = throttled(None);
    let next = |error, repeat| Attempts::default().next(error, repeat, LONG).is_some();
    assert!(!next(&failed, Repeat::Never) && !next(&lost, Repeat::Never));
    assert!(next(&unsent, Repeat::Never) && next(&busy, Repeat::Never));
    assert!(next(&failed, Repeat::Reads) && next(&lost, Repeat::Idempotent));
    assert!(next(&busy, Repeat::Reads));
    assert!(![&failed, &lost, &unsent, &busy].into_iter().any(|error| next(error, Repeat::ReadsOnce)));
    assert!(!next(&late, Repeat::Reads) && !next(&CalendarError::EventNotFound, Repeat::Reads));
}

#[test]
fn a_batch_is_waited_for_as_long_as_its_items_take() {
    for (items, rounds) in [(1, 1), (4, 1), (5, 2), (20, 5)] {
        let patience = Repeat::Idempotent.patience();
        assert_eq!(Repeat::Idempotent.patience_for_batch(items), patience * rounds, "{items}");
    }
    assert_eq!(Repeat::Never.patience_for_batch(20), Duration::MAX);
}

#[test]
fn patience_ends() {
    let mut attempts = Attempts::default();
    let failed = CalendarError::Failed { cause: String::new(), retry_after: None };
    let waits = (0..10).map_while(|_| attempts.next(&failed, Repeat::Reads, LONG)).count();
    assert_eq!(waits, 2);
}

#[test]
fn a_write_in_doubt_stays_in_doubt() {
    let doubt = || Some(unanswered("lost"));
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
        assert_eq!(settled(later.clone(), doubt()), unanswered("lost"));
        assert_eq!(settled(later.clone(), Some(failed())), failed());
        assert_eq!(settled(later.clone(), None), later);
    }
    assert_eq!(settled(unanswered("late"), Some(failed())), unanswered("late"));
}

#[test]
fn only_a_deletion_is_settled_by_an_event_that_is_gone() {
    for (repeat, told) in [(Repeat::Idempotent, unanswered("lost")), (Repeat::Deletes, CalendarError::EventNotFound)] {
        let mut course = Course::default();
        assert!(course.after(Miss::Error(unanswered("lost")), repeat, LONG, || false).is_ok());
        let gone = course.after(Miss::Error(CalendarError::EventNotFound), repeat, LONG, || false);
        assert_eq!(gone, Err(told), "{repeat:?}");
    }
    // What was never in doubt is simply not there.
    let mut course = Course::default();
    let gone = course.after(Miss::Error(CalendarError::EventNotFound), Repeat::Idempotent, LONG, || false);
    assert_eq!(gone, Err(CalendarError::EventNotFound));
}

#[test]
fn only_what_writes_the_same_again_is_kept_in_doubt() {
    for (repeat, kept) in [
        (Repeat::Idempotent, unanswered("lost")),
        (Repeat::Deletes, unanswered("lost")),
        (Repeat::Reads, throttled(None)),
    ] {
        let mut course = Course::default();
        assert!(course.after(Miss::Error(unanswered("lost")), repeat, LONG, || false).is_ok());
        assert_eq!(course.end(throttled(None)), kept);
    }
}

#[test]
fn what_is_too_large_is_not_asked_for_again() {
    for repeat in [Repeat::Reads, Repeat::Idempotent, Repeat::Never] {
        let ended = Course::default().after(Miss::TooLarge, repeat, LONG, || true);
        assert!(matches!(ended, Err(CalendarError::Inconclusive { .. })), "{ended:?}");
    }
}

#[test]
fn another_token_is_asked_for_once() {
    let denied = || CalendarError::AccessDenied { code: "401".to_owned() };
    let mut course = Course::default();
    let after = |course: &mut Course, may| course.after(Miss::Unauthorized(denied()), Repeat::Reads, LONG, || may);
    assert_eq!(after(&mut Course::default(), false), Err(denied()));
    assert_eq!(after(&mut course, true), Ok(Duration::ZERO));
    assert_eq!(after(&mut course, true), Err(denied()));
}

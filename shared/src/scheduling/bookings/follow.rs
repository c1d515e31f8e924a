//! People change events in Outlook. A booking's record follows what the calendar shows.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};

use crate::{
    calendar::{Event, Response},
    domain::{EmailAddress, TimeSpan},
    scheduling::records::{
        booking::{Actor, BookingRecord, ChangeKind},
        event::{Record, State},
        ledger::BookedTime,
    },
};

/// The record after a look at its event, if the event differs. `None`: they agree. `event`: `None` if it is gone. Not for a record
/// with an unfinished change.
pub fn follow(record: &BookingRecord, event: Option<&Event>, now: DateTime<Utc>) -> Option<BookingRecord> {
    let Some(event) = event else {
        let change = record.next_change(ChangeKind::Cancelled, Actor::Outlook, now, None);
        let over = Record { state: State::Deleted, ..record.event.clone() };
        return Some(BookingRecord { event: over, change, ..record.clone() });
    };
    let time = shown_time(record, event.times);
    let members = remaining_members(record, event);
    let kind = match (time != record.time, members.len() != record.members.len()) {
        (true, _) => ChangeKind::Rescheduled,
        (false, true) => ChangeKind::MembersChanged,
        (false, false) => return None,
    };
    let change = record.next_change(kind, Actor::Outlook, now, None);
    let last_number = record.last_number.max(time.number);
    Some(BookingRecord { time, last_number, members, change, ..record.clone() })
}

/// When the event takes place. `None`: its times cannot be read, or it has no length.
pub fn shown_span(event: &Event) -> Option<TimeSpan> {
    event.times.and_then(whole_seconds)
}

/// The span as records have it. `None`: it has no length.
fn whole_seconds((start, end): (DateTime<Utc>, DateTime<Utc>)) -> Option<TimeSpan> {
    let end = end + TimeDelta::nanoseconds(999_999_999);
    TimeSpan::new(start.with_nanosecond(0)?, end.with_nanosecond(0)?).ok()
}

/// When the event of a booking takes place: the time on record, or another one that a person gave it.
pub fn shown_time(record: &BookingRecord, times: Option<(DateTime<Utc>, DateTime<Utc>)>) -> BookedTime {
    match times.and_then(whole_seconds) {
        Some(span) if span != record.time.span => record.next_time(span),
        _ => record.time,
    }
}

/// The members who still take part. No one is invited to a pending booking yet.
fn remaining_members(record: &BookingRecord, event: &Event) -> Vec<EmailAddress> {
    if record.pending {
        return record.members.clone();
    }
    let taking_part = taking_part(event, &record.event.organizer);
    record.members.iter().filter(|member| taking_part.contains(member.folded())).cloned().collect()
}

/// The addresses of the organizer, and of those who are invited and have not declined, in lower case.
pub fn taking_part(event: &Event, organizer: &EmailAddress) -> BTreeSet<String> {
    let attendees = event.attendees.iter().filter(|attendee| attendee.response != Response::Declined);
    attendees.map(|attendee| attendee.address.to_lowercase()).chain([organizer.folded().to_owned()]).collect()
}

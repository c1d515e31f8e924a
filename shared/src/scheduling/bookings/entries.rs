//! Which entries of the ledger count. An entry alone proves nothing: the booking's record decides, and the calendar decides over the
//! record.

use std::collections::BTreeSet;

use futures_util::future::{join, join_all};

use super::{
    BookingScheduler,
    follow::{shown_span, taking_part},
    settle,
};
use crate::{
    calendar::{CalendarError, Detail, Event, Reply, Request},
    call::CallContext,
    domain::{BookingId, EmailAddress, EventId, Marker, TimeSpan},
    scheduling::records::{
        booking::BookingRecord,
        event::State,
        ledger::{Entry, EntryKey},
    },
};

/// How many bookings one request examines at most. The entries of further ones bind.
pub const MAX_EXAMINED: usize = 100;

/// A member's entry.
pub type MemberEntry = (EmailAddress, Entry);

/// What a list finds.
#[derive(Default)]
pub struct Looked {
    pub void: Void,
    /// Times of members to which a person has moved an event, and which no entry shows yet.
    pub moved: Vec<(EmailAddress, TimeSpan)>,
}

/// The entries that do not count.
pub type Void = BTreeSet<(EmailAddress, EntryKey)>;

impl BookingScheduler {
    /// Which of these entries do not count any more, for a request that is about to take their time. Records follow what is found,
    /// before anything relies on it. An entry whose booking cannot be read, or may still get its event, counts.
    pub(super) async fn void_entries(&self, call: &CallContext, entries: &[MemberEntry]) -> Void {
        let now = self.timing.clock.now();
        let by_booking = grouped(entries, |entry| entry.key.booking);
        let examined = by_booking.into_iter().take(MAX_EXAMINED).map(async |(id, entries)| {
            let is_young = entries.iter().all(|(_, entry)| entry.is_young(now));
            let record = self.examine(call, id, is_young).await;
            let is_void = |(member, entry): &MemberEntry| match &record {
                Examined::Unknown => false,
                Examined::Absent => true,
                Examined::Record(record) => !record.has_time(member, entry.key.time),
            };
            let void = entries.into_iter().filter(|entry| is_void(entry));
            void.map(|(member, entry)| (member.clone(), entry.key)).collect::<Vec<_>>()
        });
        join_all(examined).await.into_iter().flatten().collect()
    }

    /// A booking as its record and its event show it. `is_young`: the calendar may not show the event yet, so it is not asked.
    async fn examine(&self, call: &CallContext, id: BookingId, is_young: bool) -> Examined {
        let Ok(session) = self.session(call, id).await else { return Examined::Unknown };
        let Some(session) = session else { return Examined::Absent };
        let found = session.record();
        if found.event.state == State::Deleted {
            return Examined::Record(Box::new(found));
        }
        let settled = self
            .run(call, &session, async |ctx| {
                if is_young {
                    return settle::settled(&ctx, &session).await;
                }
                settle::current(&ctx, &session).await.map(|(record, _)| record)
            })
            .await;
        // Another request may be at work, and its outcome is open. What the record says may still be true.
        settled.map_or(Examined::Unknown, |record| Examined::Record(Box::new(record)))
    }

    /// Which of these entries do not count, for a list: one parallel round of reads, as a rule, and nothing is written.
    pub(super) async fn look_at(&self, call: &CallContext, entries: &[MemberEntry]) -> Looked {
        let now = self.timing.clock.now();
        let old = entries.iter().filter(|(_, entry)| !entry.is_young(now));
        let by_entry = grouped(old, |entry| entry.key);
        let examined = by_entry
            .into_iter()
            .take(MAX_EXAMINED)
            .map(async |(key, entries)| (self.look(call, key, &entries[0].1).await, entries));
        let mut looked = Looked::default();
        for (seen, entries) in join_all(examined).await {
            for (member, entry) in entries {
                let is_void = match &seen {
                    Seen::Binds => false,
                    Seen::Gone => true,
                    Seen::Members(members) => !members.contains(member.folded()),
                    Seen::Moved(span, members) => {
                        if members.is_empty() || members.contains(member.folded()) {
                            looked.moved.push((member.clone(), *span));
                        }
                        true
                    }
                };
                if is_void {
                    looked.void.insert((member.clone(), entry.key));
                }
            }
        }
        looked
    }

    /// What the record and the event of an entry show. Both are read at the same time. If the record names another event than the
    /// entry does, or the entry knows none, that event is read after it.
    async fn look(&self, call: &CallContext, key: EntryKey, entry: &Entry) -> Seen {
        let booking = self.key(key.booking);
        let record = call.deadline.work(self.records.read(&booking));
        let (record, shown) = match entry.event.clone() {
            None => (record.await, None),
            Some(event) => {
                let (mailbox, detail) = (entry.organizer.clone(), Detail::Full);
                let read = Request::Read { mailbox, event: event.clone(), detail };
                let (record, shown) = join(record, self.shown(call, read)).await;
                (record, Some((event, shown)))
            }
        };
        match record {
            Some(Ok(Some(record))) => self.compare(call, key, &record, shown).await,
            Some(Ok(None)) => Seen::Gone,
            Some(Err(_)) | None => Seen::Binds,
        }
    }

    /// `shown`: an event of the booking that has been read.
    async fn compare(&self, call: &CallContext, key: EntryKey, record: &BookingRecord, shown: Option<Shown>) -> Seen {
        if record.event.state == State::Deleted || !record.times().any(|own| own == key.time) {
            return Seen::Gone;
        }
        let members = || Seen::Members(record.members.iter().map(|member| member.folded().to_owned()).collect());
        let mailbox = || record.event.organizer.clone();
        let event = match record.event.state {
            State::Active | State::Deleting => record.event.event.clone(),
            // The request that claimed the time may have died before its event was created.
            _ if record.event.doubt_ends_at(self.timing.doubt_window) <= self.timing.clock.now() => {
                let marker = Marker::of_booking(&self.tenant, key.booking, record.event.incarnation);
                match self.shown(call, Request::Find { mailbox: mailbox(), marker }).await {
                    Some(Ok(Reply::Found(found))) if found.is_empty() => return Seen::Gone,
                    Some(Ok(Reply::Found(found))) => found.into_iter().next(),
                    _ => return members(),
                }
            }
            _ => None,
        };
        let Some(event) = event else { return members() };
        let shown = match shown {
            Some((known, shown)) if known == event => shown,
            _ => self.shown(call, Request::Read { mailbox: mailbox(), event, detail: Detail::Full }).await,
        };
        match shown {
            Some(Ok(Reply::Event(event))) => match shown_span(&event) {
                Some(span) if span != key.time.span => Seen::Moved(span, invited(&event, &record.event.organizer)),
                Some(_) if !record.pending => Seen::Members(taking_part(&event, &record.event.organizer)),
                _ => members(),
            },
            Some(Err(CalendarError::EventNotFound)) => Seen::Gone,
            _ => members(),
        }
    }

    async fn shown(&self, call: &CallContext, request: Request) -> Option<Result<Reply, CalendarError>> {
        self.calendar.execute(call, vec![request]).await.pop()
    }
}

/// An event's id, and the calendar's reply to a read of it.
type Shown = (EventId, Option<Result<Reply, CalendarError>>);

/// Who takes part in an event to which people are invited.
fn invited(event: &Event, organizer: &EmailAddress) -> BTreeSet<String> {
    if event.attendees.is_empty() { BTreeSet::new() } else { taking_part(event, organizer) }
}

/// The entries with the same key together, in the order of the first of each.
fn grouped<'e, K: PartialEq>(
    entries: impl IntoIterator<Item = &'e MemberEntry>,
    key: impl Fn(&Entry) -> K,
) -> Vec<(K, Vec<&'e MemberEntry>)> {
    let mut groups = Vec::<(K, Vec<_>)>::new();
    for entry in entries {
        let key = key(&entry.1);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, group)) => group.push(entry),
            None => groups.push((key, vec![entry])),
        }
    }
    groups
}

/// What is known of a booking whose entry is in the way.
enum Examined {
    Absent,
    Record(Box<BookingRecord>),
    Unknown,
}

/// What a look at an entry's event shows.
enum Seen {
    Binds,
    Gone,
    /// It takes place at another time, for these members, in lower case; for all if there are none: no one is invited yet.
    Moved(TimeSpan, BTreeSet<String>),
    /// The entry counts for these members, in lower case.
    Members(BTreeSet<String>),
}

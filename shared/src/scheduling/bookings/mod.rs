//! Bookings: a time is given to one booking only. Lists, books, reads, reschedules, confirms, rejects and cancels, for one tenant.
//!
//! | file | holds |
//! | --- | --- |
//! | `book.rs` | claims a time, and creates the event |
//! | `reschedule.rs` | moves a booking to another time |
//! | `confirm.rs`, `cancel.rs`, `read.rs` | what needs no new time |
//! | `list.rs` | the times that can be booked |
//! | `request.rs` | a request to book, and the event that it makes |
//! | `choice.rs` | who is free for a time, and whose ledgers a claim of it changes |
//! | `contention.rs` | other transactions write the same items |
//! | `situation.rs` | what is known of the participants' time: calendars, ledgers, turns |
//! | `entries.rs` | which entries of the ledger count |
//! | `settle.rs` | brings a record into agreement with its event |
//! | `follow.rs` | what a person changed in Outlook |
//! | `session.rs` | a record during one request: the protocol's writes become a booking's |
//!
//! docs/decisions/0022-bookings.md explains the rules.

mod book;
mod cancel;
mod choice;
mod configuration;
mod confirm;
mod contention;
mod entries;
mod error;
mod follow;
mod list;
mod read;
mod request;
mod reschedule;
mod session;
mod settle;
mod situation;

use std::{future::Future, sync::Arc};

use uuid::Uuid;

pub use configuration::{Bookable, InvalidConfiguration, MAX_COLLECTIVE, MAX_ROUND_ROBIN, Participant};
pub use error::BookingError;
pub use list::{Freshness, OpenSlot, OpenSlots};
pub use read::named;
pub use request::{Booked, BookingRequest, Changed, Invitation, Secrets, Texts, attendees, lacks_online_meeting};
pub use reschedule::Reschedule;

use super::{
    driver::Driver,
    protocol::{
        context::{Context, MAX_ATTEMPTS, Profile, Timing, claim_expires},
        effects::Effects,
        errors::{answered, conflict},
    },
    records::{
        BookingRecords, Write,
        booking::{Actor, BookingClaim, BookingKey, BookingRecord, Permit, Purpose},
        event::{EventKind, RecordKey, next_token},
    },
};
use crate::{
    calendar::{Calendar, Detail},
    call::CallContext,
    domain::{BookingId, ExternalId, TenantId},
    problem::Problem,
};
use session::BookingSession;

const PROFILE: Profile = Profile {
    detail: Detail::Full,
    keep_join_block: true,
    update_replaces_payload: false,
    delete_outlives_mailbox: false,
    keeps_uid: true,
};

/// A booking after a request, as it is on record.
pub type Outcome = Result<BookingRecord, BookingError>;

/// A booking that a request names.
#[derive(Debug, Clone)]
pub struct NamedBooking {
    pub id: BookingId,
    /// The record, if the caller has read it: in a round trip that the request takes anyway.
    pub record: Option<Box<BookingRecord>>,
}

impl From<BookingId> for NamedBooking {
    fn from(id: BookingId) -> Self {
        Self { id, record: None }
    }
}

/// The bookings of one tenant.
pub struct BookingScheduler {
    pub tenant: TenantId,
    pub records: Arc<dyn BookingRecords>,
    pub calendar: Arc<dyn Calendar>,
    pub timing: Timing,
}

impl BookingScheduler {
    fn key(&self, id: BookingId) -> BookingKey {
        BookingKey { tenant: self.tenant.clone(), id }
    }

    /// A session of a booking, as it is on record. `None`: there is no such booking.
    async fn session(
        &self,
        call: &CallContext,
        booking: impl Into<NamedBooking>,
    ) -> Result<Option<BookingSession<'_>>, BookingError> {
        let NamedBooking { id, record } = booking.into();
        let found = match record {
            Some(record) => Some(record),
            None => answered(call.deadline.work(self.records.read(&self.key(id))).await)?,
        };
        Ok(found.map(|record| self.session_of(id, *record)))
    }

    fn session_of(&self, id: BookingId, record: BookingRecord) -> BookingSession<'_> {
        let times = (self.timing.tombstone_life, self.timing.clock.clone());
        BookingSession::new(self.key(id), self.records.as_ref(), record, times)
    }

    /// The session of a record that this request has written.
    fn own_session(&self, id: BookingId, record: BookingRecord) -> BookingSession<'_> {
        let session = self.session_of(id, record.clone());
        session.wrote(record);
        session
    }

    /// Claims a booking. `false`: it cannot be claimed as it is now.
    async fn claim(
        &self,
        call: &CallContext,
        id: BookingId,
        permit: &Permit,
        purpose: Purpose,
        (by, reason): (Actor, Option<String>),
    ) -> Result<(BookingSession<'_>, bool), BookingError> {
        let mut newest = Uuid::nil();
        for _ in 0..MAX_ATTEMPTS {
            let (now, claim_expires) = (self.timing.clock.now(), claim_expires(call));
            let claim = BookingClaim {
                purpose,
                permit: permit.clone(),
                now,
                token: next_token(newest),
                claim_expires,
                in_doubt_until: claim_expires + self.timing.doubt_window,
                by,
                reason: reason.clone(),
            };
            let key = self.key(id);
            let found = match answered(call.deadline.work(self.records.claim(&key, &claim)).await)? {
                Write::Done(Some(before)) => {
                    let claimed =
                        claim.apply(&before).ok_or_else(|| Problem::internal("a claim without its condition"))?;
                    return Ok((self.own_session(id, claimed), true));
                }
                Write::Done(None) | Write::Conflict(None) => return Err(BookingError::NotFound),
                Write::Conflict(Some(found)) => *found,
            };
            if found.event.token == claim.token {
                return Ok((self.own_session(id, found), true));
            }
            newest = found.event.token;
            // It became claimable after the claim failed, or has the greater token: claim again.
            let again = BookingClaim { token: next_token(newest), ..claim };
            if again.apply(&found).is_none() {
                return Ok((self.session_of(id, found), false));
            }
        }
        Err(conflict().into())
    }

    /// The guest's time for changes must not be over.
    fn in_time(&self, found: &BookingRecord, permit: &Permit) -> Result<(), BookingError> {
        match found.changeable_until() {
            Some(until) if !permit.is_in_time(found, self.timing.clock.now()) => Err(BookingError::TooLate { until }),
            _ => Ok(()),
        }
    }

    /// Runs a task of the protocol on a booking's event.
    async fn run<'s, T, F: Future<Output = T>>(
        &'s self,
        call: &'s CallContext,
        session: &'s BookingSession<'s>,
        task: impl FnOnce(Context<'s>) -> F,
    ) -> T {
        let driver = Driver { call, calendar: self.calendar.as_ref(), records: session };
        driver
            .run(|effects: Effects| {
                let key = RecordKey {
                    tenant: self.tenant.clone(),
                    id: ExternalId::of_booking(session.key.id),
                    kind: EventKind::Booking(session.key.id),
                };
                let keep_join_block = session.record().online_meeting;
                task(Context {
                    effects,
                    call,
                    key,
                    timing: &self.timing,
                    profile: Profile { keep_join_block, ..PROFILE },
                    cancellation: session.cancellation(),
                })
            })
            .await
    }
}

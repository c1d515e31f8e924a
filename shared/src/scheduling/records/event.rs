//! The record of one event.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::{NoContext, Timestamp, Uuid};

use crate::domain::{BookingId, EmailAddress, EventId, EventUid, ExternalId, Fingerprint, Marker, TenantId};

/// Identifies a record. The kind is a namespace: a meeting and an appointment may have the same id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey {
    pub tenant: TenantId,
    pub id: ExternalId,
    pub kind: EventKind,
}

/// What an event is to its caller.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    Meeting,
    /// The copy of an appointment in this mailbox.
    AppointmentCopy(EmailAddress),
    /// The event of this booking. Its external id is the same id as text.
    Booking(BookingId),
}

/// The state of a record. The diagram is in `scheduling::protocol`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Claimed; its event may or may not exist.
    Creating,
    /// Its event is in the calendar.
    Active,
    /// Its event is being deleted.
    Deleting,
    /// There is no event any more. A tombstone if `deletion` is set. Otherwise the trace of a claim that created nothing,
    /// equivalent to no record; it only makes a late repeat of that claim fail.
    Deleted,
}

/// The record of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub state: State,
    /// Random; a new one for each new event under the same id, so that what belongs to an earlier event is never taken for the
    /// present one's. Sent to the calendar as the transaction id.
    pub incarnation: Uuid,
    /// The fencing token of the request that wrote last (UUID version 7). See [`next_token`].
    pub token: Uuid,
    /// Until when the holder of a creating or deleting record may still be running, UTC.
    pub claim_expires: DateTime<Utc>,
    /// Until when an ambiguous create request may still take effect, UTC. `None` if every create request had a definite answer.
    pub in_doubt_until: Option<DateTime<Utc>>,
    /// Create requests of this incarnation that may still be executed: sent, or about to be sent by the holder, without a
    /// definite answer.
    pub outstanding_creates: u32,
    /// Create requests that are over and may have left an event: the answer did not say, or the event could not be recorded.
    pub ambiguous_creates: u32,
    /// What the caller asked for. A meeting keeps the content of its creation; an appointment's update replaces it. `None`
    /// while an update is under way or its outcome is unknown.
    pub payload: Option<Fingerprint>,
    /// The mailbox that holds the event.
    pub organizer: EmailAddress,
    /// The calendar's id of the event, once known.
    pub event: Option<EventId>,
    /// The id that all copies of the event share, if the calendar named it and the kind of event needs it.
    pub uid: Option<EventUid>,
    /// When the event ends, UTC, or later: a change to an earlier end leaves it as it is. `None` if the record was stored before
    /// ends were, and for a deleted event. Not stored for a copy: the record of its appointment has the end.
    pub ends_at: Option<DateTime<Utc>>,
    /// The latest deletion under this id. A new claim keeps it, in case that claim creates nothing.
    pub deletion: Option<Deletion>,
}

/// The fact that an event was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    pub organizer: EmailAddress,
    /// Until when a repeated delete succeeds at least, UTC. It succeeds until the store removes the record.
    pub until: DateTime<Utc>,
}

/// How long a trace or tombstone is kept at least, counted from its last write. A repeat of a write never arrives later.
pub(super) const TRACE_LIFE: Duration = Duration::from_hours(1);

impl Record {
    /// A claim for a new event. It counts the create request that is about to be sent: if this process dies, no other one can
    /// know whether it was sent.
    pub fn claim(
        payload: Fingerprint,
        organizer: EmailAddress,
        incarnation: Uuid,
        token: Uuid,
        claim_expires: DateTime<Utc>,
    ) -> Self {
        Self {
            state: State::Creating,
            incarnation,
            token,
            claim_expires,
            in_doubt_until: None,
            outstanding_creates: 1,
            ambiguous_creates: 0,
            payload: Some(payload),
            organizer,
            event: None,
            uid: None,
            ends_at: None,
            deletion: None,
        }
    }

    /// Whether the request that holds the claim has been killed by now.
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.claim_expires <= now
    }

    /// Whether both are the same version: same incarnation, same fencing token.
    pub fn is_version_of(&self, other: &Self) -> bool {
        self.incarnation == other.incarnation && self.token == other.token
    }

    /// Until when a create request may still take effect. If the holder died without recording that, the window counts from
    /// the latest moment at which the holder can have been alive.
    pub fn doubt_ends_at(&self, doubt_window: Duration) -> DateTime<Utc> {
        self.in_doubt_until.unwrap_or(self.claim_expires + doubt_window)
    }

    /// Until when an event that has not been seen may still appear, if one may.
    pub fn in_doubt_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.in_doubt_until.filter(|end| self.outstanding_creates > 0 && now < *end)
    }

    /// The record without any doubt about its event.
    #[must_use]
    pub fn without_doubt(self) -> Self {
        Self { outstanding_creates: 0, ambiguous_creates: 0, in_doubt_until: None, ..self }
    }

    /// The record of a copy whose mailbox does not exist at present. It stays to be deleted, in case the mailbox comes back.
    /// If it was being created, an event may exist that has not been seen.
    #[must_use]
    pub fn orphaned(self, doubt_window: Duration) -> Self {
        let in_doubt_until = match self.state {
            State::Creating => Some(self.doubt_ends_at(doubt_window)),
            _ => self.in_doubt_until,
        };
        Self { state: State::Deleting, in_doubt_until, ..self }
    }

    /// When the record may be removed by the store: a deleted one after its tombstone, any other one after its event. `None`: the
    /// end of the event is unknown. `now`: the time of the write; `record_life`: see [`forget_event_at`].
    pub fn forget_at(&self, now: DateTime<Utc>, record_life: TimeDelta) -> Option<DateTime<Utc>> {
        if self.state != State::Deleted {
            return self.ends_at.map(|end| forget_event_at(end, now, record_life));
        }
        let trace = self.claim_expires.max(now) + TRACE_LIFE;
        Some(self.deletion.as_ref().map_or(trace, |deletion| deletion.until.max(trace)))
    }

    /// The marker that the event carries.
    pub fn marker(&self, key: &RecordKey) -> Marker {
        match &key.kind {
            EventKind::Meeting => Marker::of_meeting(&key.tenant, &key.id, self.incarnation),
            EventKind::AppointmentCopy(mailbox) => Marker::of_copy(&key.tenant, &key.id, mailbox, self.incarnation),
            EventKind::Booking(id) => Marker::of_booking(&key.tenant, *id, self.incarnation),
        }
    }
}

/// When the record of an event that exists, or may come to exist, may be removed by the store: `record_life` after the event has
/// ended, and not before `record_life` has passed since the write at `now`, since an event may lie in the past.
pub fn forget_event_at(ends_at: DateTime<Utc>, now: DateTime<Utc>, record_life: TimeDelta) -> DateTime<Utc> {
    ends_at.max(now).checked_add_signed(record_life).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// A new fencing token, greater than `after` even if another machine's clock, ahead of ours, made that one.
///
/// Every write states the token that it expects and the token that it stores. So a write of a request that has lost its
/// claim fails, a write that the SDK repeated recognizes itself, and a repeat that arrives late changes nothing: it finds
/// its own token or a greater one.
pub fn next_token(after: Uuid) -> Uuid {
    let now = Uuid::now_v7();
    match after.get_timestamp().map(|time| time.to_unix()) {
        Some((seconds, nanos)) if now <= after => {
            let next = Duration::new(seconds, nanos) + Duration::from_millis(1);
            Uuid::new_v7(Timestamp::from_unix(NoContext, next.as_secs(), next.subsec_nanos()))
        }
        _ => now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_greater_than_the_one_before() {
        let now = Uuid::now_v7();
        let ahead = Uuid::new_v7(Timestamp::from_unix(NoContext, 4_000_000_000, 999_999_999));
        for after in [Uuid::nil(), now, ahead, next_token(ahead)] {
            let (one, two) = (next_token(after), next_token(after));
            assert!(one > after && two > after && one != two, "{after}: {one}, {two}");
            assert_eq!(one.get_version_num(), 7);
        }
    }
}

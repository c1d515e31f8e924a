//! Finding out what became of a claim whose holder is gone, and of an event that may have a double.

use std::time::Duration;

use super::{
    read::Standing,
    record::{Record, State},
    work::{INDEX_PAUSE, Outcome, Work, mint},
};
use crate::{
    calendar::{CalendarError, Event, EventId},
    domain::EmailAddress,
    problem::Problem,
};

/// What became of an expired creating record.
pub(super) enum Settled {
    /// Its event is in the calendar, and the record says so now.
    Active(Box<Record>),
    /// Its event was never created, and cannot be any more.
    Never,
    /// Another request is at work on the record by now.
    Overtaken,
}

impl Work<'_> {
    /// Settles an expired creating record. While its event may still appear, the request has to wait.
    pub(super) async fn settle(&self, record: &Record) -> Result<Settled, Problem> {
        let (asked_at, settles_at) = (self.now(), record.settles_at(self.scheduler.unsettled_for));
        let mut found = self.find(record).await.map_err(|error| self.while_open(record, asked_at, error))?;
        if found.is_empty() {
            return if asked_at < settles_at { Err(self.wait_for(settles_at)) } else { Ok(Settled::Never) };
        }
        let open = self.once_found(record, found.len());
        let active = Record { state: State::Active, attempt: mint(record.attempt), deletion: None, ..open };
        let active = self.beside(Record { event: Some(found.remove(0)), ..active }, &found);
        match self.replace(record, &active).await? {
            Outcome::Mine => {
                self.delete_doubles(record, &found).await?;
                Ok(Settled::Active(Box::new(active)))
            }
            Outcome::Rival(_) => Ok(Settled::Overtaken),
        }
    }

    /// An active record's event as it is now, with the record; `None` if it is gone. Where the record was ever unsettled,
    /// doubles are looked for and deleted first.
    pub(super) async fn look(&self, record: &Record) -> Result<Option<(Record, Event)>, Problem> {
        let record = self.converge(record).await?;
        self.event_of(record).await
    }

    /// The event that an active record names, with the record; `None` if it is gone.
    pub(super) async fn event_of(&self, record: Record) -> Result<Option<(Record, Event)>, Problem> {
        let Standing { record, event } = record.standing()?;
        if let Some(event) = self.live(&record.organizer, &event).await? {
            return Ok(Some((record, event)));
        }
        let Some(Standing { record, event }) = self.denied(&record).await? else { return Ok(None) };
        match self.live(&record.organizer, &event).await? {
            Some(event) => Ok(Some((record, event))),
            None => Err(Problem::in_progress(INDEX_PAUSE)),
        }
    }

    /// What is left of an active record's meeting after the calendar service has said that its event is not there. The
    /// service may be wrong once, so the event's marker is looked for as well. `None`: it is gone. The event found may be
    /// another one than before; it may also be gone, and the marker's index behind.
    pub(super) async fn denied(&self, record: &Record) -> Result<Option<Standing>, Problem> {
        let found = self.find(record).await?;
        if found.is_empty() {
            return Ok(None);
        }
        let is_known = record.event.as_ref().is_some_and(|event| found.contains(event));
        let record = if is_known {
            record.clone()
        } else {
            let unsettled_until = record.unsettled_until.or_else(|| Some(self.now()));
            self.converge(&Record { unsettled_until, ..record.clone() }).await?
        };
        record.standing().map(Some)
    }

    /// Makes sure that an active record that was ever unsettled has one event only, and that it is the one on record.
    pub(super) async fn converge(&self, record: &Record) -> Result<Record, Problem> {
        let Some(settles_at) = record.unsettled_until else { return Ok(record.clone()) };
        let asked_at = self.now();
        let over = settles_at <= asked_at;
        let mut doubles = self.find(record).await.map_err(|error| self.while_open(record, asked_at, error))?;
        let kept = self.choose(record, &doubles, over).await?;
        doubles.retain(|double| Some(double) != kept.as_ref());
        if kept.is_none() || (!over && doubles.is_empty() && kept == record.event) {
            return Ok(record.clone());
        }
        let open = if over { record.clone().settled() } else { record.clone() };
        let next = self.beside(Record { attempt: mint(record.attempt), event: kept, ..open }, &doubles);
        // Whoever loses here has an older view of what there is, and must delete nothing by it.
        match self.replace(record, &next).await? {
            Outcome::Mine => {
                self.delete_doubles(record, &doubles).await?;
                Ok(next)
            }
            Outcome::Rival(_) => Err(Problem::in_progress(Duration::from_secs(1))),
        }
    }

    /// Of the events that carry a record's marker, and the one on record, the one that stays: the one on record if it is
    /// live, else the oldest, once nobody's request to delete it as a double can be carried out any more. `None`: there is
    /// none, or none that is known by now.
    async fn choose(&self, record: &Record, found: &[EventId], over: bool) -> Result<Option<EventId>, Problem> {
        if let Some(known) = &record.event {
            // What is not found by its marker may be younger than the index, or have lost the marker.
            let worth_a_look = over || !found.is_empty();
            if found.contains(known) || (worth_a_look && self.live(&record.organizer, known).await?.is_some()) {
                return Ok(Some(known.clone()));
            }
            if !over && !found.is_empty() {
                return Err(self.wait_for(record.settles_at(self.scheduler.unsettled_for)));
            }
        }
        Ok(found.first().cloned())
    }

    /// What stays open of a record when its marker is found on so many events: nothing, if every request has landed.
    pub(super) fn once_found(&self, record: &Record, found: usize) -> Record {
        if found as u64 >= u64::from(record.unanswered) + u64::from(record.inconclusive) {
            return record.clone().settled();
        }
        let settles_at = record.settles_at(self.scheduler.unsettled_for);
        Record { unsettled_until: Some(settles_at), ..record.clone() }
    }

    /// The record of an event whose doubles, if there are any, are about to be deleted. Until nothing can come of that any
    /// more somebody has to look again, should this request die, and none of them may be taken for the meeting.
    pub(super) fn beside(&self, record: Record, doubles: &[EventId]) -> Record {
        if doubles.is_empty() {
            return record;
        }
        Record { unsettled_until: record.unsettled_until.max(Some(self.all_settles_at())), ..record }
    }

    /// The events that carry a record's marker, oldest first.
    pub(super) async fn find(&self, record: &Record) -> Result<Vec<EventId>, CalendarError> {
        self.scheduler.find_events(self.call, &record.organizer, &self.marker(record)).await
    }

    /// An event, if it is live.
    pub(super) async fn live(&self, organizer: &EmailAddress, id: &EventId) -> Result<Option<Event>, CalendarError> {
        match self.scheduler.read_event(self.call, organizer, id).await {
            Ok(event) => Ok(Some(event)),
            Err(CalendarError::EventNotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Deletes what a record does not name, once it is on record that it does not. A failure asks for a repeat, whatever it
    /// is: the meeting is in the calendar, and so is what had to be deleted.
    pub(super) async fn delete_doubles(&self, record: &Record, doubles: &[EventId]) -> Result<(), Problem> {
        let deletion = self.delete_each(record, doubles).await;
        deletion.map(drop).map_err(|undeleted| {
            let problem = Problem::from(undeleted.error);
            if problem.asks_for_repeat() { problem } else { problem.with_open_outcome() }
        })
    }
}

//! Finding out what became of a claim whose holder is gone, and of an event that may have a double.

use uuid::Uuid;

use super::{
    attempt::{Attempt, Outcome},
    record::{Record, State},
};
use crate::{
    calendar::{CalendarError, Event, EventId, FoundEvent},
    domain::EmailAddress,
    problem::Problem,
};

/// What became of an expired creating record.
pub(super) enum Settled {
    /// Its event is in the calendar, and the record says so now.
    Active(Record),
    /// Its event was never created, and cannot be any more.
    Never,
    /// Another request is at work on the record by now.
    Overtaken,
}

impl Attempt<'_> {
    /// Settles an expired creating record. While its event may still appear, the request has to wait.
    pub(super) async fn settle(&self, record: &Record) -> Result<Settled, Problem> {
        let mut found = self.scheduler.calendar.find(self.call, &record.organizer, &self.marker(record)).await?;
        if found.is_empty() {
            let settles_at = record.settles_at(self.scheduler.unsettled_for);
            return if self.now() < settles_at { Err(self.wait_for(settles_at)) } else { Ok(Settled::Never) };
        }
        let every_request_landed = found.len() as u64 >= u64::from(record.unanswered + record.inconclusive);
        let kept = found.remove(0);
        self.delete_all(&record.organizer, found).await?;
        let open = (!every_request_landed).then(|| record.settles_at(self.scheduler.unsettled_for));
        let active = Record {
            state: State::Active,
            attempt: Uuid::now_v7(),
            event: Some(kept.id),
            unsettled_until: open,
            unanswered: if open.is_some() { record.unanswered } else { 0 },
            inconclusive: if open.is_some() { record.inconclusive } else { 0 },
            ..record.clone()
        };
        match self.replace(record, &active).await? {
            Outcome::Mine(_) => Ok(Settled::Active(active)),
            Outcome::Rival(_) => Ok(Settled::Overtaken),
        }
    }

    /// An active record's event as it is now, with the record; `None` if it is gone. Where the record was ever unsettled,
    /// doubles are looked for and deleted first.
    pub(super) async fn look(&self, record: &Record) -> Result<Option<(Record, Event)>, Problem> {
        let record = self.converge(record).await?;
        let Some(event) = &record.event else { return Ok(None) };
        match self.scheduler.calendar.read(self.call, &record.organizer, event).await {
            Ok(event) => Ok(Some((record, event))),
            Err(CalendarError::EventNotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes sure that an active record that was ever unsettled has one event only, and that it is the one on record.
    pub(super) async fn converge(&self, record: &Record) -> Result<Record, Problem> {
        let Some(settles_at) = record.unsettled_until else { return Ok(record.clone()) };
        let found = self.scheduler.calendar.find(self.call, &record.organizer, &self.marker(record)).await?;
        let Some(kept) = self.keep_one(record, found).await? else { return Ok(record.clone()) };
        let over = settles_at <= self.now();
        let next = Record {
            attempt: Uuid::now_v7(),
            event: Some(kept),
            unsettled_until: if over { None } else { record.unsettled_until },
            unanswered: if over { 0 } else { record.unanswered },
            inconclusive: if over { 0 } else { record.inconclusive },
            ..record.clone()
        };
        if !over && next.event == record.event {
            return Ok(record.clone());
        }
        match self.replace(record, &next).await? {
            Outcome::Mine(_) => Ok(next),
            Outcome::Rival(_) => Err(Problem::in_progress(std::time::Duration::from_secs(1))),
        }
    }

    /// Of the events that carry a record's marker, and the one on record, one stays: the one on record if it is live
    /// but not yet found by its marker, else the oldest. `None`: there is none.
    async fn keep_one(&self, record: &Record, mut found: Vec<FoundEvent>) -> Result<Option<EventId>, Problem> {
        if found.is_empty() {
            return Ok(None);
        }
        if let Some(known) = record.event.as_ref().filter(|known| found.iter().all(|event| event.id != **known)) {
            match self.scheduler.calendar.read(self.call, &record.organizer, known).await {
                Ok(_) => {
                    self.delete_all(&record.organizer, found).await?;
                    return Ok(Some(known.clone()));
                }
                Err(CalendarError::EventNotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let kept = found.remove(0).id;
        self.delete_all(&record.organizer, found).await?;
        Ok(Some(kept))
    }

    /// Deletes events; one that is gone already is deleted.
    pub(super) async fn delete_all(&self, organizer: &EmailAddress, events: Vec<FoundEvent>) -> Result<(), Problem> {
        for event in events {
            match self.scheduler.calendar.delete(self.call, organizer, &event.id).await {
                Ok(()) | Err(CalendarError::EventNotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

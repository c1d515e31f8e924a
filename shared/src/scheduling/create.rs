//! The part of scheduling that holds a claim: from the request to the calendar to the commit.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{
    record::{Record, State},
    schedule::{Scheduled, already_exists},
    work::{INDEX_PAUSE, Outcome, Work, best_effort},
};
use crate::{
    calendar::{CalendarError, EventId, WrittenEvent},
    domain::Meeting,
    problem::Problem,
};

/// How often one request asks the calendar to create, when the answers leave open whether it did.
const TRIES: u32 = 3;
/// The wait before trying again where the service names none.
const PAUSE: Duration = Duration::from_millis(300);

impl Work<'_> {
    /// Creates the event of a claim that this request holds. `repeated`: an event of this incarnation may exist already.
    pub(super) async fn create(
        &self,
        mut claim: Record,
        meeting: &Meeting,
        mut repeated: bool,
    ) -> Result<Scheduled, Problem> {
        for attempt in 1.. {
            let (asked_at, marker) = (self.now(), self.marker(&claim));
            if repeated {
                match self.find(&claim).await {
                    Ok(found) if found.is_empty() => {}
                    Ok(found) => return self.adopt(&answered(&claim), found, meeting).await,
                    Err(error) => return Err(self.suspend(&answered(&claim), error).await),
                }
            }
            let error = match self.scheduler.create_event(self.call, meeting, claim.incarnation, &marker).await {
                Ok(written) if !repeated => {
                    return self.commit(&claim.settled(), &written, &[], meeting).await;
                }
                Ok(written) => {
                    if let Some(scheduled) = self.after_repeat(&claim, written, asked_at, meeting).await? {
                        return Ok(scheduled);
                    }
                    claim = self.renew(&answered(&claim), asked_at, meeting).await?;
                    repeated = false;
                    continue;
                }
                Err(error) => error,
            };
            match error {
                CalendarError::DuplicateTransaction { existing } => {
                    let claim_now = answered(&claim);
                    let found = self.holders_of(&claim_now, asked_at, existing).await?;
                    if !found.is_empty() {
                        return self.adopt(&claim_now, found, meeting).await;
                    }
                    if attempt >= TRIES {
                        let error = CalendarError::DuplicateTransaction { existing: None };
                        return Err(self.suspend(&claim_now, error).await);
                    }
                    claim = self.renew(&claim_now, asked_at, meeting).await?;
                    repeated = false;
                }
                CalendarError::Failed { .. } | CalendarError::Inconclusive { .. } => {
                    let (open, pause) = match &error {
                        CalendarError::Failed { retry_after, .. } => (claim, *retry_after),
                        // It is over, but an event may be there that nobody has seen.
                        _ => (over(&claim), None),
                    };
                    let open = Record { unsettled_until: Some(self.settles_at()), ..open };
                    let pause = pause.unwrap_or(PAUSE * attempt);
                    if attempt >= TRIES || pause >= self.call.deadline.remaining() {
                        return Err(self.suspend(&open, error).await);
                    }
                    self.scheduler.records.pause(pause).await;
                    let held = self.counting_one_more(&open).await.map_err(Problem::with_open_outcome)?;
                    claim = held.ok_or_else(in_progress)?;
                    repeated = true;
                }
                CalendarError::Unanswered { .. } => {
                    let open = Record { unsettled_until: Some(self.settles_at()), ..claim };
                    return Err(self.suspend(&open, error).await);
                }
                definite if repeated => return Err(self.suspend(&answered(&claim), definite).await),
                definite => {
                    self.release(&claim).await;
                    return Err(definite.into());
                }
            }
        }
        unreachable!("the loop ends by returning")
    }

    /// Holds a record in whose name one more request to create is about to be sent. It goes on record before it is sent: if
    /// this process dies, nobody else can tell that it was. `None`: another request was faster.
    pub(super) async fn counting_one_more(&self, record: &Record) -> Result<Option<Record>, Problem> {
        let settles_at = record.settles_at(self.scheduler.unsettled_for);
        let held = Record { unanswered: record.unanswered + 1, ..self.held(record) };
        // So it is if this process dies. As long as it lives it knows better.
        let if_it_dies = Record { unsettled_until: Some(self.all_settles_at()), ..held.clone() };
        match self.replace(record, &if_it_dies).await? {
            Outcome::Mine => Ok(Some(Record { unsettled_until: Some(settles_at), ..held })),
            Outcome::Rival(_) => Ok(None),
        }
    }

    /// After a repeat that the service says created the event: it may have created a second one, or be speaking of one
    /// that is gone. `None`: the latter.
    async fn after_repeat(
        &self,
        claim: &Record,
        written: WrittenEvent,
        asked_at: DateTime<Utc>,
        meeting: &Meeting,
    ) -> Result<Option<Scheduled>, Problem> {
        let claim = over(claim);
        // The event may be new, and the marker's index behind for as long as after any request to create.
        let perhaps_new = Record { unsettled_until: Some(self.settles_at()), ..claim.clone() };
        let found = match self.find(&claim).await {
            Ok(found) => found,
            Err(error) => return Err(self.suspend(&perhaps_new, error).await),
        };
        if !found.contains(&written.id) {
            match self.live(&claim.organizer, &written.id).await {
                // The marker's index has not caught up with the event just created.
                Ok(Some(_)) => return self.commit(&claim, &written, &found, meeting).await.map(Some),
                // It may be there all the same, denied once, with the index behind. After the window it would be found.
                Ok(None) if found.is_empty() && claim.unsettled_until.is_some_and(|end| asked_at < end) => {
                    return Err(self.suspend(&claim, Problem::in_progress(INDEX_PAUSE)).await);
                }
                Ok(None) if found.is_empty() => return Ok(None),
                Ok(None) => {}
                Err(error) => return Err(self.suspend(&perhaps_new, error).await),
            }
        }
        self.adopt(&claim, found, meeting).await.map(Some)
    }

    /// The live events of a transaction the service calls a duplicate; none if it is certain that the event is gone.
    async fn holders_of(
        &self,
        claim: &Record,
        asked_at: DateTime<Utc>,
        existing: Option<EventId>,
    ) -> Result<Vec<EventId>, Problem> {
        match self.find(claim).await {
            Ok(found) if !found.is_empty() => return Ok(found),
            Ok(_) => {}
            Err(error) => return Err(self.suspend(claim, error).await),
        }
        if let Some(id) = &existing {
            match self.live(&claim.organizer, id).await {
                // Its id as the answer has it: the one that was told may be of the kind that changes when the event moves.
                Ok(Some(event)) => return Ok(vec![event.id]),
                // Or of a kind that cannot be asked for like this.
                Ok(None) => {}
                Err(error) => return Err(self.suspend(claim, error).await),
            }
        }
        // It may be there, and the marker's index behind. After the window it would be found.
        if claim.unsettled_until.is_some_and(|end| end <= asked_at) {
            return Ok(Vec::new());
        }
        self.suspend(claim, CalendarError::DuplicateTransaction { existing }).await;
        Err(Problem::in_progress(INDEX_PAUSE))
    }

    /// Makes the oldest of the events found the meeting's own; the others are doubles.
    async fn adopt(&self, claim: &Record, mut found: Vec<EventId>, meeting: &Meeting) -> Result<Scheduled, Problem> {
        let claim = self.once_found(claim, found.len());
        let id = found.remove(0);
        let online = meeting.location.is_teams()
            && match self.scheduler.read_event(self.call, &claim.organizer, &id).await {
                Ok(event) => event.online,
                Err(_) => true,
            };
        self.commit(&claim, &WrittenEvent { id, online, link_lost: false }, &found, meeting).await
    }

    /// Puts the event on record, and after that deletes its doubles. Only now is the meeting scheduled.
    async fn commit(
        &self,
        claim: &Record,
        event: &WrittenEvent,
        doubles: &[EventId],
        meeting: &Meeting,
    ) -> Result<Scheduled, Problem> {
        let scheduled = Scheduled { teams_unavailable: meeting.location.is_teams() && !event.online };
        let event = Some(event.id.clone());
        let active = self.beside(Record { state: State::Active, event, deletion: None, ..claim.clone() }, doubles);
        let rival = match self.close(claim, &active).await {
            Ok(Outcome::Mine) => {
                self.delete_doubles(claim, doubles).await?;
                return Ok(scheduled);
            }
            Ok(Outcome::Rival(rival)) => rival,
            // The event is in the calendar, but not on record: a repeat finds it by its marker.
            Err(problem) => return Err(problem.with_open_outcome()),
        };
        // Fenced out: another request settled this claim. Its record is the answer, and nothing is ours to clean up.
        match rival {
            Some(now) if now.state == State::Active && now.payload == claim.payload => Ok(scheduled),
            Some(now) if now.state == State::Active && !now.payload.is_in_doubt() => Err(already_exists()),
            _ => Err(in_progress()),
        }
    }

    /// Gives up a claim whose outcome is open: the next request for the id must look first. It stays open for as long as it
    /// was: only a request to create makes that longer, whatever else failed.
    async fn suspend(&self, claim: &Record, error: impl Into<Problem>) -> Problem {
        let asked_at = self.now();
        let open = claim.unanswered > 0 || claim.inconclusive > 0;
        let unsettled_until = claim.unsettled_until.or_else(|| open.then(|| self.settles_at()));
        let suspended = Record { unsettled_until, ..self.let_go(claim) };
        best_effort(self.close(claim, &suspended)).await;
        self.while_open(&suspended, asked_at, error)
    }

    /// Turns the claim into one on a new incarnation: the service remembers the transaction of an event that is gone, and
    /// only a new one can succeed. Not while a request of the old one may still land, though: its event would be nobody's.
    async fn renew(&self, claim: &Record, asked_at: DateTime<Utc>, meeting: &Meeting) -> Result<Record, Problem> {
        if let Some(settles_at) = claim.may_still_land(asked_at) {
            return Err(self.suspend(claim, self.wait_for(settles_at)).await);
        }
        let fresh = self.fresh(meeting, &claim.payload, claim.attempt);
        let fresh = Record { deletion: claim.deletion.clone(), ..fresh };
        match self.replace(claim, &fresh).await? {
            Outcome::Mine => Ok(fresh),
            Outcome::Rival(_) => Err(in_progress()),
        }
    }
}

/// The claim after this request's own attempt to create was answered, or was not made after all.
fn answered(claim: &Record) -> Record {
    Record { unanswered: claim.unanswered.saturating_sub(1), ..claim.clone() }
}

/// The claim after this request's own attempt to create is over, and may have left an event.
fn over(claim: &Record) -> Record {
    Record { inconclusive: claim.inconclusive + 1, ..answered(claim) }
}

fn in_progress() -> Problem {
    Problem::in_progress(Duration::from_secs(1))
}

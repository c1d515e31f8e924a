//! The part of scheduling that holds a claim: from the request to the calendar to the commit.

use std::time::Duration;

use super::{
    attempt::{Attempt, Outcome, best_effort},
    record::{Record, State},
    schedule::Scheduled,
};
use crate::{
    calendar::{CalendarError, EventId, FoundEvent, WrittenEvent},
    domain::Meeting,
    problem::{Kind, Problem},
};

/// How often one request asks the calendar to create, when the answers leave open whether it did.
const TRIES: u32 = 3;
/// When to ask again for an event that exists but is not found by its marker yet.
const INDEX_PAUSE: Duration = Duration::from_secs(5);
/// The wait before trying again where the service names none.
const PAUSE: Duration = Duration::from_millis(300);

impl Attempt<'_> {
    /// Creates the event of a claim that this request holds. `previous` is what the claim replaced, to be put back if
    /// it is certain that nothing came of it. `repeated`: an event of this incarnation may exist already.
    pub(super) async fn create(
        &self,
        mut claim: Record,
        meeting: &Meeting,
        previous: Option<Box<Record>>,
        mut repeated: bool,
    ) -> Result<Scheduled, Problem> {
        let calendar = &self.scheduler.calendar;
        for attempt in 1.. {
            let marker = self.marker(&claim);
            if repeated {
                match calendar.find(self.call, &claim.organizer, &marker).await {
                    Ok(found) if found.is_empty() => {}
                    Ok(found) => return self.adopt(answered(&claim), found, meeting).await,
                    Err(error) => return Err(self.suspend(answered(&claim), error).await),
                }
            }
            let error = match calendar.create(self.call, meeting, claim.incarnation, &marker).await {
                Ok(written) if !repeated => return self.commit(&settled(&claim), &written, meeting).await,
                Ok(written) => {
                    if let Some(scheduled) = self.after_repeat(&claim, written, meeting).await? {
                        return Ok(scheduled);
                    }
                    claim = self.renew(claim, meeting).await?;
                    repeated = false;
                    continue;
                }
                Err(error) => error,
            };
            match error {
                CalendarError::DuplicateTransaction { existing } => {
                    let found = self.holders_of(&claim, existing).await?;
                    if !found.is_empty() {
                        return self.adopt(answered(&claim), found, meeting).await;
                    }
                    if attempt >= TRIES {
                        let error = CalendarError::DuplicateTransaction { existing: None };
                        return Err(self.suspend(answered(&claim), error).await);
                    }
                    // The service remembers the transaction of an event that is gone: only a new one can succeed.
                    claim = self.renew(claim, meeting).await?;
                    repeated = false;
                }
                CalendarError::Failed { ref retry_after, .. } => {
                    let pause = retry_after.unwrap_or(PAUSE * attempt);
                    claim.inconclusive += 1;
                    if attempt >= TRIES || pause >= self.call.deadline.remaining() {
                        return Err(self.suspend(answered(&claim), error).await);
                    }
                    tokio::time::sleep(pause).await;
                    claim.unsettled_until = Some(self.now() + self.scheduler.unsettled_for);
                    repeated = true;
                }
                CalendarError::Unanswered { .. } => return Err(self.suspend(claim, error).await),
                definite if repeated => return Err(self.suspend(answered(&claim), definite).await),
                definite => {
                    self.release(&claim, previous).await;
                    return Err(definite.into());
                }
            }
        }
        unreachable!("the loop ends by returning")
    }

    /// After a repeat that the service says created the event: it may have created a second one, or be speaking of one
    /// that is gone. `None`: the latter.
    async fn after_repeat(
        &self,
        claim: &Record,
        written: WrittenEvent,
        meeting: &Meeting,
    ) -> Result<Option<Scheduled>, Problem> {
        let calendar = &self.scheduler.calendar;
        let claim = Record { inconclusive: claim.inconclusive + 1, ..answered(claim) };
        let found = match calendar.find(self.call, &claim.organizer, &self.marker(&claim)).await {
            Ok(found) => found,
            Err(error) => return Err(self.suspend(claim, error).await),
        };
        if found.iter().any(|event| event.id == written.id) {
            return match found.len() {
                1 => self.commit(&claim, &written, meeting).await.map(Some),
                _ => self.adopt(claim, found, meeting).await.map(Some),
            };
        }
        match calendar.read(self.call, &claim.organizer, &written.id).await {
            Ok(_) => {
                // The marker's index has not caught up with the event just created.
                self.delete_all(&claim.organizer, found).await?;
                self.commit(&claim, &written, meeting).await.map(Some)
            }
            Err(CalendarError::EventNotFound) if found.is_empty() => Ok(None),
            Err(CalendarError::EventNotFound) => self.adopt(claim, found, meeting).await.map(Some),
            Err(error) => Err(self.suspend(claim, error).await),
        }
    }

    /// The live events of a transaction the service calls a duplicate; none if it is certain that the event is gone.
    async fn holders_of(&self, claim: &Record, existing: Option<EventId>) -> Result<Vec<FoundEvent>, Problem> {
        let calendar = &self.scheduler.calendar;
        match calendar.find(self.call, &claim.organizer, &self.marker(claim)).await {
            Ok(found) if !found.is_empty() => return Ok(found),
            Ok(_) => {}
            Err(error) => return Err(self.suspend(answered(claim), error).await),
        }
        let Some(id) = existing else {
            // It may be there, and the marker's index behind. After the window it would be found.
            if claim.unsettled_until.is_some_and(|end| end <= self.now()) {
                return Ok(Vec::new());
            }
            let error = CalendarError::DuplicateTransaction { existing: None };
            self.suspend(answered(claim), error).await;
            return Err(Problem::in_progress(INDEX_PAUSE));
        };
        match calendar.read(self.call, &claim.organizer, &id).await {
            Ok(event) => Ok(vec![FoundEvent { id, created: event.start }]),
            Err(CalendarError::EventNotFound) => Ok(Vec::new()),
            Err(error) => Err(self.suspend(answered(claim), error).await),
        }
    }

    /// Makes the oldest of the events found the meeting's own and deletes the others.
    async fn adopt(&self, claim: Record, mut found: Vec<FoundEvent>, meeting: &Meeting) -> Result<Scheduled, Problem> {
        let every_request_landed =
            u32::try_from(found.len()).unwrap_or(u32::MAX) >= claim.unanswered + claim.inconclusive;
        let kept = found.remove(0);
        if let Err(problem) = self.delete_all(&claim.organizer, found).await {
            best_effort(self.close(&claim, &Record { claim_expires: self.now(), ..claim.clone() })).await;
            return Err(problem);
        }
        let online = meeting.location.is_teams()
            && match self.scheduler.calendar.read(self.call, &claim.organizer, &kept.id).await {
                Ok(event) => event.online,
                Err(_) => true,
            };
        let claim = if every_request_landed { settled(&claim) } else { claim };
        self.commit(&claim, &WrittenEvent { id: kept.id, online }, meeting).await
    }

    /// Puts the event on record. Only now is the meeting scheduled.
    async fn commit(&self, claim: &Record, event: &WrittenEvent, meeting: &Meeting) -> Result<Scheduled, Problem> {
        let active = Record { state: State::Active, event: Some(event.id.clone()), ..claim.clone() };
        let rival = match self.close(claim, &active).await {
            Ok(Outcome::Mine(_)) => {
                return Ok(Scheduled { teams_unavailable: meeting.location.is_teams() && !event.online });
            }
            Ok(Outcome::Rival(rival)) => rival,
            // The event is in the calendar, but not on record: a repeat finds it by its marker.
            Err(problem) => return Err(Problem { cause: problem.cause, ..Problem::timed_out() }),
        };
        // Fenced out: another request settled this claim. Its record is the answer, and nothing is ours to clean up.
        match rival {
            Some(now) if now.state == State::Active && now.payload == claim.payload => {
                Ok(Scheduled { teams_unavailable: meeting.location.is_teams() && !event.online })
            }
            Some(now) if now.state == State::Active => {
                Err(Problem::new(Kind::MeetingAlreadyExists, "The id is taken by a meeting with other content."))
            }
            _ => Err(Problem::in_progress(Duration::from_secs(1))),
        }
    }

    /// Gives up a claim whose outcome is open: whoever comes next must look first.
    async fn suspend(&self, claim: Record, error: CalendarError) -> Problem {
        let open = claim.unanswered > 0 || claim.inconclusive > 0;
        let until = self.now() + self.scheduler.unsettled_for;
        let next = Record {
            claim_expires: self.now(),
            unsettled_until: if error.is_definite() { claim.unsettled_until } else { Some(until) }
                .or(open.then_some(until)),
            ..claim.clone()
        };
        best_effort(self.close(&claim, &next)).await;
        error.into()
    }

    /// Gives up a claim of which it is certain that nothing came: everything is as it was before.
    async fn release(&self, claim: &Record, previous: Option<Box<Record>>) {
        match previous {
            Some(previous) => {
                best_effort(self.close(claim, &Record { attempt: claim.attempt, ..*previous })).await;
            }
            None => best_effort(self.remove(claim)).await,
        }
    }

    /// Turns the claim into one on a new incarnation.
    async fn renew(&self, claim: Record, meeting: &Meeting) -> Result<Record, Problem> {
        let fresh = self.fresh(meeting, &claim.payload);
        match self.replace(&claim, &fresh).await? {
            Outcome::Mine(_) => Ok(fresh),
            Outcome::Rival(_) => Err(Problem::in_progress(Duration::from_secs(1))),
        }
    }
}

/// The claim after this request's own attempt to create was answered, or was not made after all.
fn answered(claim: &Record) -> Record {
    Record { unanswered: claim.unanswered.saturating_sub(1), ..claim.clone() }
}

/// The claim with nothing left open.
fn settled(claim: &Record) -> Record {
    Record { unanswered: 0, inconclusive: 0, unsettled_until: None, ..claim.clone() }
}

//! Free/busy of many mailboxes over any window, in as few round trips as Graph's limits allow.

use std::collections::HashMap;

use chrono::TimeDelta;
use futures_util::{StreamExt, future::join_all, stream::FuturesUnordered};
use reqwest::Method;

use super::{
    GraphCalendar,
    errors::Target,
    json::{json, parse},
    retry::Repeat,
    schedules::{Row, ScheduleOut, SchedulesIn},
    send::{Failure, Prefer, Request},
    urls,
};
use crate::{
    calendar::{BusyEntry, CalendarError},
    call::CallContext,
    domain::{Access, EmailAddress, TimeSpan},
};

/// Mailboxes in one question, as documented.
const CHUNK: usize = 20;
/// Graph allows less than 62 days.
const LONGEST_PIECE: TimeDelta = TimeDelta::days(61);
/// A window is not split below this: nobody has a thousand entries in it.
const SHORTEST_PIECE: TimeDelta = TimeDelta::hours(1);

/// Mailboxes that a question is asked through one after the other before all that are left are asked at once. As a rule
/// the first answers; that several cannot is rare, and twenty round trips in a row would take longer than a request has.
const ONE_AFTER_THE_OTHER: usize = 4;

/// Through whom a question was answered, and the answers.
type Answered<'a> = (Option<&'a EmailAddress>, Vec<Row>);
type Entries = Result<Vec<BusyEntry>, CalendarError>;

/// What is asked: each mailbox once, in chunks, for each piece of the window.
struct Plan<'a> {
    mailboxes: Vec<&'a EmailAddress>,
    /// For each mailbox as it was given, its place among those that are asked for.
    places: Vec<usize>,
    pieces: Vec<TimeSpan>,
}

impl<'a> Plan<'a> {
    fn new(given: &'a [EmailAddress], window: TimeSpan) -> Self {
        let mut mailboxes = Vec::new();
        let mut known = HashMap::new();
        let place = |mailbox: &'a EmailAddress| {
            *known.entry(mailbox).or_insert_with(|| {
                mailboxes.push(mailbox);
                mailboxes.len() - 1
            })
        };
        let places = given.iter().map(place).collect();
        Self { mailboxes, places, pieces: window.split(LONGEST_PIECE) }
    }

    /// Every question: a chunk, a piece of the window, and the number of that piece.
    fn questions(&self) -> impl Iterator<Item = (&[&'a EmailAddress], TimeSpan, usize)> {
        let of_chunk = |chunk| self.pieces.iter().enumerate().map(move |(number, piece)| (chunk, *piece, number));
        self.mailboxes.chunks(CHUNK).flat_map(of_chunk)
    }

    /// The answers to `questions`, joined to one for each mailbox as it was given.
    fn join(&self, answers: &[Vec<Entries>]) -> Vec<Entries> {
        let mut joined: Vec<Entries> = Vec::with_capacity(self.mailboxes.len());
        for chunk in answers.chunks(self.pieces.len()) {
            let mut chunk = chunk.iter();
            let first = joined.len();
            joined.extend(chunk.next().cloned().unwrap_or_default());
            for piece in chunk {
                for (sum, part) in joined[first..].iter_mut().zip(piece) {
                    match (sum.as_mut(), part) {
                        (Ok(sum), Ok(part)) => sum.extend(part),
                        (Ok(_), Err(error)) => *sum = Err(error.clone()),
                        (Err(_), _) => {}
                    }
                }
            }
        }
        for entries in joined.iter_mut().flatten() {
            // An entry across the border of two pieces is in the answers to both.
            entries.sort_unstable_by_key(|entry| (entry.span, entry.status));
            entries.dedup();
        }
        self.places.iter().map(|place| joined[*place].clone()).collect()
    }
}

impl GraphCalendar {
    pub(super) async fn free_busy_of(
        &self,
        call: &CallContext,
        mailboxes: &[EmailAddress],
        window: TimeSpan,
    ) -> Vec<Entries> {
        let plan = Plan::new(mailboxes, window);
        let questions = plan.questions().map(|(chunk, piece, number)| self.ask(call, chunk, piece, number));
        plan.join(&join_all(questions).await)
    }

    /// Asks about a chunk, and completes what was answered.
    async fn ask(&self, call: &CallContext, chunk: &[&EmailAddress], piece: TimeSpan, number: usize) -> Vec<Entries> {
        let answered = match self.tenant.access {
            Access::Application => self.ask_through_one_of(call, chunk, piece, number).await,
            Access::Delegated => self.ask_as_person(call, chunk, piece).await,
        };
        match answered {
            Ok((through, rows)) => {
                let rows = chunk.iter().zip(rows);
                join_all(rows.map(|(mailbox, row)| self.complete(call, mailbox, piece, through, row))).await
            }
            Err(errors) => errors.into_iter().map(Err).collect(),
        }
    }

    async fn ask_as_person<'a>(
        &self,
        call: &CallContext,
        chunk: &[&'a EmailAddress],
        piece: TimeSpan,
    ) -> Result<Answered<'a>, Vec<CalendarError>> {
        match self.get_schedule(call, chunk, piece, None, Repeat::Reads).await {
            Ok(rows) => Ok((None, rows)),
            Err(failure) => {
                let error = match failure.into() {
                    // The signed-in person has no mailbox: that says nothing about the ones asked for.
                    CalendarError::MailboxNotFound => CalendarError::AccessDenied { code: "NoMailbox".to_owned() },
                    error => error,
                };
                Err(vec![error; chunk.len()])
            }
        }
    }

    /// Asks about a chunk through one of its own mailboxes: each question through another one first, so that no mailbox's
    /// bound on requests in flight holds the others up. A mailbox that does not exist, that the application may not use or
    /// that is throttled cannot be asked through, which says nothing about the others: the next one is tried, a few one
    /// after the other and then all that are left at once. If nobody can be asked, each mailbox gets its own error.
    async fn ask_through_one_of<'a>(
        &self,
        call: &CallContext,
        chunk: &[&'a EmailAddress],
        piece: TimeSpan,
        number: usize,
    ) -> Result<Answered<'a>, Vec<CalendarError>> {
        // With nobody else to ask a throttled mailbox is worth a wait.
        let repeat = if chunk.len() > 1 { Repeat::ReadsElsewhere } else { Repeat::Reads };
        let through = |place: usize, repeat: Repeat| {
            let mailbox = chunk[place];
            let rows = self.get_schedule(call, chunk, piece, Some(mailbox), repeat);
            async move { (place, rows.await.map(|rows| (Some(mailbox), rows))) }
        };
        let mut places: Vec<usize> = (0..chunk.len()).map(|n| (number + n) % chunk.len()).collect();
        let all_at_once = places.split_off(places.len().min(ONE_AFTER_THE_OTHER));
        let mut errors: Vec<Option<CalendarError>> = vec![None; chunk.len()];
        for place in places {
            match through(place, repeat).await.1 {
                Ok(answered) => return Ok(answered),
                Err(failure) => errors[place] = Some(of_this_mailbox(failure, chunk.len())?),
            }
        }
        // Where all of them are throttled so is the application, and twenty requests more would not help it.
        if errors.iter().flatten().any(|error| !is_throttled(error)) {
            let mut asked: FuturesUnordered<_> = all_at_once.into_iter().map(|place| through(place, repeat)).collect();
            let mut failed = None;
            while let Some((place, answer)) = asked.next().await {
                match answer.map_err(|failure| of_this_mailbox(failure, chunk.len())) {
                    Ok(answered) => return Ok(answered),
                    Err(Ok(error)) => errors[place] = Some(error),
                    // Another one may answer yet.
                    Err(Err(errors)) => failed = Some(errors),
                }
            }
            if let Some(errors) = failed {
                return Err(errors);
            }
        }
        // A throttled one exists and answers in the end.
        let throttled = errors.iter().position(|error| error.as_ref().is_some_and(is_throttled));
        if let Some(place) = throttled.filter(|_| repeat == Repeat::ReadsElsewhere) {
            match through(place, Repeat::Reads).await.1 {
                Ok(answered) => return Ok(answered),
                Err(failure) => {
                    let error = of_this_mailbox(failure, chunk.len())?;
                    return Err(errors.into_iter().map(|known| known.unwrap_or_else(|| error.clone())).collect());
                }
            }
        }
        Err(errors.into_iter().map(|error| error.unwrap_or(CalendarError::MailboxNotFound)).collect())
    }

    /// The entries of one mailbox. One that has too many for an answer is asked for in ever smaller parts.
    async fn complete(
        &self,
        call: &CallContext,
        mailbox: &EmailAddress,
        piece: TimeSpan,
        through: Option<&EmailAddress>,
        row: Row,
    ) -> Entries {
        let alone = [mailbox];
        let mut entries = Vec::new();
        let mut answers = vec![(piece, row)];
        while !answers.is_empty() {
            let mut parts = Vec::new();
            for (part, row) in answers {
                match row {
                    Row::Entries(more) => entries.extend(more),
                    Row::TooMany => parts.extend(halves(part)?),
                    Row::Failed(error) => return Err(error),
                }
            }
            let asked = parts.iter().map(|part| self.get_schedule(call, &alone, *part, through, Repeat::Reads));
            let rows: Vec<Vec<Row>> = join_all(asked).await.into_iter().collect::<Result<_, _>>()?;
            answers = parts.into_iter().zip(rows.into_iter().flatten()).collect();
        }
        Ok(entries)
    }

    async fn get_schedule(
        &self,
        call: &CallContext,
        mailboxes: &[&EmailAddress],
        window: TimeSpan,
        through: Option<&EmailAddress>,
        repeat: Repeat,
    ) -> Result<Vec<Row>, Failure> {
        let body = json(&ScheduleOut::new(mailboxes, window)).map_err(Failure::Asked)?;
        let request = Request {
            method: Method::POST,
            url: urls::schedule(&self.tenant.cloud, through),
            mailbox: through.map_or("me", |mailbox| self.bound(mailbox)),
            prefer: Prefer::Utc,
            body: Some(body),
            repeat,
            target: Target::Mailbox,
        };
        let answer: SchedulesIn = parse(&self.try_send(call, &request).await?).map_err(Failure::Asked)?;
        Ok(answer.rows(mailboxes))
    }
}

/// The error of the mailbox that was asked through, where it is one that says nothing about the others. Any other fails the
/// whole chunk.
fn of_this_mailbox(failure: Failure, chunk: usize) -> Result<CalendarError, Vec<CalendarError>> {
    match failure {
        Failure::Asked(
            error @ (CalendarError::MailboxNotFound
            | CalendarError::AccessDenied { .. }
            | CalendarError::Throttled { .. }),
        ) => Ok(error),
        // Without a token, or with a service that fails, nobody gets further.
        Failure::Asked(error) | Failure::NoToken(error) => Err(vec![error; chunk]),
    }
}

fn is_throttled(error: &CalendarError) -> bool {
    matches!(error, CalendarError::Throttled { .. })
}

fn halves(span: TimeSpan) -> Result<Vec<TimeSpan>, CalendarError> {
    if span.duration() <= SHORTEST_PIECE {
        return Err(CalendarError::Failed { cause: "free/busy 5006".to_owned(), retry_after: None });
    }
    Ok(span.split(TimeDelta::seconds((span.duration().num_seconds() + 1) / 2)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{calendar::BusyStatus, domain::parse_utc};

    fn span(start: &str, end: &str) -> TimeSpan {
        TimeSpan::new(parse_utc(start).expect("a time"), parse_utc(end).expect("a time")).expect("a span")
    }

    fn addresses(count: usize) -> Vec<EmailAddress> {
        (0..count).map(|n| format!("u{n}@x.com").parse().expect("an address")).collect()
    }

    #[test]
    fn a_year_of_many_is_asked_in_chunks_and_pieces() {
        let given = addresses(41);
        let plan = Plan::new(&given, span("2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"));
        let questions: Vec<_> = plan.questions().map(|(chunk, piece, number)| (chunk.len(), piece, number)).collect();
        assert_eq!(questions.len(), 3 * 6);
        assert_eq!((questions[0].0, questions[5].2, questions[17].0), (20, 5, 1));
        assert!(questions.iter().all(|question| question.1.duration() < TimeDelta::days(62)));
    }

    #[test]
    fn answers_come_in_the_order_asked_for_duplicates_too() {
        let mut given = addresses(21);
        given.insert(0, "U20@X.com".parse().expect("an address"));
        let window = span("2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z");
        let plan = Plan::new(&given, window);
        assert_eq!((plan.mailboxes.len(), plan.pieces.len()), (21, 2));
        let across = BusyEntry { span: span("2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z"), status: BusyStatus::Busy };
        let early = BusyEntry { span: span("2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"), status: BusyStatus::Free };
        let mut first: Vec<Entries> = vec![Ok(vec![across, early]); 20];
        first[1] = Err(CalendarError::MailboxNotFound);
        let second: Vec<Entries> = vec![Ok(vec![across]); 20];
        let last: Vec<Entries> = vec![Ok(Vec::new())];
        let joined = plan.join(&[first, second, last.clone(), last]);
        assert_eq!(joined.len(), 22);
        assert_eq!(joined[0], Ok(vec![early, across]));
        // The chunk's second mailbox is `u0`: the duplicate came first.
        assert_eq!(joined[1], Err(CalendarError::MailboxNotFound));
        assert_eq!(joined[20], Ok(Vec::new()));
        assert_eq!(joined[21], joined[0]);
    }

    #[test]
    fn halves_end_somewhere() {
        let mut part = span("2026-01-01T00:00:00Z", "2026-03-01T00:00:01Z");
        for _ in 0..20 {
            match halves(part) {
                Ok(parts) => {
                    assert_eq!((parts.len(), parts[0].start(), parts[1].end()), (2, part.start(), part.end()));
                    part = parts[0];
                }
                Err(error) => {
                    assert!(matches!(error, CalendarError::Failed { .. }));
                    return;
                }
            }
        }
        panic!("they never end");
    }
}

//! Busy time by calendar and UTC day, so that windows that differ a little share it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use tokio::time::Instant;

use crate::{
    calendar::CalendarError,
    call::CallContext,
    domain::{BusyEntry, CalendarId, EmailAddress, TenantId, TimeSpan},
};

/// How long a day is shared after the calendar was asked for it.
const FRESH_FOR: Duration = Duration::from_secs(30);
/// The most days and entries that are kept, together: about 10 MB.
const MAX_SIZE: usize = 100_000;

/// Whose busy time it is.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Source {
    tenant: TenantId,
    mailbox: EmailAddress,
    part: Part,
}

/// What of a mailbox is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    FreeBusy,
    /// A calendar's view.
    Calendar(CalendarId),
    /// The view of the default calendar.
    DefaultCalendar,
}

/// What calendars were busy with. Failures are not kept.
#[derive(Default)]
pub struct BusyCache {
    days: Mutex<Days>,
    /// The questions that are being asked. Requests with the same one wait for the first of them.
    asking: Mutex<HashMap<Question, Weak<tokio::sync::Mutex<()>>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Question {
    sources: Vec<Arc<Source>>,
    days: Vec<NaiveDate>,
}

#[derive(Default)]
struct Days {
    by_key: HashMap<Key, Day>,
    /// When each one was asked for, the oldest first.
    order: VecDeque<(Instant, Key)>,
    size: usize,
}

type Key = (Arc<Source>, NaiveDate);

struct Day {
    asked_at: Instant,
    /// All that touch the day.
    entries: Vec<BusyEntry>,
}

impl Source {
    pub(super) fn new(tenant: &TenantId, mailbox: &EmailAddress, part: Part) -> Arc<Self> {
        Arc::new(Self { tenant: tenant.clone(), mailbox: mailbox.clone(), part })
    }
}

impl BusyCache {
    /// What occupies each source during the window. `ask`: asks the calendar service about the sources with these indexes, in a window
    /// of whole days. It is called once, or not at all.
    pub(super) async fn get(
        &self,
        call: &CallContext,
        sources: Vec<Arc<Source>>,
        window: TimeSpan,
        ask: impl AsyncFnOnce(Vec<usize>, TimeSpan) -> Vec<Result<Vec<BusyEntry>, CalendarError>>,
    ) -> Vec<Result<Vec<BusyEntry>, CalendarError>> {
        if sources.is_empty() {
            return Vec::new();
        }
        let question = Question { sources, days: days(&window).collect() };
        let turn = self.turn(&question);
        // Without it the time for the request is over, which the calendar says itself.
        let _turn = call.deadline.work(turn.lock()).await;
        let asked_at = Instant::now();
        let mut found = self.days().find(&question, asked_at);
        let Some((missing, asked)) = missing(&found, &question.days) else {
            return found.into_iter().map(|known| Ok(all(known))).collect();
        };
        let answers = ask(missing.clone(), asked).await;
        let mut kept = self.days();
        let mut results: Vec<_> = found.iter_mut().map(|known| Ok(std::mem::take(known))).collect();
        for (index, answer) in missing.into_iter().zip(answers) {
            match (&mut results[index], answer) {
                (Ok(known), Ok(entries)) => {
                    kept.keep(&question.sources[index], &asked, &entries, asked_at);
                    known.push(Some(entries));
                }
                (result, Err(error)) => *result = Err(error),
                (Err(_), Ok(_)) => {}
            }
        }
        drop(kept);
        results.into_iter().map(|result| result.map(all)).collect()
    }

    fn turn(&self, question: &Question) -> Arc<tokio::sync::Mutex<()>> {
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        asking.retain(|_, turn| turn.strong_count() > 0);
        let turn = asking.get(question).and_then(Weak::upgrade).unwrap_or_default();
        asking.insert(question.clone(), Arc::downgrade(&turn));
        turn
    }

    fn days(&self) -> MutexGuard<'_, Days> {
        self.days.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The entries of each day of a question that is known.
type Known = Vec<Option<Vec<BusyEntry>>>;

impl Days {
    fn find(&self, question: &Question, now: Instant) -> Vec<Known> {
        let day = |source: &Arc<Source>, day: NaiveDate| {
            let day = self.by_key.get(&(Arc::clone(source), day));
            day.filter(|day| now < day.asked_at + FRESH_FOR).map(|day| day.entries.clone())
        };
        let of_source = |source| question.days.iter().map(|date| day(source, *date)).collect();
        question.sources.iter().map(of_source).collect()
    }

    /// Keeps what was found for a window of whole days.
    fn keep(&mut self, source: &Arc<Source>, window: &TimeSpan, entries: &[BusyEntry], asked_at: Instant) {
        for date in days(window) {
            let Some(span) = of_dates(date, date) else { continue };
            let touching = entries.iter().filter(|entry| entry.span.clip(&span).is_some());
            let day = Day { asked_at, entries: touching.copied().collect() };
            let key = (Arc::clone(source), date);
            self.size += day.size();
            self.order.push_back((asked_at, key.clone()));
            let before = self.by_key.insert(key, day);
            self.size -= before.as_ref().map_or(0, Day::size);
        }
        self.trim(Instant::now());
    }

    /// Forgets what is no longer fresh, and the oldest of what is too much.
    fn trim(&mut self, now: Instant) {
        while let Some((asked_at, key)) = self.order.front()
            && (self.size > MAX_SIZE || *asked_at + FRESH_FOR <= now)
        {
            // The day may have been asked for again since.
            if self.by_key.get(key).is_some_and(|day| day.asked_at == *asked_at) {
                self.size -= self.by_key.remove(key).as_ref().map_or(0, Day::size);
            }
            self.order.pop_front();
        }
    }
}

impl Day {
    fn size(&self) -> usize {
        1 + self.entries.len()
    }
}

/// The sources of which a day is not known, and one window with all days that are missing. `None`: everything is known.
fn missing(found: &[Known], days: &[NaiveDate]) -> Option<(Vec<usize>, TimeSpan)> {
    let lacks = |index: &usize| found[*index].iter().any(Option::is_none);
    let sources: Vec<_> = (0..found.len()).filter(lacks).collect();
    let is_missing = |day: &usize| sources.iter().any(|index| found[*index][*day].is_none());
    let mut missing = (0..days.len()).filter(is_missing);
    let first = missing.next()?;
    let last = missing.next_back().unwrap_or(first);
    Some((sources, of_dates(days[first], days[last])?))
}

/// The entries of all days, each once.
fn all(known: Known) -> Vec<BusyEntry> {
    let mut entries: Vec<_> = known.into_iter().flatten().flatten().collect();
    entries.sort_unstable_by_key(|entry| (entry.span, entry.status));
    entries.dedup();
    entries
}

/// The UTC days that a window touches.
fn days(window: &TimeSpan) -> impl Iterator<Item = NaiveDate> + use<> {
    let last = (window.end() - TimeDelta::seconds(1)).date_naive();
    window.start().date_naive().iter_days().take_while(move |day| *day <= last)
}

/// From the beginning of one day to the end of another. `None`: calendars have no such days.
fn of_dates(first: NaiveDate, last: NaiveDate) -> Option<TimeSpan> {
    let midnight = |day: NaiveDate| -> DateTime<Utc> { day.and_time(NaiveTime::MIN).and_utc() };
    TimeSpan::new(midnight(first), midnight(last.succ_opt()?)).ok()
}

#[cfg(test)]
mod tests;

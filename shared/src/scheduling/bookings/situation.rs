//! What is known of the participants' time: their calendars, their ledgers, and whose turn it is. It is fetched in one parallel
//! round.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use futures_util::future::join4;

use super::{
    BookingError, BookingScheduler,
    configuration::Bookable,
    entries::{MemberEntry, Void},
};
use crate::{
    calendar::{Calendar, CalendarError, CalendarView},
    call::CallContext,
    domain::{BookingId, BusyEntry, EmailAddress, TimeSpan},
    scheduling::{
        SchedulingError,
        protocol::errors::{answered, conflict},
        records::{
            Consistency,
            booking::{BookingRecord, Turn},
            ledger::LedgerDay,
        },
    },
    slots::{Question, unavailable},
};

/// What a question is about.
pub(super) struct Inquiry<'a> {
    pub configuration: &'a Bookable<'a>,
    pub query: TimeSpan,
    /// Where busy time is read.
    pub calendar: &'a dyn Calendar,
    pub consistency: Consistency,
    /// Round-robin: the only host who is asked, by index.
    pub host: Option<usize>,
    /// A booking that is to be moved: its own time counts as free, and its members stay.
    pub moved: Option<(BookingId, &'a BookingRecord)>,
}

/// What is known about a query.
pub(super) struct Situation {
    pub now: DateTime<Utc>,
    query: TimeSpan,
    /// For which busy time was asked.
    window: TimeSpan,
    /// The busy time of each participant by the calendars, and without the ledger.
    calendars: Vec<Vec<TimeSpan>>,
    /// The ledger of each participant.
    ledgers: Vec<BTreeMap<chrono::NaiveDate, LedgerDay>>,
    /// Round-robin: the hosts whose calendar could not be read.
    failures: Vec<SchedulingError>,
    pub order: Vec<usize>,
    pub turns: Vec<Turn>,
    /// A booking whose entries do not count.
    moved: Option<BookingId>,
}

impl BookingScheduler {
    /// What is known about a query. `None`: it has no slots, however free the participants are.
    pub(super) async fn situation(
        &self,
        call: &CallContext,
        inquiry: &Inquiry<'_>,
    ) -> Result<Option<Situation>, SchedulingError> {
        let Inquiry { configuration, query, calendar, consistency, host, moved } = inquiry;
        let is_asked = |index: usize| host.is_none_or(|host| host == index);
        let now = self.timing.clock.now();
        let Some(window) = configuration.rules.busy_window(now, query) else { return Ok(None) };
        let sources = Sources::of(configuration, is_asked, *moved);
        let asked: Vec<_> = (0..configuration.participants.len()).filter(|index| is_asked(*index)).collect();
        let members: Vec<_> = asked.iter().map(|index| configuration.participants[*index].address.clone()).collect();
        let ledgers = self.records.ledgers(&self.tenant, &members, window, *consistency);
        let turns = async {
            if !configuration.is_round_robin() || moved.is_some() {
                return Some(Ok(Vec::new()));
            }
            call.deadline.work(self.records.turns(&self.tenant, configuration.id)).await
        };
        let (mailboxes, views, ledgers, turns) = join4(
            calendar.free_busy(call, &sources.mailboxes, window),
            calendar.calendar_views(call, &sources.views, window),
            call.deadline.work(ledgers),
            turns,
        )
        .await;
        let (ledgers, turns) = (answered(ledgers)?, answered(turns)?);
        let found = mailboxes.into_iter().chain(views);
        let (calendars, failures) = busy(configuration, &sources.owners, found, window)?;
        let mut ledgers_by_day = vec![BTreeMap::new(); configuration.participants.len()];
        for (index, days) in asked.into_iter().zip(ledgers) {
            ledgers_by_day[index] = days.into_iter().map(|day| (day.day, day)).collect();
        }
        let order = match host {
            Some(host) => vec![*host],
            None => order(configuration, &turns),
        };
        Ok(Some(Situation {
            now,
            query: *query,
            window,
            calendars,
            ledgers: ledgers_by_day,
            failures,
            order,
            turns,
            moved: moved.map(|(id, _)| id),
        }))
    }
}

impl Situation {
    /// The entries that would make time of the query unavailable which the calendars show as free. Those of participants who are
    /// not free anyhow by their calendars do not matter.
    pub fn entries(&self, configuration: &Bookable<'_>) -> Vec<MemberEntry> {
        let mut entries = Vec::new();
        for (index, participant) in configuration.participants.iter().enumerate() {
            let mut seen = BTreeSet::new();
            let days = self.ledgers[index].values().flat_map(|day| &day.entries);
            for entry in
                days.filter(|entry| Some(entry.key.booking) != self.moved && self.concerns(entry.key.time.span))
            {
                let is_shown = self.calendars[index].iter().any(|busy| covers(*busy, entry.key.time.span, self.window));
                if !is_shown && seen.insert(entry.key) {
                    entries.push((participant.address.clone(), entry.clone()));
                }
            }
        }
        entries
    }

    /// The busy time of each participant. `void`: entries that do not count.
    pub fn busy(&self, configuration: &Bookable<'_>, void: &Void) -> Vec<Vec<TimeSpan>> {
        let mut busy = self.calendars.clone();
        for (member, entry) in self.entries(configuration) {
            if void.contains(&(member.clone(), entry.key)) {
                continue;
            }
            for (index, participant) in configuration.participants.iter().enumerate() {
                if participant.address == member {
                    busy[index].push(entry.key.time.span);
                }
            }
        }
        busy
    }

    /// The question to the slot engine.
    pub fn question<'a>(&'a self, busy: &'a [Vec<TimeSpan>]) -> Question<'a> {
        Question { now: self.now, query: self.query, busy, order: &self.order }
    }

    /// A participant's ledger of a day, as it was read last.
    pub fn day(&self, participant: usize, member: &EmailAddress, day: chrono::NaiveDate) -> LedgerDay {
        let empty = || LedgerDay { member: member.clone(), day, version: None, entries: Vec::new() };
        self.ledgers[participant].get(&day).cloned().unwrap_or_else(empty)
    }

    /// Why nothing can be said about some hosts of a round-robin, who therefore do not count as free.
    pub fn failure(&self) -> Option<BookingError> {
        self.failures.first().cloned().map(BookingError::from)
    }

    /// Notes a ledger's day that has changed since.
    pub fn update(&mut self, configuration: &Bookable<'_>, changed: &LedgerDay) {
        for (index, participant) in configuration.participants.iter().enumerate() {
            if participant.address == changed.member {
                self.ledgers[index].insert(changed.day, changed.clone());
            }
        }
    }

    fn concerns(&self, span: TimeSpan) -> bool {
        span.clip(&self.window).is_some()
    }
}

/// Whether busy time covers an entry as far as the window shows it.
fn covers(busy: TimeSpan, entry: TimeSpan, window: TimeSpan) -> bool {
    entry.clip(&window).is_some_and(|part| busy.start() <= part.start() && part.end() <= busy.end())
}

/// Which calendars are asked, and whose they are.
struct Sources {
    mailboxes: Vec<EmailAddress>,
    views: Vec<CalendarView>,
    /// The participant of each mailbox, then of each view.
    owners: Vec<usize>,
}

impl Sources {
    fn of(
        configuration: &Bookable<'_>,
        is_asked: impl Fn(usize) -> bool,
        moved: Option<(BookingId, &BookingRecord)>,
    ) -> Self {
        let (mut mailboxes, mut views, mut mailbox_owners, mut view_owners) = (vec![], vec![], vec![], vec![]);
        let participants = configuration.participants.iter().enumerate();
        for (index, participant) in participants.filter(|(index, _)| is_asked(*index)) {
            let mailbox = participant.address.clone();
            // Free/busy does not say which event an entry is of.
            let own = moved.and_then(|(_, record)| record.event.uid.clone());
            if participant.default_calendar && own.is_none() {
                mailboxes.push(mailbox.clone());
                mailbox_owners.push(index);
            }
            let default = (participant.default_calendar && own.is_some()).then_some(None);
            for calendar in default.into_iter().chain(participant.calendars.iter().cloned().map(Some)) {
                views.push(CalendarView { mailbox: mailbox.clone(), calendar, except: own.clone() });
                view_owners.push(index);
            }
        }
        Self { mailboxes, views, owners: [mailbox_owners, view_owners].concat() }
    }
}

/// The busy time of each participant by the calendars. A participant of a round-robin whose calendar cannot be read is not free; of a
/// collective configuration nothing can be said then.
fn busy(
    configuration: &Bookable<'_>,
    owners: &[usize],
    found: impl Iterator<Item = Result<Vec<BusyEntry>, CalendarError>>,
    window: TimeSpan,
) -> Result<(Vec<Vec<TimeSpan>>, Vec<SchedulingError>), SchedulingError> {
    let mut busy = vec![Vec::new(); configuration.participants.len()];
    let mut failures = BTreeMap::new();
    for (owner, entries) in owners.iter().zip(found) {
        match entries {
            Ok(entries) => busy[*owner].extend(unavailable(&entries, &window, configuration.tentative_is_busy)),
            Err(error) if !configuration.is_round_robin() => return Err(error.into()),
            Err(error) => {
                failures.insert(*owner, error.into());
                busy[*owner] = vec![window];
            }
        }
    }
    let hosts = configuration.participants.iter().filter(|participant| participant.takes_part).count();
    match failures.into_values().collect::<Vec<SchedulingError>>() {
        all if !all.is_empty() && all.len() >= hosts => Err(all.into_iter().next().unwrap_or_else(conflict)),
        failures => Ok((busy, failures)),
    }
}

/// The order of a round-robin: hosts that were never booked come first, by address; then by their latest booking, the earliest first.
fn order(configuration: &Bookable<'_>, turns: &[Turn]) -> Vec<usize> {
    let latest = |address: &EmailAddress| {
        let turn = turns.iter().find(|turn| turn.host == *address)?;
        turn.bookings.iter().map(|(_, created_at)| *created_at).max()
    };
    let participants = configuration.participants.iter().enumerate();
    let hosts = participants.filter(|(_, participant)| participant.takes_part);
    let mut hosts: Vec<_> = hosts.map(|(index, host)| (latest(&host.address), host.address.folded(), index)).collect();
    hosts.sort_unstable();
    hosts.into_iter().map(|(_, _, index)| index).collect()
}

//! One random schedule: calls that overlap, crash and repeat, a person in Outlook, and what must be true throughout.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeZone, Utc};
use convene::{
    CallContext, Problem,
    call::Deadline,
    domain::{Attendee, EmailAddress, Location, Meeting, MeetingChange, MeetingId, Tenant, TenantId, TimeSpan},
    problem::Kind,
    scheduling::{Scheduler, record::State},
};
use tokio::time::Instant;

use crate::{
    fake_calendar::FakeCalendar,
    fake_records::FakeRecords,
    world::{World, now},
};

/// How long after an ambiguous answer an event may still appear.
const UNSETTLED: Duration = Duration::from_mins(2);
/// When Lambda kills an invocation.
const KILLED_AFTER: Duration = Duration::from_secs(29);
/// When the edge answers for a handler that does not.
const ANSWERED_BY: Duration = Duration::from_secs(25);

/// What a caller may ask.
#[derive(Debug, Clone, Copy)]
enum Ask {
    Schedule(u64),
    Cancel,
    Read,
    Update,
}

/// What happened, over many schedules: proof that the interesting paths were taken.
#[derive(Debug, Default)]
pub struct Seen(BTreeMap<String, u64>);

impl Seen {
    pub fn add(&mut self, other: &Self) {
        for (what, count) in &other.0 {
            *self.0.entry(what.clone()).or_default() += count;
        }
    }

    fn note(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    /// A test whose schedules never reach a path says nothing about it.
    pub fn assert_everything_happened(&self) {
        for what in [
            "Schedule ok",
            "Cancel ok",
            "Read ok",
            "Update ok",
            "Schedule InProgress",
            "Schedule MeetingAlreadyExists",
            "Schedule TimedOut",
            "Cancel MeetingNotFound",
            "crashed",
            "Outlook deleted",
            "several at once",
            "still creating at the end",
            "still deleting at the end",
        ] {
            assert!(self.0.get(what).copied().unwrap_or_default() > 10, "hardly ever: {what}; seen {self:?}");
        }
    }
}

/// A call to schedule, while it runs and after.
struct ScheduleCall {
    id: usize,
    ended: Option<Instant>,
}

struct Stage {
    world: World,
    calendar: FakeCalendar,
    records: FakeRecords,
    schedule_calls: Mutex<Vec<ScheduleCall>>,
    seen: Mutex<Seen>,
    seed: u64,
}

/// Runs the schedule of a seed; panics, naming the seed, when an invariant is broken.
pub fn run(seed: u64, trace: bool) -> Seen {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let world = World::begin(seed, trace);
        let stage = Arc::new(Stage {
            calendar: FakeCalendar::new(world.clone()),
            records: FakeRecords::new(world.clone()),
            schedule_calls: Mutex::default(),
            seen: Mutex::default(),
            world,
            seed,
        });
        stage.world.say(|| format!("{:?}", stage.world.weather));
        stage.clone().play().await;
        std::mem::take(&mut *stage.seen.lock().expect("not poisoned"))
    })
}

impl Stage {
    async fn play(self: Arc<Self>) {
        let neighbour = FakeCalendar::new(self.world.clone());
        let calls = 2 + self.world.below(7);
        let spread = [50, 2_000, 60_000, 300_000][usize::try_from(self.world.below(4)).expect("small")];
        let mut tasks = Vec::new();
        for _ in 0..calls {
            let stage = Arc::clone(&self);
            let begin = Duration::from_millis(self.world.below(spread));
            let id = usize::from(self.world.below(5) == 0);
            let ask = match self.world.below(10) {
                0..=4 => Ask::Schedule(u64::from(self.world.below(4) == 0)),
                5..=7 => Ask::Cancel,
                8 => Ask::Read,
                _ => Ask::Update,
            };
            let crash = (self.world.below(3) == 0).then(|| Duration::from_millis(self.world.below(300)));
            let patience = [0, 0, 3][usize::try_from(self.world.below(3)).expect("small")];
            tasks.push(tokio::spawn(async move {
                tokio::time::sleep(begin).await;
                let mut decided = stage.call(id, ask, crash).await;
                // A caller who got no answer, or not the one hoped for, asks again before long.
                for _ in 0..patience {
                    if decided {
                        break;
                    }
                    stage.world.pause(Duration::from_secs(20)).await;
                    decided = stage.call(id, ask, None).await;
                }
            }));
        }
        if self.world.below(3) == 0 {
            let stage = Arc::clone(&self);
            let begin = Duration::from_millis(self.world.below(spread));
            tasks.push(tokio::spawn(async move {
                tokio::time::sleep(begin).await;
                stage.delete_in_outlook();
            }));
        }
        for task in tasks {
            task.await.unwrap_or_else(|error| panic!("seed {}: {error}", self.seed));
        }
        self.note_what_is_open();
        self.world.calm_down();
        // Everything that was on its way lands, every claim and window ends.
        tokio::time::sleep(Duration::from_mins(10)).await;
        if self.live(0).len() > 1 {
            self.check(self.world.weather.forgets, || format!("several meetings: {:?}", self.live(0)));
            self.seen.lock().expect("not poisoned").note("several at once");
        }
        self.check_the_ends(&neighbour).await;
    }

    /// One call with its fate, and what must be true of its answer. Tells whether it was decided.
    async fn call(&self, id: usize, ask: Ask, crash: Option<Duration>) -> bool {
        let (begun, began_at) = (Instant::now(), now());
        self.world.say(|| format!("{ask:?} of {id} begins{}", if crash.is_some() { ", will crash" } else { "" }));
        let place = matches!(ask, Ask::Schedule(_)).then(|| {
            let mut calls = self.schedule_calls.lock().expect("not poisoned");
            calls.push(ScheduleCall { id, ended: None });
            calls.len() - 1
        });
        let answer =
            tokio::time::timeout(crash.unwrap_or(ANSWERED_BY), self.ask("contoso", &self.calendar, id, ask)).await;
        if let Some(place) = place {
            self.schedule_calls.lock().expect("not poisoned")[place].ended = Some(Instant::now());
        }
        self.world.say(|| format!("{ask:?} of {id}: {answer:?}"));
        let Ok(answer) = answer else {
            self.seen.lock().expect("not poisoned").note("crashed");
            return false;
        };
        let name = format!("{ask:?}").split('(').next().unwrap_or_default().to_owned();
        let kind = answer.as_ref().map_or_else(|problem| format!("{:?}", problem.kind), |()| "ok".to_owned());
        self.seen.lock().expect("not poisoned").note(format!("{name} {kind}"));
        let live = self.live(id);
        match (ask, answer) {
            (Ask::Schedule(payload), Ok(())) => {
                let there = live.contains(&subject(id, payload));
                let removed_meanwhile = self.lost_since(began_at, id);
                self.check(there || removed_meanwhile, || {
                    format!("schedule of {id} succeeded, the calendar has {live:?}")
                });
            }
            (Ask::Cancel, Ok(())) => {
                let made_meanwhile = self.scheduled_since(begun, id);
                self.check(live.is_empty() || made_meanwhile, || {
                    format!("cancel of {id} succeeded, the calendar has {live:?}")
                });
            }
            _ => {}
        }
        if !self.world.weather.forgets {
            self.check(live.len() <= 1, || format!("{id} has several meetings: {live:?}"));
        }
        kind == "ok"
    }

    async fn ask(&self, tenant: &str, calendar: &FakeCalendar, id: usize, ask: Ask) -> Result<(), Problem> {
        let scheduler = Scheduler {
            tenant: Arc::new(tenant_named(tenant)),
            records: Arc::new(self.records.clone()),
            calendar: Arc::new(calendar.clone()),
            unsettled_for: UNSETTLED,
            clock: now,
        };
        let call = CallContext::new(Deadline::after(KILLED_AFTER, now()));
        let meeting_id = MeetingId::new(format!("meeting-{id}")).expect("a valid id");
        match ask {
            Ask::Schedule(payload) => scheduler.schedule(&call, &meeting_id, &meeting(id, payload)).await.map(drop),
            Ask::Cancel => scheduler.cancel(&call, &meeting_id, &organizer()).await,
            Ask::Read => scheduler.read(&call, &meeting_id, &organizer()).await.map(drop),
            Ask::Update => {
                let change = MeetingChange { subject: Some("changed".to_owned()), ..MeetingChange::default() };
                scheduler.update(&call, &meeting_id, &organizer(), &change).await.map(drop)
            }
        }
    }

    /// A person deletes the event in Outlook, behind our back.
    fn delete_in_outlook(&self) {
        let mut entries = self.calendar.entries();
        if let Some(entry) = entries.iter_mut().find(|entry| entry.live) {
            entry.delete();
            let id = usize::from(entry.meeting.subject.starts_with('1'));
            drop(entries);
            self.world.say(|| format!("Outlook deletes {id}"));
            self.seen.lock().expect("not poisoned").note("Outlook deleted");
        }
    }

    /// After all is quiet: a repeated call ends in the state of a single one, whatever happened before.
    async fn check_the_ends(&self, neighbour: &FakeCalendar) {
        let quiet = |tenant, calendar, id, ask| self.until_decided(tenant, calendar, id, ask);
        self.expect("a neighbour schedules", quiet("fabrikam", neighbour, 0, Ask::Schedule(0)).await, &[]);
        for id in 0..2 {
            let answer = quiet("contoso", &self.calendar, id, Ask::Schedule(0)).await;
            self.expect("final schedule", answer.clone(), &[Kind::MeetingAlreadyExists]);
            let payload = u64::from(answer.is_err());
            self.only(id, &[subject(id, payload)]);
            self.expect("repeat", quiet("contoso", &self.calendar, id, Ask::Schedule(payload)).await, &[]);
            self.expect("read", quiet("contoso", &self.calendar, id, Ask::Read).await, &[]);
            self.expect("update", quiet("contoso", &self.calendar, id, Ask::Update).await, &[]);
            self.only(id, &[subject(id, payload)]);
            self.expect("cancel", quiet("contoso", &self.calendar, id, Ask::Cancel).await, &[]);
            self.only(id, &[]);
            self.expect("cancel again", quiet("contoso", &self.calendar, id, Ask::Cancel).await, &[]);
            let read = quiet("contoso", &self.calendar, id, Ask::Read).await;
            self.check(read.as_ref().is_err_and(|problem| problem.kind == Kind::MeetingNotFound), || {
                format!("read after cancel: {read:?}")
            });
            self.expect("schedule anew", quiet("contoso", &self.calendar, id, Ask::Schedule(1)).await, &[]);
            self.only(id, &[subject(id, 1)]);
        }
        self.check(neighbour.live().len() == 1, || "a neighbour's meeting was touched".to_owned());
    }

    /// Repeats a call as its answers ask, until it is decided.
    async fn until_decided(&self, tenant: &str, calendar: &FakeCalendar, id: usize, ask: Ask) -> Result<(), Problem> {
        for _ in 0..5 {
            let answer = self.ask(tenant, calendar, id, ask).await;
            match &answer {
                Err(problem) if problem.kind == Kind::InProgress => {
                    tokio::time::sleep(problem.retry_after.unwrap_or(Duration::from_secs(1))).await;
                }
                _ => return answer,
            }
        }
        panic!("seed {}: {ask:?} of {id} is never decided", self.seed)
    }

    #[expect(clippy::needless_pass_by_value, reason = "an answer is looked at once")]
    fn expect(&self, what: &str, answer: Result<(), Problem>, allowed: &[Kind]) {
        let fine = answer.as_ref().map_or_else(|problem| allowed.contains(&problem.kind), |()| true);
        self.check(fine, || format!("{what}: {answer:?}"));
    }

    fn only(&self, id: usize, subjects: &[String]) {
        let live = self.live(id);
        self.check(live == subjects, || format!("{id} should be {subjects:?}, the calendar has {live:?}"));
    }

    fn live(&self, id: usize) -> Vec<String> {
        let own = |subject: &String| subject.starts_with(&format!("{id}/"));
        self.calendar.live().into_iter().map(|entry| entry.meeting.subject).filter(own).collect()
    }

    /// Whether an event of this id left the calendar since then.
    fn lost_since(&self, then: DateTime<Utc>, id: usize) -> bool {
        let own = format!("{id}/");
        let entries = self.calendar.entries();
        entries
            .iter()
            .any(|entry| entry.meeting.subject.starts_with(&own) && entry.deleted.is_some_and(|at| at >= then))
    }

    /// Whether a schedule call for this id ran at any time since then.
    fn scheduled_since(&self, then: Instant, id: usize) -> bool {
        let calls = self.schedule_calls.lock().expect("not poisoned");
        calls.iter().any(|call| call.id == id && call.ended.is_none_or(|ended| ended >= then))
    }

    fn note_what_is_open(&self) {
        for (_, record) in self.records.all() {
            match record.state {
                State::Creating => self.seen.lock().expect("not poisoned").note("still creating at the end"),
                State::Deleting => self.seen.lock().expect("not poisoned").note("still deleting at the end"),
                State::Active | State::Deleted => {}
            }
        }
    }

    fn check(&self, holds: bool, what: impl FnOnce() -> String) {
        assert!(holds, "seed {}: {}", self.seed, what());
    }
}

fn subject(id: usize, payload: u64) -> String {
    format!("{id}/{payload}")
}

fn organizer() -> EmailAddress {
    "organizer@contoso.com".parse().expect("a valid address")
}

fn meeting(id: usize, payload: u64) -> Meeting {
    let start = Utc.with_ymd_and_hms(2026, 3, 1, 10, 0, 0).single().expect("a valid time");
    Meeting {
        organizer: organizer(),
        attendees: vec![Attendee { address: "attendee1@contoso.com".parse().expect("valid"), required: true }],
        subject: subject(id, payload),
        body: String::new(),
        location: Location::new("room 1"),
        span: TimeSpan::new(start, start + chrono::Duration::hours(1)).expect("a span"),
    }
}

/// A tenant of which nothing but the name matters.
pub fn tenant_named(name: &str) -> Tenant {
    Tenant {
        id: TenantId::new(name).expect("a valid name"),
        display_name: name.to_owned(),
        domains: Vec::new(),
        directory_id: String::new(),
        microsoft_client_id: String::new(),
        cloud: convene::domain::Cloud::Global,
        access: convene::domain::Access::Application,
        clients: Vec::new(),
        tentative_is_busy: true,
        members: Vec::new(),
    }
}

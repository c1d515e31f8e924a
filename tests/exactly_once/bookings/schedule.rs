//! One random schedule of bookings: calls that overlap, crash and repeat, people in Outlook, and what must be true throughout and in
//! the end.

use std::time::Duration;

use chrono::TimeDelta;
use convene::{
    calendar::Response,
    domain::TimeSpan,
    scheduling::{
        bookings::BookingError,
        records::{booking::BookingRecord, event::State},
    },
};

use super::stage::{Answer, Ask, Configuration, Known, Stage, kind};
use crate::{
    seen::Seen,
    stage::ANSWERED_BY,
    world::{World, now},
};

/// What schedules are to reach.
pub const EVERYTHING: &[&str] = &[
    "Book ok",
    "Book SlotUnavailable",
    "Book InProgress",
    "Book TimedOut",
    "Book Unavailable",
    "Reschedule ok",
    "Reschedule SlotUnavailable",
    "Cancel ok",
    "Confirm ok",
    "Confirm Over",
    "Reject ok",
    "Read ok",
    "List ok",
    "contended",
    "crashed early",
    "crashed late",
    "Outlook deleted",
    "Outlook moved",
    "Outlook declined",
    "Outlook accepted",
    "Outlook removed",
    "a slot was free in the end",
    "a slot was taken in the end",
];

/// A call in fine weather is over by then.
const EARLY: Duration = Duration::from_millis(400);
/// How far free/busy is behind at most.
const MAX_LAG: Duration = Duration::from_mins(5);
/// How many half hours are booked.
const STARTS: u64 = 4;

/// One call and its fate.
struct Plan {
    begin: Duration,
    ask: Option<Ask>,
    life: Option<Duration>,
    patience: u64,
}

impl Plan {
    fn by_chance(world: &World, spread: Duration, guest: u64) -> Self {
        let configuration = Configuration::ALL[index(world.below(3))];
        let ask = (world.below(10) < 6).then(|| Ask::Book { configuration, start: start(world), guest });
        let life = match world.below(6) {
            0 => Some(world.time_below(EARLY)),
            1 => Some(world.time_below(ANSWERED_BY)),
            _ => None,
        };
        Self { begin: world.time_below(spread), ask, life, patience: [0, 0, 3][index(world.below(3))] }
    }

    async fn run(self, stage: Stage) {
        tokio::time::sleep(self.begin).await;
        let ask = self.ask.unwrap_or_else(|| about_a_known(&stage));
        let mut life = self.life;
        for _ in 0..=self.patience {
            let answer = stage.call_within(life.unwrap_or(ANSWERED_BY), ask).await;
            stage.world.note(match (&answer, life) {
                (Some(answer), _) => format!("{} {}", name(ask), kind(answer)),
                (None, Some(life)) => if life < EARLY { "crashed early" } else { "crashed late" }.to_owned(),
                (None, None) => "answered by the edge".to_owned(),
            });
            match answer {
                Some(Err(BookingError::Scheduling(error))) if error.asks_for_repeat() => {}
                None => {}
                Some(_) => break,
            }
            life = None;
            stage.world.pause(Duration::from_secs(20)).await;
        }
    }
}

fn index(number: u64) -> usize {
    usize::try_from(number).expect("small")
}

fn start(world: &World) -> i32 {
    i32::try_from(world.below(STARTS)).expect("small")
}

/// A call about a booking that somebody was told of.
fn about_a_known(stage: &Stage) -> Ask {
    let world = &stage.world;
    let known: Vec<Known> = stage.known.lock().expect("not poisoned").iter().copied().collect();
    if known.is_empty() || world.below(8) == 0 {
        return Ask::List { configuration: Configuration::ALL[index(world.below(3))] };
    }
    let booking = known[index(world.below(known.len() as u64))];
    match world.below(8) {
        0..=2 => Ask::Reschedule { booking, start: start(world) },
        3..=4 => Ask::Cancel { booking },
        5 => Ask::Read { booking },
        6 => Ask::Confirm { booking },
        _ => Ask::Reject { booking },
    }
}

/// Runs the schedule of a seed; panics, naming the seed, when an invariant is broken.
pub fn run(seed: u64, trace: bool) -> Seen {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let world = World::begin(seed, trace);
        world.turn_by_chance();
        let lag = [Duration::ZERO, Duration::from_secs(30), MAX_LAG][index(world.below(3))];
        let adds_invitations = world.below(3) > 0;
        let random = Schedule { stage: Stage::new(world, lag, adds_invitations), seed };
        random.play().await;
        random.check_the_end().await;
        random.stage.world.seen()
    })
}

struct Schedule {
    stage: Stage,
    seed: u64,
}

impl Schedule {
    async fn play(&self) {
        let (stage, world) = (&self.stage, &self.stage.world);
        let spreads =
            [Duration::from_millis(50), Duration::from_secs(2), Duration::from_mins(3), Duration::from_mins(15)];
        let spread = spreads[index(world.below(4))];
        let mut tasks = Vec::new();
        for guest in 0..3 + world.below(8) {
            tasks.push(tokio::spawn(Plan::by_chance(world, spread, guest).run(stage.clone())));
        }
        for _ in 0..world.below(4) {
            let (stage, begin) = (stage.clone(), world.time_below(spread + ANSWERED_BY));
            tasks.push(tokio::spawn(async move {
                tokio::time::sleep(begin).await;
                act_in_outlook(&stage);
            }));
        }
        if world.below(3) == 0 {
            let (stage, begin) = (stage.clone(), world.time_below(spread + ANSWERED_BY));
            tasks.push(tokio::spawn(async move {
                tokio::time::sleep(begin).await;
                stage.world.turn_by_chance();
            }));
        }
        for task in tasks {
            task.await.unwrap_or_else(|error| panic!("seed {}: {error}", self.seed));
        }
        world.calm_down();
        // Everything that was on its way lands; every claim, window and young entry ends.
        tokio::time::sleep(Duration::from_mins(16)).await;
        self.check_truth();
    }

    /// After all is quiet: a time that nobody has can be booked, and a time that somebody has cannot; every booking can be ended.
    async fn check_the_end(&self) {
        let mut guest = 1000;
        self.look_at_pending().await;
        self.check_contents();
        // Free/busy shows what a look has finished deleting for as long as it is behind.
        tokio::time::sleep(MAX_LAG).await;
        self.check_lists().await;
        for configuration in Configuration::ALL {
            for start in 0..i32::try_from(STARTS).expect("small") {
                guest += 1;
                let span = configuration.span(start);
                let ask = Ask::Book { configuration, start, guest };
                let (mut is_free, mut answer) = (self.is_free(configuration, span), self.decided(ask).await);
                if is_free == Some(true) && answer.is_err() {
                    // The call may have finished what another one began, and free/busy does not show that yet.
                    tokio::time::sleep(MAX_LAG).await;
                    (is_free, answer) = (self.is_free(configuration, span), self.decided(ask).await);
                }
                let (expected, what): (&[&str], _) = match is_free {
                    Some(true) => (&["ok"], "a slot was free in the end"),
                    Some(false) => (&["SlotUnavailable"], "a slot was taken in the end"),
                    None => (&["ok", "SlotUnavailable"], "a slot was open in the end"),
                };
                self.stage.world.note(what);
                self.check(expected.contains(&kind(&answer).as_str()), || {
                    format!(
                        "{configuration:?} at {start} should be {expected:?}: {answer:?}; {:?}",
                        self.stage.calendar.live()
                    )
                });
                if let Ok(Answer::Booking(booking, _)) = answer {
                    let ended = self.decided(Ask::Cancel { booking }).await;
                    self.check(ended.is_ok(), || format!("cancel of a new booking: {ended:?}"));
                    // Free/busy shows it for as long as it is behind.
                    tokio::time::sleep(MAX_LAG).await;
                }
            }
        }
        let known: Vec<_> = self.stage.known.lock().expect("not poisoned").iter().copied().collect();
        for booking in known {
            let ended = self.decided(Ask::Cancel { booking }).await;
            self.check(ended.is_ok(), || format!("cancel of {booking:?}: {ended:?}"));
        }
        self.check_truth();
    }

    /// An event shows the content that is on record with its time.
    fn check_contents(&self) {
        let items = self.stage.records.items();
        for entry in self.stage.calendar.live().iter().filter(|entry| !entry.moved_by_person) {
            let is_of = |record: &&BookingRecord| {
                record.event.event.as_ref() == Some(&entry.id) && record.time.span == entry.span
            };
            let record = items.bookings.values().find(is_of);
            let place = entry.subject.split(' ').nth(2).unwrap_or_default();
            self.check(
                record.is_none_or(|record| record.unfinished.is_some() || record.content.title == place),
                || format!("{entry:?} shows another content than {record:?}"),
            );
        }
    }

    /// A list shows the times that are free, and no others.
    async fn check_lists(&self) {
        for configuration in Configuration::ALL {
            let answer = self.decided(Ask::List { configuration }).await;
            let Ok(Answer::Slots(slots)) = &answer else { panic!("seed {}: list: {answer:?}", self.seed) };
            for start in 0..i32::try_from(STARTS).expect("small") {
                let span = configuration.span(start);
                let listed = slots.contains(&span);
                self.check(self.is_free(configuration, span).is_none_or(|is_free| is_free == listed), || {
                    format!("{configuration:?} at {start} is listed: {listed}; {:?}", self.stage.calendar.live())
                });
            }
        }
    }

    /// The members of a pending booking are not invited yet, so a person who moves its event moves nothing of theirs: Convene
    /// learns of it when somebody looks at the booking.
    async fn look_at_pending(&self) {
        let pending: Vec<_> = {
            let items = self.stage.records.items();
            let pending = items.bookings.iter().filter(|(_, record)| record.pending);
            pending.map(|(key, _)| Known { id: key.id, configuration: Configuration::Confirmed }).collect()
        };
        for booking in pending {
            let answer = self.decided(Ask::Read { booking }).await;
            self.check(["ok", "NotFound"].contains(&kind(&answer).as_str()), || format!("read: {answer:?}"));
        }
    }

    /// Whether a time can be booked. `None`: that is open. Either a booking there is being deleted, which a request that wants its
    /// time finishes. Or a person has moved an event there, and no request has looked at it since: free/busy shows it, but a member
    /// who has not answered may be tentative or not shown.
    fn is_free(&self, configuration: Configuration, span: TimeSpan) -> Option<bool> {
        let [with, without] = [true, false].map(|counts| self.is_free_if(configuration, span, counts));
        (with == without).then_some(with)
    }

    /// Whether the members have nothing in the calendar at a time, or a host of a round-robin has not.
    fn is_free_if(&self, configuration: Configuration, span: TimeSpan, open_counts: bool) -> bool {
        let span = match configuration {
            Configuration::Confirmed => {
                TimeSpan::new(span.start() - TimeDelta::minutes(30), span.end()).expect("a span")
            }
            _ => span,
        };
        let live = self.stage.calendar.live();
        let items = self.stage.records.items();
        let has_time = |member: &convene::domain::EmailAddress| {
            live.iter().any(|entry| {
                let id = entry.subject.split(' ').next().unwrap_or_default();
                let record = items.bookings.iter().find(|(key, _)| key.id.to_string() == id).map(|(_, record)| record);
                // Nobody is invited to a pending booking yet; its entries hold the members' time.
                let takes = entry.takes_time_of().contains(member)
                    || record.is_some_and(|record| record.pending && record.members.contains(member));
                let is_deleting = record.is_some_and(|record| record.event.state == State::Deleting);
                let is_of = |record: &BookingRecord| record.event.event.as_ref() == Some(&entry.id);
                let is_unseen = record.is_some_and(|record| record.time.span != entry.span || !is_of(record));
                takes && (open_counts || !is_deleting && !is_unseen) && entry.span.clip(&span).is_some()
            })
        };
        let members = configuration.members();
        match configuration {
            Configuration::RoundRobin => !members.iter().all(has_time),
            _ => !members.iter().any(has_time),
        }
    }

    async fn decided(&self, ask: Ask) -> Result<Answer, BookingError> {
        let answer = self.stage.until_decided(ask).await;
        answer.unwrap_or_else(|| panic!("seed {}: {ask:?} is never decided", self.seed))
    }

    fn check_truth(&self) {
        let broken = self.stage.truth.broken();
        self.check(broken.is_empty(), || broken.join("\n"));
    }

    fn check(&self, holds: bool, what: impl FnOnce() -> String) {
        assert!(holds, "seed {}: {}", self.seed, what());
    }
}

/// A person does something in Outlook.
fn act_in_outlook(stage: &Stage) {
    let world = &stage.world;
    let to = Configuration::Collective.span(start(world) + 4 * i32::try_from(world.below(2)).expect("small"));
    let (what, done) = match world.below(5) {
        0 => ("Outlook deleted", stage.calendar.person("deletes", |entry| entry.live = false)),
        1 => {
            let moved = stage.calendar.person("moves", |entry| {
                let length = entry.span.duration();
                entry.span = TimeSpan::new(to.start(), to.start() + length).expect("a span");
                entry.moved_by_person = true;
            });
            ("Outlook moved", moved)
        }
        2 => ("Outlook declined", answer(stage, Response::Declined)),
        3 => ("Outlook accepted", answer(stage, Response::Accepted)),
        _ => {
            let removed = stage.calendar.person("removes an attendee of", |entry| {
                entry.attendees.retain(|(address, _)| !address.folded().starts_with("member"));
            });
            ("Outlook removed", removed)
        }
    };
    if done {
        world.note(what);
        world.say(|| format!("{what} at {}", now()));
    }
}

/// A member answers an invitation. Who has declined does not accept again.
fn answer(stage: &Stage, response: Response) -> bool {
    stage.calendar.person("answers", |entry| {
        for (_, given) in entry.attendees.iter_mut().filter(|(address, _)| address.folded().starts_with("member")) {
            if *given != Response::Declined {
                *given = response;
            }
        }
    })
}

fn name(ask: Ask) -> &'static str {
    match ask {
        Ask::Book { .. } => "Book",
        Ask::Reschedule { .. } => "Reschedule",
        Ask::Cancel { .. } => "Cancel",
        Ask::Confirm { .. } => "Confirm",
        Ask::Reject { .. } => "Reject",
        Ask::Read { .. } => "Read",
        Ask::List { .. } => "List",
    }
}

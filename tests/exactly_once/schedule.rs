//! One random schedule: calls that overlap, crash and repeat, a person in Outlook, weather that turns, and what must be
//! true throughout.

use std::time::Duration;

use convene::scheduling::SchedulingError;
use convene::scheduling::records::event::State;

use crate::{
    error_kind::Kind,
    history::{Ask, Key},
    seen::Seen,
    stage::{ANSWERED_BY, Stage, place},
    world::World,
};

/// What schedules are to reach.
pub const EVERYTHING: &[&str] = &[
    "Schedule ok",
    "Cancel ok",
    "Read ok",
    "Update ok",
    "Schedule InProgress",
    "Schedule MeetingAlreadyExists",
    "Schedule TimedOut",
    "Schedule ServerBusy",
    "Cancel MeetingNotFound",
    "Cancel InProgress",
    "Read MeetingNotFound",
    "Update MeetingNotFound",
    "crashed early",
    "crashed late",
    "Outlook deleted",
    "an event that is there is denied",
    "an event is refused to be deleted",
    "a mailbox that is there is denied",
    "the weather turned",
    "several at once",
    "still creating at the end",
    "still deleting at the end",
];

/// A call in fine weather is over by then.
const EARLY: Duration = Duration::from_millis(300);

/// One call and its fate.
struct Plan {
    begin: Duration,
    key: Key,
    ask: Ask,
    /// Until it is killed, where it is.
    life: Option<Duration>,
    /// How often a caller asks again who got no answer, or not the one hoped for.
    patience: u64,
}

pub const EVERYBODY: [Key; 4] = [
    Key { tenant: "contoso", id: 0 },
    Key { tenant: "contoso", id: 1 },
    Key { tenant: "fabrikam", id: 0 },
    Key { tenant: "fabrikam", id: 1 },
];

impl Plan {
    fn by_chance(world: &World, spread: Duration) -> Self {
        // Most calls are about one meeting; a neighbour, who uses the same ids, is there from the start.
        let key = EVERYBODY[[0, 0, 0, 0, 0, 0, 1, 2, 2, 3][usize::try_from(world.below(10)).expect("small")]];
        let ask = match world.below(10) {
            0..=4 => Ask::Schedule(u64::from(world.below(4) == 0)),
            5..=7 => Ask::Cancel,
            8 => Ask::Read,
            _ => Ask::Update,
        };
        // A call in fine weather is over soon, one in bad weather may take all the time it has.
        let life = match world.below(6) {
            0 => Some(world.time_below(EARLY)),
            1 => Some(world.time_below(ANSWERED_BY)),
            _ => None,
        };
        Self {
            begin: world.time_below(spread),
            key,
            ask,
            life,
            patience: [0, 0, 3][usize::try_from(world.below(3)).expect("small")],
        }
    }

    async fn run(self, stage: Stage) {
        tokio::time::sleep(self.begin).await;
        let mut life = self.life;
        for _ in 0..=self.patience {
            let answer = stage.call_within(life.unwrap_or(ANSWERED_BY), self.key, self.ask).await;
            stage.world.note(match (&answer, life) {
                (Some(answer), _) => format!("{} {}", name(self.ask), kind(answer)),
                (None, Some(life)) => if life < EARLY { "crashed early" } else { "crashed late" }.to_owned(),
                (None, None) => "answered by the edge".to_owned(),
            });
            let decided = [Kind::MeetingNotFound, Kind::MeetingAlreadyExists];
            if answer.is_some_and(|answer| answer.map_or_else(|error| decided.contains(&Kind::of(&error)), |_| true)) {
                break;
            }
            life = None;
            stage.world.pause(Duration::from_secs(20)).await;
        }
    }
}

/// Runs the schedule of a seed; panics, naming the seed, when an invariant is broken.
pub fn run(seed: u64, trace: bool) -> Seen {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let world = World::begin(seed, trace);
        world.turn_by_chance();
        let random = Schedule { stage: Stage::new(world), seed };
        random.play().await;
        random.check_the_ends().await;
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
            [Duration::from_millis(50), Duration::from_secs(2), Duration::from_mins(1), Duration::from_mins(5)];
        let spread = spreads[usize::try_from(world.below(4)).expect("small")];
        let mut tasks = Vec::new();
        for _ in 0..2 + world.below(7) {
            tasks.push(tokio::spawn(Plan::by_chance(world, spread).run(stage.clone())));
        }
        if world.below(3) == 0 {
            let (stage, begin) = (stage.clone(), world.time_below(spread));
            tasks.push(tokio::spawn(async move {
                tokio::time::sleep(begin).await;
                if stage.calendar.delete_in_outlook().is_some() {
                    stage.world.note("Outlook deleted");
                }
            }));
        }
        if world.below(3) == 0 {
            let (stage, begin) = (stage.clone(), world.time_below(spread + ANSWERED_BY));
            tasks.push(tokio::spawn(async move {
                tokio::time::sleep(begin).await;
                stage.world.turn_by_chance();
                stage.world.note("the weather turned");
            }));
        }
        for task in tasks {
            task.await.unwrap_or_else(|error| panic!("seed {}: {error}", self.seed));
        }
        for record in stage.records.items().values() {
            match record.state {
                State::Creating => world.note("still creating at the end"),
                State::Deleting => world.note("still deleting at the end"),
                State::Active | State::Deleted => {}
            }
        }
        world.calm_down();
        // Everything that was on its way lands, every claim and window ends.
        tokio::time::sleep(Duration::from_mins(10)).await;
        for key in EVERYBODY {
            let contents = stage.contents(key);
            if contents.len() > 1 {
                self.check(world.history.may_have_doubles(place(key)), || {
                    format!("{key:?} has several events: {contents:?}")
                });
                world.note("several at once");
            }
        }
        self.check_history();
    }

    /// After all is quiet: a repeated call ends in the state of a single one, whatever happened before.
    async fn check_the_ends(&self) {
        let last = EVERYBODY[usize::try_from(2 + self.stage.world.below(2)).expect("small")];
        for key in [EVERYBODY[0], EVERYBODY[1], last] {
            let answer = self.quiet(key, Ask::Schedule(0)).await;
            self.expect("final schedule", &answer, &[Kind::MeetingAlreadyExists]);
            let content = u64::from(answer.is_err());
            self.only(key, &[content]);
            self.expect("repeat", &self.quiet(key, Ask::Schedule(content)).await, &[]);
            self.expect("read", &self.quiet(key, Ask::Read).await, &[]);
            self.expect("update", &self.quiet(key, Ask::Update).await, &[]);
            self.only(key, &[content]);
            self.expect("cancel", &self.quiet(key, Ask::Cancel).await, &[]);
            self.only(key, &[]);
            self.expect("cancel again", &self.quiet(key, Ask::Cancel).await, &[]);
            let read = self.quiet(key, Ask::Read).await;
            self.check(kind(&read) == "MeetingNotFound", || format!("read after cancel: {read:?}"));
            self.expect("schedule anew", &self.quiet(key, Ask::Schedule(1)).await, &[]);
            self.only(key, &[1]);
        }
        self.check_history();
    }

    async fn quiet(&self, key: Key, ask: Ask) -> Result<Option<String>, SchedulingError> {
        let answer = self.stage.until_decided(key, ask).await;
        answer.unwrap_or_else(|| panic!("seed {}: {ask:?} of {key:?} is never decided", self.seed))
    }

    fn expect(&self, what: &str, answer: &Result<Option<String>, SchedulingError>, allowed: &[Kind]) {
        let fine = answer.as_ref().map_or_else(|error| allowed.contains(&Kind::of(error)), |_| true);
        self.check(fine, || format!("{what}: {answer:?}"));
    }

    fn only(&self, key: Key, contents: &[u64]) {
        let live = self.stage.contents(key);
        self.check(live == contents, || format!("{key:?} should be {contents:?}, the calendar has {live:?}"));
    }

    fn check_history(&self) {
        let broken = self.stage.world.history.broken();
        self.check(broken.is_empty(), || broken.join("\n"));
    }

    fn check(&self, holds: bool, what: impl FnOnce() -> String) {
        assert!(holds, "seed {}: {}", self.seed, what());
    }
}

fn name(ask: Ask) -> &'static str {
    match ask {
        Ask::Schedule(_) => "Schedule",
        Ask::Cancel => "Cancel",
        Ask::Read => "Read",
        Ask::Update => "Update",
    }
}

fn kind(answer: &Result<Option<String>, SchedulingError>) -> String {
    answer.as_ref().map_or_else(|problem| format!("{:?}", Kind::of(problem)), |_| "ok".to_owned())
}

//! One random schedule for appointments: calls that overlap, crash and repeat, people in Outlook, mailboxes that come and go,
//! weather that turns, and what must be true throughout.

use std::time::Duration;

use convene::scheduling::appointments::MailboxResults;

use super::{
    ask::{Act, Asked, MAILBOXES, below, kinds},
    ends::End,
    stage::Stage,
};
use crate::{
    error_kind::Kind,
    history::{Key, Place},
    schedule::EVERYBODY,
    seen::Seen,
    stage::ANSWERED_BY,
    world::World,
};

/// What schedules are to reach.
pub const EVERYTHING: &[&str] = &[
    "create ok",
    "update ok",
    "delete ok",
    "create InProgress",
    "update InProgress",
    "delete InProgress",
    "create MeetingAlreadyExists",
    "create MailboxNotFound",
    "create TimedOut",
    "create ServerBusy",
    "update MeetingNotFound",
    "update MailboxNotFound",
    "delete MeetingNotFound",
    "delete MailboxNotFound",
    "create in part",
    "update in part",
    "delete in part",
    "create crashed after acquiring the lock",
    "update crashed after acquiring the lock",
    "delete crashed after acquiring the lock",
    "create crashed between batches",
    "update crashed between batches",
    "delete crashed between batches",
    "create crashed with all done",
    "update crashed with its intent applied to the record",
    "took over a create",
    "took over an update",
    "took over a delete",
    "took over what was under way",
    "opened and met itself",
    "replaced and met itself",
    "fenced out",
    "batch lost after it was carried out",
    "batch with one fate",
    "a double is deleted",
    "Outlook deleted",
    "a mailbox came and went",
    "an event that is there is denied",
    "an event is refused to be deleted",
    "a mailbox that is there is denied",
    "the weather turned",
    "several at once",
    "still locked at the end",
];

/// A call in fine weather is over by then.
const EARLY: Duration = Duration::from_millis(400);

/// One call and its fate.
#[derive(Clone)]
struct Plan {
    begin: Duration,
    key: Key,
    asked: Asked,
    /// Until it is killed, where it is.
    life: Option<Duration>,
    /// How often a caller asks again who got no answer, or not the one hoped for.
    patience: u64,
}

impl Plan {
    fn by_chance(world: &World, spread: Duration) -> Self {
        // Most calls are about one appointment; a neighbour, who uses the same ids, is there from the start.
        let key = EVERYBODY[[0, 0, 0, 0, 0, 0, 0, 0, 1, 2][below(world, 10)]];
        // A call in fine weather is over soon, one in bad weather may take all the time it has.
        let life = match world.below(5) {
            0 => Some(world.time_below(EARLY)),
            1 => Some(world.time_below(ANSWERED_BY)),
            _ => None,
        };
        let patience = [0, 0, 2][below(world, 3)];
        Self { begin: world.time_below(spread), key, asked: Asked::by_chance(world), life, patience }
    }

    async fn run(self, stage: Stage) {
        tokio::time::sleep(self.begin).await;
        let mut life = self.life;
        for _ in 0..=self.patience {
            let results = stage.call_within(life.unwrap_or(ANSWERED_BY), self.key, &self.asked).await;
            self.note(&stage.world, results.as_ref());
            if results.is_some_and(|rows| is_decided(&rows)) {
                break;
            }
            life = None;
            stage.world.pause(Duration::from_secs(20)).await;
        }
    }

    fn note(&self, world: &World, results: Option<&MailboxResults>) {
        let name = self.asked.name();
        match results {
            None => world.note(if self.life.is_some() { "crashed" } else { "answered by the edge" }),
            Some(rows) => {
                let kinds = kinds(rows);
                for kind in kinds.iter().flatten() {
                    world.note(format!("{name} {kind:?}"));
                }
                match kinds.iter().filter(|kind| kind.is_none()).count() {
                    0 => {}
                    all if all == kinds.len() => world.note(format!("{name} ok")),
                    _ => world.note(format!("{name} in part")),
                }
            }
        }
    }
}

fn is_decided(rows: &MailboxResults) -> bool {
    let decided = [Kind::MeetingNotFound, Kind::MeetingAlreadyExists, Kind::MailboxNotFound];
    rows.iter().all(|row| row.as_ref().err().is_none_or(|error| decided.contains(&Kind::of(error))))
}

/// Runs the schedule of a seed; panics, naming the seed, when an invariant is broken.
pub fn run(seed: u64, trace: bool) -> Seen {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let world = World::begin(seed, trace);
        world.turn_by_chance();
        let schedule = Schedule { stage: Stage::new(world), seed };
        let plans = schedule.play().await;
        schedule.check_the_ends(&plans).await;
        schedule.stage.world.seen()
    })
}

struct Schedule {
    stage: Stage,
    seed: u64,
}

impl Schedule {
    async fn play(&self) -> Vec<Plan> {
        let (stage, world) = (&self.stage, &self.stage.world);
        let spreads =
            [Duration::from_millis(50), Duration::from_secs(2), Duration::from_mins(1), Duration::from_mins(5)];
        let spread = spreads[below(world, 4)];
        let mut plans: Vec<Plan> = (0..2 + world.below(7)).map(|_| Plan::by_chance(world, spread)).collect();
        // Most often there is something for the others to find.
        if world.below(4) > 0 {
            plans[0].key = EVERYBODY[0];
            plans[0].begin /= 8;
            plans[0].asked.act = Act::Create(0);
        }
        let mut tasks: Vec<_> = plans.iter().map(|plan| tokio::spawn(plan.clone().run(stage.clone()))).collect();
        let (begin, later) = (world.time_below(spread), world.time_below(spread + ANSWERED_BY));
        let (mailbox, stays_away) = (below(world, MAILBOXES), world.time_below(spread + ANSWERED_BY));
        if world.below(3) == 0 {
            let stage = stage.clone();
            tasks.push(tokio::spawn(async move {
                tokio::time::sleep(begin).await;
                let theirs = |place: Place| place.mailbox == mailbox;
                if stage.calendar.delete_in_outlook_at(theirs).is_some() {
                    stage.world.note("Outlook deleted");
                }
            }));
        }
        if world.below(3) == 0 {
            let stage = stage.clone();
            tasks.push(tokio::spawn(async move {
                tokio::time::sleep(later).await;
                stage.world.turn_by_chance();
                stage.world.note("the weather turned");
            }));
        }
        if world.below(3) == 0 {
            let stage = stage.clone();
            tasks.push(tokio::spawn(async move {
                tokio::time::sleep(begin).await;
                stage.calendar.send_away(mailbox, true);
                tokio::time::sleep(stays_away).await;
                stage.calendar.send_away(mailbox, false);
                stage.world.note("a mailbox came and went");
            }));
        }
        for task in tasks {
            task.await.unwrap_or_else(|error| panic!("seed {}: {error}", self.seed));
        }
        if stage.records.items().values().any(|record| record.lock.is_some()) {
            world.note("still locked at the end");
        }
        world.calm_down();
        // Every request in flight is executed, and every lock and doubt window ends.
        tokio::time::sleep(Duration::from_mins(10)).await;
        for key in EVERYBODY {
            for (mailbox, contents) in stage.contents(key).iter().enumerate().filter(|(_, contents)| contents.len() > 1)
            {
                let excused = world.history.may_have_doubles(Place { key, mailbox });
                assert!(excused, "seed {}: {key:?} in {mailbox} several times: {contents:?}", self.seed);
                world.note("several at once");
            }
        }
        self.check_history();
        plans
    }

    async fn check_the_ends(&self, plans: &[Plan]) {
        for key in EVERYBODY {
            let last = plans.iter().filter(|plan| plan.key == key).max_by_key(|plan| plan.begin);
            let (end, last) = (End { stage: &self.stage, seed: self.seed, key }, last.map(|plan| &plan.asked));
            match last {
                _ if key == EVERYBODY[0] => end.check(last).await,
                Some(last) => end.check_briefly(last).await,
                None => {}
            }
        }
        self.check_history();
    }

    fn check_history(&self) {
        let broken = self.stage.world.history.broken();
        assert!(broken.is_empty(), "seed {}: {}", self.seed, broken.join("\n"));
    }
}

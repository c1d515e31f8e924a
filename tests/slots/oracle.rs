//! The rules once more, decided minute by minute with another crate's time zones. Slow, and without arithmetic of spans.
//!
//! Everything in a scenario but `now` and the query must be in whole minutes.

use std::ops::Range;

use convene::slots::Method;

use crate::{
    scenario::{Hours, Listed, Scenario},
    wall_clock::{DAY, Minutes, date_at, number},
};

/// The minutes before the query that are looked at. A grid depends on at most two days before a slot.
const LEAD: i64 = 2 * DAY + 4 * 60;

/// Hours of a participant with their zone. The end is after the start.
struct Block<'a> {
    /// Whether they are open on a date.
    applies: Box<dyn Fn(i64) -> bool + 'a>,
    time: Range<i64>,
    zone: String,
}

/// The minutes in which a block is open, and its zone.
struct OpenMinutes {
    open: Vec<bool>,
    zone: String,
}

pub fn list(scenario: &Scenario) -> Vec<Listed> {
    let half = scenario.order.len().div_ceil(2);
    match scenario.method {
        Method::Collective => Oracle::new(scenario).all(),
        Method::MaxAvailability => Oracle::new(scenario).any(&scenario.order),
        Method::MaxFairness => {
            let oracle = Oracle::new(scenario);
            let slots = oracle.any(&scenario.order[..half]);
            if slots.is_empty() { oracle.any(&scenario.order) } else { slots }
        }
    }
}

struct Oracle<'a> {
    scenario: &'a Scenario,
    minutes: Minutes,
    blocks: Vec<Vec<OpenMinutes>>,
    /// For each participant, by minute.
    open: Vec<Vec<bool>>,
    busy: Vec<Vec<bool>>,
    /// Whether a date begins in the configuration's zone.
    begins: Vec<bool>,
    /// Whether a minute is beyond the horizon.
    beyond: Vec<bool>,
}

impl<'a> Oracle<'a> {
    fn new(scenario: &'a Scenario) -> Self {
        let first = scenario.query.0.div_euclid(60) - LEAD;
        let count = usize::try_from(scenario.query.1.div_euclid(60) - first + 1).expect("a query");
        let mut minutes = Minutes::new(first, count);
        minutes.add(&scenario.zone);
        let blocks: Vec<Vec<_>> = (0..scenario.participants.len())
            .map(|index| blocks(scenario, index).into_iter().map(|block| open_in(&mut minutes, block)).collect())
            .collect();
        let is_open = |blocks: &Vec<OpenMinutes>, minute: usize| blocks.iter().any(|block| block.open[minute]);
        let open = blocks.iter().map(|blocks| (0..count).map(|minute| is_open(blocks, minute)).collect());
        let busy = scenario.participants.iter().map(|participant| {
            let mut busy = vec![false; count];
            for (start, end) in &participant.busy {
                let start = start / 60 - i64::from(scenario.timing.buffer_before);
                let end = end / 60 + i64::from(scenario.timing.buffer_after);
                for minute in start.max(first)..end.min(first + i64::try_from(count).expect("a number")) {
                    busy[usize::try_from(minute - first).expect("a minute")] = true;
                }
            }
            busy
        });
        let (open, busy) = (open.collect(), busy.collect());
        let last_date = date_at(&scenario.zone, scenario.now) + i64::from(scenario.days);
        let (mut begins, mut beyond, mut latest) = (Vec::new(), Vec::new(), i64::MAX);
        for (date, _) in minutes.wall(&scenario.zone) {
            begins.push(*date > latest);
            latest = if latest == i64::MAX { *date } else { latest.max(*date) };
            beyond.push(latest > last_date);
        }
        Self { scenario, minutes, blocks, open, busy, begins, beyond }
    }

    fn all(&self) -> Vec<Listed> {
        let everyone: Vec<_> = (0..self.open.len()).collect();
        let starts = self
            .starts(&everyone)
            .into_iter()
            .filter(|start| everyone.iter().all(|index| self.is_free(*index, *start)));
        starts.map(|start| (self.seconds(start), everyone.clone())).collect()
    }

    fn any(&self, order: &[usize]) -> Vec<Listed> {
        let mut starts: Vec<_> = order.iter().flat_map(|index| self.starts(&[*index])).collect();
        starts.sort_unstable();
        starts.dedup();
        let slots = starts.into_iter().map(|start| {
            let free = order.iter().copied().filter(|index| self.is_free(*index, start));
            (self.seconds(start), free.collect::<Vec<_>>())
        });
        slots.filter(|(_, free)| !free.is_empty()).collect()
    }

    /// Where slots can start if all of these participants are needed, busy or not.
    fn starts(&self, participants: &[usize]) -> Vec<usize> {
        let timing = &self.scenario.timing;
        let interval = usize::try_from(timing.interval.unwrap_or(timing.duration)).expect("minutes");
        let is_open = |minute: usize| participants.iter().all(|index| self.open[*index][minute]);
        let (mut starts, mut was_open, mut whole_day) = (Vec::new(), false, false);
        // The grid that is in force, and the zone of one that begins with the next round time.
        let (mut origin, mut rounding) = (None, None);
        for minute in 0..self.minutes.count {
            if !is_open(minute) {
                (was_open, whole_day, origin, rounding) = (false, false, None, None);
                continue;
            }
            if !was_open {
                rounding = Some(self.opened_in(participants, minute));
            }
            if self.begins[minute] {
                if whole_day {
                    rounding = Some(self.scenario.zone.as_str());
                }
                whole_day = true;
            }
            was_open = true;
            if let Some(zone) = rounding {
                let (_, time) = self.minutes.wall(zone)[minute];
                if time % i64::from(timing.round_to) == 0 {
                    (origin, rounding) = (Some(minute), None);
                }
            }
            let is_on_grid = origin.is_some_and(|origin| (minute - origin) % interval == 0);
            if is_on_grid && self.is_within_limits(minute) && self.slot(minute).all(is_open) {
                starts.push(minute);
            }
        }
        starts
    }

    fn slot(&self, start: usize) -> Range<usize> {
        start..start + usize::try_from(self.scenario.timing.duration).expect("minutes")
    }

    fn is_within_limits(&self, start: usize) -> bool {
        let Scenario { timing, now, query, .. } = self.scenario;
        let (first, end) = (self.seconds(start), self.seconds(self.slot(start).end));
        first >= query.0
            && end <= query.1
            && first >= now + i64::from(timing.notice) * 60
            && self.slot(start).all(|minute| !self.beyond[minute])
    }

    fn is_free(&self, participant: usize, start: usize) -> bool {
        self.slot(start).all(|minute| self.open[participant][minute] && !self.busy[participant][minute])
    }

    /// The zone of the hours that open a window: the first hours of the first participant who was not open before.
    fn opened_in(&self, participants: &[usize], minute: usize) -> &str {
        let was_open = |index: &&usize| minute > 0 && self.open[**index][minute - 1];
        let opening = participants.iter().find(|index| !was_open(index)).expect("a participant");
        let block = self.blocks[*opening].iter().find(|block| block.open[minute]);
        block.map(|block| block.zone.as_str()).expect("open hours")
    }

    fn seconds(&self, minute: usize) -> i64 {
        (self.minutes.first + i64::try_from(minute).expect("a minute")) * 60
    }
}

fn open_in(minutes: &mut Minutes, block: Block<'_>) -> OpenMinutes {
    minutes.add(&block.zone);
    let (mut today, mut applies) = (i64::MIN, false);
    let open = minutes.wall(&block.zone).iter().map(|(date, time)| {
        if *date != today {
            (today, applies) = (*date, (block.applies)(*date));
        }
        applies && block.time.start <= *time && *time < block.time.end
    });
    OpenMinutes { open: open.collect(), zone: block.zone }
}

/// The hours of a participant: weekly ones before specific ones, and its own before the defaults.
fn blocks(scenario: &Scenario, participant: usize) -> Vec<Block<'_>> {
    let (participant, defaults) = (&scenario.participants[participant], &scenario.defaults);
    let own: &Hours = &participant.hours;
    let zone = |zone: &Option<String>| zone.as_ref().or(participant.zone.as_ref()).unwrap_or(&scenario.zone).clone();
    let is_own_date = |date| own.specific.iter().any(|hours| hours.date == date);
    let defaults_on = defaults.specific.iter().filter(move |hours| !own.only_specific && !is_own_date(hours.date));
    let specific: Vec<_> = own.specific.iter().chain(defaults_on).collect();
    let overridden: Vec<_> = specific.iter().map(|hours| number(hours.date)).collect();
    let mut blocks = Vec::new();
    if !own.only_specific && !defaults.only_specific {
        let weekly = if own.weekly.is_empty() { &defaults.weekly } else { &own.weekly };
        for hours in weekly {
            let exdates: Vec<_> = hours.exdates.iter().map(|date| number(*date)).chain(overridden.clone()).collect();
            let applies = move |date: i64| {
                hours.days.iter().any(|day| i64::from(*day) == (date + 4).rem_euclid(7)) && !exdates.contains(&date)
            };
            blocks.push(Block {
                applies: Box::new(applies),
                time: time(hours.start, hours.end),
                zone: zone(&hours.zone),
            });
        }
        if weekly.is_empty() {
            let applies = move |date: i64| !overridden.contains(&date);
            blocks.push(Block { applies: Box::new(applies), time: 0..DAY, zone: zone(&None) });
        }
    }
    for hours in specific.into_iter().filter(|hours| (hours.start, hours.end) != (0, 0)) {
        let applies = move |date: i64| date == number(hours.date);
        blocks.push(Block { applies: Box::new(applies), time: time(hours.start, hours.end), zone: zone(&hours.zone) });
    }
    blocks
}

fn time(start: u32, end: u32) -> Range<i64> {
    let end = if end == 0 || end == 1439 { 1440 } else { end };
    i64::from(start)..i64::from(end)
}

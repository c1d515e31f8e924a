//! What must hold for any scenario.

use convene::slots::{Exclusion, Method};

use crate::{
    generate::{Random, scenario},
    oracle,
    scenario::{Scenario, instant, span},
};

/// How many scenarios of each kind `cargo test` runs.
const SCENARIOS: u64 = 10_000;
/// In minutes.
const LONGEST: i64 = 36 * 60;
const SHORT: i64 = 8 * 60;

#[test]
fn the_engine_lists_what_the_oracle_lists() {
    let listed = run(SCENARIOS, |seed| {
        let scenario = scenario(seed, LONGEST);
        let listed = scenario.listed();
        assert_eq!(listed, oracle::list(&scenario), "{scenario:#?}");
        !listed.is_empty()
    });
    assert!(listed.1 == 1 || listed.0 * 3 > listed.1, "{listed:?}: too few scenarios have slots");
}

#[test]
fn a_narrower_query_lists_what_lies_within_it() {
    run(SCENARIOS, |seed| {
        let mut scenario = scenario(seed, LONGEST);
        if scenario.method == Method::MaxFairness {
            scenario.method = Method::MaxAvailability;
        }
        let (start, end) = scenario.query;
        let random = &mut Random::new(!seed);
        let narrower = random.between(start, end - 1);
        let narrower = (narrower, random.between(narrower + 1, end));
        let duration = i64::from(scenario.timing.duration) * 60;
        let mut expected = scenario.listed();
        expected.retain(|(start, _)| narrower.0 <= *start && start + duration <= narrower.1);
        scenario.query = narrower;
        assert_eq!(scenario.listed(), expected, "{scenario:#?}");
        !expected.is_empty()
    });
}

#[test]
fn a_start_passes_the_check_exactly_if_it_is_listed() {
    run(SCENARIOS / 10, |seed| {
        let scenario = scenario(seed, SHORT);
        let (rules, busy, listed) = (scenario.rules(), scenario.busy(), scenario.listed());
        let (first, last) = (scenario.query.0.div_euclid(60) - 1, scenario.query.1.div_euclid(60) + 1);
        for start in (first..=last).map(|minute| minute * 60) {
            let asked = span(start, start + i64::from(scenario.timing.duration) * 60);
            let checked = rules.check(&scenario.question(&busy), asked);
            match listed.iter().find(|(listed, _)| *listed == start) {
                Some((_, free)) => assert_eq!(checked.as_ref(), Ok(free), "{start} {scenario:#?}"),
                // Another slot of the query can be the reason that max-fairness does not need all participants.
                None if scenario.method == Method::MaxFairness => {}
                None => assert!(checked.is_err(), "{start} {scenario:#?}"),
            }
            if let Err(exclusion) = checked {
                assert_reason(&scenario, start, exclusion);
            }
        }
        !listed.is_empty()
    });
}

/// The reasons that need no knowledge of hours.
fn assert_reason(scenario: &Scenario, start: i64, exclusion: Exclusion) {
    let end = start + i64::from(scenario.timing.duration) * 60;
    let is_outside = start < scenario.query.0 || end > scenario.query.1;
    assert_eq!(exclusion == Exclusion::OutsideQuery, is_outside, "{start} {scenario:#?}");
    let is_too_soon = start < scenario.now + i64::from(scenario.timing.notice) * 60;
    assert_eq!(exclusion == Exclusion::TooSoon, is_too_soon && !is_outside, "{start} {scenario:#?}");
    assert_ne!(exclusion, Exclusion::DurationDiffers, "{start} {scenario:#?}");
}

#[test]
fn busy_time_outside_the_window_that_is_asked_for_changes_nothing() {
    run(SCENARIOS, |seed| {
        let mut scenario = scenario(seed, LONGEST);
        let (now, query) = (instant(scenario.now), span(scenario.query.0, scenario.query.1));
        let window = scenario.rules().busy_window(now, &query);
        let listed = scenario.listed();
        assert!(window.is_some() || listed.is_empty(), "{scenario:#?}");
        for participant in &mut scenario.participants {
            let clip = |(start, end): &(i64, i64)| {
                let clipped = span(*start, *end).clip(window.as_ref()?)?;
                Some((clipped.start().timestamp(), clipped.end().timestamp()))
            };
            participant.busy = participant.busy.iter().filter_map(clip).collect();
        }
        assert_eq!(scenario.listed(), listed, "{window:?} {scenario:#?}");
        if window.is_none() {
            scenario.participants.iter_mut().for_each(|participant| participant.busy.clear());
            assert_eq!(scenario.listed(), [], "{scenario:#?}");
        }
        !listed.is_empty()
    });
}

/// Runs a property for many seeds, or for the one that the environment names. Returns for how many it was of interest, and how many
/// there were.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "how many seeds ran, and which one failed")]
fn run(count: u64, property: impl Fn(u64) -> bool + Sync) -> (u64, u64) {
    let number = |name| std::env::var(name).ok().map(|text: String| text.parse::<u64>().expect("a number"));
    let seeds = match number("CONVENE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("CONVENE_SLOT_CASES").map_or(count, |all| all * count / SCENARIOS),
    };
    let property = |seed| {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| property(seed)));
        result.unwrap_or_else(|panic| {
            eprintln!("CONVENE_SEED={seed} repeats this failure");
            std::panic::resume_unwind(panic)
        })
    };
    let (all, interesting) = (seeds.end - seeds.start, seeds.filter(|seed| property(*seed)).count() as u64);
    println!("{all} scenarios, {interesting} of them with slots");
    (interesting, all)
}

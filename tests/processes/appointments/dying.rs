//! A call that dies in a gap, what it leaves, and whatever is asked next.

use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Utc};
use convene_tests::lightning;
use futures_util::future::join_all;
use serde_json::json;

use super::{
    model::{Ask, Copy, Known, Standing},
    scenario::{Scenario, in_progress},
};
use crate::{
    gap::{Doomed, Gap},
    stage::Stage,
};

/// What a call has come to that died in a gap.
#[derive(Debug, Clone, Copy)]
pub enum Left {
    /// Nothing.
    Nothing,
    /// Its intent is on record, and was carried out for no copy, some copies, or all.
    Intent(Copies),
    /// All that it was to do.
    Everything,
}

#[derive(Debug, Clone, Copy)]
pub enum Copies {
    None,
    Some,
    All,
}

/// A gap, and what is left after dying in it.
pub type Death = (Gap, Left);

/// Kills a call in each of the gaps, each followed by each of the next calls, all at the same time. Returns how many next calls
/// arrived before the lock of a dead call expired.
pub async fn every_death(stage: &Stage, people: usize, dying: Ask, deaths: &[Death], next: &[Ask]) -> usize {
    let told_to_wait = &AtomicUsize::new(0);
    let scenarios = deaths.iter().flat_map(|death| next.iter().map(move |next| (death, *next)));
    join_all(scenarios.map(|(death, next)| one_death(stage, people, dying, death, next, told_to_wait))).await;
    told_to_wait.load(Ordering::Relaxed)
}

async fn one_death(
    stage: &Stage,
    people: usize,
    dying: Ask,
    (gap, left): &Death,
    next: Ask,
    told_to_wait: &AtomicUsize,
) {
    let (scenario, before) = Scenario::ready(stage, dying, people, &format!("{}, then {next:?}", gap.name)).await;
    let lock_expires = scenario.doomed(dying).dies(gap).await;
    let now = match left {
        Left::Nothing => before,
        Left::Intent(Copies::None) => before.begun(dying, |_| false),
        Left::Intent(Copies::All) => before.begun(dying, |_| true),
        Left::Intent(Copies::Some) => scenario.halfway(&before, dying).await,
        Left::Everything => before.done(dying),
    };
    scenario.calendars_show(&now).await;
    let lock_expires = matches!(now.known, Known::Begun(_)).then_some(lock_expires);
    let now = scenario.followed_by(&now, lock_expires, next, told_to_wait).await;
    scenario.goes_on_as_usual(now).await;
}

impl Scenario<'_> {
    /// The disturbed call, which is going to die.
    pub fn doomed(&self, ask: Ask) -> Doomed<'_> {
        let (stage, call, request) = (self.stage, self.disturbed, self.disturbed_request(ask));
        let mut warm_up = lightning::appointment(&format!("{} warm-up", self.id), &[]);
        warm_up["organizerEmail"] = json!("nobody@contoso.com");
        if ask == Ask::Update {
            warm_up = lightning::change(&warm_up);
        }
        Doomed { stage, function: ask.function(), id: &self.id, call, request, warm_up }
    }

    /// What is so where some copies are as a call wanted, and some as they were.
    async fn halfway(&self, before: &Standing, dying: Ask) -> Standing {
        let now = self.as_far_as(before, dying).await;
        let nobody = |as_if: Standing| assert_ne!(now, as_if, "{}: all of it or nothing", self.id);
        nobody(before.begun(dying, |_| true));
        nobody(before.begun(dying, |_| false));
        now
    }

    /// What is so as far as a call has come, which the calendars tell: each copy is as it wanted, or as it was. One that another
    /// call was about to delete may be gone, and not be there anew.
    pub async fn as_far_as(&self, before: &Standing, dying: Ask) -> Standing {
        let (there, wanted) = (self.there().await, before.done(dying));
        let says = |copy: Option<Copy>| copy.map(|copy| copy.says);
        let mut now = before.begun(dying, |person| there[person] == says(wanted.copies[person]));
        if matches!(before.known, Known::Begun(Ask::Update | Ask::Delete)) {
            let gone = there.iter().zip(&mut now.copies).filter(|(there, _)| there.is_none());
            gone.for_each(|(_, copy)| *copy = None);
        }
        let told: Vec<_> = now.copies.iter().copied().map(says).collect();
        assert_eq!(there, told, "{}: {dying:?} where {before:?}", self.id);
        now
    }

    /// The next call: in progress until the dead call's lock expires, and decided after that.
    async fn followed_by(
        &self,
        left: &Standing,
        lock_expires: Option<DateTime<Utc>>,
        next: Ask,
        told_to_wait: &AtomicUsize,
    ) -> Standing {
        let answer = self.call(next).await;
        if lock_expires.is_some_and(|ends| Utc::now() < ends) {
            let rows = self.rows(next, &answer);
            assert!(rows.iter().all(|(_, code)| code == "RequestInProgress"), "{}: {answer:?}", self.id);
            assert!(in_progress(&answer).is_some());
            self.calendars_show(left).await;
            told_to_wait.fetch_add(1, Ordering::Relaxed);
        }
        let answer = self.decided_after(answer, next).await;
        self.judge(left, next, &answer).await
    }
}

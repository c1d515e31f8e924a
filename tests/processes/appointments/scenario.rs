//! One appointment with people of its own, what is asked about it, and what must be true of it.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use convene_tests::{Answer, lightning};
use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{Ask, CREATE, Content, Copy, Standing};
use crate::stage::{Stage, decided};

/// So many people are dealt with in one batch.
pub const FEW: usize = 4;
/// So many take two.
pub const MANY: usize = 24;
/// So many take several, and are more than what a task may do at once.
pub const VERY_MANY: usize = 150;

/// One id and its people, the organizer first.
pub struct Scenario<'a> {
    pub stage: &'a Stage,
    pub id: String,
    pub people: Vec<String>,
    /// The correlation id of the call that is disturbed, by which Graph's requests are told apart.
    pub disturbed: Uuid,
}

impl<'a> Scenario<'a> {
    /// A new id, named for what happens to it, in calendars where nothing else is.
    pub async fn begin(stage: &'a Stage, name: &str, people: usize) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let people: Vec<_> = (0..people).map(|person| format!("person{person}-{count}@contoso.com")).collect();
        join_all(people.iter().map(|mailbox| stage.deployment.add_mailbox(mailbox))).await;
        let scenario = Self { stage, id: format!("{name} {count}"), people, disturbed: Uuid::new_v4() };
        stage.neighbour_appoints(&scenario.id).await;
        scenario
    }

    /// A new id about which a call can be made for real: to be updated or deleted, its copies have to be there.
    pub async fn ready(stage: &'a Stage, ask: Ask, people: usize, what: &str) -> (Self, Standing) {
        let scenario = Self::begin(stage, &format!("{ask:?}: {what}"), people).await;
        let mut now = scenario.absent();
        if !matches!(ask, Ask::Create(_)) {
            now = scenario.expect(&now, CREATE).await;
        }
        (scenario, now)
    }

    /// Nothing ever was.
    pub fn absent(&self) -> Standing {
        Standing::absent(self.people.len())
    }

    /// Whom a call lists, by number.
    pub fn listed(&self, ask: Ask) -> Vec<usize> {
        (0..self.people.len()).filter(|person| ask.lists(*person, self.people.len())).collect()
    }

    /// The fields of a call.
    pub fn request(&self, ask: Ask) -> Value {
        self.request_for(ask, &self.listed(ask))
    }

    /// The fields of a call that lists these people.
    pub fn request_for(&self, ask: Ask, listed: &[usize]) -> Value {
        let listed: Vec<_> = listed.iter().map(|person| self.people[*person].as_str()).collect();
        let mut appointment = lightning::appointment(&self.id, &listed[1..]);
        appointment["organizerEmail"] = json!(listed[0]);
        match ask {
            Ask::Create(content) => {
                appointment["subject"] = json!(content.subject());
                appointment
            }
            Ask::Update => {
                appointment["subject"] = json!(Content::New.subject());
                lightning::change(&appointment)
            }
            Ask::Delete => json!({"id": self.id, "organizerEmail": listed[0], "attendees": listed[1..]}),
        }
    }

    /// The fields of the call that is to be disturbed.
    pub fn disturbed_request(&self, ask: Ask) -> Value {
        let mut request = self.request(ask);
        request["salesforceCorrelationId"] = json!(self.disturbed.to_string());
        request
    }

    /// What an answer says of each of the people that the call lists.
    pub fn rows(&self, ask: Ask, answer: &Answer) -> Vec<(usize, String)> {
        let (listed, rows) = (self.listed(ask), lightning::rows(answer));
        let names: Vec<_> = rows.iter().map(|(name, _)| format!("{name}@contoso.com")).collect();
        let expected: Vec<_> = listed.iter().map(|person| self.people[*person].clone()).collect();
        assert_eq!(names, expected, "{}: {ask:?}: {answer:?}", self.id);
        listed.into_iter().zip(rows.into_iter().map(|(_, code)| code)).collect()
    }

    /// A call, once.
    pub async fn call(&self, ask: Ask) -> Answer {
        self.stage.call(ask.function(), &self.request(ask)).await
    }

    /// A call, repeated for as long as an entry of the answer is to come back later.
    pub async fn until_decided(&self, ask: Ask) -> Answer {
        self.decided_after(self.call(ask).await, ask).await
    }

    /// Repeats a call as its answer asks, until it is decided.
    pub async fn decided_after(&self, answer: Answer, ask: Ask) -> Answer {
        decided(answer, in_progress, async || self.call(ask).await).await
    }

    /// Asks, and asserts that answer and calendars are what they may be. Tells what is so now.
    pub async fn expect(&self, before: &Standing, ask: Ask) -> Standing {
        let answer = self.until_decided(ask).await;
        self.judge(before, ask, &answer).await
    }

    /// Asserts that a decided answer and the calendars are what they may be. Tells what is so now.
    pub async fn judge(&self, before: &Standing, ask: Ask, answer: &Answer) -> Standing {
        let (rows, there) = (self.rows(ask, answer), self.there().await);
        let mut copies = Vec::new();
        for (person, says) in there.iter().enumerate() {
            let told = rows.iter().find(|(listed, _)| *listed == person).map(|(_, code)| code.as_str());
            let outcomes = before.outcomes(ask, person);
            let is_this = |code: &str, copy: Option<Copy>| {
                told.is_none_or(|told| told == code) && copy.map(|copy| copy.says) == *says
            };
            let outcome = outcomes.iter().find(|(code, copy)| is_this(code, *copy));
            let (_, copy) = outcome.unwrap_or_else(|| {
                let all = format!("{ask:?} where {before:?}: {rows:?}, {there:?}");
                panic!("{}: person {person} was told {told:?} and has {says:?}: {all}", self.id)
            });
            copies.push(*copy);
        }
        Standing { known: before.known_after(ask), copies }
    }

    /// What each person's copy says. Nobody has two.
    pub async fn there(&self) -> Vec<Option<Content>> {
        let subjects = join_all(self.people.iter().map(|mailbox| self.stage.subjects_at(mailbox))).await;
        let copy = |(person, subjects): (usize, Vec<String>)| {
            assert!(subjects.len() <= 1, "{}: person {person} has {subjects:?}", self.id);
            let known = |subject: &String| Content::ALL.into_iter().find(|content| content.subject() == subject);
            subjects.first().map(|subject| known(subject).unwrap_or_else(|| panic!("{subject}")))
        };
        subjects.into_iter().enumerate().map(copy).collect()
    }

    /// The calendars are as they are to be.
    pub async fn calendars_show(&self, standing: &Standing) {
        let expected: Vec<_> = standing.copies.iter().map(|copy| copy.map(|copy| copy.says)).collect();
        assert_eq!(self.there().await, expected, "{}", self.id);
    }

    /// From here on the id behaves as if nothing had ever happened to it.
    pub async fn goes_on_as_usual(&self, standing: Standing) {
        let mut now = standing;
        let other = Ask::Create(Content::Other);
        for ask in [CREATE, Ask::Update, other, Ask::Delete, Ask::Delete, Ask::Update, other, Ask::Delete] {
            now = self.expect(&now, ask).await;
        }
    }
}

/// How long the caller is asked to wait, if an entry of the answer says so.
pub fn in_progress(answer: &Answer) -> Option<Duration> {
    if lightning::rows(answer).iter().all(|(_, code)| code != "RequestInProgress") {
        return None;
    }
    let seconds = answer.header("retry-after").and_then(|text| text.parse().ok());
    Some(Duration::from_secs(seconds.unwrap_or_else(|| panic!("no Retry-After: {answer:?}"))))
}

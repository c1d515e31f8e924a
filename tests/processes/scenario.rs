//! One meeting id with mailboxes of its own, what is asked about it, and what must be true of it.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use convene_tests::{Answer, samples};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{Stage, decided};

/// What a meeting is asked to be. The two differ in content only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    First,
    Other,
}

/// The subject that a change sets.
pub const CHANGED: &str = "Changed";

impl Content {
    pub fn subject(self) -> &'static str {
        match self {
            Self::First => "First",
            Self::Other => "Other",
        }
    }

    fn opposite(self) -> Self {
        match self {
            Self::First => Self::Other,
            Self::Other => Self::First,
        }
    }
}

/// What a caller may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    Schedule(Content),
    Get,
    Patch,
    Delete,
}

impl Ask {
    pub const ALL: [Self; 5] =
        [Self::Schedule(Content::First), Self::Schedule(Content::Other), Self::Get, Self::Patch, Self::Delete];

    pub fn function(self) -> &'static str {
        match self {
            Self::Schedule(_) => "schedule-meeting",
            Self::Get => "get-meeting",
            Self::Patch => "update-meeting",
            Self::Delete => "delete-meeting",
        }
    }
}

/// What became of the id, as far as callers and calendars can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// No meeting, and no trace of one.
    Absent,
    /// A meeting that was made with this content and shows this subject.
    Meeting(Content, &'static str),
    /// A meeting that was deleted.
    Deleted,
}

impl Standing {
    /// A meeting as it was asked for.
    pub fn made(content: Content) -> Self {
        Self::Meeting(content, content.subject())
    }

    /// What an undisturbed call answers here, and what is so after it.
    pub fn after(self, ask: Ask) -> (u16, &'static str, Self) {
        match (self, ask) {
            (Self::Meeting(content, _), Ask::Schedule(asked)) if content != asked => {
                (409, "MeetingAlreadyExists", self)
            }
            (Self::Meeting(..), Ask::Schedule(_) | Ask::Get) => (200, "NoError", self),
            (Self::Meeting(content, _), Ask::Patch) => (200, "NoError", Self::Meeting(content, CHANGED)),
            (Self::Meeting(..) | Self::Deleted, Ask::Delete) => (200, "NoError", Self::Deleted),
            (Self::Absent | Self::Deleted, Ask::Schedule(content)) => (200, "NoError", Self::made(content)),
            (Self::Absent, _) | (Self::Deleted, Ask::Get | Ask::Patch) => (404, "MeetingNotFound", self),
        }
    }
}

/// One id and its people.
pub struct Scenario<'a> {
    pub stage: &'a Stage,
    pub id: String,
    pub organizer: String,
    guests: [String; 2],
    /// The correlation id of the call that is disturbed, by which Graph's requests are told apart.
    pub disturbed: Uuid,
}

impl<'a> Scenario<'a> {
    /// A new id, named for what happens to it, in calendars where nothing else is.
    pub async fn begin(stage: &'a Stage, name: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let address = |role: &str| format!("{role}-{count}@contoso.com");
        let scenario = Self {
            stage,
            id: format!("{name} {count}"),
            organizer: address("organizer"),
            guests: [address("guest"), address("other-guest")],
            disturbed: Uuid::new_v4(),
        };
        for mailbox in scenario.mailboxes() {
            stage.deployment.add_mailbox(mailbox).await;
        }
        stage.neighbour_schedules(&scenario.id).await;
        scenario
    }

    /// Everybody who has the meeting in a calendar.
    pub fn mailboxes(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.organizer).chain(&self.guests)
    }

    /// The fields of a call.
    pub fn request(&self, ask: Ask) -> Value {
        let [first, second] = &self.guests;
        match ask {
            Ask::Schedule(content) => samples::meeting_with(
                &self.id,
                &json!({
                    "organizerEmail": self.organizer,
                    "subject": content.subject(),
                    "attendees": [{"email": first, "isRequired": "true"}, {"email": second, "isRequired": "false"}],
                }),
            ),
            Ask::Patch => json!({"id": self.id, "organizerEmail": self.organizer, "subject": CHANGED}),
            Ask::Get | Ask::Delete => json!({"id": self.id, "organizerEmail": self.organizer}),
        }
    }

    /// The fields of the call that is to be disturbed.
    pub fn disturbed_request(&self, ask: Ask) -> Value {
        let mut request = self.request(ask);
        request["salesforceCorrelationId"] = json!(self.disturbed.to_string());
        request
    }

    /// A call, once.
    pub async fn call(&self, ask: Ask) -> Answer {
        self.stage.call(ask.function(), &self.request(ask)).await
    }

    /// A call, repeated for as long as the answer is to come back later.
    pub async fn until_decided(&self, ask: Ask) -> Answer {
        self.decided_after(self.call(ask).await, ask).await
    }

    /// Repeats a call as its answer asks, until it is decided.
    pub async fn decided_after(&self, answer: Answer, ask: Ask) -> Answer {
        decided(answer, in_progress, async || self.call(ask).await).await
    }

    /// Asks, and asserts that answer and calendars are what they should be. Tells what is so now.
    pub async fn expect(&self, before: Standing, ask: Ask) -> Standing {
        let answer = self.until_decided(ask).await;
        self.judge(before, ask, &answer).await
    }

    /// Asserts that a decided answer and the calendars are what they should be. Tells what is so now.
    pub async fn judge(&self, before: Standing, ask: Ask, answer: &Answer) -> Standing {
        let (status, code, after) = before.after(ask);
        assert_eq!((answer.status, code_of(answer).as_str()), (status, code), "{}: {ask:?}: {answer:?}", self.id);
        if let (Ask::Get, Standing::Meeting(_, subject)) = (ask, after) {
            assert_eq!(answer.json()["subject"], subject, "{}", self.id);
        }
        self.calendars_show(after).await;
        after
    }

    /// Exactly one event for each person, or none.
    pub async fn calendars_show(&self, standing: Standing) {
        let expected = match standing {
            Standing::Meeting(_, subject) => vec![subject.to_owned()],
            Standing::Absent | Standing::Deleted => Vec::new(),
        };
        for mailbox in self.mailboxes() {
            let there = self.stage.subjects_at(mailbox).await;
            assert_eq!(there, expected, "{}: {mailbox}", self.id);
        }
    }

    /// From here on the id behaves as if nothing had ever happened to it.
    pub async fn goes_on_as_usual(&self, standing: Standing) {
        let content = match standing {
            Standing::Meeting(content, _) => content,
            _ => Content::First,
        };
        let mut now = standing;
        let other = content.opposite();
        let usual = [Ask::Get, Ask::Schedule(content), Ask::Schedule(other), Ask::Delete, Ask::Delete];
        for ask in usual.into_iter().chain([Ask::Schedule(other), Ask::Patch]) {
            now = self.expect(now, ask).await;
        }
    }
}

/// The error code, `NoError` for what is shown without one.
pub fn code_of(answer: &Answer) -> String {
    answer.json()["errorCode"].as_str().unwrap_or("NoError").to_owned()
}

/// How long the caller is asked to wait, if that is the answer.
pub fn in_progress(answer: &Answer) -> Option<Duration> {
    if answer.status != 409 || code_of(answer) != "RequestInProgress" {
        return None;
    }
    let seconds = answer.header("retry-after").and_then(|text| text.parse().ok());
    Some(Duration::from_secs(seconds.unwrap_or_else(|| panic!("no Retry-After: {answer:?}"))))
}

//! What may be asked, of which events, and who may have done something to them.

use crate::error_kind::Kind;

/// What an id stands for: a tenant and an id. Two tenants use the same ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub tenant: &'static str,
    pub id: usize,
}

/// Where an event of an id may be: in somebody's calendar. Two tenants use the same mailboxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub key: Key,
    pub mailbox: usize,
}

/// What a caller may ask of a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Schedule it with one of two contents.
    Schedule(u64),
    Cancel,
    Read,
    Update,
}

/// What a call for an appointment asks of a mailbox's copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyAsk {
    /// It is to be there, with this content.
    Create(u64),
    /// It is to be there, and to be changed to this content if it is there already.
    Put(u64),
    /// It is to be gone.
    Remove,
    /// It is not named in a create of this content. What somebody else has left undone may be finished, and nothing else that
    /// the id stands for may be there beside what is created.
    Beside(u64),
}

/// What is asked for at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    Meeting(Ask),
    Copy(CopyAsk),
}

impl Wish {
    /// Whether an event may come of it.
    pub(super) fn makes(self) -> bool {
        matches!(self, Self::Meeting(Ask::Schedule(_)) | Self::Copy(CopyAsk::Create(_) | CopyAsk::Put(_)))
    }

    pub(super) fn changes(self) -> bool {
        matches!(self, Self::Meeting(Ask::Update) | Self::Copy(CopyAsk::Put(_)))
    }

    /// Whether an event that comes of it has this content.
    pub(super) fn says(self, content: u64) -> bool {
        match self {
            Self::Copy(CopyAsk::Create(own) | CopyAsk::Put(own)) => own == content,
            Self::Copy(CopyAsk::Remove | CopyAsk::Beside(_)) => false,
            Self::Meeting(_) => true,
        }
    }

    /// Whether an event may go.
    pub(super) fn removes(self) -> bool {
        matches!(self, Self::Meeting(Ask::Cancel) | Self::Copy(CopyAsk::Remove))
    }
}

/// What a call was told: the subject that was read, where one was.
pub type Answer = Result<Option<String>, Kind>;

/// A call, by its number.
pub type Number = usize;

/// Who did something to the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doer {
    Person,
    Call(Number),
}

/// A request to the calendar that is being carried out.
#[derive(Debug, Clone, Copy)]
pub struct Deed {
    pub by: Number,
    pub place: Place,
    /// Nobody waits for it any more.
    pub given_up: bool,
    /// The service is about to say that the event it is about is not there.
    pub denies_event: bool,
}

/// The subject that something is made with.
pub fn subject(key: Key, content: u64) -> String {
    format!("{}/{}/{content}", key.tenant, key.id)
}

/// The body that an appointment of a content has. The first two have the same.
pub fn body(content: u64) -> String {
    format!("about {}", content / 2)
}

/// The content that a subject tells.
pub fn content(subject: &str) -> Option<u64> {
    subject.rsplit_once('/').and_then(|(_, content)| content.parse().ok())
}

/// The subject that a call to update a meeting sets.
pub fn changed(number: Number) -> String {
    format!("changed by {number}")
}

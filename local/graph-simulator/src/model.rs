//! An event as the simulator keeps it.

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Instant;
use crate::series::Series;

/// Names an event in the whole simulator; it never changes and is never used twice.
pub(crate) type EventKey = i64;

/// One item in one mailbox: an organizer's own, or an attendee's copy of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "Graph's events have these flags")]
pub(crate) struct Event {
    pub(crate) key: EventKey,
    #[serde(default)]
    pub(crate) folder: Folder,
    /// How often it moved between folders: part of the id that is not immutable.
    pub(crate) moves: u32,
    /// Counts its changes: the change key.
    pub(crate) version: u64,
    pub(crate) created: Instant,
    pub(crate) modified: Instant,
    /// Shared by the organizer's item and all copies.
    pub(crate) ical_uid: String,
    pub(crate) organizer: Person,
    pub(crate) is_organizer: bool,
    pub(crate) subject: String,
    pub(crate) body: Body,
    pub(crate) start: Instant,
    pub(crate) end: Instant,
    pub(crate) location: Value,
    pub(crate) attendees: Vec<Attendee>,
    pub(crate) response: Response,
    pub(crate) response_time: Option<Instant>,
    /// What the organizer asked for.
    pub(crate) show_as: ShowAs,
    /// What an attendee chose for the own copy.
    pub(crate) own_show_as: Option<ShowAs>,
    pub(crate) sensitivity: Sensitivity,
    pub(crate) importance: Importance,
    pub(crate) all_day: bool,
    /// Of an all-day event; `start` and `end` are when these begin where the mailbox is.
    #[serde(default)]
    pub(crate) days: Option<Dates>,
    #[serde(default)]
    pub(crate) zones: Zones,
    /// How it recurs, if it is a series.
    #[serde(default)]
    pub(crate) series: Option<Series>,
    /// Which meeting of a series it is. Only the series is kept.
    #[serde(skip)]
    pub(crate) occurrence: Option<NaiveDate>,
    pub(crate) cancelled: bool,
    pub(crate) response_requested: bool,
    pub(crate) allow_new_time_proposals: bool,
    pub(crate) hide_attendees: bool,
    pub(crate) reminder_on: bool,
    pub(crate) reminder_minutes: i64,
    pub(crate) categories: Vec<String>,
    pub(crate) transaction_id: Option<String>,
    pub(crate) properties: Vec<Property>,
    pub(crate) provider: Provider,
    /// The address to join at, while the meeting is online.
    pub(crate) join_url: Option<String>,
    /// From when on the address and its block show, where Teams is not done yet.
    #[serde(default)]
    pub(crate) link_from: Option<Instant>,
}

impl Event {
    /// What the mailbox shows: an invitation not yet accepted is tentative, whatever was asked for.
    pub(crate) fn shown_as(&self) -> ShowAs {
        if self.cancelled {
            return ShowAs::Free;
        }
        if let Some(own) = self.own_show_as {
            return own;
        }
        let undecided = !self.is_organizer && self.response != Response::Accepted;
        if undecided && self.show_as != ShowAs::Free { ShowAs::Tentative } else { self.show_as }
    }

    pub(crate) fn overlaps(&self, start: Instant, end: Instant) -> bool {
        // An event without duration is seen where it stands.
        self.start < end && (self.end > start || (self.start == self.end && self.start >= start))
    }

    pub(crate) fn attendee(&self, address: &str) -> Option<&Attendee> {
        self.attendees.iter().find(|a| a.person.address.eq_ignore_ascii_case(address))
    }
}

/// Where in a mailbox an item is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Folder {
    /// The default calendar.
    #[default]
    Calendar,
    /// Another calendar of the mailbox.
    Other(u32),
    /// The inbox: an invitation that is in no calendar until its recipient accepts it.
    Inbox,
}

/// Days that are taken whole; the last one is not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Dates {
    pub(crate) first: NaiveDate,
    pub(crate) end: NaiveDate,
}

impl Dates {
    pub(crate) fn shifted(self, by: TimeDelta) -> Self {
        Self { first: self.first + by, end: self.end + by }
    }
}

/// The names of the zones that an event was made in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Zones {
    pub(crate) start: String,
    pub(crate) end: String,
}

impl Default for Zones {
    fn default() -> Self {
        Self { start: "UTC".to_owned(), end: "UTC".to_owned() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) address: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attendee {
    pub(crate) person: Person,
    pub(crate) kind: AttendeeKind,
    pub(crate) response: Response,
    pub(crate) time: Option<Instant>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Body {
    pub(crate) kind: ContentType,
    pub(crate) content: String,
}

/// A single-value extended property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Property {
    pub(crate) id: String,
    pub(crate) value: String,
}

/// An enumeration of Graph's: its words on the wire and in the database.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub(crate) enum $name { $(#[serde(rename = $word)] $variant),+ }

        impl $name {
            pub(crate) const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            #[allow(dead_code, reason = "some enumerations are only ever written")]
            pub(crate) fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words!(
    /// How much of the time is taken.
    ShowAs { Free = "free", Tentative = "tentative", Busy = "busy", Oof = "oof", WorkingElsewhere = "workingElsewhere", Unknown = "unknown" }
);
words!(
    /// Who may see what it is about.
    Sensitivity { Normal = "normal", Personal = "personal", Private = "private", Confidential = "confidential" }
);
words!(
    /// How important it is.
    Importance { Low = "low", Normal = "normal", High = "high" }
);
words!(
    /// In what role somebody is invited.
    AttendeeKind { Required = "required", Optional = "optional", Resource = "resource" }
);
words!(
    /// What somebody answered.
    Response {
        None = "none", Organizer = "organizer", TentativelyAccepted = "tentativelyAccepted",
        Accepted = "accepted", Declined = "declined", NotResponded = "notResponded",
    }
);
words!(
    /// Whose online meeting it is.
    Provider { Unknown = "unknown", SkypeForBusiness = "skypeForBusiness", SkypeForConsumer = "skypeForConsumer", Teams = "teamsForBusiness" }
);
words!(
    /// The two kinds of body.
    ContentType { Text = "text", Html = "html" }
);

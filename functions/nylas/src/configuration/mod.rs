//! A valid configuration, as use cases need it.
//!
//! | file | holds |
//! | --- | --- |
//! | `document.rs` | the JSON that is stored and returned |
//! | `participants.rs`, `hours.rs`, `availability.rs` | who can be booked, and when |
//! | `read.rs` | fields that several of these read |
//! | `event.rs`, `scheduler.rs`, `additional_fields.rs` | what the event is like, and what guests may do |
//! | `snake_case.rs` | what a client of the vendor makes of keys |

mod additional_fields;
mod availability;
mod document;
mod event;
mod hours;
mod participants;
mod read;
mod scheduler;
mod snake_case;

use convene::{
    domain::{ConfigurationId, EmailAddress},
    edge::{Field, FieldErrors, Object},
    problem::Problem,
    scheduling::bookings::{Bookable, InvalidConfiguration, Participant},
    slots::Rules,
};
use uuid::Uuid;

pub use additional_fields::{AdditionalField, FieldKind, answers};
pub use document::{Document, complete_questions};
pub use event::EventSettings;
pub use participants::Person;
pub use scheduler::{SchedulerSettings, Template};

use self::read::{MAX_NAME, text};
use crate::wire::ConfigurationRequest;

/// The longest slug, in characters.
const MAX_SLUG: usize = 128;

/// A valid configuration.
#[derive(Debug)]
pub struct Configuration {
    pub id: ConfigurationId,
    /// Changes with each write.
    pub version: Uuid,
    pub name: Option<String>,
    pub slug: Option<String>,
    pub requires_session: bool,
    /// The participants who can be booked or must be free; those with an address alone are not among them.
    pub participants: Vec<Participant>,
    /// Names and zones of `participants`.
    pub people: Vec<Person>,
    /// Those of whom the configuration has an address alone.
    pub others: Vec<EmailAddress>,
    rules: Rules,
    /// `None`: the tenant decides.
    tentative_is_busy: Option<bool>,
    pub event: EventSettings,
    pub scheduler: SchedulerSettings,
}

impl Configuration {
    /// Reads a configuration's JSON. Fails with every field that is wrong.
    pub fn parse(id: ConfigurationId, version: Uuid, json: &str) -> Result<Self, Problem> {
        let Object(wire) = convene::edge::json::<Object<ConfigurationRequest>>(json.as_bytes())?;
        let mut errors = FieldErrors::default();
        let parsed = Self::read(&mut errors, id, version, wire);
        errors.finish(|| parsed)
    }

    fn read(errors: &mut FieldErrors, id: ConfigurationId, version: Uuid, wire: ConfigurationRequest) -> Option<Self> {
        if errors.optional("type", wire.kind).is_some_and(|kind| kind == "group") {
            errors.add("type", "must not be group: only configurations of single bookings are served");
        }
        let name = text(errors, "name", wire.name, MAX_NAME);
        let slug = slug(errors, wire.slug);
        let requires_session = errors.optional("requires_session_auth", wire.requires_session_auth).unwrap_or(false);
        let event = errors.required("event_booking", wire.event_booking);
        let event = event.and_then(|Object(event)| event::read(errors, event));
        let availability = errors.required("availability", wire.availability);
        let availability = availability.and_then(|Object(wire)| availability::read(errors, wire));
        let scheduler = errors.optional("scheduler", wire.scheduler).map(|Object(scheduler)| scheduler);
        let scheduler = scheduler::read(errors, scheduler.unwrap_or_default());
        let participants = errors.required("participants", wire.participants);
        let zone = event.as_ref().map(|event| event.zone.clone());
        let participants = participants.zip(zone).zip(availability.as_ref());
        let participants = participants.and_then(|((participants, zone), availability)| {
            participants::read(errors, participants, (availability.method, &availability.hours), &zone)
        });
        let (availability, event) = (availability?, event?);
        let participants::Participants { bookable: participants, people, hours, others } = participants?;
        let horizon = availability::horizon(&availability, scheduler.days, &participants, &people, &event.zone);
        let rules = availability::rules(errors, &availability, scheduler.booking_notice, horizon, hours)?;
        let tentative_is_busy = availability.tentative_is_busy;
        let configuration = Self {
            id,
            version,
            name,
            slug,
            requires_session,
            participants,
            people,
            others,
            rules,
            tentative_is_busy,
            event,
            scheduler,
        };
        match configuration.bookable(true) {
            Ok(_) => Some(configuration),
            Err(error) => {
                errors.add("participants", error.to_string());
                None
            }
        }
    }

    /// What the use cases of bookings need. `tentative_is_busy`: the tenant's setting, where the configuration has none.
    pub fn bookable(&self, tentative_is_busy: bool) -> Result<Bookable<'_>, InvalidConfiguration> {
        Bookable::new(self.id, &self.rules, &self.participants, self.tentative_is_busy.unwrap_or(tentative_is_busy))
    }

    pub fn is_round_robin(&self) -> bool {
        self.rules.method() != convene::slots::Method::Collective
    }

    /// The length of a booking, in minutes.
    pub fn minutes(&self) -> i64 {
        self.rules.duration().num_minutes()
    }

    /// A participant's name and zone.
    pub fn person(&self, address: &EmailAddress) -> Option<&Person> {
        let index = self.participants.iter().position(|participant| participant.address == *address)?;
        self.people.get(index)
    }

    /// The organizer of a collective configuration.
    pub fn organizer(&self) -> Option<&EmailAddress> {
        let organizer = self.participants.iter().find(|participant| participant.is_organizer);
        organizer.map(|participant| &participant.address)
    }
}

fn slug(errors: &mut FieldErrors, field: Field<String>) -> Option<String> {
    let slug = errors.optional("slug", field).filter(|slug| !slug.is_empty())?;
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if slug.len() > MAX_SLUG || !slug.bytes().all(is_allowed) {
        errors.add("slug", format!("must have at most {MAX_SLUG} characters of A-Z, a-z, 0-9, - and _"));
        return None;
    }
    Some(slug)
}

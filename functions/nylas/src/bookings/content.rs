//! What a request to book, or to move a booking, says.

use std::collections::BTreeSet;

use convene::{
    domain::{BookingContent, EmailAddress, Fingerprint, Guest, TimeSpan, TimeZone, visible_text},
    edge::{Field, FieldErrors, Object, Request},
};

use crate::{
    availability::unix_time,
    configuration::{Configuration, answers},
    invitation::expanded,
    wire::{BookingRequest, GuestRequest, List, ParticipantChoice, RescheduleRequest, WholeNumber},
};

const MAX_GUESTS: usize = 50;
/// The longest name of a guest, in characters.
const MAX_NAME: usize = 255;
/// The languages in which the vendor's booking page sends requests. Others count as English.
const LANGUAGES: [&str; 9] = ["en", "es", "fr", "de", "sv", "zh", "ja", "nl", "ko"];

/// A request to book.
pub struct NewBooking {
    pub span: TimeSpan,
    /// The host that a round-robin is to have.
    pub host: Option<EmailAddress>,
    pub content: BookingContent,
    /// What the guest asked for, without what the configuration adds.
    pub payload: Fingerprint,
}

/// A request to move a booking.
pub struct Move {
    pub target: TimeSpan,
    answers: Vec<(String, Option<String>)>,
    additional_guests: Option<Vec<Guest>>,
    time_zone: Option<String>,
    language: Option<String>,
}

/// Reads a request to book.
pub fn read(
    errors: &mut FieldErrors,
    wire: BookingRequest,
    request: &Request,
    configuration: &Configuration,
) -> Option<NewBooking> {
    let span = span(errors, wire.start_time, wire.end_time);
    let guest = errors.required("guest", wire.guest);
    let guest = guest.and_then(|Object(guest)| read_guest(errors, "guest", guest));
    let host = host(errors, wire.participants, configuration);
    let additional_guests = additional_guests(errors, wire.additional_guests, configuration, guest.as_ref());
    if configuration.scheduler.hides_additional_guests && !additional_guests.is_empty() {
        errors.add("additional_guests", "must be empty for this configuration");
    }
    let answers = answers(errors, &configuration.scheduler.fields, wire.additional_fields, false);
    let (time_zone, language) = locale(errors, wire.timezone, wire.email_language, request);
    let mut content = BookingContent {
        title: String::new(),
        description: String::new(),
        location: configuration.event.location.clone(),
        guest: guest?,
        additional_guests,
        answers: answers.into_iter().filter_map(|(key, answer)| Some((key, answer?))).collect(),
        time_zone,
        language,
    };
    content.title = expanded(&configuration.event.title, configuration, &content);
    content.description = expanded(&configuration.event.description, configuration, &content);
    let (span, host) = (span?, host?);
    let mut asked = content.clone();
    let is_default = |key: &str, answer: &str| {
        configuration.scheduler.fields.iter().any(|field| field.key == key && field.is_default(answer))
    };
    asked.answers.retain(|key, answer| !is_default(key, answer));
    let payload = Fingerprint::of_booking(configuration.id, span, host.as_ref(), &asked);
    Some(NewBooking { span, host, content, payload })
}

/// Reads a request to move a booking. The guest and the host stay.
pub fn read_move(
    errors: &mut FieldErrors,
    wire: RescheduleRequest,
    request: &Request,
    configuration: &Configuration,
) -> Option<Move> {
    let target = span(errors, wire.start_time, wire.end_time);
    let additional_guests = match wire.additional_guests {
        Field::Missing => None,
        given => Some(additional_guests(errors, given, configuration, None)),
    };
    let answers = answers(errors, &configuration.scheduler.fields, wire.additional_fields, true);
    let (time_zone, language) = locale(errors, wire.timezone, wire.email_language, request);
    Some(Move { target: target?, answers, additional_guests, time_zone, language })
}

impl Move {
    /// What the booking is about from then on. What the request does not say stays.
    pub fn content(&self, before: &BookingContent, configuration: &Configuration) -> BookingContent {
        let mut content = before.clone();
        for (key, answer) in &self.answers {
            match answer {
                Some(answer) => content.answers.insert(key.clone(), answer.clone()),
                None => content.answers.remove(key),
            };
        }
        if let Some(guests) = &self.additional_guests {
            let is_same = |one: &Guest, other: &Guest| one.email.to_lowercase() == other.email.to_lowercase();
            // A page that does not ask for guests sends those of the booking, and may not add to them.
            let is_closed = configuration.scheduler.hides_additional_guests;
            let may_come = |guest: &&Guest| {
                let is_known = before.additional_guests.iter().any(|known| is_same(guest, known));
                !is_same(guest, &before.guest) && (is_known || !is_closed)
            };
            content.additional_guests = guests.iter().filter(may_come).cloned().collect();
        }
        content.time_zone = self.time_zone.clone().or(content.time_zone);
        content.language = self.language.clone().or(content.language);
        // Its texts change only with what they are made of.
        if content.answers != before.answers {
            content.title = expanded(&configuration.event.title, configuration, &content);
            content.description = expanded(&configuration.event.description, configuration, &content);
        }
        content
    }
}

/// Whom a request has invited, as far as its addresses are valid: the guest, and those whom the guest brings.
pub fn addresses(guest: Option<&Field<Object<GuestRequest>>>, others: &List<GuestRequest>) -> Vec<EmailAddress> {
    let others = match others {
        Field::Given(others) => others.as_slice(),
        _ => &[],
    };
    // A request with more is refused.
    let all = guest.into_iter().chain(others.iter().take(MAX_GUESTS));
    let address = |guest: &Field<Object<GuestRequest>>| match guest {
        Field::Given(Object(GuestRequest { email: Field::Given(address), .. })) => address.parse().ok(),
        _ => None,
    };
    all.filter_map(address).collect()
}

fn span(errors: &mut FieldErrors, start: Field<WholeNumber>, end: Field<WholeNumber>) -> Option<TimeSpan> {
    let mut time = |name: &str, field| {
        let WholeNumber(seconds) = errors.required(name, field)?;
        let at = unix_time(seconds);
        if at.is_none() {
            errors.add(name, "must be a time in Unix seconds, between the years 1970 and 4500");
        }
        at
    };
    let (start, end) = (time("start_time", start), time("end_time", end));
    let span = TimeSpan::new(start?, end?).ok();
    if span.is_none() {
        errors.add("end_time", "must be after start_time");
    }
    span
}

fn read_guest(errors: &mut FieldErrors, name: &str, wire: GuestRequest) -> Option<Guest> {
    let address = errors.address(&format!("{name}.email"), wire.email);
    let field = format!("{name}.name");
    let display = errors.required(&field, wire.name)?;
    let display = visible_text(display.trim()).replace('\n', " ");
    if display.is_empty() || display.chars().count() > MAX_NAME {
        errors.add(field, "must have 1 to 255 characters");
    }
    Some(Guest { name: display, email: address?.as_written().to_owned() })
}

/// Those whom the guest brings, each once, and without the guest. Their names may be missing.
fn additional_guests(
    errors: &mut FieldErrors,
    list: List<GuestRequest>,
    configuration: &Configuration,
    guest: Option<&Guest>,
) -> Vec<Guest> {
    let list = errors.optional("additional_guests", list).unwrap_or_default();
    let guests = errors.each("additional_guests", list, MAX_GUESTS, |errors, name, entry| {
        let Object(mut wire) = errors.required(name, entry)?;
        if matches!(&wire.name, Field::Missing) || matches!(&wire.name, Field::Given(text) if text.trim().is_empty()) {
            wire.name = wire.email.clone();
        }
        read_guest(errors, name, wire)
    });
    // Of a round-robin only the host is, whom the event has as its organizer.
    let members = configuration.participants.iter().filter(|one| one.takes_part && !configuration.is_round_robin());
    let is_invited = |address: &str| members.clone().any(|one| one.address.folded() == address);
    let mut seen: BTreeSet<_> = guest.map(|guest| guest.email.to_lowercase()).into_iter().collect();
    let mut is_new = |guest: &Guest| {
        let address = guest.email.to_lowercase();
        !is_invited(&address) && seen.insert(address)
    };
    guests.into_iter().filter(|guest| is_new(guest)).collect()
}

/// The host that the request names. The outer `None`: the list is wrong.
#[expect(clippy::option_option, reason = "the outer one says that the list is wrong")]
fn host(
    errors: &mut FieldErrors,
    list: List<ParticipantChoice>,
    configuration: &Configuration,
) -> Option<Option<EmailAddress>> {
    let before = errors.details().len();
    let list = errors.optional("participants", list).unwrap_or_default();
    let named = errors.each(
        "participants",
        list,
        configuration.participants.len() + configuration.others.len(),
        |errors, name, entry| {
            let Object(wire) = errors.required(name, entry)?;
            errors.address(&format!("{name}.email"), wire.email)
        },
    );
    if errors.details().len() > before {
        return None;
    }
    let takes_no_part = |address: &EmailAddress| configuration.others.contains(address);
    let named: Vec<_> = named.into_iter().filter(|address| !takes_no_part(address)).collect();
    let knows = |address: &EmailAddress| configuration.participants.iter().any(|one| one.address == *address);
    if !named.iter().all(knows) {
        errors.add("participants", "must be participants of the configuration");
        return None;
    }
    if configuration.is_round_robin() {
        if named.len() > 1 {
            errors.add("participants", "must have at most one entry, the host");
            return None;
        }
        return Some(named.into_iter().next());
    }
    let taking_part = configuration.participants.iter().filter(|one| one.takes_part);
    if !named.is_empty() && !taking_part.clone().all(|one| named.contains(&one.address)) {
        errors.add("participants", "must be empty, or have every participant who takes part in bookings");
        return None;
    }
    Some(None)
}

/// The guest's time zone and language, which may be in the query too.
fn locale(
    errors: &mut FieldErrors,
    time_zone: Field<String>,
    language: Field<String>,
    request: &Request,
) -> (Option<String>, Option<String>) {
    let in_body = errors.optional("timezone", time_zone);
    let in_query = errors.optional("timezone", Field::of_query(request.query.get("timezone")));
    let text = in_body.or(in_query).filter(|text| !text.trim().is_empty());
    let time_zone = errors.parsed("timezone", text, |text| text.trim().parse::<TimeZone>());
    let language = errors.optional("email_language", language).map(|text| text.to_lowercase());
    let language = language.map(|text| if LANGUAGES.contains(&text.as_str()) { text } else { "en".to_owned() });
    (time_zone.map(|zone| zone.name().to_owned()), language)
}

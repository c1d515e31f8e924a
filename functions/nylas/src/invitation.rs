//! The texts of a booking's event: Microsoft's invitations, updates and cancellations show them.
//!
//! Guests see the links for guests only. The organizer's links stand in the body of a pending booking, whose event no one else gets,
//! and are gone from it in the request that invites the guest.

use std::{collections::BTreeMap, fmt::Write as _};

use chrono::{DateTime, Utc};
use convene::{
    domain::{BookingContent, BookingId, PlainText, TimeSpan, TimeZone},
    scheduling::{bookings::Texts, records::booking::BookingRecord},
};

use crate::{
    configuration::{Configuration, FieldKind},
    reference::reference,
};

/// The longest text that is put into a title or a description for a token, in characters. The rest is in the answers.
const MAX_TOKEN: usize = 1024;

/// A title or a description with its tokens replaced, once: what a guest wrote is not looked through. Unknown tokens stay.
pub fn expanded(template: &str, configuration: &Configuration, content: &BookingContent) -> String {
    let mut values = BTreeMap::from([
        ("invitee", content.guest.name.clone()),
        ("invitee_email", content.guest.email.clone()),
        ("duration", format!("{} min", configuration.minutes())),
    ]);
    for field in &configuration.scheduler.fields {
        let answer = content.answers.get(&field.key).cloned().unwrap_or_default();
        values.entry(&field.key).or_insert(answer);
    }
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(start) = rest.find("${") {
        let (before, token) = rest.split_at(start);
        text.push_str(before);
        let known = token.find('}').and_then(|end| Some((end, values.get(&token[2..end])?)));
        if let Some((end, value)) = known {
            text.extend(indented(value).chars().take(MAX_TOKEN));
            rest = &token[end + 1..];
        } else {
            text.push_str("${");
            rest = &token[2..];
        }
    }
    text.push_str(rest);
    text
}

/// Who reads a body, and so whose links stand in it.
pub enum Reader<'a> {
    /// The organizer alone: the booking is pending. `salt`: of the organizer's link.
    Organizer { salt: Option<&'a str> },
    /// All invited people.
    Guests,
}

/// The texts of a booking's event.
pub fn texts(
    configuration: &Configuration,
    id: BookingId,
    record: &BookingRecord,
    span: TimeSpan,
    reader: &Reader<'_>,
) -> Texts {
    Texts {
        subject: record.content.title.as_str().into(),
        body: body(configuration, id, record, span, reader),
        location: record.content.location.as_str().into(),
    }
}

/// The body of a booking's event.
pub fn body(
    configuration: &Configuration,
    id: BookingId,
    record: &BookingRecord,
    span: TimeSpan,
    reader: &Reader<'_>,
) -> PlainText {
    let content = &record.content;
    let mut paragraphs = Vec::new();
    if !content.description.is_empty() {
        paragraphs.push(content.description.clone());
    }
    let answers = answers(configuration, content);
    if !answers.is_empty() {
        paragraphs.push(answers.join("\n"));
    }
    paragraphs.push(times(configuration, record, span).join("\n"));
    let scheduler = &configuration.scheduler;
    match reader {
        Reader::Organizer { salt } => {
            let guests = std::iter::once(&content.guest).chain(&content.additional_guests);
            let guests: Vec<_> = guests.map(|guest| format!("{} <{}>", guest.name, guest.email)).collect();
            paragraphs.push(format!("Requested by {}", guests.join(", ")));
            if let Some((template, salt)) = scheduler.confirmation.as_ref().zip(*salt) {
                let url = template.url(&reference(record.configuration, id, salt));
                paragraphs.push(format!("Confirm or reject: {url}"));
            }
        }
        Reader::Guests => {
            let reference = reference(record.configuration, id, &record.guest_salt);
            let links = [("Reschedule", &scheduler.rescheduling), ("Cancel", &scheduler.cancellation)];
            let links = links.into_iter().filter_map(|(what, template)| Some((what, template.as_ref()?)));
            let links: Vec<_> = links.map(|(what, link)| format!("{what}: {}", link.url(&reference))).collect();
            if !links.is_empty() {
                paragraphs.push(links.join("\n"));
            }
        }
    }
    paragraphs.join("\n\n").into()
}

/// The guest's answers, with the questions that guests see.
fn answers(configuration: &Configuration, content: &BookingContent) -> Vec<String> {
    let fields = configuration.scheduler.fields.iter().filter(|field| field.kind != FieldKind::Metadata);
    let answers = fields.filter_map(|field| Some((field, content.answers.get(&field.key)?)));
    answers.map(|(field, answer)| format!("{}: {}", field.label, indented(answer))).collect()
}

/// A guest's text whose further lines cannot be taken for lines of ours, such as a link.
fn indented(text: &str) -> String {
    text.replace('\n', "\n    ")
}

/// When the booking takes place, in the guest's zone, and in the organizer's if that is another one.
fn times(configuration: &Configuration, record: &BookingRecord, span: TimeSpan) -> Vec<String> {
    let organizer =
        configuration.person(&record.event.organizer).map_or(&configuration.event.zone, |person| &person.zone);
    let guest = record.content.time_zone.as_deref().and_then(|zone| zone.parse::<TimeZone>().ok());
    let mut zones = vec![organizer.clone()];
    if let Some(guest) = guest.filter(|guest| guest != organizer) {
        zones.insert(0, guest);
    }
    zones.iter().map(|zone| in_zone(zone, span)).collect()
}

/// `Monday, 1 February 2027, 10:00 to 10:30 (Europe/Berlin, UTC+01:00)`.
fn in_zone(zone: &TimeZone, span: TimeSpan) -> String {
    let local = |at: DateTime<Utc>| at.naive_utc() + zone.offset_at(at);
    let (start, end) = (local(span.start()), local(span.end()));
    let mut text = format!("{}, {} to {}", start.format("%A, %-d %B %Y"), start.format("%H:%M"), end.format("%H:%M"));
    if end.date() != start.date() {
        let _ = write!(text, " on {}", end.format("%-d %B"));
    }
    let offset = zone.offset_at(span.start()).num_minutes();
    let (sign, minutes) = if offset < 0 { ('-', -offset) } else { ('+', offset) };
    let _ = write!(text, " ({}, UTC{sign}{:02}:{:02})", zone.name(), minutes / 60, minutes % 60);
    text
}

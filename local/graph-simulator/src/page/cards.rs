//! An event in full, with what a person can do about it.

use maud::{Markup, html};

use super::week::Week;
use super::words::{look, span, subject};
use crate::body;
use crate::ids::{self, IdKind};
use crate::model::{Attendee, AttendeeKind, Event, Response};
use crate::store::Calendar;

pub(super) fn card(calendar: &Calendar, week: Week, event: &Event) -> Markup {
    let own = &calendar.info.address;
    let notes = body::as_text(&event.body);
    html! {
        article class={ "card " (look(event)) } id={ "e" (event.key) } {
            h3 { (subject(event)) }
            p.when { (span(event)) }
            p.badges {
                span.badge { (shown(event)) }
                @if event.cancelled { span.badge { "cancelled" } }
                @if event.join_url.is_some() { span.badge { "Teams" } }
                @if event.sensitivity.word() != "normal" { span.badge { (event.sensitivity.word()) } }
                @if !event.is_organizer { span.badge { "your answer: " (answer(event.response)) } }
            }
            dl {
                @if let Some(place) = event.location["displayName"].as_str().filter(|p| !p.is_empty()) {
                    dt { "Where" } dd { (place) }
                }
                dt { "Organizer" }
                dd { (event.organizer.name) @if event.organizer.name != event.organizer.address { " " span.mail { (event.organizer.address) } } }
                @if !event.attendees.is_empty() {
                    dt { "Invited" }
                    dd { ul.people { @for attendee in &event.attendees { (person(attendee, event, own)) } } }
                }
            }
            @if !notes.trim().is_empty() {
                details { summary { "Notes" } pre { (notes) } }
            }
            (buttons(calendar, week, event))
        }
    }
}

fn shown(event: &Event) -> &'static str {
    match event.shown_as().word() {
        "oof" => "out of office",
        "workingElsewhere" => "working elsewhere",
        word => word,
    }
}

fn answer(response: Response) -> &'static str {
    match response {
        Response::Accepted => "accepted",
        Response::TentativelyAccepted => "tentative",
        Response::Declined => "declined",
        Response::Organizer => "organizer",
        Response::None | Response::NotResponded => "no answer yet",
    }
}

fn person(attendee: &Attendee, event: &Event, own: &str) -> Markup {
    // A copy knows its owner's answer only; the organizer's item knows all.
    let own_entry = attendee.person.address.eq_ignore_ascii_case(own);
    let response = if own_entry && !event.is_organizer { event.response } else { attendee.response };
    let (class, sign) = match response {
        Response::Accepted | Response::Organizer => ("yes", "✓"),
        Response::TentativelyAccepted => ("maybe", "?"),
        Response::Declined => ("no", "✕"),
        Response::None | Response::NotResponded => ("open", "·"),
    };
    let told = event.is_organizer || own_entry;
    html! {
        li {
            span class={ "sign " (class) } title=(answer(response)) { (sign) }
            span.mail { (attendee.person.address) }
            @if attendee.kind != AttendeeKind::Required { " " small { (attendee.kind.word()) } }
            @if told { " " small { (answer(response)) } }
        }
    }
}

fn hidden(mailbox: &str, week: Week, id: &str) -> Markup {
    html! {
        input type="hidden" name="mailbox" value=(mailbox);
        input type="hidden" name="event" value=(id);
        input type="hidden" name="week" value=(week.monday());
    }
}

fn buttons(calendar: &Calendar, week: Week, event: &Event) -> Markup {
    let mailbox = &calendar.info.address;
    let id = ids::encode(calendar.guid, event, IdKind::Immutable);
    let (start, end) = (event.start.format("%Y-%m-%dT%H:%M"), event.end.format("%Y-%m-%dT%H:%M"));
    html! {
        @if event.is_organizer {
            details.act {
                summary { "Move, delete or uninvite, as in Outlook" }
                form method="post" action="/calendars/move" {
                    (hidden(mailbox, week, &id))
                    label { "Start " input type="datetime-local" name="start" value=(start) required; }
                    label { "End " input type="datetime-local" name="end" value=(end) required; }
                    button { "Move" }
                }
                form method="post" action="/calendars/delete" {
                    (hidden(mailbox, week, &id))
                    button.danger { "Delete" }
                }
                @if !event.attendees.is_empty() {
                    form method="post" action="/calendars/uninvite" {
                        (hidden(mailbox, week, &id))
                        label {
                            "Attendee "
                            select name="attendee" {
                                @for attendee in &event.attendees {
                                    option value=(attendee.person.address) { (attendee.person.address) }
                                }
                            }
                        }
                        button.danger { "Remove" }
                    }
                }
            }
        } @else {
            form.answers method="post" action="/calendars/respond" {
                (hidden(mailbox, week, &id))
                button name="response" value="accept" aria-pressed=[pressed(event, Response::Accepted)] { "Accept" }
                button name="response" value="tentative" aria-pressed=[pressed(event, Response::TentativelyAccepted)] { "Tentative" }
                button name="response" value="decline" { "Decline" }
            }
        }
    }
}

fn pressed(event: &Event, response: Response) -> Option<&'static str> {
    (event.response == response).then_some("true")
}

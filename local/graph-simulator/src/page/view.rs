//! The page: the mailboxes, the week, and a card for each of its events.

use std::sync::Arc;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::cards;
use super::grid::grid;
use super::style::STYLE;
use super::week::Week;
use crate::clock::Instant;
use crate::model::Event;
use crate::options::MailboxKind;
use crate::store::{Calendar, World};

/// What one page shows.
pub(super) struct Shown<'a> {
    pub(super) calendar: &'a Calendar,
    pub(super) week: Week,
    pub(super) events: &'a [Arc<Event>],
    /// Those in the inbox, of any week.
    pub(super) invitations: &'a [Arc<Event>],
    pub(super) now: Instant,
}

/// Cards beyond these are only counted.
const CARDS: usize = 200;

/// The address of a mailbox's week.
pub(super) fn address(mailbox: &str, week: Week) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("mailbox", mailbox)
        .append_pair("week", &week.monday().to_string())
        .finish();
    format!("/calendars?{query}")
}

fn frame(title: &str, side: &Markup, main: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                nav.side aria-label="Mailboxes" { (side) }
                main { (main) }
            }
        }
    }
}

/// A page that only says something.
pub(super) fn message(world: &World, title: &str, text: &str) -> Markup {
    let main = html! {
        header.top { h1 { (title) } }
        p.empty { (text) " " a href="/calendars" { "Back to the calendars" } }
    };
    frame(title, &side(world, None, Week::current()), &main)
}

pub(super) fn page(world: &World, shown: &Shown<'_>) -> Markup {
    let Shown { calendar, week, events, invitations, .. } = shown;
    let name = calendar.name();
    let main = html! {
        header.top {
            div {
                h1 { (name) }
                p.sub { (calendar.info.address) " · all times in UTC" }
            }
            (week_picker(&calendar.info.address, *week))
        }
        @if !invitations.is_empty() {
            section.agenda aria-label="Invitations" {
                h2 { "Invitations that are not in the calendar" }
                div.cards {
                    @for event in invitations.iter().take(CARDS) { (cards::card(calendar, *week, event)) }
                }
            }
        }
        @if events.is_empty() { (empty(calendar, *week)) }
        (grid(shown))
        @if !events.is_empty() {
            section.agenda aria-label="Events of the week" {
                h2 { @if events.len() == 1 { "1 event" } @else { (events.len()) " events" } " this week" }
                div.cards {
                    @for event in events.iter().take(CARDS) { (cards::card(calendar, *week, event)) }
                }
                @if events.len() > CARDS { p.sub { "… and " (events.len() - CARDS) " more." } }
            }
        }
    };
    frame(&format!("{name} · {}", week.title()), &side(world, Some(calendar), *week), &main)
}

fn side(world: &World, current: Option<&Calendar>, week: Week) -> Markup {
    html! {
        a.brand href="/calendars" { "Calendars" }
        @for (id, directory) in &world.directories {
            h2 { (directory.domains.first().unwrap_or(id)) }
            ul {
                @for key in directory.mailboxes.values() {
                    @if let Some(calendar) = world.calendars.get(key) {
                        li {
                            a href=(address(&calendar.info.address, week))
                              aria-current=[current.is_some_and(|c| c.guid == calendar.guid).then_some("page")] {
                                span.avatar.room[calendar.info.kind == MailboxKind::Room] aria-hidden="true" { (initials(calendar.name())) }
                                span.who { (calendar.name()) small { (calendar.info.address) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn initials(name: &str) -> String {
    let mut letters = name.split(|c: char| !c.is_alphanumeric()).filter_map(|word| word.chars().next());
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    first + &letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default()
}

fn week_picker(mailbox: &str, week: Week) -> Markup {
    html! {
        div.picker {
            a.button href=(address(mailbox, week.shifted(-1))) title="The week before" { "‹" span.hidden { "Previous week" } }
            strong { (week.title()) }
            a.button href=(address(mailbox, week.shifted(1))) title="The week after" { "›" span.hidden { "Next week" } }
            a.button href=(address(mailbox, Week::current())) { "Today" }
            form method="get" action="/calendars" {
                input type="hidden" name="mailbox" value=(mailbox);
                input type="date" name="week" value=(week.monday()) aria-label="Jump to a date";
                button { "Go" }
            }
        }
    }
}

fn empty(calendar: &Calendar, week: Week) -> Markup {
    let mailbox = &calendar.info.address;
    let next = calendar.next_after(week.end()).map(|event| Week::of(event.start));
    let last = calendar.last_before(week.start()).map(|event| Week::of(event.start));
    html! {
        p.empty {
            "Nothing is in the calendar this week. "
            @if let Some(next) = next {
                "The next event is in the week of " a href=(address(mailbox, next)) { (next.title()) } "."
            } @else if let Some(last) = last {
                "The last event was in the week of " a href=(address(mailbox, last)) { (last.title()) } "."
            } @else {
                "The calendar is empty: what is booked will show here."
            }
        }
    }
}

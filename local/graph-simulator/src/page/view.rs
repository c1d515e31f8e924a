//! The page: the mailboxes, the week, and a card for each of its events.

use std::sync::Arc;

use chrono::{Timelike, Utc};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::cards;
use super::style::STYLE;
use super::week::{Bar, Block, Week};
use super::words::{look, span, subject};
use crate::clock::Instant;
use crate::model::Event;
use crate::options::MailboxKind;
use crate::store::{Calendar, World};

/// What one page shows.
pub(super) struct Shown<'a> {
    pub(super) calendar: &'a Calendar,
    pub(super) week: Week,
    pub(super) events: &'a [Arc<Event>],
    pub(super) now: Instant,
}

/// The height of an hour: three lines of text, which the style repeats as `--hour`.
const HOUR_REM: f64 = 3.5;
/// The height of a line of an event's text, and what its padding and the gap below it take. The style says the same.
const LINE_REM: f64 = 1.04;
const FRAME_REM: f64 = 0.32;
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
    let Shown { calendar, week, events, .. } = shown;
    let name = calendar.name();
    let main = html! {
        header.top {
            div {
                h1 { (name) }
                p.sub { (calendar.info.address) " · all times in UTC" }
            }
            (week_picker(&calendar.info.address, *week))
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

fn grid(shown: &Shown<'_>) -> Markup {
    let Shown { week, events, now, .. } = shown;
    let days: Vec<Vec<Block>> = (0..7).map(|day| week.blocks(day, events)).collect();
    let first = days.iter().flatten().map(|b| b.from / 60).min().unwrap_or(7).min(7);
    let last = days.iter().flatten().map(|b| (b.to + 59) / 60).max().unwrap_or(19).max(19);
    let bars = week.bars(events);
    let today = now.date_naive();
    html! {
        div.scroll {
            div.week {
                div.corner { "UTC" }
                @for day in 0..7 {
                    @let date = week.day(day);
                    div.day-head.today[date == today] { (date.format("%a")) " " b { (date.format("%-d")) } }
                }
                @if !bars.is_empty() {
                    div.corner.all-day-label { "all day" }
                    div.all-day { @for bar in &bars { (all_day(bar)) } }
                }
                div.hours style=(format!("height:{}rem", rem(last - first))) {
                    @for hour in first..last {
                        span style=(format!("top:{}rem", rem(hour - first))) { (format!("{hour:02}:00")) }
                    }
                }
                @for (day, blocks) in (0_i64..).zip(&days) {
                    div.day.today[week.day(day) == today] style=(format!("height:{}rem", rem(last - first))) {
                        @for block in blocks { (timed(block, first)) }
                        @if week.day(day) == today { (now_line(*now, first, last)) }
                    }
                }
            }
        }
    }
}

/// Hours in the page's measure. Both numbers are small, so nothing is lost in the conversion.
#[allow(clippy::cast_precision_loss)]
fn rem(hours: i64) -> f64 {
    hours as f64 * HOUR_REM
}

#[allow(clippy::cast_precision_loss)]
fn minutes_rem(minutes: i64) -> f64 {
    minutes as f64 / 60.0 * HOUR_REM
}

fn now_line(now: Instant, first: i64, last: i64) -> Markup {
    let minutes = i64::from(now.with_timezone(&Utc).num_seconds_from_midnight() / 60);
    html! {
        @if (first * 60..last * 60).contains(&minutes) {
            div.now style=(format!("top:{:.2}rem", minutes_rem(minutes - first * 60))) {}
        }
    }
}

#[allow(clippy::cast_precision_loss)]
fn timed(block: &Block, first: i64) -> Markup {
    let event = &block.event;
    let width = 100.0 / block.lanes as f64;
    let height = minutes_rem(block.to - block.from);
    let lines = whole_lines(height);
    let location = event.location["displayName"].as_str().filter(|name| lines > 2 && !name.is_empty());
    // The subject has what the time, and the place where there is room for it, leave over.
    let for_subject = lines.saturating_sub(1 + usize::from(location.is_some())).max(1);
    let place = format!(
        "top:{:.2}rem;height:{:.2}rem;left:{:.2}%;width:calc({width:.2}% - 3px);--lines:{for_subject}",
        minutes_rem(block.from - first * 60),
        height - 0.1,
        block.lane as f64 * width,
    );
    // One line has room for the start and the subject.
    let short = lines < 2;
    html! {
        a class={ "event " (look(event)) @if short { " short" } } href={ "#e" (event.key) } style=(place) title=(hint(event)) {
            b { (subject(event)) }
            span { (event.start.format("%H:%M")) @if !short { "–" (event.end.format("%H:%M")) } }
            @if let Some(location) = location { span { (location) } }
        }
    }
}

/// How many lines of text an event of this height has room for. A line that would be cut is none.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole_lines(height: f64) -> usize {
    ((height - FRAME_REM) / LINE_REM).max(0.0) as usize
}

fn all_day(bar: &Bar) -> Markup {
    let event = &bar.event;
    html! {
        a class={ "event " (look(event)) } href={ "#e" (event.key) } title=(hint(event))
          style=(format!("grid-column:{}/{}", bar.from + 1, bar.to + 1)) { b { (subject(event)) } }
    }
}

fn hint(event: &Event) -> String {
    format!("{} · {} · organized by {}", subject(event), span(event), event.organizer.address)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::meetings::blank;

    /// The height of a block, and how many lines of text are drawn in it at most.
    fn drawn(minutes: i64, location: &str) -> (f64, usize) {
        let mut event = blank(1, Utc::now());
        "A subject of several words that wrap in a narrow column".clone_into(&mut event.subject);
        event.location = json!({ "displayName": location });
        let block = Block { event: Arc::new(event), from: 9 * 60, to: 9 * 60 + minutes, lane: 0, lanes: 1 };
        let html = timed(&block, 7).into_string();
        let number = |name: &str| {
            let (_, rest) = html.split_once(name).unwrap_or_else(|| panic!("no {name} in {html}"));
            rest.split(['r', '"', ';']).next().and_then(|text| text.parse().ok()).expect("a number")
        };
        let (height, subject): (f64, f64) = (number(";height:"), number("--lines:"));
        // The time stands beside the subject of a short one, and below it otherwise.
        let beside = if html.contains(" short\"") { 0 } else { html.matches("<span>").count() };
        (height, whole_lines(subject * LINE_REM + FRAME_REM + 0.01) + beside)
    }

    #[test]
    fn an_event_of_an_hour_has_room_for_subject_time_and_place() {
        assert_eq!(drawn(60, "Room 5").1, 3);
        assert_eq!(drawn(30, "Room 5").1, 1);
    }

    #[test]
    fn no_line_of_an_event_is_cut_however_long_it_is() {
        for minutes in 28..=24 * 60 {
            for location in ["", "Room 5"] {
                let (height, lines) = drawn(minutes, location);
                #[allow(clippy::cast_precision_loss)]
                let needed = lines as f64 * LINE_REM + FRAME_REM - 0.1;
                assert!(needed <= height + 0.01, "{minutes} minutes at {location:?}: {lines} lines in {height}rem");
                assert!(height - needed < 2.0 * LINE_REM, "{minutes} minutes at {location:?}: only {lines} lines");
            }
        }
    }
}

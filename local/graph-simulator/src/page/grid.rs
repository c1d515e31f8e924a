//! The week as a grid: a column for each day, and the events of a day as blocks as high as they are long.

use chrono::{Timelike, Utc};
use maud::{Markup, html};

use super::view::Shown;
use super::week::{Bar, Block};
use super::words::{look, span, subject};
use crate::clock::Instant;
use crate::model::Event;

/// The height of an hour: three lines of text, which the style repeats as `--hour`.
const HOUR_REM: f64 = 3.5;
/// The height of a line of an event's text, and what its padding and the gap below it take. The style says the same.
const LINE_REM: f64 = 1.04;
const FRAME_REM: f64 = 0.32;
/// The days of the week with what is in them.
pub(super) fn grid(shown: &Shown<'_>) -> Markup {
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
    use std::sync::Arc;

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

//! What the week and the cards both say of an event.

use chrono::TimeDelta;

use crate::model::{Event, ShowAs};

/// What an event is called.
pub(super) fn subject(event: &Event) -> &str {
    if event.subject.is_empty() { "(no subject)" } else { &event.subject }
}

/// The times of an event in words.
pub(super) fn span(event: &Event) -> String {
    let (start, end) = (event.start, event.end);
    if let Some(days) = event.days {
        let last = days.end - TimeDelta::days(1);
        return if days.first == last {
            format!("{}, all day", days.first.format("%a %-d %b"))
        } else {
            format!("{} – {}, all day", days.first.format("%a %-d %b"), last.format("%a %-d %b"))
        };
    }
    if start.date_naive() == end.date_naive() {
        format!("{}, {} – {} UTC", start.format("%a %-d %b"), start.format("%H:%M"), end.format("%H:%M"))
    } else {
        format!("{} – {} UTC", start.format("%a %-d %b %H:%M"), end.format("%a %-d %b %H:%M"))
    }
}

/// The class that colours an event.
pub(super) fn look(event: &Event) -> &'static str {
    if event.cancelled {
        return "cancelled";
    }
    match event.shown_as() {
        ShowAs::Free => "free",
        ShowAs::Tentative => "tentative",
        ShowAs::Busy | ShowAs::Unknown => "busy",
        ShowAs::Oof => "oof",
        ShowAs::WorkingElsewhere => "elsewhere",
    }
}

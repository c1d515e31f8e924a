//! From calendar entries to the times somebody is not available.

use crate::domain::TimeSpan;

/// How a calendar entry occupies its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BusyStatus {
    /// The person can be booked.
    Free,
    /// Not certain.
    Tentative,
    /// Busy.
    Busy,
    /// Out of office.
    OutOfOffice,
    /// Working, in another place: the person can be booked.
    WorkingElsewhere,
    /// Something this version does not know.
    Unknown,
}

/// One entry of somebody's calendar, as free/busy shows it. May reach beyond the window asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusyEntry {
    /// When.
    pub span: TimeSpan,
    /// How.
    pub status: BusyStatus,
}

/// When the owner of these entries is not available during `window`: busy, out of office, and tentative where the tenant
/// says so; clipped to the window, in order, overlapping and touching spans joined.
pub fn unavailable(entries: &[BusyEntry], window: &TimeSpan, tentative_is_busy: bool) -> Vec<TimeSpan> {
    let blocks = |status| match status {
        // An entry of a kind we do not know is there for a reason: better not to book over it.
        BusyStatus::Busy | BusyStatus::OutOfOffice | BusyStatus::Unknown => true,
        BusyStatus::Tentative => tentative_is_busy,
        BusyStatus::Free | BusyStatus::WorkingElsewhere => false,
    };
    let mut spans: Vec<_> =
        entries.iter().filter(|entry| blocks(entry.status)).filter_map(|entry| entry.span.clip(window)).collect();
    spans.sort_unstable();
    let mut joined: Vec<TimeSpan> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start() <= last.end() => *last = last.extended_to(span.end()),
            _ => joined.push(span),
        }
    }
    joined
}

use crate::domain::{BusyEntry, BusyStatus, TimeSpan};

/// The times within `window` at which the owner of a calendar is not available: busy, out of office, and tentative if
/// `tentative_is_busy`. The spans are clipped to the window and sorted; overlapping and adjacent spans are merged.
pub fn unavailable(entries: &[BusyEntry], window: &TimeSpan, tentative_is_busy: bool) -> Vec<TimeSpan> {
    let blocks = |status| match status {
        // An entry with an unknown status may be a commitment, so its time is not offered.
        BusyStatus::Busy | BusyStatus::OutOfOffice | BusyStatus::Unknown => true,
        BusyStatus::Tentative => tentative_is_busy,
        BusyStatus::Free | BusyStatus::WorkingElsewhere => false,
    };
    let mut spans: Vec<_> =
        entries.iter().filter(|entry| blocks(entry.status)).filter_map(|entry| entry.span.clip(window)).collect();
    spans.sort_unstable();
    let mut merged: Vec<TimeSpan> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start() <= last.end() => *last = last.extended_to(span.end()),
            _ => merged.push(span),
        }
    }
    merged
}

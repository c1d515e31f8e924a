//! Entries of free/busy as Graph describes them, in schedules and in calendars.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use crate::domain::{BusyEntry, BusyStatus, TimeSpan};

/// The status that Graph's word stands for, in any case: Graph writes `Busy` as well as `busy`.
pub(super) fn status(word: &str) -> BusyStatus {
    match word.to_ascii_lowercase().as_str() {
        "free" => BusyStatus::Free,
        "tentative" => BusyStatus::Tentative,
        "busy" => BusyStatus::Busy,
        "oof" => BusyStatus::OutOfOffice,
        "workingelsewhere" => BusyStatus::WorkingElsewhere,
        _ => BusyStatus::Unknown,
    }
}

/// The entry of an exact time. It ends at a full second, rounded up. `None`: the time has no length.
pub(super) fn entry((start, end): (DateTime<Utc>, DateTime<Utc>), status: BusyStatus) -> Option<BusyEntry> {
    if start == end {
        return None;
    }
    let whole = end.trunc_subsecs(0);
    let end = if whole == end { whole } else { whole + TimeDelta::seconds(1) };
    let span = TimeSpan::new(start.trunc_subsecs(0), end).ok()?;
    Some(BusyEntry { span, status })
}

//! Time zones by the names that Windows, IANA and Exchange give them.

mod windows;

use chrono::{MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::{OffsetComponents as _, Tz};

use crate::clock::Instant;

/// Names of UTC that are in no list of zones.
const UTC: [&str; 3] = ["tzone://microsoft/utc", "coordinated universal time", "zulu"];

/// The zone with a name, in any case.
pub(crate) fn find(name: &str) -> Option<Tz> {
    let name = name.trim();
    if UTC.contains(&name.to_ascii_lowercase().as_str()) {
        return Some(Tz::UTC);
    }
    let iana =
        windows::NAMES.iter().find(|(windows, _)| windows.eq_ignore_ascii_case(name)).map_or(name, |(_, iana)| iana);
    let same_in_another_case =
        || chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(iana)).copied();
    iana.parse().ok().or_else(same_in_another_case)
}

/// The instant at which a clock of the zone shows a time: the first one if it does so twice, and if it never does, because
/// clocks are put forward over it, the one at which they are.
pub(crate) fn instant(zone: Tz, local: NaiveDateTime) -> Instant {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(time) | MappedLocalTime::Ambiguous(time, _) => time.to_utc(),
        MappedLocalTime::None => {
            // No zone has ever skipped more than a day.
            let mut minutes = (1..=24 * 60).map(|minutes| local + TimeDelta::minutes(minutes));
            let after = minutes.find_map(|later| zone.from_local_datetime(&later).earliest());
            after.map_or_else(|| Utc.from_utc_datetime(&local), |time| time.to_utc())
        }
    }
}

/// What a clock of the zone shows.
pub(crate) fn local(zone: Tz, instant: Instant) -> NaiveDateTime {
    instant.with_timezone(&zone).naive_local()
}

/// When a day begins in a zone.
pub(crate) fn beginning(zone: Tz, day: NaiveDate) -> Instant {
    instant(zone, day.and_time(NaiveTime::MIN))
}

/// Exchange's `bias` and `daylightBias` of a zone: the minutes to add to local time for UTC, and those to add to `bias` while
/// clocks are put forward.
pub(crate) fn bias(zone: Tz) -> (i64, i64) {
    let offsets = |month| Utc.with_ymd_and_hms(2026, month, 1, 0, 0, 0).earliest().map(|at| at.with_timezone(&zone));
    let saving = [1, 7].into_iter().filter_map(offsets).map(|at| at.offset().dst_offset()).max().unwrap_or_default();
    let standard = offsets(1).map(|at| at.offset().base_utc_offset()).unwrap_or_default();
    (-standard.num_minutes(), -saving.num_minutes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begins(zone: &str, day: &str) -> String {
        let (zone, day) = (find(zone).expect("a zone"), day.parse().expect("a date"));
        beginning(zone, day).to_rfc3339()
    }

    #[test]
    fn zones_have_names_of_windows_and_of_iana() {
        for (name, iana) in [
            ("Pacific Standard Time", "America/Los_Angeles"),
            ("pacific standard time", "America/Los_Angeles"),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("America/Sao_Paulo", "America/Sao_Paulo"),
            ("tzone://Microsoft/Utc", "UTC"),
        ] {
            assert_eq!(find(name).map(Tz::name), Some(iana), "{name}");
        }
        assert!(windows::NAMES.iter().all(|(windows, iana)| find(windows).is_some_and(|zone| zone.name() == *iana)));
        assert_eq!(find("Mars/Olympus"), None);
    }

    #[test]
    fn a_day_begins_when_clocks_first_show_it() {
        for (zone, day, begin) in [
            ("Pacific Standard Time", "2026-05-04", "2026-05-04T07:00:00+00:00"),
            ("India Standard Time", "2026-05-04", "2026-05-03T18:30:00+00:00"),
            // Clocks are put forward from midnight to one o'clock.
            ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00+00:00"),
            // Clocks are put back from one o'clock to midnight.
            ("America/Havana", "2026-11-01", "2026-11-01T04:00:00+00:00"),
        ] {
            assert_eq!(begins(zone, day), begin, "{zone}");
        }
    }
}

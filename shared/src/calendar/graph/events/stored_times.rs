//! When an all-day event starts and ends. Graph's own times of it are dates, written as midnight UTC whatever the mailbox's
//! zone is. The stored item has instants, which Outlook and free/busy use. Every read requests them, since only the response
//! says whether the event lasts all day. See `docs/decisions/0015-all-day-events.md`.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use serde::Deserialize;

/// `PidLidAppointmentStartWhole` and `PidLidAppointmentEndWhole` of MS-OXOCAL, as Graph names such properties.
const START: &str = "SystemTime {00062002-0000-0000-C000-000000000046} Id 0x820D";
const END: &str = "SystemTime {00062002-0000-0000-C000-000000000046} Id 0x820E";

/// How much sooner and later than in UTC a day can begin.
const MAX_EAST: TimeDelta = TimeDelta::hours(14);
const MAX_WEST: TimeDelta = TimeDelta::hours(12);

/// The filter that requests both properties.
pub(crate) fn filter() -> String {
    format!("id eq '{START}' or id eq '{END}'")
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PropertyIn {
    id: Option<String>,
    value: Option<String>,
}

/// Start and end. `None`: a property is absent or cannot be read.
pub(super) fn of(properties: &[PropertyIn]) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    Some((instant(properties, START)?, instant(properties, END)?))
}

/// Start and end of an all-day event that Graph says has these dates. Where the stored times are absent, or are those of another
/// day (of the first event of a series, for example), the event gets all the time that these dates are in any zone: too much
/// rather than time that counts as free although it is not.
pub(super) fn of_dates(
    (first, end): (DateTime<Utc>, DateTime<Utc>),
    properties: &[PropertyIn],
) -> (DateTime<Utc>, DateTime<Utc>) {
    let is_in_a_zone =
        |stored: DateTime<Utc>, midnight: DateTime<Utc>| (midnight - MAX_EAST..=midnight + MAX_WEST).contains(&stored);
    let stored = of(properties).filter(|times| is_in_a_zone(times.0, first) && is_in_a_zone(times.1, end));
    stored.unwrap_or((first - MAX_EAST, end + MAX_WEST))
}

fn instant(properties: &[PropertyIn], id: &str) -> Option<DateTime<Utc>> {
    // Graph changes the case of ids.
    let named = |property: &&PropertyIn| property.id.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(id));
    let value = properties.iter().find(named)?.value.as_deref()?;
    Some(DateTime::parse_from_rfc3339(value).ok()?.to_utc().trunc_subsecs(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::format_utc;

    fn read(json: &str) -> Option<(String, String)> {
        let properties: Vec<PropertyIn> = serde_json::from_str(json).expect("readable");
        of(&properties).map(|(start, end)| (format_utc(start), format_utc(end)))
    }

    #[test]
    fn properties_are_matched_by_id_in_any_case_and_order() {
        let json = r#"[
            {"id": "SystemTime {00062002-0000-0000-c000-000000000046} Id 0x820e", "value": "2026-05-05T07:00:00Z"},
            {"id": "String {00062002-0000-0000-c000-000000000046} Id 0x8208", "value": "Room"},
            {"id": "SystemTime {00062002-0000-0000-c000-000000000046} Id 0x820d", "value": "2026-05-04T00:00:00.0000000-07:00"}]"#;
        assert_eq!(read(json), Some(("2026-05-04T07:00:00Z".to_owned(), "2026-05-05T07:00:00Z".to_owned())));
    }

    #[test]
    fn dates_without_stored_times_of_theirs_count_in_every_zone() {
        let at = |text: &str| crate::domain::parse_utc(text).expect("a time");
        let stored = |start: &str, end: &str| {
            let property =
                |id: &str, value: &str| PropertyIn { id: Some(id.to_owned()), value: Some(value.to_owned()) };
            let dates = (at("2026-05-04T00:00:00Z"), at("2026-05-05T00:00:00Z"));
            let (start, end) = of_dates(dates, &[property(START, start), property(END, end)]);
            (format_utc(start), format_utc(end))
        };
        for offset in ["+14:00", "-07:00", "-12:00"] {
            let (start, end) = (format!("2026-05-04T00:00:00{offset}"), format!("2026-05-05T00:00:00{offset}"));
            assert_eq!(stored(&start, &end), (format_utc(at(&start)), format_utc(at(&end))));
        }
        let all = ("2026-05-03T10:00:00Z".to_owned(), "2026-05-05T12:00:00Z".to_owned());
        assert_eq!(stored("2026-04-27T07:00:00Z", "2026-04-28T07:00:00Z"), all);
        assert_eq!(stored("2026-05-04T07:00:00Z", "later"), all);
    }

    #[test]
    fn absent_or_unreadable_properties_give_no_times() {
        let start =
            r#"{"id": "SystemTime {00062002-0000-0000-c000-000000000046} Id 0x820d", "value": "2026-05-04T07:00:00Z"}"#;
        let end = |value: &str| {
            format!(r#"{{"id": "SystemTime {{00062002-0000-0000-c000-000000000046}} Id 0x820e", "value": {value}}}"#)
        };
        for json in [
            "[]",
            &format!("[{start}]"),
            &format!("[{start}, {}]", end("null")),
            &format!("[{start}, {}]", end("\"soon\"")),
        ] {
            assert_eq!(read(json), None, "{json}");
        }
        // A time without a zone could be in any.
        assert_eq!(read(&format!("[{start}, {}]", end("\"2026-05-05T07:00:00\""))), None);
    }
}

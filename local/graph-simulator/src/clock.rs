//! Times as Graph reads and writes them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Timelike, Utc};
use serde_json::{Value, json};

use crate::error::GraphError;

/// Every time inside the simulator is an instant in UTC.
pub(crate) type Instant = DateTime<Utc>;

/// What Graph answers where nobody responded yet.
pub(crate) const NEVER: &str = "0001-01-01T00:00:00Z";

/// Reads a date and time; one without an offset is UTC.
pub(crate) fn parse(text: &str) -> Option<Instant> {
    let text = text.trim();
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.to_utc());
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"] {
        if let Ok(naive) = NaiveDateTime::parse_from_str(text, format) {
            return Some(naive.and_utc());
        }
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(date.and_hms_opt(0, 0, 0)?.and_utc())
}

/// Whether a zone is a name of UTC. Others need a zone database, which the simulator does without.
pub(crate) fn is_utc(zone: &str) -> bool {
    const NAMES: [&str; 7] =
        ["utc", "etc/utc", "gmt", "etc/gmt", "tzone://microsoft/utc", "zulu", "coordinated universal time"];
    NAMES.contains(&zone.to_ascii_lowercase().as_str())
}

pub(crate) fn unknown_zone(zone: &str) -> GraphError {
    GraphError::new(
        400,
        "TimeZoneNotSupportedException",
        format!("A valid TimeZone value must be specified. The following TimeZone value is not supported: '{zone}'."),
    )
}

/// Seven fractional digits and no offset, as in `2019-03-15T12:00:00.0000000`.
pub(crate) fn local(instant: Instant) -> String {
    format!("{}.{:07}", instant.format("%Y-%m-%dT%H:%M:%S"), instant.nanosecond() / 100 % 10_000_000)
}

/// The same with a `Z`, as Graph writes the times of its own doing.
pub(crate) fn zulu(instant: Instant) -> String {
    format!("{}Z", local(instant))
}

/// A `dateTimeTimeZone`.
pub(crate) fn with_zone(instant: Instant) -> Value {
    json!({ "dateTime": local(instant), "timeZone": "UTC" })
}

/// The time of a response.
pub(crate) fn response_time(instant: Option<Instant>) -> String {
    instant.map_or_else(|| NEVER.to_owned(), zulu)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_graph_reads_and_writes_seven_digits() {
        for text in
            ["2019-03-15T12:00:00", "2019-03-15T12:00:00.0000000", "2019-03-15T14:00:00+02:00", "2019-03-15T12:00"]
        {
            assert_eq!(parse(text).map(local).as_deref(), Some("2019-03-15T12:00:00.0000000"), "{text}");
        }
        assert!(parse("tomorrow").is_none());
        assert!(parse("2019-02-30T12:00:00").is_none());
        assert!(is_utc("Etc/UTC") && is_utc("GMT") && !is_utc("Mars/Olympus"));
    }
}

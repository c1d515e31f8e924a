//! Times as Graph reads and writes them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Timelike, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use crate::error::GraphError;
use crate::zones;

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

/// A date and time with the zone that it was sent in.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) instant: Instant,
    /// What a clock of the zone shows.
    pub(crate) local: NaiveDateTime,
    /// The zone's name.
    pub(crate) zone: String,
}

impl Sent {
    /// A time that was sent with its zone. Where the text has an offset, that counts.
    pub(crate) fn read(text: &str, zone_name: &str, zone: Tz) -> Option<Self> {
        let (instant, local) = if let Ok(time) = DateTime::parse_from_rfc3339(text.trim()) {
            (time.to_utc(), zones::local(zone, time.to_utc()))
        } else {
            // As it was sent, also where no clock of the zone ever shows it.
            let local = parse(text)?.naive_utc();
            (zones::instant(zone, local), local)
        };
        Some(Self { instant, local, zone: zone_name.to_owned() })
    }

    pub(crate) fn utc(instant: Instant) -> Self {
        Self { instant, local: instant.naive_utc(), zone: "UTC".to_owned() }
    }
}

/// The zone that a client wants times in: UTC unless it says otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    pub(crate) name: String,
    pub(crate) zone: Tz,
}

impl Zone {
    pub(crate) fn named(name: &str) -> Result<Self, GraphError> {
        let zone = zones::find(name).ok_or_else(|| unknown_zone(name))?;
        // What is UTC is called so.
        let name = if zone == Tz::UTC || is_utc(name) { "UTC" } else { name };
        Ok(Self { name: name.to_owned(), zone })
    }

    pub(crate) fn utc() -> Self {
        Self { name: "UTC".to_owned(), zone: Tz::UTC }
    }

    /// A `dateTimeTimeZone`.
    pub(crate) fn write(&self, instant: Instant) -> Value {
        json!({ "dateTime": seven_digits(zones::local(self.zone, instant)), "timeZone": self.name })
    }

    /// A day, which is the same in any zone.
    pub(crate) fn midnight(&self, day: NaiveDate) -> Value {
        json!({ "dateTime": seven_digits(day.and_time(chrono::NaiveTime::MIN)), "timeZone": self.name })
    }
}

fn is_utc(zone: &str) -> bool {
    ["etc/utc", "gmt", "etc/gmt"].contains(&zone.to_ascii_lowercase().as_str())
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
    seven_digits(instant.naive_utc())
}

fn seven_digits(time: NaiveDateTime) -> String {
    format!("{}.{:07}", time.format("%Y-%m-%dT%H:%M:%S"), time.nanosecond() / 100 % 10_000_000)
}

/// The same with a `Z`, as Graph writes the times of its own doing.
pub(crate) fn zulu(instant: Instant) -> String {
    format!("{}Z", local(instant))
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
        let name = |zone: &str| Zone::named(zone).map(|zone| zone.name).ok();
        assert_eq!((name("Etc/UTC").as_deref(), name("GMT").as_deref()), (Some("UTC"), Some("UTC")));
        assert_eq!(name("Pacific Standard Time").as_deref(), Some("Pacific Standard Time"));
        assert_eq!(name("Mars/Olympus"), None);
    }

    #[test]
    fn a_time_counts_in_the_zone_that_it_was_sent_with() {
        let sent = |text: &str, zone: &str| {
            let zone = Zone::named(zone).expect("a zone");
            let sent = Sent::read(text, &zone.name, zone.zone).expect("a time");
            (local(sent.instant), zone.write(sent.instant)["dateTime"].clone())
        };
        let expected = ("2026-05-04T16:00:00.0000000".to_owned(), json!("2026-05-04T09:00:00.0000000"));
        for text in ["2026-05-04T09:00:00", "2026-05-04T16:00:00Z", "2026-05-04T18:00:00+02:00"] {
            assert_eq!(sent(text, "Pacific Standard Time"), expected, "{text}");
        }
    }
}

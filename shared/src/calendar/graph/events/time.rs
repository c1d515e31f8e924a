//! Times in Graph's JSON.

use chrono::{DateTime, NaiveDateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

/// Always UTC, since Windows, IANA and Graph name other zones differently.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TimeOut {
    date_time: String,
    time_zone: &'static str,
}

impl From<DateTime<Utc>> for TimeOut {
    fn from(time: DateTime<Utc>) -> Self {
        Self { date_time: time.format("%Y-%m-%dT%H:%M:%S").to_string(), time_zone: "UTC" }
    }
}

/// A time in UTC, which the `Prefer` header asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TimeIn {
    date_time: Option<String>,
    time_zone: Option<String>,
}

impl TimeIn {
    /// The instant, truncated to seconds.
    pub(crate) fn instant(&self) -> Option<DateTime<Utc>> {
        Some(self.exact()?.trunc_subsecs(0))
    }

    /// The exact instant. Graph writes seven digits of a second's fraction, and as a rule no offset. `None`: the time cannot be
    /// read or is not in UTC.
    pub(crate) fn exact(&self) -> Option<DateTime<Utc>> {
        if !self.time_zone.as_deref().is_none_or(is_utc) {
            return None;
        }
        let text = self.date_time.as_deref()?;
        let time = match DateTime::parse_from_rfc3339(text) {
            Ok(time) => time.to_utc(),
            Err(_) => NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?.and_utc(),
        };
        Some(time)
    }
}

/// Whether a zone name of Windows, IANA or Exchange means UTC. London has a name of its own, so GMT is UTC.
fn is_utc(zone: &str) -> bool {
    const NAMES: [&str; 11] = [
        "",
        "utc",
        "etc/utc",
        "uct",
        "etc/uct",
        "gmt",
        "etc/gmt",
        "zulu",
        "etc/zulu",
        "tzone://microsoft/utc",
        "coordinated universal time",
    ];
    NAMES.contains(&zone.trim().to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_and_without_an_offset() {
        let instant = |text: &str| {
            TimeIn { date_time: Some(text.to_owned()), time_zone: None }.instant().map(crate::domain::format_utc)
        };
        assert_eq!(instant("2019-03-15T12:00:00.0000000").as_deref(), Some("2019-03-15T12:00:00Z"));
        assert_eq!(instant("2019-03-15T12:00:59.9990000").as_deref(), Some("2019-03-15T12:00:59Z"));
        for text in [
            "2019-03-15T12:00:00Z",
            "2019-03-15T12:00:00.0000000Z",
            "2019-03-15T12:00:00+00:00",
            "2019-03-15T14:00:00.0000000+02:00",
        ] {
            assert_eq!(instant(text).as_deref(), Some("2019-03-15T12:00:00Z"), "{text}");
        }
        assert_eq!((instant("2019-03-15"), instant("soon"), TimeIn::default().instant()), (None, None, None));
    }

    #[test]
    fn a_time_in_another_zone_is_not_read() {
        let read = |zone: &str| {
            let time = TimeIn { date_time: Some("2019-03-15T12:00:00".to_owned()), time_zone: Some(zone.to_owned()) };
            time.instant().is_some()
        };
        assert!(["UTC", "utc", "Etc/UTC", "tzone://Microsoft/Utc", "GMT", ""].into_iter().all(read));
        let elsewhere = ["Pacific Standard Time", "GMT Standard Time", "Europe/London", "tzone://Microsoft/Custom"];
        assert!(!elsewhere.into_iter().any(read));
    }
}

//! Instants, in UTC and whole seconds.

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};

/// Outlook's range of years ends in 4500.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=4500;

/// Why a text is not a date and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTime {
    #[error("must be a date and time such as 2020-10-16T10:00:00Z")]
    Malformed,
    #[error("must have a time of day, such as T10:00:00Z")]
    WithoutTime,
    #[error("must have a time zone, such as Z or +02:00")]
    WithoutZone,
    #[error("must have a date that exists")]
    ImpossibleDate,
    #[error("must have a time of day from 00:00:00 to 24:00:00")]
    ImpossibleTime,
    #[error("must have a time zone from -23:59 to +23:59")]
    ImpossibleZone,
    #[error("must be in a year from 1900 to 4500")]
    YearOutOfRange,
}

/// Parses a date and time with a time zone: RFC 3339, and what callers also send of ISO 8601. That is a zone as `+hhmm` or `+hh`, a
/// time without seconds, and `24:00:00` for the end of the day. Fractions of a second are dropped, because some callers send
/// `.000Z`. A leap second becomes the second before it.
pub fn parse_utc(text: &str) -> Result<DateTime<Utc>, InvalidTime> {
    use InvalidTime::{Malformed, WithoutTime, WithoutZone, YearOutOfRange};
    let mut rest = Rest(text.trim());
    let (year, month, day) = rest.date().ok_or(Malformed)?;
    if rest.0.is_empty() {
        return Err(date(year, month, day).map_or_else(|error| error, |_| WithoutTime));
    }
    let clock = rest.clock().ok_or(Malformed)?;
    let local = local(date(year, month, day)?, &clock)?;
    if rest.0.is_empty() {
        return Err(WithoutZone);
    }
    let offset = rest.offset().filter(|_| rest.0.is_empty()).ok_or(Malformed)?;
    let time = (local - seconds_of(offset)?).and_utc();
    if YEARS.contains(&time.year()) { Ok(time) } else { Err(YearOutOfRange) }
}

/// Formats an instant as `YYYY-MM-DDThh:mm:ssZ`.
pub fn format_utc(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn date(year: u32, month: u32, day: u32) -> Result<NaiveDate, InvalidTime> {
    let year = i32::try_from(year).ok();
    year.and_then(|year| NaiveDate::from_ymd_opt(year, month, day)).ok_or(InvalidTime::ImpossibleDate)
}

/// A date with a time of day as it is written. `24:00:00` is the next day's first second.
fn local(date: NaiveDate, clock: &Clock) -> Result<NaiveDateTime, InvalidTime> {
    let &Clock { hour, minute, second, is_whole } = clock;
    if (hour, minute, second, is_whole) == (24, 0, 0, true) {
        return Ok(date.and_time(NaiveTime::MIN) + Duration::days(1));
    }
    let second = if second == 60 { 59 } else { second };
    date.and_hms_opt(hour, minute, second).ok_or(InvalidTime::ImpossibleTime)
}

fn seconds_of(Offset { is_west, hours, minutes }: Offset) -> Result<Duration, InvalidTime> {
    if hours > 23 || minutes > 59 {
        return Err(InvalidTime::ImpossibleZone);
    }
    let east = Duration::minutes(i64::from(hours * 60 + minutes));
    Ok(if is_west { -east } else { east })
}

/// A time of day as it is written.
struct Clock {
    hour: u32,
    minute: u32,
    second: u32,
    /// Whether the fraction of the second is zero.
    is_whole: bool,
}

/// A distance from UTC as it is written.
struct Offset {
    is_west: bool,
    hours: u32,
    minutes: u32,
}

/// What is not parsed yet. Each method returns `None` if the text goes on in another way.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    /// A number of exactly so many digits.
    fn number(&mut self, digits: usize) -> Option<u32> {
        let number = self.0.get(..digits).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))?;
        self.0 = &self.0[digits..];
        number.parse().ok()
    }

    /// Skips one of these characters.
    fn after(&mut self, characters: &str) -> Option<&mut Self> {
        self.0 = self.0.strip_prefix(|c| characters.contains(c))?;
        Some(self)
    }

    fn date(&mut self) -> Option<(u32, u32, u32)> {
        Some((self.number(4)?, self.after("-")?.number(2)?, self.after("-")?.number(2)?))
    }

    /// `Thh:mm`, `Thh:mm:ss` or with a fraction of any length. RFC 3339 allows a blank and a small letter in place of `T`.
    fn clock(&mut self) -> Option<Clock> {
        let (hour, minute) = (self.after("Tt ")?.number(2)?, self.after(":")?.number(2)?);
        let (mut second, mut is_whole) = (0, true);
        if self.after(":").is_some() {
            second = self.number(2)?;
            if self.after(".").is_some() {
                let digits = self.0.trim_start_matches(|c: char| c.is_ascii_digit());
                let (fraction, rest) = self.0.split_at(self.0.len() - digits.len());
                is_whole = fraction.trim_matches('0').is_empty();
                self.0 = rest;
                if fraction.is_empty() {
                    return None;
                }
            }
        }
        Some(Clock { hour, minute, second, is_whole })
    }

    /// `Z`, `+hh:mm`, `+hhmm` or `+hh`. The minus can be the mathematical one.
    fn offset(&mut self) -> Option<Offset> {
        if self.after("Zz").is_some() {
            return Some(Offset { is_west: false, hours: 0, minutes: 0 });
        }
        let is_west = !self.0.starts_with('+');
        let hours = self.after("+-\u{2212}")?.number(2)?;
        let is_short = self.after(":").is_none() && self.0.is_empty();
        let minutes = if is_short { 0 } else { self.number(2)? };
        Some(Offset { is_west, hours, minutes })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_read_in_any_zone_and_written_in_utc() {
        for (text, utc) in [
            ("2020-10-16T10:00:00Z", "2020-10-16T10:00:00Z"),
            ("2020-10-16T10:00:00.000Z", "2020-10-16T10:00:00Z"),
            ("2020-10-16T12:00:00+02:00", "2020-10-16T10:00:00Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
            // As Salesforce writes it.
            ("2020-10-16T12:00:00.000+0200", "2020-10-16T10:00:00Z"),
            ("2020-10-16T12:00:00+02", "2020-10-16T10:00:00Z"),
            ("2020-10-16T04:30:00-0530", "2020-10-16T10:00:00Z"),
            ("2020-10-16T04:30:00\u{2212}05:30", "2020-10-16T10:00:00Z"),
            ("2020-10-16T10:00:00-00:00", "2020-10-16T10:00:00Z"),
            ("2020-10-16T10:00Z", "2020-10-16T10:00:00Z"),
            ("2020-10-16T12:00+02", "2020-10-16T10:00:00Z"),
            ("2020-10-16t10:00:00z", "2020-10-16T10:00:00Z"),
            ("2020-10-16 10:00:00Z", "2020-10-16T10:00:00Z"),
            (" 2020-10-16T10:00:00Z\n", "2020-10-16T10:00:00Z"),
            ("2020-10-16T10:00:00.9Z", "2020-10-16T10:00:00Z"),
            ("2020-10-16T10:00:00.999999999999999999999999Z", "2020-10-16T10:00:00Z"),
            ("2020-10-16T24:00:00Z", "2020-10-17T00:00:00Z"),
            ("2020-12-31T24:00Z", "2021-01-01T00:00:00Z"),
            ("2020-02-28T24:00:00.000+02:00", "2020-02-28T22:00:00Z"),
            ("1899-12-31T24:00:00Z", "1900-01-01T00:00:00Z"),
            ("4501-01-01T00:30:00+01:00", "4500-12-31T23:30:00Z"),
        ] {
            assert_eq!(parse_utc(text).map(format_utc).as_deref(), Ok(utc), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_time_is_said() {
        use InvalidTime::{
            ImpossibleDate, ImpossibleTime, ImpossibleZone, Malformed, WithoutTime, WithoutZone, YearOutOfRange,
        };
        for (text, error) in [
            ("", Malformed),
            ("now", Malformed),
            ("1602842400", Malformed),
            ("20201016T100000Z", Malformed),
            ("10000-01-01T00:00:00Z", Malformed),
            ("2020-10-16T", Malformed),
            ("2020-10-16T10Z", Malformed),
            ("2020-10-16T10:00:00.Z", Malformed),
            ("2020-10-16T10:00:00,5Z", Malformed),
            ("2020-10-16T10:00:00 Z", Malformed),
            ("2020-10-16T10:00:00+2", Malformed),
            ("2020-10-16T10:00:00+02:0", Malformed),
            ("2020-10-16T10:00:00+02:000", Malformed),
            ("2020-10-16T10:00:00ZZ", Malformed),
            ("2020-10-16T10:00:00 Europe/Berlin", Malformed),
            ("2020-10-16T10:00:00[UTC]", Malformed),
            ("2020-1\u{663}-16T10:00:00Z", Malformed),
            ("2020-10-16", WithoutTime),
            ("2020-10-16T10:00:00", WithoutZone),
            ("2020-10-16 10:00", WithoutZone),
            ("2020-10-16T10:00:00.000", WithoutZone),
            ("2020-13-16T10:00:00Z", ImpossibleDate),
            ("2021-02-29", ImpossibleDate),
            ("2021-02-29T10:00:00", ImpossibleDate),
            ("2020-10-00T10:00:00Z", ImpossibleDate),
            ("2020-10-16T25:00:00Z", ImpossibleTime),
            ("2020-10-16T24:00:01Z", ImpossibleTime),
            ("2020-10-16T24:00:00.5Z", ImpossibleTime),
            ("2020-10-16T10:60:00Z", ImpossibleTime),
            ("2020-10-16T10:00:61Z", ImpossibleTime),
            ("2020-10-16T10:00:00+24:00", ImpossibleZone),
            ("2020-10-16T10:00:00-99:99", ImpossibleZone),
            ("0001-01-01T00:00:00Z", YearOutOfRange),
            ("0000-01-01T00:00:00Z", YearOutOfRange),
            ("9999-12-31T24:00:00-23:59", YearOutOfRange),
            ("4500-12-31T24:00:00Z", YearOutOfRange),
        ] {
            assert_eq!(parse_utc(text), Err(error), "{text:?}");
            assert!(error.to_string().starts_with("must "), "{error}");
        }
    }

    /// A time in one of the forms that are accepted, and the same time in RFC 3339, in the one form that chrono writes.
    fn written() -> impl Strategy<Value = (String, String)> {
        let seconds = prop_oneof![Just(None), (0..60_u32, "(\\.[0-9]{1,20})?").prop_map(Some)];
        let day = (1901..4500_i32, 1..=12_u32, 1..=28_u32);
        (day, (0..24_u32, 0..60_u32, seconds), (-1439..1440_i32, 0..5_u8), "[Tt ]").prop_map(
            |((year, month, day), (hour, minute, second), (zone, form), between)| {
                let (sign, hours, minutes) = (if zone < 0 { '-' } else { '+' }, zone.abs() / 60, zone.abs() % 60);
                let (zone, canonical) = match form {
                    0 => (String::from("Z"), String::from("+00:00")),
                    1 => (String::from("z"), String::from("+00:00")),
                    2 => (format!("{sign}{hours:02}"), format!("{sign}{hours:02}:00")),
                    3 => (format!("{sign}{hours:02}{minutes:02}"), format!("{sign}{hours:02}:{minutes:02}")),
                    _ => (format!("{sign}{hours:02}:{minutes:02}"), format!("{sign}{hours:02}:{minutes:02}")),
                };
                let day = format!("{year:04}-{month:02}-{day:02}");
                let whole = second.as_ref().map_or(0, |(second, _)| *second);
                let second = second.map_or_else(String::new, |(second, fraction)| format!(":{second:02}{fraction}"));
                (
                    format!("{day}{between}{hour:02}:{minute:02}{second}{zone}"),
                    format!("{day}T{hour:02}:{minute:02}:{whole:02}{canonical}"),
                )
            },
        )
    }

    proptest! {
        #[test]
        fn every_form_is_read_as_chrono_reads_rfc_3339((text, canonical) in written()) {
            let expected = DateTime::parse_from_rfc3339(&canonical).expect("RFC 3339");
            prop_assert_eq!(parse_utc(&text), Ok(expected.to_utc()), "{}", text);
        }

        #[test]
        fn what_chrono_reads_as_rfc_3339_is_read_the_same(text in "[0-9]{4}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,9})?([Zz]|[+-][0-2][0-9]:[0-6][0-9])") {
            if let Ok(expected) = DateTime::parse_from_rfc3339(&text) {
                let expected = DateTime::from_timestamp(expected.timestamp(), 0).expect("a time");
                if YEARS.contains(&expected.year()) {
                    prop_assert_eq!(parse_utc(&text), Ok(expected));
                } else {
                    prop_assert_eq!(parse_utc(&text), Err(InvalidTime::YearOutOfRange));
                }
            }
        }
    }
}

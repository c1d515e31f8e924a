use std::str::FromStr;

/// A time on the wall clock, in whole minutes: from 0:00 to 24:00, the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(u16);

/// The text is not a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a time of day from 0:00 to 24:00, such as 9:00")]
pub struct InvalidTimeOfDay;

impl TimeOfDay {
    pub const MIDNIGHT: Self = Self(0);
    pub const END_OF_DAY: Self = Self(24 * 60);
    /// The last minute of a day. As the end of a block it means the end of the day: many calendars have no 24:00.
    pub(super) const LAST_MINUTE: Self = Self(24 * 60 - 1);

    /// Seconds since 0:00 on the wall clock.
    pub fn seconds(self) -> i64 {
        i64::from(self.0) * 60
    }
}

impl FromStr for TimeOfDay {
    type Err = InvalidTimeOfDay;

    /// Reads `9:00` or `09:00`.
    fn from_str(text: &str) -> Result<Self, InvalidTimeOfDay> {
        let number = |text: &str| -> Option<u16> {
            text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
        };
        let (hours, minutes) = text.split_once(':').ok_or(InvalidTimeOfDay)?;
        if !(1..=2).contains(&hours.len()) || minutes.len() != 2 {
            return Err(InvalidTimeOfDay);
        }
        match (number(hours), number(minutes)) {
            (Some(hours @ 0..=23), Some(minutes @ 0..=59)) => Ok(Self(hours * 60 + minutes)),
            (Some(24), Some(0)) => Ok(Self::END_OF_DAY),
            _ => Err(InvalidTimeOfDay),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_read_with_one_or_two_digits_of_the_hour() {
        for (text, minutes) in [("0:00", 0), ("9:05", 545), ("09:05", 545), ("23:59", 1439), ("24:00", 1440)] {
            assert_eq!(text.parse(), Ok(TimeOfDay(minutes)), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["", ":", "9", "9:0", "9:000", "009:00", "+9:00", "9:60", "24:01", "25:00", "-1:00", "9:00 ", "9:00:00"]
        {
            assert_eq!(text.parse::<TimeOfDay>(), Err(InvalidTimeOfDay), "{text:?}");
        }
    }
}

//! Free/busy on the wire: what `getSchedule` is asked and what it answers.

use std::collections::HashMap;

use chrono::{SubsecRound, TimeDelta};
use serde::{Deserialize, Serialize};

use super::{
    errors::classify_schedule,
    wire::{TimeIn, TimeOut},
};
use crate::{
    calendar::{BusyEntry, BusyStatus, CalendarError},
    domain::{EmailAddress, TimeSpan},
};

/// The bounds of the view's interval, in minutes. The view goes unread, so the longest interval that the window holds
/// serves best: it makes the answer smallest.
const INTERVAL_MINUTES: (i64, i64) = (5, 1440);

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ScheduleOut<'a> {
    schedules: Vec<&'a str>,
    start_time: TimeOut,
    end_time: TimeOut,
    availability_view_interval: i64,
}

impl<'a> ScheduleOut<'a> {
    /// The question about these mailboxes in this window. A window shorter than one interval is asked for as one.
    pub(super) fn new(mailboxes: &[&'a EmailAddress], window: TimeSpan) -> Self {
        let (shortest, longest) = INTERVAL_MINUTES;
        let end = window.end().max(window.start() + TimeDelta::minutes(shortest));
        Self {
            schedules: mailboxes.iter().map(|mailbox| mailbox.as_written()).collect(),
            start_time: window.start().into(),
            end_time: end.into(),
            availability_view_interval: (end - window.start()).num_minutes().clamp(shortest, longest),
        }
    }
}

/// What was answered about one mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    /// Its entries, of any status, as long as they are.
    Entries(Vec<BusyEntry>),
    /// More entries than one answer may have.
    TooMany,
    /// It failed by itself.
    Failed(CalendarError),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SchedulesIn {
    value: Vec<ScheduleIn>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ScheduleIn {
    schedule_id: Option<String>,
    schedule_items: Option<Vec<ItemIn>>,
    error: Option<ErrorIn>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ItemIn {
    status: Option<String>,
    start: Option<TimeIn>,
    end: Option<TimeIn>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ErrorIn {
    response_code: Option<String>,
}

impl SchedulesIn {
    /// The answers in the order of the question, by name where Graph repeats it and by place where it writes another.
    pub(super) fn rows(&self, asked: &[&EmailAddress]) -> Vec<Row> {
        let by_name: HashMap<String, &ScheduleIn> = self
            .value
            .iter()
            .filter_map(|answer| Some((answer.schedule_id.as_ref()?.to_lowercase(), answer)))
            .collect();
        // A row that names another of those asked for is that one's, wherever it stands.
        let named = |row: &ScheduleIn| {
            let name = row.schedule_id.as_deref().unwrap_or_default().to_lowercase();
            asked.iter().any(|mailbox| mailbox.folded() == name)
        };
        let by_place = |place: usize| {
            let row = self.value.get(place).filter(|_| self.value.len() == asked.len());
            row.filter(|row| !named(row))
        };
        let row = |(place, mailbox): (usize, &&EmailAddress)| {
            let answer = by_name.get(mailbox.folded()).copied().or_else(|| by_place(place));
            answer.map_or_else(|| Row::Failed(classify_schedule("unanswered")), ScheduleIn::row)
        };
        asked.iter().enumerate().map(row).collect()
    }
}

impl ScheduleIn {
    fn row(&self) -> Row {
        if let Some(error) = &self.error {
            return match error.response_code.as_deref().unwrap_or_default() {
                "5006" => Row::TooMany,
                code => Row::Failed(classify_schedule(code)),
            };
        }
        let entries: Result<Vec<_>, _> = self.schedule_items.iter().flatten().map(ItemIn::entry).collect();
        match entries {
            Ok(entries) => Row::Entries(entries.into_iter().flatten().collect()),
            // Passed over, what it occupies would count as free.
            Err(UnreadableTime) => Row::Failed(classify_schedule("unreadable-time")),
        }
    }
}

/// An item without a time that can be read, in UTC.
#[derive(Debug)]
struct UnreadableTime;

impl ItemIn {
    /// The entry. One without length occupies nothing; one that ends within a second occupies all of it.
    fn entry(&self) -> Result<Option<BusyEntry>, UnreadableTime> {
        let instant = |time: Option<&TimeIn>| time.and_then(TimeIn::exact).ok_or(UnreadableTime);
        let (start, end) = (instant(self.start.as_ref())?, instant(self.end.as_ref())?);
        if start == end {
            return Ok(None);
        }
        if end < start {
            return Err(UnreadableTime);
        }
        let whole = end.trunc_subsecs(0);
        let end = if whole == end { end } else { whole + TimeDelta::seconds(1) };
        let span = TimeSpan::new(start.trunc_subsecs(0), end).map_err(|_| UnreadableTime)?;
        // The spelling varies: `Busy`, `busy`.
        let status = match self.status.as_deref().unwrap_or_default().to_ascii_lowercase().as_str() {
            "free" => BusyStatus::Free,
            "tentative" => BusyStatus::Tentative,
            "busy" => BusyStatus::Busy,
            "oof" => BusyStatus::OutOfOffice,
            "workingelsewhere" => BusyStatus::WorkingElsewhere,
            _ => BusyStatus::Unknown,
        };
        Ok(Some(BusyEntry { span, status }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parse_utc;

    fn span(start: &str, end: &str) -> TimeSpan {
        TimeSpan::new(parse_utc(start).expect("a time"), parse_utc(end).expect("a time")).expect("a span")
    }

    #[test]
    fn the_question_fits_its_window() {
        let ann: EmailAddress = "Ann@x.com".parse().expect("an address");
        for (end, asked_until, interval) in [
            ("2026-01-01T00:00:01Z", "2026-01-01T00:05:00", 5),
            ("2026-01-01T00:30:59Z", "2026-01-01T00:30:59", 30),
            ("2026-02-01T00:00:00Z", "2026-02-01T00:00:00", 1440),
        ] {
            let question = ScheduleOut::new(&[&ann], span("2026-01-01T00:00:00Z", end));
            let json = serde_json::to_value(question).expect("JSON");
            assert_eq!(json["schedules"][0], "Ann@x.com");
            assert_eq!(json["startTime"]["dateTime"], "2026-01-01T00:00:00");
            assert_eq!(json["endTime"]["dateTime"], asked_until);
            assert_eq!(json["availabilityViewInterval"], interval);
        }
    }

    #[test]
    fn every_mailbox_gets_its_own_answer() {
        let json = r##"{"value": [
            {"scheduleId": "B@x.com", "availabilityView": "", "error": {"@odata.type": "#microsoft.graph.freeBusyError", "message": "m", "responseCode": "5009"}},
            {"scheduleId": "a@X.com", "scheduleItems": [
              {"status": "Busy", "start": {"dateTime": "2026-01-01T00:00:00.0000000", "timeZone": "UTC"}, "end": {"dateTime": "2026-01-01T01:00:00.0000000", "timeZone": "UTC"}},
              {"status": "workingElsewhere", "start": {"dateTime": "2026-01-01T00:00:00"}, "end": {"dateTime": "2026-01-01T00:00:01"}},
              {"status": "away", "start": {"dateTime": "2026-01-01T00:00:00"}, "end": {"dateTime": "2026-01-01T00:00:01"}},
              {"status": "busy", "start": {"dateTime": "2026-01-01T00:00:00"}, "end": {"dateTime": "2026-01-01T00:00:00"}}]},
            {"scheduleId": "d", "error": {"responseCode": "5006"}},
            {"scheduleId": "e@x.com", "error": {"responseCode": "5037"}},
            {"scheduleId": "f@x.com", "error": {"responseCode": "what, is@this"}}]}"##;
        let answer: SchedulesIn = serde_json::from_str(json).expect("readable");
        let asked: Vec<EmailAddress> = ["a@x.com", "b@x.com", "d@x.com", "e@x.com", "f@x.com"]
            .map(|text| text.parse().expect("an address"))
            .into();
        let asked: Vec<&EmailAddress> = asked.iter().collect();
        let rows = answer.rows(&asked);
        let Row::Entries(entries) = &rows[0] else { panic!("{:?}", rows[0]) };
        assert_eq!(entries[0].span, span("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"));
        let statuses: Vec<_> = entries.iter().map(|entry| entry.status).collect();
        assert_eq!(statuses, [BusyStatus::Busy, BusyStatus::WorkingElsewhere, BusyStatus::Unknown]);
        assert_eq!(rows[1], Row::Failed(CalendarError::MailboxNotFound));
        // Answered under another name, in its place.
        assert_eq!(rows[2], Row::TooMany);
        assert_eq!(rows[3], Row::Failed(CalendarError::AccessDenied { code: "5037".to_owned() }));
        assert!(
            matches!(&rows[4], Row::Failed(CalendarError::Failed { cause, .. }) if cause == "free/busy whatisthis")
        );
        assert!(matches!(SchedulesIn::default().rows(&asked)[0], Row::Failed(CalendarError::Failed { .. })));
    }

    #[test]
    fn nobody_gets_a_row_that_names_another() {
        // Graph leaves the first out, passes over its place and tells of the second twice.
        let row =
            |name: &str, code: &str| format!(r#"{{"scheduleId": "{name}", "error": {{"responseCode": "{code}"}}}}"#);
        let json = format!(r#"{{"value": [{}, {}]}}"#, row("b@x.com", "5006"), row("b@x.com", "5009"));
        let answer: SchedulesIn = serde_json::from_str(&json).expect("readable");
        let asked = ["a@x.com", "b@x.com"].map(|text| text.parse::<EmailAddress>().expect("an address"));
        let rows = answer.rows(&[&asked[0], &asked[1]]);
        assert!(matches!(&rows[0], Row::Failed(CalendarError::Failed { .. })), "{rows:?}");
        assert_eq!(rows[1], Row::Failed(CalendarError::MailboxNotFound));
    }

    #[test]
    fn what_ends_within_a_second_occupies_all_of_it() {
        let entries = |start: &str, end: &str| {
            let item =
                format!(r#"{{"status": "busy", "start": {{"dateTime": "{start}"}}, "end": {{"dateTime": "{end}"}}}}"#);
            let json = format!(r#"{{"value": [{{"scheduleId": "a@x.com", "scheduleItems": [{item}]}}]}}"#);
            let answer: SchedulesIn = serde_json::from_str(&json).expect("readable");
            let ann: EmailAddress = "a@x.com".parse().expect("an address");
            let Row::Entries(entries) = answer.rows(&[&ann]).remove(0) else { panic!("{json}") };
            entries.into_iter().map(|entry| entry.span).collect::<Vec<_>>()
        };
        let first = span("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z");
        assert_eq!(entries("2026-01-01T00:00:00.0000000", "2026-01-01T00:00:00.0000001"), [first]);
        assert_eq!(entries("2026-01-01T00:00:00.9000000", "2026-01-01T00:00:01.0000000"), [first]);
        assert_eq!(entries("2026-01-01T00:00:00.5000000", "2026-01-01T00:00:00.5000000"), []);
        let two = span("2026-01-01T00:00:00Z", "2026-01-01T00:00:02Z");
        assert_eq!(entries("2026-01-01T00:00:00.2000000", "2026-01-01T00:00:01.9000000"), [two]);
    }

    #[test]
    fn a_time_that_cannot_be_read_is_not_free_time() {
        let row = |start: &str, end: &str| {
            let good = r#"{"status": "busy", "start": {"dateTime": "2026-01-01T00:00:00"}, "end": {"dateTime": "2026-01-01T01:00:00"}}"#;
            let item = format!(r#"{{"status": "busy", "start": {start}, "end": {end}}}"#);
            let json = format!(r#"{{"value": [{{"scheduleId": "a@x.com", "scheduleItems": [{good}, {item}]}}]}}"#);
            let answer: SchedulesIn = serde_json::from_str(&json).expect("readable");
            let ann: EmailAddress = "a@x.com".parse().expect("an address");
            answer.rows(&[&ann]).remove(0)
        };
        let utc = |text: &str, zone: &str| format!(r#"{{"dateTime": "{text}", "timeZone": "{zone}"}}"#);
        let end = utc("2026-01-02T00:00:00.0000000", "UTC");
        for start in [
            utc("tomorrow", "UTC"),
            utc("2026-01-01T22:00:00.0000000", "Pacific Standard Time"),
            r#"{"timeZone": "UTC"}"#.to_owned(),
            "null".to_owned(),
            // It ends before it starts.
            utc("2026-01-03T00:00:00.0000000", "UTC"),
        ] {
            let failed = row(&start, &end);
            assert!(matches!(&failed, Row::Failed(CalendarError::Failed { .. })), "{start}: {failed:?}");
        }
        for (start, entries) in [
            (utc("2026-01-01T22:00:00.0000000", "tzone://Microsoft/Utc"), 2),
            (utc("2026-01-01T22:00:00+00:00", "UTC"), 2),
            (utc("2026-01-02T00:00:00Z", "Etc/UTC"), 1),
        ] {
            assert!(matches!(row(&start, &end), Row::Entries(found) if found.len() == entries), "{start}");
        }
    }
}

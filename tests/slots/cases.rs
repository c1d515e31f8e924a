//! Field cases: what people who use scheduling services reported, and what the answer is here. `cases.json` holds them. The suite of
//! the Nylas family asks the same over HTTP; `id`, `history` and `nylas` are for it.

use chrono::NaiveDate;
use convene::{
    domain::{BusyEntry, BusyStatus, parse_utc},
    slots::{Method, TimeOfDay, Timing, unavailable},
};
use serde_json::Value;

use crate::{
    oracle,
    scenario::{Hours, Participant, Scenario, Specific, Weekly, span},
};

#[test]
fn field_cases_have_their_answers() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("cases.json")).expect("JSON");
    assert!(cases.len() > 25);
    for case in &cases {
        let scenario = scenario(case);
        let listed = scenario.listed();
        let starts: Vec<_> = listed.iter().map(|(start, _)| *start).collect();
        let expected: Vec<_> = list(&case["starts"]).map(at).collect();
        assert_eq!(starts, expected, "{}", case["name"]);
        if let Some(free) = case["free"].as_array() {
            let expected: Vec<_> = free.iter().map(indexes).collect();
            let free: Vec<_> = listed.iter().map(|(_, free)| free.clone()).collect();
            assert_eq!(free, expected, "{}", case["name"]);
        }
        // Its zones are of an older release of the IANA database.
        if case["oracle_knows_zone"] != false {
            assert_eq!(oracle::list(&scenario), listed, "the oracle differs: {}", case["name"]);
        }
    }
}

/// Defaults: a collective configuration with one participant, rounding to 15 minutes, no notice, 500 days ahead.
fn scenario(case: &Value) -> Scenario {
    let minutes = |value: &Value| value.as_u64().map(|minutes| u32::try_from(minutes).expect("minutes"));
    let buffer = |side: usize| minutes(&case["buffers"][side]).unwrap_or(0);
    let one_of_no_settings = [Value::Null];
    let participants = case["participants"].as_array().map_or(&one_of_no_settings[..], Vec::as_slice);
    let participants = participants.iter().enumerate().map(|(index, participant)| Participant {
        zone: text(&participant["zone"]),
        hours: hours(participant),
        busy: busy(case, index),
    });
    Scenario {
        timing: Timing {
            duration: minutes(&case["duration"]).expect("a duration"),
            interval: minutes(&case["interval"]),
            round_to: minutes(&case["round_to"]).unwrap_or(15),
            buffer_before: buffer(0),
            buffer_after: buffer(1),
            notice: minutes(&case["notice"]).unwrap_or(0),
        },
        days: 500,
        zone: text(&case["zone"]).expect("a zone"),
        method: if case["method"] == "max-fairness" { Method::MaxFairness } else { Method::Collective },
        defaults: hours(case),
        participants: participants.collect(),
        order: indexes(&case["order"]),
        now: at(&case["now"]),
        query: (at(&case["query"][0]), at(&case["query"][1])),
    }
}

fn hours(settings: &Value) -> Hours {
    let weekly = list(&settings["hours"]).map(|hours| Weekly {
        days: list(&hours["days"]).map(|day| u8::try_from(day.as_u64().expect("a day")).expect("a day")).collect(),
        start: time(&hours["start"]),
        end: time(&hours["end"]),
        zone: text(&hours["zone"]),
        exdates: Vec::new(),
    });
    let specific = list(&settings["specific"]).map(|hours| Specific {
        date: text(&hours["date"]).and_then(|date| date.parse::<NaiveDate>().ok()).expect("a date"),
        start: time(&hours["start"]),
        end: time(&hours["end"]),
        zone: text(&hours["zone"]),
    });
    Hours { weekly: weekly.collect(), specific: specific.collect(), only_specific: false }
}

/// The busy time of a participant. Tentative entries count unless the case says otherwise.
fn busy(case: &Value, participant: usize) -> Vec<(i64, i64)> {
    let entries = list(&case["busy"]).filter(|entry| entry["participant"] == participant);
    let entries = entries.filter(|entry| entry["start"] != entry["end"]).map(|entry| BusyEntry {
        span: span(at(&entry["start"]), at(&entry["end"])),
        status: match entry["status"].as_str().unwrap_or("busy") {
            "busy" => BusyStatus::Busy,
            "free" => BusyStatus::Free,
            "oof" => BusyStatus::OutOfOffice,
            "tentative" => BusyStatus::Tentative,
            "workingElsewhere" => BusyStatus::WorkingElsewhere,
            other => panic!("{other} is not a status"),
        },
    });
    let window = span(at(&case["query"][0]) - 86_400, at(&case["query"][1]) + 86_400);
    let spans = unavailable(&entries.collect::<Vec<_>>(), &window, case["tentative_blocks"] != false);
    spans.iter().map(|span| (span.start().timestamp(), span.end().timestamp())).collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn indexes(value: &Value) -> Vec<usize> {
    list(value).map(|index| usize::try_from(index.as_u64().expect("an index")).expect("an index")).collect()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn time(value: &Value) -> u32 {
    let time: TimeOfDay = value.as_str().expect("a time").parse().expect("a time of day");
    u32::try_from(time.seconds() / 60).expect("minutes")
}

fn at(value: &Value) -> i64 {
    parse_utc(value.as_str().expect("a time")).expect("a time").timestamp()
}

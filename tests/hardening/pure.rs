//! What needs nobody else: JSON, times, spans, attendees and addresses against simpler judges.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use convene::{
    domain::{Attendee, BusyEntry, BusyStatus, EmailAddress, TimeSpan, format_utc, merge_attendees, parse_utc},
    edge,
    slots::unavailable,
};
use proptest::{collection::vec, prelude::*};
use serde_json::Value;

use crate::{
    checks::config,
    noise::{any_bytes, any_text},
};

/// Takes away each comma that follows a value and precedes a closing bracket, and adds one where an object's member ends in a
/// bracket and the next one's name follows after white space; token by token.
fn with_commas_repaired(text: &str) -> String {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if first == '"' {
            let mut escaped = false;
            let end = rest.char_indices().skip(1).find(|(_, c)| {
                let ends = *c == '"' && !escaped;
                escaped = *c == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |(place, _)| place + 1)
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after;
    }
    let is_space = |token: &str| [" ", "\n", "\t", "\r"].contains(&token);
    let near = |mut places: Box<dyn Iterator<Item = usize>>| {
        places.find(|place| !is_space(tokens[*place])).map(|place| tokens[place])
    };
    let (mut repaired, mut open) = (String::new(), Vec::new());
    for (place, &token) in tokens.iter().enumerate() {
        let before = near(Box::new((0..place).rev()));
        let after = near(Box::new(place + 1..tokens.len()));
        match token {
            "[" | "{" => open.push(token),
            "]" | "}" => drop(open.pop()),
            "," if matches!(after, Some("}" | "]")) && !matches!(before, None | Some("{" | "[" | ",")) => continue,
            name if name.starts_with('"') => {
                let is_apart = place > 0 && is_space(tokens[place - 1]);
                if is_apart && matches!(before, Some("}" | "]")) && open.last() == Some(&"{") {
                    repaired.push(',');
                }
            }
            _ => {}
        }
        repaired.push_str(token);
    }
    repaired
}

/// Text that is JSON but for commas and blanks where none belong.
fn almost_json() -> impl Strategy<Value = String> {
    let whole = prop::sample::select(vec![
        "{}",
        "[]",
        r#"{"a":1}"#,
        "[1,2]",
        r#"{"a":[],"b":{}}"#,
        r#"[[1],{"a":[{}]}]"#,
        r#"{"a":"},]","b\"":"\\"}"#,
        r#"[",]",",}","\",]"]"#,
        r#"{"a":[] "b":{}"c":[]}"#,
        "{\"a\":{\"b\":[]\n\"c\":1}\r\n\"d\":[[] []]}",
        r#"{"a":[{} "b"],"c":"x" "d":1}"#,
    ]);
    let pieces = prop::sample::select(vec![",", ",", ",", " ", "\n", "]", "}", "\"", "\\"]);
    (whole, vec((any::<prop::sample::Index>(), pieces), 0..5)).prop_map(|(whole, added)| {
        added.into_iter().fold(whole.to_owned(), |mut text, (place, piece)| {
            text.insert_str(place.index(text.len() + 1), piece);
            text
        })
    })
}

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_600_000_000 + minute * 60, 0).expect("a time")
}

fn span((start, length): (i64, i64)) -> TimeSpan {
    TimeSpan::new(at(start), at(start + length)).expect("a span")
}

fn minutes(span: &TimeSpan) -> impl Iterator<Item = i64> {
    let minute = |time: DateTime<Utc>| (time - at(0)).num_minutes();
    minute(span.start())..minute(span.end())
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn commas_of_two_kinds_are_forgiven_and_nothing_else(text in almost_json()) {
        let strict = serde_json::from_str::<Value>(&with_commas_repaired(&text));
        let read = edge::json::<Value>(text.as_bytes());
        prop_assert_eq!(read.ok(), strict.ok(), "{}", text);
    }

    #[test]
    fn a_document_with_commas_added_reads_as_without(value in crate::noise::any_json()) {
        let strict = value.to_string();
        // Between a value and a bracket outside strings: pretty printing puts each bracket on a line of its own.
        let pretty = serde_json::to_string_pretty(&value).expect("JSON");
        let lines: Vec<_> = pretty.lines().collect();
        let sloppy: String = (0..lines.len()).map(|place| {
            let closes = lines.get(place + 1).is_some_and(|next| next.trim_start().starts_with([']', '}']));
            if closes { format!("{},\n", lines[place]) } else { format!("{}\n", lines[place]) }
        }).collect();
        prop_assert_eq!(edge::json::<Value>(sloppy.as_bytes()).ok(), serde_json::from_str::<Value>(&strict).ok());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in any_bytes()) {
        if let Err(problem) = edge::json::<Value>(&bytes) {
            prop_assert_eq!(problem.kind, convene::problem::Kind::InvalidRequest);
        }
    }

    #[test]
    fn a_time_is_read_as_it_is_written(seconds in -2_208_988_800_i64..79_870_665_600, nanos in 0..1_000_000_000_u32, zone in -14 * 60..=14 * 60_i32) {
        let time = DateTime::from_timestamp(seconds, nanos).expect("a time");
        let whole = DateTime::from_timestamp(seconds, 0).expect("a time");
        prop_assert_eq!(parse_utc(&format_utc(time)), Ok(whole));
        let zone = chrono::FixedOffset::east_opt(zone * 60).expect("a zone");
        prop_assert_eq!(parse_utc(&time.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Nanos, false)), Ok(whole));
        prop_assert_eq!(format_utc(whole).len(), "2020-10-16T10:00:00Z".len());
    }

    #[test]
    fn any_text_is_a_time_or_none(text in prop_oneof![any_text(), "[0-9TZ:+. -]{0,30}"]) {
        if let Ok(time) = parse_utc(&text) {
            prop_assert_eq!(parse_utc(&format_utc(time)), Ok(time));
        }
    }

    #[test]
    fn unavailable_time_is_every_blocked_minute_of_the_window(
        entries in vec(((-50_i64..150, 1_i64..60), 0..6_usize), 0..25), window in (0_i64..50, 1_i64..80), tentative in any::<bool>(),
    ) {
        use BusyStatus::{Busy, Free, OutOfOffice, Tentative, Unknown, WorkingElsewhere};
        let statuses = [Free, Tentative, Busy, OutOfOffice, WorkingElsewhere, Unknown];
        let entries: Vec<_> = entries.into_iter().map(|(place, status)| BusyEntry { span: span(place), status: statuses[status] }).collect();
        let window = span(window);
        let found = unavailable(&entries, &window, tentative);
        let blocked = |minute: &i64| entries.iter().any(|entry| {
            let blocks = matches!(entry.status, Busy | OutOfOffice | Unknown) || entry.status == Tentative && tentative;
            blocks && minutes(&entry.span).any(|other| other == *minute)
        });
        prop_assert_eq!(found.iter().flat_map(minutes).collect::<Vec<_>>(), minutes(&window).filter(blocked).collect::<Vec<_>>());
        prop_assert!(found.windows(2).all(|pair| pair[0].end() < pair[1].start()), "in order, never touching");
    }

    #[test]
    fn pieces_of_a_span_are_the_span(place in (0_i64..100, 1_i64..5000), longest in 1_i64..1000) {
        let whole = span(place);
        let pieces = whole.split(Duration::minutes(longest));
        prop_assert!(pieces.iter().all(|piece| piece.duration() <= Duration::minutes(longest)));
        prop_assert!(pieces.windows(2).all(|pair| pair[0].end() == pair[1].start()));
        prop_assert_eq!((pieces[0].start(), pieces[pieces.len() - 1].end()), (whole.start(), whole.end()));
    }

    #[test]
    fn merged_attendees_are_everybody_once(list in vec((prop::sample::select(vec!["a@x.com", "A@X.com", "b@x.com", "B@x.COM", "c@x.com"]), any::<bool>()), 0..12)) {
        let attendees: Vec<_> = list.iter().map(|(text, required)| Attendee { address: text.parse().expect("an address"), required: *required }).collect();
        let merged = merge_attendees(attendees.clone());
        let mut expected = BTreeMap::<String, (usize, &str, bool)>::new();
        for (place, (text, required)) in list.iter().enumerate() {
            expected.entry(text.to_lowercase()).or_insert((place, text, false)).2 |= required;
        }
        let mut expected: Vec<_> = expected.into_values().collect();
        expected.sort_unstable();
        let seen: Vec<_> = merged.iter().map(|one| (one.address.as_written(), one.required)).collect();
        prop_assert_eq!(seen, expected.into_iter().map(|(_, text, required)| (text, required)).collect::<Vec<_>>());
        prop_assert_eq!(merge_attendees(merged.clone()), merged);
    }

    #[test]
    fn any_text_is_an_address_or_none(text in prop_oneof![any_text(), "[a-z0-9.!+'\"<>@ -]{0,40}", "[a-zA-Zäßİ.]{1,9}@[a-zA-Zäß-]{1,9}(\\.[a-z]{2,5})?"]) {
        if let Ok(address) = text.parse::<EmailAddress>() {
            prop_assert_eq!(address.as_written(), text.trim());
            let hostile = |c: char| c.is_control() || c.is_whitespace() || "\"\\<>/".contains(c);
            prop_assert!(!address.as_written().contains(hostile));
            prop_assert_eq!(address.as_written().parse::<EmailAddress>(), Ok(address.clone()));
            let shown = format!("{address:?}");
            prop_assert!(!shown.contains(address.as_written()));
        }
    }
}

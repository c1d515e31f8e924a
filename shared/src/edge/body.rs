//! Request bodies: JSON as callers really send it.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::problem::{Kind, Problem};

/// The largest request body, in bytes.
pub const LARGEST_BODY: usize = 1024 * 1024;

/// Reads a JSON body. Two slips are forgiven, which the documents' own samples have: a comma before a closing bracket, and
/// a missing one after the closing bracket of an object's member.
pub fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if body.len() > LARGEST_BODY {
        return Err(not_json("The body is larger than 1 MiB."));
    }
    serde_json::from_slice(body).or_else(|strict| match with_commas_repaired(body) {
        Cow::Borrowed(_) => Err(not_json(&describe(&strict))),
        Cow::Owned(body) => serde_json::from_slice(&body).map_err(|error| not_json(&describe(&error))),
    })
}

/// Says where and what, without repeating what was sent.
fn describe(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "ends too early",
        serde_json::error::Category::Syntax => "is not JSON",
        serde_json::error::Category::Data => "does not have the documented structure",
        serde_json::error::Category::Io => "cannot be read",
    };
    format!("The body {what} (line {}, column {}).", error.line(), error.column())
}

fn not_json(message: &str) -> Problem {
    Problem::new(Kind::InvalidRequest, message.to_owned())
}

/// What is read from a JSON object and from nothing else. A struct's derived `Deserialize` also takes an array of the
/// fields' values in the order of their declaration, which no document promises.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members)).map(Object)
            }
        }

        deserializer.deserialize_map(Members(PhantomData))
    }
}

/// A comma that is wrong.
enum Slip {
    /// At this place is one that nothing follows.
    Trailing(usize),
    /// At this place, right after a closing bracket and before white space, is none.
    Missing(usize),
}

/// Blanks out every comma that has nothing but white space between it and a closing bracket; and adds one between the end
/// of an object's member, where that is a closing bracket, and the name of the next one on the other side of white space.
/// Whatever else is wrong stays where it is, by line and as a rule by column.
fn with_commas_repaired(json: &[u8]) -> Cow<'_, [u8]> {
    let slips = slips(json);
    if slips.is_empty() {
        return Cow::Borrowed(json);
    }
    let mut repaired = Vec::with_capacity(json.len() + slips.len());
    let mut rest = 0;
    for slip in slips {
        let (place, byte) = match slip {
            Slip::Trailing(place) => (place, b' '),
            Slip::Missing(place) => (place, b','),
        };
        repaired.extend_from_slice(&json[rest..place]);
        repaired.push(byte);
        // The end of a line stays; any other white space makes room.
        rest = if json[place] == b'\n' { place } else { place + 1 };
    }
    repaired.extend_from_slice(&json[rest..]);
    Cow::Owned(repaired)
}

/// The commas that are wrong and may be forgiven, in order.
fn slips(json: &[u8]) -> Vec<Slip> {
    let (mut slips, mut open) = (Vec::new(), Vec::new());
    let mut comma = None;
    // What came last that is no white space, and where.
    let (mut before, mut last) = (b'[', 0);
    let (mut in_string, mut escaped) = (false, false);
    for (place, &byte) in json.iter().enumerate() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            (before, last) = (byte, place);
            continue;
        }
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            b'[' | b'{' => open.push(byte),
            b'}' | b']' => {
                slips.extend(comma.map(Slip::Trailing));
                open.pop();
            }
            b'"' => {
                in_string = true;
                let follows_member = matches!(before, b'}' | b']') && open.last() == Some(&b'{');
                if follows_member && last + 1 < place {
                    slips.push(Slip::Missing(last + 1));
                }
            }
            _ => {}
        }
        // A comma right after an opening bracket or another comma separates nothing: that stays an error.
        comma = (byte == b',' && !matches!(before, b'[' | b'{' | b',')).then_some(place);
        (before, last) = (byte, place);
    }
    slips
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(text: &str) -> Result<Value, Problem> {
        super::json(text.as_bytes())
    }

    #[test]
    fn trailing_commas_are_forgiven_and_strings_left_alone() {
        let seen = read(r#"{"a": [1, 2, ], "b": {"c": ",}", "d": "\",]", },}"#).expect("JSON");
        assert_eq!(seen, json!({"a": [1, 2], "b": {"c": ",}", "d": "\",]"}}));
    }

    #[test]
    fn a_missing_comma_after_a_bracket_is_forgiven_between_members() {
        let seen = read("{\"a\": {\"b\": []\n\"c\": \"} \\\"x\"}\r\n\"d\": [1, ]\t\"e\": 1}").expect("JSON");
        assert_eq!(seen, json!({"a": {"b": [], "c": "} \"x"}, "d": [1], "e": 1}));
        // Where else one is missing, it stays an error.
        for text in [
            r#"{"a": {}"b": 1}"#,
            r#"{"a": "x" "b": 1}"#,
            r#"{"a": 1 "b": 1}"#,
            r#"{"a": null "b": 1}"#,
            r#"{"a": {} b: 1}"#,
            r#"{"a": {} , , "b": 1}"#,
            r#"[{} "x"]"#,
            "[{} {}]",
            "[[] []]",
            r#"{"a": [{} "x"]}"#,
            r#"{"a": [1 2]}"#,
            r#"{} "x""#,
            r#"{"a": {} "b"}"#,
            r#"{"a": {} "b": 1 "c": 2}"#,
            "{\"a\": {}\n\"a\"",
        ] {
            assert!(read(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn a_repaired_body_keeps_the_lines_of_its_other_faults() {
        let problem = read("{\"a\": {}\n\"b\": [1,],\n\"c\" 1}").expect_err("not JSON");
        assert_eq!(problem.message, "The body is not JSON (line 3, column 5).");
    }

    #[test]
    fn other_slips_are_not() {
        for text in ["", "{,}", "[,]", "{\"a\":1,,}", "[1 2]", "{\"a\":,}", "nonsense", "{\"a\":\"\\"] {
            assert!(read(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn an_object_is_never_read_from_an_array() {
        #[derive(Debug, Default, PartialEq, Deserialize)]
        #[serde(default)]
        struct Pair {
            a: u8,
            b: u8,
        }
        type Pairs = Vec<Object<Pair>>;
        let pairs = super::json::<Pairs>(br#"[{"b": 2, "c": [], "a": 1}, {}]"#).expect("objects");
        assert_eq!(pairs, [Object(Pair { a: 1, b: 2 }), Object(Pair { a: 0, b: 0 })]);
        for text in ["[[1, 2]]", "[[1]]", "[[]]", "[null]", "[7]", "[\"a\"]", "[{\"a\":1,\"a\":1}]", "[{\"a\":[1]}]"] {
            assert!(super::json::<Pairs>(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_body_that_is_unreadable_is_no_field() {
        assert!(read("nonsense").is_err_and(|problem| problem.details.is_empty()));
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        assert!(read(&"[".repeat(200_000)).is_err());
    }

    #[test]
    fn an_error_never_repeats_the_body() {
        let problem = read(r#"{"subject": "secret plans" oops}"#).expect_err("not JSON");
        assert!(!format!("{problem:?}").contains("secret"));
    }
}

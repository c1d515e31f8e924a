//! Request bodies: JSON as callers really send it.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::problem::{Kind, Problem};

/// The largest request body, in bytes.
pub const LARGEST_BODY: usize = 1024 * 1024;

/// Reads a JSON body. A comma before a closing bracket is forgiven: the documents' own samples have them.
pub fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if body.len() > LARGEST_BODY {
        return Err(not_json("The body is larger than 1 MiB."));
    }
    serde_json::from_slice(body).or_else(|strict| match without_trailing_commas(body) {
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

/// Blanks out every comma that has nothing but white space between it and a closing bracket, keeping all positions.
fn without_trailing_commas(json: &[u8]) -> Cow<'_, [u8]> {
    let mut cleaned = Cow::Borrowed(json);
    let mut comma = None;
    let mut before = b'[';
    let mut in_string = false;
    let mut escaped = false;
    for (place, &byte) in json.iter().enumerate() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            before = byte;
            continue;
        }
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            b'}' | b']' => {
                if let Some(comma) = comma {
                    cleaned.to_mut()[comma] = b' ';
                }
            }
            _ => {}
        }
        in_string = byte == b'"';
        // A comma right after an opening bracket or another comma separates nothing: that stays an error.
        comma = (byte == b',' && !matches!(before, b'[' | b'{' | b',')).then_some(place);
        before = byte;
    }
    cleaned
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

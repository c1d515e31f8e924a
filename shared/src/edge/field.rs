//! Fields of requests, read leniently: a field that is wrong does not make the rest of the request unreadable, so one response can
//! name every field that is wrong.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{Object, Repeated};

/// A field of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// Absent or `null`.
    #[default]
    Missing,
    Given(T),
    /// Of another JSON type.
    WrongType,
    /// A text with half of a surrogate pair (`"\ud83d"`), which is not Unicode.
    LoneSurrogate,
    /// Several times in the query string.
    Repeated,
    /// Not the same in the query string and in the body.
    Contradictory,
}

/// The JSON type that a field must have, for messages to callers.
pub trait JsonType {
    /// What must be: "must be a text".
    const MUST_BE: &'static str;
}

impl JsonType for String {
    const MUST_BE: &'static str = "must be a text";
}

impl JsonType for bool {
    const MUST_BE: &'static str = "must be true or false";
}

impl<T> JsonType for Vec<T> {
    const MUST_BE: &'static str = "must be a list, and each entry of the documented type";
}

impl<T> JsonType for Object<T> {
    const MUST_BE: &'static str = "must be an object";
}

impl Field<String> {
    /// A field that is a parameter of the query string.
    pub fn of_query(parameter: Result<Option<impl Into<String>>, Repeated>) -> Self {
        match parameter {
            Ok(Some(value)) => Self::Given(value.into()),
            Ok(None) => Self::Missing,
            Err(Repeated) => Self::Repeated,
        }
    }
}

impl<T> Field<T> {
    /// Replaces this field, which is from the query string, by the one of the body. If both are given, they must be the same.
    pub fn merge(&mut self, from_body: Self, are_same: impl Fn(&T, &T) -> bool) {
        match (&*self, &from_body) {
            (Self::Given(in_query), Self::Given(in_body)) if !are_same(in_query, in_body) => {
                *self = Self::Contradictory;
            }
            (Self::Repeated, _) => {}
            _ => self.replace(from_body),
        }
    }

    /// Replaces this field by the one of the body, if that is not missing.
    pub fn replace(&mut self, from_body: Self) {
        if !matches!(from_body, Self::Missing) {
            *self = from_body;
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    /// Read as raw JSON first, so that an error within the field concerns this field only.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        if text == "null" {
            return Ok(Self::Missing);
        }
        Ok(match serde_json::from_str(text) {
            Ok(value) => Self::Given(value),
            // As raw JSON, a text may contain any escape. It can only fail as a text if it is not Unicode.
            Err(_) if text.starts_with('"') && serde_json::from_str::<String>(text).is_err() => Self::LoneSurrogate,
            Err(_) => Self::WrongType,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_is_wrong_does_not_make_the_rest_unreadable() {
        #[derive(Deserialize)]
        struct Fields {
            #[serde(default)]
            a: Field<String>,
            #[serde(default)]
            b: Field<Vec<Field<String>>>,
            #[serde(default)]
            c: Field<bool>,
        }
        let text = r#"{"a": "\ud83d", "b": [1, null, "x", "\udc00"], "c": "true"}"#;
        let Fields { a, b, c } = serde_json::from_str(text).expect("JSON");
        assert_eq!((a, c), (Field::LoneSurrogate, Field::WrongType));
        let entries = [Field::WrongType, Field::Missing, Field::Given("x".to_owned()), Field::LoneSurrogate];
        assert_eq!(b, Field::Given(entries.into()));
        let Fields { a, b, c } = serde_json::from_str(r#"{"a": "\ud83d\ude00", "b": {}}"#).expect("JSON");
        assert_eq!((a, b, c), (Field::Given("😀".to_owned()), Field::WrongType, Field::Missing));
    }
}

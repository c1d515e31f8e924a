//! Values that callers write in more than one way.

use std::{collections::BTreeMap, fmt};

use convene::edge::{Field, JsonType, Object};
use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};
use serde_json::Value;

/// A list of objects, of which each can be wrong by itself.
pub type List<T> = Field<Vec<Field<Object<T>>>>;
/// An object with names that the caller chooses.
pub type Map<T> = Field<Object<BTreeMap<String, Field<T>>>>;

/// A whole number. A text of digits counts too: the documents show times as texts as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WholeNumber(pub i64);

impl JsonType for WholeNumber {
    const MUST_BE: &'static str = "must be a whole number";
}

impl<'de> Deserialize<'de> for WholeNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;

        impl Visitor<'_> for Whole {
            type Value = WholeNumber;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a whole number")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<WholeNumber, E> {
                Ok(WholeNumber(number))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<WholeNumber, E> {
                i64::try_from(number).map(WholeNumber).map_err(E::custom)
            }

            #[expect(clippy::cast_possible_truncation, reason = "the number is whole, and small enough to be exact")]
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<WholeNumber, E> {
                /// Up to here a double holds every whole number.
                const EXACT: f64 = 9_007_199_254_740_992.0;
                if number.fract() == 0.0 && number.abs() <= EXACT {
                    Ok(WholeNumber(number as i64))
                } else {
                    Err(E::custom("not whole"))
                }
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<WholeNumber, E> {
                text.trim().parse().map(WholeNumber).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Whole)
    }
}

/// A value of any type.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Anything(pub Value);

impl JsonType for Anything {
    const MUST_BE: &'static str = "must be JSON";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_have_several_notations() {
        for (text, number) in [("30", Some(30)), ("30.0", Some(30)), ("\"30\"", Some(30)), ("\" -5 \"", Some(-5))] {
            assert_eq!(serde_json::from_str(text).ok(), number.map(WholeNumber), "{text}");
        }
        for text in ["30.5", "\"\"", "\"x\"", "true", "[]", "1e300", "99999999999999999999", "\"NaN\""] {
            assert!(serde_json::from_str::<WholeNumber>(text).is_err(), "{text}");
        }
    }
}

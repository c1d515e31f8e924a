//! Fields that several parts of a configuration have.

use std::ops::RangeInclusive;

use convene::edge::{Field, FieldErrors, JsonType};

use crate::wire::WholeNumber;

/// The longest name, in characters.
pub const MAX_NAME: usize = 255;

/// A text that is set. An empty one is not.
pub fn text(errors: &mut FieldErrors, name: &str, field: Field<String>, max: usize) -> Option<String> {
    let text = errors.optional(name, field).filter(|text| !text.trim().is_empty())?;
    if text.chars().count() > max {
        errors.add(name, format!("must have at most {max} characters"));
        return None;
    }
    Some(text)
}

/// The entries of a list that is set. Those that are missing or of another type are errors.
pub fn entries<T: JsonType, V>(
    errors: &mut FieldErrors,
    name: &str,
    list: Field<Vec<Field<T>>>,
    max: usize,
    mut read: impl FnMut(&mut FieldErrors, &str, T) -> Option<V>,
) -> Vec<V> {
    let list = errors.optional(name, list).unwrap_or_default();
    errors.each(name, list, max, |errors, name, entry| {
        let entry = errors.required(name, entry)?;
        read(errors, name, entry)
    })
}

/// A number of minutes or days within limits.
pub fn number(
    errors: &mut FieldErrors,
    name: &str,
    field: Field<WholeNumber>,
    limits: RangeInclusive<u32>,
) -> Option<u32> {
    let WholeNumber(number) = errors.optional(name, field)?;
    let number = u32::try_from(number).ok().filter(|number| limits.contains(number));
    if number.is_none() {
        errors.add(name, format!("must be from {} to {}", limits.start(), limits.end()));
    }
    number
}

//! Reads properties one by one, and collects every error by the property's name.
//!
//! CloudFormation sends every scalar as a string, and a parameter that nobody set as an empty one. A parameter can hold no
//! list of objects, so every list may also come as the JSON text of one; a list of plain strings also with commas between
//! them.

use convene::edge::FieldErrors;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The properties of something, as they came; each is taken out once.
pub(super) struct Fields<'f> {
    left: Map<String, Value>,
    /// The part of their names before their own, in errors.
    within: String,
    errors: &'f mut FieldErrors,
}

impl<'f> Fields<'f> {
    /// The properties of the resource itself.
    pub(super) fn of_resource(value: Value, errors: &'f mut FieldErrors) -> Self {
        Self::new(value, String::new(), "The resource", errors)
    }

    fn new(value: Value, within: String, name: &str, errors: &'f mut FieldErrors) -> Self {
        let fields = if let Value::Object(fields) = value {
            fields
        } else {
            errors.add(name, "must be an object");
            Map::new()
        };
        Self { left: fields, within, errors }
    }

    fn add(&mut self, name: &str, message: &str) {
        self.errors.add(format!("{}{name}", self.within), message);
    }

    /// Takes a property out. Null and an empty text count as absent.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.left.remove(name).filter(|value| !value.is_null() && value.as_str() != Some(""))
    }

    /// Takes out a property of CloudFormation's own.
    pub(super) fn ignore(&mut self, name: &str) {
        self.left.remove(name);
    }

    /// A text. A number or a boolean is one too, as CloudFormation would have sent it.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => Some(text),
            value @ (Value::Bool(_) | Value::Number(_)) => Some(value.to_string()),
            _ => {
                self.add(name, "must be a text");
                None
            }
        }
    }

    /// A text that must be there.
    pub(super) fn required(&mut self, name: &str) -> String {
        let is_absent = self.left.get(name).is_none_or(|value| value.is_null() || value.as_str() == Some(""));
        if is_absent {
            self.add(name, "is required");
        }
        self.text(name).unwrap_or_default()
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        let flag = match self.take(name)? {
            Value::Bool(flag) => Some(flag),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        };
        if flag.is_none() {
            self.add(name, "must be true or false");
        }
        flag
    }

    /// A whole number.
    pub(super) fn number(&mut self, name: &str) -> Option<u32> {
        let number = match self.take(name)? {
            Value::Number(number) => number.as_u64().and_then(|number| number.try_into().ok()),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.add(name, "must be a whole number");
        }
        number
    }

    /// One of a few words.
    pub(super) fn word<T: DeserializeOwned>(&mut self, name: &str, words: &str) -> Option<T> {
        let word = serde_json::from_value(self.take(name)?).ok();
        if word.is_none() {
            self.add(name, &format!("must be one of {words}"));
        }
        word
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        if let Some(Value::String(text)) = self.left.get(name)
            && !text.trim_start().starts_with('[')
        {
            let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
            let words: Vec<_> = words.map(str::to_owned).collect();
            self.ignore(name);
            return if words.is_empty() { None } else { Some(words) };
        }
        let texts: Option<Vec<_>> = self.list(name)?.iter().map(|item| item.as_str().map(str::to_owned)).collect();
        if texts.is_none() {
            self.add(name, "must be a list of texts");
        }
        texts
    }

    /// A list of things that have properties of their own.
    pub(super) fn each<T>(&mut self, name: &str, mut read: impl FnMut(&mut Fields<'_>) -> T) -> Vec<T> {
        let items = self.list(name).unwrap_or_default().into_iter().enumerate();
        let things = items.map(|(place, item)| {
            let item_name = format!("{}{name}[{place}]", self.within);
            let mut fields = Fields::new(item, format!("{item_name}."), &item_name, self.errors);
            let thing = read(&mut fields);
            fields.end();
            thing
        });
        things.collect()
    }

    fn list(&mut self, name: &str) -> Option<Vec<Value>> {
        let list = match self.take(name)? {
            Value::Array(list) => Some(list),
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => serde_json::from_str(&text).ok(),
            _ => None,
        };
        if list.is_none() {
            self.add(name, "must be a list, or a list as JSON");
        }
        list
    }

    /// A property that was not read is an error.
    pub(super) fn end(mut self) {
        for name in std::mem::take(&mut self.left).keys() {
            self.add(name, "is not known");
        }
    }
}

//! Questions to guests, and their answers.

use chrono::NaiveDate;
use convene::{
    domain::{EmailAddress, visible_text},
    edge::{Field, FieldErrors, Object},
};
use regex_lite::{Regex, RegexBuilder};
use serde_json::Value;

use super::{
    read::{entries, text},
    snake_case::snake_case,
};
use crate::wire::{AdditionalFieldRequest, Anything, Map, WholeNumber};

/// The most questions, and the longest answer in bytes.
const MAX_FIELDS: usize = 50;
pub const MAX_ANSWER: usize = 4096;
const MAX_OPTIONS: usize = 200;
const MAX_TEXT: usize = 1024;
/// The largest compiled pattern, in bytes.
const MAX_PATTERN: usize = 256 * 1024;

/// A question to guests.
#[derive(Debug)]
pub struct AdditionalField {
    pub key: String,
    pub label: String,
    pub kind: FieldKind,
    pub is_required: bool,
    default: Option<String>,
    pattern: Option<Regex>,
    order: i64,
    options: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    MultiLineText,
    Email,
    PhoneNumber,
    Date,
    Checkbox,
    /// One of the options: `dropdown` or `radio_button`.
    OneOption,
    /// Some of the options, separated by commas.
    SomeOptions,
    /// Guests do not see it.
    Metadata,
}

pub fn read(errors: &mut FieldErrors, name: &str, map: Map<Object<AdditionalFieldRequest>>) -> Vec<AdditionalField> {
    let Some(Object(map)) = errors.optional(name, map) else { return Vec::new() };
    let mut fields = errors.each(name, map.into_iter().collect(), MAX_FIELDS, |errors, _, (key, wire)| {
        if key.is_empty() || key.chars().count() > MAX_TEXT || key.contains(char::is_control) {
            errors.add(name, format!("must have keys of 1 to {MAX_TEXT} characters"));
            return None;
        }
        let name = format!("{name}.{key}");
        let Object(wire) = errors.required(&name, wire)?;
        field(errors, &name, key, wire)
    });
    fields.sort_by_key(|field| field.order);
    fields
}

fn field(errors: &mut FieldErrors, name: &str, key: String, wire: AdditionalFieldRequest) -> Option<AdditionalField> {
    let label = text(errors, &format!("{name}.label"), wire.label, MAX_TEXT);
    let kind = kind(errors, &format!("{name}.type"), wire.kind);
    let is_required = errors.optional(&format!("{name}.required"), wire.required).unwrap_or(false);
    let default = text(errors, &format!("{name}.default"), wire.default, MAX_ANSWER);
    let pattern = text(errors, &format!("{name}.pattern"), wire.pattern, MAX_TEXT);
    let pattern = errors.parsed(&format!("{name}.pattern"), pattern, |text| {
        // The whole answer must match, as in HTML.
        let whole = RegexBuilder::new(&format!("^(?:{text})$")).size_limit(MAX_PATTERN).build();
        let own = RegexBuilder::new(&text).size_limit(MAX_PATTERN).build();
        own.and(whole).map_err(|_| "must be a regular expression without look-around and back-references")
    });
    let order = errors.optional(&format!("{name}.order"), wire.order).map_or(i64::MAX, |WholeNumber(order)| order);
    let options =
        entries(errors, &format!("{name}.options"), wire.options, MAX_OPTIONS, |_, _, option: String| Some(option));
    let kind = kind?;
    if matches!(kind, FieldKind::OneOption | FieldKind::SomeOptions) && options.is_empty() {
        errors.add(format!("{name}.options"), "must have an entry");
    }
    let label = label.unwrap_or_else(|| key.clone());
    Some(AdditionalField { key, label, kind, is_required, default, pattern, order, options })
}

fn kind(errors: &mut FieldErrors, name: &str, field: Field<String>) -> Option<FieldKind> {
    let kind = errors.optional(name, field);
    Some(match kind.as_deref() {
        None | Some("" | "text") => FieldKind::Text,
        Some("multi_line_text") => FieldKind::MultiLineText,
        Some("email") => FieldKind::Email,
        Some("phone_number") => FieldKind::PhoneNumber,
        Some("date") => FieldKind::Date,
        Some("checkbox") => FieldKind::Checkbox,
        Some("dropdown" | "radio_button") => FieldKind::OneOption,
        Some("multi_select") => FieldKind::SomeOptions,
        Some("metadata") => FieldKind::Metadata,
        Some(_) => {
            errors.add(
                name,
                "must be text, multi_line_text, email, phone_number, dropdown, multi_select, date, checkbox, radio_button or \
                 metadata",
            );
            return None;
        }
    })
}

impl AdditionalField {
    /// An answer without what cannot be seen. Only the answer to a `multi_line_text` has several lines.
    fn visible(&self, text: &str) -> String {
        let text = visible_text(text);
        if self.kind == FieldKind::MultiLineText { text } else { text.replace('\n', " ") }
    }

    /// Whether the configuration adds this answer where the guest gives none.
    pub fn is_default(&self, answer: &str) -> bool {
        self.kind == FieldKind::Metadata && self.default.as_deref() == Some(answer)
    }

    /// The answer to be stored. `None`: none was given. An error says what must be.
    fn answer(&self, given: Option<String>) -> Result<Option<String>, &'static str> {
        let given = given.filter(|text| !text.trim().is_empty());
        let text = if self.kind == FieldKind::Metadata { given.or_else(|| self.default.clone()) } else { given };
        let Some(text) = text else { return if self.is_required { Err("is required") } else { Ok(None) } };
        if text.len() > MAX_ANSWER {
            return Err("must have at most 4096 bytes");
        }
        let is_option = |text: &str| self.options.iter().any(|option| option == text);
        match self.kind {
            FieldKind::Checkbox if text != "true" && text != "false" => return Err("must be true or false"),
            FieldKind::Checkbox if self.is_required && text != "true" => return Err("must be true"),
            FieldKind::Email if text.parse::<EmailAddress>().is_err() => return Err("must be a mail address"),
            FieldKind::Date if text.trim().parse::<NaiveDate>().is_err() => {
                return Err("must be a date such as 2027-01-31");
            }
            FieldKind::OneOption if !is_option(&text) => return Err("must be one of the options"),
            FieldKind::SomeOptions if !is_option(&text) && !text.split(',').all(|text| is_option(text.trim())) => {
                return Err("must be some of the options, separated by commas");
            }
            _ => {}
        }
        if self.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(&text)) {
            return Err("must match the pattern of the field");
        }
        Ok(Some(text))
    }
}

/// The answers to a configuration's questions, by key. A key is compared as it is, and then in snake case, which a client of the vendor
/// makes of all keys. Keys that the configuration does not have are ignored. `is_change`: what is not given stays as it is, and is not
/// part of the result; a `None` in the result takes an answer back.
pub fn answers(
    errors: &mut FieldErrors,
    fields: &[AdditionalField],
    given: Map<Anything>,
    is_change: bool,
) -> Vec<(String, Option<String>)> {
    let given = errors.optional("additional_fields", given).map(|Object(given)| given).unwrap_or_default();
    let mut answers = Vec::new();
    for field in fields {
        let snake = snake_case(&field.key);
        let is_only = fields.iter().filter(|other| snake_case(&other.key) == snake).count() == 1;
        let in_snake = || given.get(&snake).filter(|_| is_only);
        let name = format!("additional_fields.{}", field.key);
        let value = given.get(&field.key).or_else(in_snake);
        if value.is_none() && is_change {
            continue;
        }
        let text = match value.and_then(|value| errors.optional(&name, value.clone())) {
            None | Some(Anything(Value::Null)) => None,
            Some(Anything(Value::String(text))) => Some(text),
            Some(Anything(value @ (Value::Bool(_) | Value::Number(_)))) => Some(value.to_string()),
            Some(_) => {
                errors.add(&name, "must be a text");
                continue;
            }
        };
        match field.answer(text.map(|text| field.visible(&text))) {
            Ok(text) => answers.push((field.key.clone(), text)),
            Err(message) => errors.add(name, message),
        }
    }
    answers
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn fields(json: &Value) -> Result<Vec<AdditionalField>, Vec<String>> {
        let map = serde_json::from_str(&json.to_string()).expect("JSON");
        let mut errors = FieldErrors::default();
        let fields = read(&mut errors, "fields", map);
        let errors: Vec<_> = errors.details().iter().map(|detail| detail.field.clone()).collect();
        if errors.is_empty() { Ok(fields) } else { Err(errors) }
    }

    fn answered(fields: &[AdditionalField], given: &Value) -> Result<Value, Vec<String>> {
        let mut errors = FieldErrors::default();
        let given = serde_json::from_str(&given.to_string()).expect("JSON");
        let answers = answers(&mut errors, fields, given, false);
        let errors: Vec<_> = errors.details().iter().map(|detail| detail.field.clone()).collect();
        let given = answers.into_iter().filter_map(|(key, answer)| Some((key, json!(answer?))));
        if errors.is_empty() { Ok(Value::Object(given.collect())) } else { Err(errors) }
    }

    #[test]
    fn answers_must_fit_the_field() {
        let fields = fields(&json!({
            "phone": {"label": "Phone", "type": "phone_number", "required": true},
            "plan": {"type": "dropdown", "options": ["Basic", "Pro"]},
            "both": {"type": "multi_select", "options": ["a", "b, c", "d"]},
            "ok": {"type": "checkbox", "required": true},
            "code": {"pattern": "^[A-Z]{3}[0-9]{2}$|x"},
            "mail": {"type": "email"},
            "day": {"type": "date"},
            "campaign": {"type": "metadata", "required": true, "default": "spring"},
        }))
        .expect("fields");
        let valid = |more: Value| {
            let mut given = json!({"phone": "+1 555", "ok": "true", "plan": "", "unknown": "<b>"});
            given.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            answered(&fields, &given)
        };
        let least = json!({"phone": "+1 555", "ok": "true", "campaign": "spring"});
        assert_eq!(valid(json!({})), Ok(least));
        assert_eq!(valid(json!({"ok": true, "campaign": "fall"})).expect("valid")["campaign"], "fall");
        for (field, value) in
            [("code", "ABC12"), ("code", "x"), ("both", "a,d"), ("both", "b, c"), ("day", "2027-02-28")]
        {
            assert_eq!(valid(json!({field: value})).expect("valid")[field], value);
        }
        for (field, value) in [
            ("phone", json!("")),
            ("phone", json!(null)),
            ("phone", json!(["1"])),
            ("phone", json!("1".repeat(5000))),
            ("plan", json!("Gold")),
            ("ok", json!("false")),
            ("ok", json!("yes")),
            ("code", json!("ABC123")),
            ("code", json!("ax")),
            ("both", json!("a,e")),
            ("mail", json!("jane")),
            ("day", json!("2027-02-29")),
        ] {
            assert_eq!(
                valid(json!({field: value})),
                Err(vec![format!("additional_fields.{field}")]),
                "{field} {value}"
            );
        }
    }

    #[test]
    fn keys_in_snake_case_are_meant_where_that_is_unambiguous() {
        let unique = fields(&json!({"companyName": {}, "line1": {}})).expect("fields");
        let given = json!({"company_name": "A", "line_1": "B"});
        assert_eq!(answered(&unique, &given), Ok(json!({"companyName": "A", "line1": "B"})));
        let ambiguous = fields(&json!({"companyName": {}, "company_name": {}})).expect("fields");
        assert_eq!(answered(&ambiguous, &json!({"company_name": "A"})), Ok(json!({"company_name": "A"})));
    }

    #[test]
    fn fields_that_cannot_be_answered_are_refused() {
        for (field, name) in [
            (json!({"type": "file"}), "fields.a.type"),
            (json!({"type": "dropdown"}), "fields.a.options"),
            (json!({"pattern": "(?=x)y"}), "fields.a.pattern"),
            (json!({"pattern": "a)|(b"}), "fields.a.pattern"),
            (json!({"pattern": "(x{1000}){1000}"}), "fields.a.pattern"),
            (json!(null), "fields.a"),
            (json!("text"), "fields.a"),
        ] {
            assert_eq!(fields(&json!({"a": field})).map(|_| ()), Err(vec![name.to_owned()]), "{field}");
        }
    }
}

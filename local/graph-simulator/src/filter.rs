//! The part of `OData`'s `$filter` and `$expand` that calendars are asked with.

use std::sync::Arc;

use crate::clock::{self, Instant};
use crate::draft::check_property_id;
use crate::error::GraphError;
use crate::model::Event;
use crate::store::{Calendar, normal_property_id};

/// One of the conditions that a filter joins with `and`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Property { id: String, value: String },
    ICalUid(String),
    Subject(String),
    Start(Comparison, Instant),
    End(Comparison, Instant),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn holds(self, left: Instant, right: Instant) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Colon,
}

fn invalid(what: &str) -> GraphError {
    GraphError::new(400, "BadRequest", format!("Invalid filter clause: {what}"))
}

/// Splits a clause; a quote inside a string is written twice.
fn tokens(clause: &str) -> Result<Vec<Token>, GraphError> {
    let mut tokens = Vec::new();
    let mut chars = clause.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => {}
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            ':' => tokens.push(Token::Colon),
            '\'' => {
                let mut text = String::new();
                loop {
                    match chars.next() {
                        Some('\'') if chars.peek() == Some(&'\'') => {
                            chars.next();
                            text.push('\'');
                        }
                        Some('\'') => break,
                        Some(c) => text.push(c),
                        None => return Err(invalid("there is an unterminated string literal.")),
                    }
                }
                tokens.push(Token::Text(text));
            }
            c => {
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| !" \t()'".contains(*c) && (*c != ':' || word.contains('T'))) {
                    word.push(c);
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Ok(tokens)
}

/// Reads tokens off the front.
struct Reader<'a> {
    tokens: &'a [Token],
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<&'a Token, GraphError> {
        let (first, rest) = self.tokens.split_first().ok_or_else(|| invalid("it ends too early."))?;
        self.tokens = rest;
        Ok(first)
    }

    fn word(&mut self) -> Result<&'a str, GraphError> {
        match self.next()? {
            Token::Word(word) => Ok(word),
            other => Err(invalid(&format!("a name was expected, not {other:?}."))),
        }
    }

    fn text(&mut self) -> Result<String, GraphError> {
        match self.next()? {
            Token::Text(text) => Ok(text.clone()),
            other => Err(invalid(&format!("a string was expected, not {other:?}."))),
        }
    }

    fn expect(&mut self, wanted: &Token) -> Result<(), GraphError> {
        let found = self.next()?;
        if found == wanted { Ok(()) } else { Err(invalid(&format!("{wanted:?} was expected, not {found:?}."))) }
    }

    fn keyword(&mut self, wanted: &str) -> Result<(), GraphError> {
        let found = self.word()?;
        if found == wanted { Ok(()) } else { Err(invalid(&format!("'{wanted}' was expected, not '{found}'."))) }
    }
}

/// Reads `$filter`.
pub(crate) fn parse(clause: &str) -> Result<Vec<Condition>, GraphError> {
    let tokens = tokens(clause)?;
    let mut reader = Reader { tokens: &tokens };
    let mut conditions = vec![condition(&mut reader)?];
    while !reader.tokens.is_empty() {
        reader.keyword("and")?;
        conditions.push(condition(&mut reader)?);
    }
    Ok(conditions)
}

fn condition(reader: &mut Reader<'_>) -> Result<Condition, GraphError> {
    let name = reader.word()?;
    match name {
        _ if name.eq_ignore_ascii_case("singleValueExtendedProperties/any") => any(reader),
        "iCalUId" => {
            reader.keyword("eq")?;
            Ok(Condition::ICalUid(reader.text()?))
        }
        "subject" => {
            reader.keyword("eq")?;
            Ok(Condition::Subject(reader.text()?))
        }
        "start/dateTime" | "end/dateTime" => {
            let comparison = comparison(reader.word()?)?;
            let text = reader.text()?;
            let at = clock::parse(&text).ok_or_else(|| invalid(&format!("'{text}' is no date and time.")))?;
            Ok(if name.starts_with("start") {
                Condition::Start(comparison, at)
            } else {
                Condition::End(comparison, at)
            })
        }
        // Among others transactionId, which events cannot be found by.
        _ => Err(GraphError::new(
            400,
            "ErrorInvalidUrlQueryFilter",
            format!("The query filter contains one or more invalid nodes: '{name}' cannot be filtered on."),
        )),
    }
}

fn comparison(word: &str) -> Result<Comparison, GraphError> {
    Ok(match word {
        "eq" => Comparison::Equal,
        "lt" => Comparison::Less,
        "le" => Comparison::LessOrEqual,
        "gt" => Comparison::Greater,
        "ge" => Comparison::GreaterOrEqual,
        _ => return Err(invalid(&format!("'{word}' is no comparison."))),
    })
}

/// Reads `(ep: ep/id eq '…' and ep/value eq '…')`.
fn any(reader: &mut Reader<'_>) -> Result<Condition, GraphError> {
    reader.expect(&Token::Open)?;
    let variable = reader.word()?;
    reader.expect(&Token::Colon)?;
    let (mut id, mut value) = (None, None);
    for turn in 0..2 {
        if turn > 0 {
            reader.keyword("and")?;
        }
        let member = reader.word()?;
        reader.keyword("eq")?;
        let text = reader.text()?;
        match member.strip_prefix(variable) {
            Some("/id") => id = Some(text),
            Some("/value") => value = Some(text),
            _ => return Err(invalid(&format!("'{member}' is not known."))),
        }
    }
    reader.expect(&Token::Close)?;
    let (Some(id), Some(value)) = (id, value) else {
        return Err(invalid("both id and value are needed."));
    };
    check_property_id(&id)?;
    Ok(Condition::Property { id, value })
}

/// Reads `$expand=singleValueExtendedProperties($filter=id eq '…' or id eq '…')`.
pub(crate) fn parse_expand(clause: &str) -> Result<Vec<String>, GraphError> {
    let inner = clause
        .trim()
        .strip_prefix("singleValueExtendedProperties")
        .and_then(|rest| rest.trim().strip_prefix('('))
        .and_then(|rest| rest.strip_suffix(')'))
        .and_then(|rest| rest.trim().strip_prefix("$filter="))
        .ok_or_else(|| GraphError::bad_request(format!("Parsing $expand failed: '{clause}'.")))?;
    let tokens = tokens(inner)?;
    let mut reader = Reader { tokens: &tokens };
    let mut ids = Vec::new();
    loop {
        reader.keyword("id")?;
        reader.keyword("eq")?;
        let id = reader.text()?;
        check_property_id(&id)?;
        ids.push(normal_property_id(&id));
        if reader.tokens.is_empty() {
            return Ok(ids);
        }
        reader.keyword("or")?;
    }
}

/// The events of a calendar that meet all conditions. The index of extended properties knows only events made before
/// `known_until`.
pub(crate) fn select(calendar: &Calendar, conditions: &[Condition], known_until: Instant) -> Vec<Arc<Event>> {
    let by_property = conditions.iter().find_map(|condition| match condition {
        Condition::Property { id, value } => Some(calendar.with_property(id, value)),
        _ => None,
    });
    let candidates = by_property.unwrap_or_else(|| calendar.events.values().cloned().collect());
    candidates.into_iter().filter(|event| conditions.iter().all(|c| meets(event, c, known_until))).collect()
}

fn meets(event: &Event, condition: &Condition, known_until: Instant) -> bool {
    match condition {
        Condition::Property { id, value } => {
            let id = normal_property_id(id);
            let carries = event
                .properties
                .iter()
                .any(|p| normal_property_id(&p.id) == id && p.value.to_lowercase() == value.to_lowercase());
            carries && event.created <= known_until
        }
        Condition::ICalUid(uid) => event.ical_uid == *uid,
        Condition::Subject(subject) => event.subject.eq_ignore_ascii_case(subject),
        Condition::Start(comparison, at) => comparison.holds(event.start, *at),
        Condition::End(comparison, at) => comparison.holds(event.end, *at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "String {00020329-0000-0000-C000-000000000046} Name Marker";

    #[test]
    fn reads_the_extended_property_filter() {
        for (any, variable) in [("Any", "ep"), ("any", "x")] {
            let clause = format!(
                "singleValueExtendedProperties/{any}({variable}: {variable}/id eq '{ID}' and {variable}/value eq 'it''s')"
            );
            let wanted = Condition::Property { id: ID.into(), value: "it's".into() };
            assert_eq!(parse(&clause).ok(), Some(vec![wanted]), "{clause}");
        }
    }

    #[test]
    fn reads_conjunctions_and_refuses_the_rest() {
        assert_eq!(parse("subject eq 'a' and start/dateTime ge '2026-03-15T12:00:00'").map(|c| c.len()).ok(), Some(2));
        for clause in ["transactionId eq 'x'", "subject eq", "subject eq 'x", "subject eq 'a' or subject eq 'b'", ""] {
            assert!(parse(clause).is_err(), "{clause}");
        }
    }

    #[test]
    fn reads_expand() {
        let clause = format!("singleValueExtendedProperties($filter=id eq '{ID}')");
        assert_eq!(parse_expand(&clause).map(|ids| ids.len()).ok(), Some(1));
        assert!(parse_expand("attachments").is_err());
    }
}

//! Query strings.

use std::borrow::Cow;

/// The parameters of a query string or form, in order, names compared exactly.
#[derive(Debug, Clone, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Parses `application/x-www-form-urlencoded`.
    pub fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The first value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a parameter that holds a time. A `+` of a zone's offset that nobody encoded arrives as a blank.
    pub fn get_time(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(|value| match value.rsplit_once(' ') {
            Some((time, offset)) if time.contains(['T', 't']) => Cow::Owned(format!("{time}+{offset}")),
            _ => Cow::Borrowed(value),
        })
    }

    /// Whether a parameter is given more than once.
    pub fn repeats(&self, name: &str) -> bool {
        self.0.iter().filter(|(key, _)| key == name).count() > 1
    }

    /// Every parameter, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

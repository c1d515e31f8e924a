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

    /// The first value of a parameter that holds a mail address.
    pub fn get_address(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(address)
    }

    /// The mail addresses of a parameter that may be repeated, and of which each value may hold several between commas.
    pub fn get_addresses(&self, name: &str) -> impl Iterator<Item = Cow<'_, str>> {
        let values = self.0.iter().filter(move |(key, _)| key == name);
        let pieces = values.flat_map(|(_, value)| value.split(','));
        pieces.filter(|piece| !piece.trim().is_empty()).map(address)
    }

    /// Every parameter, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// No address has blanks within: a `+` that nobody encoded arrives as one.
fn address(value: &str) -> Cow<'_, str> {
    let address = value.trim_matches(' ');
    if address.contains(' ') { Cow::Owned(address.replace(' ', "+")) } else { Cow::Borrowed(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_within_an_address_were_pluses() {
        for (query, address) in [
            ("a=b", None),
            ("email=ann@contoso.com", Some("ann@contoso.com")),
            ("email=first+tag@contoso.com", Some("first+tag@contoso.com")),
            ("email=first%2Btag@contoso.com", Some("first+tag@contoso.com")),
            ("email=a+b%20c@contoso.com&email=x", Some("a+b+c@contoso.com")),
            ("email=+ann@contoso.com%20", Some(" ann@contoso.com ")),
            ("email=+a+b@contoso.com", Some("a+b@contoso.com")),
            ("email=+", Some(" ")),
        ] {
            assert_eq!(Query::parse(query.as_bytes()).get_address("email").as_deref(), address, "{query}");
        }
    }

    #[test]
    fn addresses_are_repeated_or_separated_by_commas() {
        for (query, addresses) in [
            ("id=x", &[][..]),
            ("a=&a=,&a=+,%20", &[]),
            ("a=ann@x.com&b=y&a=bob@x.com", &["ann@x.com", "bob@x.com"]),
            (
                "a=ann@x.com,bob%2Btag@x.com%2Ccy+tag@x.com,&a=dee@x.com",
                &["ann@x.com", "bob+tag@x.com", "cy+tag@x.com", "dee@x.com"],
            ),
            ("a=x,+y", &["x", " y"]),
        ] {
            assert_eq!(Query::parse(query.as_bytes()).get_addresses("a").collect::<Vec<_>>(), addresses, "{query}");
        }
    }

    #[test]
    fn a_blank_before_an_offset_was_a_plus() {
        for (query, time) in [
            ("from=2026-05-04T11:30:00+02:00", "2026-05-04T11:30:00+02:00"),
            ("from=2026-05-04T11:30:00%2B02:00", "2026-05-04T11:30:00+02:00"),
            ("from=2026-05-04T11:30:00Z", "2026-05-04T11:30:00Z"),
            ("from=a+b", "a b"),
        ] {
            assert_eq!(Query::parse(query.as_bytes()).get_time("from").as_deref(), Some(time), "{query}");
        }
    }
}

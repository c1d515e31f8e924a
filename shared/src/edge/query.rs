//! Query strings.

use std::borrow::Cow;

use percent_encoding::percent_decode;

/// The parameters of a query string or form, in order, names compared exactly.
#[derive(Debug, Clone, Default)]
pub struct Query(Vec<Parameter>);

#[derive(Debug, Clone)]
struct Parameter {
    name: String,
    /// The value as forms define it: a `+` is a blank.
    value: String,
    /// The value if each `+` that is not percent-encoded is meant as one. `None`: the value has no such `+`.
    with_pluses: Option<String>,
}

/// A query string or form that is not UTF-8 once it is decoded. Replacing what is wrong would make one text of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotUtf8;

/// A parameter that has one value is there several times. Each value could be the one that is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeated;

impl Query {
    /// Parses `application/x-www-form-urlencoded`.
    pub fn parse(text: &[u8]) -> Result<Self, NotUtf8> {
        // What separates parameters is ASCII, so that the whole is UTF-8 exactly where each of them is.
        percent_decode(text).decode_utf8().map_err(|_| NotUtf8)?;
        let pieces = text.split(|byte| *byte == b'&').filter(|piece| !piece.is_empty());
        Ok(Self(pieces.filter_map(Parameter::parse).collect()))
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Result<Option<&str>, Repeated> {
        Ok(self.only(name)?.map(|parameter| parameter.value.as_str()))
    }

    /// The second reading of a parameter that holds an id, to be tried if nothing has the id of the first one, which is
    /// [`get`](Self::get). Many callers do not percent-encode a `+`, which therefore arrives as a blank; others write a blank as
    /// `+`, as forms do. `None`: there is only one reading.
    pub fn get_with_pluses(&self, name: &str) -> Result<Option<&str>, Repeated> {
        Ok(self.only(name)?.and_then(|parameter| parameter.with_pluses.as_deref()))
    }

    /// The value of a parameter that holds a time. A `+` of a zone's offset that is not percent-encoded arrives as a blank.
    pub fn get_time(&self, name: &str) -> Result<Option<Cow<'_, str>>, Repeated> {
        let value = self.get(name)?;
        Ok(value.map(|value| match value.trim_end().rsplit_once(' ') {
            // A blank can also be in the place of the `T` (RFC 3339), where no time of day precedes it.
            Some((time, offset)) if time.contains(':') && offset.starts_with(|c: char| c.is_ascii_digit()) => {
                Cow::Owned(format!("{time}+{offset}"))
            }
            _ => Cow::Borrowed(value),
        }))
    }

    /// The value of a parameter that holds a mail address.
    pub fn get_address(&self, name: &str) -> Result<Option<Cow<'_, str>>, Repeated> {
        Ok(self.get(name)?.map(address))
    }

    /// The mail addresses of a parameter that may be repeated, and of which each value may hold several between commas.
    pub fn get_addresses(&self, name: &str) -> impl Iterator<Item = Cow<'_, str>> {
        let values = self.0.iter().filter(move |parameter| parameter.name == name);
        let pieces = values.flat_map(|parameter| parameter.value.split(','));
        pieces.filter(|piece| !piece.trim().is_empty()).map(address)
    }

    /// Every parameter, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|parameter| (parameter.name.as_str(), parameter.value.as_str()))
    }

    fn only(&self, name: &str) -> Result<Option<&Parameter>, Repeated> {
        let mut parameters = self.0.iter().filter(|parameter| parameter.name == name);
        let parameter = parameters.next();
        if parameters.next().is_some() { Err(Repeated) } else { Ok(parameter) }
    }
}

impl Parameter {
    /// Parses a name and a value, without the `&` around them.
    fn parse(piece: &[u8]) -> Option<Self> {
        let (name, value) = form_urlencoded::parse(piece).next()?;
        let raw = piece.iter().position(|byte| *byte == b'=').map_or(&[][..], |equals| &piece[equals + 1..]);
        let with_pluses = raw.contains(&b'+').then(|| percent_decode(raw).decode_utf8_lossy().into_owned());
        Some(Self { name: name.into_owned(), value: value.into_owned(), with_pluses })
    }
}

/// No address has blanks within: a `+` that is not percent-encoded arrives as one.
fn address(value: &str) -> Cow<'_, str> {
    let address = value.trim_matches(' ');
    if address.contains(' ') { Cow::Owned(address.replace(' ', "+")) } else { Cow::Borrowed(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Query {
        Query::parse(query.as_bytes()).expect("UTF-8")
    }

    #[test]
    fn what_is_not_utf_8_is_refused_wherever_it_stands() {
        let refused: [&[u8]; 7] =
            [b"id=%ff", b"%ff=id", b"id=\xff", b"id=a&%C3&%A9", b"id=%C3+%A9", b"id=%ed%a0%80", b"id=%c0%80"];
        for text in refused {
            assert_eq!(Query::parse(text).err(), Some(NotUtf8), "{text:?}");
        }
        for (text, id) in
            [("id=%C3%A9", "\u{e9}"), ("id=\u{e9}", "\u{e9}"), ("id=%EF%BF%BD", "\u{fffd}"), ("id=%zz%", "%zz%")]
        {
            assert_eq!(parse(text).get("id"), Ok(Some(id)), "{text}");
        }
    }

    #[test]
    fn a_parameter_with_one_value_is_there_once() {
        for query in ["id=a&id=b", "id=a&id=a", "id=a&i%64", "id&x&id="] {
            let query = parse(query);
            assert_eq!((query.get("id"), query.get("x").is_ok()), (Err(Repeated), true));
            assert_eq!((query.get_time("id"), query.get_address("id")), (Err(Repeated), Err(Repeated)));
        }
        assert_eq!(parse("ID=a&id=b").get("id"), Ok(Some("b")));
    }

    #[test]
    fn a_plus_that_is_not_encoded_has_two_readings() {
        for (query, value, with_pluses) in [
            ("id=a+b", "a b", Some("a+b")),
            ("x&id=a+b%20c+%2B%26&y=+", "a b c +&", Some("a+b c++&")),
            ("id=+", " ", Some("+")),
            ("id=a=+", "a= ", Some("a=+")),
            ("i%64=%C3%A9+", "\u{e9} ", Some("\u{e9}+")),
            ("id=a%2Bb", "a+b", None),
            ("id=a%20b", "a b", None),
            ("id", "", None),
        ] {
            let query = parse(query);
            assert_eq!((query.get("id"), query.get_with_pluses("id")), (Ok(Some(value)), Ok(with_pluses)), "{query:?}");
        }
        assert_eq!(parse("a+b=c").get("a b"), Ok(Some("c")));
        assert_eq!(parse("a+b=c").get_with_pluses("a b"), Ok(None));
        assert_eq!(parse("a+b").get_with_pluses("a b"), Ok(None));
        assert_eq!(parse("id=a+b&id=c").get_with_pluses("id"), Err(Repeated));
        assert_eq!(parse("x=+").get_with_pluses("id"), Ok(None));
    }

    #[test]
    fn blanks_within_an_address_were_pluses() {
        for (query, address) in [
            ("a=b", None),
            ("email=ann@contoso.com", Some("ann@contoso.com")),
            ("email=first+tag@contoso.com", Some("first+tag@contoso.com")),
            ("email=first%2Btag@contoso.com", Some("first+tag@contoso.com")),
            ("email=a+b%20c@contoso.com&x=email", Some("a+b+c@contoso.com")),
            ("email=+ann@contoso.com%20", Some(" ann@contoso.com ")),
            ("email=+a+b@contoso.com", Some("a+b@contoso.com")),
            ("email=+", Some(" ")),
        ] {
            assert_eq!(parse(query).get_address("email"), Ok(address.map(Into::into)), "{query}");
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
            assert_eq!(parse(query).get_addresses("a").collect::<Vec<_>>(), addresses, "{query}");
        }
    }

    #[test]
    fn a_blank_before_an_offset_was_a_plus() {
        for (query, time) in [
            ("from=2026-05-04T11:30:00+02:00", "2026-05-04T11:30:00+02:00"),
            ("from=2026-05-04T11:30:00%2B02:00", "2026-05-04T11:30:00+02:00"),
            ("from=2026-05-04T11:30:00Z", "2026-05-04T11:30:00Z"),
            ("from=2026-05-04T11:30:00+0200", "2026-05-04T11:30:00+0200"),
            ("from=2026-05-04T11:30+02+", "2026-05-04T11:30+02"),
            ("from=2026-05-04%2011:30:00+02:00", "2026-05-04 11:30:00+02:00"),
            ("from=2026-05-04+11:30:00Z", "2026-05-04 11:30:00Z"),
            ("from=2026-05-04T11:30:00+Z", "2026-05-04T11:30:00 Z"),
            ("from=a+b", "a b"),
        ] {
            assert_eq!(parse(query).get_time("from"), Ok(Some(time.into())), "{query}");
        }
    }
}

//! The structured fields (RFC 9651) that a signature is written in.

use sfv::{
    Dictionary, KeyRef, Parser,
    visitor::{DictionaryVisitor, EntryVisitor},
};

/// A dictionary, unless it is malformed or has a member twice.
///
/// In a structured field the last of several members counts. Whoever reads the first instead would see another signature
/// than we do, so RFC 9421, section 4, wants labels that are unique.
pub(super) fn dictionary(text: &str) -> Option<Dictionary> {
    Parser::new(text).parse_dictionary_with_visitor(Unique(Dictionary::new())).ok()
}

struct Unique(Dictionary);

#[derive(Debug, thiserror::Error)]
#[error("a member is there twice")]
struct Repeated;

impl<'de> DictionaryVisitor<'de> for Unique {
    type Out = Dictionary;
    type Error = Repeated;

    fn entry(&mut self, key: &'de KeyRef) -> Result<impl EntryVisitor<'de>, Repeated> {
        if self.0.contains_key(key) {
            return Err(Repeated);
        }
        DictionaryVisitor::entry(&mut self.0, key).map_err(|never| match never {})
    }

    fn finish(self) -> Result<Dictionary, Repeated> {
        Ok(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_there_once() {
        for (text, members) in [
            ("", Some(0)),
            ("a=1", Some(1)),
            ("a=1, b=(1 2);c", Some(2)),
            ("a=1,b=:AQ==:", Some(2)),
            ("a=1, a=1", None),
            ("a=(1), b=2, a=:AQ==:", None),
            ("a=1,", None),
            ("a=(1", None),
            ("a=:AQ", None),
            ("A=1", None),
            ("é=1", None),
        ] {
            assert_eq!(dictionary(text).map(|found| found.len()), members, "{text:?}");
        }
    }
}

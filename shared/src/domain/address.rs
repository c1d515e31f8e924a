//! Mail addresses, compared as mail systems compare them.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use email_address::Options;

/// An SMTP address. It keeps the caller's spelling and is compared without regard to case.
#[derive(Clone)]
pub struct EmailAddress {
    written: String,
    folded: String,
}

/// The text is not a valid mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a mail address")]
pub struct InvalidAddress;

impl EmailAddress {
    /// RFC 5321, section 4.5.3.1.3: a path has at most 256 bytes, and two of them are its brackets.
    pub const MAX_BYTES: usize = 254;

    /// The address as the caller wrote it.
    pub fn as_written(&self) -> &str {
        &self.written
    }

    /// The address in lower case, for keys and comparisons.
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let text = text.trim();
        let options = Options::default().without_display_text().without_domain_literal();
        let is_forbidden = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '"' | '\\' | '<' | '>' | '/');
        // The Kelvin sign in lower case is `k`. An address with it would equal the address of another mailbox, with a `k`.
        let folds_to_ascii = |c: char| !c.is_ascii() && c.to_lowercase().all(|lower| lower.is_ascii());
        if text.contains(is_forbidden) || text.contains(folds_to_ascii) {
            return Err(InvalidAddress);
        }
        let folded = text.to_lowercase();
        // Both forms must be valid, because some letters have more bytes in lower case.
        for form in [text, &folded] {
            if form.len() > Self::MAX_BYTES {
                return Err(InvalidAddress);
            }
            email_address::EmailAddress::parse_with_options(form, options).map_err(|_| InvalidAddress)?;
        }
        Ok(Self { written: text.to_owned(), folded })
    }
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for EmailAddress {}

impl PartialOrd for EmailAddress {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for EmailAddress {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded.cmp(&other.folded)
    }
}

impl Hash for EmailAddress {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

/// Shows no address: it is personal data, and debug output may get into a log.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_without_regard_to_case() {
        let upper: EmailAddress = "Ann.Lee@Contoso.COM".parse().expect("valid");
        assert_eq!(upper, "ann.lee@contoso.com".parse().expect("valid"));
        assert_eq!(upper.as_written(), "Ann.Lee@Contoso.COM");
        assert_ne!(upper, "ann.lee@contoso.org".parse().expect("valid"));
    }

    #[test]
    fn invalid_addresses_are_refused() {
        for text in [
            "",
            " ",
            "ann",
            "ann@",
            "@contoso.com",
            "a b@contoso.com",
            "Ann <ann@contoso.com>",
            "a@b@c.com",
            "a\u{0}@b.com",
            "\u{212a}im@contoso.com",
            "ann@boo\u{212a}.contoso.com",
            // The part before the `@` has 64 bytes, which is the limit, and 96 in lower case.
            &format!("{}@contoso.com", "\u{130}".repeat(32)),
            &format!("a@{}contoso.com", "b.".repeat(125)),
        ] {
            assert!(text.parse::<EmailAddress>().is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn debug_output_shows_no_address() {
        let address: EmailAddress = "ann@contoso.com".parse().expect("valid");
        assert!(!format!("{address:?}").contains("ann"));
    }
}

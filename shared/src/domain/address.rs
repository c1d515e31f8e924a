//! A mail address that can be compared the way mail systems compare it.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use email_address::Options;

/// An SMTP address. Kept as the caller wrote it, compared without regard to case.
#[derive(Clone)]
pub struct EmailAddress {
    written: String,
    folded: String,
}

/// The text is not a mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a mail address")]
pub struct InvalidAddress;

impl EmailAddress {
    /// The longest address, in bytes. Source: RFC 5321, section 4.5.3.1.3: a path has 256 with its brackets.
    pub const LONGEST: usize = 254;

    /// The address as the caller wrote it.
    pub fn as_written(&self) -> &str {
        &self.written
    }

    /// The address in lower case: the form for keys and comparisons.
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let text = text.trim();
        let options = Options::default().without_display_text().without_domain_literal();
        let hostile = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '"' | '\\' | '<' | '>' | '/');
        // The Kelvin sign is a `k` in lower case: an address with it would pass for the mailbox that is written with a `k`.
        let passes_for_another = |c: char| !c.is_ascii() && c.to_lowercase().all(|lower| lower.is_ascii());
        if text.contains(hostile) || text.contains(passes_for_another) {
            return Err(InvalidAddress);
        }
        let folded = text.to_lowercase();
        // The form for keys must be one as well: some letters grow with their case.
        for form in [text, &folded] {
            if form.len() > Self::LONGEST {
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

/// Addresses are personal: a log line must never show one by accident.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_differ_by_more_than_case() {
        let upper: EmailAddress = "Ann.Lee@Contoso.COM".parse().expect("valid");
        assert_eq!(upper, "ann.lee@contoso.com".parse().expect("valid"));
        assert_eq!(upper.as_written(), "Ann.Lee@Contoso.COM");
        assert_ne!(upper, "ann.lee@contoso.org".parse().expect("valid"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
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
            // 64 bytes before the `@`, and more in lower case.
            &format!("{}@contoso.com", "\u{130}".repeat(32)),
            &format!("a@{}contoso.com", "b.".repeat(125)),
        ] {
            assert!(text.parse::<EmailAddress>().is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn an_address_is_not_shown_when_debugged() {
        let address: EmailAddress = "ann@contoso.com".parse().expect("valid");
        assert!(!format!("{address:?}").contains("ann"));
    }
}

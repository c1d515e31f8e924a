//! Addresses of attendees: what callers can invite, and what calendars show.

use std::{fmt, str::FromStr};

use super::{EmailAddress, InvalidAddress};

/// The address of an attendee: a mail address, or another form that Outlook shows for some attendees. It keeps its spelling and is
/// compared without regard to case.
#[derive(Clone)]
pub struct AttendeeAddress {
    written: String,
    folded: String,
}

impl AttendeeAddress {
    /// The longest address that is not a mail address, in bytes. Outlook's are a few hundred at most.
    const MAX_BYTES: usize = 1024;

    /// Reads an address as a calendar shows it. Besides mail addresses there are two forms. Exchange's own name of a mailbox
    /// (`/o=ExchangeLabs/ou=…/cn=…`) belongs to people to whom the invitation was forwarded, for example. A mail address can also
    /// come with a display name (`Jane Doe <jane@contoso.com>`). Outlook keeps such an attendee only if it gets the same text back.
    pub fn from_calendar(text: &str) -> Result<Self, InvalidAddress> {
        let text = text.trim();
        let is_shown = is_exchange_name(text) || has_display_name(text);
        if !is_shown || text.len() > Self::MAX_BYTES || text.contains(char::is_control) {
            return text.parse();
        }
        Ok(Self { written: text.to_owned(), folded: text.to_lowercase() })
    }

    /// The address as it was written.
    pub fn as_written(&self) -> &str {
        &self.written
    }

    /// The address in lower case, for keys and comparisons.
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

/// Whether a text is a distinguished name of Exchange's directory: `/o=` and then more parts, each with a name and a value.
fn is_exchange_name(text: &str) -> bool {
    let Some(parts) = text.strip_prefix('/') else { return false };
    let mut parts = parts.split('/').map(|part| part.split_once('='));
    let is_organization = |(name, value): (&str, &str)| name.eq_ignore_ascii_case("o") && !value.is_empty();
    let is_part = |(name, value): (&str, &str)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic()) && !value.is_empty()
    };
    parts.next().flatten().is_some_and(is_organization)
        && parts.next().flatten().is_some_and(is_part)
        && parts.all(|part| part.is_some_and(is_part))
}

/// Whether a text is a mail address in angle brackets after a display name.
fn has_display_name(text: &str) -> bool {
    let parts = text.strip_suffix('>').and_then(|text| text.rsplit_once('<'));
    parts.is_some_and(|(name, address)| {
        !name.trim().is_empty() && !name.contains(['<', '>']) && address.parse::<EmailAddress>().is_ok()
    })
}

impl From<EmailAddress> for AttendeeAddress {
    fn from(address: EmailAddress) -> Self {
        Self { written: address.as_written().to_owned(), folded: address.folded().to_owned() }
    }
}

impl FromStr for AttendeeAddress {
    type Err = InvalidAddress;

    /// Reads a mail address.
    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        text.parse::<EmailAddress>().map(Self::from)
    }
}

impl PartialEq for AttendeeAddress {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for AttendeeAddress {}

/// Shows no address: it is personal data, and debug output may get into a log.
impl fmt::Debug for AttendeeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AttendeeAddress(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXCHANGE_NAME: &str =
        "/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=0a1b-jane";

    #[test]
    fn an_address_from_a_calendar_keeps_its_form() {
        for text in
            ["jane@contoso.com", EXCHANGE_NAME, "/O=CONTOSO/CN=JANE", "Jane Doe <jane@x>", "\"Doe, Jane\" <jane@x.com>"]
        {
            let address = AttendeeAddress::from_calendar(&format!(" {text} ")).expect(text);
            assert_eq!((address.as_written(), address.folded()), (text, text.to_lowercase().as_str()));
        }
    }

    #[test]
    fn a_typo_is_not_an_address_from_a_calendar() {
        let long = format!("/o=x/cn={}", "x".repeat(1024));
        for text in [
            "",
            "ann@",
            "ann",
            "Ann",
            "<ann@x.com>",
            " <ann@x.com>",
            "Ann <ann@>",
            "Ann <ann@x.com",
            "Ann ann@x.com>",
            "Ann <<ann@x.com>",
            "A <b@x.com> <c@x.com>",
            "Ann\n<ann@x.com>",
            "/",
            "/o=",
            "/o=x",
            "/o=x/",
            "/o=/cn=x",
            "/o=x/cn=",
            "/o=x/cn",
            "/cn=x/o=y",
            "o=x/cn=y",
            "/o=x//cn=y",
            "/o=x/cn=y\0",
            &long,
        ] {
            assert!(AttendeeAddress::from_calendar(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn only_mail_addresses_can_be_invited() {
        assert!("jane@contoso.com".parse::<AttendeeAddress>().is_ok());
        for text in [EXCHANGE_NAME, "Jane Doe <jane@x>"] {
            assert!(text.parse::<AttendeeAddress>().is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn debug_output_shows_no_address() {
        let address: AttendeeAddress = "ann@contoso.com".parse().expect("valid");
        assert!(!format!("{address:?}").contains("ann"));
    }
}

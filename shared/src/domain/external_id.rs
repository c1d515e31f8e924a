use super::BookingId;

/// The caller's own id of a meeting or an appointment: 1 to 512 bytes. Compared byte by byte. White space at its ends is not part of
/// it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExternalId(String);

/// The text is not a valid external id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidExternalId {
    #[error("must not be blank")]
    Blank,
    #[error("must have at most 512 bytes")]
    TooLong,
}

impl ExternalId {
    const MAX_BYTES: usize = 512;

    pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidExternalId> {
        match text.as_ref().trim() {
            "" => Err(InvalidExternalId::Blank),
            text if text.len() > Self::MAX_BYTES => Err(InvalidExternalId::TooLong),
            text => Ok(Self(text.to_owned())),
        }
    }

    /// A booking's id as text.
    pub fn of_booking(id: BookingId) -> Self {
        Self(id.to_string())
    }

    /// The id as the caller wrote it, without white space at its ends.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_to_512_bytes_and_not_blank() {
        assert!(ExternalId::new("x".repeat(512)).is_ok());
        assert!(ExternalId::new(format!(" {}\n", "x".repeat(512))).is_ok());
        assert_eq!(ExternalId::new("é".repeat(257)), Err(InvalidExternalId::TooLong));
        for text in ["", "   ", "\t\n\u{a0}"] {
            assert_eq!(ExternalId::new(text), Err(InvalidExternalId::Blank), "{text:?}");
        }
    }

    #[test]
    fn white_space_at_its_ends_does_not_make_another_id() {
        for text in ["a b", " a b", "a b\r\n", "\u{a0}a b\t"] {
            assert_eq!(ExternalId::new(text).expect("an id").as_str(), "a b", "{text:?}");
        }
        assert_ne!(ExternalId::new("a  b"), ExternalId::new("a b"));
    }
}

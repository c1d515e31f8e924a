/// The caller's own id of a meeting or an appointment: 1 to 512 bytes, not only white space. Compared byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExternalId(String);

/// The text is not a valid external id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 512 bytes, and not only blanks")]
pub struct InvalidExternalId;

impl ExternalId {
    const MAX_BYTES: usize = 512;

    pub fn new(text: impl Into<String>) -> Result<Self, InvalidExternalId> {
        let text = text.into();
        if text.len() > Self::MAX_BYTES || text.trim().is_empty() { Err(InvalidExternalId) } else { Ok(Self(text)) }
    }

    /// The id as the caller wrote it.
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
        assert!(ExternalId::new(" x ").is_ok());
        assert!(ExternalId::new("é".repeat(257)).is_err());
        for text in ["", "   ", "\t\n"] {
            assert!(ExternalId::new(text).is_err(), "{text:?}");
        }
    }
}

use std::fmt;

use serde::{Deserialize, Serialize};

/// A tenant's short name: 1 to 32 of `a-z`, `0-9` and `-`, starting with a letter or digit. Part of every key in the store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantId(String);

/// The text is not a valid tenant name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tenant's name is 1 to 32 of a-z, 0-9 and -, and begins with a letter or digit")]
pub struct InvalidTenantId;

impl TenantId {
    const MAX_LENGTH: usize = 32;

    pub fn new(text: impl Into<String>) -> Result<Self, InvalidTenantId> {
        let text = text.into();
        let is_allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let has_length = (1..=Self::MAX_LENGTH).contains(&text.len());
        if !has_length || text.starts_with('-') || !text.bytes().all(is_allowed) {
            return Err(InvalidTenantId);
        }
        Ok(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for TenantId {
    type Error = InvalidTenantId;

    fn try_from(text: String) -> Result<Self, InvalidTenantId> {
        Self::new(text)
    }
}

impl From<TenantId> for String {
    fn from(id: TenantId) -> Self {
        id.0
    }
}

//! The kinds of a tenant's secrets, and their names.

/// One of a tenant's secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretKind {
    /// The credential for Microsoft Entra.
    Microsoft,
    /// Signing keys and client hashes.
    Keys,
    /// Microsoft tokens.
    Token,
    /// The integrator's credentials.
    Credentials,
}

impl SecretKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Microsoft => "microsoft",
            Self::Keys => "keys",
            Self::Token => "token",
            Self::Credentials => "credentials",
        }
    }
}

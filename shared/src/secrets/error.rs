//! The error of Secrets Manager.

use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};

use crate::{aws, cache::FetchError, problem::Problem};

/// Why a secret could not be read or written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SecretsError {
    /// The secret does not exist: the tenant is unknown or not set up completely.
    #[error("no such secret")]
    NotFound,
    /// The secret cannot be parsed. Never shows its content.
    #[error("the {0} secret is malformed")]
    Malformed(&'static str),
    /// Secrets Manager refuses the call until an operator changes something: a permission, a key, a secret that is marked for
    /// deletion.
    #[error("Secrets Manager: {0}")]
    Refused(String),
    /// Secrets Manager cannot be reached, throttles or fails. It recovers without an operator.
    #[error("Secrets Manager: {0}")]
    Unavailable(String),
}

impl SecretsError {
    /// Whether the same call fails again until an operator changes something.
    pub fn is_definitive(&self) -> bool {
        !matches!(self, Self::Unavailable(_))
    }
}

/// For requests that have done nothing yet.
impl From<SecretsError> for Problem {
    fn from(error: SecretsError) -> Self {
        if error.is_definitive() { Self::internal(error.to_string()) } else { Self::unavailable(error.to_string()) }
    }
}

impl FetchError for SecretsError {
    fn is_definitive(&self) -> bool {
        self.is_definitive()
    }

    fn timed_out() -> Self {
        Self::Unavailable("timeout".to_owned())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn failed<E: ProvideErrorMetadata>(error: SdkError<E>) -> SecretsError {
    let cause = aws::for_log(&error);
    if aws::is_definitive(&error) { SecretsError::Refused(cause) } else { SecretsError::Unavailable(cause) }
}

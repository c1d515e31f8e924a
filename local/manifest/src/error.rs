use std::{io, path::PathBuf};

/// A file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", file.display())]
pub struct Error {
    /// The path in the checkout.
    pub file: PathBuf,
    pub problem: String,
}

impl Error {
    pub(crate) fn new(file: impl Into<PathBuf>, problem: impl Into<String>) -> Self {
        Self { file: file.into(), problem: problem.into() }
    }

    pub(crate) fn io(file: impl Into<PathBuf>, error: &io::Error) -> Self {
        Self::new(file, error.to_string())
    }
}

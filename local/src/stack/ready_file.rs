//! The file that is there while the stack serves.

use std::{fs, path::PathBuf};

use crate::{Error, Ready, files};

/// A ready file; it goes when this is dropped.
pub(super) struct ReadyFile(PathBuf);

impl ReadyFile {
    /// Takes away what an instance that was killed left behind: a script must not take it for ours.
    pub(super) fn clear(path: PathBuf) -> Self {
        let _ = fs::remove_file(&path);
        Self(path)
    }

    /// Writes the file, whole at once.
    pub(super) fn write(&self, ready: &Ready) -> Result<(), Error> {
        files::write_json(&self.0, ready).map_err(Error::file(&self.0))
    }
}

impl Drop for ReadyFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

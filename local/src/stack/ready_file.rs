//! The file that is there while the stack serves.

use std::{fs, path::PathBuf};

use crate::{Error, Ready, files};

/// A ready file; it goes when this is dropped.
pub(super) struct ReadyFile {
    path: PathBuf,
    /// What was written, which no other instance writes: it holds a refresh token of this start.
    written: Option<Vec<u8>>,
}

impl ReadyFile {
    /// Takes away what an instance that was killed left behind: a script must not take it for ours.
    pub(super) fn clear(path: PathBuf) -> Self {
        let _ = fs::remove_file(&path);
        let _ = fs::remove_file(files::draft(&path));
        Self { path, written: None }
    }

    /// Writes the file, whole at once.
    pub(super) fn write(&mut self, ready: &Ready) -> Result<(), Error> {
        let text = files::json(ready).map_err(Error::file(&self.path))?;
        files::write_whole(&self.path, &text).map_err(Error::file(&self.path))?;
        self.written = Some(text);
        Ok(())
    }
}

impl Drop for ReadyFile {
    /// Removes the file, unless another instance has put its own there since.
    fn drop(&mut self) {
        if self.written.is_some() && fs::read(&self.path).ok() == self.written {
            let _ = fs::remove_file(&self.path);
        }
    }
}

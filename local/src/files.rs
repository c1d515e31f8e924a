//! Files that are written whole or not at all.

use std::{
    ffi::OsString,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::Serialize;

/// Writes a file so that a reader, or a process killed midway, never sees half of it. Only the owner may read it: what
/// is written here holds credentials.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let draft = draft(path);
    let written = write_private(&draft, content).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written
}

/// Something as JSON that is for people too.
pub(crate) fn json(content: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(content)?;
    text.push(b'\n');
    Ok(text)
}

/// What a file is called while it is being written: always the same, so that what a killed process leaves is found.
pub(crate) fn draft(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    path.with_file_name(with_ending(Path::new(&name), ".new"))
}

/// A path with something at its end.
pub(crate) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

/// Removes a file if it is there.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    // What is left of a draft may have other permissions.
    remove(path)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(content)
}

//! Files that are written whole or not at all.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use serde::Serialize;

/// Writes a file so that a reader, or a process killed midway, never sees half of it. Only the owner may read it: what
/// is written here holds credentials.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let draft = path.with_file_name(format!(".{name}.{}.new", std::process::id()));
    let written = write_private(&draft, content).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written
}

/// The same, for something that is JSON for people too.
pub(crate) fn write_json(path: &Path, content: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(content)?;
    text.push(b'\n');
    write_whole(path, &text)
}

fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    // What is left of a draft may have other permissions.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(content)
}

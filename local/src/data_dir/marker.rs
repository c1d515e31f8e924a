//! The file by which a folder is known to be ours, and held.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    path::Path,
};

use serde::Deserialize;
use serde_json::json;

use crate::Error;

const NAME: &str = "convene-local.json";
const GITIGNORE: &str = ".gitignore";
/// How the folder's files are laid out. Another number is another layout.
const FORMAT: u32 = 1;

#[derive(Deserialize)]
struct Marker {
    format: u32,
}

/// Takes a folder for as long as the file is open. A folder that is empty becomes ours; one that holds anything that is
/// not ours is left exactly as it is: its files may have the very names that we use.
pub(super) fn claim(folder: &Path) -> Result<File, Error> {
    let path = folder.join(NAME);
    if !path.exists() && !is_vacant(folder)? {
        return Err(Error::NotOurs(folder.to_owned()));
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path).map_err(Error::file(&path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(Error::DataInUse(folder.to_owned())),
        Err(TryLockError::Error(source)) => return Err(Error::File { path, source }),
    }
    let mut content = Vec::new();
    file.read_to_end(&mut content).map_err(Error::file(&path))?;
    match serde_json::from_slice(&content) {
        Ok(Marker { format: FORMAT }) => Ok(file),
        Ok(_) => Err(Error::OtherFormat(folder.to_owned())),
        // Made just now, or by an instance that was killed at this very line.
        Err(_) if content.is_empty() && is_vacant(folder)? => {
            ignore(folder).map_err(Error::file(folder.join(GITIGNORE)))?;
            let about =
                "Data of `cargo local`. `cargo local --reset` removes the files it has written beside this one.";
            let text = format!("{:#}\n", json!({"about": about, "format": FORMAT}));
            file.write_all(text.as_bytes()).map_err(Error::file(&path))?;
            Ok(file)
        }
        Err(_) => Err(Error::NotOurs(folder.to_owned())),
    }
}

/// Whether there is nothing in a folder but what is there before we have finished taking it.
fn is_vacant(folder: &Path) -> Result<bool, Error> {
    for entry in fs::read_dir(folder).map_err(Error::file(folder))? {
        let name = entry.map_err(Error::file(folder))?.file_name();
        if name != NAME && name != GITIGNORE {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Keeps the folder out of version control: it will hold credentials. A person's own rules stay.
fn ignore(folder: &Path) -> io::Result<()> {
    match File::create_new(folder.join(GITIGNORE)) {
        Ok(mut file) => file.write_all(b"*\n"),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

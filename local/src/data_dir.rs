//! The folder in which everything is kept from one start to the next.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, files};

const LOCK: &str = "lock";
const DYNAMODB: &str = "dynamodb.sqlite";
const CALENDARS: &str = "calendars.sqlite";
const SECRETS: &str = "secrets.json";
/// What SQLite leaves beside a database.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A small JSON file of the folder.
#[derive(Clone, Copy)]
pub(crate) enum Kept {
    /// What the tenants' credentials are.
    Credentials,
    /// Ports, and until when the calendars were filled.
    State,
}

impl Kept {
    fn name(self) -> &'static str {
        match self {
            Self::Credentials => "credentials.json",
            Self::State => "state.json",
        }
    }
}

/// The folder, held against other instances until it is dropped.
pub(crate) struct DataDir {
    folder: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Opens a folder, making it where it does not exist. With `reset` it forgets what it held.
    pub(crate) fn open(folder: &Path, reset: bool) -> Result<Self, Error> {
        let folder = folder.to_owned();
        make(&folder).map_err(Error::file(&folder))?;
        let lock = folder.join(LOCK);
        let file = File::create(&lock).map_err(Error::file(&lock))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::DataInUse(folder)),
            Err(TryLockError::Error(source)) => return Err(Error::File { path: lock, source }),
        }
        let opened = Self { folder, _lock: file };
        if reset {
            opened.forget()?;
        }
        Ok(opened)
    }

    /// The file of the tables.
    pub(crate) fn dynamodb(&self) -> PathBuf {
        self.folder.join(DYNAMODB)
    }

    /// The file of the simulated mailboxes.
    pub(crate) fn calendars(&self) -> PathBuf {
        self.folder.join(CALENDARS)
    }

    /// The file of the secrets.
    pub(crate) fn secrets(&self) -> PathBuf {
        self.folder.join(SECRETS)
    }

    /// What a file holds; its default where there is none yet.
    pub(crate) fn read<T: DeserializeOwned + Default>(&self, kept: Kept) -> Result<T, Error> {
        let path = self.folder.join(kept.name());
        match fs::read(&path) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map_err(|error| Error::Damaged { path, problem: error.to_string() })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
            Err(error) => Err(Error::file(path)(error)),
        }
    }

    /// Replaces what a file holds.
    pub(crate) fn write(&self, kept: Kept, content: &impl Serialize) -> Result<(), Error> {
        let path = self.folder.join(kept.name());
        files::write_json(&path, content).map_err(Error::file(path))
    }

    /// Removes what this program has written, and nothing else: the folder is the user's choice and may hold more.
    fn forget(&self) -> Result<(), Error> {
        let databases = [DYNAMODB, CALENDARS];
        let companions = databases.iter().flat_map(|name| COMPANIONS.map(|end| format!("{name}{end}")));
        let named = [DYNAMODB, CALENDARS, SECRETS, Kept::Credentials.name(), Kept::State.name()].map(str::to_owned);
        for name in named.into_iter().chain(companions) {
            let path = self.folder.join(name);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Error::file(path)(error)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// A new folder is for its owner alone, and keeps itself out of version control: it will hold credentials.
fn make(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    fs::write(folder.join(".gitignore"), "*\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_folder_has_one_user_at_a_time() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("data");
        let first = DataDir::open(&folder, false).expect("free");
        assert!(matches!(DataDir::open(&folder, true), Err(Error::DataInUse(_))));
        drop(first);
        DataDir::open(&folder, false).expect("free again");
    }

    #[test]
    fn reset_forgets_what_was_written_and_nothing_else() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path();
        fs::write(folder.join("letter.txt"), "mine").expect("written");
        let kept = BTreeMap::from([("a".to_owned(), 1)]);
        let opened = DataDir::open(folder, false).expect("free");
        opened.write(Kept::State, &kept).expect("written");
        fs::write(opened.dynamodb(), "").expect("written");
        assert_eq!(opened.read::<BTreeMap<String, i32>>(Kept::State).expect("read"), kept);
        drop(opened);

        let opened = DataDir::open(folder, true).expect("free");
        assert!(opened.read::<BTreeMap<String, i32>>(Kept::State).expect("read").is_empty());
        assert!(!opened.dynamodb().exists() && folder.join("letter.txt").exists());
    }

    #[test]
    fn a_damaged_file_is_named() {
        let place = tempfile::tempdir().expect("a folder");
        let opened = DataDir::open(place.path(), false).expect("free");
        fs::write(place.path().join("state.json"), "{").expect("written");
        let error = opened.read::<BTreeMap<String, i32>>(Kept::State).expect_err("damaged");
        assert!(error.to_string().contains("state.json is damaged"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn credentials_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;

        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("data");
        let opened = DataDir::open(&folder, false).expect("free");
        opened.write(Kept::Credentials, &1).expect("written");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&folder.join("credentials.json"))), (0o700, 0o600));
    }
}

//! The folder in which everything is kept from one start to the next.

mod marker;

use std::{
    fs::{self, DirBuilder, File},
    io,
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, files};

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
    /// Opens a folder of ours, making it where there is none. With `reset` it forgets what it held.
    pub(crate) fn open(folder: &Path, reset: bool) -> Result<Self, Error> {
        make(folder).map_err(Error::file(folder))?;
        let opened = Self { _lock: marker::claim(folder)?, folder: folder.to_owned() };
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
        files::json(content).and_then(|text| files::write_whole(&path, &text)).map_err(Error::file(path))
    }

    /// Removes what this program has written, and nothing else: a person may keep more in the folder.
    fn forget(&self) -> Result<(), Error> {
        let databases = [DYNAMODB, CALENDARS].map(|name| self.folder.join(name));
        let companions = databases.iter().flat_map(|path| COMPANIONS.map(|end| files::with_ending(path, end)));
        let written = [SECRETS, Kept::Credentials.name(), Kept::State.name()].map(|name| self.folder.join(name));
        let drafts = written.iter().map(|path| files::draft(path));
        for path in databases.iter().chain(&written).cloned().chain(companions).chain(drafts) {
            files::remove(&path).map_err(Error::file(path))?;
        }
        Ok(())
    }
}

/// A folder that is made here is for its owner alone.
fn make(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut names: Vec<_> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

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
        let kept = BTreeMap::from([("a".to_owned(), 1)]);
        let opened = DataDir::open(folder, false).expect("free");
        for kind in [Kept::State, Kept::Credentials] {
            opened.write(kind, &kept).expect("written");
        }
        let litter =
            [".secrets.json.new", "secrets.json", "calendars.sqlite", "dynamodb.sqlite", "dynamodb.sqlite-wal"];
        for name in litter.into_iter().chain(["letter.txt", ".gitignore"]) {
            fs::write(folder.join(name), "mine").expect("written");
        }
        assert_eq!(opened.read::<BTreeMap<String, i32>>(Kept::State).expect("read"), kept);
        drop(opened);

        let opened = DataDir::open(folder, true).expect("free");
        assert!(opened.read::<BTreeMap<String, i32>>(Kept::State).expect("read").is_empty());
        assert_eq!(names(folder), [".gitignore", "convene-local.json", "letter.txt"]);
        assert_eq!(fs::read_to_string(folder.join(".gitignore")).expect("there"), "mine");
    }

    #[test]
    fn what_others_keep_in_a_folder_is_left_alone() {
        for name in
            ["secrets.json", "credentials.json", "state.json", "dynamodb.sqlite", "lock", "letter.txt", "folder/"]
        {
            let place = tempfile::tempdir().expect("a folder");
            let file = place.path().join(name);
            if name.ends_with('/') { fs::create_dir(&file) } else { fs::write(&file, "theirs") }.expect("made");
            for reset in [false, true] {
                let error = DataDir::open(place.path(), reset).err().expect("refused");
                assert!(matches!(error, Error::NotOurs(_)) && error.to_string().contains("--data-dir"), "{error}");
            }
            assert_eq!(names(place.path()), [name.trim_end_matches('/')]);
            assert!(file.is_dir() || fs::read_to_string(&file).expect("there") == "theirs");
        }
    }

    #[test]
    fn a_marker_must_be_one() {
        for (content, ours, other) in [
            ("", false, false),
            ("{}", false, false),
            ("theirs", false, false),
            (r#"{"format": 1, "more": true}"#, true, false),
            (r#"{"format": 2}"#, false, true),
        ] {
            let place = tempfile::tempdir().expect("a folder");
            fs::write(place.path().join("convene-local.json"), content).expect("written");
            fs::write(place.path().join("secrets.json"), "{}").expect("written");
            let opened = DataDir::open(place.path(), true);
            assert_eq!(opened.is_ok(), ours, "{content}");
            assert_eq!(matches!(opened, Err(Error::OtherFormat(_))), other, "{content}");
            assert_eq!(place.path().join("secrets.json").exists(), !ours, "{content}");
        }
    }

    #[test]
    fn a_folder_whose_taking_was_cut_short_is_taken() {
        for left in [&[] as &[_], &["convene-local.json"], &["convene-local.json", ".gitignore"], &[".gitignore"]] {
            let place = tempfile::tempdir().expect("a folder");
            for name in left {
                fs::write(place.path().join(name), "").expect("written");
            }
            drop(DataDir::open(place.path(), false).expect("taken"));
            assert_eq!(names(place.path()), [".gitignore", "convene-local.json"]);
            drop(DataDir::open(place.path(), true).expect("ours"));
        }
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
        // What was left of a draft had other permissions.
        fs::write(folder.join(".credentials.json.new"), "half").expect("written");
        opened.write(Kept::Credentials, &1).expect("written");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&folder.join("credentials.json"))), (0o700, 0o600));
        assert_eq!(fs::read_to_string(folder.join(".gitignore")).expect("there"), "*\n");
        assert!(!folder.join(".credentials.json.new").exists());
    }
}

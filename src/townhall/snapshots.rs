//! The snapshots a server keeps: in memory, or below its data directory.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use bytes::Bytes;

use super::HallError;
use crate::journal::{JournalFault, Snapshot, SnapshotHeader, read_snapshot, write_whole};

/// Most snapshots a server keeps.
const MOST: usize = 256;
/// Most bytes of them together while they are in memory.
const MOST_BYTES: usize = 512 << 20;
/// Longest name.
const LONGEST: usize = 64;

/// Kept snapshots by name.
#[derive(Debug, Default)]
pub struct Snapshots {
    memory: Mutex<BTreeMap<String, Bytes>>,
    directory: OnceLock<PathBuf>,
}

/// One kept snapshot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptSnapshot {
    /// Its name.
    pub id: String,
    /// Its size.
    pub bytes: u64,
    /// What it says about itself, or what is wrong with it.
    pub header: Result<SnapshotHeader, String>,
}

fn cannot(what: &str, path: &std::path::Path, error: &std::io::Error) -> HallError {
    JournalFault::Store(format!("cannot {what} `{}`: {error}", path.display())).into()
}

impl Snapshots {
    /// From now on snapshots are files below `directory`; told once, before the first one.
    pub fn keep_in(&self, directory: PathBuf) {
        let _ = self.directory.set(directory);
    }

    /// Whether `id` can be the name of a snapshot: 1 to 64 letters a-z, digits and hyphens.
    #[must_use]
    pub fn is_name(id: &str) -> bool {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !id.is_empty() && id.len() <= LONGEST && id.bytes().all(allowed)
    }

    fn path(&self, id: &str) -> Option<PathBuf> {
        self.directory.get().map(|directory| directory.join(format!("{id}.bby")))
    }

    /// Keeps `file` as `id`, in place of an older one of that name.
    ///
    /// # Errors
    /// When there are too many, or the file cannot be written.
    pub fn keep(&self, id: &str, file: Bytes) -> Result<(), HallError> {
        let names = self.names()?;
        if names.len() >= MOST && !names.iter().any(|name| name == id) {
            return Err(HallError::TooManySnapshots(format!("{} snapshots are kept", names.len())));
        }
        if let Some(path) = self.path(id) {
            let directory = path.with_file_name("");
            std::fs::create_dir_all(&directory).map_err(|error| cannot("make", &directory, &error))?;
            return write_whole(&path, &file).map_err(|error| cannot("write", &path, &error));
        }
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let others: usize = memory.iter().filter(|(name, _)| *name != id).map(|(_, file)| file.len()).sum();
        if others + file.len() > MOST_BYTES {
            return Err(HallError::TooManySnapshots(format!("{others} bytes of snapshots are in memory")));
        }
        memory.insert(id.to_owned(), file);
        Ok(())
    }

    /// The bytes of the snapshot `id`; `None` when there is none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn get(&self, id: &str) -> Result<Option<Bytes>, HallError> {
        if !Self::is_name(id) {
            return Ok(None);
        }
        let Some(path) = self.path(id) else {
            return Ok(self.memory.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned());
        };
        match read_snapshot(&path) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(cannot("read", &path, &error)),
        }
    }

    fn names(&self) -> Result<Vec<String>, HallError> {
        let Some(directory) = self.directory.get() else {
            return Ok(self.memory.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect());
        };
        let listing = match std::fs::read_dir(directory) {
            Ok(listing) => listing,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(cannot("read", directory, &error)),
        };
        let name = |file: std::fs::DirEntry| Some(file.file_name().to_str()?.strip_suffix(".bby")?.to_owned());
        let mut names: Vec<String> = listing.flatten().filter_map(name).filter(|name| Self::is_name(name)).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// All kept snapshots, by name.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn list(&self) -> Result<Vec<KeptSnapshot>, HallError> {
        let mut list = Vec::new();
        for id in self.names()? {
            let Some(file) = self.get(&id)? else { continue };
            let header = Snapshot::open(&file).map(|snapshot| snapshot.header).map_err(|fault| fault.to_string());
            list.push(KeptSnapshot { id, bytes: file.len() as u64, header });
        }
        Ok(list)
    }
}

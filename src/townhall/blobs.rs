//! Large bytes by their SHA-256. Events name blobs, they never carry them (`DESIGN` §2 rule 10).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::base::{Digest, sha256};

/// A store of bytes by digest, shared by all worlds. With a directory, bytes are on disk before `put` returns.
#[derive(Clone, Debug, Default)]
pub struct Blobs {
    memory: Arc<Mutex<BTreeMap<Digest, Bytes>>>,
    directory: Option<Arc<PathBuf>>,
}

impl Blobs {
    /// A store in memory, or below `directory` when given.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn open(directory: Option<PathBuf>) -> std::io::Result<Self> {
        if let Some(directory) = &directory {
            std::fs::create_dir_all(directory)?;
        }
        Ok(Self { memory: Arc::default(), directory: directory.map(Arc::new) })
    }

    /// Keeps `bytes` and gives their digest.
    ///
    /// # Errors
    /// When the bytes cannot be written to disk.
    pub fn put(&self, bytes: &Bytes) -> std::io::Result<Digest> {
        let digest = sha256(&[bytes]);
        if let Some(directory) = &self.directory {
            let path = directory.join(digest.to_string());
            if !path.exists() {
                let unfinished = directory.join(format!("{digest}.part"));
                let mut file = std::fs::File::create(&unfinished)?;
                std::io::Write::write_all(&mut file, bytes)?;
                file.sync_all()?;
                std::fs::rename(&unfinished, &path)?;
            }
            return Ok(digest);
        }
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.entry(digest).or_insert_with(|| bytes.clone());
        Ok(digest)
    }

    /// The bytes behind `digest`; `None` when they were never put or no longer fit their digest.
    #[must_use]
    pub fn get(&self, digest: &Digest) -> Option<Bytes> {
        if let Some(directory) = &self.directory {
            let bytes = std::fs::read(directory.join(digest.to_string())).ok()?;
            return (sha256(&[&bytes]) == *digest).then(|| Bytes::from(bytes));
        }
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_from_memory_and_from_disk_and_damage_is_not_served() {
        let directory = tempfile::tempdir().unwrap();
        for blobs in [Blobs::default(), Blobs::open(Some(directory.path().to_owned())).unwrap()] {
            let digest = blobs.put(&Bytes::from_static(b"brev")).unwrap();
            assert_eq!(blobs.get(&digest).as_deref(), Some(&b"brev"[..]));
            assert_eq!(blobs.get(&sha256(&[b"other"])), None);
        }
        let digest = sha256(&[b"brev"]);
        std::fs::write(directory.path().join(digest.to_string()), b"bred").unwrap();
        assert_eq!(Blobs::open(Some(directory.path().to_owned())).unwrap().get(&digest), None);
    }
}

//! The directory around a durable store: who holds it, how far its logs reached when that was last known to be good, and
//! the checkpoints.
//!
//! ```text
//! DIR/lock                     held for the life of the process; the holder's number is in it
//! DIR/heads                    one line per world: storage id, last item, its hash, name
//! DIR/log/                     the store itself
//! DIR/checkpoints/<world>/<seq>
//! DIR/bases/<digest>.columns   what worlds were made from, one file for all worlds of a base
//! ```

use std::fmt::Write as _;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::checkpoints::thinned;
use super::files::write_whole;
use super::record::FORMAT;
use super::{Digest, Head, JournalFault, WorldId};
use crate::base::parse_hex;

/// How the file of marks begins; the number of its lines stands behind.
const MARKS_BEGIN: &str = "heads 2 ";
/// Letters of a damaged line that are shown.
const MOST_SHOWN: usize = 60;

/// How far the log of a world reached when somebody last looked. A store that has lost its end looks whole to itself;
/// against this line it does not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Mark {
    pub(super) world: WorldId,
    pub(super) head: Head,
    pub(super) name: String,
}

/// A directory that this process holds.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    /// The lock ends with the file, also when the process is killed.
    _lock: File,
}

fn store_fault(path: &Path, what: &str, error: &std::io::Error) -> JournalFault {
    JournalFault::Store(format!("cannot {what} `{}`: {error}", path.display()))
}

impl Directory {
    /// Makes the directory if it is missing, and takes it.
    pub(super) fn take(path: &Path) -> Result<Self, JournalFault> {
        std::fs::create_dir_all(path).map_err(|error| store_fault(path, "make", &error))?;
        let file_path = path.join("lock");
        let mut options = OpenOptions::new();
        let opened = options.read(true).write(true).create(true).truncate(false).open(&file_path);
        let mut lock = opened.map_err(|error| store_fault(&file_path, "open", &error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = lock.read_to_string(&mut text);
                let holder = match text.trim().parse::<u32>() {
                    Ok(process) => format!("process {process}"),
                    Err(_) => "another process".to_owned(),
                };
                return Err(JournalFault::InUse { path: path.display().to_string(), holder });
            }
            Err(TryLockError::Error(error)) => return Err(store_fault(&file_path, "lock", &error)),
        }
        let written = lock.set_len(0).and_then(|()| lock.rewind());
        written
            .and_then(|()| writeln!(lock, "{}", std::process::id()))
            .map_err(|error| store_fault(&file_path, "write", &error))?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    /// Waits until the log's file is on the disk as it reads now.
    pub(super) fn sync_log(&self) -> Result<(), JournalFault> {
        let path = self.log().join("db");
        File::open(&path).and_then(|file| file.sync_all()).map_err(|error| store_fault(&path, "sync", &error))
    }

    fn replace(path: &Path, bytes: &[u8]) -> Result<(), JournalFault> {
        write_whole(path, bytes).map_err(|error| store_fault(path, "write", &error))
    }

    /// Where the marks are.
    pub(super) fn marks_path(&self) -> PathBuf {
        self.path.join("heads")
    }

    fn marks_fault(&self, line: &str) -> JournalFault {
        let shown: String = line.chars().take(MOST_SHOWN).flat_map(char::escape_default).collect();
        JournalFault::Marks { path: self.marks_path().display().to_string(), what: format!("damaged at `{shown}`") }
    }

    /// There are logs, but nothing says how far they reached.
    pub(super) fn marks_missing(&self) -> JournalFault {
        JournalFault::Marks { path: self.marks_path().display().to_string(), what: "missing".to_owned() }
    }

    /// The marks; `None` when nobody has written any yet.
    pub(super) fn marks(&self) -> Result<Option<Vec<Mark>>, JournalFault> {
        let path = self.marks_path();
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(store_fault(&path, "read", &error)),
        };
        marks_of(&bytes).map(Some).map_err(|line| self.marks_fault(&line))
    }

    pub(super) fn set_marks(&self, marks: &[Mark]) -> Result<(), JournalFault> {
        let text = marks.iter().fold(String::new(), |mut text, mark| {
            let line = format!("{} {} {} {}", mark.world.0, mark.head.seq, mark.head.hash, mark.name);
            let _ = writeln!(text, "{line} {:08x}", crc32c::crc32c(line.as_bytes()));
            text
        });
        // The first line counts the others: a file that was cut between two lines would look whole.
        let text = format!("{MARKS_BEGIN}{}\n{text}", marks.len());
        Self::replace(&self.marks_path(), text.as_bytes())
    }

    /// Where the columns with this digest are kept.
    pub(super) fn columns_path(&self, digest: &Digest) -> PathBuf {
        self.path.join("bases").join(format!("{digest}.columns"))
    }

    /// Keeps a file of columns, unless it is there already.
    pub(super) fn keep_columns(&self, digest: &Digest, file: impl FnOnce() -> Vec<u8>) -> Result<(), JournalFault> {
        let path = self.columns_path(digest);
        if path.exists() {
            return Ok(());
        }
        let bases = self.path.join("bases");
        std::fs::create_dir_all(&bases).map_err(|error| store_fault(&bases, "make", &error))?;
        Self::replace(&path, &file())
    }

    /// The file of the columns with this digest; `None` when there is none.
    pub(super) fn columns(&self, digest: &Digest) -> Result<Option<Vec<u8>>, JournalFault> {
        let path = self.columns_path(digest);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(store_fault(&path, "read", &error)),
        }
    }

    /// A free name beside `name` for what is moved out of the way: `name.damaged-1` and so on.
    pub(super) fn aside(path: &Path) -> PathBuf {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let numbered = |number: u32| path.with_file_name(format!("{name}.damaged-{number}"));
        (1..).map(numbered).find(|free| !free.exists()).unwrap_or_else(|| numbered(0))
    }

    fn checkpoints_of(&self, world: WorldId) -> PathBuf {
        self.path.join("checkpoints").join(world.0.to_string())
    }

    /// Sequence numbers of the checkpoints of `world`, ascending.
    fn checkpoint_seqs(&self, world: WorldId) -> Vec<u64> {
        let Ok(listing) = std::fs::read_dir(self.checkpoints_of(world)) else { return Vec::new() };
        let mut seqs: Vec<u64> =
            listing.flatten().filter_map(|file| file.file_name().to_str()?.parse::<u64>().ok()).collect();
        seqs.sort_unstable();
        seqs
    }

    /// Keeps a checkpoint, and no more than eight per world.
    pub(super) fn keep_checkpoint(
        &self,
        world: WorldId,
        seq: u64,
        digest: Digest,
        bytes: &[u8],
    ) -> Result<(), JournalFault> {
        let directory = self.checkpoints_of(world);
        std::fs::create_dir_all(&directory).map_err(|error| store_fault(&directory, "make", &error))?;
        let mut file = vec![FORMAT];
        file.extend_from_slice(&digest.0);
        file.extend_from_slice(bytes);
        file.extend_from_slice(&crc32c::crc32c(&file).to_be_bytes());
        Self::replace(&directory.join(seq.to_string()), &file)?;
        for seq in thinned(&self.checkpoint_seqs(world)) {
            let path = directory.join(seq.to_string());
            std::fs::remove_file(&path).map_err(|error| store_fault(&path, "remove", &error))?;
        }
        Ok(())
    }

    /// The newest readable checkpoint of `world` at or before `seq`. One that is damaged or of another format does not
    /// count: it is a cache.
    pub(super) fn checkpoint(&self, world: WorldId, seq: u64) -> Option<(u64, Digest, Vec<u8>)> {
        let seqs = self.checkpoint_seqs(world);
        seqs.into_iter().rev().filter(|found| *found <= seq).find_map(|found| {
            let file = std::fs::read(self.checkpoints_of(world).join(found.to_string())).ok()?;
            let (body, check) = file.split_at_checked(file.len().checked_sub(4)?)?;
            if body.first() != Some(&FORMAT) || crc32c::crc32c(body).to_be_bytes() != check {
                return None;
            }
            let digest = Digest(body.get(1..33)?.try_into().ok()?);
            Some((found, digest, body.get(33..)?.to_vec()))
        })
    }

    pub(super) fn forget_checkpoints(&self, world: WorldId) {
        // Left-over files of a cache do no harm: storage ids are never used again.
        let _ = std::fs::remove_dir_all(self.checkpoints_of(world));
    }
}

/// The marks in a file of marks, or the line that cannot be read; a missing line is an empty one.
fn marks_of(bytes: &[u8]) -> Result<Vec<Mark>, String> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let count = first.strip_prefix(MARKS_BEGIN).and_then(|count| count.parse::<usize>().ok());
    let count = count.ok_or_else(|| first.to_owned())?;
    let marks: Vec<Mark> =
        lines.by_ref().take(count).map(|line| mark_of(line).ok_or(line)).collect::<Result<_, _>>()?;
    match lines.next() {
        None if marks.len() == count => Ok(marks),
        None => Err(String::new()),
        Some(line) => Err(line.to_owned()),
    }
}

fn mark_of(line: &str) -> Option<Mark> {
    let (line, check) = line.rsplit_once(' ')?;
    if format!("{:08x}", crc32c::crc32c(line.as_bytes())) != check {
        return None;
    }
    let mut words = line.splitn(4, ' ');
    let world = WorldId(words.next()?.parse().ok()?);
    let seq = words.next()?.parse().ok()?;
    let hash = Digest(parse_hex(words.next()?)?.try_into().ok()?);
    Some(Mark { world, head: Head { seq, hash }, name: words.next()?.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(world: u64, seq: u64, name: &str) -> Mark {
        Mark { world: WorldId(world), head: Head { seq, hash: Digest([7; 32]) }, name: name.into() }
    }

    #[test]
    fn a_second_holder_is_told_who_has_the_directory() {
        let place = tempfile::tempdir().unwrap();
        let held = Directory::take(place.path()).unwrap();
        let fault = Directory::take(place.path()).unwrap_err().to_string();
        assert!(fault.contains(&format!("in use by process {}", std::process::id())), "{fault}");
        drop(held);
        assert!(Directory::take(place.path()).is_ok());
    }

    #[test]
    fn marks_come_back_and_a_damaged_line_is_named() {
        let place = tempfile::tempdir().unwrap();
        let held = Directory::take(place.path()).unwrap();
        assert_eq!(held.marks().unwrap(), None);
        let marks = [mark(1, 40, "main"), mark(3, 0, "t-0a")];
        held.set_marks(&marks).unwrap();
        assert_eq!(held.marks().unwrap().unwrap(), marks);
        let file = place.path().join("heads");
        let good = std::fs::read(&file).unwrap();
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad[place] ^= 4;
            std::fs::write(&file, &bad).unwrap();
            assert!(held.marks().is_err(), "byte {place}");
            std::fs::write(&file, &good[..place]).unwrap();
            // Without its last line end the file still says everything.
            assert!(held.marks().is_err() || place == good.len() - 1, "cut at byte {place}");
        }
        std::fs::write(&file, "heads 2 1\n1 40 zz main 00000000\n").unwrap();
        assert!(held.marks().unwrap_err().to_string().contains("`1 40 zz main 00000000`"));
    }

    #[test]
    fn a_damaged_checkpoint_gives_way_to_the_one_before() {
        let place = tempfile::tempdir().unwrap();
        let held = Directory::take(place.path()).unwrap();
        for seq in [10, 20] {
            held.keep_checkpoint(WorldId(1), seq, Digest([9; 32]), b"rows").unwrap();
        }
        let file = place.path().join("checkpoints/1/20");
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[34] ^= 1;
        std::fs::write(&file, bytes).unwrap();
        assert_eq!(held.checkpoint(WorldId(1), 99), Some((10, Digest([9; 32]), b"rows".to_vec())));
        assert_eq!(held.checkpoint(WorldId(1), 9), None);
    }
}

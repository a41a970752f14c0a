//! Repair of a damaged directory: the good prefix of every log stays, what is damaged is moved aside under a name of its
//! own, nothing is deleted.

use std::path::{Path, PathBuf};

use super::columns::{decode_columns, encode_columns};
use super::directory::{Directory, Mark};
use super::sled_store::{caught, open_log, walk_log};
use super::walk::{Depth, Found, Walk, framed, key};
use super::{JournalFault, WorldHeader, WorldId};
use crate::population::{Spec, generate};

/// What a repair found and did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Repaired {
    /// Worlds that go on, with their last item.
    pub kept: Vec<(String, u64)>,
    /// Worlds that lost something, and what was wrong; `*` for the whole store.
    pub lost: Vec<(String, String)>,
    /// Where damaged files were moved.
    pub aside: Vec<PathBuf>,
    /// Files made again from what is whole.
    pub remade: Vec<PathBuf>,
    /// Columns that this program cannot make again: the worlds on them stay closed until the file comes back.
    pub bases_lost: Vec<(PathBuf, String)>,
}

impl Repaired {
    /// Whether nothing was wrong.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.lost.is_empty() && self.aside.is_empty() && self.remade.is_empty() && self.bases_lost.is_empty()
    }
}

/// A world that goes on.
struct Kept {
    mark: Mark,
    header: WorldHeader,
}

impl Kept {
    fn of(found: &Found) -> Self {
        let header = found.stored.header.clone();
        Self { mark: Mark { world: header.id, head: found.good, name: header.name.clone() }, header }
    }
}

fn rename(from: &Path, to: &Path) -> Result<(), JournalFault> {
    std::fs::rename(from, to).map_err(|error| {
        JournalFault::Store(format!("cannot move `{}` to `{}`: {error}", from.display(), to.display()))
    })
}

/// Keeps the good part of a damaged directory and moves what is damaged aside. Forks of what is lost are cut where their
/// parent ends; a log that cannot be read at all leaves an empty one. A whole directory is left as it is.
///
/// # Errors
/// When the directory is in use or cannot be written, or the store has another format.
pub fn repair(path: &Path) -> Result<Repaired, JournalFault> {
    let directory = Directory::take(path)?;
    let fresh_path = directory.path().join("log.new");
    if !directory.log().exists() && fresh_path.exists() {
        // An earlier repair was cut short between its two renames; the copy is whole.
        rename(&fresh_path, &directory.log())?;
    }
    if fresh_path.exists() {
        std::fs::remove_dir_all(&fresh_path).map_err(|error| JournalFault::Store(error.to_string()))?;
    }
    let mut repaired = Repaired::default();
    let marks = directory.marks();
    let known = marks.as_ref().ok().and_then(Clone::clone).unwrap_or_default();
    let kept = repair_log(&directory, &fresh_path, &known, &mut repaired)?;
    repaired.kept = kept.iter().map(|world| (world.mark.name.clone(), world.mark.head.seq)).collect();
    if marks.is_err() {
        let aside = Directory::aside(&directory.marks_path());
        rename(&directory.marks_path(), &aside)?;
        repaired.aside.push(aside);
    }
    let marks_stand = marks.is_ok_and(|marks| marks.is_some() || kept.is_empty());
    if !marks_stand {
        repaired.remade.push(directory.marks_path());
    }
    if !marks_stand || !repaired.lost.is_empty() {
        let marks: Vec<Mark> = kept.iter().map(|world| world.mark.clone()).collect();
        directory.set_marks(&marks)?;
    }
    let mut headers: Vec<&WorldHeader> = kept.iter().map(|world| &world.header).collect();
    headers.sort_by_key(|header| header.base_digest);
    headers.dedup_by_key(|header| header.base_digest);
    for header in headers {
        repair_columns(&directory, header, &mut repaired)?;
    }
    Ok(repaired)
}

/// Leaves a log that is whole, and writes down what was not.
fn repair_log(
    directory: &Directory,
    fresh_path: &Path,
    known: &[Mark],
    repaired: &mut Repaired,
) -> Result<Vec<Kept>, JournalFault> {
    let cannot = |what: String| JournalFault::Store(format!("cannot write `{}`: {what}", fresh_path.display()));
    let mut kept = Vec::new();
    {
        let read = open_log(&directory.log()).and_then(|log| Ok((walk_log(&log, known, Depth::Payload)?, log)));
        if let Ok((found, _)) = &read {
            match found.fault() {
                Some(fault @ JournalFault::Foreign { .. }) => return Err(fault),
                Some(_) => {}
                None => return Ok(found.live().map(Kept::of).collect()),
            }
        }
        let fresh = open_log(fresh_path).map_err(cannot)?;
        match read {
            Ok((found, log)) => copy_good(&found, &log, &fresh, repaired).map_err(cannot)?,
            Err(what) => {
                repaired.lost.push(("*".to_owned(), what));
                let highest = known.iter().map(|mark| mark.world.0).max().unwrap_or(0);
                caught(|| fresh.insert(key(WorldId(0), 0), framed(&highest))).map_err(cannot)?;
            }
        }
        caught(|| fresh.flush()).map_err(cannot)?;
        // Where the kept logs end now: a fork that was cut below its fork point ends inside its parent.
        let walk = walk_log(&fresh, &[], Depth::Chain).map_err(cannot)?;
        if let Some(fault) = walk.fault() {
            return Err(fault);
        }
        kept.extend(walk.live().map(Kept::of));
    }
    let aside = Directory::aside(&directory.log());
    rename(&directory.log(), &aside)?;
    repaired.aside.push(aside);
    rename(fresh_path, &directory.log())?;
    Ok(kept)
}

/// Copies the good part of every world that counts.
fn copy_good(found: &Walk, log: &sled::Db, fresh: &sled::Db, repaired: &mut Repaired) -> Result<(), String> {
    caught(|| fresh.insert(key(WorldId(0), 0), framed(&found.highest)))?;
    repaired.lost.clone_from(&found.lost);
    for world in found.kept() {
        let mut stored = world.stored.clone();
        let name = stored.header.name.clone();
        if let Some(what) = &world.fault {
            repaired.lost.push((name.clone(), what.clone()));
        }
        let start = match &mut stored.header.parent {
            // The base is the parent's, so a fork whose parent's header is lost cannot be kept.
            Some((parent, _)) if !found.worlds.contains_key(parent) => continue,
            Some((_, at)) => {
                *at = (*at).min(world.good.seq);
                *at
            }
            None => 0,
        };
        caught(|| fresh.insert(key(stored.header.id, 0), stored.framed()))?;
        for seq in start + 1..=world.good.seq {
            let place = key(stored.header.id, seq);
            let record = caught(|| log.get(place))?.ok_or_else(|| format!("item {seq} of `{name}` is gone"))?;
            caught(|| fresh.insert(place, record))?;
        }
    }
    Ok(())
}

/// Makes the columns under `header` again when they are damaged or missing and the generator still makes the same.
fn repair_columns(directory: &Directory, header: &WorldHeader, repaired: &mut Repaired) -> Result<(), JournalFault> {
    let digest = header.base_digest;
    let path = directory.columns_path(&digest);
    let what = match directory.columns(&digest)?.map(|file| decode_columns(&file)) {
        Some(Ok(base)) if base.digest == digest => return Ok(()),
        Some(Ok(base)) => Some(format!("they have digest {}", base.digest)),
        Some(Err(fault)) => Some(fault.to_string()),
        None => None,
    };
    let again = generate(&Spec::of_header(&header.base)).ok().filter(|base| base.digest == digest);
    let Some(base) = again else {
        let what = what.unwrap_or_else(|| "they are missing".to_owned());
        repaired.bases_lost.push((path, what));
        return Ok(());
    };
    if what.is_some() {
        let aside = Directory::aside(&path);
        rename(&path, &aside)?;
        repaired.aside.push(aside);
    }
    directory.keep_columns(&digest, || encode_columns(&base))?;
    repaired.remade.push(path);
    Ok(())
}

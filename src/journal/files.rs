//! Files that are there whole or not at all, and calls that may give up.

use std::cell::Cell;
use std::fs::File;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;

/// Writes a file so that a reader finds the old bytes or the new ones, whatever happens in between. Durable when it
/// returns.
///
/// # Errors
/// When the file or its directory cannot be written.
pub fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let unfinished = path.with_file_name(name);
    let mut file = File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)?;
    let parent = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
        Some(parent) => parent.to_owned(),
        None => return Ok(()),
    };
    File::open(parent)?.sync_all()
}

thread_local! {
    /// Whether a panic of this thread is about to be caught and reported as a fault.
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Runs something over bytes that nobody vouches for; a panic inside becomes its first line, without a trace on the
/// terminal.
///
/// # Errors
/// What the panic said.
pub fn caught<T>(act: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !CAUGHT.get() {
                before(info);
            }
        }));
    });
    let outer = CAUGHT.replace(true);
    let result = catch_unwind(AssertUnwindSafe(act));
    CAUGHT.set(outer);
    result.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        one_line(&format!("its reader gave up: {}", text.unwrap_or_default()))
    })
}

/// The first line of a message, of a length people read.
pub(super) fn one_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_inside_the_store_becomes_one_line() {
        let fault = caught(|| -> () { panic!("page 7\nis missing") }).unwrap_err();
        assert_eq!(fault, "its reader gave up: page 7");
        assert!(!CAUGHT.get());
    }

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("town.bby");
        for bytes in [b"one", b"two"] {
            write_whole(&path, bytes).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), bytes);
        }
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
        assert!(write_whole(&place.path().join("nowhere/town.bby"), b"x").is_err());
    }
}

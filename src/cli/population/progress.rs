//! A bar of progress on a terminal; nothing anywhere else.

use std::io::{IsTerminal, Write};

/// Letters of the bar.
const WIDTH: usize = 30;

/// A bar on stderr.
pub(super) struct Progress {
    what: &'static str,
    shown: bool,
}

impl Progress {
    /// A bar of `what`, when stderr is a terminal.
    pub(super) fn on_stderr(what: &'static str) -> Self {
        Self { what, shown: std::io::stderr().is_terminal() }
    }

    /// Shows that `done` of `of` are done.
    pub(super) fn show(&mut self, done: usize, of: usize) {
        if self.shown {
            // A terminal that is gone is no reason to stop.
            let _ = write!(std::io::stderr(), "\r{}", bar(self.what, done, of));
        }
    }

    /// Takes the bar away.
    pub(super) fn end(self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

fn bar(what: &str, done: usize, of: usize) -> String {
    let full = WIDTH * done / of.max(1);
    format!("[{}{}] {done}/{of} {what}", "#".repeat(full), "-".repeat(WIDTH - full))
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn the_bar_is_as_full_as_what_is_done() {
        assert_eq!(bar("parts", 0, 3), format!("[{}] 0/3 parts", "-".repeat(30)));
        assert_eq!(bar("parts", 1, 3), format!("[{}{}] 1/3 parts", "#".repeat(10), "-".repeat(20)));
        assert_eq!(bar("parts", 3, 3), format!("[{}] 3/3 parts", "#".repeat(30)));
        assert_eq!(bar("parts", 0, 0), format!("[{}] 0/0 parts", "-".repeat(30)));
    }
}

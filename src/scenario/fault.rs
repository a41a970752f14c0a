//! What is wrong with a scenario file, said with file, line, caret and the nearest right word
//! (`specs/experience.md` §21).

use std::fmt::Write;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::node::{Place, Source};
use crate::select::{Lang, SelectFault, say};

/// A sentence of the table with its parts, said in a language when it is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sentence {
    /// Key in the table.
    pub key: &'static str,
    /// What fills its places.
    pub parts: Vec<String>,
}

impl Sentence {
    /// The sentence `key` with `parts`.
    #[must_use]
    pub fn new(key: &'static str, parts: &[&str]) -> Self {
        Self { key, parts: parts.iter().map(|part| (*part).to_owned()).collect() }
    }

    /// In `lang`.
    #[must_use]
    pub fn say(&self, lang: Lang) -> String {
        let parts: Vec<&str> = self.parts.iter().map(String::as_str).collect();
        say(lang, self.key, &parts)
    }
}

/// Why a file cannot be loaded. Exit code 3.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LoadFault {
    /// The file cannot be read.
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Something in it is wrong.
    Wrong {
        /// The file.
        source: Arc<Source>,
        /// Bytes it is about.
        span: Range<usize>,
        /// `BB12..` for the file's own grammar, `BB13..` for expressions.
        code: &'static str,
        /// What is wrong.
        what: Sentence,
        /// The nearest right word.
        near: Option<String>,
    },
}

impl LoadFault {
    /// What is wrong, in one sentence with the nearest right word.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::Unreadable { path, why } => say(lang, "scn.unreadable", &[&path.display().to_string(), why]),
            Self::Wrong { what, near, .. } => {
                let mut text = what.say(lang);
                if let Some(near) = near {
                    text.push_str(&say(lang, "cel.near", &[near]));
                }
                text
            }
        }
    }

    /// Where, when it is a place in the file.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::Unreadable { .. } => None,
            Self::Wrong { source, span, .. } => Some(source.place(span)),
        }
    }

    /// The whole of it for a console: code and sentence, file and line, the line itself and a caret.
    #[must_use]
    pub fn show(&self, lang: Lang) -> String {
        let Self::Wrong { source, code, .. } = self else {
            return format!("error[BB1201]: {}\n", self.message(lang));
        };
        let mut out = format!("error[{code}]: {}\n", self.message(lang));
        if let Some(place) = self.place() {
            out.push_str(&caret(source, &place, ""));
        }
        out
    }
}

/// The line of `place` in `source` with a caret under it and `note` after the caret.
pub(super) fn caret(source: &Source, place: &Place, note: &str) -> String {
    let mut out = String::new();
    let number = place.line.to_string();
    let _ = writeln!(out, "  --> {}:{}:{}", source.path.display(), place.line, place.column);
    let _ = writeln!(out, "  {number} | {}", place.text);
    let gap = " ".repeat(place.column - 1);
    let marks = "^".repeat(place.width);
    let note = if note.is_empty() { String::new() } else { format!(" {note}") };
    let _ = writeln!(out, "  {:width$} | {gap}{marks}{note}", "", width = number.len());
    out
}

impl std::fmt::Display for LoadFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.show(Lang::En))
    }
}

impl std::error::Error for LoadFault {}

/// A fault in the expression at `node` as a fault of the file.
pub(super) fn of_expression(source: &Arc<Source>, node: &super::node::Node, fault: &SelectFault) -> LoadFault {
    LoadFault::Wrong {
        source: source.clone(),
        span: node.inside(source, &fault.span),
        code: fault.code,
        what: Sentence { key: fault.key, parts: fault.parts.clone() },
        near: fault.near.clone(),
    }
}

//! The words of the pages, one table for all of them (`texts.tsv`): Bokmål, Nynorsk, English. Northern Sámi pages are
//! shown in Bokmål.

use std::sync::OnceLock;

use crate::base::{Words, words};

const TABLE: &str = include_str!("texts.tsv");

/// One language.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Texts {
    /// `lang` of the page.
    pub lang: &'static str,
    /// Its place among the languages of every table.
    pub column: usize,
}

const LANGUAGES: [Texts; 3] =
    [Texts { lang: "nb", column: 0 }, Texts { lang: "nn", column: 1 }, Texts { lang: "en", column: 2 }];

impl Texts {
    /// The words for somebody whose language is `locale`.
    pub(super) fn of(locale: &str) -> &'static Self {
        let [nb, ..] = &LANGUAGES;
        LANGUAGES.iter().find(|one| one.lang == locale).unwrap_or(nb)
    }

    /// The text `key`.
    ///
    /// # Panics
    /// When the table lacks it: a test reads every key of the sources and templates.
    pub(super) fn t(&self, key: &str) -> &'static str {
        table().get(key).unwrap_or_else(|| panic!("texts.tsv has no `{key}`"))[self.column]
    }

    /// The text `key` with `{0}` replaced by `part`.
    pub(super) fn f(&self, key: &str, part: &str) -> String {
        self.t(key).replace("{0}", part)
    }

    /// The language for sentences of selectors.
    pub(super) fn select(&self) -> crate::select::Lang {
        if self.lang == "en" { crate::select::Lang::En } else { crate::select::Lang::Nb }
    }
}

fn table() -> &'static Words {
    static ROWS: OnceLock<Words> = OnceLock::new();
    ROWS.get_or_init(|| words(TABLE))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::access::fixture;
    use crate::oidc::citizens::Historie;
    use crate::oidc::levels::METHODS;
    use crate::town::model::Hendelsestype;

    /// Every word in quotes in the sources and templates of this folder.
    fn quoted(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                quoted(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs" || end == "html") {
                found.extend(std::fs::read_to_string(&path).unwrap().split('"').map(str::to_owned));
            }
        }
    }

    /// Keys that the sources put together.
    fn built() -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        keys.extend(Historie::ALLE.iter().map(|story| format!("historie.{}", story.name())));
        keys.extend(Historie::ALLE.iter().filter_map(|story| story.om_key()).map(str::to_owned));
        keys.extend(Hendelsestype::ALL.iter().map(|slag| format!("hendelse.{}", slag.code())));
        keys.extend(METHODS.iter().map(|method| format!("amr.{}", method.amr)));
        keys
    }

    #[test]
    fn every_text_is_used_and_every_key_has_a_text_in_every_language() {
        let mut used = BTreeSet::new();
        quoted(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/oidc"), &mut used);
        fixture::check_texts(TABLE, &used, &built());
    }

    #[test]
    fn a_language_without_pages_gets_bokmaal() {
        assert_eq!(["nb", "nn", "en", "se", "xx"].map(|locale| Texts::of(locale).lang), ["nb", "nn", "en", "nb", "nb"]);
    }
}

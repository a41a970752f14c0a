//! The words of the page (`texts.tsv`): Bokmål, Nynorsk, English. Northern Sámi pages are shown in Bokmål.

use std::sync::OnceLock;

use crate::base::{Words, words};

const TABLE: &str = include_str!("texts.tsv");

/// One language.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Texts {
    /// `lang` of the page.
    pub(super) lang: &'static str,
    /// Its name in itself.
    pub(super) navn: &'static str,
    column: usize,
}

/// Every language of the page.
pub(super) const LANGUAGES: [Texts; 3] = [
    Texts { lang: "nb", navn: "Bokmål", column: 0 },
    Texts { lang: "nn", navn: "Nynorsk", column: 1 },
    Texts { lang: "en", navn: "English", column: 2 },
];

impl Texts {
    /// The words for somebody whose language is `code`.
    pub(super) fn of(code: &str) -> &'static Self {
        const ALL: &[Texts; 3] = &LANGUAGES;
        let [nb, ..] = ALL;
        ALL.iter().find(|one| one.lang == code).unwrap_or(nb)
    }

    /// The code `text`, when there are pages in that language.
    pub(super) fn code(text: &str) -> Option<&'static str> {
        LANGUAGES.iter().map(|one| one.lang).find(|lang| *lang == text)
    }

    /// The text `key`.
    ///
    /// # Panics
    /// When the table lacks it: a test reads every key of the sources and templates.
    pub(super) fn t(&self, key: &str) -> &'static str {
        table().get(key).unwrap_or_else(|| panic!("texts.tsv has no `{key}`"))[self.column]
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
    use crate::services::krr::minprofil::profil::MELDINGER;

    #[test]
    fn every_text_is_used_and_every_key_has_a_text_in_every_language() {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let folder = src.join("services/krr/minprofil");
        let mut used: BTreeSet<String> = MELDINGER.iter().map(|word| format!("melding.{word}")).collect();
        let own = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        for path in own.chain([src.join("oidc/base.html")]) {
            if path.extension().is_some_and(|end| end == "rs" || end == "html") {
                used.extend(std::fs::read_to_string(&path).unwrap().split('"').map(str::to_owned));
            }
        }
        fixture::check_texts(TABLE, &used, &BTreeSet::new());
    }

    #[test]
    fn a_language_without_pages_gets_bokmaal() {
        assert_eq!(["nb", "nn", "en", "se", "xx"].map(|code| Texts::of(code).lang), ["nb", "nn", "en", "nb", "nb"]);
        assert_eq!((Texts::code("nn"), Texts::code("se")), (Some("nn"), None));
    }
}

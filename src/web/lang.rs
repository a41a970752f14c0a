//! Languages of people-facing text, the one table of strings, and how dates and numbers are written in Norway.

use std::sync::OnceLock;

use crate::base::{Words, words};
use crate::clock::{Dato, Instant};

/// A language of pages and titles.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Lang {
    /// Bokmål, the default.
    #[default]
    Nb,
    /// Nynorsk.
    Nn,
    /// English.
    En,
}

impl Lang {
    /// All, in the order pages offer them.
    pub const ALL: [Self; 3] = [Self::Nb, Self::Nn, Self::En];

    /// The code, as in `lang` attributes.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Nb => "nb",
            Self::Nn => "nn",
            Self::En => "en",
        }
    }

    /// What the language calls itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nb => "Bokmål",
            Self::Nn => "Nynorsk",
            Self::En => "English",
        }
    }

    /// The language with `code`; `no` is Bokmål.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "nb" | "no" => Some(Self::Nb),
            "nn" => Some(Self::Nn),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The first language of an `Accept-Language` value that we have, in the order given; Bokmål without one.
    #[must_use]
    pub fn accepted(header: Option<&str>) -> Self {
        let tags = header.unwrap_or("").split(',');
        let primary = |tag: &str| tag.split([';', '-']).next().map(|tag| tag.trim().to_ascii_lowercase());
        tags.filter_map(primary).find_map(|tag| Self::from_code(&tag)).unwrap_or_default()
    }

    /// The string `key`.
    ///
    /// # Panics
    /// When the table lacks it: a test reads every key used in sources and templates.
    #[must_use]
    pub fn text(self, key: &str) -> &'static str {
        table().get(key).unwrap_or_else(|| panic!("texts.tsv has no `{key}`"))[self as usize]
    }

    /// The string `key` with `{0}`, `{1}` … replaced by `parts`.
    #[must_use]
    pub fn fill(self, key: &str, parts: &[&str]) -> String {
        let filled = (0..).zip(parts).fold(self.text(key).to_owned(), |text, (place, part): (usize, &&str)| {
            text.replace(&format!("{{{place}}}"), part)
        });
        debug_assert!(!filled.contains("{0}"), "`{key}` needs more parts");
        filled
    }

    /// A date as people write it: `mandag 4. januar 2027`.
    #[must_use]
    pub fn long_date(self, dato: Dato) -> String {
        let weekday =
            list(self.text("date.weekdays"), usize::from(dato.weekday().to_monday_zero_offset().unsigned_abs()));
        format!("{weekday} {}", self.date(dato))
    }

    /// A date without the day of the week: `4. januar 2027`.
    #[must_use]
    pub fn date(self, dato: Dato) -> String {
        let month = list(self.text("date.months"), usize::from(dato.month().unsigned_abs()) - 1);
        let (day, year) = (dato.day(), dato.year());
        match self {
            Self::En => format!("{day} {month} {year}"),
            Self::Nb | Self::Nn => format!("{day}. {month} {year}"),
        }
    }

    /// An instant: `mandag 4. januar 2027 kl. 08:00`.
    #[must_use]
    pub fn moment(self, at: Instant) -> String {
        let local = at.local();
        let clock = format!("{:02}:{:02}", local.hour(), local.minute());
        self.fill("date.moment", &[&self.long_date(local.date()), &clock])
    }
}

/// The `place`-th word of a list with spaces between.
fn list(words: &'static str, place: usize) -> &'static str {
    words.split(' ').nth(place).unwrap_or("")
}

/// A whole number with groups of three, as Norwegians and this town's English write it: a space that does not break.
#[must_use]
pub fn number(value: usize) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + 4);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push('\u{a0}');
        }
        out.push(digit);
    }
    out
}

const TABLE: &str = include_str!("texts.tsv");

/// Key to Bokmål, Nynorsk and English.
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

    /// Every word in quotes in our sources and templates that could be a key.
    fn quoted_words(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let wanted = path.extension().is_some_and(|end| end == "rs" || end == "html");
            if path.is_dir() {
                quoted_words(&path, found);
            } else if wanted {
                let text = std::fs::read_to_string(&path).unwrap();
                found.extend(text.split('"').map(str::to_owned));
            }
        }
    }

    /// Keys that the sources put together from a start and a code of a register.
    fn built_keys() -> BTreeSet<String> {
        use crate::town::model::{Gradering, Husstandstype, Personstatus, Postkasse, Sivilstand, Spraak};
        let codes =
            |start: &str, codes: Vec<&str>| codes.iter().map(|code| format!("{start}.{code}")).collect::<Vec<_>>();
        let mut keys = BTreeSet::new();
        keys.extend(codes("husstand", Husstandstype::ALL.iter().map(|x| x.code()).collect()));
        keys.extend(codes("sivilstand", Sivilstand::ALL.iter().map(|x| x.code()).collect()));
        keys.extend(codes("gradering", Gradering::ALL.iter().map(|x| x.code()).collect()));
        keys.extend(codes("status", Personstatus::ALL.iter().map(|x| x.code()).collect()));
        keys.extend(codes("spraak", Spraak::ALL.iter().map(|x| x.code()).collect()));
        keys.extend(codes("postkasse", Postkasse::ALL.iter().map(|x| x.code()).collect()));
        keys.extend(codes("kjoenn", vec!["kvinne", "mann"]));
        keys.extend(codes("mode", vec!["frozen", "auto", "running"]));
        keys.extend(codes("kanal", vec!["digitalpost", "print", "altinn"]));
        keys.extend(codes("service", crate::web::SERVICES.iter().map(|service| service.id).collect()));
        keys.extend(crate::web::pages::STORIES.iter().map(|story| format!("story.{story}")));
        keys
    }

    #[test]
    fn every_key_is_used_every_used_key_is_there_and_every_cell_is_filled() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
        let mut quoted = BTreeSet::new();
        quoted_words(&folder, &mut quoted);
        fixture::check_texts(TABLE, &quoted, &built_keys());
    }

    #[test]
    fn dates_and_numbers_are_written_as_in_norway() {
        let at = crate::clock::DEFAULT_START;
        assert_eq!(Lang::Nb.moment(at), "mandag 4. januar 2027 kl. 08:00");
        assert_eq!(Lang::Nn.moment(at), "måndag 4. januar 2027 kl. 08:00");
        assert_eq!(Lang::En.moment(at), "Monday 4 January 2027 at 08:00");
        for (value, text) in [(0, "0"), (999, "999"), (1500, "1\u{a0}500"), (1_234_567, "1\u{a0}234\u{a0}567")] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn the_callers_language_is_the_first_we_have() {
        for (header, lang) in [
            (None, Lang::Nb),
            (Some("de, en-GB;q=0.8, nb;q=0.5"), Lang::En),
            (Some("nn-NO"), Lang::Nn),
            (Some("no"), Lang::Nb),
            (Some("fr"), Lang::Nb),
        ] {
            assert_eq!(Lang::accepted(header), lang, "{header:?}");
        }
    }
}

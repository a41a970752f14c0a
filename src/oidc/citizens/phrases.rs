//! What people write when they look for somebody with a story: "to barn, reservert", "guardian of Ola". One table of
//! phrases; whatever is no phrase is a word of the name.

use super::stories::Historie;

const TABLE: &str = include_str!("phrases.tsv");

/// Words that join phrases and mean nothing here.
const FYLL: &[&str] = &[
    "og", "and", "med", "with", "som", "who", "is", "er", "har", "has", "a", "an", "en", "ei", "eit", "et", "the", "of",
];

/// Numbers as words, in the languages of the pages.
const TALL: &[(&str, u32)] = &[
    ("ett", 1),
    ("one", 1),
    ("to", 2),
    ("two", 2),
    ("tre", 3),
    ("three", 3),
    ("fire", 4),
    ("four", 4),
    ("fem", 5),
    ("five", 5),
    ("seks", 6),
    ("six", 6),
];

/// A relative of somebody named.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Slekt {
    Verge,
    Mor,
    Far,
    Forelder,
    Barn,
    Ektefelle,
}

/// What a text asks for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Oenske {
    /// Conditions in the language of selectors; all must hold.
    pub vilkaar: Vec<String>,
    /// A story they must have.
    pub historie: Option<Historie>,
    /// They must be such a relative of the one with this name.
    pub slekt: Option<(Slekt, String)>,
    /// Words of their own name.
    pub navn: Vec<String>,
}

struct Frase {
    ord: Vec<&'static str>,
    slag: &'static str,
    verdi: &'static str,
}

fn fraser() -> impl Iterator<Item = Frase> {
    let rows = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.filter_map(|line| {
        let mut cells = line.split('\t');
        Some(Frase { ord: cells.next()?.split(' ').collect(), slag: cells.next()?, verdi: cells.next()? })
    })
}

fn tall(word: &str) -> Option<u32> {
    let spelled = TALL.iter().find(|(spelled, _)| *spelled == word).map(|(_, value)| *value);
    // Nobody has a thousand children or years.
    spelled.or_else(|| word.parse().ok().filter(|value| *value < 1_000))
}

impl Frase {
    /// How many of `words` the phrase takes at the beginning, and its number; `None` when it does not stand there.
    fn tar(&self, words: &[&str]) -> Option<(usize, Option<u32>)> {
        let mut number = None;
        for (place, part) in self.ord.iter().enumerate() {
            let word = words.get(place)?;
            match *part {
                "{n}" => number = Some(tall(word)?),
                "{navn}" => return Some((words.len(), number)),
                part if part == *word => {}
                _ => return None,
            }
        }
        Some((self.ord.len(), number))
    }
}

/// Reads `text`; `None` when it holds no phrase at all.
pub(super) fn read(text: &str) -> Option<Oenske> {
    let text = text.to_lowercase().replace([',', ';', '.'], " ");
    let words: Vec<&str> = text.split_whitespace().take(30).collect();
    let all: Vec<Frase> = fraser().collect();
    let mut wish = Oenske::default();
    let mut place = 0;
    while let Some(word) = words.get(place) {
        let rest = &words[place..];
        // The longest that stands here: "ikke reservert" before "reservert", "verge for Ola" before "verge".
        let found =
            all.iter().filter_map(|frase| Some((frase, frase.tar(rest)?))).max_by_key(|(frase, _)| frase.ord.len());
        let Some((frase, (taken, number))) = found else {
            if !FYLL.contains(word) {
                wish.navn.push((*word).to_owned());
            }
            place += 1;
            continue;
        };
        match frase.slag {
            "cel" => wish.vilkaar.push(frase.verdi.replace("{n}", &number.unwrap_or_default().to_string())),
            "historie" => wish.historie = Historie::from_name(frase.verdi),
            _ => wish.slekt = slekt(frase.verdi).map(|slekt| (slekt, rest[frase.ord.len() - 1..].join(" "))),
        }
        place += taken;
    }
    let empty = wish.vilkaar.is_empty() && wish.historie.is_none() && wish.slekt.is_none();
    (!empty).then_some(wish)
}

fn slekt(word: &str) -> Option<Slekt> {
    Some(match word {
        "verge" => Slekt::Verge,
        "mor" => Slekt::Mor,
        "far" => Slekt::Far,
        "forelder" => Slekt::Forelder,
        "barn" => Slekt::Barn,
        "ektefelle" => Slekt::Ektefelle,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::select::{Kind, Selector};

    #[test]
    fn every_phrase_is_one_that_can_be_answered() {
        let mut seen = std::collections::BTreeSet::new();
        for frase in fraser() {
            assert!(seen.insert(frase.ord.join(" ")), "{} stands twice", frase.ord.join(" "));
            match frase.slag {
                "cel" => {
                    let cel = frase.verdi.replace("{n}", "2");
                    Selector::compile(&cel, Kind::Person).unwrap_or_else(|fault| panic!("{cel}: {fault:?}"));
                    assert_eq!(frase.verdi.contains("{n}"), frase.ord.contains(&"{n}"));
                }
                "historie" => assert!(Historie::from_name(frase.verdi).is_some(), "{}", frase.verdi),
                "slekt" => assert!(slekt(frase.verdi).is_some() && frase.ord.last() == Some(&"{navn}")),
                other => panic!("{other}"),
            }
        }
    }

    #[test]
    fn a_text_is_read_phrase_by_phrase_the_longest_first() {
        let wish = |text: &str| read(text).unwrap();
        for text in ["to barn, reservert", "two children, reserved", "2 born og reservert"] {
            assert_eq!(wish(text).vilkaar, ["barn.size() == 2", "reservert"], "{text}");
        }
        assert_eq!(wish("Kvinne over 67 år, ikke reservert").vilkaar.len(), 3);
        assert_eq!(wish("ikke reservert").vilkaar, ["!reservert"]);
        assert_eq!(wish("guardian of Ola Fjord").slekt, Some((Slekt::Verge, "ola fjord".to_owned())));
        assert_eq!(wish("verge").historie, Some(Historie::Verge));
        assert_eq!(wish("daglig leder Berg").navn, ["berg"]);
        assert_eq!(wish("en mann med tre barn").navn, Vec::<String>::new());
        assert_eq!(read("Kari Fjord"), None);
        assert_eq!(read("5000 barn"), None, "a number that large is none");
        assert!(read("").is_none());
    }
}

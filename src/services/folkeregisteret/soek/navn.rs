//! Names and streets as a search compares them: letter case and accents do not count, and on request not the ways of
//! spelling one sound (`specs/folkeregister.md` §12).

/// Letters with marks, by the letter they are another form of. Æ, Ø and Å are letters of their own; Swedish and German
/// ones stand beside the Norwegian they are.
const FORMER: &[(&str, char)] = &[
    ("áàâãāăą", 'a'),
    ("éèêëēęě", 'e'),
    ("íìîïī", 'i'),
    ("óòôõōő", 'o'),
    ("úùûüūůű", 'u'),
    ("ýÿ", 'y'),
    ("çćčĉ", 'c'),
    ("đďð", 'd'),
    ("ğ", 'g'),
    ("łľ", 'l'),
    ("ñńňŋ", 'n'),
    ("řŕ", 'r'),
    ("šśş", 's'),
    ("ťŧţ", 't'),
    ("žźż", 'z'),
    ("ä", 'æ'),
    ("ö", 'ø'),
];

/// Spellings of one sound, the longer before the shorter they begin with.
const LYDER: &[(&str, &str)] = &[
    ("skj", "ʃ"),
    ("sj", "ʃ"),
    ("kj", "ʃ"),
    ("hv", "v"),
    ("gj", "j"),
    ("ch", "k"),
    ("th", "t"),
    ("ph", "f"),
    ("aa", "å"),
    ("c", "k"),
    ("w", "v"),
    ("z", "s"),
    ("æ", "e"),
];
const VOKALER: &str = "aeiouyæøå";

/// `text` in small letters without accents, also where these stand as signs of their own.
pub(super) fn foldet(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

fn fold_into(text: &str, out: &mut String) {
    for sign in text.chars() {
        if sign.is_ascii() {
            out.push(sign.to_ascii_lowercase());
        } else {
            sign.to_lowercase().for_each(|sign| fold_sign(sign, out));
        }
    }
}

fn fold_sign(sign: char, out: &mut String) {
    if !('\u{300}'..='\u{36f}').contains(&sign) {
        let plain = FORMER.iter().find(|(forms, _)| forms.contains(sign));
        return out.push(plain.map_or(sign, |(_, letter)| *letter));
    }
    let letter = match (out.chars().next_back(), sign) {
        (Some('a'), '\u{30a}') => 'å',
        (Some('a'), '\u{308}') => 'æ',
        (Some('o'), '\u{308}') => 'ø',
        _ => return,
    };
    out.pop();
    out.push(letter);
}

/// Reads names word by word; parts of a name with a hyphen are words too. What it reads into is used again.
#[derive(Debug, Default)]
pub(super) struct Ordleser {
    foldet: String,
    lyd: String,
}

impl Ordleser {
    /// Gives each word of `text` to `take`: folded, and by sound on request.
    pub(super) fn les(&mut self, text: &str, fonetisk: bool, mut take: impl FnMut(&str)) {
        self.foldet.clear();
        fold_into(text, &mut self.foldet);
        let words = self.foldet.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty());
        for word in words {
            if fonetisk {
                self.lyd.clear();
                lyd_into(word, &mut self.lyd);
                take(&self.lyd);
            } else {
                take(word);
            }
        }
    }
}

/// The words of a name.
pub(super) fn ord(text: &str, fonetisk: bool) -> Vec<String> {
    let mut words = Vec::new();
    Ordleser::default().les(text, fonetisk, |word| words.push(word.to_owned()));
    words
}

/// How a folded word sounds: one sign for each sound, no doubled consonants, no silent d or t at the end.
fn lyd_into(word: &str, out: &mut String) {
    let mut rest = word;
    while let Some(letter) = rest.chars().next() {
        let sound = match letter {
            's' | 'k' | 'h' | 'g' | 'c' | 't' | 'p' | 'a' | 'w' | 'z' | 'æ' => {
                LYDER.iter().find(|(spelling, _)| rest.starts_with(spelling))
            }
            _ => None,
        };
        let (spelling, sound) = match sound {
            Some((spelling, sound)) => (spelling.len(), sound.chars().next().unwrap_or(letter)),
            None => (letter.len_utf8(), letter),
        };
        if !out.ends_with(sound) || VOKALER.contains(sound) {
            out.push(sound);
        }
        rest = &rest[spelling..];
    }
    while out.ends_with(['d', 't']) && out.chars().count() > 2 {
        out.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_accents_do_not_count_and_norwegian_letters_do() {
        for (text, folded) in [
            ("ØYE", "øye"),
            ("Żak", "zak"),
            ("Bäckström", "bæckstrøm"),
            ("Ba\u{308}ckstro\u{308}m", "bæckstrøm"),
            ("A\u{30a}se", "åse"),
            ("Rene\u{301}", "rene"),
            ("ÁŊĐŠ", "ands"),
        ] {
            assert_eq!(foldet(text), folded, "{text}");
        }
        assert_ne!(foldet("Bø"), foldet("Bo"));
        assert_eq!(ord("Anne-Marie  O'Brien", false), ["anne", "marie", "o", "brien"]);
        assert_eq!(ord("KARI*PIKE", false), ["kari", "pike"]);
    }

    #[test]
    fn one_sound_has_one_key() {
        let lyd = |word: &str| ord(word, true).concat();
        for (one, other) in [
            ("kristian", "christian"),
            ("kato", "cato"),
            ("hviid", "vii"),
            ("gjermund", "jermun"),
            ("skjeggestad", "sjeggesta"),
            ("kjell", "skjel"),
            ("thor", "tor"),
            ("sophie", "sofie"),
            ("wenche", "venke"),
            ("zander", "sander"),
            ("haakon", "håkon"),
            ("bækken", "bekken"),
            ("hansson", "hanson"),
            ("brandt", "bran"),
            ("erikksen", "eriksen"),
        ] {
            assert_eq!(lyd(one), lyd(other), "{one} {other}");
        }
        for (one, other) in [("nora", "nina"), ("berg", "borg"), ("lie", "lia"), ("ida", "ia"), ("tor", "tore")] {
            assert_ne!(lyd(one), lyd(other), "{one} {other}");
        }
        assert_eq!((lyd("ad"), lyd("odd")), ("ad".to_owned(), "od".to_owned()), "a word is not heard away");
    }
}

//! Dictionary-coded text and Norwegian collation.

use super::Lookup;

/// Index of a text in a [`TextTable`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub struct TextId(pub u32);

/// Texts stored once each, in the order they were first met. Ids are dense.
#[derive(Debug, Clone, Default)]
pub struct TextTable {
    bytes: String,
    ends: Vec<u32>,
}

impl TextTable {
    /// The text behind `id`.
    ///
    /// # Panics
    /// When `id` is not of this table: ids only come from the table's own builder.
    #[must_use]
    pub fn get(&self, id: TextId) -> &str {
        let index = id.0 as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.bytes[start..self.ends[index] as usize]
    }

    /// How many texts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether the table holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All texts in id order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|index| self.get(TextId(u32::try_from(index).expect("ids are u32"))))
    }

    /// Adds `text` without looking whether it is there already; gives its id.
    pub fn push(&mut self, text: &str) -> TextId {
        let id = TextId(u32::try_from(self.ends.len()).expect("fewer than 2^32 texts"));
        self.bytes.push_str(text);
        self.ends.push(u32::try_from(self.bytes.len()).expect("less than 4 GiB of text"));
        id
    }

    /// Table of the distinct `texts`, with a look-up from text to id.
    pub fn intern<'a>(texts: impl IntoIterator<Item = &'a str>) -> (Self, Lookup<String, TextId>) {
        let mut table = Self::default();
        let mut ids = Lookup::new();
        for text in texts {
            if ids.get(text).is_none() {
                let id = table.push(text);
                ids.insert(text.to_owned(), id);
            }
        }
        (table, ids)
    }
}

/// Sort key for Norwegian: æ, ø, å last in that order, `aa` as å, case ignored, other accents by base letter.
#[must_use]
pub fn norwegian_key(text: &str) -> Vec<u16> {
    let lower = text.to_lowercase();
    let mut key = Vec::with_capacity(lower.len());
    let mut letters = lower.chars().peekable();
    while let Some(letter) = letters.next() {
        let rank = match letter {
            'a' if letters.peek() == Some(&'a') => {
                letters.next();
                0x202
            }
            'æ' | 'ä' => 0x200,
            'ø' | 'ö' => 0x201,
            'å' => 0x202,
            'é' | 'è' | 'ê' => u16::from(b'e'),
            'ü' => u16::from(b'y'),
            'ó' | 'ò' | 'ô' => u16::from(b'o'),
            'á' | 'à' | 'â' => u16::from(b'a'),
            other => u16::try_from(u32::from(other)).unwrap_or(u16::MAX).min(0x1ff),
        };
        key.push(rank);
    }
    key
}

/// A name as lower-case ASCII letters and hyphens, for addresses; `innbygger` when nothing is left of it.
#[must_use]
pub fn slug(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' => out.push(letter),
            'æ' | 'ä' => out.push_str("ae"),
            'å' | 'á' | 'à' | 'â' => out.push('a'),
            'é' | 'è' | 'ê' | 'ë' => out.push('e'),
            'ü' | 'ú' => out.push('u'),
            'ø' | 'ö' | 'ó' | 'ò' | 'ô' => out.push('o'),
            'í' | 'ï' => out.push('i'),
            'č' | 'ç' => out.push('c'),
            'đ' => out.push('d'),
            'ŋ' | 'ñ' | 'ń' => out.push('n'),
            'š' | 'ś' => out.push('s'),
            'ŧ' => out.push('t'),
            'ž' | 'ż' | 'ź' => out.push('z'),
            'ł' => out.push('l'),
            ' ' | '-' if !out.is_empty() && !out.ends_with('-') => out.push('-'),
            _ => {}
        }
    }
    out.truncate(out.trim_end_matches('-').len());
    if out.is_empty() { "innbygger".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interned_texts_come_back_and_are_stored_once() {
        let (table, ids) = TextTable::intern(["Kari", "Ola", "Kari", ""]);
        assert_eq!(table.len(), 3);
        assert_eq!(table.get(*ids.get("Ola").unwrap()), "Ola");
        assert_eq!(table.get(*ids.get("").unwrap()), "");
    }

    #[test]
    fn slugs_are_ascii() {
        for (name, expected) in [
            ("Bjørn Åge", "bjorn-age"),
            ("Ærlig-Østby", "aerlig-ostby"),
            ("O'Hara", "ohara"),
            ("Ŋuolla Čáhci", "nuolla-cahci"),
            ("李", "innbygger"),
            ("Kari*GUTT", "karigutt"),
        ] {
            assert_eq!(slug(name), expected, "{name}");
        }
    }

    #[test]
    fn norwegian_letters_sort_last_and_double_a_is_aa_ring() {
        let mut names = vec!["Aase", "Østby", "Ærlig", "Zakariassen", "Andersen", "Åberg"];
        names.sort_by_key(|name| norwegian_key(name));
        assert_eq!(names, ["Andersen", "Zakariassen", "Ærlig", "Østby", "Åberg", "Aase"]);
    }
}

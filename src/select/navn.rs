//! Finding people by words of their name, the way a person looks somebody up: not a language, and much quicker than one.

use crate::base::TextId;
use crate::town::Town;
use crate::town::model::PersonId;
use crate::town::state::Person;

/// Words looked at; a name has no more.
const MAX_ORD: usize = 8;

/// Whether some part of `text` begins with `word`, which is in lower case.
#[must_use]
pub fn begins(text: &str, word: &str) -> bool {
    text.to_lowercase().split([' ', '-']).any(|part| part.starts_with(word))
}

/// A search: every word must begin some part of the name, whatever its case.
pub struct Navnesoek<'a> {
    town: &'a Town,
    words: Vec<String>,
    /// For each word, which texts of the base have a part that begins with it.
    texts: Vec<Vec<bool>>,
}

impl<'a> Navnesoek<'a> {
    /// The search for the words of `query` in `town`.
    #[must_use]
    pub fn of(town: &'a Town, query: &str) -> Self {
        let words: Vec<String> = query.to_lowercase().split_whitespace().take(MAX_ORD).map(str::to_owned).collect();
        let texts = words.iter().map(|word| town.base.tekst.iter().map(|text| begins(text, word)).collect()).collect();
        Self { town, words, texts }
    }

    /// The words, in lower case.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether the base's text `text` has a part that begins with the word at `place`.
    #[must_use]
    pub fn text_fits(&self, place: usize, text: TextId) -> bool {
        self.texts[place].get(text.0 as usize).copied().unwrap_or(false)
    }

    /// Whether some part of the name of `person` begins with the word at `place`.
    #[must_use]
    pub fn word_fits(&self, place: usize, person: &Person<'_>) -> bool {
        let row = person.id.index();
        let people = &self.town.base.personer;
        let untouched = row < people.nummer.len() && self.town.folk.people.get(row).is_none();
        if untouched {
            let parts = [people.fornavn[row], people.mellomnavn[row], people.etternavn[row]];
            return parts.into_iter().any(|part| self.text_fits(place, part));
        }
        begins(&person.navn().full(), &self.words[place])
    }

    /// Whether every word begins some part of the name of `person`.
    #[must_use]
    pub fn fits(&self, person: &Person<'_>) -> bool {
        (0..self.words.len()).all(|place| self.word_fits(place, person))
    }

    /// The first `limit` people that fit, in the population's own order.
    #[must_use]
    pub fn first(&self, limit: usize) -> Vec<PersonId> {
        self.town.people().filter(|person| self.fits(person)).map(|person| person.id).take(limit).collect()
    }
}

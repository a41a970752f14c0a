//! What is typed into the search of the login page: a number, a name, an address, a story, or a selector.

use std::sync::Arc;

use super::phrases::{self, Oenske, Slekt};
use super::stories::{Om, Treff};
use crate::select::{Kind, Lang, Names, Navnesoek, Pick, Scope, Selector, Uttrykk, Verdi, Want, begins};
use crate::town::Town;
use crate::town::model::{INGEN_GATE, PersonId};
use crate::town::state::Person;

/// Citizens shown at most.
pub(in crate::oidc) const MAX_TREFF: usize = 20;
/// Candidates of a name or a story that are looked at closer.
const MAX_KANDIDATER: usize = 2_000;
/// Digits from which a number is one: fewer are a house number.
const MIN_SIFRE: usize = 4;

/// What a search gave.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::oidc) struct Funnet {
    /// Who, at most [`MAX_TREFF`].
    pub treff: Vec<Treff>,
    /// What is wrong with a selector.
    pub feil: Option<String>,
}

impl Funnet {
    fn of(people: impl IntoIterator<Item = PersonId>) -> Self {
        let mut treff: Vec<Treff> = Vec::new();
        for person in people {
            if treff.len() < MAX_TREFF && treff.iter().all(|other| other.person != person) {
                treff.push(Treff { person, historie: None, om: Om::Seg });
            }
        }
        Self { treff, feil: None }
    }
}

/// Finds what `text` asks for.
pub(in crate::oidc) fn search(town: &Arc<Town>, text: &str, lang: Lang) -> Funnet {
    let text = text.trim();
    if text.is_empty() {
        return Funnet::default();
    }
    if text.contains(['=', '<', '>', '!', '(', '&', '|']) {
        return selector(town, text, lang);
    }
    if text.len() >= MIN_SIFRE && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Funnet::of(nummer(town, text));
    }
    let named = ord(town, text);
    // Names come first: there may well be a family called what a story is called.
    let told = phrases::read(text).map(|wish| oenske(town, &wish)).unwrap_or_default();
    Funnet::of(named.into_iter().chain(told))
}

/// Whose identity number begins with `digits`.
fn nummer(town: &Town, digits: &str) -> Vec<PersonId> {
    let fits = |person: &Person<'_>| person.nummer().to_string().starts_with(digits);
    town.people().filter(fits).map(|person| person.id).take(MAX_TREFF).collect()
}

/// Whose name, or address where it may be known, has every word.
fn ord(town: &Town, text: &str) -> Vec<PersonId> {
    let names = Navnesoek::of(town, &text.replace(',', " "));
    let fits = |person: &Person<'_>| {
        let mut home = None;
        let mut by_address = false;
        let all = (0..names.words().len()).all(|place| {
            names.word_fits(place, person) || {
                by_address = true;
                home_fits(town, *home.get_or_insert_with(|| home_of(person)), &names, place)
            }
        });
        // Asked last: whether somebody in the household is in hiding takes longer than everything before.
        all && !(by_address && person.is_home_hidden())
    };
    town.people().filter(fits).map(|person| person.id).take(MAX_TREFF).collect()
}

/// The row of the dwelling `person` lives in.
fn home_of(person: &Person<'_>) -> Option<usize> {
    Some(person.bolig()?.some()?.index())
}

/// Whether the word at `place` is of the address of the dwelling in row `row`: of the street, the number, or the post
/// town.
fn home_fits(town: &Town, row: Option<usize>, names: &Navnesoek<'_>, place: usize) -> bool {
    let Some(row) = row else { return false };
    let (base, homes, word) = (&town.base, &town.base.boliger, names.words()[place].as_str());
    let street = homes.gate.get(row).filter(|gate| **gate != INGEN_GATE).map(|gate| base.gater[*gate as usize].navn);
    if street.is_some_and(|street| names.text_fits(place, street)) {
        return true;
    }
    let digits = word.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    if digits.parse() == Ok(homes.husnummer[row]) {
        let letter = word[digits.len()..].bytes().next().map_or(0, |letter| letter.to_ascii_uppercase());
        return letter == 0 || letter == homes.husbokstav[row];
    }
    let post = base.poststeder.get(usize::from(homes.poststed[row]));
    post.is_some_and(|post| format!("{:04}", post.nummer) == word || begins(base.tekst.get(post.navn), word))
}

/// Whom a selector finds.
fn selector(town: &Arc<Town>, text: &str, lang: Lang) -> Funnet {
    let compiled = Selector::compile(text, Kind::Person).map_err(|fault| fault.message(lang));
    let found = compiled.and_then(|selector| {
        let found = selector.find_in(&Scope::outside(town), &Pick::UpTo(MAX_TREFF));
        found.map_err(|fault| fault.message(lang))
    });
    match found {
        Ok(found) => Funnet::of(people(&found)),
        Err(feil) => Funnet { feil: Some(feil), ..Funnet::default() },
    }
}

fn people(found: &[Verdi]) -> Vec<PersonId> {
    let person = |one: &Verdi| if let Verdi::Person(id) = one { Some(*id) } else { None };
    found.iter().filter_map(person).collect()
}

/// Who fits a wish put in words.
fn oenske(town: &Arc<Town>, wish: &Oenske) -> Vec<PersonId> {
    let names = Navnesoek::of(town, &wish.navn.join(" "));
    let narrowed: Option<Vec<PersonId>> = match (&wish.slekt, wish.historie) {
        (Some((slekt, navn)), _) => Some(slektninger(town, *slekt, navn)),
        (None, Some(historie)) => {
            let found = historie.first(town, if wish.vilkaar.is_empty() { MAX_TREFF } else { MAX_KANDIDATER }, &[]);
            Some(found.into_iter().map(|treff| treff.person).collect())
        }
        (None, None) if !wish.navn.is_empty() => Some(names.first(MAX_KANDIDATER)),
        (None, None) => None,
    };
    let Some(candidates) = narrowed else {
        // The dead have children and addresses too, but do not log in.
        let text = format!("!doed && {}", wish.vilkaar.join(" && "));
        let found = Selector::compile(&text, Kind::Person).ok();
        let found = found.and_then(|found| found.find_in(&Scope::outside(town), &Pick::UpTo(MAX_TREFF)).ok());
        return people(&found.unwrap_or_default());
    };
    let text = if wish.vilkaar.is_empty() { "true".to_owned() } else { wish.vilkaar.join(" && ") };
    let condition = Uttrykk::compile(&text, &Names::new().of_entity(Kind::Person), Want::Bool);
    let Ok(condition) = condition else { return Vec::new() };
    let holds = |id: &PersonId| {
        let scope = Scope { it: Some(Verdi::Person(*id)), ..Scope::outside(town) };
        condition.holds(&scope) == Ok(true)
    };
    let named = |id: &PersonId| names.fits(&town.person(*id));
    candidates.into_iter().filter(named).filter(holds).take(MAX_TREFF).collect()
}

/// The relatives of everybody called `navn`.
fn slektninger(town: &Town, slekt: Slekt, navn: &str) -> Vec<PersonId> {
    let named = Navnesoek::of(town, navn).first(MAX_KANDIDATER);
    let of = |id: PersonId| -> Vec<PersonId> {
        let person = town.person(id);
        let one = |who: Option<Person<'_>>| who.map(|who| who.id).into_iter().collect();
        match slekt {
            Slekt::Verge => town.base.vergemaal_of(id).iter().filter_map(|row| row.verge.some()).collect(),
            Slekt::Mor => one(person.mor()),
            Slekt::Far => one(person.far()),
            Slekt::Forelder => [person.mor(), person.far()].into_iter().flatten().map(|who| who.id).collect(),
            Slekt::Barn => person.barn().iter().map(|who| who.id).collect(),
            Slekt::Ektefelle => one(person.ektefelle()),
        }
    };
    named.into_iter().flat_map(of).collect()
}

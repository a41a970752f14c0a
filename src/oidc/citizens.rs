//! Which citizens the login page knows, suggests and lets in (`specs/eid.md` §7.3, §10.1).

use crate::base::Foedselsnummer;
use crate::town::Town;
use crate::town::model::{Merke, PersonId, Personstatus};
use crate::town::state::Person;

/// Age from which a citizen can log in.
const MIN_ALDER: i32 = 13;
/// Citizens found by a search at most.
const MAX_TREFF: usize = 20;

/// Why a citizen cannot log in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stengt {
    /// Registered dead.
    Doed,
    /// The number is withdrawn.
    Sperret,
    /// Too young.
    Barn,
}

/// The citizen with identity number `pid`; `None` for a malformed, foreign or unknown number.
pub(super) fn find<'a>(town: &'a Town, pid: &str) -> Option<Person<'a>> {
    let nummer = Foedselsnummer::parse(pid.trim()).ok()?;
    town.find(nummer).map(|id| town.person(id))
}

/// Whether `person` can log in now.
pub(super) fn check(person: &Person<'_>) -> Result<(), Stengt> {
    match person.status() {
        Personstatus::Doed => Err(Stengt::Doed),
        Personstatus::Opphoert => Err(Stengt::Sperret),
        _ if person.alder() < MIN_ALDER => Err(Stengt::Barn),
        _ => Ok(()),
    }
}

/// What makes a suggested citizen worth choosing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Historie {
    /// Parent of a child born in this world.
    NybaktForelder,
    /// Carries a tag of the minimum cast.
    Merke(Merke),
    /// Has children at home.
    Forelder,
    /// Nothing in particular.
    Voksen,
    /// Registered dead: shows what an app is told then.
    Doed,
}

/// Tags worth a suggestion, most telling first.
const MERKER: &[Merke] = &[
    Merke::EnsligForsoerger,
    Merke::ToMoedre,
    Merke::ReservertMedPartner,
    Merke::StrengtFortrolig,
    Merke::Fortrolig,
    Merke::UregistrertVoksen,
    Merke::SpesialtegnINavn,
    Merke::Hundreaaring,
];

/// A short list of citizens with a story, each once.
pub(super) fn suggestions(town: &Town) -> Vec<(PersonId, Historie)> {
    let mut list: Vec<(PersonId, Historie)> = Vec::new();
    let mut add = |id: PersonId, story| {
        if list.iter().all(|(known, _)| *known != id) {
            list.push((id, story));
        }
    };
    let base = town.base.person_count();
    let newest = (base..town.person_count()).next_back().map(|index| town.person(PersonId::at(index)));
    if let Some(parent) = newest.and_then(|child| child.mor().or_else(|| child.far())) {
        add(parent.id, Historie::NybaktForelder);
    }
    let people = &town.base.personer;
    let open = |index: usize| check(&town.person(PersonId::at(index))).is_ok();
    for merke in MERKER {
        let bit = 1u64 << Merke::ALL.iter().position(|known| known == merke).unwrap_or_default();
        if let Some(index) = (0..base).find(|&index| people.merker[index] & bit != 0 && open(index)) {
            add(PersonId::at(index), Historie::Merke(*merke));
        }
    }
    if let Some(index) = (0..base).find(|&index| !town.base.barn_of(PersonId::at(index)).is_empty() && open(index)) {
        add(PersonId::at(index), Historie::Forelder);
    }
    if let Some(index) = (0..base).find(|&index| open(index)) {
        add(PersonId::at(index), Historie::Voksen);
    }
    if let Some(row) = town.base.doedsfall.first() {
        add(row.person, Historie::Doed);
    }
    list
}

/// Citizens whose name holds every word of `words`, or whose number begins with it; those who can log in.
pub(super) fn search(town: &Town, words: &str) -> Vec<PersonId> {
    let words: Vec<String> = words.split_whitespace().take(5).map(str::to_lowercase).collect();
    let digits = |word: &String| word.bytes().all(|byte| byte.is_ascii_digit());
    if words.is_empty() {
        return Vec::new();
    }
    let fits = |person: &Person<'_>| {
        let name = person.navn().full().to_lowercase();
        let nummer = person.nummer().to_string();
        words.iter().all(|word| if digits(word) { nummer.starts_with(word.as_str()) } else { name.contains(word) })
    };
    town.people()
        .filter(|person| fits(person) && check(person).is_ok())
        .map(|person| person.id)
        .take(MAX_TREFF)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::fixture::{BARN, DOED, KARI, OLA, TENAARING, visit};

    #[test]
    fn the_dead_and_those_under_thirteen_cannot_log_in() {
        let visit = visit(&[]);
        let verdict = |person| check(&visit.town.person(PersonId::at(person)));
        assert_eq!(verdict(KARI), Ok(()));
        assert_eq!(verdict(TENAARING), Ok(()), "thirteen today");
        assert_eq!(verdict(BARN), Err(Stengt::Barn), "thirteen tomorrow");
        assert_eq!(verdict(DOED), Err(Stengt::Doed));
    }

    #[test]
    fn citizens_are_found_by_words_of_the_name_and_by_the_beginning_of_the_number() {
        let visit = visit(&[]);
        let town = &visit.town;
        let ids = |list: &[usize]| list.iter().map(|&index| PersonId::at(index)).collect::<Vec<_>>();
        assert_eq!(search(town, "fjord"), ids(&[KARI, OLA, TENAARING]));
        assert_eq!(search(town, " KARI  fj "), ids(&[KARI]));
        assert_eq!(search(town, "gunnhild"), ids(&[]), "dead");
        assert_eq!(search(town, &town.person(PersonId::at(OLA)).nummer().to_string()[..6]), ids(&[OLA]));
        assert_eq!(search(town, ""), ids(&[]));
    }

    #[test]
    fn the_short_list_names_nobody_twice_and_ends_with_a_dead_one() {
        let visit = visit(&[]);
        let list = suggestions(&visit.town);
        assert_eq!(list, [(PersonId::at(KARI), Historie::Voksen), (PersonId::at(DOED), Historie::Doed)]);
    }
}

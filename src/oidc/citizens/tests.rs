//! Who is let in, suggested and found, in the town of five and in a generated one.

use std::sync::Arc;

use super::*;
use crate::access::fixture::{BARN, DOED, KARI, OLA, TENAARING, visit};
use crate::base::Seed;
use crate::population::{Spec, generate};
use crate::select::Lang;
use crate::town::model::PersonId;

fn ids(list: &[usize]) -> Vec<PersonId> {
    list.iter().map(|&index| PersonId::at(index)).collect()
}

fn found(town: &Arc<Town>, text: &str) -> Vec<PersonId> {
    search(town, text, Lang::Nb).treff.into_iter().map(|treff| treff.person).collect()
}

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
    assert_eq!(found(town, "fjord"), ids(&[KARI, OLA, BARN, TENAARING]));
    assert_eq!(found(town, " KARI  fj "), ids(&[KARI]));
    assert_eq!(found(town, "gunnhild"), ids(&[DOED]), "the page says why she cannot log in");
    assert_eq!(found(town, &town.person(PersonId::at(OLA)).nummer().to_string()[..6]), ids(&[OLA]));
    assert_eq!(found(town, ""), ids(&[]));
    assert_eq!(found(town, "nobody"), ids(&[]));
}

#[test]
fn citizens_are_found_by_selectors_and_a_wrong_one_says_what_is_wrong() {
    let visit = visit(&[]);
    assert_eq!(found(&visit.town, "alder > 48 && !doed"), ids(&[OLA]));
    assert_eq!(found(&visit.town, "kvinne over 40 år"), ids(&[KARI]));
    assert_eq!(found(&visit.town, "en mann Ola"), ids(&[OLA]));
    assert_eq!(found(&visit.town, "dead"), ids(&[DOED]));
    let wrong = search(&visit.town, "alderr > 48", Lang::En);
    assert!(wrong.treff.is_empty() && wrong.feil.unwrap().contains("alder"));
}

#[test]
fn the_short_list_names_nobody_twice_and_ends_with_a_dead_one() {
    let visit = visit(&[]);
    let list: Vec<_> = suggestions(&visit.town).iter().map(|treff| (treff.person, treff.historie)).collect();
    assert!(list.contains(&(PersonId::at(TENAARING), Some(Historie::Ungdom))), "{list:?}");
    assert_eq!(list.last(), Some(&(PersonId::at(DOED), Some(Historie::Doed))));
    let people: std::collections::BTreeSet<_> = list.iter().map(|(person, _)| *person).collect();
    assert_eq!(people.len(), list.len());
}

fn town() -> Arc<Town> {
    let spec = Spec { seed: Seed(7), size: 1_500, ..Spec::default() };
    Arc::new(Town::new(Arc::new(generate(&spec).unwrap())))
}

/// Every story of a generated town is told of somebody it is true of.
#[test]
fn every_story_of_a_town_is_true() {
    let town = town();
    let base = &town.base;
    for historie in Historie::ALLE {
        let people = historie.first(&town, MAX_TREFF, &[]);
        if people.is_empty() {
            assert!(matches!(historie, Historie::Hendelse | Historie::Sperret), "nobody has {historie:?}");
        }
        for treff in people {
            let person = town.person(treff.person);
            let roles =
                |rolle: &str| base.roller.iter().any(|row| row.person == person.id && row.rolle.code() == rolle);
            let marked = |merke: &str| person.merker().iter().any(|known| known.code() == merke);
            let children = person.barn();
            let right = match historie {
                Historie::Hendelse => false,
                Historie::NybaktForelder => children.iter().any(|child| child.alder() == 0),
                Historie::ToBarnReservert => children.len() == 2 && person.kontakt().reservert,
                Historie::Forelder => children.iter().any(|child| child.alder() < 18),
                Historie::Verge => base.vergemaal.iter().any(|row| row.verge == person.id),
                Historie::DagligLeder => roles("DAGL"),
                Historie::Styreleder => roles("LEDE"),
                Historie::Innehaver => roles("INNH"),
                Historie::Reservert => person.kontakt().reservert,
                Historie::UtenKontakt => !person.kontakt().registrert,
                Historie::Fortrolig => marked("fortrolig"),
                Historie::StrengtFortrolig => marked("strengt_fortrolig"),
                Historie::Spesialtegn => marked("spesialtegn_i_navn"),
                Historie::Ungdom => (13..18).contains(&person.alder()),
                Historie::BareMinid => person.eider().nivaa() == Some("substantial") && person.alder() >= 18,
                Historie::Buypass => person.eider().buypass,
                Historie::Commfides => person.eider().commfides,
                Historie::Barn => check(&person) == Err(Stengt::Barn),
                Historie::Doed => check(&person) == Err(Stengt::Doed),
                Historie::Sperret => check(&person) == Err(Stengt::Sperret),
                _ => marked(historie.name()) || historie.om_key().is_none() && person.alder() >= 18,
            };
            assert!(right, "{historie:?} of {:?}", person.navn().full());
        }
    }
    assert!(suggestions(&town).len() >= 9, "{:?}", suggestions(&town));
}

#[test]
fn stories_in_words_find_the_same_as_the_registers_say() {
    let town = town();
    let some = |text: &str, true_of: &dyn Fn(&Person<'_>) -> bool| {
        let people = found(&town, text);
        assert!(!people.is_empty(), "nobody for `{text}`");
        for person in people {
            assert!(true_of(&town.person(person)), "`{text}` found {:?}", town.person(person).navn().full());
        }
    };
    some("to barn, reservert", &|person| person.barn().len() == 2 && person.kontakt().reservert);
    some("two children, not reserved", &|person| person.barn().len() == 2 && !person.kontakt().reservert);
    some("daglig leder, kvinne", &|person| person.kjoenn() == crate::base::Kjoenn::Kvinne);
    some("enslig forsørger", &|person| person.merker().iter().any(|merke| merke.code() == "enslig_forsoerger"));
    let row = town.base.vergemaal.iter().find(|row| row.verge.some().is_some()).expect("a ward of somebody in town");
    let ward = town.person(row.person).navn().full();
    assert!(found(&town, &format!("guardian of {ward}")).contains(&row.verge), "{ward}");
    let child = town.people().find(|person| person.mor().is_some()).unwrap();
    let mother = found(&town, &format!("mor til {}", child.navn().full()));
    assert!(mother.contains(&child.mor().unwrap().id));
}

#[test]
fn addresses_find_who_lives_there_and_never_who_hides() {
    let town = town();
    let address = |person: &Person<'_>| {
        let place = crate::town::state::gateadresse(&town.base, person.bolig()?)?;
        (!place.gate.contains('/')).then_some(place.gate)
    };
    let open = town.people().find(|person| person.is_bosatt() && !person.is_home_hidden() && address(person).is_some());
    let open = open.expect("somebody lives in a street");
    let people = found(&town, &address(&open).unwrap());
    assert!(people.contains(&open.id), "{:?}", address(&open));
    assert!(people.iter().all(|id| address(&town.person(*id)).is_some()));
    let hidden = town.people().filter(|person| person.is_home_hidden() && address(person).is_some());
    let mut looked = 0;
    for person in hidden {
        looked += 1;
        assert!(!found(&town, &address(&person).unwrap()).contains(&person.id));
    }
    assert!(looked > 0, "somebody in the town hides");
}

#[test]
fn nineteen_of_twenty_adults_have_a_high_eid() {
    let town = town();
    let adults: Vec<_> = town.people().filter(|person| person.is_bosatt() && person.alder() >= 18).collect();
    let high = adults.iter().filter(|person| person.eider().nivaa() == Some("high")).count();
    let share = high * 1_000 / adults.len();
    assert!((930..=970).contains(&share), "{share} per mille of {}", adults.len());
    assert!(adults.iter().all(|person| person.eider().minid));
}

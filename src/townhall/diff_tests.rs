//! Differences between two small towns known by heart.

use std::sync::Arc;

use super::*;
use crate::base::OriginKey;
use crate::town::model::tests_town::{TestTown, rolle};
use crate::town::model::{
    BoligId, DayNo, Endring, Endringsslag, Fact, FactId, Gradering, Hendelsestype, NyFact, PersonId, Registrering,
};
use crate::town::{Town, apply};

fn town() -> Town {
    Town::new(Arc::new(TestTown::eksempel()))
}

/// `person` gets the fact `new` in place of the one that stands for `old`.
fn registered(town: &Town, person: PersonId, slag: Hendelsestype, old: impl Fn(&Fact) -> bool, new: Fact) -> Event {
    let view = town.person(person);
    let gammel = view.entries().into_iter().find(|entry| entry.is_gjeldende() && old(&entry.fact)).map(Box::new);
    let id = FactId::of_world(OriginKey(7), view.key(), u32::from(new.element()));
    let ny = Some(NyFact { id, fact: new, gyldig_fra: None });
    let change = Registrering {
        person: view.key(),
        slag,
        registrert: town.now(),
        kilde: "KILDE_DSF".into(),
        aarsak: "Test".into(),
        endringer: vec![Endring { slag: Endringsslag::RegistrereNy, ny, gammel }],
    };
    Event::Folk(FolkEvent::Registrert(change.into()))
}

fn moved(town: &Town, person: PersonId, bolig: BoligId) -> Event {
    let is_home = |fact: &Fact| matches!(fact, Fact::Bostedsadresse { .. });
    let gradering = town.person(person).gradering();
    let home = Fact::Bostedsadresse { bolig: Some(bolig), gradering, flyttedato: DayNo(20_822) };
    registered(town, person, Hendelsestype::EndringIBostedsadresse, is_home, home)
}

fn found(a: &Town, b: &Town, events: &[Event]) -> Vec<Difference> {
    let mut touched = Touched::default();
    events.iter().for_each(|event| touched.by(event));
    differences(&Pair { a: a.clone(), b: b.clone() }, &touched)
}

#[test]
fn a_move_shows_homes_that_are_open_in_both_worlds_and_no_other() {
    let a = town();
    for (person, open) in [(rolle::KARI, true), (rolle::PIOTR, false), (rolle::LINE, false)] {
        let mut b = a.clone();
        let event = moved(&b, person, BoligId(0));
        let to = if person == rolle::LINE { moved(&b, person, BoligId(3)) } else { event };
        apply(&mut b, &to);
        let differences = found(&a, &b, std::slice::from_ref(&to));
        let [Difference::Flyttet { adresse, .. }] = &differences[..] else { panic!("{differences:?}") };
        assert_eq!(adresse.is_some(), open, "{person:?}: {adresse:?}");
        if let Some(adresse) = adresse {
            assert_ne!(adresse.a, adresse.b);
        }
    }
}

#[test]
fn a_home_that_is_protected_in_one_world_is_shown_of_neither() {
    let a = town();
    let mut b = a.clone();
    let event = moved(&b, rolle::KARI, BoligId(0));
    apply(&mut b, &event);
    let new = Fact::Adressebeskyttelse(Gradering::StrengtFortrolig);
    let hidden = registered(
        &b,
        rolle::KARI,
        Hendelsestype::EndringIAdressebeskyttelse,
        |fact| matches!(fact, Fact::Adressebeskyttelse(_)),
        new,
    );
    apply(&mut b, &hidden);
    for (one, other) in [(&a, &b), (&b, &a)] {
        let differences = found(one, other, &[event.clone(), hidden.clone()]);
        let moved = differences.iter().find(|one| matches!(one, Difference::Flyttet { .. }));
        assert!(matches!(moved, Some(Difference::Flyttet { adresse: None, .. })), "{differences:?}");
        assert!(differences.iter().any(|one| matches!(one, Difference::Gradering { .. })), "{differences:?}");
    }
}

#[test]
fn who_did_the_same_in_both_does_not_differ() {
    let (mut a, mut b) = (town(), town());
    let event = moved(&a, rolle::KARI, BoligId(0));
    for town in [&mut a, &mut b] {
        apply(town, &event);
    }
    assert_eq!(found(&a, &b, &[event]), []);
}

#[test]
fn a_death_and_a_name_are_told_with_the_person_they_are_about() {
    let a = town();
    let mut b = a.clone();
    let event = registered(
        &b,
        rolle::KARI,
        Hendelsestype::PersonErDoed,
        |fact| matches!(fact, Fact::Status(_)),
        Fact::Status(crate::town::model::Personstatus::Doed),
    );
    apply(&mut b, &event);
    let differences = found(&a, &b, std::slice::from_ref(&event));
    let kari = Borger::of(&a.person(rolle::KARI));
    assert_eq!(differences, [Difference::Doedsfall { side: Side::B, person: kari.clone() }]);
    assert_eq!(found(&b, &a, &[event]), [Difference::Doedsfall { side: Side::A, person: kari }]);
}

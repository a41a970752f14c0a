//! What a life event does to families and homes, and what is refused with a sentence that names it.

use std::sync::Arc;

use crate::town::decide::{Cause, Command, FolkCommand, Refusal};
use crate::town::model::tests_town::{TestTown, rolle};
use crate::town::model::{Ansvar, BoligId, Landkode, PersonId, PersonKey, Personstatus, Sivilstand};
use crate::town::state::Town;
use crate::town::{Event, apply, decide};

/// The cast, with one dwelling more where nobody lives.
pub(super) fn town() -> Town {
    let mut base = TestTown::eksempel();
    let homes = &mut base.boliger;
    homes.gate.push(1);
    homes.husnummer.push(12);
    homes.husbokstav.push(0);
    homes.bruksenhet.push(*b"H0101");
    homes.bruksenhetstype.push(crate::town::model::Bruksenhetstype::Bolig);
    homes.poststed.push(0);
    homes.grunnkrets.push(102);
    homes.skolekrets.push(1);
    homes.stemmekrets.push(1);
    homes.bygning.push(crate::town::model::BygningId::NONE);
    homes.eieform.push(crate::town::model::Eieform::Ubebodd);
    Town::new(Arc::new(base))
}

/// The dwelling nobody lives in.
pub(super) const LEDIG: BoligId = BoligId(4);

pub(super) fn key(id: PersonId) -> PersonKey {
    PersonKey::Base(id.0)
}

fn try_it(town: &mut Town, command: FolkCommand) -> Result<Vec<Event>, Refusal> {
    let cause = Cause::of("test", &[format!("{command:?}").as_bytes()]);
    let events = decide(town, &Command::Folk(command), &cause)?;
    events.iter().for_each(|event| apply(town, event));
    Ok(events)
}

fn family(town: &Town, id: PersonId) -> Vec<PersonId> {
    town.person(id).husstand_medlemmer().iter().map(|member| member.id).collect()
}

#[test]
fn a_death_leaves_a_widower_and_the_responsibility_to_him() {
    let mut town = town();
    try_it(&mut town, FolkCommand::Doedsfall { person: key(rolle::KARI) }).expect("she dies");
    let (kari, ola) = (town.person(rolle::KARI), town.person(rolle::OLA));
    assert!(kari.is_doed() && kari.bolig().is_none() && kari.husstand().is_none());
    assert_eq!(ola.sivilstand(), (Sivilstand::EnkeEllerEnkemann, Some(key(rolle::KARI))));
    assert!(ola.partner().is_none() && ola.ektefelle().is_none());
    assert_eq!(family(&town, rolle::OLA), [rolle::OLA, rolle::NORA, rolle::JONAS, rolle::NYFOEDT]);
    let holders: Vec<_> = town.person(rolle::NORA).ansvarlige().iter().map(|(one, how)| (one.id, *how)).collect();
    assert_eq!(holders, [(rolle::OLA, Ansvar::Far)]);
    assert_eq!(town.beboere(BoligId(2)), 4);
    let refusal = try_it(&mut town, FolkCommand::Doedsfall { person: key(rolle::KARI) }).unwrap_err();
    assert_eq!(
        (refusal.code, refusal.reason.as_str()),
        ("not_resident", "Kari Nordås is not resident: died on 2027-01-04")
    );
}

#[test]
fn children_left_alone_go_to_a_new_home() {
    let mut town = town();
    for parent in [rolle::KARI, rolle::OLA] {
        try_it(&mut town, FolkCommand::Doedsfall { person: key(parent) }).expect("they die");
    }
    for child in [rolle::NORA, rolle::JONAS, rolle::NYFOEDT] {
        let child = town.person(child);
        let holders = child.ansvarlige();
        assert_eq!(holders.len(), 1);
        // The grandmother is the only one left of the family.
        assert_eq!((holders[0].0.id, holders[0].1), (rolle::ASTRID, Ansvar::Andre));
        assert_eq!(child.husstand(), town.person(rolle::ASTRID).husstand());
        assert_eq!(child.bolig(), Some(BoligId(3)));
    }
    assert_eq!((town.beboere(BoligId(2)), town.beboere(BoligId(3))), (0, 4));
}

#[test]
fn a_household_moves_together_and_one_of_it_alone() {
    let mut town = town();
    let whole = FolkCommand::Flytting { person: key(rolle::KARI), hos: None, hele_husstanden: true };
    try_it(&mut town, whole).expect("they move");
    assert!(family(&town, rolle::KARI).iter().all(|id| town.person(*id).bolig() == Some(LEDIG)));
    let alone = FolkCommand::Flytting { person: key(rolle::OLA), hos: None, hele_husstanden: false };
    try_it(&mut town, alone.clone()).expect("the old home is free again");
    assert_eq!(family(&town, rolle::OLA), [rolle::OLA]);
    assert_eq!(town.person(rolle::OLA).bolig(), Some(BoligId(2)));
    assert!(town.person(rolle::KARI).partner().is_none());
    let refusal =
        try_it(&mut town, FolkCommand::Flytting { person: key(rolle::PIOTR), hos: None, hele_husstanden: true });
    assert_eq!(refusal.unwrap_err().code, "no_dwelling");
    let home = FolkCommand::Flytting { person: key(rolle::OLA), hos: Some(key(rolle::KARI)), hele_husstanden: true };
    try_it(&mut town, home.clone()).expect("he comes back");
    assert_eq!(family(&town, rolle::KARI).len(), 5);
    assert_eq!(try_it(&mut town, home).unwrap_err().code, "same_home");
}

#[test]
fn marriages_begin_and_end_by_the_law() {
    let mut town = town();
    let wed =
        |one, other| FolkCommand::Vigsel { person: key(one), med: key(other), etternavn: None, etternavn_med: None };
    for (one, other, code) in [
        (rolle::ASTRID, rolle::ASTRID, "same_person"),
        (rolle::KARI, rolle::PIOTR, "married"),
        (rolle::NORA, rolle::PIOTR, "age"),
        (rolle::LINE, rolle::EINAR, "not_resident"),
    ] {
        assert_eq!(try_it(&mut town, wed(one, other)).unwrap_err().code, code);
    }
    try_it(&mut town, FolkCommand::Separasjon { person: key(rolle::OLA) }).expect("they separate");
    assert_eq!(town.person(rolle::OLA).bolig(), Some(LEDIG));
    assert_eq!(town.person(rolle::KARI).sivilstand(), (Sivilstand::Separert, Some(key(rolle::OLA))));
    assert_eq!(family(&town, rolle::KARI).len(), 4);
    let divorce = FolkCommand::Skilsmisse { person: key(rolle::KARI) };
    let refusal = try_it(&mut town, divorce.clone()).unwrap_err();
    assert_eq!(refusal.code, "too_early");
    let later = town.now().plus_millis(366 * 86_400_000);
    apply(&mut town, &Event::Tid(crate::town::event::TidEvent::Naadd(later)));
    try_it(&mut town, divorce).expect("a year later");
    assert_eq!(town.person(rolle::OLA).sivilstand().0, Sivilstand::Skilt);
    try_it(&mut town, wed(rolle::KARI, rolle::PIOTR)).expect("she marries again");
    assert_eq!(town.person(rolle::PIOTR).ektefelle().map(|one| one.id), Some(rolle::KARI));
}

#[test]
fn people_leave_and_come() {
    let mut town = town();
    let land = Some(Landkode(*b"SWE"));
    let leave = |id, land| FolkCommand::Utflytting { person: key(id), land, hele_husstanden: true };
    assert_eq!(try_it(&mut town, leave(rolle::PIOTR, Some(Landkode::NOR))).unwrap_err().code, "country");
    try_it(&mut town, leave(rolle::PIOTR, land)).expect("he emigrates");
    assert_eq!(town.person(rolle::PIOTR).status(), Personstatus::Utflyttet);
    try_it(&mut town, leave(rolle::LINE, None)).expect("they move away");
    let line = town.person(rolle::LINE);
    assert_eq!((line.status(), line.is_bosatt(), line.bolig()), (Personstatus::Bosatt, false, None));
    let refusal = try_it(&mut town, leave(rolle::PIOTR, None)).unwrap_err();
    assert!(refusal.reason.ends_with("emigrated to SWE on 2027-01-04"), "{refusal}");
    let come =
        FolkCommand::Innflytting { hos: key(rolle::ASTRID), kjoenn: None, alder: Some(30), land, egen_bolig: false };
    let events = try_it(&mut town, come).expect("somebody comes");
    let who = crate::town::livshendelser::newcomers(&events);
    let newcomer = town.person_by_key(who[0]).expect("one");
    assert_eq!((newcomer.alder(), newcomer.foedeland().as_str()), (30, "SWE"));
    assert_eq!(newcomer.husstand(), town.person(rolle::ASTRID).husstand());
    assert!(!newcomer.navn().etternavn.is_empty() && newcomer.is_bosatt());
}

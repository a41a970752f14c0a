use super::*;
use crate::access::fixture::{visit_in, world_later};
use crate::access::fixture_roller::{BARNEHAGE, BYGG, BYGG_AVD, ENK, KOMMUNE, SAMEIE, SLETTET, base, orgnr};
use crate::town::model::tests_town::rolle::{ASTRID, EINAR, EMMA, JONAS, KARI, LINE, NORA, NYFOEDT, OLA, PIOTR, TOM};
use crate::town::{Cause, Command, apply, decide};

const DAY: i64 = 86_400;

fn wards(town: &Town, person: PersonId) -> Vec<(PersonId, Grunnlag)> {
    town.person(person).fullmakter().iter().map(|one| (one.giver.id, one.grunnlag)).collect()
}

#[test]
fn key_roles_give_the_unit_and_its_sub_units_and_other_roles_nothing() {
    let town = visit_in(base(), &[]).town;
    let of = |person: PersonId| town.person(person).representerer();
    assert_eq!(of(KARI), [BYGG, BYGG_AVD, ENK, SLETTET], "the role in LIA SAMEIE begins in a month");
    assert_eq!(of(LINE), [BYGG, BYGG_AVD]);
    assert_eq!(of(ASTRID), [KOMMUNE], "a contact person acts for a public body; what stands below it is no sub-unit");
    assert_eq!(of(PIOTR), [], "and for no company");
    assert_eq!(of(OLA), [], "a member of the board");
    assert_eq!(of(EINAR), [], "dead");
    assert_eq!(town.person(KARI).leder(), [BYGG, ENK], "not the deleted one");
    assert_eq!(town.enhet_med(orgnr(BARNEHAGE)), Some(BARNEHAGE));
}

#[test]
fn a_role_acts_from_its_first_day_and_ends_with_its_holder() {
    let visit = visit_in(base(), &[]);
    let later = |days: i64| world_later(&visit, days * DAY).town.person(KARI).representerer().contains(&SAMEIE);
    // 4 January 2027 at eight: the role begins on 4 February.
    assert!(!later(30) && later(31));
    let mut town = (*visit.town).clone();
    let death = Command::Folk(crate::town::decide::FolkCommand::Doedsfall { person: town.key_of(LINE) });
    for event in decide(&town, &death, &Cause::of("test", &[])).unwrap() {
        apply(&mut town, &event);
    }
    assert_eq!(town.person(LINE).representerer(), [] as [VirksomhetId; 0]);
}

#[test]
fn parents_act_for_their_children_while_they_have_the_responsibility_and_the_child_is_a_minor() {
    let visit = visit_in(base(), &[]);
    let town = &visit.town;
    let children = |person| {
        let all = wards(town, person).into_iter();
        all.filter(|(_, why)| *why == Grunnlag::Foreldreansvar).map(|(child, _)| child).collect::<Vec<_>>()
    };
    assert_eq!(children(KARI), [NORA, JONAS, NYFOEDT]);
    assert_eq!(children(OLA), [NORA, JONAS, NYFOEDT]);
    assert_eq!(children(LINE), [EMMA], "alone since February");
    assert_eq!(children(TOM), [], "her father has no responsibility any more");
    // Nora comes of age on 1 July 2036.
    let day = |days: i64| wards(&world_later(&visit, days * DAY).town, OLA).iter().any(|(child, _)| *child == NORA);
    let of_age = i64::from(DayNo::of(jiff::civil::date(2036, 7, 1)).0 - DayNo::of(jiff::civil::date(2027, 1, 4)).0);
    assert!(day(of_age - 1) && !day(of_age));
}

#[test]
fn a_parent_whose_responsibility_has_ended_acts_no_longer() {
    let visit = visit_in(base(), &[]);
    let mut town = (*visit.town).clone();
    let alone = crate::town::decide::FolkCommand::Foreldreansvar {
        barn: town.key_of(NORA),
        ansvar: crate::town::model::Ansvar::Mor,
        hvem: None,
    };
    for event in decide(&town, &Command::Folk(alone), &Cause::of("test", &[])).unwrap() {
        apply(&mut town, &event);
    }
    let acts = |town: &Town, parent| wards(town, parent).iter().any(|(child, _)| *child == NORA);
    assert!(acts(&visit.town, OLA) && acts(&visit.town, KARI));
    assert!(!acts(&town, OLA) && acts(&town, KARI), "the mother has it alone");
}

#[test]
fn guardians_act_for_living_wards_from_the_day_of_the_decision() {
    let visit = visit_in(base(), &[]);
    let guardians = |town: &Town, person| {
        wards(town, person).into_iter().filter(|(_, why)| *why != Grunnlag::Foreldreansvar).collect::<Vec<_>>()
    };
    let voksen = (ASTRID, Grunnlag::Vergemaal(Vergemaalsslag::Voksen));
    assert_eq!(guardians(&visit.town, KARI), [voksen], "Einar is dead, and the decision about Roar is to come");
    assert_eq!(guardians(&visit.town, PIOTR), [(EMMA, Grunnlag::Vergemaal(Vergemaalsslag::Mindreaarig))]);
    assert_eq!(guardians(&visit.town, LINE), []);
    let later = world_later(&visit, 60 * DAY).town;
    assert_eq!(guardians(&later, KARI).len(), 2);
    // A guardian of a minor is none any more when she comes of age: 20 January 2037.
    let grown = world_later(&visit, 3_669 * DAY).town;
    assert_eq!(guardians(&grown, PIOTR), []);
    // A dead guardian acts for nobody.
    let mut town = (*visit.town).clone();
    let death = Command::Folk(crate::town::decide::FolkCommand::Doedsfall { person: town.key_of(ASTRID) });
    for event in decide(&town, &death, &Cause::of("test", &[])).unwrap() {
        apply(&mut town, &event);
    }
    assert_eq!(guardians(&town, KARI), [], "a dead ward has no guardian");
    assert_eq!(wards(&town, EINAR), [], "and the dead act for nobody");
}

#[test]
fn tasks_are_those_of_the_published_list() {
    let all: Vec<Rettighet> = tjenester().collect();
    assert_eq!(all.len(), 50);
    assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "sorted, each once");
    let town = visit_in(base(), &[]).town;
    let one = town.person(PIOTR).fullmakter()[0];
    let owners = |rolle: &str| one.rettigheter(rolle).map(|right| right.eier).collect::<Vec<_>>();
    assert_eq!(owners("arbeid"), ["nav"]);
    assert_eq!(owners("sosialeTjenester"), ["kommune", "nav"]);
    assert_eq!(owners("Arbeid"), [] as [&str; 0]);
}

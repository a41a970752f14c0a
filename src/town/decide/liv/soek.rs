//! Somebody to live with, or the father of a child: people are looked at in an order the cause gives, and the first who
//! fits is taken. Newcomers are met by their origin key, never by their place in this world.

use super::familie::stream;
use crate::base::{Kjoenn, OriginKey, Stream};
use crate::clock::full_years;
use crate::town::decide::folk;
use crate::town::derive::liv::tabeller::{ALDRE, tabeller};
use crate::town::model::{Gradering, PersonId};
use crate::town::state::{Person, Town};

/// People looked at before it is given up.
const MAX_SOEK: usize = 3_000;
/// Years two who find each other may differ from the difference that was drawn.
const SPILLEROM: i32 = 2;
/// Most years between partners (`specs/population.md` §3.3).
const MEST: i32 = 30;
/// Most people in a home that takes somebody in.
const MEST_HOS: usize = 8;
/// Years those who share a home may differ.
const SPILLEROM_BOFELLER: i32 = 6;
/// Ages at which somebody can become a father (`specs/population.md` §16.2, 13).
const FARSALDER: std::ops::RangeInclusive<i32> = 16..=70;

/// The next person looked at: of the base by position, of the newcomers by the key nearest to a drawn one.
fn any(town: &Town, stream: &mut Stream) -> Option<PersonId> {
    let base = town.base.person_count() as u64;
    let which = stream.uniform(base + town.folk.newcomers as u64);
    let (row, high, low) = (stream.word(), stream.word(), stream.word());
    if which >= base {
        let key = OriginKey(u128::from(high) << 64 | u128::from(low));
        let found = town.folk.by_origin.get_next(&key).map(|(_, id)| *id);
        let first = || town.folk.by_origin.get_min().map(|(_, id)| *id);
        return found.or_else(first);
    }
    let row = u64::try_from((u128::from(row) * u128::from(base)) >> 64).expect("below the number of people");
    Some(PersonId::at(usize::try_from(row).expect("below the number of people")))
}

/// The first of those looked at who is of the right sex and age (`seems`) and `fits`. Most are of the wrong age, and the
/// columns tell it without a look at what has happened to them.
fn of_age<'a>(
    town: &'a Town,
    stream: &mut Stream,
    seems: impl Fn(Kjoenn, i32) -> bool,
    fits: impl Fn(&Person<'_>) -> bool,
) -> Option<Person<'a>> {
    let seems = |id: &PersonId| {
        let (kjoenn, foedt) = town.kjoenn_og_foedselsdato(*id);
        seems(kjoenn, full_years(foedt, town.now().dato()))
    };
    let mut looked_at = (0..MAX_SOEK).filter_map(|_| any(town, stream)).filter(seems).map(|id| town.person(id));
    looked_at.find(fits)
}

/// Years the man is older: mean 2.8 and a spread of about 5 (`specs/population.md` §3.3), from three dice.
fn years_between(stream: &mut Stream) -> i32 {
    let sum: u64 = (0..3).map(|_| stream.uniform(11)).sum();
    i32::try_from(sum).expect("three dice") - 12
}

/// The first of those looked at who `fits`.
pub(in crate::town::decide) fn first<'a>(
    town: &'a Town,
    stream: &mut Stream,
    mut fits: impl FnMut(&Person<'_>) -> bool,
) -> Option<Person<'a>> {
    (0..MAX_SOEK).filter_map(|_| any(town, stream)).map(|id| town.person(id)).find(|person| fits(person))
}

fn is_free(person: &Person<'_>) -> bool {
    use crate::town::model::Sivilstand::{Gift, RegistrertPartner};
    person.is_bosatt()
        && !person.is_holdt()
        && person.partner().is_none()
        && !matches!(person.sivilstand().0, Gift | RegistrertPartner)
        && person.gradering() == Gradering::Ugradert
}

/// Somebody for a single woman to live with.
pub(super) fn partner<'a>(town: &'a Town, woman: &Person<'a>, origin: OriginKey) -> Option<Person<'a>> {
    let mut stream = stream(town, origin, "liv/partner");
    let same_sex = stream.uniform(1000) < u64::from(tabeller().nivaaer.same_sex);
    let kjoenn = if same_sex { Kjoenn::Kvinne } else { Kjoenn::Mann };
    let (older, hers) = (years_between(&mut stream), woman.alder());
    let seems = |sex: Kjoenn, alder: i32| {
        let between = alder - hers;
        sex == kjoenn && alder >= 18 && between.abs() <= MEST && (between - older).abs() <= SPILLEROM
    };
    let fits = |other: &Person<'_>| {
        is_free(other) && other.husstand() != woman.husstand() && !folk::is_close_kin(woman, other)
    };
    of_age(town, &mut stream, seems, fits)
}

/// The father of the child of a woman who lives with nobody; mostly there is one in the register.
pub(super) fn father<'a>(town: &'a Town, mother: &Person<'a>, origin: OriginKey) -> Option<Person<'a>> {
    let mut stream = stream(town, origin, "liv/far");
    if stream.uniform(1000) >= u64::from(tabeller().nivaaer.known_father) {
        return None;
    }
    let (older, hers) = (years_between(&mut stream), mother.alder());
    let seems = |sex, alder: i32| sex == Kjoenn::Mann && (alder - hers - older).abs() <= SPILLEROM;
    of_age(town, &mut stream, seems, |other| is_free(other) && can_be_parent(mother, other))
}

/// Whose home somebody without a partner moves to who does not take one of their own: a parent's, with any children, or
/// that of others who are single and about as old.
pub(super) fn shares_home<'a>(
    town: &'a Town,
    person: &Person<'a>,
    hele_husstanden: bool,
    origin: OriginKey,
) -> Option<Person<'a>> {
    let group = if hele_husstanden { person.husstand_medlemmer().len() } else { 1 };
    if person.partner().is_some() || person.gradering() != Gradering::Ugradert {
        return None;
    }
    let mut stream = stream(town, origin, "liv/hos andre");
    let age = usize::try_from(person.alder()).unwrap_or(0).min(ALDRE - 1);
    let [parents, others] = tabeller().flytter_til.each_ref().map(|shares| shares[age]);
    let drawn = stream.uniform(1000);
    let takes_in = |host: &Person<'_>| {
        let members = host.husstand_medlemmer();
        host.is_bosatt()
            && host.husstand() != person.husstand()
            && members.len() + group <= MEST_HOS
            && members.iter().all(|one| !one.is_holdt() && one.gradering() == Gradering::Ugradert)
    };
    if drawn < parents {
        return [person.mor(), person.far()].into_iter().flatten().find(takes_in);
    }
    if drawn >= parents + others || group > 1 {
        return None;
    }
    let (kjoenn, alder) = (person.kjoenn(), person.alder());
    let seems = |sex, age: i32| sex == kjoenn && (age - alder).abs() <= SPILLEROM_BOFELLER;
    let single = |host: &Person<'_>| {
        let members = host.husstand_medlemmer();
        members.len() <= 3 && members.iter().all(|one| one.alder() >= 18 && one.partner().is_none())
    };
    of_age(town, &mut stream, seems, |host| single(host) && takes_in(host))
}

/// Whether `other` can be the second parent of a child of `mother`.
pub(super) fn can_be_parent(mother: &Person<'_>, other: &Person<'_>) -> bool {
    FARSALDER.contains(&other.alder()) && !folk::is_close_kin(mother, other)
}

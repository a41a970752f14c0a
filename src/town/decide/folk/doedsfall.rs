//! A death: the person, the surviving spouse, the responsibility for children, the home of children left behind
//! (`specs/folkeregister.md` §21, `specs/life-events.md` §6).

use super::husstand::{MYNDIG, Maal, hele, stream};
use super::utkast::{Utkast, gjeldende};
use super::{Cause, Refusal, resident};
use crate::town::event::Event;
use crate::town::model::{
    Ansvar, DayNo, Entry, Fact, Hendelsestype, PersonId, PersonKey, Personstatus, Relasjonsrolle, Sivilstand,
};
use crate::town::state::{Person, Town};

/// Youngest child that may live without anybody responsible (`specs/population.md` §16.2, 20).
const BOR_MED_ANSVARLIG: i32 = 15;
/// Ages of people who take in the child of others.
const FOSTERALDER: std::ops::RangeInclusive<i32> = 30..=60;
/// People looked at for a new home of a child before it is given up.
const MAX_SOEK: usize = 5_000;

/// Decides a death.
pub(super) fn decide(town: &Town, person: PersonKey, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    let dead = resident(town, person)?;
    let mut utkast = Utkast::new(town, cause, "folkeregistermyndigheten", "Dødsfall");
    let entries = dead.entries();
    died(&mut utkast, &dead, &entries);
    let spouse = surviving_spouse(&dead);
    if let Some(spouse) = &spouse {
        widowed(&mut utkast, spouse, &dead);
    }
    let household = hele(&dead);
    utkast.forlat(std::slice::from_ref(&dead));
    let in_care = in_care_of(&dead, &entries);
    for child in &in_care {
        orphaned(&mut utkast, child, &dead);
    }
    others_left_behind(&mut utkast, &household, &dead, &in_care);
    super::super::oppfoelging::slett_kontakt(&mut utkast.events, town, std::slice::from_ref(&dead), cause);
    Ok(utkast.events)
}

/// Children here for whom `dead` has responsibility, or who are theirs.
fn in_care_of<'a>(dead: &Person<'a>, entries: &[Entry]) -> Vec<Person<'a>> {
    let town = dead.town();
    let responsible = entries.iter().filter(|entry| entry.is_gjeldende()).filter_map(|entry| match entry.fact {
        Fact::Foreldreansvar { ansvarssubjekt: Some(child), .. } => town.person_by_key(child),
        _ => None,
    });
    let mut children = dead.barn();
    children.extend(responsible);
    children.retain(|child| child.is_bosatt() && child.alder() < MYNDIG);
    children.sort_by_key(|child| child.id);
    children.dedup_by_key(|child| child.id);
    // Positions of newcomers differ between worlds; keys do not.
    children.sort_by_key(Person::key);
    children
}

fn died(utkast: &mut Utkast<'_>, dead: &Person<'_>, entries: &[Entry]) {
    let key = dead.key();
    let dato = utkast.dato;
    let status = gjeldende(entries, |fact| matches!(fact, Fact::Status(_)));
    let mut changes = vec![utkast.ny_fra(key, Fact::Doedsfall(dato), None)];
    changes.push(utkast.erstatt(key, status, Fact::Status(Personstatus::Doed)));
    changes.extend(gjeldende(entries, Fact::is_hjem).map(|old| utkast.avslutt(old)));
    changes.extend(marriage(entries).map(|old| utkast.avslutt(old)));
    utkast.registrer(key, Hendelsestype::PersonErDoed, changes);
}

/// The marriage as a relation.
pub(super) fn marriage(entries: &[Entry]) -> Option<Entry> {
    gjeldende(entries, |fact| {
        matches!(fact, Fact::Familierelasjon { relatert_rolle: Relasjonsrolle::EktefelleEllerPartner, .. })
    })
}

/// Married or separated, to somebody alive.
fn surviving_spouse<'a>(dead: &Person<'a>) -> Option<Person<'a>> {
    let (sivilstand, relatert) = dead.sivilstand();
    let bound = matches!(
        sivilstand,
        Sivilstand::Gift | Sivilstand::Separert | Sivilstand::RegistrertPartner | Sivilstand::SeparertPartner
    );
    let spouse = dead.town().person_by_key(relatert.filter(|_| bound)?)?;
    (!spouse.is_doed() && spouse.sivilstand().1 == Some(dead.key())).then_some(spouse)
}

fn widowed(utkast: &mut Utkast<'_>, spouse: &Person<'_>, dead: &Person<'_>) {
    let partnership = matches!(dead.sivilstand().0, Sivilstand::RegistrertPartner | Sivilstand::SeparertPartner);
    let sivilstand = if partnership { Sivilstand::GjenlevendePartner } else { Sivilstand::EnkeEllerEnkemann };
    let entries = spouse.entries();
    let dato = Some(utkast.dato);
    let old = gjeldende(&entries, |fact| matches!(fact, Fact::Sivilstand { .. }));
    let fact = Fact::Sivilstand { sivilstand, dato, relatert: Some(dead.key()) };
    let mut changes = vec![utkast.erstatt(spouse.key(), old, fact)];
    changes.extend(marriage(&entries).map(|old| utkast.avslutt(old)));
    utkast.registrer(spouse.key(), Hendelsestype::EndringISivilstand, changes);
}

/// The responsibility `adult` has for `child` when nobody shares it.
fn alene(child: &Person<'_>, adult: &Person<'_>) -> Ansvar {
    if child.mor().is_some_and(|mor| mor.id == adult.id) {
        return Ansvar::Mor;
    }
    match child.far() {
        Some(far) if far.id == adult.id && far.kjoenn() == crate::base::Kjoenn::Mann => Ansvar::Far,
        Some(far) if far.id == adult.id => Ansvar::Medmor,
        _ => Ansvar::Andre,
    }
}

/// Responsibility moves to who is left, or to somebody new; the child to whoever has it.
fn orphaned(utkast: &mut Utkast<'_>, child: &Person<'_>, dead: &Person<'_>) {
    let entries = child.entries();
    let of = |fact: &Fact, adult: PersonKey| matches!(fact, Fact::Foreldreansvar { ansvarlig: Some(one), .. } if *one == adult);
    let mut changes: Vec<_> =
        gjeldende(&entries, |fact| of(fact, dead.key())).map(|old| utkast.avslutt(old)).into_iter().collect();
    let left: Vec<Person<'_>> =
        child.ansvarlige().into_iter().map(|(adult, _)| adult).filter(|a| a.id != dead.id && !a.is_doed()).collect();
    let mut adults = Vec::new();
    for adult in &left {
        let ansvar = alene(child, adult);
        let fact = Fact::Foreldreansvar { ansvar, ansvarlig: Some(adult.key()), ansvarssubjekt: None };
        let old = gjeldende(&entries, |fact| of(fact, adult.key()));
        // Of several holders each has an entry: one that changes ends, and another begins.
        if let Some(old) = old.filter(|old| old.fact != fact) {
            changes.push(utkast.avslutt(old));
            changes.push(utkast.ny(child.key(), fact));
            adults.push((*adult, ansvar));
        }
    }
    let here = left.iter().find(|adult| adult.is_bosatt()).copied();
    let carer = here.or_else(|| new_carer(utkast, child, dead));
    if let (None, Some(carer)) = (here, carer) {
        let ansvar = alene(child, &carer);
        let fact = Fact::Foreldreansvar { ansvar, ansvarlig: Some(carer.key()), ansvarssubjekt: None };
        changes.push(utkast.ny(child.key(), fact));
        adults.push((carer, ansvar));
    }
    utkast.registrer(child.key(), Hendelsestype::EndringIForeldreansvar, changes);
    for (adult, ansvar) in adults {
        let subject =
            |fact: &Fact| matches!(fact, Fact::Foreldreansvar { ansvarssubjekt: Some(one), .. } if *one == child.key());
        let old = gjeldende(&adult.entries(), subject);
        let fact = Fact::Foreldreansvar { ansvar, ansvarlig: None, ansvarssubjekt: Some(child.key()) };
        let mut changes: Vec<_> = old.map(|old| utkast.avslutt(old)).into_iter().collect();
        changes.push(utkast.ny(adult.key(), fact));
        utkast.registrer(adult.key(), Hendelsestype::EndringIForeldreansvar, changes);
    }
    if let Some(carer) = carer {
        move_to(utkast, child, &carer, dead, &left);
    }
}

/// Moves the child to its carer when it lives with nobody responsible, or with nobody grown up.
fn move_to(utkast: &mut Utkast<'_>, child: &Person<'_>, carer: &Person<'_>, dead: &Person<'_>, left: &[Person<'_>]) {
    let with: Vec<Person<'_>> = child.husstand_medlemmer().into_iter().filter(|one| one.id != dead.id).collect();
    let lives_with = |adult: &Person<'_>| with.iter().any(|member| member.id == adult.id);
    let cared_for = lives_with(carer) || left.iter().any(lives_with);
    let grown_up = with.iter().any(|member| member.alder() >= MYNDIG);
    if cared_for || grown_up && child.alder() >= BOR_MED_ANSVARLIG || carer.bolig().is_none() {
        return;
    }
    utkast.av("Flytting innenlands");
    utkast.flytt(std::slice::from_ref(child), &Maal::Hos(*carer));
    utkast.av("Dødsfall");
}

/// Somebody new for a child nobody here is responsible for: the other parent, somebody grown up in the same home,
/// grandparents, else a stranger with a home.
fn new_carer<'a>(utkast: &Utkast<'a>, child: &Person<'a>, dead: &Person<'a>) -> Option<Person<'a>> {
    let fits = |one: &Person<'_>| {
        one.id != dead.id
            && one.is_bosatt()
            && one.alder() >= MYNDIG
            && one.bolig().is_some()
            && one.gradering() == child.gradering()
    };
    let parents: Vec<Person<'a>> = [child.mor(), child.far()].into_iter().flatten().collect();
    let at_home = child.husstand_medlemmer();
    let grandparents = parents.iter().flat_map(|parent| [parent.mor(), parent.far()]).flatten();
    let near = parents.iter().copied().chain(at_home).chain(grandparents).find(fits);
    near.or_else(|| stranger(utkast, child).filter(fits))
}

fn stranger<'a>(utkast: &Utkast<'a>, child: &Person<'_>) -> Option<Person<'a>> {
    let town = utkast.town;
    let mut stream = stream(town, utkast.origin.child("fosterhjem", 0), "fosterhjem");
    let people = town.base.person_count();
    let fits = |one: &Person<'_>| {
        one.is_bosatt()
            && FOSTERALDER.contains(&one.alder())
            && one.partner().is_some()
            && one.husstand() != child.husstand()
            && one.husstand_medlemmer().len() < 7
    };
    (0..MAX_SOEK).map(|_| town.person(PersonId::at(stream.index(people)))).find(fits)
}

/// Children of others that the dead person was alone with: they go to who is responsible for them.
fn others_left_behind(utkast: &mut Utkast<'_>, household: &[Person<'_>], dead: &Person<'_>, in_care: &[Person<'_>]) {
    let rest = household.iter().filter(|member| member.id != dead.id);
    if rest.clone().any(|member| member.alder() >= MYNDIG) {
        return;
    }
    for child in rest.filter(|member| in_care.iter().all(|one| one.id != member.id)) {
        let responsible = child.ansvarlige().into_iter().map(|(adult, _)| adult);
        let carer =
            responsible.into_iter().find(|adult| adult.id != dead.id && adult.is_bosatt() && adult.bolig().is_some());
        match carer {
            Some(carer) => {
                utkast.av("Flytting innenlands");
                utkast.flytt(std::slice::from_ref(child), &Maal::Hos(carer));
            }
            None => orphaned(utkast, child, dead),
        }
    }
}

/// The day a dead person died, as the register has it.
pub(super) fn day_of_death(person: &Person<'_>) -> Option<DayNo> {
    gjeldende(&person.entries(), |fact| matches!(fact, Fact::Doedsfall(_))).and_then(|entry| match entry.fact {
        Fact::Doedsfall(dato) => Some(dato),
        _ => None,
    })
}

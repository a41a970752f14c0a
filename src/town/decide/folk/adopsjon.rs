//! An adoption: the child gets other parents, and the old ones are none any more (Adoption Act).

use super::husstand::{MYNDIG, Maal};
use super::navneendring::{NyttNavn, skift};
use super::utkast::{Utkast, gjeldende};
use super::{Cause, Refusal, foreldreansvar, resident};
use crate::base::Kjoenn;
use crate::town::event::Event;
use crate::town::model::{Ansvar, Fact, Hendelsestype, PersonKey, Relasjonsrolle};
use crate::town::state::{Person, Town};

/// Youngest who may adopt (Adoption Act § 9).
const MIN_ALDER: i32 = 25;

/// Decides an adoption of `barn` by `av`, and by `med`, who may be a parent already: then the child is a stepchild.
pub(super) fn decide(
    town: &Town,
    barn: PersonKey,
    (av, med): (PersonKey, Option<PersonKey>),
    etternavn: Option<&str>,
    cause: &Cause,
) -> Result<Vec<Event>, Refusal> {
    let child = resident(town, barn)?;
    let before: Vec<Person<'_>> = [child.mor(), child.far()].into_iter().flatten().collect();
    let is_parent = |one: &Person<'_>| before.iter().any(|parent| parent.id == one.id);
    let adopter = resident(town, av)?;
    if adopter.id == child.id || is_parent(&adopter) {
        return Err(Refusal::new("is_parent", "nobody adopts themselves or their own child"));
    }
    let mut parents = vec![adopter];
    if let Some(med) = med {
        let other = resident(town, med)?;
        let couple = adopter.partner().is_some_and(|one| one.id == other.id)
            || adopter.ektefelle().is_some_and(|one| one.id == other.id);
        if !couple {
            return Err(Refusal::new("not_couple", "two people who adopt are married or live together"));
        }
        parents.push(other);
    }
    if let Some(young) = parents.iter().find(|one| !is_parent(one) && one.alder() < MIN_ALDER) {
        let detail = format!("{} is {} years old; who adopts is {MIN_ALDER}", young.navn().full(), young.alder());
        return Err(Refusal::new("age", detail));
    }
    let mut utkast = Utkast::new(town, cause, "folkeregistermyndigheten", "Adopsjon");
    relations(&mut utkast, &child, &before, &parents);
    if child.alder() < MYNDIG {
        let ansvar = match (&parents[..], adopter.kjoenn()) {
            ([_], Kjoenn::Kvinne) => Ansvar::Mor,
            ([_], Kjoenn::Mann) => Ansvar::Far,
            _ => Ansvar::Felles,
        };
        let holders: Vec<_> = parents.iter().map(|one| (*one, ansvar)).collect();
        foreldreansvar::gi(&mut utkast, &child, &holders);
    }
    if etternavn.is_some() {
        let nytt = NyttNavn { etternavn: etternavn.map(str::to_owned), ..NyttNavn::default() };
        let navn = nytt.paa(&child.navn())?;
        if navn != child.navn() {
            skift(&mut utkast, &child, navn);
        }
    }
    let lives_with = |one: &Person<'_>| one.husstand().is_some() && one.husstand() == child.husstand();
    if child.alder() < MYNDIG && !parents.iter().any(lives_with) {
        let maal = Maal::hos(adopter, std::slice::from_ref(&child))?;
        utkast.av("Flytting innenlands");
        utkast.flytt(std::slice::from_ref(&child), &maal);
    }
    Ok(utkast.events)
}

/// Relations of the child and of everybody who is or was a parent.
fn relations(utkast: &mut Utkast<'_>, child: &Person<'_>, before: &[Person<'_>], parents: &[Person<'_>]) {
    let is_in = |list: &[Person<'_>], one: &Person<'_>| list.iter().any(|other| other.id == one.id);
    let gone: Vec<Person<'_>> = before.iter().filter(|one| !is_in(parents, one)).copied().collect();
    let new: Vec<Person<'_>> = parents.iter().filter(|one| !is_in(before, one)).copied().collect();
    let mother_stays = child.mor().is_some_and(|mor| is_in(parents, &mor));
    let mut has_mother = mother_stays;
    let roles: Vec<Relasjonsrolle> = new
        .iter()
        .map(|one| match (one.kjoenn(), std::mem::replace(&mut has_mother, true)) {
            (Kjoenn::Mann, had) => {
                has_mother = had;
                Relasjonsrolle::Far
            }
            (Kjoenn::Kvinne, false) => Relasjonsrolle::Mor,
            (Kjoenn::Kvinne, true) => Relasjonsrolle::Medmor,
        })
        .collect();
    let to = |person: &Person<'_>, other: PersonKey| {
        gjeldende(&person.entries(), |fact| {
            matches!(fact, Fact::Familierelasjon { relatert, relatert_rolle, min_rolle }
                if *relatert == other
                    && (*relatert_rolle == Relasjonsrolle::Barn || *min_rolle == Relasjonsrolle::Barn))
        })
    };
    let mut changes: Vec<_> =
        gone.iter().filter_map(|one| to(child, one.key())).map(|old| utkast.avslutt(old)).collect();
    for (one, rolle) in new.iter().zip(&roles) {
        let fact =
            Fact::Familierelasjon { relatert: one.key(), relatert_rolle: *rolle, min_rolle: Relasjonsrolle::Barn };
        changes.push(utkast.ny(child.key(), fact));
    }
    utkast.registrer(child.key(), Hendelsestype::EndringIFamilierelasjon, changes);
    for one in &gone {
        let ended = to(one, child.key()).map(|old| utkast.avslutt(old));
        utkast.registrer(one.key(), Hendelsestype::EndringIFamilierelasjon, ended.into_iter().collect());
    }
    for (one, rolle) in new.iter().zip(&roles) {
        let fact =
            Fact::Familierelasjon { relatert: child.key(), relatert_rolle: Relasjonsrolle::Barn, min_rolle: *rolle };
        let change = utkast.ny(one.key(), fact);
        utkast.registrer(one.key(), Hendelsestype::EndringIFamilierelasjon, vec![change]);
    }
}

//! A change of parental responsibility (`specs/folkeregister.md` §21).

use super::husstand::MYNDIG;
use super::utkast::Utkast;
use super::{Cause, Refusal, somebody};
use crate::base::Kjoenn;
use crate::town::event::Event;
use crate::town::model::{Ansvar, Entry, Fact, Hendelsestype, PersonKey};
use crate::town::state::{Person, Town};

/// Decides who is responsible for `barn` from now on; `hvem` for somebody who is no parent.
pub(super) fn decide(
    town: &Town,
    barn: PersonKey,
    ansvar: Ansvar,
    hvem: Option<PersonKey>,
    cause: &Cause,
) -> Result<Vec<Event>, Refusal> {
    let child = somebody(town, barn)?;
    let name = child.navn().full();
    if child.is_doed() {
        return Err(Refusal::new("dead", format!("{name} is dead")));
    }
    if child.alder() >= MYNDIG {
        return Err(Refusal::new("of_age", format!("{name} is {} years old", child.alder())));
    }
    let holders = holders(&child, ansvar, hvem)?;
    let before: Vec<PersonKey> = child.ansvarlige().iter().map(|(adult, _)| adult.key()).collect();
    let same = child.ansvarlige().iter().all(|(_, is)| *is == ansvar) && before.len() == holders.len();
    if same && holders.iter().all(|one| before.contains(&one.key())) {
        return Err(Refusal::new("same_responsibility", format!("the responsibility for {name} is so already")));
    }
    let mut utkast = Utkast::new(town, cause, "folkeregistermyndigheten", "Foreldreansvar");
    gi(&mut utkast, &child, &holders.iter().map(|one| (*one, ansvar)).collect::<Vec<_>>());
    Ok(utkast.events)
}

fn holders<'a>(child: &Person<'a>, ansvar: Ansvar, hvem: Option<PersonKey>) -> Result<Vec<Person<'a>>, Refusal> {
    let name = child.navn().full();
    let alive = |one: Option<Person<'a>>, what: &str| {
        let one = one.ok_or_else(|| Refusal::new("no_parent", format!("the register knows no {what} of {name}")))?;
        if one.is_doed() {
            return Err(Refusal::new("dead", format!("{} is dead", one.navn().full())));
        }
        Ok(one)
    };
    if hvem.is_some() && ansvar != Ansvar::Andre {
        return Err(Refusal::new("is_parents", "only `andre` names somebody: the others are the parents"));
    }
    let other = child.far().filter(|far| (far.kjoenn() == Kjoenn::Kvinne) == (ansvar == Ansvar::Medmor));
    Ok(match ansvar {
        Ansvar::Felles => vec![alive(child.mor(), "mother")?, alive(child.far(), "father or second mother")?],
        Ansvar::Mor => vec![alive(child.mor(), "mother")?],
        Ansvar::Far => vec![alive(other, "father")?],
        Ansvar::Medmor => vec![alive(other, "second mother")?],
        Ansvar::Andre | Ansvar::Ukjent => {
            let key = hvem.ok_or_else(|| Refusal::new("nobody", "`andre` needs the person who is responsible"))?;
            let one = alive(child.town().person_by_key(key), "such person")?;
            let is_parent = [child.mor(), child.far()].into_iter().flatten().any(|parent| parent.id == one.id);
            if is_parent || one.id == child.id || one.alder() < MYNDIG || !one.is_bosatt() {
                let detail = "somebody else who is responsible is of age, lives here and is no parent";
                return Err(Refusal::new("unfit", detail));
            }
            vec![one]
        }
    })
}

/// `holders` are responsible for `child` from today, with the kind of each, and nobody else is.
pub(super) fn gi(utkast: &mut Utkast<'_>, child: &Person<'_>, holders: &[(Person<'_>, Ansvar)]) {
    let town = utkast.town;
    let entries = child.entries();
    let on_child: Vec<Entry> = entries
        .iter()
        .filter(|one| one.is_gjeldende() && matches!(one.fact, Fact::Foreldreansvar { ansvarlig: Some(_), .. }))
        .cloned()
        .collect();
    let wanted: Vec<Fact> = holders
        .iter()
        .map(|(adult, ansvar)| Fact::Foreldreansvar {
            ansvar: *ansvar,
            ansvarlig: Some(adult.key()),
            ansvarssubjekt: None,
        })
        .collect();
    let stays = |entry: &Entry| wanted.contains(&entry.fact);
    let mut changes: Vec<_> =
        on_child.iter().filter(|one| !stays(one)).map(|old| utkast.avslutt(old.clone())).collect();
    let has = |fact: &Fact| on_child.iter().any(|one| one.fact == *fact);
    for fact in wanted.iter().filter(|fact| !has(fact)) {
        changes.push(utkast.ny(child.key(), fact.clone()));
    }
    utkast.registrer(child.key(), Hendelsestype::EndringIForeldreansvar, changes);
    let before = on_child.iter().filter_map(|one| match one.fact {
        Fact::Foreldreansvar { ansvarlig, .. } => ansvarlig,
        _ => None,
    });
    let mut adults: Vec<PersonKey> = holders.iter().map(|(adult, _)| adult.key()).chain(before).collect();
    let mut seen = std::collections::BTreeSet::new();
    adults.retain(|key| seen.insert(*key));
    for key in adults {
        let Some(adult) = town.person_by_key(key) else { continue };
        let is_of =
            |fact: &Fact| matches!(fact, Fact::Foreldreansvar { ansvarssubjekt: Some(one), .. } if *one == child.key());
        let old = super::utkast::gjeldende(&adult.entries(), is_of);
        let ny = holders.iter().find(|(one, _)| one.id == adult.id).map(|(_, ansvar)| Fact::Foreldreansvar {
            ansvar: *ansvar,
            ansvarlig: None,
            ansvarssubjekt: Some(child.key()),
        });
        if old.as_ref().map(|old| &old.fact) == ny.as_ref() {
            continue;
        }
        let mut changes: Vec<_> = old.map(|old| utkast.avslutt(old)).into_iter().collect();
        changes.extend(ny.map(|fact| utkast.ny(key, fact)));
        utkast.registrer(key, Hendelsestype::EndringIForeldreansvar, changes);
    }
}

//! A child's second home by agreement of the parents (`specs/folkeregister.md` §21, `specs/life-events.md` §9).

use super::husstand::MYNDIG;
use super::utkast::{Utkast, gjeldende};
use super::{Cause, Refusal, resident};
use crate::town::event::Event;
use crate::town::model::{Fact, Gradering, Hendelsestype, PersonKey};
use crate::town::state::{Person, Town};

/// Decides that `barn` lives half the time with the parent it is not registered with; `slutt` ends the agreement.
pub(super) fn decide(
    town: &Town,
    barn: PersonKey,
    hos: Option<PersonKey>,
    slutt: bool,
    cause: &Cause,
) -> Result<Vec<Event>, Refusal> {
    let child = resident(town, barn)?;
    let name = child.navn().full();
    let current = gjeldende(&child.entries(), |fact| matches!(fact, Fact::DeltBosted { .. }));
    let mut utkast = Utkast::new(town, cause, "folkeregistermyndigheten", "Delt bosted");
    let change = match (current, slutt) {
        (None, true) => return Err(Refusal::new("one_home", format!("{name} has one home"))),
        (Some(_), false) => return Err(Refusal::new("two_homes", format!("{name} has two homes already"))),
        (Some(old), true) => utkast.avslutt(old),
        (None, false) => {
            let fact = second_home(&child, hos, utkast.dato)?;
            utkast.ny(barn, fact)
        }
    };
    utkast.registrer(barn, Hendelsestype::EndringIDeltBosted, vec![change]);
    Ok(utkast.events)
}

fn second_home(child: &Person<'_>, hos: Option<PersonKey>, fra: crate::town::model::DayNo) -> Result<Fact, Refusal> {
    let name = child.navn().full();
    if child.alder() >= MYNDIG {
        return Err(Refusal::new("of_age", format!("{name} is {} years old", child.alder())));
    }
    if child.gradering() != Gradering::Ugradert {
        return Err(Refusal::new("protected", "no second home is registered of a protected child"));
    }
    let parents = child.ansvarlige();
    if parents.len() < 2 {
        return Err(Refusal::new("not_joint", format!("both parents must be responsible for {name}")));
    }
    let apart = parents
        .into_iter()
        .map(|(adult, _)| adult)
        .filter(|adult| adult.is_bosatt() && adult.husstand().is_some() && adult.husstand() != child.husstand());
    let parent = apart
        .into_iter()
        .find(|adult| hos.is_none_or(|hos| hos == adult.key()))
        .ok_or_else(|| Refusal::new("no_other_home", "no parent of the child has a home of their own here"))?;
    if parent.gradering() != Gradering::Ugradert {
        return Err(Refusal::new("protected", "the home of a protected parent is not registered as a second home"));
    }
    let bolig = parent.bolig().filter(|bolig| Some(*bolig) != child.bolig());
    let bolig = bolig.ok_or_else(|| Refusal::new("no_home", format!("{} has no dwelling", parent.navn().full())))?;
    Ok(Fact::DeltBosted { bolig, gradering: Gradering::Ugradert, fra })
}

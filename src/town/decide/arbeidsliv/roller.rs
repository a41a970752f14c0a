//! Roles that begin and end by hand.

use super::super::Refusal;
use super::super::virksomhet::roller as chance;
use crate::town::event::Event;
use crate::town::model::{Organisasjonsform, RolleRow, Rolletype, VirksomhetId};
use crate::town::state::{Person, Town};

/// Roles a unit has but one of: who takes one follows whom it had.
const ENE: [Rolletype; 5] = [Rolletype::Dagl, Rolletype::Lede, Rolletype::Nest, Rolletype::Best, Rolletype::Kont];
/// Roles that make a board.
const STYRE: [Rolletype; 3] = [Rolletype::Lede, Rolletype::Nest, Rolletype::Medl];

fn fits(town: &Town, unit: VirksomhetId) -> Result<(), Refusal> {
    let name = town.enhetsnavn(unit);
    if town.virksomhet(unit).form.is_underenhet() {
        return Err(Refusal::new("sub_unit", format!("{name} is a sub-unit: roles stand at its main unit")));
    }
    if !town.is_i_drift(unit) {
        return Err(Refusal::new("not_in_business", format!("{name} is not in business")));
    }
    Ok(())
}

fn held_by<'a>(town: &'a Town, unit: VirksomhetId, rolle: Rolletype, person: &Person<'_>) -> Option<&'a RolleRow> {
    town.roller_i(unit).iter().find(|role| role.rolle == rolle && role.person == person.id)
}

/// `person` takes on `rolle` in `unit`.
pub(super) fn begynner(person: &Person<'_>, unit: VirksomhetId, rolle: Rolletype) -> Result<Vec<Event>, Refusal> {
    let town = person.town();
    fits(town, unit)?;
    if held_by(town, unit, rolle, person).is_some() {
        let reason = format!("{} is {} of {} already", person.navn().full(), rolle.code(), town.enhetsnavn(unit));
        return Err(Refusal::new("has_role", reason));
    }
    let before = town.roller_i(unit).iter().filter(|role| role.rolle == rolle && ENE.contains(&rolle));
    let mut events: Vec<Event> = before.map(|role| chance::slutter(town, role)).collect();
    events.push(chance::begins(town, town.virksomhet(unit).orgnr, rolle, person));
    Ok(events)
}

/// `rolle` of `person` in `unit` ends; `other` takes it over.
pub(super) fn slutter(
    person: &Person<'_>,
    unit: VirksomhetId,
    rolle: Rolletype,
    other: Option<&Person<'_>>,
) -> Result<Vec<Event>, Refusal> {
    let town = person.town();
    fits(town, unit)?;
    let (who, name) = (person.navn().full(), town.enhetsnavn(unit));
    let Some(role) = held_by(town, unit, rolle, person) else {
        return Err(Refusal::new("no_role", format!("{who} is not {} of {name}", rolle.code())));
    };
    if other.is_none() {
        keeps_a_board(town, unit, role)?;
    }
    let mut events = vec![chance::slutter(town, role)];
    if let Some(other) = other {
        if held_by(town, unit, rolle, other).is_some() {
            let reason = format!("{} is {} of {name} already", other.navn().full(), rolle.code());
            return Err(Refusal::new("has_role", reason));
        }
        events.push(chance::begins(town, town.virksomhet(unit).orgnr, rolle, other));
    }
    Ok(events)
}

/// A company has a chair, and an association a board (`specs/population.md` §16.7, 49 and 50).
fn keeps_a_board(town: &Town, unit: VirksomhetId, ends: &RolleRow) -> Result<(), Refusal> {
    let others =
        |wanted: &[Rolletype]| town.roller_i(unit).iter().any(|role| role != ends && wanted.contains(&role.rolle));
    let kept = match town.virksomhet(unit).form {
        Organisasjonsform::As | Organisasjonsform::Asa => others(&[Rolletype::Lede]),
        Organisasjonsform::Fli => others(&STYRE),
        _ => true,
    };
    if kept || !STYRE.contains(&ends.rolle) {
        return Ok(());
    }
    let reason = format!("{} would be without a board: say who follows in `etterfoelger`", town.enhetsnavn(unit));
    Err(Refusal::new("no_board", reason))
}

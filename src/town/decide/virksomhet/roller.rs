//! Roles that change hands: boards elect others, and somebody in the place of who dies or leaves.

use super::super::hverdag::today;
use super::{innehaver, nye};
use crate::base::{Orgnummer, OriginKey};
use crate::town::apply::{Innehaver, VirksomhetEvent};
use crate::town::event::Event;
use crate::town::model::{Gradering, Organisasjonsform, PersonId, RolleRow, Rolletype, VirksomhetId};
use crate::town::state::{Person, Town};

/// The end of `role`, today.
pub(in crate::town::decide) fn slutter(town: &Town, role: &RolleRow) -> Event {
    let virksomhet = town.virksomhet(role.virksomhet).orgnr;
    let (rolle, innehaver) = (role.rolle, innehaver(town, role));
    Event::Virksomhet(VirksomhetEvent::Rolleslutt { virksomhet, rolle, innehaver, dato: today(town) })
}

/// `person` takes on `rolle` today.
pub(in crate::town::decide) fn begins(
    town: &Town,
    virksomhet: Orgnummer,
    rolle: Rolletype,
    person: &Person<'_>,
) -> Event {
    let (innehaver, fra) = (Innehaver::Person(person.key()), today(town));
    Event::Virksomhet(VirksomhetEvent::Rolle { virksomhet, rolle, innehaver, fra })
}

/// A board elects somebody else to one of its seats; nothing where there is but one.
pub(in crate::town::decide) fn skifte(town: &Town, unit: VirksomhetId, origin: OriginKey) -> Vec<Event> {
    let row = town.virksomhet(unit);
    let seats: Vec<&RolleRow> = town
        .roller_i(unit)
        .iter()
        .filter(|role| role.person != PersonId::NONE)
        .filter(|role| matches!(role.rolle, Rolletype::Lede | Rolletype::Nest | Rolletype::Medl | Rolletype::Dagl))
        .collect();
    if !town.is_i_drift(unit) || seats.len() < 2 {
        return Vec::new();
    }
    let mut stream = super::super::hverdag::stream(town, origin, "liv/styrevalg");
    let seat = seats[stream.index(seats.len())];
    // The chair of a company stays its owner's.
    let owns = town.aksjer_i(unit).iter().any(|share| share.person == seat.person);
    if town.person(seat.person).is_holdt() || owns && row.form == Organisasjonsform::As {
        return Vec::new();
    }
    let seated: Vec<PersonId> = seats.iter().map(|role| role.person).collect();
    match nye::noen(town, origin, &seated) {
        Some(other) => vec![slutter(town, seat), begins(town, row.orgnr, seat.rolle, &other)],
        None => Vec::new(),
    }
}

/// Who takes over `role` from `person`: of the board's other members for the chair, the spouse or a grown-up child in a
/// company of one, else somebody new. `borte` are those who leave at the same time.
pub(super) fn etterfoelger(
    town: &Town,
    role: &RolleRow,
    person: &Person<'_>,
    borte: &[PersonId],
    origin: OriginKey,
) -> Option<Event> {
    let fits = |one: &Person<'_>| {
        one.is_bosatt()
            && one.id != person.id
            && nye::ALDRE.contains(&super::super::hverdag::age(one))
            && one.gradering() == Gradering::Ugradert
            && !borte.contains(&one.id)
    };
    let seated: Vec<PersonId> = town
        .roller_i(role.virksomhet)
        .iter()
        .filter_map(|other| other.person.some())
        .chain(borte.iter().copied())
        .collect();
    let family = || person.partner().into_iter().chain(person.barn()).find(fits);
    let family = if role.rolle == Rolletype::Lede { family() } else { None };
    let other = family.or_else(|| nye::noen(town, origin, &seated))?;
    Some(begins(town, town.virksomhet(role.virksomhet).orgnr, role.rolle, &other))
}

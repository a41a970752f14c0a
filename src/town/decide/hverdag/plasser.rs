//! Places in kindergartens and schools: the nearest with room. The municipality makes room where none is left, because
//! children have a right to a place (`specs/population.md` §9, `specs/life-events.md` §12, §15).

use super::today;
use crate::clock::Instant;
use crate::town::apply::{HverdagEvent, VirksomhetEvent};
use crate::town::derive::liv::arbeid::{SKOLESLUTT, SKOLESTART};
use crate::town::event::{Event, FolkEvent};
use crate::town::model::{BygningId, VirksomhetId};
use crate::town::state::{Person, Town};

/// Places a kindergarten or school is extended by.
const UTVIDELSE: [u16; 2] = [6, 15];
/// Days after birth before which nobody goes to kindergarten.
const FIRST_DAYS: i32 = 300;
/// Nobody so old is in a kindergarten.
const FOR_GAMMEL: i32 = 6;

fn has_room(town: &Town, unit: VirksomhetId) -> bool {
    town.barn_i(unit) < i64::from(town.virksomhet(unit).kapasitet)
}

/// The years the child turns this year.
pub(in crate::town::decide) fn fyller(child: &Person<'_>) -> usize {
    fyller_i(child, child.town().now())
}

/// The years somebody turns in the year of `at`.
pub(in crate::town::decide) fn fyller_i(person: &Person<'_>, at: Instant) -> usize {
    usize::try_from(at.dato().year() - person.foedselsdato().year()).unwrap_or(0)
}

/// The unit `near`, or more room in it.
fn placed(town: &Town, found: Option<VirksomhetId>, near: VirksomhetId, more: u16) -> (VirksomhetId, Option<Event>) {
    match found {
        Some(unit) => (unit, None),
        None => {
            let row = town.virksomhet(near);
            let kapasitet = row.kapasitet.saturating_add(more);
            (near, Some(Event::Virksomhet(VirksomhetEvent::Kapasitet { virksomhet: row.orgnr, kapasitet })))
        }
    }
}

/// The child begins in the nearest kindergarten with room; nothing for one that is in one, too small or too old.
pub(in crate::town::decide) fn i_barnehage(child: &Person<'_>) -> Vec<Event> {
    let (town, fra) = (child.town(), today(child.town()));
    let days = fra.0 - crate::town::model::DayNo::of(child.foedselsdato()).0;
    if child.barnehage().is_some() || days < FIRST_DAYS || child.alder() >= FOR_GAMMEL || child.skole().is_some() {
        return Vec::new();
    }
    let at = |building: BygningId| {
        building.some().map(|id| &town.base.bygninger[id.index()]).map_or((0, 0), |row| (row.oest, row.nord))
    };
    let home = child.bolig().map_or((0, 0), |bolig| at(town.base.boliger.bygning[bolig.index()]));
    let mut by_distance: Vec<(i64, VirksomhetId)> = town
        .base
        .oppslag()
        .barnehager()
        .iter()
        .map(|unit| {
            let there = at(town.virksomhet(*unit).bygning);
            let (east, north) = (i64::from(there.0) - i64::from(home.0), i64::from(there.1) - i64::from(home.1));
            (east * east + north * north, *unit)
        })
        .collect();
    by_distance.sort_unstable();
    let Some(&(_, near)) = by_distance.first() else { return Vec::new() };
    let found = by_distance.iter().map(|(_, unit)| *unit).find(|unit| has_room(town, *unit));
    let (unit, more) = placed(town, found, near, UTVIDELSE[0]);
    let barnehage = Some(town.virksomhet(unit).orgnr);
    let place = Event::Folk(FolkEvent::Barnehageplass { barn: child.key(), barnehage, fra });
    more.into_iter().chain([place]).collect()
}

/// The child begins at the school of its district, or the next with room, and leaves kindergarten; nothing for one that
/// goes to school or is not of the age.
pub(in crate::town::decide) fn paa_skole(child: &Person<'_>) -> Vec<Event> {
    let (town, fra) = (child.town(), today(child.town()));
    if child.skole().is_some() || !(SKOLESTART..SKOLESLUTT).contains(&fyller(child)) {
        return Vec::new();
    }
    let schools = town.base.oppslag().skoler();
    let district = child.bolig().map_or(0, |bolig| usize::from(town.base.boliger.skolekrets[bolig.index()]));
    let in_turn = || schools.iter().cycle().skip(district.saturating_sub(1)).take(schools.len()).copied();
    let Some(near) = in_turn().next() else { return Vec::new() };
    let (unit, more) = placed(town, in_turn().find(|unit| has_room(town, *unit)), near, UTVIDELSE[1]);
    let mut events: Vec<Event> = more.into_iter().collect();
    if child.barnehage().is_some() {
        events.push(Event::Folk(FolkEvent::Barnehageplass { barn: child.key(), barnehage: None, fra }));
    }
    let skole = Some(town.virksomhet(unit).orgnr);
    events.push(Event::Hverdag(HverdagEvent::Skoleplass { barn: child.key(), skole, fra }));
    events
}

/// The child gives up its place at school, when it has one.
pub(in crate::town::decide) fn ut_av_skolen(child: &Person<'_>) -> Vec<Event> {
    let leaves = child
        .skole()
        .map(|_| Event::Hverdag(HverdagEvent::Skoleplass { barn: child.key(), skole: None, fra: today(child.town()) }));
    leaves.into_iter().collect()
}

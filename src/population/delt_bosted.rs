//! Children with two homes: parents who live apart in town and have agreed that the child lives with both
//! (`specs/population.md` §3.1, §16.2 number 21).

use super::streams::Streams;
use crate::base::Domain;
use crate::town::model::{Ansvar, Base, BoligId, DayNo, DeltBostedRow, PersonId};

/// Children of separated parents whose second home is registered, per cent (§3.1), and at least one.
const REGISTERED: usize = 4;

/// Brothers and sisters who could have two homes: the mother, the children, and the dwelling of the parent they are not
/// registered with.
struct Soesken {
    barn: Vec<PersonId>,
    bolig: BoligId,
    /// The first day both homes were there.
    fra: DayNo,
}

/// One row per child with a second home, sorted by child. `attends` says who goes to kindergarten.
pub(super) fn rows(base: &Base, attends: impl Fn(PersonId) -> bool, streams: Streams) -> Vec<DeltBostedRow> {
    let today = DayNo::of(base.header.start.dato());
    let mut groups = siblings(base);
    let children: usize = groups.iter().map(|group| group.barn.len()).sum();
    let wanted = ((children * REGISTERED + 50) / 100).max(1);
    streams.kommune("delt_bosted").shuffle(&mut groups);
    // One of them has a child in kindergarten, where any could (`specs/folkeregister.md` §20).
    if let Some(place) = groups.iter().position(|group| group.barn.iter().any(|child| attends(*child))) {
        groups[..=place].rotate_right(1);
    }
    let key = streams.key(Domain::Person, "delt_bosted_fra");
    let mut rows: Vec<DeltBostedRow> = Vec::new();
    for group in groups {
        if rows.len() >= wanted {
            break;
        }
        // The agreement is newer than both homes and the youngest child.
        let born = group.barn.iter().map(|child| base.personer.foedselsdato[child.index()]).max();
        let earliest = born.map_or(group.fra, |born| born.max(group.fra));
        let days = u64::try_from(today.0 - earliest.0).unwrap_or(0).max(1);
        let fra = DayNo(earliest.0 + i32::try_from(key.at(u64::from(group.barn[0].0)).uniform(days)).expect("days"));
        rows.extend(group.barn.iter().map(|&barn| DeltBostedRow { barn, bolig: group.bolig, fra }));
    }
    rows.sort_unstable_by_key(|row| row.barn);
    rows
}

/// The current home of somebody and since when, if its address is known and open.
fn home(base: &Base, person: PersonId) -> Option<(BoligId, DayNo)> {
    let spell = base.bosteder[base.bosteder_of(person).last()?.index()];
    let is_open = spell.til == DayNo::NONE && base.beskyttelse_of(person).is_none();
    Some((spell.bolig.some().filter(|_| is_open)?, spell.fra))
}

/// Groups of siblings under eighteen whose parents live apart in town and share responsibility, in the order of the town.
fn siblings(base: &Base) -> Vec<Soesken> {
    let people = &base.personer;
    let mut groups: Vec<Soesken> = Vec::new();
    let mut before = (PersonId::NONE, PersonId::NONE);
    for pair in base.ansvar.windows(2) {
        let barn = pair[0].barn;
        let shared = pair.iter().all(|row| row.barn == barn && row.ansvar == Ansvar::Felles);
        let parents = (people.mor[barn.index()], people.far[barn.index()]);
        let apart = people.husstand[pair[0].ansvarlig.index()] != people.husstand[pair[1].ansvarlig.index()];
        if !shared || !apart || !base.fosterhjem_of(barn).is_empty() {
            continue;
        }
        let own = people.husstand[barn.index()];
        let elsewhere = if people.husstand[parents.0.index()] == own { parents.1 } else { parents.0 };
        let (Some((_, here)), Some((bolig, there))) = (home(base, barn), home(base, elsewhere)) else { continue };
        match groups.last_mut().filter(|_| parents == before) {
            Some(group) => {
                group.barn.push(barn);
                group.fra = group.fra.max(here);
            }
            None => groups.push(Soesken { barn: vec![barn], bolig, fra: here.max(there) }),
        }
        before = parents;
    }
    groups
}

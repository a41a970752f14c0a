//! What must hold in every town, checked over the columns. Numbers are those of `specs/population.md` §16.

mod folk;
mod hjem;
mod hverdag;
mod rollebesetning;
mod samliv;
mod slekt;
#[cfg(test)]
mod tests;
mod tid;
mod vern;
mod virksomheter;

use super::calendar::age;
use crate::town::model::{Base, BoligId, DayNo, PersonId, Personstatus, Sivilstand};

/// An invariant that does not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// Its number in `specs/population.md` §16.
    pub number: u8,
    /// What is wrong, with row numbers.
    pub what: String,
}

/// The checker of a group of invariants.
type Check = fn(&Town<'_>, &mut Vec<Violation>);

const CHECKS: &[Check] = &[
    folk::counts,
    folk::numbers,
    folk::former_numbers,
    folk::names,
    folk::statuses,
    folk::deaths,
    folk::annulled_deaths,
    slekt::parents,
    slekt::ancestors_and_siblings,
    slekt::responsibility,
    slekt::joint_responsibility,
    slekt::second_homes,
    slekt::guardians,
    slekt::stillborn,
    samliv::spouses,
    samliv::former_unions,
    samliv::partners,
    hjem::households,
    hjem::addresses,
    hjem::spells,
    hjem::buildings,
    hjem::owners,
    vern::protection,
    vern::protected_elsewhere,
    vern::contact,
    hverdag::places,
    hverdag::jobs,
    hverdag::doctors,
    hverdag::income,
    virksomheter::organisations,
    virksomheter::structure,
    virksomheter::roles,
    virksomheter::companies,
    virksomheter::associations,
    virksomheter::municipality,
    tid::nothing_after_today,
    rollebesetning::cast,
];

/// Everything that does not hold in `base`; empty for a sound town.
#[must_use]
pub fn violations(base: &Base) -> Vec<Violation> {
    let town = Town { base, today: DayNo::of(base.header.start.dato()), rows: base.person_count() };
    let mut found = Vec::new();
    for check in CHECKS {
        check(&town, &mut found);
    }
    found
}

/// Everything that does not hold in the columns of a town that has lived on since its first day. Of the invariants those
/// about a town just made are left out: how many are over a hundred (4) is chance from then on, the cast (56) dies and
/// moves, and of a couple who parted both have lived in the home they shared (28 for former homes, which columns tell by
/// the household of today).
#[must_use]
pub fn violations_of_lived(base: &Base) -> Vec<Violation> {
    let mut found = violations(base);
    found.retain(|one| !([4, 56].contains(&one.number) || one.number == 28 && one.what.ends_with("at once")));
    found
}

struct Town<'a> {
    base: &'a Base,
    today: DayNo,
    rows: usize,
}

impl Town<'_> {
    fn is_resident(&self, row: usize) -> bool {
        self.base.personer.status[row] == Personstatus::Bosatt
    }

    fn born(&self, row: usize) -> DayNo {
        self.base.personer.foedselsdato[row]
    }

    /// Somebody who is neither dead nor gone: resident, or with a D-number in use.
    fn may_act(&self, row: usize) -> bool {
        use Personstatus::{Bosatt, IkkeBosatt, Midlertidig, Utflyttet};
        matches!(self.base.personer.status[row], Bosatt | Midlertidig | IkkeBosatt | Utflyttet)
    }

    fn age(&self, row: usize) -> i32 {
        age(self.born(row), self.today)
    }

    fn residents(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.rows).filter(|&row| self.is_resident(row))
    }

    /// Current civil status and spouse.
    fn sivilstand(&self, row: usize) -> (Sivilstand, Option<PersonId>) {
        let rows = self.base.sivilstander_of(PersonId::at(row));
        rows.last().map_or((Sivilstand::Ugift, None), |last| (last.sivilstand, last.relatert.some()))
    }

    fn home(&self, row: usize) -> Option<BoligId> {
        let spell = self.base.bosteder_of(PersonId::at(row)).last()?;
        self.base.bosteder[spell.index()].bolig.some()
    }
}

/// Adds a violation unless `holds`.
fn require(found: &mut Vec<Violation>, number: u8, holds: bool, what: impl FnOnce() -> String) {
    if !holds {
        found.push(Violation { number, what: what() });
    }
}

//! Who may act for whom: organisations by the roles of the central register, people by parental responsibility and
//! guardianship (`specs/eid.md` §3.9, §4.6, `specs/neighbours.md` §3.2).
//!
//! Nothing here is remembered: every answer is read from the registers at the instant of the question, so a role that
//! ends, a guardian who is replaced or a child who comes of age is gone at once.

use super::{Person, Town};
use crate::town::model::{
    DayNo, Entry, Fact, Organisasjonsform, PersonId, Personstatus, RolleRow, Rolletype, Vergemaalsslag, Virksomhet,
    VirksomhetId,
};

/// Age from which a child's parents act for it no longer.
const MYNDIG: i32 = 18;

/// Roles whose holders act for the organisation wherever they stand (`specs/neighbours.md` §3.2).
const NOEKKELROLLER: &[Rolletype] = &[
    Rolletype::Dagl,
    Rolletype::Lede,
    Rolletype::Innh,
    Rolletype::Dtpr,
    Rolletype::Dtso,
    Rolletype::Komp,
    Rolletype::Best,
    Rolletype::Bobe,
];

/// Forms in which a contact person acts too: public bodies, which have no board and often nobody else in the register.
const OFFENTLIGE: &[Organisasjonsform] = &[
    Organisasjonsform::Komm,
    Organisasjonsform::Orgl,
    Organisasjonsform::Fylk,
    Organisasjonsform::Stat,
    Organisasjonsform::Ktrf,
];

/// Services and tasks a guardian can have, as `service<TAB>task` lines.
const TJENESTER: &str = include_str!("verge_tjenester.tsv");

/// Why somebody may act for somebody else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Grunnlag {
    /// Parental responsibility for a minor.
    Foreldreansvar,
    /// A guardianship, or a power of attorney that has come into force.
    Vergemaal(Vergemaalsslag),
}

/// One person somebody may act for.
#[derive(Clone, Copy, Debug)]
pub struct Fullmakt<'a> {
    /// For whom.
    pub giver: Person<'a>,
    /// Why.
    pub grunnlag: Grunnlag,
}

/// A service and a task in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Rettighet {
    /// Whose service: `nav`.
    pub eier: &'static str,
    /// The task: `arbeid`.
    pub rolle: &'static str,
}

/// Every service and task of the published list.
fn tjenester() -> impl Iterator<Item = Rettighet> {
    let lines = TJENESTER.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('\t')).map(|(eier, rolle)| Rettighet { eier, rolle })
}

impl Fullmakt<'_> {
    /// What may be done of the tasks called `rolle`. Parents, and guardians whose decision lists no tasks, may do all.
    pub fn rettigheter(&self, rolle: &str) -> impl Iterator<Item = Rettighet> {
        tjenester().filter(move |one| one.rolle == rolle)
    }
}

/// Whether `rolle` in `unit` lets its holder act for the unit. For a bankrupt one only the trustee does
/// (`specs/neighbours.md` §16).
fn is_noekkelrolle(rolle: Rolletype, unit: &Virksomhet) -> bool {
    if unit.konkurs != DayNo::NONE {
        return rolle == Rolletype::Bobe;
    }
    NOEKKELROLLER.contains(&rolle) || rolle == Rolletype::Kont && OFFENTLIGE.contains(&unit.form)
}

impl Town {
    /// Whether `virksomhet` has been deleted by today.
    #[must_use]
    pub fn is_slettet(&self, virksomhet: VirksomhetId) -> bool {
        let slettet = self.virksomhet(virksomhet).slettet;
        slettet.some().is_some_and(|day| day <= DayNo::of(self.now().dato()))
    }

    /// Main units in which `person` has a role that lets its holder act for the unit, deleted units included.
    fn hovedenheter(&self, person: PersonId) -> Vec<VirksomhetId> {
        let today = DayNo::of(self.now().dato());
        let own = |role: &RolleRow| role.fra <= today && is_noekkelrolle(role.rolle, &self.virksomhet(role.virksomhet));
        let roles = self.person(person).roller().into_iter();
        let mut units: Vec<VirksomhetId> = roles.filter(own).map(|role| role.virksomhet).collect();
        units.sort_unstable();
        units.dedup();
        units
    }
}

impl<'a> Person<'a> {
    /// Organisations this person acts for by a role in the central register: each main unit with its sub-units behind it,
    /// those deleted included. None for the dead.
    #[must_use]
    pub fn representerer(&self) -> Vec<VirksomhetId> {
        if self.is_doed() {
            return Vec::new();
        }
        let town = self.town();
        let mut units: Vec<VirksomhetId> = Vec::new();
        for main in town.hovedenheter(self.id) {
            units.push(main);
            units.extend(town.underenheter_av(main));
        }
        let mut seen = std::collections::BTreeSet::new();
        units.retain(|unit| seen.insert(*unit));
        units
    }

    /// Organisations this person is the head of: main units by a role of the person's own, and in business.
    #[must_use]
    pub fn leder(&self) -> Vec<VirksomhetId> {
        let town = self.town();
        let mut units = if self.is_doed() { Vec::new() } else { town.hovedenheter(self.id) };
        units.retain(|&unit| !town.is_slettet(unit));
        units
    }

    /// People this person acts for: children under 18 by parental responsibility, then wards. The living only, each once.
    #[must_use]
    pub fn fullmakter(&self) -> Vec<Fullmakt<'a>> {
        if self.is_doed() {
            return Vec::new();
        }
        let town = self.town();
        let children = self.entries().into_iter().filter(Entry::is_gjeldende).filter_map(|entry| match entry.fact {
            Fact::Foreldreansvar { ansvarssubjekt: Some(child), .. } => town.person_by_key(child),
            _ => None,
        });
        let children = children.filter(|child| child.alder() < MYNDIG);
        let mut all: Vec<Fullmakt<'a>> =
            children.map(|giver| Fullmakt { giver, grunnlag: Grunnlag::Foreldreansvar }).collect();
        all.extend(town.verge_for(self.id));
        let mut seen = std::collections::BTreeSet::new();
        let is_alive = |giver: &Person<'_>| !matches!(giver.status(), Personstatus::Doed | Personstatus::Opphoert);
        all.retain(|one| is_alive(&one.giver) && seen.insert(one.giver.id));
        all
    }
}

impl Town {
    /// The wards of `verge`.
    fn verge_for(&self, verge: PersonId) -> impl Iterator<Item = Fullmakt<'_>> {
        let today = DayNo::of(self.now().dato());
        // Who was touched in this world is as this world says.
        let untouched = |ward: PersonId| !self.person(ward).has_changed_guardian();
        let rows = self.base.vergemaal.iter().filter(move |row| row.verge == verge && row.fra <= today);
        let of_base = rows.filter(move |row| untouched(row.person)).map(|row| (row.person, row.slag));
        let first = (verge, PersonId(0));
        let of_world = self.folk.verger.range(first..).take_while(move |((one, _), _)| *one == verge);
        let of_world = of_world.map(|((_, ward), slag)| (*ward, *slag));
        of_base.chain(of_world).filter_map(|(ward, slag)| {
            let giver = self.person(ward);
            let minor = matches!(
                slag,
                Vergemaalsslag::Mindreaarig
                    | Vergemaalsslag::MidlertidigForMindreaarig
                    | Vergemaalsslag::EnsligMindreaarigAsylsoeker
                    | Vergemaalsslag::EnsligMindreaarigFlyktning
            );
            let in_force = !minor || giver.alder() < MYNDIG;
            in_force.then_some(Fullmakt { giver, grunnlag: Grunnlag::Vergemaal(slag) })
        })
    }
}

#[cfg(test)]
mod tests;

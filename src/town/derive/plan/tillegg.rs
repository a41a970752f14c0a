//! Guardians, second homes, relatives without a number, estates, and what else the register keeps about some.

use super::{Planner, Registertid, Sak, Steg, UtenNummer, rang};
use crate::town::derive::doedsbo;
use crate::town::derive::identitet::{aar_etter, stream};
use crate::town::derive::kilder::Anledning;
use crate::town::model::{DayNo, DoedfoedtRow, HusstandId, OppholdAnnetSted, PersonId, Personstatus, Spraak};

/// Weekly commuters and people in Svalbard among residents of working age who live alone, and soldiers among men of
/// nineteen and twenty: one of so many (own estimates, D).
const PENDLER: u64 = 60;
const SVALBARD: u64 = 400;
const SOLDAT: u64 = 6;
/// Newest a stay elsewhere can be, and over how many days it may have begun.
const OPPHOLD_DAGER: (i32, u64) = (10, 400);

/// Stillborn children of `person`, as mother or as the other parent.
fn doedfoedte(tid: Registertid<'_>, person: PersonId) -> Vec<DoedfoedtRow> {
    let base = tid.base;
    let mut rows = base.doedfoedte_of(person).to_vec();
    if base.doedfoedte.is_empty() || !rows.is_empty() {
        return rows;
    }
    let mothers = base.barn_of(person).iter().map(|child| base.personer.mor[child.index()]);
    let mut seen = PersonId::NONE;
    for mor in mothers.filter_map(PersonId::some).filter(|mor| *mor != person) {
        if mor != seen {
            rows.extend(base.doedfoedte_of(mor).iter().filter(|row| row.far == person));
            seen = mor;
        }
    }
    rows
}

/// Why and since when somebody stays elsewhere than at home.
fn annet_sted(tid: Registertid<'_>, person: PersonId) -> Option<(OppholdAnnetSted, DayNo)> {
    let base = tid.base;
    let row = person.index();
    let people = &base.personer;
    let today = DayNo::of(base.header.start.dato());
    let husstand: HusstandId = people.husstand[row].some()?;
    let is_between = |from: i32, to: i32| {
        let born = people.foedselsdato[row];
        aar_etter(born, from) <= today && today < aar_etter(born, to)
    };
    // One cheap number for each decides before anything is drawn.
    let lot = (u64::from(person.0) ^ base.header.seed.0).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let is_man = people.kjoenn[row] == crate::base::Kjoenn::Mann;
    let reason = if lot.is_multiple_of(SOLDAT) && is_man && is_between(19, 21) {
        OppholdAnnetSted::Militaer
    } else if lot.is_multiple_of(PENDLER) && is_between(25, 60) {
        OppholdAnnetSted::Pendler
    } else if (lot + 1).is_multiple_of(SVALBARD) && is_between(25, 60) {
        OppholdAnnetSted::PaaSvalbard
    } else {
        return None;
    };
    let alone = base.medlemmer_of(husstand).len() == 1 || reason == OppholdAnnetSted::Militaer;
    let fits = alone && people.status[row] == Personstatus::Bosatt && base.beskyttelse_of(person).is_none();
    let (newest, span) = OPPHOLD_DAGER;
    let days = fits.then(|| stream(base, "annet_sted", u64::from(person.0)).uniform(span))?;
    Some((reason, DayNo(today.0 - newest - i32::try_from(days).unwrap_or(0))))
}

/// When somebody whose language is Sámi was entered in the electoral roll.
fn samisk(tid: Registertid<'_>, person: PersonId) -> Option<DayNo> {
    let base = tid.base;
    let people = &base.personer;
    if people.spraak[person.index()] != Spraak::Se {
        return None;
    }
    let of_age = aar_etter(people.foedselsdato[person.index()], 18);
    let days = stream(base, "valgmanntall", u64::from(person.0)).uniform(1_200);
    let day = DayNo(of_age.0 + 30 + i32::try_from(days).unwrap_or(0));
    (day < DayNo::of(base.header.start.dato())).then_some(day)
}

impl Planner<'_> {
    /// Guardians, and the second home of a child.
    pub(super) fn guardians(&mut self) {
        for row in self.base.vergemaal_of(self.person) {
            let sak = Sak::Verge(self.person, row.fra);
            let registrert = self.tid.av(sak, row.fra).max(self.opprettet);
            self.add(registrert, sak, rang::HOVED, row.fra, Anledning::Vergemaal, Steg::Verge(*row));
        }
        for row in self.base.delt_bosted_of(self.person) {
            let sak = Sak::DeltBosted(self.person);
            let registrert = self.tid.av(sak, row.fra).max(self.opprettet);
            self.add(registrert, sak, rang::HOVED, row.fra, Anledning::DeltBosted, Steg::DeltBosted(*row));
        }
    }

    /// Relatives without an identity number.
    pub(super) fn without_number(&mut self) {
        if let Some(row) = self.base.forelder_uten_nummer_til(self.person) {
            let anledning = super::anledning_opprettet(self.tid, self.person);
            let born = self.base.personer.foedselsdato[self.person.index()];
            let steg = Steg::UtenNummer(UtenNummer::Forelder(*row));
            self.add(self.opprettet, Sak::Opprettet(self.person), rang::RELASJON, born, anledning, steg);
        }
        for row in doedfoedte(self.tid, self.person) {
            let sak = Sak::Doedfoedt(row.mor, row.dato);
            let both = row.far.some().map_or(self.opprettet, |far| {
                let other = if far == self.person { row.mor } else { far };
                self.with_the_later(other).0
            });
            let registrert = self.tid.av(sak, row.dato).max(both);
            let steg = Steg::UtenNummer(UtenNummer::Doedfoedt(row));
            self.add(registrert, sak, rang::RELASJON, row.dato, Anledning::Foedsel, steg);
        }
    }

    /// What is known of few.
    pub(super) fn decoration(&mut self) {
        let person = self.person;
        let died = self.base.doedsfall_of(person);
        if let Some(dato) = died.and_then(|doed| doedsbo::attest(self.base, person, doed)) {
            let sak = Sak::Doedsbo(person);
            let registrert = self.tid.av(sak, dato).max(self.opprettet);
            self.add(registrert, sak, rang::HOVED, dato, Anledning::Doedsbo, Steg::Doedsbo);
        }
        if let Some((reason, dato)) = annet_sted(self.tid, person) {
            let sak = Sak::AnnetSted(person);
            let registrert = self.tid.av(sak, dato).max(self.opprettet);
            self.add(registrert, sak, rang::HOVED, dato, Anledning::AnnetSted, Steg::AnnetSted(reason));
        }
        if let Some(dato) = samisk(self.tid, person) {
            let sak = Sak::Samisk(person);
            let registrert = self.tid.av(sak, dato).max(self.opprettet);
            self.add(registrert, sak, rang::HOVED, dato, Anledning::Samisk, Steg::Samisk);
        }
    }
}

/// Whether any of these can have been registered on `since` or later.
pub(super) fn is_recent(tid: Registertid<'_>, person: PersonId, since: DayNo) -> bool {
    let base = tid.base;
    let recent = |day: DayNo| day >= since;
    base.vergemaal_of(person).iter().any(|row| recent(row.fra))
        || base.delt_bosted_of(person).iter().any(|row| recent(row.fra))
        || doedfoedte(tid, person).iter().any(|row| {
            let came = |parent: PersonId| parent.some().is_some_and(|parent| recent(tid.opprettet_dato(parent)));
            recent(row.dato) || came(row.mor) || came(row.far)
        })
        || base.doedsfall_of(person).and_then(|doed| doedsbo::attest(base, person, doed)).is_some_and(recent)
        || annet_sted(tid, person).is_some_and(|(_, day)| recent(day))
        || samisk(tid, person).is_some_and(recent)
}

//! Numbers, moves across the border and citizenships.

use super::{Planner, Registertid, Sak, Steg, rang};
use crate::clock::Instant;
use crate::town::derive::identitet::{aar_etter, stream, tillatelser, trenger_tillatelse};
use crate::town::derive::kilder::Anledning;
use crate::town::model::{DayNo, Landkode, Nummerskifte, PersonId, Personstatus, StatsborgerskapRow};

/// Years a D-number stays active (`specs/folkeregister.md` §16.2).
const AKTIVT_DNUMMER: i32 = 5;
/// Since this day new citizens keep the old citizenship: 1 January 2020.
const TO_SIDEN: DayNo = DayNo(18_262);
/// Fewest years from arrival to citizenship.
const AAR_TIL_BORGER: i32 = 6;

/// When somebody who kept the citizenship of the country of birth became Norwegian; the columns hold that it is so.
fn ble_norsk(tid: Registertid<'_>, person: PersonId) -> Option<DayNo> {
    let base = tid.base;
    let people = &base.personer;
    let land = people.foedeland[person.index()];
    if land == Landkode::NOR || people.statsborgerskap[person.index()] != Landkode::NOR {
        return None;
    }
    let rows = base.statsborgerskap_of(person);
    let kept = |row: &StatsborgerskapRow| row.land == land && row.til == DayNo::NONE;
    if !rows.iter().any(kept) || rows.iter().any(|row| row.til != DayNo::NONE) {
        return None;
    }
    let latest = DayNo::of(base.header.start.dato()).0 - 30;
    let earliest = aar_etter(tid.opprettet_dato(person), AAR_TIL_BORGER).max(TO_SIDEN).0.min(latest);
    let days = u64::try_from(latest - earliest).unwrap_or(0).max(1);
    let after = stream(base, "ble_norsk", u64::from(person.0)).uniform(days);
    Some(DayNo(earliest + i32::try_from(after).unwrap_or(0)))
}

/// The citizenships somebody came into the register with, the one that matters most first.
pub(in crate::town::derive) fn borgerskap_ved_opprettelse(tid: Registertid<'_>, person: PersonId) -> Vec<Landkode> {
    let rows = tid.base.statsborgerskap_of(person);
    let later = rows.iter().any(|row| row.til != DayNo::NONE) || ble_norsk(tid, person).is_some();
    let own = (!later).then(|| tid.base.personer.statsborgerskap[person.index()]);
    own.into_iter().chain(rows.iter().map(|row| row.land)).collect()
}

/// The day a D-number that is inactive became so.
fn inaktiv(tid: Registertid<'_>, person: PersonId) -> Option<DayNo> {
    let inactive = tid.base.personer.status[person.index()] == Personstatus::Inaktiv;
    let issued = tid.base.dnummer_of(person).filter(|_| inactive)?;
    Some(aar_etter(issued, AKTIVT_DNUMMER))
}

/// The day of the last move out, of somebody whose move has no row of its own.
fn last_day(tid: Registertid<'_>, person: PersonId) -> Option<DayNo> {
    let base = tid.base;
    let gone = base.personer.status[person.index()] == Personstatus::Utflyttet;
    if !gone || !base.utflyttinger_of(person).is_empty() {
        return None;
    }
    base.bosteder_of(person).last().and_then(|spell| base.bosteder[spell.index()].til.some())
}

impl Planner<'_> {
    /// Numbers that took over otherwise than with a move to Norway.
    pub(super) fn numbers(&mut self) {
        let rows = self.base.tidligere_nummer_of(self.person);
        for (place, row) in (1u8..).zip(rows) {
            let anledning = match row.grunn {
                Nummerskifte::Kjoennsendring => Anledning::Kjoennsendring,
                Nummerskifte::Dublett => Anledning::Sammenslaaing,
                Nummerskifte::Oppgradert if self.arrives_on(row.til) => continue,
                Nummerskifte::Oppgradert => Anledning::Innflytting,
            };
            let sak = Sak::Nummer(self.person, row.til);
            let registrert = self.tid.av(sak, row.til).max(self.opprettet);
            self.add(registrert, sak, rang::HOVED, row.til, anledning, Steg::Nummer(place, row.grunn));
        }
        if let Some(dato) = inaktiv(self.tid, self.person) {
            let sak = Sak::Inaktiv(self.person);
            let registrert = self.tid.av(sak, dato);
            self.add(registrert, sak, rang::HOVED, dato, Anledning::DNummerInaktivt, Steg::Inaktiv);
        }
    }

    fn arrives_on(&self, dato: DayNo) -> bool {
        self.base.innflyttinger_of(self.person).iter().any(|row| row.dato == dato)
    }

    /// Moves out of Norway and to it; gives the days of the moves to it with when the register learnt of them.
    pub(super) fn migration(&mut self) -> Vec<(DayNo, Instant)> {
        let (base, tid, person) = (self.base, self.tid, self.person);
        let mut arrivals = Vec::new();
        let came = tid.opprettet_dato(person);
        let numbers = base.tidligere_nummer_of(person);
        for row in base.innflyttinger_of(person) {
            let first = row.dato <= came;
            let sak = if first { Sak::Opprettet(person) } else { Sak::Innflyttet(person, row.dato) };
            let registrert = if first { self.opprettet } else { tid.av(sak, row.dato).max(self.opprettet) };
            let nummer = (1u8..).zip(numbers).find(|(_, number)| number.til == row.dato).map(|(place, _)| place);
            let begins = |spell: &&crate::town::model::SpellId| base.bosteder[spell.index()].fra == row.dato;
            let spell = base.bosteder_of(person).iter().find(begins).copied();
            let steg = Steg::Innflyttet { land: Some(row.land), spell, nummer };
            self.add(registrert, sak, rang::HOVED, row.dato, Anledning::Innflytting, steg);
            arrivals.push((row.dato, registrert));
        }
        let known = base.utflyttinger_of(person).iter().map(|row| (row.dato, Some(row.land)));
        for (dato, land) in known.chain(last_day(tid, person).map(|dato| (dato, None))) {
            let sak = Sak::Utflyttet(person, dato);
            let registrert = tid.av(sak, dato).max(self.opprettet);
            self.add(registrert, sak, rang::HOVED, dato, Anledning::Utflytting, Steg::Utflyttet(land));
        }
        if let Some(&(dato, _)) = arrivals.first() {
            self.permits(dato);
        }
        arrivals
    }

    /// Later permits of somebody who came on `dato`; the first comes with the arrival.
    fn permits(&mut self, dato: DayNo) {
        let land = borgerskap_ved_opprettelse(self.tid, self.person).first().copied();
        if !land.is_some_and(trenger_tillatelse) {
            return;
        }
        let today = DayNo::of(self.base.header.start.dato());
        for (number, day) in tillatelser(dato, today).skip(1) {
            let sak = Sak::Opphold(self.person, number);
            let registrert = self.tid.av(sak, day).max(self.opprettet);
            self.add(registrert, sak, rang::HOVED, day, Anledning::Opphold, Steg::Opphold(number, dato));
        }
    }

    /// Citizenships given up and gained since the person came.
    pub(super) fn borgerskap(&mut self) {
        let norsk = ble_norsk(self.tid, self.person);
        let own = self.base.personer.statsborgerskap[self.person.index()];
        let ended: Vec<_> =
            self.base.statsborgerskap_of(self.person).iter().filter(|row| row.til != DayNo::NONE).copied().collect();
        let last = ended.iter().map(|row| row.til).max();
        for row in ended {
            let ny = (Some(row.til) == last).then_some(own);
            self.citizen(row.til, ny, Some(row.land));
        }
        if let Some(dato) = norsk {
            self.citizen(dato, Some(own), None);
        }
    }

    fn citizen(&mut self, dato: DayNo, ny: Option<Landkode>, slutt: Option<Landkode>) {
        let sak = Sak::Borger(self.person, dato);
        let registrert = self.tid.av(sak, dato).max(self.opprettet);
        self.add(registrert, sak, rang::HOVED, dato, Anledning::Statsborgerskap, Steg::Borger { ny, slutt });
    }
}

/// Whether any of these can have been registered on `since` or later.
pub(super) fn is_recent(tid: Registertid<'_>, person: PersonId, since: DayNo) -> bool {
    let base = tid.base;
    let recent = |day: DayNo| day >= since && day != DayNo::NONE;
    let today = DayNo::of(base.header.start.dato());
    let arrivals = base.innflyttinger_of(person);
    arrivals.iter().any(|row| recent(row.dato))
        || arrivals.first().is_some_and(|row| tillatelser(row.dato, today).any(|(_, day)| recent(day)))
        || base.utflyttinger_of(person).iter().any(|row| recent(row.dato))
        || base.tidligere_nummer_of(person).iter().any(|row| recent(row.til))
        || inaktiv(tid, person).is_some_and(recent)
        || base.statsborgerskap_of(person).iter().any(|row| recent(row.til))
        || ble_norsk(tid, person).is_some_and(recent)
}

//! Which changes a base person has had, and when the register learnt of each. Columns in, plans out; what the plans do
//! to the entries is `historikk`.

use super::kilder::Anledning;
use super::tid::{Era, Registertid, Sak};
use crate::base::Kjoenn;
use crate::clock::Instant;
use crate::town::model::{
    Ansvar, AnsvarRow, Base, BeskyttelseRow, DayNo, DeltBostedRow, DoedfoedtRow, ForelderUtenNummerRow, Landkode,
    Nummerskifte, OppholdAnnetSted, PersonId, Relasjonsrolle, Sivilstand, SivilstandRow, SpellId, VergemaalRow,
};

mod livsloep;
mod tillegg;

pub(super) use livsloep::borgerskap_ved_opprettelse;

/// What a plan does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Steg {
    /// A parent or child is known: who, what the other is, what this person is.
    Relasjon(PersonId, Relasjonsrolle, Relasjonsrolle),
    /// Responsibility, on the child's side (`true`) or the adult's.
    Ansvar { barn: PersonId, ansvarlig: PersonId, ansvar: Ansvar, paa_barnet: bool },
    /// The name with this number takes over; number 0 is the first.
    Navn(u8),
    /// A residence spell begins.
    Bosted(SpellId),
    /// A civil status.
    Sivilstand(SivilstandRow),
    /// Protection.
    Beskyttelse(BeskyttelseRow),
    /// Emigration, to where if known.
    Utflyttet(Option<Landkode>),
    /// Death.
    Doed,
    /// The death that is registered was a mistake: alive, and at home since the day it was dated.
    DoedsfallAnnullert { doed: DayNo, bosted: Option<SpellId> },
    /// Somebody without an identity number is known as parent or child.
    UtenNummer(UtenNummer),
    /// A move to Norway: from where, into which home here, and the place of the number that takes over with it.
    Innflyttet { land: Option<Landkode>, spell: Option<SpellId>, nummer: Option<u8> },
    /// The number with this place takes over.
    Nummer(u8, Nummerskifte),
    /// The D-number becomes inactive.
    Inaktiv,
    /// A citizenship begins, another ends.
    Borger { ny: Option<Landkode>, slutt: Option<Landkode> },
    /// A second home of this child.
    DeltBosted(DeltBostedRow),
    /// A guardianship.
    Verge(VergemaalRow),
    /// The contact of the estate.
    Doedsbo,
    /// The permit with this number, of somebody who came on a day.
    Opphold(u8, DayNo),
    /// A stay elsewhere than at home.
    AnnetSted(OppholdAnnetSted),
    /// Sámi language and electoral roll.
    Samisk,
}

/// Somebody without an identity number.
#[derive(Clone, Copy, Debug)]
pub(super) enum UtenNummer {
    /// A parent of this child.
    Forelder(ForelderUtenNummerRow),
    /// A stillborn child, of its mother or its other parent.
    Doedfoedt(DoedfoedtRow),
}

/// One planned change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// When the register learns of it.
    pub(super) registrert: Instant,
    /// The change it is part of.
    pub(super) sak: Sak,
    /// Place within the change (`specs/folkeregister.md` §21).
    pub(super) rang: u8,
    /// When it is valid from.
    pub(super) dato: DayNo,
    /// Why it is registered.
    pub(super) anledning: Anledning,
    /// What it does.
    pub(super) steg: Steg,
}

/// Places within one change, in the order of `specs/folkeregister.md` §21.
pub(super) mod rang {
    pub(in crate::town::derive) const HOVED: u8 = 0;
    pub(in crate::town::derive) const BOSATT: u8 = 1;
    pub(in crate::town::derive) const INNFLYTTING: u8 = 2;
    pub(in crate::town::derive) const SIVILSTAND: u8 = 3;
    pub(in crate::town::derive) const RELASJON: u8 = 4;
    pub(in crate::town::derive) const ANSVAR: u8 = 5;
    pub(in crate::town::derive) const KONTAKT: u8 = 6;
}

/// All planned changes of a person except the creation itself, in order of registration.
pub(super) fn plans(tid: Registertid<'_>, person: PersonId) -> Vec<Plan> {
    let mut planner = Planner { tid, base: tid.base, person, opprettet: tid.opprettet(person), plans: Vec::new() };
    planner.parents_and_children();
    planner.ansvar();
    planner.names();
    planner.numbers();
    let arrivals = planner.migration();
    planner.spells(&arrivals);
    planner.borgerskap();
    planner.sivilstander();
    planner.protection();
    planner.wrong_death();
    planner.guardians();
    planner.without_number();
    planner.decoration();
    planner.end();
    let mut plans = planner.plans;
    plans.sort_by_key(|plan| (plan.registrert, plan.sak.noekkel(), plan.rang, plan.dato));
    plans
}

/// Why somebody stands in the register.
pub(super) fn anledning_opprettet(tid: Registertid<'_>, person: PersonId) -> Anledning {
    let dato = tid.opprettet_dato(person);
    if Era::of(dato) == Era::Foer {
        Anledning::Grunnbefolkning
    } else if tid.base.personer.foedeland[person.index()] != Landkode::NOR && tid.base.dnummer_of(person).is_some() {
        Anledning::DNummer
    } else if tid.base.personer.foedeland[person.index()] != Landkode::NOR {
        Anledning::Innflytting
    } else {
        Anledning::Foedsel
    }
}

/// The role of the person in `far`: a woman there is the second mother.
fn second_role(base: &Base, far: PersonId) -> Relasjonsrolle {
    match base.personer.kjoenn[far.index()] {
        Kjoenn::Mann => Relasjonsrolle::Far,
        Kjoenn::Kvinne => Relasjonsrolle::Medmor,
    }
}

/// The parents of `child` with their roles.
fn parents(base: &Base, child: PersonId) -> impl Iterator<Item = (PersonId, Relasjonsrolle)> + '_ {
    let row = child.index();
    let mor = base.personer.mor[row].some().map(|mor| (mor, Relasjonsrolle::Mor));
    let far = base.personer.far[row].some().map(|far| (far, second_role(base, far)));
    mor.into_iter().chain(far)
}

/// Rows that make `adult` responsible: for own children, and for others in the same household.
fn ansvar_of(base: &Base, adult: PersonId) -> impl Iterator<Item = AnsvarRow> + '_ {
    let own = base.barn_of(adult).iter().copied();
    let household =
        base.personer.husstand[adult.index()].some().map_or(&[][..], |husstand| base.medlemmer_of(husstand));
    let others =
        household.iter().copied().filter(move |child| parents(base, *child).all(|(parent, _)| parent != adult));
    own.chain(others)
        .flat_map(move |child| base.ansvar_for(child).iter().copied())
        .filter(move |row| row.ansvarlig == adult)
}

struct Planner<'a> {
    tid: Registertid<'a>,
    base: &'a Base,
    person: PersonId,
    opprettet: Instant,
    plans: Vec<Plan>,
}

impl Planner<'_> {
    fn add(&mut self, registrert: Instant, sak: Sak, rang: u8, dato: DayNo, anledning: Anledning, steg: Steg) {
        self.plans.push(Plan { registrert, sak, rang, dato, anledning, steg });
    }

    /// A relation enters the register with the later of the two people.
    fn with_the_later(&self, other: PersonId) -> (Instant, PersonId) {
        let theirs = self.tid.opprettet(other);
        let mine = (self.opprettet, self.person);
        (theirs, other).max(mine)
    }

    fn parents_and_children(&mut self) {
        let base = self.base;
        for (parent, rolle) in parents(base, self.person) {
            self.relation(parent, rolle, Relasjonsrolle::Barn, base.personer.foedselsdato[self.person.index()]);
        }
        for &child in base.barn_of(self.person) {
            let mine = parents(base, child).find(|(parent, _)| *parent == self.person);
            if let Some((_, rolle)) = mine {
                self.relation(child, Relasjonsrolle::Barn, rolle, base.personer.foedselsdato[child.index()]);
            }
        }
    }

    fn relation(&mut self, other: PersonId, theirs: Relasjonsrolle, mine: Relasjonsrolle, dato: DayNo) {
        let (registrert, later) = self.with_the_later(other);
        let anledning = anledning_opprettet(self.tid, later);
        self.add(
            registrert,
            Sak::Opprettet(later),
            rang::RELASJON,
            dato,
            anledning,
            Steg::Relasjon(other, theirs, mine),
        );
    }

    fn ansvar(&mut self) {
        for row in self.base.ansvar_for(self.person).to_vec() {
            self.responsibility(row, row.ansvarlig, true);
        }
        for row in ansvar_of(self.base, self.person).collect::<Vec<_>>() {
            self.responsibility(row, row.barn, false);
        }
    }

    fn responsibility(&mut self, row: AnsvarRow, other: PersonId, paa_barnet: bool) {
        let AnsvarRow { barn, ansvarlig, ansvar, fra } = row;
        let steg = Steg::Ansvar { barn, ansvarlig, ansvar, paa_barnet };
        let (both_there, later) = self.with_the_later(other);
        if fra <= self.tid.opprettet_dato(barn) {
            let anledning = anledning_opprettet(self.tid, later);
            self.add(both_there, Sak::Opprettet(later), rang::ANSVAR, fra, anledning, steg);
        } else {
            let sak = Sak::Ansvar(barn, fra);
            let registrert = self.tid.av(sak, fra).max(both_there);
            self.add(registrert, sak, rang::ANSVAR, fra, Anledning::Foreldreansvar, steg);
        }
    }

    fn names(&mut self) {
        for (nummer, row) in (1u8..).zip(self.base.tidligere_navn_of(self.person)) {
            let sak = Sak::Navn(self.person, nummer);
            let anledning = if row.midlertidig { Anledning::FoersteNavnevalg } else { Anledning::Navn };
            self.add(self.tid.av(sak, row.til), sak, rang::HOVED, row.til, anledning, Steg::Navn(nummer));
        }
    }

    /// Spells that had begun when the person came are part of the creation; a child born into a home has it from birth.
    /// Homes moved into on an arrival come with it, later ones are not heard of before it.
    fn spells(&mut self, arrivals: &[(DayNo, Instant)]) {
        let came = self.tid.opprettet_dato(self.person);
        for &spell in self.base.bosteder_of(self.person) {
            let fra = self.base.bosteder[spell.index()].fra;
            if arrivals.iter().any(|(dato, registrert)| *dato == fra && *registrert > self.opprettet) {
                continue;
            }
            let sak = Sak::Flyttet(spell);
            let heard = if fra <= came { self.opprettet } else { self.tid.av(sak, fra) };
            let arrived = arrivals.iter().filter(|(dato, _)| *dato < fra).map(|(_, registrert)| *registrert).max();
            let registrert = arrived.map_or(heard, |arrived| arrived.max(heard));
            self.add(registrert, sak, rang::HOVED, fra.max(came), Anledning::Flytting, Steg::Bosted(spell));
        }
    }

    fn sivilstander(&mut self) {
        for row in self.base.sivilstander_of(self.person) {
            let spouse = row.relatert.some();
            let widowed = matches!(row.sivilstand, Sivilstand::EnkeEllerEnkemann | Sivilstand::GjenlevendePartner);
            let dead = spouse.filter(|&spouse| widowed && self.base.doedsfall_of(spouse) == Some(row.dato));
            let (registrert, sak) = if let Some(dead) = dead {
                (self.tid.doed(dead, row.dato), Sak::Doed(dead))
            } else {
                let sak = Sak::Sivilstand(spouse.map_or(self.person, |spouse| spouse.min(self.person)), row.dato);
                let both_there = spouse.map_or(self.opprettet, |spouse| self.with_the_later(spouse).0);
                (self.tid.av(sak, row.dato).max(both_there), sak)
            };
            let anledning = match row.sivilstand {
                Sivilstand::Separert | Sivilstand::SeparertPartner => Anledning::Separasjon,
                Sivilstand::Skilt | Sivilstand::SkiltPartner => Anledning::Skilsmisse,
                Sivilstand::EnkeEllerEnkemann | Sivilstand::GjenlevendePartner => Anledning::Doedsfall,
                _ => Anledning::Vigsel,
            };
            self.add(registrert, sak, rang::SIVILSTAND, row.dato, anledning, Steg::Sivilstand(*row));
        }
    }

    fn protection(&mut self) {
        let Some(&row) = self.base.beskyttelse_of(self.person) else { return };
        let came = self.tid.opprettet_dato(self.person);
        let sak = Sak::Beskyttet(self.person);
        let registrert = if row.fra <= came { self.opprettet } else { self.tid.av(sak, row.fra) };
        self.add(
            registrert,
            sak,
            rang::HOVED,
            row.fra.max(came),
            Anledning::Adressebeskyttelse,
            Steg::Beskyttelse(row),
        );
    }

    fn wrong_death(&mut self) {
        let Some(&row) = self.base.annullert_doedsfall_of(self.person) else { return };
        let died = self.tid.doed(self.person, row.dato);
        self.add(died, Sak::Doed(self.person), rang::HOVED, row.dato, Anledning::Doedsfall, Steg::Doed);
        let sak = Sak::DoedsfallAnnullert(self.person);
        let steg =
            Steg::DoedsfallAnnullert { doed: row.dato, bosted: self.base.bosteder_of(self.person).last().copied() };
        let registrert = self.tid.av(sak, row.annullert).max(died);
        self.add(registrert, sak, rang::HOVED, row.annullert, Anledning::DoedsfallAnnullert, steg);
    }

    fn end(&mut self) {
        if let Some(dato) = self.base.doedsfall_of(self.person) {
            let registrert = self.tid.doed(self.person, dato);
            self.add(registrert, Sak::Doed(self.person), rang::HOVED, dato, Anledning::Doedsfall, Steg::Doed);
        }
    }
}

/// Whether anything of `person` can have been registered on `since` or later: a cheap look before the real work.
pub(super) fn may_have_changed(tid: Registertid<'_>, person: PersonId, since: DayNo) -> bool {
    let base = tid.base;
    let came = |who: PersonId| tid.opprettet_dato(who) >= since;
    let recent = |day: DayNo| day >= since && day != DayNo::NONE;
    came(person)
        || base.barn_of(person).iter().any(|&child| came(child))
        || parents(base, person).any(|(parent, _)| came(parent))
        || base.bosteder_of(person).iter().any(|spell| {
            let row = base.bosteder[spell.index()];
            recent(row.fra) || recent(row.til)
        })
        || base.sivilstander_of(person).iter().any(|row| recent(row.dato) || row.relatert.some().is_some_and(came))
        || base.tidligere_navn_of(person).iter().any(|row| recent(row.til))
        || base.beskyttelse_of(person).is_some_and(|row| recent(row.fra))
        || base.doedsfall_of(person).is_some_and(recent)
        || base.annullert_doedsfall_of(person).is_some_and(|row| recent(row.dato) || recent(row.annullert))
        || base.ansvar_for(person).iter().any(|row| recent(row.fra) || came(row.ansvarlig))
        || ansvar_of(base, person).any(|row| recent(row.fra) || came(row.barn))
        || livsloep::is_recent(tid, person, since)
        || tillegg::is_recent(tid, person, since)
}

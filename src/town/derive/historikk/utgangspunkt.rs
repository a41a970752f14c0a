//! What is known of somebody when the register first hears of them: everything that had happened by then, at once.

use super::super::identitet;
use super::super::plan::{Plan, Steg, borgerskap_ved_opprettelse};
use super::super::tid::Registertid;
use super::{fact_of, marriage, name, sivilstand_fact};
use crate::base::Kjoenn;
use crate::town::model::{
    Base, BeskyttelseRow, DayNo, Fact, Gradering, Landkode, Nummerskifte, PersonId, Personstatus, Sivilstand,
    SivilstandRow, SpellId,
};

/// What is known of somebody when the register first hears of them.
pub(super) struct Utgangspunkt {
    pub(super) status: Personstatus,
    nummer: usize,
    kjoenn: Kjoenn,
    navn: (usize, DayNo),
    pub(super) bosted: Option<(SpellId, DayNo)>,
    sivilstand: Option<SivilstandRow>,
    borgerskap: Vec<(Landkode, DayNo)>,
    relasjoner: Vec<(Fact, DayNo)>,
    ansvar: Vec<(Fact, DayNo)>,
    tillegg: Vec<(Fact, Option<DayNo>)>,
    beskyttelse: Option<BeskyttelseRow>,
    pub(super) innflyttet: Option<(Landkode, DayNo)>,
    utflyttet: Option<(Landkode, DayNo)>,
    doed: Option<DayNo>,
}

/// The other legal sex.
fn other(kjoenn: Kjoenn) -> Kjoenn {
    match kjoenn {
        Kjoenn::Kvinne => Kjoenn::Mann,
        Kjoenn::Mann => Kjoenn::Kvinne,
    }
}

/// The status before anything that the columns know to have happened.
fn first_status(base: &Base, person: PersonId) -> Personstatus {
    let column = base.personer.status[person.index()];
    if base.personer.foedeland[person.index()] != Landkode::NOR && base.dnummer_of(person).is_some() {
        return Personstatus::Midlertidig;
    }
    let later_change = match column {
        Personstatus::Doed => base.doedsfall_of(person).is_some(),
        Personstatus::Utflyttet => {
            !base.utflyttinger_of(person).is_empty()
                || base.bosteder_of(person).last().is_some_and(|spell| base.bosteder[spell.index()].til != DayNo::NONE)
        }
        _ => false,
    };
    if later_change { Personstatus::Bosatt } else { column }
}

impl Utgangspunkt {
    pub(super) fn of(tid: Registertid<'_>, person: PersonId, came: DayNo, known: &[Plan]) -> Self {
        let base = tid.base;
        let row = person.index();
        let kjoenn = base.personer.kjoenn[row];
        let changed = base.tidligere_nummer_of(person).iter().any(|row| row.grunn == Nummerskifte::Kjoennsendring);
        let born = base.personer.foedselsdato[row];
        let mut from = Self {
            status: first_status(base, person),
            nummer: 0,
            kjoenn: if changed { other(kjoenn) } else { kjoenn },
            navn: (0, came),
            bosted: None,
            sivilstand: None,
            borgerskap: borgerskap_ved_opprettelse(tid, person).into_iter().map(|land| (land, born)).collect(),
            relasjoner: Vec::new(),
            ansvar: Vec::new(),
            tillegg: Vec::new(),
            beskyttelse: None,
            innflyttet: None,
            utflyttet: None,
            doed: None,
        };
        if from.status == Personstatus::Midlertidig {
            let facts = identitet::med_dnummer(base, person, came);
            from.tillegg.extend(facts.into_iter().map(|fact| (fact, Some(came))));
        }
        for plan in known {
            from.know(tid, person, plan);
        }
        if from.status != Personstatus::Bosatt {
            from.bosted = None;
        }
        from
    }

    fn know(&mut self, tid: Registertid<'_>, person: PersonId, plan: &Plan) {
        match plan.steg {
            Steg::Relasjon(..) => self.relasjoner.extend(fact_of(plan)),
            Steg::Ansvar { .. } => self.ansvar.extend(fact_of(plan)),
            Steg::Navn(nummer) => self.navn = (usize::from(nummer), plan.dato),
            Steg::Bosted(spell) => self.bosted = Some((spell, plan.dato)),
            Steg::Sivilstand(row) => self.sivilstand = Some(row),
            Steg::Beskyttelse(row) => self.beskyttelse = Some(row),
            Steg::Utflyttet(land) => {
                self.status = Personstatus::Utflyttet;
                self.utflyttet = land.map(|land| (land, plan.dato));
                self.bosted = None;
            }
            Steg::Innflyttet { land, spell, nummer } => {
                self.arrive(tid, person, plan.dato);
                self.innflyttet = land.map(|land| (land, plan.dato));
                self.bosted = spell.map(|spell| (spell, plan.dato)).or(self.bosted);
                self.nummer = nummer.map_or(self.nummer, usize::from);
            }
            Steg::Doed => {
                self.status = Personstatus::Doed;
                self.doed = Some(plan.dato);
            }
            Steg::DoedsfallAnnullert { .. } => {
                self.status = Personstatus::Bosatt;
                self.doed = None;
            }
            Steg::Inaktiv => self.status = Personstatus::Inaktiv,
            Steg::Nummer(nummer, grunn) => {
                self.nummer = usize::from(nummer);
                if grunn == Nummerskifte::Kjoennsendring {
                    self.kjoenn = tid.base.personer.kjoenn[person.index()];
                }
            }
            Steg::Borger { ny, slutt } => {
                self.borgerskap.retain(|(land, _)| Some(*land) != slutt);
                self.borgerskap.extend(ny.map(|land| (land, plan.dato)));
            }
            Steg::Opphold(number, came) => {
                self.tillegg.retain(|(fact, _)| !matches!(fact, Fact::Opphold { .. }));
                self.tillegg.push((identitet::tillatelse(came, number), Some(plan.dato)));
            }
            _ => {
                let facts = super::tillegg::facts(tid.base, person, plan);
                self.tillegg.extend(facts.into_iter().map(|fact| (fact, Some(plan.dato))));
            }
        }
    }

    /// Became resident with, or before, the creation.
    fn arrive(&mut self, tid: Registertid<'_>, person: PersonId, dato: DayNo) {
        let mut facts = Vec::new();
        if self.status != Personstatus::Midlertidig && self.innflyttet.is_none() {
            facts = identitet::ved_innflytting(tid.base, person, dato);
        }
        if self.innflyttet.is_none()
            && self.borgerskap.first().is_some_and(|(land, _)| identitet::trenger_tillatelse(*land))
        {
            facts.push(identitet::utlendingsnummer(tid.base, person));
            facts.push(identitet::tillatelse(dato, 0));
        }
        self.tillegg.extend(facts.into_iter().map(|fact| (fact, Some(dato))));
        self.status = Personstatus::Bosatt;
    }

    pub(super) fn gradering(&self) -> Gradering {
        self.beskyttelse.map_or(Gradering::Ugradert, |row| row.gradering)
    }

    /// What a creation holds, in the order of `specs/folkeregister.md` §21, without the home.
    pub(super) fn facts(&self, tid: Registertid<'_>, person: PersonId, came: DayNo) -> Vec<(Fact, Option<DayNo>)> {
        let base = tid.base;
        let row = person.index();
        let people = &base.personer;
        let born = people.foedselsdato[row];
        let (land, code) = (people.foedeland[row], people.rekkefoelge[row]);
        let spells = base.bosteder_of(person);
        let her = land == Landkode::NOR && spells.first().is_some_and(|spell| base.bosteder[spell.index()].fra <= born);
        let nummer = base.tidligere_nummer_of(person).get(self.nummer).map_or(people.nummer[row], |row| row.nummer);
        let mut facts = vec![
            (Fact::Identifikasjonsnummer(nummer), Some(came)),
            (Fact::Status(self.status), Some(came)),
            (Fact::Kjoenn(self.kjoenn), Some(born)),
            (Fact::Foedsel { dato: born, her, land }, None),
        ];
        if land == Landkode::NOR && code != 0 {
            facts.push((Fact::FoedselINorge(code), None));
        }
        let dated = |(fact, dato): &(Fact, DayNo)| (fact.clone(), Some(*dato));
        facts.extend(self.relasjoner.iter().map(dated));
        let spouse = self.sivilstand.filter(|_| self.doed.is_none());
        facts.extend(spouse.and_then(|row| marriage(&row).map(|fact| (fact, Some(row.dato)))));
        facts.push((name(base, person, self.navn.0), Some(self.navn.1)));
        let gradering = self.gradering();
        if matches!(gradering, Gradering::Fortrolig | Gradering::StrengtFortrolig) {
            facts.push((Fact::Adressebeskyttelse(gradering), Some(came)));
        }
        facts.extend(self.borgerskap.iter().map(|(land, fra)| (Fact::Statsborgerskap(*land), Some(*fra))));
        facts.extend(self.ansvar.iter().map(dated));
        facts.push(match self.sivilstand {
            Some(row) => (sivilstand_fact(&row), Some(row.dato)),
            None => (Fact::Sivilstand { sivilstand: Sivilstand::Ugift, dato: None, relatert: None }, Some(born)),
        });
        facts.extend(self.tillegg.iter().cloned());
        facts.extend(self.utflyttet.map(|(land, dato)| (Fact::Utflytting { land, dato }, Some(dato))));
        facts.extend(self.doed.map(|dato| (Fact::Doedsfall(dato), None)));
        facts
    }
}

//! Plans become register changes: what each does to the entries the person has by then.
//!
//! What the register hears after it already knows something later is left out, per element: two moves reported the
//! wrong way round leave the newer one standing. So the outcome depends on the plans alone, and the last row of each
//! column is always the current entry.

use std::sync::Arc;

use super::kilder::Anledning;
use super::plan::{Plan, Steg, anledning_opprettet, plans, rang};
use super::tid::{Registertid, Sak};
use crate::clock::Instant;
use crate::town::model::{
    Base, DayNo, Endring, Endringsslag, Entry, Fact, FactId, Gradering, Hendelsestype, Merke, Navn, NyFact, PersonId,
    PersonKey, Personstatus, Registrering, Relasjonsrolle, Sivilstand, SivilstandRow, SpellId, fold,
};

mod grense;
mod tillegg;
mod utgangspunkt;

use utgangspunkt::Utgangspunkt;

/// Elements of the fact ids, by [`Fact::element`].
mod element {
    pub(super) const IDENTIFIKASJONSNUMMER: u8 = 1;
    pub(super) const STATUS: u8 = 2;
    pub(super) const KJOENN: u8 = 3;
    pub(super) const NAVN: u8 = 6;
    pub(super) const SIVILSTAND: u8 = 7;
    pub(super) const BOSTEDSADRESSE: u8 = 11;
    pub(super) const ADRESSEBESKYTTELSE: u8 = 13;
    pub(super) const DOEDSFALL: u8 = 14;
    pub(super) const INNFLYTTING: u8 = 15;
    pub(super) const UTFLYTTING: u8 = 16;
    pub(super) const OPPHOLDSADRESSE: u8 = 18;
    pub(super) const POSTADRESSE_I_UTLANDET: u8 = 19;
    pub(super) const IDENTITETSGRUNNLAG: u8 = 20;
    pub(super) const OPPHOLD: u8 = 25;
}

/// The open address of everybody under strict protection, kept by the police unit that guards their homes: it names
/// no municipality of theirs (`specs/folkeregister.md` §8).
const AAPEN_POSTBOKS: (&str, u16, &str) = ("2094 Vika", 125, "OSLO");

/// A register change with its place in the feed.
pub(super) struct Rad {
    pub(super) sak: u64,
    pub(super) rang: u8,
    pub(super) registrering: Registrering,
}

/// Register changes of a base person in order, and the entries they fold to.
pub(super) fn historikk(tid: Registertid<'_>, person: PersonId) -> (Vec<Rad>, Vec<Entry>) {
    let plans = plans(tid, person);
    let opprettet = tid.opprettet(person);
    let came = tid.opprettet_dato(person);
    let split = plans.partition_point(|plan| plan.registrert <= opprettet);
    let mut writer = Skriver {
        base: tid.base,
        tid,
        person,
        key: PersonKey::Base(person.0),
        rader: Vec::with_capacity(plans.len() - split + 1),
        entries: Vec::with_capacity(plans.len() + 10),
        ordinals: [0; Fact::ELEMENTS],
    };
    let mut known = plans[..split].to_vec();
    known.sort_by_key(|plan| (plan.dato, plan.rang));
    writer.create(opprettet, came, &known);
    for plan in &plans[split..] {
        writer.take(plan);
    }
    (writer.rader, writer.entries)
}

/// Whether bit `merke` is set for `person`.
fn has_merke(base: &Base, person: PersonId, merke: Merke) -> bool {
    base.personer.merker[person.index()] >> (merke as u64) & 1 == 1
}

/// The name with number `nummer`, and whether it is temporary.
fn name(base: &Base, person: PersonId, nummer: usize) -> Fact {
    let row = person.index();
    let people = &base.personer;
    let (fornavn, mellomnavn, etternavn, midlertidig) = match base.tidligere_navn_of(person).get(nummer) {
        Some(row) => (row.fornavn, row.mellomnavn, row.etternavn, row.midlertidig),
        None => (
            people.fornavn[row],
            people.mellomnavn[row],
            people.etternavn[row],
            has_merke(base, person, Merke::NyfoedtUtenNavn),
        ),
    };
    let text = |id| -> Arc<str> { base.tekst.get(id).into() };
    let navn = Navn {
        fornavn: text(fornavn),
        mellomnavn: (mellomnavn.0 != u32::MAX).then(|| text(mellomnavn)),
        etternavn: text(etternavn),
    };
    Fact::Navn { navn, midlertidig }
}

/// The fact of a relation or a responsibility, with the day it is valid from.
fn fact_of(plan: &Plan) -> Option<(Fact, DayNo)> {
    let key = |person: PersonId| PersonKey::Base(person.0);
    let fact = match plan.steg {
        Steg::Relasjon(other, relatert_rolle, min_rolle) => {
            Fact::Familierelasjon { relatert: key(other), relatert_rolle, min_rolle }
        }
        Steg::Ansvar { barn, ansvarlig, ansvar, paa_barnet } => Fact::Foreldreansvar {
            ansvar,
            ansvarlig: paa_barnet.then(|| key(ansvarlig)),
            ansvarssubjekt: (!paa_barnet).then(|| key(barn)),
        },
        _ => return None,
    };
    Some((fact, plan.dato))
}

/// The marriage a row speaks of, as a relation, when the spouse is in the register and the row makes one.
fn marriage(row: &SivilstandRow) -> Option<Fact> {
    let married = matches!(
        row.sivilstand,
        Sivilstand::Gift | Sivilstand::RegistrertPartner | Sivilstand::Separert | Sivilstand::SeparertPartner
    );
    row.relatert.some().filter(|_| married).map(|spouse| Fact::Familierelasjon {
        relatert: PersonKey::Base(spouse.0),
        relatert_rolle: Relasjonsrolle::EktefelleEllerPartner,
        min_rolle: Relasjonsrolle::EktefelleEllerPartner,
    })
}

fn sivilstand_fact(row: &SivilstandRow) -> Fact {
    Fact::Sivilstand {
        sivilstand: row.sivilstand,
        dato: Some(row.dato),
        relatert: row.relatert.some().map(|spouse| PersonKey::Base(spouse.0)),
    }
}

/// The open address of who is under strict protection, as a fact.
pub fn aapen_postadresse() -> Fact {
    let (postboks, postnummer, poststed) = AAPEN_POSTBOKS;
    Fact::Postadresse { postboks: postboks.into(), postnummer, poststed: poststed.into() }
}

struct Skriver<'a> {
    base: &'a Base,
    tid: Registertid<'a>,
    person: PersonId,
    key: PersonKey,
    rader: Vec<Rad>,
    entries: Vec<Entry>,
    ordinals: [u16; Fact::ELEMENTS],
}

/// A register change in the making.
struct Utkast {
    registrert: Instant,
    sak: Sak,
    anledning: Anledning,
    dato: DayNo,
}

impl Skriver<'_> {
    /// The creation, and what belongs to the same change.
    fn create(&mut self, registrert: Instant, came: DayNo, known: &[Plan]) {
        let from = Utgangspunkt::of(self.tid, self.person, came, known);
        let anledning = anledning_opprettet(self.tid, self.person);
        let draft = Utkast { registrert, sak: Sak::Opprettet(self.person), anledning, dato: came };
        let immigrated = anledning == Anledning::Innflytting && from.status == Personstatus::Bosatt;
        let strict = from.gradering() == Gradering::StrengtFortrolig;
        let home = from.bosted.filter(|_| !strict).map(|(spell, fra)| self.address(spell, fra, from.gradering()));
        let mut facts = from.facts(self.tid, self.person, came);
        if let (Some(home), false) = (&home, immigrated) {
            let place = facts.iter().position(|(fact, _)| matches!(fact, Fact::Statsborgerskap(_))).unwrap_or(0);
            facts.insert(place, home.clone());
        }
        let changes = facts.into_iter().map(|(fact, fra)| self.new_value(fact, fra)).collect();
        self.register(&draft, rang::HOVED, Hendelsestype::PersonErOpprettet, changes);
        if immigrated {
            let home = home.map(|(fact, fra)| self.new_value(fact, Some(fra.unwrap_or(came))));
            self.register(&draft, rang::BOSATT, Hendelsestype::PersonErBosatt, home.into_iter().collect());
        }
        if let Some((land, dato)) = from.innflyttet {
            let change = self.new_value(Fact::Innflytting(land), Some(dato));
            self.register(&draft, rang::INNFLYTTING, Hendelsestype::EndringIInnflytting, vec![change]);
        }
        if strict {
            self.open_address(&draft);
        }
    }

    /// A planned change after the creation.
    fn take(&mut self, plan: &Plan) {
        let draft = Utkast { registrert: plan.registrert, sak: plan.sak, anledning: plan.anledning, dato: plan.dato };
        let gone = self.status() != Some(Personstatus::Bosatt);
        match plan.steg {
            Steg::Relasjon(..) => self.single(&draft, rang::RELASJON, Hendelsestype::EndringIFamilierelasjon, plan),
            Steg::Ansvar { .. } => self.single(&draft, rang::ANSVAR, Hendelsestype::EndringIForeldreansvar, plan),
            Steg::Navn(nummer) => self.rename(&draft, usize::from(nummer)),
            Steg::Bosted(_) | Steg::Utflyttet(_) | Steg::Opphold(..) | Steg::AnnetSted(_) if gone => {}
            Steg::Bosted(spell) => self.move_home(&draft, spell),
            Steg::Sivilstand(_) if self.status() == Some(Personstatus::Doed) => {}
            Steg::Sivilstand(row) => self.civil_status(&draft, &row),
            Steg::Beskyttelse(row) => self.protect(&draft, row.gradering),
            Steg::Utflyttet(land) => self.emigrate(&draft, land),
            Steg::Doed => self.die(&draft),
            Steg::DoedsfallAnnullert { doed, bosted } => self.reactivate(&draft, doed, bosted),
            Steg::Innflyttet { land, spell, nummer } => self.arrive(&draft, land, spell, nummer),
            Steg::Nummer(nummer, grunn) => self.renumber(&draft, nummer, grunn),
            Steg::Inaktiv => self.inactivate(&draft),
            Steg::Borger { ny, slutt } => self.citizenship(&draft, ny, slutt),
            _ => self.add_known(&draft, plan),
        }
    }

    fn single(&mut self, draft: &Utkast, rang: u8, slag: Hendelsestype, plan: &Plan) {
        let changes = fact_of(plan).into_iter().map(|(fact, fra)| self.new_value(fact, Some(fra))).collect();
        self.register(draft, rang, slag, changes);
    }

    fn rename(&mut self, draft: &Utkast, nummer: usize) {
        let Some(old) = self.current(element::NAVN).filter(|old| old.gyldig_fra <= Some(draft.dato)) else { return };
        let temporary = matches!(old.fact, Fact::Navn { midlertidig: true, .. });
        let fact = name(self.base, self.person, nummer);
        let changes = if temporary {
            vec![annul(old), self.new_value(fact, Some(draft.dato))]
        } else {
            vec![self.replacement(old, fact, draft.dato)]
        };
        self.register(draft, rang::HOVED, Hendelsestype::EndringINavn, changes);
    }

    /// A move. Strictly protected people's moves are not registered: the register has no home of theirs to change.
    fn move_home(&mut self, draft: &Utkast, spell: SpellId) {
        let gradering = self.gradering();
        if gradering == Gradering::StrengtFortrolig {
            return;
        }
        let (fact, _) = self.address(spell, draft.dato, gradering);
        let change = match self.current(element::BOSTEDSADRESSE) {
            Some(old) if old.gyldig_fra > Some(draft.dato) => return,
            Some(old) => self.replacement(old, fact, draft.dato),
            None => self.new_value(fact, Some(draft.dato)),
        };
        self.register(draft, rang::HOVED, Hendelsestype::EndringIBostedsadresse, vec![change]);
    }

    /// A civil status; the marriage as a relation begins and ends with it. A widow's ends in the same event, a
    /// divorced person's in one of its own (`specs/folkeregister.md` §21).
    fn civil_status(&mut self, draft: &Utkast, row: &SivilstandRow) {
        let Some(old) = self.current(element::SIVILSTAND).filter(|old| old.gyldig_fra <= Some(row.dato)) else {
            return;
        };
        let mut changes = vec![self.replacement(old, sivilstand_fact(row), row.dato)];
        let (relation, widowed) = match row.sivilstand {
            Sivilstand::Skilt | Sivilstand::SkiltPartner => (self.end_marriage(row.dato), false),
            Sivilstand::EnkeEllerEnkemann | Sivilstand::GjenlevendePartner => (self.end_marriage(row.dato), true),
            _ if self.spouse().is_none() => (marriage(row).map(|fact| self.new_value(fact, Some(row.dato))), false),
            _ => (None, false),
        };
        let mut relation: Vec<Endring> = relation.into_iter().collect();
        if widowed {
            changes.append(&mut relation);
        }
        self.register(draft, rang::SIVILSTAND, Hendelsestype::EndringISivilstand, changes);
        self.register(draft, rang::RELASJON, Hendelsestype::EndringIFamilierelasjon, relation);
    }

    /// Protection and the grading of the home in one event; strict protection removes every home the register has had
    /// and gives an open postal address instead (`specs/folkeregister.md` §8, §21).
    fn protect(&mut self, draft: &Utkast, gradering: Gradering) {
        let mut changes = Vec::new();
        if matches!(gradering, Gradering::Fortrolig | Gradering::StrengtFortrolig) {
            changes.push(self.new_value(Fact::Adressebeskyttelse(gradering), Some(draft.dato)));
        }
        if gradering == Gradering::StrengtFortrolig {
            changes.extend(self.homes_newest_first().into_iter().map(annul));
        } else if let Some(old) = self.current(element::BOSTEDSADRESSE)
            && let Fact::Bostedsadresse { bolig, flyttedato, .. } = old.fact
        {
            let fra = old.gyldig_fra;
            let graded = self.new_fact(Fact::Bostedsadresse { bolig, gradering, flyttedato }, fra);
            changes.push(Endring { slag: Endringsslag::Korrigere, ny: Some(graded), gammel: Some(Box::new(old)) });
        }
        self.register(draft, rang::HOVED, Hendelsestype::EndringIAdressebeskyttelse, changes);
        if gradering == Gradering::StrengtFortrolig {
            self.open_address(draft);
        }
    }

    fn open_address(&mut self, draft: &Utkast) {
        let draft = Utkast { anledning: Anledning::Postadresse, ..*draft };
        let change = self.new_value(aapen_postadresse(), Some(draft.dato));
        self.register(&draft, rang::KONTAKT, Hendelsestype::EndringIKontaktinformasjon, vec![change]);
    }

    /// Death: a new status, and no home any more.
    fn die(&mut self, draft: &Utkast) {
        let mut changes = vec![self.new_value(Fact::Doedsfall(draft.dato), None)];
        changes.extend(self.new_status(draft, Personstatus::Doed));
        changes.extend(self.end_of(element::BOSTEDSADRESSE, draft.dato));
        changes.extend(self.end_marriage(draft.dato));
        self.register(draft, rang::HOVED, Hendelsestype::PersonErDoed, changes);
    }

    /// A wrong death is annulled: no death, resident as if there had been none, and the home again from the day it ended.
    fn reactivate(&mut self, draft: &Utkast, doed: DayNo, bosted: Option<SpellId>) {
        let Some(death) = self.current(element::DOEDSFALL) else { return };
        let mut changes = vec![annul(death)];
        if let Some(old) = self.current(element::STATUS) {
            let alive = self.new_fact(Fact::Status(Personstatus::Bosatt), old.gyldig_fra);
            changes.push(Endring { slag: Endringsslag::Korrigere, ny: Some(alive), gammel: Some(Box::new(old)) });
        }
        if let Some(spell) = bosted {
            let (fact, fra) = self.address(spell, doed, self.gradering());
            changes.push(self.new_value(fact, fra));
        }
        self.register(draft, rang::HOVED, Hendelsestype::PersonErReaktivert, changes);
    }

    fn new_status(&mut self, draft: &Utkast, status: Personstatus) -> Option<Endring> {
        self.current(element::STATUS).map(|old| self.replacement(old, Fact::Status(status), draft.dato))
    }

    fn end_of(&self, element: u8, dato: DayNo) -> Option<Endring> {
        self.current(element).map(|old| end(old, dato))
    }

    fn current(&self, element: u8) -> Option<Entry> {
        self.entries.iter().rev().find(|entry| entry.fact.element() == element && entry.is_gjeldende()).cloned()
    }

    fn status(&self) -> Option<Personstatus> {
        self.current(element::STATUS).and_then(|entry| match entry.fact {
            Fact::Status(status) => Some(status),
            _ => None,
        })
    }

    fn gradering(&self) -> Gradering {
        match self.current(element::ADRESSEBESKYTTELSE).map(|entry| entry.fact) {
            Some(Fact::Adressebeskyttelse(gradering)) => gradering,
            _ => Gradering::Ugradert,
        }
    }

    fn spouse(&self) -> Option<Entry> {
        let married = |entry: &&Entry| {
            entry.is_gjeldende()
                && matches!(
                    entry.fact,
                    Fact::Familierelasjon { relatert_rolle: Relasjonsrolle::EktefelleEllerPartner, .. }
                )
        };
        self.entries.iter().find(married).cloned()
    }

    fn end_marriage(&self, dato: DayNo) -> Option<Endring> {
        self.spouse().map(|old| end(old, dato))
    }

    fn homes_newest_first(&self) -> Vec<Entry> {
        let homes = self.entries.iter().rev();
        homes
            .filter(|entry| entry.fact.element() == element::BOSTEDSADRESSE && entry.fjernet.is_none())
            .cloned()
            .collect()
    }

    fn address(&self, spell: SpellId, fra: DayNo, gradering: Gradering) -> (Fact, Option<DayNo>) {
        let bolig = self.base.bosteder[spell.index()].bolig.some();
        (Fact::Bostedsadresse { bolig, gradering, flyttedato: fra }, Some(fra))
    }

    fn new_fact(&mut self, fact: Fact, gyldig_fra: Option<DayNo>) -> NyFact {
        let element = fact.element();
        let ordinal = &mut self.ordinals[usize::from(element)];
        let id = FactId::of_base(self.person.0, element, *ordinal);
        *ordinal += 1;
        NyFact { id, fact, gyldig_fra }
    }

    fn new_value(&mut self, fact: Fact, gyldig_fra: Option<DayNo>) -> Endring {
        Endring { slag: Endringsslag::RegistrereNy, ny: Some(self.new_fact(fact, gyldig_fra)), gammel: None }
    }

    fn replacement(&mut self, old: Entry, fact: Fact, fra: DayNo) -> Endring {
        let gammel = Some(Box::new(Entry { gyldig_til: Some(fra), ..old }));
        Endring { slag: Endringsslag::RegistrereNy, ny: Some(self.new_fact(fact, Some(fra))), gammel }
    }

    /// Registers `changes` as one entry of the feed, unless there are none.
    fn register(&mut self, draft: &Utkast, rang: u8, slag: Hendelsestype, changes: Vec<Endring>) {
        if !changes.is_empty() {
            self.put(draft, rang, slag, changes);
        }
    }

    /// An entry of the feed that changes nothing.
    fn announce(&mut self, draft: &Utkast, rang: u8, slag: Hendelsestype) {
        self.put(draft, rang, slag, Vec::new());
    }

    fn put(&mut self, draft: &Utkast, rang: u8, slag: Hendelsestype, changes: Vec<Endring>) {
        let (kilde, aarsak) = draft.anledning.kilde_og_aarsak(DayNo::of(draft.registrert.dato()));
        let registrering =
            Registrering { person: self.key, slag, registrert: draft.registrert, kilde, aarsak, endringer: changes };
        fold(&mut self.entries, &registrering);
        self.rader.push(Rad { sak: draft.sak.noekkel(), rang, registrering });
    }
}

fn annul(old: Entry) -> Endring {
    Endring { slag: Endringsslag::Annullere, ny: None, gammel: Some(Box::new(old)) }
}

fn end(old: Entry, til: DayNo) -> Endring {
    Endring { slag: Endringsslag::Opphoere, ny: None, gammel: Some(Box::new(Entry { gyldig_til: Some(til), ..old })) }
}

//! The base columns: a generated town as struct of arrays, immutable and shared by all worlds of one header.
//!
//! One row per entity, small integers, dictionary-coded text. What two people's documents show, what is counted,
//! numbered or searched, stands here as a row owned by one entity (`DESIGN` §2 rule 4). The generator in `population`
//! fills the columns; everybody else only reads.

use std::sync::OnceLock;

use super::arbeid::{ArbeidsforholdRow, InntektRow};
use super::boliger::{Boliger, Bygning, Eiendom, Gate, HjemmelRow, Husstander, Poststed};
use super::livsplan::Planer;
use super::oppslag::Oppslag;
use super::personer::{
    AnnullertDoedsfallRow, AnsvarRow, BeskyttelseRow, BostedRow, DeltBostedRow, DnummerRow, DoedfoedtRow, DoedsfallRow,
    ForelderUtenNummerRow, FosterhjemRow, InnflyttingRow, NavnRow, NummerRow, Personer, SivilstandRow,
    StatsborgerskapRow, UtflyttingRow, VergemaalRow,
};
use super::virksomheter::{AksjeRow, Fastlegeliste, PlassRow, RolleRow, Virksomhet};
use super::{DayNo, DocumentId, HusstandId, PersonId, Personstatus, Registrering, SpellId, VirksomhetId};
use crate::base::{Digest, Foedselsnummer, Kommunenummer, Orgnummer, Seed, TextTable};
use crate::clock::Instant;

/// Everything that fixes a base, byte for byte.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub struct BaseHeader {
    /// Version of the data under `population/`.
    pub pack: String,
    /// Version of the generator.
    pub schema: u32,
    /// The seed.
    pub seed: Seed,
    /// How many residents.
    pub size: u32,
    /// The first instant of the town.
    pub start: Instant,
    /// Municipality profile.
    pub profile: String,
}

/// The municipality.
#[derive(Clone, Debug)]
pub struct Kommune {
    /// Municipality number.
    pub nummer: Kommunenummer,
    /// Name, as in running text.
    pub navn: String,
    /// The organisation number of its main unit.
    pub orgnr: Orgnummer,
}

/// A generated town.
#[derive(Debug)]
pub struct Base {
    /// What made it.
    pub header: BaseHeader,
    /// The municipality.
    pub kommune: Kommune,
    /// The year whose wage level jobs that last are written at: that of the town's first day, also in the columns of a
    /// town that has lived on.
    pub loennsaar: i16,
    /// All text of the columns.
    pub tekst: TextTable,
    /// People.
    pub personer: Personer,
    /// Civil status history.
    pub sivilstander: Vec<SivilstandRow>,
    /// Residence spells.
    pub bosteder: Vec<BostedRow>,
    /// Where each person's spells begin in `person_bosteder`; one more entry than people.
    pub person_bosted_start: Vec<u32>,
    /// Each person's spells in order of time.
    pub person_bosteder: Vec<SpellId>,
    /// Former names.
    pub tidligere_navn: Vec<NavnRow>,
    /// Parental responsibility.
    pub ansvar: Vec<AnsvarRow>,
    /// Protection.
    pub beskyttelser: Vec<BeskyttelseRow>,
    /// Deaths.
    pub doedsfall: Vec<DoedsfallRow>,
    /// Households.
    pub husstander: Husstander,
    /// Dwellings.
    pub boliger: Boliger,
    /// Streets.
    pub gater: Vec<Gate>,
    /// Postal places.
    pub poststeder: Vec<Poststed>,
    /// Organisations; the municipality is the first.
    pub virksomheter: Vec<Virksomhet>,
    /// Current places in kindergartens and schools.
    pub plasser: Vec<PlassRow>,
    /// Citizenships beside and before the current first one.
    pub statsborgerskap: Vec<StatsborgerskapRow>,
    /// Moves to Norway.
    pub innflyttinger: Vec<InnflyttingRow>,
    /// Moves out of Norway.
    pub utflyttinger: Vec<UtflyttingRow>,
    /// Former identity numbers.
    pub tidligere_nummer: Vec<NummerRow>,
    /// Issues of D-numbers.
    pub dnummer: Vec<DnummerRow>,
    /// Guardians and attorneys.
    pub vergemaal: Vec<VergemaalRow>,
    /// Second homes of children.
    pub delt_bosted: Vec<DeltBostedRow>,
    /// Children in foster homes.
    pub fosterhjem: Vec<FosterhjemRow>,
    /// Stillborn children.
    pub doedfoedte: Vec<DoedfoedtRow>,
    /// Parents without an identity number.
    pub foreldre_uten_nummer: Vec<ForelderUtenNummerRow>,
    /// Buildings.
    pub bygninger: Vec<Bygning>,
    /// Property.
    pub eiendommer: Vec<Eiendom>,
    /// Owners of property.
    pub hjemler: Vec<HjemmelRow>,
    /// Roles in organisations.
    pub roller: Vec<RolleRow>,
    /// Shareholders.
    pub aksjer: Vec<AksjeRow>,
    /// Lists of general practitioners.
    pub fastlegelister: Vec<Fastlegeliste>,
    /// Jobs.
    pub arbeidsforhold: Vec<ArbeidsforholdRow>,
    /// Income by year.
    pub inntekter: Vec<InntektRow>,
    /// Deaths registered by mistake and annulled.
    pub annullerte_doedsfall: Vec<AnnullertDoedsfallRow>,
    /// Children of each person as parent, begin positions in `barn`; one more entry than people.
    pub barn_start: Vec<u32>,
    /// Children of all people, eldest first.
    pub barn: Vec<PersonId>,
    /// Positions of people sorted by identity number.
    pub by_nummer: Vec<PersonId>,
    /// Former identity numbers in their order, with whose they were.
    pub by_tidligere_nummer: Vec<(Foedselsnummer, PersonId)>,
    /// Digest over all columns.
    pub digest: Digest,
    /// The last twelve months of register changes, made when first read.
    pub feed: OnceLock<Vec<Registrering>>,
    /// Ids of the event documents of `feed` with their rows, sorted, made when first read.
    pub feed_documents: OnceLock<Vec<(DocumentId, u32)>>,
    /// Whose contact entries changed before the first instant, once somebody has asked.
    pub kontaktendringer: OnceLock<Vec<PersonId>>,
    /// What each circle of readers without full rights has seen of `feed` up to each row, counted when first read.
    pub feed_sett: OnceLock<Vec<[u32; 4]>>,
    /// Residents of each dwelling, counted when first asked for.
    pub beboere: OnceLock<Vec<u16>>,
    /// Plans of background life, made when first asked for.
    pub planer: Planer,
}

/// The slice of `rows` that belongs to `person`, by binary search on a column sorted by person.
fn rows_of<T>(rows: &[T], person: PersonId, owner: impl Fn(&T) -> PersonId) -> &[T] {
    let from = rows.partition_point(|row| owner(row) < person);
    let to = rows.partition_point(|row| owner(row) <= person);
    &rows[from..to]
}

impl Base {
    /// A base without rows.
    #[must_use]
    pub fn empty(header: BaseHeader, kommune: Kommune, tekst: TextTable) -> Self {
        Self {
            loennsaar: header.start.dato().year(),
            header,
            kommune,
            tekst,
            personer: Personer::default(),
            sivilstander: Vec::new(),
            bosteder: Vec::new(),
            person_bosted_start: Vec::new(),
            person_bosteder: Vec::new(),
            tidligere_navn: Vec::new(),
            ansvar: Vec::new(),
            beskyttelser: Vec::new(),
            doedsfall: Vec::new(),
            husstander: Husstander::default(),
            boliger: Boliger::default(),
            gater: Vec::new(),
            poststeder: Vec::new(),
            virksomheter: Vec::new(),
            plasser: Vec::new(),
            statsborgerskap: Vec::new(),
            innflyttinger: Vec::new(),
            utflyttinger: Vec::new(),
            tidligere_nummer: Vec::new(),
            dnummer: Vec::new(),
            vergemaal: Vec::new(),
            delt_bosted: Vec::new(),
            fosterhjem: Vec::new(),
            doedfoedte: Vec::new(),
            foreldre_uten_nummer: Vec::new(),
            bygninger: Vec::new(),
            eiendommer: Vec::new(),
            hjemler: Vec::new(),
            roller: Vec::new(),
            aksjer: Vec::new(),
            fastlegelister: Vec::new(),
            arbeidsforhold: Vec::new(),
            inntekter: Vec::new(),
            annullerte_doedsfall: Vec::new(),
            barn_start: Vec::new(),
            barn: Vec::new(),
            by_nummer: Vec::new(),
            by_tidligere_nummer: Vec::new(),
            digest: Digest::default(),
            feed: OnceLock::new(),
            feed_documents: OnceLock::new(),
            kontaktendringer: OnceLock::new(),
            feed_sett: OnceLock::new(),
            beboere: OnceLock::new(),
            planer: Planer::default(),
        }
    }

    /// Makes the columns that follow from others: children of each person, and people by identity number.
    pub fn complete(&mut self) {
        (self.barn_start, self.barn) = self.personer.children();
        self.by_nummer = self.personer.by_nummer();
        self.by_tidligere_nummer = self.tidligere_nummer.iter().map(|row| (row.nummer, row.person)).collect();
        self.by_tidligere_nummer.sort_unstable();
    }

    /// How many people the columns hold, residents and others.
    #[must_use]
    pub fn person_count(&self) -> usize {
        self.personer.nummer.len()
    }

    /// The person with identity number `nummer`, the one in use or a former one: the register answers both with the same
    /// person (`specs/folkeregister.md` §22).
    #[must_use]
    pub fn find(&self, nummer: Foedselsnummer) -> Option<PersonId> {
        let current = self.by_nummer.binary_search_by_key(&nummer, |person| self.personer.nummer[person.index()]);
        let former = || self.by_tidligere_nummer.binary_search_by_key(&nummer, |row| row.0);
        match current {
            Ok(place) => Some(self.by_nummer[place]),
            Err(_) => former().ok().map(|place| self.by_tidligere_nummer[place].1),
        }
    }

    /// Civil statuses of `person` in order of date.
    #[must_use]
    pub fn sivilstander_of(&self, person: PersonId) -> &[SivilstandRow] {
        rows_of(&self.sivilstander, person, |row| row.person)
    }

    /// Former names of `person` in order of date.
    #[must_use]
    pub fn tidligere_navn_of(&self, person: PersonId) -> &[NavnRow] {
        rows_of(&self.tidligere_navn, person, |row| row.person)
    }

    /// Responsibility rows of the child `person`.
    #[must_use]
    pub fn ansvar_for(&self, person: PersonId) -> &[AnsvarRow] {
        rows_of(&self.ansvar, person, |row| row.barn)
    }

    /// Protection of `person`, if any.
    #[must_use]
    pub fn beskyttelse_of(&self, person: PersonId) -> Option<&BeskyttelseRow> {
        rows_of(&self.beskyttelser, person, |row| row.person).last()
    }

    /// Date of death of `person`, if dead.
    #[must_use]
    pub fn doedsfall_of(&self, person: PersonId) -> Option<DayNo> {
        rows_of(&self.doedsfall, person, |row| row.person).last().map(|row| row.dato)
    }

    /// The kindergarten or school of `person` on the first day.
    #[must_use]
    pub fn plass_of(&self, person: PersonId) -> Option<&PlassRow> {
        rows_of(&self.plasser, person, |row| row.person).last()
    }

    /// Citizenships of `person` beside and before the current first one.
    #[must_use]
    pub fn statsborgerskap_of(&self, person: PersonId) -> &[StatsborgerskapRow] {
        rows_of(&self.statsborgerskap, person, |row| row.person)
    }

    /// Moves of `person` to Norway.
    #[must_use]
    pub fn innflyttinger_of(&self, person: PersonId) -> &[InnflyttingRow] {
        rows_of(&self.innflyttinger, person, |row| row.person)
    }

    /// Moves of `person` out of Norway.
    #[must_use]
    pub fn utflyttinger_of(&self, person: PersonId) -> &[UtflyttingRow] {
        rows_of(&self.utflyttinger, person, |row| row.person)
    }

    /// Former identity numbers of `person`.
    #[must_use]
    pub fn tidligere_nummer_of(&self, person: PersonId) -> &[NummerRow] {
        rows_of(&self.tidligere_nummer, person, |row| row.person)
    }

    /// The D-number `person` has or had: when it was issued.
    #[must_use]
    pub fn dnummer_of(&self, person: PersonId) -> Option<DayNo> {
        rows_of(&self.dnummer, person, |row| row.person).first().map(|row| row.fra)
    }

    /// Guardians and attorneys of `person`.
    #[must_use]
    pub fn vergemaal_of(&self, person: PersonId) -> &[VergemaalRow] {
        rows_of(&self.vergemaal, person, |row| row.person)
    }

    /// Second homes of the child `person`.
    #[must_use]
    pub fn delt_bosted_of(&self, person: PersonId) -> &[DeltBostedRow] {
        rows_of(&self.delt_bosted, person, |row| row.barn)
    }

    /// Foster homes of the child `person`.
    #[must_use]
    pub fn fosterhjem_of(&self, person: PersonId) -> &[FosterhjemRow] {
        rows_of(&self.fosterhjem, person, |row| row.barn)
    }

    /// Stillborn children of the mother `person`.
    #[must_use]
    pub fn doedfoedte_of(&self, person: PersonId) -> &[DoedfoedtRow] {
        rows_of(&self.doedfoedte, person, |row| row.mor)
    }

    /// The parent of the child `person` who has no identity number.
    #[must_use]
    pub fn forelder_uten_nummer_til(&self, person: PersonId) -> Option<&ForelderUtenNummerRow> {
        rows_of(&self.foreldre_uten_nummer, person, |row| row.barn).last()
    }

    /// Jobs of `person` in order of date.
    #[must_use]
    pub fn arbeidsforhold_of(&self, person: PersonId) -> &[ArbeidsforholdRow] {
        rows_of(&self.arbeidsforhold, person, |row| row.person)
    }

    /// Income of `person` by year.
    #[must_use]
    pub fn inntekter_of(&self, person: PersonId) -> &[InntektRow] {
        rows_of(&self.inntekter, person, |row| row.person)
    }

    /// The death of `person` that was registered by mistake.
    #[must_use]
    pub fn annullert_doedsfall_of(&self, person: PersonId) -> Option<&AnnullertDoedsfallRow> {
        rows_of(&self.annullerte_doedsfall, person, |row| row.person).first()
    }

    /// Roles in `virksomhet`.
    #[must_use]
    pub fn roller_of(&self, virksomhet: VirksomhetId) -> &[RolleRow] {
        let from = self.roller.partition_point(|row| row.virksomhet < virksomhet);
        let to = self.roller.partition_point(|row| row.virksomhet <= virksomhet);
        &self.roller[from..to]
    }

    /// Shareholders of `virksomhet`.
    #[must_use]
    pub fn aksjer_of(&self, virksomhet: VirksomhetId) -> &[AksjeRow] {
        let from = self.aksjer.partition_point(|row| row.virksomhet < virksomhet);
        let to = self.aksjer.partition_point(|row| row.virksomhet <= virksomhet);
        &self.aksjer[from..to]
    }

    /// Look-ups over the columns, made on the first call.
    pub fn oppslag(&self) -> &Oppslag {
        self.planer.oppslag(|| Oppslag::of(self))
    }

    /// Residence spells of `person` in order of time.
    #[must_use]
    pub fn bosteder_of(&self, person: PersonId) -> &[SpellId] {
        let at = person.index();
        &self.person_bosteder[self.person_bosted_start[at] as usize..self.person_bosted_start[at + 1] as usize]
    }

    /// Residents of each dwelling on the first day, by position. Counted on the first call.
    pub fn beboere(&self) -> &[u16] {
        self.beboere.get_or_init(|| {
            let mut counts = vec![0u16; self.boliger.gate.len()];
            for row in 0..self.person_count() {
                let spell = self.bosteder_of(PersonId::at(row)).last().map(|spell| self.bosteder[spell.index()]);
                let is_open = self.personer.status[row] == Personstatus::Bosatt;
                let bolig =
                    spell.filter(|spell| is_open && spell.til == DayNo::NONE).and_then(|spell| spell.bolig.some());
                if let Some(bolig) = bolig {
                    counts[bolig.index()] = counts[bolig.index()].saturating_add(1);
                }
            }
            counts
        })
    }

    /// Children of `person`, eldest first.
    #[must_use]
    pub fn barn_of(&self, person: PersonId) -> &[PersonId] {
        let at = person.index();
        &self.barn[self.barn_start[at] as usize..self.barn_start[at + 1] as usize]
    }

    /// Members of `husstand` in the base.
    #[must_use]
    pub fn medlemmer_of(&self, husstand: HusstandId) -> &[PersonId] {
        let at = husstand.index();
        &self.husstander.medlemmer[self.husstander.start[at] as usize..self.husstander.start[at + 1] as usize]
    }
}

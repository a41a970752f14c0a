//! The base columns: a generated town as struct of arrays, immutable and shared by all worlds of one header.
//!
//! One row per entity, small integers, dictionary-coded text. What two people's documents show, what is counted,
//! numbered or searched, stands here as a row owned by one entity (`DESIGN` §2 rule 4). The generator in `population`
//! fills the columns; everybody else only reads.

use std::sync::OnceLock;

use super::{
    Ansvar, BoligId, Bruksenhetstype, DayNo, DocumentId, Gradering, HusstandId, Husstandstype, KontaktFlags, Landkode,
    PersonId, Personstatus, Postkasse, Registrering, Sivilstand, SpellId, Spraak,
};
use crate::base::{Digest, Foedselsnummer, Kjoenn, Kommunenummer, Orgnummer, Seed, TextId, TextTable};
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

/// People: residents first in household order, then the dead and the emigrated that residents point at.
#[derive(Clone, Debug, Default)]
pub struct Personer {
    /// Identity number.
    pub nummer: Vec<Foedselsnummer>,
    /// Date of birth.
    pub foedselsdato: Vec<DayNo>,
    /// Sex.
    pub kjoenn: Vec<Kjoenn>,
    /// Status on the first day.
    pub status: Vec<Personstatus>,
    /// Current first name, as people write it (`Kari`); a temporary one is `KARI*PIKE`. The register shows capitals.
    pub fornavn: Vec<TextId>,
    /// Current middle name; `TextId(u32::MAX)` for none.
    pub mellomnavn: Vec<TextId>,
    /// Current surname, as people write it.
    pub etternavn: Vec<TextId>,
    /// Order code within the delivery (11, 21, 22 …).
    pub rekkefoelge: Vec<u8>,
    /// Country of birth.
    pub foedeland: Vec<Landkode>,
    /// Citizenship.
    pub statsborgerskap: Vec<Landkode>,
    /// Mother's row, or none.
    pub mor: Vec<PersonId>,
    /// Row of the father or second mother, or none. A woman here is `medmor`.
    pub far: Vec<PersonId>,
    /// Household, or none.
    pub husstand: Vec<HusstandId>,
    /// Partner living in the same household (spouse or cohabitant), or none.
    pub partner: Vec<PersonId>,
    /// Contact register flags.
    pub kontakt: Vec<KontaktFlags>,
    /// Supplier of the digital mailbox.
    pub postkasse: Vec<Postkasse>,
    /// Language for letters.
    pub spraak: Vec<Spraak>,
    /// Bits of [`Merke`](super::Merke) by position in its list.
    pub merker: Vec<u64>,
}

/// A civil status a person has had. Rows are sorted by person, then date; the last is current. People without a row
/// are `ugift`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SivilstandRow {
    /// Whose.
    pub person: PersonId,
    /// The status.
    pub sivilstand: Sivilstand,
    /// Since.
    pub dato: DayNo,
    /// The spouse's row, or none when outside the town.
    pub relatert: PersonId,
}

/// A residence spell: who moved together shares one row. `til` is open for the current one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BostedRow {
    /// The dwelling; none for unknown residence.
    pub bolig: BoligId,
    /// First day.
    pub fra: DayNo,
    /// Last day + 1, or none while it lasts.
    pub til: DayNo,
}

/// A name somebody had before. Rows are sorted by person, then date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NavnRow {
    /// Whose.
    pub person: PersonId,
    /// The day the *next* name took over.
    pub til: DayNo,
    /// First name before.
    pub fornavn: TextId,
    /// Middle name before, `TextId(u32::MAX)` for none.
    pub mellomnavn: TextId,
    /// Surname before.
    pub etternavn: TextId,
    /// The temporary name of a new-born: annulled at the first choice, not kept as history.
    pub midlertidig: bool,
}

/// Parental responsibility of one adult for one child under 18. Rows are sorted by child, then adult.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AnsvarRow {
    /// The child.
    pub barn: PersonId,
    /// The adult.
    pub ansvarlig: PersonId,
    /// Kind.
    pub ansvar: Ansvar,
    /// Since.
    pub fra: DayNo,
}

/// Protection of a person. Rows are sorted by person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BeskyttelseRow {
    /// Whose.
    pub person: PersonId,
    /// How strict.
    pub gradering: Gradering,
    /// Since.
    pub fra: DayNo,
}

/// Date of death of a dead person. Rows are sorted by person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DoedsfallRow {
    /// Who.
    pub person: PersonId,
    /// When.
    pub dato: DayNo,
}

/// Households. Members are residents in order: reference person, partner, children by age, others.
#[derive(Clone, Debug, Default)]
pub struct Husstander {
    /// Type.
    pub slag: Vec<Husstandstype>,
    /// Current residence spell of the household as a whole.
    pub bosted: Vec<SpellId>,
    /// Where each household's members begin in `medlemmer`; one more entry than households.
    pub start: Vec<u32>,
    /// Members of all households, one after the other.
    pub medlemmer: Vec<PersonId>,
}

/// Dwellings.
#[derive(Clone, Debug, Default)]
pub struct Boliger {
    /// Street.
    pub gate: Vec<u32>,
    /// House number.
    pub husnummer: Vec<u16>,
    /// House letter as a byte, 0 for none.
    pub husbokstav: Vec<u8>,
    /// Unit number: letter, floor and door as in `H0101`; `*b"H0101"` in single-unit houses too.
    pub bruksenhet: Vec<[u8; 5]>,
    /// Kind of unit.
    pub bruksenhetstype: Vec<Bruksenhetstype>,
    /// Position in the list of postal places.
    pub poststed: Vec<u16>,
    /// Basic statistical unit.
    pub grunnkrets: Vec<u16>,
    /// School district.
    pub skolekrets: Vec<u8>,
    /// Polling district.
    pub stemmekrets: Vec<u8>,
}

/// A street.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gate {
    /// Name as the register writes it.
    pub navn: TextId,
    /// Address code.
    pub kode: u16,
}

/// A postal place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Poststed {
    /// Postal code.
    pub nummer: u16,
    /// Place name, upper case.
    pub navn: TextId,
    /// Only post-office boxes.
    pub bare_postboks: bool,
}

/// What kind of organisation a row is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Virksomhetsslag {
    /// The municipality itself.
    Kommune,
    /// A kindergarten.
    Barnehage,
    /// A school.
    Skole,
    /// A health station.
    Helsestasjon,
    /// Another business or association.
    Annet,
}

/// An organisation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Virksomhet {
    /// Organisation number.
    pub orgnr: Orgnummer,
    /// Name, upper case.
    pub navn: TextId,
    /// What it is.
    pub slag: Virksomhetsslag,
    /// Places, for kindergartens and schools; otherwise 0.
    pub kapasitet: u16,
}

/// A child's place in a kindergarten or school. Rows are sorted by person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlassRow {
    /// The child.
    pub person: PersonId,
    /// Position in the list of organisations.
    pub virksomhet: u32,
    /// First day.
    pub fra: DayNo,
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
    /// Children of each person as parent, begin positions in `barn`; one more entry than people.
    pub barn_start: Vec<u32>,
    /// Children of all people, eldest first.
    pub barn: Vec<PersonId>,
    /// Positions of people sorted by identity number.
    pub by_nummer: Vec<PersonId>,
    /// Digest over all columns.
    pub digest: Digest,
    /// The last twelve months of register changes, made when first read.
    pub feed: OnceLock<Vec<Registrering>>,
    /// Ids of the event documents of `feed` with their rows, sorted, made when first read.
    pub feed_documents: OnceLock<Vec<(DocumentId, u32)>>,
}

/// The slice of `rows` that belongs to `person`, by binary search on a column sorted by person.
fn rows_of<T>(rows: &[T], person: PersonId, owner: impl Fn(&T) -> PersonId) -> &[T] {
    let from = rows.partition_point(|row| owner(row) < person);
    let to = rows.partition_point(|row| owner(row) <= person);
    &rows[from..to]
}

impl Personer {
    /// Positions of people sorted by identity number.
    fn by_nummer(&self) -> Vec<PersonId> {
        let mut sorted: Vec<PersonId> = (0..self.nummer.len()).map(PersonId::at).collect();
        sorted.sort_unstable_by_key(|person| self.nummer[person.index()]);
        sorted
    }

    /// Where the children of each person begin, and the children of all, the eldest first.
    fn children(&self) -> (Vec<u32>, Vec<PersonId>) {
        let people = self.nummer.len();
        let mut counts = vec![0u32; people + 1];
        let parents = |child: usize| [self.mor[child], self.far[child]].into_iter().filter_map(PersonId::some);
        for child in 0..people {
            parents(child).for_each(|parent| counts[parent.index() + 1] += 1);
        }
        for row in 1..counts.len() {
            counts[row] += counts[row - 1];
        }
        let mut next = counts.clone();
        let mut children = vec![PersonId(0); *counts.last().unwrap_or(&0) as usize];
        for child in 0..people {
            for parent in parents(child) {
                children[next[parent.index()] as usize] = PersonId::at(child);
                next[parent.index()] += 1;
            }
        }
        for row in 0..people {
            let range = counts[row] as usize..counts[row + 1] as usize;
            let age = |child: &PersonId| (self.foedselsdato[child.index()], self.rekkefoelge[child.index()], *child);
            children[range].sort_by_key(age);
        }
        (counts, children)
    }
}

impl Base {
    /// Makes the columns that follow from others: children of each person, and people by identity number.
    pub fn complete(&mut self) {
        (self.barn_start, self.barn) = self.personer.children();
        self.by_nummer = self.personer.by_nummer();
    }

    /// How many people the columns hold, residents and others.
    #[must_use]
    pub fn person_count(&self) -> usize {
        self.personer.nummer.len()
    }

    /// The person with identity number `nummer`.
    #[must_use]
    pub fn find(&self, nummer: Foedselsnummer) -> Option<PersonId> {
        self.by_nummer
            .binary_search_by_key(&nummer, |person| self.personer.nummer[person.index()])
            .ok()
            .map(|place| self.by_nummer[place])
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

    /// Residence spells of `person` in order of time.
    #[must_use]
    pub fn bosteder_of(&self, person: PersonId) -> &[SpellId] {
        let at = person.index();
        &self.person_bosteder[self.person_bosted_start[at] as usize..self.person_bosted_start[at + 1] as usize]
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

//! The generator: from seed, size, date and profile to the immutable base of a town (`specs/population.md`).
//!
//! Counts come before people: how many there are of each sex and age, of each household type, born on each day, in a
//! union at each age. Then groups of siblings, mothers, couples and households are made from the counts, people get their
//! order, and everything about one of them is drawn from a stream of their own. The same inputs give the same bytes on
//! any machine and with any number of threads.
//!
//! Invariants: no draw depends on another entity's stream; no floats; no hash-map order; every number comes from a rank.

mod adults;
mod annullert;
mod apportion;
mod arbeid;
mod calendar;
mod care;
mod cells;
mod citizenship;
mod civil;
mod contact;
mod delt_bosted;
mod describe;
mod digest;
mod doedfoedte;
mod ekteskap;
mod elsewhere;
pub mod export;
mod facilities;
mod families;
mod fidelity;
mod filler;
mod forelder_uten_nummer;
mod former;
mod foster;
mod homes;
mod invariants;
mod kin;
mod migration;
mod moves;
mod names;
mod numbers;
mod origin;
mod parts;
mod places;
mod pool;
mod protection;
mod roster;
mod streams;
mod tables;
mod tags;
mod vergemaal;
mod virksomheter;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_bytes;
#[cfg(test)]
mod tests_folk;
#[cfg(test)]
mod tests_slekt;

pub use describe::Summary;
pub use digest::{column_digests, digest, digest_of_parts, part_digests};
pub use fidelity::{Measure, UNLIMITED, fidelity, fidelity_of_lived};
pub use invariants::{Violation, violations, violations_of_lived};
pub use parts::{LARGEST_TOWN, Parts};
pub use tables::{Source, sources, sources_by_doubt};
pub use virksomheter::industry_name;

use cells::Cells;
use elsewhere::Elsewhere;
use families::Families;
use migration::Migration;
use names::{Composer, NameDraw};
use parts::Part;
use pool::Pool;
use roster::Roster;
use streams::{Given, Streams};
use tables::{AGES, Profile, Tables, tables};

use crate::base::{Domain, Kjoenn, Kommunenummer, Seed};
use crate::clock::{DEFAULT_START, Dato, Instant};
use crate::town::model::{
    Arbeidsmarked, Base, BaseHeader, DayNo, DnummerRow, DoedsfallRow, Husstander, Kommune, PersonId, Personer,
    Utdanning, VirksomhetId,
};

/// Version of the data under `population/`.
pub const PACK: &str = "2026.2";
/// Version of the generator. A change that alters any byte of an old schema is a defect; new behaviour is a new schema.
pub const SCHEMA: u32 = 2;
/// The sizes that have golden digests.
pub const PRESETS: [u32; 8] = [1_500, 5_000, 10_000, 20_000, 35_000, 50_000, 75_000, 100_000];
/// The smallest and the largest town.
const SIZES: std::ops::RangeInclusive<u32> = 1_500..=6_000_000;

/// What town to make.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spec {
    /// The seed.
    pub seed: Seed,
    /// Residents on the first day.
    pub size: u32,
    /// The first instant of the town.
    pub start: Instant,
    /// Municipality profile: `bykommune`, `fjordkommune`, `innlandskommune`, `kystkommune` or `forstadskommune`.
    pub profile: String,
    /// Version of the generator, [`SCHEMA`].
    pub schema: u32,
}

impl Default for Spec {
    fn default() -> Self {
        Self { seed: Seed(1814), size: 5_000, start: DEFAULT_START, profile: "fjordkommune".to_owned(), schema: SCHEMA }
    }
}

impl Spec {
    /// The header of the base these inputs make.
    #[must_use]
    pub fn header(&self) -> BaseHeader {
        BaseHeader {
            pack: PACK.to_owned(),
            schema: self.schema,
            seed: self.seed,
            size: self.size,
            start: self.start,
            profile: self.profile.clone(),
        }
    }

    /// The inputs behind `header`.
    #[must_use]
    pub fn of_header(header: &BaseHeader) -> Self {
        Self {
            seed: header.seed,
            size: header.size,
            start: header.start,
            profile: header.profile.clone(),
            schema: header.schema,
        }
    }
}

/// Why a town cannot be made.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PopulationError {
    /// Too small or too large.
    #[error("a population has between 1 500 and 6 000 000 people, not {size}")]
    Size {
        /// The size asked for.
        size: u32,
    },
    /// Larger than what is one town.
    #[error(
        "a town has at most 1 000 000 residents, not {size}; a larger population can be exported: byteby population generate"
    )]
    NoTown {
        /// The size asked for.
        size: u32,
    },
    /// No such municipality profile.
    #[error("there is no municipality profile `{profile}`; there are {known}")]
    UnknownProfile {
        /// The profile asked for.
        profile: String,
        /// Those there are.
        known: String,
    },
    /// Made by another generator.
    #[error("this generator makes schema {SCHEMA}, not {schema}")]
    UnknownSchema {
        /// The schema asked for.
        schema: u32,
    },
    /// The date lies outside what the tables and number series cover.
    #[error("a town begins between 2000 and 2039, not on {dato}")]
    Date {
        /// The date asked for.
        dato: Dato,
    },
    /// More people share sex and birth date than there are identity numbers.
    #[error("there are no identity numbers left for {dato}")]
    DateFull {
        /// The birth date.
        dato: Dato,
    },
}

/// Age on the town's first day of the person in row `row`, in whole years.
#[must_use]
pub fn whole_years(base: &Base, row: usize) -> i32 {
    calendar::age(base.personer.foedselsdato[row], DayNo::of(base.header.start.dato()))
}

/// The names of all municipality profiles.
#[must_use]
pub fn profiles() -> Vec<&'static str> {
    tables().profiles.iter().map(|profile| profile.id).collect()
}

/// Number and name of the municipality of `spec`; none for an unknown profile.
#[must_use]
pub fn kommune(spec: &Spec) -> Option<(String, &'static str)> {
    let profile = tables().profiles.iter().find(|profile| profile.id == spec.profile)?;
    Some((Kommunenummer(profile.number).to_string(), profile.name))
}

/// Makes the base of the town `spec` describes: the same bytes for the same spec, whatever the number of threads.
///
/// # Errors
/// [`PopulationError`] when the spec lies outside what the generator makes, or is larger than a town.
pub fn generate(spec: &Spec) -> Result<Base, PopulationError> {
    let parts = Parts::plan(spec)?;
    if parts.count() > 1 {
        return Err(PopulationError::NoTown { size: spec.size });
    }
    parts.make(0)
}

/// The profile of `spec`, which lies within what the generator makes.
fn checked(spec: &Spec) -> Result<&'static Profile, PopulationError> {
    if !SIZES.contains(&spec.size) {
        return Err(PopulationError::Size { size: spec.size });
    }
    if spec.schema != SCHEMA {
        return Err(PopulationError::UnknownSchema { schema: spec.schema });
    }
    let dato = spec.start.dato();
    if !(2000..=2039).contains(&dato.year()) {
        return Err(PopulationError::Date { dato });
    }
    tables()
        .profiles
        .iter()
        .find(|profile| profile.id == spec.profile)
        .ok_or_else(|| PopulationError::UnknownProfile { profile: spec.profile.clone(), known: profiles().join(", ") })
}

/// Makes the town of `spec`, which is `part` of a population, from its `cells`.
fn compose_part(spec: &Spec, part: Part, cells: &Cells, streams: Streams) -> Result<Base, PopulationError> {
    compose_from(spec, part, cells, streams, tables())
}

/// The same from given tables: a test changes one weight of one of them.
fn compose_from(
    spec: &Spec,
    part: Part,
    cells: &Cells,
    streams: Streams,
    tables: &Tables,
) -> Result<Base, PopulationError> {
    let given = Given { size: spec.size, profile: checked(spec)?, tables, streams, part };
    let (families, households) = plan_households(cells, spec.size, given.tables, streams);
    let roster = Roster::new(cells, &families, &households, part);
    compose(spec, given, cells, roster)
}

/// Groups of siblings and households, in slots.
fn plan_households(cells: &Cells, size: u32, tables: &Tables, streams: Streams) -> (Families, Vec<adults::Household>) {
    let of_ages = |range: std::ops::Range<usize>| {
        let both = |age| [Kjoenn::Kvinne, Kjoenn::Mann].map(|kjoenn| u64::from(cells.count(kjoenn, age)));
        range.flat_map(both).sum()
    };
    let shares = families::household_shares(size, of_ages, tables);
    let at_home = families::adults_at_home(cells);
    let shuffle = streams.key(Domain::Kommune, "voksne");
    let mut free = [Pool::new(), Pool::new()];
    let mut adult_children = Vec::new();
    for kjoenn in [Kjoenn::Kvinne, Kjoenn::Mann] {
        for age in 18..AGES {
            let mut slots: Vec<u32> = cells.range(kjoenn, age).collect();
            shuffle.at((kjoenn as usize * AGES + age) as u64).shuffle(&mut slots);
            let home = at_home[kjoenn as usize].get(age - 18).map_or(0, |&count| count as usize);
            adult_children.extend(slots.drain(..home));
            for slot in slots {
                free[kjoenn as usize].push(age, slot);
            }
        }
    }
    // Households such that the parents, the couples and those alone are as many as the adults who left home; shares are
    // in millionths, adults per household of the nine types in hundredths.
    let adults = (free[0].len() + free[1].len()) as u64;
    let per_household = [100, 200, 200, 200, 100, 100, 180, 310, 270];
    let mean: u64 = shares.iter().zip(per_household).map(|(share, adults)| share * adults).sum::<u64>() / 100;
    let of = |share: u64| adults * share / mean;
    let wanted =
        [of(shares[2] + shares[4] + shares[7] * 2 / 5), of(shares[3] + shares[5] + shares[7] * 3 / 5), of(shares[6])];
    let families = Families::gather(cells, wanted, &adult_children, streams);
    let households = adults::place(cells, &families, free, &shares, tables, streams);
    (families, households)
}

/// Everything about the people of the roster.
fn compose(spec: &Spec, given: Given<'_>, cells: &Cells, mut roster: Roster) -> Result<Base, PopulationError> {
    let Given { profile, tables, streams, .. } = given;
    foster::place(&mut roster, streams);
    let apart = kin::link_children(&mut roster, streams);
    let mut origins = origin::Origins::draw(&roster, given);
    foster::origins(&roster, &mut origins, given);
    let civil = civil::decide(&mut roster, &apart, tables, streams);
    origins.extend_to_dead(&roster);
    kin::link_adults(&mut roster, &civil, &origins, streams);
    let elsewhere = Elsewhere::add(&mut roster, &mut origins, given);
    let migration = Migration::of(&roster, &origins, &elsewhere, given);
    let former = former::draw(&roster, &origins, &migration, given);
    let numbers = numbers::of_people(&roster, cells, &elsewhere, &former)?;
    let statsborgerskap = citizenship::rows(&roster, &mut origins, given);
    let ansvar = care::rows(&roster, &civil, streams);
    elsewhere::father_with_d_number(&mut roster, &elsewhere, given);
    let barn = places::Barn::draw(&roster, given);
    let beskyttelser = protection::rows(&roster, |child| barn.attends(child), streams);
    let mut composer = Composer::new(&tables.names.texts);
    let names = NameDraw { roster: &roster, civil: &civil, origins: &origins, given };
    let wanted = names.draw(&mut composer);
    let mut homes = homes::build(&roster, given, &mut composer);
    let open = |person: usize| beskyttelser.binary_search_by_key(&PersonId::at(person), |row| row.person).is_err();
    let moves = moves::Moves {
        roster: &roster,
        origins: &origins,
        migration: &migration,
        stays: &elsewhere.stays,
        homes: &homes,
        newcomer: moves::new_partner(&roster, &civil, &barn, open),
        given,
    };
    let spells = moves.spells();
    homes.age(&spells.rows);
    let contacts = contact::contacts(&roster, &origins, open, given);
    let places = places::deal(&roster, &homes, &barn, given);
    let rows = roster.len();
    let (foster_homes, enslige) = (foster::rows(&roster), std::mem::take(&mut roster.enslige));
    let status = roster.statuses();
    let doedsfall = (roster.residents..roster.first_elsewhere())
        .map(|row| DoedsfallRow { person: PersonId::at(row), dato: roster.doedsdato[row - roster.residents] })
        .collect();
    let mut dnummer = elsewhere.dnummer;
    let had = former.iter().filter(|row| row.d_number);
    dnummer.extend(had.map(|row| DnummerRow { person: row.person, fra: row.fra }));
    dnummer.sort_by_key(|row| (row.person, row.fra));
    let mut base = Base {
        personer: Personer {
            nummer: numbers.nummer,
            foedselsdato: roster.dato,
            kjoenn: roster.kjoenn,
            status,
            fornavn: wanted.fornavn,
            mellomnavn: wanted.mellomnavn,
            etternavn: wanted.etternavn,
            rekkefoelge: roster.rekkefoelge,
            foedeland: origins.foedeland,
            statsborgerskap: origins.statsborgerskap,
            mor: roster.mor,
            far: roster.far,
            husstand: roster.husstand,
            partner: roster.partner,
            kontakt: contacts.flags,
            postkasse: contacts.postkasse,
            spraak: contacts.spraak,
            merker: Vec::new(),
            utdanning: vec![Utdanning::Uoppgitt; rows],
            arbeidsmarked: vec![Arbeidsmarked::Utenfor; rows],
            fastlege: vec![u16::MAX; rows],
        },
        sivilstander: civil.rows,
        bosteder: spells.rows,
        person_bosted_start: spells.start,
        person_bosteder: spells.of_person,
        tidligere_navn: wanted.tidligere,
        ansvar,
        beskyttelser,
        doedsfall,
        statsborgerskap,
        innflyttinger: migration.innflyttinger,
        utflyttinger: migration.utflyttinger,
        tidligere_nummer: numbers.tidligere,
        dnummer,
        husstander: Husstander {
            slag: roster.slag,
            bosted: spells.of_household,
            start: roster.start,
            medlemmer: (0..roster.residents).map(PersonId::at).collect(),
        },
        boliger: homes.boliger,
        bygninger: homes.bygninger,
        eiendommer: homes.eiendommer,
        gater: homes.gater,
        poststeder: homes.poststeder,
        // Kindergartens and schools follow the municipality in the register.
        plasser: places.rows(|place| VirksomhetId::at(1 + place)),
        fosterhjem: foster_homes,
        ..Base::empty(spec.header(), municipality(profile, given.part), composer.texts)
    };
    base.complete();
    add_what_follows(&mut base, &enslige, &places.enheter, &barn, given);
    Ok(base)
}

/// The municipality: the register begins with it.
fn municipality(profile: &Profile, part: Part) -> Kommune {
    let orgnr = numbers::public(part, profile.number, 1)[0];
    Kommune { nummer: Kommunenummer(profile.number), navn: profile.name.to_owned(), orgnr }
}

/// The tables made from finished columns, in the order they need each other.
fn add_what_follows(base: &mut Base, enslige: &[u32], places: &[places::Enhet], barn: &places::Barn, given: Given<'_>) {
    let streams = given.streams;
    base.delt_bosted = delt_bosted::rows(base, |child| barn.attends(child), streams);
    base.vergemaal = vergemaal::rows(base, enslige, streams);
    base.doedfoedte = doedfoedte::rows(base, streams);
    forelder_uten_nummer::add(base, given);
    virksomheter::found(base, places, given);
    arbeid::fill(base, given);
    virksomheter::complete_outside(base, given);
    (base.fastlegelister, base.personer.fastlege) = places::fastleger(base, streams);
    base.hjemler = homes::hjemler(base, streams);
    base.annullerte_doedsfall = annullert::rows(base, streams);
    base.personer.merker = tags::tags(base);
    base.digest = digest(base);
}

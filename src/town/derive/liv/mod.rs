//! Background life as a pure function of the base: rates, levels, and the plan of a year.
//!
//! Every person and year has one stream with a fixed slot for each kind. A slot is a candidate when its draw is below the
//! highest rate the person could have that year, by sex, birth and where they were born: things that never change. Whether
//! it happens is decided when its time has come, by the same draw against the rate of the day (`specs/core.md` §4).

pub(crate) mod nivaa;
pub(crate) mod plan;
pub(crate) mod tabeller;

use crate::base::{Domain, Kjoenn, Purpose, StreamKey};
use crate::town::model::{Base, Livsslag, Nivaa};
use tabeller::{HEL, tabeller};

/// Bits behind the point of a level.
const BITS: u32 = 20;

/// The levels of `base`.
pub(crate) fn nivaa(base: &Base) -> &Nivaa {
    base.planer.nivaa(|| nivaa::of(base))
}

/// The key of the streams for `purpose` about entities of `domain`.
fn streams(base: &Base, domain: Domain, purpose: &'static str) -> StreamKey {
    StreamKey::new(base.header.seed, base.header.schema, domain, Purpose(purpose))
}

/// What of a person matters for a rate, beside age.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Forhold {
    pub(crate) kjoenn: Kjoenn,
    /// Born in Norway.
    pub(crate) norskfoedt: bool,
    /// Lives with a partner.
    pub(crate) partner: bool,
}

fn scaled(weight: u64, level: u64) -> u64 {
    (weight.saturating_mul(level) >> BITS).min(HEL)
}

/// The probability that `slag` happens to somebody of `age` within a year, in millionths; of one of the two slots, for
/// moves within the municipality.
pub(crate) fn sats(nivaa: &Nivaa, slag: Livsslag, forhold: Forhold, age: usize) -> u64 {
    let tables = tabeller();
    let age = age.min(tabeller::ALDRE - 1);
    match slag {
        Livsslag::Doed => tables.doed(forhold.kjoenn, age),
        Livsslag::Foedsel if forhold.kjoenn == Kjoenn::Kvinne => tables.foedsel(forhold.partner, age),
        Livsslag::Flytting => scaled(tables.innen[age], nivaa.innen) / 2,
        Livsslag::Fraflytting => scaled(tables.mellom[age], nivaa.mellom),
        Livsslag::Utvandring => scaled(tables.mellom[age], nivaa.utvandring[usize::from(!forhold.norskfoedt)]),
        Livsslag::Vigsel if forhold.kjoenn == Kjoenn::Kvinne => scaled(tables.par[0][age], nivaa.vigsel),
        Livsslag::Separasjon if forhold.kjoenn == Kjoenn::Kvinne => scaled(tables.par[1][age], nivaa.separasjon),
        Livsslag::Samlivsbrudd if forhold.kjoenn == Kjoenn::Kvinne => scaled(tables.par[2][age], nivaa.samlivsbrudd),
        Livsslag::Samliv if forhold.kjoenn == Kjoenn::Kvinne => scaled(tables.par[3][age], nivaa.samliv),
        _ => 0,
    }
}

/// The highest rate somebody born in `foedt` can have in `aar`, partner or none.
pub(crate) fn hoyeste(nivaa: &Nivaa, slag: Livsslag, forhold: Forhold, foedt: i16, aar: i16) -> u64 {
    let oldest = usize::try_from(i32::from(aar) - i32::from(foedt)).unwrap_or(0);
    let ages = oldest.saturating_sub(1)..=oldest;
    let both = [false, true].map(|partner| Forhold { partner, ..forhold });
    ages.flat_map(|age| both.map(|forhold| sats(nivaa, slag, forhold, age))).max().unwrap_or(0)
}

/// Whether the draw `u` is below the probability of `ppm` millionths.
pub(crate) fn under(u: u32, ppm: u64) -> bool {
    u64::from(u) * HEL < ppm << 32
}

/// Births and deaths of a year that the tables give the residents of `base`, by their sex and age.
#[cfg(test)]
pub(crate) fn ventet(base: &Base) -> [u64; 2] {
    use crate::town::model::{DayNo, Personstatus};
    let today = DayNo::of(base.header.start.dato());
    let residents = (0..base.person_count()).filter(|&row| base.personer.status[row] == Personstatus::Bosatt);
    let sums = residents.fold([0, 0], |[births, deaths], row| {
        let (kjoenn, age) = (base.personer.kjoenn[row], nivaa::age_on(base.personer.foedselsdato[row], today));
        // People are half a year older on average than when the year begins.
        let of_table = |age: usize| if kjoenn == Kjoenn::Kvinne { tabeller::barn_av_kvinne(age) } else { 0 };
        let children = u64::midpoint(of_table(age), of_table(age + 1));
        let dead = u64::midpoint(tabeller().doed(kjoenn, age), tabeller().doed(kjoenn, age + 1));
        [births + children, deaths + dead]
    });
    sums.map(|sum| sum / HEL)
}

//! Background life as a pure function of the base: rates, levels, and the plan of a year.
//!
//! Every person and year has one stream with a fixed slot for each kind. A slot is a candidate when its draw is below the
//! highest rate the person could have that year, by sex, birth and where they were born: things that never change. Whether
//! it happens is decided when its time has come, by the same draw against the rate of the day (`specs/core.md` §4).

pub(crate) mod arbeid;
pub(crate) mod nivaa;
pub(crate) mod plan;
pub(crate) mod tabeller;

use crate::base::{Domain, Kjoenn, Purpose, StreamKey};
use crate::town::model::{Base, Livsslag, Nivaa, Utdanning};
use arbeid::{aarssats, arbeidstabeller};
use tabeller::{ALDRE, HEL, tabeller};

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
    /// Highest completed education.
    pub(crate) utdanning: Utdanning,
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
        Livsslag::Arbeidsstart => arbeidstabeller().inn(forhold.kjoenn, age),
        Livsslag::Arbeidsslutt => arbeidstabeller().ut(forhold.kjoenn, age),
        Livsslag::Jobbytte => arbeidstabeller().bytte(age),
        Livsslag::Jobbtap => arbeidstabeller().tap(age),
        Livsslag::Utdanning => arbeidstabeller().fullfoert(nivaa.hoeyere, forhold.kjoenn, age, forhold.utdanning),
        Livsslag::Kontaktregistrering => arbeidstabeller().registrert(age),
        Livsslag::Kontaktutloep | Livsslag::Kontaktbekreftelse | Livsslag::Reservasjon => {
            arbeidstabeller().kontaktliv(slag, age)
        }
        _ => 0,
    }
}

/// The highest rate somebody can have in the year they turn `fyller`: partner or none, whatever the education.
fn hoyeste_av(nivaa: &Nivaa, slag: Livsslag, forhold: Forhold, fyller: usize) -> u64 {
    if let Some(rate) = aarssats(slag, fyller) {
        return rate;
    }
    let ages = fyller.saturating_sub(1)..=fyller;
    let positions = [false, true].into_iter().flat_map(|partner| {
        Utdanning::ALL.iter().map(move |utdanning| Forhold { partner, utdanning: *utdanning, ..forhold })
    });
    let of_age = |age: usize| positions.clone().map(move |forhold| sats(nivaa, slag, forhold, age));
    ages.flat_map(of_age).max().unwrap_or(0)
}

/// The highest rates of a base by slot, sex, origin and the age turned in the year.
pub(crate) struct Grenser<'a>(&'a [u64]);

impl<'a> Grenser<'a> {
    pub(crate) fn of(base: &'a Base) -> Self {
        let nivaa = nivaa(base);
        Self(base.planer.grenser(|| {
            let mut rates = Vec::new();
            for (slag, _) in plan::PLASSER {
                for kjoenn in [Kjoenn::Kvinne, Kjoenn::Mann] {
                    for norskfoedt in [false, true] {
                        let forhold = Forhold { kjoenn, norskfoedt, partner: false, utdanning: Utdanning::Uoppgitt };
                        rates.extend((0..=ALDRE).map(|fyller| hoyeste_av(nivaa, slag, forhold, fyller)));
                    }
                }
            }
            rates
        }))
    }

    /// The highest rate of the slot with number `plass` for somebody who turns `fyller` in the year.
    pub(crate) fn hoyeste(&self, plass: usize, forhold: Forhold, fyller: usize) -> u64 {
        let place = (plass * 2 + forhold.kjoenn as usize) * 2 + usize::from(forhold.norskfoedt);
        self.0[place * (ALDRE + 1) + fyller.min(ALDRE)]
    }
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

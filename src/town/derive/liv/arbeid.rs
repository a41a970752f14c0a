//! Rates of work, education, the contact register, kindergarten and school, and of enterprises, from the data files under
//! `population/`. Probabilities in a year are millionths.
//!
//! The files give shares of an age; who changes in a year is so many that those shares stay where they are: what the
//! share grows by goes in, what it falls by goes out, and a few go both ways.

use std::sync::OnceLock;

use super::tabeller::{ALDRE, HEL, decimal, rows};
use crate::base::Kjoenn;
use crate::town::model::{Base, Livsslag, Organisasjonsform, Utdanning};

const WORK_LIFE: &str = include_str!("../../../../population/work_life.csv");
const EDUCATION: &str = include_str!("../../../../population/education_by_age.csv");
const CONTACT_ENTRY: &str = include_str!("../../../../population/contact_entry.csv");
const CONTACT: &str = include_str!("../../../../population/contact.csv");
const CONTACT_LIFE: &str = include_str!("../../../../population/contact_life.csv");
const DISABILITY: &str = include_str!("../../../../population/disability.csv");
const KINDERGARTEN: &str = include_str!("../../../../population/kindergarten.csv");
const BUSINESS_LIFE: &str = include_str!("../../../../population/business_life.csv");
const WORK_BY_SIZE: &str = include_str!("../../../../population/work_by_size.csv");
const WORK: &str = include_str!("../../../../population/work.csv");
const INDUSTRIES: &str = include_str!("../../../../population/industries.tsv");
const COMPANY_WORDS: &str = include_str!("../../../../population/company_words.txt");

/// People of every thousand in and every thousand outside the labour force that change places in a year beside what age
/// does, up to the age of an early pension (D).
const BEGGE_VEIER: i64 = 20;
/// Youngest and oldest with a job (`specs/population.md` §16.6, 39).
pub(crate) const YNGST: usize = 13;
const SISTE_AAR: usize = 74;
/// Age from which a pension can be taken.
pub(crate) const TIDLIG_PENSJON: usize = 62;
/// The years in which children begin school, and leave it (`specs/population.md` §9).
pub(crate) const SKOLESTART: usize = 6;
pub(crate) const SKOLESLUTT: usize = 16;
/// Youngest in the contact register.
pub(crate) const KONTAKTALDER: usize = 15;
const PROMILLE: i64 = 1_000;

/// Contact data of somebody who registers, per thousand of the age.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kontaktandeler {
    to: usize,
    /// Do not register at all.
    pub(crate) uregistrert: u64,
    /// Reserve, of those who register.
    pub(crate) reservert: u64,
    /// Have a digital mailbox.
    pub(crate) postkasse: u64,
}

/// Words of an industry for names of firms.
struct Naering {
    kode: u32,
    ord: Vec<&'static str>,
}

/// The rates.
pub(crate) struct Arbeidstabeller {
    /// Per thousand in the labour force by age, women then men.
    styrke: [Vec<i64>; 2],
    /// Per thousand with disability benefit.
    ufoer: [Vec<i64>; 2],
    bytte: Vec<u64>,
    tap: Vec<u64>,
    /// Of those who leave work before a pension, per thousand for disability benefit.
    til_ufoer: Vec<u64>,
    /// Per thousand with at least upper secondary, short and long higher education; women then men.
    utdanning: [[Vec<i64>; 3]; 2],
    uregistrert: Vec<i64>,
    kontakt: Vec<Kontaktandeler>,
    /// Per ten thousand: entries that expire, that are confirmed again, reservations.
    kontaktliv: [Vec<u64>; 3],
    /// Per thousand in kindergarten in the year that begins when children turn so many years.
    barnehage: Vec<i64>,
    business: Vec<(&'static str, u64)>,
    work: Vec<(&'static str, u64)>,
    sizes: Vec<(u32, u64)>,
    naeringer: Vec<Naering>,
    foerste: Vec<&'static str>,
    siste: Vec<&'static str>,
}

/// The rates, read on first use.
pub(crate) fn arbeidstabeller() -> &'static Arbeidstabeller {
    static TABELLER: OnceLock<Arbeidstabeller> = OnceLock::new();
    TABELLER.get_or_init(Arbeidstabeller::read)
}

/// The rate of what happens by the year and not by age: in a kindergarten and at school the year counts in which children
/// turn `fyller`. None for everything else.
pub(crate) fn aarssats(slag: Livsslag, fyller: usize) -> Option<u64> {
    match slag {
        Livsslag::Barnehagestart => Some(arbeidstabeller().barnehage(fyller)),
        Livsslag::Skolestart => Some(if (SKOLESTART..SKOLESLUTT).contains(&fyller) { HEL } else { 0 }),
        Livsslag::Skoleslutt => Some(if (SKOLESLUTT..SKOLESLUTT + 3).contains(&fyller) { HEL } else { 0 }),
        _ => None,
    }
}

/// The rate of what happens to an organisation of `form` in a year.
pub(crate) fn enhetssats(slag: Livsslag, form: Organisasjonsform) -> u64 {
    use Organisasjonsform::{As, Enk, Fli};
    let what = match (slag, form) {
        (Livsslag::Nedleggelse, Enk) => "enk_closed",
        (Livsslag::Nedleggelse, As) => "as_closed",
        (Livsslag::Konkurs, As) => "as_bankrupt",
        (Livsslag::Rolleskifte, As) => "company_board",
        (Livsslag::Rolleskifte, Fli) => "association_board",
        _ => return 0,
    };
    arbeidstabeller().business(what) * HEL / 1000
}

/// A column of single ages from the file's first to its last; zero outside, or the last value when it `lasts`.
fn single_ages(text: &'static str, column: usize, lasts: bool) -> Vec<i64> {
    let mut ages = vec![0; ALDRE];
    let mut last = (0, 0);
    for row in rows(text) {
        let age: usize = row[0].parse().expect("an age");
        last = (age, i64::try_from(decimal(row[column], 0)).expect("a share"));
        ages[age] = last.1;
    }
    if lasts {
        ages[last.0..].fill(last.1);
    }
    ages
}

fn words(key: &str) -> Vec<&'static str> {
    let line = COMPANY_WORDS.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
    line.expect("a list of the file").split_whitespace().collect()
}

fn pairs(text: &'static str) -> Vec<(&'static str, u64)> {
    rows(text).map(|row| (row[0], decimal(row[1], 0))).collect()
}

/// Per thousand without a point: `1.00` and `0.004`.
fn promille(cell: &str) -> u64 {
    decimal(cell, 3)
}

impl Arbeidstabeller {
    fn read() -> Self {
        let unsigned = |column: usize| -> Vec<u64> {
            single_ages(WORK_LIFE, column, false).into_iter().map(|share| share.unsigned_abs()).collect()
        };
        let ranges = |column: usize| -> Vec<i64> {
            let by_age = super::tabeller::by_age(DISABILITY, column);
            by_age.into_iter().map(|share| i64::try_from(share).expect("a share")).collect()
        };
        let kontakt = rows(CONTACT)
            .map(|row| {
                let to = row[0].split_once('-').expect("a range of ages").1.parse().expect("an age");
                let (uregistrert, reservert) = (promille(row[1]), promille(row[2]));
                Kontaktandeler { to, uregistrert, reservert, postkasse: promille(row[5]) }
            })
            .collect();
        let naeringer = INDUSTRIES
            .lines()
            .filter(|line| line.starts_with(|digit: char| digit.is_ascii_digit()))
            .map(|line| {
                let cells: Vec<&'static str> = line.split('\t').collect();
                Naering { kode: cells[0].parse().expect("a code"), ord: cells[3].split(',').collect() }
            })
            .collect();
        Self {
            styrke: [single_ages(WORK_LIFE, 2, false), single_ages(WORK_LIFE, 1, false)],
            ufoer: [ranges(2), ranges(1)],
            bytte: unsigned(3),
            tap: unsigned(4),
            til_ufoer: unsigned(5),
            utdanning: [4, 1].map(|first| [0, 1, 2].map(|level| single_ages(EDUCATION, first + level, true))),
            uregistrert: {
                let mut shares = single_ages(CONTACT_ENTRY, 1, true);
                shares[..KONTAKTALDER].fill(PROMILLE);
                shares
            },
            kontakt,
            kontaktliv: [1, 2, 3].map(|column| super::tabeller::by_age(CONTACT_LIFE, column)),
            barnehage: rows(KINDERGARTEN).map(|row| i64::try_from(decimal(row[1], 0)).expect("a share")).collect(),
            business: pairs(BUSINESS_LIFE),
            work: pairs(WORK),
            sizes: rows(WORK_BY_SIZE).map(|row| (row[0].parse().expect("a size"), decimal(row[3], 0))).collect(),
            naeringer,
            foerste: words("first"),
            siste: words("last"),
        }
    }

    /// Half of what a share changes by from the age before to the age after, per million.
    fn endring(shares: &[i64], age: usize) -> i64 {
        let of = |age: usize| shares.get(age).copied().unwrap_or(0);
        (of(age + 1) - of(age.saturating_sub(1))) * PROMILLE / 2
    }

    /// A share on the birthday: between those of the age before and after it.
    fn ved_bursdag(shares: &[i64], age: usize) -> i64 {
        i64::midpoint(shares[age.saturating_sub(1)], shares[age])
    }

    /// What age and chance move between the labour force and outside at `age`, per million of the age: in and out.
    fn stroem(&self, kjoenn: Kjoenn, age: usize) -> (i64, i64) {
        let shares = &self.styrke[kjoenn as usize];
        let inside = shares[age];
        let both =
            if (18..TIDLIG_PENSJON).contains(&age) { BEGGE_VEIER * inside * (PROMILLE - inside) / PROMILLE } else { 0 };
        let change = Self::endring(shares, age);
        (change.max(0) + both, (-change).max(0) + both)
    }

    fn rate(of: i64, whole: i64) -> u64 {
        let rate = of * PROMILLE / whole.max(1);
        rate.unsigned_abs().min(HEL)
    }

    /// Taking up work, of those outside without a benefit for good.
    pub(crate) fn inn(&self, kjoenn: Kjoenn, age: usize) -> u64 {
        if !(YNGST..SISTE_AAR).contains(&age) {
            return 0;
        }
        let sex = kjoenn as usize;
        let outside = (PROMILLE - Self::ved_bursdag(&self.styrke[sex], age) - self.ufoer[sex][age]).max(20);
        Self::rate(self.stroem(kjoenn, age).0, outside).min(HEL * 9 / 10)
    }

    /// Leaving work. Everybody has by the age of 75.
    pub(crate) fn ut(&self, kjoenn: Kjoenn, age: usize) -> u64 {
        match age {
            SISTE_AAR.. => HEL,
            _ => Self::rate(self.stroem(kjoenn, age).1, Self::ved_bursdag(&self.styrke[kjoenn as usize], age)),
        }
    }

    pub(crate) fn bytte(&self, age: usize) -> u64 {
        self.bytte[age] * HEL / 1000
    }

    pub(crate) fn tap(&self, age: usize) -> u64 {
        self.tap[age] * HEL / 1000
    }

    /// Of those who leave work before a pension, per thousand who do for disability benefit.
    pub(crate) fn til_ufoer(&self, age: usize) -> u64 {
        self.til_ufoer.get(age).copied().unwrap_or(0)
    }

    /// Completing the next level of education. Higher education is rarer in small places: `hoeyere` is its level.
    pub(crate) fn fullfoert(&self, hoeyere: u64, kjoenn: Kjoenn, age: usize, has: Utdanning) -> u64 {
        let tables = &self.utdanning[kjoenn as usize];
        let tilt = i64::try_from(hoeyere).unwrap_or(i64::MAX);
        let at_least = |level: usize, age: usize| match level {
            0 => PROMILLE,
            1 => tables[0][age],
            _ => (tables[level - 1][age] * tilt) >> super::BITS,
        };
        let level = match has {
            Utdanning::Uoppgitt | Utdanning::Grunnskole => 0,
            Utdanning::VideregaaendeSkole => 1,
            Utdanning::HoeyereKort => 2,
            Utdanning::HoeyereLang => return 0,
        };
        let before = age.saturating_sub(1);
        let more = (at_least(level + 1, (age + 1).min(ALDRE - 1)) - at_least(level + 1, before)).max(0) * PROMILLE / 2;
        let waits = |age: usize| at_least(level, age) - at_least(level + 1, age);
        let waiting = i64::midpoint(waits(before), waits(age)).max(10);
        Self::rate(more, waiting)
    }

    /// Registering for the first time, of those who have not.
    pub(crate) fn registrert(&self, age: usize) -> u64 {
        match age {
            ..KONTAKTALDER => 0,
            _ => {
                let (before, after) = (self.uregistrert[age - 1], self.uregistrert[age.min(ALDRE - 1)]);
                Self::rate((before - after).max(0) * PROMILLE, before)
            }
        }
    }

    /// Contact data at `age`.
    pub(crate) fn kontakt(&self, age: usize) -> Kontaktandeler {
        *self.kontakt.iter().find(|row| age <= row.to).unwrap_or(&self.kontakt[self.kontakt.len() - 1])
    }

    /// What happens to an entry of the contact register.
    pub(crate) fn kontaktliv(&self, slag: Livsslag, age: usize) -> u64 {
        let column = match slag {
            Livsslag::Kontaktutloep => 0,
            Livsslag::Kontaktbekreftelse => 1,
            _ => 2,
        };
        self.kontaktliv[column][age] * HEL / 10_000
    }

    /// Beginning in a kindergarten in the year children turn `fyller`, of those in none.
    fn barnehage(&self, fyller: usize) -> u64 {
        let of = |fyller: usize| self.barnehage.get(fyller).copied().unwrap_or(0);
        match fyller {
            0 => 0,
            1 => Self::rate(of(1) * PROMILLE, PROMILLE),
            2..SKOLESTART => Self::rate((of(fyller) - of(fyller - 1)) * PROMILLE, PROMILLE - of(fyller - 1)),
            _ => 0,
        }
    }

    /// Per thousand in a kindergarten of those who turn `fyller` in the year.
    pub(crate) fn i_barnehage(&self, fyller: usize) -> u64 {
        self.barnehage.get(fyller).copied().unwrap_or(0).unsigned_abs()
    }

    /// A figure of `business_life.csv`.
    pub(crate) fn business(&self, what: &str) -> u64 {
        self.business.iter().find(|row| row.0 == what).expect("a figure of the file").1
    }

    /// A share of `work.csv`, per thousand.
    pub(crate) fn andel(&self, what: &str) -> u64 {
        self.work.iter().find(|row| row.0 == what).expect("a share of the file").1
    }

    /// How much higher education a town of the size of `base` has, of the country's: a fraction of 2^20.
    pub(super) fn hoeyere(&self, base: &Base) -> u64 {
        let size = base.header.size;
        let place = self.sizes.partition_point(|row| row.0 <= size);
        let promille = match (place.checked_sub(1).map(|before| self.sizes[before]), self.sizes.get(place)) {
            (Some(low), Some(high)) => {
                let (part, width) = (u64::from(size - low.0), u64::from(high.0 - low.0));
                (low.1 * (width - part) + high.1 * part) / width
            }
            (Some(only), None) => only.1,
            (None, next) => next.map_or(1000, |row| row.1),
        };
        (promille << super::BITS) / 1000
    }

    /// Words for the name of a firm in this industry.
    pub(crate) fn ord(&self, naeringskode: u32) -> &[&'static str] {
        let place = self.naeringer.iter().position(|row| row.kode == naeringskode);
        let near = || self.naeringer.iter().position(|row| row.kode / 1000 == naeringskode / 1000);
        place.or_else(near).map_or(&[][..], |place| &self.naeringer[place].ord)
    }

    /// First and last parts of made-up words.
    pub(crate) fn orddeler(&self) -> (&[&'static str], &[&'static str]) {
        (&self.foerste, &self.siste)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the rates do to a cohort of a million, year by year, against the share of each age.
    #[test]
    fn a_cohort_that_lives_by_the_rates_has_the_shares_of_the_file() {
        let tables = arbeidstabeller();
        for kjoenn in [Kjoenn::Kvinne, Kjoenn::Mann] {
            let sex = kjoenn as usize;
            let mut inside = 0_i64;
            for age in YNGST..SISTE_AAR {
                let million = 1_000_000;
                let outside = (million - inside - tables.ufoer[sex][age] * 1000).max(0);
                let goes_in = outside * i64::try_from(tables.inn(kjoenn, age)).unwrap() / million;
                let goes_out = inside * i64::try_from(tables.ut(kjoenn, age)).unwrap() / million;
                // Half of the year's change has come by the middle of it.
                let middle = inside + (goes_in - goes_out) / 2;
                inside += goes_in - goes_out;
                let expected = tables.styrke[sex][age] * 1000;
                if age >= 20 {
                    assert!((middle - expected).abs() < 45_000, "{kjoenn:?} {age}: {middle} of {expected}");
                }
            }
        }
    }

    #[test]
    fn rates_begin_and_end_where_they_should() {
        let tables = arbeidstabeller();
        assert_eq!([tables.inn(Kjoenn::Mann, 12), tables.registrert(14)], [0, 0]);
        assert_eq!([tables.ut(Kjoenn::Mann, 74), tables.ut(Kjoenn::Kvinne, 80)], [HEL, HEL]);
        assert_eq!(tables.fullfoert(1 << 20, Kjoenn::Mann, 16, Utdanning::VideregaaendeSkole), 0);
        assert!(tables.fullfoert(1 << 20, Kjoenn::Kvinne, 19, Utdanning::Grunnskole) > 300_000);
        assert!(
            tables.fullfoert(1 << 19, Kjoenn::Mann, 23, Utdanning::VideregaaendeSkole)
                < tables.fullfoert(1 << 20, Kjoenn::Mann, 23, Utdanning::VideregaaendeSkole)
        );
        assert_eq!(aarssats(Livsslag::Skolestart, 6), Some(HEL));
        assert_eq!(aarssats(Livsslag::Skolestart, 5), Some(0));
        assert_eq!(aarssats(Livsslag::Barnehagestart, 1), Some(748_000));
        assert!(!tables.ord(62_010).is_empty() || !tables.ord(62_100).is_empty());
    }
}

//! How far a town is from the shares it is calibrated to: total variation distance per table, in millionths
//! (`specs/population.md` §17).

use super::apportion::between;
use super::arbeid;
use super::calendar::age;
use super::families::household_shares;
use super::homes::kind;
use super::names::measure;
use super::origin;
use super::tables::{AGES, GROUPS, Tables, tables};
use crate::base::Kjoenn;
use crate::town::model::{Base, DayNo, Husstandstype, KontaktFlags, Personstatus, Sivilstand};

/// One table of a town against its target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Measure {
    /// Which table.
    pub table: &'static str,
    /// Half the sum of differences between shares, in millionths.
    pub distance: u64,
    /// The most it may be at 1 500, 10 000 and 100 000 residents, in millionths; [`UNLIMITED`] where none is set.
    pub limits: [u64; 3],
    /// People or things in each cell of the table.
    pub here: Vec<u64>,
    /// The weight each cell should have.
    pub target: Vec<u64>,
}

/// No limit.
pub const UNLIMITED: u64 = u64::MAX;

impl Measure {
    fn new(table: &'static str, limits: [u64; 3], (here, target): (Vec<u64>, Vec<u64>)) -> Self {
        Self { table, distance: distance(&here, &target), limits, here, target }
    }

    /// The limit of the next smaller listed size.
    #[must_use]
    pub fn limit(&self, size: u32) -> u64 {
        self.limits[match size {
            ..10_000 => 0,
            10_000..100_000 => 1,
            _ => 2,
        }]
    }

    /// Whether the distance is within the limit.
    #[must_use]
    pub fn is_within(&self, size: u32) -> bool {
        self.distance <= self.limit(size)
    }
}

/// Total variation distance of two lists of weights.
fn distance(here: &[u64], target: &[u64]) -> u64 {
    let sums = (here.iter().sum::<u64>().max(1), target.iter().sum::<u64>().max(1));
    let part = |weight: u64, sum: u64| u128::from(weight) * 1_000_000_000 / u128::from(sum);
    let total: u128 =
        here.iter().zip(target).map(|(&one, &other)| part(one, sums.0).abs_diff(part(other, sums.1))).sum();
    u64::try_from(total / 2_000).expect("at most a million")
}

/// Allowance for drawing each by themselves: 0.4 of the root of cells per thing counted (`specs/population.md` §17).
fn drawn_one_by_one(measure: &Measure) -> u64 {
    let counted = measure.here.iter().sum::<u64>().max(1);
    let cells = measure.target.iter().filter(|weight| **weight > 0).count() as u64;
    (160_000_000_000 * cells / counted).isqrt()
}

/// Measures all tables of a town that has lived for `years` since it was made. Chance draws each event of a life by
/// itself, and rates of today do not keep every share of today: the limits of §17 are wider by both
/// (`population/lived.csv`).
#[must_use]
pub fn fidelity_of_lived(base: &Base, years: u64) -> Vec<Measure> {
    let drift = &tables().lived_drift;
    let mut measures = fidelity(base);
    for measure in &mut measures {
        let drift = drift.iter().find(|(table, _)| *table == measure.table).map_or(0, |(_, drift)| *drift);
        let allowance = drawn_one_by_one(measure) + drift * years;
        let limit = measure.limit(base.header.size).saturating_add(allowance);
        measure.limits = [limit; 3];
    }
    measures
}

/// Measures all tables that have a target.
#[must_use]
pub fn fidelity(base: &Base) -> Vec<Measure> {
    let tables = tables();
    let today = DayNo::of(base.header.start.dato());
    let residents: Vec<(usize, Kjoenn, u32)> = (0..base.person_count())
        .filter(|&row| base.personer.status[row] == Personstatus::Bosatt)
        .map(|row| {
            let years = age(base.personer.foedselsdato[row], today);
            (row, base.personer.kjoenn[row], u32::try_from(years).unwrap_or(0))
        })
        .collect();
    vec![
        age_and_sex(base, &residents, tables),
        household_types(base, &residents, tables),
        unions(base, &residents, tables),
        contact(base, &residents, tables),
        Measure::new("education by age and sex", [60_000, 25_000, 10_000], arbeid::cells::education(base)),
        Measure::new("labour force by age and sex", [50_000, 20_000, 10_000], arbeid::cells::labour(base)),
        buildings(base, tables),
        Measure::new(
            "establishments by section",
            [60_000, 25_000, 10_000],
            super::virksomheter::celler::establishments(base),
        ),
        Measure::new("immigrants by country", [30_000, 12_000, 6_000], origin::cells(base)),
        Measure::new("first names of women", [UNLIMITED, 80_000, 40_000], measure::first_names(base, Kjoenn::Kvinne)),
        Measure::new("first names of men", [UNLIMITED, 80_000, 40_000], measure::first_names(base, Kjoenn::Mann)),
        Measure::new("surnames", [UNLIMITED, 80_000, 40_000], measure::surnames(base)),
    ]
}

/// Rows of residents with sex and age.
type Residents<'a> = &'a [(usize, Kjoenn, u32)];

fn age_and_sex(base: &Base, residents: Residents<'_>, tables: &Tables) -> Measure {
    let mut here = vec![0; 2 * GROUPS];
    for &(_, kjoenn, years) in residents {
        here[kjoenn as usize * GROUPS + (years as usize / 5).min(GROUPS - 1)] += 1;
    }
    let (low, high, low_part, high_part) = between(base.header.size, &tables.class_sizes);
    let target: Vec<u64> = (0..2 * GROUPS)
        .map(|cell| {
            let of = |class: usize| tables.class_weights[class][cell / GROUPS][cell % GROUPS];
            of(low) * low_part + of(high) * high_part
        })
        .collect();
    Measure::new("age and sex", [4_000, 1_000, 500], (here, target))
}

/// Household types a town of these ages should have, in millionths.
fn target_shares(base: &Base, residents: Residents<'_>, tables: &Tables) -> [u64; 9] {
    let mut ages = [0u64; AGES];
    for &(_, _, years) in residents {
        ages[(years as usize).min(AGES - 1)] += 1;
    }
    household_shares(base.header.size, |range| ages[range].iter().sum(), tables)
}

fn household_types(base: &Base, residents: Residents<'_>, tables: &Tables) -> Measure {
    let mut here = vec![0; Husstandstype::ALL.len()];
    for &slag in &base.husstander.slag {
        here[slag as usize] += 1;
    }
    let target = target_shares(base, residents, tables).to_vec();
    Measure::new("household type", [30_000, 12_000, 6_000], (here, target))
}

/// Married, cohabiting and neither by age group of adults. The survey counts more couples than the register's household
/// types hold, and more men in unions than women; its shares are scaled by one factor for each sex to the couples the
/// types stand for (§3.1 and §3.2 cannot both be met). The factor is an estimate (D); the ages keep their grade.
fn unions(base: &Base, residents: Residents<'_>, tables: &Tables) -> Measure {
    let rows = &tables.unions;
    let mut here = vec![0u64; rows.len() * 6];
    let mut everybody = vec![0u64; rows.len() * 2];
    for &(row, kjoenn, years) in residents.iter().filter(|resident| resident.2 >= 18) {
        let Some(group) = rows.iter().position(|row| (row.from..=row.to).contains(&years)) else { continue };
        let person = crate::town::model::PersonId::at(row);
        let married = base.sivilstander_of(person).last().is_some_and(|last| last.sivilstand == Sivilstand::Gift);
        let kind = match (married, base.personer.partner[row].some()) {
            (true, _) => 0,
            (false, Some(_)) => 1,
            (false, None) => 2,
        };
        here[(group * 2 + kjoenn as usize) * 3 + kind] += 1;
        everybody[group * 2 + kjoenn as usize] += 1;
    }
    let shares = |cell: usize| {
        let (row, sex) = (&rows[cell / 2].value, cell % 2);
        (row.married[sex], row.cohabiting[sex])
    };
    // Women and men apart: there are as many husbands as wives, though the survey's shares give different numbers.
    let wanted = super::adults::in_unions(base.husstander.slag.len() as u64, &target_shares(base, residents, tables));
    let factor: [u64; 2] = std::array::from_fn(|sex| {
        let cells = || (0..everybody.len()).filter(|cell| cell % 2 == sex);
        let couples = wanted[sex];
        let surveyed: u64 = cells().map(|cell| everybody[cell] * (shares(cell).0 + shares(cell).1)).sum();
        couples * 100 * 1_000 / surveyed.max(1)
    });
    let target: Vec<u64> = (0..everybody.len())
        .flat_map(|cell| {
            let (married, cohabiting) = shares(cell);
            // People times per cent, scaled; everybody counts a hundred.
            let part = |per_cent: u64| everybody[cell] * per_cent * factor[cell % 2] / 1_000;
            let (married, cohabiting) = (part(married), part(cohabiting));
            [married, cohabiting, (everybody[cell] * 100).saturating_sub(married + cohabiting)]
        })
        .collect();
    Measure::new("union and age", [60_000, 30_000, 15_000], (here, target))
}

fn contact(base: &Base, residents: Residents<'_>, tables: &Tables) -> Measure {
    let rows = &tables.contact;
    let mut here = vec![0u64; rows.len() * 4];
    let mut everybody = vec![0u64; rows.len()];
    for &(row, _, years) in residents.iter().filter(|resident| resident.2 >= 15) {
        let Some(group) = rows.iter().position(|row| (row.from..=row.to).contains(&years)) else { continue };
        let flags = base.personer.kontakt[row];
        let kind = match () {
            () if !flags.has(KontaktFlags::REGISTRERT) => 0,
            () if flags.has(KontaktFlags::RESERVERT) => 1,
            () if flags.has(KontaktFlags::UTLOEPT) => 2,
            () => 3,
        };
        here[group * 4 + kind] += 1;
        everybody[group] += 1;
    }
    let target: Vec<u64> = rows
        .iter()
        .zip(&everybody)
        .flat_map(|(row, &people)| {
            let shares = &row.value;
            let kinds = [shares.not_registered, shares.reserved, shares.expired, shares.notified];
            let sum: u64 = kinds.iter().sum();
            kinds.map(|share| share * people * 1_000 / sum.max(1))
        })
        .collect();
    Measure::new("contact register and age", [50_000, 20_000, 10_000], (here, target))
}

/// Households by the kind of building they live in.
fn buildings(base: &Base, tables: &Tables) -> Measure {
    let mut here = vec![0u64; 5];
    for spell in &base.husstander.bosted {
        let Some(bolig) = base.bosteder[spell.index()].bolig.some() else { continue };
        let building = base.boliger.bygning[bolig.index()].some().map(|id| base.bygninger[id.index()].slag);
        if let Some(number) = building.and_then(kind) {
            here[number] += 1;
        }
    }
    let homes = &tables.homes;
    let (low, high, low_part, high_part) = between(base.header.size, &homes.sizes);
    let target: Vec<u64> =
        homes.columns[..5].iter().map(|share| share[low] * low_part + share[high] * high_part).collect();
    Measure::new("building type", [40_000, 15_000, 6_000], (here, target))
}

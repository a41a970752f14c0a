//! The rates of life by sex and age, from the data files under `population/`. Whole numbers throughout: probabilities in
//! a year are millionths.

use std::sync::OnceLock;

use crate::base::Kjoenn;

const MORTALITY: &str = include_str!("../../../../population/mortality.csv");
const FERTILITY: &str = include_str!("../../../../population/fertility.csv");
const MOVES: &str = include_str!("../../../../population/moves.csv");
const UNIONS: &str = include_str!("../../../../population/union_by_age.csv");
const LIFE: &str = include_str!("../../../../population/life.csv");
const COUPLES: &str = include_str!("../../../../population/couples.csv");
const ARRIVALS: &str = include_str!("../../../../population/arrivals.csv");
const EMIGRATION: &str = include_str!("../../../../population/emigration.csv");
const SHARED_HOMES: &str = include_str!("../../../../population/shared_homes.csv");
const COUNTRIES: &str = include_str!("../../../../population/countries.csv");

/// One whole, in millionths.
pub(crate) const HEL: u64 = 1_000_000;
/// Ages the tables are spread over; everybody older has the last.
pub(crate) const ALDRE: usize = 116;

/// A family that comes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ankomst {
    /// Adults: one or two.
    pub(crate) voksne: usize,
    /// Children.
    pub(crate) barn: usize,
    /// Couples that are married, per 1 000.
    pub(crate) gifte: u32,
}

/// Levels per 1 000 residents a year, in hundredths, and shares per 1 000.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Nivaaer {
    pub(crate) marriages: u64,
    pub(crate) separations: u64,
    pub(crate) couples_formed: u64,
    pub(crate) couples_parted: u64,
    pub(crate) moves_within: u64,
    pub(crate) moves_between: u64,
    pub(crate) immigration: u64,
    pub(crate) emigration: u64,
    pub(crate) emigration_native_share: u64,
    pub(crate) single_mothers: u64,
    pub(crate) known_father: u32,
    pub(crate) twins: u32,
    pub(crate) triplets: u32,
    pub(crate) same_sex: u32,
}

/// All rates.
pub(crate) struct Tabeller {
    /// Dying within a year, women then men.
    doed: [Vec<u64>; 2],
    /// Giving birth within a year, without and with a partner.
    foedsel: [Vec<u64>; 2],
    /// Moving within, and to another municipality.
    pub(crate) innen: Vec<u64>,
    pub(crate) mellom: Vec<u64>,
    /// How likely grown-ups in the household of others are to move, per 1 000 of the rate of their age.
    pub(crate) hos_andre: Vec<u64>,
    /// Of moves without a partner those to a parent, and to others who are single, per 1 000.
    pub(crate) flytter_til: [Vec<u64>; 2],
    /// Weights of couples: marry, separate, part, form.
    pub(crate) par: [Vec<u64>; 4],
    pub(crate) nivaaer: Nivaaer,
    /// Running totals of the weights of `ankomster`.
    pub(crate) ankomstvekter: Vec<u64>,
    pub(crate) ankomster: Vec<Ankomst>,
    /// Countries with running totals of their weights.
    pub(crate) landvekter: Vec<u64>,
    pub(crate) land: Vec<[u8; 3]>,
    /// Countries people born here emigrate to, with running totals of their weights.
    pub(crate) utlandvekter: Vec<u64>,
    pub(crate) utland: Vec<[u8; 3]>,
    /// Running totals of moves between municipalities for ages 18 and over, for heads of families that come.
    pub(crate) aldersvekter: Vec<u64>,
}

/// The tables, read on first use.
pub(crate) fn tabeller() -> &'static Tabeller {
    static TABELLER: OnceLock<Tabeller> = OnceLock::new();
    TABELLER.get_or_init(Tabeller::read)
}

/// The cells of a data file without header lines and line of column names.
pub(super) fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines.skip(1).map(|line| line.split(',').collect())
}

/// `text` as a whole number of its `places`-th decimal place.
pub(super) fn decimal(text: &str, places: usize) -> u64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = format!("{fraction:0<places$}");
    format!("{whole}{}", &fraction[..places]).parse().expect("a number in a data file")
}

/// A column given for ranges of ages, spread over single ages.
pub(super) fn by_age(text: &'static str, column: usize) -> Vec<u64> {
    let mut ages = vec![0; ALDRE];
    for row in rows(text) {
        let (from, to) = row[0].split_once('-').expect("a range of ages");
        let range = from.parse::<usize>().expect("an age")..=to.parse::<usize>().expect("an age").min(ALDRE - 1);
        ages[range].fill(decimal(row[column], 0));
    }
    ages
}

fn running(weights: impl Iterator<Item = u64>) -> Vec<u64> {
    weights
        .scan(0, |total, weight| {
            *total += weight;
            Some(*total)
        })
        .collect()
}

/// Share of a year after a birth in which no other can follow (`specs/population.md` §16.2, 19), in thousandths.
const OPPHOLD: u64 = 740;

impl Tabeller {
    fn read() -> Self {
        let nivaaer = levels();
        let mellom = by_age(MOVES, 2);
        let ankomster: Vec<(u64, Ankomst)> = rows(ARRIVALS).map(|row| arrival(&row)).collect();
        let weighted = |text: &'static str| -> (Vec<u64>, Vec<[u8; 3]>) {
            let totals = running(rows(text).map(|row| decimal(row[1], 0)));
            (totals, rows(text).map(|row| row[0].as_bytes().try_into().expect("three letters")).collect())
        };
        let ((landvekter, land), (utlandvekter, utland)) = (weighted(COUNTRIES), weighted(EMIGRATION));
        let tabeller = Self {
            doed: mortality(),
            foedsel: fertility(&nivaaer),
            innen: by_age(MOVES, 1).iter().map(|promille| promille * 1000).collect(),
            aldersvekter: running(
                mellom.iter().enumerate().map(|(age, weight)| if age < 18 { 0 } else { *weight * survivors(age) }),
            ),
            mellom: mellom.iter().map(|promille| promille * 1000).collect(),
            hos_andre: by_age(SHARED_HOMES, 1),
            flytter_til: [2, 3].map(|column| by_age(SHARED_HOMES, column)),
            par: [1, 2, 3, 4].map(|column| by_age(COUPLES, column)),
            nivaaer,
            ankomstvekter: running(ankomster.iter().map(|(weight, _)| *weight)),
            ankomster: ankomster.into_iter().map(|(_, arrival)| arrival).collect(),
            landvekter,
            land,
            utlandvekter,
            utland,
        };
        for rates in tabeller.doed.iter().chain(&tabeller.foedsel) {
            assert!(rates.iter().all(|rate| *rate <= HEL), "a probability above one");
        }
        tabeller
    }

    /// Dying within a year at `age`, in millionths.
    pub(crate) fn doed(&self, kjoenn: Kjoenn, age: usize) -> u64 {
        let rates = &self.doed[kjoenn as usize];
        rates[age.min(rates.len() - 1)]
    }

    /// Giving birth within a year, in millionths.
    pub(crate) fn foedsel(&self, med_partner: bool, age: usize) -> u64 {
        self.foedsel[usize::from(med_partner)].get(age).copied().unwrap_or(0)
    }

    /// People a family that comes has on average, in thousandths.
    pub(crate) fn ankomst_snitt(&self) -> u64 {
        let mut before = 0;
        let people: u64 = self
            .ankomstvekter
            .iter()
            .zip(&self.ankomster)
            .map(|(total, arrival)| {
                let weight = total - before;
                before = *total;
                weight * (arrival.voksne + arrival.barn) as u64
            })
            .sum();
        people * 1000 / before.max(1)
    }
}

/// About how many of an age there are, for weighing heads of families: fewer and fewer above 70.
fn survivors(age: usize) -> u64 {
    match age {
        ..70 => 10,
        70..80 => 7,
        80..90 => 4,
        _ => 0,
    }
}

fn levels() -> Nivaaer {
    let of = |what: &str| {
        let row = rows(LIFE).find(|row| row[0] == what).expect("every level stands in the file");
        decimal(row[1], 0)
    };
    let share = |what: &str| u32::try_from(of(what)).expect("a share");
    Nivaaer {
        marriages: of("marriages"),
        separations: of("separations"),
        couples_formed: of("couples_formed"),
        couples_parted: of("couples_parted"),
        moves_within: of("moves_within"),
        moves_between: of("moves_between"),
        immigration: of("immigration"),
        emigration: of("emigration"),
        emigration_native_share: of("emigration_native_share"),
        single_mothers: of("single_mothers"),
        known_father: share("known_father"),
        twins: share("twins"),
        triplets: share("triplets"),
        same_sex: share("same_sex"),
    }
}

fn arrival(row: &[&str]) -> (u64, Ankomst) {
    let number = |cell: &str| usize::try_from(decimal(cell, 0)).expect("a small number");
    let gifte = u32::try_from(decimal(row[4], 0)).expect("a share");
    (decimal(row[1], 0), Ankomst { voksne: number(row[2]), barn: number(row[3]), gifte })
}

fn mortality() -> [Vec<u64>; 2] {
    let mut rates = [Vec::new(), Vec::new()];
    for row in rows(MORTALITY) {
        rates[usize::from(row[0] == "M")] = row[1..].iter().map(|cell| decimal(cell, 3)).collect();
    }
    rates
}

/// Births by age and whether there is a partner. The rates of the table count children of all women of an age; here they
/// are deliveries of those who can give birth: fewer by twins, more because who gave birth waits. Mothers without a
/// partner are the share of all births that `life.csv` says.
fn fertility(nivaaer: &Nivaaer) -> [Vec<u64>; 2] {
    let table = rows(FERTILITY).next().expect("a row of rates");
    let with = |column: usize| by_age(UNIONS, column);
    let (cohabiting, married) = (with(2), with(4));
    let mut rates = [vec![0; ALDRE], vec![0; ALDRE]];
    for (age, cell) in (15..).zip(&table[1..]) {
        let children = decimal(cell, 2) * 10;
        let deliveries = children * 1000 / (1000 + u64::from(nivaaer.twins));
        let partnered = (cohabiting[age] + married[age]).clamp(2, 98);
        for (has_partner, share, of) in
            [(0, nivaaer.single_mothers, 100 - partnered), (1, 1000 - nivaaer.single_mothers, partnered)]
        {
            let rate = deliveries * share / (of * 10);
            let waits = HEL - (rate * OPPHOLD / 1000).min(HEL / 2);
            rates[has_partner][age] = (rate * HEL / waits).min(HEL);
        }
    }
    rates
}

/// Children a woman of `age` has in a year by the table, in millionths.
#[cfg(test)]
pub(super) fn barn_av_kvinne(age: usize) -> u64 {
    let table = rows(FERTILITY).next().expect("a row of rates");
    age.checked_sub(14).and_then(|place| table.get(place)).filter(|_| age >= 15).map_or(0, |cell| decimal(cell, 2) * 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rates_are_those_of_the_files() {
        let tables = tabeller();
        assert_eq!(tables.doed(Kjoenn::Mann, 0), 2_019);
        assert_eq!(tables.doed(Kjoenn::Kvinne, 104), 460_290);
        assert_eq!([tables.doed(Kjoenn::Kvinne, 105), tables.doed(Kjoenn::Mann, 115)], [HEL, HEL]);
        assert_eq!((tables.innen[22], tables.mellom[90]), (187_000, 5_000));
        assert!(tables.foedsel(true, 30) > tables.foedsel(false, 30));
        assert_eq!(tables.foedsel(true, 60), 0);
        assert!((1_400..1_900).contains(&tables.ankomst_snitt()), "{}", tables.ankomst_snitt());
    }

    #[test]
    fn life_expectancy_of_the_table_is_the_published_one() {
        for (kjoenn, expected) in [(Kjoenn::Mann, 81_590_i64), (Kjoenn::Kvinne, 84_760)] {
            let (mut alive, mut years) = (1_000_000_000_i64, 0_i64);
            for age in 0..=105 {
                let dead = alive * i64::try_from(tabeller().doed(kjoenn, age)).unwrap() / 1_000_000;
                years += alive - dead / 2;
                alive -= dead;
            }
            let thousandths = years / 1_000_000;
            assert!((thousandths - expected).abs() < 60, "{kjoenn:?}: {thousandths}");
        }
    }
}

//! The data files about education, work and income, parsed once.

use std::sync::OnceLock;

use super::super::apportion::interpolate;
use super::super::tables::{
    AgeRow, DISABILITY, EDUCATION, EMPLOYERS_OUTSIDE, INCOME_SPREAD, JOBS_BY_SECTION, LABOUR_FORCE, OCCUPATIONS, WORK,
    WORK_BY_SIZE, ages, decimal, rows,
};
use crate::town::model::{DayNo, Organisasjonsform};
use crate::town::satser::{satser, tall};

/// Labour force of an age group by sex (women first), and registered unemployed.
#[derive(Clone, Debug)]
pub(super) struct Arbeidsstyrke {
    /// Per mille of the age in the labour force.
    pub andel: [u64; 2],
    /// Per mille of the labour force registered as unemployed.
    pub ledige: u64,
}

/// How old somebody with an occupation is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Aldersslag {
    /// Also pupils and students.
    Ung,
    /// Anybody.
    Alle,
    /// Not the youngest.
    Erfaren,
}

/// An occupation.
#[derive(Clone, Debug)]
pub(super) struct Yrke {
    pub kode: u16,
    /// 1 primary school to 4 higher education over four years.
    pub utdanning: usize,
    /// Per cent.
    pub kvinner: u64,
    /// Kroner a month, full time, 2024.
    pub loenn: u64,
    pub alder: Aldersslag,
}

/// Which occupations an industry has, by section letter or leading digits of its code.
#[derive(Clone, Debug)]
pub(super) struct Naering {
    pub noekkel: &'static str,
    /// Occupation and weight.
    pub yrker: Vec<(usize, u64)>,
}

/// An employer in another municipality.
#[derive(Clone, Debug)]
pub(super) struct Utenbys {
    pub naeringskode: u32,
    pub form: Organisasjonsform,
    pub navn: &'static str,
    pub vekt: u64,
}

/// Limits of the kindergarten payment on a day, kroner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Betaling {
    /// Household income under which the price falls.
    pub grense: i64,
    /// Household income under which core time is free.
    pub kjernetid: i64,
}

/// The tables of this area.
pub(super) struct Tabeller {
    /// Per mille by level, primary first; women then men. Ages as published.
    pub utdanning: Vec<AgeRow<[[u64; 4]; 2]>>,
    pub styrke: Vec<AgeRow<Arbeidsstyrke>>,
    /// Per mille with disability benefit, women then men.
    pub ufoer: Vec<AgeRow<[u64; 2]>>,
    /// Jobs by section A to S.
    pub seksjoner: Vec<(char, u64)>,
    sizes: Vec<u32>,
    by_size: [Vec<u64>; 4],
    work: Vec<(&'static str, u64)>,
    pub utenbys: Vec<Utenbys>,
    spread: Vec<(&'static str, Vec<i64>)>,
    pub yrker: Vec<Yrke>,
    pub naeringer: Vec<Naering>,
}

/// Columns of `work_by_size.csv`.
#[derive(Clone, Copy)]
pub(super) enum Etter {
    Ute = 0,
    Kommunen = 1,
    HoeyereUtdanning = 2,
    Loenn = 3,
}

/// The tables, parsed on first use.
pub(super) fn tabeller() -> &'static Tabeller {
    static TABLES: OnceLock<Tabeller> = OnceLock::new();
    TABLES.get_or_init(Tabeller::parse)
}

fn range<T>(row: &[&str], value: T) -> AgeRow<T> {
    let (from, to) = ages(row[0]);
    AgeRow { from, to, value }
}

fn whole(text: &str) -> u64 {
    decimal(text, 0)
}

impl Tabeller {
    fn parse() -> Self {
        let levels = |row: &[&str], first: usize| std::array::from_fn(|level| decimal(row[first + level], 1));
        let mut by_size: [Vec<u64>; 4] = Default::default();
        let mut sizes = Vec::new();
        for row in rows(WORK_BY_SIZE) {
            sizes.push(row[0].parse().expect("a size"));
            for (column, cell) in by_size.iter_mut().zip(&row[1..]) {
                column.push(whole(cell));
            }
        }
        let (yrker, naeringer) = parse_occupations();
        Self {
            utdanning: rows(EDUCATION).map(|row| range(&row, [levels(&row, 5), levels(&row, 1)])).collect(),
            styrke: rows(LABOUR_FORCE)
                .map(|row| {
                    let andel = [decimal(row[2], 1), decimal(row[1], 1)];
                    range(&row, Arbeidsstyrke { andel, ledige: whole(row[3]) })
                })
                .collect(),
            ufoer: rows(DISABILITY).map(|row| range(&row, [whole(row[2]), whole(row[1])])).collect(),
            seksjoner: rows(JOBS_BY_SECTION)
                .map(|row| (row[0].chars().next().expect("a letter"), whole(row[1])))
                .collect(),
            sizes,
            by_size,
            work: rows(WORK).map(|row| (row[0], whole(row[1]))).collect(),
            utenbys: rows(EMPLOYERS_OUTSIDE)
                .map(|row| Utenbys {
                    naeringskode: row[1].parse().expect("an industry"),
                    form: Organisasjonsform::from_code(row[2]).expect("a legal form"),
                    navn: row[3],
                    vekt: whole(row[4]),
                })
                .collect(),
            spread: rows(INCOME_SPREAD)
                .map(|row| (row[0], row[1].split(';').map(|step| step.parse().expect("a step")).collect()))
                .collect(),
            yrker,
            naeringer,
        }
    }

    /// A value by the size of the town, per mille.
    pub fn etter_stoerrelse(&self, size: u32, column: Etter) -> u64 {
        interpolate(size, &self.sizes, &self.by_size[column as usize])
    }

    /// A share of `work.csv`, per mille.
    pub fn andel(&self, what: &str) -> u64 {
        self.work.iter().find(|row| row.0 == what).expect("a share of the file").1
    }

    /// Equally likely steps.
    pub fn spredning(&self, what: &str) -> &[i64] {
        &self.spread.iter().find(|row| row.0 == what).expect("a spread of the file").1
    }

    /// The payment rules in force on `day`; the oldest known before that.
    pub fn betaling_paa(&self, day: DayNo) -> Betaling {
        let of = |navn: &str| {
            let oldest = || satser().iter().find(|row| row.navn == navn).expect("a rate of the table").fra;
            tall(navn, day.dato()).or_else(|| tall(navn, oldest())).expect("a rate of the table is a number")
        };
        Betaling { grense: of("inntektsgrense"), kjernetid: of("kjernetidsgrense") }
    }

    /// The occupations of an industry: of the longest leading digits that have a list, else of the section.
    pub fn naering(&self, naeringskode: u32) -> usize {
        let digits = format!("{naeringskode:05}");
        let section = seksjon(naeringskode).to_string();
        (1..=5)
            .rev()
            .map(|length| &digits[..length])
            .chain([section.as_str(), "S"])
            .find_map(|key| self.naeringer.iter().position(|row| row.noekkel == key))
            .expect("every section has occupations")
    }
}

fn parse_occupations() -> (Vec<Yrke>, Vec<Naering>) {
    let mut yrker = Vec::new();
    let mut naeringer: Vec<Naering> = Vec::new();
    for row in rows(OCCUPATIONS) {
        for pair in row[6].split(';') {
            let (noekkel, weight) = pair.split_once(':').expect("an industry and a weight");
            let entry = (yrker.len(), whole(weight));
            match naeringer.iter_mut().find(|naering| naering.noekkel == noekkel) {
                Some(naering) => naering.yrker.push(entry),
                None => naeringer.push(Naering { noekkel, yrker: vec![entry] }),
            }
        }
        yrker.push(Yrke {
            kode: row[0].parse().expect("a code"),
            utdanning: row[2].parse().expect("a level"),
            kvinner: whole(row[3]),
            loenn: whole(row[4]),
            alder: match row[5] {
                "y" => Aldersslag::Ung,
                "s" => Aldersslag::Erfaren,
                _ => Aldersslag::Alle,
            },
        });
    }
    (yrker, naeringer)
}

/// The section of an industry code (five digits): the standard's own division of two-digit industries into letters.
pub(super) fn seksjon(naeringskode: u32) -> char {
    match naeringskode / 1_000 {
        1..=3 => 'A',
        5..=9 => 'B',
        10..=33 => 'C',
        35 => 'D',
        36..=39 => 'E',
        41..=43 => 'F',
        45..=47 => 'G',
        49..=53 => 'H',
        55..=56 => 'I',
        58..=63 => 'J',
        64..=66 => 'K',
        68 => 'L',
        69..=75 => 'M',
        77..=82 => 'N',
        84 => 'O',
        85 => 'P',
        86..=88 => 'Q',
        90..=93 => 'R',
        _ => 'S',
    }
}

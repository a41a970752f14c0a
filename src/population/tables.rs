//! The data files of `population/`, embedded and parsed once.
//!
//! Every file begins with `#` lines that name source, year, confidence and licence. Numbers with decimals are read as
//! whole numbers of their last place: nothing here is a float.

use std::sync::OnceLock;

use super::names::NameTables;
use super::origin::{Country, parse_countries};
use crate::town::model::Landkode;

/// A data file and where its figures come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Source {
    /// File name under `population/`.
    pub name: &'static str,
    /// Who published the figures.
    pub source: &'static str,
    /// What time they describe.
    pub year: &'static str,
    /// `A` official table, `B` computed from one, `C` secondary, `D` estimate.
    pub confidence: &'static str,
}

macro_rules! data_files {
    ($($constant:ident = $file:literal),* $(,)?) => {
        $(pub(super) const $constant: &str = include_str!(concat!("../../population/", $file));)*
        const FILES: &[(&str, &str)] = &[$(($file, $constant)),*];
    };
}

data_files! {
    AGE_ONE_YEAR = "age_one_year.csv",
    AGE_SEX_CLASS = "age_sex_class.csv",
    SIZE_CLASS = "size_class.csv",
    HOUSEHOLD_TYPE = "household_type.csv",
    UNION_BY_AGE = "union_by_age.csv",
    FORMER_UNIONS = "former_unions.csv",
    FERTILITY = "fertility.csv",
    MOVES = "moves.csv",
    COUNTRIES = "countries.csv",
    FIRST_NAMES_WOMEN = "first_names_women.txt",
    FIRST_NAMES_WOMEN_TAIL = "first_names_women_tail.txt",
    FIRST_NAMES_MEN = "first_names_men.txt",
    FIRST_NAMES_MEN_TAIL = "first_names_men_tail.txt",
    SURNAMES = "surnames.txt",
    FARM_NAMES = "farm_names.txt",
    NAMES_ABROAD = "names_abroad.txt",
    CONTACT = "contact.csv",
    HOMES = "homes.csv",
    RURAL = "rural.csv",
    BUILDINGS = "buildings.csv",
    STREETS = "streets.txt",
    POSTAL = "postal.csv",
    KINDERGARTEN = "kindergarten.csv",
    FACILITIES = "facilities.csv",
    PROFILES = "profiles.csv",
    ESTABLISHMENTS = "establishments.csv",
    INDUSTRIES = "industries.tsv",
    LEGAL_FORMS = "legal_forms.csv",
    FORMS_BY_SECTION = "forms_by_section.csv",
    ASSOCIATIONS = "associations.tsv",
    COMPANY_WORDS = "company_words.txt",
    MUNICIPAL_UNITS = "municipal_units.tsv",
    EDUCATION = "education.csv",
    LABOUR_FORCE = "labour_force.csv",
    DISABILITY = "disability.csv",
    JOBS_BY_SECTION = "jobs_by_section.csv",
    WORK_BY_SIZE = "work_by_size.csv",
    WORK = "work.csv",
    WAGE_GROWTH = "wage_growth.csv",
    TAX = "tax.csv",
    RATES = "rates.csv",
    EMPLOYERS_OUTSIDE = "employers_outside.csv",
    INCOME_SPREAD = "income_spread.csv",
    OCCUPATIONS = "occupations.csv",
    EMIGRATION = "emigration.csv",
    MORTALITY = "mortality.csv",
    LIFE = "life.csv",
    COUPLES = "couples.csv",
    ARRIVALS = "arrivals.csv",
    LIVED = "lived.csv",
    SHARED_HOMES = "shared_homes.csv",
    WORK_LIFE = "work_life.csv",
    EDUCATION_BY_AGE = "education_by_age.csv",
    CONTACT_ENTRY = "contact_entry.csv",
    CONTACT_LIFE = "contact_life.csv",
    BUSINESS_LIFE = "business_life.csv",
}

/// Every data file with its source, year and confidence.
///
/// # Panics
/// When a file lacks one of its header lines; a test reads all of them.
#[must_use]
pub fn sources() -> Vec<Source> {
    let header = |text: &'static str, key: &str| {
        text.lines()
            .take_while(|line| line.starts_with('#'))
            .find_map(|line| line.strip_prefix("# ")?.strip_prefix(key)?.strip_prefix(": "))
            .expect("every data file names its source, year and confidence")
    };
    FILES
        .iter()
        .map(|&(name, text)| Source {
            name,
            source: header(text, "source"),
            year: header(text, "year"),
            confidence: header(text, "confidence"),
        })
        .collect()
}

impl Source {
    /// The grades in the words of its confidence, the worst first: a file may hold rows of several.
    #[must_use]
    pub fn grades(&self) -> Vec<char> {
        let words = self.confidence.split(|letter: char| !letter.is_alphanumeric());
        let mut grades: Vec<char> =
            words.filter(|word| matches!(*word, "A" | "B" | "C" | "D")).flat_map(str::chars).collect();
        grades.sort_unstable_by(|one, other| other.cmp(one));
        grades.dedup();
        grades
    }
}

/// Every data file, the most doubtful first: those that are estimates (D), those that hold some, then secondary sources
/// and so on; by name within a grade.
#[must_use]
pub fn sources_by_doubt() -> Vec<Source> {
    let mut sources = sources();
    sources.sort_by_key(|source| {
        let grades = source.grades();
        (std::cmp::Reverse((grades.first().copied(), grades.last().copied())), source.name)
    });
    sources
}

/// The lines of a data file without the header and empty ones.
pub(super) fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty())
}

/// The rows of a comma-separated file without its line of column names.
pub(super) fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    lines(text).skip(1).map(|line| line.split(',').collect())
}

/// `text` as a whole number of its `places`-th decimal place: `decimal("20.1", 1)` is 201.
pub(super) fn decimal(text: &str, places: usize) -> u64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = format!("{fraction:0<places$}");
    format!("{whole}{}", &fraction[..places]).parse().expect("a number in a data file")
}

/// First and last age of `25-29` or `100-115`.
pub(super) fn ages(text: &str) -> (u32, u32) {
    let (from, to) = text.split_once('-').expect("a range of ages");
    (from.parse().expect("an age"), to.parse().expect("an age"))
}

/// One-year ages 0..=104 and 105 for everybody older.
pub(super) const AGES: usize = 106;
/// Five-year groups 0, 5, … 95 and 100 for everybody older.
pub(super) const GROUPS: usize = 21;

/// Something given for a range of ages.
#[derive(Clone, Debug)]
pub(super) struct AgeRow<T> {
    pub from: u32,
    pub to: u32,
    pub value: T,
}

/// The value for `age`.
pub(super) fn by_age<T>(table: &[AgeRow<T>], age: u32) -> Option<&T> {
    table.iter().find(|row| (row.from..=row.to).contains(&age)).map(|row| &row.value)
}

/// Unions of an age group in per cent, women then men.
#[derive(Clone, Debug)]
pub(super) struct Unions {
    pub cohabiting: [u64; 2],
    pub married: [u64; 2],
}

/// Contact register shares of an age group, per 1 000.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    pub not_registered: u64,
    pub reserved: u64,
    pub expired: u64,
    pub notified: u64,
    pub mailbox: u64,
}

/// Homes by size of the municipality, per 1 000 dwellings.
#[derive(Clone, Debug, Default)]
pub(super) struct Homes {
    pub sizes: Vec<u32>,
    /// Detached, two-dwelling, row, block, other, vacant; then dwellings per street.
    pub columns: [Vec<u64>; 7],
}

/// A municipality profile.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    pub id: &'static str,
    pub number: u16,
    pub name: &'static str,
    pub place: &'static str,
    /// Weight of surnames on -sen and of farm names, per cent.
    pub sen: u64,
    pub farm: u64,
    /// Sámi households, per mille.
    pub sami: u32,
    /// Contact entries that want Nynorsk, per mille.
    pub nynorsk: u64,
    /// First digit of the postal codes.
    pub postal: u16,
    /// Immigrants, per mille of residents, where their share does not follow from the size.
    pub immigrants: Option<u64>,
    /// Countries that weigh more among them.
    pub from: Vec<Landkode>,
}

impl Profile {
    /// How much immigrants from `land` weigh against the country's share.
    pub fn weight(&self, land: Landkode) -> u64 {
        if self.from.contains(&land) { 4 } else { 1 }
    }
}

/// All tables.
pub(super) struct Tables {
    /// Residents of the country by sex (women first) and one-year age.
    pub one_year: [[u64; AGES]; 2],
    /// Sizes the class columns stand for.
    pub class_sizes: Vec<u32>,
    /// Per ten thousand of the class, women's groups then men's.
    pub class_weights: Vec<[[u64; GROUPS]; 2]>,
    /// Household types in the order of `Husstandstype`, per 10 000.
    pub household_share: [u64; 9],
    pub unions: Vec<AgeRow<Unions>>,
    /// Widowed and divorced, per cent.
    pub former: Vec<AgeRow<(u64, u64)>>,
    /// Running totals of birth rates for ages 15..=49.
    pub fertility: Vec<u64>,
    /// Moves within and between, per 1 000 a year.
    pub moves: Vec<AgeRow<(u32, u32)>>,
    pub countries: Vec<Country>,
    pub contact: Vec<AgeRow<Contact>>,
    pub homes: Homes,
    /// Free postal codes.
    pub postal: Vec<(u16, u16)>,
    /// Children of age 0 to 5 in kindergarten, per mille.
    pub kindergarten: Vec<u64>,
    /// What a table of a town that lives may drift by in a year, in millionths.
    pub lived_drift: Vec<(&'static str, u64)>,
    /// Sizes and columns of the facility table.
    pub facility_sizes: Vec<u32>,
    pub facilities: Vec<Vec<u64>>,
    pub profiles: Vec<Profile>,
    pub names: NameTables,
}

/// The tables, parsed on first use.
pub(super) fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(Tables::parse)
}

/// Women are row 0, men row 1, as in `Kjoenn`.
fn sex_row(letter: &str) -> usize {
    usize::from(letter == "M")
}

impl Tables {
    /// The tables with another list of surnames.
    #[cfg(test)]
    pub fn with_surnames(listed: &'static str) -> Self {
        let tables = Self::parse();
        Self { names: NameTables::with_surnames(&tables.one_year, listed), ..tables }
    }

    fn parse() -> Self {
        let mut one_year = [[0; AGES]; 2];
        for line in lines(AGE_ONE_YEAR) {
            let (sex, counts) = line.split_once(',').expect("sex, then counts");
            for (place, count) in counts.split(',').enumerate() {
                one_year[sex_row(sex)][place] = decimal(count, 0);
            }
        }
        let (class_sizes, class_weights) = parse_classes();
        let mut fertility_lines = lines(FERTILITY).skip(1);
        let rates = fertility_lines.next().expect("a line of rates").split(',').skip(1);
        let fertility = running(rates.map(|rate| decimal(rate, 2)));
        let mut household_share = [0; 9];
        for (slot, row) in household_share.iter_mut().zip(rows(HOUSEHOLD_TYPE)) {
            *slot = decimal(row[2], 4);
        }
        let mut facility_sizes = Vec::new();
        let mut facilities = vec![Vec::new(); 11];
        for row in rows(FACILITIES) {
            facility_sizes.push(row[0].parse().expect("a size"));
            for (column, cell) in facilities.iter_mut().zip(&row[1..]) {
                column.push(decimal(cell, 0));
            }
        }
        Self {
            one_year,
            class_sizes,
            class_weights,
            household_share,
            unions: parse_unions(),
            former: rows(FORMER_UNIONS).map(|row| age_row(&row, (decimal(row[1], 0), decimal(row[2], 0)))).collect(),
            fertility,
            moves: rows(MOVES)
                .map(|row| age_row(&row, (row[1].parse().expect("a rate"), row[2].parse().expect("a rate"))))
                .collect(),
            countries: parse_countries(COUNTRIES),
            contact: parse_contact(),
            homes: parse_homes(),
            postal: rows(POSTAL)
                .map(|row| (row[0].parse().expect("a code"), row[1].parse().expect("a code")))
                .collect(),
            kindergarten: rows(KINDERGARTEN).map(|row| decimal(row[1], 0)).collect(),
            lived_drift: rows(LIVED).map(|row| (row[0], decimal(row[1], 0) * 100)).collect(),
            facility_sizes,
            facilities,
            profiles: parse_profiles(),
            names: NameTables::parse(&one_year),
        }
    }
}

fn age_row<T>(row: &[&str], value: T) -> AgeRow<T> {
    let (from, to) = ages(row[0]);
    AgeRow { from, to, value }
}

/// Running totals.
pub(super) fn running(weights: impl Iterator<Item = u64>) -> Vec<u64> {
    weights
        .scan(0, |total, weight| {
            *total += weight;
            Some(*total)
        })
        .collect()
}

fn parse_classes() -> (Vec<u32>, Vec<[[u64; GROUPS]; 2]>) {
    let names: Vec<(&str, u32)> = rows(SIZE_CLASS).map(|row| (row[0], row[3].parse().expect("a mean size"))).collect();
    let mut weights = vec![[[0; GROUPS]; 2]; names.len()];
    for row in rows(AGE_SEX_CLASS) {
        if let Some(class) = names.iter().position(|(name, _)| *name == row[1]) {
            for (slot, cell) in weights[class][sex_row(row[0])].iter_mut().zip(&row[2..]) {
                *slot = decimal(cell, 1);
            }
        }
    }
    let mut sizes: Vec<u32> = names.iter().map(|&(_, mean)| mean).collect();
    // The largest class holds the four big cities only; their students must not show in a town of 100 000. The class
    // below therefore holds up to its own border.
    let last = sizes.len() - 1;
    sizes.insert(last, 130_000);
    weights.insert(last, weights[last - 1]);
    (sizes, weights)
}

fn parse_unions() -> Vec<AgeRow<Unions>> {
    rows(UNION_BY_AGE)
        .map(|row| {
            let cell = |column: usize| decimal(row[column], 0);
            age_row(&row, Unions { cohabiting: [cell(2), cell(1)], married: [cell(4), cell(3)] })
        })
        .collect()
}

fn parse_contact() -> Vec<AgeRow<Contact>> {
    rows(CONTACT)
        .map(|row| {
            let cell = |column: usize| decimal(row[column], 3);
            let value = Contact {
                not_registered: cell(1),
                reserved: cell(2),
                expired: cell(3),
                notified: cell(4),
                mailbox: cell(5),
            };
            age_row(&row, value)
        })
        .collect()
}

fn parse_homes() -> Homes {
    let mut homes = Homes::default();
    for row in rows(HOMES) {
        homes.sizes.push(row[0].parse().expect("a size"));
        for (column, cell) in homes.columns.iter_mut().zip(&row[1..]) {
            column.push(decimal(cell, 0));
        }
    }
    homes
}

fn parse_profiles() -> Vec<Profile> {
    rows(PROFILES)
        .map(|row| Profile {
            id: row[0],
            number: row[1].parse().expect("a municipality number"),
            name: row[2],
            place: row[3],
            sen: decimal(row[4], 0),
            farm: decimal(row[5], 0),
            sami: row[6].parse().expect("per mille"),
            nynorsk: decimal(row[7], 0),
            postal: row[8].parse().expect("a digit"),
            immigrants: row[9].parse().ok(),
            from: row[10]
                .split_whitespace()
                .map(|code| Landkode(code.as_bytes().try_into().expect("three letters")))
                .collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_data_file_names_source_year_and_confidence() {
        let sources = sources();
        assert_eq!(sources.len(), FILES.len());
        for source in sources {
            assert!(source.confidence.starts_with(['A', 'B', 'C', 'D']), "{}", source.name);
            assert!(!source.source.is_empty() && !source.year.is_empty(), "{}", source.name);
        }
        for (name, text) in FILES {
            assert!(text.contains("\n# licence: "), "{name}");
        }
    }

    #[test]
    fn the_tables_say_what_the_files_say() {
        let tables = tables();
        assert_eq!(tables.one_year.iter().flatten().sum::<u64>(), 5_391_369, "the national total of 2021");
        assert_eq!(tables.household_share.iter().sum::<u64>(), 10_001, "shares as published, rounded");
        assert_eq!(tables.class_weights[0][1][10], 386);
        assert_eq!(tables.fertility.len(), 35);
        assert_eq!(tables.profiles.len(), 6);
        assert_eq!(decimal("0.3879", 4), 3_879);
        assert_eq!(decimal("4", 1), 40);
        for table in &tables.class_weights {
            let sum: u64 = table.iter().flatten().sum();
            assert!((9_950..10_050).contains(&sum), "{sum}");
        }
    }
}

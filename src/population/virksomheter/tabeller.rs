//! The data files about organisations, parsed once.

use std::sync::OnceLock;

use crate::population::tables::{
    ASSOCIATIONS, COMPANY_WORDS, ESTABLISHMENTS, FORMS_BY_SECTION, INDUSTRIES, LEGAL_FORMS, MUNICIPAL_UNITS, lines,
    running,
};
use crate::town::model::Organisasjonsform;

/// Groups of sections in the order of the table of establishments: A to P, and Q for Q to U.
pub(super) const SECTIONS: usize = 17;
/// Size classes: none, 1–4, 5–9, 10–19, 20–49, 50–99, 100–249, 250 and more employees.
pub(super) const CLASSES: usize = 8;
/// Residents of the country when the establishments were counted.
pub(super) const COUNTRY: u64 = 5_488_984;
/// Sizes the tilts of sections and of forms are given for.
pub(super) const SECTION_SIZES: [u32; 5] = [1_500, 3_500, 10_000, 30_000, 90_000];
pub(super) const FORM_SIZES: [u32; 4] = [2_500, 7_000, 35_000, 70_000];

/// A section's establishments in the country.
pub(super) struct Section {
    pub classes: [u64; CLASSES],
    /// Per cent of the share at [`SECTION_SIZES`].
    pub tilt: Vec<u64>,
    /// Per mille of ENK, NUF, FLI, STI, ANS, DA and SA without and with employees; AS has the rest.
    pub forms: [[u64; 7]; 2],
    /// Industries of the section, positions in [`Tabeller::industries`].
    pub industries: Vec<usize>,
    /// Running totals of the weights of `industries` without and with employees.
    pub weights: [Vec<u64>; 2],
}

/// The forms of [`Section::forms`] in order.
pub(super) const FORMS: [Organisasjonsform; 7] = [
    Organisasjonsform::Enk,
    Organisasjonsform::Nuf,
    Organisasjonsform::Fli,
    Organisasjonsform::Sti,
    Organisasjonsform::Ans,
    Organisasjonsform::Da,
    Organisasjonsform::Sa,
];

/// An industry.
pub(super) struct Industry {
    /// Five digits.
    pub code: u32,
    /// Name as the standard has it.
    pub name: &'static str,
    /// Words for names of firms.
    pub words: Vec<String>,
    /// Form of the owner when it is a public body or an association.
    pub owner: Option<Organisasjonsform>,
}

/// A kind of association.
pub(super) struct Association {
    pub share: u64,
    pub code: u32,
    pub names: Vec<&'static str>,
}

/// A service or office of the municipality.
pub(super) struct Kontor {
    pub name: &'static str,
    pub level: usize,
    pub code: u32,
    pub jobs: u64,
    pub repeats: bool,
}

/// Everything of the data files about organisations.
pub(super) struct Tabeller {
    pub sections: Vec<Section>,
    pub industries: Vec<Industry>,
    /// Units per 100 000 residents and tilt at [`FORM_SIZES`].
    pub stock: Vec<(Organisasjonsform, u64, Vec<u64>)>,
    pub associations: Vec<Association>,
    pub kontorer: Vec<Kontor>,
    pub first: Vec<&'static str>,
    pub last: Vec<&'static str>,
    pub abroad: Vec<&'static str>,
}

/// The tables, parsed on first use.
pub(super) fn tabeller() -> &'static Tabeller {
    static TABELLER: OnceLock<Tabeller> = OnceLock::new();
    TABELLER.get_or_init(parse)
}

/// The section group of an industry code, by its first two digits.
pub(super) fn section_of(code: u32) -> usize {
    /// The last division of each section.
    const LAST: [u32; SECTIONS - 1] = [3, 9, 33, 35, 39, 43, 47, 53, 56, 63, 66, 68, 75, 82, 84, 85];
    LAST.partition_point(|&last| last < code / 1_000)
}

/// The official name of an industry code; `None` for one this town does not use.
#[must_use]
pub fn industry_name(code: u32) -> Option<&'static str> {
    tabeller().industries.iter().find(|industry| industry.code == code).map(|industry| industry.name)
}

fn numbers(text: &str) -> Vec<u64> {
    text.split(' ').map(number).collect()
}

fn number(text: &str) -> u64 {
    text.parse().expect("a number in a data file")
}

fn form(code: &str) -> Organisasjonsform {
    Organisasjonsform::from_code(code).expect("a legal form in a data file")
}

fn cells(line: &'static str) -> Vec<&'static str> {
    line.split('\t').collect()
}

fn parse() -> Tabeller {
    let mut industries = Vec::new();
    let mut weights = Vec::new();
    for row in lines(INDUSTRIES).skip(1).map(cells) {
        weights.push([number(row[1]), number(row[2])]);
        let words = row[3].split(',').map(str::to_uppercase).collect();
        let owner = (row[4] != "-").then(|| form(row[4]));
        let code = u32::try_from(number(row[0])).expect("five digits");
        industries.push(Industry { code, name: row[5], words, owner });
    }
    let forms = lines(FORMS_BY_SECTION).skip(1).map(|line| {
        let row: Vec<u64> = line.split(',').skip(1).map(number).collect();
        [0, 7].map(|from| std::array::from_fn(|place| row[from + place]))
    });
    let sections = lines(ESTABLISHMENTS).skip(1).zip(forms).enumerate().map(|(section, (line, forms))| {
        let row: Vec<&str> = line.split(',').collect();
        let own: Vec<usize> =
            (0..industries.len()).filter(|&place| section_of(industries[place].code) == section).collect();
        let weights = [0, 1].map(|class| running(own.iter().map(|&place| weights[place][class])));
        let classes = std::array::from_fn(|class| number(row[1 + class]));
        Section { classes, tilt: numbers(row[1 + CLASSES]), forms, industries: own, weights }
    });
    let sections = sections.collect();
    let stock = lines(LEGAL_FORMS).skip(1).map(|line| {
        let row: Vec<&str> = line.split(',').collect();
        (form(row[0]), number(row[1]), numbers(row[2]))
    });
    let associations = lines(ASSOCIATIONS).skip(1).map(cells).map(|row| Association {
        share: number(row[1]),
        code: u32::try_from(number(row[2])).expect("five digits"),
        names: row[3].split('|').collect(),
    });
    let kontorer = lines(MUNICIPAL_UNITS).skip(1).map(cells).map(|row| Kontor {
        name: row[0],
        level: row[1].parse().expect("a level"),
        code: u32::try_from(number(row[2])).expect("five digits"),
        jobs: number(row[3]),
        repeats: row[4] == "+",
    });
    let words = |key: &str| -> Vec<&'static str> {
        lines(COMPANY_WORDS).find_map(|line| line.strip_prefix(key)).unwrap_or("").split_whitespace().collect()
    };
    Tabeller {
        sections,
        stock: stock.collect(),
        associations: associations.collect(),
        kontorer: kontorer.collect(),
        first: words("first:"),
        last: words("last:"),
        abroad: words("abroad:"),
        industries,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_hold_together() {
        let tables = tabeller();
        assert_eq!(tables.sections.len(), SECTIONS);
        let all: u64 = tables.sections.iter().flat_map(|section| section.classes).sum();
        assert_eq!(all, 646_884, "the national total of 2023");
        for (place, section) in tables.sections.iter().enumerate() {
            assert_eq!(section.tilt.len(), SECTION_SIZES.len(), "{place}");
            for class in 0..2 {
                assert!(section.weights[class].last().is_some_and(|&sum| sum > 0), "{place} has no industry");
                assert!(section.forms[class].iter().sum::<u64>() <= 1_000, "{place}");
            }
        }
        assert_eq!(tables.associations.iter().map(|kind| kind.share).sum::<u64>(), 100);
        for kind in &tables.associations {
            assert_eq!(section_of(kind.code), SECTIONS - 1, "{}", kind.code);
            assert!(industry_name(kind.code).is_some(), "{}", kind.code);
        }
        assert!(tables.kontorer.iter().all(|office| industry_name(office.code).is_some()));
        assert_eq!(industry_name(84_110), Some("Generell offentlig administrasjon"));
        assert_eq!([1_110, 35_111, 84_110, 85_201, 88_911, 96_020].map(section_of), [0, 3, 14, 15, 16, 16]);
    }
}

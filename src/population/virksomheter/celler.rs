//! How many establishments of each section and size a town has, and what each of them is
//! (`specs/population.md` §11.1, §17): counts first, by controlled rounding; nothing here is drawn but which industry.

use super::tabeller::{CLASSES, COUNTRY, SECTION_SIZES, SECTIONS, section_of, tabeller};
use crate::base::StreamKey;
use crate::population::apportion::{interpolate, split};
use crate::town::model::{Base, DayNo, Organisasjonsform, VirksomhetId};

/// First and last number of employees of each size class; the last class reaches as far as establishments here do.
const EMPLOYEES: [(u32, u32); CLASSES] = [(0, 0), (1, 4), (5, 9), (10, 19), (20, 49), (50, 99), (100, 249), (250, 700)];

/// An establishment that is to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bedrift {
    /// Position of its industry in the table.
    pub industry: usize,
    /// Jobs.
    pub jobs: u32,
    /// Form of the unit it belongs to.
    pub form: Organisasjonsform,
    /// Its row when it has one already.
    pub unit: VirksomhetId,
}

/// What each section's share of the establishments should be in a town of `size`: weights in any unit, A to P and then Q
/// for Q to U.
fn section_targets(size: u32) -> [u64; SECTIONS] {
    let tables = tabeller();
    std::array::from_fn(|section| {
        let section = &tables.sections[section];
        section.classes.iter().sum::<u64>() * interpolate(size, &SECTION_SIZES, &section.tilt)
    })
}

/// Establishments of `base` by section, and the weights they should follow: live sub-units in business within the
/// municipality (§17).
pub(in crate::population) fn establishments(base: &Base) -> (Vec<u64>, Vec<u64>) {
    let mut counts = vec![0; SECTIONS];
    for unit in &base.virksomheter {
        let is_here = !crate::population::numbers::is_elsewhere(unit.orgnr);
        if unit.form == Organisasjonsform::Bedr && unit.slettet == DayNo::NONE && is_here {
            counts[section_of(unit.naeringskode)] += 1;
        }
    }
    (counts, section_targets(base.header.size).to_vec())
}

/// The size class of `jobs`.
fn class_of(jobs: u32) -> usize {
    EMPLOYEES.iter().rposition(|&(first, _)| first <= jobs).unwrap_or(0)
}

/// How many establishments of each section and size class. What a section's classes lose or win by rounding is carried to
/// the next section, so that large establishments are as many as they should be in the whole town.
fn cells(size: u32) -> Vec<[u64; CLASSES]> {
    let tables = tabeller();
    let targets = section_targets(size);
    let total = (targets.iter().sum::<u64>() * u64::from(size) + 50 * COUNTRY) / (100 * COUNTRY);
    let mut carry = [0i64; CLASSES];
    let parts = split(total, &targets);
    parts
        .into_iter()
        .zip(&tables.sections)
        .map(|(part, section)| {
            let sum: u64 = section.classes.iter().sum();
            let exact = section.classes.map(|class| (part * class * 1_000 / sum).cast_signed());
            let weights: Vec<u64> =
                exact.iter().zip(carry).map(|(exact, carry)| (exact + carry).max(0).cast_unsigned()).collect();
            let counts = split(part, &weights);
            std::array::from_fn(|class| {
                carry[class] += exact[class] - (counts[class] * 1_000).cast_signed();
                counts[class]
            })
        })
        .collect()
}

/// The establishments of a town of `size` beside those `known`, which have their (code, jobs) already.
pub(super) fn others(size: u32, known: &[(u32, u32)], key: &StreamKey) -> Vec<Bedrift> {
    let mut cells = cells(size);
    for &(code, jobs) in known {
        let (section, class) = (section_of(code), class_of(jobs));
        let row = &mut cells[section];
        // The nearest class that still has one.
        let nearest = (0..CLASSES).filter(|&other| row[other] > 0).min_by_key(|&other| (other.abs_diff(class), other));
        if let Some(nearest) = nearest {
            row[nearest] -= 1;
        }
    }
    let mut found = Vec::new();
    for (section, row) in cells.iter().enumerate() {
        fill(section, row, key, &mut found);
    }
    found
}

/// The establishments of one section: industries by their weights, forms by their shares, jobs within the class.
fn fill(section: usize, row: &[u64; CLASSES], key: &StreamKey, found: &mut Vec<Bedrift>) {
    let tables = tabeller();
    let table = &tables.sections[section];
    for employs in 0..2 {
        let classes = if employs == 0 { 0..1 } else { 1..CLASSES };
        let count: u64 = row[classes.clone()].iter().sum();
        if count == 0 {
            continue;
        }
        let totals = &table.weights[employs];
        let weights: Vec<u64> =
            totals.iter().scan(0, |before, &total| Some(total - std::mem::replace(before, total))).collect();
        let mut industries: Vec<usize> = spread(&table.industries, &split(count, &weights));
        let mut stream = key.at((section * 2 + employs) as u64);
        stream.shuffle(&mut industries);
        let own = industries.iter().filter(|&&place| tables.industries[place].owner.is_none()).count() as u64;
        let shares = table.forms[employs];
        let rest = 1_000 - shares.iter().sum::<u64>();
        let all: Vec<u64> = shares.iter().copied().chain([rest]).collect();
        let mut forms =
            spread(&[super::tabeller::FORMS.as_slice(), &[Organisasjonsform::As]].concat(), &split(own, &all));
        stream.shuffle(&mut forms);
        let mut forms = forms.into_iter();
        let sizes = spread(&classes.clone().collect::<Vec<_>>(), &row[classes]);
        for (industry, class) in industries.into_iter().zip(sizes) {
            let owner = tables.industries[industry].owner;
            let form = owner.or_else(|| forms.next()).unwrap_or(Organisasjonsform::As);
            found.push(Bedrift { industry, jobs: jobs(class, &mut stream), form, unit: VirksomhetId::NONE });
        }
    }
}

/// `counts[k]` times `values[k]`, one after the other.
fn spread<T: Copy>(values: &[T], counts: &[u64]) -> Vec<T> {
    values
        .iter()
        .zip(counts)
        .flat_map(|(&value, &count)| std::iter::repeat_n(value, usize::try_from(count).expect("a count")))
        .collect()
}

/// Employees of an establishment of `class`: small numbers are more frequent than large ones in each class.
fn jobs(class: usize, stream: &mut crate::base::Stream) -> u32 {
    let (first, last) = EMPLOYEES[class];
    let width = u64::from(last - first) + 1;
    let draw = stream.uniform(width).min(stream.uniform(width));
    first + u32::try_from(draw).expect("below the class")
}

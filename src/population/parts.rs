//! Populations too large for one town: a country is made in parts, one at a time and in any order.
//!
//! A part is a town of its own with streams of its own; nobody has kin in another. What must be unique over all parts
//! follows from counts: a resident's rank among those of the same sex and birth date counts the parts before it, whose
//! dates are drawn without making anybody; everybody else (the dead, the emigrated) is born on days that belong to one
//! part alone, and comes after all residents of the day.

use std::sync::Arc;

use rayon::prelude::*;

use super::cells::Cells;
use super::streams::Streams;
use super::tables::tables;
use super::{PopulationError, Spec, checked, compose_part};
use crate::base::{Kjoenn, Seed, keyed_hash};
use crate::town::model::{Base, DayNo};

/// The largest population that is one town, and can be served.
pub const LARGEST_TOWN: u32 = 1_000_000;
/// Residents of a part of a larger one, about.
const PART: u32 = 125_000;

/// Which part of a population a town is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Part {
    pub index: u32,
    pub of: u32,
}

impl Part {
    /// A town that is no part of anything.
    #[cfg(test)]
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// The last day up to `day` that belongs to this part.
    pub fn own_day(self, day: DayNo) -> DayNo {
        let of = i32::try_from(self.of).expect("some parts");
        let index = i32::try_from(self.index).expect("some parts");
        DayNo(day.0 - (day.0 - index).rem_euclid(of))
    }
}

/// How many residents of each sex were born on each day, over all parts: running totals by part.
#[derive(Debug)]
pub(super) struct Elsewhere {
    from: i32,
    /// Of a part, sex and day: how many in the parts before it. One more part than there is holds the totals.
    before: Vec<[Vec<u16>; 2]>,
}

impl Elsewhere {
    fn of(dates: &[[Vec<u16>; 2]], from: i32) -> Self {
        let days = dates.first().map_or(0, |part| part[0].len());
        let mut before = vec![[vec![0; days], vec![0; days]]];
        for part in dates {
            let last = before.last().expect("the first is there");
            let sum = |sex: usize| last[sex].iter().zip(&part[sex]).map(|(&one, &other)| one + other).collect();
            before.push([sum(0), sum(1)]);
        }
        Self { from, before }
    }

    fn at(&self, part: usize, kjoenn: Kjoenn, day: DayNo) -> u32 {
        let place = usize::try_from(day.0 - self.from).ok();
        place.and_then(|place| self.before[part][kjoenn as usize].get(place)).map_or(0, |&count| count.into())
    }

    /// Residents of the parts before `part` born on `day`.
    pub fn before(&self, part: Part, kjoenn: Kjoenn, day: DayNo) -> u32 {
        self.at(part.index as usize, kjoenn, day)
    }

    /// Residents of all parts born on `day`.
    pub fn total(&self, kjoenn: Kjoenn, day: DayNo) -> u32 {
        self.at(self.before.len() - 1, kjoenn, day)
    }
}

/// A population and how it is cut.
#[derive(Clone, Debug)]
pub struct Parts {
    spec: Spec,
    sizes: Vec<u32>,
    elsewhere: Option<Arc<Elsewhere>>,
}

impl Parts {
    /// Plans the population of `spec`: one part when it is a town, several when it is larger than one.
    ///
    /// # Errors
    /// [`PopulationError`] when the spec lies outside what the generator makes.
    pub fn plan(spec: &Spec) -> Result<Self, PopulationError> {
        checked(spec)?;
        if spec.size <= LARGEST_TOWN {
            return Ok(Self { spec: spec.clone(), sizes: vec![spec.size], elsewhere: None });
        }
        let of = spec.size.div_ceil(PART);
        let share = |index: u32| u64::from(spec.size) * u64::from(index) / u64::from(of);
        let sizes: Vec<u32> =
            (0..of).map(|index| u32::try_from(share(index + 1) - share(index)).expect("a part of the size")).collect();
        let mut parts = Self { spec: spec.clone(), sizes, elsewhere: None };
        let plans: Vec<Cells> = (0..parts.count()).into_par_iter().map(|index| parts.cells(index)).collect();
        let from = plans.iter().flat_map(|cells| cells.dato.iter()).map(|day| day.0).min().unwrap_or(0);
        let days = usize::try_from(plans[0].today.0 - from + 1).expect("some days");
        let dates: Vec<[Vec<u16>; 2]> = plans
            .par_iter()
            .map(|cells| {
                let mut born = [vec![0u16; days], vec![0u16; days]];
                for (slot, day) in cells.dato.iter().enumerate() {
                    let sex = cells.kjoenn(u32::try_from(slot).expect("a slot")) as usize;
                    born[sex][usize::try_from(day.0 - from).expect("since the first")] += 1;
                }
                born
            })
            .collect();
        parts.elsewhere = Some(Arc::new(Elsewhere::of(&dates, from)));
        Ok(parts)
    }

    /// What the population is made from.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// How many parts there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.sizes.len()
    }

    /// Residents of the parts before part `index`.
    #[must_use]
    pub fn residents_before(&self, index: usize) -> u32 {
        self.sizes[..index].iter().sum()
    }

    fn part(&self, index: usize) -> Part {
        let small = |number: usize| u32::try_from(number).expect("some parts");
        Part { index: small(index), of: small(self.count()) }
    }

    fn streams(&self, index: usize) -> Streams {
        let Spec { seed, schema, .. } = self.spec;
        if self.count() == 1 {
            return Streams { seed, schema };
        }
        let hash = keyed_hash("population/part", &[&seed.0.to_be_bytes(), &(index as u64).to_be_bytes()]);
        let first = hash.0.first_chunk().expect("a hash has eight bytes");
        Streams { seed: Seed(u64::from_be_bytes(*first)), schema }
    }

    fn cells(&self, index: usize) -> Cells {
        let today = DayNo::of(self.spec.start.dato());
        let cells = Cells::plan(self.sizes[index], today, self.streams(index), tables());
        cells.in_part(self.part(index), self.elsewhere.clone())
    }

    /// Makes part `index`: the same bytes whichever parts are made, in whichever order.
    ///
    /// The header of a part has the part's size. A part can be looked at and written out, not served.
    ///
    /// # Errors
    /// [`PopulationError::DateFull`] when more people share sex and birth date than there are numbers.
    pub fn make(&self, index: usize) -> Result<Base, PopulationError> {
        let spec = Spec { size: self.sizes[index], ..self.spec.clone() };
        compose_part(&spec, self.part(index), &self.cells(index), self.streams(index))
    }
}

//! How many of each facility a municipality of some size has (`specs/population.md` §12).

use super::apportion::interpolate;
use super::tables::Tables;

/// Columns of the facility table.
#[derive(Clone, Copy)]
pub(super) enum Facility {
    Schools = 0,
    PrivateSchools = 1,
    Kindergartens = 2,
    PrivateKindergartens = 3,
    NursingHomes = 4,
    HealthStations = 5,
    Libraries = 6,
    FireStations = 7,
    HomeCareZones = 8,
    /// Sub-units of the municipality in all.
    Subunits = 9,
    /// Employees of the municipality.
    Employees = 10,
}

/// How many a municipality of `size` has. Between the sizes of the table interpolated; above it they grow with the people.
pub(super) fn facility(size: u32, tables: &Tables, which: Facility) -> usize {
    let last = *tables.facility_sizes.last().expect("a table of sizes");
    let known = interpolate(size.min(last), &tables.facility_sizes, &tables.facilities[which as usize]);
    let count = if size > last { known * u64::from(size) / u64::from(last) } else { known };
    usize::try_from(count).expect("a count")
}

/// Whether the facility `number` of `all` is one of the `private` ones, which are spread evenly among the others.
pub(super) fn is_private(number: usize, all: usize, private: usize) -> bool {
    number * private / all.max(1) != (number + 1) * private / all.max(1)
}

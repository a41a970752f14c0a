//! Who goes to which kindergarten and school
//! (`specs/population.md` §9, §12).

use super::apportion::{interpolate, split};
use super::calendar::{civil, day_number};
use super::homes::Homes;
use super::roster::Roster;
use super::streams::{Given, Streams};
use super::tables::Tables;
use super::virksomheter::Plass;
use crate::base::Domain;
use crate::town::model::{BygningId, DayNo, PersonId, PlassRow, VirksomhetId, Virksomhetsslag};

/// Columns of the facility table.
const SCHOOLS: usize = 0;
const PRIVATE_SCHOOLS: usize = 1;
const KINDERGARTENS: usize = 2;
const PRIVATE_KINDERGARTENS: usize = 3;
/// The kindergarten and the school year begin in the middle of August.
const YEAR_BEGINS: (u8, u8) = (8, 17);
/// Children move up to compulsory school in the year they turn six; it lasts ten years.
const SCHOOL_FROM: i32 = 6;
const SCHOOL_TO: i32 = 15;

/// How many schools a town of `size` has, private ones included.
pub(super) fn schools(size: u32, tables: &Tables) -> u64 {
    (facility(size, tables, SCHOOLS) + facility(size, tables, PRIVATE_SCHOOLS)).max(1)
}

fn facility(size: u32, tables: &Tables, column: usize) -> u64 {
    let last = *tables.facility_sizes.last().expect("a table of sizes");
    let known = interpolate(size.min(last), &tables.facility_sizes, &tables.facilities[column]);
    // Above the table facilities grow with the people.
    if size > last { known * u64::from(size) / u64::from(last) } else { known }
}

/// Kindergartens, then schools, and who goes where.
pub(super) struct Institutions {
    pub places: Vec<Plass>,
    pub plasser: Vec<PlassRow>,
}

/// A child on the way to a place: grunnkrets for nearness, row, first day.
type Child = (u16, usize, DayNo);

/// Gives each child a place near home.
pub(super) fn found(roster: &Roster, homes: &Homes, given: Given<'_>) -> Institutions {
    let Given { size, tables, streams, .. } = given;
    let count = |column| usize::try_from(facility(size, tables, column)).expect("a count");
    let municipal = count(KINDERGARTENS).max(1);
    let kindergartens = municipal + count(PRIVATE_KINDERGARTENS);
    let school_count = usize::try_from(homes.schools).expect("a count");
    let (small, pupils) = children(roster, homes, tables, streams);
    let first_kindergarten = 1;
    let (kindergarten_use, mut plasser) = deal(small, kindergartens, first_kindergarten);
    let place = |slag, privat, kapasitet: u64| {
        let kapasitet = u16::try_from(kapasitet).unwrap_or(u16::MAX);
        Plass { slag, bygning: BygningId::NONE, kapasitet, privat }
    };
    // One place in twelve is free, and at least two.
    let mut places: Vec<Plass> = kindergarten_use
        .into_iter()
        .enumerate()
        .map(|(number, used)| place(Virksomhetsslag::Barnehage, number >= municipal, used + (used / 12).max(2)))
        .collect();
    let (school_use, pupils) = deal(pupils, school_count, first_kindergarten + kindergartens);
    plasser.extend(pupils);
    let public = school_count.saturating_sub(count(PRIVATE_SCHOOLS)).max(1);
    places.extend(
        school_use
            .into_iter()
            .enumerate()
            .map(|(number, used)| place(Virksomhetsslag::Skole, number >= public, used + used / 8 + 10)),
    );
    plasser.sort_by_key(|row| row.person);
    Institutions { places, plasser }
}

/// Children in kindergarten and pupils, by the school year and the use of kindergarten at each age (§9).
fn children(roster: &Roster, homes: &Homes, tables: &Tables, streams: Streams) -> (Vec<Child>, Vec<Child>) {
    let (year, month, day) = civil(roster.today);
    let school_year = if (month, day) >= YEAR_BEGINS { year } else { year - 1 };
    let begin = |year: i32| day_number(year, YEAR_BEGINS.0, YEAR_BEGINS.1);
    let mut by_age: Vec<Vec<Child>> = vec![Vec::new(); tables.kindergarten.len()];
    let mut pupils = Vec::new();
    for person in 0..roster.residents {
        let turns = school_year - civil(roster.dato[person]).0;
        if turns > SCHOOL_TO {
            continue;
        }
        let bolig = homes.of_household[roster.husstand[person].index()];
        let krets = bolig.some().map_or(0, |bolig| homes.boliger.grunnkrets[bolig.index()]);
        if turns >= SCHOOL_FROM {
            // Lower secondary goes on in the same school here: one place from the first year on.
            pupils.push((krets, person, begin(school_year - (turns - SCHOOL_FROM))));
        } else if turns >= 0 {
            by_age[usize::try_from(turns).expect("0 to 5")].push((krets, person, begin(school_year)));
        }
    }
    let key = streams.key(Domain::Kommune, "barnehage");
    let mut small = Vec::new();
    for (turns, (mut children, &share)) in by_age.into_iter().zip(&tables.kindergarten).enumerate() {
        let count = split(children.len() as u64, &[share, 1_000 - share])[0];
        key.at(turns as u64).shuffle(&mut children);
        for (krets, person, _) in children.into_iter().take(usize::try_from(count).expect("a count")) {
            // Most began in the August of the year they turned one; nobody before ten months of age.
            let first = begin(civil(roster.dato[person]).0 + 1).0.max(roster.dato[person].0 + 300);
            let fra = first.min(roster.today.0 - 1);
            if roster.today.0 - roster.dato[person].0 >= 300 {
                small.push((krets, person, DayNo(fra)));
            }
        }
    }
    (small, pupils)
}

/// Deals children to `units` in order of where they live; gives how many each unit takes.
fn deal(mut children: Vec<Child>, units: usize, first_unit: usize) -> (Vec<u64>, Vec<PlassRow>) {
    children.sort_unstable();
    // Units differ in size: two thirds to four thirds of the mean.
    let weights: Vec<u64> = (0..units as u64).map(|unit| 4 + unit * 3 % 5).collect();
    let counts = split(children.len() as u64, &weights);
    let mut rows = Vec::with_capacity(children.len());
    let mut next = children.into_iter();
    for (unit, &count) in counts.iter().enumerate() {
        for (_, person, fra) in next.by_ref().take(usize::try_from(count).expect("a count")) {
            let virksomhet = VirksomhetId::at(first_unit + unit);
            rows.push(PlassRow { person: PersonId::at(person), virksomhet, fra });
        }
    }
    (counts, rows)
}

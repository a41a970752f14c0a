//! How many dwellings and buildings of each kind there are, before any of them has a place or somebody in it.
//!
//! The households of each kind of building are split from the total by largest remainder (`specs/population.md` §10, §17);
//! only who lives where is drawn.

use std::ops::Range;

use crate::base::Domain;
use crate::population::apportion::{interpolate, split};
use crate::population::facilities::{Facility, facility};
use crate::population::roster::Roster;
use crate::population::streams::Given;
use crate::population::tables::{BUILDINGS, RURAL, lines};
use crate::town::model::{Bygningstype, Husstandstype};

/// Residents whose home nobody knows, per hundred thousand, and at least one (§10).
const UNKNOWN: u64 = 150;
/// Establishments per thousand residents, and how many of them share each building of firms (§11.1: two thirds have no
/// employees and sit at the owner's home, most others share).
const ESTABLISHMENTS_PER_MILLE: u64 = 118;
const PER_BUILDING: u64 = 5;
/// Kinds of homes in the order of the table of homes: detached, two-dwelling, row, block, other.
pub(super) const KINDS: usize = 5;

/// The kind of a building of homes, in the order of the table of homes.
pub(in crate::population) fn kind(slag: Bygningstype) -> Option<usize> {
    match slag {
        Bygningstype::Enebolig | Bygningstype::Vaaningshus => Some(0),
        Bygningstype::Tomannsbolig => Some(1),
        Bygningstype::Rekkehus => Some(2),
        Bygningstype::Boligblokk => Some(3),
        Bygningstype::Bofellesskap | Bygningstype::Sykehjem => Some(4),
        _ => None,
    }
}

/// A building before it has a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draft {
    pub slag: Bygningstype,
    /// First of its dwellings in the order of the plan.
    pub first: u32,
    /// How many dwellings.
    pub units: u32,
    /// Doors on each floor.
    pub doors: u32,
    /// Held by a housing co-operative.
    pub coop: bool,
    /// Divided into sections, one for each dwelling.
    pub sections: bool,
}

impl Draft {
    /// Its dwellings in the order of the plan.
    pub fn dwellings(&self) -> Range<usize> {
        self.first as usize..(self.first + self.units) as usize
    }
}

/// Where buildings without dwellings stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Area {
    Centre,
    Edge,
    Spread,
}

/// Buildings and dwellings of the town.
pub(super) struct Plan {
    /// Buildings of homes, kind by kind.
    pub drafts: Vec<Draft>,
    /// How many dwellings there are.
    pub dwellings: usize,
    /// Dwellings of each kind with somebody in them; nursing homes are the last.
    pub occupied: [usize; KINDS + 1],
    /// Where the dwellings of each kind begin; nursing homes are the last kind.
    pub first_of_kind: [usize; KINDS + 2],
    /// Residents of unknown residence, one a household.
    pub unknown: usize,
    /// Residents with the number of a property for an address.
    pub on_farms: u64,
    /// The same, of a thousand vacant detached houses.
    pub farms_per_mille: u64,
    /// Holiday homes.
    pub holiday: usize,
    /// Buildings without dwellings: kind, how many, where.
    pub others: Vec<(Bygningstype, usize, Area)>,
}

/// People who live in a nursing home: half of those alone at ninety or more, one in twelve of those alone at eighty (D).
fn in_nursing_homes(roster: &Roster) -> usize {
    let mut aged = [0usize; 2];
    for household in (0..roster.household_count()).filter(|&one| roster.slag[one] == Husstandstype::Alene) {
        match roster.alder(roster.members(household).start) {
            80..90 => aged[0] += 1,
            90.. => aged[1] += 1,
            _ => {}
        }
    }
    aged[0] / 12 + aged[1] / 2
}

/// The column `name` of a table by size.
fn by_size(file: &'static str, size: u32, column: usize) -> u64 {
    let (mut sizes, mut values) = (Vec::new(), Vec::new());
    for line in lines(file).skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        sizes.push(cells[0].parse().expect("a size"));
        values.push(cells[column].parse().expect("a number"));
    }
    interpolate(size, &sizes, &values)
}

/// Counts for the households of `roster`.
pub(super) fn plan(roster: &Roster, given: Given<'_>) -> Plan {
    let Given { size, tables, .. } = given;
    let column = |number: usize| interpolate(size, &tables.homes.sizes, &tables.homes.columns[number]);
    let households = roster.household_count() as u64;
    let alone = roster.slag.iter().filter(|&&slag| slag == Husstandstype::Alene).count();
    let unknown = usize::try_from((u64::from(size) * UNKNOWN / 100_000).max(1)).expect("a count").min(alone);
    let shares: Vec<u64> = (0..KINDS).map(column).collect();
    let housed = households - unknown as u64;
    let occupied = split(housed, &shares);
    // Nobody lives in some; two-dwelling houses come in pairs.
    let vacant_share = column(5);
    let mut vacant = split(housed * vacant_share / (1_000 - vacant_share), &shares);
    vacant[1] += (occupied[1] + vacant[1]) % 2;
    let nursing = if facility(size, tables, Facility::NursingHomes) > 0 { in_nursing_homes(roster) } else { 0 };
    let nursing = nursing.min(usize::try_from(occupied[4]).expect("a count") / 2);
    let mut plan = Plan {
        drafts: Vec::new(),
        dwellings: 0,
        occupied: [0; KINDS + 1],
        first_of_kind: [0; KINDS + 2],
        unknown,
        on_farms: (u64::from(size) * by_size(RURAL, size, 1) / 1_000).max(1),
        farms_per_mille: by_size(RURAL, size, 1),
        holiday: 0,
        others: Vec::new(),
    };
    for number in 0..KINDS {
        let (mut lived_in, spare) = (usize::try_from(occupied[number]).expect("a count"), vacant[number]);
        if number == 4 {
            lived_in -= nursing;
        }
        plan.occupied[number] = lived_in;
        plan.first_of_kind[number] = plan.dwellings;
        plan.build(number, lived_in + usize::try_from(spare).expect("a count"), given);
    }
    plan.occupied[KINDS] = nursing;
    plan.first_of_kind[KINDS] = plan.dwellings;
    let homes = facility(size, tables, Facility::NursingHomes).max(1);
    for rooms in split(nursing as u64, &vec![1; homes]) {
        plan.push(Bygningstype::Sykehjem, u32::try_from(rooms).expect("rooms"), 10);
    }
    plan.first_of_kind[KINDS + 1] = plan.dwellings;
    plan.holiday = usize::try_from(plan.dwellings as u64 * by_size(RURAL, size, 2) / 1_000).expect("a count");
    plan.others = others(given);
    plan
}

impl Plan {
    /// Buildings of kind `number` for `dwellings` dwellings.
    fn build(&mut self, number: usize, dwellings: usize, given: Given<'_>) {
        let key = given.streams.key(Domain::Bygning, "boenheter");
        let mut left = u32::try_from(dwellings).expect("dwellings");
        while left > 0 {
            let mut stream = key.at(self.drafts.len() as u64);
            let (slag, units, doors) = match number {
                0 => (Bygningstype::Enebolig, 1, 1),
                1 => (Bygningstype::Tomannsbolig, 2, 1),
                2 => (Bygningstype::Rekkehus, 1, 1),
                3 => {
                    let doors = 2 + stream.uniform(3);
                    (Bygningstype::Boligblokk, (2 + stream.uniform(4)) * doors, doors)
                }
                _ => {
                    let units = 1 + stream.uniform(6);
                    (Bygningstype::Bofellesskap, units, units)
                }
            };
            let units = u32::try_from(units).expect("a few");
            // No block of one or two flats for the rest.
            let units = if units > left || number >= 3 && units + 3 > left { left } else { units };
            self.push(slag, units, u32::try_from(doors).expect("a few"));
            left -= units;
        }
    }

    fn push(&mut self, slag: Bygningstype, units: u32, doors: u32) {
        let first = u32::try_from(self.dwellings).expect("dwellings");
        self.drafts.push(Draft { slag, first, units, doors, coop: false, sections: false });
        self.dwellings += units as usize;
    }
}

/// Buildings without dwellings: one for five establishments outside farms, and what the municipality and associations have.
fn others(given: Given<'_>) -> Vec<(Bygningstype, usize, Area)> {
    let Given { size, tables, .. } = given;
    let rows: Vec<Vec<&str>> = lines(BUILDINGS).skip(1).map(|line| line.split(',').collect()).collect();
    let number = |cell: &str| cell.parse::<u64>().unwrap_or(0);
    let weights: Vec<u64> = rows.iter().map(|row| number(row[1])).collect();
    let of_firms = split(u64::from(size) * ESTABLISHMENTS_PER_MILLE / 1_000 / PER_BUILDING, &weights);
    let mut all: Vec<(Bygningstype, usize, Area)> = rows
        .iter()
        .zip(of_firms)
        .map(|(row, firms)| {
            let slag = Bygningstype::from_code(row[0]).expect("a code of the land register");
            let public = u64::from(size).checked_div(number(row[2])).map_or(0, |count| count.max(1));
            let area = match row[3] {
                "centre" => Area::Centre,
                "edge" => Area::Edge,
                _ => Area::Spread,
            };
            (slag, usize::try_from(firms.max(1) * u64::from(number(row[1]) > 0) + public).expect("a count"), area)
        })
        .collect();
    let of = |which| facility(size, tables, which);
    let schools = of(Facility::Schools).max(1) + of(Facility::PrivateSchools);
    let kindergartens = (of(Facility::Kindergartens) + of(Facility::PrivateKindergartens)).max(1);
    all.extend([
        (Bygningstype::Raadhus, 1, Area::Centre),
        (Bygningstype::Helsesenter, of(Facility::HealthStations).max(1), Area::Spread),
        (Bygningstype::Brannstasjon, of(Facility::FireStations).max(1), Area::Spread),
        (Bygningstype::Skole, schools, Area::Spread),
        (Bygningstype::Barnehage, kindergartens, Area::Spread),
    ]);
    all
}

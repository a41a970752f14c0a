//! Who goes to which kindergarten and school, and who has which doctor (`specs/population.md` §9).
//!
//! Children are dealt to *places*: buildings of kindergartens and schools with so much room. The organisations that run them
//! are founded elsewhere, from [`Places::enheter`].

mod deal;
mod doctors;

#[cfg(test)]
mod tests;

use self::deal::{Room, deal as deal_out};
pub(super) use self::doctors::fastleger;
use super::apportion::split;
use super::calendar::{civil, day_number};
use super::facilities::{Facility, facility, is_private};
use super::homes::Homes;
use super::roster::Roster;
use super::streams::Given;
use super::tables::Tables;
use crate::base::{Domain, Stream};
use crate::town::model::{BygningId, Bygningstype, DayNo, PersonId, PlassRow, VirksomhetId, Virksomhetsslag};

/// The kindergarten and the school year begin in the middle of August.
const YEAR_BEGINS: (u8, u8) = (8, 17);
/// Children move up to compulsory school in the year they turn six; it lasts ten years.
const SCHOOL_FROM: i32 = 6;
const SCHOOL_TO: i32 = 15;
/// Days after birth before which nobody goes to kindergarten.
const FIRST_DAYS: i32 = 300;
/// Children who begin school a year late and a year early, per hundred thousand of their year (D).
const LATE: u64 = 900;
const EARLY: u64 = 50;
/// Pupils in private schools, per mille, where there are any (D).
const IN_PRIVATE_SCHOOL: u64 = 50;
/// Fewest and most pupils of a school, and most of the small one of a town of fewer than ten thousand (§12, D).
const PUPILS: (usize, usize) = (20, 600);
const SMALL_SCHOOL: usize = 58;
const SMALL_SCHOOL_BELOW: u32 = 10_000;

/// A kindergarten or school as a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Enhet {
    /// Kindergarten or school.
    pub slag: Virksomhetsslag,
    pub bygning: BygningId,
    /// Children it has room for.
    pub kapasitet: u16,
    /// Not run by the municipality.
    pub privat: bool,
}

/// Kindergartens, then schools, and the children in them.
pub(super) struct Places {
    pub enheter: Vec<Enhet>,
    /// Child, position in `enheter`, first day; by child.
    children: Vec<(usize, usize, DayNo)>,
}

impl Places {
    /// The rows of the children when the place at each position is run by `unit` of it.
    pub fn rows(&self, unit: impl Fn(usize) -> VirksomhetId) -> Vec<PlassRow> {
        let row = |&(person, place, fra): &(usize, usize, DayNo)| PlassRow {
            person: PersonId::at(person),
            virksomhet: unit(place),
            fra,
        };
        self.children.iter().map(row).collect()
    }
}

/// A child on the way to a place, and its first day there.
type Child = (usize, DayNo);

/// Who goes where, before the places are dealt.
pub(super) struct Barn {
    /// To kindergarten.
    small: Vec<Child>,
    /// To school.
    pupils: Vec<Child>,
    /// Whether each resident goes to kindergarten.
    attends: Vec<bool>,
}

impl Barn {
    /// Draws them.
    pub fn draw(roster: &Roster, given: Given<'_>) -> Self {
        let (small, pupils) = children(roster, given);
        let mut attends = vec![false; roster.residents];
        small.iter().for_each(|child| attends[child.0] = true);
        Self { small, pupils, attends }
    }

    /// Whether `person` goes to kindergarten.
    pub fn attends(&self, person: PersonId) -> bool {
        self.attends.get(person.index()).copied().unwrap_or(false)
    }
}

/// Deals children to kindergartens and schools near their homes.
pub(super) fn deal(roster: &Roster, homes: &Homes, barn: &Barn, given: Given<'_>) -> Places {
    let mut places = Places { enheter: Vec::new(), children: Vec::new() };
    kindergartens(&mut places, &barn.small, roster, homes, given);
    schools(&mut places, barn.pupils.clone(), roster, homes, given);
    places.children.sort_unstable_by_key(|child| child.0);
    places
}

/// Children in kindergarten and pupils, by the school year and the use of kindergarten at each age.
fn children(roster: &Roster, given: Given<'_>) -> (Vec<Child>, Vec<Child>) {
    let Given { tables, streams, .. } = given;
    let (year, month, day) = civil(roster.today);
    let school_year = if (month, day) >= YEAR_BEGINS { year } else { year - 1 };
    let begin = |year: i32| day_number(year, YEAR_BEGINS.0, YEAR_BEGINS.1);
    let mut by_age: Vec<Vec<usize>> = vec![Vec::new(); usize::try_from(SCHOOL_FROM).expect("six") + 1];
    let mut pupils = Vec::new();
    for person in 0..roster.residents {
        match school_year - civil(roster.dato[person]).0 {
            // Lower secondary goes on in the same school here: one place from the first year on.
            turns @ 7..=SCHOOL_TO => pupils.push((person, begin(school_year - (turns - SCHOOL_FROM)))),
            turns @ 0..=SCHOOL_FROM => by_age[usize::try_from(turns).expect("0 to 6")].push(person),
            _ => {}
        }
    }
    let key = streams.key(Domain::Kommune, "skolestart");
    let beginners = by_age.pop().expect("those who turn six");
    let (late, on_time) = draw(beginners, LATE, &mut key.at(6), |person| {
        let (_, month, day) = civil(roster.dato[person]);
        (month, day) > YEAR_BEGINS
    });
    let five = by_age.pop().expect("those who turn five");
    let (early, five) = draw(five, EARLY, &mut key.at(5), |person| civil(roster.dato[person]).1 <= 4);
    by_age.push(five);
    pupils.extend(on_time.into_iter().chain(early).map(|person| (person, begin(school_year))));
    let mut small: Vec<usize> = late;
    small.extend(users(by_age, roster, tables, given));
    let first_day = |person: usize| {
        // Most began in the August of the year they turned one; nobody before ten months of age.
        let first = begin(civil(roster.dato[person]).0 + 1).0.max(roster.dato[person].0 + FIRST_DAYS);
        DayNo(first.min(roster.today.0 - 1))
    };
    (small.into_iter().map(|person| (person, first_day(person))).collect(), pupils)
}

/// Draws `parts` of a hundred thousand out of `all` among those who are `fit`; gives them and the others.
fn draw(all: Vec<usize>, parts: u64, stream: &mut Stream, fit: impl Fn(usize) -> bool) -> (Vec<usize>, Vec<usize>) {
    let count = usize::try_from(split(all.len() as u64, &[parts, 100_000 - parts])[0]).expect("a count");
    let (mut fitting, mut others): (Vec<usize>, Vec<usize>) = all.into_iter().partition(|&person| fit(person));
    stream.shuffle(&mut fitting);
    let rest = fitting.split_off(count.min(fitting.len()));
    others.extend(rest);
    (fitting, others)
}

/// Which children of each age go to kindergarten.
fn users(by_age: Vec<Vec<usize>>, roster: &Roster, tables: &Tables, given: Given<'_>) -> Vec<usize> {
    let key = given.streams.key(Domain::Kommune, "barnehage");
    let is_old_enough = |person: usize| roster.today.0 - roster.dato[person].0 >= FIRST_DAYS;
    let mut small = Vec::new();
    for (turns, (children, &share)) in by_age.into_iter().zip(&tables.kindergarten).enumerate() {
        small.extend(draw(children, share * 100, &mut key.at(turns as u64), is_old_enough).0);
    }
    small
}

/// Where somebody lives, or the town hall when nobody knows.
fn home_of(person: usize, roster: &Roster, homes: &Homes) -> (i32, i32) {
    let known = homes.bygning_of(roster.husstand[person].index());
    place_of(known.unwrap_or(homes.naeringsbygg(Bygningstype::Raadhus)[0]), homes)
}

fn place_of(bygning: BygningId, homes: &Homes) -> (i32, i32) {
    let building = &homes.bygninger[bygning.index()];
    (building.oest, building.nord)
}

/// Kindergartens of different sizes, two thirds to four thirds of the mean, with some room left.
fn kindergartens(places: &mut Places, small: &[Child], roster: &Roster, homes: &Homes, given: Given<'_>) {
    let buildings = homes.naeringsbygg(Bygningstype::Barnehage);
    let private = facility(given.size, given.tables, Facility::PrivateKindergartens);
    let weights: Vec<u64> = (0..buildings.len() as u64).map(|unit| 4 + unit * 3 % 5).collect();
    let rooms: Vec<Room> = buildings
        .iter()
        .zip(split(small.len() as u64 * 13 / 10, &weights))
        .map(|(&bygning, most)| Room {
            at: place_of(bygning, homes),
            least: 5,
            most: usize::try_from(most).expect("children") + 3,
        })
        .collect();
    let at: Vec<(i32, i32)> = small.iter().map(|child| home_of(child.0, roster, homes)).collect();
    let used = places.fill(small, &deal_out(&at, &rooms), rooms.len());
    for (number, (&bygning, used)) in buildings.iter().zip(used).enumerate() {
        // One place in twelve is free, and at least two.
        let kapasitet = u16::try_from(used + (used / 12).max(2)).unwrap_or(u16::MAX);
        let privat = is_private(number, buildings.len(), private);
        places.enheter.push(Enhet { slag: Virksomhetsslag::Barnehage, bygning, kapasitet, privat });
    }
}

/// Pupils go to the nearest municipal school with room; one in twenty, siblings together, to a private one where there is one.
fn schools(places: &mut Places, pupils: Vec<Child>, roster: &Roster, homes: &Homes, given: Given<'_>) {
    let buildings = homes.naeringsbygg(Bygningstype::Skole);
    let private = facility(given.size, given.tables, Facility::PrivateSchools);
    let is_private = |number: usize| is_private(number, buildings.len(), private);
    let (elsewhere, here) = to_private_schools(pupils, private > 0, roster, given);
    let mut used = vec![0; buildings.len()];
    for (children, wanted) in [(here, false), (elsewhere, true)] {
        let numbers: Vec<usize> = (0..buildings.len()).filter(|&number| is_private(number) == wanted).collect();
        let mut rooms: Vec<Room> = numbers
            .iter()
            .map(|&number| Room { at: place_of(buildings[number], homes), least: PUPILS.0, most: PUPILS.1 })
            .collect();
        let at: Vec<(i32, i32)> = children.iter().map(|child| home_of(child.0, roster, homes)).collect();
        let mut dealt = deal_out(&at, &rooms);
        if !wanted && given.size < SMALL_SCHOOL_BELOW && rooms.len() > 1 {
            let load = |number: &usize| dealt.iter().filter(|&&school| school == *number).count();
            let smallest = (0..rooms.len()).min_by_key(load).expect("two schools");
            rooms[smallest].most = SMALL_SCHOOL;
            dealt = deal_out(&at, &rooms);
        }
        let first = places.enheter.len();
        let dealt: Vec<usize> = dealt.into_iter().map(|room| numbers[room]).collect();
        for (&(person, fra), school) in children.iter().zip(dealt) {
            used[school] += 1;
            places.children.push((person, first + school, fra));
        }
    }
    for (number, (&bygning, used)) in buildings.iter().zip(used).enumerate() {
        let kapasitet = u16::try_from(used + used / 8 + 10).unwrap_or(u16::MAX);
        let privat = is_private(number);
        places.enheter.push(Enhet { slag: Virksomhetsslag::Skole, bygning, kapasitet, privat });
    }
}

/// Draws households until one pupil in twenty goes to a private school; gives them and the others.
fn to_private_schools(
    pupils: Vec<Child>,
    there_are: bool,
    roster: &Roster,
    given: Given<'_>,
) -> (Vec<Child>, Vec<Child>) {
    let mut left = if there_are { pupils.len() as u64 * IN_PRIVATE_SCHOOL / 1_000 } else { 0 };
    let mut households: Vec<u32> = pupils.iter().map(|child| roster.husstand[child.0].0).collect();
    households.sort_unstable();
    let mut families: Vec<(u32, u64)> = Vec::new();
    for household in households {
        match families.last_mut() {
            Some(last) if last.0 == household => last.1 += 1,
            _ => families.push((household, 1)),
        }
    }
    given.streams.kommune("privatskole").shuffle(&mut families);
    let mut chosen = Vec::new();
    for (household, children) in families {
        if children <= left {
            left -= children;
            chosen.push(household);
        }
        if left == 0 {
            break;
        }
    }
    chosen.sort_unstable();
    pupils.into_iter().partition(|child| chosen.binary_search(&roster.husstand[child.0].0).is_ok())
}

impl Places {
    /// Notes where children were dealt, to places that come next in the list; gives how many each takes.
    fn fill(&mut self, children: &[Child], dealt: &[usize], rooms: usize) -> Vec<usize> {
        let first = self.enheter.len();
        let mut used = vec![0; rooms];
        for (&(person, fra), &room) in children.iter().zip(dealt) {
            used[room] += 1;
            self.children.push((person, first + room, fra));
        }
        used
    }
}

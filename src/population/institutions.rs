//! The municipality and what it runs, some businesses, and who goes to which kindergarten and school
//! (`specs/population.md` §9, §12).

use std::collections::BTreeMap;

use super::apportion::{interpolate, split};
use super::calendar::{civil, day_number};
use super::filler;
use super::homes::Homes;
use super::names::{Composer, Wanted};
use super::numbers;
use super::roster::Roster;
use super::streams::{Given, Streams};
use super::tables::Tables;
use crate::base::Domain;
use crate::town::model::{DayNo, PersonId, PlassRow, Virksomhet, VirksomhetId, Virksomhetsslag};

/// Columns of the facility table.
const SCHOOLS: usize = 0;
const PRIVATE_SCHOOLS: usize = 1;
const KINDERGARTENS: usize = 2;
const PRIVATE_KINDERGARTENS: usize = 3;
const HEALTH_STATIONS: usize = 5;
/// Other organisations per thousand residents; the register of all of them is not part of this pack yet.
const OTHERS_PER_MILLE: u64 = 10;
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

/// Organisations and places.
pub(super) struct Institutions {
    pub virksomheter: Vec<Virksomhet>,
    pub plasser: Vec<PlassRow>,
}

/// A child on the way to a place: grunnkrets for nearness, row, first day.
type Child = (u16, usize, DayNo);

/// Makes the organisations and gives each child a place near home.
pub(super) fn found(
    roster: &Roster,
    homes: &Homes,
    wanted: &Wanted,
    given: Given<'_>,
    composer: &mut Composer,
) -> Institutions {
    let Given { size, profile, tables, streams, part } = given;
    let count = |column| usize::try_from(facility(size, tables, column)).expect("a count");
    let kindergartens = (count(KINDERGARTENS) + count(PRIVATE_KINDERGARTENS)).max(1);
    let school_count = usize::try_from(homes.schools).expect("a count");
    let health = count(HEALTH_STATIONS).max(1);
    let (small, pupils) = children(roster, homes, tables, streams);
    let mut orgnr = numbers::public(part, profile.number, 1 + kindergartens + school_count + health).into_iter();
    let mut virksomheter = Vec::new();
    let mut taken = BTreeMap::new();
    let mut add = |navn: String, slag, kapasitet, orgnr, composer: &mut Composer| {
        let repeat = taken.entry(navn.clone()).or_insert(0u32);
        *repeat += 1;
        let navn = if *repeat == 1 { navn } else { format!("{navn} {repeat}") };
        let navn = composer.push(&navn.to_uppercase());
        virksomheter.push(Virksomhet { kapasitet, ..Virksomhet::ny(orgnr, navn, slag) });
    };
    let mut next = || orgnr.next().expect("the public band holds ten thousand");
    add(format!("{} kommune", profile.name), Virksomhetsslag::Kommune, 0, next(), composer);
    let first_kindergarten = 1;
    let (kindergarten_use, mut plasser) = deal(small, kindergartens, first_kindergarten);
    let mut words = streams.kommune("barnehagenavn");
    for used in kindergarten_use {
        let name = format!("{} barnehage", filler::word(&mut words));
        // One place in twelve is free, and at least two.
        let places = used + (used / 12).max(2);
        add(name, Virksomhetsslag::Barnehage, u16::try_from(places).unwrap_or(u16::MAX), next(), composer);
    }
    let (school_use, places) = deal(pupils, school_count, first_kindergarten + kindergartens);
    plasser.extend(places);
    let key = streams.key(Domain::Kommune, "skolenavn");
    for (number, used) in school_use.into_iter().enumerate() {
        let names = &tables.names;
        let tail = names.bearers.len() - names.listed_surnames;
        let farm = names.listed_surnames + key.at(number as u64).index(tail);
        let id = names.first_surname + u32::try_from(farm).expect("a name");
        let name = format!("{} skole", names.texts.get(crate::base::TextId(id)));
        add(name, Virksomhetsslag::Skole, u16::try_from(used + used / 8 + 10).unwrap_or(u16::MAX), next(), composer);
    }
    for number in 0..health {
        let name = if number == 0 {
            format!("{} helsestasjon", profile.name)
        } else {
            format!("{} helsestasjon {}", profile.name, number + 1)
        };
        add(name, Virksomhetsslag::Helsestasjon, 0, next(), composer);
    }
    let others = usize::try_from(u64::from(size) * OTHERS_PER_MILLE / 1_000).expect("a count");
    let key = streams.key(Domain::Kommune, "foretak");
    let start = streams.kommune("foretaksnummer").word();
    for (number, orgnr) in numbers::others(part, start, others).into_iter().enumerate() {
        let mut stream = key.at(number as u64);
        let owner = composer.texts.get(wanted.etternavn[stream.index(roster.residents)]).to_owned();
        let name = format!("{owner} {} AS", filler::company_word(&mut stream));
        add(name, Virksomhetsslag::Annet, 0, orgnr, composer);
    }
    plasser.sort_by_key(|row| row.person);
    Institutions { virksomheter, plasser }
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

//! People of the register who do not live here: those who died not long ago, the emigrated, and people with a D-number
//! (`specs/population.md` §6, §14, §16.9).

use super::calendar::{age, day_number, plus_years};
use super::origin::{Origins, year};
use super::roster::{Rolle, Roster};
use super::streams::Given;
use super::tables::{EMIGRATION, decimal, rows, running};
use crate::base::{Domain, Kjoenn, Stream};
use crate::town::model::{DayNo, DnummerRow, InnflyttingRow, Landkode, PersonId, Personstatus, UtflyttingRow};

/// Deaths of the last eighteen months that left nobody married to the dead, per thousand residents; and at least four,
/// three of whom were of working age: they can still stand as owners and in roles (§14).
const DEAD: u64 = 6;
const FEWEST_DEAD: u64 = 4;
const OF_WORKING_AGE: u64 = 3;
/// Emigrated people the town still knows, per thousand residents (own estimate, D).
const EMIGRATED: u64 = 8;
const FEWEST_EMIGRATED: u64 = 6;
/// D-numbers in use and inactive, per thousand residents (§6).
const LIVE: u64 = 12;
const INACTIVE: u64 = 6;
/// D-number people whose birth date is not the one in the number, per cent (§15.1: at least one).
const WRONG_DATE: u64 = 2;
/// Men among D-number people, per cent (own estimate, D).
const MEN: u64 = 72;
/// A D-number is made inactive after this many years.
const ACTIVE_YEARS: i32 = 5;

/// A time somebody lived in town.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stay {
    pub person: PersonId,
    /// A resident in whose homes; none for a home of one's own.
    pub hos: PersonId,
    pub fra: DayNo,
    pub til: DayNo,
}

/// What is known of the people elsewhere beside their rows in the roster.
#[derive(Default)]
pub(super) struct Elsewhere {
    pub dnummer: Vec<DnummerRow>,
    /// The birth date in the D-number of each row of `dnummer`.
    pub nummer_dato: Vec<DayNo>,
    pub innflyttinger: Vec<InnflyttingRow>,
    pub utflyttinger: Vec<UtflyttingRow>,
    pub stays: Vec<Stay>,
}

/// Some day in `from..until`.
fn day_between(stream: &mut Stream, from: i32, until: i32) -> DayNo {
    let days = u64::try_from(until - from).unwrap_or(0).max(1);
    DayNo(from + i32::try_from(stream.uniform(days)).expect("days"))
}

fn kjoenn(stream: &mut Stream, men_per_cent: u64) -> Kjoenn {
    if stream.uniform(100) < men_per_cent { Kjoenn::Mann } else { Kjoenn::Kvinne }
}

impl Elsewhere {
    /// Adds all of them to `roster` and `origins`, the dead first.
    pub fn add(roster: &mut Roster, origins: &mut Origins, given: Given<'_>) -> Self {
        let mut elsewhere = Self::default();
        elsewhere.widowed_homes(roster);
        elsewhere.recent_dead(roster, origins, given);
        elsewhere.emigrated(roster, origins, given);
        elsewhere.d_numbers(roster, origins, given);
        elsewhere
    }

    /// The dead lived with those they left behind.
    fn widowed_homes(&mut self, roster: &Roster) {
        for (place, (&like, &til)) in roster.doed_som.iter().zip(&roster.doedsdato).enumerate() {
            let person = PersonId::at(roster.residents + place);
            let fra = roster.dato[person.index()];
            self.stays.push(Stay { person, hos: PersonId(like), fra, til });
        }
    }

    fn recent_dead(&mut self, roster: &mut Roster, origins: &mut Origins, given: Given<'_>) {
        let mut stream = given.streams.kommune("nylig_doede");
        let count = (u64::from(given.size) * DEAD / 1_000).max(FEWEST_DEAD);
        let norwegian: Vec<usize> = (0..roster.residents)
            .filter(|&person| origins.is_norwegian(person) && roster.alder(person) >= 22 && roster.alder(person) < 68)
            .collect();
        for number in 0..count {
            let kjoenn = kjoenn(&mut stream, 52);
            let til = DayNo(roster.today.0 - 8 - i32::try_from(stream.uniform(540)).expect("days"));
            let years = if number < OF_WORKING_AGE { 45 + stream.uniform(20) } else { 66 + stream.uniform(30) };
            let dato = DayNo(
                plus_years(til, -i32::try_from(years).expect("years")).0 - 1 - day_between(&mut stream, 0, 360).0,
            );
            let like = norwegian[stream.index(norwegian.len())];
            let person = roster.push_dead(kjoenn, dato, til, like);
            // A grown-up child, if the one of that background has no such parent yet and the ages fit.
            let column = if kjoenn == Kjoenn::Kvinne { &mut roster.mor } else { &mut roster.far };
            let at_birth = age(dato, roster.dato[like]);
            if column[like].some().is_none() && (18..=42).contains(&at_birth) && roster.rolle[like] != Rolle::Barn {
                column[like] = person;
            }
            let fra = day_between(&mut stream, plus_years(dato, 20).0, til.0 - 200);
            self.stays.push(Stay { person, hos: PersonId::NONE, fra, til });
        }
        origins.extend_to_dead(roster);
    }

    /// Children of residents who left home for abroad, immigrants who returned, and others who once lived here.
    fn emigrated(&mut self, roster: &mut Roster, origins: &mut Origins, given: Given<'_>) {
        let tables = given.tables;
        let key = given.streams.key(Domain::Person, "utflyttet");
        let destinations = destinations();
        let totals = running(destinations.iter().map(|row| row.1));
        let countries = running(tables.countries.iter().map(|country| country.persons));
        let mut mothers = Mothers::of(roster, origins, given);
        let count = (u64::from(given.size) * EMIGRATED / 1_000).max(FEWEST_EMIGRATED);
        for number in 0..count {
            let mut stream = key.at(number);
            let today = roster.today;
            let til = day_between(&mut stream, plus_years(today, -10).0, today.0 - 20);
            let kjoenn = kjoenn(&mut stream, 50);
            let land = destinations[stream.weighted(&totals)].0;
            let came_from = stream.weighted(&countries);
            let returns = stream.uniform(100) < 75;
            let years = i32::try_from(22 + stream.uniform(40)).expect("years");
            let mother = (number % 5 < 2).then(|| mothers.take(roster, til, &mut stream)).flatten();
            let (person, fra, land) = if let Some((mother, dato)) = mother {
                let person = roster.push_elsewhere(kjoenn, dato, Personstatus::Utflyttet);
                origins.push_elsewhere(None, tables, DayNo::NONE);
                roster.mor[person.index()] = PersonId::at(mother);
                self.stays.push(Stay { person, hos: PersonId::at(mother), fra: dato, til });
                self.utflyttinger.push(UtflyttingRow { person, land, dato: til });
                continue;
            } else if number % 5 < 4 {
                let country = &tables.countries[came_from];
                // Not before the country's people began to come: most stay a few years.
                let dato = day_between(&mut stream, plus_years(til, -years - 1).0, plus_years(til, -years).0);
                let came = DayNo(til.0 - 300 - i32::try_from(stream.uniform(6 * 365)).expect("days"));
                let person = roster.push_elsewhere(kjoenn, dato, Personstatus::Utflyttet);
                origins.push_elsewhere(Some(came_from), tables, came);
                self.innflyttinger.push(InnflyttingRow { person, land: country.code, dato: came });
                (person, came, if returns { country.code } else { land })
            } else {
                let dato = day_between(&mut stream, plus_years(til, -years - 8).0, plus_years(til, -years - 7).0);
                let person = roster.push_elsewhere(kjoenn, dato, Personstatus::Utflyttet);
                origins.push_elsewhere(None, tables, DayNo::NONE);
                let fra = day_between(&mut stream, plus_years(dato, 19).0, til.0 - 100);
                (person, fra, land)
            };
            self.utflyttinger.push(UtflyttingRow { person, land, dato: til });
            self.stays.push(Stay { person, hos: PersonId::NONE, fra, til });
        }
    }

    /// People with work or property here and no residence. They have no home in the town's register.
    fn d_numbers(&mut self, roster: &mut Roster, origins: &mut Origins, given: Given<'_>) {
        let key = given.streams.key(Domain::Person, "d_nummer");
        let countries = running(given.tables.countries.iter().map(|country| country.commuters));
        let per_mille = |share: u64| (u64::from(given.size) * share / 1_000).max(2);
        let (live, inactive) = (per_mille(LIVE), per_mille(INACTIVE));
        let total = live + inactive;
        let wrong = (total * WRONG_DATE).div_ceil(100);
        let today = roster.today;
        for number in 0..total {
            let mut stream = key.at(number);
            let (status, from, until) = if number < live {
                (Personstatus::Midlertidig, plus_years(today, -ACTIVE_YEARS).0 + 1, today.0 - 5)
            } else {
                (Personstatus::Inaktiv, plus_years(today, -ACTIVE_YEARS - 11).0, plus_years(today, -ACTIVE_YEARS).0)
            };
            let fra = day_between(&mut stream, from, until);
            let years = i32::try_from(19 + stream.uniform(44)).expect("years");
            let dato = day_between(&mut stream, plus_years(fra, -years - 1).0 + 1, plus_years(fra, -years).0);
            let person = roster.push_elsewhere(kjoenn(&mut stream, MEN), dato, status);
            origins.push_elsewhere(Some(stream.weighted(&countries)), given.tables, DayNo::NONE);
            // Every so many has a date that was corrected later: mostly 1 January of the year, as first stated.
            let is_wrong = number * wrong / total != (number + 1) * wrong / total;
            // Of a population in parts, each has days of its own for those who are no residents.
            let dato = roster.dato[person.index()];
            let stated = roster.part.own_day(day_number(year(dato), 1, 1));
            let in_number = match (is_wrong, stated == dato) {
                (false, _) => dato,
                (true, false) => stated,
                (true, true) => roster.part.own_day(DayNo(dato.0 + 60)),
            };
            self.dnummer.push(DnummerRow { person, fra });
            self.nummer_dato.push(in_number);
        }
    }
}

/// Where people without immigrant background go, with weights.
fn destinations() -> Vec<(Landkode, u64)> {
    let code = |text: &str| Landkode(text.as_bytes().try_into().expect("three letters"));
    rows(EMIGRATION).map(|row| (code(row[0]), decimal(row[1], 0))).collect()
}

/// Women of the town who can have another grown-up child.
struct Mothers {
    women: Vec<u32>,
    /// Birth dates of their children, sorted by mother.
    births: Vec<(u32, DayNo)>,
    next: usize,
}

impl Mothers {
    fn of(roster: &Roster, origins: &Origins, given: Given<'_>) -> Self {
        let mut women: Vec<u32> = (0..roster.residents)
            .filter(|&person| {
                roster.kjoenn[person] == Kjoenn::Kvinne
                    && (46..=82).contains(&roster.alder(person))
                    && roster.rolle[person] != Rolle::Barn
                    && origins.is_norwegian(person)
            })
            .map(|person| u32::try_from(person).expect("a resident"))
            .collect();
        given.streams.kommune("utflyttet_barn_av").shuffle(&mut women);
        let mut births: Vec<(u32, DayNo)> =
            (0..roster.len()).filter_map(|child| Some((roster.mor[child].some()?.0, roster.dato[child]))).collect();
        births.sort_unstable();
        Self { women, births, next: 0 }
    }

    /// The next mother with the birth date of a child who is at least nineteen on `day`; nobody twice.
    fn take(&mut self, roster: &Roster, day: DayNo, stream: &mut Stream) -> Option<(usize, DayNo)> {
        let mother = *self.women.get(self.next)?;
        self.next += 1;
        let own = roster.dato[mother as usize];
        let until = plus_years(own, 38).0.min(plus_years(day, -19).0);
        let from = plus_years(own, 20).0;
        if from >= until {
            return None;
        }
        let born = day_between(stream, from, until);
        let at = self.births.partition_point(|row| row.0 < mother);
        let is_spaced =
            self.births[at..].iter().take_while(|row| row.0 == mother).all(|row| (row.1.0 - born.0).abs() >= 300);
        is_spaced.then_some((mother as usize, born))
    }
}

/// Gives a child without a father in the register one with a D-number (§16.9), if there is one of a fitting age: a row of
/// the child and of the father.
pub(super) fn father_with_d_number(
    roster: &mut Roster,
    elsewhere: &Elsewhere,
    given: Given<'_>,
) -> Option<(usize, PersonId)> {
    let mut stream = given.streams.kommune("far_med_d_nummer");
    let mut children: Vec<usize> = (0..roster.residents)
        .filter(|&child| {
            roster.alder(child) < 18
                && roster.far[child].some().is_none()
                && roster.mor[child].some().is_some_and(|mor| mor.index() < roster.residents)
                && roster.rolle[child] == Rolle::Barn
        })
        .collect();
    stream.shuffle(&mut children);
    for child in children {
        let fits = |father: &PersonId| {
            let at = father.index();
            let years = age(roster.dato[at], roster.dato[child]);
            roster.kjoenn[at] == Kjoenn::Mann && (18..=60).contains(&years)
        };
        if let Some(father) = elsewhere.dnummer.iter().map(|row| row.person).find(fits) {
            // Brothers and sisters of the same mother without a father keep none.
            roster.far[child] = father;
            return Some((child, father));
        }
    }
    None
}

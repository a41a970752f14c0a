//! Residence spells: who moved together shares one, children born here begin with their birth, immigrants with their
//! arrival. Histories go back year by year with the rates of the age then (`specs/population.md` §5).

use std::collections::BinaryHeap;

use rayon::prelude::*;

use super::calendar::{civil, plus_years};
use super::civil::Civil;
use super::elsewhere::Stay;
use super::homes::Homes;
use super::migration::Migration;
use super::origin::Origins;
use super::places::Barn;
use super::roster::{Rolle, Roster};
use super::streams::{Given, Streams};
use super::tables::{Tables, by_age};
use crate::base::{Domain, Stream, StreamKey};
use crate::town::model::{BoligId, BostedRow, DayNo, PersonId, SpellId};

/// Moves by month against the mean, per cent (`specs/population.md` §5).
const MONTHS: [u64; 12] = [110, 85, 85, 85, 85, 130, 130, 160, 85, 85, 85, 85];
/// Moves of the last days are not yet reported.
const REPORTED_WITHIN_DAYS: i32 = 3;
/// Homes in town before the present one that are kept, and how far back.
const MOST_HOMES: usize = 4;
const YEARS_BACK: i32 = 20;

/// Spells and who has them.
#[derive(Default)]
pub(super) struct Spells {
    pub rows: Vec<BostedRow>,
    /// Where each person's spells begin in `of_person`.
    pub start: Vec<u32>,
    pub of_person: Vec<SpellId>,
    /// Current spell of each household.
    pub of_household: Vec<SpellId>,
}

/// What spells are drawn from.
pub(super) struct Moves<'a> {
    pub roster: &'a Roster,
    pub origins: &'a Origins,
    pub migration: &'a Migration,
    /// Times people elsewhere and the dead lived here.
    pub stays: &'a [Stay],
    pub homes: &'a Homes,
    /// Somebody who moved in with a parent within the year.
    pub newcomer: Option<PersonId>,
    pub given: Given<'a>,
}

/// Days since the newcomer moved in: less than the year that makes a couple of two who live together.
const NEW_PARTNER_DAYS: (i32, u64) = (30, 270);

/// Who of a couple with a child in kindergarten moved in with the other within the year: the household of which it is asked
/// from when they are a couple (`specs/folkeregister.md` §20). Best somebody who is neither the child's parent nor married
/// to one, next a step-parent, then a parent; nobody protected. None where no couple has a child in kindergarten.
pub(super) fn new_partner(
    roster: &Roster,
    civil: &Civil,
    barn: &Barn,
    is_open: impl Fn(usize) -> bool,
) -> Option<PersonId> {
    let open = (0..roster.household_count()).filter(|household| roster.members(*household).all(&is_open));
    let couples = open.flat_map(|household| {
        let first = PersonId::at(roster.members(household).start);
        let partner = roster.partner[first.index()].some();
        let partner = partner.filter(|partner| roster.husstand[partner.index()] == roster.husstand[first.index()]);
        partner.into_iter().flat_map(move |partner| [(household, first, partner), (household, partner, first)])
    });
    let rank = |(household, stays, comes): (usize, PersonId, PersonId)| {
        let parents = |child: usize| [roster.mor[child], roster.far[child]];
        let is_asked = |child: usize| barn.attends(PersonId::at(child)) && parents(child).contains(&stays);
        let is_stranger = roster.children(household).all(|child| !parents(child).contains(&comes));
        let is_married = civil.rows_between(stays, comes);
        roster.children(household).any(is_asked).then_some((!is_stranger, is_married, comes))
    };
    couples.filter_map(rank).min().map(|(.., comes)| comes)
}

/// A home of a household in town.
#[derive(Clone, Copy)]
struct Home {
    bolig: BoligId,
    fra: DayNo,
    til: DayNo,
    /// The spell of everybody who was there from the first day.
    spell: SpellId,
}

impl Moves<'_> {
    /// Draws the spells of all rows.
    pub fn spells(&self) -> Spells {
        let (mut homes, stays) = self.homes();
        let key = self.given.streams.key(Domain::Person, "innflytting");
        let mut spells = Spells::default();
        for (household, homes) in homes.iter_mut().enumerate() {
            for home in homes.iter_mut() {
                home.spell = spells.push(home.bolig, home.fra, home.til);
            }
            let current = homes[0];
            spells.of_household.push(current.spell);
            for person in self.roster.members(household) {
                spells.next_person();
                if self.newcomer == Some(PersonId::at(person)) {
                    // After the other, also where the household itself is new.
                    let after = DayNo((current.fra.0 + 1).min(self.roster.today.0 - REPORTED_WITHIN_DAYS));
                    spells.live(current, self.newly(person).max(after));
                    continue;
                }
                if self.roster.rolle[person] == Rolle::Annen {
                    let fra = self.own_arrival(person, &key).0.max(current.fra.0);
                    spells.live(current, DayNo(fra));
                    continue;
                }
                let begins = self.begins(person);
                homes.iter().rev().filter(|home| begins < home.til).for_each(|&home| spells.live(home, begins));
            }
        }
        let mut of_row = vec![Vec::new(); self.roster.len() - self.roster.residents];
        for (stay, bolig) in self.stays.iter().zip(stays) {
            let row = stay.person.index();
            let begins = stay.fra.0.max(self.origins.begins(self.roster, row).0);
            let there: Vec<(BoligId, DayNo, DayNo)> = match (stay.hos.some(), bolig) {
                (Some(hos), _) => homes[self.roster.husstand[hos.index()].index()]
                    .iter()
                    .rev()
                    .map(|home| (home.bolig, home.fra, home.til))
                    .collect(),
                (None, Some(bolig)) => vec![(bolig, stay.fra, stay.til)],
                (None, None) => Vec::new(),
            };
            for (bolig, fra, til) in there {
                let (fra, til) = (fra.0.max(begins), til.0.min(stay.til.0));
                if fra < til {
                    of_row[row - self.roster.residents].push((bolig, DayNo(fra), DayNo(til)));
                }
            }
        }
        for stays in of_row {
            spells.next_person();
            for (bolig, fra, til) in stays {
                let spell = spells.push(bolig, fra, til);
                spells.of_person.push(spell);
            }
        }
        spells.next_person();
        spells
    }

    /// The first day somebody can have lived here.
    fn begins(&self, person: usize) -> DayNo {
        let begins = self.migration.back(person).unwrap_or_else(|| self.origins.begins(self.roster, person));
        self.roster.in_foster_home_since(person).map_or(begins, |since| since.max(begins))
    }

    /// When the newcomer moved in.
    fn newly(&self, person: usize) -> DayNo {
        let (least, days) = NEW_PARTNER_DAYS;
        let mut stream = self.given.streams.key(Domain::Person, "ny_samboer").at(person as u64);
        let ago = least + i32::try_from(stream.uniform(days)).expect("below a year");
        DayNo((self.roster.today.0 - ago).max(self.begins(person).0))
    }

    /// When somebody who is not of the family moved in.
    fn own_arrival(&self, person: usize, key: &StreamKey) -> DayNo {
        let begins = self.begins(person);
        let alder = self.roster.alder(person);
        let (_, day) = last_move(self.roster.today, alder, self.given.tables, &mut key.at(person as u64));
        DayNo(day.0.max(begins.0))
    }

    /// The homes of each household, the present one first, and those of the stays of people with a home of their own.
    fn homes(&self) -> (Vec<Vec<Home>>, Vec<Option<BoligId>>) {
        let key = self.given.streams.key(Domain::Husstand, "flytting");
        let moved_in: Vec<Vec<DayNo>> = (0..self.roster.household_count())
            .into_par_iter()
            .map(|household| self.moved_in(household, &key))
            .collect();
        let mut wanted: Vec<Wanted> = Vec::new();
        for (household, days) in moved_in.iter().enumerate() {
            for pair in days.windows(2) {
                wanted.push(Wanted { til: pair[0], fra: pair[1], of: Of::Household(household) });
            }
        }
        for (number, stay) in self.stays.iter().enumerate().filter(|(_, stay)| stay.hos.some().is_none()) {
            wanted.push(Wanted { til: stay.til, fra: stay.fra, of: Of::Stay(number) });
        }
        // The latest first, so that a home given away is free for whoever left before.
        wanted.sort_unstable_by_key(|wanted| std::cmp::Reverse((wanted.til, wanted.fra, wanted.of)));
        let mut homes: Vec<Vec<Home>> = moved_in
            .iter()
            .zip(&self.homes.of_household)
            .map(|(days, &bolig)| vec![Home { bolig, fra: days[0], til: DayNo::NONE, spell: SpellId::at(0) }])
            .collect();
        let mut stays = vec![None; self.stays.len()];
        let mut free = Free::new(self.homes, &moved_in, self.given.streams);
        for wanted in wanted {
            // A history with a home missing in the middle ends there: spells have no gaps.
            let follows = match wanted.of {
                Of::Household(household) => homes[household].last().is_some_and(|home| home.fra == wanted.til),
                Of::Stay(_) => true,
            };
            let Some(bolig) = follows.then(|| free.take(wanted.til, wanted.fra)).flatten() else { continue };
            match wanted.of {
                Of::Household(household) => {
                    homes[household].push(Home { bolig, fra: wanted.fra, til: wanted.til, spell: SpellId::at(0) });
                }
                Of::Stay(number) => stays[number] = Some(bolig),
            }
        }
        (homes, stays)
    }

    /// The days a household moved within the town, the latest first; the last is when it came to town.
    fn moved_in(&self, household: usize, key: &StreamKey) -> Vec<DayNo> {
        let (roster, tables) = (self.roster, self.given.tables);
        let mut stream = key.at(household as u64);
        let first = roster.members(household).start;
        // Nobody moves on their own before eighteen, nor before coming to Norway.
        let partner = roster.partner[first].some().map_or(roster.dato[first], |other| roster.dato[other.index()]);
        let adult = plus_years(DayNo(roster.dato[first].0.max(partner.0)), 18).0 + 1;
        let earliest = adult.max(self.begins(first).0);
        let reported = roster.today.0 - REPORTED_WITHIN_DAYS;
        let mut days = Vec::with_capacity(2);
        let mut at = roster.today;
        let mut alder = roster.alder(first);
        while days.len() <= MOST_HOMES {
            let (years, day) = last_move(at, alder, tables, &mut stream);
            let fra = DayNo(day.0.max(earliest).min(reported));
            if days.last().is_some_and(|&later: &DayNo| fra.0 + 30 > later.0) {
                break;
            }
            days.push(fra);
            alder -= years;
            let (within, between) = by_age(&tables.moves, u32::try_from(alder).unwrap_or(0)).copied().unwrap_or((1, 1));
            let came_from_town = stream.uniform(u64::from(within + between)) < u64::from(within);
            if fra.0 <= earliest || !came_from_town || fra.0 < roster.today.0 - YEARS_BACK * 365 {
                break;
            }
            at = fra;
        }
        days
    }
}

/// Who wants a home of earlier.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    Household(usize),
    Stay(usize),
}

/// A home wanted for `fra..til`.
struct Wanted {
    til: DayNo,
    fra: DayNo,
    of: Of,
}

/// Homes by the first day they are taken from: free before it.
struct Free {
    taken_from: BinaryHeap<(DayNo, BoligId)>,
    /// Free before the day asked about.
    open: Vec<BoligId>,
    stream: Stream,
}

impl Free {
    fn new(homes: &Homes, moved_in: &[Vec<DayNo>], streams: Streams) -> Self {
        let taken = homes.of_household.iter().zip(moved_in).filter(|(bolig, _)| bolig.some().is_some());
        let taken_from = taken.map(|(&bolig, days)| (days[0], bolig)).collect();
        Self { taken_from, open: homes.vacant.clone(), stream: streams.kommune("forrige_bolig") }
    }

    /// A home that nobody lived in until `til`, taken from `fra` on. Days asked about never increase.
    fn take(&mut self, til: DayNo, fra: DayNo) -> Option<BoligId> {
        while self.taken_from.peek().is_some_and(|&(day, _)| day >= til) {
            self.open.extend(self.taken_from.pop().map(|(_, bolig)| bolig));
        }
        if self.open.is_empty() {
            return None;
        }
        let bolig = self.open.swap_remove(self.stream.index(self.open.len()));
        self.taken_from.push((fra, bolig));
        Some(bolig)
    }
}

impl Spells {
    fn push(&mut self, bolig: BoligId, fra: DayNo, til: DayNo) -> SpellId {
        self.rows.push(BostedRow { bolig, fra, til });
        SpellId::at(self.rows.len() - 1)
    }

    fn next_person(&mut self) {
        self.start.push(u32::try_from(self.of_person.len()).expect("spells"));
    }

    /// Somebody lives in `home`, at the earliest from `begins`.
    fn live(&mut self, home: Home, begins: DayNo) {
        let spell = if begins <= home.fra { home.spell } else { self.push(home.bolig, begins, home.til) };
        self.of_person.push(spell);
    }
}

/// The day somebody of age `alder` at `at` last moved before, and how many years before: year by year back with the rates
/// of the age then (§5).
fn last_move(at: DayNo, alder: i32, tables: &Tables, stream: &mut Stream) -> (i32, DayNo) {
    let mut years = 0;
    while years < 70 && alder - years > 18 {
        let then = u32::try_from(alder - years).unwrap_or(0);
        let rate = by_age(&tables.moves, then).map_or(0, |(within, between)| within + between);
        if stream.uniform(1_000) < u64::from(rate) {
            break;
        }
        years += 1;
    }
    let mut day = DayNo(0);
    for _ in 0..4 {
        let days = i32::try_from(stream.uniform(365)).expect("days of a year");
        day = DayNo(at.0 - REPORTED_WITHIN_DAYS - years * 365 - days);
        if stream.uniform(160) < MONTHS[usize::from(civil(day).1 - 1)] {
            break;
        }
    }
    (years, day)
}

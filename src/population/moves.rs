//! Residence spells: who moved together shares one, children born here begin with their birth.

use super::calendar::{civil, plus_years};
use super::homes::Homes;
use super::roster::{Rolle, Roster};
use super::streams::Streams;
use super::tables::{Tables, by_age};
use crate::base::{Domain, Stream, StreamKey};
use crate::town::model::{BoligId, BostedRow, DayNo, SpellId};

/// Moves by month against the mean, per cent (`specs/population.md` §5).
const MONTHS: [u64; 12] = [110, 85, 85, 85, 85, 130, 130, 160, 85, 85, 85, 85];
/// Moves of the last days are not yet reported.
const REPORTED_WITHIN_DAYS: i32 = 3;

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

/// When a household came to its home, and from where.
#[derive(Clone, Copy)]
struct Arrival {
    fra: DayNo,
    /// The home in town before, and since when.
    before: Option<(BoligId, DayNo)>,
}

/// Draws the spells of all residents; the dead have none.
pub(super) fn spells(roster: &Roster, homes: &Homes, tables: &Tables, streams: Streams) -> Spells {
    let arrivals = arrivals(roster, homes, tables, streams);
    let key = streams.key(Domain::Person, "innflytting");
    let mut spells = Spells::default();
    for (household, arrival) in arrivals.iter().enumerate() {
        let bolig = homes.of_household[household];
        let current = spells.push(bolig, arrival.fra, DayNo::NONE);
        spells.of_household.push(current);
        let before = arrival.before.map(|(bolig, fra)| (bolig, fra, spells.push(bolig, fra, arrival.fra)));
        for person in roster.members(household) {
            spells.start.push(u32::try_from(spells.of_person.len()).expect("spells"));
            let born = roster.dato[person];
            let since = match roster.rolle[person] {
                Rolle::Annen => Some(own_arrival(roster, person, tables, &key)),
                Rolle::Barn => roster.in_foster_home_since(person),
                _ => None,
            };
            if let Some(own) = since {
                if own > arrival.fra {
                    let spell = spells.push(bolig, own, DayNo::NONE);
                    spells.of_person.push(spell);
                } else {
                    spells.of_person.push(current);
                }
                continue;
            }
            if let Some((bolig, fra, spell)) = before {
                if born <= fra {
                    spells.of_person.push(spell);
                } else if born < arrival.fra {
                    let spell = spells.push(bolig, born, arrival.fra);
                    spells.of_person.push(spell);
                }
            }
            if born <= arrival.fra {
                spells.of_person.push(current);
            } else {
                let spell = spells.push(bolig, born, DayNo::NONE);
                spells.of_person.push(spell);
            }
        }
    }
    for _ in roster.residents..=roster.len() {
        spells.start.push(u32::try_from(spells.of_person.len()).expect("spells"));
    }
    spells
}

impl Spells {
    fn push(&mut self, bolig: BoligId, fra: DayNo, til: DayNo) -> SpellId {
        self.rows.push(BostedRow { bolig, fra, til });
        SpellId::at(self.rows.len() - 1)
    }
}

/// The day somebody of this age today last moved: year by year back with the rates of the age then (§5).
fn last_move(roster: &Roster, person: usize, tables: &Tables, stream: &mut Stream) -> (i32, DayNo) {
    let alder = roster.alder(person);
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
        day = DayNo(roster.today.0 - REPORTED_WITHIN_DAYS - years * 365 - days);
        if stream.uniform(160) < MONTHS[usize::from(civil(day).1 - 1)] {
            break;
        }
    }
    (years, day)
}

/// When somebody who is not of the family moved in.
fn own_arrival(roster: &Roster, person: usize, tables: &Tables, key: &StreamKey) -> DayNo {
    let (_, day) = last_move(roster, person, tables, &mut key.at(person as u64));
    DayNo(day.0.max(roster.dato[person].0))
}

/// Arrivals of all households. Who moved within the town in the last twelve months left a home that is vacant, or that
/// somebody moved into later in the same months.
fn arrivals(roster: &Roster, homes: &Homes, tables: &Tables, streams: Streams) -> Vec<Arrival> {
    let key = streams.key(Domain::Husstand, "flytting");
    let mut movers = Vec::new();
    let mut arrivals: Vec<Arrival> = (0..roster.household_count())
        .map(|household| {
            let mut stream = key.at(household as u64);
            let first = roster.members(household).start;
            let (years, day) = last_move(roster, first, tables, &mut stream);
            // Nobody moves on their own before eighteen.
            let adult = roster.partner[first]
                .some()
                .map_or(roster.dato[first], |partner| DayNo(roster.dato[partner.index()].0.max(roster.dato[first].0)));
            let latest = roster.today.0 - REPORTED_WITHIN_DAYS;
            let fra = DayNo(day.0.max(plus_years(adult, 18).0 + 1).min(latest));
            let alder = u32::try_from(roster.alder(first)).unwrap_or(0);
            let (within, between) = by_age(&tables.moves, alder).copied().unwrap_or((1, 1));
            let inside = stream.uniform(u64::from(within + between)) < u64::from(within);
            let longer = i32::try_from(200 + stream.uniform(12 * 365)).expect("years");
            let since = DayNo((fra.0 - longer).max(plus_years(adult, 18).0 + 1));
            if years == 0 && inside && since.0 + 60 < fra.0 {
                movers.push((fra, household, since));
            }
            Arrival { fra, before: None }
        })
        .collect();
    movers.sort_unstable();
    let mut free = homes.vacant.clone();
    streams.kommune("forrige_bolig").shuffle(&mut free);
    let mut free = free.into_iter();
    let mut stream = streams.kommune("flyttekjede");
    for (place, &(_, household, since)) in movers.iter().enumerate() {
        // Half leave a home to the next mover, half an empty one.
        let next = movers.get(place + 1).map(|&(_, next, _)| homes.of_household[next]);
        let to_next = stream.uniform(2) == 0;
        let bolig = match next.filter(|bolig| to_next && bolig.some().is_some()) {
            Some(bolig) => Some(bolig),
            None => free.next(),
        };
        arrivals[household].before = bolig.map(|bolig| (bolig, since));
    }
    arrivals
}

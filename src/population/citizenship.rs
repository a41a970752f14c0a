//! Citizenships beside and before the current first one (`specs/population.md` §6): two at once, those given up for the
//! Norwegian one, none and unknown.

use super::calendar::day_number;
use super::origin::{Origins, is_refugee_country};
use super::roster::Roster;
use super::streams::Given;
use crate::town::model::{DayNo, Landkode, PersonId, StatsborgerskapRow};

/// Residents with two current citizenships, per hundred thousand (§6).
const TWO: u64 = 2_500;
/// Stateless and of unknown citizenship, per hundred thousand (§6), and how many of three are stateless.
const NONE_OR_UNKNOWN: u64 = 100;
/// Countries of second citizenships of Norwegians whose parents were none of them immigrants here.
const SECOND: [Landkode; 5] =
    [Landkode(*b"SWE"), Landkode(*b"USA"), Landkode(*b"GBR"), Landkode(*b"DNK"), Landkode(*b"DEU")];
const UNKNOWN: Landkode = Landkode(*b"XUK");
/// Since this day a new Norwegian citizen keeps the old citizenship.
const TWO_ALLOWED_SINCE: (i32, u8, u8) = (2020, 1, 1);

/// Rows sorted by person, then date; makes some residents stateless or of unknown citizenship.
pub(super) fn rows(roster: &Roster, origins: &mut Origins, given: Given<'_>) -> Vec<StatsborgerskapRow> {
    let mut stream = given.streams.kommune("to_statsborgerskap");
    without(roster, origins, given);
    let (year, month, day) = TWO_ALLOWED_SINCE;
    let two_allowed = day_number(year, month, day);
    let mut rows = Vec::new();
    let mut two = Vec::new();
    let mut children = Vec::new();
    let mut others = Vec::new();
    for person in 0..roster.residents {
        let norsk = origins.statsborgerskap[person] == Landkode::NOR;
        let (came, borger) = (origins.ankomst[person].some(), origins.borger[person].some());
        match (came, borger) {
            (Some(_), Some(borger)) if borger < two_allowed => rows.push(StatsborgerskapRow {
                person: PersonId::at(person),
                land: origins.foedeland[person],
                fra: roster.dato[person],
                til: borger,
            }),
            (Some(_), Some(_)) => two.push(person),
            (None, _) if norsk && origins.country(person).is_some() => children.push(person),
            (None, _) if origins.is_norwegian(person) => others.push(person),
            _ => {}
        }
    }
    // New citizens first, then children of two countries, then others.
    let wanted = usize::try_from((roster.residents as u64 * TWO / 100_000).max(1)).expect("people");
    for group in [&mut two, &mut children, &mut others] {
        stream.shuffle(group);
    }
    for &person in two.iter().chain(&children).chain(&others).take(wanted) {
        let land = origins
            .country(person)
            .map_or_else(|| SECOND[stream.index(SECOND.len())], |country| given.tables.countries[country].code);
        let fra = roster.dato[person];
        rows.push(StatsborgerskapRow { person: PersonId::at(person), land, fra, til: DayNo::NONE });
    }
    // Those who might have kept the old one and did not gave it up with the new one.
    for &person in two.iter().skip(wanted) {
        let (land, til) = (origins.foedeland[person], origins.borger[person]);
        rows.push(StatsborgerskapRow { person: PersonId::at(person), land, fra: roster.dato[person], til });
    }
    rows.sort_by_key(|row| (row.person, row.fra));
    rows
}

/// One resident at least is stateless and one of unknown citizenship.
fn without(roster: &Roster, origins: &mut Origins, given: Given<'_>) {
    let mut stream = given.streams.kommune("uten_statsborgerskap");
    let foreign = |person: &usize| origins.statsborgerskap[*person] != Landkode::NOR;
    let (mut people, mut others): (Vec<usize>, Vec<usize>) =
        (0..roster.residents).filter(foreign).partition(|&person| is_refugee_country(origins.statsborgerskap[person]));
    stream.shuffle(&mut people);
    stream.shuffle(&mut others);
    let wanted = (roster.residents as u64 * NONE_OR_UNKNOWN / 100_000).max(2);
    let wanted = usize::try_from(wanted).expect("people");
    for (place, &person) in people.iter().chain(&others).take(wanted).enumerate() {
        origins.statsborgerskap[person] = if place % 3 == 1 { UNKNOWN } else { Landkode::STATSLOES };
    }
}

//! Identity numbers people had before the one in use: D-numbers replaced by birth numbers, numbers of the other legal sex,
//! and the second number of somebody who had two (`specs/folkeregister.md` §16, `specs/population.md` §16.9).

use super::calendar::plus_years;
use super::migration::Migration;
use super::origin::Origins;
use super::roster::{Rolle, Roster};
use super::streams::Given;
use crate::base::{Domain, Kjoenn};
use crate::town::model::{DayNo, Nummerskifte, PersonId};

/// Immigrants who had a D-number before they became residents, per cent (own estimate, D).
const UPGRADED: u64 = 35;
/// Adults who changed legal sex, and residents who had two numbers, per hundred thousand; at least one (own estimate, D).
const CHANGED_SEX: u64 = 40;
const DUPLICATES: u64 = 25;
/// D-numbers exist since 1991.
const D_NUMBERS_SINCE: i32 = 7_670;

/// A number that was given up, before it is known which.
#[derive(Clone, Copy, Debug)]
pub(super) struct Former {
    pub person: PersonId,
    /// Sex and date it was given for.
    pub kjoenn: Kjoenn,
    pub dato: DayNo,
    pub d_number: bool,
    pub grunn: Nummerskifte,
    /// Day of issue, of a D-number.
    pub fra: DayNo,
    /// The day the next number took over.
    pub til: DayNo,
}

/// Who had which, sorted by person.
pub(super) fn draw(roster: &Roster, origins: &Origins, migration: &Migration, given: Given<'_>) -> Vec<Former> {
    let mut former = upgraded(roster, origins, given);
    let taken = |former: &[Former], person: usize| former.iter().any(|row| row.person.index() == person);
    let per_hundred_thousand =
        |share: u64| usize::try_from((roster.residents as u64 * share / 100_000).max(1)).expect("people");
    let mut stream = given.streams.kommune("tidligere_nummer");
    let mut changed = Vec::new();
    let mut duplicates = Vec::new();
    let mut order: Vec<usize> = (0..roster.residents).filter(|&person| is_single(roster, person)).collect();
    stream.shuffle(&mut order);
    // Somebody of any household can have had two numbers; who changed sex is nobody's parent or spouse here.
    for person in order {
        if changed.len() < per_hundred_thousand(CHANGED_SEX) && origins.is_norwegian(person) {
            changed.push(person);
        } else if duplicates.len() < per_hundred_thousand(DUPLICATES)
            && migration.back(person).is_none()
            && !taken(&former, person)
        {
            duplicates.push(person);
        } else if changed.len() >= per_hundred_thousand(CHANGED_SEX)
            && duplicates.len() >= per_hundred_thousand(DUPLICATES)
        {
            break;
        }
    }
    for person in changed {
        let other = match roster.kjoenn[person] {
            Kjoenn::Kvinne => Kjoenn::Mann,
            Kjoenn::Mann => Kjoenn::Kvinne,
        };
        // Since 2016 one decides oneself, from sixteen on.
        let from = plus_years(roster.dato[person], 16).0.max(16_983) + 30;
        let span = u64::try_from(roster.today.0 - 30 - from).unwrap_or(0).max(1);
        former.push(Former {
            person: PersonId::at(person),
            kjoenn: other,
            dato: roster.dato[person],
            d_number: false,
            grunn: Nummerskifte::Kjoennsendring,
            fra: DayNo::NONE,
            til: DayNo(from + i32::try_from(stream.uniform(span)).expect("days")),
        });
    }
    for person in duplicates {
        let til = DayNo(roster.today.0 - 40 - i32::try_from(stream.uniform(1_500)).expect("days"));
        former.push(Former {
            person: PersonId::at(person),
            kjoenn: roster.kjoenn[person],
            dato: roster.dato[person],
            d_number: false,
            grunn: Nummerskifte::Dublett,
            fra: DayNo::NONE,
            til,
        });
    }
    former.sort_by_key(|row| (row.person, row.til));
    former
}

/// Adults without partner, children or parents among the rows, old enough and not about to be anything else.
fn is_single(roster: &Roster, person: usize) -> bool {
    let alone = roster.members(roster.husstand[person].index()).len() == 1;
    let is_own_day = roster.part.own_day(roster.dato[person]) == roster.dato[person];
    alone && is_own_day && roster.rolle[person] == Rolle::Referanse && (20..=60).contains(&roster.alder(person))
}

fn upgraded(roster: &Roster, origins: &Origins, given: Given<'_>) -> Vec<Former> {
    let key = given.streams.key(Domain::Person, "oppgradert_nummer");
    (0..roster.residents)
        .filter_map(|person| {
            let til = origins.ankomst[person].some().filter(|day| day.0 > D_NUMBERS_SINCE + 400)?;
            let born = roster.dato[person];
            let mut stream = key.at(person as u64);
            let chance = stream.uniform(100);
            let days = 20 + i32::try_from(stream.uniform(700)).expect("days");
            let is_adult = plus_years(born, 18) < DayNo(til.0 - days);
            (chance < UPGRADED && is_adult).then_some(Former {
                person: PersonId::at(person),
                kjoenn: roster.kjoenn[person],
                // Of a population in parts, each has days of its own for numbers that are nobody's now.
                dato: roster.part.own_day(born),
                d_number: true,
                grunn: Nummerskifte::Oppgradert,
                fra: DayNo(til.0 - days),
                til,
            })
        })
        .collect()
}

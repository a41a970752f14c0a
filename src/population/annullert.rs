//! Deaths registered by mistake and annulled some days later (`specs/population.md` §16.9).

use super::calendar::age;
use super::streams::Streams;
use crate::base::Domain;
use crate::town::model::{AnnullertDoedsfallRow, Base, DayNo, Husstandstype, PersonId, Personstatus, Sivilstand};

/// Residents for each such case beyond the first (own estimate, D).
const RESIDENTS: usize = 25_000;
/// Days before the first day on which the deaths are dated: within the year the event feed shows.
const BEFORE: std::ops::Range<i32> = 30..300;
/// Days until the mistake is put right; the register hears of a death within four.
const UNTIL_PUT_RIGHT: std::ops::Range<i32> = 6..21;
/// Nothing else happened to the person for so many days before the first day.
const QUIET: i32 = 400;
/// Youngest whom it happens to.
const YOUNGEST: i32 = 50;

/// Rows sorted by person. Nobody else's papers follow from these deaths: the people live alone, are not married, and
/// nothing else about them changed in that year.
pub(super) fn rows(base: &Base, streams: Streams) -> Vec<AnnullertDoedsfallRow> {
    let today = DayNo::of(base.header.start.dato());
    let key = streams.key(Domain::Person, "annullert_doedsfall");
    let mut found: Vec<(u64, PersonId)> = (0..base.header.size as usize)
        .map(PersonId::at)
        .filter(|&person| is_fit(base, person, today))
        .map(|person| (key.at(u64::from(person.0)).word(), person))
        .collect();
    found.sort_unstable();
    let wanted = 1 + base.header.size as usize / RESIDENTS;
    let days = |stream: &mut crate::base::Stream, range: &std::ops::Range<i32>| {
        let room = u64::from((range.end - range.start).unsigned_abs());
        range.start + i32::try_from(stream.uniform(room)).expect("some days")
    };
    let mut rows: Vec<AnnullertDoedsfallRow> = found
        .into_iter()
        .take(wanted)
        .map(|(_, person)| {
            let mut stream = key.at(u64::from(person.0));
            stream.word();
            let dato = DayNo(today.0 - days(&mut stream, &BEFORE));
            let annullert = DayNo(dato.0 + days(&mut stream, &UNTIL_PUT_RIGHT));
            AnnullertDoedsfallRow { person, dato, annullert }
        })
        .collect();
    rows.sort_by_key(|row| row.person);
    rows
}

fn is_fit(base: &Base, person: PersonId, today: DayNo) -> bool {
    let row = person.index();
    let people = &base.personer;
    let quiet = |day: DayNo| day.0 < today.0 - QUIET;
    let alone = people.husstand[row].some().is_some_and(|husstand| {
        base.husstander.slag[husstand.index()] == Husstandstype::Alene && base.medlemmer_of(husstand).len() == 1
    });
    let unmarried = base
        .sivilstander_of(person)
        .last()
        .is_none_or(|last| quiet(last.dato) && !matches!(last.sivilstand, Sivilstand::Gift | Sivilstand::Separert));
    let settled = base.bosteder_of(person).last().is_some_and(|spell| {
        let spell = base.bosteder[spell.index()];
        quiet(spell.fra) && spell.bolig.some().is_some()
    });
    people.status[row] == Personstatus::Bosatt
        && alone
        && unmarried
        && settled
        && age(people.foedselsdato[row], today) >= YOUNGEST
        && base.beskyttelse_of(person).is_none()
        && base.vergemaal_of(person).is_empty()
        && base.tidligere_nummer_of(person).is_empty()
        && base.tidligere_navn_of(person).iter().all(|name| quiet(name.til))
        && base.innflyttinger_of(person).iter().all(|row| quiet(row.dato))
}

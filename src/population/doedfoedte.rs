//! Stillborn children in the history of their parents (`specs/population.md` §4.1, §16.2 number 22).

use super::calendar::age;
use super::streams::Streams;
use crate::base::Kjoenn;
use crate::town::model::{Base, DayNo, DoedfoedtRow, PersonId, Personstatus};

/// Stillbirths per ten thousand births (§4.1), and at least one.
const PER_TEN_THOUSAND: usize = 32;
/// How far from the birth of a living brother or sister, in days.
const NEAREST: u64 = 330;
const SPREAD: u64 = 1_100;
/// Deliveries of one mother are at least this far apart (§16.2 number 19).
const MIN_SPACING_DAYS: i32 = 270;
/// Ages of a mother.
const AGES: std::ops::RangeInclusive<i32> = 18..=46;
/// Boys per thousand births (§4.1).
const BOYS: u64 = 514;

/// One row per stillborn child, sorted by mother; no mother has two.
pub(super) fn rows(base: &Base, streams: Streams) -> Vec<DoedfoedtRow> {
    let people = &base.personer;
    let is_resident = |person: PersonId| people.status[person.index()] == Personstatus::Bosatt;
    let mut children: Vec<PersonId> = (0..base.person_count())
        .filter(|&child| people.mor[child].some().is_some_and(is_resident))
        .map(PersonId::at)
        .collect();
    let wanted = ((children.len() * PER_TEN_THOUSAND + 5_000) / 10_000).max(1);
    let mut stream = streams.kommune("doedfoedte");
    let mut rows: Vec<DoedfoedtRow> = Vec::new();
    let today = DayNo::of(base.header.start.dato());
    // Of a few thousand children in random order the first that fit; only as many are shuffled as are looked at.
    for at in 0..children.len() {
        if rows.len() == wanted {
            break;
        }
        let other = at + stream.index(children.len() - at);
        children.swap(at, other);
        let child = children[at];
        let (mor, far) = (people.mor[child.index()], people.far[child.index()]);
        let distance = i32::try_from(NEAREST + stream.uniform(SPREAD)).expect("some years");
        let before = stream.uniform(2) == 0;
        let kjoenn = if stream.uniform(1_000) < BOYS { Kjoenn::Mann } else { Kjoenn::Kvinne };
        let born = people.foedselsdato[child.index()].0;
        let dato = DayNo(if before { born - distance } else { born + distance });
        let own = base.barn_of(mor).iter().map(|child| people.foedselsdato[child.index()].0);
        let is_spaced = own.clone().all(|day| (day - dato.0).abs() >= MIN_SPACING_DAYS);
        let fits = is_spaced
            && AGES.contains(&age(people.foedselsdato[mor.index()], dato))
            && dato.0 < today.0 - 40
            && base.beskyttelse_of(mor).is_none()
            && rows.iter().all(|row| row.mor != mor);
        if fits {
            let far = far.some().filter(|&far| is_resident(far) && was_grown(base, far, dato));
            rows.push(DoedfoedtRow { mor, far: far.unwrap_or(PersonId::NONE), kjoenn, dato });
        }
    }
    rows.sort_unstable_by_key(|row| row.mor);
    rows
}

/// Whether a second parent was old enough nine months before.
fn was_grown(base: &Base, far: PersonId, dato: DayNo) -> bool {
    age(base.personer.foedselsdato[far.index()], DayNo(dato.0 - 280)) >= 16
}

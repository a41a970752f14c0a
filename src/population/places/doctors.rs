//! Lists of general practitioners and who is on them (`specs/population.md` §9).

use crate::base::{Domain, Kjoenn};
use crate::population::apportion::split;
use crate::population::calendar::age;
use crate::population::streams::Streams;
use crate::town::model::{
    Base, DayNo, Fastlegeliste, HusstandId, PersonId, Personstatus, Utdanning, VirksomhetId, Virksomhetsslag,
};

/// People on a list in the mean, and in municipalities of fewer than two thousand.
const ON_LIST: u64 = 985;
const ON_SMALL_LIST: u64 = 650;
const SMALL_BELOW: u64 = 2_000;
/// Residents on a list, per mille; and how much more than its patients a list may hold (991 of 1 003).
const LISTED: u64 = 990;
const ROOM: u64 = 1_012;
/// Lists without a permanent doctor, per mille.
const VACANT: u64 = 49;
/// Ages of doctors.
const AGES: std::ops::RangeInclusive<i32> = 30..=66;

/// The lists, and the list of everybody ([`u16::MAX`] without one). Families are on one list; a doctor is on a colleague's
/// list where there is one.
pub(in crate::population) fn fastleger(base: &Base, streams: Streams) -> (Vec<Fastlegeliste>, Vec<u16>) {
    let size = u64::from(base.header.size);
    let mean = if size < SMALL_BELOW { ON_SMALL_LIST } else { ON_LIST };
    let count = usize::try_from(((size + mean / 2) / mean).max(1)).expect("a count");
    let mut stream = streams.kommune("fastlegelister");
    // Small lists stay between five and eight hundred.
    let spread = if size < SMALL_BELOW { 4 } else { 20 };
    let weights: Vec<u64> = (0..count).map(|_| 100 - spread + stream.uniform(2 * spread + 1)).collect();
    let (of_person, loads) = sign_up(base, &weights, streams);
    let doctors = doctors(base, count, &of_person, streams);
    let offices: Vec<VirksomhetId> = base
        .virksomheter
        .iter()
        .enumerate()
        .filter(|(_, unit)| unit.slag == Virksomhetsslag::Legekontor && unit.slettet == DayNo::NONE)
        .map(|(number, _)| VirksomhetId::at(number))
        .collect();
    let lists = (0..count)
        .map(|list| Fastlegeliste {
            lege: doctors[list],
            kontor: offices.get(list % offices.len().max(1)).copied().unwrap_or(VirksomhetId::NONE),
            tak: u16::try_from((loads[list] * ROOM).div_ceil(1_000)).unwrap_or(u16::MAX),
        })
        .collect();
    (lists, of_person)
}

/// Puts households on lists in proportion to `weights`; gives everybody's list and how many are on each.
fn sign_up(base: &Base, weights: &[u64], streams: Streams) -> (Vec<u16>, Vec<u64>) {
    let mut of_person = vec![u16::MAX; base.person_count()];
    let mut households: Vec<usize> = (0..base.husstander.slag.len()).collect();
    streams.key(Domain::Kommune, "fastlege").at(0).shuffle(&mut households);
    let size = u64::from(base.header.size);
    let mut without = size - size * LISTED / 1_000;
    let targets = split(size - without, weights);
    let mut loads = vec![0; weights.len()];
    let mut list = 0;
    for household in households {
        let members = base.medlemmer_of(HusstandId::at(household));
        let people = members.len() as u64;
        if people <= without {
            without -= people;
            continue;
        }
        if loads[list] >= targets[list] && list + 1 < loads.len() {
            list += 1;
        }
        loads[list] += people;
        for member in members {
            of_person[member.index()] = u16::try_from(list).unwrap_or(u16::MAX - 1);
        }
    }
    (of_person, loads)
}

/// A doctor for each list but those without: a resident of a doctor's education and age, half of them women; another adult
/// of that age where education gives too few.
fn doctors(base: &Base, count: usize, of_person: &[u16], streams: Streams) -> Vec<PersonId> {
    let today = DayNo::of(base.header.start.dato());
    let people = &base.personer;
    let filled = split(count as u64, &[1_000 - VACANT, VACANT])[0];
    let mut fit: [Vec<(bool, usize)>; 2] = [Vec::new(), Vec::new()];
    for row in 0..base.person_count() {
        let open = base.beskyttelse_of(PersonId::at(row)).is_none();
        if people.status[row] == Personstatus::Bosatt && AGES.contains(&age(people.foedselsdato[row], today)) && open {
            let is_trained = people.utdanning[row] == Utdanning::HoeyereLang;
            fit[usize::from(people.kjoenn[row] == Kjoenn::Mann)].push((!is_trained, row));
        }
    }
    let key = streams.key(Domain::Kommune, "leger");
    for (sex, candidates) in (0..).zip(&mut fit) {
        key.at(sex).shuffle(candidates);
        candidates.sort_by_key(|one| one.0);
    }
    let vacant = (count as u64 - filled, count as u64);
    let mut next = [0, 0];
    (0..count as u64)
        .map(|list| {
            // The lists without a doctor lie evenly among the others.
            if list * vacant.0 / vacant.1 != (list + 1) * vacant.0 / vacant.1 {
                return PersonId::NONE;
            }
            let sex = usize::try_from(list % 2).expect("0 or 1");
            let candidates = &mut fit[sex];
            let from = next[sex];
            let own = |one: &(bool, usize)| u64::from(of_person[one.1]) == list;
            let colleague = (from..candidates.len()).find(|&place| count == 1 || !own(&candidates[place]));
            let Some(place) = colleague.filter(|&place| place < candidates.len()) else { return PersonId::NONE };
            candidates.swap(from, place);
            next[sex] += 1;
            PersonId::at(candidates[from].1)
        })
        .collect()
}

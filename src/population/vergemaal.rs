//! Guardians of adults and children, and powers of attorney that came into force (`specs/population.md` §14).

use super::apportion::split;
use super::calendar::{age, day_number, plus_years};
use super::streams::Streams;
use crate::base::{Domain, Stream};
use crate::town::model::{Base, DayNo, PersonId, Personstatus, VergemaalRow, Vergemaalsslag};

/// Adults with a guardian, per ten thousand (§14).
const ADULTS: u64 = 90;
/// Adults with a power of attorney in force, per ten thousand (§14), and at least one.
const ATTORNEYS: u64 = 5;
/// How likely a guardianship is from these ages on, against the others (own estimate, D).
const BY_AGE: [(i32, u64); 4] = [(18, 12), (30, 7), (67, 14), (80, 50)];
/// Guardianships for a time only, and guardians who are family, live elsewhere in town, and the rest outside, per cent (D).
const FOR_A_TIME: u64 = 10;
const FAMILY: u64 = 50;
const IN_TOWN: u64 = 85;
/// Wards per guardian who is not family (D).
const WARDS: u64 = 4;
/// Ages of guardians.
const GUARDIANS: std::ops::RangeInclusive<i32> = 25..=74;
const FAMILY_AGES: std::ops::RangeInclusive<i32> = 21..=80;
/// The law on guardianship came into force on this day.
const SINCE: (i32, u8, u8) = (2013, 7, 1);
/// A guardian who died this long ago at most may still stand in the register, in days.
const NOT_REPLACED: i32 = 2 * 365;

struct Kandidater<'a> {
    base: &'a Base,
    today: DayNo,
    /// Open residents of an age to be guardians for others.
    guardians: Vec<PersonId>,
}

impl Kandidater<'_> {
    fn alder(&self, person: PersonId) -> i32 {
        age(self.base.personer.foedselsdato[person.index()], self.today)
    }

    fn is_open_adult(&self, person: PersonId) -> bool {
        self.base.personer.status[person.index()] == Personstatus::Bosatt
            && self.alder(person) >= 18
            && self.base.beskyttelse_of(person).is_none()
    }

    /// A grown child, the partner, or a parent in town.
    fn family(&self, person: PersonId) -> Option<PersonId> {
        let people = &self.base.personer;
        let at = person.index();
        let children = self.base.barn_of(person).iter().copied();
        let others = [people.partner[at], people.mor[at], people.far[at]].into_iter().filter_map(PersonId::some);
        children.chain(others).find(|&kin| self.is_open_adult(kin) && FAMILY_AGES.contains(&self.alder(kin)))
    }

    /// Somebody in town who is guardian for a few.
    fn other(&self, person: PersonId, number: u64) -> PersonId {
        let at = usize::try_from(number / WARDS).unwrap_or(0) % self.guardians.len().max(1);
        let guardian = self.guardians.get(at).copied().unwrap_or(PersonId::NONE);
        if guardian == person { PersonId::NONE } else { guardian }
    }

    /// A day on which both are of age and the law is in force, up to last month.
    fn since(&self, person: PersonId, verge: PersonId, stream: &mut Stream) -> DayNo {
        let of_age = |person: PersonId| plus_years(self.base.personer.foedselsdato[person.index()], 18).0 + 1;
        let own = of_age(person).max(verge.some().map_or(i32::MIN, of_age));
        let latest = self.today.0 - 14;
        let earliest = own.max(day_number(SINCE.0, SINCE.1, SINCE.2).0).max(latest - 12 * 365).min(latest);
        let days = u64::try_from(latest - earliest).unwrap_or(0).max(1);
        DayNo(earliest + i32::try_from(stream.uniform(days)).expect("some years"))
    }
}

/// One row per guardianship, sorted by person. `enslige` are the minors who came to the country alone.
pub(super) fn rows(base: &Base, enslige: &[u32], streams: Streams) -> Vec<VergemaalRow> {
    let today = DayNo::of(base.header.start.dato());
    let mut candidates = Kandidater { base, today, guardians: Vec::new() };
    let mut groups: Vec<Vec<PersonId>> = vec![Vec::new(); BY_AGE.len()];
    let mut adults = 0u64;
    for row in 0..base.header.size as usize {
        let person = PersonId::at(row);
        let alder = candidates.alder(person);
        if alder < 18 {
            continue;
        }
        adults += 1;
        let group = BY_AGE.iter().rposition(|&(from, _)| alder >= from).unwrap_or(0);
        if candidates.is_open_adult(person) {
            groups[group].push(person);
        }
    }
    let key = streams.key(Domain::Kommune, "vergemaal");
    for (at, group) in groups.iter_mut().enumerate() {
        key.at(at as u64).shuffle(group);
    }
    // Guardians who are not family are the last of the shuffled groups, wards and donors the first.
    let is_of_age = |person: &&PersonId| GUARDIANS.contains(&candidates.alder(**person));
    let wanted = usize::try_from(adults / 400).expect("some adults") + 1;
    let guardians: Vec<PersonId> = groups[1].iter().rev().filter(is_of_age).take(wanted).copied().collect();
    candidates.guardians = guardians;
    let mut rows = for_adults(&candidates, &groups, adults, streams);
    rows.extend(attorneys(&candidates, &groups, adults, streams));
    rows.extend(unaccompanied(&candidates, enslige, streams));
    rows.extend(with_dead_guardian(&candidates, streams));
    rows.sort_by_key(|row| (row.person, row.fra));
    rows
}

fn for_adults(
    candidates: &Kandidater<'_>,
    groups: &[Vec<PersonId>],
    adults: u64,
    streams: Streams,
) -> Vec<VergemaalRow> {
    let wanted = (adults * ADULTS / 10_000).max(1);
    let weights: Vec<u64> = groups.iter().zip(BY_AGE).map(|(group, (_, weight))| group.len() as u64 * weight).collect();
    let key = streams.key(Domain::Person, "verge");
    let mut rows = Vec::new();
    for (group, count) in groups.iter().zip(split(wanted, &weights)) {
        for &person in group.iter().take(usize::try_from(count).expect("a count")) {
            let mut stream = key.at(u64::from(person.0));
            let (who, for_a_time) = (stream.uniform(100), stream.uniform(100) < FOR_A_TIME);
            let family = candidates.family(person).filter(|_| who < FAMILY);
            let verge = match family {
                Some(kin) => kin,
                None if who < IN_TOWN => candidates.other(person, rows.len() as u64),
                None => PersonId::NONE,
            };
            let slag = if for_a_time { Vergemaalsslag::MidlertidigForVoksen } else { Vergemaalsslag::Voksen };
            rows.push(VergemaalRow { person, verge, slag, fra: candidates.since(person, verge, &mut stream) });
        }
    }
    rows
}

/// Powers of attorney of old people, given to family; the last of the oldest have one, so that nobody has both.
fn attorneys(
    candidates: &Kandidater<'_>,
    groups: &[Vec<PersonId>],
    adults: u64,
    streams: Streams,
) -> Vec<VergemaalRow> {
    let wanted = usize::try_from((adults * ATTORNEYS / 10_000).max(1)).expect("a count");
    let key = streams.key(Domain::Person, "fremtidsfullmakt");
    let old = groups.iter().rev().take(2).flat_map(|group| group.iter().rev());
    old.filter_map(|&person| Some((person, candidates.family(person)?)))
        .take(wanted)
        .map(|(person, verge)| {
            let fra = candidates.since(person, verge, &mut key.at(u64::from(person.0)));
            VergemaalRow { person, verge, slag: Vergemaalsslag::StadfestetFremtidsfullmakt, fra }
        })
        .collect()
}

/// Minors who came alone: one of two has a permit by now.
fn unaccompanied(candidates: &Kandidater<'_>, enslige: &[u32], streams: Streams) -> Vec<VergemaalRow> {
    let key = streams.key(Domain::Person, "verge_for_enslig");
    let of = |(number, &child): (usize, &u32)| {
        let person = PersonId(child);
        let slag = if number % 2 == 0 {
            Vergemaalsslag::EnsligMindreaarigFlyktning
        } else {
            Vergemaalsslag::EnsligMindreaarigAsylsoeker
        };
        let came = candidates.base.fosterhjem_of(person).first().map_or(candidates.today, |row| row.fra);
        let days = key.at(u64::from(child)).uniform(14);
        let fra = DayNo((came.0 + i32::try_from(days).expect("days")).min(candidates.today.0));
        VergemaalRow { person, verge: candidates.other(person, number as u64), slag, fra }
    };
    enslige.iter().enumerate().map(of).collect()
}

/// A child whose guardian died and is not replaced yet (§16.9): half an orphan, if there is one, whose inheritance somebody
/// looked after.
fn with_dead_guardian(candidates: &Kandidater<'_>, streams: Streams) -> Option<VergemaalRow> {
    let base = candidates.base;
    let died = |row: &crate::town::model::DoedsfallRow| row.dato.0;
    let may = |row: &&crate::town::model::DoedsfallRow| {
        age(base.personer.foedselsdato[row.person.index()], DayNo(row.dato.0 - 366)) >= 18
    };
    let guardian = base.doedsfall.iter().filter(may).max_by_key(|row| (died(row), row.person))?;
    let is_dead = |parent: PersonId| parent.some().is_some_and(|parent| base.doedsfall_of(parent).is_some());
    let mut children: Vec<(bool, PersonId)> = Vec::new();
    for rows in base.ansvar.chunk_by(|one, other| one.barn == other.barn) {
        let child = rows[0].barn;
        let at = child.index();
        let born = base.personer.foedselsdato[at];
        let known = died(guardian) - born.0 > 400 && base.beskyttelse_of(child).is_none();
        let parents = [base.personer.mor[at], base.personer.far[at]];
        if known && base.fosterhjem_of(child).is_empty() && !parents.contains(&guardian.person) {
            children.push((parents.into_iter().any(is_dead), child));
        }
    }
    let orphans = children.iter().filter(|child| child.0).count();
    let mut stream = streams.kommune("doed_verge");
    let fit: Vec<PersonId> = children.iter().filter(|child| child.0 || orphans == 0).map(|&(_, child)| child).collect();
    let person = *fit.get(stream.index(fit.len().max(1)))?;
    let born = base.personer.foedselsdato[person.index()].0;
    let earliest = (born + 30).max(died(guardian) - NOT_REPLACED);
    let days = u64::try_from(died(guardian) - earliest).unwrap_or(0).max(1);
    let fra = DayNo(earliest + i32::try_from(stream.uniform(days)).expect("days"));
    Some(VergemaalRow { person, verge: guardian.person, slag: Vergemaalsslag::MidlertidigForMindreaarig, fra })
}

//! Civil status: who of the couples is married and since when, who was married before, and to whom.

use super::calendar::{civil, plus_years};
use super::ekteskap;
use super::kin::Separated;
use super::pool::Pool;
use super::roster::{Rolle, Roster};
use super::streams::Streams;
use super::tables::{AGES, Tables};
use crate::base::{Domain, Kjoenn, Stream};
use crate::town::model::{DayNo, Husstandstype, PersonId, Sivilstand, SivilstandRow};

/// Married couples who live apart, per mille, from this age on (own estimate, D).
const APART: u64 = 15;
const APART_FROM: usize = 45;
/// Divorced people whose former spouse lives in town too, per cent, beside the parents of children at home (D).
const FORMER_SPOUSE_IN_TOWN: u64 = 30;
/// Of such couples those who are still in the year of separation, per cent: with the parents who live apart about the
/// separations of one year (§3.3: 1.65 couples per 1 000 residents).
const SEPARATED: u64 = 10;
/// Parents living apart who were married, per cent, and those of them still in the year of separation (own estimate, D).
const WERE_MARRIED: u64 = 45;
const STILL_SEPARATED: u64 = 10;
/// Women among the widowed, per cent (D).
const WIDOWS: u64 = 78;

/// Civil status rows, and the couples that matter to others.
#[derive(Default)]
pub(super) struct Civil {
    pub rows: Vec<SivilstandRow>,
    /// Current civil status of every row of the roster.
    pub status: Vec<Sivilstand>,
    /// Date of the current or last marriage of those who have or had one.
    pub married: Vec<DayNo>,
    /// Widowed residents and the rows of their dead spouses.
    pub widowed: Vec<(PersonId, PersonId)>,
}

impl Civil {
    fn add(&mut self, person: PersonId, sivilstand: Sivilstand, dato: DayNo, relatert: PersonId) {
        let at = person.index();
        if self.status.len() <= at {
            self.status.resize(at + 1, Sivilstand::Ugift);
            self.married.resize(at + 1, DayNo::NONE);
        }
        self.rows.push(SivilstandRow { person, sivilstand, dato, relatert });
        self.status[at] = sivilstand;
        if sivilstand == Sivilstand::Gift {
            self.married[at] = dato;
        }
    }
}

impl Civil {
    /// Everybody `person` is or was married to, as far as they have rows.
    pub fn spouses_of(&self, person: PersonId) -> impl Iterator<Item = PersonId> + '_ {
        let from = self.rows.partition_point(|row| row.person < person);
        self.rows[from..].iter().take_while(move |row| row.person == person).filter_map(|row| row.relatert.some())
    }

    /// Whether the two are or were married to each other.
    pub fn rows_between(&self, one: PersonId, other: PersonId) -> bool {
        let from = self.rows.partition_point(|row| row.person < one);
        self.rows[from..].iter().take_while(|row| row.person == one).any(|row| row.relatert == other)
    }
}

/// Decides unions and former unions; adds rows for dead spouses to `roster`.
pub(super) fn decide(roster: &mut Roster, apart: &[Separated], tables: &Tables, streams: Streams) -> Civil {
    let mut civil = Civil {
        status: vec![Sivilstand::Ugift; roster.len()],
        married: vec![DayNo::NONE; roster.len()],
        ..Civil::default()
    };
    marry(roster, tables, streams, &mut civil);
    part(roster, apart, streams, &mut civil);
    marry_apart(roster, streams, &mut civil);
    bereave_and_divorce(roster, tables, streams, &mut civil);
    civil.status.resize(roster.len(), Sivilstand::Ugift);
    civil.married.resize(roster.len(), DayNo::NONE);
    civil.rows.sort_by_key(|row| (row.person, row.dato));
    civil
}

/// The first day both are eighteen.
fn of_age(roster: &Roster, one: usize, other: usize) -> DayNo {
    DayNo(plus_years(roster.dato[one], 18).0.max(plus_years(roster.dato[other], 18).0) + 1)
}

/// Which couples are married, by the ages of both (§3.2), and since when.
fn marry(roster: &Roster, tables: &Tables, streams: Streams, civil: &mut Civil) {
    let key = streams.key(Domain::Person, "vigsel");
    for mut couples in ekteskap::candidates(roster, tables, key) {
        couples.couples.sort_unstable();
        for &(_, one, other) in couples.couples.iter().take(couples.married) {
            let mut stream = key.at(one as u64);
            stream.word();
            let first = of_age(roster, one, other);
            let last = DayNo(roster.today.0 - 14);
            if first.0 + 30 > last.0 {
                continue;
            }
            let wish = wished_wedding(roster, one, other, &mut stream);
            wed(civil, one, other, DayNo(wish.clamp(first.0, last.0)));
        }
    }
}

fn wed(civil: &mut Civil, one: usize, other: usize, dato: DayNo) {
    civil.add(PersonId::at(one), Sivilstand::Gift, dato, PersonId::at(other));
    civil.add(PersonId::at(other), Sivilstand::Gift, dato, PersonId::at(one));
}

/// Married people who live alone: one of them in a care home, or far away for work (§16.3 number 26 allows four in a
/// hundred).
fn marry_apart(roster: &Roster, streams: Streams, civil: &mut Civil) {
    let married = civil.status.iter().filter(|status| **status == Sivilstand::Gift).count() as u64 / 2;
    let key = streams.key(Domain::Person, "gift_hver_for_seg");
    let mut women = Vec::new();
    let mut men = Pool::new();
    for household in 0..roster.household_count() {
        let person = roster.members(household).start;
        let is_free = roster.slag[household] == Husstandstype::Alene && civil.status[person] == Sivilstand::Ugift;
        let alder = usize::try_from(roster.alder(person)).unwrap_or(0).min(AGES - 1);
        match roster.kjoenn[person] {
            Kjoenn::Kvinne if is_free && alder >= APART_FROM => women.push(person),
            Kjoenn::Mann if is_free && alder >= APART_FROM => {
                men.push(alder, u32::try_from(person).expect("a resident"));
            }
            _ => {}
        }
    }
    streams.kommune("gift_hver_for_seg").shuffle(&mut women);
    for woman in women.into_iter().take(usize::try_from(married * APART / 1_000).expect("a count")) {
        let alder = roster.alder(woman);
        let Some(man) = men.take_nearest(alder + 2, alder - 8, alder + 15) else { continue };
        let man = man as usize;
        let wish = wished_wedding(roster, woman, man, &mut key.at(woman as u64));
        let first = of_age(roster, woman, man).0;
        wed(civil, woman, man, DayNo(wish.clamp(first, roster.today.0 - 14)));
    }
}

/// About the birth of the eldest child at home, 40 % after it (§3.3); else at an age typical of the time.
fn wished_wedding(roster: &Roster, one: usize, other: usize, stream: &mut Stream) -> i32 {
    let spread = |stream: &mut Stream, years: u64| i32::try_from(stream.uniform(years * 365)).expect("some years");
    let children = roster.children(roster.husstand[one].index());
    let is_common = |child: &usize| roster.mor[*child].index() == one && roster.far[*child].index() == other;
    let eldest = children.clone().find(is_common).filter(|&child| roster.alder(child) < 30);
    if let Some(child) = eldest {
        return roster.dato[child].0 + spread(stream, 10) - 6 * 365;
    }
    let younger = roster.dato[one].0.max(roster.dato[other].0);
    let from = match civil(DayNo(younger)).0 {
        ..1950 => 20,
        1950..1970 => 22,
        _ => 25,
    };
    younger + from * 365 + spread(stream, 13)
}

/// Parents who live apart: some were married to each other.
fn part(roster: &Roster, apart: &[Separated], streams: Streams, civil: &mut Civil) {
    let key = streams.key(Domain::Person, "samlivsbrudd");
    for pair in apart {
        let (here, there) = (pair.here, pair.there);
        let mut stream = key.at(u64::from(here.0));
        let free = civil.status[here.index()] == Sivilstand::Ugift && civil.status[there.index()] == Sivilstand::Ugift;
        let first = of_age(roster, here.index(), there.index()).0;
        let wedding = (pair.eldest.0 - 3 * 365 + i32::try_from(stream.uniform(4 * 365)).expect("years")).max(first);
        let earliest = wedding.max(pair.youngest.0 + 60) + 30;
        let latest = roster.today.0 - 20;
        if stream.uniform(100) >= WERE_MARRIED || !free || earliest + 400 > latest {
            continue;
        }
        let is_separated = stream.uniform(100) < STILL_SEPARATED;
        // A separation becomes a divorce after a year.
        let span = if is_separated { (latest - 350).max(earliest)..latest } else { earliest..latest - 366 };
        let days = u64::try_from(span.end - span.start).unwrap_or(0).max(1);
        let separation = span.start + i32::try_from(stream.uniform(days)).expect("days");
        for (one, other) in [(here, there), (there, here)] {
            civil.add(one, Sivilstand::Gift, DayNo(wedding), other);
            civil.add(one, Sivilstand::Separert, DayNo(separation), other);
            if !is_separated {
                civil.add(one, Sivilstand::Skilt, DayNo(separation + 366), other);
            }
        }
    }
}

/// Widowed and divorced by age among those who are not married (§3.2). The widowed get a row for the dead spouse.
fn bereave_and_divorce(roster: &mut Roster, tables: &Tables, streams: Streams, civil: &mut Civil) {
    let key = streams.key(Domain::Kommune, "tidligere_gift");
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); tables.former.len()];
    let mut everybody = vec![0u64; tables.former.len()];
    for person in 0..roster.residents {
        let alder = u32::try_from(roster.alder(person)).unwrap_or(0);
        let Some(row) = tables.former.iter().position(|row| (row.from..=row.to).contains(&alder)) else { continue };
        everybody[row] += 1;
        let is_free = civil.status[person] == Sivilstand::Ugift && roster.rolle[person] != Rolle::Barn;
        if is_free {
            groups[row].push(person);
        }
    }
    let mut leave = Vec::new();
    for (row, mut people) in groups.into_iter().enumerate() {
        key.at(row as u64).shuffle(&mut people);
        // Those who live with a partner come last.
        people.sort_by_key(|&person| roster.partner[person].some().is_some());
        let (widowed, divorced) = tables.former[row].value;
        let wanted = everybody[row] * widowed / 100;
        let mut left = [wanted * WIDOWS / 100, wanted - wanted * WIDOWS / 100];
        let mut others = Vec::with_capacity(people.len());
        for person in people {
            let sex = roster.kjoenn[person] as usize;
            if left[sex] > 0 && roster.partner[person].some().is_none() {
                left[sex] -= 1;
                bereave(roster, person, streams, civil);
            } else {
                others.push(person);
            }
        }
        let already = divorced_among(roster, &tables.former[row], civil);
        let wanted = (everybody[row] * divorced / 100).saturating_sub(already);
        leave.extend(others.into_iter().take(usize::try_from(wanted).expect("a count")));
    }
    divorce_all(roster, &leave, streams, civil);
}

/// Former marriages of everybody in `people`: some of them with each other.
fn divorce_all(roster: &Roster, people: &[usize], streams: Streams, civil: &mut Civil) {
    let key = streams.key(Domain::Person, "tidligere_ektefelle");
    let mut men = Pool::new();
    for &person in people.iter().filter(|&&person| roster.kjoenn[person] == Kjoenn::Mann) {
        let alder = usize::try_from(roster.alder(person)).unwrap_or(0).min(AGES - 1);
        men.push(alder, u32::try_from(person).expect("a resident"));
    }
    for &woman in people.iter().filter(|&&person| roster.kjoenn[person] == Kjoenn::Kvinne) {
        let mut stream = key.at(woman as u64);
        let alder = roster.alder(woman);
        let both = stream.uniform(100) < FORMER_SPOUSE_IN_TOWN;
        let man = if both { men.take_nearest(alder + 3, alder - 8, alder + 15) } else { None };
        let man = man.filter(|&man| roster.husstand[man as usize] != roster.husstand[woman]);
        match man {
            Some(man) if divorce_each_other(roster, woman, man as usize, &mut stream, civil) => {}
            Some(man) => {
                divorce(roster, woman, streams, civil);
                divorce(roster, man as usize, streams, civil);
            }
            None => divorce(roster, woman, streams, civil),
        }
    }
    let left: Vec<usize> = people.iter().copied().filter(|&person| civil.status[person] == Sivilstand::Ugift).collect();
    for person in left {
        divorce(roster, person, streams, civil);
    }
}

/// A marriage of two residents that ended; false when there was no time for one.
fn divorce_each_other(roster: &Roster, woman: usize, man: usize, stream: &mut Stream, civil: &mut Civil) -> bool {
    let adult = of_age(roster, woman, man).0 + 2 * 365;
    let latest = roster.today.0 - 20;
    if latest - adult < 4 * 365 {
        return false;
    }
    let is_separated = stream.uniform(100) < SEPARATED;
    let mut within = |from: i32, to: i32| {
        from + i32::try_from(stream.uniform(u64::try_from(to - from).unwrap_or(0).max(1))).expect("days")
    };
    let wedding = within(adult, adult + (latest - adult - 3 * 365) * 3 / 5);
    let separation = if is_separated {
        within((latest - 340).max(wedding + 365), latest)
    } else {
        within(wedding + 365, latest - 366)
    };
    for (one, other) in [(woman, man), (man, woman)] {
        let (one, other) = (PersonId::at(one), PersonId::at(other));
        civil.add(one, Sivilstand::Gift, DayNo(wedding), other);
        civil.add(one, Sivilstand::Separert, DayNo(separation), other);
        if !is_separated {
            civil.add(one, Sivilstand::Skilt, DayNo(separation + 366), other);
        }
    }
    true
}

/// Residents of an age group who are separated or divorced already.
fn divorced_among(roster: &Roster, row: &super::tables::AgeRow<(u64, u64)>, civil: &Civil) -> u64 {
    let is_divorced = |person: &usize| matches!(civil.status[*person], Sivilstand::Skilt | Sivilstand::Separert);
    let in_row =
        |person: &usize| u32::try_from(roster.alder(*person)).is_ok_and(|alder| (row.from..=row.to).contains(&alder));
    (0..roster.residents).filter(is_divorced).filter(in_row).count() as u64
}

fn bereave(roster: &mut Roster, person: usize, streams: Streams, civil: &mut Civil) {
    let mut stream = streams.key(Domain::Person, "avdoed_ektefelle").at(person as u64);
    let (kjoenn, sign) = match roster.kjoenn[person] {
        Kjoenn::Kvinne => (Kjoenn::Mann, -1),
        Kjoenn::Mann => (Kjoenn::Kvinne, 1),
    };
    let gap = 1_022 + i32::try_from(stream.uniform(3_000)).expect("years") - 1_500;
    let born = DayNo(roster.dato[person].0 + sign * gap);
    let own = roster.dato[person];
    let wedding = plus_years(DayNo(own.0.max(born.0)), 19).0 + i32::try_from(stream.uniform(9 * 365)).expect("years");
    // Most lost the spouse within the last fifteen years; nobody died after ninety-nine.
    let years = if stream.uniform(100) < 70 { 12 } else { 25 };
    let last = (roster.today.0 - 10).min(plus_years(born, 99).0);
    let first = (wedding + 365).max(last - years * 365);
    let died = if first >= last {
        last
    } else {
        first + i32::try_from(stream.uniform(u64::try_from(last - first).expect("positive"))).expect("days")
    };
    let spouse = roster.push_dead(kjoenn, born, DayNo(died), person);
    civil.add(PersonId::at(person), Sivilstand::Gift, DayNo(wedding.min(died - 30)), spouse);
    civil.add(PersonId::at(person), Sivilstand::EnkeEllerEnkemann, DayNo(died), spouse);
    civil.add(spouse, Sivilstand::Gift, DayNo(wedding.min(died - 30)), PersonId::at(person));
    civil.widowed.push((PersonId::at(person), spouse));
}

fn divorce(roster: &Roster, person: usize, streams: Streams, civil: &mut Civil) {
    let mut stream = streams.key(Domain::Person, "skilsmisse").at(person as u64);
    let adult = plus_years(roster.dato[person], 20).0;
    let span = u64::try_from(roster.today.0 - 500 - adult).unwrap_or(0).max(400);
    let wedding = adult + i32::try_from(stream.uniform(span * 3 / 5)).expect("days");
    let latest = roster.today.0 - 20;
    let earliest = (wedding + 700).min(latest - 1);
    let days = u64::try_from(latest - earliest).expect("positive");
    let divorced = earliest + i32::try_from(stream.uniform(days)).expect("days");
    civil.add(PersonId::at(person), Sivilstand::Gift, DayNo(wedding), PersonId::NONE);
    civil.add(PersonId::at(person), Sivilstand::Skilt, DayNo(divorced), PersonId::NONE);
}

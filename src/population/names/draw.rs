//! Which name each person has: drawn for everybody alone, then brought together by family.

use rayon::prelude::*;

use super::{NameTables, decade};
use crate::base::{Domain, Kjoenn, Lookup, Stream, StreamKey, TextId, TextTable};
use crate::population::calendar::{civil, plus_years};
use crate::population::civil::Civil;
use crate::population::origin::Origins;
use crate::population::roster::{Rolle, Roster};
use crate::population::streams::Streams;
use crate::population::tables::Tables;
use crate::town::model::{DayNo, NavnRow, PersonId};

/// No text.
pub(in crate::population) const NO_TEXT: TextId = TextId(u32::MAX);
/// First names outside the list of the most used, women and men, per mille (§7.2).
const TAIL: [u64; 2] = [360, 310];
/// Two first names, born before 1990 and later, per mille; a hyphen in this share of them (§7.2).
const TWO_NAMES: [u64; 2] = [330, 220];
const HYPHEN: u64 = 120;
/// Children of two Norwegian parents with a surname as middle name, per mille (§7.2).
const MIDDLE: u64 = 280;
/// Women who took the husband's name, married before and since 1990, per mille (§7.3).
const TOOK_NAME: [u64; 2] = [550, 350];
/// Chosen first names reach the register within this many weeks of birth.
const NAME_WEEKS: u64 = 9;
/// Letters of a long name (§16.9).
const LONG_NAME: usize = 60;

/// A first name: one or two texts and what stands between.
type First = (u32, u32, u8);
const ONE: u32 = u32::MAX;

/// What is drawn for one person alone.
#[derive(Clone, Copy)]
pub(in crate::population) struct NamePlan {
    first: First,
    /// A surname of one's own, for those without parents in the rows.
    surname: TextId,
    /// Another, for middle names and names of grandfathers.
    middle: TextId,
}

/// Names composed on demand, each stored once.
pub(in crate::population) struct Composer {
    pub texts: TextTable,
    known: Lookup<(u32, u32, u8), TextId>,
}

impl Composer {
    pub fn new(texts: &TextTable) -> Self {
        Self { texts: texts.clone(), known: Lookup::new() }
    }

    /// The text of `one`, or of both with `between` in the middle.
    fn join(&mut self, (one, other, between): First) -> TextId {
        if other == ONE {
            return TextId(one);
        }
        if let Some(&known) = self.known.get(&(one, other, between)) {
            return known;
        }
        let text = format!("{}{}{}", self.texts.get(TextId(one)), char::from(between), self.texts.get(TextId(other)));
        let id = self.texts.push(&text);
        self.known.insert((one, other, between), id);
        id
    }

    /// A text of its own.
    pub fn push(&mut self, text: &str) -> TextId {
        self.texts.push(text)
    }
}

/// The names of all rows, and former ones.
#[derive(Default)]
pub(in crate::population) struct Wanted {
    pub fornavn: Vec<TextId>,
    pub mellomnavn: Vec<TextId>,
    pub etternavn: Vec<TextId>,
    pub tidligere: Vec<NavnRow>,
}

/// Everything names depend on.
pub(in crate::population) struct NameDraw<'a> {
    pub roster: &'a Roster,
    pub civil: &'a Civil,
    pub origins: &'a Origins,
    pub tables: &'a Tables,
    /// Running totals of surnames with the profile's tilt.
    pub surnames: Vec<u64>,
    pub streams: Streams,
}

impl NameDraw<'_> {
    fn names(&self) -> &NameTables {
        &self.tables.names
    }

    /// Draws all names.
    pub fn draw(&self, composer: &mut Composer) -> Wanted {
        let plans = self.plans();
        let mut families = Families::new(self, &plans);
        let rows = self.roster.len();
        let mut wanted = Wanted::default();
        for person in 0..rows {
            families.birth_name(person);
        }
        let births = families.birth;
        for person in 0..rows {
            let first = composer.join(plans[person].first);
            let (middle, last) = births[person];
            wanted.fornavn.push(first);
            wanted.mellomnavn.push(if middle == ONE { NO_TEXT } else { TextId(middle) });
            wanted.etternavn.push(composer.join(last));
        }
        self.take_names(&mut wanted, composer, &births);
        self.lengthen_one(&mut wanted, composer);
        self.newborn(&mut wanted, composer);
        wanted.tidligere.sort_by_key(|row| (row.person, row.til));
        wanted
    }

    /// Draws for everybody, household by household so that siblings do not share a first name.
    fn plans(&self) -> Vec<NamePlan> {
        let key = self.streams.key(Domain::Person, "navn");
        let living: Vec<Vec<NamePlan>> = (0..self.roster.household_count())
            .into_par_iter()
            .map(|household| {
                let mut plans: Vec<NamePlan> = Vec::new();
                for person in self.roster.members(household) {
                    let mut plan = self.plan(&key, person, 0);
                    for again in 1..4 {
                        if !plans.iter().any(|other| other.first.0 == plan.first.0) {
                            break;
                        }
                        plan = self.plan(&key, person, again);
                    }
                    plans.push(plan);
                }
                plans
            })
            .collect();
        let mut plans: Vec<NamePlan> = living.into_iter().flatten().collect();
        let dead: Vec<NamePlan> = (self.roster.residents..self.roster.len())
            .into_par_iter()
            .map(|person| self.plan(&key, person, 0))
            .collect();
        plans.extend(dead);
        plans
    }

    /// The `again`-th plan of a person: later ones go on in the person's stream.
    fn plan(&self, key: &StreamKey, person: usize, again: u32) -> NamePlan {
        let mut stream = key.at(person as u64);
        for _ in 0..again * 11 {
            stream.word();
        }
        let kjoenn = self.roster.kjoenn[person];
        let group = self.origins.names(person, self.tables).and_then(|id| self.names().abroad(id));
        if let Some(group) = group {
            let group = &self.names().abroad[group];
            let pick = |stream: &mut Stream, range: &std::ops::Range<u32>| {
                range.start + u32::try_from(stream.uniform(u64::from(range.end - range.start))).expect("in the list")
            };
            let first = (pick(&mut stream, &group.first[kjoenn as usize]), ONE, 0);
            let (surnames, middle) = if group.surnames.is_empty() {
                (&group.first[Kjoenn::Mann as usize], &group.first[Kjoenn::Mann as usize])
            } else {
                (&group.surnames, &group.surnames)
            };
            let surname = TextId(pick(&mut stream, surnames));
            return NamePlan { first, surname, middle: TextId(pick(&mut stream, middle)) };
        }
        let year = civil(self.roster.dato[person]).0;
        let one = self.first_name(&mut stream, kjoenn, year);
        let two = stream.uniform(1_000) < TWO_NAMES[usize::from(year >= 1990)];
        let second = self.first_name(&mut stream, kjoenn, year);
        let hyphen = stream.uniform(1_000) < HYPHEN;
        let is_plain = |id: u32| !self.names().texts.get(TextId(id)).contains('-');
        let first = if two && second != one && is_plain(one) && is_plain(second) {
            (one, second, if hyphen { b'-' } else { b' ' })
        } else {
            (one, ONE, 0)
        };
        let surname = self.surname(&mut stream);
        NamePlan { first, surname, middle: self.surname(&mut stream) }
    }

    fn first_name(&self, stream: &mut Stream, kjoenn: Kjoenn, year: i32) -> u32 {
        let list = &self.names().first_names[kjoenn as usize];
        let in_tail = stream.uniform(1_000) < TAIL[kjoenn as usize];
        let (from, totals) = if in_tail { (list.first_tail, &list.tail) } else { (list.first, &list.listed) };
        from + u32::try_from(stream.weighted(&totals[decade(year)])).expect("a name")
    }

    fn surname(&self, stream: &mut Stream) -> TextId {
        TextId(self.names().first_surname + u32::try_from(stream.weighted(&self.surnames)).expect("a surname"))
    }

    /// The wife who took the husband's name, with the wedding day.
    fn takers(&self) -> impl Iterator<Item = (usize, usize, DayNo)> {
        let key = self.streams.key(Domain::Person, "navn_ved_vigsel");
        let widows = self.civil.widowed.iter().map(|&(one, dead)| (one, dead));
        let wives = (0..self.roster.residents).filter_map(|person| {
            let partner = self.roster.partner[person].some()?;
            (self.civil.married[person] != DayNo::NONE
                && self.civil.status[person] == crate::town::model::Sivilstand::Gift)
                .then_some((PersonId::at(person), partner))
        });
        wives.chain(widows).filter_map(move |(wife, husband)| {
            let (wife, husband) = (wife.index(), husband.index());
            let date = self.civil.married[wife];
            let is_couple = self.roster.kjoenn[wife] == Kjoenn::Kvinne && self.roster.kjoenn[husband] == Kjoenn::Mann;
            let takes = key.at(wife as u64).uniform(1_000) < TOOK_NAME[usize::from(civil(date).0 >= 1990)];
            let norwegian = self.origins.is_norwegian(wife) && self.origins.is_norwegian(husband);
            (is_couple && takes && norwegian).then_some((wife, husband, date))
        })
    }

    /// Gives wives their husbands' names; half keep their own as a middle name. Changes since 1990 leave the old name.
    fn take_names(&self, wanted: &mut Wanted, composer: &mut Composer, births: &[(u32, First)]) {
        let key = self.streams.key(Domain::Person, "mellomnavn_ved_vigsel");
        for (wife, husband, date) in self.takers().collect::<Vec<_>>() {
            let name = composer.join(births[husband].1);
            let own = wanted.etternavn[wife];
            if name == own {
                continue;
            }
            if civil(date).0 >= 1990 {
                wanted.tidligere.push(NavnRow {
                    person: PersonId::at(wife),
                    til: date,
                    fornavn: wanted.fornavn[wife],
                    mellomnavn: wanted.mellomnavn[wife],
                    etternavn: own,
                    midlertidig: false,
                });
            }
            if key.at(wife as u64).uniform(2) == 0 {
                wanted.mellomnavn[wife] = own;
            }
            wanted.etternavn[wife] = name;
        }
    }

    /// One adult has a name of sixty letters or more.
    fn lengthen_one(&self, wanted: &mut Wanted, composer: &mut Composer) {
        let mut stream = self.streams.kommune("langt_navn");
        let start = stream.index(self.roster.residents);
        let is_fit = |&person: &usize| {
            self.roster.rolle[person] != Rolle::Barn
                && self.origins.is_norwegian(person)
                && self.roster.alder(person) > 40
        };
        let Some(person) = (start..self.roster.residents).chain(0..start).find(is_fit) else { return };
        let mut middle: Vec<String> = Vec::new();
        let length = |middle: &[String], composer: &Composer| {
            let rest: usize = middle.iter().map(|name| name.chars().count() + 1).sum();
            let of = |id: TextId| composer.texts.get(id).chars().count();
            of(wanted.fornavn[person]) + 1 + of(wanted.etternavn[person]) + rest
        };
        while length(&middle, composer) < LONG_NAME {
            middle.push(composer.texts.get(self.surname(&mut stream)).to_owned());
        }
        if !middle.is_empty() {
            wanted.mellomnavn[person] = composer.push(&middle.join(" "));
        }
    }

    /// Children of the last year had a temporary name until the choice came in; the youngest still have it.
    fn newborn(&self, wanted: &mut Wanted, composer: &mut Composer) {
        let key = self.streams.key(Domain::Person, "navnevalg");
        let today = self.roster.today;
        let since = plus_years(today, -1);
        let newborn: Vec<usize> = (0..self.roster.residents)
            .filter(|&person| self.roster.dato[person] > since && self.roster.mor[person].some().is_some())
            .collect();
        let youngest = newborn.iter().copied().max_by_key(|&person| (self.roster.dato[person], person));
        for person in newborn {
            let mother = self.roster.mor[person].index();
            let days = 14 + key.at(person as u64).uniform(7 * (NAME_WEEKS - 2));
            let chosen = DayNo(self.roster.dato[person].0 + i32::try_from(days).expect("weeks"));
            let kind = if self.roster.kjoenn[person] == Kjoenn::Kvinne { "PIKE" } else { "GUTT" };
            let text = format!("{}*{kind}", composer.texts.get(wanted.fornavn[mother]).to_uppercase());
            let fornavn = composer.push(&text);
            let etternavn = wanted.etternavn[mother];
            // The law gives six months; somebody in town has not chosen yet (§16.9).
            let must_wait = Some(person) == youngest && today.0 - self.roster.dato[person].0 < 180;
            if chosen.0 > today.0 - 2 || must_wait {
                wanted.fornavn[person] = fornavn;
                wanted.mellomnavn[person] = NO_TEXT;
                wanted.etternavn[person] = etternavn;
            } else {
                wanted.tidligere.push(NavnRow {
                    person: PersonId::at(person),
                    til: chosen,
                    fornavn,
                    mellomnavn: NO_TEXT,
                    etternavn,
                    midlertidig: true,
                });
            }
        }
    }
}

/// Names at birth: a person's depends on the parents', who are older.
struct Families<'a> {
    draw: &'a NameDraw<'a>,
    plans: &'a [NamePlan],
    key: StreamKey,
    own: StreamKey,
    /// Husbands whose name the wife took.
    husband: Lookup<usize, usize>,
    /// Middle name and surname at birth of those already known.
    birth: Vec<(u32, First)>,
    known: Vec<bool>,
}

impl<'a> Families<'a> {
    fn new(draw: &'a NameDraw<'a>, plans: &'a [NamePlan]) -> Self {
        Self {
            draw,
            plans,
            key: draw.streams.key(Domain::Person, "familienavn"),
            own: draw.streams.key(Domain::Person, "eget_familienavn"),
            husband: draw.takers().map(|(wife, husband, _)| (wife, husband)).collect(),
            birth: vec![(ONE, (0, ONE, 0)); plans.len()],
            known: vec![false; plans.len()],
        }
    }

    /// Middle name and surname at birth.
    fn birth_name(&mut self, person: usize) -> (u32, First) {
        if !self.known[person] {
            self.known[person] = true;
            self.birth[person] = self.decide(person);
        }
        self.birth[person]
    }

    fn decide(&mut self, person: usize) -> (u32, First) {
        let roster = self.draw.roster;
        let (mor, far) = (roster.mor[person].some(), roster.far[person].some());
        let plan = self.plans[person];
        let alone = (ONE, (plan.surname.0, ONE, 0));
        let group = self.draw.origins.names(person, self.draw.tables).and_then(|id| self.draw.names().abroad(id));
        if let Some(group) = group
            && self.draw.names().abroad[group].surnames.is_empty()
        {
            return self.patronymic(person, mor, far);
        }
        let related = |parent: &PersonId| self.draw.origins.same(parent.index(), person);
        let mother = mor.filter(related).map(|mor| self.birth_name(mor.index()).1);
        let father = far.filter(related).map(|far| self.birth_name(far.index()).1);
        match (mother, father) {
            (None, None) => alone,
            (Some(mother), None) => (ONE, mother),
            (None, Some(father)) => (ONE, father),
            (Some(mother), Some(father)) => self.of_both(person, mor.map_or(0, PersonId::index), mother, father),
        }
    }

    /// A surname of two known ones: brothers and sisters nearly always share it (§7.3).
    fn of_both(&self, person: usize, mor: usize, mother: First, father: First) -> (u32, First) {
        let year = civil(self.draw.roster.dato[person]).0;
        let mut own = self.own.at(person as u64);
        let differs = own.uniform(100) < 4;
        let family = if differs { own.uniform(100) } else { self.key.at(mor as u64).uniform(100) };
        let is_one_name = self.husband.get(&mor) == self.draw.roster.far[person].some().map(PersonId::index).as_ref();
        let last = match family {
            _ if is_one_name || year < 1985 => father,
            0..60 => father,
            60..92 => mother,
            _ if mother.0 != father.0 => (mother.0, father.0, b'-'),
            _ => father,
        };
        let wants_middle = own.uniform(1_000) < MIDDLE && last == father && mother.0 != father.0;
        (if wants_middle { mother.0 } else { ONE }, last)
    }

    /// First name of the father, then of his father; siblings without a father in the rows share their mother's draw.
    fn patronymic(&mut self, person: usize, mor: Option<PersonId>, far: Option<PersonId>) -> (u32, First) {
        let father = far.filter(|far| self.draw.origins.same(far.index(), person));
        if let Some(father) = father {
            let (grandfather, last) = self.birth_name(father.index());
            let last = if grandfather == ONE { last } else { (grandfather, ONE, 0) };
            return (self.plans[father.index()].first.0, last);
        }
        let source = mor.filter(|mor| self.draw.origins.same(mor.index(), person)).map_or(person, PersonId::index);
        let is_own = source == person;
        let plan = self.plans[source];
        let (middle, last) = if is_own { (plan.middle, plan.surname) } else { (plan.surname, plan.middle) };
        (middle.0, (last.0, ONE, 0))
    }
}

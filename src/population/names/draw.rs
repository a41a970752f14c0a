//! Which name each person has: what is drawn for everybody alone, brought together by family.

use rayon::prelude::*;

use super::surnames::{Birth, Families, Family, ONE, Own, Source, allot};
use super::{Form, NameTables, first};
use crate::base::{Domain, Kjoenn, Lookup, Stream, TextId, TextTable};
use crate::population::calendar::{civil, plus_years};
use crate::population::civil::Civil;
use crate::population::origin::Origins;
use crate::population::roster::Roster;
use crate::population::streams::Given;
use crate::town::model::{DayNo, NavnRow, PersonId};

/// No text.
pub(in crate::population) const NO_TEXT: TextId = TextId(u32::MAX);
/// Two first names, born before 1990 and later, per mille; a hyphen in this share of them (§7.2).
const TWO_NAMES: [u64; 2] = [330, 220];
const HYPHEN: u64 = 120;
/// Women who took the husband's name, married before and since 1990, per mille (§7.3).
const TOOK_NAME: [u64; 2] = [550, 350];
/// Chosen first names reach the register within this many weeks of birth.
const NAME_WEEKS: u64 = 9;
/// Draws from a list of names from abroad until nobody at home has the same first name.
const DRAWS: usize = 4;

/// Two texts or one, and what stands between.
type Joined = (u32, u32, u8);

/// Names composed on demand, each stored once.
pub(in crate::population) struct Composer {
    pub texts: TextTable,
    known: Lookup<Joined, TextId>,
}

impl Composer {
    pub fn new(texts: &TextTable) -> Self {
        Self { texts: texts.clone(), known: Lookup::new() }
    }

    /// The text of `one`, or of both with `between` in the middle.
    fn join(&mut self, (one, other, between): Joined) -> TextId {
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
    pub given: Given<'a>,
}

impl NameDraw<'_> {
    pub(super) fn names(&self) -> &NameTables {
        &self.given.tables.names
    }

    /// Draws all names.
    pub fn draw(&self, composer: &mut Composer) -> Wanted {
        let own = self.own();
        let takers: Vec<(usize, usize, DayNo)> = self.takers().collect();
        let couples = takers.iter().map(|&(wife, husband, _)| (wife, husband));
        let births = Families::decide(self.roster, self.origins, &own, couples, self.given);
        let bearers = self.bearers(&births, &takers);
        let surnames = allot(&own, &bearers, self.names(), self.roster.residents, self.given);
        let text = |source: Source| match source {
            Source::Of(row) => surnames[row as usize],
            Source::Text(text) => text,
        };
        let joined = |family: Family| match family {
            (one, Some(other)) if text(one) != text(other) => (text(one), text(other), b'-'),
            (one, _) => (text(one), ONE, 0),
        };
        // First names before surnames: another surname does not move a first name.
        let mut wanted = Wanted { fornavn: self.first_names(&own, composer), ..Wanted::default() };
        for birth in &births {
            let last = joined(birth.last);
            let middle = birth.middle.map(text).filter(|&middle| middle != last.0);
            wanted.mellomnavn.push(middle.map_or(NO_TEXT, TextId));
            wanted.etternavn.push(composer.join(last));
        }
        self.take_names(&mut wanted, &takers);
        self.cast(&mut wanted, composer);
        self.newborn(&mut wanted, composer);
        wanted.tidligere.sort_by_key(|row| (row.person, row.til));
        wanted
    }

    /// What is drawn for everybody alone, household by household so that nobody at home shares a first name.
    fn own(&self) -> Vec<Own> {
        let key = self.given.streams.key(Domain::Person, "navn");
        let common = first::of_residents(self.roster, self.origins, self.names(), self.given.streams);
        let living: Vec<Vec<Own>> = (0..self.roster.household_count())
            .into_par_iter()
            .map(|household| {
                let mut own: Vec<Own> = Vec::new();
                for person in self.roster.members(household) {
                    let mut stream = key.at(person as u64);
                    let mut one = self.alone(&mut stream, person, Some(common[person]));
                    for _ in 1..DRAWS {
                        if one.surname == ONE || own.iter().all(|other| other.first != one.first) {
                            break;
                        }
                        one.first = self.alone(&mut stream, person, None).first;
                    }
                    own.push(one);
                }
                own
            })
            .collect();
        let mut own: Vec<Own> = living.into_iter().flatten().collect();
        let others: Vec<Own> = (self.roster.residents..self.roster.len())
            .into_par_iter()
            .map(|person| self.alone(&mut key.at(person as u64), person, None))
            .collect();
        own.extend(others);
        own
    }

    /// First name and, of a name from abroad, surnames; `common` is the first name of a resident with a Norwegian name.
    fn alone(&self, stream: &mut Stream, person: usize, common: Option<u32>) -> Own {
        let kjoenn = self.roster.kjoenn[person];
        let group = self.origins.names(person, self.given.tables).and_then(|id| self.names().abroad(id));
        let Some(group) = group else {
            let year = civil(self.roster.dato[person]).0;
            let first = common.unwrap_or_else(|| first::draw(self.names(), kjoenn, year, stream));
            return Own { first, surname: ONE, middle: ONE, form: Form::Surname };
        };
        let group = &self.names().abroad[group];
        // The commoner names of a list come first: of two draws the earlier counts.
        let mut pick = |range: &std::ops::Range<u32>| {
            let all = u64::from(range.end - range.start);
            range.start + u32::try_from(stream.uniform(all).min(stream.uniform(all))).expect("in the list")
        };
        let first = pick(&group.first[kjoenn as usize]);
        let lists = if group.form == Form::Patronymic { &group.first[Kjoenn::Mann as usize] } else { &group.surnames };
        Own { first, surname: pick(lists), middle: pick(lists), form: group.form }
    }

    /// First names of all rows: some have two.
    fn first_names(&self, own: &[Own], composer: &mut Composer) -> Vec<TextId> {
        let key = self.given.streams.key(Domain::Person, "to_fornavn");
        let names = self.names();
        let joined: Vec<Joined> = own
            .par_iter()
            .enumerate()
            .map(|(person, own)| {
                let mut stream = key.at(person as u64);
                let year = civil(self.roster.dato[person]).0;
                let two = stream.uniform(1_000) < TWO_NAMES[usize::from(year >= 1990)];
                if own.surname != ONE || !two || !first::is_plain(names, own.first) {
                    return (own.first, ONE, 0);
                }
                let hyphen = stream.uniform(1_000) < HYPHEN;
                let second = first::draw(names, self.roster.kjoenn[person], year, &mut stream);
                if second == own.first || !first::is_plain(names, second) {
                    return (own.first, ONE, 0);
                }
                (own.first, second, if hyphen { b'-' } else { b' ' })
            })
            .collect();
        joined.into_iter().map(|name| composer.join(name)).collect()
    }

    /// How many residents bear the surname of each row, and no other beside it.
    fn bearers(&self, births: &[Birth], takers: &[(usize, usize, DayNo)]) -> Vec<u32> {
        let mut current: Vec<Family> = births[..self.roster.residents].iter().map(|birth| birth.last).collect();
        for &(wife, husband, _) in takers {
            current[wife] = births[husband].last;
        }
        let mut bearers = vec![0; births.len()];
        for family in current {
            if let (Source::Of(row), None) = family {
                bearers[row as usize] += 1;
            }
        }
        bearers
    }

    /// The wife who took the husband's name, with the wedding day.
    fn takers(&self) -> impl Iterator<Item = (usize, usize, DayNo)> {
        let key = self.given.streams.key(Domain::Person, "navn_ved_vigsel");
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
    fn take_names(&self, wanted: &mut Wanted, takers: &[(usize, usize, DayNo)]) {
        let key = self.given.streams.key(Domain::Person, "mellomnavn_ved_vigsel");
        let names: Vec<TextId> = takers.iter().map(|&(_, husband, _)| wanted.etternavn[husband]).collect();
        for (&(wife, _, date), name) in takers.iter().zip(names) {
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

    /// Children of the last year had a temporary name until the choice came in; the youngest still have it.
    fn newborn(&self, wanted: &mut Wanted, composer: &mut Composer) {
        let key = self.given.streams.key(Domain::Person, "navnevalg");
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

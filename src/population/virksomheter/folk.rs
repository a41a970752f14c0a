//! Who starts firms and sits on boards: queues of people in an order that is drawn once for everybody.

use rayon::prelude::*;

use crate::base::{Domain, Kjoenn};
use crate::population::calendar::{age, plus_years};
use crate::population::streams::Streams;
use crate::town::model::{Base, DayNo, Gradering, PersonId, Personstatus};

/// Oldest proprietor and board member among the residents.
const OLDEST: i32 = 79;

/// The people organisations are founded and run by.
pub(super) struct Folk<'a> {
    pub base: &'a Base,
    pub today: DayNo,
    /// Residents in the order they found firms of their own.
    pub gruendere: Vec<PersonId>,
    /// Residents in the order they are elected to boards.
    pub tillitsvalgte: Vec<PersonId>,
    /// Residents in the order they take part in associations.
    pub foreningsfolk: Vec<PersonId>,
    /// Living adults outside the town.
    pub utenbys: Vec<PersonId>,
    /// Living adults with a D-number.
    pub dnummer: Vec<PersonId>,
    /// People who died as adults, the latest first.
    pub doede: Vec<(DayNo, PersonId)>,
    /// Residents of 15 to 17 years.
    pub mindreaarige: Vec<PersonId>,
    /// Day of death of each person, or none.
    doed: Vec<DayNo>,
}

/// How likely somebody of an age is to run something, women and men.
fn weight(kjoenn: Kjoenn, alder: i32) -> u64 {
    let by_age = match alder {
        ..25 => 2,
        25..35 => 6,
        35..60 => 10,
        60..70 => 6,
        _ => 2,
    };
    by_age * if kjoenn == Kjoenn::Mann { 3 } else { 2 }
}

impl<'a> Folk<'a> {
    /// Everybody who may hold a role in `base`. People whose address must not be known hold none: a role is public.
    pub fn new(base: &'a Base, streams: Streams) -> Self {
        let today = DayNo::of(base.header.start.dato());
        let people = &base.personer;
        let mut doed = vec![DayNo::NONE; base.person_count()];
        base.doedsfall.iter().for_each(|row| doed[row.person.index()] = row.dato);
        let mut strict = vec![false; base.person_count()];
        for row in &base.beskyttelser {
            strict[row.person.index()] |= row.gradering == Gradering::StrengtFortrolig;
        }
        let open: Vec<PersonId> = (0..base.person_count()).filter(|&row| !strict[row]).map(PersonId::at).collect();
        let alder = |person: PersonId| age(people.foedselsdato[person.index()], today);
        let status = |person: PersonId| people.status[person.index()];
        let of = |wanted: fn(Personstatus) -> bool, ages: std::ops::RangeInclusive<i32>| -> Vec<PersonId> {
            let fits = |person: &PersonId| wanted(status(*person)) && ages.contains(&alder(*person));
            open.iter().copied().filter(fits).collect()
        };
        let voksne = of(|status| status == Personstatus::Bosatt, 18..=OLDEST);
        let queue = |purpose: &'static str| {
            let key = streams.key(Domain::Person, purpose);
            let mut scored: Vec<(u64, PersonId)> = voksne
                .par_iter()
                .map(|&person| {
                    let weight = weight(people.kjoenn[person.index()], alder(person));
                    (key.at(u64::from(person.0)).uniform(1 << 40) / weight, person)
                })
                .collect();
            scored.par_sort_unstable();
            scored.into_iter().map(|(_, person)| person).collect()
        };
        let mut doede: Vec<(DayNo, PersonId)> = open
            .iter()
            .map(|&person| (doed[person.index()], person))
            .filter(|&(day, person)| {
                day != DayNo::NONE && (25..=85).contains(&age(people.foedselsdato[person.index()], day))
            })
            .collect();
        doede.sort_unstable_by(|a, b| b.cmp(a));
        let gone = |status| matches!(status, Personstatus::Utflyttet | Personstatus::IkkeBosatt);
        let issued = |status| matches!(status, Personstatus::Midlertidig | Personstatus::Inaktiv);
        Self {
            base,
            today,
            gruendere: queue("gruender"),
            tillitsvalgte: queue("tillitsvalgt"),
            foreningsfolk: queue("foreningsfolk"),
            utenbys: of(gone, 18..=OLDEST),
            dnummer: of(issued, 18..=OLDEST),
            doede,
            mindreaarige: of(|status| status == Personstatus::Bosatt, 15..=17),
            doed,
        }
    }

    /// The days on which somebody may take on a role: from coming of age, with a permit from fifteen, until yesterday or
    /// the day before death.
    pub fn able(&self, person: PersonId) -> std::ops::RangeInclusive<DayNo> {
        let born = self.base.personer.foedselsdato[person.index()];
        let of_age = plus_years(born, 18);
        let first = if of_age > self.today { plus_years(born, 15) } else { of_age };
        let last = self.doed[person.index()].min(self.today);
        first..=DayNo(last.0 - 1).max(first)
    }

    /// Whether somebody is of age today.
    pub fn is_adult(&self, person: PersonId) -> bool {
        age(self.base.personer.foedselsdato[person.index()], self.today) >= 18
    }

    /// Whether the home of `person` may be shown.
    pub fn is_open(&self, person: PersonId) -> bool {
        self.base.beskyttelse_of(person).is_none()
    }
}

/// A queue of people dealt from the front, again and again, with a share of them dealt more often: the first pass takes
/// everybody, the second the first of them, and so on.
pub(super) struct Koe<'a> {
    people: &'a [PersonId],
    /// How many of the people each pass takes.
    passes: Vec<usize>,
    pass: usize,
    next: usize,
}

impl<'a> Koe<'a> {
    /// Deals `people`, `passes[k]` of them in pass k; the last pass is repeated.
    pub fn new(people: &'a [PersonId], passes: &[usize]) -> Self {
        let passes = passes.iter().map(|&count| count.clamp(1, people.len().max(1))).collect();
        Self { people, passes, pass: 0, next: 0 }
    }

    /// The next person who is not among `besides`; `None` when there is nobody at all.
    pub fn take(&mut self, besides: &[PersonId]) -> Option<PersonId> {
        for _ in 0..=besides.len() {
            if self.next >= *self.passes.get(self.pass)? {
                self.next = 0;
                self.pass = (self.pass + 1).min(self.passes.len() - 1);
            }
            let person = *self.people.get(self.next)?;
            self.next += 1;
            if !besides.contains(&person) {
                return Some(person);
            }
        }
        None
    }
}

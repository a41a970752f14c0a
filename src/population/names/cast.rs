//! Names that every town has somebody of (`specs/population.md` §16.9): a very long one, one of a single word, ones with
//! hyphen, apostrophe and letters from abroad, and two people of one name and date of birth.

use super::Form;
use super::draw::{Composer, NO_TEXT, NameDraw, Wanted};
use crate::base::{Kjoenn, TextId};
use crate::population::roster::Rolle;
use crate::town::model::{DayNo, PersonId};

/// Letters of a long name.
const LONG_NAME: usize = 60;
/// Surnames for towns where nobody has such a one by chance: with an apostrophe, a hyphen, a letter from abroad.
const SPECIAL: [(&str, fn(char) -> bool); 3] = [
    ("O'Hara", |letter| letter == '\''),
    ("Lie-Næss", |letter| letter == '-'),
    ("Köhler", |letter| letter.is_alphabetic() && !letter.is_ascii() && !"æøåÆØÅ".contains(letter)),
];

impl NameDraw<'_> {
    /// Sees to all of them.
    pub(super) fn cast(&self, wanted: &mut Wanted, composer: &mut Composer) {
        let mut singles = self.singles();
        self.one_word(wanted);
        self.special(wanted, composer, &mut singles);
        self.lengthen_one(wanted, composer);
        self.namesake(wanted, &singles, &self.childless());
    }

    /// Residents of Norwegian background who live alone, in an order drawn: nobody's name follows from theirs.
    fn singles(&self) -> Vec<usize> {
        let roster = self.roster;
        let mut parents = vec![false; roster.len()];
        for child in 0..roster.len() {
            for parent in [roster.mor[child], roster.far[child]].into_iter().filter_map(PersonId::some) {
                parents[parent.index()] = true;
            }
        }
        let mut singles: Vec<usize> = (0..roster.residents)
            .filter(|&person| {
                let alone = roster.members(roster.husstand[person].index()).len() == 1;
                alone && !parents[person] && self.origins.has_norwegian_name(person)
            })
            .collect();
        self.given.streams.kommune("navn_paa_enkelte").shuffle(&mut singles);
        singles
    }

    /// Other grown residents of Norwegian background from whom nobody has a name: they have no children and were never
    /// married.
    fn childless(&self) -> Vec<usize> {
        let roster = self.roster;
        let mut free: Vec<bool> = (0..roster.residents)
            .map(|person| {
                let married = self.civil.married.get(person).is_some_and(|day| *day != DayNo::NONE);
                !married && roster.alder(person) >= 18 && self.origins.has_norwegian_name(person)
            })
            .collect();
        let parents = (0..roster.len()).flat_map(|child| [roster.mor[child], roster.far[child]]);
        for parent in parents.filter_map(PersonId::some).map(PersonId::index).filter(|&row| row < roster.residents) {
            free[parent] = false;
        }
        (0..roster.residents).filter(|&person| free[person]).collect()
    }

    /// Some men of countries where one name is enough have one only: the first name is missing.
    fn one_word(&self, wanted: &mut Wanted) {
        let names = self.names();
        let empty = TextId(names.empty);
        let mut stream = self.given.streams.kommune("ett_navn");
        let is_fit = |person: usize| {
            let country = self.origins.country(person);
            let group = country.and_then(|_| self.origins.names(person, self.given.tables));
            let form = group.and_then(|id| names.abroad(id)).map(|group| names.abroad[group].form);
            let is_man = self.roster.kjoenn[person] == Kjoenn::Mann && self.roster.alder(person) >= 18;
            (is_man && self.roster.rolle[person] != Rolle::Barn).then_some(form).flatten()
        };
        let forms: Vec<(usize, Form)> =
            (0..self.roster.residents).filter_map(|person| Some((person, is_fit(person)?))).collect();
        let usual = forms.iter().filter(|(_, form)| *form == Form::OneName).map(|(person, _)| *person);
        let mut chosen: Vec<usize> = usual.filter(|_| stream.uniform(1_000) < 80).collect();
        if chosen.is_empty() {
            // Somebody of such a country if there is one, else any immigrant with a surname.
            let any = |wanted: Form| forms.iter().find(|(_, form)| *form == wanted).map(|(person, _)| *person);
            chosen.extend(any(Form::OneName).or_else(|| any(Form::Surname)));
        }
        for person in chosen {
            wanted.fornavn[person] = empty;
            wanted.mellomnavn[person] = NO_TEXT;
        }
    }

    fn special(&self, wanted: &mut Wanted, composer: &mut Composer, singles: &mut Vec<usize>) {
        for (surname, is_so) in SPECIAL {
            let has = |person: usize| {
                let of = |id: TextId| id != NO_TEXT && composer.texts.get(id).chars().any(is_so);
                of(wanted.fornavn[person]) || of(wanted.etternavn[person])
            };
            if !(0..self.roster.residents).any(has)
                && let Some(person) = singles.pop()
            {
                wanted.etternavn[person] = composer.push(surname);
            }
        }
    }

    /// Two people born on the same day who do not know of each other have the same name: the one without family takes
    /// the other's. One of `singles` if somebody fits, else one of `childless`.
    fn namesake(&self, wanted: &mut Wanted, singles: &[usize], childless: &[usize]) {
        let roster = self.roster;
        let key = |person: usize| (roster.kjoenn[person], roster.dato[person]);
        let mut others: Vec<usize> =
            (0..roster.residents).filter(|&person| self.origins.has_norwegian_name(person)).collect();
        others.sort_unstable_by_key(|&person| (key(person), person));
        let of_day = |person: usize| {
            let from = others.partition_point(|&other| key(other) < key(person));
            others[from..].iter().copied().take_while(move |&other| key(other) == key(person))
        };
        let free = |&person: &usize| wanted.tidligere.iter().all(|row| row.person.index() != person);
        let pair = singles.iter().chain(childless).copied().filter(free).find_map(|person| {
            let other = of_day(person).find(|&other| {
                let apart = roster.husstand[other] != roster.husstand[person];
                other != person && apart && roster.alder(other) >= 18
            })?;
            Some((person, other))
        });
        if let Some((person, other)) = pair {
            wanted.fornavn[person] = wanted.fornavn[other];
            wanted.mellomnavn[person] = wanted.mellomnavn[other];
            wanted.etternavn[person] = wanted.etternavn[other];
        }
    }

    /// One adult has a name of sixty letters or more.
    fn lengthen_one(&self, wanted: &mut Wanted, composer: &mut Composer) {
        let totals = self.names().surname_totals(self.given.profile);
        let mut stream = self.given.streams.kommune("langt_navn");
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
            let place = u32::try_from(stream.weighted(&totals)).expect("a surname");
            middle.push(composer.texts.get(TextId(self.names().first_surname + place)).to_owned());
        }
        if !middle.is_empty() {
            wanted.mellomnavn[person] = composer.push(&middle.join(" "));
        }
    }
}

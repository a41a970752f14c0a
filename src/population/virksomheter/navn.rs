//! Names of organisations, upper case as the register has them. No name means a real firm on purpose; those of sole
//! traders carry the owner's surname (invariant 48).

use super::folk::Folk;
use super::tabeller::{Industry, Tabeller, tabeller};
use crate::base::{Stream, TextId, TextTable};
use crate::population::streams::Given;
use crate::town::model::{Organisasjonsform, PersonId};

/// Makes names and keeps their texts until the base takes them over.
pub(super) struct Navn<'a> {
    given: Given<'a>,
    tables: &'static Tabeller,
    folk: &'a Folk<'a>,
    /// The municipality, upper case.
    pub sted: String,
    /// Texts made here; their ids begin where those of the base end.
    pub texts: TextTable,
    offset: u32,
}

impl<'a> Navn<'a> {
    pub fn new(folk: &'a Folk<'a>, given: Given<'a>) -> Self {
        let offset = u32::try_from(folk.base.tekst.len()).expect("fewer than 2^32 texts");
        let sted = given.profile.name.to_uppercase();
        Self { given, tables: tabeller(), folk, sted, texts: TextTable::default(), offset }
    }

    /// The id of a text of its own.
    pub fn push(&mut self, text: &str) -> TextId {
        TextId(self.texts.push(text).0 + self.offset)
    }

    /// A text made here or before.
    pub fn text(&self, id: TextId) -> &str {
        if id.0 >= self.offset { self.texts.get(TextId(id.0 - self.offset)) } else { self.folk.base.tekst.get(id) }
    }

    /// A farm.
    pub fn gard(&self, stream: &mut Stream) -> String {
        let names = &self.given.tables.names;
        let tail = names.bearers.len() - names.listed_surnames;
        let farm = names.listed_surnames + stream.index(tail);
        let id = names.first_surname + u32::try_from(farm).expect("a name");
        names.texts.get(TextId(id)).to_uppercase()
    }

    /// A made-up word.
    fn ord(&self, stream: &mut Stream) -> String {
        let (first, last) = (&self.tables.first, &self.tables.last);
        format!("{}{}", first[stream.index(first.len())], last[stream.index(last.len())]).to_uppercase()
    }

    /// `pattern` with place, farm and word filled in.
    pub fn filled(&self, pattern: &str, stream: &mut Stream) -> String {
        let mut name = pattern.replace("{sted}", &self.sted);
        if name.contains("{gard}") {
            name = name.replace("{gard}", &self.gard(stream));
        }
        if name.contains("{ord}") {
            name = name.replace("{ord}", &self.ord(stream));
        }
        name
    }

    fn word<'w>(industry: &'w Industry, stream: &mut Stream) -> &'w str {
        &industry.words[stream.index(industry.words.len())]
    }

    fn surname(&self, person: PersonId) -> String {
        let people = &self.folk.base.personer;
        self.folk.base.tekst.get(people.etternavn[person.index()]).to_uppercase()
    }

    /// A sole trader: the owner's name alone or with what the firm does.
    pub fn enk(&self, owner: PersonId, industry: &Industry, stream: &mut Stream) -> String {
        let people = &self.folk.base.personer;
        let surname = self.surname(owner);
        let first = self.folk.base.tekst.get(people.fornavn[owner.index()]).to_uppercase();
        let first = first.split(' ').next().unwrap_or_default();
        let word = Self::word(industry, stream);
        match stream.uniform(10) {
            0..4 => format!("{first} {surname}"),
            4..7 => format!("{surname} {word}"),
            7..9 => format!("{word} {first} {surname}"),
            _ => format!("{surname} {} {word}", self.ord(stream)),
        }
    }

    /// A firm of `form` in `industry`.
    pub fn firm(&self, form: Organisasjonsform, industry: &Industry, stream: &mut Stream) -> String {
        let word = Self::word(industry, stream);
        let someone = |stream: &mut Stream| {
            let founders = &self.folk.gruendere;
            self.surname(founders[stream.index(founders.len())])
        };
        match form {
            Organisasjonsform::Sti => format!("STIFTELSEN {} {word}", self.gard(stream)),
            Organisasjonsform::Ans | Organisasjonsform::Da => {
                format!("{} & {} {word} {}", someone(stream), someone(stream), form.code())
            }
            Organisasjonsform::Nuf => {
                let abroad = self.tables.abroad[stream.index(self.tables.abroad.len())].to_uppercase();
                format!("{abroad} {word} {} NUF", self.ord(stream))
            }
            Organisasjonsform::Sa => format!("{} {word} SA", self.gard(stream)),
            _ => match stream.uniform(10) {
                0..4 => format!("{} {word} {}", someone(stream), form.code()),
                4..8 => format!("{} {word} {}", self.ord(stream), form.code()),
                _ => format!("{} {word} {}", self.gard(stream), form.code()),
            },
        }
    }

    /// A unit without industry of its own: housing, ownership, shared offices.
    pub fn fellesskap(&self, form: Organisasjonsform, stream: &mut Stream) -> String {
        match form {
            Organisasjonsform::Esek => format!("SAMEIET {}", self.ord(stream)),
            Organisasjonsform::Brl => format!("{} BORETTSLAG", self.gard(stream)),
            Organisasjonsform::Sam => format!("{} VEISAMEIE", self.gard(stream)),
            _ => format!("KONTORFELLESSKAPET {}", self.ord(stream)),
        }
    }
}

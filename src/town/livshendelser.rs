//! Life events by kind and fields: the one table that the admin API, the command line and scenarios read.
//!
//! A caller has a kind (`foedsel`), whom it is of, and fields as JSON values; [`command`] makes the command the town
//! decides. What is wrong with kind or fields is a [`LivshendelseFault`] that names the nearest right word; whether the
//! event may happen is the town's own answer, a [`Refusal`](super::Refusal).

mod arbeidsliv;
mod kinds;
mod register;
#[cfg(test)]
mod tests;
mod tidligere;

use std::collections::BTreeMap;

use serde_json::Value;

use super::apply::VirksomhetEvent;
use super::decide::{Command, FolkCommand, KontaktCommand, NyeKontaktdata};
use super::event::{Event, FolkEvent};
use super::model::{DayNo, Landkode, PersonKey, Postkasse, Spraak};
use super::state::Town;
use crate::base::{Foedselsnummer, Kjoenn, Orgnummer, nearest};

pub use kinds::KINDS;
pub use tidligere::{logg_nummer, tidligere};

/// What a field takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FieldType {
    /// A person of this town, by identity number of eleven digits.
    Person,
    /// An organisation number of nine digits.
    Orgnummer,
    /// A whole number between two bounds, both included.
    Count {
        /// Smallest.
        from: u32,
        /// Largest.
        to: u32,
    },
    /// Free text.
    Text,
    /// True or false.
    Bool,
    /// One word of a closed list.
    Code(&'static [&'static str]),
    /// A country by its three letters.
    Land,
    /// A day.
    Dato,
    /// One word of a closed list, or a list of them.
    Codes(&'static [&'static str]),
}

impl FieldType {
    /// The type in words, for messages and lists.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Person => "the identity number of somebody in this town".into(),
            Self::Orgnummer => "an organisation number".into(),
            Self::Count { from, to } => format!("a whole number from {from} to {to}"),
            Self::Text => "a text".into(),
            Self::Bool => "true or false".into(),
            Self::Land => "a country by three capital letters, as POL".into(),
            Self::Dato => "a day, as 2027-01-04".into(),
            Self::Code(words) => format!("one of {}", words.join(", ")),
            Self::Codes(words) => format!("one of {}, or a list of them", words.join(", ")),
        }
    }
}

/// A field of a kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub slag: FieldType,
    /// Whether the event cannot be made without it.
    pub required: bool,
    /// What it means.
    pub about: &'static str,
}

/// A kind of life event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind {
    /// Its name (`specs/names.md` §3).
    pub name: &'static str,
    /// What happens, and whom the event is of.
    pub about: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
    /// What it does in the registers.
    pub effects: &'static str,
    /// Whether this version carries it out.
    pub offered: bool,
}

impl Kind {
    /// The kind called `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// The field called `name`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// What is wrong with a life event before the town is asked.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LivshendelseFault {
    /// No such kind.
    #[error("there is no life event kind `{kind}`{}", did_you_mean(*near))]
    UnknownKind {
        /// What was asked for.
        kind: String,
        /// The nearest kind.
        near: Option<&'static str>,
    },
    /// A kind of the list that this version does not carry out.
    #[error("the life event kind `{0}` is not in this version")]
    Later(&'static str),
    /// The kind has no such field.
    #[error("`{kind}` has no field `{field}`{}", did_you_mean(*near))]
    UnknownField {
        /// The kind.
        kind: &'static str,
        /// What was given.
        field: String,
        /// The nearest field.
        near: Option<&'static str>,
    },
    /// A field the kind needs is not there.
    #[error("`{kind}` needs the field `{field}`: {about}")]
    Missing {
        /// The kind.
        kind: &'static str,
        /// The field.
        field: &'static str,
        /// What the field means.
        about: &'static str,
    },
    /// A field has a value it cannot take. The value itself is not repeated: it may be a real person's number.
    #[error("the field `{field}` of `{kind}` takes {expected}")]
    Value {
        /// The kind.
        kind: &'static str,
        /// The field.
        field: &'static str,
        /// What it takes.
        expected: String,
    },
    /// Nothing to change was given.
    #[error("`{kind}` changes nothing without one of its fields: {fields}")]
    Nothing {
        /// The kind.
        kind: &'static str,
        /// Its fields.
        fields: String,
    },
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

impl LivshendelseFault {
    /// The nearest right word, when there is one.
    #[must_use]
    pub fn near(&self) -> Option<&'static str> {
        match self {
            Self::UnknownKind { near, .. } | Self::UnknownField { near, .. } => *near,
            _ => None,
        }
    }

    /// The field the fault is about, when it is about one.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::UnknownField { field, .. } => Some(field),
            Self::Missing { field, .. } | Self::Value { field, .. } => Some(field),
            _ => None,
        }
    }
}

/// The command for a life event of kind `kind` that happens to `of`, with `fields` as JSON values. A field that is
/// `null` counts as not given.
///
/// # Errors
/// A [`LivshendelseFault`] that names what is wrong with kind or fields.
pub fn command(
    kind: &str,
    of: PersonKey,
    fields: &BTreeMap<String, Value>,
    town: &Town,
) -> Result<Command, LivshendelseFault> {
    let found = check_kind(kind)?;
    let given = Given::check(found, fields, town)?;
    match found.name {
        "foedsel" => given.foedsel(of),
        "navnevalg" => Ok(Command::Folk(FolkCommand::Navnevalg {
            barn: of,
            fornavn: given.text("fornavn")?.unwrap_or_default(),
            mellomnavn: given.text("mellomnavn")?,
            etternavn: given.text("etternavn")?,
        })),
        "barnehagestart" => {
            Ok(Command::Folk(FolkCommand::Barnehagestart { barn: of, barnehage: given.orgnummer("barnehage")? }))
        }
        "reservasjon" => Ok(Command::Kontakt(KontaktCommand::Reservasjon {
            person: of,
            reservert: given.bool("reservert")?.unwrap_or(true),
        })),
        "kontaktendring" => given.kontaktendring(of),
        "doedsfall" => Ok(Command::Folk(FolkCommand::Doedsfall { person: of })),
        "separasjon" => Ok(Command::Folk(FolkCommand::Separasjon { person: of })),
        "skilsmisse" => Ok(Command::Folk(FolkCommand::Skilsmisse { person: of })),
        "samlivsslutt" => Ok(Command::Folk(FolkCommand::Samlivsslutt { person: of })),
        "vigsel" => {
            let med = given.person("med")?.unwrap_or(of);
            let (etternavn, etternavn_med) = (given.text("etternavn")?, given.text("etternavn_med")?);
            Ok(Command::Folk(FolkCommand::Vigsel { person: of, med, etternavn, etternavn_med }))
        }
        "flytting" => {
            let hele_husstanden = given.bool("hele_husstanden")?.unwrap_or(true);
            Ok(Command::Folk(FolkCommand::Flytting { person: of, hos: given.person("hos")?, hele_husstanden }))
        }
        "utflytting" => {
            let hele_husstanden = given.bool("hele_husstanden")?.unwrap_or(true);
            Ok(Command::Folk(FolkCommand::Utflytting { person: of, land: given.land("land")?, hele_husstanden }))
        }
        "innflytting" => Ok(Command::Folk(FolkCommand::Innflytting {
            hos: of,
            kjoenn: given.read("kjoenn", kjoenn)?,
            alder: given.count("alder")?.and_then(|age| u32::try_from(age).ok()),
            land: given.land("land")?,
            egen_bolig: given.bool("egen_bolig")?.unwrap_or(false),
        })),
        _ => register::command(found.name, of, &given)
            .or_else(|| given.arbeidsliv(of))
            .unwrap_or(Err(LivshendelseFault::Later(found.name))),
    }
}

/// The kind called `kind`, when this version carries it out.
///
/// # Errors
/// [`LivshendelseFault::UnknownKind`] with the nearest kind, or [`LivshendelseFault::Later`].
pub fn check_kind(kind: &str) -> Result<&'static Kind, LivshendelseFault> {
    match Kind::find(kind) {
        Some(found) if found.offered => Ok(found),
        Some(found) => Err(LivshendelseFault::Later(found.name)),
        None => {
            let near = nearest(kind, KINDS.iter().map(|kind| kind.name));
            Err(LivshendelseFault::UnknownKind { kind: kind.to_owned(), near })
        }
    }
}

/// The value of a field written as text on a command line: numbers, `true` and `false` where the field takes them, a
/// list at commas where it takes one, otherwise the text itself.
#[must_use]
pub fn value_of_text(kind: &str, field: &str, text: &str) -> Value {
    let slag = Kind::find(kind).and_then(|kind| kind.field(field)).map(|field| field.slag);
    match slag {
        Some(FieldType::Count { .. }) => text.parse::<u32>().map_or_else(|_| text.into(), Value::from),
        Some(FieldType::Bool) => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
        Some(FieldType::Codes(_)) if text.contains(',') => {
            Value::Array(text.split(',').map(|part| part.trim().into()).collect())
        }
        _ => text.into(),
    }
}

/// People that `events` brought into the town, in order.
#[must_use]
pub fn newcomers(events: &[Event]) -> Vec<PersonKey> {
    let origin = |event: &Event| match event {
        Event::Folk(FolkEvent::PersonKom { origin, .. }) => Some(PersonKey::World(*origin)),
        _ => None,
    };
    events.iter().filter_map(origin).collect()
}

/// Organisations that `events` brought into the town, in order: the main unit before what is below it.
#[must_use]
pub fn new_units(events: &[Event]) -> Vec<Orgnummer> {
    let number = |event: &Event| match event {
        Event::Virksomhet(VirksomhetEvent::Registrert(unit)) => Some(unit.orgnr),
        _ => None,
    };
    events.iter().filter_map(number).collect()
}

/// Whether events of `kind` are about an earlier one, which can be named instead of a person.
#[must_use]
pub fn tar_hendelse(kind: &str) -> bool {
    matches!(kind, "korreksjon" | "annullering")
}

/// Fields whose names fit the kind, with `null` ones left out.
struct Given<'a> {
    kind: &'static Kind,
    fields: BTreeMap<&'static str, &'a Value>,
    town: &'a Town,
}

impl<'a> Given<'a> {
    fn check(
        kind: &'static Kind,
        fields: &'a BTreeMap<String, Value>,
        town: &'a Town,
    ) -> Result<Self, LivshendelseFault> {
        let mut known = BTreeMap::new();
        for (name, value) in fields {
            let Some(field) = kind.field(name) else {
                let near = nearest(name, kind.fields.iter().map(|field| field.name));
                return Err(LivshendelseFault::UnknownField { kind: kind.name, field: name.clone(), near });
            };
            if !value.is_null() {
                known.insert(field.name, value);
            }
        }
        let missing = |field: &&Field| field.required && !known.contains_key(field.name);
        if let Some(field) = kind.fields.iter().find(missing) {
            return Err(LivshendelseFault::Missing { kind: kind.name, field: field.name, about: field.about });
        }
        Ok(Self { kind, fields: known, town })
    }

    /// The value of `name` as `read` understands it, or a fault that says what the field takes.
    fn read<T>(&self, name: &str, read: impl Fn(&Value) -> Option<T>) -> Result<Option<T>, LivshendelseFault> {
        let Some(value) = self.fields.get(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| {
            let field = self.kind.field(name).expect("checked fields are fields of the kind");
            LivshendelseFault::Value { kind: self.kind.name, field: field.name, expected: field.slag.words() }
        })
    }

    fn text(&self, name: &str) -> Result<Option<String>, LivshendelseFault> {
        self.read(name, |value| value.as_str().map(str::to_owned))
    }

    fn bool(&self, name: &str) -> Result<Option<bool>, LivshendelseFault> {
        self.read(name, Value::as_bool)
    }

    fn orgnummer(&self, name: &str) -> Result<Option<Orgnummer>, LivshendelseFault> {
        self.read(name, |value| Orgnummer::parse(value.as_str()?).ok())
    }

    fn person(&self, name: &str) -> Result<Option<PersonKey>, LivshendelseFault> {
        self.read(name, |value| {
            let nummer = Foedselsnummer::parse(value.as_str()?).ok()?;
            self.town.find(nummer).map(|id| self.town.key_of(id))
        })
    }

    fn dato(&self, name: &str) -> Result<Option<DayNo>, LivshendelseFault> {
        self.read(name, |value| Some(DayNo::of(value.as_str()?.parse().ok()?)))
    }

    /// The fault of a kind to which none of `fields` was given.
    fn nothing(&self, fields: &[&str]) -> LivshendelseFault {
        LivshendelseFault::Nothing { kind: self.kind.name, fields: fields.join(", ") }
    }

    fn land(&self, name: &str) -> Result<Option<Landkode>, LivshendelseFault> {
        self.read(name, |value| {
            let letters: [u8; 3] = value.as_str()?.as_bytes().try_into().ok()?;
            letters.iter().all(u8::is_ascii_uppercase).then_some(Landkode(letters))
        })
    }

    fn count(&self, name: &str) -> Result<Option<usize>, LivshendelseFault> {
        self.read(name, |value| {
            let count = value.as_u64()?;
            let Some(FieldType::Count { from, to }) = self.kind.field(name).map(|field| field.slag) else {
                return None;
            };
            (u64::from(from)..=u64::from(to)).contains(&count).then(|| usize::try_from(count).ok())?
        })
    }

    fn foedsel(&self, mor: PersonKey) -> Result<Command, LivshendelseFault> {
        let count = self.count("antall")?;
        let listed = self.read("kjoenn", kjoenn_list)?;
        let barn = match (listed, count) {
            (Some(Sexes::Each(sexes)), None) if !sexes.is_empty() => sexes.into_iter().map(Some).collect(),
            (Some(Sexes::Each(sexes)), Some(count)) if sexes.len() == count => sexes.into_iter().map(Some).collect(),
            (Some(Sexes::Each(_)), _) => {
                let expected = "one word for every child, or a list with as many as `antall`".to_owned();
                return Err(LivshendelseFault::Value { kind: self.kind.name, field: "kjoenn", expected });
            }
            (Some(Sexes::All(sex)), count) => vec![Some(sex); count.unwrap_or(1)],
            (None, count) => vec![None; count.unwrap_or(1)],
        };
        Ok(Command::Folk(FolkCommand::Foedsel { mor, medforelder: self.person("medforelder")?, barn }))
    }

    fn kontaktendring(&self, person: PersonKey) -> Result<Command, LivshendelseFault> {
        let spraak = self.read("spraak", |value| Spraak::from_code(value.as_str()?))?;
        let postkasse = self.read("postkasse", |value| match value.as_str()? {
            "ingen" => Some(Postkasse::Ingen),
            code => Postkasse::from_code(code),
        })?;
        // The word a mailbox supplier's place has when there is none takes an address out too.
        let taken_out = |text: String| (text != "ingen").then_some(text);
        let ny = NyeKontaktdata {
            spraak,
            postkasse,
            epost: self.text("epost")?.map(taken_out),
            mobil: self.text("mobil")?.map(taken_out),
            utloept: self.bool("utloept")?.unwrap_or(false),
        };
        if ny == NyeKontaktdata::default() {
            let fields = self.kind.fields.iter().map(|field| field.name).collect::<Vec<_>>().join(", ");
            return Err(LivshendelseFault::Nothing { kind: self.kind.name, fields });
        }
        Ok(Command::Kontakt(KontaktCommand::Kontaktendring { person, ny }))
    }
}

/// Sexes of the children of one delivery.
enum Sexes {
    /// The same for all.
    All(Kjoenn),
    /// One for each.
    Each(Vec<Kjoenn>),
}

fn kjoenn(value: &Value) -> Option<Kjoenn> {
    match value.as_str()? {
        "kvinne" => Some(Kjoenn::Kvinne),
        "mann" => Some(Kjoenn::Mann),
        _ => None,
    }
}

fn kjoenn_list(value: &Value) -> Option<Sexes> {
    match value {
        Value::Array(list) => list.iter().map(kjoenn).collect::<Option<Vec<_>>>().map(Sexes::Each),
        value => kjoenn(value).map(Sexes::All),
    }
}

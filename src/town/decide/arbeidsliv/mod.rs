//! Work and enterprises by hand: a job lost or taken, an enterprise founded or bankrupt, a role that changes hands
//! (`specs/experience.md` §10.8). What background life does by chance is done here because somebody says so, with the
//! reason when it cannot be.

mod foretak;
mod jobb;
mod roller;

use super::{Cause, Refusal};
use crate::base::Orgnummer;
use crate::town::event::Event;
use crate::town::model::{Organisasjonsform, PersonKey, Rolletype, VirksomhetId};
use crate::town::state::{Person, Town};

/// Youngest who holds a role or founds something (`specs/population.md` §16.7, 47).
const MYNDIG: i32 = 18;

/// What happens in working life.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ArbeidslivCommand {
    /// All jobs of somebody are lost.
    Arbeidsledig {
        /// Whose.
        person: PersonKey,
    },
    /// Somebody begins in a job.
    NyJobb {
        /// Who.
        person: PersonKey,
        /// What is said of the job; the rest is drawn.
        stilling: NyStilling,
    },
    /// Somebody founds an enterprise.
    NyttForetak {
        /// Who.
        person: PersonKey,
        /// Legal form: a sole proprietorship or a company.
        form: Organisasjonsform,
        /// Name; drawn when not given.
        navn: Option<String>,
        /// Industry, five digits; that of another enterprise in the town when not given.
        naeringskode: Option<u32>,
    },
    /// A role in an organisation begins or ends.
    Rolleendring {
        /// Whose.
        person: PersonKey,
        /// In which main unit.
        virksomhet: Orgnummer,
        /// Which.
        rolle: Rolletype,
        /// It ends; otherwise it begins.
        slutter: bool,
        /// Who takes over a role that ends.
        etterfoelger: Option<PersonKey>,
    },
    /// A bankruptcy is opened.
    Konkurs {
        /// Who heads the enterprise.
        person: PersonKey,
        /// Which; the one they head when not given.
        virksomhet: Option<Orgnummer>,
    },
}

/// A job as somebody orders it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NyStilling {
    /// A sub-unit, or a main unit for its first; drawn when not given.
    pub virksomhet: Option<Orgnummer>,
    /// Occupation, four digits of STYRK-08.
    pub yrke: Option<u16>,
    /// Per cent of full time.
    pub stillingsprosent: Option<u8>,
    /// Gross wage a month for the post as it is, kroner.
    pub maanedsloenn: Option<u32>,
    /// The jobs held before go on.
    pub i_tillegg: bool,
}

/// Decides what happens in working life.
pub(super) fn decide(town: &Town, command: &ArbeidslivCommand, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    match command {
        ArbeidslivCommand::Arbeidsledig { person } => jobb::mistes(&levende(town, *person)?, cause),
        ArbeidslivCommand::NyJobb { person, stilling } => jobb::begynner(&levende(town, *person)?, stilling, cause),
        ArbeidslivCommand::NyttForetak { person, form, navn, naeringskode } => {
            let founder = voksen(town, *person)?;
            foretak::stiftes(&founder, *form, navn.as_deref(), *naeringskode, cause)
        }
        ArbeidslivCommand::Rolleendring { person, virksomhet, rolle, slutter: true, etterfoelger } => {
            let person = kjent(town, *person)?;
            let other = etterfoelger.map(|key| voksen(town, key)).transpose()?;
            roller::slutter(&person, enhet(town, *virksomhet)?, *rolle, other.as_ref())
        }
        ArbeidslivCommand::Rolleendring { person, virksomhet, rolle, .. } => {
            roller::begynner(&voksen(town, *person)?, enhet(town, *virksomhet)?, *rolle)
        }
        ArbeidslivCommand::Konkurs { person, virksomhet } => {
            let unit = virksomhet.map(|orgnr| enhet(town, orgnr)).transpose()?;
            foretak::gaar_konkurs(&kjent(town, *person)?, unit, cause)
        }
    }
}

fn kjent(town: &Town, key: PersonKey) -> Result<Person<'_>, Refusal> {
    town.person_by_key(key).ok_or_else(|| Refusal::new("unknown_person", "there is no such person"))
}

fn levende(town: &Town, key: PersonKey) -> Result<Person<'_>, Refusal> {
    let person = kjent(town, key)?;
    if person.is_doed() {
        return Err(Refusal::new("dead", format!("{} is dead", person.navn().full())));
    }
    Ok(person)
}

fn voksen(town: &Town, key: PersonKey) -> Result<Person<'_>, Refusal> {
    let person = levende(town, key)?;
    if person.alder() < MYNDIG {
        return Err(Refusal::new("age", format!("{} is {} years old", person.navn().full(), person.alder())));
    }
    Ok(person)
}

fn enhet(town: &Town, orgnr: Orgnummer) -> Result<VirksomhetId, Refusal> {
    let none = || Refusal::new("unknown_unit", format!("there is no organisation {orgnr}"));
    town.enhet_med(orgnr).ok_or_else(none)
}

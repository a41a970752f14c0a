//! Life events on the population register. Each becomes the register changes of `specs/folkeregister.md` §21 in one
//! transaction with one register time.

mod foedsel;
mod navnevalg;

use super::{Cause, Refusal};
use crate::base::{Kjoenn, Orgnummer};
use crate::town::event::{Event, FolkEvent};
use crate::town::model::{DayNo, PersonKey, PlassRow, Virksomhet, Virksomhetsslag};
use crate::town::state::{Person, Town};

/// Life events.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FolkCommand {
    /// Birth of one or more children.
    Foedsel {
        /// The mother.
        mor: PersonKey,
        /// The father or second mother, when known to the register.
        medforelder: Option<PersonKey>,
        /// One entry per child: its sex, or `None` to draw it.
        barn: Vec<Option<Kjoenn>>,
    },
    /// First choice of name of a child.
    Navnevalg {
        /// The child.
        barn: PersonKey,
        /// First name.
        fornavn: String,
        /// Middle name.
        mellomnavn: Option<String>,
        /// Surname; the mother's when not given.
        etternavn: Option<String>,
    },
    /// A child begins in a kindergarten.
    Barnehagestart {
        /// The child.
        barn: PersonKey,
        /// Which one; the first with a free place when not given.
        barnehage: Option<Orgnummer>,
    },
    /// Keeps people from chance, or lets them go.
    Hold {
        /// Whom.
        personer: Vec<PersonKey>,
        /// Kept.
        holdt: bool,
    },
}

/// Decides a life event.
pub(super) fn decide(town: &Town, command: &FolkCommand, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    match command {
        FolkCommand::Foedsel { mor, medforelder, barn } => foedsel::decide(town, *mor, *medforelder, barn, cause),
        FolkCommand::Navnevalg { barn, fornavn, mellomnavn, etternavn } => {
            let chosen =
                navnevalg::Chosen { fornavn, mellomnavn: mellomnavn.as_deref(), etternavn: etternavn.as_deref() };
            navnevalg::decide(town, *barn, &chosen, cause)
        }
        FolkCommand::Barnehagestart { barn, barnehage } => barnehagestart(town, *barn, *barnehage),
        FolkCommand::Hold { personer, holdt } => {
            personer.iter().try_for_each(|key| somebody(town, *key).map(|_| ()))?;
            let event = |person: &PersonKey| Event::Folk(FolkEvent::Holdt { person: *person, holdt: *holdt });
            Ok(personer.iter().map(event).collect())
        }
    }
}

fn somebody(town: &Town, key: PersonKey) -> Result<Person<'_>, Refusal> {
    town.person_by_key(key).ok_or_else(|| Refusal::new("unknown_person", "there is no such person"))
}

fn resident(town: &Town, key: PersonKey) -> Result<Person<'_>, Refusal> {
    let person = somebody(town, key)?;
    if person.is_bosatt() {
        return Ok(person);
    }
    Err(Refusal::new("not_resident", format!("{} is not resident", person.navn().full())))
}

/// Places taken in `unit`: those of the base and what this world changed.
fn taken_places(town: &Town, unit: &Virksomhet) -> i64 {
    let of_unit = |row: &&PlassRow| town.base.virksomheter[row.virksomhet.index()].orgnr == unit.orgnr;
    let base = town.base.plasser.iter().filter(of_unit).count();
    i64::try_from(base).unwrap_or(i64::MAX) + town.folk.barnehageplasser.get(&unit.orgnr).copied().unwrap_or(0)
}

/// Oldest age in a kindergarten (`specs/population.md` §16.6).
const MAX_BARNEHAGE: i32 = 6;

fn barnehagestart(town: &Town, key: PersonKey, wanted: Option<Orgnummer>) -> Result<Vec<Event>, Refusal> {
    let barn = resident(town, key)?;
    if barn.alder() > MAX_BARNEHAGE {
        return Err(Refusal::new("too_old", format!("{} is {} years old", barn.navn().full(), barn.alder())));
    }
    let mut kindergartens = town.base.virksomheter.iter().filter(|unit| unit.slag == Virksomhetsslag::Barnehage);
    let free = |unit: &&Virksomhet| taken_places(town, unit) < i64::from(unit.kapasitet);
    let chosen = match wanted {
        Some(orgnr) => kindergartens.find(|unit| unit.orgnr == orgnr).ok_or_else(|| {
            Refusal::new("unknown_kindergarten", "there is no such kindergarten in this municipality")
        })?,
        None => kindergartens
            .find(free)
            .ok_or_else(|| Refusal::new("no_place", "no kindergarten of this municipality has a place"))?,
    };
    if !free(&chosen) {
        let name = town.base.tekst.get(chosen.navn);
        return Err(Refusal::new("no_place", format!("{name} has no place: all {} are taken", chosen.kapasitet)));
    }
    let unit = chosen;
    let fra = DayNo::of(town.now().dato());
    Ok(vec![Event::Folk(FolkEvent::Barnehageplass { barn: key, barnehage: Some(unit.orgnr), fra })])
}

//! A change of name (`specs/life-events.md` §10, `specs/folkeregister.md` §21).

use super::navnevalg::name_part;
use super::utkast::{Utkast, gjeldende};
use super::{Cause, Refusal, somebody};
use crate::clock::Span;
use crate::town::event::Event;
use crate::town::model::{Entry, Fact, Hendelsestype, Navn, PersonKey};
use crate::town::state::{Person, Town};

/// Reason of a change by notice. A change at a wedding has the wedding's: it does not count for the ten years.
const AARSAK: &str = "Navn";
/// Months between two changes by notice (Names Act § 10).
const SPERRE: Span = Span::Calendar { months: 120, days: 0, millis: 0 };

/// The parts that change.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct NyttNavn {
    /// First name or names.
    pub fornavn: Option<String>,
    /// Middle name; an empty one takes it out.
    pub mellomnavn: Option<String>,
    /// Surname.
    pub etternavn: Option<String>,
}

impl NyttNavn {
    /// `before` with these parts.
    ///
    /// # Errors
    /// When a part is no name.
    pub(super) fn paa(&self, before: &Navn) -> Result<Navn, Refusal> {
        let part = |field: &str, text: &Option<String>| {
            text.as_deref().map(|text| name_part(field, text)).transpose().map(|one| one.map(Into::into))
        };
        let mellomnavn = match self.mellomnavn.as_deref() {
            None => before.mellomnavn.clone(),
            Some(text) if text.trim().is_empty() => None,
            Some(text) => Some(name_part("mellomnavn", text)?.into()),
        };
        Ok(Navn {
            fornavn: part("fornavn", &self.fornavn)?.unwrap_or_else(|| before.fornavn.clone()),
            mellomnavn,
            etternavn: part("etternavn", &self.etternavn)?.unwrap_or_else(|| before.etternavn.clone()),
        })
    }
}

/// The name in use, as an entry.
pub(super) fn current(person: &Person<'_>) -> Option<Entry> {
    gjeldende(&person.entries(), |fact| matches!(fact, Fact::Navn { .. }))
}

/// Decides a change of name.
pub(super) fn decide(town: &Town, key: PersonKey, nytt: &NyttNavn, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    let person = somebody(town, key)?;
    let before = person.navn();
    let name = before.full();
    if person.is_doed() {
        return Err(Refusal::new("dead", format!("{name} is dead")));
    }
    if person.midlertidig_navn().is_some() {
        return Err(Refusal::new("no_name", format!("the name of {name} is not chosen yet: that is `navnevalg`")));
    }
    let navn = nytt.paa(&before)?;
    if navn == before {
        return Err(Refusal::new("same_name", format!("the name is {name} already")));
    }
    let last = current(&person).filter(|entry| entry.id.is_of_world() && &*entry.aarsak == AARSAK);
    if let Some(last) = last
        && SPERRE.after(last.registrert) > town.now()
    {
        let detail = format!("{name} changed name on {}: once in ten years", last.registrert.dato());
        return Err(Refusal::new("too_soon", detail));
    }
    let mut utkast = Utkast::new(town, cause, "folkeregistermyndigheten", AARSAK);
    skift(&mut utkast, &person, navn);
    Ok(utkast.events)
}

/// The name of `person` is `navn` from today; the old one becomes history.
pub(super) fn skift(utkast: &mut Utkast<'_>, person: &Person<'_>, navn: Navn) {
    let change = utkast.erstatt(person.key(), current(person), Fact::Navn { navn, midlertidig: false });
    utkast.registrer(person.key(), Hendelsestype::EndringINavn, vec![change]);
}

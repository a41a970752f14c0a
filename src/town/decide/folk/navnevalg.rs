//! First choice of name: the temporary name is annulled, the chosen one registered (`specs/folkeregister.md` §21).

use std::sync::Arc;

use super::{Cause, Refusal, somebody};
use crate::town::event::{Event, FolkEvent};
use crate::town::model::{
    DayNo, Endring, Endringsslag, Fact, FactId, Hendelsestype, Navn, NyFact, PersonKey, Registrering,
};
use crate::town::state::Town;

/// Longest part of a name (`specs/folkeregister.md` §6.2).
const MAX_PART: usize = 200;

/// The parents' choice.
pub(super) struct Chosen<'a> {
    pub(super) fornavn: &'a str,
    pub(super) mellomnavn: Option<&'a str>,
    pub(super) etternavn: Option<&'a str>,
}

/// Decides a first choice of name.
pub(super) fn decide(town: &Town, key: PersonKey, chosen: &Chosen<'_>, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    let barn = somebody(town, key)?;
    let Some(temporary) = barn.midlertidig_navn() else {
        return Err(Refusal::new("has_name", format!("{} has a name already", barn.navn().full())));
    };
    if barn.is_doed() {
        return Err(Refusal::new("dead", "a dead child's name is not chosen by this event"));
    }
    let surname = match chosen.etternavn {
        Some(etternavn) => name_part("etternavn", etternavn)?,
        None => barn.mor().map_or_else(|| barn.navn().etternavn.to_string(), |mor| mor.navn().etternavn.to_string()),
    };
    let navn = Navn {
        fornavn: name_part("fornavn", chosen.fornavn)?.into(),
        mellomnavn: chosen.mellomnavn.map(|name| name_part("mellomnavn", name)).transpose()?.map(Into::into),
        etternavn: surname.into(),
    };
    let change = Registrering {
        person: key,
        slag: Hendelsestype::EndringINavn,
        registrert: town.now(),
        kilde: "forelder".into(),
        aarsak: "Første gangs navnevalg".into(),
        endringer: vec![
            Endring { slag: Endringsslag::Annullere, ny: None, gammel: Some(Box::new(temporary)) },
            Endring {
                slag: Endringsslag::RegistrereNy,
                ny: Some(NyFact {
                    id: FactId::of_world(cause.origin, key, 0),
                    fact: Fact::Navn { navn, midlertidig: false },
                    gyldig_fra: Some(DayNo::of(town.now().dato())),
                }),
                gammel: None,
            },
        ],
    };
    Ok(vec![Event::Folk(FolkEvent::Registrert(Arc::new(change)))])
}

/// A part of a name, trimmed.
///
/// # Errors
/// When it is no name.
pub(super) fn name_part(field: &str, text: &str) -> Result<String, Refusal> {
    let trimmed = text.trim();
    let fits = !trimmed.is_empty() && trimmed.chars().count() <= MAX_PART;
    if fits && trimmed.chars().all(|letter| letter.is_alphabetic() || " -'.".contains(letter)) {
        return Ok(trimmed.to_owned());
    }
    Err(Refusal::new("name", format!("`{field}` must be a name of 1 to {MAX_PART} letters, hyphens or spaces")))
}

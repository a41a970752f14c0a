//! The machine look-up: one entry a person, in the order asked for.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use axum::response::Response;

use super::faults::{Feil, json};
use super::rules::{Innsyn, PERSON, TJENESTE, entry, unregistered};
use super::wire::{Bestilling, Svar};
use crate::access::with_hint;
use crate::base::{Foedselsnummer, looks_real};
use crate::observe::Note;
use crate::town::Town;

/// Most people of one look-up.
const MAKS: usize = 1000;

/// Version of the look-up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Versjon {
    /// An entry for everybody asked for.
    V1,
    /// Only the registered, unless asked for all.
    V2,
}

/// `POST rest/v1/personer` and `rest/v2/personer`.
pub(super) fn look_up(town: &Town, versjon: Versjon, innsyn: Innsyn, body: &[u8]) -> Result<(Response, Note), Feil> {
    let order: Bestilling = serde_json::from_slice(body).map_err(|_| Feil::Format)?;
    let mut numbers = order.personidentifikatorer;
    if !(1..=MAKS).contains(&numbers.len()) {
        return Err(Feil::Antall);
    }
    let mut seen = BTreeSet::new();
    numbers.retain(|number| seen.insert(number.clone()));
    let all = versjon == Versjon::V1 || order.inkluder_ikke_registrerte;
    let mut about = Vec::new();
    let mut real = false;
    let mut personer = Vec::with_capacity(numbers.len());
    for number in numbers {
        real |= looks_real(&number);
        let id = Foedselsnummer::parse(&number).ok().and_then(|parsed| town.find(parsed));
        about.extend(id.map(|id| town.key_of(id)));
        let person = match id {
            Some(id) => entry(town, id, number, innsyn),
            None => unregistered(number, innsyn),
        };
        if all || person.is_registered() {
            personer.push(person);
        }
    }
    let response = json(StatusCode::OK, &Svar { personer });
    let hint =
        if real { "person-unknown-real-shaped: a number looks like a real person's and is unknown here" } else { "" };
    Ok((with_hint(response, hint), Note { service: TJENESTE, operation: PERSON, about, ..Note::default() }))
}

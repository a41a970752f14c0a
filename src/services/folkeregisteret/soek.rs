//! Search: a list of identity numbers, and the document of the one person who fits (`specs/folkeregister.md` §12).

mod kriterier;
mod leting;
mod navn;

use axum::http::HeaderMap;
use serde::Serialize;

use super::dokument::{self, Spoersmaal};
use super::faults;
use super::media::Tilbud;
use super::pakker::Pakke;
use super::rules::{self, MAKS_BULK, PERSON_NS, Query, Svar, operasjon};
use super::uttrekk::Bestilling;
use crate::base::keyed_hash;
use crate::observe::Note;
use crate::town::Town;
use crate::town::model::PersonId;

use kriterier::MEST_TREFF;

/// Identity numbers as an answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Identifikatorer {
    pub(super) foedsels_eller_d_nummer: Vec<String>,
}

/// `GET v1/personer/soek`. The order is that of a hash, as in a bulk look-up: it stays the same in all worlds and says
/// nothing about who lives with whom.
pub(super) fn liste(town: &Town, pakke: &Pakke, query: &Query, headers: &HeaderMap) -> Svar {
    let form = rules::form(headers, Tilbud::Dokument)?;
    let (krav, most) = kriterier::av_liste(query)?;
    let found = leting::finn(town, pakke, &krav, MEST_TREFF + 1);
    if found.len() > MEST_TREFF {
        return Err(faults::SEARCH_TOO_WIDE);
    }
    let mut found: Vec<(String, PersonId)> =
        found.into_iter().map(|id| (town.person(id).nummer().to_string(), id)).collect();
    found.sort_by_cached_key(|(number, _)| keyed_hash("folkeregisteret/soek", &[number.as_bytes()]));
    found.truncate(most);
    // The record of a request holds as many people as a bulk look-up can be about.
    let about = found.iter().take(MAKS_BULK).map(|(_, id)| town.key_of(*id)).collect();
    let body = Identifikatorer { foedsels_eller_d_nummer: found.into_iter().map(|(number, _)| number).collect() };
    let response = rules::written(form, "soekeresultat", PERSON_NS, &body);
    Ok((response, Note { about, ..rules::note(operasjon::SOEK) }))
}

/// Identity numbers of all who fit an order of an extract, eleven digits each, in the order of a hash as in a list; `None`
/// when it is no such order (`specs/folkeregister.md` §14).
pub(super) fn uttrekk(town: &Town, pakke: &Pakke, order: &Bestilling) -> Option<Vec<u8>> {
    let krav = kriterier::av_bestilling(order)?;
    let found = leting::finn(town, pakke, &krav, usize::MAX);
    let mut numbers: Vec<String> = found.into_iter().map(|id| town.person(id).nummer().to_string()).collect();
    numbers.sort_by_cached_key(|number| keyed_hash("folkeregisteret/soek", &[number.as_bytes()]));
    Some(numbers.concat().into_bytes())
}

/// `GET v1/personer/entydigsoek`.
pub(super) fn entydig(town: &Town, pakke: &Pakke, query: &Query, headers: &HeaderMap) -> Svar {
    let form = rules::form(headers, Tilbud::Dokument)?;
    let utvalg = rules::utvalg(pakke, query)?;
    let krav = kriterier::av_entydig(pakke, query)?;
    let found = match &krav.nummer {
        None => leting::finn(town, pakke, &krav, 2),
        Some(number) => match rules::find(town, number) {
            Ok(id) => Some(id).filter(|id| leting::passer(town, pakke, &krav, *id)).into_iter().collect(),
            Err(faults::PERSON_UNKNOWN) => Vec::new(),
            Err(feil) => return Err(feil),
        },
    };
    let &[id] = &found[..] else { return Err(faults::SEARCH_NOT_UNIQUE) };
    let document = dokument::person(town, id, Spoersmaal { pakke, utvalg, form }, town.now());
    let response = rules::written(form, "folkeregisterperson", PERSON_NS, &document);
    Ok((response, Note { about: vec![town.key_of(id)], ..rules::note(operasjon::ENTYDIGSOEK) }))
}

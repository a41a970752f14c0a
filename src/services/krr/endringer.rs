//! The log of changes (`specs/folkeregister.md` §18.3): twelve months of past before the world's first day, then what
//! changed in this world. A change gives the whole entry as it stands now.

use axum::http::StatusCode;
use axum::response::Response;

use super::faults::{Feil, json};
use super::rules::{ENDRINGER, Innsyn, TJENESTE, entry};
use super::wire::{Endringer, Endringsbestilling};
use crate::observe::Note;
use crate::town::Town;

/// Scope for the log, beside those that open the entries.
pub(super) const SCOPE: &str = "krr:global/hentendring.read";
/// Most changes of one answer; the real number is not published.
const MAKS: usize = 1000;

/// `POST rest/v2/krr/hentEndringer`: the changes behind the number given.
pub(super) fn since(town: &Town, innsyn: Innsyn, body: &[u8]) -> Result<(Response, Note), Feil> {
    let order: Endringsbestilling = serde_json::from_slice(body).map_err(|_| Feil::Endringsformat)?;
    let fra = order.fra_endrings_id;
    let siste = town.siste_kontaktendring();
    let changed = town.kontaktendringer(fra, MAKS);
    let about = changed.iter().map(|&id| town.key_of(id)).collect();
    let list: Vec<_> =
        changed.iter().map(|&id| entry(town, id, town.person(id).nummer().to_string(), innsyn)).collect();
    // Whoever asks from beyond the end is told where the end is, and stops.
    let til = if list.is_empty() { siste } else { fra + list.len() as u64 };
    let body = Endringer { list, fra_endrings_id: fra, til_endrings_id: til, siste_endrings_id: siste };
    Ok((json(StatusCode::OK, &body), Note { service: TJENESTE, operation: ENDRINGER, about, ..Note::default() }))
}

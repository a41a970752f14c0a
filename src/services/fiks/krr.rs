//! The contact register as the platform shows it: one person, few fields (`specs/folkeregister.md` §18.4).

use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::TJENESTE;
use super::faults::{Feil, json};
use super::operations::KRR;
use crate::base::Foedselsnummer;
use crate::observe::Note;
use crate::town::Town;

#[derive(Deserialize)]
struct Bestilling {
    fnr: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Svar {
    #[serde(skip_serializing_if = "Option::is_none")]
    epost: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tlf: Option<String>,
    status: &'static str,
    reservert: bool,
    kan_varsles: bool,
}

/// `POST register/api/v1/ks/{rolleId}/krr/person`. Who is not known stands in no register, as in the register's own
/// look-up.
pub(super) fn person(town: &Town, body: &[u8]) -> Result<(Response, Note), Feil> {
    let order: Bestilling = serde_json::from_slice(body).map_err(|_| Feil::Format)?;
    let id = Foedselsnummer::parse(&order.fnr).ok().and_then(|number| town.find(number));
    let entry = id.map(|id| town.person(id).kontaktoppfoering()).filter(|entry| entry.kontakt.registrert);
    let svar = match &entry {
        None => Svar { epost: None, tlf: None, status: "IKKE_REGISTRERT", reservert: false, kan_varsles: false },
        Some(entry) => {
            let shown = entry.datoer.slettet.is_none();
            Svar {
                epost: entry.kontakt.epost.clone().filter(|_| shown),
                tlf: entry.kontakt.mobil.clone().filter(|_| shown),
                status: entry.status(),
                reservert: entry.kontakt.reservert,
                kan_varsles: entry.kan_varsles(town.now()),
            }
        }
    };
    let about = id.map(|id| town.key_of(id)).into_iter().collect();
    Ok((json(StatusCode::OK, &svar), Note { service: TJENESTE, operation: KRR, about, ..Note::default() }))
}

//! The logged-in citizen's own entry (`specs/folkeregister.md` §18.2).

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::faults::{Feil, json};
use super::rules::{Innsyn, SPRAAK, TJENESTE, entry};
use super::wire::{Person, Spraakbestilling};
use crate::access::{BearerFault, CitizenToken, Inbound, Visit, bearer_text, citizen_token, sign};
use crate::keys::Issuer;
use crate::observe::Note;
use crate::town::decide::{KontaktCommand, NyeKontaktdata};
use crate::town::model::{PersonId, Spraak};
use crate::town::{Cause, Command};
use crate::townhall::HallError;

/// Scope for changing the language.
const SKRIV: &str = "krr:user/spraak.write";
/// Media type of a signed answer.
const JOSE: &str = "application/jose";

/// The citizen whose token comes with the request, and the token.
fn citizen(visit: &Visit, headers: &HeaderMap) -> Result<(PersonId, CitizenToken), BearerFault> {
    let token = citizen_token(visit, Issuer::Idporten, bearer_text(headers)?)?;
    // A token bound to a key (RFC 9449) is not a bearer's.
    if token.jkt.is_some() {
        return Err(BearerFault::Malformed);
    }
    token.person.map(|person| (person, token)).ok_or(BearerFault::Malformed)
}

/// Whether the caller wants the answer signed; JSON is the default.
fn wants_signature(headers: &HeaderMap) -> Result<bool, Feil> {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    let types = accept.split(',').map(|one| one.split(';').next().unwrap_or_default().trim());
    let form = types.filter_map(|one| match one {
        JOSE => Some(true),
        "application/json" | "application/*" | "*/*" => Some(false),
        _ => None,
    });
    form.into_iter().next().ok_or(Feil::Accept)
}

/// `GET rest/v1/person`.
pub(super) async fn read(inbound: &Inbound, headers: &HeaderMap, note: &mut Note) -> Result<Response, Feil> {
    let visit = Visit::of(inbound);
    let (person, token) = citizen(&visit, headers).map_err(Feil::Token)?;
    about(&visit, person, &token, note);
    let innsyn = Innsyn::of_citizen(&token.scopes).ok_or(Feil::Token(BearerFault::WrongScope))?;
    let signed = wants_signature(headers)?;
    shown(&visit, entry_of(&visit, person, innsyn), signed).await
}

/// `PATCH rest/v1/person`: nothing but the language can be changed.
pub(super) async fn change(
    inbound: &Inbound,
    headers: &HeaderMap,
    body: &[u8],
    note: &mut Note,
) -> Result<Response, Feil> {
    let visit = Visit::of(inbound);
    let (person, token) = citizen(&visit, headers).map_err(Feil::Token)?;
    about(&visit, person, &token, note);
    if !token.scopes.iter().any(|scope| scope == SKRIV) {
        return Err(Feil::Token(BearerFault::WrongScope));
    }
    let signed = wants_signature(headers)?;
    let order: Spraakbestilling = serde_json::from_slice(body).map_err(|_| Feil::Spraak)?;
    let spraak = Spraak::from_code(&order.spraak).ok_or(Feil::Spraak)?;
    let key = visit.town.key_of(person);
    let ny = NyeKontaktdata { spraak: Some(spraak), ..NyeKontaktdata::default() };
    let now = visit.town.now().millis().to_be_bytes();
    let cause = Cause::of(SPRAAK, &[&key.bytes(), order.spraak.as_bytes(), &now]);
    let command = Command::Kontakt(KontaktCommand::Kontaktendring { person: key, ny });
    let town = match inbound.world.command(command, cause).await {
        Ok(committed) => committed.town,
        Err(HallError::Refused(_)) => return Err(Feil::IkkeIRegisteret),
        Err(_) => return Err(Feil::Intern),
    };
    // Who may change may see what became of it, if nothing else opens more.
    let innsyn = Innsyn::of_citizen(&token.scopes).unwrap_or(Innsyn { kontaktinformasjon: false, digitalpost: false });
    let visit = Visit { town, ..visit };
    let mut shown_entry = entry_of(&visit, person, innsyn);
    shown_entry.spraak = Some(spraak.code());
    shown(&visit, shown_entry, signed).await
}

fn about(visit: &Visit, person: PersonId, token: &CitizenToken, note: &mut Note) {
    note.client = Some(token.client_id.clone());
    note.about = vec![visit.town.key_of(person)];
    note.service = TJENESTE;
}

fn entry_of(visit: &Visit, person: PersonId, innsyn: Innsyn) -> Person {
    entry(&visit.town, person, visit.town.person(person).nummer().to_string(), innsyn)
}

/// The entry, signed with the key of the log-in service when asked for so: whoever has its key set can check it.
async fn shown(visit: &Visit, person: Person, signed: bool) -> Result<Response, Feil> {
    if !signed {
        return Ok(json(StatusCode::OK, &person));
    }
    let Ok(Value::Object(claims)) = serde_json::to_value(&person) else { return Err(Feil::Intern) };
    let claims: Map<String, Value> = claims;
    let text = sign(visit.token_key(Issuer::Idporten), claims).await;
    let mut response = (StatusCode::OK, text).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(JOSE));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

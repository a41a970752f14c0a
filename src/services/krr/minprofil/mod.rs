//! MinProfil: the page on which citizens see and change their entry (`specs/folkeregister.md` §18), with `gotoUrl` for the
//! way back. An app like others: it logs its user in with the town's ID-porten, and shares that log-in with the rest.
//!
//! | file | holds |
//! | --- | --- |
//! | here | paths, and who may see and send |
//! | `besoek` | what a request brings: session, language, way back, and where the page stands for it |
//! | `innlogging` | to ID-porten and back, and out |
//! | `skjema` | what the forms change |
//! | `profil` | what the page shows |
//! | `tilbake` | which ways back are approved |

mod besoek;
mod innlogging;
mod profil;
mod skjema;
#[cfg(test)]
mod tests;
mod texts;
mod tilbake;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use self::besoek::Besoek;
use self::profil::Beskjed;
use super::faults::Feil;
use super::rules::TJENESTE;
use crate::access::{Inbound, MINPROFIL_CLIENT, Visit, limited, with_hint, with_note};
use crate::observe::Note;

/// The page.
pub(super) const HENT: &str = "krr.minprofil.hent";
/// A change on the page.
pub(super) const ENDRE: &str = "krr.minprofil.endre";
/// Back from ID-porten.
pub(super) const INNLOGGING: &str = "krr.minprofil.innlogging";
/// Out, here and at ID-porten.
pub(super) const UTLOGGING: &str = "krr.minprofil.utlogging";

/// Where the pages of ID-porten stand for a visit.
type Dit = fn(&Visit) -> String;

/// The paths. A host of the page's own has it at the root.
pub(super) fn routes(dit: Dit) -> Router {
    let router = Router::new()
        .route("/krr/minprofil", get(show).post(change))
        .route("/krr/minprofil/", get(show).post(change))
        .route("/krr/minprofil/callback", get(callback))
        .route("/krr/minprofil/utlogging", post(log_out))
        .method_not_allowed_fallback(|| async { Feil::Metode.into_response() });
    limited(router.with_state(dit))
}

/// Whether the operation called `name` is a page of these.
pub(super) fn is_own(name: &str) -> bool {
    [HENT, ENDRE, INNLOGGING, UTLOGGING].contains(&name)
}

/// The page that says that nothing can be shown now.
pub(super) fn down(status: StatusCode) -> Response {
    profil::beskjed(&Beskjed { status, ..Beskjed::of("beskjed.nede") })
}

async fn show(State(dit): State<Dit>, inbound: Inbound, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let mut note = note(HENT);
    let response = match Besoek::of(&inbound, &headers, query.unwrap_or_default().as_bytes()) {
        None => unreadable(),
        Some((besoek, params)) => match besoek.person() {
            None => innlogging::begin(&besoek, dit, false),
            Some(person) => {
                note.about = vec![person];
                profil::page(&besoek, person, params.get("melding"), None)
            }
        },
    };
    with_note(response, note)
}

async fn change(State(dit): State<Dit>, inbound: Inbound, headers: HeaderMap, body: Bytes) -> Response {
    let mut note = note(ENDRE);
    let response = answer(dit, &inbound, &headers, &body, &mut note).await;
    with_note(response, note)
}

/// The answer to a form of the page.
async fn answer(dit: Dit, inbound: &Inbound, headers: &HeaderMap, body: &[u8], note: &mut Note) -> Response {
    let Some((besoek, params)) = Besoek::of(inbound, headers, body) else { return unreadable() };
    let Some(person) = besoek.person() else { return innlogging::begin(&besoek, dit, false) };
    note.about = vec![person];
    if !besoek.sent_from_page(&params) {
        return foreign(&besoek);
    }
    match skjema::change(&besoek, &inbound.world, person, &params).await {
        Ok(melding) => besoek.to_page(Some(melding)),
        Err(skjema::Avslag::Stanset) => down(StatusCode::INTERNAL_SERVER_ERROR),
        Err(skjema::Avslag::Skjema) => unreadable(),
        Err(skjema::Avslag::Felt(fault)) => {
            let typed = (params.get("epost").unwrap_or_default(), params.get("mobil").unwrap_or_default());
            profil::page(&besoek, person, None, Some((fault, typed)))
        }
    }
}

async fn callback(State(dit): State<Dit>, inbound: Inbound, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let mut note = note(INNLOGGING);
    let response = match Besoek::of(&inbound, &headers, query.unwrap_or_default().as_bytes()) {
        None => unreadable(),
        Some((besoek, params)) => innlogging::come_back(besoek, &headers, &params, dit, &mut note),
    };
    with_note(response, note)
}

async fn log_out(State(dit): State<Dit>, inbound: Inbound, headers: HeaderMap, body: Bytes) -> Response {
    let mut note = note(UTLOGGING);
    let response = match Besoek::of(&inbound, &headers, &body) {
        None => unreadable(),
        Some((besoek, params)) if besoek.sent_from_page(&params) => {
            note.about = besoek.person().into_iter().collect();
            innlogging::end(&besoek, dit)
        }
        Some((besoek, _)) => foreign(&besoek),
    };
    with_note(response, note)
}

fn note(operation: &'static str) -> Note {
    let client = Some(MINPROFIL_CLIENT.to_owned());
    Note { service: TJENESTE, operation, client, ..Note::default() }
}

/// A request of which nothing can be made.
fn unreadable() -> Response {
    let response = profil::beskjed(&Beskjed { status: StatusCode::BAD_REQUEST, ..Beskjed::of("beskjed.uleselig") });
    with_hint(response, "minprofil-request: broken percent-encoding, or fields that no form of the page sends")
}

/// A form that did not come from the page as this citizen sees it.
fn foreign(besoek: &Besoek) -> Response {
    let texts = besoek.texts(None);
    let beskjed =
        Beskjed { texts, status: StatusCode::FORBIDDEN, igjen: besoek.link(&[]), ..Beskjed::of("beskjed.skjema") };
    let hint = "minprofil-form: send the hidden field `kode` of the page as this session was shown it";
    with_hint(profil::beskjed(&beskjed), hint)
}

/// 303 to `location`, not to be kept.
fn see_other(location: &str) -> Response {
    let Ok(location) = header::HeaderValue::from_str(location) else { return unreadable() };
    let no_store = header::HeaderValue::from_static("no-store");
    (StatusCode::SEE_OTHER, [(header::LOCATION, location), (header::CACHE_CONTROL, no_store)]).into_response()
}

//! To ID-porten and back, and out: the page is a client of it like any other (`crate::access::MINPROFIL_CLIENT`).

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::besoek::Besoek;
use super::profil::{Beskjed, beskjed};
use super::texts::Texts;
use super::{Dit, see_other, unreadable};
use crate::access::{CodeFault, MINPROFIL_CLIENT, MinprofilFault, Params, Visit, beside, with_hint, with_query};
use crate::keys::{decode_url, encode_url};
use crate::observe::Note;
use crate::oidc;

/// The cookie of a log-in under way.
const UNDERVEIS: &str = "_innlogging";
/// Lowest level that opens the page.
const NIVAA: &str = "idporten-loa-substantial";

/// What a log-in carries through ID-porten and back.
struct Med<'a> {
    /// Whether the browser was sent a second time, because it came back without the cookie.
    igjen: bool,
    /// The log-in's own name, which stands in the cookie too.
    navn: &'a str,
    lang: Option<&'static str>,
    tilbake: Option<String>,
}

impl<'a> Med<'a> {
    fn state(&self) -> String {
        let tilbake = encode_url(self.tilbake.as_deref().unwrap_or_default().as_bytes());
        format!("{}.{}.{}.{tilbake}", u8::from(self.igjen), self.navn, self.lang.unwrap_or_default())
    }

    fn read(state: &'a str) -> Option<Self> {
        let mut parts = state.split('.');
        let (igjen, navn, lang, tilbake) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let tilbake = String::from_utf8(decode_url(tilbake)?).ok()?;
        let tilbake = Some(tilbake).filter(|uri| !uri.is_empty());
        parts.next().is_none().then(|| Self { igjen: igjen != "0", navn, lang: Texts::code(lang), tilbake })
    }
}

/// Where `below` of ID-porten's pages stands for the browser of `besoek`.
fn at(besoek: &Besoek, dit: Dit, below: &str) -> String {
    const IDPORTEN: &str = "/idporten";
    let there = beside(&besoek.visit.public_url, IDPORTEN);
    let base = there.strip_suffix(IDPORTEN).unwrap_or(&there).to_owned();
    let visit = Visit { base_url: base.clone(), public_url: base, ..besoek.visit.clone() };
    format!("{}{below}", dit(&visit))
}

/// Sends the browser to log in; `igjen` when it has been there and came back without its cookie.
pub(super) fn begin(besoek: &Besoek, dit: Dit, igjen: bool) -> Response {
    let state = &besoek.visit.state;
    let navn = state.minprofil_login();
    let med = Med { igjen, navn: &navn, lang: besoek.lang, tilbake: besoek.tilbake.clone() };
    let location = with_query(
        &at(besoek, dit, "/authorize"),
        &[
            ("client_id", MINPROFIL_CLIENT),
            ("redirect_uri", &format!("{}/callback", besoek.side)),
            ("response_type", "code"),
            ("scope", "openid profile"),
            ("acr_values", NIVAA),
            ("ui_locales", besoek.lang.unwrap_or("nb")),
            ("state", &med.state()),
            ("code_challenge", &state.minprofil_challenge(&navn)),
            ("code_challenge_method", "S256"),
        ],
    );
    besoek.with_cookie(see_other(&location), UNDERVEIS, Some(&navn))
}

/// The browser comes back from ID-porten.
pub(super) fn come_back(
    mut besoek: Besoek,
    headers: &HeaderMap,
    params: &Params,
    dit: Dit,
    note: &mut Note,
) -> Response {
    let Some(med) = params.get("state").and_then(Med::read) else { return unreadable() };
    (besoek.lang, besoek.tilbake) = (med.lang, med.tilbake);
    let own = oidc::cookie(headers, &besoek.cookie(UNDERVEIS)).is_some_and(|cookie| cookie == med.navn);
    let stopped = |status, tekst| {
        let side = Beskjed { texts: besoek.texts(None), status, igjen: besoek.link(&[]), ..Beskjed::of(tekst) };
        besoek.with_cookie(beskjed(&side), UNDERVEIS, None)
    };
    if !own && !med.igjen {
        // Another name of this machine has other cookies. The second time the browser is where it was sent from.
        return begin(&besoek, dit, true);
    }
    if !own {
        let hint = "minprofil-cookie: the browser came back without the cookie of the log-in it began";
        return with_hint(stopped(StatusCode::BAD_REQUEST, "beskjed.kapsel"), hint);
    }
    let Some(code) = params.get("code") else { return stopped(StatusCode::FORBIDDEN, "beskjed.avbrutt") };
    match besoek.visit.state.begin_minprofil(besoek.visit.clocks, med.navn, code) {
        Ok((person, oekt)) => {
            note.about = vec![person];
            let response = besoek.with_cookie(besoek.to_page(None), UNDERVEIS, None);
            besoek.with_cookie(response, "", Some(&oekt))
        }
        Err(MinprofilFault::Nobody) => stopped(StatusCode::FORBIDDEN, "beskjed.ukjent"),
        Err(MinprofilFault::Code(fault)) => {
            let hint = match fault {
                CodeFault::Unknown => "this code was never given in this world, or is older than 60 s on either clock",
                CodeFault::Spent => "the code has been used before",
                CodeFault::Mismatch(what) => what,
            };
            with_hint(stopped(StatusCode::BAD_REQUEST, "beskjed.avbrutt"), &format!("minprofil-code: {hint}"))
        }
    }
}

/// Ends the session, and sends the browser to ID-porten to end the log-in there.
pub(super) fn end(besoek: &Besoek, dit: Dit) -> Response {
    if let Some(oekt) = &besoek.oekt {
        besoek.visit.state.end_minprofil(besoek.visit.clocks, oekt);
    }
    let location = with_query(&at(besoek, dit, "/logout"), &[("client_id", MINPROFIL_CLIENT)]);
    besoek.with_cookie(see_other(&location), "", None)
}

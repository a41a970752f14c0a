//! Who logs in without a Norwegian number: Europeans with an eID of their country, and e-mail users
//! (`specs/eid.md` §3.4, §3.8, §3.11).

use std::sync::Arc;

use axum::response::Response;

use super::view::{View, frame};
use crate::access::{Authentication, Identity, LoginRequest, Params};
use crate::oidc::levels::{EIDAS_AMR, EMAIL, EMAIL_AMR};
use crate::oidc::pages::{self, Eidas, Email, Someone};
use crate::oidc::texts::Texts;
use crate::oidc::{Desk, europe};

/// Ends of addresses that belong to nobody (RFC 2606).
const NOBODYS: &[&str] = &[".example", ".test", ".invalid", "@example.com", "@example.org", "@example.net"];
/// Longest address.
const MAX_EPOST: usize = 100;

/// Whether the eID of `who` gives single sign-on: those of other countries do not.
pub(super) fn gives_session(who: &Authentication) -> bool {
    !matches!(who.other.as_deref(), Some(Identity::European { .. }))
}

fn authentication(other: Arc<Identity>, acr: &str, amr: &str, auth_time: i64) -> Authentication {
    let (acr, amr) = (acr.to_owned(), vec![amr.to_owned()]);
    Authentication { person: None, pid: None, other: Some(other), acr, amr, auth_time }
}

/// Reads an e-mail address; `Err` is the message for the page.
pub(super) fn email(desk: &Desk, request: &LoginRequest, params: &Params) -> Result<Authentication, String> {
    let t = Texts::of(&request.locale);
    if !desk.levels().takes_email(&request.acr_values) {
        return Err(t.t("feil.nivaa").to_owned());
    }
    let address = params.get("email").unwrap_or_default().trim().to_lowercase();
    let good = address.len() <= MAX_EPOST
        && address.split_once('@').is_some_and(|(local, host)| !local.is_empty() && !host.contains('@'))
        && address.bytes().all(|byte| byte.is_ascii_graphic())
        && NOBODYS.iter().any(|end| address.ends_with(end));
    if !good {
        return Err(t.t("feil.epost").to_owned());
    }
    let who = Arc::new(Identity::Email(address));
    Ok(authentication(who, EMAIL, EMAIL_AMR, desk.seconds(request.policy)))
}

/// Reads the choice of a European; `Err` is the message for the page.
pub(super) fn european(desk: &Desk, request: &LoginRequest, params: &Params) -> Result<Authentication, String> {
    let t = Texts::of(&request.locale);
    let mut levels = desk.levels().european(&request.acr_values).into_iter();
    let acr = levels.find(|acr| params.get("acr").is_none_or(|wanted| *acr == wanted)).ok_or(t.t("feil.nivaa"))?;
    let (land, _) = params.get("land").and_then(|code| europe::find(t, code)).ok_or(t.t("feil.europeer"))?;
    let chosen = match params.get("velg") {
        Some(number) => number.parse().ok().and_then(|number| europe::person(desk.town.base.header.seed, land, number)),
        None => europe::European::typed(
            ["given_name", "family_name", "birthdate", "identifier"].map(|name| params.get(name)),
        ),
    };
    let who = chosen.ok_or(t.t("feil.europeer"))?.identity(land);
    Ok(authentication(who, acr, EIDAS_AMR, desk.seconds(request.policy)))
}

/// The page of e-mail users.
pub(super) fn email_page(desk: &Desk, id: &str, request: &LoginRequest, view: &View, home: bool) -> Response {
    let t = Texts::of(&request.locale);
    let frame = frame(desk, id, request, view.message.clone());
    pages::answer(&Email { t, frame, email: &view.email, home })
}

/// The pages of Europeans: the countries, or the people of one.
pub(super) fn eidas_page(desk: &Desk, id: &str, request: &LoginRequest, view: &View, home: bool) -> Response {
    let t = Texts::of(&request.locale);
    let land = europe::find(t, &view.land);
    let seed = desk.town.base.header.seed;
    let people = land.iter().flat_map(|(code, _)| {
        (0..europe::PEOPLE).filter_map(|number| Some(Someone { number, who: europe::person(seed, code, number)? }))
    });
    pages::answer(&Eidas {
        t,
        frame: frame(desk, id, request, view.message.clone()),
        land,
        lands: europe::named(t),
        levels: desk.levels().european(&request.acr_values),
        people: people.collect(),
        home,
    })
}

//! The consent page: for `prompt=consent`, and for scopes whose owner demands it (`specs/eid.md` §3.11).

use std::sync::Arc;

use axum::response::Response;

use super::pages::{self, Asked, Consent};
use super::texts::Texts;
use super::{Desk, login};
use crate::access::{LoginRequest, OpenLogin, Params, Passed};
use crate::town::state::Scope;

/// What its form says in `steg`.
pub(super) const STEG: &str = "samtykke";

/// The scope `name`, when its owner wants the citizen asked.
fn demanding(desk: &Desk, name: &str) -> Option<Arc<Scope>> {
    desk.town.scope(name).filter(|scope| scope.aktiv && scope.krever_samtykke)
}

/// Whether a scope of `request` wants the citizen to log in afresh.
pub(super) fn wants_authentication(desk: &Desk, request: &LoginRequest) -> bool {
    let demands = |name: &String| desk.town.scope(name).is_some_and(|scope| scope.aktiv && scope.krever_autentisering);
    request.scope.iter().any(demands)
}

/// Whether the citizen has to be asked now.
pub(super) fn is_needed(desk: &Desk, open: &OpenLogin, passed: &Passed) -> bool {
    if passed.headless || passed.consented {
        return false;
    }
    let request = &open.request;
    let session = passed.session.as_deref();
    let session = session.and_then(|cookie| desk.state.session(desk.clocks, desk.provider.issuer, cookie));
    let given = |name: &str| session.as_ref().is_some_and(|session| session.has_consent(&request.client_id, name));
    open.consent || request.scope.iter().any(|name| demanding(desk, name).is_some() && !given(name))
}

/// The page.
pub(super) fn page(desk: &Desk, id: &str, open: &OpenLogin) -> Response {
    let t = Texts::of(&open.request.locale);
    let scopes = open.request.scope.iter().filter_map(|name| asked(desk, t, open, name)).collect();
    let who = open.passed.as_ref().map(|passed| name_of(desk, passed)).unwrap_or_default();
    pages::answer(&Consent { t, frame: login::frame(desk, id, &open.request, None), who, scopes })
}

/// How the page puts the scope `name`; `None` for one that it does not ask about.
fn asked(desk: &Desk, t: &Texts, open: &OpenLogin, name: &str) -> Option<Asked> {
    let text = match demanding(desk, name) {
        Some(scope) => return Some(Asked { name: name.to_owned(), text: scope.beskrivelse.clone(), fixed: false }),
        None if !open.consent => return None,
        None => match name {
            "openid" => t.t("consent.openid").to_owned(),
            "profile" => t.t("consent.profile").to_owned(),
            _ => desk.town.scope(name).map_or_else(|| name.to_owned(), |scope| scope.beskrivelse.clone()),
        },
    };
    Some(Asked { name: name.to_owned(), text, fixed: true })
}

/// What the person is called on the page.
pub(super) fn name_of(desk: &Desk, passed: &Passed) -> String {
    let who = &passed.authentication;
    let person = who.person.and_then(|key| desk.town.person_by_key(key));
    person.map_or_else(|| who.subject().to_owned(), |person| person.navn().full())
}

/// What the citizen answered: the log-in with the scopes that are left, or `None` when nothing is.
pub(super) fn answered(desk: &Desk, open: &OpenLogin, passed: Passed, params: &Params) -> Option<(OpenLogin, Passed)> {
    let agreed = params.get("action") == Some("samtykk");
    // Who refuses what the app itself wanted asked has refused the app.
    if !agreed && open.consent {
        return None;
    }
    let chosen = |name: &String| agreed && params.all("scope").any(|given| given == name);
    let request = &open.request;
    let kept = request.scope.iter().filter(|name| demanding(desk, name).is_none() || chosen(name));
    let scope: Vec<String> = kept.cloned().collect();
    if scope.is_empty() {
        return None;
    }
    if let Some(session) = passed.session.as_deref() {
        let given: Vec<String> = scope.iter().filter(|name| demanding(desk, name).is_some()).cloned().collect();
        desk.state.remember_consent(desk.clocks, desk.provider.issuer, session, &request.client_id, &given);
    }
    let request = Arc::new(LoginRequest { scope, ..(**request).clone() });
    Some((OpenLogin { request, ..open.clone() }, Passed { consented: true, ..passed }))
}

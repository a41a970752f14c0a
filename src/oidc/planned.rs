//! A log-in planned ahead by the admin API answers in place of the login page (`specs/eid.md` §10.2).

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::response::Response;

use super::authorize::{closed_hint, cookie, session_cookie, with_session_cookie};
use super::deliver::Target;
use super::flow::{self, Came};
use super::{Desk, Provider, citizens, levels, login, work};
use crate::access::{Authentication, LoginRequest, OpenLogin, Passed, PlannedLogin, PlannedOutcome, Visit, with_hint};
use crate::observe::Note;

/// Name and path of the cookie of a session of `provider`, for whoever reaches it as `visit` does.
#[must_use]
pub fn session_cookie_at(visit: &Visit, provider: &'static Provider) -> (String, String) {
    session_cookie(&Desk::at(provider, visit.clone()))
}

/// The answer to `open` of the log-in planned for it; the login page when none is planned or it does not fit.
pub(super) async fn or_page(
    desk: &Desk,
    headers: &HeaderMap,
    target: &Target,
    open: OpenLogin,
    isolated: bool,
    note: &mut Note,
) -> Response {
    let request = &open.request;
    let taken = desk.state.take_login(desk.provider.issuer, &request.client_id, |planned| fits(desk, request, planned));
    match taken {
        Ok(Some(planned)) => answer(desk, headers, target, open, (planned, isolated), note).await,
        Ok(None) => page(desk, open).await,
        Err(hint) => with_hint(page(desk, open).await, &hint),
    }
}

async fn page(desk: &Desk, open: OpenLogin) -> Response {
    let id = desk.state.open_login(desk.clocks, open);
    login::page(desk, &id, login::View::default()).await
}

/// Whether `planned` can answer `request`; `Err` says why not.
fn fits(desk: &Desk, request: &LoginRequest, planned: &PlannedLogin) -> Result<(), String> {
    let Some(acr) = planned.acr.as_deref().filter(|_| planned.outcome == PlannedOutcome::Login) else { return Ok(()) };
    if desk.levels().satisfies(acr, &request.acr_values) {
        return Ok(());
    }
    let wanted = request.acr_values.join(" ");
    Err(format!("a log-in at {acr} is planned and stays so: the request asks for {wanted}"))
}

async fn answer(
    desk: &Desk,
    headers: &HeaderMap,
    target: &Target,
    mut open: OpenLogin,
    (planned, isolated): (PlannedLogin, bool),
    note: &mut Note,
) -> Response {
    match &planned.outcome {
        PlannedOutcome::Cancel => return target.refuse(desk, "access_denied", "The user cancelled").await,
        PlannedOutcome::Error(error) => return target.refuse(desk, error, "The log-in ended in an error").await,
        PlannedOutcome::Login => {}
    }
    let person = planned.person.and_then(|key| desk.town.person_by_key(key));
    let Some(person) = person else {
        return target.refuse(desk, "access_denied", "The user cannot be authenticated").await;
    };
    note.about = vec![person.key()];
    if let Err(closed) = citizens::check(&person) {
        let response = target.refuse(desk, "access_denied", "The user cannot be authenticated").await;
        return with_hint(response, closed_hint(closed));
    }
    let lowest = desk.levels().offered(&open.request.acr_values).first().copied().unwrap_or_default();
    let acr = planned.acr.as_deref().unwrap_or(lowest);
    let amr: Vec<&str> = match planned.amr.as_slice() {
        [] => vec![levels::TESTID],
        given => given.iter().map(String::as_str).collect(),
    };
    if let Some(locale) = planned.locale {
        Arc::make_mut(&mut open.request).locale = locale;
    }
    let now = desk.seconds(open.request.policy);
    let account = (acr == work::ENTRAID).then(|| work::authentication(&person, now)).flatten();
    let who = account.unwrap_or_else(|| {
        let pid = person.nummer().to_string();
        Authentication::of_citizen(person.key(), &pid, acr, &amr, now)
    });
    let before = cookie(headers, &session_cookie(desk).0);
    let session = desk.state.begin_session(desk.clocks, &open.request, &who, isolated, before.as_deref());
    let representing = planned.orgnr.map(|orgnr| orgnr.to_string());
    // Nobody is shown a page: everything is agreed to.
    let passed = Passed { headless: true, representing, ..Passed::by(who, Some(&session)) };
    let came = Came::Asked { after_form: target.after_form, may_ask: false };
    let response = flow::go_on(desk, open, passed, came, note).await;
    with_session_cookie(desk, response, Some(&session))
}

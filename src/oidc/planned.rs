//! A log-in planned ahead by the admin API answers in place of the login page (`specs/eid.md` §10.2).

use axum::http::HeaderMap;
use axum::response::Response;

use super::authorize::{closed_hint, cookie, session_cookie, with_session_cookie};
use super::deliver::Target;
use super::{Desk, citizens, levels, login};
use crate::access::{Authentication, CodeGrant, LoginRequest, PlannedLogin, PlannedOutcome, with_hint};
use crate::observe::Note;

/// The answer to `request` of the log-in planned for it; the login page when none is planned or it does not fit.
pub(super) async fn or_page(
    desk: &Desk,
    headers: &HeaderMap,
    target: &Target,
    request: LoginRequest,
    isolated: bool,
    note: &mut Note,
) -> Response {
    let taken =
        desk.state.take_login(desk.provider.issuer, &request.client_id, |planned| fits(desk, &request, planned));
    match taken {
        Ok(Some(planned)) => answer(desk, headers, target, request, (planned, isolated), note).await,
        Ok(None) => page(desk, request),
        Err(hint) => with_hint(page(desk, request), &hint),
    }
}

fn page(desk: &Desk, request: LoginRequest) -> Response {
    let id = desk.state.open_login(desk.clocks, request);
    login::page(desk, &id, &login::View::default())
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
    mut request: LoginRequest,
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
    let lowest = desk.levels().offered(&request.acr_values).first().copied().unwrap_or_default();
    let acr = planned.acr.as_deref().unwrap_or(lowest);
    let amr: Vec<&str> = match planned.amr.as_slice() {
        [] => vec![levels::TESTID],
        given => given.iter().map(String::as_str).collect(),
    };
    if let Some(locale) = planned.locale {
        request.locale = locale;
    }
    let pid = person.nummer().to_string();
    let who = Authentication::of_citizen(person.key(), &pid, acr, &amr, desk.seconds(request.policy));
    let before = cookie(headers, &session_cookie(desk).0);
    let session = desk.state.begin_session(desk.clocks, &request, &who, isolated, before.as_deref());
    let grant = CodeGrant::of(request, who);
    let request = grant.request.clone();
    let code = desk.state.issue_code(desk.clocks, grant);
    desk.state.touch_session(desk.clocks, &session, &request, &code);
    let response = target.send(desk, &[("code", &code)]).await;
    with_session_cookie(desk, response, Some(&session))
}

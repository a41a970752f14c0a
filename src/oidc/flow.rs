//! The steps of a log-in after somebody has logged in, the same for the login page, single sign-on and headless log-ins:
//! whom the person acts for, what the person consents to, and then the code (`specs/eid.md` §3.3, §3.9, §3.11).

use axum::response::Response;

use super::authorize::error_page;
use super::deliver::Target;
use super::login::View;
use super::pages::Problem;
use super::representation::{self, Next};
use super::texts::Texts;
use super::{Desk, consent};
use crate::access::{CodeGrant, LoginRequest, OpenLogin, Passed, with_hint};
use crate::observe::Note;

/// How a log-in came to the next step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Came<'a> {
    /// From an authorization request. `true` when the browser may be shown a page.
    Asked { after_form: bool, may_ask: bool },
    /// From the page of the log-in with this id.
    Page(&'a str),
}

/// The page a log-in waits behind, as its form says in `steg`; empty for the pages of logging in.
pub(super) fn step(desk: &Desk, open: &OpenLogin) -> &'static str {
    match &open.passed {
        None => "",
        Some(passed) if representation::is_open(desk, &open.request, passed) => representation::STEG,
        Some(_) => consent::STEG,
    }
}

/// Goes on with a log-in that `passed` has passed: shows the next page, or sends the code.
pub(super) async fn go_on(desk: &Desk, open: OpenLogin, passed: Passed, came: Came<'_>, note: &mut Note) -> Response {
    note.about = passed.authentication.person.into_iter().collect();
    let passed = match represented(desk, &open, passed, came).await {
        Ok(passed) => passed,
        Err(response) => return *response,
    };
    if consent::is_needed(desk, &open, &passed) {
        if let Came::Asked { may_ask: false, after_form } = came {
            let response = target(&open.request, after_form).refuse(desk, "consent_required", "Consent required").await;
            return with_hint(response, "prompt=none, and the citizen has to be asked for consent");
        }
        let open = OpenLogin { passed: Some(passed), ..open };
        let id = wait(desk, &open, came);
        return consent::page(desk, &id, &open);
    }
    finish(desk, &open, passed, matches!(came, Came::Page(_) | Came::Asked { after_form: true, .. })).await
}

/// Settles whom the person acts for; `Err` is a page that asks, or the end of the log-in.
async fn represented(desk: &Desk, open: &OpenLogin, passed: Passed, came: Came<'_>) -> Result<Passed, Box<Response>> {
    let may_ask = !matches!(came, Came::Asked { may_ask: false, .. });
    let after_form = matches!(came, Came::Page(_) | Came::Asked { after_form: true, .. });
    let request = &open.request;
    let refused = async |error: &str, hint: &str| {
        let response = target(request, after_form).refuse(desk, error, "Representation failed").await;
        Err(Box::new(with_hint(response, hint)))
    };
    match representation::next(desk, request, &passed) {
        Next::Nothing => Ok(passed),
        Next::Chosen(details) => Ok(Passed { details: Some(details), ..passed }),
        Next::Page if may_ask => {
            let open = OpenLogin { passed: Some(passed), ..open.clone() };
            let id = wait(desk, &open, came);
            Err(Box::new(representation::page(desk, &id, &open, &View::default())))
        }
        Next::Page => {
            refused("interaction_required", "prompt=none, and the user has to choose whom to represent").await
        }
        Next::Refused { error, hint } => refused(error, &hint).await,
        Next::Unrelated if may_ask || passed.headless => {
            let hint = "this user has nobody to represent in what the request asks for";
            Err(Box::new(with_hint(error_page(Texts::of(&request.locale), Problem::Unrelated), hint)))
        }
        Next::Unrelated => refused("interaction_required", "prompt=none, and the user has nobody to represent").await,
    }
}

/// Keeps the log-in for its next page and gives the id of it.
fn wait(desk: &Desk, open: &OpenLogin, came: Came<'_>) -> String {
    match came {
        Came::Page(id) => {
            desk.state.reopen_login(desk.clocks, id, open.clone());
            id.to_owned()
        }
        Came::Asked { .. } => desk.state.open_login(desk.clocks, open.clone()),
    }
}

/// Gives a code and sends it. The log-in is over then, and the contact register knows of it.
async fn finish(desk: &Desk, open: &OpenLogin, passed: Passed, after_form: bool) -> Response {
    let request = &open.request;
    let issuer = desk.provider.issuer;
    let session = passed.session.as_deref();
    let registered = match passed.authentication.person {
        Some(key) => desk.takes_up(key).await,
        None => Ok(()),
    };
    let needs_sid = desk.client(&request.client_id).is_some_and(|client| client.klient.tillegg.needs_sid());
    let sid = session.filter(|_| needs_sid).and_then(|cookie| desk.state.session(desk.clocks, issuer, cookie));
    let grant = CodeGrant {
        request: request.clone(),
        authentication: passed.authentication,
        sid: sid.map(|session| session.sid),
        details: passed.details,
    };
    let code = desk.state.issue_code(desk.clocks, grant);
    if let Some(session) = session {
        desk.state.touch_session(desk.clocks, session, request, &code);
    }
    let response = target(request, after_form).send(desk, &[("code", &code)]).await;
    match registered {
        Ok(()) => response,
        Err(error) => with_hint(response, &format!("the contact register has not taken up this log-in: {error}")),
    }
}

/// Where the answer to `request` goes; with `after_form` so that the browser does not post again.
pub(super) fn target(request: &LoginRequest, after_form: bool) -> Target {
    Target {
        redirect_uri: request.redirect_uri.clone(),
        mode: request.response_mode,
        issuer: request.issuer.clone(),
        client_id: request.client_id.clone(),
        state: request.state.clone(),
        policy: request.policy,
        after_form,
    }
}

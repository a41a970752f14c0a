//! The steps of a log-in after somebody has logged in, the same for the login page, single sign-on and headless log-ins:
//! whom the person acts for, what the person consents to, and then the code (`specs/eid.md` §3.3, §3.9, §3.11).

use axum::response::Response;

use super::deliver::Target;
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

/// Goes on with a log-in that `passed` has passed: shows the next page, or sends the code.
pub(super) async fn go_on(desk: &Desk, open: OpenLogin, passed: Passed, came: Came<'_>, note: &mut Note) -> Response {
    note.about = passed.authentication.person.into_iter().collect();
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

/// Gives a code and sends it.
async fn finish(desk: &Desk, open: &OpenLogin, passed: Passed, after_form: bool) -> Response {
    let request = &open.request;
    let issuer = desk.provider.issuer;
    let session = passed.session.as_deref();
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
    target(request, after_form).send(desk, &[("code", &code)]).await
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

//! Making a log-in fail on purpose, to see what the app does then (`specs/eid.md` §10.1).

use axum::response::Response;

use crate::access::with_hint;
use crate::oidc::Desk;
use crate::oidc::authorize::error_page;
use crate::oidc::flow;
use crate::oidc::pages::Problem;
use crate::oidc::texts::Texts;

/// What can be chosen: the word of the form and the key of its text.
pub(super) const ALL: &[(&str, &str)] = &[
    ("access_denied", "fail.access_denied"),
    ("server_error", "fail.server_error"),
    ("temporarily_unavailable", "fail.temporarily_unavailable"),
    ("login_required", "fail.login_required"),
    ("interaction_required", "fail.interaction_required"),
    ("consent_required", "fail.consent_required"),
    ("wrong_state", "fail.wrong_state"),
    ("wrong_iss", "fail.wrong_iss"),
    ("unknown_code", "fail.unknown_code"),
];

/// Ends the log-in `id` as `how` says; `access_denied` for a word that is none of ours.
pub(super) async fn fail(desk: &Desk, id: &str, how: &str) -> Response {
    let Some(open) = desk.state.close_login(desk.clocks, desk.provider.issuer, id) else {
        return error_page(Texts::of("nb"), Problem::Stale);
    };
    let mut target = flow::target(&open.request, true);
    // A code that was never given: nobody has logged in.
    let drawn = desk.state.draw_text(desk.provider.issuer, "unknown-code", &open.request.client_id, "");
    let code = format!("{}.{}", &drawn[..22], &drawn[21..43]);
    let response = match how {
        "wrong_state" => {
            target.state = Some(format!("{}x", target.state.unwrap_or_default()));
            target.send(desk, &[("code", &code)]).await
        }
        "wrong_iss" => {
            target.issuer.push_str("-annen");
            target.send(desk, &[("code", &code)]).await
        }
        "unknown_code" => target.send(desk, &[("code", &code)]).await,
        known if ALL.iter().any(|(word, _)| *word == known) => target.refuse(desk, known, "Chosen on the page").await,
        _ => target.refuse(desk, "access_denied", "Chosen on the page").await,
    };
    with_hint(response, "made to fail on the login page")
}

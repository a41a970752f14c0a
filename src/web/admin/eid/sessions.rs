//! Sessions without a browser: begun, listed and ended from beside (`specs/eid.md` §10.2).

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::body::{Body, Fields, Named, Path, Query};
use super::super::problem::{Code, Problem};
use super::super::{DONE, Shared};
use super::{ISSUERS, login_service, person, visit};
use crate::access::{Authentication, LoginRequest, SsoSession, TokenPolicy, Visit};
use crate::base::nearest;
use crate::keys::Issuer;
use crate::oidc::{Provider, end_session, session_cookie_at};

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list, begin)).routes(routes!(end))
}

/// The method of log-ins that nobody performs.
const METHOD: &str = "TestID";

/// A session to begin.
#[derive(Deserialize, ToSchema)]
struct NewSession {
    /// `idporten` or `ansattporten`.
    issuer: String,
    /// Who: an identity number, or a selector whose first citizen is taken.
    pid: Option<String>,
    /// Who: a name given to somebody.
    alias: Option<String>,
    /// Level reached; the highest when not given.
    acr: Option<String>,
    /// Methods used; `TestID` when not given.
    amr: Option<Vec<String>>,
    /// At a service without common sessions, and for clients with sessions of their own: the client it is with.
    client_id: Option<String>,
}

impl Fields for NewSession {}

/// The cookie a browser has to carry.
#[derive(Serialize, ToSchema)]
struct SessionCookie {
    name: String,
    value: String,
    path: String,
}

/// A session.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
struct SessionView {
    issuer: &'static str,
    sid: String,
    /// Identity number.
    pid: Option<String>,
    acr: String,
    amr: Vec<String>,
    /// Whether all clients that take part share it.
    shared: bool,
    /// Clients that have it to themselves.
    clients: Vec<String>,
    cookie: SessionCookie,
}

impl SessionView {
    fn of(visit: &Visit, provider: &'static Provider, cookie: &str, session: &SsoSession) -> Self {
        let (name, path) = session_cookie_at(visit, provider);
        let path = if path.is_empty() { "/".to_owned() } else { path };
        let who = session.authentication.person.and_then(|key| visit.town.person_by_key(key));
        Self {
            issuer: provider.service,
            sid: session.sid.clone(),
            pid: who.map(|person| person.nummer().to_string()),
            acr: session.authentication.acr.clone(),
            amr: session.authentication.amr.clone(),
            shared: session.shared,
            clients: session.isolated.iter().cloned().collect(),
            cookie: SessionCookie { name, value: cookie.to_owned(), path },
        }
    }
}

/// Sessions that have not ended.
#[derive(Serialize, ToSchema)]
struct Sessions {
    sessions: Vec<SessionView>,
}

/// Login services, which is where sessions are.
fn services() -> impl Iterator<Item = &'static Provider> {
    ISSUERS
        .into_iter()
        .filter(|issuer| *issuer != Issuer::Maskinporten)
        .filter_map(|issuer| login_service(issuer.name(), "issuer").ok())
}

/// Sessions of citizens and employees that have not ended.
#[utoipa::path(get, path = "/worlds/{world}/sessions", tag = "eid", responses((status = 200, body = Sessions)))]
async fn list(Named { world, inbound }: Named) -> Json<Sessions> {
    let visit = visit(&inbound, &world);
    let of = |provider: &'static Provider| {
        let all = visit.state.sessions(visit.clocks, provider.issuer);
        all.into_iter()
            .map(|(cookie, session)| SessionView::of(&visit, provider, &cookie, &session))
            .collect::<Vec<_>>()
    };
    Json(Sessions { sessions: services().flat_map(of).collect() })
}

/// Begins a session as if somebody had logged in, and gives the cookie a browser has to carry.
#[utoipa::path(post, path = "/worlds/{world}/sessions", tag = "eid", request_body = NewSession, responses((status = 201, body = SessionView)))]
async fn begin(
    Named { world, inbound }: Named,
    Body(wanted): Body<NewSession>,
) -> Result<(StatusCode, Json<SessionView>), Problem> {
    let provider = login_service(&wanted.issuer, "/issuer")?;
    let visit = visit(&inbound, &world);
    let key = person(&visit, wanted.pid.as_deref(), wanted.alias.as_deref(), "pid").await?;
    let who = visit.town.person_by_key(key).ok_or_else(|| Problem::new(Code::Nobody, "nobody").at("/pid"))?;
    if who.is_doed() {
        let detail = format!("{} is dead and logs in nowhere", who.navn().full());
        return Err(Problem { reason: Some("dead"), ..Problem::new(Code::Refused, detail) }.at("/pid"));
    }
    let levels = provider.levels.reachable;
    let acr = wanted.acr.as_deref().unwrap_or_else(|| levels.last().copied().unwrap_or_default());
    if !levels.contains(&acr) {
        let detail = format!("`{acr}` is none of {}", levels.join(", "));
        return Err(Problem::value("/acr", detail).near(nearest(acr, levels.iter().copied())));
    }
    if !provider.sso && wanted.client_id.is_none() {
        let detail = format!("sessions of {} are with one client each: say which", provider.service);
        return Err(Problem::new(Code::MissingField, detail).at("/client_id"));
    }
    let given: Vec<&str> = wanted.amr.iter().flatten().map(String::as_str).collect();
    let amr = if given.is_empty() { vec![METHOD] } else { given };
    let now = visit.seconds(TokenPolicy::Wall);
    let authentication = Authentication::of_citizen(key, &who.nummer().to_string(), acr, &amr, now);
    let client = wanted.client_id.as_deref().unwrap_or_default();
    let request = LoginRequest::of(provider.issuer, &visit.issuer(provider.issuer), client);
    let isolated = wanted.client_id.is_some();
    let cookie = visit.state.begin_session(visit.clocks, &request, &authentication, isolated, None);
    let session = visit.state.session(visit.clocks, provider.issuer, &cookie);
    let session = session.ok_or_else(|| Problem::new(Code::Internal, "the session has ended at once"))?;
    Ok((StatusCode::CREATED, Json(SessionView::of(&visit, provider, &cookie, &session))))
}

/// Which session, in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct WhichSession {
    /// Its `sid`.
    sid: String,
}

/// Who hears of it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Ending {
    /// Whether clients with a back-channel log-out address are told; they are when not given.
    notify: Option<bool>,
}

impl Fields for Ending {}

/// Ends a session, as a log-out without a browser would.
#[utoipa::path(delete, path = "/worlds/{world}/sessions/{sid}", params(WhichSession, Ending), tag = "eid", responses((status = 204, description = "ended")))]
async fn end(
    Named { world, inbound }: Named,
    Path(which): Path<WhichSession>,
    Query(ending): Query<Ending>,
) -> Result<StatusCode, Problem> {
    let visit = visit(&inbound, &world);
    for provider in services() {
        let all = visit.state.sessions(visit.clocks, provider.issuer);
        let found = all.into_iter().find(|(_, session)| session.sid == which.sid);
        let Some((cookie, _)) = found else { continue };
        if end_session(provider, &visit, &world, &cookie, ending.notify.unwrap_or(true)).await? {
            return Ok(DONE);
        }
    }
    let problem = Problem::new(Code::Refused, "there is no session of this id, or it has ended");
    Err(Problem { reason: Some("unknown_session"), ..problem }.at("sid"))
}

//! What the tests of the whole protocol share: a town whose clients may do everything, and short ways to ask.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value};

use super::super::{introspect, par, revoke, userinfo};
use super::{basic, code, desk, exchange, form_header, klienter, token};
use crate::access::fixture::{KARI, after, body, orgnr, pid, visit};
use crate::access::{Visit, escape};
use crate::keys::Jws;
use crate::observe::Note;
use crate::town::Command;
use crate::town::decide::{EidCommand, KlientCommand};
use crate::town::state::{Bryter, Klient, Klienttillegg, Scope, Tildeling, Tokentype, Underklient};

/// Scope whose tokens the client `innsyn` may ask about.
pub(super) const API: &str = "api:les";

/// Both ways to get tokens.
pub(super) fn may_refresh() -> Klienttillegg {
    let tildelinger = vec![Tildeling::AuthorizationCode, Tildeling::RefreshToken];
    let onbehalfof = ["kommune-a", "nedlagt"].map(|id| Underklient {
        id: id.into(),
        navn: format!("Kommunen {id}"),
        orgnr: orgnr(),
        beskrivelse: "test".into(),
        aktiv: id != "nedlagt",
    });
    Klienttillegg { tildelinger, onbehalfof: onbehalfof.into(), ..Klienttillegg::default() }
}

/// The town: the clients of [`klienter`], `fornyer` and `spa` with refresh tokens, `innsyn` that introspects.
pub(super) fn town() -> Visit {
    let base = |id: &str| klienter().into_iter().find(|klient| klient.client_id == id).unwrap();
    let tillegg = || may_refresh().into();
    let scopes = ["openid", "profile", API, "api:skjult", "api:pseudonym", "api:kort", "a:b"].map(str::to_owned);
    let fornyer = Klient { client_id: "fornyer".into(), tillegg: tillegg(), ..base("app") }.with_secret("hemmelig");
    let fornyer = Klient { scopes: scopes.to_vec(), ..fornyer };
    let spa = Klient { client_id: "spa".into(), tillegg: tillegg(), ..base("offentlig") };
    let mut innsyn = Klient { client_id: "innsyn".into(), ..base("app") }.with_secret("hemmelig");
    innsyn.scopes.push("idporten:token.introspection".into());
    let mut town = visit(&[klienter(), vec![fornyer, spa, innsyn]].concat());
    let scope = |name: &str| Scope { innsyn_for: Some("innsyn".into()), ..Scope::new(name, orgnr()) };
    for scope in [
        scope(API),
        Scope { tokentype: Tokentype::Opaque, ..scope("api:skjult") },
        Scope { krever_pseudonym: true, ..scope("api:pseudonym") },
        Scope { at_max_alder: 30, autorisasjon_max_alder: 300, ..scope("api:kort") },
        Scope { aktiv: false, ..Scope::new("api:nedlagt", orgnr()) },
    ] {
        town = with(&town, EidCommand::Scope(Box::new(scope)));
    }
    town
}

/// The town after a change of its registers.
pub(super) fn with(visit: &Visit, command: EidCommand) -> Visit {
    after(visit, &Command::Eid(command))
}

/// The town with a switch on.
pub(super) fn on(visit: &Visit, bryter: Bryter) -> Visit {
    with(visit, EidCommand::Bryter { bryter, paa: true })
}

/// The town with another client.
pub(super) fn and(visit: &Visit, klient: Klient) -> Visit {
    after(visit, &Command::Klient(KlientCommand::Registrer(Box::new(klient))))
}

pub(super) fn secret(client: &str) -> HeaderMap {
    basic(client, "hemmelig")
}

pub(super) fn form(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    pairs.join("&")
}

/// The tokens of a log-in of Kari at `client`, which has a secret.
pub(super) async fn tokens(visit: &Visit, client: &str, changes: &[(&str, &str)]) -> Value {
    let code = code(visit, client, &pid(visit, KARI), changes).await;
    let response = token(visit, &secret(client), &exchange(&code, &[])).await;
    assert_eq!(response.status(), StatusCode::OK, "{}", super::hinted(&response));
    body(response).await
}

/// The answer to a refresh, its status first.
pub(super) async fn refresh(visit: &Visit, headers: &HeaderMap, text: &str, more: &[(&str, &str)]) -> (u16, Value) {
    let mut pairs = vec![("grant_type", "refresh_token"), ("refresh_token", text)];
    pairs.extend_from_slice(more);
    told(token(visit, headers, &form(&pairs)).await).await
}

pub(super) async fn told(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = crate::access::fixture::text(response).await;
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

pub(super) async fn push(visit: &Visit, headers: &HeaderMap, form: &str) -> (u16, Value) {
    told(par::answer(&desk(visit), headers, form.as_bytes(), &mut Note::default())).await
}

pub(super) async fn asked(visit: &Visit, headers: &HeaderMap, form: &str) -> (u16, Value) {
    told(introspect::answer(&desk(visit), headers, form.as_bytes(), &mut Note::default())).await
}

pub(super) fn given_back(visit: &Visit, headers: &HeaderMap, form: &str) -> Response {
    revoke::answer(&desk(visit), headers, form.as_bytes(), &mut Note::default())
}

/// Userinfo for an access token.
pub(super) async fn info(visit: &Visit, access_token: &Value) -> (u16, Value) {
    let mut headers = form_header();
    let text = format!("Bearer {}", access_token.as_str().unwrap());
    headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&text).unwrap());
    told(userinfo::userinfo(&desk(visit), "GET", &headers, &mut Note::default())).await
}

/// The claims of a signed token.
pub(super) fn claims(token: &Value) -> Map<String, Value> {
    Jws::parse(token.as_str().unwrap()).unwrap().claims
}

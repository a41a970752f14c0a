//! Log-out and who is told of it.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

use super::super::logout::{self, Told, logout_token};
use super::login::{log_in, with_cookie};
use super::{CB, ISSUER, ask_with, desk, exchange, klienter, redirected, request, token};
use crate::access::fixture::{KARI, body, later, pid, text, visit};
use crate::access::{Params, Visit, Writing, escape};
use crate::keys::Jws;
use crate::observe::Note;
use crate::town::decide::{EidCommand, LeveringCommand};
use crate::town::state::{Bryter, Klient, Klienttillegg, Leveringskilde, Tilstand};
use crate::town::{Cause, Command, Town, apply, decide};

/// The clients of these tests: one told by a frame, one by a frame with the session, one from server to server, and the
/// usual ones.
fn told() -> Vec<Klient> {
    let client = |id: &str, tillegg: Klienttillegg| {
        let klient = Klient::idporten(id, id, crate::access::fixture::orgnr(), &[CB]).with_secret("hemmelig");
        let post_logout_redirect_uris = vec!["https://app.example/ute".into()];
        Klient { tillegg: Box::new(tillegg), post_logout_redirect_uris, ..klient }
    };
    let uri = |path: &str| Some(format!("https://app.example/{path}"));
    let mut all = klienter();
    all.push(client("ramme", Klienttillegg { frontchannel_logout_uri: uri("ramme?a=1"), ..Klienttillegg::default() }));
    all.push(client(
        "ramme-sid",
        Klienttillegg {
            frontchannel_logout_uri: uri("ramme"),
            frontchannel_logout_session_required: true,
            ..Klienttillegg::default()
        },
    ));
    all.push(client("tjener", Klienttillegg { backchannel_logout_uri: uri("bak"), ..Klienttillegg::default() }));
    all
}

fn with(visit: &Visit, command: Command) -> Visit {
    let mut town = (*visit.town).clone();
    run(&mut town, command);
    Visit { town: town.into(), ..visit.clone() }
}

fn run(town: &mut Town, command: Command) {
    for event in decide(town, &command, &Cause::of("test", &[])).unwrap() {
        apply(town, &event);
    }
}

/// An ID token of `client` in the session behind `cookie`.
async fn id_token(visit: &Visit, client: &str, cookie: &str) -> String {
    let response = ask_with(visit, &request(client, &[]), &with_cookie(cookie)).await;
    let code = redirected(&response, CB).get("code").expect("single sign-on").to_owned();
    let answer = body(token(visit, &super::basic(client, "hemmelig"), &exchange(&code, &[])).await).await;
    answer["id_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn sid(id_token: &str) -> Option<String> {
    Jws::parse(id_token).unwrap().text("sid").map(str::to_owned)
}

fn leave(visit: &Visit, query: &str, cookie: &str) -> (Response, Option<Told>) {
    let headers: HeaderMap = with_cookie(cookie);
    logout::answer(&desk(visit), "/idporten/logout", &headers, query.as_bytes(), &mut Note::default())
}

#[tokio::test]
async fn tokens_name_the_session_to_those_that_are_told_of_its_end() {
    let visit = visit(&told());
    let cookie = log_in(&visit, "offentlig", KARI, "idporten-loa-high", None).await;
    let mut sids = Vec::new();
    for (client, named) in [("app", false), ("ramme", false), ("ramme-sid", true), ("tjener", true)] {
        let sid = sid(&id_token(&visit, client, &cookie).await);
        assert_eq!(sid.is_some(), named, "{client}");
        sids.extend(sid);
    }
    assert_eq!((sids[0].len(), &sids[0]), (43, &sids[1]), "one session");
    assert!(!cookie.contains(&sids[0]), "the cookie is the browser's secret");
    let other = log_in(&visit, "offentlig", KARI, "idporten-loa-high", None).await;
    assert_ne!(sid(&id_token(&visit, "tjener", &other).await).as_ref(), Some(&sids[0]));
    let stepped = log_in(&visit, "offentlig", KARI, "idporten-loa-high", Some(&cookie)).await;
    assert_eq!(
        sid(&id_token(&visit, "tjener", &stepped).await).as_ref(),
        Some(&sids[0]),
        "logged in again, same session"
    );
    let hint = super::hint(&pid(&visit, KARI));
    let response = super::ask(&visit, &request("tjener", &[("login_hint", &hint)])).await;
    let code = redirected(&response, CB).get("code").unwrap().to_owned();
    let answer = body(token(&visit, &super::basic("tjener", "hemmelig"), &exchange(&code, &[])).await).await;
    assert_eq!(sid(answer["id_token"].as_str().unwrap()), None, "headless: there is no session");
}

#[tokio::test]
async fn frames_tell_every_client_of_the_session_the_one_that_began_too() {
    let visit = visit(&told());
    let cookie = log_in(&visit, "offentlig", KARI, "idporten-loa-high", None).await;
    let _ = id_token(&visit, "ramme", &cookie).await;
    let token = id_token(&visit, "ramme-sid", &cookie).await;
    let to = escape("https://app.example/ute");
    let query = format!("id_token_hint={token}&post_logout_redirect_uri={to}&state=x");
    let (response, told) = leave(&visit, &query, &cookie);
    assert_eq!(response.status(), StatusCode::OK);
    let headers = response.headers();
    assert_eq!(headers[header::REFRESH], "5;url=https://app.example/ute?state=x");
    assert!(headers[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    let page = text(response).await;
    assert!(page.contains("href=\"https://app.example/ute?state=x\" data-testid=\"back\""), "{page}");
    assert!(policy.contains("script-src 'sha256-") && page.matches("<script").count() == 1);
    let sid = sid(&token).unwrap();
    let framed = format!("src=\"https://app.example/ramme?iss={}&#38;sid={sid}\"", escape(ISSUER));
    assert!(page.contains(&framed) && page.contains("src=\"https://app.example/ramme?a=1\""), "{framed} in {page}");
    assert_eq!(page.matches("<iframe").count(), 2);
    assert!(told.unwrap().varsler.is_empty());

    let slash = with(&visit, Command::Eid(EidCommand::Bryter { bryter: Bryter::FrontchannelIssSlash, paa: true }));
    let cookie = log_in(&slash, "offentlig", KARI, "idporten-loa-high", None).await;
    let _ = id_token(&slash, "ramme-sid", &cookie).await;
    let (response, _) = leave(&slash, "", &cookie);
    assert!(response.headers().get(header::REFRESH).is_none(), "no address to go to");
    let page = text(response).await;
    assert!(page.contains(&format!("iss={}", escape(&format!("{ISSUER}/")))) && !page.contains("<script"), "{page}");
}

#[tokio::test]
async fn servers_are_told_once_with_a_signed_token() {
    let visit = visit(&told());
    let cookie = log_in(&visit, "offentlig", KARI, "idporten-loa-high", None).await;
    let token = id_token(&visit, "tjener", &cookie).await;
    let (response, told) = leave(&visit, "", &cookie);
    assert_eq!(response.status(), StatusCode::OK);
    let told = told.unwrap();
    assert_eq!((told.kilde, told.varsler.len(), told.frames.len()), (Leveringskilde::Idporten, 1, 0));
    let command = LeveringCommand::Utlogging { kilde: told.kilde, varsler: told.varsler };
    let mut town = (*visit.town).clone();
    run(&mut town, Command::Levering(command.clone()));
    run(&mut town, Command::Levering(command));
    assert_eq!(town.leveringer.abonnementer.len(), 1, "one address, however often it is told");
    let waiting: Vec<_> = town.leveringer.alle.values().filter(|it| it.tilstand == Tilstand::Venter).collect();
    assert_eq!(waiting.len(), 2);
    let at = later(&visit, 7);
    let writing = Writing { town: &town, levering: waiting[0], state: &at.state, clocks: at.clocks };
    let rendered = logout_token(&writing).unwrap();
    assert_eq!(rendered.headers, [("content-type", "application/x-www-form-urlencoded".to_owned())]);
    let patience = rendered.patience.unwrap();
    assert_eq!((patience.connect.as_secs(), patience.answer.as_secs()), (2, 5));
    let form = Params::parse(&rendered.body).unwrap();
    let jws = Jws::parse(form.get("logout_token").unwrap()).unwrap();
    visit.state.check_signature(visit.clocks, crate::keys::Issuer::Idporten, &jws).expect("signed by the issuer");
    let parts: Vec<&str> = form.get("logout_token").unwrap().split('.').collect();
    let header: Value = serde_json::from_slice(&crate::keys::decode_url(parts[0]).unwrap()).unwrap();
    assert_eq!((&header["typ"], &header["alg"]), (&json!("logout+jwt"), &json!("RS256")));
    assert!(header["kid"].is_string() && header["x5c"][0].is_string());
    let now = at.clocks.wall_ms / 1000;
    let id_claims = Jws::parse(&token).unwrap();
    let mut names: Vec<&str> = jws.claims.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["aud", "events", "exp", "iat", "iss", "jti", "sid", "sub"]);
    assert_eq!((&jws.claims["iat"], &jws.claims["exp"]), (&json!(now), &json!(now + 300)));
    assert_eq!((&jws.claims["iss"], &jws.claims["aud"]), (&json!(ISSUER), &json!("tjener")));
    assert_eq!((&jws.claims["sub"], &jws.claims["sid"]), (&id_claims.claims["sub"], &id_claims.claims["sid"]));
    assert_eq!(jws.claims["events"], json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));

    let by_pid = with(&visit, Command::Eid(EidCommand::Bryter { bryter: Bryter::LogoutTokenSubPid, paa: true }));
    let cookie = log_in(&by_pid, "offentlig", KARI, "idporten-loa-high", None).await;
    let _ = id_token(&by_pid, "tjener", &cookie).await;
    let (_, told) = leave(&by_pid, "", &cookie);
    let crate::town::state::Emne::Utlogging { sub, .. } = &told.unwrap().varsler[0].emne else { panic!() };
    assert_eq!(sub.as_ref(), pid(&visit, KARI));
}

#[tokio::test]
async fn nobody_is_told_of_a_log_out_they_have_no_part_in() {
    let visit = visit(&told());
    let cookie = log_in(&visit, "offentlig", KARI, "idporten-loa-high", None).await;
    let (response, told) = leave(&visit, "client_id=tjener&post_logout_redirect_uri=https://app.example/ute", &cookie);
    assert_eq!(response.headers()[header::LOCATION], "https://app.example/ute", "no frames: straight on");
    let told = told.unwrap();
    assert!(told.frames.is_empty() && told.varsler.is_empty());
    for query in ["", "id_token_hint=x", "state=%0a", "client_id=app&client_id=app"] {
        assert!(leave(&visit, query, &cookie).1.is_none(), "{query}: the session is over");
    }
}

#[tokio::test]
async fn an_address_is_compared_letter_by_letter_and_a_hint_with_the_client_beside_it() {
    let visit = visit(&told());
    let cookie = log_in(&visit, "offentlig", KARI, "idporten-loa-high", None).await;
    let token = id_token(&visit, "app", &cookie).await;
    let to = escape("https://app.example/ute");
    let query = format!("id_token_hint={token}&client_id=ramme&post_logout_redirect_uri={to}");
    let (response, told) = leave(&visit, &query, &cookie);
    assert_eq!((response.status(), told.is_none()), (StatusCode::BAD_REQUEST, true), "another client's hint");
    assert!(
        super::ask_with(&visit, &request("app", &[("prompt", "none")]), &with_cookie(&cookie))
            .await
            .headers()
            .contains_key(header::LOCATION),
        "the session goes on"
    );
    for uri in [
        "https://app.example/utenfor",
        "https://app.example/ute/",
        "https://app.example/ute?x=1",
        "https://app.example/UTE",
        "https://app.example/ut",
        "https://app.example/ute#x",
    ] {
        let cookie = log_in(&visit, "offentlig", KARI, "idporten-loa-high", None).await;
        let query = format!("id_token_hint={token}&client_id=app&post_logout_redirect_uri={}", escape(uri));
        let (response, told) = leave(&visit, &query, &cookie);
        assert_eq!((response.status(), told.is_some()), (StatusCode::OK, true), "{uri}: logged out");
        assert!(
            response.headers().get(header::LOCATION).is_none() && response.headers().get(header::REFRESH).is_none()
        );
        assert!(!text(response).await.contains("app.example"), "{uri}: and nobody is sent there");
    }
    let cookie = log_in(&visit, "offentlig", KARI, "idporten-loa-high", None).await;
    let query = format!("id_token_hint={token}&client_id=app&post_logout_redirect_uri={to}");
    assert_eq!(leave(&visit, &query, &cookie).0.headers()[header::LOCATION], "https://app.example/ute");
}

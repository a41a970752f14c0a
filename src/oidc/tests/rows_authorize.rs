//! `/authorize`, the rows 1 to 8, 10, 11, 13, 14 and 16 to 21 of `specs/eid.md` §9, with what passes right beside each limit.

use axum::http::{HeaderMap, StatusCode, header};

use super::authorize::outcome;
use super::stage::{and, may_refresh, town, with};
use super::{CB, ask_with, form_header, hint, redirected, request};
use crate::access::Visit;
use crate::access::fixture::{BARN, DOED, KARI, TENAARING, later, orgnr, pid, text};
use crate::base::Orgnummer;
use crate::oidc::login;
use crate::town::decide::EidCommand;
use crate::town::state::{Integrasjonstype, Klient, Klienttillegg, Scope, Tjeneste};

/// A row: its number, the client, what differs from a good request, and where it leads.
type Row<'a> = (u8, &'a str, Vec<(&'a str, &'a str)>, &'a str);

const PAGE: &str = "page";
const OK: &str = "login";
const BAD: &str = "invalid_request";
const DETAILS: &str = "invalid_authorization_details";
const FULLMAKT: &str = r#"[{"type":"idporten:fullmakt","permission_roles":["arbeid"]}]"#;

async fn judge(visit: &Visit, rows: Vec<Row<'_>>) {
    for (row, client, changes, expected) in rows {
        let query = request(client, &changes);
        assert_eq!(outcome(visit, &query).await, expected, "row {row}: {client} {changes:?}");
    }
}

/// The town with clients of other kinds beside.
fn wide() -> Visit {
    let visit = town();
    let base = visit.town.klienter.find(Tjeneste::Idporten, "app").unwrap().as_ref().clone();
    let named = |id: &str| Klient { client_id: id.into(), ..base.clone() }.with_secret("hemmelig");
    let employees = Klient { tjeneste: Tjeneste::Ansattporten, ..named("ansatt") };
    let other = (31_000_001..).find_map(Orgnummer::compose).unwrap();
    let scopes = ["openid", "privat:les", "maskin:les", "api:nedlagt", "finnes:ikke"].map(str::to_owned);
    let wide = Klient { scopes: scopes.to_vec(), tillegg: may_refresh().into(), ..named("vid") };
    let narrow = Klienttillegg { integrasjonstype: Some(Integrasjonstype::Idporten), ..Klienttillegg::default() };
    let narrow = Klient { tillegg: narrow.into(), scopes: vec!["openid".into(), "profile".into()], ..named("smal") };
    let mut visit =
        [employees, wide, narrow, named("nedlagt")].into_iter().fold(visit, |visit, client| and(&visit, client));
    let retire =
        crate::town::decide::KlientCommand::Avvikle { tjeneste: Tjeneste::Idporten, client_id: "nedlagt".into() };
    visit = crate::access::fixture::after(&visit, &crate::town::Command::Klient(retire));
    let machine =
        Scope { integrasjonstyper: vec![Integrasjonstype::Maskinporten], ..Scope::new("maskin:les", orgnr()) };
    visit = with(&visit, EidCommand::Scope(Box::new(machine)));
    with(&visit, EidCommand::Scope(Box::new(Scope::new("privat:les", other))))
}

#[tokio::test]
async fn rows_1_and_2_who_asks_and_where_to() {
    let redirect = |uri: &'static str| vec![("redirect_uri", uri)];
    let rows: Vec<Row<'_>> = vec![
        (1, "app", vec![], OK),
        (1, "app", vec![("client_id", "")], PAGE),
        (1, "ukjent", vec![], PAGE),
        (1, "App", vec![], PAGE),
        (1, "app ", vec![], PAGE),
        (1, "nedlagt", vec![], PAGE),
        (1, "ansatt", vec![], PAGE),
        (1, "demo-maskin", vec![], PAGE),
        (2, "app", redirect(""), PAGE),
        (2, "app", redirect("https://app.example/annet"), PAGE),
        (2, "app", redirect("https://app.example/CB"), PAGE),
        (2, "app", redirect("https://App.example/cb"), PAGE),
        (2, "app", redirect("https://app.example/cb/"), PAGE),
        (2, "app", redirect("https://app.example/cb?x=1"), PAGE),
        (2, "app", redirect("https://app.example:443/cb"), PAGE),
        (2, "app", redirect("http://app.example/cb"), PAGE),
        (2, "app", redirect("https://app.example/cb#"), PAGE),
        (2, "app", redirect("https://app.example/cb%00"), PAGE),
        (2, "app", redirect(CB), OK),
        (2, "mobil", redirect("http://127.0.0.1:1/cb"), OK),
        (2, "mobil", redirect("http://127.0.0.1:65535/cb"), OK),
        (2, "mobil", redirect("http://127.0.0.1:65536/cb"), PAGE),
        (2, "mobil", redirect("http://127.0.0.1:0/cb"), PAGE),
        (2, "mobil", redirect("http://127.0.0.1/cb"), PAGE),
        (2, "mobil", redirect("http://127.0.0.1:80@app.example/cb"), PAGE),
    ];
    judge(&wide(), rows).await;
}

#[tokio::test]
async fn row_3_a_parameter_stands_once() {
    let visit = wide();
    let good = request("app", &[]);
    for (name, expected) in [
        ("client_id", PAGE),
        ("redirect_uri", PAGE),
        ("scope", BAD),
        ("state", BAD),
        ("nonce", BAD),
        ("response_type", BAD),
        ("code_challenge", BAD),
        ("ukjent", BAD),
        ("resource", OK),
    ] {
        let value = if name == "resource" { "urn:a:b" } else { "x" };
        let once = if good.contains(&format!("{name}=")) { String::new() } else { format!("&{name}={value}") };
        let query = format!("{good}{once}&{name}={value}");
        assert_eq!(outcome(&visit, &query).await, expected, "row 3: {name}");
    }
}

#[tokio::test]
async fn rows_4_to_8_what_a_request_must_have() {
    let (short, exact, long) = ("a".repeat(42), "a".repeat(43), "a".repeat(44));
    let padded = format!("{}=", "a".repeat(42));
    let rows: Vec<Row<'_>> = vec![
        (4, "app", vec![("response_type", "")], BAD),
        (4, "app", vec![("response_type", "token")], "unsupported_response_type"),
        (4, "app", vec![("response_type", "code id_token")], "unsupported_response_type"),
        (4, "app", vec![("response_type", "Code")], "unsupported_response_type"),
        (5, "app", vec![("response_mode", "fragment")], BAD),
        (5, "app", vec![("response_mode", "jwt")], BAD),
        (5, "app", vec![("response_mode", "Query")], BAD),
        (5, "app", vec![("response_mode", "query")], OK),
        (6, "app", vec![("scope", "")], "invalid_scope"),
        (6, "app", vec![("scope", " ")], "invalid_scope"),
        (6, "app", vec![("scope", "openid ukjent:scope")], "invalid_scope"),
        (6, "app", vec![("scope", "openid api:les")], "invalid_scope"),
        (6, "app", vec![("scope", "OpenID")], "invalid_scope"),
        (6, "app", vec![("scope", "a:b")], OK),
        (6, "app", vec![("scope", "openid openid")], OK),
        (6, "vid", vec![("scope", "openid")], OK),
        (6, "vid", vec![("scope", "openid api:nedlagt")], "invalid_scope"),
        (6, "vid", vec![("scope", "openid finnes:ikke")], "invalid_scope"),
        (6, "vid", vec![("scope", "openid maskin:les")], "invalid_scope"),
        (6, "vid", vec![("scope", "openid privat:les")], "invalid_scope"),
        (6, "smal", vec![("scope", "openid profile")], OK),
        (7, "app", vec![("code_challenge", "")], BAD),
        (7, "app", vec![("code_challenge_method", "")], BAD),
        (7, "app", vec![("code_challenge_method", "plain")], BAD),
        (7, "app", vec![("code_challenge_method", "s256")], BAD),
        (7, "app", vec![("code_challenge", &short)], BAD),
        (7, "app", vec![("code_challenge", &exact)], OK),
        (7, "app", vec![("code_challenge", &long)], BAD),
        (7, "app", vec![("code_challenge", &padded)], BAD),
        (7, "uten-pkce", vec![("code_challenge", ""), ("code_challenge_method", "")], OK),
        (7, "uten-pkce", vec![("code_challenge_method", "plain")], BAD),
        (7, "uten-pkce", vec![("code_challenge", &short)], BAD),
        (8, "offentlig", vec![("state", "")], BAD),
        (8, "mobil", vec![("redirect_uri", "http://127.0.0.1:1/cb"), ("state", "x")], OK),
        (8, "app", vec![("state", "")], OK),
        (8, "app", vec![("state", "\u{1f}")], BAD),
        (8, "app", vec![("state", " ")], OK),
        (8, "app", vec![("state", "~")], OK),
        (8, "app", vec![("state", "\u{7f}")], BAD),
        (8, "app", vec![("state", "\u{80}")], BAD),
        (8, "app", vec![("nonce", "\u{1f}")], BAD),
        (8, "app", vec![("nonce", " ~")], OK),
        (8, "app", vec![("nonce", "\u{7f}")], BAD),
        (8, "app", vec![("nonce", "")], OK),
    ];
    judge(&wide(), rows).await;
}

#[tokio::test]
async fn rows_10_13_14_and_16_to_18_what_a_request_may_have() {
    let rows: Vec<Row<'_>> = vec![
        (10, "app", vec![("prompt", "login")], OK),
        (10, "app", vec![("prompt", "consent login")], OK),
        (10, "app", vec![("prompt", "create")], BAD),
        (10, "app", vec![("prompt", "Login")], BAD),
        (10, "app", vec![("prompt", "none login")], BAD),
        (10, "app", vec![("prompt", "consent none")], BAD),
        (10, "app", vec![("max_age", "0")], OK),
        (10, "app", vec![("max_age", "9223372036854775807")], OK),
        (10, "app", vec![("max_age", "9223372036854775808")], BAD),
        (10, "app", vec![("max_age", "-1")], BAD),
        (10, "app", vec![("max_age", "1.5")], BAD),
        (10, "app", vec![("max_age", "+1")], BAD),
        (10, "app", vec![("max_age", "x")], BAD),
        (13, "app", vec![("acr_values", "Level3")], BAD),
        (13, "app", vec![("acr_values", "Level4")], BAD),
        (13, "app", vec![("acr_values", "high")], BAD),
        (13, "app", vec![("acr_values", "Level4 idporten-loa-high")], OK),
        (13, "app", vec![("acr_values", "idporten-loa-low")], OK),
        (13, "app", vec![("acr_values", "eidas-loa-high idporten-loa-high")], OK),
        (13, "app", vec![("acr_values", "selfregistered-email")], OK),
        (14, "app", vec![("request", "e30.e30.")], "request_not_supported"),
        (14, "app", vec![("request_uri", "https://app.example/r")], "request_uri_not_supported"),
        (14, "app", vec![("request_uri", "urn:ansattporten:x")], "request_uri_not_supported"),
        (16, "app", vec![("authorization_details", "x")], DETAILS),
        (16, "app", vec![("authorization_details", "{}")], DETAILS),
        (16, "app", vec![("authorization_details", r#"[{"type":"x"}]"#)], DETAILS),
        (16, "app", vec![("authorization_details", r#"[{"type":"idporten:fullmakt"}]"#)], DETAILS),
        (16, "app", vec![("authorization_details", FULLMAKT)], OK),
        (17, "app", vec![("resource", "https://api.example/")], OK),
        (17, "app", vec![("resource", "urn:api:x")], OK),
        (17, "app", vec![("resource", "api.example")], "invalid_target"),
        (17, "app", vec![("resource", "/api")], "invalid_target"),
        (17, "app", vec![("resource", "//api.example/")], "invalid_target"),
        (17, "app", vec![("resource", "https://api.example/#")], "invalid_target"),
        (18, "fornyer", vec![("onbehalfof", "kommune-a")], OK),
        (18, "fornyer", vec![("onbehalfof", "kommune-b")], BAD),
        (18, "fornyer", vec![("onbehalfof", "nedlagt")], BAD),
        (18, "app", vec![("onbehalfof", "kommune-a")], BAD),
    ];
    judge(&wide(), rows).await;
}

#[tokio::test]
async fn rows_19_and_20_headless_log_in() {
    let visit = wide();
    let (kari, doed, barn, ten) = (pid(&visit, KARI), pid(&visit, DOED), pid(&visit, BARN), pid(&visit, TENAARING));
    let real: String = {
        // The same day without the synthetic mark in the month: nobody, and never somebody.
        let month: u8 = kari[2..4].parse::<u8>().unwrap() - 80;
        format!("{}{month:02}{}", &kari[..2], &kari[4..])
    };
    for (row, login, acr, expected) in [
        (19, hint(&kari), "", "code"),
        (19, format!("testid:{kari}_idporten-loa-substantial"), "", "code"),
        (19, format!("testid:{kari}"), "", BAD),
        (19, "testid:".into(), "", BAD),
        (19, format!("testid:{kari}_"), "", BAD),
        (19, format!("testid:{kari}_idporten-loa-low"), "", BAD),
        (19, format!("testid:{kari}_eidas-loa-high"), "", BAD),
        (19, format!("testid:{kari}_high"), "", BAD),
        (19, format!("testid:{kari}_idporten-loa-substantial"), "idporten-loa-high", BAD),
        (19, hint(&kari), "idporten-loa-substantial", "code"),
        (19, hint(&kari[..10]), "", BAD),
        (19, hint(&real), "", BAD),
        (19, hint("00000000000"), "", BAD),
        (19, format!("TESTID:{kari}_idporten-loa-high"), "", OK),
        (20, hint(&doed), "", "access_denied"),
        (20, hint(&barn), "", "access_denied"),
        (20, hint(&ten), "", "code"),
    ] {
        let query = request("app", &[("login_hint", &login), ("acr_values", acr)]);
        assert_eq!(outcome(&visit, &query).await, expected, "row {row}: {login} {acr}");
    }
}

/// The cookie of a log-in through the page.
async fn log_in(visit: &Visit, acr: &str) -> (HeaderMap, String) {
    let page = text(ask_with(visit, &request("offentlig", &[("acr_values", acr)]), &HeaderMap::new()).await).await;
    let id = page.split("name=\"innlogging\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = format!("innlogging={id}&pid={}&acr={acr}&amr=TestID&action=login", pid(visit, KARI));
    let mut note = crate::observe::Note::default();
    let response = login::choose(&super::desk(visit), &form_header(), form.as_bytes(), &mut note).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    (HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())]), form)
}

#[tokio::test]
async fn rows_11_and_21_sessions_that_will_not_do_and_pages_answered_twice() {
    let visit = town();
    let (headers, form) = log_in(&visit, "idporten-loa-substantial").await;
    let silent = [("prompt", "none")];
    for (visit, changes, expected) in [
        (&visit, vec![], None),
        (&visit, vec![("acr_values", "idporten-loa-high")], Some("login_required")),
        (&visit, vec![("acr_values", "idporten-loa-substantial")], None),
        (&later(&visit, 1799), vec![], None),
        (&later(&visit, 1799 + 1800), vec![], Some("login_required")),
    ] {
        let query = request("app", &[&silent[..], &changes].concat());
        let response = ask_with(visit, &query, &headers).await;
        assert_eq!(redirected(&response, CB).get("error"), expected, "row 11: {changes:?}");
    }
    let response = ask_with(&visit, &request("app", &silent), &HeaderMap::new()).await;
    assert_eq!(redirected(&response, CB).get("error"), Some("login_required"), "row 11: no session");
    let mut note = crate::observe::Note::default();
    let again = login::choose(&super::desk(&visit), &form_header(), form.as_bytes(), &mut note).await;
    assert_eq!((again.status(), again.headers().get(header::LOCATION)), (StatusCode::BAD_REQUEST, None), "row 21");
}

//! The login page, single sign-on and log-out.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::super::{login, logout, userinfo};
use super::{CB, ask, ask_with, desk, exchange, form_header, hint, klienter, redirected, request, token};
use crate::access::fixture::{BARN, DOED, KARI, OLA, TENAARING, body, later, pid, text, visit, world_later};
use crate::access::{Params, Visit};
use crate::observe::Note;
use crate::town::Command;
use crate::town::decide::FolkCommand;

/// The value of a hidden field on a page.
pub(super) fn field(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let from = page.find(&start).unwrap_or_else(|| panic!("no field {name} in {page}")) + start.len();
    page[from..].split('"').next().unwrap().to_owned()
}

pub(super) async fn choose(visit: &Visit, form: &str, cookie: Option<&str>) -> Response {
    let mut headers = form_header();
    if let Some(cookie) = cookie {
        headers.insert(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
    }
    login::choose(&desk(visit), &headers, form.as_bytes(), &mut Note::default()).await
}

/// Name and value of the session cookie a response sets.
fn cookie(response: &Response) -> String {
    let text = response.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(text.contains("; Path=/idporten; HttpOnly; SameSite=Lax"), "{text}");
    text.split(';').next().unwrap().to_owned()
}

pub(super) fn with_cookie(cookie: &str) -> HeaderMap {
    HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookie).unwrap())])
}

/// Logs `person` in to `client` through the page; gives the cookie.
pub(super) async fn log_in(visit: &Visit, client: &str, person: usize, acr: &str, before: Option<&str>) -> String {
    let page =
        text(ask_with(visit, &request(client, &[("acr_values", acr), ("prompt", "login")]), &HeaderMap::new()).await)
            .await;
    let id = field(&page, "innlogging");
    let form = format!("innlogging={id}&pid={}&acr={acr}&amr=TestID&action=login", pid(visit, person));
    let response = choose(visit, &form, before).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    cookie(&response)
}

const SUBSTANTIAL: &str = "idporten-loa-substantial";
const HIGH: &str = "idporten-loa-high";

#[tokio::test]
async fn the_page_says_what_it_is_and_works_without_scripts() {
    let visit = visit(&klienter());
    let response = ask(&visit, &request("offentlig", &[])).await;
    assert_eq!(response.headers()[header::X_FRAME_OPTIONS], "DENY");
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    let page = text(response).await;
    assert!(page.contains("<html lang=\"nb\">") && page.contains("testinnlogging") && page.contains("oppdiktet"));
    assert!(
        page.contains("SYNTETISK")
            && page.contains("ikke om noe bestemt nivå")
            && !page.contains("data-testid=\"open\"")
    );
    assert!(!page.contains("<script"));
    for part in [
        "id=\"byteby-login\"",
        "name=\"pid\"",
        "name=\"acr\"",
        "name=\"amr\"",
        "name=\"action\"",
        "<label for=\"pid\">",
        "value=\"cancel\"",
        "value=\"fail\"",
        "data-testid=\"story-daglig_leder\"",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(page.contains("Per Fjord") && page.contains("Gunnhild Berg"), "suggestions: {page}");
    assert!(page.find("value=\"login\"") < page.find("name=\"velg\""), "Enter in a field logs in");
    let english = text(ask(&visit, &request("offentlig", &[("ui_locales", "fr en")])).await).await;
    assert!(
        english.contains("<html lang=\"en\">")
            && english.contains("This is a test login.")
            && english.contains("Who do you want to be?")
    );
    let high = text(ask(&visit, &request("offentlig", &[("acr_values", HIGH)])).await).await;
    assert!(!high.contains("value=\"Minid-") && !high.contains(SUBSTANTIAL), "only what reaches the level is offered");
    let open = Visit { open_clients: true, ..visit.clone() };
    assert!(text(ask(&open, &request("offentlig", &[])).await).await.contains("data-testid=\"open\""));
}

#[tokio::test]
async fn searching_and_another_language_keep_the_login_open() {
    let visit = visit(&klienter());
    let page = text(ask(&visit, &request("offentlig", &[])).await).await;
    let id = field(&page, "innlogging");
    let found = text(login::show(&desk(&visit), format!("innlogging={id}&sok=ola").as_bytes()).await).await;
    assert!(found.contains("Ola Fjord") && found.contains("data-testid=\"hit\""));
    let none = text(login::show(&desk(&visit), format!("innlogging={id}&sok=zzz").as_bytes()).await).await;
    assert!(none.contains("data-testid=\"no-hits\""));
    let response = login::show(&desk(&visit), format!("innlogging={id}&lang=nn").as_bytes()).await;
    assert!(response.headers()[header::SET_COOKIE].to_str().unwrap().starts_with("IDPORTEN_SELECTED_LANGUAGE=nn;"));
    assert!(text(response).await.contains("<html lang=\"nn\">"));
    let response = choose(&visit, &format!("innlogging={id}&velg={}", pid(&visit, OLA)), None).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(login::show(&desk(&visit), b"innlogging=nothing").await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_choice_leads_back_once_with_code_state_and_issuer() {
    let visit = visit(&klienter());
    let id = field(&text(ask(&visit, &request("offentlig", &[])).await).await, "innlogging");
    let form = format!("innlogging={id}&pid={}&action=login", pid(&visit, KARI));
    let response = choose(&visit, &form, None).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let location = response.headers()[header::LOCATION].to_str().unwrap().to_owned();
    let params = Params::parse(location.strip_prefix(&format!("{CB}?")).unwrap().as_bytes()).unwrap();
    assert!(params.get("code").is_some());
    assert_eq!((params.get("state"), params.get("iss")), (Some("s t"), Some(super::ISSUER)));
    assert_eq!(choose(&visit, &form, None).await.status(), StatusCode::BAD_REQUEST, "the form posted twice");
    let id = field(&text(ask(&visit, &request("offentlig", &[])).await).await, "innlogging");
    let form = format!("innlogging={id}&pid={}&action=login", pid(&visit, KARI));
    assert_eq!(choose(&later(&visit, 1800), &form, None).await.status(), StatusCode::BAD_REQUEST, "stale");
    assert_eq!(choose(&later(&visit, 1799), &form, None).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn cancelling_goes_back_with_access_denied() {
    let visit = visit(&klienter());
    let id = field(&text(ask(&visit, &request("offentlig", &[])).await).await, "innlogging");
    let response = choose(&visit, &format!("innlogging={id}&pid=&action=cancel"), None).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let location = response.headers()[header::LOCATION].to_str().unwrap();
    assert!(location.contains("error=access_denied") && location.contains("state=s%20t"), "{location}");
}

#[tokio::test]
async fn who_cannot_log_in_is_told_so_on_the_page() {
    let visit = visit(&klienter());
    let id = field(&text(ask(&visit, &request("offentlig", &[("acr_values", HIGH)])).await).await, "innlogging");
    let (doed, barn, kari) = (pid(&visit, DOED), pid(&visit, BARN), pid(&visit, KARI));
    for (fields, words) in [
        (format!("pid={doed}"), "registrert død og kan ikke"),
        (format!("pid={barn}"), "under 13"),
        ("pid=12345678901".into(), "ingen med dette nummeret"),
        ("pid=".into(), "Velg en innbygger"),
        (format!("pid={kari}&acr={SUBSTANTIAL}"), "når ikke nivået"),
        (format!("pid={kari}&amr=MinID"), "når ikke nivået"),
        (format!("pid={kari}&amr=Minid-APP"), "når ikke nivået"),
        (format!("pid={kari}&amr=bankid"), "når ikke nivået"),
        (format!("pid={}&amr=BankID", pid(&visit, TENAARING)), "har ikke BankID"),
        (format!("pid={kari}&acr=x"), "når ikke nivået"),
    ] {
        let response = choose(&visit, &format!("innlogging={id}&{fields}&action=login"), None).await;
        assert_eq!(response.status(), StatusCode::OK);
        let page = text(response).await;
        assert!(page.contains(words) && page.contains("role=\"alert\""), "{fields}: {page}");
    }
    assert_eq!(choose(&visit, &format!("innlogging={id}&pid={kari}"), None).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_answers_for_other_clients_and_steps_up_when_it_must() {
    let visit = visit(&klienter());
    let cookie = log_in(&visit, "offentlig", KARI, SUBSTANTIAL, None).await;
    let ask = async |visit: &Visit, client: &str, changes: &[(&str, &str)]| {
        let response = ask_with(visit, &request(client, changes), &with_cookie(&cookie)).await;
        match response.status() {
            StatusCode::FOUND => redirected(&response, CB).get("error").unwrap_or("code").to_owned(),
            StatusCode::OK => "login".to_owned(),
            other => other.as_str().to_owned(),
        }
    };
    assert_eq!(ask(&visit, "app", &[]).await, "code");
    assert_eq!(ask(&visit, "app", &[("prompt", "none")]).await, "code");
    assert_eq!(ask(&visit, "app", &[("prompt", "login")]).await, "login");
    assert_eq!(ask(&visit, "app", &[("prompt", "consent")]).await, "login", "a page that asks");
    assert_eq!(ask(&visit, "app", &[("max_age", "0")]).await, "login");
    assert_eq!(ask(&visit, "app", &[("max_age", "1")]).await, "code");
    assert_eq!(ask(&visit, "app", &[("acr_values", HIGH)]).await, "login");
    assert_eq!(ask(&visit, "app", &[("acr_values", HIGH), ("prompt", "none")]).await, "login_required");
    assert_eq!(ask(&visit, "alene", &[]).await, "login", "an isolated client authenticates itself");
    assert_eq!(ask(&later(&visit, 60), "app", &[("max_age", "60")]).await, "code");
    assert_eq!(ask(&later(&visit, 61), "app", &[("max_age", "60")]).await, "login");
    assert_eq!(ask(&later(&visit, 30 * 60 + 61), "app", &[]).await, "login", "rested too long");
    assert_eq!(ask(&world_later(&visit, 30 * 60), "app", &[]).await, "login", "the world's clock counts too");
    let fork = Visit { state: crate::access::Access::new().of_world(2, crate::base::Seed(7)), ..visit.clone() };
    assert_eq!(ask(&fork, "app", &[]).await, "login", "a fork begins without sessions");
}

/// Row 20: who has no number in force any more.
#[tokio::test]
async fn a_withdrawn_number_logs_nobody_in() {
    let mut base = crate::access::fixture::base();
    base.personer.status[OLA] = crate::town::model::Personstatus::Opphoert;
    let visit = crate::access::fixture::visit_in(base, &klienter());
    let response = ask(&visit, &request("offentlig", &[("login_hint", &hint(&pid(&visit, OLA)))])).await;
    assert!(super::hinted(&response).contains("withdrawn"), "{}", super::hinted(&response));
    assert_eq!(redirected(&response, CB).get("error"), Some("access_denied"));
    let id = field(&text(ask(&visit, &request("offentlig", &[])).await).await, "innlogging");
    let response = choose(&visit, &format!("innlogging={id}&pid={}&action=login", pid(&visit, OLA)), None).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(text(response).await.contains("role=\"alert\""));
    let response = choose(&visit, &format!("innlogging={id}&pid={}", pid(&visit, KARI)), None).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER, "the page waits for somebody else");
}

#[tokio::test]
async fn a_session_is_no_use_to_somebody_who_has_died_since() {
    let visit = visit(&klienter());
    let cookie = log_in(&visit, "offentlig", KARI, HIGH, None).await;
    let answer = async |visit: &Visit, prompt: &str| {
        ask_with(visit, &request("app", &[("prompt", prompt)]), &with_cookie(&cookie)).await
    };
    assert!(redirected(&answer(&visit, "none").await, CB).get("code").is_some());
    let person = visit.town.key_of(crate::town::model::PersonId::at(KARI));
    let death = Command::Folk(FolkCommand::Doedsfall { person });
    let after = crate::access::fixture::after(&visit, &death);
    assert_eq!(redirected(&answer(&after, "none").await, CB).get("error"), Some("login_required"));
    assert_eq!(answer(&after, "").await.status(), StatusCode::OK, "the login page");
}

#[tokio::test]
async fn a_session_at_high_serves_substantial_and_says_high() {
    let visit = visit(&klienter());
    let cookie = log_in(&visit, "offentlig", KARI, HIGH, None).await;
    let later = later(&visit, 100);
    let response = ask_with(&later, &request("app", &[("acr_values", SUBSTANTIAL)]), &with_cookie(&cookie)).await;
    let code = redirected(&response, CB).get("code").unwrap().to_owned();
    let answer = body(token(&later, &super::basic("app", "hemmelig"), &exchange(&code, &[])).await).await;
    let jws = crate::keys::Jws::parse(answer["id_token"].as_str().unwrap()).unwrap();
    assert_eq!(jws.claims["acr"], HIGH);
    assert_eq!(jws.seconds("iat").unwrap() - jws.seconds("auth_time").unwrap(), 100, "single sign-on shows");
}

#[tokio::test]
async fn headless_log_in_leaves_no_session() {
    let visit = visit(&klienter());
    let response = ask(&visit, &request("offentlig", &[("login_hint", &hint(&pid(&visit, KARI)))])).await;
    let cleared = response.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(cleared.starts_with("byteby_2983_main_idporten=; ") && cleared.contains("Max-Age=0"), "{cleared}");
}

fn leave(visit: &Visit, query: &str, cookie: Option<&str>) -> Response {
    let headers = cookie.map(with_cookie).unwrap_or_default();
    logout::answer(&desk(visit), "/idporten/logout", &headers, query.as_bytes(), &mut Note::default()).0
}

#[tokio::test]
async fn log_out_ends_the_session_and_the_tokens_that_were_for_it_only() {
    let visit = visit(&klienter());
    let cookie = log_in(&visit, "offentlig", KARI, HIGH, None).await;
    let fetch = async |scope: &str| {
        let response = ask_with(&visit, &request("app", &[("scope", scope)]), &with_cookie(&cookie)).await;
        let code = redirected(&response, CB).get("code").unwrap().to_owned();
        body(token(&visit, &super::basic("app", "hemmelig"), &exchange(&code, &[])).await).await
    };
    let (login_only, with_api) = (fetch("openid profile").await, fetch("openid a:b").await);
    let works = |answer: &serde_json::Value| {
        let text = format!("Bearer {}", answer["access_token"].as_str().unwrap());
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_str(&text).unwrap())]);
        userinfo::userinfo(&desk(&visit), "GET", &headers, &mut Note::default()).status() == StatusCode::OK
    };
    assert!(works(&login_only) && works(&with_api));
    let id_token = login_only["id_token"].as_str().unwrap();
    let to = crate::access::escape("https://app.example/ute");
    let query = format!("id_token_hint={id_token}&post_logout_redirect_uri={to}&state=x%20y");
    // One letter in the middle of the signature.
    let (signed, signature) = id_token.rsplit_once('.').unwrap();
    let letter = if signature.as_bytes()[100] == b'x' { 'y' } else { 'x' };
    let forged = format!("id_token_hint={signed}.{}{letter}{}", &signature[..100], &signature[101..]);
    assert_eq!(leave(&visit, &forged, Some(&cookie)).status(), StatusCode::BAD_REQUEST, "a forged hint");
    assert_eq!(leave(&visit, &query, None).status(), StatusCode::BAD_REQUEST, "no session");
    assert_eq!(leave(&visit, &format!("{query}%0a"), Some(&cookie)).status(), StatusCode::BAD_REQUEST, "bad state");
    // An expired hint will do.
    let response = leave(&later(&visit, 600), &query, Some(&cookie));
    assert_eq!(response.status(), StatusCode::FOUND);
    assert_eq!(response.headers()[header::LOCATION], "https://app.example/ute?state=x%20y");
    assert!(!works(&login_only) && works(&with_api));
    assert_eq!(leave(&visit, &query, Some(&cookie)).status(), StatusCode::BAD_REQUEST, "already over");
}

#[tokio::test]
async fn log_out_without_a_registered_address_stays() {
    let visit = visit(&klienter());
    for query in [
        "",
        "client_id=app&post_logout_redirect_uri=https://app.example/annet",
        "post_logout_redirect_uri=https://app.example/ute",
    ] {
        let cookie = log_in(&visit, "offentlig", KARI, HIGH, None).await;
        let response = leave(&visit, query, Some(&cookie));
        assert_eq!(response.status(), StatusCode::OK, "{query}");
        assert!(text(response).await.contains("Du er logget ut"));
    }
    let cookie = log_in(&visit, "offentlig", KARI, HIGH, None).await;
    let response = leave(&visit, "client_id=app&post_logout_redirect_uri=https://app.example/ute", Some(&cookie));
    assert_eq!(response.headers()[header::LOCATION], "https://app.example/ute");
}

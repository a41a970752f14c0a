//! The pages on the way, from the login page to the code.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

use super::super::tests::{CB, basic, exchange, form_header, request};
use super::super::{Desk, authorize, login, token};
use super::tests::{ansattporten, details, idporten, pid, town};
use crate::access::Params;
use crate::access::Visit;
use crate::access::fixture::{body, text};
use crate::access::fixture_roller::{BYGG, BYGG_AVD, ENK, orgnr};
use crate::keys::Jws;
use crate::observe::Note;
use crate::town::model::PersonId;
use crate::town::model::tests_town::rolle::{ASTRID, KARI, OLA, PIOTR};

const RESOURCE: &str = "ansattporten:altinn:resource";

async fn ask(desk: &Desk, client: &str, changes: &[(&str, &str)], headers: &HeaderMap) -> Response {
    let path = format!("{}/authorize", desk.provider.mount);
    let query = request(client, changes);
    authorize::answer(desk, &path, headers, query.as_bytes(), false, &mut Note::default()).await
}

async fn post(desk: &Desk, form: &str) -> Response {
    login::choose(desk, &form_header(), form.as_bytes(), &mut Note::default()).await
}

fn field(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    page.split(&start).nth(1).unwrap_or_else(|| panic!("no {name} in {page}")).split('"').next().unwrap().to_owned()
}

/// The numbers a page offers.
fn offered(page: &str) -> Vec<String> {
    let parts = page.split("name=\"representerer\" value=\"").skip(1);
    parts.map(|part| part.split('"').next().unwrap().to_owned()).collect()
}

fn returned(response: &Response) -> Params {
    let location = response.headers()[header::LOCATION].to_str().unwrap();
    Params::parse(location.strip_prefix(&format!("{CB}?")).unwrap().as_bytes()).unwrap()
}

/// Logs `person` in on the page: the page that follows, and the cookie of the session.
async fn log_in(desk: &Desk, client: &str, person: &str, acr: &str, changes: &[(&str, &str)]) -> (String, HeaderMap) {
    let page = text(ask(desk, client, changes, &HeaderMap::new()).await).await;
    let form = format!("innlogging={}&pid={person}&acr={acr}&amr=TestID&action=login", field(&page, "innlogging"));
    let response = post(desk, &form).await;
    assert_eq!(response.status(), StatusCode::OK, "a page follows");
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    (text(response).await, HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())]))
}

/// `authorization_details` of the ID token for the code of `response`.
async fn represented(desk: &Desk, client: &str, response: &Response) -> Value {
    let code = returned(response).get("code").expect("a code").to_owned();
    let form = exchange(&code, &[]);
    let answer = token::answer(desk, &basic(client, "hemmelig"), form.as_bytes(), &mut Note::default()).await;
    let answer = body(answer).await;
    Jws::parse(answer["id_token"].as_str().unwrap()).unwrap().claims["authorization_details"].clone()
}

fn number(visit: &Visit, person: PersonId) -> String {
    pid(visit, person)
}

#[tokio::test]
async fn the_organisation_is_chosen_after_the_log_in_and_again_for_the_same_client() {
    let visit = town();
    let desk = ansattporten(&visit);
    let wanted = details(RESOURCE, &["a"], &json!({}));
    let asked = [("authorization_details", wanted.as_str())];
    let (page, cookie) = log_in(&desk, "fagsystem", &number(&visit, KARI), "high", &asked).await;
    assert_eq!(offered(&page), [ENK, BYGG, BYGG_AVD].map(|unit| orgnr(unit).to_string()));
    assert!(
        page.contains("<html lang=\"nb\"") && page.contains("type=\"radio\"") && page.contains("<fieldset"),
        "{page}"
    );
    assert!(page.contains("ADA NORDÅS") && page.contains("class=\"sub\"") && !page.contains("<script"), "{page}");
    let id = field(&page, "innlogging");
    let form = format!("innlogging={id}&steg=representasjon&action=velg&representerer={}", orgnr(BYGG));
    // The form of the login page is stale now, and so is one of a page to come.
    for stale in [
        format!("innlogging={id}&pid={}&action=login", number(&visit, KARI)),
        form.replace("representasjon", "samtykke"),
    ] {
        assert_eq!(post(&desk, &stale).await.status(), StatusCode::BAD_REQUEST, "{stale}");
    }
    // Nothing chosen, and something else than was offered: the page again, with what is wrong.
    for (bad, words) in [
        (format!("innlogging={id}&steg=representasjon&action=velg"), "Velg hvem du vil representere."),
        (form.replace(&orgnr(BYGG).to_string(), "310000019"), "gjelder ikke lenger"),
    ] {
        let again = post(&desk, &bad).await;
        assert_eq!(again.status(), StatusCode::OK);
        let again = text(again).await;
        assert!(again.contains(words) && again.contains("role=\"alert\""), "{again}");
    }
    let response = post(&desk, &form).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(returned(&response).get("state"), Some("s t"));
    assert_eq!(represented(&desk, "fagsystem", &response).await[0]["authorized_parties"][0]["name"], "FJORD BYGG AS");
    assert_eq!(post(&desk, &form).await.status(), StatusCode::BAD_REQUEST, "the form posted twice");

    // The same client again: no login page, and the picker once more.
    let again = text(ask(&desk, "fagsystem", &asked, &cookie).await).await;
    assert_eq!(offered(&again).len(), 3);
    let form = format!("innlogging={}&steg=representasjon&action=ingen", field(&again, "innlogging"));
    let response = post(&desk, &form).await;
    assert_eq!(represented(&desk, "fagsystem", &response).await, json!([{ "type": RESOURCE }]));
    // Where nobody may be asked.
    let silent = [asked[0], ("prompt", "none")];
    assert_eq!(returned(&ask(&desk, "fagsystem", &silent, &cookie).await).get("error"), Some("interaction_required"));
    // Another client has to log in first.
    assert_eq!(returned(&ask(&desk, "sjef", &silent, &cookie).await).get("error"), Some("login_required"));
}

#[tokio::test]
async fn who_can_represent_nobody_sees_no_picker() {
    let visit = town();
    let desk = ansattporten(&visit);
    for (more, error) in [(json!({}), None), (json!({ "representation_is_required": true }), Some("access_denied"))] {
        let wanted = details(RESOURCE, &["a"], &more);
        let page = text(ask(&desk, "fagsystem", &[("authorization_details", &wanted)], &HeaderMap::new()).await).await;
        let id = field(&page, "innlogging");
        let form = format!("innlogging={id}&pid={}&acr=high&amr=TestID&action=login", number(&visit, PIOTR));
        let response = post(&desk, &form).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(returned(&response).get("error"), error);
    }
    // Where somebody must be represented the page has no way around it; cancelling goes back to the app.
    let wanted = details(RESOURCE, &["a"], &json!({ "representation_is_required": true }));
    let (page, _) =
        log_in(&desk, "fagsystem", &number(&visit, KARI), "high", &[("authorization_details", &wanted)]).await;
    assert!(!page.contains("value=\"ingen\""), "{page}");
    let form = format!("innlogging={}&steg=representasjon&action=cancel", field(&page, "innlogging"));
    assert_eq!(returned(&post(&desk, &form).await).get("error"), Some("access_denied"));
}

#[tokio::test]
async fn a_guardian_chooses_the_ward_on_a_page() {
    let visit = town();
    let desk = idporten(&visit);
    let wanted = r#"[{"type":"idporten:fullmakt","permission_roles":["arbeid"]}]"#;
    let asked = [("authorization_details", wanted), ("ui_locales", "en")];
    let high = "idporten-loa-high";
    let (page, cookie) = log_in(&desk, "innbygger", &number(&visit, KARI), high, &asked).await;
    let numbers = offered(&page);
    assert_eq!(
        (numbers.len(), numbers[0].as_str()),
        (5, number(&visit, KARI).as_str()),
        "herself, three children, a ward"
    );
    assert!(page.contains("<html lang=\"en\"") && page.contains("Guardianship") && page.contains("parental"), "{page}");
    let form = format!(
        "innlogging={}&steg=representasjon&action=velg&representerer={}",
        field(&page, "innlogging"),
        number(&visit, ASTRID)
    );
    let response = post(&desk, &form).await;
    let found = represented(&desk, "innbygger", &response).await;
    assert_eq!(found[0]["authorizer"]["name"], "ASTRID ØYE");
    // The session is as it was, and the next request asks again.
    let again = ask(&desk, "innbygger", &asked, &cookie).await;
    assert_eq!(offered(&text(again).await), numbers);
    let without = ask(&desk, "innbygger", &[], &cookie).await;
    assert!(returned(&without).get("code").is_some(), "a request that does not ask for it does not ask her");
    // Nobody to act for: a page, and nothing goes back.
    let page = text(ask(&desk, "innbygger", &asked, &HeaderMap::new()).await).await;
    let form =
        format!("innlogging={}&pid={}&acr={high}&action=login", field(&page, "innlogging"), number(&visit, ASTRID));
    let response = post(&desk, &form).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(text(response).await.contains("nobody you can act for"));
}

#[tokio::test]
async fn an_employee_logs_in_with_an_account_at_work() {
    let visit = town();
    let desk = ansattporten(&visit);
    let only = [("acr_values", "entraid")];
    let page = text(ask(&desk, "fagsystem", &only, &HeaderMap::new()).await).await;
    assert!(page.contains("ola.nordas@nordvik-kommune.example") && page.contains("value=\"arbeid\""), "{page}");
    assert!(!page.contains("step-norsk"), "nothing else would do");
    let id = field(&page, "innlogging");
    let kari = post(&desk, &format!("innlogging={id}&steg=arbeid&velg={}", number(&visit, KARI))).await;
    assert!(text(kari).await.contains("har ingen jobb"));
    let response = post(&desk, &format!("innlogging={id}&steg=arbeid&velg={}", number(&visit, OLA))).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    // Beside the others it is a page of its own.
    let both = [("acr_values", "high entraid")];
    let page = text(ask(&desk, "fagsystem", &both, &HeaderMap::new()).await).await;
    assert!(page.contains("step-arbeid"), "{page}");
    let query = format!("innlogging={}&steg=arbeid&sok=ola", field(&page, "innlogging"));
    let found = text(login::show(&desk, query.as_bytes()).await).await;
    assert!(found.contains("ola.nordas@") && found.contains("step-norsk"), "{found}");
    // Where it was not asked for it does not do.
    let page = text(ask(&desk, "fagsystem", &[], &HeaderMap::new()).await).await;
    let form = format!("innlogging={}&steg=arbeid&velg={}", field(&page, "innlogging"), number(&visit, OLA));
    assert!(text(post(&desk, &form).await).await.contains("når ikke nivået"));
}

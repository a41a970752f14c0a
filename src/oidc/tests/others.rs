//! Consent, who logs in without a Norwegian number, and log-ins that fail on purpose.

use axum::http::{StatusCode, header};
use axum::response::Response;
use serde_json::Value;

use super::super::login;
use super::login::{choose, field, log_in, with_cookie};
use super::{CB, ask, ask_with, desk, exchange, klienter, redirected, request, token};
use crate::access::fixture::{KARI, OLA, body, later, pid, text, visit};
use crate::access::{Params, Visit};
use crate::keys::Jws;
use crate::town::decide::EidCommand;
use crate::town::state::Scope;
use crate::town::{Cause, Command, apply, decide};

/// Where a form leads back to.
fn back(response: &Response) -> Params {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let location = response.headers()[header::LOCATION].to_str().unwrap();
    Params::parse(location.strip_prefix(&format!("{CB}?")).unwrap_or_else(|| panic!("{location}")).as_bytes()).unwrap()
}

async fn id_token(visit: &Visit, client: &str, code: &str) -> Value {
    let answer = body(token(visit, &super::basic(client, "hemmelig"), &exchange(code, &[])).await).await;
    let jws = Jws::parse(answer["id_token"].as_str().unwrap_or_else(|| panic!("{answer}"))).unwrap();
    let mut claims = Value::Object(jws.claims.clone().into_iter().collect());
    claims["scope"] = answer["scope"].clone();
    claims
}

/// The town with the scope `a:b` whose owner demands consent, or a fresh log-in.
fn demanding(consent: bool, authentication: bool) -> Visit {
    let mut visit = visit(&klienter());
    let mut town = (*visit.town).clone();
    let owner = crate::access::fixture::orgnr();
    let scope = Scope {
        beskrivelse: "Lese alt".into(),
        krever_samtykke: consent,
        krever_autentisering: authentication,
        ..Scope::new("a:b", owner)
    };
    let command = Command::Eid(EidCommand::Scope(Box::new(scope)));
    for event in decide(&town, &command, &Cause::of("test", &[])).unwrap() {
        apply(&mut town, &event);
    }
    visit.town = town.into();
    visit
}

#[tokio::test]
async fn a_scope_whose_owner_demands_it_is_consented_to_or_left_out() {
    let visit = demanding(true, false);
    let cookie = log_in(&visit, "offentlig", KARI, "idporten-loa-high", None).await;
    let headers = with_cookie(&cookie);
    let both = request("app", &[("scope", "openid a:b")]);
    let silent = request("app", &[("scope", "openid a:b"), ("prompt", "none")]);
    let answer = ask_with(&visit, &silent, &headers).await;
    assert_eq!(redirected(&answer, CB).get("error"), Some("consent_required"));
    let none = request("app", &[("scope", "openid"), ("prompt", "none")]);
    assert!(redirected(&ask_with(&visit, &none, &headers).await, CB).get("code").is_some(), "nothing to consent to");

    let page = text(ask_with(&visit, &both, &headers).await).await;
    assert!(
        page.contains("id=\"byteby-consent\"") && page.contains("Lese alt") && page.contains("Kari Fjord"),
        "{page}"
    );
    assert!(!page.contains("value=\"openid\""), "what nobody demands is not asked about");
    let id = field(&page, "innlogging");
    let form = |answer: &str| format!("innlogging={id}&steg=samtykke&{answer}");
    let first = format!("innlogging={id}&pid={}&action=login", pid(&visit, OLA));
    assert_eq!(choose(&visit, &first, None).await.status(), StatusCode::BAD_REQUEST, "a form of the page before");
    let response = choose(&visit, &form("action=avslaa&scope=a:b"), None).await;
    assert_eq!(id_token(&visit, "app", back(&response).get("code").unwrap()).await["scope"], "openid");
    assert_eq!(choose(&visit, &form("action=samtykk"), None).await.status(), StatusCode::BAD_REQUEST, "answered");

    let id = field(&text(ask_with(&visit, &both, &headers).await).await, "innlogging");
    let response = choose(&visit, &format!("innlogging={id}&steg=samtykke&action=samtykk&scope=a%3Ab"), None).await;
    assert_eq!(id_token(&visit, "app", back(&response).get("code").unwrap()).await["scope"], "openid a:b");
    assert!(redirected(&ask_with(&visit, &silent, &headers).await, CB).get("code").is_some(), "it is remembered");
    let other = log_in(&visit, "offentlig", OLA, "idporten-loa-high", None).await;
    let answer = ask_with(&visit, &silent, &with_cookie(&other)).await;
    assert_eq!(redirected(&answer, CB).get("error"), Some("consent_required"), "in this session only");

    let alone = request("app", &[("scope", "a:b")]);
    let id = field(&text(ask_with(&visit, &alone, &with_cookie(&other)).await).await, "innlogging");
    let response = choose(&visit, &format!("innlogging={id}&steg=samtykke&action=samtykk"), None).await;
    assert_eq!(back(&response).get("error"), Some("access_denied"), "nothing is left");
    let hint = super::hint(&pid(&visit, KARI));
    let response = ask(&visit, &request("app", &[("scope", "openid a:b"), ("login_hint", &hint)])).await;
    let code = redirected(&response, CB).get("code").unwrap().to_owned();
    assert_eq!(id_token(&visit, "app", &code).await["scope"], "openid a:b", "headless log-ins consent to all");
}

#[tokio::test]
async fn an_app_may_have_its_user_asked() {
    let visit = visit(&klienter());
    let cookie = log_in(&visit, "offentlig", KARI, "idporten-loa-high", None).await;
    for (answer, outcome) in [("samtykk", "code"), ("avslaa", "error")] {
        let page = text(ask_with(&visit, &request("app", &[("prompt", "consent")]), &with_cookie(&cookie)).await).await;
        assert!(page.contains("value=\"openid\" checked disabled") && page.contains("Vite hvem du er"), "{page}");
        let id = field(&page, "innlogging");
        let response = choose(&visit, &format!("innlogging={id}&steg=samtykke&action={answer}"), None).await;
        assert!(back(&response).get(outcome).is_some(), "{answer}");
    }
    let page = text(ask(&visit, &request("app", &[("prompt", "consent login")])).await).await;
    let id = field(&page, "innlogging");
    let page =
        text(choose(&visit, &format!("innlogging={id}&pid={}&action=login", pid(&visit, OLA)), None).await).await;
    assert!(page.contains("id=\"byteby-consent\"") && page.contains("Ola Fjord"), "first the log-in, then the consent");
    let nynorsk = text(login::show(&desk(&visit), format!("innlogging={id}&lang=nn").as_bytes()).await).await;
    assert!(nynorsk.contains("id=\"byteby-consent\"") && nynorsk.contains("<html lang=\"nn\">"));
}

#[tokio::test]
async fn a_scope_may_demand_a_fresh_log_in() {
    let visit = demanding(false, true);
    let cookie = log_in(&visit, "offentlig", KARI, "idporten-loa-high", None).await;
    let headers = with_cookie(&cookie);
    for (scope, status) in [("openid", StatusCode::FOUND), ("openid a:b", StatusCode::OK)] {
        assert_eq!(ask_with(&visit, &request("app", &[("scope", scope)]), &headers).await.status(), status, "{scope}");
    }
    let silent = request("app", &[("scope", "openid a:b"), ("prompt", "none")]);
    let answer = ask_with(&visit, &silent, &headers).await;
    assert_eq!(redirected(&answer, CB).get("error"), Some("login_required"));
}

#[tokio::test]
async fn europeans_come_by_country_and_leave_no_session() {
    let visit = visit(&klienter());
    let asked = request("app", &[("acr_values", "eidas-loa-substantial")]);
    let page = text(ask(&visit, &asked).await).await;
    assert!(page.contains("data-testid=\"land-DE\"") && !page.contains("name=\"pid\""), "straight to the countries");
    assert!(!page.contains("step-norsk"), "no Norwegian eID would do");
    let id = field(&page, "innlogging");
    let query = format!("innlogging={id}&steg=eidas&land=DE");
    let people = text(login::show(&desk(&visit), query.as_bytes()).await).await;
    assert!(people.contains("Tyskland") && people.matches("data-testid=\"suggestion\"").count() == 3, "{people}");
    for wrong in
        ["land=DE&velg=9", "land=NO&velg=0", "land=DE&given_name=Ana", "velg=0", "land=DE&velg=0&acr=eidas-loa-low"]
    {
        let response = choose(&visit, &format!("innlogging={id}&steg=eidas&{wrong}"), None).await;
        assert!(text(response).await.contains("role=\"alert\""), "{wrong}");
    }
    let response = choose(&visit, &format!("innlogging={id}&steg=eidas&land=DE&velg=0"), None).await;
    assert!(response.headers().get(header::SET_COOKIE).is_none(), "no single sign-on");
    let claims = id_token(&visit, "app", back(&response).get("code").unwrap()).await;
    assert_eq!((&claims["acr"], &claims["amr"][0]), (&"eidas-loa-substantial".into(), &"eIDAS".into()));
    assert!(
        claims["eidas_person_identifier"].as_str().unwrap().starts_with("DE/NO/SYNT-") && claims.get("pid").is_none()
    );
    assert!(["given_name", "family_name", "birthdate"].iter().all(|name| claims[*name].is_string()), "{claims}");

    let both = text(ask(&visit, &request("app", &[("acr_values", "eidas-loa-high idporten-loa-high")])).await).await;
    assert!(both.contains("name=\"pid\"") && both.contains("data-testid=\"step-eidas\""), "one way beside the other");
    let none = text(ask(&visit, &request("app", &[])).await).await;
    assert!(!none.contains("step-eidas") && !none.contains("step-epost"), "only what was asked for");
}

#[tokio::test]
async fn e_mail_users_are_an_address_and_nothing_else() {
    let visit = visit(&klienter());
    let asked = request("app", &[("acr_values", "selfregistered-email")]);
    let page = text(ask(&visit, &asked).await).await;
    assert!(page.contains("name=\"email\"") && !page.contains("name=\"pid\""), "straight to the address");
    let id = field(&page, "innlogging");
    for wrong in ["", "kari", "kari@gmail.com", "@a.example", "a b@c.example", "a@b@c.example", "kari@example.no"] {
        let response = choose(&visit, &format!("innlogging={id}&steg=epost&email={wrong}"), None).await;
        assert!(text(response).await.contains("role=\"alert\""), "{wrong}");
    }
    let sneaky = format!("innlogging={id}&pid={}", pid(&visit, KARI));
    let response = choose(&visit, &sneaky, None).await;
    assert!(text(response).await.contains("når ikke nivået"), "a citizen has no such level");
    let response = choose(&visit, &format!("innlogging={id}&steg=epost&email=Kari%40Innbygger.example"), None).await;
    let claims = id_token(&visit, "app", back(&response).get("code").unwrap()).await;
    assert_eq!((claims["email"].as_str(), claims.get("pid")), (Some("kari@innbygger.example"), None));
    assert_eq!(
        (claims["acr"].as_str(), claims["amr"][0].as_str()),
        (Some("selfregistered-email"), Some("Selfregistered-email"))
    );
    let id = field(&text(ask(&visit, &request("app", &[])).await).await, "innlogging");
    let response = choose(&visit, &format!("innlogging={id}&steg=epost&email=a%40b.example"), None).await;
    assert!(text(response).await.contains("når ikke nivået"), "nobody asked for that");
}

#[tokio::test]
async fn a_log_in_fails_as_it_is_told_to() {
    let visit = visit(&klienter());
    for (how, error) in [
        ("access_denied", Some("access_denied")),
        ("server_error", Some("server_error")),
        ("temporarily_unavailable", Some("temporarily_unavailable")),
        ("invented", Some("access_denied")),
        ("wrong_state", None),
        ("wrong_iss", None),
        ("unknown_code", None),
    ] {
        let id = field(&text(ask(&visit, &request("app", &[])).await).await, "innlogging");
        let response = choose(&visit, &format!("innlogging={id}&action=fail&error={how}"), None).await;
        assert!(response.headers().contains_key("byteby-hint"));
        let params = back(&response);
        assert_eq!(params.get("error"), error, "{how}");
        assert_eq!(params.get("state") == Some("s t"), how != "wrong_state", "{how}");
        assert_eq!(params.get("iss") == Some(super::ISSUER), how != "wrong_iss", "{how}");
        if let Some(code) = params.get("code") {
            let answer = body(token(&visit, &super::basic("app", "hemmelig"), &exchange(code, &[])).await).await;
            assert_eq!(answer["error"], "invalid_grant");
        }
        let form = format!("innlogging={id}&pid={}", pid(&visit, KARI));
        assert_eq!(choose(&visit, &form, None).await.status(), StatusCode::BAD_REQUEST, "the page is over");
    }
}

#[tokio::test]
async fn every_way_of_logging_in_stands_in_the_token_with_its_level() {
    let visit = visit(&klienter());
    let high = visit.town.person(crate::town::model::PersonId::at(KARI)).eider();
    assert!(high.bankid, "the draw of this seed");
    for method in super::super::levels::METHODS {
        let id = field(&text(ask(&visit, &request("app", &[])).await).await, "innlogging");
        let form = format!("innlogging={id}&pid={}&amr={}", pid(&visit, KARI), crate::access::escape(method.amr));
        let response = choose(&visit, &form, None).await;
        if !method.is_among(high) {
            assert!(text(response).await.contains("har ikke"), "{}", method.amr);
            continue;
        }
        let claims = id_token(&visit, "app", back(&response).get("code").unwrap()).await;
        assert_eq!(claims["amr"], serde_json::json!([method.amr]));
        assert_eq!(claims["acr"], "idporten-loa-substantial", "the lowest that will do");
        assert_eq!(claims.get("given_name").is_some(), method.name != "MinID" && method.name != "TestID");
    }
}

#[tokio::test]
async fn a_named_person_is_chosen_by_the_name() {
    let visit = visit(&klienter());
    let key = visit.town.key_of(crate::town::model::PersonId::at(OLA));
    assert!(visit.state.name_person("nybakt-far", key));
    let page = text(ask(&visit, &request("app", &[])).await).await;
    assert!(page.contains("data-testid=\"bookmark\"") && page.contains("nybakt-far"));
    for field_name in ["pid", "alias"] {
        let id = field(&text(ask(&visit, &request("app", &[])).await).await, "innlogging");
        let response = choose(&visit, &format!("innlogging={id}&{field_name}=nybakt-far"), None).await;
        let claims = id_token(&visit, "app", back(&response).get("code").unwrap()).await;
        assert_eq!(claims["pid"], pid(&visit, OLA));
    }
}

#[tokio::test]
async fn a_session_too_low_is_said_on_the_page() {
    let visit = visit(&klienter());
    let cookie = log_in(&visit, "offentlig", KARI, "idporten-loa-substantial", None).await;
    let high = request("app", &[("acr_values", "idporten-loa-high")]);
    let page = text(ask_with(&later(&visit, 5), &high, &with_cookie(&cookie)).await).await;
    assert!(page.contains("på et lavere nivå"), "{page}");
    let page = text(ask(&visit, &high).await).await;
    assert!(!page.contains("på et lavere nivå"), "nobody is logged in");
}

#[tokio::test]
async fn a_new_name_stands_in_the_next_log_in() {
    use crate::town::event::{Event, FolkEvent};
    use crate::town::model::{DayNo, Endring, Endringsslag, Fact, FactId, Hendelsestype, Navn, NyFact, Registrering};
    let mut visit = visit(&klienter());
    let names = async |visit: &Visit| {
        let id = field(&text(ask(visit, &request("app", &[])).await).await, "innlogging");
        let response = choose(visit, &format!("innlogging={id}&pid={}&amr=BankID", pid(visit, KARI)), None).await;
        let claims = id_token(visit, "app", back(&response).get("code").unwrap()).await;
        let name = |part: &str| claims[part].as_str().unwrap().to_owned();
        (name("given_name"), name("family_name"), claims["sub"].clone())
    };
    let before = names(&visit).await;
    let mut town = (*visit.town).clone();
    let person = town.key_of(crate::town::model::PersonId::at(KARI));
    let navn = Navn { fornavn: "Kari".into(), mellomnavn: Some("Fjord".into()), etternavn: "Berg".into() };
    let ny = NyFact {
        id: FactId::of_world(Cause::of("vigsel", &[]).origin, person, 0),
        fact: Fact::Navn { navn, midlertidig: false },
        gyldig_fra: Some(DayNo::of(town.now().dato())),
    };
    let change = Registrering {
        person,
        slag: Hendelsestype::EndringINavn,
        registrert: town.now(),
        kilde: "test".into(),
        aarsak: "Vigsel".into(),
        endringer: vec![Endring { slag: Endringsslag::RegistrereNy, ny: Some(ny), gammel: None }],
    };
    apply(&mut town, &Event::Folk(FolkEvent::Registrert(change.into())));
    visit.town = town.into();
    let after = names(&visit).await;
    assert_eq!((before.0.as_str(), before.1.as_str()), ("Kari", "Fjord"));
    assert_eq!((after.0.as_str(), after.1.as_str()), ("Kari Fjord", "Berg"), "a middle name is given");
    assert_eq!(before.2, after.2, "the same person to the app");
    let page = text(ask(&visit, &request("app", &[])).await).await;
    assert!(page.contains("data-story=\"hendelse\"") && page.contains("fikk nytt navn"), "{page}");
}

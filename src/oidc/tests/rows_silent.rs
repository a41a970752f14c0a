//! Row 12 of `specs/eid.md` §9: `prompt=none` where consent or a choice of representation is needed, and what is right
//! beside it.

use axum::http::{HeaderMap, StatusCode, header};
use serde_json::json;

use super::super::representation::tests::{ansattporten, details, idporten, pid, town};
use super::super::{Desk, authorize, login};
use super::stage::{and, with};
use super::{CB, form_header, redirected, request};
use crate::access::Visit;
use crate::access::fixture::{orgnr, text};
use crate::observe::Note;
use crate::town::decide::EidCommand;
use crate::town::model::PersonId;
use crate::town::model::tests_town::rolle::{ASTRID, KARI, PIOTR};
use crate::town::state::{Klient, Scope, Tjeneste};

const FULLMAKT: &str = r#"[{"type":"idporten:fullmakt","permission_roles":["arbeid"]}]"#;
const RESOURCE: &str = "ansattporten:altinn:resource";

/// The town of organisations and wards; its scopes `a:b` and `innsyn:les` want consent, and a client of each login service
/// may ask for one of them.
fn demanding() -> Visit {
    let mut visit = town();
    for (tjeneste, id) in
        [(Tjeneste::Idporten, "leser"), (Tjeneste::Idporten, "annen"), (Tjeneste::Ansattporten, "leser")]
    {
        let mut klient = Klient::idporten(id, id, orgnr(), &[CB]).with_secret("hemmelig");
        klient.scopes.extend(["a:b", "c:d"].map(str::to_owned));
        visit = and(&visit, Klient { tjeneste, ..klient });
    }
    for (navn, krever_samtykke) in [("a:b", true), ("c:d", false)] {
        visit = with(&visit, EidCommand::Scope(Box::new(Scope { krever_samtykke, ..Scope::new(navn, orgnr()) })));
    }
    visit
}

async fn post(desk: &Desk, form: &str) -> axum::response::Response {
    login::choose(desk, &form_header(), form.as_bytes(), &mut Note::default()).await
}

fn field(page: &str) -> String {
    let rest = page.split("name=\"innlogging\" value=\"").nth(1).unwrap_or_else(|| panic!("{page}"));
    rest.split('"').next().unwrap().to_owned()
}

async fn ask(desk: &Desk, client: &str, changes: &[(&str, &str)], headers: &HeaderMap) -> axum::response::Response {
    let path = format!("{}/authorize", desk.provider.mount);
    let query = request(client, changes);
    authorize::answer(desk, &path, headers, query.as_bytes(), false, &mut Note::default()).await
}

/// The cookie of a session of `person`, begun by `client` for nothing but the log-in.
async fn session(desk: &Desk, client: &str, person: PersonId, acr: &str) -> HeaderMap {
    let page = text(ask(desk, client, &[("scope", "openid"), ("acr_values", acr)], &HeaderMap::new()).await).await;
    let who = pid(desk, person);
    let form = format!("innlogging={}&pid={who}&acr={acr}&amr=TestID&action=login", field(&page));
    let response = post(desk, &form).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())])
}

/// What a silent request leads to: the error, or `code`.
async fn silent(desk: &Desk, client: &str, changes: &[(&str, &str)], headers: &HeaderMap) -> String {
    let all = [&[("prompt", "none")], changes].concat();
    let answer = redirected(&ask(desk, client, &all, headers).await, CB);
    assert_eq!(answer.get("state"), Some("s t"), "an error tells which request it answers");
    answer.get("error").map_or_else(|| answer.get("code").map(|_| "code".to_owned()).unwrap(), str::to_owned)
}

#[tokio::test]
async fn row_12_what_has_to_be_asked_is_not_asked_silently() {
    let visit = demanding();
    let one = details(RESOURCE, &["a"], &json!({}));
    let required = details(RESOURCE, &["a"], &json!({ "representation_is_required": true }));
    let (citizens, employees) = (idporten(&visit), ansattporten(&visit));
    let (login, consent, interaction) = ("login_required", "consent_required", "interaction_required");
    let (plain, reads, both) = ("openid", "openid c:d", "openid a:b");
    for (desk, client, person, acr, scope, details, expected) in [
        (&citizens, "leser", KARI, "idporten-loa-high", plain, "", "code"),
        (&citizens, "leser", KARI, "idporten-loa-high", reads, "", "code"),
        (&citizens, "leser", KARI, "idporten-loa-high", both, "", consent),
        (&citizens, "leser", KARI, "idporten-loa-high", "a:b", "", consent),
        (&citizens, "leser", KARI, "idporten-loa-substantial", both, "", consent),
        (&citizens, "innbygger", KARI, "idporten-loa-high", plain, "", "code"),
        (&citizens, "innbygger", KARI, "idporten-loa-high", plain, FULLMAKT, interaction),
        (&citizens, "innbygger", ASTRID, "idporten-loa-high", plain, FULLMAKT, interaction),
        (&citizens, "leser", KARI, "idporten-loa-high", both, FULLMAKT, interaction),
        (&employees, "leser", KARI, "high", reads, "", "code"),
        (&employees, "leser", KARI, "high", both, "", consent),
        (&employees, "fagsystem", KARI, "high", plain, "", "code"),
        (&employees, "fagsystem", KARI, "high", plain, one.as_str(), interaction),
        (&employees, "fagsystem", PIOTR, "high", plain, one.as_str(), "code"),
        (&employees, "fagsystem", KARI, "high", plain, required.as_str(), interaction),
        (&employees, "fagsystem", PIOTR, "high", plain, required.as_str(), "access_denied"),
        (&employees, "leser", KARI, "high", both, one.as_str(), interaction),
        (&employees, "leser", PIOTR, "high", both, one.as_str(), consent),
    ] {
        let headers = session(desk, client, person, acr).await;
        let changes = [("scope", scope), ("acr_values", acr), ("authorization_details", details)];
        let told = silent(desk, client, &changes, &headers).await;
        assert_eq!(told, expected, "row 12: {} {client} {scope} {details}", desk.provider.service);
        // Who is not logged in well enough is told so first, whatever else would be asked.
        if acr == "idporten-loa-substantial" {
            let stronger = [("scope", scope), ("acr_values", "idporten-loa-high")];
            assert_eq!(silent(desk, client, &stronger, &headers).await, login);
        }
        assert_eq!(silent(desk, client, &changes, &HeaderMap::new()).await, login);
    }
}

/// What was consented to is not asked again in the session, and nothing else is taken for it.
#[tokio::test]
async fn row_12_consent_given_in_the_session_counts_and_no_other() {
    let visit = demanding();
    let desk = idporten(&visit);
    let wanted = [("scope", "openid a:b"), ("acr_values", "idporten-loa-high")];
    let headers = session(&desk, "leser", KARI, "idporten-loa-high").await;
    for (answer, expected) in [("avslaa", "consent_required"), ("samtykk&scope=a%3Ab", "code")] {
        let page = text(ask(&desk, "leser", &wanted, &headers).await).await;
        let form = format!("innlogging={}&steg=samtykke&action={answer}", field(&page));
        assert_eq!(post(&desk, &form).await.status(), StatusCode::SEE_OTHER);
        assert_eq!(silent(&desk, "leser", &wanted, &headers).await, expected, "row 12: after {answer}");
    }
    let to_another = silent(&desk, "annen", &wanted, &headers).await;
    assert_eq!(to_another, "consent_required", "row 12: consent to one app is none to another");
    let other = session(&desk, "leser", ASTRID, "idporten-loa-high").await;
    assert_eq!(silent(&desk, "leser", &wanted, &other).await, "consent_required", "row 12: another citizen");
}

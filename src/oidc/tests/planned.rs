//! Log-ins planned ahead answer instead of the page where they fit, and wait where they do not (`specs/eid.md` §10.1).

use axum::http::{HeaderMap, StatusCode};

use super::stage::claims;
use super::{CB, ask, ask_with, basic, exchange, hinted, klienter, redirected, request, token};
use crate::access::fixture::{KARI, OLA, body, visit};
use crate::access::{PlannedLogin, PlannedOutcome, Visit};
use crate::keys::Issuer;
use crate::town::model::PersonId;

const SUBSTANTIAL: &str = "idporten-loa-substantial";
const HIGH: &str = "idporten-loa-high";

/// Plans that `person` logs in to `client`, or to any, at `acr`.
fn plan(visit: &Visit, client: Option<&str>, person: usize, acr: &str) {
    let planned = PlannedLogin {
        id: 0,
        issuer: Issuer::Idporten,
        client_id: client.map(str::to_owned),
        person: Some(visit.town.key_of(PersonId::at(person))),
        acr: Some(acr.to_owned()),
        amr: vec!["BankID".to_owned()],
        locale: Some("nn".to_owned()),
        orgnr: None,
        outcome: PlannedOutcome::Login,
        times: 1,
    };
    assert!(visit.state.plan_login(planned).is_some());
}

#[tokio::test]
async fn a_planned_level_that_is_too_low_waits_for_a_request_it_is_enough_for() {
    let visit = visit(&klienter());
    plan(&visit, None, KARI, SUBSTANTIAL);
    let high = ask(&visit, &request("app", &[("acr_values", HIGH)])).await;
    assert_eq!(high.status(), StatusCode::OK, "the login page");
    assert!(hinted(&high).contains("stays so"), "{}", hinted(&high));
    let response = ask(&visit, &request("app", &[])).await;
    let code = redirected(&response, CB).get("code").expect("it was still planned").to_owned();
    let answer = body(token(&visit, &basic("app", "hemmelig"), &exchange(&code, &[])).await).await;
    let claims = claims(&answer["id_token"]);
    assert_eq!(
        (&claims["acr"], &claims["amr"][0], &claims["locale"]),
        (&SUBSTANTIAL.into(), &"BankID".into(), &"nn".into())
    );
    assert_eq!(ask(&visit, &request("app", &[])).await.status(), StatusCode::OK, "and is used up now");
}

#[tokio::test]
async fn a_log_in_planned_for_one_client_is_not_another_s() {
    let visit = visit(&klienter());
    plan(&visit, Some("app"), KARI, HIGH);
    plan(&visit, None, OLA, HIGH);
    let who = async |client: &str| {
        let response = ask_with(&visit, &request(client, &[]), &HeaderMap::new()).await;
        if response.status() == StatusCode::OK {
            return None;
        }
        let code = redirected(&response, CB).get("code").unwrap().to_owned();
        let answer = body(token(&visit, &basic(client, "hemmelig"), &exchange(&code, &[])).await).await;
        Some(claims(&answer["id_token"])["pid"].clone())
    };
    let pid = |person| Some(crate::access::fixture::pid(&visit, person).into());
    assert_eq!(who("alene").await, pid(OLA), "the one for anybody");
    assert_eq!(who("alene").await, None, "the other is the app's");
    assert_eq!(who("app").await, pid(KARI));
}

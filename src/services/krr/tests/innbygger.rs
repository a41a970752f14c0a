//! The logged-in citizen's own entry.

use serde_json::{Value, json};

use super::{Svar, Verden, fits};
use crate::access::Visit;
use crate::keys::{Algorithm, Issuer, Jws};
use crate::town::model::tests_town::rolle;

const LES: &str = "openid profile krr:user/kontaktinformasjon.read krr:user/digitalpost.read";
const SKRIV: &str = "openid krr:user/spraak.write";

impl Verden {
    async fn own(&self, method: &str, scope: &str, accept: &str, body: &str) -> Svar {
        let bearer = format!("Bearer {}", self.own_token(rolle::KARI, scope));
        self.send(method, "/v1/person", &[("authorization", &bearer), ("accept", accept)], body).await
    }
}

#[tokio::test]
async fn the_citizen_sees_what_machines_see_without_the_wrapper() {
    let verden = Verden::new().await;
    for accept in ["application/json", "*/*", "text/html, application/json;q=0.5"] {
        let answer = verden.own("GET", LES, accept, "").await;
        assert_eq!((answer.status, &answer.headers["content-type"]), (200, &"application/json".parse().unwrap()));
        fits("krr/person", &answer.json());
        assert_eq!(answer.json(), verden.entry(rolle::KARI).await);
    }
    let narrow = verden.own("GET", "openid krr:user/digitalpost.read", "*/*", "").await.json();
    assert!(narrow.get("kontaktinformasjon").is_none() && narrow["digital_post"].is_object());
}

#[tokio::test]
async fn a_signed_answer_verifies_with_the_key_set_of_the_log_in_service() {
    let verden = Verden::new().await;
    let answer = verden.own("GET", LES, "application/jose", "").await;
    assert_eq!((answer.status, &answer.headers["content-type"]), (200, &"application/jose".parse().unwrap()));
    let jws = Jws::parse(&answer.text).unwrap();
    let key = Visit::of(&verden.inbound).token_key(Issuer::Idporten);
    assert_eq!((jws.kid(), jws.verify(key.public(), &[Algorithm::Rs256])), (Some(key.kid()), Ok(())));
    assert_eq!(Value::Object(jws.claims), verden.entry(rolle::KARI).await);
}

#[tokio::test]
async fn the_language_changes_and_nothing_else_does() {
    let verden = Verden::new().await;
    let before = verden.entry(rolle::KARI).await;
    let answer = verden.own("PATCH", SKRIV, "application/json", r#"{"spraak": "en"}"#).await;
    assert_eq!((answer.status, &answer.json()["spraak"]), (200, &json!("en")));
    fits("krr/person", &answer.json());
    let after = verden.entry(rolle::KARI).await;
    assert_eq!((&after["spraak"], &after["spraak_oppdatert"]), (&json!("en"), &json!("2027-01-04T08:00:00+01")));
    for field in ["reservasjon", "reservasjon_oppdatert", "digital_post", "status"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(after["kontaktinformasjon"]["epostadresse"], before["kontaktinformasjon"]["epostadresse"]);
}

#[tokio::test]
async fn what_is_no_good_is_refused_with_the_registers_body() {
    let verden = Verden::new().await;
    for (method, scope, accept, body, status, message) in [
        ("GET", "openid profile", "*/*", "", 403, "Forbidden"),
        ("GET", LES, "text/html", "", 406, "Not acceptable"),
        ("PATCH", LES, "*/*", r#"{"spraak": "en"}"#, 403, "Forbidden"),
        ("PATCH", SKRIV, "*/*", r#"{"spraak": "de"}"#, 400, "spraak: must be one of nb, nn, en, se"),
        ("PATCH", SKRIV, "*/*", r#"{"epost": "x@y.example"}"#, 400, "spraak: must be one of nb, nn, en, se"),
        ("DELETE", LES, "*/*", "", 405, "Method not allowed"),
    ] {
        let answer = verden.own(method, scope, accept, body).await;
        fits("krr/feil", &answer.json());
        assert_eq!((answer.status, &answer.json()["message"]), (status, &json!(message)), "{method} {scope} {accept}");
    }
    let bearer = format!("Bearer {}", verden.own_token(rolle::NORA, SKRIV));
    let child = verden.send("PATCH", "/v1/person", &[("authorization", &bearer)], r#"{"spraak": "en"}"#).await;
    assert_eq!((child.status, child.hint().split(':').next().unwrap()), (400, "krr-person"));
    let machine = format!("Bearer {}", verden.token(LES));
    let answer = verden.send("GET", "/v1/person", &[("authorization", &machine)], "").await;
    assert_eq!(answer.status, 401, "a machine is nobody");
}

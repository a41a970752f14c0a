//! Bad requests: exact status and body (`specs/folkeregister.md` §18.5, §22).

use serde_json::{Value, json};

use super::{ALT, Verden, fits};
use crate::town::model::tests_town::rolle;

const EN: &str = r#"{"personidentifikatorer": ["22909195636"]}"#;

fn body(status: u16, error: &str, message: &str) -> Value {
    json!({"status": status, "error": error, "message": message})
}

#[tokio::test]
async fn each_row_has_its_status_and_body() {
    let verden = Verden::new().await;
    let good = format!("Bearer {}", verden.token(ALT));
    let list = |count: usize| json!({"personidentifikatorer": vec!["22909195636"; count]}).to_string();
    let (size, format) = ("personidentifikatorer: size must be between 1 and 1000", "Malformed JSON request");
    let rows = [
        ("/v2/personer", Some(good.as_str()), list(0), 400, "Bad Request", size, "krr-size"),
        ("/v2/personer", Some(&good), list(1001), 400, "Bad Request", size, "krr-size"),
        ("/v1/personer", Some(&good), list(0), 400, "Bad Request", size, "krr-size"),
        ("/v1/personer", Some(&good), list(1001), 400, "Bad Request", size, "krr-size"),
        ("/v2/personer", Some(&good), "<xml/>".into(), 400, "Bad Request", format, "krr-format"),
        ("/v2/personer", Some(&good), String::new(), 400, "Bad Request", format, "krr-format"),
        ("/v2/personer", Some(&good), r#"{"fnr": "1"}"#.into(), 400, "Bad Request", format, "krr-format"),
        (
            "/v2/personer",
            Some(&good),
            r#"{"personidentifikatorer": [1]}"#.into(),
            400,
            "Bad Request",
            format,
            "krr-format",
        ),
        ("/v2/personer", None, EN.into(), 401, "Unauthorized", "Unauthorized", "send"),
        ("/v2/personer", Some("Bearer x.y.z"), EN.into(), 401, "Unauthorized", "Unauthorized", "this"),
        ("/v3/personer", Some(&good), EN.into(), 404, "Not Found", "No such resource", "route-unknown"),
    ];
    for (path, token, sent, status, error, message, hint) in rows {
        let headers: Vec<(&str, &str)> = token.map(|token| ("authorization", token)).into_iter().collect();
        let answer = verden.send("POST", path, &headers, &sent).await;
        fits("krr/feil", &answer.json());
        let shown: String = sent.chars().take(60).collect();
        assert_eq!((answer.status, answer.json()), (status, body(status, error, message)), "{path} {shown}");
        assert!(answer.hint().starts_with(hint), "{}", answer.hint());
    }
    let get = verden.send("GET", "/v2/personer", &[("authorization", &good)], "").await;
    assert_eq!((get.status, get.json()), (405, body(405, "Method Not Allowed", "Method not allowed")));
    let limit = verden.send("POST", "/v2/personer", &[("authorization", &good)], &list(1000)).await;
    assert_eq!((limit.status, limit.json()), (200, json!({"personer": []})));
}

#[tokio::test]
async fn scopes_open_look_ups_and_the_log_of_changes() {
    let verden = Verden::new().await;
    let own = "krr:global/kontaktinformasjon.read";
    let supplier = "krr:global/kontaktinfo.read krr:global/postkasse.read";
    let log = "krr:global/hentendring.read";
    let both = format!("{own} {log}");
    let changes = r#"{"fraEndringsId": 0}"#;
    for (path, scope, for_another, sent, status) in [
        ("/v2/personer", own, false, EN, 200),
        ("/v2/personer", "krr:global/digitalpost.read", false, EN, 200),
        ("/v2/personer", supplier, true, EN, 200),
        ("/v2/personer", supplier, false, EN, 403),
        ("/v2/personer", "ks:fiks", false, EN, 403),
        ("/v2/personer", log, false, EN, 403),
        ("/v2/krr/hentEndringer", both.as_str(), false, changes, 200),
        ("/v2/krr/hentEndringer", own, false, changes, 403),
        ("/v2/krr/hentEndringer", log, false, changes, 403),
        ("/v2/krr/hentEndringer", &both, false, "{}", 400),
        ("/v2/krr/hentEndringer", &both, false, r#"{"fraEndringsId": -1}"#, 400),
        ("/v2/krr/hentEndringer", &both, false, r#"{"fraEndringsId": "0"}"#, 400),
    ] {
        let bearer = format!("Bearer {}", verden.token_of(scope, for_another));
        let answer = verden.send("POST", path, &[("authorization", &bearer)], sent).await;
        assert_eq!(answer.status, status, "{path} {scope} {sent}: {}", answer.text);
        if status == 403 {
            assert_eq!(answer.json(), body(403, "Forbidden", "Forbidden"));
        }
    }
    // A supplier's scopes show the same as the consumer's own.
    let bearer = format!("Bearer {}", verden.token_of(supplier, true));
    let asked = json!({"personidentifikatorer": [verden.number(rolle::KARI)]}).to_string();
    let answer = verden.send("POST", "/v1/personer", &[("authorization", &bearer)], &asked).await;
    assert_eq!(answer.json()["personer"][0], verden.entry(rolle::KARI).await);
}

#[tokio::test]
async fn what_looks_like_a_real_number_is_unknown_and_said_so_beside_the_body() {
    let verden = Verden::new().await;
    let bearer = format!("Bearer {}", verden.token(ALT));
    // Month 12: no number of this town.
    let real =
        (0..100_000_u32).map(|tail| format!("241290{tail:05}")).find(|text| crate::base::looks_real(text)).unwrap();
    let asked = json!({"personidentifikatorer": [real]}).to_string();
    let answer = verden.send("POST", "/v2/personer", &[("authorization", &bearer)], &asked).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"personer": []})));
    assert!(answer.hint().starts_with("person-unknown-real-shaped"), "{}", answer.hint());
}

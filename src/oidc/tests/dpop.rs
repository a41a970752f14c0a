//! Proof of possession: §9 rows 33 and 35, RFC 9449.

use aws_lc_rs::signature as sig;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use super::super::userinfo;
use super::stage::{asked, claims, form, refresh, secret, told, town};
use super::{ISSUER, code, desk, exchange, form_header, token};
use crate::access::Visit;
use crate::access::fixture::{KARI, WALL, body, later, pid};
use crate::base::sha256;
use crate::keys::{client_key, encode_url};
use crate::observe::Note;

/// A key of an app.
enum Key {
    P256(Box<sig::EcdsaKeyPair>),
    Rsa,
}

impl Key {
    fn p256() -> Self {
        Self::P256(Box::new(sig::EcdsaKeyPair::generate(&sig::ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()))
    }

    fn jwk(&self) -> Value {
        match self {
            Self::P256(pair) => {
                let point = sig::KeyPair::public_key(pair.as_ref()).as_ref();
                json!({"kty": "EC", "crv": "P-256", "x": encode_url(&point[1..33]), "y": encode_url(&point[33..])})
            }
            Self::Rsa => client_key().public().to_jwk(),
        }
    }

    fn jkt(&self) -> String {
        crate::keys::parse_jwk(&self.jwk().to_string()).unwrap().thumbprint()
    }

    fn alg(&self) -> &'static str {
        match self {
            Self::P256(_) => "ES256",
            Self::Rsa => "RS256",
        }
    }

    fn sign(&self, header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
        match self {
            Self::P256(pair) => {
                let part = |map: &Map<String, Value>| encode_url(Value::Object(map.clone()).to_string().as_bytes());
                let message = format!("{}.{}", part(header), part(claims));
                let signature = pair.sign(&aws_lc_rs::rand::SystemRandom::new(), message.as_bytes()).unwrap();
                format!("{message}.{}", encode_url(signature.as_ref()))
            }
            Self::Rsa => client_key().sign_parts(&Value::Object(header.clone()), claims),
        }
    }
}

fn merged(base: Value, changes: &Value) -> Map<String, Value> {
    let Value::Object(mut map) = base else { panic!("an object") };
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            map.remove(name);
        } else {
            map.insert(name.clone(), value.clone());
        }
    }
    map
}

/// A proof for the token endpoint with changes to header and claims; `null` takes a member away.
fn proof(key: &Key, header: &Value, changes: &Value) -> String {
    let header = merged(json!({"typ": "dpop+jwt", "alg": key.alg(), "jwk": key.jwk()}), header);
    let htu = format!("{ISSUER}/token");
    key.sign(&header, &merged(json!({"jti": "1", "htm": "POST", "htu": htu, "iat": WALL}), changes))
}

/// A proof for userinfo with `token`.
fn proof_of(key: &Key, token: &str, changes: &Value) -> String {
    let ath = encode_url(&sha256(&[token.as_bytes()]).0);
    let base = json!({"htm": "GET", "htu": format!("{ISSUER}/userinfo"), "ath": ath});
    proof(key, &json!({}), &Value::Object(merged(base, changes)))
}

fn with(mut headers: HeaderMap, proof: &str) -> HeaderMap {
    headers.append("dpop", HeaderValue::from_str(proof).unwrap());
    headers
}

async fn exchanged(visit: &Visit, client: &str, headers: HeaderMap, changes: &[(&str, &str)]) -> (u16, Value) {
    let code = code(visit, client, &pid(visit, KARI), changes).await;
    let named = if client == "spa" { vec![("client_id", client)] } else { vec![] };
    told(token(visit, &headers, &exchange(&code, &named)).await).await
}

/// Row 33, with near misses on both sides of each limit.
#[tokio::test]
async fn row_33_a_proof_is_checked_claim_by_claim() {
    let (key, other) = (Key::p256(), Key::p256());
    let private = merged(key.jwk(), &json!({"d": "AQ"}));
    let rows: Vec<(Value, Value, bool)> = vec![
        (json!({}), json!({}), true),
        (json!({"typ": "JWT"}), json!({}), false),
        (json!({"typ": null}), json!({}), false),
        (json!({"alg": "none"}), json!({}), false),
        (json!({"alg": "HS256"}), json!({}), false),
        (json!({"alg": "RS256"}), json!({}), false),
        (json!({"jwk": null}), json!({}), false),
        (json!({"jwk": "x"}), json!({}), false),
        (json!({"jwk": private}), json!({}), false),
        (json!({"jwk": other.jwk()}), json!({}), false),
        (json!({}), json!({"htm": null}), false),
        (json!({}), json!({"htm": "GET"}), false),
        (json!({}), json!({"htm": "post"}), false),
        (json!({}), json!({"htu": null}), false),
        (json!({}), json!({"htu": ISSUER}), false),
        (json!({}), json!({"htu": format!("{ISSUER}/token/")}), false),
        (json!({}), json!({"htu": format!("{ISSUER}/token?x=1#y")}), true),
        (json!({}), json!({"htu": "HTTP://LOCALHOST:2983/idporten/token"}), true),
        (json!({}), json!({"htu": "http://localhost:2983/ansattporten/token"}), false),
        (json!({}), json!({"iat": null}), false),
        (json!({}), json!({"iat": WALL - 59}), true),
        (json!({}), json!({"iat": WALL - 60}), false),
        (json!({}), json!({"iat": WALL + 10}), true),
        (json!({}), json!({"iat": WALL + 11}), false),
        (json!({}), json!({"jti": null}), false),
        (json!({}), json!({"jti": ""}), false),
        (json!({}), json!({"jti": "x".repeat(512)}), true),
        (json!({}), json!({"jti": "x".repeat(513)}), false),
    ];
    for (header, changes, good) in rows {
        let visit = town();
        let headers = with(secret("fornyer"), &proof(&key, &header, &changes));
        let (status, answer) = exchanged(&visit, "fornyer", headers, &[]).await;
        if good {
            assert_eq!((status, &answer["token_type"]), (200, &json!("DPoP")), "{header} {changes} {answer}");
            assert_eq!(claims(&answer["access_token"])["cnf"], json!({"jkt": key.jkt()}));
        } else {
            assert_eq!((status, &answer["error"]), (400, &json!("invalid_dpop_proof")), "{header} {changes}");
        }
    }
    let visit = town();
    let once = proof(&key, &json!({}), &json!({}));
    assert_eq!(exchanged(&visit, "fornyer", with(secret("fornyer"), &once), &[]).await.0, 200);
    let (status, answer) = exchanged(&later(&visit, 59), "fornyer", with(secret("fornyer"), &once), &[]).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_dpop_proof")), "the same jti again");
    let same_id = proof(&other, &json!({}), &json!({}));
    assert_eq!(exchanged(&visit, "fornyer", with(secret("fornyer"), &same_id), &[]).await.0, 200, "another key's id");
    let second = proof(&key, &json!({}), &json!({"jti": "2"}));
    let two = with(with(secret("fornyer"), &second), &proof(&key, &json!({}), &json!({"jti": "3"})));
    assert_eq!(exchanged(&visit, "fornyer", two, &[]).await.1["error"], "invalid_dpop_proof", "two headers");
    for broken in ["x", "", "a.b.c"] {
        let headers = with(secret("fornyer"), broken);
        assert_eq!(exchanged(&visit, "fornyer", headers, &[]).await.1["error"], "invalid_dpop_proof", "{broken}");
    }
    let rsa = proof(&Key::Rsa, &json!({}), &json!({}));
    assert_eq!(exchanged(&visit, "fornyer", with(secret("fornyer"), &rsa), &[]).await.0, 200, "RS256 will do");
}

fn ask(visit: &Visit, scheme: &str, token: &str, proof: Option<&str>) -> (StatusCode, String) {
    let mut headers = form_header();
    headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&format!("{scheme} {token}")).unwrap());
    if let Some(proof) = proof {
        headers = with(headers, proof);
    }
    let response = userinfo::userinfo(&desk(visit), "GET", &headers, &mut Note::default());
    let challenge = response.headers().get(header::WWW_AUTHENTICATE).map(|value| value.to_str().unwrap().to_owned());
    (response.status(), challenge.unwrap_or_default())
}

/// Row 35: a bound token is good with its key only.
#[tokio::test]
async fn row_35_a_bound_token_comes_with_its_key_and_an_unbound_one_as_bearer() {
    let visit = town();
    let (key, other) = (Key::p256(), Key::p256());
    let headers = with(secret("fornyer"), &proof(&key, &json!({}), &json!({})));
    let bound = exchanged(&visit, "fornyer", headers, &[]).await.1["access_token"].as_str().unwrap().to_owned();
    let free =
        exchanged(&visit, "fornyer", secret("fornyer"), &[]).await.1["access_token"].as_str().unwrap().to_owned();
    let good = |jti: &str| proof_of(&key, &bound, &json!({"jti": jti}));
    assert_eq!(ask(&visit, "DPoP", &bound, Some(&good("a"))).0, StatusCode::OK);
    assert_eq!(ask(&visit, "dpop", &bound, Some(&good("b"))).0, StatusCode::OK);
    assert_eq!(ask(&visit, "Bearer", &free, None).0, StatusCode::OK);
    let rows = [
        ("Bearer", &bound, None),
        ("Bearer", &bound, Some(good("c"))),
        ("DPoP", &bound, None),
        ("DPoP", &bound, Some(good("a"))),
        ("DPoP", &bound, Some(proof_of(&other, &bound, &json!({"jti": "d"})))),
        ("DPoP", &bound, Some(proof_of(&key, &free, &json!({"jti": "e"})))),
        ("DPoP", &bound, Some(proof_of(&key, &bound, &json!({"jti": "f", "ath": null})))),
        ("DPoP", &bound, Some(proof_of(&key, &bound, &json!({"jti": "g", "htm": "POST"})))),
        ("DPoP", &bound, Some(proof_of(&key, &bound, &json!({"jti": "h", "htu": format!("{ISSUER}/token")})))),
        ("DPoP", &free, Some(proof_of(&key, &free, &json!({"jti": "i"})))),
    ];
    for (place, (scheme, token, proof)) in rows.iter().enumerate() {
        let (status, challenge) = ask(&visit, scheme, token, proof.as_deref());
        assert_eq!(status, StatusCode::UNAUTHORIZED, "row {place}");
        assert!(challenge.starts_with(*scheme) && challenge.contains("invalid_token"), "{place}: {challenge}");
    }
}

#[tokio::test]
async fn only_clients_that_prove_nothing_else_have_bound_refresh_tokens() {
    let visit = town();
    let (key, other) = (Key::p256(), Key::p256());
    let fresh = |key: &Key, jti: &str| proof(key, &json!({}), &json!({"jti": jti}));
    let public = exchanged(&visit, "spa", with(form_header(), &fresh(&key, "1")), &[]).await.1;
    let text = public["refresh_token"].as_str().unwrap();
    let named = [("client_id", "spa")];
    for (headers, expected) in [
        (with(form_header(), &fresh(&key, "2")), 200),
        (with(form_header(), &fresh(&other, "3")), 400),
        (form_header(), 400),
    ] {
        let (status, answer) = refresh(&visit, &headers, text, &named).await;
        assert_eq!(status, expected, "{answer}");
        assert!(status == 200 || answer["error"] == "invalid_grant");
    }
    // A confidential client may mix.
    let bound = exchanged(&visit, "fornyer", with(secret("fornyer"), &fresh(&key, "4")), &[]).await.1;
    let (_, free) = refresh(&visit, &secret("fornyer"), bound["refresh_token"].as_str().unwrap(), &[]).await;
    assert_eq!((&free["token_type"], claims(&free["access_token"]).get("cnf")), (&json!("Bearer"), None));
    let headers = with(secret("fornyer"), &fresh(&other, "5"));
    let (_, again) = refresh(&visit, &headers, free["refresh_token"].as_str().unwrap(), &[]).await;
    assert_eq!(
        (&again["token_type"], &claims(&again["access_token"])["cnf"]["jkt"]),
        (&json!("DPoP"), &json!(other.jkt()))
    );
}

#[tokio::test]
async fn a_code_may_be_bound_to_a_key_and_introspection_tells_of_it() {
    let visit = town();
    let (key, other) = (Key::p256(), Key::p256());
    let (jkt, wanted) = (key.jkt(), "openid api:les");
    let changes = [("dpop_jkt", jkt.as_str()), ("scope", wanted)];
    let code = code(&visit, "fornyer", &pid(&visit, KARI), &changes).await;
    for (headers, expected) in [
        (secret("fornyer"), 400),
        (with(secret("fornyer"), &proof(&other, &json!({}), &json!({}))), 400),
        (with(secret("fornyer"), &proof(&key, &json!({}), &json!({}))), 200),
    ] {
        let response = token(&visit, &headers, &exchange(&code, &[])).await;
        assert_eq!(response.status(), expected);
        if expected == 200 {
            let answer = body(response).await;
            let question = form(&[("token", answer["access_token"].as_str().unwrap())]);
            let (_, told) = asked(&visit, &secret("innsyn"), &question).await;
            assert_eq!((&told["token_type"], &told["cnf"]["jkt"]), (&json!("DPoP"), &json!(jkt)));
        }
    }
}

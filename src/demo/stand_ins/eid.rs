//! ID-porten and Maskinporten.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{LOGIN_CLIENT, MACHINE_CLIENT, REDIRECT, Reply, TokenFault, Town, pairs};

/// A login between the redirect back and the token request.
#[derive(Default)]
pub(super) struct Grant {
    pid: String,
    acr: String,
    nonce: Value,
    challenge: String,
}

/// A test key, its PEM and its modulus; the exponent is always 65537.
pub struct TestKey {
    pair: RsaKeyPair,
    pub pem: String,
    pub n: Vec<u8>,
}

fn make_key() -> TestKey {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()));
    // RSAPublicKey of 2048 bits: four bytes of sequence, four of integer, a zero, the modulus.
    let n = pair.public_key().as_ref()[9..265].to_vec();
    TestKey { pair, pem, n }
}

/// The key of the app's clients.
pub static APP_KEY: LazyLock<TestKey> = LazyLock::new(make_key);
/// The key the identity providers sign with.
pub static ISSUER_KEY: LazyLock<TestKey> = LazyLock::new(make_key);
/// A key nobody knows.
pub static STRANGERS_KEY: LazyLock<TestKey> = LazyLock::new(make_key);

#[allow(clippy::disallowed_methods, reason = "tokens follow the machine's clock")]
fn unix_now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// Signs claims; `alg` is only what the header says.
pub fn sign(key: &TestKey, kid: &str, alg: &str, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(&json!({ "alg": alg, "kid": kid })), encode(claims));
    let mut signature = vec![0; key.pair.public_modulus_len()];
    key.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The claims of an assertion signed with the app's key.
fn assertion(text: &str) -> Option<Value> {
    let (signed, signature) = text.rsplit_once('.')?;
    let public = RsaPublicKeyComponents { n: APP_KEY.n.clone(), e: vec![1, 0, 1] };
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    public.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).ok()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(signed.split_once('.')?.1).ok()?).ok()
}

pub(super) fn authorize(base: &str, town: &mut Town, query: &BTreeMap<String, String>) -> Option<String> {
    let (pid, acr) = query.get("login_hint")?.strip_prefix("testid:")?.split_once('_')?;
    let given = |key: &str| query.get(key).map_or("", String::as_str);
    let right = given("client_id") == LOGIN_CLIENT
        && given("redirect_uri") == REDIRECT
        && given("response_type") == "code"
        && given("scope").split(' ').any(|scope| scope == "openid")
        && given("code_challenge_method") == "S256"
        && given("code_challenge").len() == 43
        && town.people.contains_key(pid);
    if !right {
        return None;
    }
    let code = town.next("kode");
    let nonce = query.get("nonce").map_or(Value::Null, |nonce| json!(nonce));
    let challenge = query["code_challenge"].clone();
    town.grants.insert(code.clone(), Grant { pid: pid.to_owned(), acr: acr.to_owned(), nonce, challenge });
    let mut to = reqwest::Url::parse(REDIRECT).unwrap();
    to.query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("state", query.get("state").map_or("", String::as_str))
        .append_pair("iss", &format!("{base}/idporten"));
    Some(to.into())
}

pub(super) fn idporten(base: &str, town: &mut Town, path: &str, headers: &HeaderMap, body: &Bytes) -> Reply {
    let issuer = format!("{base}/idporten");
    match path {
        ".well-known/openid-configuration" => (
            200,
            json!({ "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
                    "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/jwks"),
                    "response_types_supported": ["code"], "subject_types_supported": ["pairwise"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                    "authorization_response_iss_parameter_supported": true }),
        ),
        "jwks" => {
            let n = URL_SAFE_NO_PAD.encode(&ISSUER_KEY.n);
            let key = json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "utsteder", "n": n, "e": "AQAB" });
            (200, json!({ "keys": [key] }))
        }
        "token" => {
            let form = pairs(std::str::from_utf8(body).unwrap());
            let Some(grant) = form.get("code").and_then(|code| town.grants.remove(code)) else {
                return (400, json!({ "error": "invalid_grant" }));
            };
            let basic = format!("{LOGIN_CLIENT}:hemmelig%3A+%C3%A6+og+%25");
            let known = headers
                .get(header::AUTHORIZATION)
                .is_some_and(|given| given.to_str().unwrap() == format!("Basic {}", STANDARD.encode(&basic)))
                || form.get("client_assertion").and_then(|text| assertion(text)).is_some_and(|claims| {
                    claims["iss"] == LOGIN_CLIENT
                        && claims["sub"] == LOGIN_CLIENT
                        && claims["aud"] == issuer.as_str()
                        && form["client_id"] == LOGIN_CLIENT
                });
            if !known {
                return (401, json!({ "error": "invalid_client" }));
            }
            let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, form["code_verifier"].as_bytes()));
            if challenge != grant.challenge || form["redirect_uri"] != REDIRECT {
                return (400, json!({ "error": "invalid_grant" }));
            }
            let id_token = id_token(&issuer, town.token_fault, grant);
            (
                200,
                json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 120, "scope": "openid profile",
                          "id_token": id_token }),
            )
        }
        _ => (404, Value::Null),
    }
}

fn id_token(issuer: &str, fault: TokenFault, grant: Grant) -> String {
    let now = unix_now();
    let mut claims = json!({
        "iss": issuer, "aud": LOGIN_CLIENT, "sub": "parvis", "pid": grant.pid, "acr": grant.acr, "amr": ["TestID"],
        "nonce": grant.nonce, "auth_time": now, "iat": now, "exp": now + 120, "jti": "r8Xk2LmQz0A", "locale": "nb",
    });
    match fault {
        TokenFault::Nonce => claims["nonce"] = json!("en annens"),
        TokenFault::Audience => claims["aud"] = json!("en annen klient"),
        TokenFault::Issuer => claims["iss"] = json!("http://en-annen.example"),
        TokenFault::Expired => claims["exp"] = json!(now - 60),
        TokenFault::Level => claims["acr"] = json!("idporten-loa-low"),
        TokenFault::None | TokenFault::Signature | TokenFault::Algorithm => {}
    }
    let key = if fault == TokenFault::Signature { &STRANGERS_KEY } else { &ISSUER_KEY };
    sign(key, "utsteder", if fault == TokenFault::Algorithm { "none" } else { "RS256" }, &claims)
}

pub(super) fn maskinporten(base: &str, town: &mut Town, path: &str, body: &Bytes) -> Reply {
    let issuer = format!("{base}/maskinporten/");
    match path {
        ".well-known/oauth-authorization-server" => {
            (200, json!({ "issuer": issuer, "token_endpoint": format!("{issuer}token") }))
        }
        "token" => {
            let form = pairs(std::str::from_utf8(body).unwrap());
            let claims = assertion(&form["assertion"]).unwrap_or_default();
            let known = ["aud", "iss", "scope", "iat", "exp", "jti"];
            let (iat, exp) = (claims["iat"].as_i64().unwrap_or(0), claims["exp"].as_i64().unwrap_or(0));
            let right = form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
                && claims["aud"] == issuer.as_str()
                && claims["iss"] == MACHINE_CLIENT
                && (unix_now() - iat).abs() <= 10
                && exp > unix_now()
                && exp - iat <= 120
                && claims.as_object().is_some_and(|all| all.keys().all(|key| known.contains(&key.as_str())))
                && town.used.insert(claims["jti"].to_string());
            if !right {
                return (400, json!({ "error": "invalid_grant" }));
            }
            let token = town.next("token");
            let scope = claims["scope"].as_str().unwrap().to_owned();
            town.tokens.insert(token.clone(), scope.clone());
            (200, json!({ "access_token": token, "token_type": "Bearer", "expires_in": 119, "scope": scope }))
        }
        _ => (404, Value::Null),
    }
}

//! Answers of the login and token services that are not as they should be: tokens with a wrong claim, an old key set, a
//! page instead of a document (`specs/eid.md` §10.6).
//!
//! The service does its work; its answer is changed on the way out. A changed token is signed again with the key of its
//! issuer, so that nothing but the claim is wrong with it.

use axum::body::Body;
use axum::http::response::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value};

use crate::access::WorldState;
use crate::keys::{Issuer, Jws};
use crate::town::state::{Fault, TokenFault};

/// An issuer and an audience that are nobody.
const NOBODY: &str = "https://feil.example";
/// Seconds since a token ended that has expired already.
const UTLOEPT: i64 = 60;
/// Seconds a signed authorization response lives, which does not say when it was made (`specs/eid.md` §3.3).
const SVARETS_LEVETID: i64 = 600;
/// The id that duplicates have, of the usual length.
const JTI: &str = "ZHVwbGlrYXQtZHVwbGlrYXQtZHVwbGlrYXQtZHVwbGk";
/// The page that comes instead of a document.
const PAGE: &str = "<!doctype html><html lang=\"nb\"><head><title>Feil</title></head><body><h1>En feil har \
                    oppst\u{e5}tt</h1></body></html>";

/// `response` of `operation` with `faults`, when it gave what they are about.
pub(super) async fn spoil(
    response: Response,
    faults: impl Iterator<Item = Fault>,
    operation: &str,
    issuer: Option<Issuer>,
    state: impl FnOnce() -> std::sync::Arc<WorldState>,
) -> Response {
    let faults: Vec<Fault> = faults.filter(|fault| is_spoiling(*fault) && fault.fits(operation)).collect();
    if faults.is_empty() {
        return response;
    }
    let of_tokens: Vec<TokenFault> = faults.iter().filter_map(|fault| fault.of_token()).collect();
    if let Some(issuer) = issuer.filter(|_| operation.ends_with(".innlogging") && !of_tokens.is_empty()) {
        return authorization(response, &of_tokens, issuer, &state()).await;
    }
    if response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // Mock bodies are made in memory, so collecting one cannot fail.
    let mut bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default().to_vec();
    let state = issuer.map(|issuer| (issuer, state()));
    for fault in faults {
        match (fault, &state) {
            (Fault::HtmlInsteadOfJson, _) => {
                bytes = PAGE.as_bytes().to_vec();
                parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html;charset=UTF-8"));
            }
            (Fault::StaleJwks, Some((issuer, state))) => bytes = state.stale_jwks(*issuer).to_string().into_bytes(),
            (Fault::Token(fault), Some((issuer, state))) => bytes = tokens(&bytes, fault, *issuer, state),
            _ => {}
        }
    }
    with_body(parts, bytes)
}

/// `parts` around `bytes`, whose length it tells when it told one.
fn with_body(mut parts: Parts, bytes: Vec<u8>) -> Response {
    if parts.headers.contains_key(header::CONTENT_LENGTH) {
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// An authorization response with `faults` in its signed parameter `response`, in the address or the form it travels in;
/// one that is not signed stays as it is.
async fn authorization(response: Response, faults: &[TokenFault], issuer: Issuer, state: &WorldState) -> Response {
    let (mut parts, body) = response.into_parts();
    // Mock bodies are made in memory, so collecting one cannot fail.
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let changed = |text: &str, before: &str| {
        let token = text.split(before).nth(1)?.split(['&', '"']).next()?;
        let good = Jws::parse(token).ok()?.claims;
        let mut claims = good.clone();
        faults.iter().for_each(|fault| change(&mut claims, *fault, true));
        // What such a response never says, it does not say wrongly either.
        claims.retain(|name, _| good.contains_key(name));
        Some(text.replace(token, &state.signing_key(issuer).sign(None, &claims)))
    };
    let location = parts.headers.get(header::LOCATION).and_then(|location| location.to_str().ok());
    if let Some(location) = location.and_then(|location| changed(location, "response="))
        && let Ok(location) = HeaderValue::from_str(&location)
    {
        parts.headers.insert(header::LOCATION, location);
    }
    let page = std::str::from_utf8(&bytes).ok().and_then(|page| changed(page, "name=\"response\" value=\""));
    with_body(parts, page.map_or_else(|| bytes.to_vec(), String::into_bytes))
}

/// Whether `fault` changes the answer rather than taking its place or delaying it.
pub(super) fn is_spoiling(fault: Fault) -> bool {
    matches!(fault, Fault::Token(_) | Fault::StaleJwks | Fault::HtmlInsteadOfJson)
}

/// The body of a token answer with `fault` in its tokens.
fn tokens(bytes: &[u8], fault: TokenFault, issuer: Issuer, state: &WorldState) -> Vec<u8> {
    let Ok(Value::Object(mut body)) = serde_json::from_slice::<Value>(bytes) else { return bytes.to_vec() };
    for (name, of_user) in [("access_token", false), ("id_token", true)] {
        let changed = body.get(name).and_then(Value::as_str).and_then(|token| {
            // A token without claims, an opaque one, has nothing to be wrong.
            let mut claims = Jws::parse(token).ok()?.claims;
            change(&mut claims, fault, of_user);
            Some(state.signing_key(issuer).sign(None, &claims))
        });
        if let Some(changed) = changed {
            body.insert(name.to_owned(), Value::String(changed));
        }
    }
    Value::Object(body).to_string().into_bytes()
}

fn change(claims: &mut Map<String, Value>, fault: TokenFault, of_user: bool) {
    let changes: Vec<(&str, Value)> = match fault {
        TokenFault::WrongIss => vec![("iss", NOBODY.into())],
        TokenFault::WrongAud => vec![("aud", if of_user { "feil-klient" } else { NOBODY }.into())],
        TokenFault::WrongNonce if of_user => vec![("nonce", "feil".into())],
        TokenFault::WrongNonce => Vec::new(),
        TokenFault::MissingClaim(krav) => {
            claims.shift_remove(krav.name());
            Vec::new()
        }
        TokenFault::AcrDowngrade => {
            let below = claims.get("acr").and_then(Value::as_str).and_then(lower);
            below.map(|below| ("acr", below.into())).into_iter().collect()
        }
        TokenFault::Expired => {
            let time = |name: &str| claims.get(name).and_then(Value::as_i64);
            let lives = time("iat").zip(time("exp")).map_or(SVARETS_LEVETID, |(iat, exp)| exp - iat);
            let back = |name: &'static str| Some((name, (time(name)? - lives - UTLOEPT).into()));
            ["iat", "exp"].into_iter().filter_map(back).collect()
        }
        TokenFault::DuplicateJti => vec![("jti", JTI.into())],
    };
    for (name, value) in changes {
        claims.insert(name.to_owned(), value);
    }
}

/// The level below `acr`.
fn lower(acr: &str) -> Option<String> {
    let (before, lower) = match acr.strip_suffix("high") {
        Some(before) => (before, "substantial"),
        None => (acr.strip_suffix("substantial")?, "low"),
    };
    Some(format!("{before}{lower}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::town::state::Krav;

    fn changed(fault: TokenFault, of_user: bool) -> Value {
        let claims = serde_json::json!({
            "iss": "i", "aud": "a", "nonce": "n", "acr": "idporten-loa-high", "iat": 1000, "exp": 1120, "jti": "j",
        });
        let mut claims = claims.as_object().unwrap().clone();
        change(&mut claims, fault, of_user);
        Value::Object(claims)
    }

    #[test]
    fn each_fault_is_wrong_about_its_own_claim_and_no_other() {
        let good = changed(TokenFault::WrongNonce, false);
        for (fault, claim, value) in [
            (TokenFault::WrongIss, "iss", NOBODY.into()),
            (TokenFault::WrongAud, "aud", "feil-klient".into()),
            (TokenFault::WrongNonce, "nonce", "feil".into()),
            (TokenFault::MissingClaim(Krav::Acr), "acr", Value::Null),
            (TokenFault::AcrDowngrade, "acr", "idporten-loa-substantial".into()),
            (TokenFault::DuplicateJti, "jti", JTI.into()),
        ] {
            let bad = changed(fault, true);
            let differs: Vec<&str> = good
                .as_object()
                .unwrap()
                .keys()
                .filter(|name| bad.get(name.as_str()) != good.get(name.as_str()))
                .map(String::as_str)
                .collect();
            assert_eq!((differs, bad[claim].clone()), (vec![claim], value), "{fault:?}");
        }
        let expired = changed(TokenFault::Expired, true);
        assert_eq!((&expired["iat"], &expired["exp"]), (&Value::from(820), &Value::from(940)));
    }

    #[test]
    fn a_level_is_followed_by_the_one_below_it() {
        for (acr, below) in
            [("high", Some("substantial")), ("idporten-loa-substantial", Some("idporten-loa-low")), ("low", None)]
        {
            assert_eq!(lower(acr).as_deref(), below, "{acr}");
        }
    }
}

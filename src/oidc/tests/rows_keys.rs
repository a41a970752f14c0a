//! Row 27 of `specs/eid.md` §9 about keys: those that change, those that are too old, and what they may sign with.

use serde_json::json;

use super::rows_token::{KIND, ask, claims};
use super::stage::{and, town};
use super::{code, exchange, form_header};
use crate::access::Visit;
use crate::access::fixture::{KARI, pid, world_later};
use crate::base::Seed;
use crate::keys::{Algorithm, Issuer, KeyRing, SigningKey, client_key};
use crate::town::state::Tjeneste;

/// Row 27 after a change of keys: the new key counts from the registration on, and the old one of the same name does not.
#[tokio::test]
async fn row_27_a_key_registered_anew_takes_over_at_once() {
    let before = town();
    let old = client_key();
    let new = KeyRing::for_seed(Seed(3)).key(Issuer::Maskinporten).called(old.kid());
    let code = code(&before, "noekkel", &pid(&before, KARI), &[]).await;
    let ask = async |visit: &Visit, key: &SigningKey, jti: &str| {
        let assertion = key.sign(None, &claims(&json!({ "jti": jti })));
        let fields = [("client_id", "noekkel"), ("client_assertion_type", KIND), ("client_assertion", &assertion)];
        ask(visit, &form_header(), &exchange(&code, &fields)).await
    };
    assert_eq!(ask(&before, &new, "a").await.0, 401);
    let mut changed = before.town.klienter.find(Tjeneste::Idporten, "noekkel").unwrap().as_ref().clone();
    changed.noekler[0].jwk = new.public().to_jwk().to_string();
    let after = and(&before, changed);
    assert_eq!(ask(&after, old, "b").await.0, 401);
    assert_eq!(ask(&after, &new, "c").await.0, 200);
}

/// Row 27: the id of an assertion is its client's own. Two clients of one supplier sign with one key and count alike.
#[tokio::test]
async fn row_27_an_id_is_used_up_by_its_own_client_only() {
    let visit = town();
    let mut other = visit.town.klienter.find(Tjeneste::Idporten, "noekkel").unwrap().as_ref().clone();
    other.client_id = "noekkel-to".into();
    let visit = and(&visit, other);
    for (client, jti, expected) in [
        ("noekkel", "1", 200),
        ("noekkel-to", "1", 200),
        ("noekkel", "1", 401),
        ("noekkel-to", "1", 401),
        ("noekkel-to", "2", 200),
    ] {
        let changes = json!({ "iss": client, "sub": client, "jti": jti });
        let assertion = client_key().sign(None, &claims(&changes));
        let code = code(&visit, client, &pid(&visit, KARI), &[]).await;
        let fields = [("client_id", client), ("client_assertion_type", KIND), ("client_assertion", assertion.as_str())];
        let (status, answer) = ask(&visit, &form_header(), &exchange(&code, &fields)).await;
        assert_eq!(status, expected, "{client} {jti}: {answer}");
    }
}

/// Row 27: a key is good for a year of the world's clock, and its owner may sign with RS256, RS384 and RS512 only, also
/// when the registration names no algorithm.
#[tokio::test]
async fn row_27_keys_that_are_too_old_and_algorithms_that_are_not_allowed() {
    let visit = town();
    let mut changed = visit.town.klienter.find(Tjeneste::Idporten, "noekkel").unwrap().as_ref().clone();
    let mut jwk = client_key().public().to_jwk();
    jwk.as_object_mut().unwrap().remove("alg");
    changed.noekler[0].jwk = jwk.to_string();
    let visit = and(&visit, changed);
    let ask = async |visit: &Visit, assertion: &str| {
        let code = code(visit, "noekkel", &pid(visit, KARI), &[]).await;
        let fields = [("client_id", "noekkel"), ("client_assertion_type", KIND), ("client_assertion", assertion)];
        ask(visit, &form_header(), &exchange(&code, &fields)).await.0
    };
    for (days, expected) in [(364, 200), (365, 401)] {
        let then = world_later(&visit, days * 86_400);
        let assertion = client_key().sign(None, &claims(&json!({ "jti": format!("{days}") })));
        assert_eq!(ask(&then, &assertion).await, expected, "row 27: {days} days");
    }
    for (jti, algorithm) in [("a", Algorithm::Rs256), ("b", Algorithm::Rs384), ("c", Algorithm::Rs512)] {
        let assertion = client_key().sign_with(algorithm, client_key().kid(), &claims(&json!({ "jti": jti })));
        assert_eq!(ask(&visit, &assertion.unwrap()).await, 200, "row 27: {algorithm:?}");
    }
    assert_eq!(ask(&visit, &client_key().sign_pss(&claims(&json!({ "jti": "d" })))).await, 401, "row 27: PS256");
}

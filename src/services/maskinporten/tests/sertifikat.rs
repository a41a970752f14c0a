//! Enterprise certificates in `x5c` (`specs/eid.md` §5.2, §5.8 MP-120 to MP-124).

use super::rows::check;
use super::*;
use crate::base::Orgnummer;
use crate::keys::{Sertifikatbestilling, Sertifikatslag, SigningKey, encode_std};

/// A client without keys of its own.
fn keyless() -> Klient {
    Klient { noekler: Vec::new(), ..klient() }
}

fn order(orgnr: Orgnummer, not_before: i64, not_after: i64) -> Sertifikatbestilling<'static> {
    Sertifikatbestilling { orgnr, navn: "TESTVIK KOMMUNE", slag: Sertifikatslag::QcForEseal, not_before, not_after }
}

fn good() -> Vec<String> {
    chain(&order(orgnr(), 0, 2_500_000_000))
}

fn chain(order: &Sertifikatbestilling<'_>) -> Vec<String> {
    order.issue(client_key().public()).unwrap().iter().map(|der| encode_std(der)).collect()
}

async fn ask_with(visit: &Visit, key: &SigningKey, chain: &[String]) -> (StatusCode, Value) {
    let assertion = key.sign_parts(&json!({"alg": "RS256", "x5c": chain}), &claims());
    ask(&fresh(visit), &grant_form(&assertion)).await
}

#[tokio::test]
async fn a_certificate_of_the_client_s_organisation_is_as_good_as_a_key() {
    let visit = visit(&[keyless()]);
    for (slag, amr) in [
        (Sertifikatslag::Virksomhetssertifikat, "virksomhetssertifikat"),
        (Sertifikatslag::QcForEseal, "QCForESeal"),
        (Sertifikatslag::CForEseal, "CForESeal"),
    ] {
        let chain = chain(&Sertifikatbestilling { slag, ..order(orgnr(), 0, 2_500_000_000) });
        let (_, answer) = ask_with(&visit, client_key(), &chain).await;
        assert_eq!(token(&answer)["client_amr"], amr);
        check(ask_with(&visit, client_key(), &chain[..1]).await, None, "without the authority itself");
    }
}

#[tokio::test]
async fn a_certificate_is_judged_by_trust_time_organisation_and_signature() {
    let visit = visit(&[keyless()]);
    let world = visit.clocks.world.seconds();
    assert!(WALL < world, "the world of these tests is ahead of real time");
    let other = (39_000_000..).find_map(Orgnummer::compose).unwrap();
    let ring = KeyRing::for_seed(Seed(3)).key(Issuer::Idporten);
    let own = vec![ring.jwk()["x5c"][0].as_str().unwrap().to_owned()];
    let code = |code| Some((400, "invalid_grant", code));
    let (untrusted, organisation, spoilt) = (code("MP-120"), code("MP-122"), code("MP-124"));
    for (what, key, chain, expected) in [
        ("good", client_key(), good(), None),
        ("signed by itself", &**ring, own.clone(), untrusted),
        ("a chain that ends elsewhere", client_key(), vec![good()[0].clone(), own[0].clone()], untrusted),
        ("no certificate", client_key(), vec![encode_std(b"x")], untrusted),
        ("the wrong way round", client_key(), good().into_iter().rev().collect(), untrusted),
        ("of another organisation", client_key(), chain(&order(other, 0, 2_500_000_000)), organisation),
        ("signed with another key", &**ring, good(), spoilt),
        ("its last second", client_key(), chain(&order(orgnr(), 0, world)), None),
        ("ended on the world's clock", client_key(), chain(&order(orgnr(), 0, world - 1)), spoilt),
        ("ended on both clocks", client_key(), chain(&order(orgnr(), 0, WALL - 1)), spoilt),
        ("its first second", client_key(), chain(&order(orgnr(), WALL, 2_500_000_000)), None),
        ("not begun in real time", client_key(), chain(&order(orgnr(), WALL + 1, 2_500_000_000)), spoilt),
    ] {
        check(ask_with(&visit, key, &chain).await, expected, what);
    }
}

#[tokio::test]
async fn a_client_without_keys_names_a_certificate() {
    let visit = visit(&[keyless()]);
    let by = |header: Value| grant_form(&client_key().sign_parts(&header, &claims()));
    let nothing = ask(&visit, &by(json!({"alg": "RS256"}))).await;
    check(nothing, Some((400, "invalid_grant", "")), "neither kid nor x5c");
    let kid = ask(&visit, &by(json!({"alg": "RS256", "kid": client_key().kid()}))).await;
    check(kid, Some((400, "invalid_grant", "")), "a kid nobody registered");
    let text = ask(&visit, &by(json!({"alg": "RS256", "x5c": good()[0]}))).await;
    check(text, Some((400, "invalid_grant", "MP-123")), "a text instead of a list");
    check(ask_with(&visit, client_key(), &good()).await, None, "a certificate");
}

#[tokio::test]
async fn under_the_world_s_clock_a_certificate_lives_by_it_alone() {
    let visit = visit(&[Klient { virtuell_klokke: true, ..keyless() }]);
    let now = visit.clocks.world.seconds();
    let ask = async |order: Sertifikatbestilling<'static>| {
        let claims = with(&json!({"iat": now, "exp": now + 120}));
        let assertion = client_key().sign_parts(&json!({"alg": "RS256", "x5c": chain(&order)}), &claims);
        ask(&fresh(&visit), &grant_form(&assertion)).await
    };
    check(ask(order(orgnr(), WALL + 1, 2_500_000_000)).await, None, "real time does not count");
    check(ask(order(orgnr(), now + 1, 2_500_000_000)).await, Some((400, "invalid_grant", "MP-124")), "not begun");
}

#[tokio::test]
async fn an_open_town_still_looks_at_certificates() {
    let visit = Visit { open_clients: true, ..visit(&[]) };
    let other = (39_000_000..).find_map(Orgnummer::compose).unwrap();
    check(ask_with(&visit, client_key(), &chain(&order(other, 0, 2_500_000_000))).await, None, "anybody's");
    let bad = Some((400, "invalid_grant", "MP-120"));
    check(ask_with(&visit, client_key(), &[encode_std(b"x")]).await, bad, "nobody's");
}

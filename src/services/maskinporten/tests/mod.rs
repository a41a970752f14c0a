//! The grant: what a token says, how often an assertion is good, and for whom.

mod opaque;
mod rettigheter;
mod rows;
mod sertifikat;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use super::token::{GRANT, answer};
use super::*;
use crate::access::fixture::{KARI, WALL, body, later, orgnr, pid, visit, world_later};
use crate::access::{AudienceRule, BearerFault, machine_token};
use crate::base::Seed;
use crate::keys::{KeyRing, client_key, encode_url};
use crate::town::decide::EidCommand;
use crate::town::state::{Bryter, Klient};
use crate::town::{Cause, Command, apply, decide};

const SCOPE: &str = "folkeregister:deling/offentligmedhjemmel";
const KRR: &str = "krr:global/kontaktinformasjon.read";
const AUD: &str = "http://localhost:2983/maskinporten/";

fn klient() -> Klient {
    let key = client_key();
    Klient::maskinporten("maskin", "Maskin", orgnr(), key.kid(), &key.public().to_jwk().to_string(), &[SCOPE, KRR])
}

fn claims() -> Map<String, Value> {
    let claims = json!({"aud": AUD, "iss": "maskin", "scope": SCOPE, "iat": WALL, "exp": WALL + 120, "jti": "1"});
    claims.as_object().unwrap().clone()
}

fn with(changes: &Value) -> Map<String, Value> {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.remove(name);
        } else {
            claims.insert(name.clone(), value.clone());
        }
    }
    claims
}

fn form_header() -> HeaderMap {
    HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))])
}

async fn ask(visit: &Visit, form: &str) -> (StatusCode, Value) {
    let response = answer(visit, &form_header(), form.as_bytes(), &mut Note::default()).await;
    (response.status(), body(response).await)
}

fn grant_form(assertion: &str) -> String {
    format!("grant_type={}&assertion={assertion}", crate::access::escape(GRANT))
}

async fn ask_claims(visit: &Visit, claims: &Map<String, Value>) -> (StatusCode, Value) {
    ask(visit, &grant_form(&client_key().sign(None, claims))).await
}

/// The same visit after `commands` to the registers.
fn given(visit: &Visit, commands: impl IntoIterator<Item = EidCommand>) -> Visit {
    let mut town = (*visit.town).clone();
    for command in commands {
        let events = decide(&town, &Command::Eid(command), &Cause::of("test", &[])).unwrap();
        assert!(!events.is_empty(), "a command that changes nothing");
        events.iter().for_each(|event| apply(&mut town, event));
    }
    Visit { town: std::sync::Arc::new(town), ..visit.clone() }
}

/// The claims of the token in `answer`.
fn token(answer: &Value) -> Map<String, Value> {
    let text = answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}"));
    crate::keys::Jws::parse(text).unwrap().claims
}

/// `error` and the code at the end of `error_uri`.
fn fault(answer: &Value) -> (String, String) {
    let uri = answer["error_uri"].as_str().unwrap_or_default();
    (answer["error"].as_str().unwrap_or("none").to_owned(), uri.rsplit('/').next().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_token_has_the_claims_of_the_contract_in_its_order() {
    let visit = visit(&[klient()]);
    let (status, answer) = ask_claims(&visit, &claims()).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let names: Vec<_> = answer.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["access_token", "token_type", "expires_in", "scope"]);
    assert_eq!(
        (&answer["token_type"], &answer["expires_in"], &answer["scope"]),
        (&json!("Bearer"), &json!(120), &json!(SCOPE))
    );
    let jws = crate::keys::Jws::parse(answer["access_token"].as_str().unwrap()).unwrap();
    let key = visit.state.ring().key(Issuer::Maskinporten);
    assert_eq!(jws.verify(key.public(), &[crate::keys::Algorithm::Rs256]), Ok(()));
    assert_eq!(Value::Object(jws.header), json!({"kid": key.kid(), "alg": "RS256"}));
    let names: Vec<_> = jws.claims.keys().map(String::as_str).collect();
    let expected = ["iss", "client_amr", "token_type", "client_id", "scope", "consumer", "iat", "exp", "jti"];
    assert_eq!(names, expected);
    assert_eq!(jws.claims["iss"], AUD);
    assert_eq!(jws.claims["consumer"]["ID"], format!("0192:{}", orgnr()));
    assert_eq!((&jws.claims["iat"], &jws.claims["exp"]), (&json!(WALL), &json!(WALL + 120)));
    assert_eq!(jws.claims["jti"].as_str().unwrap().len(), 43);
}

#[tokio::test]
async fn resource_and_pid_are_carried_over() {
    let visit = visit(&[klient()]);
    let pid = pid(&visit, KARI);
    for (n, (resource, aud)) in [
        (json!(["https://api.example/x"]), json!("https://api.example/x")),
        (json!(["https://api.example/x", "urn:y:z"]), json!(["https://api.example/x", "urn:y:z"])),
    ]
    .into_iter()
    .enumerate()
    {
        let (_, answer) =
            ask_claims(&visit, &with(&json!({"resource": resource, "pid": pid, "jti": n.to_string()}))).await;
        let jws = crate::keys::Jws::parse(answer["access_token"].as_str().unwrap()).unwrap();
        assert_eq!((&jws.claims["aud"], &jws.claims["pid"]), (&aud, &json!(pid)));
    }
}

#[tokio::test]
async fn a_token_lives_as_long_as_the_client_or_its_shortest_lived_scope_says() {
    let lives = async |visit: &Visit, scope: &str| {
        let (_, answer) = ask_claims(visit, &with(&json!({"scope": scope}))).await;
        let claims = token(&answer);
        (answer["expires_in"].as_i64(), claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap())
    };
    let short = {
        let mut scope = (*visit(&[]).town.scope(SCOPE).unwrap()).clone();
        scope.at_max_alder = 30;
        EidCommand::Scope(Box::new(scope))
    };
    let visit = given(&visit(&[klient()]), [short]);
    assert_eq!(lives(&visit, SCOPE).await, (Some(30), 30));
    assert_eq!(lives(&fresh(&visit), KRR).await, (Some(120), 120));
    assert_eq!(lives(&fresh(&visit), &format!("{KRR} {SCOPE}")).await, (Some(30), 30));
    // What the client is told is what is left, rounded down.
    let late = Visit { clocks: crate::access::Clocks { wall_ms: WALL * 1000 + 1, ..visit.clocks }, ..fresh(&visit) };
    assert_eq!(lives(&late, KRR).await, (Some(119), 120));
}

/// The same town to services that remember nothing.
fn fresh(visit: &Visit) -> Visit {
    Visit { state: crate::access::Access::new().of_world(1, Seed(7)), ..visit.clone() }
}

#[tokio::test]
async fn switches_bring_back_what_once_was() {
    let on = |bryter| EidCommand::Bryter { bryter, paa: true };
    let strict = visit(&[klient()]);
    let ask = async |visit: &Visit, changes: Value| ask_claims(&fresh(visit), &with(&changes)).await.1;
    let (single, unknown) = (json!({"resource": "https://api.example"}), json!({"foo": 1}));
    assert!(!token(&ask(&strict, json!({})).await).contains_key("aud"));
    assert!(!token(&ask(&strict, json!({})).await).contains_key("client_orgno"));
    assert_eq!(fault(&ask(&strict, single.clone()).await).1, "MP-011");
    assert_eq!(fault(&ask(&strict, unknown.clone()).await).1, "MP-011");
    let legacy = given(&strict, [on(Bryter::LegacyAud), on(Bryter::EmitClientOrgnoMaskinporten)]);
    let plain = token(&ask(&legacy, json!({})).await);
    assert_eq!((&plain["aud"], &plain["client_orgno"]), (&json!("unspecified"), &json!(orgnr().to_string())));
    let chained = given(&strict, [on(Bryter::X5cInHeader)]);
    let (_, answer) = ask_claims(&fresh(&chained), &claims()).await;
    let jws = crate::keys::Jws::parse(answer["access_token"].as_str().unwrap()).unwrap();
    let key = chained.state.signing_key(Issuer::Maskinporten);
    assert_eq!(jws.verify(key.public(), &[crate::keys::Algorithm::Rs256]), Ok(()));
    assert_eq!(jws.header["x5c"], key.jwk()["x5c"]);
    let aimed = token(&ask(&legacy, json!({"resource": ["https://api.example"]})).await);
    assert_eq!(aimed["aud"], "https://api.example");
    let lenient = given(&strict, [on(Bryter::LenientResource), on(Bryter::IgnoreUnknownGrantClaims)]);
    assert_eq!(token(&ask(&lenient, single).await)["aud"], "https://api.example");
    assert!(!token(&ask(&lenient, unknown).await).contains_key("foo"), "overlooked, not carried over");
    assert_eq!(fault(&ask(&lenient, json!({"resource": "/relative"})).await).1, "MP-011");
}

#[tokio::test]
async fn an_assertion_is_good_once_with_or_without_an_id() {
    let visit = visit(&[klient()]);
    assert_eq!(ask_claims(&visit, &claims()).await.0, StatusCode::OK);
    let again = ask_claims(&visit, &with(&json!({"scope": KRR}))).await;
    assert_eq!(fault(&again.1), ("invalid_grant".into(), "MP-012".into()), "same jti");
    let nameless = with(&json!({"jti": null}));
    assert_eq!(ask_claims(&visit, &nameless).await.0, StatusCode::OK);
    assert_eq!(fault(&ask_claims(&visit, &nameless).await.1).1, "MP-012");
    assert_eq!(ask_claims(&visit, &with(&json!({"jti": null, "exp": WALL + 119}))).await.0, StatusCode::OK);
    // The town's clock is no way around it: the assertion lives by real time.
    let next_year = world_later(&visit, 86_400);
    assert_eq!(fault(&ask_claims(&next_year, &claims()).await.1).1, "MP-012");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_hundred_identical_assertions_exactly_one_gives_a_token() {
    let visit = visit(&[klient()]);
    let form = grant_form(&client_key().sign(None, &claims()));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let (visit, form) = (visit.clone(), form.clone());
        tasks.spawn(async move { ask(&visit, &form).await });
    }
    let answers = tasks.join_all().await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == StatusCode::OK).count(), 1);
    assert_eq!(answers.iter().filter(|(_, answer)| fault(answer).1 == "MP-012").count(), 199);
}

#[tokio::test]
async fn a_key_expires_a_year_after_it_was_registered() {
    let visit = visit(&[klient()]);
    let year = 365 * 86_400;
    assert_eq!(ask_claims(&world_later(&visit, year - 1), &claims()).await.0, StatusCode::OK);
    let (_, answer) = ask_claims(&world_later(&visit, year), &with(&json!({"jti": "2"}))).await;
    assert_eq!(fault(&answer), ("invalid_grant".into(), "MP-121".into()));
}

#[tokio::test]
async fn a_client_on_the_world_s_clock_lives_by_it() {
    let virtual_clock = Klient { virtuell_klokke: true, ..klient() };
    let visit = visit(&[virtual_clock]);
    let now = visit.clocks.world.seconds();
    assert_eq!(fault(&ask_claims(&visit, &claims()).await.1).0, "invalid_grant", "real time is far off here");
    let (status, answer) = ask_claims(&visit, &with(&json!({"iat": now, "exp": now + 120}))).await;
    assert_eq!(status, StatusCode::OK);
    let token = answer["access_token"].as_str().unwrap();
    let good = |visit: &Visit| machine_token(visit, token, &[SCOPE], AudienceRule::Unchecked).map(|_| ());
    assert_eq!(good(&world_later(&visit, 119)), Ok(()));
    assert_eq!(good(&world_later(&visit, 120)), Err(BearerFault::Expired));
    assert_eq!(good(&later(&visit, 10_000)), Ok(()), "real time does not count");
}

#[tokio::test]
async fn a_token_is_checked_by_signature_time_audience_scope_and_client() {
    let visit = visit(&[klient()]);
    let (_, answer) = ask_claims(&visit, &with(&json!({"resource": ["https://api.example"]}))).await;
    let token = answer["access_token"].as_str().unwrap().to_owned();
    let check =
        |visit: &Visit, token: &str, scopes: &[&str], rule| machine_token(visit, token, scopes, rule).map(|_| ());
    let any = AudienceRule::Unchecked;
    assert_eq!(check(&visit, &token, &["x:y", SCOPE], AudienceRule::IfPresent(&["https://api.example"])), Ok(()));
    assert_eq!(check(&visit, &token, &[], any), Ok(()));
    assert_eq!(check(&visit, &token, &[KRR], any), Err(BearerFault::WrongScope));
    assert_eq!(
        check(&visit, &token, &[SCOPE], AudienceRule::IfPresent(&["https://x"])),
        Err(BearerFault::WrongAudience)
    );
    assert_eq!(check(&later(&visit, 119), &token, &[SCOPE], any), Ok(()));
    assert_eq!(check(&later(&visit, 120), &token, &[SCOPE], any), Err(BearerFault::Expired));
    assert_eq!(check(&world_later(&visit, 86_400), &token, &[SCOPE], any), Ok(()), "real time only");
    assert_eq!(check(&visit, "a.b", &[], any), Err(BearerFault::Malformed));
    let (head, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", encode_url(&[0; 256]));
    assert_eq!(check(&visit, &forged, &[], any), Err(BearerFault::BadSignature));
    let own = client_key().sign(None, &claims());
    assert_eq!(check(&visit, &own, &[], any), Err(BearerFault::BadSignature), "a client cannot sign its own token");
}

#[tokio::test]
async fn a_token_that_was_good_is_not_when_its_key_is_gone() {
    use crate::access::Rotation;
    let visit = visit(&[klient()]);
    let (_, answer) = ask_claims(&visit, &claims()).await;
    let token = answer["access_token"].as_str().unwrap();
    let check = |visit: &Visit| machine_token(visit, token, &[SCOPE], AudienceRule::Unchecked).map(|_| ());
    assert_eq!(check(&visit), Ok(()), "and is remembered as good");
    let rotate = |what| visit.state.rotate_keys(visit.clocks, Issuer::Maskinporten, what).unwrap();
    rotate(Rotation::Announce);
    rotate(Rotation::Activate);
    assert_eq!(check(&visit), Ok(()), "its key is still published");
    rotate(Rotation::Emergency);
    assert_eq!(check(&visit), Err(BearerFault::BadSignature));
}

#[tokio::test]
async fn a_scope_named_twice_is_granted_once() {
    let visit = visit(&[klient()]);
    let (_, answer) = ask_claims(&visit, &with(&json!({"scope": format!("{KRR} {SCOPE}  {KRR}")}))).await;
    let once = json!(format!("{KRR} {SCOPE}"));
    assert_eq!((&answer["scope"], &token(&answer)["scope"]), (&once, &once));
}

#[tokio::test]
async fn a_machine_token_is_good_in_every_world_of_the_seed_that_knows_the_client() {
    let visit = visit(&[klient()]);
    let (_, answer) = ask_claims(&visit, &claims()).await;
    let token = answer["access_token"].as_str().unwrap();
    let fork = Visit { state: crate::access::Access::new().of_world(2, Seed(7)), ..visit.clone() };
    assert!(machine_token(&fork, token, &[SCOPE], AudienceRule::Unchecked).is_ok());
    let without = Visit { town: crate::access::fixture::visit(&[]).town, ..fork.clone() };
    assert_eq!(machine_token(&without, token, &[SCOPE], AudienceRule::Unchecked), Err(BearerFault::OtherWorld));
    let other_seed = (0..100).map(Seed).find(|&seed| {
        KeyRing::for_seed(seed).key(Issuer::Maskinporten).kid()
            != KeyRing::for_seed(Seed(7)).key(Issuer::Maskinporten).kid()
    });
    let other = Visit { state: crate::access::Access::new().of_world(3, other_seed.unwrap()), ..visit.clone() };
    assert_eq!(machine_token(&other, token, &[], AudienceRule::Unchecked), Err(BearerFault::BadSignature));
}

#[tokio::test]
async fn an_open_town_lets_unregistered_machines_in_and_says_so_beside_the_body() {
    let visit = Visit { open_clients: true, ..visit(&[klient()]) };
    let stranger = with(&json!({"iss": "stranger", "scope": "any:thing"}));
    let form = grant_form(&client_key().sign(None, &stranger));
    let response = answer(&visit, &form_header(), form.as_bytes(), &mut Note::default()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers()["byteby-hint"].to_str().unwrap().contains("MP-100"));
    let token = body(response).await["access_token"].as_str().unwrap().to_owned();
    let token = machine_token(&visit, &token, &["any:thing"], AudienceRule::Unchecked).unwrap();
    assert_eq!((token.client_id.as_str(), token.consumer), ("stranger", orgnr()));
    // Open or not: what is registered is held to its registration, and times and audience are checked for everybody.
    let (_, answer) = ask_claims(&visit, &with(&json!({"scope": "any:thing"}))).await;
    assert_eq!(fault(&answer).1, "MP-200");
    let (_, answer) = ask_claims(&visit, &with(&json!({"iss": "stranger", "aud": "x"}))).await;
    assert_eq!(fault(&answer).1, "MP-110");
}

#[tokio::test]
async fn the_same_requests_give_the_same_bytes_and_other_clients_do_not_disturb_them() {
    let other = Klient { client_id: "annen".into(), ..klient() };
    let (first, second) = (visit(&[klient(), other.clone()]), visit(&[klient(), other]));
    let _ = ask_claims(&second, &with(&json!({"iss": "annen"}))).await;
    for n in 0..3 {
        let claims = with(&json!({"jti": n.to_string()}));
        assert_eq!(ask_claims(&first, &claims).await, ask_claims(&second, &claims).await);
    }
}

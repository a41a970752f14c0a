//! Every documented refusal, and what is accepted right beside it (`specs/eid.md` §5.8, §9 rows 40 to 44): exact status,
//! error and address of the error.

use super::*;
use crate::keys::SigningKey;

/// What an answer comes to: status, `error`, code. `None` for a token.
type Expected = Option<(u16, &'static str, &'static str)>;

const OK: Expected = None;
const MALFORMED: Expected = Some((400, "invalid_request", "MP-011"));
/// Refused without a code of its own.
const BAD_GRANT: Expected = Some((400, "invalid_grant", ""));
const BAD_DETAILS: Expected = Some((400, "invalid_authorization_details", "MP-303"));

pub(super) fn check((status, answer): (StatusCode, Value), expected: Expected, what: &str) {
    let Some((code, error, mp)) = expected else {
        assert_eq!(status, StatusCode::OK, "{what}: {answer}");
        assert!(answer["access_token"].is_string() && answer.get("error").is_none(), "{what}: {answer}");
        return;
    };
    assert_eq!((status.as_u16(), answer["error"].as_str()), (code, Some(error)), "{what}: {answer}");
    let uri = (!mp.is_empty()).then(|| format!("{AUD}errors/{mp}"));
    assert_eq!(answer.get("error_uri").and_then(Value::as_str), uri.as_deref(), "{what}: {answer}");
    let description = answer["error_description"].as_str().unwrap();
    let (text, trace) = description.rsplit_once(" (trace_id: ").unwrap();
    let hex = trace.strip_suffix(')').unwrap();
    assert!(!text.is_empty() && hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()), "{description}");
    assert!(!answer.to_string().to_lowercase().contains("byteby"), "{answer}");
    assert_eq!(answer.as_object().unwrap().len(), if uri.is_some() { 3 } else { 2 });
}

#[tokio::test]
async fn claims_at_each_limit() {
    let own = orgnr().to_string();
    let rows: Vec<(Value, Expected)> = vec![
        (json!({}), OK),
        // Audience.
        (json!({"aud": [AUD]}), OK),
        (json!({"aud": "http://localhost:2983/maskinporten"}), Some((400, "invalid_grant", "MP-110"))),
        (json!({"aud": "http://localhost:2983/maskinporten//"}), Some((400, "invalid_grant", "MP-110"))),
        (json!({"aud": "http://localhost:2983/maskinporten/token"}), Some((400, "invalid_grant", "MP-110"))),
        (json!({"aud": "HTTP://localhost:2983/maskinporten/"}), Some((400, "invalid_grant", "MP-110"))),
        (json!({"aud": "http://localhost:2983/idporten"}), Some((400, "invalid_grant", "MP-110"))),
        (json!({"aud": [AUD, AUD]}), Some((400, "invalid_grant", "MP-110"))),
        (json!({"aud": []}), Some((400, "invalid_grant", "MP-110"))),
        (json!({"aud": null}), Some((400, "invalid_grant", "MP-110"))),
        // Client.
        (json!({"iss": null}), MALFORMED),
        (json!({"iss": 1}), MALFORMED),
        (json!({"iss": "nobody"}), Some((400, "invalid_grant", "MP-100"))),
        (json!({"iss": "Maskin"}), Some((400, "invalid_grant", "MP-100"))),
        (json!({"sub": "maskin", "nbf": WALL}), OK),
        (json!({"sub": "other"}), MALFORMED),
        (json!({"sub": 1}), MALFORMED),
        // Times.
        (json!({"iat": WALL - 10, "exp": WALL + 110}), OK),
        (json!({"iat": WALL - 11, "exp": WALL + 109}), BAD_GRANT),
        (json!({"iat": WALL + 10, "exp": WALL + 130}), OK),
        (json!({"iat": WALL + 11, "exp": WALL + 131}), BAD_GRANT),
        (json!({"exp": WALL + 119}), OK),
        (json!({"exp": WALL + 120}), OK),
        (json!({"exp": WALL + 121}), BAD_GRANT),
        (json!({"iat": WALL - 1, "exp": WALL + 119}), OK),
        (json!({"iat": WALL - 1, "exp": WALL + 120}), BAD_GRANT),
        (json!({"exp": WALL + 1}), OK),
        (json!({"exp": WALL}), Some((400, "invalid_grant", "MP-130"))),
        (json!({"exp": WALL - 1}), Some((400, "invalid_grant", "MP-130"))),
        (json!({"iat": null}), MALFORMED),
        (json!({"iat": "now"}), MALFORMED),
        (json!({"exp": null}), MALFORMED),
        (json!({"exp": "soon"}), MALFORMED),
        // Scopes.
        (json!({"scope": format!("{SCOPE} {KRR}")}), OK),
        (json!({"scope": format!(" {SCOPE}  {SCOPE} ")}), OK),
        (json!({"scope": null}), MALFORMED),
        (json!({"scope": " "}), MALFORMED),
        (json!({"scope": [SCOPE]}), MALFORMED),
        (json!({"scope": format!("{SCOPE} move/dpo.read")}), Some((400, "invalid_scope", "MP-200"))),
        (json!({"scope": "byen:finnes.ikke"}), Some((400, "invalid_scope", "MP-200"))),
        (json!({"scope": SCOPE.to_uppercase()}), Some((400, "invalid_scope", "MP-200"))),
        // The rest.
        (json!({"jti": 1}), MALFORMED),
        (json!({"resource": ["https://api.example"]}), OK),
        (json!({"resource": ["urn:x:y"]}), OK),
        (json!({"resource": "https://api.example"}), MALFORMED),
        (json!({"resource": []}), MALFORMED),
        (json!({"resource": ["/relative"]}), MALFORMED),
        (json!({"resource": ["https://api.example/#x"]}), MALFORMED),
        (json!({"resource": ["https://api.example", 1]}), MALFORMED),
        (json!({"pid": "12345678901"}), MALFORMED),
        (json!({"pid": ""}), MALFORMED),
        (json!({"pid": 1}), MALFORMED),
        (json!({"foo": 1}), MALFORMED),
        (json!({"client_id": "maskin"}), MALFORMED),
        (json!({"consumer_org": own}), Some((400, "invalid_request", ""))),
        (json!({"consumer_org": "31000001"}), MALFORMED),
        (json!({"consumer_org": "310000018"}), MALFORMED),
        (json!({"consumer_org": "0192:310000019"}), MALFORMED),
        (json!({"consumer_org": 310_000_019}), MALFORMED),
        (json!({"consumer_org": "310000019", "iss_onbehalfof": "x"}), MALFORMED),
        (json!({"iss_onbehalfof": "x"}), MALFORMED),
    ];
    for (changes, expected) in rows {
        let visit = visit(&[klient()]);
        check(ask_claims(&visit, &with(&changes)).await, expected, &changes.to_string());
    }
}

#[tokio::test]
async fn authorization_details_at_each_limit() {
    let system = |changes: Value| {
        let org = json!({"authority": "iso6523-actorid-upis", "ID": "0192:310000019"});
        let mut element = json!({"type": "urn:altinn:systemuser", "systemuser_org": org});
        element.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        element
    };
    let id = "11111111-2222-8333-8444-555555555555";
    let consent = |id: &str, from: &str| json!({"type": "urn:altinn:consent", "id": id, "from": from});
    let from = "urn:altinn:organization:identifier-no:310000019";
    let missing: Expected = Some((400, "invalid_altinn_customer_configuration", "MP-303"));
    let unknown_field: Expected = Some((400, "invalid_authorization_details", "MP-302"));
    let org = |org: Value| system(json!({ "systemuser_org": org }));
    let rows: Vec<(Value, Expected)> = vec![
        (json!([]), BAD_DETAILS),
        (json!("x"), BAD_DETAILS),
        (json!([1]), BAD_DETAILS),
        (json!([system(json!({})), system(json!({}))]), BAD_DETAILS),
        (json!([{}]), Some((400, "invalid_authorization_details", "MP-301"))),
        (json!([{"type": "urn:altinn:systembruker"}]), Some((400, "invalid_authorization_details", "MP-301"))),
        (json!([{"type": 1}]), Some((400, "invalid_authorization_details", "MP-301"))),
        (json!([system(json!({"systemuserorg": 1}))]), unknown_field),
        (json!([system(json!({"systemuser_id": ["x"]}))]), unknown_field),
        (json!([{"type": "urn:altinn:consent", "id": id, "from": from, "to": "x"}]), unknown_field),
        (json!([org(json!(1))]), BAD_DETAILS),
        (json!([org(json!({"authority": "iso6523-actorid-upis"}))]), BAD_DETAILS),
        (json!([org(json!({"authority": "x", "ID": "0192:310000019"}))]), BAD_DETAILS),
        (json!([org(json!({"authority": "iso6523-actorid-upis", "ID": "310000019"}))]), BAD_DETAILS),
        (json!([org(json!({"authority": "iso6523-actorid-upis", "ID": "0192:310000018"}))]), BAD_DETAILS),
        (json!([org(json!({"authority": "iso6523-actorid-upis", "ID": "0192:310000019", "x": 1}))]), BAD_DETAILS),
        (json!([system(json!({"externalRef": 1}))]), BAD_DETAILS),
        (json!([system(json!({"externalRef": ""}))]), BAD_DETAILS),
        (json!([system(json!({}))]), missing),
        (json!([system(json!({"externalRef": "a"}))]), missing),
        (json!([{"type": "urn:altinn:consent", "from": from}]), BAD_DETAILS),
        (json!([{"type": "urn:altinn:consent", "id": id}]), BAD_DETAILS),
        (json!([consent("x", from)]), BAD_DETAILS),
        (json!([consent(id, "310000019")]), BAD_DETAILS),
        (json!([consent(id, "urn:altinn:organization:identifier-no:310000018")]), BAD_DETAILS),
        (json!([consent(id, "urn:altinn:person:identifier-no:12345678901")]), BAD_DETAILS),
        (json!([consent(id, from)]), missing),
    ];
    for (details, expected) in rows {
        let visit = visit(&[klient()]);
        let claims = with(&json!({ "authorization_details": details }));
        check(ask_claims(&visit, &claims).await, expected, &details.to_string());
    }
}

#[tokio::test]
async fn what_is_malformed_uses_no_assertion_up() {
    let visit = visit(&[klient()]);
    for changes in [json!({"aud": "x"}), json!({"foo": 1}), json!({"exp": WALL}), json!({"resource": []})] {
        assert_ne!(ask_claims(&visit, &with(&changes)).await.0, StatusCode::OK);
    }
    check(ask_claims(&visit, &claims()).await, OK, "the same jti");
    check(ask_claims(&visit, &claims()).await, Some((400, "invalid_grant", "MP-012")), "the same jti again");
}

#[tokio::test]
async fn the_form_is_read_strictly() {
    let visit = visit(&[klient()]);
    let good = client_key().sign(None, &claims());
    let grant = crate::access::escape(GRANT);
    let bad: Expected = Some((400, "invalid_request", ""));
    for (form, expected) in [
        (String::new(), bad),
        ("grant_type=client_credentials".into(), Some((400, "unsupported_grant_type", ""))),
        (format!("grant_type=&assertion={good}"), bad),
        (format!("assertion={good}"), bad),
        (format!("grant_type={grant}"), bad),
        (format!("grant_type={grant}&assertion="), bad),
        (grant_form("not.a.jwt"), MALFORMED),
        (grant_form("abc"), MALFORMED),
        (grant_form(&format!("{good}.x")), MALFORMED),
        (grant_form(&format!(" {good}").replace(' ', "%20")), MALFORMED),
        (format!("{}&assertion=x", grant_form(&good)), bad),
        (format!("{}&grant_type=x", grant_form(&good)), bad),
        (format!("{}&x=%zz", grant_form(&good)), bad),
        (format!("{}&x=%ff", grant_form(&good)), bad),
    ] {
        check(ask(&visit, &form).await, expected, &form);
    }
    for kind in ["application/json", "multipart/form-data", "text/plain", ""] {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
        let response = answer(&visit, &headers, grant_form(&good).as_bytes(), &mut Note::default()).await;
        let status = response.status();
        check((status, body(response).await), bad, kind);
    }
    check(ask(&visit, &grant_form(&good)).await, OK, "none of these used the assertion up");
}

fn signed_by(key: &SigningKey, header: &Value) -> String {
    // The library's own header is replaced, which breaks the signature unless the header is signed as well; so the
    // signature is made over the parts at hand.
    key.sign_parts(header, &claims())
}

#[tokio::test]
async fn the_header_names_a_registered_key_and_an_allowed_algorithm() {
    let key = client_key();
    let foreign = KeyRing::for_seed(Seed(3)).key(Issuer::Idporten);
    let kid = key.kid();
    let signature: Expected = Some((400, "invalid_grant", "MP-124"));
    let x5c: Expected = Some((400, "invalid_grant", "MP-123"));
    for (assertion, expected) in [
        (signed_by(key, &json!({"alg": "RS256", "kid": kid})), OK),
        (signed_by(key, &json!({"alg": "RS256", "kid": kid, "typ": "JWT"})), OK),
        (signed_by(key, &json!({"alg": "RS256"})), BAD_GRANT),
        (signed_by(key, &json!({"alg": "RS256", "kid": "other"})), BAD_GRANT),
        (signed_by(key, &json!({"alg": "RS256", "kid": ""})), BAD_GRANT),
        (signed_by(key, &json!({"alg": "RS256", "kid": 1})), BAD_GRANT),
        (signed_by(foreign, &json!({"alg": "RS256", "kid": kid})), signature),
        // A key registered for RS256 signs nothing else.
        (signed_by(key, &json!({"alg": "RS384", "kid": kid})), signature),
        (signed_by(key, &json!({"alg": "RS512", "kid": kid})), signature),
        (signed_by(key, &json!({"alg": "PS256", "kid": kid})), BAD_GRANT),
        (signed_by(key, &json!({"alg": "ES256", "kid": kid})), BAD_GRANT),
        (signed_by(key, &json!({"alg": "HS256", "kid": kid})), BAD_GRANT),
        (signed_by(key, &json!({"alg": "none", "kid": kid})), BAD_GRANT),
        (signed_by(key, &json!({"alg": "rs256", "kid": kid})), BAD_GRANT),
        (signed_by(key, &json!({"kid": kid})), BAD_GRANT),
        (signed_by(key, &json!({"alg": "RS256", "kid": kid, "crit": ["b64"], "b64": false})), BAD_GRANT),
        (signed_by(key, &json!({"alg": "RS256", "x5c": "MIIB"})), x5c),
        (signed_by(key, &json!({"alg": "RS256", "x5c": []})), x5c),
        (signed_by(key, &json!({"alg": "RS256", "x5c": [1]})), x5c),
        (signed_by(key, &json!({"alg": "RS256", "x5c": ["not base64"]})), x5c),
        // The client has keys, so a certificate is not what it signs with.
        (signed_by(key, &json!({"alg": "RS256", "x5c": ["MIIB"]})), BAD_GRANT),
        (signed_by(key, &json!({"alg": "RS256", "x5c": ["MIIB"], "kid": kid})), MALFORMED),
    ] {
        let visit = visit(&[klient()]);
        check(ask(&visit, &grant_form(&assertion)).await, expected, &assertion);
    }
}

#[tokio::test]
async fn a_client_out_of_use_is_unknown() {
    let visit = visit(&[klient()]);
    let command = crate::town::decide::KlientCommand::Avvikle {
        tjeneste: crate::town::state::Tjeneste::Maskinporten,
        client_id: "maskin".into(),
    };
    let mut town = (*visit.town).clone();
    let events = decide(&town, &Command::Klient(command), &Cause::of("test", &[])).unwrap();
    events.iter().for_each(|event| apply(&mut town, event));
    for open_clients in [false, true] {
        let after = Visit { town: std::sync::Arc::new(town.clone()), open_clients, ..visit.clone() };
        check(ask_claims(&after, &claims()).await, Some((400, "invalid_grant", "MP-100")), "retired");
    }
}

#[test]
fn every_code_has_a_page_that_says_what_it_stands_for() {
    let codes = [
        "MP-011", "MP-012", "MP-100", "MP-110", "MP-120", "MP-121", "MP-122", "MP-123", "MP-124", "MP-130", "MP-200",
        "MP-201", "MP-250", "MP-251", "MP-301", "MP-302", "MP-303",
    ];
    assert!(codes.iter().all(|code| faults::situation(code).is_some()));
    assert_eq!(faults::situation("MP-999"), None);
}

/// A client whose keys change: from the registration on the new key counts, and the old one does not, though it had the
/// same name and has just been read.
#[tokio::test]
async fn a_key_registered_anew_under_the_same_name_takes_over_at_once() {
    let before = visit(&[klient()]);
    let old = client_key();
    let new = KeyRing::for_seed(Seed(3)).key(Issuer::Idporten).called(old.kid());
    let signed = |key: &crate::keys::SigningKey, jti: &str| grant_form(&key.sign(None, &with(&json!({ "jti": jti }))));
    assert_eq!(ask(&before, &signed(old, "a")).await.0, StatusCode::OK);
    assert_eq!(fault(&ask(&before, &signed(&new, "b")).await.1).1, "MP-124");
    let mut changed = klient();
    changed.noekler[0].jwk = new.public().to_jwk().to_string();
    let registered = crate::town::decide::KlientCommand::Registrer(Box::new(changed));
    let after = crate::access::fixture::after(&before, &Command::Klient(registered));
    assert_eq!(fault(&ask(&after, &signed(old, "c")).await.1).1, "MP-124");
    assert_eq!(ask(&after, &signed(&new, "d")).await.0, StatusCode::OK);
}

/// `specs/experience.md` §7: the issuer follows the address, unless the registration pins it.
#[tokio::test]
async fn a_client_that_pins_its_issuer_has_it_in_tokens_fetched_anywhere() {
    let pinned = "http://byteby:2983/maskinporten/";
    let mut client = klient();
    client.tillegg.utsteder = Some(pinned.into());
    for (client, iss, takes_pinned) in [(klient(), AUD, false), (client, pinned, true)] {
        let visit = visit(&[client]);
        let (status, answer) = ask_claims(&visit, &claims()).await;
        assert_eq!((status, &token(&answer)["iss"]), (StatusCode::OK, &json!(iss)));
        let for_pinned = with(&json!({"aud": pinned, "jti": "2"}));
        let (status, answer) = ask_claims(&visit, &for_pinned).await;
        assert_eq!(status == StatusCode::OK, takes_pinned, "{answer}");
        let text = ask_claims(&visit, &with(&json!({"jti": "3"}))).await.1;
        let text = text["access_token"].as_str().unwrap().to_owned();
        assert!(
            machine_token(&visit, &text, &[SCOPE], AudienceRule::Unchecked).is_ok(),
            "services take it all the same"
        );
    }
}

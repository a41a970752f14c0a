//! The rules of the registry, one by one.

use super::*;
use crate::base::Orgnummer;

fn klient() -> Klient {
    let orgnr = (30_000_001..).find_map(Orgnummer::compose).unwrap();
    Klient::idporten("app-1", "Appen", orgnr, &["https://app.example/cb"])
}

#[test]
fn rules_of_the_registry_are_enforced_one_by_one() {
    type Spoil = fn(&mut Klient);
    assert_eq!(check(&klient()), Ok(()));
    let refused: [(&str, Spoil); 14] = [
        ("bad_client_id", |k| k.client_id = "a b".into()),
        ("bad_client_id", |k| k.client_id = String::new()),
        ("bad_text", |k| k.navn = String::new()),
        ("bad_redirect_uri", |k| k.redirect_uris = vec!["/cb".into()]),
        ("bad_redirect_uri", |k| k.redirect_uris = vec!["https://app.example/cb#x".into()]),
        ("bad_redirect_uri", |k| k.redirect_uris = vec!["http://127.0.0.1:*/cb".into()]),
        ("bad_scope", |k| k.scopes = vec!["a b".into()]),
        ("bad_auth_method", |k| k.autentisering = Autentisering::ClientSecretBasic),
        ("bad_auth_method", |k| k.hemmelighet = Some(crate::town::state::Hemmelighet::of("a", "b"))),
        ("bad_auth_method", |k| {
            k.applikasjonstype = Applikasjonstype::Browser;
            k.autentisering = Autentisering::PrivateKeyJwt;
        }),
        ("bad_auth_method", |k| k.tjeneste = Tjeneste::Maskinporten),
        ("bad_lifetime", |k| k.access_token_levetid = 0),
        ("bad_key", |k| {
            *k = Klient::maskinporten("m", "M", k.orgnr, "k 1", r#"{"kty":"RSA","n":"AQ","e":"AQAB"}"#, &["a:b"]);
        }),
        ("bad_key", |k| {
            *k = Klient::maskinporten("m", "M", k.orgnr, "k1", r#"{"kty":"RSA","n":"AQ","e":"AQ","d":"AQ"}"#, &[]);
        }),
    ];
    for (code, spoil) in refused {
        let mut bad = klient();
        spoil(&mut bad);
        assert_eq!(check(&bad).unwrap_err().code, code, "{bad:?}");
    }
}

#[test]
fn six_keys_or_two_of_one_name_are_too_many() {
    let jwk = r#"{"kty":"RSA","n":"AQ","e":"AQAB"}"#;
    let mut machine = Klient::maskinporten("m", "M", klient().orgnr, "k0", jwk, &["a:b"]);
    assert_eq!(check(&machine), Ok(()));
    let key = machine.noekler[0].clone();
    machine.noekler.push(key.clone());
    assert!(check(&machine).is_err());
    machine.noekler =
        (0..5).map(|n| crate::town::state::Klientnoekkel { kid: format!("k{n}"), ..key.clone() }).collect();
    assert_eq!(check(&machine), Ok(()));
    machine.noekler.push(crate::town::state::Klientnoekkel { kid: "k5".into(), ..key });
    assert!(check(&machine).is_err());
}

#[test]
fn a_native_client_may_leave_the_port_of_a_loopback_address_open() {
    let mut native = klient();
    native.applikasjonstype = Applikasjonstype::Native;
    for (uri, good) in [
        ("http://127.0.0.1:*/cb", true),
        ("http://[::1]:*/cb", true),
        ("http://10.0.0.1:*/cb", false),
        ("http://127.0.0.1:*/*", false),
        ("no.example.app:/cb", true),
    ] {
        native.redirect_uris = vec![uri.into()];
        assert_eq!(check(&native).is_ok(), good, "{uri}");
    }
}

#[test]
fn rules_about_the_rest_of_the_record() {
    type Spoil = fn(&mut Klient);
    let rows: [(&str, Spoil); 21] = [
        ("ok", |k| k.tillegg.integrasjonstype = Some(Integrasjonstype::Idporten)),
        ("ok", |k| k.tillegg.integrasjonstype = Some(Integrasjonstype::ApiKlient)),
        ("bad_integration_type", |k| k.tillegg.integrasjonstype = Some(Integrasjonstype::Krr)),
        ("ok", |k| k.scopes.push("byen:x".into())),
        ("bad_scope", |k| {
            k.tillegg.integrasjonstype = Some(Integrasjonstype::Idporten);
            k.scopes.push("byen:x".into());
        }),
        ("bad_grant_type", |k| k.tillegg.tildelinger = vec![Tildeling::JwtBearer]),
        ("ok", |k| k.tillegg.tildelinger = vec![Tildeling::AuthorizationCode, Tildeling::RefreshToken]),
        ("bad_lifetime", |k| {
            k.tillegg.tildelinger = vec![Tildeling::RefreshToken];
            k.refresh_token_levetid = 120;
        }),
        ("ok", |k| {
            k.tillegg.tildelinger = vec![Tildeling::RefreshToken];
            k.refresh_token_levetid = 121;
        }),
        ("ok", |k| {
            k.tillegg.tildelinger = vec![Tildeling::RefreshToken];
            k.refresh_token_levetid = 7200;
        }),
        ("bad_lifetime", |k| {
            k.tillegg.tildelinger = vec![Tildeling::RefreshToken];
            k.refresh_token_levetid = 7201;
        }),
        ("ok", |k| k.tillegg.frontchannel_logout_uri = Some("https://app.example/out".into())),
        ("ok", |k| k.tillegg.backchannel_logout_uri = Some("https://app.example:8443/out".into())),
        ("bad_logout_uri", |k| k.tillegg.frontchannel_logout_uri = Some("https://other.example/out".into())),
        ("bad_logout_uri", |k| k.tillegg.backchannel_logout_uri = Some("https://app.example@other.example/".into())),
        ("bad_logout_uri", |k| k.tillegg.backchannel_logout_uri = Some("https://app.example/out#x".into())),
        ("bad_logout_uri", |k| k.tillegg.backchannel_logout_uri = Some("ftp://app.example/out".into())),
        ("bad_redirect_uri", |k| k.redirect_uris.push("https://localhost:3000/cb".into())),
        ("ok", |k| k.redirect_uris.push("http://localhost:3000/cb".into())),
        ("bad_text", |k| k.tillegg.beskrivelse = "x".repeat(2001)),
        ("bad_text", |k| k.tillegg.logo = Some("x".repeat(100_001))),
    ];
    for (expected, change) in rows {
        let mut one = klient();
        change(&mut one);
        assert_eq!(check(&one).map_or_else(|refusal| refusal.code, |()| "ok"), expected, "{one:?}");
    }
    let under = |id: &str| crate::town::state::Underklient {
        id: id.into(),
        navn: "Nabokommunen".into(),
        orgnr: klient().orgnr,
        beskrivelse: String::new(),
        aktiv: true,
    };
    for (ids, good) in [(vec!["a", "b"], true), (vec!["a", "a"], false), (vec!["a b"], false), (vec![""], false)] {
        let mut one = klient();
        one.tillegg.onbehalfof = ids.iter().map(|id| under(id)).collect();
        assert_eq!(check(&one).is_ok(), good, "{ids:?}");
    }
}

/// The town after `commands`, and what the last one came to.
fn after(seconds: &[(i64, KlientCommand)]) -> (Town, Result<usize, &'static str>) {
    let mut town = Town::new(std::sync::Arc::new(crate::town::model::tests_town::TestTown::eksempel()));
    let start = town.now();
    let mut last = Ok(0);
    for (at, command) in seconds {
        let then = crate::town::event::TidEvent::Naadd(start.plus_millis(at * 1000));
        crate::town::apply(&mut town, &Event::Tid(then));
        let events = decide(&town, command, &Cause::of("test", &[]));
        last = events.as_ref().map(Vec::len).map_err(|refusal| refusal.code);
        events.unwrap_or_default().iter().for_each(|event| crate::town::apply(&mut town, event));
    }
    (town, last)
}

#[test]
fn keys_and_secrets_keep_their_age_until_they_are_given_anew() {
    let jwk = r#"{"kty":"RSA","n":"AQ","e":"AQAB"}"#;
    let first = Klient::maskinporten("m", "M", klient().orgnr, "k0", jwk, &["a:b"]);
    let register = |klient: &Klient| KlientCommand::Registrer(Box::new(klient.clone()));
    let mut renamed = first.clone();
    renamed.navn = "Annet".into();
    renamed.noekler.push(Klientnoekkel { kid: "k1".into(), ..first.noekler[0].clone() });
    let post = KlientCommand::Noekler {
        tjeneste: Tjeneste::Maskinporten,
        client_id: "m".into(),
        noekler: renamed.noekler.clone(),
    };
    let ages = |commands: &[(i64, KlientCommand)]| -> (Vec<i64>, Result<usize, &'static str>) {
        let (town, last) = after(commands);
        let start = town.base.header.start.millis();
        let client = town.klienter.find(Tjeneste::Maskinporten, "m").unwrap().clone();
        (client.noekler.iter().map(|key| (key.registrert.millis() - start) / 1000).collect(), last)
    };
    assert_eq!(ages(&[(0, register(&first)), (50, register(&first))]), (vec![0], Ok(0)));
    assert_eq!(ages(&[(0, register(&first)), (50, register(&renamed))]), (vec![0, 50], Ok(1)));
    let posted = [(0, register(&first)), (50, register(&renamed)), (90, post.clone())];
    assert_eq!(ages(&posted), (vec![90, 90], Ok(1)));
    assert_eq!(after(&[(0, post)]).1, Err("unknown_client"));
    let secret = |word: &str| Klient::idporten("w", "W", klient().orgnr, &[]).with_secret(word);
    let (town, _) = after(&[(0, register(&secret("a"))), (50, register(&secret("a"))), (60, register(&secret("b")))]);
    let age = town.klienter.find(Tjeneste::Idporten, "w").unwrap().hemmelighet.unwrap().registrert;
    assert_eq!(age, town.now());
    let tider = town.klienter.tider[&(Tjeneste::Idporten, "w".into())];
    assert_eq!((tider.opprettet, tider.endret), (town.base.header.start, town.now()));
}

#[test]
fn the_kind_of_an_integration_stays() {
    let register = |kind, scopes: &[&str]| {
        let mut one = klient();
        one.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        one.tillegg.integrasjonstype = kind;
        KlientCommand::Registrer(Box::new(one))
    };
    let (api, plain) = (Some(Integrasjonstype::ApiKlient), Some(Integrasjonstype::Idporten));
    assert_eq!(
        after(&[(0, register(plain, &["openid"])), (1, register(api, &["openid"]))]).1,
        Err("integration_type_fixed")
    );
    assert_eq!(after(&[(0, register(plain, &["openid"])), (1, register(None, &["openid"]))]).1, Ok(1));
    assert_eq!(
        after(&[(0, register(plain, &["openid"])), (1, register(None, &["a:b"]))]).1,
        Err("integration_type_fixed")
    );
    assert_eq!(
        after(&[(0, register(None, &["openid"])), (1, register(None, &["a:b"]))]).1,
        Ok(1),
        "never said, so it follows"
    );
}

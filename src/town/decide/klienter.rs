//! Decisions on registered apps (`specs/eid.md` §3.2, §6).

use super::{Cause, Refusal};
use crate::town::apply::KlientEvent;
use crate::town::event::Event;
use crate::town::state::{Applikasjonstype, Autentisering, Klient, Tjeneste, Town};

/// Keys a client may have.
const MAX_NOEKLER: usize = 5;
/// Texts a registration may hold: an upper bound so that nobody fills a town with one command.
const MAX_TEKST: usize = 2_000;

/// Registration of apps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KlientCommand {
    /// Registers a client, or replaces its whole registration. Registering the same again changes nothing.
    Registrer(Box<Klient>),
    /// Takes a client out of use.
    Avvikle {
        /// Service.
        tjeneste: Tjeneste,
        /// Client id.
        client_id: String,
    },
}

/// Decides a registration.
pub(super) fn decide(town: &Town, command: &KlientCommand, _cause: &Cause) -> Result<Vec<Event>, Refusal> {
    match command {
        KlientCommand::Registrer(klient) => register(town, klient),
        KlientCommand::Avvikle { tjeneste, client_id } => {
            if town.klienter.find(*tjeneste, client_id).is_none() {
                return Err(Refusal::new("unknown_client", format!("no client `{client_id}` is in use")));
            }
            Ok(vec![Event::Klient(KlientEvent::Avviklet { tjeneste: *tjeneste, client_id: client_id.clone() })])
        }
    }
}

fn register(town: &Town, klient: &Klient) -> Result<Vec<Event>, Refusal> {
    check(klient)?;
    if let Some(before) = town.klienter.alle.get(&(klient.tjeneste, klient.client_id.clone())) {
        // Ages of keys and secrets apart: putting the same registration again is not a new one.
        let epoch = crate::clock::Instant::from_millis(0);
        if (**before).clone().registered_at(epoch) == klient.clone().registered_at(epoch) {
            return Ok(Vec::new());
        }
    }
    Ok(vec![Event::Klient(KlientEvent::Registrert(Box::new(klient.clone().registered_at(town.now()))))])
}

/// The rules of the registry that need nothing but the registration.
fn check(klient: &Klient) -> Result<(), Refusal> {
    let refuse = |code, reason: String| Err(Refusal::new(code, reason));
    if !id_like(&klient.client_id, "._:-") {
        return refuse("bad_client_id", "a client id is 1 to 255 letters, digits and `._:-`".into());
    }
    let texts = klient.redirect_uris.iter().chain(&klient.post_logout_redirect_uris).chain(&klient.scopes);
    if texts.chain([&klient.navn]).any(|text| text.is_empty() || text.len() > MAX_TEKST) {
        return refuse("bad_text", format!("names, addresses and scopes have 1 to {MAX_TEKST} bytes"));
    }
    for uri in klient.redirect_uris.iter().chain(&klient.post_logout_redirect_uris) {
        if !uri.bytes().all(|byte| byte.is_ascii_graphic()) || uri.contains('#') || !uri.contains(":/") {
            return refuse("bad_redirect_uri", format!("`{uri}` is not an absolute address without fragment"));
        }
        let wild = uri.contains('*');
        if wild && (klient.applikasjonstype != Applikasjonstype::Native || !is_loopback_wildcard(uri)) {
            return refuse("bad_redirect_uri", format!("`{uri}`: only a native client may leave a loopback port open"));
        }
    }
    if let Some(scope) = klient.scopes.iter().find(|scope| !scope.bytes().all(is_scope_byte)) {
        return refuse("bad_scope", format!("`{scope}` is not a scope"));
    }
    if klient.autentisering.needs_secret() != klient.hemmelighet.is_some() {
        return refuse("bad_auth_method", "a secret belongs to the secret methods, and only to them".into());
    }
    let public = klient.applikasjonstype != Applikasjonstype::Web;
    if public && klient.autentisering != Autentisering::Ingen {
        return refuse("bad_auth_method", "browser and native clients have no authentication".into());
    }
    if klient.tjeneste == Tjeneste::Maskinporten && klient.autentisering != Autentisering::PrivateKeyJwt {
        return refuse("bad_auth_method", "machine clients sign with a key".into());
    }
    if [klient.access_token_levetid, klient.refresh_token_levetid, klient.autorisasjon_levetid].contains(&0) {
        return refuse("bad_lifetime", "lifetimes are at least a second".into());
    }
    check_keys(klient)
}

fn check_keys(klient: &Klient) -> Result<(), Refusal> {
    let refuse = |reason: &str| Err(Refusal::new("bad_key", reason));
    if klient.noekler.len() > MAX_NOEKLER {
        return refuse("a client has at most five keys");
    }
    for (place, noekkel) in klient.noekler.iter().enumerate() {
        if !id_like(&noekkel.kid, "._-") {
            return refuse("a key id is letters, digits and `._-`");
        }
        if klient.noekler[..place].iter().any(|other| other.kid == noekkel.kid) {
            return refuse("two keys with the same id");
        }
        let jwk: serde_json::Value = serde_json::from_str(&noekkel.jwk).unwrap_or_default();
        let has = |name: &str| jwk.get(name).is_some_and(serde_json::Value::is_string);
        if jwk.get("kty").and_then(serde_json::Value::as_str) != Some("RSA") || !has("n") || !has("e") {
            return refuse("a key is an RSA JSON Web Key with `n` and `e`");
        }
        if jwk.get("d").is_some() {
            return refuse("a private key must never be registered");
        }
    }
    Ok(())
}

fn id_like(text: &str, also: &str) -> bool {
    (1..=255).contains(&text.len())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || also.contains(letter))
}

/// RFC 6749 §3.3: printable ASCII without space, `"` and `\`.
fn is_scope_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'"' && byte != b'\\'
}

fn is_loopback_wildcard(uri: &str) -> bool {
    ["http://127.0.0.1:*/", "http://[::1]:*/", "http://localhost:*/"]
        .iter()
        .any(|start| uri.strip_prefix(start).is_some_and(|rest| !rest.contains('*')))
}

#[cfg(test)]
mod tests {
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
}

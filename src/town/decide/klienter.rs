//! Decisions on registered apps (`specs/eid.md` §3.2, §6).

#[cfg(test)]
mod tests;

use super::{Cause, Refusal};
use crate::town::apply::KlientEvent;
use crate::town::event::Event;
use crate::town::state::{
    Applikasjonstype, Autentisering, Integrasjonstype, Klient, Klientnoekkel, Tildeling, Tjeneste, Town,
};

/// Keys a client may have.
const MAX_NOEKLER: usize = 5;
/// Texts a registration may hold: an upper bound so that nobody fills a town with one command.
const MAX_TEKST: usize = 2_000;
/// Bytes of a logo.
const MAX_LOGO: usize = 100_000;

/// Registration of apps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KlientCommand {
    /// Registers a client, or replaces its whole registration. Keys and a secret it had before keep their age, and
    /// registering the same again changes nothing.
    Registrer(Box<Klient>),
    /// Replaces all keys of a client; each begins a new year, also one it had before (`specs/eid.md` §6).
    Noekler {
        /// Service.
        tjeneste: Tjeneste,
        /// Client id.
        client_id: String,
        /// The keys.
        noekler: Vec<Klientnoekkel>,
    },
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
        KlientCommand::Noekler { tjeneste, client_id, noekler } => {
            let before = in_use(town, *tjeneste, client_id)?;
            let noekler = noekler.iter().map(|key| Klientnoekkel { registrert: town.now(), ..key.clone() }).collect();
            let klient = Klient { noekler, ..before.clone() };
            check(&klient)?;
            let is_so = klient == *before;
            Ok(if is_so { Vec::new() } else { registered(klient) })
        }
        KlientCommand::Avvikle { tjeneste, client_id } => {
            in_use(town, *tjeneste, client_id)?;
            Ok(vec![Event::Klient(KlientEvent::Avviklet { tjeneste: *tjeneste, client_id: client_id.clone() })])
        }
    }
}

fn in_use<'a>(town: &'a Town, tjeneste: Tjeneste, client_id: &str) -> Result<&'a Klient, Refusal> {
    let unknown = || Refusal::new("unknown_client", format!("no client `{client_id}` is in use"));
    town.klienter.find(tjeneste, client_id).map(|klient| &**klient).ok_or_else(unknown)
}

fn register(town: &Town, klient: &Klient) -> Result<Vec<Event>, Refusal> {
    check(klient)?;
    let mut klient = klient.clone().registered_at(town.now());
    if let Some(before) = town.klienter.alle.get(&(klient.tjeneste, klient.client_id.clone())) {
        let kinds = [before.tillegg.integrasjonstype, klient.tillegg.integrasjonstype];
        if kinds.iter().any(Option::is_some) && before.integrasjonstype() != klient.integrasjonstype() {
            let reason = format!("the kind of integration of `{}` cannot be changed", klient.client_id);
            return Err(Refusal::new("integration_type_fixed", reason));
        }
        keep_ages(before, &mut klient);
        if **before == klient {
            return Ok(Vec::new());
        }
    }
    Ok(registered(klient))
}

fn registered(klient: Klient) -> Vec<Event> {
    KlientEvent::registrert(klient).map(Event::Klient).collect()
}

/// Keys and a secret that `before` had too are as old as they were there.
fn keep_ages(before: &Klient, klient: &mut Klient) {
    if let (Some(old), Some(new)) = (&before.hemmelighet, &mut klient.hemmelighet)
        && (old.salt, old.hash) == (new.salt, new.hash)
    {
        new.registrert = old.registrert;
    }
    for key in &mut klient.noekler {
        if let Some(old) = before.noekler.iter().find(|old| (&old.kid, &old.jwk) == (&key.kid, &key.jwk)) {
            key.registrert = old.registrert;
        }
    }
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
        if host_of(uri) == Some("localhost") && uri.starts_with("https://") {
            return refuse("bad_redirect_uri", format!("`{uri}`: localhost is allowed with http only"));
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
    check_rest(klient)?;
    check_keys(klient)
}

/// The rules about the rest of the record (`specs/eid.md` §3.2).
fn check_rest(klient: &Klient) -> Result<(), Refusal> {
    let refuse = |code, reason: &str| Err(Refusal::new(code, reason));
    let rest = &klient.tillegg;
    let kind = klient.integrasjonstype();
    if kind.service() != klient.tjeneste.name() {
        return refuse("bad_integration_type", "this kind of integration belongs to another service");
    }
    if kind == Integrasjonstype::Idporten && klient.scopes.iter().any(|one| !matches!(&**one, "openid" | "profile")) {
        return refuse("bad_scope", "an integration of kind `idporten` has the scopes `openid profile` and no other");
    }
    let machine = klient.tjeneste == Tjeneste::Maskinporten;
    if klient.tildelinger().iter().any(|one| (*one == Tildeling::JwtBearer) != machine) {
        return refuse("bad_grant_type", "machine clients have the JWT bearer grant, login clients the others");
    }
    let [access, refresh, whole] =
        [klient.access_token_levetid, klient.refresh_token_levetid, klient.autorisasjon_levetid];
    if rest.tildelinger.contains(&Tildeling::RefreshToken) && (access >= refresh || refresh > whole) {
        return refuse("bad_lifetime", "access token < refresh token <= authorization is the order of lifetimes");
    }
    let texts = [Some(&rest.beskrivelse), rest.visningsnavn.as_ref()];
    if texts.into_iter().flatten().any(|text| text.len() > MAX_TEKST) {
        return refuse("bad_text", "names and descriptions have at most 2000 bytes");
    }
    if rest.logo.as_ref().is_some_and(|logo| logo.len() > MAX_LOGO) {
        return refuse("bad_text", "a logo has at most 100 000 bytes");
    }
    if let Some(utsteder) = &rest.utsteder {
        let http = utsteder.starts_with("http://") || utsteder.starts_with("https://");
        let plain = utsteder.len() <= MAX_TEKST && utsteder.bytes().all(|byte| byte.is_ascii_graphic());
        let whole = http && plain && host_of(utsteder).is_some() && !utsteder.contains(['?', '#']);
        if !machine || !whole || !utsteder.ends_with('/') {
            let reason = "only a machine client pins its issuer: an address that ends in a slash, such as http://localhost:2983/maskinporten/";
            return refuse("bad_issuer", reason);
        }
    }
    let hosts: Vec<&str> = klient.redirect_uris.iter().filter_map(|uri| host_of(uri)).collect();
    for uri in [&rest.frontchannel_logout_uri, &rest.backchannel_logout_uri].into_iter().flatten() {
        let http = uri.starts_with("http://") || uri.starts_with("https://");
        let plain = uri.len() <= MAX_TEKST && uri.bytes().all(|byte| byte.is_ascii_graphic()) && !uri.contains('#');
        if !http || !plain || !host_of(uri).is_some_and(|host| hosts.contains(&host)) {
            return refuse("bad_logout_uri", "the host of a logout address is that of a redirect address");
        }
    }
    for (place, one) in rest.onbehalfof.iter().enumerate() {
        if !id_like(&one.id, "._:-") || one.navn.is_empty() || one.navn.len().max(one.beskrivelse.len()) > MAX_TEKST {
            return refuse("bad_onbehalfof", "a sub-client has an id of letters, digits and `._:-`, and a name");
        }
        if rest.onbehalfof[..place].iter().any(|other| other.id == one.id) {
            return refuse("bad_onbehalfof", "two sub-clients with the same id");
        }
    }
    Ok(())
}

/// Host of an address, without port.
fn host_of(uri: &str) -> Option<&str> {
    let authority = uri.split_once("://")?.1.split(['/', '?', '\\']).next()?;
    if authority.contains('@') {
        return None;
    }
    let end = if authority.starts_with('[') {
        authority.find(']')? + 1
    } else {
        authority.find(':').unwrap_or(authority.len())
    };
    Some(&authority[..end]).filter(|host| !host.is_empty())
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

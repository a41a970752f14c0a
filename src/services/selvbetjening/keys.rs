//! Keys of clients: the whole set is replaced at once, and each key begins a new year (`specs/eid.md` §3.2, §6).

use axum::extract::Path;
use axum::response::Response;
use serde_json::{Value, json};

use super::call::{Answer, Asked, Call, Needs};
use super::faults::Feil;
use super::operations::{KEYS, NEW_KEYS};
use crate::clock::Instant;
use crate::keys::parse_jwk;
use crate::town::Command;
use crate::town::decide::KlientCommand;
use crate::town::state::{Klient, Klientnoekkel};

/// Members every key has; `x5c` may come with them.
const MEMBERS: [&str; 6] = ["kty", "alg", "use", "kid", "e", "n"];
/// Keys a client may have.
const MAX_NOEKLER: usize = 5;

/// The keys of `klient` as they are read.
fn view(klient: &Klient) -> Value {
    let keys: Vec<Value> =
        klient.noekler.iter().filter_map(|noekkel| serde_json::from_str(&noekkel.jwk).ok()).collect();
    let made = klient.noekler.iter().map(|noekkel| noekkel.registrert).max();
    match made {
        Some(made) => json!({ "keys": keys, "created": made.utc(), "last_updated": made.utc() }),
        None => json!({ "keys": keys }),
    }
}

/// `GET /clients/{id}/jwks`.
pub(super) async fn show(Path(id): Path<String>, asked: Asked) -> Response {
    let work = async |call: &mut Call| Ok(Answer::ok(view(call.client(&id)?.as_ref())));
    asked.answer(KEYS, Needs::ReadClients, work).await
}

/// `POST /clients/{id}/jwks`.
pub(super) async fn create(Path(id): Path<String>, asked: Asked) -> Response {
    let work = async |call: &mut Call| Ok(Answer::created(set(call, &id).await?));
    asked.answer(NEW_KEYS, Needs::ChangeClients, work).await
}

/// `PUT /clients/{id}/jwks`.
pub(super) async fn replace(Path(id): Path<String>, asked: Asked) -> Response {
    let work = async |call: &mut Call| Ok(Answer::ok(set(call, &id).await?));
    asked.answer(NEW_KEYS, Needs::ChangeClients, work).await
}

async fn set(call: &mut Call, id: &str) -> Result<Value, Feil> {
    let klient = call.client_in_use(id)?;
    let object = call.object()?;
    let keys = object.get("keys").and_then(Value::as_array);
    let keys = keys.ok_or_else(|| Feil::bad("The body must be {\"keys\": [...]}"))?;
    if keys.len() > MAX_NOEKLER {
        return Err(Feil::bad(format!("A client has at most {MAX_NOEKLER} keys")));
    }
    let noekler = keys.iter().map(noekkel).collect::<Result<Vec<_>, _>>()?;
    for (place, noekkel) in noekler.iter().enumerate() {
        if noekler[..place].iter().any(|other| other.kid == noekkel.kid) {
            return Err(Feil::bad(format!("Two keys with the kid {}", noekkel.kid)));
        }
    }
    let command = KlientCommand::Noekler { tjeneste: klient.tjeneste, client_id: id.to_owned(), noekler };
    call.command(Command::Klient(command), "selvbetjening nye nøkler", &[id]).await?;
    Ok(view(call.client(id)?.as_ref()))
}

/// One key of the set.
fn noekkel(key: &Value) -> Result<Klientnoekkel, Feil> {
    let object = key.as_object().ok_or_else(|| Feil::bad("A key is a JSON object"))?;
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    if let Some(missing) = MEMBERS.into_iter().find(|name| text(name).is_empty()) {
        return Err(Feil::bad(format!("Missing member of a key: {missing}")));
    }
    if text("kty") != "RSA" {
        return Err(Feil::bad("Only keys of type RSA can be registered"));
    }
    if !matches!(text("alg"), "RS256" | "RS384" | "RS512") {
        return Err(Feil::bad("alg of a key is RS256, RS384 or RS512"));
    }
    if text("use") != "sig" {
        return Err(Feil::bad("use of a key is sig"));
    }
    let kid = text("kid");
    let plain = |letter: u8| letter.is_ascii_alphanumeric() || b"._-".contains(&letter);
    if kid.len() > 255 || !kid.bytes().all(plain) {
        return Err(Feil::bad("kid of a key has letters, digits and ._- only"));
    }
    let jwk = key.to_string();
    parse_jwk(&jwk).map_err(|fault| Feil::bad(format!("The key cannot be used: {fault}")))?;
    // The town sets the time of registration.
    Ok(Klientnoekkel { kid: kid.to_owned(), jwk, registrert: Instant::from_millis(0) })
}

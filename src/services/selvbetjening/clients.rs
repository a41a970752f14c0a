//! Clients: list, make, read, change, take out of use, and new secrets (`specs/eid.md` §6).

use axum::extract::Path;
use axum::response::Response;
use serde_json::{Value, json};

use super::call::{Answer, Asked, Call, Needs};
use super::faults::Feil;
use super::operations::{CHANGED_CLIENT, CLIENT, CLIENTS, NEW_CLIENT, RETIRED_CLIENT, SECRET};
use super::record::{FIELDS, Record, view};
use crate::keys::Issuer;
use crate::town::Command;
use crate::town::decide::KlientCommand;
use crate::town::state::{Hemmelighet, Klient, Tjeneste};

/// Whose counter the ids and secrets of a service's clients are drawn from.
fn issuer(tjeneste: Tjeneste) -> Issuer {
    match tjeneste {
        Tjeneste::Idporten => Issuer::Idporten,
        Tjeneste::Ansattporten => Issuer::Ansattporten,
        Tjeneste::Maskinporten => Issuer::Maskinporten,
    }
}

/// `GET /clients`.
pub(super) async fn list(asked: Asked) -> Response {
    let work = async |call: &mut Call| {
        let all = call.town().klienter.alle.values();
        let seen = all.filter(|klient| call.sees(klient) && (klient.aktiv || call.with_inactive()));
        let list: Vec<Value> = seen.map(|klient| Value::Object(view(call.town(), klient))).collect();
        Ok(Answer::ok(Value::Array(list)))
    };
    asked.answer(CLIENTS, Needs::ReadClients, work).await
}

/// `GET /clients/{id}`.
pub(super) async fn show(Path(id): Path<String>, asked: Asked) -> Response {
    let work = async |call: &mut Call| {
        let klient = call.client(&id)?;
        Ok(Answer::ok(Value::Object(view(call.town(), &klient))))
    };
    asked.answer(CLIENT, Needs::ReadClients, work).await
}

/// `POST /clients`.
pub(super) async fn create(asked: Asked) -> Response {
    asked.answer(NEW_CLIENT, Needs::MakeClients, async |call: &mut Call| make(call).await).await
}

async fn make(call: &mut Call) -> Result<Answer, Feil> {
    let record: Record = call.read(FIELDS)?;
    let id = new_id(call);
    let mut klient = record.klient(call, &id, None)?;
    let secret = klient.autentisering.needs_secret().then(|| new_secret_text(call, &klient));
    klient.hemmelighet = secret.as_deref().map(|secret| Hemmelighet::of(&id, secret));
    let place = (klient.tjeneste, id.clone());
    register(call, klient, "selvbetjening ny klient").await?;
    let made = call.town().klienter.alle.get(&place).cloned();
    let mut shown = made.map(|klient| view(call.town(), &klient)).unwrap_or_default();
    if let Some(secret) = secret {
        shown.insert("client_secret".to_owned(), json!(secret));
    }
    Ok(Answer::created(Value::Object(shown)))
}

/// A UUID no client of any service has had.
fn new_id(call: &Call) -> String {
    let own = call.consumer.to_string();
    loop {
        let mut bytes = call.visit.state.draw(Issuer::Maskinporten, "client-id", &own, "");
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex = crate::base::hex(&bytes[..16]);
        let id = format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
        // After a restart the counter begins again while the town remembers.
        if !call.town().klienter.alle.keys().any(|(_, other)| *other == id) {
            return id;
        }
    }
}

fn new_secret_text(call: &Call, klient: &Klient) -> String {
    call.visit.state.draw_text(issuer(klient.tjeneste), "client-secret", &klient.client_id, "")
}

/// Registers `klient` as it is now.
pub(super) async fn register(call: &mut Call, klient: Klient, what: &str) -> Result<(), Feil> {
    let id = klient.client_id.clone();
    call.command(Command::Klient(KlientCommand::Registrer(Box::new(klient))), what, &[&id]).await
}

/// `PUT /clients/{id}`: the whole object.
pub(super) async fn replace(Path(id): Path<String>, asked: Asked) -> Response {
    let work = async |call: &mut Call| {
        let before = call.client_in_use(&id)?;
        let record: Record = call.read(FIELDS)?;
        let mut klient = record.klient(call, &id, Some(&before))?;
        if klient.autentisering.needs_secret() && klient.hemmelighet.is_none() {
            // Nobody is shown this one: the caller asks for a secret of its own.
            klient.hemmelighet = Some(Hemmelighet::of(&id, &new_secret_text(call, &klient)));
            "the client has no secret anybody knows yet; POST to its /secret gives one".clone_into(&mut call.hint);
        }
        let place = (klient.tjeneste, id.clone());
        register(call, klient, "selvbetjening endret klient").await?;
        let now = call.town().klienter.alle.get(&place).cloned();
        Ok(Answer::ok(Value::Object(now.map(|klient| view(call.town(), &klient)).unwrap_or_default())))
    };
    asked.answer(CHANGED_CLIENT, Needs::ChangeClients, work).await
}

/// `DELETE /clients/{id}`.
pub(super) async fn retire(Path(id): Path<String>, asked: Asked) -> Response {
    let work = async |call: &mut Call| {
        let klient = call.client_in_use(&id)?;
        let command = KlientCommand::Avvikle { tjeneste: klient.tjeneste, client_id: id.clone() };
        call.command(Command::Klient(command), "selvbetjening klient avviklet", &[&id]).await?;
        Ok(Answer::done())
    };
    asked.answer(RETIRED_CLIENT, Needs::MakeClients, work).await
}

/// `POST /clients/{id}/secret`.
pub(super) async fn new_secret(Path(id): Path<String>, asked: Asked) -> Response {
    let work = async |call: &mut Call| {
        let klient = call.client_in_use(&id)?;
        if !klient.autentisering.needs_secret() {
            return Err(Feil::bad(format!("The client authenticates with {}", klient.autentisering.name()))
                .hinted("a secret belongs to client_secret_basic and client_secret_post"));
        }
        let secret = new_secret_text(call, &klient);
        let klient = Klient { hemmelighet: Some(Hemmelighet::of(&id, &secret)), ..klient.as_ref().clone() };
        register(call, klient, "selvbetjening ny hemmelighet").await?;
        Ok(Answer::created(json!({ "client_id": id, "client_secret": secret })))
    };
    asked.answer(SECRET, Needs::ChangeClients, work).await
}

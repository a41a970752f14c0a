//! Sub-clients: those a client logs people in for (`specs/eid.md` §3.10, §6).

use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{Answer, Asked, Call, Needs};
use super::clients::register;
use super::faults::Feil;
use super::operations::{CHANGED_SUBCLIENT, NEW_SUBCLIENT, RETIRED_SUBCLIENT, SUBCLIENTS};
use super::record::orgnr;
use crate::town::state::{Klient, Underklient};

const FIELDS: &[&str] = &["onbehalfof", "name", "orgno", "description", "active"];

/// A sub-client as it is sent.
#[derive(Deserialize)]
struct Record {
    onbehalfof: Option<String>,
    name: Option<String>,
    orgno: Option<String>,
    description: Option<String>,
    active: Option<bool>,
}

fn view(one: &Underklient) -> Value {
    json!({
        "onbehalfof": one.id,
        "name": one.navn,
        "orgno": one.orgnr.to_string(),
        "description": one.beskrivelse,
        "active": one.aktiv,
    })
}

fn required<T>(name: &str, value: Option<T>) -> Result<T, Feil> {
    value.ok_or_else(|| Feil::bad(format!("Missing field: {name}")))
}

impl Record {
    fn underklient(self, id: String) -> Result<Underklient, Feil> {
        Ok(Underklient {
            id,
            navn: required("name", self.name)?,
            orgnr: orgnr("orgno", &required("orgno", self.orgno)?)?,
            beskrivelse: self.description.unwrap_or_default(),
            aktiv: true,
        })
    }
}

fn unknown(obo: &str) -> Feil {
    let obo: String = obo.chars().take(60).collect();
    Feil::unknown(format!("No such onbehalfof: {obo}"))
}

/// `GET /clients/{id}/onbehalfof`.
pub(super) async fn list(Path(id): Path<String>, asked: Asked) -> Response {
    let work = async |call: &mut Call| {
        let klient = call.client(&id)?;
        let seen = klient.tillegg.onbehalfof.iter().filter(|one| one.aktiv || call.with_inactive());
        Ok(Answer::ok(seen.map(view).collect()))
    };
    asked.answer(SUBCLIENTS, Needs::ReadSubclients, work).await
}

/// `GET /clients/{id}/onbehalfof/{obo}`.
pub(super) async fn show(Path((id, obo)): Path<(String, String)>, asked: Asked) -> Response {
    let work = async |call: &mut Call| {
        let klient = call.client(&id)?;
        let found = klient.tillegg.onbehalfof.iter().find(|one| one.id == obo && (one.aktiv || call.with_inactive()));
        found.map(|one| Answer::ok(view(one))).ok_or_else(|| unknown(&obo))
    };
    asked.answer(SUBCLIENTS, Needs::ReadSubclients, work).await
}

/// `POST /clients/{id}/onbehalfof`.
pub(super) async fn create(Path(id): Path<String>, asked: Asked) -> Response {
    let work = async |call: &mut Call| {
        let mut klient = call.client_in_use(&id)?.as_ref().clone();
        let mut record: Record = call.read(FIELDS)?;
        let obo = required("onbehalfof", record.onbehalfof.take())?;
        if let Some(before) = klient.tillegg.onbehalfof.iter().find(|one| one.id == obo) {
            let state = if before.aktiv { "exists" } else { "exists and is out of use" };
            return Err(Feil::conflict(format!("The onbehalfof {state}")).hinted(AGAIN));
        }
        let one = record.underklient(obo)?;
        let shown = view(&one);
        klient.tillegg.onbehalfof.push(one);
        register(call, klient, "selvbetjening ny underklient").await?;
        Ok(Answer::created(shown))
    };
    asked.answer(NEW_SUBCLIENT, Needs::ChangeSubclients, work).await
}

/// How something out of use comes back.
pub(super) const AGAIN: &str = "nothing is ever deleted: PUT it with \"active\": true to take it into use again";

/// The place of `obo` among the sub-clients of `klient`.
fn place(klient: &Klient, obo: &str, inactive: bool) -> Result<usize, Feil> {
    let found = klient.tillegg.onbehalfof.iter().position(|one| one.id == obo && (one.aktiv || inactive));
    found.ok_or_else(|| unknown(obo))
}

/// `PUT /clients/{id}/onbehalfof/{obo}`: the whole object.
pub(super) async fn replace(Path((id, obo)): Path<(String, String)>, asked: Asked) -> Response {
    let work = async |call: &mut Call| {
        let mut klient = call.client_in_use(&id)?.as_ref().clone();
        let record: Record = call.read(FIELDS)?;
        let place = place(&klient, &obo, record.active == Some(true))?;
        if record.onbehalfof.as_ref().is_some_and(|other| *other != obo) {
            return Err(Feil::bad("onbehalfof is another than in the address"));
        }
        let one = record.underklient(obo.clone())?;
        let shown = view(&one);
        klient.tillegg.onbehalfof[place] = one;
        register(call, klient, "selvbetjening endret underklient").await?;
        Ok(Answer::ok(shown))
    };
    asked.answer(CHANGED_SUBCLIENT, Needs::ChangeSubclients, work).await
}

/// `DELETE /clients/{id}/onbehalfof/{obo}`.
pub(super) async fn retire(Path((id, obo)): Path<(String, String)>, asked: Asked) -> Response {
    let work = async |call: &mut Call| {
        let mut klient = call.client_in_use(&id)?.as_ref().clone();
        let place = place(&klient, &obo, false)?;
        klient.tillegg.onbehalfof[place].aktiv = false;
        register(call, klient, "selvbetjening underklient avviklet").await?;
        Ok(Answer::done())
    };
    asked.answer(RETIRED_SUBCLIENT, Needs::ChangeSubclients, work).await
}

//! The standard business document as the API gives it back (`specs/eformidling.md` §2.1, §3.5).

use serde_json::{Map, Value, json};

use super::identifikator::ISO6523;
use super::sbd::{HEADER, SCOPES};
use super::wire::stamp;
use crate::town::state::{Adresseblokk, Innhold, Melding};

fn adresse_json(blokk: &Adresseblokk) -> Value {
    let mut out = Map::new();
    let mut put = |name: String, value: Option<&str>| {
        if let Some(value) = value {
            out.insert(name, json!(value));
        }
    };
    put("navn".into(), blokk.navn.as_deref());
    for (number, linje) in (1..).zip(&blokk.linjer) {
        put(format!("adresselinje{number}"), Some(linje));
    }
    put("postnummer".into(), blokk.postnummer.as_deref());
    put("poststed".into(), blokk.poststed.as_deref());
    put("land".into(), blokk.land.as_deref());
    Value::Object(out)
}

/// The document as the API gives it back: the client's own, without nulls, with everything it left out filled in.
pub(super) fn sbd(melding: &Melding) -> Value {
    let given: Value = serde_json::from_str(&melding.sbd).unwrap_or_default();
    let mut document = without_nulls(given);
    let header = &mut document[HEADER];
    header["sender"] = partner_with(&header["sender"], &melding.avsender);
    header["receiver"] = partner_with(&header["receiver"], &melding.mottaker);
    let identification = &mut header["documentIdentification"];
    identification["instanceIdentifier"] = json!(melding.noekkel.id.to_string());
    if identification["creationDateAndTime"].is_null() {
        identification["creationDateAndTime"] = json!(stamp(melding.opprettet));
    }
    let scopes = header["businessScope"]["scope"].as_array_mut();
    for scope in scopes.into_iter().flatten() {
        let slag = scope["type"].as_str().unwrap_or_default();
        if let Some(known) = SCOPES.iter().find(|known| known.eq_ignore_ascii_case(slag)) {
            scope["type"] = json!(known);
        }
        if scope["type"] == "ConversationId" {
            scope["instanceIdentifier"] = json!(melding.samtale.to_string());
            if scope["scopeInformation"][0]["expectedResponseDateTime"].is_null() {
                scope["scopeInformation"] = json!([{ "expectedResponseDateTime": stamp(melding.utloeper) }]);
            }
        }
    }
    if let Innhold::Print { mottaker, retur, .. } = &melding.innhold {
        let print = &mut document[melding.dokumenttype().kode()];
        print["mottaker"] = adresse_json(mottaker);
        print["retur"]["mottaker"] = adresse_json(retur);
        for (place, default) in [("utskriftsfarge", "SORT_HVIT"), ("posttype", "B_OEKONOMI")] {
            if print[place].is_null() {
                print[place] = json!(default);
            }
        }
        if print["retur"]["returhaandtering"].is_null() {
            print["retur"]["returhaandtering"] = json!("DIREKTE_RETUR");
        }
    }
    document
}

/// The client's partner array with its identifier as the server understands it.
fn partner_with(given: &Value, value: &str) -> Value {
    let mut partner = given.get(0).cloned().unwrap_or_else(|| json!({}));
    if partner["identifier"]["authority"].as_str().is_none_or(str::is_empty) {
        partner["identifier"]["authority"] = json!(ISO6523);
    }
    partner["identifier"]["value"] = json!(value);
    json!([partner])
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .filter(|(_, member)| !member.is_null())
                .map(|(name, member)| (name, without_nulls(member)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

//! How a representation stands in tokens and token responses (`specs/eid.md` §3.9, §4.2 to §4.5).

use serde_json::{Map, Value, json};

use super::details::{Details, Kind};
use super::parties::{Organisation, rights};
use crate::access::organisasjon;
use crate::town::state::{Fullmakt, Person};

/// In front of every resource.
const RESOURCE: &str = "urn:altinn:resource:";
/// Names of resources that cannot be read off their ids.
const NAMES: &[(&str, &str)] = &[("2480:40", "Nøkkelroller")];

/// Nobody is represented: each element with its type alone.
pub(super) fn nobody(details: &Details) -> Value {
    let kind = details.kind;
    if kind == Kind::Fullmakt {
        return json!([]);
    }
    Value::Array(details.elements.iter().map(|_| json!({ "type": kind.name() })).collect())
}

/// The organisations `chosen` are represented: an element for each one asked for in which there are rights.
pub(super) fn organisations(details: &Details, chosen: &[&Organisation<'_>]) -> Value {
    let elements = details.elements.iter().enumerate().filter_map(|(place, element)| {
        let with_rights = || chosen.iter().filter_map(move |one| Some((one, one.rettigheter[place].as_ref()?)));
        let _ = with_rights().next()?;
        let mut out = Map::new();
        out.insert("type".into(), json!(details.kind.name()));
        if details.kind != Kind::Orgno {
            out.insert("resource".into(), json!(format!("{RESOURCE}{}", element.resource)));
            out.insert("resource_name".into(), json!(resource_name(&element.resource)));
        }
        let (name, parties): (&str, Vec<Value>) = match details.kind {
            Kind::Service => ("reportees", with_rights().map(|(one, rights)| reportee(one, rights)).collect()),
            Kind::Orgno => ("authorized_parties", with_rights().map(|(one, rights)| employer(one, rights)).collect()),
            _ => ("authorized_parties", with_rights().map(|(one, _)| party(one, &element.resource)).collect()),
        };
        out.insert(name.into(), Value::Array(parties));
        Some(Value::Object(out))
    });
    Value::Array(elements.collect())
}

fn party(one: &Organisation<'_>, resource: &str) -> Value {
    json!({ "orgno": organisasjon(one.orgnr), "resource": resource, "name": one.navn, "unit_type": one.form })
}

/// The older Altinn writes its keys with capitals, and the organisation flat.
fn reportee(one: &Organisation<'_>, rights: &[String]) -> Value {
    let id = format!("0192:{}", one.orgnr);
    json!({ "Authority": "iso6523-actorid-upis", "ID": id, "Name": one.navn, "Rights": rights })
}

fn employer(one: &Organisation<'_>, rights: &[String]) -> Value {
    let mut out = Map::new();
    out.insert("orgno".into(), organisasjon(one.orgnr));
    out.insert("name".into(), json!(one.navn));
    if !rights.is_empty() {
        out.insert("rights".into(), json!(rights));
    }
    Value::Object(out)
}

/// A resource's id as its name: `byggesak-innsending` is *Byggesak innsending*. Names are the resource owner's own words,
/// which the town does not hold.
fn resource_name(id: &str) -> String {
    if let Some((_, name)) = NAMES.iter().find(|(known, _)| *known == id) {
        return (*name).to_owned();
    }
    let words = id.replace(['-', '_', '.'], " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `one` is represented by `representative`: an element for each one asked for whose tasks there is one of.
pub(super) fn person(details: &Details, representative: &Person<'_>, one: &Fullmakt<'_>) -> Value {
    let named = |person: &Person<'_>| json!({ "name": person.navn().full().to_uppercase(), "pid": person.nummer().to_string() });
    let elements = details.elements.iter().filter_map(|element| {
        let rights = rights(one, &element.permission_roles);
        let permissions: Vec<Value> =
            rights.iter().map(|right| json!({ "owner": right.eier, "role": right.rolle })).collect();
        (!permissions.is_empty()).then(|| {
            json!({
                "type": details.kind.name(),
                "authorizer": named(&one.giver),
                "authorized_representative": named(representative),
                "permissions": permissions,
            })
        })
    });
    Value::Array(elements.collect())
}

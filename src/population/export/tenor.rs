//! People in the form of an answer of the national test-data search (Tenor, source `freg`): a list of documents, each
//! with what the search shows, its relations, and the register's own document as text under `tenorMetadata.kildedata`.
//!
//! Where a strictly confidential person lives stands nowhere, neither on the document nor on those of relatives.

use serde_json::{Map, Value, json};

use super::Shown;
use crate::town::Town;
use crate::town::model::{BoligId, PersonId, Personstatus};
use crate::town::state::Person;

/// The answer that lists `people` of `town`.
#[must_use]
pub fn tenor(town: &Town, people: &[PersonId]) -> Value {
    let shown = Shown::new(&town.base, 0);
    let documents: Vec<Value> = people.iter().map(|&id| document(&shown, &town.person(id))).collect();
    json!({
        "treff": documents.len(),
        "rader": documents.len(),
        "offset": 0,
        "nesteSide": null,
        // As text: the search gives a small number, and not every reader keeps 64 bits.
        "seed": town.base.header.seed.to_string(),
        "dokumentListe": documents,
    })
}

fn document(shown: &Shown<'_>, person: &Person<'_>) -> Value {
    let mut document = facts(person);
    let home = shown.home(person.id);
    if let Some(line) = home.and_then(|home| one_line(shown, home)) {
        document.insert("bostedsadresse".to_owned(), json!(line));
    }
    document.insert("tenorRelasjoner".to_owned(), json!({ "freg": relations(person) }));
    let source = json!({
        "identifikasjonsnummer": [{ "erGjeldende": true, "foedselsEllerDNummer": person.nummer().to_string() }],
        "navn": [{
            "erGjeldende": true, "fornavn": *person.navn().fornavn, "mellomnavn": person.navn().mellomnavn.as_deref(),
            "etternavn": *person.navn().etternavn,
        }],
        "bostedsadresse": home.map(|home| vec![address(shown, home, person)]).unwrap_or_default(),
    });
    document.insert(
        "tenorMetadata".to_owned(),
        json!({
            "id": person.nummer().to_string(),
            "kilder": ["freg"],
            "kildedata": source.to_string(),
        }),
    );
    Value::Object(document)
}

/// What stands on a document and on those of relatives: nothing about homes.
fn facts(person: &Person<'_>) -> Map<String, Value> {
    let navn = person.navn();
    let number = person.nummer().to_string();
    let kind = match person.status() {
        Personstatus::Midlertidig | Personstatus::Inaktiv => "dNummer",
        _ => "foedselsnummer",
    };
    let norwegian = person.entries().iter().any(|entry| {
        entry.is_gjeldende()
            && matches!(entry.fact, crate::town::model::Fact::Statsborgerskap(land) if land.as_str() == "NOR")
    });
    let facts = json!({
        "id": number,
        "identifikator": [number],
        "identifikatorType": kind,
        "visningnavn": navn.full(),
        "fornavn": *navn.fornavn,
        "mellomnavn": navn.mellomnavn.as_deref(),
        "etternavn": *navn.etternavn,
        "foedselsdato": person.foedselsdato().to_string(),
        "kjoenn": person.kjoenn().code(),
        "personstatus": person.status().code(),
        "sivilstand": person.sivilstand().0.code(),
        "norskStatsborgerskap": norwegian,
        "adresseBeskyttelse": person.gradering().code(),
    });
    match facts {
        Value::Object(facts) => facts.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        _ => Map::new(),
    }
}

fn relations(person: &Person<'_>) -> Vec<Value> {
    let parent = |one: Option<Person<'_>>, name: &'static str| one.map(|one| (facts(&one), name));
    let second =
        if person.far().is_some_and(|far| far.kjoenn() == crate::base::Kjoenn::Kvinne) { "medmor" } else { "far" };
    let parents = [parent(person.mor(), "mor"), parent(person.far(), second), parent(person.ektefelle(), "partner")];
    let children = person.barn().into_iter().map(|child| (facts(&child), "barn"));
    parents
        .into_iter()
        .flatten()
        .chain(children)
        .map(|(mut facts, name)| {
            facts.insert("tenorRelasjonsnavn".to_owned(), json!(name));
            Value::Object(facts)
        })
        .collect()
}

fn one_line(shown: &Shown<'_>, home: BoligId) -> Option<String> {
    let address = crate::town::state::gateadresse(shown.base, home)?;
    Some(format!("{}, {} {}", address.gate, address.postnummer, address.poststed))
}

/// A home as the register writes it (`specs/folkeregister.md` §6.3).
fn address(shown: &Shown<'_>, home: BoligId, person: &Person<'_>) -> Value {
    let (base, row) = (shown.base, home.index());
    let homes = &base.boliger;
    let post = base.poststeder[usize::from(homes.poststed[row])];
    let gate = base.gater.get(homes.gate[row] as usize);
    let letter = (homes.husbokstav[row] != 0).then(|| char::from(homes.husbokstav[row]).to_string());
    json!({
        "erGjeldende": true,
        "adressegradering": person.gradering().code(),
        "grunnkrets": homes.grunnkrets[row],
        "skolekrets": homes.skolekrets[row],
        "stemmekrets": homes.stemmekrets[row],
        "vegadresse": gate.map(|gate| json!({
            "kommunenummer": base.kommune.nummer.to_string(),
            "bruksenhetsnummer": String::from_utf8_lossy(&homes.bruksenhet[row]),
            "bruksenhetstype": homes.bruksenhetstype[row].code(),
            "adressenavn": base.tekst.get(gate.navn),
            "adressekode": gate.kode.to_string(),
            "adressenummer": { "husnummer": homes.husnummer[row].to_string(), "husbokstav": letter },
            "poststed": {
                "postnummer": format!("{:04}", post.nummer), "poststedsnavn": base.tekst.get(post.navn),
            },
        })),
    })
}

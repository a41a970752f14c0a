//! The oracle of search: who is found is exactly who the documents say, in a town in which everything has happened.

use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::super::dokument::{self, Spoersmaal};
use super::super::elementer::Utvalg;
use super::super::media::Form;
use super::super::pakker::{OMH, PAKKER, Pakke};
use super::super::soek;
use super::calls::query;
use super::daarlig_inndata::told;
use crate::town::Town;
use crate::town::model::Gradering;
use crate::town::state::gateadresse;

/// Everybody's document with history.
fn documents(town: &Town, pakke: &Pakke) -> Vec<Value> {
    let parts = ["navn", "status", "foedsel", "kjoenn", "bostedsadresse", "historikk"];
    let utvalg = Utvalg::parse(pakke, parts).expect("parts that are known");
    let spoersmaal = Spoersmaal { pakke, utvalg, form: Form::Json };
    let of = |id| serde_json::to_value(dokument::person(town, id, spoersmaal, town.now())).expect("JSON");
    town.people().map(|person| of(person.id)).collect()
}

fn entries<'a>(document: &'a Value, element: &str, historic: bool) -> Vec<&'a Value> {
    let all = document[element].as_array().map_or(&[][..], Vec::as_slice);
    all.iter().filter(|entry| historic || entry["erGjeldende"] == json!(true)).collect()
}

/// The value of a parameter.
fn of<'a>(asked: &'a [(String, String)], name: &str) -> Option<&'a str> {
    asked.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn words<'a>(entry: &'a Value, keys: &[&str]) -> Vec<&'a str> {
    let texts = keys.iter().filter_map(|key| entry[key].as_str());
    texts.flat_map(|text| text.split([' ', '-', '*', '\'', '.'])).collect()
}

fn is_address(entry: &Value, asked: &[(String, String)]) -> bool {
    let street = &entry["vegadresse"];
    let place = if street.is_object() { street } else { &entry["matrikkeladresse"] };
    let municipality = [&street["kommunenummer"], &place["matrikkelnummer"]["kommunenummer"]];
    let kommune = municipality.into_iter().chain([&entry["ukjentBosted"]["bostedskommune"]]).find_map(Value::as_str);
    let house = street["adressenummer"]["husnummer"].as_str();
    of(asked, "adressenavn").is_none_or(|name| street["adressenavn"].as_str().is_some_and(|own| own.starts_with(name)))
        && of(asked, "husnummer").is_none_or(|number| house == Some(number))
        && of(asked, "postnummer").is_none_or(|number| place["poststed"]["postnummer"].as_str() == Some(number))
        && of(asked, "kommunenummer").is_none_or(|number| kommune == Some(number))
}

/// Whether somebody with this document is meant.
fn is_meant(document: &Value, asked: &[(String, String)]) -> bool {
    let historic = of(asked, "opplysningsgrunnlag") == Some("historisk");
    let now = |element: &str| entries(document, element, false)[0].clone();
    let name = of(asked, "navn").unwrap_or("");
    let by_name = |entry: &&Value| {
        let own = words(entry, &["fornavn", "mellomnavn", "etternavn"]);
        words(&json!({ "navn": name }), &["navn"]).into_iter().all(|word| own.contains(&word))
    };
    let address =
        ["adressenavn", "husnummer", "postnummer", "kommunenummer"].iter().any(|key| of(asked, key).is_some());
    let date = now("foedsel")["foedselsdato"].as_str().expect("a date").replace('-', "");
    (name.is_empty() || entries(document, "navn", historic).iter().any(by_name))
        && (!address || entries(document, "bostedsadresse", historic).iter().any(|entry| is_address(entry, asked)))
        && of(asked, "kjoenn").is_none_or(|kjoenn| now("kjoenn")["kjoenn"] == json!(kjoenn))
        && of(asked, "foedselsdato").is_none_or(|wanted| date == wanted)
        && of(asked, "foedselsaarFraOgMed").is_none_or(|year| &date[..4] >= year)
        && of(asked, "foedselsaarTilOgMed").is_none_or(|year| &date[..4] <= year)
        && (of(asked, "inkluderDoede") == Some("true") || now("status")["status"] != json!("doed"))
}

/// Questions after what stands in an entry of somebody's name and one of somebody's home.
fn questions(document: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let birth = text(&entries(document, "foedsel", false)[0]["foedselsdato"]).replace('-', "");
    let mut asked = vec![
        format!("foedselsdato={birth}"),
        format!("foedselsaarFraOgMed={0}&foedselsaarTilOgMed={0}&kjoenn=kvinne&inkluderDoede=true", &birth[..4]),
        format!("kommunenummer=9901&foedselsaarTilOgMed={}&kjoenn=mann", &birth[..4]),
    ];
    for name in entries(document, "navn", true) {
        let (first, last) = (text(&name["fornavn"]), text(&name["etternavn"]));
        for past in ["", "&opplysningsgrunnlag=historisk"] {
            asked.push(format!("navn={last}{past}"));
            asked.push(format!("navn={first} {last}&inkluderDoede=true{past}"));
            asked.push(format!("navn={last}&kommunenummer=9901{past}"));
        }
    }
    for home in entries(document, "bostedsadresse", true) {
        let street = &home["vegadresse"];
        let (name, house) = (text(&street["adressenavn"]), text(&street["adressenummer"]["husnummer"]));
        if name.is_empty() {
            continue;
        }
        let code = text(&street["poststed"]["postnummer"]);
        let beginning: String = name.chars().take(4).collect();
        for past in ["", "&opplysningsgrunnlag=historisk", "&opplysningsgrunnlag=historisk&inkluderDoede=true"] {
            asked.push(format!("adressenavn={name}&husnummer={house}{past}"));
            asked.push(format!("adressenavn={beginning}&postnummer={code}&kjoenn=mann{past}"));
            asked.push(format!("postnummer={code}&husnummer={house}{past}"));
        }
    }
    asked
}

#[test]
fn the_list_holds_exactly_those_whose_documents_fit() {
    let town = super::oracle::families_changed().town;
    let changed = town.folk.people.rows().len();
    for pakke in
        PAKKER.into_iter().filter(|pakke| ["offentlig-med-hjemmel", "offentligutenhjemmel", "eid"].contains(&pakke.id))
    {
        let documents = documents(&town, pakke);
        let everybody: Vec<&Value> = documents.iter().collect();
        // Each of those the world has changed, and some of the others.
        let asked_about = (0..everybody.len())
            .filter(|place| place % 101 == 0 || town.folk.people.get(*place).is_some() && pakke.hjemmel);
        let asked: std::collections::BTreeSet<String> =
            asked_about.flat_map(|place| questions(everybody[place])).collect();
        let mut found = 0;
        for text in &asked {
            let parameters = query(text);
            let (status, _, body) = told(soek::liste(&town, pakke, &parameters, &HeaderMap::new()));
            assert_eq!(status, 200, "{text}");
            let mut numbers: Vec<&str> =
                body["foedselsEllerDNummer"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
            let meant = everybody.iter().filter(|document| is_meant(document, &parameters));
            let number = |document: &&&'_ Value| {
                let of = entries(document, "identifikasjonsnummer", false)[0];
                of["foedselsEllerDNummer"].as_str().expect("a number").to_owned()
            };
            let mut expected: Vec<String> = meant.map(|document| number(&document)).collect();
            numbers.sort_unstable();
            expected.sort_unstable();
            assert_eq!(numbers, expected, "{text} for {}", pakke.id);
            found += numbers.len();
        }
        assert!(asked.len() > 100 && found > asked.len(), "{} questions, {found} hits, {changed} changed", asked.len());
    }
}

#[test]
fn the_one_person_is_found_when_the_documents_have_only_one() {
    let town = super::oracle::families_changed().town;
    let documents = documents(&town, &OMH);
    let mut seen = [0, 0];
    for document in documents.iter().step_by(7) {
        let (name, birth) = (entries(document, "navn", false)[0], entries(document, "foedsel", false)[0]);
        let date = birth["foedselsdato"].as_str().expect("a date");
        let (first, last) = (name["fornavn"].as_str().expect("one"), name["etternavn"].as_str().expect("one"));
        let (first, last) = (first.split(['*', ' ', '-']).next().expect("a word"), last);
        let asked = format!("navn={first} {last}&foedselsdato={}", date.replace('-', ""));
        let fits = |other: &&Value| {
            let is = |entry: &Value| {
                words(entry, &["fornavn"]).contains(&first)
                    && words(&json!({ "a": last }), &["a"])
                        .iter()
                        .all(|word| words(entry, &["fornavn", "mellomnavn", "etternavn"]).contains(word))
                    && words(entry, &["etternavn"])
                        .contains(words(&json!({ "a": last }), &["a"]).last().expect("a word"))
            };
            entries(other, "foedsel", false)[0]["foedselsdato"] == birth["foedselsdato"]
                && entries(other, "navn", false).into_iter().any(is)
        };
        let count = documents.iter().filter(fits).count();
        let (status, _, body) = told(soek::entydig(&town, &OMH, &query(&asked), &HeaderMap::new()));
        assert_eq!(status, if count == 1 { 200 } else { 404 }, "{asked}: {count}");
        if count == 1 {
            assert_eq!(body["navn"][0]["fornavn"], name["fornavn"], "{asked}");
        }
        seen[usize::from(count != 1)] += 1;
    }
    assert!(seen[0] > 100, "{seen:?}");
}

#[test]
fn nobody_lives_where_the_strictly_protected_do() {
    let town = super::oracle::families_changed().town;
    let mut homes = 0;
    for hidden in town.people().filter(|person| person.gradering() == Gradering::StrengtFortrolig) {
        let Some(home) = hidden.bolig().and_then(|home| gateadresse(&town.base, home)) else { continue };
        let Some((street, house)) = home.gate.rsplit_once(' ') else { continue };
        for pakke in PAKKER {
            for past in ["gjeldende", "historisk"] {
                for place in [
                    format!("adressenavn={street}&husnummer={house}"),
                    format!("adressenavn={street}"),
                    format!("postnummer={}", home.postnummer),
                    format!("kommunenummer={}", town.base.kommune.nummer),
                ] {
                    let text =
                        format!("{place}&opplysningsgrunnlag={past}&inkluderOppholdsadresse=true&inkluderDoede=true");
                    let (status, _, body) = told(soek::liste(&town, pakke, &query(&text), &HeaderMap::new()));
                    assert_eq!(status, 200);
                    let number = hidden.nummer().to_string();
                    assert!(!body.to_string().contains(&number), "{number} by {text} for {}", pakke.id);
                }
            }
        }
        homes += 1;
    }
    assert!(homes > 0, "somebody is hidden");
}

//! Everybody's documents, everything that ever happened to them, and the feeds of all packages, against the schemas and
//! the promises clients rely on (`specs/folkeregister.md` §6.1).
//!
//! `BYTEBY_CRAWL=20000` crawls a larger town; `BYTEBY_XML_OUT=DIR` writes what is XML down for `tests/xsd.sh`.

use std::sync::Arc;

use axum::http::HeaderMap;
use serde_json::Value;

use super::super::dokument::{self, Spoersmaal};
use super::super::elementer::Utvalg;
use super::super::media::Form;
use super::super::pakker::{OMH, PAKKER, Pakke};
use super::super::{rules, soek};
use super::calls::{finish, headers, json_of, query, text_of};
use crate::formats::skjema::Skjema;
use crate::town::model::tests_town::{TestTown, rolle};
use crate::town::model::{DocumentId, Gradering, Personstatus, Spraak};
use crate::town::state::{FeedRow, Person};
use crate::town::{Town, derive};

/// Everything a client can ask for.
const ALT: &str = "part=person-basis&part=historikk&part=identitetsgrunnlag-utvidet&part=relasjon-utvidet&part=innflytting\
    &part=utlendingsmyndighetenesIdentifikasjonsnummer&part=utflytting&part=foedselINorge&part=opphold&part=bibehold\
    &part=rettsligHandleevne&part=brukAvSamiskSpraak&part=forholdTilSametingetsValgmanntall&part=oppholdPaaSvalbard";
/// Elements of which several entries can be current.
const FLERE: [&str; 7] = [
    "familierelasjon",
    "foreldreansvar",
    "statsborgerskap",
    "vergemaalEllerFremtidsfullmakt",
    "utenlandskPersonidentifikasjon",
    "legitimasjonsdokument",
    "oppholdPaaSvalbard",
];

fn town() -> Arc<Town> {
    let size = std::env::var("BYTEBY_CRAWL").ok().map_or(1_500, |size| size.parse().expect("how many people"));
    let spec = crate::population::Spec { size, ..Default::default() };
    Arc::new(Town::new(Arc::new(crate::population::generate(&spec).expect("a town"))))
}

fn document(person: &Person<'_>, pakke: &Pakke, form: Form) -> super::super::wire::Person {
    let parts = query(ALT);
    let parts = parts.iter().map(|(_, part)| part.as_str());
    let utvalg = Utvalg::parse(pakke, parts).expect("parts that are known");
    let town = person.town();
    dokument::person(town, person.id, Spoersmaal { pakke, utvalg, form }, town.now())
}

fn schema_of(pakke: &Pakke) -> &'static str {
    match pakke.id {
        "offentlig-med-hjemmel" => "folkeregister/person-offentlig-med-hjemmel",
        "offentligutenhjemmel" => "folkeregister/person-offentligutenhjemmel",
        "finans" => "folkeregister/person-finans",
        "eid" => "folkeregister/person-eid",
        _ => "folkeregister/person-privat",
    }
}

/// What is empty or nothing anywhere in `value`.
fn emptiness(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("null".to_owned()),
        Value::String(text) => text.is_empty().then(|| "an empty text".to_owned()),
        Value::Array(list) if list.is_empty() => Some("an empty list".to_owned()),
        Value::Array(list) => list.iter().find_map(emptiness),
        Value::Object(object) if object.is_empty() => Some("an empty object".to_owned()),
        Value::Object(object) => {
            object.iter().find_map(|(key, inner)| emptiness(inner).map(|what| format!("{key}: {what}")))
        }
        _ => None,
    }
}

fn current(document: &Value, element: &str) -> usize {
    let entries = document[element].as_array().map_or(&[][..], Vec::as_slice);
    entries.iter().filter(|entry| entry["erGjeldende"] == Value::Bool(true)).count()
}

fn promises(person: &Person<'_>, pakke: &Pakke, document: &Value) {
    let who = person.nummer();
    assert_eq!(emptiness(document), None, "{who} for {}", pakke.id);
    for (element, entries) in document.as_object().expect("an object") {
        let several = FLERE.contains(&element.as_str());
        assert!(several || current(document, element) <= 1, "{who} for {}: {element} {entries}", pakke.id);
    }
    assert_eq!(current(document, "status"), 1, "{who} for {}", pakke.id);
    if document.get("identifikasjonsnummer").is_some() {
        assert_eq!(current(document, "identifikasjonsnummer"), 1, "{who} for {}", pakke.id);
    }
    if matches!(person.status(), Personstatus::Doed | Personstatus::Utflyttet) {
        assert_eq!(current(document, "bostedsadresse"), 0, "{who} for {}", pakke.id);
    }
    if person.gradering() == Gradering::StrengtFortrolig {
        let text = document.to_string();
        let kommune = format!("\"{}\"", person.town().base.kommune.nummer);
        for secret in ["bostedsadresse", "deltBosted", "oppholdsadresse", "vegadresse", kommune.as_str()] {
            assert!(!text.contains(secret), "{who} for {}: {secret}", pakke.id);
        }
    }
}

#[test]
fn everybodys_document_keeps_the_contract_in_every_package() {
    let town = town();
    let schemas: Vec<(&Pakke, Skjema)> =
        PAKKER.into_iter().map(|pakke| (pakke, Skjema::named(schema_of(pakke)))).collect();
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for person in town.people() {
        for (pakke, schema) in &schemas {
            let document = serde_json::to_value(document(&person, pakke, Form::Json)).expect("JSON");
            assert_eq!(schema.fault(&document), None, "{} for {}", person.nummer(), pakke.id);
            promises(&person, pakke, &document);
            if pakke.hjemmel {
                document
                    .as_object()
                    .expect("an object")
                    .keys()
                    .for_each(|key| *seen.entry(key.clone()).or_default() += 1);
            }
        }
    }
    // Nobody has a false identity or asked to keep a citizenship: no column holds that.
    let never: Vec<&str> = super::super::elementer::Element::all()
        .map(super::super::elementer::Element::navn)
        .filter(|navn| !seen.contains_key(*navn))
        .collect();
    let rare = [
        "falskIdentitet",
        "bibehold",
        "oppholdPaaSvalbard",
        "brukAvSamiskSpraak",
        "forholdTilSametingetsValgmanntall",
        "rettsligHandleevne",
    ];
    assert!(never.iter().all(|navn| rare.contains(navn)), "{never:?} of {seen:?}");
    // Where few have Sámi names, nobody's language may be Sámi.
    let scarce = ["falskIdentitet", "bibehold", "brukAvSamiskSpraak", "forholdTilSametingetsValgmanntall"];
    if town.base.header.size >= 20_000 {
        assert!(never.iter().all(|navn| scarce.contains(navn)), "{never:?} of {seen:?}");
    }
}

#[test]
fn who_uses_sami_has_the_language_and_a_place_in_the_electoral_roll() {
    let mut base = TestTown::eksempel();
    base.personer.spraak[rolle::OLA.index()] = Spraak::Se;
    let town = Town::new(Arc::new(base));
    for pakke in PAKKER {
        let document = serde_json::to_value(document(&town.person(rolle::OLA), pakke, Form::Json)).expect("JSON");
        assert_eq!(Skjema::named(schema_of(pakke)).fault(&document), None, "{}", pakke.id);
        for element in ["brukAvSamiskSpraak", "forholdTilSametingetsValgmanntall"] {
            assert_eq!(document.get(element).is_some(), pakke.hjemmel, "{element} for {}", pakke.id);
        }
    }
}

/// The same of what a world adds: newborns, newcomers, the dead, the married and divorced, and their events.
#[test]
fn what_happens_in_a_world_keeps_the_contract() {
    let town = super::oracle::families_changed().town;
    let (person, event) = (Skjema::named(schema_of(&OMH)), Skjema::named("folkeregister/hendelse"));
    let first = derive::base_feed(&town.base).len() as u64 + 1;
    let rows = town.feed(first, usize::MAX);
    assert!(rows.len() > 30, "{}", rows.len());
    for row in rows {
        let document = serde_json::to_value(dokument::hendelse(&town, &row)).expect("JSON");
        assert_eq!(event.fault(&document), None, "{document}");
        let one = town.person_by_key(row.registrering.person).expect("somebody of this town");
        let document = serde_json::to_value(self::document(&one, &OMH, Form::Json)).expect("JSON");
        assert_eq!(person.fault(&document), None, "{}", one.nummer());
        promises(&one, &OMH, &document);
    }
}

#[test]
fn every_event_document_keeps_the_contract() {
    let town = town();
    let schema = Skjema::named("folkeregister/hendelse");
    let mut types = std::collections::BTreeSet::new();
    for person in town.people() {
        for change in derive::changes(&town.base, person.id) {
            let row = FeedRow {
                sekvensnummer: 1,
                registrering: Arc::new(change),
                hendelsesdokument: DocumentId([0; 16]),
                persondokument: DocumentId([1; 16]),
            };
            let document = serde_json::to_value(dokument::hendelse(&town, &row)).expect("JSON");
            assert_eq!(schema.fault(&document), None, "{}", person.nummer());
            assert_eq!(emptiness(&document), None, "{}", person.nummer());
            types.insert(row.registrering.slag.code());
        }
    }
    for wanted in [
        "personErOpprettet",
        "personErBosatt",
        "personErUtflyttet",
        "personErDoed",
        "endringIIdentifikasjonsnummer",
        "endringIStatus",
        "endringIKjoenn",
        "endringIInnflytting",
        "endringIStatsborgerskap",
        "endringIVergemaal",
        "endringIDeltBosted",
        "endringIKontaktopplysningerForDoedsbo",
        "endringIOpphold",
        "endringIOppholdsadresse",
        "personErViderefoertSomGjeldendeVedSammenslaaing",
        "personErOpphoertSomDublett",
    ] {
        assert!(types.contains(wanted), "{wanted} of {types:?}");
    }
}

#[test]
fn every_packages_feed_keeps_the_contract_and_counts_for_itself() {
    let town = town();
    let (full, reduced) = (Skjema::named("folkeregister/feed"), Skjema::named("folkeregister/feed-uten-hjemmel"));
    let mut lengths = Vec::new();
    for pakke in PAKKER {
        let last: u64 = text_of(finish(rules::last_number(&town, pakke, &HeaderMap::new()))).parse().expect("a number");
        let (mut next, mut pages) = (1, 0);
        loop {
            let page = rules::feed(&town, pakke, &query(&format!("seq={next}")), &HeaderMap::new(), "http://x");
            let page = json_of(finish(page));
            let schema = if pakke.hjemmel { &full } else { &reduced };
            assert_eq!(schema.fault(&page), None, "{} from {next}", pakke.id);
            let numbers: Vec<u64> =
                page.as_array().expect("a page").iter().filter_map(|row| row["sekvensnummer"].as_u64()).collect();
            assert_eq!(numbers, (next..next + numbers.len() as u64).collect::<Vec<_>>(), "{}", pakke.id);
            if numbers.is_empty() {
                break;
            }
            next += numbers.len() as u64;
            pages += 1;
        }
        assert_eq!((next - 1, pages), (last, last.div_ceil(1_000)), "{}", pakke.id);
        lengths.push((pakke.id, last));
    }
    assert!(lengths[0].1 > lengths[1].1, "families are not everybody's business: {lengths:?}");
}

/// Everything that is written in XML, one document each, as files of the directory in `BYTEBY_XML_OUT`, or only in memory.
#[test]
fn what_is_written_in_xml_says_what_the_json_says() {
    let town = town();
    let out = std::env::var_os("BYTEBY_XML_OUT").map(std::path::PathBuf::from);
    let write = |kind: &str, name: &str, text: &str| {
        assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<"), "{text}");
        if let Some(out) = &out {
            std::fs::create_dir_all(out.join(kind)).expect("a directory");
            std::fs::write(out.join(kind).join(format!("{name}.xml")), text).expect("a file");
        }
    };
    let xml = headers(&[("accept", "application/xml")]);
    let answers = crate::access::Answers::default();
    for person in town.people() {
        let number = person.nummer().to_string();
        let text = text_of(finish(rules::person(&town, &answers, &OMH, &number, &query(ALT), &xml)));
        let json = serde_json::to_value(document(&person, &OMH, Form::Json)).expect("JSON");
        let entries: usize =
            json.as_object().expect("an object").values().map(|value| value.as_array().map_or(1, Vec::len)).sum();
        assert_eq!(text.matches("<erGjeldende>").count(), entries, "{number}");
        write("person", &number, &text);
    }
    for row in town.feed(1, 3_000) {
        let id = row.hendelsesdokument.to_string();
        let text = text_of(finish(rules::event(&town, &id, &xml)));
        assert!(text.contains(&format!("<hendelsestype>{}</hendelsestype>", row.registrering.slag.code())), "{text}");
        write("hendelse", &id, &text);
    }
    let numbers: Vec<String> = town
        .people()
        .take(20)
        .map(|person| format!("<foedselsEllerDNummer>{}</foedselsEllerDNummer>", person.nummer()))
        .collect();
    let body = format!(
        "<bestilling>{}<foedselsEllerDNummer>22909195636</foedselsEllerDNummer></bestilling>",
        numbers.concat()
    );
    let bulk = text_of(finish(rules::bulk(&town, &OMH, &query("somBestilt=true"), &HeaderMap::new(), body.as_bytes())));
    assert_eq!((bulk.matches("<oppslag>").count(), bulk.matches("<feilmelding><feilmelding>").count()), (21, 1));
    write("person", "bulk", &bulk);
    for (name, parameters) in [("soek", "kjoenn=kvinne&foedselsaarFraOgMed=1990"), ("soek-uten-treff", "navn=ingen")] {
        let found = text_of(finish(soek::liste(&town, &OMH, &query(parameters), &xml)));
        assert_eq!(found.contains("<foedselsEllerDNummer>"), name == "soek", "{found}");
        write("person", name, &found);
    }
    let last = text_of(finish(rules::last_number(&town, &OMH, &xml)));
    assert!(
        last.contains(&format!("<sekvensnummer>{}</sekvensnummer></sisteSekvensnummer>", town.feed_len())),
        "{last}"
    );
    write("feed", "siste", &last);
    let page = text_of(finish(rules::feed(&town, &OMH, &query("seq=1"), &xml, "http://localhost/feed")));
    assert!(page.contains("<link rel=\"self\" href=\"http://localhost/feed?seq=1\"/>"), "{}", &page[..400]);
    assert_eq!(page.matches("<entry>").count() as u64, town.feed_len().min(1_000));
    assert_eq!(page.contains("rel=\"next\""), town.feed_len() > 1_000);
    for (place, entry) in page.split("<content type=\"application/xml\">").skip(1).take(50).enumerate() {
        let stored = entry.split("</content>").next().expect("an end");
        write("feed", &format!("{place}"), &format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{stored}"));
    }
}

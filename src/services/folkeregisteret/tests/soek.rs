//! Search in a town of twelve: parameters, limits, rows of `specs/folkeregister.md` §22, and who sees whom.

use std::sync::Arc;

use axum::http::HeaderMap;
use serde_json::json;

use super::super::pakker::{OMH, OUH, PAKKER, Pakke};
use super::super::rules::Svar;
use super::super::soek;
use super::calls::{finish, headers, number, query, seen_by, text_of, town};
use super::daarlig_inndata::{refused, told};
use crate::formats::skjema::Skjema;
use crate::town::Town;
use crate::town::model::tests_town::{TestTown, dag, rolle, uten_gate};
use crate::town::model::{BeskyttelseRow, BoligId, DnummerRow, Gradering, PersonId, Personstatus};

fn list(town: &Town, pakke: &Pakke, text: &str) -> Svar {
    soek::liste(town, pakke, &query(text), &HeaderMap::new())
}

fn one(town: &Town, pakke: &Pakke, text: &str) -> Svar {
    soek::entydig(town, pakke, &query(text), &HeaderMap::new())
}

/// Who is on the list, by position.
fn hits(town: &Town, pakke: &Pakke, text: &str) -> Vec<PersonId> {
    let (status, _, body) = told(list(town, pakke, text));
    assert_eq!((status, Skjema::named("folkeregister/soek").fault(&body)), (200, None), "{text}: {body}");
    let numbers = body["foedselsEllerDNummer"].as_array().expect("a list");
    let mut found: Vec<PersonId> = town
        .people()
        .filter(|person| numbers.contains(&json!(person.nummer().to_string())))
        .map(|person| person.id)
        .collect();
    assert_eq!(found.len(), numbers.len(), "{text}: {body}");
    found.sort_unstable();
    found
}

/// Who the one person is.
fn hit(town: &Town, pakke: &Pakke, text: &str) -> Option<PersonId> {
    let (status, key, body) = told(one(town, pakke, text));
    if status == 404 {
        assert_eq!(key, "search-not-unique", "{text}");
        return None;
    }
    assert_eq!(status, 200, "{text}: {body}");
    town.people()
        .find(|person| body["navn"] == seen_by(&OMH, town, person.id, "part=navn")["navn"])
        .map(|found| found.id)
}

#[test]
fn each_parameter_of_the_list_narrows_it() {
    use rolle::{ASTRID, EINAR, JONAS, KARI, LINE, NORA, NYFOEDT, OLA, PIOTR, ROAR, TOM};
    let town = town();
    let family = vec![KARI, OLA, NORA, JONAS, NYFOEDT];
    for (text, expected) in [
        ("navn=nordås", family.clone()),
        ("navn=NORDÅS kari", vec![KARI, NYFOEDT]),
        ("NAVN=Nora", vec![NORA]),
        ("navn=nord", vec![]),
        ("navn=zak", vec![PIOTR]),
        ("navn=øye", vec![ASTRID]),
        ("navn=øye&inkluderDoede=true", vec![ASTRID, EINAR]),
        ("navn=øye&inkluderDoede=TRUE&kjoenn=kvinne", vec![ASTRID]),
        ("kjoenn=Mann&navn=nordås", vec![OLA, JONAS, NYFOEDT]),
        ("foedselsdato=19900517", vec![KARI]),
        ("foedselsdato=19900517&foedselsaarFraOgMed=1991", vec![]),
        ("foedselsaarFraOgMed=2018&foedselsaarTilOgMed=2019", vec![NORA, rolle::EMMA]),
        ("foedselsaarTilOgMed=1941", vec![ASTRID]),
        ("foedselsaarFraOgMed=2026&kjoenn=mann", vec![JONAS, NYFOEDT]),
        ("adressenavn=lia", vec![KARI, OLA, NORA, JONAS, NYFOEDT, ASTRID]),
        ("adressenavn=LIA&husnummer=7", family.clone()),
        ("adressenavn=Lia&husnummer=7A", vec![]),
        ("adressenavn=kai&husnummer=3", vec![PIOTR]),
        ("postnummer=9992&navn=nordås", family.clone()),
        ("postnummer=9993", vec![]),
        ("kommunenummer=9901&foedselsaarTilOgMed=1970", vec![ASTRID, ROAR]),
        ("fylkesnummer=99&foedselsaarTilOgMed=1970", vec![ASTRID, ROAR]),
        ("fylkesnummer=98", vec![]),
        ("kommunenummer=9901&fylkesnummer=98", vec![]),
        // Tom emigrated: he is found, but not where he lived, unless the past counts.
        ("navn=tom", vec![TOM]),
        ("navn=tom&kommunenummer=9901", vec![]),
        ("navn=tom&kommunenummer=9901&opplysningsgrunnlag=historisk", vec![TOM]),
        ("navn=kari øye", vec![]),
        ("navn=kari øye&opplysningsgrunnlag=Historisk", vec![KARI]),
        ("adressenavn=kaivegen&husnummer=3&opplysningsgrunnlag=historisk&navn=nordås", vec![KARI, OLA, NORA]),
        ("adressenavn=kaivegen&husnummer=3&opplysningsgrunnlag=gjeldende&navn=nordås", vec![]),
        // A temporary name is annulled at the choice of a name, not kept as history.
        ("navn=gutt&opplysningsgrunnlag=historisk", vec![NYFOEDT]),
        // Number and letter of the past are of one and the same address.
        ("adressenavn=kai&husnummer=14b&opplysningsgrunnlag=historisk&navn=tom", vec![TOM]),
        ("adressenavn=lia&husnummer=14&opplysningsgrunnlag=historisk", vec![]),
        ("navn=nordaas&soekFonetisk=true", family.clone()),
        ("navn=Carrie&soekFonetisk=true", vec![]),
        ("navn=cari nordos&soekFonetisk=true", vec![]),
        ("navn=Qari", vec![]),
        ("navn=cari&soekfonetisk=true", vec![KARI, NYFOEDT]),
        ("navn=skogh", vec![]),
        ("navn=line", vec![LINE]),
        ("navn=&kjoenn=&postnummer=&foedselsdato=19900517", vec![KARI]),
        ("noeannet=5&foedselsdato=19900517", vec![KARI]),
    ] {
        assert_eq!(hits(&town, &OMH, text), expected, "{text}");
    }
    assert_eq!(hits(&town, &OMH, "").len(), 11, "no field is mandatory, and the dead are left out");
    assert_eq!(hits(&town, &OMH, "inkluderDoede=true").len(), 12);
}

#[test]
fn the_list_is_cut_and_ordered_the_same_way_every_time() {
    let town = town();
    let all = told(list(&town, &OMH, "")).2["foedselsEllerDNummer"].clone();
    let all = all.as_array().expect("a list");
    let first = told(list(&town, &OMH, "maksTreff=3")).2;
    assert_eq!(first["foedselsEllerDNummer"], json!(all[..3]));
    let places: Vec<PersonId> = all
        .iter()
        .filter_map(|number| town.people().find(|person| *number == json!(person.nummer().to_string())))
        .map(|person| person.id)
        .collect();
    assert!(!places.is_sorted(), "who lives together does not stand together: {places:?}");
    let (_, note) = list(&town, &OMH, "navn=kari nordås").unwrap_or_else(|_| panic!("a list"));
    assert_eq!((note.operation, note.about.len()), ("folkeregisteret.person.soek", 2));
    let xml =
        text_of(finish(soek::liste(&town, &OMH, &query("navn=nora"), &headers(&[("accept", "application/xml")]))));
    let nora = number(&town, rolle::NORA);
    assert_eq!(
        xml,
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soekeresultat xmlns=\"folkeregisteret:tilgjengeliggjoering:person:v1\">\
             <foedselsEllerDNummer>{nora}</foedselsEllerDNummer></soekeresultat>"
        )
    );
}

/// A town of so many people with one row each; enough for what is no address.
fn crowd(count: usize) -> Town {
    let mut base = TestTown::eksempel();
    let people = &mut base.personer;
    let nummer = people.nummer[0];
    people.nummer.resize(count, nummer);
    people.foedselsdato.resize(count, dag(1990, 1, 1));
    people.kjoenn.resize(count, crate::base::Kjoenn::Kvinne);
    people.status.resize(count, Personstatus::Bosatt);
    for column in [&mut people.fornavn, &mut people.mellomnavn, &mut people.etternavn] {
        let text = column[0];
        column.resize(count, text);
    }
    Town::new(Arc::new(base))
}

#[test]
fn more_than_ten_thousand_are_too_many_whatever_is_wanted_of_them() {
    let town = crowd(10_001);
    for text in ["inkluderDoede=true", "inkluderDoede=true&maksTreff=5"] {
        let answer = list(&town, &OMH, text);
        refused(answer, 400, "search-too-wide", "Søket gir for mange treff og må konkretiseres");
    }
    let (status, _, body) = told(list(&town, &OMH, ""));
    assert_eq!((status, body["foedselsEllerDNummer"].as_array().map(Vec::len)), (200, Some(10_000)), "one is dead");
}

#[test]
fn bad_parameters_of_both_searches() {
    const FORM: (&str, &str) = ("search-format", "Ugyldig søkeparameter");
    const DATE: (&str, &str) = ("date-format", "Ugyldig datoformat");
    let town = town();
    let minimum = "navn=kari nordås&";
    for (text, (key, melding)) in [
        ("foedselsdato=2024-06-03", DATE),
        ("foedselsdato=20240231", DATE),
        ("foedselsdato=190517", DATE),
        ("adressenavn=li", FORM),
        ("husnummer=B", FORM),
        ("postnummer=992", FORM),
        ("opplysningsgrunnlag=alt", FORM),
        ("soekFonetisk=ja", FORM),
        ("navn=kari&navn=ola", FORM),
        ("navn=--- ...", FORM),
    ] {
        for pakke in PAKKER {
            refused(list(&town, pakke, text), 400, key, melding);
            let text = if text.starts_with("navn") { text.to_owned() } else { format!("{minimum}{text}") };
            refused(one(&town, pakke, &text), 400, key, melding);
        }
    }
    for (text, (key, melding)) in [
        ("kjoenn=begge", FORM),
        ("foedselsaarFraOgMed=90", FORM),
        ("foedselsaarTilOgMed=alle", FORM),
        ("kommunenummer=99011", FORM),
        ("fylkesnummer=1", FORM),
        ("inkluderDoede=1", FORM),
        ("inkluderOppholdsadresse=x", FORM),
        ("maksTreff=0", ("max-hits", "Ugyldig verdi for maksTreff")),
        ("maksTreff=10001", ("max-hits", "Ugyldig verdi for maksTreff")),
        ("maksTreff=mange", ("max-hits", "Ugyldig verdi for maksTreff")),
    ] {
        refused(list(&town, &OMH, text), 400, key, melding);
    }
    let html = headers(&[("accept", "text/html")]);
    refused(soek::liste(&town, &OMH, &query(""), &html), 406, "accept", "Ikke støttet medietype i Accept");
    refused(soek::entydig(&town, &OMH, &query(""), &html), 406, "accept", "Ikke støttet medietype i Accept");
    let both = "navn=kari nordås&foedselsdato=19900517";
    refused(one(&town, &OMH, &format!("{both}&part=foo")), 400, "part-unknown", "Ugyldig verdi for part");
    assert_eq!(told(one(&town, &OUH, &format!("{both}&part=foo"))).0, 406);
}

#[test]
fn what_gives_a_right_to_the_one_person() {
    use rolle::{KARI, OLA, PIOTR};
    const MINIMUM: &str = "Søket mangler opplysninger som gir rett til treff";
    let town = town();
    let kari = number(&town, KARI);
    for text in [
        "",
        "navn=kari&foedselsdato=19900517",
        "navn=kari nordås",
        "foedselsdato=19900517",
        "identifikasjonsnummer=22909195636",
        "navn=kari nordås&husnummer=7",
        "navn=kari nordås&opplysningsgrunnlag=historisk&soekFonetisk=true&part=navn",
        "navn=Kari-Nordås&foedselsdato=19900517",
    ] {
        for pakke in PAKKER {
            refused(one(&town, pakke, text), 400, "search-minimum", MINIMUM);
        }
    }
    for (text, expected) in [
        ("navn=kari nordås&foedselsdato=19900517".to_owned(), Some(KARI)),
        ("NAVN=Kari Nordås&FoedselsDato=19900517".to_owned(), Some(KARI)),
        (format!("navn=kari nordås&identifikasjonsnummer={kari}"), Some(KARI)),
        (format!("navn=ola nordås&identifikasjonsnummer={kari}"), None),
        (format!("navn=kari nordås&identifikasjonsnummer={kari}&foedselsdato=19900518"), None),
        ("navn=kari nordås&identifikasjonsnummer=22909195636".to_owned(), None),
        ("navn=nordås kari&foedselsdato=19900517".to_owned(), None),
        ("navn=kari nordås&adressenavn=lia&husnummer=7".to_owned(), None),
        ("navn=ola nordås&adressenavn=lia&husnummer=7".to_owned(), Some(OLA)),
        ("navn=ola nordås&adressenavn=lia&husnummer=7B".to_owned(), None),
        ("navn=ola nordås&adressenavn=lia&husnummer=8".to_owned(), None),
        ("navn=ola nordås&postnummer=9992".to_owned(), Some(OLA)),
        ("navn=ola nordås&postnummer=9992&adressenavn=lia".to_owned(), Some(OLA)),
        ("navn=ola nordås&postnummer=9992&adressenavn=kaivegen".to_owned(), None),
        ("navn=ola nordås&postnummer=9993".to_owned(), None),
        ("navn=olah nordaas&postnummer=9992&soekfonetisk=true".to_owned(), None),
        ("navn=ola nordaas&postnummer=9992&soekfonetisk=true".to_owned(), Some(OLA)),
        ("navn=piotr zak&postnummer=9992".to_owned(), Some(PIOTR)),
        ("navn=kari øye&foedselsdato=19900517".to_owned(), None),
        ("navn=kari øye&foedselsdato=19900517&opplysningsgrunnlag=historisk".to_owned(), Some(KARI)),
        ("navn=einar øye&foedselsdato=19390109".to_owned(), Some(rolle::EINAR)),
    ] {
        assert_eq!(hit(&town, &OMH, &text), expected, "{text}");
    }
    for text in ["navn=kari nordås&identifikasjonsnummer=123", "navn=kari nordås&identifikasjonsnummer=x"] {
        refused(one(&town, &OMH, text), 400, "id-format", "Ugyldig personidentifikator");
    }
    let real = super::daarlig_inndata::looks_real();
    let answer = one(&town, &OMH, &format!("navn=kari nordås&identifikasjonsnummer={real}"));
    refused(answer, 404, "person-unknown-real-shaped", "Fant ingen person for forespurt identifikator");
    // Two with the same name and day are nobody; nor is none.
    let mut twins = TestTown::eksempel();
    twins.personer.foedselsdato[rolle::NYFOEDT.index()] = twins.personer.foedselsdato[KARI.index()];
    let twins = Town::new(Arc::new(twins));
    for (town, text) in [(&twins, "navn=kari nordås&foedselsdato=19900517"), (&town, "navn=ole nordås&postnummer=9992")]
    {
        refused(one(town, &OMH, text), 404, "search-not-unique", "Søket ga ikke nøyaktig ett treff");
    }
}

#[test]
fn a_street_alone_finds_only_who_has_no_house_number_and_without_legal_basis_nobody_may_ask() {
    let town = town();
    for pakke in PAKKER {
        let answer = one(&town, pakke, "navn=ola nordås&adressenavn=lia");
        if pakke.id == OUH.id {
            refused(answer, 400, "search-minimum", "Søket mangler opplysninger som gir rett til treff");
        } else {
            refused(answer, 404, "search-not-unique", "Søket ga ikke nøyaktig ett treff");
        }
        for more in ["husnummer=7", "postnummer=9992", "foedselsdato=19880203"] {
            let text = format!("navn=ola nordås&adressenavn=lia&part=navn&{more}");
            assert_eq!(told(one(&town, pakke, &text)).0, 200, "{text} for {}", pakke.id);
        }
    }
}

#[test]
fn the_one_persons_document_is_the_looked_up_one_in_every_package() {
    let town = town();
    let asked = "navn=ola nordås&foedselsdato=19880203&part=person-basis&part=relasjon-utvidet&part=historikk";
    for pakke in PAKKER {
        let (status, _, body) = told(one(&town, pakke, asked));
        let expected = seen_by(pakke, &town, rolle::OLA, "part=person-basis&part=relasjon-utvidet&part=historikk");
        assert_eq!((status, &body), (200, &expected), "{}", pakke.id);
        let schema = match pakke.id {
            "offentlig-med-hjemmel" => "folkeregister/person-offentlig-med-hjemmel",
            "offentligutenhjemmel" => "folkeregister/person-offentligutenhjemmel",
            "finans" => "folkeregister/person-finans",
            "eid" => "folkeregister/person-eid",
            _ => "folkeregister/person-privat",
        };
        assert_eq!(Skjema::named(schema).fault(&body), None, "{}", pakke.id);
    }
    let (_, note) = one(&town, &OMH, asked).unwrap_or_else(|_| panic!("Ola"));
    assert_eq!((note.operation, note.about), ("folkeregisteret.person.entydigsoek", vec![town.key_of(rolle::OLA)]));
    let xml = soek::entydig(&town, &OMH, &query(asked), &headers(&[("accept", "application/xml")]));
    assert!(text_of(finish(xml)).contains("<folkeregisterperson xmlns="));
}

#[test]
fn papers_are_searched_by_who_may_see_them() {
    let mut base = TestTown::eksempel();
    base.personer.status[rolle::PIOTR.index()] = Personstatus::Midlertidig;
    base.dnummer.push(DnummerRow { person: rolle::PIOTR, fra: dag(2024, 3, 1) });
    base.beskyttelser.retain(|row| row.person != rolle::PIOTR);
    let town = Town::new(Arc::new(base));
    let papers = seen_by(&OMH, &town, rolle::PIOTR, "part=identitetsgrunnlag-utvidet&part=oppholdsadresse");
    let passport = papers["legitimasjonsdokument"][0]["identifikasjonsdokumentnummer"].as_str().expect("a passport");
    let abroad = papers["utenlandskPersonidentifikasjon"][0]["identifikasjonsnummer"].as_str().expect("a number");
    for (name, value) in [("legitimasjonsdokument", passport), ("utenlandskPersonidentifikasjon", abroad)] {
        for (land, fits) in [("POL", true), ("pol", true), ("SWE", false)] {
            let text = format!("navn=piotr zak&{name}={land}-{value}");
            for pakke in PAKKER {
                let status = told(one(&town, pakke, &text)).0;
                let expected = match (pakke.id, fits) {
                    ("offentlig-med-hjemmel" | "eid", true) => 200,
                    ("offentlig-med-hjemmel" | "eid", false) => 404,
                    _ => 400,
                };
                assert_eq!(status, expected, "{text} for {}", pakke.id);
            }
        }
        refused(
            one(&town, &OMH, &format!("navn=piotr zak&{name}={value}")),
            400,
            "search-format",
            "Ugyldig søkeparameter",
        );
    }
    // Nobody here has a number of the immigration authorities: the one package that may ask is told so.
    for pakke in PAKKER {
        let answer = one(&town, pakke, "navn=piotr zak&utlendingsmyndighetenesidentifikasjonsnummer=202412345678");
        assert_eq!(told(answer).0, if pakke.hjemmel { 404 } else { 400 }, "{}", pakke.id);
    }
    // His street abroad is that of a stay.
    let street =
        papers["oppholdsadresse"][0]["utenlandskAdresse"]["adressenavn"].as_str().expect("a street").to_owned();
    for (more, expected) in [("", vec![]), ("&inkluderOppholdsadresse=true", vec![rolle::PIOTR])] {
        assert_eq!(hits(&town, &OMH, &format!("adressenavn={street}{more}")), expected, "{street}");
    }
}

#[test]
fn a_protected_address_finds_nobody_where_it_is_not_shown() {
    let mut base = TestTown::eksempel();
    base.beskyttelser.push(BeskyttelseRow {
        person: rolle::ASTRID,
        gradering: Gradering::Klientadresse,
        fra: dag(2020, 1, 1),
    });
    base.beskyttelser.sort_by_key(|row| row.person);
    let town = Town::new(Arc::new(base));
    for pakke in PAKKER {
        let (fortrolig, klient) = match pakke.id {
            "offentlig-med-hjemmel" => (true, true),
            "offentligutenhjemmel" => (true, false),
            _ => (false, false),
        };
        let is_found = |who: PersonId, text: &str| hits(&town, pakke, text).contains(&who);
        for text in [
            "adressenavn=kaivegen&husnummer=14",
            "adressenavn=kaivegen&husnummer=14B",
            "adressenavn=kaivegen",
            "adressenavn=kaivegen&opplysningsgrunnlag=historisk",
            "adressenavn=lia&opplysningsgrunnlag=historisk",
            "postnummer=9992",
            "postnummer=9992&opplysningsgrunnlag=historisk",
            "kommunenummer=9901",
            "fylkesnummer=99",
            "kommunenummer=9901&opplysningsgrunnlag=historisk",
            "navn=skog&postnummer=9992&inkluderOppholdsadresse=true",
        ] {
            assert!(!is_found(rolle::LINE, text) && !is_found(rolle::EMMA, text), "{text} for {}", pakke.id);
        }
        for text in ["postnummer=9992", "kommunenummer=9901", "adressenavn=kai&husnummer=3"] {
            assert_eq!(is_found(rolle::PIOTR, text), fortrolig, "{text} for {}", pakke.id);
        }
        assert_eq!(is_found(rolle::ASTRID, "adressenavn=lia&husnummer=8"), klient, "{}", pakke.id);
        // By what is open everybody is found; the open box of the protected is no home of theirs.
        assert_eq!(hits(&town, pakke, "navn=skog"), [rolle::LINE, rolle::EMMA], "{}", pakke.id);
        assert_eq!(hits(&town, pakke, "postnummer=0125"), [], "{}", pakke.id);
        let line = |more: &str| told(one(&town, pakke, &format!("navn=line skog&part=navn&{more}"))).0;
        assert_eq!(line("foedselsdato=19921111"), 200, "{}", pakke.id);
        for more in ["postnummer=9992", "adressenavn=kaivegen&husnummer=14B", "postnummer=0125"] {
            assert_eq!(line(more), 404, "{more} for {}", pakke.id);
            let both = format!("foedselsdato=19921111&{more}");
            assert_eq!(line(&both), 404, "{both} for {}", pakke.id);
        }
    }
}

#[test]
fn a_home_without_a_street_is_found_by_its_place_only() {
    let mut base = TestTown::eksempel();
    uten_gate(&mut base, BoligId(2));
    let town = Town::new(Arc::new(base));
    assert_eq!(hits(&town, &OMH, "navn=ola&postnummer=9992"), [rolle::OLA]);
    for text in ["navn=ola&adressenavn=lia", "navn=ola&husnummer=2", "navn=ola&husnummer=7"] {
        assert_eq!(hits(&town, &OMH, text), [], "{text}");
    }
}

#[test]
fn who_has_one_name_has_it_in_both_places() {
    let mut base = TestTown::eksempel();
    let empty = base.tekst.push("");
    base.personer.fornavn[rolle::ROAR.index()] = empty;
    let town = Town::new(Arc::new(base));
    assert_eq!(hits(&town, &OMH, "navn=vik"), [rolle::ROAR]);
    let shown = seen_by(&OMH, &town, rolle::ROAR, "part=navn")["navn"][0].clone();
    assert_eq!((&shown["fornavn"], &shown["etternavn"]), (&json!("VIK"), &json!("VIK")));
    assert_eq!(hit(&town, &OMH, "navn=vik vik&foedselsdato=19630808"), Some(rolle::ROAR));
}

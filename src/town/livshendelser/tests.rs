use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::base::Kjoenn;
use crate::town::decide::{ArbeidslivCommand, NyStilling, NyttNavn, NyttVergemaal, Retting};
use crate::town::model::tests_town::{TestTown, rolle};
use crate::town::model::{Ansvar, Gradering, Hendelsesart, Organisasjonsform, Rolletype, Vergemaalsslag};
use crate::town::{Cause, decide};

fn town() -> Town {
    Town::new(Arc::new(TestTown::eksempel()))
}

fn fields(value: Value) -> BTreeMap<String, Value> {
    let Value::Object(object) = value else { panic!("fields are an object") };
    object.into_iter().collect()
}

fn key(id: crate::town::model::PersonId) -> PersonKey {
    PersonKey::Base(id.0)
}

#[test]
fn the_list_is_the_one_of_the_names_contract() {
    let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    let contract = "foedsel navnevalg adopsjon foreldreansvar delt_bosted vigsel separasjon skilsmisse samlivsslutt flytting \
                    innflytting utflytting adressebeskyttelse navneendring statsborgerskap vergemaal fullmakt doedsfall \
                    skifteerklaering barnehagestart skolestart skolebytte arbeidsledig ny_jobb inntektsendring sykmelding \
                    alvorlig_sykt_barn tjenestebehov pensjon eiendomskjoep byggesak nytt_foretak \
                    ny_frivillig_organisasjon rolleendring konkurs reservasjon kontaktendring korreksjon annullering";
    assert_eq!(names, contract.split_whitespace().collect::<Vec<_>>());
    let words: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(words.len(), names.len());
    // Words a request or a scenario uses itself can be no field.
    for kind in KINDS {
        assert!(kind.fields.iter().all(|field| !["kind", "of", "as"].contains(&field.name)), "{}", kind.name);
        assert_eq!(kind.offered, !kind.effects.is_empty(), "{}", kind.name);
    }
}

#[test]
#[allow(clippy::too_many_lines, reason = "one table of cases")]
fn every_offered_kind_becomes_its_command() {
    let town = town();
    let ola = town.person(rolle::OLA).nummer().to_string();
    let birth = |medforelder, barn| Command::Folk(FolkCommand::Foedsel { mor: key(rolle::KARI), medforelder, barn });
    let (kvinne, mann) = (Some(Kjoenn::Kvinne), Some(Kjoenn::Mann));
    let cases = [
        ("foedsel", json!({}), birth(None, vec![None])),
        ("foedsel", json!({"medforelder": ola, "antall": 2}), birth(Some(key(rolle::OLA)), vec![None, None])),
        ("foedsel", json!({"antall": 2, "kjoenn": "mann"}), birth(None, vec![mann, mann])),
        ("foedsel", json!({"kjoenn": ["mann", "kvinne"], "medforelder": null}), birth(None, vec![mann, kvinne])),
        (
            "navnevalg",
            json!({"fornavn": "Solveig", "etternavn": "Nordås"}),
            Command::Folk(FolkCommand::Navnevalg {
                barn: key(rolle::KARI),
                fornavn: "Solveig".into(),
                mellomnavn: None,
                etternavn: Some("Nordås".into()),
            }),
        ),
        (
            "barnehagestart",
            json!({}),
            Command::Folk(FolkCommand::Barnehagestart { barn: key(rolle::KARI), barnehage: None }),
        ),
        (
            "reservasjon",
            json!({"reservert": false}),
            Command::Kontakt(KontaktCommand::Reservasjon { person: key(rolle::KARI), reservert: false }),
        ),
        (
            "kontaktendring",
            json!({"spraak": "nn", "postkasse": "e-boks"}),
            Command::Kontakt(KontaktCommand::Kontaktendring {
                person: key(rolle::KARI),
                ny: NyeKontaktdata {
                    spraak: Some(Spraak::Nn),
                    postkasse: Some(Postkasse::EBoks),
                    ..NyeKontaktdata::default()
                },
            }),
        ),
    ];
    let person = key(rolle::KARI);
    let folk = Command::Folk;
    let poland = Some(crate::town::model::Landkode(*b"POL"));
    let cases = cases.into_iter().chain([
        ("doedsfall", json!({}), folk(FolkCommand::Doedsfall { person })),
        ("separasjon", json!({}), folk(FolkCommand::Separasjon { person })),
        ("skilsmisse", json!({}), folk(FolkCommand::Skilsmisse { person })),
        ("samlivsslutt", json!({}), folk(FolkCommand::Samlivsslutt { person })),
        (
            "vigsel",
            json!({"med": ola}),
            folk(FolkCommand::Vigsel { person, med: key(rolle::OLA), etternavn: None, etternavn_med: None }),
        ),
        (
            "flytting",
            json!({"hos": ola, "hele_husstanden": false}),
            folk(FolkCommand::Flytting { person, hos: Some(key(rolle::OLA)), hele_husstanden: false }),
        ),
        (
            "utflytting",
            json!({"land": "POL"}),
            folk(FolkCommand::Utflytting { person, land: poland, hele_husstanden: true }),
        ),
        (
            "innflytting",
            json!({"kjoenn": "mann", "alder": 34, "land": "POL", "egen_bolig": true}),
            folk(FolkCommand::Innflytting {
                hos: person,
                kjoenn: mann,
                alder: Some(34),
                land: poland,
                egen_bolig: true,
            }),
        ),
    ]);
    let arbeid = Command::Arbeidsliv;
    let orgnr = town.base.kommune.orgnr;
    let cases = cases.chain([
        ("arbeidsledig", json!({}), arbeid(ArbeidslivCommand::Arbeidsledig { person })),
        (
            "ny_jobb",
            json!({"virksomhet": orgnr.to_string(), "yrke": 2342, "stillingsprosent": 80, "maanedsloenn": 41000,
                   "i_tillegg": true}),
            arbeid(ArbeidslivCommand::NyJobb {
                person,
                stilling: NyStilling {
                    virksomhet: Some(orgnr),
                    yrke: Some(2342),
                    stillingsprosent: Some(80),
                    maanedsloenn: Some(41_000),
                    i_tillegg: true,
                },
            }),
        ),
        (
            "nytt_foretak",
            json!({"organisasjonsform": "AS", "navn": "Fjellbekk AS", "naeringskode": 47110}),
            arbeid(ArbeidslivCommand::NyttForetak {
                person,
                form: Organisasjonsform::As,
                navn: Some("Fjellbekk AS".into()),
                naeringskode: Some(47_110),
            }),
        ),
        (
            "rolleendring",
            json!({"virksomhet": orgnr.to_string(), "rolle": "KONT", "slutter": true, "etterfoelger": ola}),
            arbeid(ArbeidslivCommand::Rolleendring {
                person,
                virksomhet: orgnr,
                rolle: Rolletype::Kont,
                slutter: true,
                etterfoelger: Some(key(rolle::OLA)),
            }),
        ),
        (
            "konkurs",
            json!({"virksomhet": orgnr.to_string()}),
            arbeid(ArbeidslivCommand::Konkurs { person, virksomhet: Some(orgnr) }),
        ),
    ]);
    let cases = cases.chain(register_cases(&ola));
    let mut tried = BTreeSet::new();
    for (kind, given, expected) in cases {
        assert_eq!(command(kind, key(rolle::KARI), &fields(given.clone()), &town), Ok(expected), "{kind} {given}");
        tried.insert(kind);
    }
    for kind in KINDS.iter().filter(|kind| kind.offered) {
        assert!(tried.contains(kind.name), "no case for {}", kind.name);
    }
}

/// Kinds of the population register and what is made of their fields, of Kari.
fn register_cases(ola: &str) -> Vec<(&'static str, Value, Command)> {
    let (person, hvem) = (key(rolle::KARI), key(rolle::OLA));
    let navn = |etternavn: &str| NyttNavn { etternavn: Some(etternavn.into()), ..NyttNavn::default() };
    let verge =
        |slag, verge| FolkCommand::Vergemaal { person, nytt: NyttVergemaal { slag, verge, tjenester: Vec::new() } };
    let fullmakt = Some(Vergemaalsslag::StadfestetFremtidsfullmakt);
    let retting = |retting| FolkCommand::Korreksjon { person, retting };
    let all = [
        ("navneendring", json!({"etternavn": "Vik"}), FolkCommand::Navneendring { person, nytt: navn("Vik") }),
        (
            "foreldreansvar",
            json!({"ansvar": "andre", "hvem": ola}),
            FolkCommand::Foreldreansvar { barn: person, ansvar: Ansvar::Andre, hvem: Some(hvem) },
        ),
        ("delt_bosted", json!({"hos": ola}), FolkCommand::DeltBosted { barn: person, hos: Some(hvem), slutt: false }),
        (
            "adressebeskyttelse",
            json!({"gradering": "fortrolig", "hele_husstanden": true}),
            FolkCommand::Adressebeskyttelse { person, gradering: Gradering::Fortrolig, hele_husstanden: true },
        ),
        (
            "statsborgerskap",
            json!({"land": "NOR", "beholder": false}),
            FolkCommand::Statsborgerskap { person, land: Landkode::NOR, beholder: false },
        ),
        ("vergemaal", json!({"verge": ola}), verge(None, Some(hvem))),
        ("vergemaal", json!({"slutt": true}), verge(None, None)),
        ("fullmakt", json!({"fullmektig": ola}), verge(fullmakt, Some(hvem))),
        (
            "adopsjon",
            json!({"av": ola, "etternavn": "Vik"}),
            FolkCommand::Adopsjon { barn: person, av: hvem, med: None, etternavn: Some("Vik".into()) },
        ),
        ("korreksjon", json!({"hendelse": "navneendring", "etternavn": "Vik"}), retting(Retting::Navn(navn("Vik")))),
        (
            "korreksjon",
            json!({"hendelse": "doedsfall", "dato": "2027-01-02"}),
            retting(Retting::Doedsfall(DayNo::of(jiff::civil::date(2027, 1, 2)))),
        ),
        (
            "korreksjon",
            json!({"hendelse": "statsborgerskap", "land": "NOR"}),
            retting(Retting::Statsborgerskap(Landkode::NOR)),
        ),
        (
            "annullering",
            json!({"hendelse": "doedsfall"}),
            FolkCommand::Annullering { person, art: Hendelsesart::Doedsfall },
        ),
    ];
    all.into_iter().map(|(kind, given, command)| (kind, given, Command::Folk(command))).collect()
}

#[test]
fn wrong_words_are_answered_with_the_nearest_right_one() {
    let town = town();
    for (kind, given, message) in [
        ("fodsel", json!({}), "there is no life event kind `fodsel`; did you mean `foedsel`?"),
        ("xyz", json!({}), "there is no life event kind `xyz`"),
        ("skolestart", json!({}), "the life event kind `skolestart` is not in this version"),
        ("vigsel", json!({}), "`vigsel` needs the field `med`: the other, by identity number"),
        (
            "utflytting",
            json!({"land": "Polen"}),
            "the field `land` of `utflytting` takes a country by three capital letters, as POL",
        ),
        ("foedsel", json!({"antal": 2}), "`foedsel` has no field `antal`; did you mean `antall`?"),
        ("foedsel", json!({"antall": 7}), "the field `antall` of `foedsel` takes a whole number from 1 to 6"),
        (
            "foedsel",
            json!({"antall": 1, "kjoenn": ["mann", "mann"]}),
            "the field `kjoenn` of `foedsel` takes one word \
                                                                     for every child, or a list with as many as `antall`",
        ),
        (
            "foedsel",
            json!({"kjoenn": []}),
            "the field `kjoenn` of `foedsel` takes one word for every child, or a list \
                                           with as many as `antall`",
        ),
        (
            "foedsel",
            json!({"medforelder": "12345678901"}),
            "the field `medforelder` of `foedsel` takes the identity \
                                                           number of somebody in this town",
        ),
        ("korreksjon", json!({"hendelse": "flytting"}), "`korreksjon` changes nothing without one of its fields: dato"),
        (
            "korreksjon",
            json!({"hendelse": "flytting", "dato": "4. januar"}),
            "the field `dato` of `korreksjon` takes a day, as 2027-01-04",
        ),
        (
            "korreksjon",
            json!({"hendelse": "vigsel"}),
            "the field `hendelse` of `korreksjon` takes one of navneendring, doedsfall, statsborgerskap, flytting",
        ),
        (
            "navneendring",
            json!({}),
            "`navneendring` changes nothing without one of its fields: fornavn, mellomnavn, etternavn",
        ),
        ("vergemaal", json!({}), "`vergemaal` changes nothing without one of its fields: verge, slutt"),
        ("navnevalg", json!({}), "`navnevalg` needs the field `fornavn`: first name or names"),
        ("reservasjon", json!({"reservert": "ja"}), "the field `reservert` of `reservasjon` takes true or false"),
        (
            "kontaktendring",
            json!({}),
            "`kontaktendring` changes nothing without one of its fields: spraak, postkasse, epost, mobil, utloept",
        ),
        (
            "rolleendring",
            json!({"rolle": "DAGL"}),
            "`rolleendring` needs the field `virksomhet`: organisation number of the main unit",
        ),
        (
            "rolleendring",
            json!({"rolle": "DAGL", "virksomhet": town.base.kommune.orgnr.to_string(), "etterfoelger": town.person(rolle::OLA).nummer().to_string()}),
            "the field `etterfoelger` of `rolleendring` takes somebody only with `slutter`: who follows in a role that ends",
        ),
        (
            "nytt_foretak",
            json!({"organisasjonsform": "FLI"}),
            "the field `organisasjonsform` of `nytt_foretak` takes one of ENK, AS",
        ),
        (
            "kontaktendring",
            json!({"spraak": "de"}),
            "the field `spraak` of `kontaktendring` takes one of nb, nn, en, se",
        ),
    ] {
        let fault = command(kind, key(rolle::KARI), &fields(given.clone()), &town).unwrap_err();
        assert_eq!(fault.to_string(), message, "{kind} {given}");
    }
}

#[test]
fn text_of_a_command_line_becomes_what_the_field_takes() {
    for (kind, field, text, value) in [
        ("foedsel", "antall", "2", json!(2)),
        ("foedsel", "antall", "to", json!("to")),
        ("foedsel", "medforelder", "12345678901", json!("12345678901")),
        ("foedsel", "kjoenn", "mann,kvinne", json!(["mann", "kvinne"])),
        ("foedsel", "kjoenn", "mann", json!("mann")),
        ("reservasjon", "reservert", "false", json!(false)),
        ("navnevalg", "fornavn", "true", json!("true")),
        ("unknown", "field", "1", json!("1")),
    ] {
        assert_eq!(value_of_text(kind, field, text), value, "{kind}.{field}={text}");
    }
}

#[test]
fn newcomers_are_the_children_of_a_birth() {
    let mut town = town();
    // Kari gave birth five days before the first day: not again now.
    let refused = command("foedsel", key(rolle::KARI), &BTreeMap::new(), &town).unwrap();
    assert_eq!(decide(&town, &refused, &Cause::of("test", &[])).unwrap_err().code, "spacing");
    let twins = command("foedsel", key(rolle::LINE), &fields(json!({"antall": 2})), &town).unwrap();
    let events = decide(&town, &twins, &Cause::of("test", &[])).unwrap();
    events.iter().for_each(|event| crate::town::apply(&mut town, event));
    let children = newcomers(&events);
    assert_eq!(children.len(), 2);
    for child in children {
        assert_eq!(town.person_by_key(child).unwrap().mor().map(|mor| mor.id), Some(rolle::LINE));
    }
    assert_eq!(town.bosatte(), 12);
}

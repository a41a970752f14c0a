//! The packages side by side: who sees what of whom (`specs/folkeregister.md` §5, §8).

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::pakker::{OUH, PAKKER, Pakke};
use super::calls::{everything_about, number, person, seen_by, town};
use crate::town::Town;
use crate::town::model::tests_town::{TestTown, dag, rolle};
use crate::town::model::{BeskyttelseRow, DnummerRow, Gradering, Landkode, Personstatus};

fn named(id: &str) -> &'static Pakke {
    PAKKER.into_iter().find(|pakke| pakke.id == id).expect("a package")
}

fn keys(document: &Value) -> Vec<&str> {
    document.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn without_legal_basis_there_is_less_of_everything() {
    let town = town();
    let full = person(&town, rolle::OLA, "part=person-basis&part=relasjon-utvidet&part=historikk");
    let thin = seen_by(&OUH, &town, rolle::OLA, "part=person-basis&part=relasjon-utvidet&part=historikk");
    assert!(keys(&full).contains(&"familierelasjon") && full["navn"][0].get("kilde").is_some());
    assert_eq!(
        keys(&thin),
        [
            "identifikasjonsnummer",
            "status",
            "kjoenn",
            "foedsel",
            "sivilstand",
            "navn",
            "bostedsadresse",
            "statsborgerskap"
        ]
    );
    let text = thin.to_string();
    assert!(!text.contains("\"kilde\"") && !text.contains("\"aarsak\""), "{text}");
    assert_eq!(thin["sivilstand"], json!([{"erGjeldende": true, "sivilstand": "gift"}]));
    assert_eq!(thin["statsborgerskap"], json!([{"erGjeldende": true, "statsborgerskap": "NOR"}]));
    assert_eq!(thin["kjoenn"], json!([{"erGjeldende": true, "kjoenn": "mann"}]));
    let married = full["sivilstand"].as_array().and_then(|list| list.last()).expect("a status");
    assert_eq!(married["relatertVedSivilstand"], json!(number(&town, rolle::KARI)));
    // What the old register knew has no date of its own number here; what this one registered has.
    assert!(thin["identifikasjonsnummer"][0].get("gyldighetstidspunkt").is_none());
    let jonas = seen_by(&OUH, &town, rolle::JONAS, "");
    assert!(jonas["identifikasjonsnummer"][0].get("gyldighetstidspunkt").is_some());
}

#[test]
fn elements_are_seen_by_the_packages_of_the_table() {
    let town = town();
    let sees = |id: &str, part: &str| {
        let document = seen_by(named(id), &town, rolle::NORA, &format!("part={part}"));
        document.get(part).is_some()
    };
    for (part, packages) in [
        ("familierelasjon", &["offentlig-med-hjemmel", "finans"][..]),
        ("foreldreansvar", &["offentlig-med-hjemmel", "finans"]),
    ] {
        for pakke in PAKKER {
            assert_eq!(sees(pakke.id, part), packages.contains(&pakke.id), "{part} for {}", pakke.id);
        }
    }
    for (id, unasked, asked) in [
        ("offentligutenhjemmel", true, true),
        ("finans", true, true),
        ("privat", false, true),
        ("presse", false, true),
        ("privatutenfolkeregisteridentifikator", false, false),
        ("presseutenfolkeregisteridentifikator", false, false),
    ] {
        let has = |parts: &str| seen_by(named(id), &town, rolle::KARI, parts).get("identifikasjonsnummer").is_some();
        assert_eq!((has(""), has("part=navn"), has("part=identifikasjonsnummer")), (unasked, unasked, asked), "{id}");
    }
}

#[test]
fn no_package_without_identifier_gives_anybodys() {
    let spec = crate::population::Spec { size: 1_500, ..Default::default() };
    let town = Town::new(Arc::new(crate::population::generate(&spec).expect("a town")));
    let everything = "part=person-basis&part=historikk&part=relasjon-utvidet&part=identitetsgrunnlag-utvidet";
    let eleven = regex::Regex::new("\"[0-9]{11}\"").expect("a pattern");
    let mut wards = 0;
    for one in town.people() {
        let seen = seen_by(named("presseutenfolkeregisteridentifikator"), &town, one.id, everything);
        let mut text = seen.to_string();
        // The cadastre's numbers of addresses are as long.
        text = text.replace("adresseIdentifikatorFraMatrikkelen\":", "");
        for number in eleven.find_iter(&text) {
            assert!(town.people().all(|other| format!("\"{}\"", other.nummer()) != number.as_str()), "{number:?}");
        }
        wards += usize::from(seen.get("vergemaalEllerFremtidsfullmakt").is_some());
    }
    assert!(wards > 0, "guardians are named without their numbers");
}

#[test]
fn a_confidential_address_is_seen_by_two_packages_and_the_grading_by_three() {
    let town = town();
    let parts = "part=bostedsadresse&part=adressebeskyttelse&part=historikk";
    for pakke in PAKKER {
        let piotr = seen_by(pakke, &town, rolle::PIOTR, parts);
        let homes = piotr["bostedsadresse"].as_array().map_or(0, Vec::len);
        let expected = match pakke.id {
            "offentlig-med-hjemmel" => (3, true),
            "offentligutenhjemmel" => (1, true),
            "finans" => (0, true),
            _ => (0, false),
        };
        assert_eq!((homes, piotr.get("adressebeskyttelse").is_some()), expected, "{}", pakke.id);
        assert!(!piotr.to_string().contains("ugradert"), "{piotr}");
    }
}

#[test]
fn a_clients_address_is_seen_with_legal_basis_only() {
    let mut base = TestTown::eksempel();
    let row = BeskyttelseRow { person: rolle::ROAR, gradering: Gradering::Klientadresse, fra: dag(2020, 1, 1) };
    base.beskyttelser.push(row);
    base.beskyttelser.sort_by_key(|row| row.person);
    let town = Town::new(Arc::new(base));
    for pakke in PAKKER {
        let roar = seen_by(pakke, &town, rolle::ROAR, "part=bostedsadresse&part=adressebeskyttelse");
        assert!(roar.get("adressebeskyttelse").is_none(), "the person is not protected");
        let graded = roar["bostedsadresse"][0]["adressegradering"].as_str();
        assert_eq!(graded, pakke.hjemmel.then_some("klientadresse"), "{}", pakke.id);
    }
}

#[test]
fn nothing_of_a_strictly_protected_home_is_in_any_package() {
    let town = town();
    for pakke in PAKKER {
        for id in [rolle::LINE, rolle::EMMA] {
            let all = seen_by(pakke, &town, id, "part=person-basis&part=relasjon-utvidet&part=historikk").to_string();
            for secret in ["vegadresse", "9901", "Kaivegen", "NORDVIK", "H0101", "kommune\""] {
                assert!(!all.contains(secret), "{id:?} for {}: {secret} in {all}", pakke.id);
            }
            assert!(all.contains("postboksadresse"), "the open address is everybody's: {}", pakke.id);
        }
    }
    assert!(!everything_about(&town, rolle::EMMA).contains("9901"));
}

#[test]
fn secret_statuses_are_one_outside() {
    for (status, shown) in [
        (Personstatus::Midlertidig, "aktiv"),
        (Personstatus::IkkeBosatt, "aktiv"),
        (Personstatus::Forsvunnet, "aktiv"),
        (Personstatus::Foedselsregistrert, "aktiv"),
        (Personstatus::Opphoert, "opphoert"),
    ] {
        let mut base = TestTown::eksempel();
        base.personer.status[rolle::OLA.index()] = status;
        let town = Town::new(Arc::new(base));
        assert_eq!(person(&town, rolle::OLA, "")["status"][0]["status"], status.code());
        for pakke in PAKKER.into_iter().filter(|pakke| !pakke.hjemmel) {
            assert_eq!(seen_by(pakke, &town, rolle::OLA, "")["status"][0]["status"], shown, "{}", pakke.id);
        }
    }
}

#[test]
fn a_person_with_a_d_number_has_papers_and_an_address_abroad() {
    let mut base = TestTown::eksempel();
    let (piotr, row) = (rolle::PIOTR, rolle::PIOTR.index());
    base.personer.status[row] = Personstatus::Midlertidig;
    base.personer.foedeland[row] = Landkode(*b"POL");
    base.dnummer.push(DnummerRow { person: piotr, fra: dag(2024, 3, 1) });
    base.beskyttelser.retain(|row| row.person != piotr);
    let town = Town::new(Arc::new(base));
    let papers = "part=person-basis&part=identitetsgrunnlag-utvidet&part=utlendingsmyndighetenesIdentifikasjonsnummer";
    let full = person(&town, piotr, papers);
    assert_eq!(full["status"][0]["status"], "midlertidig");
    assert_eq!(full["status"][0]["aarsak"], "Tildele d-nummer");
    let there = &full["oppholdsadresse"][0];
    let abroad = there["utenlandskAdresse"]["landkode"] == "PL" || there["adressenErUkjent"] == json!(true);
    assert!(abroad && there["adressegradering"] == "ugradert", "{there}");
    assert!(full.get("bostedsadresse").is_none());
    let passport = &full["legitimasjonsdokument"][0];
    assert_eq!(passport["utstederland"], "POL", "three letters everywhere but in addresses abroad");
    assert_eq!(full["utenlandskPersonidentifikasjon"][0]["identifikasjonsnummertype"], "taxIdentificationNumber");
    assert!(full.get("utlendingsmyndighetenesIdentifikasjonsnummer").is_none(), "a Pole needs no permit");
    // The issuers of electronic identities see papers in what everybody gets; others never.
    let eid = seen_by(named("eid"), &town, piotr, "");
    assert!(eid.get("legitimasjonsdokument").is_some() && eid.get("utenlandskPersonidentifikasjon").is_some());
    let thin = seen_by(&OUH, &town, piotr, papers);
    assert!(thin.get("legitimasjonsdokument").is_none() && thin["status"][0]["status"] == "aktiv");
}

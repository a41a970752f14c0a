//! `byteby population`: tables, numbers and test data of the real program.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn byteby(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_byteby"))
        .args(arguments)
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .env_remove("RUST_BACKTRACE")
        .env("NO_COLOR", "1")
        .output()
        .expect("the program runs")
}

fn good(arguments: &[&str]) -> String {
    let output = byteby(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    assert_eq!(said, "", "{arguments:?}: nothing is said beside a terminal");
    String::from_utf8(output.stdout).unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Rows of a CSV file without quoted line feeds, by name of the field.
fn column(dir: &Path, table: &str, field: &str) -> Vec<String> {
    let text = std::fs::read_to_string(dir.join(format!("{table}.csv"))).unwrap();
    let mut lines = text.lines();
    let place = lines.next().unwrap().split(',').position(|name| name == field).unwrap();
    lines.map(|line| line.split(',').nth(place).unwrap().to_owned()).collect()
}

#[test]
fn a_population_is_written_with_a_sheet_that_makes_it_again() {
    let place = tempfile::tempdir().unwrap();
    let dirs = [place.path().join("one"), place.path().join("deep/two")];
    for dir in &dirs {
        let dir = dir.to_str().unwrap();
        let printed =
            good(&["population", "generate", "--size", "1500", "--seed", "7", "--format", "csv", "--out", dir]);
        assert!(printed.lines().any(|line| line.trim_start().starts_with('1') && line.ends_with("personer.csv")));
    }
    let names = |dir: &Path| -> BTreeSet<String> {
        let entries = std::fs::read_dir(dir).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(names(&dirs[0]), names(&dirs[1]));
    for name in names(&dirs[0]) {
        let [one, two] = [0, 1].map(|dir: usize| std::fs::read(dirs[dir].join(&name)).unwrap());
        assert!(one == two, "{name} differs");
    }
    let sheet = json(&dirs[0].join("population.json"));
    assert_eq!(sheet["inputs"]["seed"], "7");
    assert_eq!(sheet["inputs"]["size"], 1500);
    assert_eq!(sheet["share"], serde_json::json!({ "number": 1, "of": 1 }));
    assert!(sheet["about"].as_str().unwrap().contains("do not exist"));
    for table in sheet["tables"].as_array().unwrap() {
        let name = table["name"].as_str().unwrap();
        let text = std::fs::read_to_string(dirs[0].join(format!("{name}.csv"))).unwrap();
        assert_eq!(text.lines().count() as u64 - 1, table["rows"].as_u64().unwrap(), "{name}");
        let fields: Vec<&str> =
            table["fields"].as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap()).collect();
        assert_eq!(text.lines().next().unwrap(), fields.join(","), "{name}");
    }
    let residents = column(&dirs[0], "personer", "personstatus").iter().filter(|status| *status == "bosatt").count();
    assert_eq!(residents, 1500);
}

#[test]
fn shares_are_written_by_themselves_and_are_the_whole() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().to_str().unwrap();
    let tables = ["--format", "csv", "--tables", "personer,boliger", "--size", "1500", "--out", dir];
    let with = |partition: &str| {
        let mut arguments = vec!["population", "generate", "--partition", partition];
        arguments.extend(tables);
        good(&arguments)
    };
    for share in ["3/3", "1/3", "2/3", "1/1"] {
        with(share);
    }
    for table in ["personer", "boliger"] {
        let whole = std::fs::read(place.path().join(format!("{table}.csv"))).unwrap();
        let shares: Vec<u8> = (1..=3)
            .flat_map(|share| std::fs::read(place.path().join(format!("{table}-0000{share}-of-00003.csv"))).unwrap())
            .collect();
        assert!(whole == shares, "{table}");
    }
    assert!(!place.path().join("husstander.csv").exists(), "only what was asked for");
    let sheet = json(&place.path().join("population-00002-of-00003.json"));
    assert_eq!(sheet["share"], serde_json::json!({ "number": 2, "of": 3 }));
}

#[test]
fn what_cannot_be_written_is_said_in_a_sentence() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("out");
    let dir = dir.to_str().unwrap();
    let file = place.path().join("file");
    std::fs::write(&file, "").unwrap();
    let generate = ["population", "generate", "--size", "1500", "--format", "csv"];
    for (more, says) in [
        (&["--out", dir, "--partition", "0/3"][..], "counted from 1"),
        (&["--out", dir, "--partition", "4/3"], "counted from 1"),
        (&["--out", dir, "--partition", "1/0"], "between 1 and 10 000"),
        (&["--out", dir, "--partition", "1/10001"], "between 1 and 10 000"),
        (&["--out", dir, "--partition", "half"], "two whole numbers"),
        (&["--out", dir, "--partition", "1/3/4"], "two whole numbers"),
        (&["--out", dir, "--tables", "personer,folk"], "no table `folk`; there are personer, "),
        (&["--out", dir, "--size", "1499"], "between 1 500 and 6 000 000"),
        (&["--out", dir, "--size", "6000001"], "between 1 500 and 6 000 000"),
        (&["--out", file.to_str().unwrap()], "cannot write"),
        (&[], "--out"),
    ] {
        let mut arguments = if more.contains(&"--size") { vec!["population", "generate"] } else { generate.to_vec() };
        arguments.extend(more);
        let output = byteby(&arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(says) && !said.contains("panicked"), "{arguments:?} should say `{says}`: {said}");
        assert!(!Path::new(dir).exists(), "{arguments:?}: nothing is written");
    }
}

#[cfg(not(feature = "analyse"))]
#[test]
fn parquet_is_refused_by_a_build_without_it() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("out");
    let output =
        byteby(&["population", "generate", "--size", "1500", "--format", "parquet", "--out", dir.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--features analyse"));
    assert!(!dir.exists());
}

#[cfg(feature = "analyse")]
#[test]
fn parquet_is_what_a_build_with_it_writes_unasked() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().to_str().unwrap();
    good(&["population", "generate", "--size", "1500", "--out", dir]);
    let bytes = std::fs::read(place.path().join("personer.parquet")).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    assert_eq!(json(&place.path().join("population.json"))["format"], "parquet");
}

#[test]
fn a_description_counts_what_the_tables_hold() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().to_str().unwrap();
    good(&["population", "generate", "--size", "1500", "--seed", "3", "--format", "csv", "--out", dir]);
    let counts: Value =
        serde_json::from_str(&good(&["population", "describe", "--json", "--size", "1500", "--seed", "3"])).unwrap();
    assert_eq!(counts["residents"], 1500);
    let sum =
        |table: &str| counts[table].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum::<u64>();
    let rows = |table: &str| column(place.path(), table, "husstand").len() as u64;
    assert_eq!(sum("status"), rows("personer"));
    assert_eq!(sum("households"), rows("husstander"));
    assert_eq!(sum("homes"), column(place.path(), "boliger", "bolig").len() as u64);
    let ages = counts["ages"].as_array().unwrap();
    let women: u64 = ages.iter().map(|group| group["women"].as_u64().unwrap()).sum();
    let kjoenn = column(place.path(), "personer", "kjoenn");
    let status = column(place.path(), "personer", "personstatus");
    let resident_women = kjoenn.iter().zip(&status).filter(|(sex, status)| *sex == "kvinne" && *status == "bosatt");
    assert_eq!(women, resident_women.count() as u64);
    let tags = column(place.path(), "personer", "merker");
    for (tag, count) in counts["cast"].as_object().unwrap() {
        let with = tags.iter().filter(|tags| tags.split(' ').any(|one| one == tag)).count();
        assert_eq!(count.as_u64().unwrap(), with as u64, "{tag}");
    }
    let text = good(&["population", "describe", "--size", "1500", "--seed", "3"]);
    assert!(text.contains("1 500 residents on 2027-01-04") && text.contains("strengtFortrolig"), "{text}");
    let rests_on = text.split("what the figures rest on").nth(1).unwrap();
    assert!(rests_on.lines().nth(1).unwrap().starts_with("  D "), "estimates come first: {rests_on}");
}

#[test]
fn sources_are_listed_with_the_estimates_first() {
    let sources: Value = serde_json::from_str(&good(&["population", "sources", "--json"])).unwrap();
    let grades: Vec<String> =
        sources.as_array().unwrap().iter().map(|source| source["confidence"].as_str().unwrap().to_owned()).collect();
    let is_estimate = |grade: &String| grade.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == "D");
    let estimates = grades.iter().filter(|grade| is_estimate(grade)).count();
    assert!(estimates > 3 && estimates < grades.len());
    assert!(grades[..estimates].iter().all(is_estimate), "{grades:?}");
    assert_eq!(grades[0], "D");
    assert_eq!(grades.last().unwrap(), "A");
    assert_eq!(good(&["population", "sources"]).lines().count(), grades.len());
}

/// Every text in a document.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, found)),
        _ => {}
    }
}

const CAST: &str = "bosatt && (adressebeskyttelse == 'strengtFortrolig' || alder > 60)";

#[test]
fn altinn_gets_users_parties_and_roles_but_no_hidden_home() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().to_str().unwrap();
    good(&["population", "export", "--as", "altinn", "--size", "1500", "--where", CAST, "--out", dir]);
    let users = json(&place.path().join("testData.json"));
    let persons = users["persons"].as_array().unwrap();
    let (mut hidden, mut open) = (0, 0);
    for person in persons {
        let (ssn, user, party) = (person["ssn"].as_str().unwrap(), &person["userId"], &person["partyId"]);
        let below = place.path().join("testdata");
        let register = json(&below.join(format!("Register/Person/{ssn}.json")));
        assert_eq!(register["SSN"], ssn);
        assert_eq!(json(&below.join(format!("Profile/User/{user}.json")))["PartyId"], *party);
        assert_eq!(json(&below.join(format!("Register/Party/{party}.json")))["ssn"], ssn);
        let parties = json(&below.join(format!("authorization/partylist/{user}.json")));
        let roles = person["partyRoles"].as_object().unwrap();
        assert_eq!(parties.as_array().unwrap().len(), roles.len(), "one party for each that has roles");
        for (party, roles) in roles {
            let file = below.join(format!("authorization/roles/User_{user}/party_{party}/roles.json"));
            assert_eq!(json(&file), *roles);
        }
        assert!(roles[&party.to_string()].as_array().unwrap().iter().any(|role| role["value"] == "PRIV"));
        let fields =
            ["addressStreetName", "addressPostalCode", "addressCity", "mailingAddress", "addressMunicipalNumber"];
        let empty = fields.iter().filter(|field| person[**field].is_null()).count();
        let registered = ["AddressStreetName", "AddressPostalCode", "MailingAddress"];
        let unregistered = registered.iter().filter(|field| register[**field].is_null()).count();
        if empty == fields.len() && unregistered == registered.len() {
            hidden += 1;
        } else {
            open += 1;
        }
    }
    assert!(hidden > 0 && open > hidden, "{hidden} without an address, {open} with one");
    let strict = good(&[
        "people",
        "--size",
        "1500",
        "--format",
        "csv",
        "--where",
        "bosatt && adressebeskyttelse == 'strengtFortrolig'",
    ]);
    for line in strict.lines().skip(1) {
        let number = line.split(',').next().unwrap();
        let person = persons.iter().find(|person| person["ssn"] == number).unwrap();
        for field in ["addressStreetName", "addressHouseNumber", "addressPostalCode", "addressCity", "mailingAddress"] {
            assert!(person[field].is_null(), "{number} shows {field}");
        }
    }
}

#[test]
fn tenor_documents_have_relations_and_no_hidden_home() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().to_str().unwrap();
    good(&["population", "export", "--as", "tenor", "--size", "1500", "--out", dir]);
    let answer = json(&place.path().join("tenor.json"));
    let documents = answer["dokumentListe"].as_array().unwrap();
    assert_eq!(answer["treff"], 1500);
    assert_eq!(documents.len(), 1500);
    let (mut strict, mut at_home, mut children) = (0, 0, 0);
    for document in documents {
        let source: Value = serde_json::from_str(document["tenorMetadata"]["kildedata"].as_str().unwrap()).unwrap();
        let homes = source["bostedsadresse"].as_array().unwrap();
        let number = document["identifikator"][0].as_str().unwrap();
        assert_eq!(source["identifikasjonsnummer"][0]["foedselsEllerDNummer"], number);
        for relative in document["tenorRelasjoner"]["freg"].as_array().unwrap() {
            assert!(relative.get("bostedsadresse").is_none(), "a relation shows no home");
            children += usize::from(relative["tenorRelasjonsnavn"] == "barn");
        }
        if document["adresseBeskyttelse"] == "strengtFortrolig" {
            strict += 1;
            let mut all = Vec::new();
            texts(document, &mut all);
            assert!(homes.is_empty() && document.get("bostedsadresse").is_none(), "{all:?}");
        }
        at_home += homes.len();
    }
    assert!(strict > 0 && children > 100 && at_home > 1_400, "{strict} {children} {at_home}");
}

#[test]
fn an_export_of_nobody_is_an_error_and_writes_nothing() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("out");
    let arguments = [
        "population",
        "export",
        "--as",
        "tenor",
        "--size",
        "1500",
        "--where",
        "alder > 200",
        "--out",
        dir.to_str().unwrap(),
    ];
    let output = byteby(&arguments);
    assert_eq!(output.status.code(), Some(8), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!dir.exists());
}

#[test]
fn people_and_households_are_found_by_what_stands_in_the_tables() {
    for (command, selector) in [
        ("people", "bosatt && 'tvilling' in merker"),
        ("people", "bosatt && statsborgerskap.exists(land, land != 'NOR')"),
        ("people", "bosatt && barnehage != null"),
        ("people", "reservert && digitalpostkasse == null"),
        ("households", "barn.size() >= 2 && voksne.size() == 1"),
        ("households", "bolig != null && bolig.bruksenhetstype == 'bolig'"),
    ] {
        let found = good(&[command, "--size", "1500", "--format", "csv", "--where", selector]);
        assert!(found.lines().count() > 1, "{command} --where {selector}: {found}");
    }
}

#[test]
fn a_town_that_has_lived_is_verified_too() {
    let verify = ["population", "verify", "--size", "1500", "--seed", "4", "--json"];
    let made: Value = serde_json::from_str(&good(&verify)).unwrap();
    let lived: Value = serde_json::from_str(&good(&[&verify[..], &["--after", "P3Y"]].concat())).unwrap();
    assert_eq!(lived["violations"], Value::Array(Vec::new()));
    let decimal = |table: &Value, what: &str| table[what].as_str().unwrap().replace('.', "").parse::<u64>().ok();
    for (before, after) in made["tables"].as_array().unwrap().iter().zip(lived["tables"].as_array().unwrap()) {
        assert_eq!((&before["table"], &after["within"]), (&after["table"], &Value::Bool(true)));
        assert!(decimal(before, "limit") < decimal(after, "limit") || decimal(before, "limit").is_none(), "{after}");
    }
    assert_ne!(made["tables"][0]["here"], lived["tables"][0]["here"], "three years change a town");
    let said = byteby(&["population", "verify", "--size", "1500", "--after", "ten years"]);
    assert_eq!(said.status.code(), Some(2));
    assert!(String::from_utf8(said.stderr).unwrap().contains("`ten years` is not a"));
}

#[test]
fn many_seeds_are_verified_in_one_go() {
    let verify = ["population", "verify", "--size", "1500", "--seeds", "2", "--first", "30"];
    let told: Value = serde_json::from_str(&good(&[&verify[..], &["--json"]].concat())).unwrap();
    assert_eq!((&told["checked"], &told["broken_seeds"]), (&Value::from(2), &Value::Array(Vec::new())));
    assert!([30, 31].contains(&told["seed"].as_u64().unwrap()), "{told}");
    let tables = told["tables"].as_array().unwrap();
    assert!(tables.len() >= 12 && tables.iter().all(|table| table["within"] == true), "{told}");
    // Both towns are behind the figures: one of them alone lies nearer in some table.
    let alone: Value = serde_json::from_str(&good(&[
        "population",
        "verify",
        "--size",
        "1500",
        "--seeds",
        "1",
        "--first",
        "30",
        "--json",
    ]))
    .unwrap();
    let distance = |of: &Value, table: usize| of["tables"][table]["distance"].as_str().unwrap().to_owned();
    assert!((0..tables.len()).all(|table| distance(&alone, table) <= distance(&told, table)));
    assert!((0..tables.len()).any(|table| distance(&alone, table) < distance(&told, table)));
    let rules = good(&[&verify[..], &["--rules-only"]].concat());
    assert_eq!(rules, "every invariant holds in all 2 towns\n");
    let none = byteby(&["population", "verify", "--size", "1500", "--seeds", "0"]);
    assert_eq!(none.status.code(), Some(2));
}

//! Files that load, and files that do not: the sentence, the place and the nearest right word.

use std::path::Path;

use super::{LoadFault, Plan, load_text};
use crate::select::Lang;

fn plans(text: &str) -> Result<Vec<Plan>, LoadFault> {
    load_text(Path::new("scenarios/test.byteby.yaml"), text)
}

/// A small good file; tests change one line of it.
const GOOD: &str = r#"byteby: 1
name: Prøve
world: { size: 1500, seed: 7 }
app: { demo: barnehage }
params:
  frist: { type: date, default: 2028-03-01 }
cast:
  mor:
    is: person
    where: "bosatt && kjoenn == 'kvinne'"
    with: { far: mor.partner }
  nabo: "bosatt && husstand != mor.husstand"
timeline:
  - id: foedsel
    at: 2027-02-10T04:12
    event: { kind: foedsel, of: mor, as: barnet }
  - id: lest
    at: "@foedsel"
    expect:
      - request: { operation: folkeregisteret.person.hent, about: barnet, count: ">= 1" }
    within: 2 virkedager
  - id: soeknad
    at: "@lest.satisfied + P1D"
    do:
      - login: { as: mor, save: oekt }
      - call: { post: "/api/${barnet.id}", session: oekt, json: { frist: "${frist}" }, save: { nummer: json.id }, expect: { status: 201 } }
    expect:
      - message: { to: mor, kind: vedtak, text: { contains: "${nummer}" } }
always:
  - { id: rett, that: "messages.all(m, m.to in [mor, far])" }
never:
  - { id: nummer-i-adresse, request: { query: { any: { type: national_id } } } }
"#;

#[test]
fn the_shipped_scenario_loads_with_its_variants() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/faa-barn.byteby.yaml");
    let plans = super::load(&path).unwrap_or_else(|fault| panic!("{fault}"));
    let titles: Vec<String> = plans.iter().map(Plan::title).collect();
    assert_eq!(
        titles,
        ["faa-barn", "faa-barn › strengt-fortrolig-adresse", "faa-barn › reservert", "faa-barn › tvillinger"]
    );
    assert_eq!(plans[3].timeline.len(), plans[0].timeline.len() + 1, "the twins' entry is put in");
    assert_eq!(plans[1].rules.len(), plans[0].rules.len() + 1, "the street's rule is added");
    assert!(!plans[0].is_exclusive());
}

#[test]
fn a_matrix_gives_a_plan_for_each_row() {
    let text = GOOD.replace("app:", "matrix: { axes: { kjoennet: [kvinne, mann], aar: [30, 40] } }\napp:");
    let text = text.replace("kjoenn == 'kvinne'", "kjoenn == kjoennet && alder > aar");
    let plans = plans(&text).unwrap_or_else(|fault| panic!("{fault}"));
    let titles: Vec<String> = plans.iter().map(Plan::title).collect();
    assert_eq!(titles.len(), 4);
    assert_eq!(titles[1], "test kjoennet=kvinne aar=40");
}

/// From, to, what is underlined, a part of the sentence.
const BAD: &[(&str, &str, &str, &str)] = &[
    ("byteby: 1", "byteby: 2", "2", "«2» er ikke lov for «byteby»"),
    ("name: Prøve", "nme: Prøve", "nme", "Mente du «name»"),
    ("name: Prøve\n", "", "", "«scenario» mangler «name»"),
    ("name: Prøve", "name: Prøve\nname: Igjen", "name", "samme nøkkel står to ganger"),
    ("name: Prøve", "name: Prøve\nchaos: { profile: calm }", "chaos", "kommer i en senere versjon"),
    ("app: {", "sometimes: []\napp: {", "sometimes", "kommer i en senere versjon"),
    ("size: 1500", "size: mange", "mange", "«size» må være et helt tall"),
    ("size: 1500", "size: 9000000", "9000000", "fra 1 til 1000000"),
    ("seed: 7", "seed: 7, clock: running", "running", "velg blant: frozen, auto"),
    ("seed: 7", "seed: 7, tokens: virtual", "barnehage", "senere versjon"),
    ("seed: 7", "seed: 7, tokens: real", "real", "velg blant: wall, virtual"),
    ("demo: barnehage", "demo: skole", "skole", "«skole» er ikke lov"),
    ("demo: barnehage", "url: \"localhost:8080\"", "localhost:8080", "må begynne med http"),
    ("demo: barnehage", "url: \"http://localhost:1\", start: npm", "start", "senere versjon"),
    ("type: date", "type: dato", "dato", "velg blant: text, int"),
    ("default: 2028-03-01", "default: snart", "snart", "ikke av typen date"),
    ("  nabo:", "  barn:", "barn", "navnet «barn» er opptatt"),
    ("  nabo:", "  Nabo:", "Nabo", "ikke et navn"),
    ("is: person", "is: menneske", "menneske", "velg blant: person, husstand, virksomhet"),
    ("kjoenn == 'kvinne'", "kjoen == 'kvinne'", "kjoen", "Mente du «kjoenn»"),
    ("kjoenn == 'kvinne'", "kjoenn == 'kvinna'", "'kvinna'", "Mente du «kvinne»"),
    ("kjoenn == 'kvinne'", "alder > 26.5", "26.5", "desimaltall"),
    ("husstand != mor.husstand", "husstand != far2.husstand", "far2", "ikke et navn som finnes her"),
    ("mor.partner", "nabo.partner", "nabo", "ikke et navn som finnes her"),
    ("id: lest", "id: Lest", "Lest", "små bokstaver"),
    ("id: lest", "id: foedsel", "foedsel", "står to ganger"),
    ("at: 2027-02-10T04:12", "at: i morgen", "i morgen", "ikke et tidspunkt"),
    ("at: \"@foedsel\"", "at: \"@fodsel\"", "@fodsel", "Mente du «foedsel»"),
    ("@lest.satisfied", "@lest.ferdig", "@lest.ferdig + P1D", "ikke et tidspunkt"),
    ("kind: foedsel", "kind: fodsel", "fodsel", "Mente du «foedsel»"),
    ("kind: foedsel", "kind: skolestart", "skolestart", "«skolestart» kommer i en senere versjon"),
    ("as: barnet }", "som: barnet }", "som", "finnes ikke under «foedsel»"),
    ("of: mor, as", "as", "{", "«foedsel» mangler «of»"),
    ("of: mor, as", "of: mor.alder, as", "mor.alder", "person, husstand eller virksomhet"),
    ("operation: folkeregisteret.person.hent", "operasjon: x", "operasjon", "Mente du «operation»"),
    ("operation: folkeregisteret.person.hent", "operation: hent", "hent", "tjeneste.ressurs.handling"),
    ("about: barnet,", "about: barne,", "barne", "Mente du «barnet»"),
    ("\">= 1\"", "\"minst en\"", "minst en", "ikke et antall"),
    ("within: 2 virkedager", "within: 2", "2", "et tidsrom som P10D"),
    (
        "within: 2 virkedager",
        "within: 2 virkedager\n    event: { kind: reservasjon, of: mor }\n    that: \"true\"",
        "that",
        "bare ha én handling",
    ),
    ("session: oekt", "session: okt", "okt", "Mente du «oekt»"),
    ("post: \"/api/${barnet.id}\"", "post: \"api\"", "api", "begynne med «/»"),
    ("${barnet.id}", "${barnet.idd}", "idd", "Mente du «id»"),
    ("${barnet.id}", "${barnet.id", "${barnet.id", "mangler sluttparentesen"),
    ("${frist}", "${frst}", "frst", "Mente du «frist»"),
    ("json.id }", "jsn.id }", "jsn", "Mente du «json»"),
    ("status: 201", "status: { one_off: [201] }", "", ""),
    ("status: 201", "status: { ge: 200, andre: 3 }", "andre", "ikke en sammenligning"),
    ("kind: vedtak", "kind: { matches: \"(\" }", "(", "ikke en gyldig regex"),
    ("kind: vedtak", "channel: epost", "epost", "velg blant: digitalpost, print, altinn"),
    ("type: national_id", "type: personnummer", "personnummer", "velg blant: text, int"),
    ("m.to in [mor, far]", "m.til in [mor, far]", "til", "message har ikke noe ord «til»"),
    ("m.to in [mor, far]", "m.channel == 'post'", "'post'", "står ikke i listen"),
    ("- login: { as: mor, save: oekt }", "- logn: { as: mor }", "logn", "Mente du «login»"),
    ("save: oekt", "save: oekt, outcome: locked", "locked", "senere versjon"),
    ("- login:", "- checkpoint: her\n      - login:", "checkpoint", "senere versjon"),
    (
        "- login:",
        "- fault: { on: krr, kind: drop }\n      - login:",
        "drop",
        "feil av slaget «drop» kommer i en senere",
    ),
    ("- login:", "- fault: { on: krr, kind: outge }\n      - login:", "outge", "Mente du «outage»"),
    ("- login:", "- fault: { on: krr.person.hnt, kind: reset }\n      - login:", "krr.person.hnt", "«krr.person.hent»"),
    ("- login:", "- fault: { on: idporten, kind: token_expiry }\n      - login:", "idporten", "tar ikke imot noe"),
    ("- login:", "- fault: { on: krr, kind: error }\n      - login:", "{", "«error» mangler «status»"),
    ("- login:", "- fault: { on: krr, kind: error, status: 200 }\n      - login:", "200", "fra 400 til 599"),
    ("- login:", "- fault: { on: krr, kind: reset, status: 500 }\n      - login:", "status", "under «reset»"),
    ("- login:", "- fault: { on: krr, kind: latency, delay: PT1S }\n      - login:", "PT1S", "virkelig tid som 150ms"),
    ("- login:", "- fault: { on: krr, kind: reset, p: 1.5 }\n      - login:", "1.5", "en andel fra 0 til 1"),
    ("- login:", "- fault: { on: krr, kind: reset, for: 4 }\n      - login:", "4", "et tidsrom som P10D"),
    ("- login:", "- fault: { on: krr, kind: reset, count: 0 }\n      - login:", "0", "må være fra 1"),
    ("- login:", "- fault: { on: krr, kind: reset, about: moor }\n      - login:", "moor", "Mente du «mor»"),
    (
        "- login:",
        "- fault: { on: krr, kind: reset }\n      - heal: reset-kr\n      - login:",
        "reset-kr",
        "Mente du «reset-krr»",
    ),
    (
        "always:",
        "variants: { x: { patch: [ { path: /cast/far/where, value: \"true\" } ] } }\nalways:",
        "/cast/far/where",
        "finnes ikke i filen",
    ),
    ("always:", "variants: { x: { patch: [ { entry: foedse, at: T } ] } }\nalways:", "foedse", "Mente du «foedsel»"),
    (
        "always:",
        "variants: { x: { patch: [ { path: /cast/mor/where, value: \"bosat\" } ] } }\nalways:",
        "bosat",
        "Mente du «bosatt»",
    ),
    (
        "count: \">= 1\" }",
        "count: \">= 1\" }\n      - any: [ { that: \"true\", within: P1D } ]",
        "{",
        "samme frist som helheten",
    ),
    ("- message: { to: mor", "- no_message: { count: 2, to: mor", "2", "har ingen plass under «no_message»"),
    ("query: { any: { type: national_id } } }", "count: 3 }", "3", "har ingen plass under «never»"),
    ("always:", "report: { tittel: x }\nalways:", "tittel", "Mente du «title»"),
    ("always:", "matrix: { axes: { a: [1] }, combine: pairwise }\nalways:", "pairwise", "senere versjon"),
];

#[test]
fn what_is_wrong_with_a_file_is_one_sentence_with_its_place() {
    assert!(plans(GOOD).is_ok(), "{}", plans(GOOD).unwrap_err());
    for (from, to, underlined, message) in BAD {
        assert!(GOOD.contains(from), "the good file has {from}");
        let text = GOOD.replacen(from, to, 1);
        // A word nobody knows as an operator is a field of the object: that is allowed.
        if message.is_empty() {
            assert!(plans(&text).is_ok(), "{to}");
            continue;
        }
        let fault = plans(&text).err().unwrap_or_else(|| panic!("{to} loads"));
        let said = fault.message(Lang::Nb);
        assert!(said.contains(message), "{to}: {said}");
        assert_ne!(said, fault.message(Lang::En), "{to} is said in English too");
        let LoadFault::Wrong { source, span, .. } = &fault else { panic!("{to}") };
        assert_eq!(source.text[span.clone()].trim().trim_matches('"'), *underlined, "{to}: {}", fault.show(Lang::Nb));
        assert!(fault.show(Lang::Nb).contains(&format!("scenarios/test.byteby.yaml:{}:", fault.place().unwrap().line)));
    }
}

#[test]
fn a_fault_is_shown_with_its_line_and_a_caret() {
    let text = GOOD.replace("bosatt && kjoenn", "bosat && kjoenn");
    let shown = plans(&text).unwrap_err().show(Lang::Nb);
    let expected = "error[BB1302]: «bosat» er ikke et navn som finnes her. Mente du «bosatt»?\n  \
                    --> scenarios/test.byteby.yaml:10:13\n  \
                    10 |     where: \"bosat && kjoenn == 'kvinne'\"\n     \
                    |             ^^^^^\n";
    assert_eq!(shown, expected);
}

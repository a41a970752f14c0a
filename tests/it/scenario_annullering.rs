//! Mistakes of the register in a scenario: an earlier entry's life event is corrected and annulled by its name.

use std::path::Path;

use byteby::app::{self, Config};
use byteby::report::console;
use byteby::scenario::{self, Verdict};
use byteby::select::Lang;

use crate::surroundings::without_app;

const FILE: &str = r#"byteby: 1
id: feilregistrert
name: Det som ble registrert, var feil
world: { size: 1500, seed: 12 }
cast:
  en: { is: person, where: "bosatt && alder >= 60 && ektefelle != null && ektefelle.bosatt && adressebeskyttelse == 'ugradert' && husstand.medlemmer.size() == 2", pick: first, with: { make: en.ektefelle } }
  flytter: { is: person, where: "bosatt && alder >= 30 && alder <= 50 && adressebeskyttelse == 'ugradert' && husstand != en.husstand && husstand.medlemmer.size() == 1", pick: first }
timeline:
  - id: doedsfall
    at: 2027-01-05T09:00
    event: { kind: doedsfall, of: en }
    expect:
      - state: { of: en, that: "doed" }
  - id: rettet
    at: "@doedsfall + P1D"
    event: { kind: korreksjon, of: "@doedsfall", dato: "2027-01-04" }
    expect:
      - state: { of: en, that: "doed" }
  - id: flytting
    at: 2027-01-07T09:00
    event: { kind: utflytting, of: flytter, land: SWE }
    expect:
      - state: { of: flytter, that: "!bosatt" }
  - id: tilbake
    at: "@flytting + P2D"
    event: { kind: annullering, of: "@flytting" }
    expect:
      - state: { of: flytter, that: "bosatt && husstand.medlemmer.size() == 1" }
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_earlier_event_is_corrected_and_annulled_by_its_entry() {
    let running = app::start(Config { size: 1500, ..Config::on_free_port() }).await.expect("the server starts");
    let around = without_app(&running);
    let load = |text: &str| scenario::load_text(Path::new("feil.byteby.yaml"), text);
    let run = async |text: &str| {
        let plans = load(text).unwrap_or_else(|fault| panic!("{fault}"));
        let outcome = scenario::run(&plans[0], &around).await;
        (outcome.verdict, console(&outcome, Lang::Nb, false))
    };
    let (verdict, said) = run(FILE).await;
    assert_eq!(verdict, Verdict::Passed, "{said}");
    // What is annulled is gone from the town: without it the last expectation fails.
    let without = FILE.replace("    event: { kind: annullering, of: \"@flytting\" }\n", "");
    let (verdict, said) = run(&without).await;
    assert_eq!(verdict, Verdict::Failed, "{said}");
    // An entry without a life event, and the same event twice, are refused with the town's reason.
    for (wrong, reason) in [
        (FILE.replace("of: \"@flytting\"", "of: \"@tilbake\""), "no life event"),
        (FILE.replace("of: \"@flytting\"", "of: \"@rettet\""), "no life event"),
    ] {
        let (verdict, said) = run(&wrong).await;
        assert!(verdict != Verdict::Passed && said.contains(reason), "{said}");
    }
    // An entry that does not exist, and a kind that takes nobody's earlier event, are wrong before anything runs.
    for wrong in [
        FILE.replace("of: \"@flytting\"", "of: \"@flyting\""),
        FILE.replace("kind: utflytting, of: flytter", "kind: utflytting, of: \"@doedsfall\""),
        FILE.replace("of: \"@flytting\"", "of: flytter"),
    ] {
        assert!(load(&wrong).is_err(), "{wrong}");
    }
}

//! Working life in a scenario: a firm is founded and named, somebody begins there, roles change hands, it goes bankrupt.

use std::path::Path;

use byteby::app::{self, Config};
use byteby::report::console;
use byteby::scenario::{self, Verdict};
use byteby::select::Lang;

use crate::surroundings::without_app;

const FILE: &str = r#"byteby: 1
id: arbeidsliv
name: Fra stiftelse til konkurs
world: { size: 1500, seed: 12 }
cast:
  gruender: { is: person, where: "bosatt && alder >= 30 && alder <= 50 && arbeidsgiver != null", pick: first }
  ansatt: { is: person, where: "bosatt && alder >= 25 && alder <= 50 && arbeidsgiver != null && it != gruender", pick: first }
timeline:
  - id: stiftet
    at: 2027-01-05T09:00
    event: { kind: nytt_foretak, of: gruender, organisasjonsform: AS, navn: Fjellbekk Analyse AS, as: foretaket }
    expect:
      - state: { of: foretaket, that: "!konkurs && navn == 'FJELLBEKK ANALYSE AS' && roller.exists(r, r.type == 'LEDE' && r.person == gruender)" }
  - id: oppsagt
    at: 2027-01-06T09:00
    event: { kind: arbeidsledig, of: ansatt }
    expect:
      - state: { of: ansatt, that: "arbeidsgiver == null" }
  - id: styreskifte
    at: 2027-02-01T09:00
    event: { kind: rolleendring, of: ansatt, virksomhet: foretaket, rolle: LEDE }
    expect:
      - state: { of: foretaket, that: "roller.exists(r, r.type == 'LEDE' && r.person == ansatt)" }
  - id: konkurs
    at: 2027-06-01T09:00
    event: { kind: konkurs, of: ansatt, virksomhet: foretaket }
    expect:
      - state: { of: foretaket, that: "konkurs && !slettet" }
  - id: slettet
    at: 2028-10-01T09:00
    expect:
      - state: { of: foretaket, that: "slettet && roller.size() == 0" }
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_firm_is_founded_changes_hands_and_ends() {
    let running = app::start(Config { size: 1500, ..Config::on_free_port() }).await.expect("the server starts");
    let around = without_app(&running);
    let run = |text: String| {
        let around = &around;
        async move {
            let plans = scenario::load_text(Path::new("arbeidsliv.byteby.yaml"), &text);
            let plans = plans.unwrap_or_else(|fault| panic!("{fault}"));
            scenario::run(&plans[0], around).await
        }
    };
    let outcome = run(FILE.to_owned()).await;
    assert_eq!(outcome.verdict, Verdict::Passed, "{}", console(&outcome, Lang::Nb, false));
    assert_eq!(outcome.judged, 5, "{outcome:?}");
    // What the town refuses is said with its reason.
    let wrong = FILE.replace("kind: konkurs, of: ansatt", "kind: konkurs, of: gruender");
    let outcome = run(wrong).await;
    let said = console(&outcome, Lang::Nb, false);
    assert!(outcome.verdict != Verdict::Passed && said.contains("does not head FJELLBEKK ANALYSE AS"), "{said}");
}

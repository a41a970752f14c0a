use serde_json::{Value, json};

use super::tests::{ansattporten, pid, tokens, town};
use crate::access::Visit;
use crate::access::fixture::after;
use crate::access::fixture_roller::{BYGG, KOMMUNE, orgnr};
use crate::town::Command;
use crate::town::decide::EidCommand;
use crate::town::model::VirksomhetId;
use crate::town::model::tests_town::rolle::OLA;
use crate::town::state::{Arbeidsregel, Klientutvalg, Kontoutvalg};

fn rule(visit: &Visit, unit: VirksomhetId, regel: Arbeidsregel) -> Visit {
    let command = EidCommand::Arbeidsregel { arbeidsgiver: orgnr(unit), regel: Box::new(regel) };
    after(visit, &Command::Eid(command))
}

#[tokio::test]
async fn an_employer_s_rules_say_which_accounts_act_for_it_and_where() {
    let visit = town();
    let wanted = r#"[{"type":"ansattporten:orgno"}]"#;
    let asked = [("acr_values", "entraid"), ("authorization_details", wanted)];
    // Who may be represented by Ola, with the rights, in `client`.
    let seen = async |visit: &Visit, client: &str, chosen: &str| {
        let hint = format!("testid:{}_entraid{chosen}", pid(visit, OLA));
        let [answer, ..] = tokens(&ansattporten(visit), client, &hint, &asked).await;
        let parties = answer["authorization_details"][0]["authorized_parties"].as_array().cloned().unwrap_or_default();
        let told = |one: &Value| (one["name"].as_str().unwrap().to_owned(), one["rights"].clone());
        parties.iter().map(told).collect::<Vec<_>>()
    };
    let plain = |rights: Value| vec![("NORDVIK KOMMUNE".to_owned(), rights)];
    assert_eq!(seen(&visit, "fagsystem", "").await, plain(Value::Null), "without rules all accounts act everywhere");
    let domain = || Kontoutvalg::Domene("nordvik-kommune.example".into());
    let of = |id: &str, konto: Kontoutvalg, klienter: Klientutvalg, rights: &[&str]| Arbeidsregel {
        id: id.into(),
        konto,
        klienter,
        rettigheter: rights.iter().map(|&right| right.to_owned()).collect(),
    };
    let only = |client: &str| Klientutvalg::Bare(vec![client.to_owned()]);
    // The first rule closes what was open: only what rules let through is let through.
    let visit = rule(&visit, KOMMUNE, of("annen", domain(), only("sjef"), &[]));
    assert_eq!(seen(&visit, "fagsystem", "").await, []);
    let visit = rule(&visit, KOMMUNE, of("her", domain(), only("fagsystem"), &["Write"]));
    assert_eq!(seen(&visit, "fagsystem", "").await, plain(json!(["Write"])), "a right for this client");
    let address = Kontoutvalg::Adresse("ola.nordas@nordvik-kommune.example".into());
    let visit =
        rule(&visit, KOMMUNE, of("ola", address, Klientutvalg::Unntatt(vec!["sjef".into()]), &["Read", "Write"]));
    assert_eq!(seen(&visit, "fagsystem", "").await, plain(json!(["Write", "Read"])), "rules add up");
    let other = Kontoutvalg::Adresse("kari@nordvik-kommune.example".into());
    let visit = rule(&visit, KOMMUNE, of("kari", other, Klientutvalg::Alle, &["Admin"]));
    assert_eq!(seen(&visit, "fagsystem", "").await, plain(json!(["Write", "Read"])), "a rule about another account");
    // Another organisation may let the accounts of a domain through, too: then there is a choice.
    let visit = rule(&visit, BYGG, of("innleide", domain(), Klientutvalg::Alle, &[]));
    let chosen = format!("_{}", orgnr(BYGG));
    assert_eq!(seen(&visit, "fagsystem", &chosen).await, [("FJORD BYGG AS".to_owned(), Value::Null)]);
    let gone = EidCommand::FjernArbeidsregel { arbeidsgiver: orgnr(BYGG), id: "innleide".into() };
    let visit = after(&visit, &Command::Eid(gone));
    assert_eq!(seen(&visit, "fagsystem", "").await, plain(json!(["Write", "Read"])));
}

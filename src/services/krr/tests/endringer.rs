//! The log of changes as a consumer reads it.

use serde_json::{Value, json};

use super::{ALT, Verden, key};
use crate::town::decide::KontaktCommand;
use crate::town::model::tests_town::rolle;

const PATH: &str = "/v2/krr/hentEndringer";

impl Verden {
    async fn changes(&self, fra: u64) -> Value {
        let scope = format!("{ALT} {}", super::super::endringer::SCOPE);
        self.ask(PATH, &scope, &json!({"fraEndringsId": fra}), "krr/endringer").await
    }
}

fn ids(page: &Value) -> [u64; 3] {
    ["fraEndringsId", "tilEndringsId", "sisteEndringsId"].map(|name| page[name].as_u64().unwrap())
}

#[tokio::test]
async fn a_consumer_stores_the_last_number_and_goes_on_behind_it() {
    let verden = Verden::new().await;
    let past = verden.changes(0).await;
    let base = past["list"].as_array().unwrap().len() as u64;
    assert!(base > 0, "the base's last twelve months");
    assert_eq!(ids(&past), [0, base, base]);
    assert_eq!(ids(&verden.changes(base).await), [base, base, base]);
    assert_eq!(ids(&verden.changes(base + 7).await), [base + 7, base, base], "beyond the end");
    for reservert in [true, false] {
        verden.kontakt(KontaktCommand::Reservasjon { person: key(rolle::KARI), reservert }).await;
    }
    verden.kontakt(KontaktCommand::Reservasjon { person: key(rolle::PIOTR), reservert: true }).await;
    let page = verden.changes(base).await;
    assert_eq!(ids(&page), [base, base + 3, base + 3]);
    let rows: Vec<(&str, &str)> = page["list"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["personidentifikator"].as_str().unwrap(), row["reservasjon"].as_str().unwrap()))
        .collect();
    let (kari, piotr) = (verden.number(rolle::KARI), verden.number(rolle::PIOTR));
    // Twice the same person: the entry as it stands, not as it was.
    assert_eq!(rows, [(kari.as_str(), "NEI"), (kari.as_str(), "NEI"), (piotr.as_str(), "JA")]);
    let one = verden.changes(base + 1).await;
    assert_eq!((ids(&one), one["list"].as_array().unwrap().len()), ([base + 1, base + 3, base + 3], 2));
}

#[tokio::test]
async fn the_past_is_everybody_who_changed_something_within_a_year() {
    let verden = Verden::new().await;
    let town = verden.town();
    let past: Vec<_> = town.kontaktendringer(0, usize::MAX);
    for person in town.people() {
        let entry = person.kontaktoppfoering();
        let recent = entry.kontakt.registrert
            && crate::clock::Span::Calendar { months: 12, days: 0, millis: 0 }.before(town.now())
                <= entry.kontakt.oppdatert;
        assert!(!recent || past.contains(&person.id), "{:?} changed and is not in the log", person.id);
        assert!(entry.kontakt.registrert || !past.contains(&person.id), "{:?} has no entry", person.id);
    }
}

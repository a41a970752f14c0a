//! Where strictly confidential people live stands in nothing that leaves the town: exports, lists, searches, documents of
//! every kind, pages, errors, the record of requests, what snapshots say about themselves, the log of the program; also not
//! through family, roles, property, former homes, and after events that touch such a person (`specs/population.md` §16
//! number 35).
//!
//! Their homes get marks that occur nowhere else: a street and a postal place of their own, a plot, coordinates, a basic
//! unit and a number of the home. An open family gets other marks, which must be found: else the search were blind.

#![allow(clippy::disallowed_methods, reason = "the program under test is waited for")]

mod fiks;
mod registers;
mod server;
mod sweep;
mod town;

use std::collections::BTreeSet;

use byteby::journal::Snapshot;
use byteby::services::operations;
use reqwest::Method;
use serde_json::json;

use self::server::{Server, snapshot_of};
use self::sweep::{ADMIN, Sweep, WORLD};
use self::town::{HIDDEN, OPEN, exports, marked};

/// Services every operation of which has to have answered.
const SWEPT: [&str; 4] = ["folkeregisteret", "krr", "fiks", "skatt"];
/// What is not asked there, by words of its path, and why.
const NOT_ASKED: &[(&[&str], &str)] = &[
    (&["/folkeregisteret/api/", "/uttrekk/"], "extracts of the other packages are numbers of people"),
    (&["/folkeregisteret/api/", "xsd"], "the same schema for every package"),
    (&["GET /krr/rest/v1/person"], "the citizen's own entry is that of the look-up"),
    (&["PATCH /krr/rest/v1/person"], "the same"),
    (&["/krr/rest/v2/krr/hentEndringer"], "the log of changes is of look-ups"),
    (&["hendelser/v1"], "change lists of the tax administration are numbers and years"),
    (&["/api/innrapportert/"], "the old form of the same"),
    (&["/spesifisertsummertskattegrunnlag/{stadie}"], "the old form with a stage"),
];

/// The land register itself says where there are homes, not who lives there.
const LAND: [&str; 4] = ["table boliger", "table bygninger", "table eiendommer", "table gater"];

#[test]
fn no_export_says_where_the_hidden_live() {
    let town = marked();
    let mut open = BTreeSet::new();
    let texts = exports(&town.base);
    for (name, text) in &texts {
        let found = HIDDEN.in_text(text);
        if LAND.contains(&name.as_str()) {
            assert!(!found.is_empty(), "{name} knows its own");
            assert!(town.hidden.iter().all(|number| !text.contains(number.as_str())), "{name} names somebody");
            continue;
        }
        assert!(found.is_empty(), "{name} shows {found:?}");
        open.extend((!OPEN.in_text(text).is_empty()).then(|| name.split(' ').next().unwrap()));
    }
    assert_eq!(open.into_iter().collect::<Vec<_>>(), ["altinn", "table", "tenor"], "the search would find one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_record_or_log_says_where_the_hidden_live() {
    let town = marked();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("marked.bby");
    std::fs::write(&file, snapshot_of(&town.base).await).unwrap();
    let server = Server::start(dir.path(), &file);
    let mut sweep = Sweep::set(&server.base).await;
    let mut people: Vec<String> = town.hidden.iter().chain(&town.open).cloned().collect();
    sweep.round(&people).await;
    assert!(sweep.open.len() > 8, "the search would find one: {:?}", sweep.open);
    for door in ["/folkeregisteret/offentlig-med-hjemmel/", "/folkeregisteret/api/finans/", "/fiks/folkeregister/"] {
        assert!(sweep.open.iter().any(|what| what.contains(door)), "{door} shows an open home");
    }
    sweep.post(&format!("{WORLD}/fork"), json!({"name": "gren"})).await;
    // Events at and around them: a birth, a guest who moves in, newcomers, children who move, a death, an emigration.
    let mother = town.mothers[0].clone();
    let born = sweep.event("foedsel", &mother, json!({})).await;
    people.extend(born["people"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
    sweep.event("kontaktendring", &mother, json!({"spraak": "nn"})).await;
    sweep.event("reservasjon", &mother, json!({})).await;
    let guest = town.open.last().unwrap();
    let guest_moves = json!({"hos": mother, "hele_husstanden": false});
    let (status, told) = sweep
        .post(&format!("{WORLD}/events"), {
            let mut body = guest_moves.clone();
            body["kind"] = json!("flytting");
            body["of"] = json!(town.open[0]);
            body
        })
        .await;
    assert_eq!(status, 201, "{guest}: {told}");
    let came = sweep.event("innflytting", &mother, json!({"land": "SWE", "alder": 30})).await;
    people.extend(
        came["people"].as_array().into_iter().flatten().filter_map(|one| one["id"].as_str().map(str::to_owned)),
    );
    sweep.round(&people).await;
    let (status, _) = sweep.post(&format!("{WORLD}/clock/advance"), json!({"by": "P30D"})).await;
    assert_eq!(status, 200);
    let other =
        people.iter().find(|number| town.hidden.contains(number) && !town.mothers.contains(number)).unwrap().clone();
    sweep
        .event(
            "utflytting",
            came["people"][0]["id"].as_str().unwrap(),
            json!({"land": "SWE", "hele_husstanden": false}),
        )
        .await;
    sweep.event("doedsfall", &mother, json!({})).await;
    sweep.get(&format!("{WORLD}/people/{other}")).await;
    sweep.round(&people).await;
    // Worlds beside each other, and snapshots with what can be read in them.
    for path in
        [format!("{ADMIN}/worlds"), format!("{WORLD}/diff?with=gren"), format!("{ADMIN}/worlds/gren/diff?with=main")]
    {
        sweep.get(&path).await;
    }
    let (status, line) = sweep.post(&format!("{WORLD}/snapshots"), json!({"id": "etter"})).await;
    assert_eq!(status, 201, "{line}");
    sweep.get(&format!("{ADMIN}/snapshots")).await;
    let kept = sweep.http.get(format!("{}{ADMIN}/snapshots/etter", sweep.base)).send().await.unwrap();
    let kept = kept.bytes().await.unwrap();
    let snapshot = Snapshot::open(&kept).unwrap();
    sweep.look("header of a snapshot", &serde_json::to_string(&snapshot.header).unwrap());
    for item in snapshot.items() {
        sweep.look("log of a snapshot", &format!("{:?}", item.unwrap()));
    }
    let authorize = "/idporten/authorize?client_id=hvem&response_type=code&scope=openid&state=state1234&nonce=nonce1234\
                     &redirect_uri=http%3A%2F%2Flocalhost%3A4000%2Fcb&code_challenge_method=S256\
                     &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    sweep.ask(Method::GET, authorize, None, "text/html").await;
    // The land register names nobody.
    let land = sweep.http.get(format!("{}{WORLD}/properties?limit=10000", sweep.base)).send().await.unwrap();
    let land = land.text().await.unwrap();
    assert!(!HIDDEN.in_text(&land).is_empty() && people.iter().all(|number| !land.contains(number.as_str())));
    sweep.everything_else(&mother).await;
    let asked = sweep.asked;
    let says = server.says.clone();
    drop(server);
    for path in says {
        sweep.look(&path.to_string_lossy(), &std::fs::read_to_string(&path).unwrap());
    }
    let leaks: Vec<&String> = sweep.leaks.iter().take(8).collect();
    assert!(leaks.is_empty(), "{} of {asked} answers give a hidden home away: {leaks:#?}", sweep.leaks.len());
    assert!(asked > 400, "{asked}");
    let unasked: Vec<String> = operations()
        .iter()
        .filter(|operation| operation.modelled && SWEPT.contains(&operation.service))
        .map(|operation| format!("{} {}", operation.method, operation.template()))
        .filter(|name| {
            !sweep.answered.contains(name)
                && !NOT_ASKED.iter().any(|(words, _)| words.iter().all(|word| name.contains(word)))
        })
        .collect();
    assert!(unasked.is_empty(), "nothing was seen of {unasked:#?}");
}

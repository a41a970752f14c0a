//! From an event in the feed to a letter.

use super::*;
use crate::demo::Sabotage;

#[tokio::test]
async fn a_birth_gives_one_letter_to_the_home_it_came_to() {
    let app = Running::start(BIRTH, |_| {}).await;
    app.town.birth(&[(&barn(0), newborn(&barn(0), "NORA*PIKE"))], &[&mor(), &far()]);
    assert_eq!(app.poke().await, json!({ "ferdig": true }));
    assert_eq!(app.letters(), [("digital".into(), mor(), OFFER.into())]);
    let town = app.town.town();
    let letter = &town.sent[0];
    assert!(letter.text().contains("hjemmebesøk") && letter.text().contains("NORA*PIKE BAKKEN"), "{}", letter.text());
    assert!(letter.text().contains("10.02.2027"));
    assert_eq!(letter.business()["spraak"], "nb");
    assert!(letter.process().contains(":info:"));
    for call in &town.calls {
        for id in [mor(), far(), barn(0)] {
            assert!(!call.query.contains(&id), "an identity number in a query: {call:?}");
        }
    }
    let asked: Vec<&str> = town.calls.iter().filter(|c| c.path.ends_with("/feed")).map(|c| c.query.as_str()).collect();
    assert_eq!(asked.last(), Some(&"seq=7"), "it asked past the last of six events, after handling them");
    let tokens = town.calls.iter().filter(|call| call.path == "/maskinporten/token").count();
    assert_eq!(tokens, 2, "one for each set of scopes, however many calls");
}

#[tokio::test]
async fn what_is_handled_is_not_handled_again() {
    let app = Running::start(BIRTH, |_| {}).await;
    app.town.birth(&[(&barn(0), newborn(&barn(0), "NORA*PIKE"))], &[&mor(), &far()]);
    app.poke().await;
    let before = app.town.calls("GET", "/folkeregisteret/offentlig-med-hjemmel/api/v1/personer/");
    app.poke().await;
    app.town.town().event(&barn(0), "personErOpprettet", "2027-02-11T00:00:00Z");
    app.poke().await;
    assert_eq!(app.letters().len(), 1);
    assert_eq!(app.town.calls("GET", "/folkeregisteret/offentlig-med-hjemmel/api/v1/personer/"), before);
}

#[tokio::test]
async fn parents_who_live_apart_each_get_a_letter() {
    let app = Running::start(BIRTH, |_| {}).await;
    app.town.birth(&[(&barn(0), newborn(&barn(0), "NORA*PIKE"))], &[&mor(), &nabo()]);
    app.poke().await;
    assert_eq!(app.letters(), [("digital".into(), mor(), OFFER.into()), ("digital".into(), nabo(), OFFER.into())]);
}

#[tokio::test]
async fn twins_are_two_cases() {
    for (sabotage, letters) in [(Sabotage::None, 2), (Sabotage::ForgetTwin, 1)] {
        let app = Running::start(BIRTH, |config| config.sabotage = sabotage).await;
        let twins = [(barn(0), newborn(&barn(0), "NORA*PIKE")), (barn(1), newborn(&barn(1), "NORA*GUTT"))];
        let twins: Vec<(&str, Value)> = twins.iter().map(|(id, document)| (id.as_str(), document.clone())).collect();
        app.town.birth(&twins, &[&mor(), &far()]);
        app.poke().await;
        assert_eq!(app.letters().len(), letters, "{sabotage:?}");
        let path = format!("/folkeregisteret/offentlig-med-hjemmel/api/v1/personer/{}", barn(1));
        assert_eq!(app.town.calls("GET", &path), letters - 1, "{sabotage:?}");
    }
}

#[tokio::test]
async fn no_letter_about_the_dead_the_grown_or_the_moved_in() {
    let app = Running::start(BIRTH, |_| {}).await;
    let mut dead = newborn(&barn(0), "NORA*PIKE");
    dead["doedsfall"] = json!({ "erGjeldende": true, "doedsdato": "2027-02-10" });
    let older = synthetic_number("2026-06-01", 0);
    let toddler = person(&older, ("SOL", "BAKKEN"), "2026-06-01", "Fjordgata");
    app.town.birth(&[(&barn(0), dead), (&older, toddler)], &[&mor()]);
    let arrived = person("1", ("ANNA", "NY"), "1990-06-01", "Fjordgata");
    app.town.birth(&[(&synthetic_number("1990-06-01", 0), arrived)], &[]);
    assert_eq!(app.poke().await, json!({ "ferdig": true }));
    assert_eq!(app.letters(), []);
}

#[tokio::test]
async fn a_dead_mother_leaves_the_letter_to_the_father() {
    let app = Running::start(BIRTH, |_| {}).await;
    app.town.birth(&[(&barn(0), newborn(&barn(0), "NORA*PIKE"))], &[&mor(), &far()]);
    app.town.town().people.get_mut(&mor()).unwrap()["status"] = json!([{ "erGjeldende": true, "status": "doed" }]);
    app.poke().await;
    assert_eq!(app.letters(), [("digital".into(), far(), OFFER.into())]);
}

#[tokio::test]
async fn trouble_holds_the_pointer_and_passes() {
    let app = Running::start(BIRTH, |_| {}).await;
    app.town.birth(&[(&barn(0), newborn(&barn(0), "NORA*PIKE"))], &[&mor()]);
    // One service after the other fails once; every poke gets one step further and nothing is sent twice.
    let troubles = [
        ("POST /maskinporten/token", 500),
        ("GET /folkeregisteret/offentlig-med-hjemmel/api/v1/hendelser/feed", 500),
        ("GET /folkeregisteret/offentlig-med-hjemmel/api/v1/personer/", 429),
        ("POST /krr/", 503),
        ("GET /eformidling/api/capabilities/", 500),
        ("POST /eformidling/api/messages/out", 502),
    ];
    app.town.town().end_tokens();
    for (on, status) in troubles {
        app.town.fail(on, status);
        assert_eq!(app.poke().await["ferdig"], false, "{on}");
        assert_eq!(app.letters(), []);
    }
    assert_eq!(app.poke().await, json!({ "ferdig": true }));
    assert_eq!(app.letters().len(), 1);
}

#[tokio::test]
async fn a_child_the_register_does_not_know_does_not_block_the_next() {
    let app = Running::start(BIRTH, |_| {}).await;
    app.town.town().event(&barn(5), "personErOpprettet", BIRTH);
    app.town.birth(&[(&barn(0), newborn(&barn(0), "NORA*PIKE"))], &[&mor()]);
    assert_eq!(app.poke().await, json!({ "ferdig": true }));
    assert_eq!(app.letters().len(), 1);
}

#[tokio::test]
async fn a_pointer_the_register_has_forgotten_starts_over_at_its_end() {
    let app = Running::start(BIRTH, |_| {}).await;
    app.town.fail("GET /folkeregisteret/offentlig-med-hjemmel/api/v1/hendelser/feed", 406);
    assert_eq!(app.poke().await["ferdig"], false);
    assert_eq!(app.get("/helse").await.status(), 503);
    assert_eq!(app.poke().await["ferdig"], true);
    app.town.birth(&[(&barn(0), newborn(&barn(0), "NORA*PIKE"))], &[&mor()]);
    app.poke().await;
    assert_eq!(app.letters().len(), 1);
}

#[tokio::test]
async fn an_ended_token_is_replaced_at_once() {
    let app = Running::start(BIRTH, |_| {}).await;
    app.poke().await;
    app.town.town().end_tokens();
    assert_eq!(app.poke().await, json!({ "ferdig": true }));
}

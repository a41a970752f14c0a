//! From an application to a place.

use super::*;

const APPLIED: &str = "2028-02-20T18:30:00Z";

/// A child born a year before, and its mother logged in.
async fn with_child(at: &str) -> (Running, String) {
    let app = Running::start(at, |_| {}).await;
    app.town.birth(&[(&barn(0), newborn(&barn(0), "SOLVEIG"))], &[&mor(), &far()]);
    app.poke().await;
    assert_eq!(app.letters(), [], "a year old: no home visit");
    let session = app.session(&mor()).await;
    (app, session)
}

fn wish() -> Value {
    json!({ "barn": barn(0), "oensket_start": "2028-08-15" })
}

#[tokio::test]
async fn from_application_to_place() {
    let (app, session) = with_child(APPLIED).await;
    let (status, answer) = app.post("/api/soeknader", &session, wish()).await;
    assert_eq!((status, &answer["status"], &answer["frist_overholdt"]), (201, &json!("mottatt"), &json!(true)));
    let id = answer["id"].as_str().unwrap().to_owned();
    let receipt = ("digital".to_owned(), mor(), "Kvittering for søknad om barnehageplass".to_owned());
    assert_eq!(app.letters(), [receipt], "at once, without a poke");
    assert!(app.town.town().sent[0].text().contains(&id));
    assert!(app.town.town().sent[0].text().contains("SOLVEIG BAKKEN"));

    let answer_path = format!("/api/soeknader/{id}/svar");
    assert_eq!(app.post(&answer_path, &session, json!({ "svar": "ja" })).await.0, 409, "nothing to answer yet");
    app.set_and_poke("2028-02-22T18:29:00Z").await;
    assert_eq!(app.letters().len(), 1, "a minute too early");
    app.set_and_poke("2028-02-22T18:30:00Z").await;
    app.poke().await;
    assert_eq!(app.letters().len(), 2, "once");
    {
        let town = app.town.town();
        let decision = &town.sent[1];
        assert_eq!((decision.title(), decision.to()), ("Vedtak om barnehageplass", mor().as_str()));
        assert!(decision.process().contains(":vedtak:"));
        let pdf = decision.files.iter().find(|file| file.mime == "application/pdf").unwrap();
        assert!(pdf.text().contains(&id) && pdf.text().contains("tilbud om barnehageplass fra 15.08.2028"));
        assert!(decision.text().contains("SOLVEIG BAKKEN"));
    }
    let others = app.session(&far()).await;
    assert_eq!(app.post(&answer_path, &others, json!({ "svar": "ja" })).await.0, 404, "not his application");
    assert_eq!(app.post(&answer_path, &session, json!({ "svar": "kanskje" })).await.0, 400);
    assert_eq!(app.post(&answer_path, "", json!({ "svar": "ja" })).await.0, 401);
    let (status, answer) = app.post(&answer_path, &session, json!({ "svar": "ja" })).await;
    assert_eq!((status, &answer["status"]), (200, &json!("takket_ja")));
    assert_eq!(app.post(&answer_path, &session, json!({ "svar": "ja" })).await.0, 200, "a double click");
    assert_eq!(app.post(&answer_path, &session, json!({ "svar": "nei" })).await.0, 409);

    assert_eq!(app.places(&barn(0)).await["plasser"][0]["status"], "kommende");
    app.town.set_clock("2028-08-14T22:00:00Z"); // midnight in Norway
    assert_eq!(app.places(&barn(0)).await["plasser"][0]["status"], "aktiv");
    assert_eq!(app.places(&barn(1)).await, json!({ "plasser": [] }));
}

impl Running {
    async fn set_and_poke(&self, at: &str) {
        self.town.set_clock(at);
        assert_eq!(self.poke().await, json!({ "ferdig": true }));
    }

    async fn places(&self, child: &str) -> Value {
        self.get(&format!("/api/plasser?barn={child}")).await.json().await.unwrap()
    }
}

#[tokio::test]
async fn the_deadline_is_the_first_of_march_in_norway() {
    for (at, in_time, outcome) in [
        ("2028-03-01T22:59:59Z", true, "tilbud om barnehageplass"),
        ("2028-03-01T23:00:00Z", false, "står på venteliste"),
    ] {
        let (app, session) = with_child(at).await;
        let (_, answer) = app.post("/api/soeknader", &session, wish()).await;
        assert_eq!(answer["frist_overholdt"], in_time, "{at}");
        app.set_and_poke("2028-03-10T12:00:00Z").await;
        assert!(app.town.town().sent[1].text().contains(outcome), "{at}");
    }
}

#[tokio::test]
async fn only_a_parent_who_is_logged_in_may_apply() {
    let (app, session) = with_child(APPLIED).await;
    assert_eq!(app.post("/api/soeknader", "", wish()).await.0, 401);
    for odd in [
        json!({}),
        json!({ "barn": "123", "oensket_start": "2028-08-15" }),
        json!({ "barn": barn(0), "oensket_start": "snart" }),
    ] {
        assert_eq!(app.post("/api/soeknader", &session, odd).await.0, 400);
    }
    let stranger = app.session(&nabo()).await;
    assert_eq!(app.post("/api/soeknader", &stranger, wish()).await.0, 403);
    let unknown = json!({ "barn": barn(7), "oensket_start": "2028-08-15" });
    assert_eq!(app.post("/api/soeknader", &session, unknown).await.0, 403, "the same answer for no child");
    assert_eq!(app.letters(), []);
    let father = app.session(&far()).await;
    assert_eq!(app.post("/api/soeknader", &father, wish()).await.0, 201);
}

#[tokio::test]
async fn a_double_click_is_one_application() {
    let (app, session) = with_child(APPLIED).await;
    let first = app.post("/api/soeknader", &session, wish()).await;
    let tries = app.town.calls("POST", "/eformidling/");
    assert_eq!(app.post("/api/soeknader", &session, wish()).await, first);
    app.poke().await;
    assert_eq!(app.letters().len(), 1);
    assert_eq!(app.town.calls("POST", "/eformidling/"), tries, "not even tried again");
}

#[tokio::test]
async fn trouble_with_the_post_does_not_lose_the_receipt() {
    let (app, session) = with_child(APPLIED).await;
    app.town.fail("GET /eformidling/", 500);
    assert_eq!(app.post("/api/soeknader", &session, wish()).await.0, 201);
    assert_eq!(app.letters(), []);
    app.poke().await;
    assert_eq!(app.letters().len(), 1);
    app.town.fail("GET /folkeregisteret/", 500);
    assert_eq!(
        app.post("/api/soeknader", &session, json!({ "barn": barn(0), "oensket_start": "2029-08-15" })).await.0,
        503
    );
}

#[tokio::test]
async fn no_decision_is_sent_about_a_dead_child() {
    let (app, session) = with_child(APPLIED).await;
    app.post("/api/soeknader", &session, wish()).await;
    let dead = json!({ "erGjeldende": true, "doedsdato": "2028-02-21" });
    app.town.town().people.get_mut(&barn(0)).unwrap()["doedsfall"] = dead;
    app.set_and_poke("2028-03-10T12:00:00Z").await;
    assert_eq!(app.letters().len(), 1, "only the receipt from before");
}

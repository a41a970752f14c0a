//! Reduced payment: households, incomes, and what goes wrong on the way.

use super::*;

const NOW: &str = "2027-04-01T08:00:00Z";

/// A tax document with `rows` of name, amount and category.
fn assessed(rows: &[(&str, i64, &str)]) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .map(|(name, amount, kind)| json!({ "tekniskNavn": name, "beloep": amount, "kategori": kind }))
        .collect();
    json!({ "skjermet": false, "grunnlag": rows })
}

/// Both parents and a child in Fjordgata, mother logged in.
async fn family() -> (Running, String) {
    let app = Running::start(NOW, |_| {}).await;
    app.town.birth(&[(&barn(0), newborn(&barn(0), "SOLVEIG"))], &[&mor(), &far()]);
    let session = app.session(&mor()).await;
    (app, session)
}

fn consent() -> Value {
    json!({ "samtykke": true, "barn": [barn(0)] })
}

impl Running {
    fn tax(&self, key: &str, document: Value) {
        self.town.town().skatt.insert(key.to_owned(), document);
    }

    /// Titles of the letters about payment.
    fn payment_letters(&self) -> usize {
        self.letters().iter().filter(|letter| letter.2.contains("foreldrebetaling")).count()
    }

    async fn decision(&self, answer: &Value, session: &str) -> (u16, Value) {
        let id = answer["saksnummer"].as_str().unwrap();
        let request = self.http.get(format!("{}/api/saker/{id}/vedtak", self.base)).header(header::COOKIE, session);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

#[tokio::test]
async fn both_parents_incomes_are_added_and_only_what_counts_of_them() {
    let (app, session) = family().await;
    let wage = "samletLoennsinntektMedTrygdeavgiftspliktOgMedTrekkplikt";
    app.tax(
        &format!("oppgjoer/2026/{}", mor()),
        assessed(&[(wage, 100_000, "inntekt"), ("minstefradragIInntekt", 40_000, "inntektsfradrag")]),
    );
    app.tax(
        &format!("utkast/2026/{}", far()),
        assessed(&[
            ("utbytteFraAksje", 50_000, "inntekt"),
            ("oppjustertTilleggTilUtbytteFraAksje", 36_000, "oppjusteringAvEierinntekter"),
        ]),
    );
    let (status, answer) = app.post("/soeknad/redusert-betaling", &session, consent()).await;
    assert_eq!((status, &answer["status"]), (201, &json!("vedtatt")));
    let (status, decision) = app.decision(&answer, &session).await;
    assert_eq!(status, 200);
    for (field, expected) in [
        ("maanedsbeloep", json!(818)),
        ("inntekt", json!(150_000)),
        ("inntektsaar", json!(2026)),
        ("kilde", json!("utkast")),
        ("betalere", json!(2)),
        ("til_og_med", json!("2027-07-31")),
    ] {
        assert_eq!(decision[field], expected, "{field}: {decision}");
    }
    {
        let town = app.town.town();
        let letter = &town.sent[0];
        assert_eq!((letter.title(), letter.to()), ("Vedtak om redusert foreldrebetaling", mor().as_str()));
        let text = letter.text();
        assert!(text.contains("818 kroner") && text.contains("klagefrist"), "{text}");
        assert!(![" 50000 ", " 100000 "].iter().any(|own| text.contains(own)), "nobody's own income: {text}");
    }
    app.poke().await;
    assert_eq!(app.payment_letters(), 1, "once");
    let other = app.session(&far()).await;
    assert_eq!(app.decision(&answer, &other).await.0, 404, "not his case");
}

#[tokio::test]
async fn while_the_tax_administration_is_down_the_application_waits() {
    let (app, session) = family().await;
    app.tax(&format!("oppgjoer/2026/{}", mor()), assessed(&[("annenArbeidsinntekt", 110_000, "inntekt")]));
    app.town.fail("GET /skatt/", 503);
    let (status, answer) = app.post("/soeknad/redusert-betaling", &session, consent()).await;
    assert_eq!((status, &answer["status"]), (201, &json!("mottatt")));
    assert_eq!((app.payment_letters(), app.decision(&answer, &session).await.0), (0, 404));
    app.poke().await;
    assert_eq!(app.payment_letters(), 1);
    assert_eq!(app.decision(&answer, &session).await.1["maanedsbeloep"], 600);
}

#[tokio::test]
async fn what_a_machine_cannot_decide_goes_to_a_case_worker() {
    for (what, document) in [("hidden", Some(json!({ "skjermet": true }))), ("nothing known", None)] {
        let (app, session) = family().await;
        if let Some(document) = document {
            app.tax(&format!("oppgjoer/2026/{}", far()), document);
            app.tax(&format!("oppgjoer/2026/{}", mor()), assessed(&[]));
        }
        let (_, answer) = app.post("/soeknad/redusert-betaling", &session, consent()).await;
        assert_eq!(answer["status"], "manuell_behandling", "{what}");
        app.poke().await;
        assert_eq!(app.payment_letters(), 0, "{what}");
    }
}

#[tokio::test]
async fn only_a_parent_with_consent_may_apply_and_never_without_a_rate() {
    let (app, session) = family().await;
    let own = "/soeknad/redusert-betaling";
    assert_eq!(app.post(own, "", consent()).await.0, 401);
    assert_eq!(app.post(own, &session, json!({ "samtykke": false, "barn": [barn(0)] })).await.0, 400);
    assert_eq!(app.post(own, &session, json!({ "samtykke": true, "barn": [] })).await.0, 400);
    let stranger = app.session(&nabo()).await;
    assert_eq!(app.post(own, &stranger, consent()).await.0, 403);
    assert_eq!(app.town.calls("GET", "/skatt/"), 0, "nobody was asked about");
    app.town.set_clock("2026-07-31T08:00:00Z");
    assert_eq!(app.post(own, &session, consent()).await.0, 409, "no rate is known for that day");
}

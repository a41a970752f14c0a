//! What KS Fiks passes on from the tax administration: the proxy, the calculation in both forms, the older form, and who
//! may ask.

use byteby::app::{Config, Running, start};
use byteby::services::fiks::{integrasjoner, roller};
use byteby::town::foreldrebetaling::beregn;
use byteby::town::model::{Gradering, HusstandId, Merke, PersonId};
use byteby::town::skattegrunnlag::{Stadie, av};
use byteby::town::{Town, inntekt};
use reqwest::Client;
use serde_json::{Value, json};

use crate::registers::{KONTAKT, machine_token, register_machine_with};
use crate::skjema::Skjema;

const BEREGNING: &str = "skatteoginntektsopplysninger/beregning";

struct Stage {
    town: Running,
    http: Client,
    token: String,
}

impl Stage {
    async fn set() -> Self {
        let town = start(Config { size: 1500, ..Config::on_free_port() }).await.expect("a town on a free port");
        register_machine_with(&town.main(), &["ks:fiks", KONTAKT]).await;
        let token = machine_token(&town.base_url(), "ks:fiks", None).await;
        Self { town, http: Client::new(), token }
    }

    fn now(&self) -> std::sync::Arc<Town> {
        self.town.main().town()
    }

    fn role(&self, navn: &str) -> String {
        roller().iter().find(|role| role.navn == navn).expect("a role").id(&self.now())
    }

    async fn send(&self, path: &str, body: Option<Value>) -> (u16, Value) {
        let town = self.now();
        let url = format!("{}/fiks{path}", self.town.base_url());
        let request = if body.is_some() { self.http.post(url) } else { self.http.get(url) };
        let request = request
            .bearer_auth(&self.token)
            .header("IntegrasjonId", integrasjoner()[0].id(&town))
            .header("IntegrasjonPassord", integrasjoner()[0].passord(&town));
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    async fn calculate(&self, role: &str, tail: &str, body: Value) -> (u16, Value) {
        self.send(&format!("/register/api/v1/ks/{}/{BEREGNING}{tail}", self.role(role)), Some(body)).await
    }
}

fn number(town: &Town, id: PersonId) -> String {
    town.person(id).nummer().to_string()
}

/// Households with two who pay, both with income, and what the reference calculation says.
fn families(town: &Town) -> Vec<(Vec<PersonId>, i64)> {
    let day = town.now().dato();
    let all = (0..town.husstand_count()).map(HusstandId::at);
    all.filter_map(|home| beregn(town, home, day).ok())
        .filter(|found| found.betalere.len() == 2)
        .map(|found| (found.betalere, found.inntekt))
        .collect()
}

#[tokio::test]
async fn the_calculation_comes_to_what_the_reference_counts_from() {
    let stage = Stage::set().await;
    let town = stage.now();
    let (current, newer) = (Skjema::named("skatt/fiks-beregning"), Skjema::named("skatt/fiks-beregning-understi"));
    let families = families(&town);
    assert!(families.len() > 20, "{}", families.len());
    for (payers, income) in families.iter().take(25) {
        let people = |other: &str| -> Vec<Value> {
            let kinds = ["SOEKER", other];
            let rows = payers.iter().zip(kinds);
            rows.map(|(id, kind)| json!({ "identifikator": number(&town, *id), "type": kind, "ekstraposter": [] }))
                .collect()
        };
        let body = json!({ "beregningstype": "BARNEHAGE_SFO", "inntektsaar": 2025, "personer": people("PARTNER") });
        let (status, answer) = stage.calculate("skatt-foreldrebetaling", "", body).await;
        assert_eq!(status, 200, "{answer}");
        current.check(&answer);
        assert_eq!(answer["beregningsbeloep"], *income, "{answer:#}");
        let body = json!({ "inntektsaar": 2025, "personer": people("ANNET") });
        let (_, answer) = stage.calculate("skatt-foreldrebetaling", "/redusert-foreldrebetaling", body).await;
        newer.check(&answer);
        assert_eq!(answer["inntekt"]["beloep"], *income);
    }
    stage.town.stop().await;
}

#[tokio::test]
async fn drafts_own_rows_care_and_what_is_not_found() {
    let stage = Stage::set().await;
    let town = stage.now();
    let find = |fits: &dyn Fn(PersonId) -> bool| town.people().map(|p| p.id).find(|id| fits(*id)).expect("somebody");
    let drafted = find(&|id| town.person(id).merker().contains(&Merke::BareSkatteutkast));
    let settled = find(&|id| {
        let person = town.person(id);
        person.gradering() == Gradering::Ugradert
            && inntekt::av(&person, 2025).is_some_and(|row| row.loenn > 300_000)
            && av(&person, 2025, Stadie::Oppgjoer).is_ok()
    });
    let hidden =
        find(&|id| town.person(id).gradering() != Gradering::Ugradert && inntekt::av(&town.person(id), 2025).is_some());
    let child = find(&|id| town.person(id).alder() < 10 && town.person(id).is_bosatt());
    let order = |kind: &str, id: PersonId, extra: Value| {
        json!({ "beregningstype": kind, "inntektsaar": 2025,
            "personer": [{ "identifikator": number(&town, id), "type": "SOEKER", "ekstraposter": extra }] })
    };
    let schema = Skjema::named("skatt/fiks-beregning");
    // Only parental payment falls back to the draft.
    let (_, draft) = stage.calculate("skatt-foreldrebetaling", "", order("BARNEHAGE_SFO", drafted, json!([]))).await;
    schema.check(&draft);
    assert_eq!((&draft["stadie"], &draft["personer"][0]["stadie"]), (&json!("UTKAST"), &json!("UTKAST")));
    let (_, none) = stage.calculate("skatt-praktisk-bistand", "", order("PRAKTISK_BISTAND", drafted, json!([]))).await;
    schema.check(&none);
    assert_eq!((&none["stadie"], &none["feilmeldinger"][0]["kode"]), (&json!("UKJENT"), &json!("SSG-008")));
    // A row of the municipality's own.
    let amount = |answer: &Value| answer["beregningsbeloep"].as_i64().unwrap();
    let extra = json!([{ "tekniskNavn": "kommune.skjoennsmessigeFradrag", "visningstekst": "Reise", "beloep": 300 }]);
    let (_, plain) = stage.calculate("skatt-foreldrebetaling", "", order("BARNEHAGE_SFO", settled, json!([]))).await;
    let (_, less) = stage.calculate("skatt-foreldrebetaling", "", order("BARNEHAGE_SFO", settled, extra)).await;
    schema.check(&less);
    assert_eq!(amount(&plain) - amount(&less), 300);
    let row = &less["fradrag"]["beregning"][0]["beregningsposter"][0];
    assert_eq!(
        (&row["kilde"], &row["visningstekst"], &row["kanEndreVisningstekst"]),
        (&json!("MANUELL_INPUT"), &json!("Reise"), &json!(true))
    );
    let (_, secret) = stage.calculate("skatt-foreldrebetaling", "", order("BARNEHAGE_SFO", hidden, json!([]))).await;
    schema.check(&secret);
    assert_eq!((&secret["personer"][0]["skjermet"], amount(&secret)), (&json!(true), 0));
    let (_, nothing) = stage.calculate("skatt-foreldrebetaling", "", order("BARNEHAGE_SFO", child, json!([]))).await;
    assert_eq!(nothing["stadie"], "UKJENT");
    let path =
        format!("/register/api/v1/ks/{}/skatteoginntektsopplysninger/verdier", stage.role("skatt-foreldrebetaling"));
    let (status, values) = stage.send(&path, None).await;
    assert_eq!(status, 200);
    Skjema::named("skatt/fiks-verdier").check(&values);
    stage.town.stop().await;
}

/// Amount of the row called `name` in what the town derives of somebody.
fn derived(town: &Town, id: PersonId, name: &str) -> i64 {
    let all = av(&town.person(id), 2025, Stadie::Oppgjoer).expect("a settlement").rader;
    all.iter().find(|row| row.teknisk_navn == name).map_or(0, |row| row.beloep)
}

#[tokio::test]
async fn practical_help_and_long_stays_count_by_rules_of_their_own() {
    let stage = Stage::set().await;
    let town = stage.now();
    let schema = Skjema::named("skatt/fiks-beregning");
    let settled = |id: PersonId| {
        let person = town.person(id);
        person.gradering() == Gradering::Ugradert && av(&person, 2025, Stadie::Oppgjoer).is_ok()
    };
    let couples = families(&town).into_iter().map(|(payers, _)| (payers[0], payers[1]));
    let earns = |id: PersonId| inntekt::av(&town.person(id), 2025).is_some_and(|row| row.loenn > 200_000);
    let open: Vec<_> = couples.filter(|(one, other)| settled(*one) && settled(*other) && earns(*other)).collect();
    assert!(open.len() > 5, "{}", open.len());
    let order = |kind: &str, people: &[(PersonId, &str, Value)]| {
        let people: Vec<Value> = people
            .iter()
            .map(
                |(id, kind, extra)| json!({ "identifikator": number(&town, *id), "type": kind, "ekstraposter": extra }),
            )
            .collect();
        json!({ "beregningstype": kind, "inntektsaar": 2025, "personer": people })
    };
    for (one, other) in open.into_iter().take(12) {
        // Ordinary income before special allowances, less what is only added to dividends.
        let pair = [(one, "SOEKER", json!([])), (other, "PARTNER", json!([]))];
        let (status, help) = stage.calculate("skatt-praktisk-bistand", "", order("PRAKTISK_BISTAND", &pair)).await;
        assert_eq!(status, 200, "{help}");
        schema.check(&help);
        let of = |id| {
            derived(&town, id, "alminneligInntektFoerSaerfradrag")
                - derived(&town, id, "oppjustertTilleggTilUtbytteFraAksje")
        };
        assert_eq!(help["beregningsbeloep"], of(one) + of(other), "{help:#}");
        // The applicant's own income, less the applicant's tax and what the other lacks up to the thought pension.
        let row = inntekt::av(&town.person(one), 2025).unwrap();
        let theirs = inntekt::av(&town.person(other), 2025).unwrap();
        let earned: i64 =
            [theirs.loenn, theirs.naering, theirs.pensjon, theirs.ytelser].into_iter().map(i64::from).sum();
        for (pension, lacking) in [(earned + 5_000, 5_000), (earned - 5_000, 0)] {
            let extra = json!([{ "tekniskNavn": "kommune.tenktEtterlattePensjon", "beloep": pension }]);
            let pair = [(one, "SOEKER", json!([])), (other, "PARTNER", extra)];
            let (_, stay) =
                stage.calculate("skatt-langtidsopphold", "", order("LANGTIDSOPPHOLD_INSTITUSJON", &pair)).await;
            schema.check(&stay);
            assert_eq!(stay["inntekt"]["beloep"], row.grunnlag(), "{stay:#}");
            assert_eq!(stay["fradrag"]["beloep"], i64::from(row.skatt) + lacking, "{stay:#}");
        }
    }
    stage.town.stop().await;
}

#[tokio::test]
async fn the_proxy_gives_the_document_unchanged_and_the_role_decides() {
    let stage = Stage::set().await;
    let town = stage.now();
    let settled = town.people().find(|p| p.gradering() == Gradering::Ugradert && av(p, 2025, Stadie::Oppgjoer).is_ok());
    let pid = settled.expect("somebody").nummer().to_string();
    let payment = stage.role("skatt-foreldrebetaling");
    let proxy = |version: &str, role: &str, tail: &str| {
        format!("/skatteetaten/formueinntekt/summertskatt/api/{version}/{role}/{tail}")
    };
    let tail = format!("oppgjoer/kommuneforeldrebetaling/2025/{pid}");
    let (status, v1) = stage.send(&proxy("v1", &payment, &tail), None).await;
    assert_eq!(status, 200, "{v1}");
    Skjema::named("skatt/summert-v1").check(&v1);
    let (_, v2) = stage.send(&proxy("v2", &payment, &tail), None).await;
    Skjema::named("skatt/summert-v2").check(&v2);
    assert_eq!(v1["registreringstidpunkt"], v2["ajourholdstidspunkt"]);
    let older = json!({ "inntektsaar": "2025", "beregningstype": "BARNEHAGE_SFO",
        "soekere": [{ "personidentifikator": pid, "personType": "SOEKER",
            "kommunePoster": [{ "visningsnavn": "Fradrag 1", "beloep": "500" }] }] });
    let summed = |role: &str| format!("/register/api/v2/ks/{role}/summertskattegrunnlag");
    let (status, answer) = stage.send(&summed(&payment), Some(older.clone())).await;
    assert_eq!(status, 200, "{answer}");
    Skjema::named("skatt/fiks-summert").check(&answer);
    let rows = v2["grunnlag"].as_array().into_iter().flatten();
    let income: i64 = rows.filter(|row| row["kategori"] == "inntekt").map(|row| row["beloep"].as_i64().unwrap()).sum();
    assert_eq!(answer["samletBeloep"], income - 500);
    assert_eq!(answer["summertSkattegrunnlagPersoner"][0]["grunnlag"], answer["samletGrunnlag"]);
    let own = answer["samletGrunnlag"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&own["navn"], &own["poster"][0]["visningsnavn"], &own["poster"][0]["kilde"]),
        (&json!("KOMMUNE.SKJOENNSMESSIGEFRADRAG"), &json!("Fradrag 1"), &json!("KOMMUNE"))
    );
    stage.town.stop().await;
}

#[tokio::test]
async fn each_refusal_has_its_status_and_form() {
    let stage = Stage::set().await;
    let town = stage.now();
    let settled = town.people().find(|p| p.gradering() == Gradering::Ugradert && av(p, 2025, Stadie::Oppgjoer).is_ok());
    let pid = settled.expect("somebody").nummer().to_string();
    let child = town.people().find(|p| p.alder() < 10 && p.is_bosatt()).unwrap().nummer().to_string();
    let (payment, care) = (stage.role("skatt-foreldrebetaling"), stage.role("skatt-praktisk-bistand"));
    let package = |tail: &str| format!("oppgjoer/kommuneforeldrebetaling/{tail}");
    let proxy = |role: &str, tail: &str| format!("/skatteetaten/formueinntekt/summertskatt/api/v2/{role}/{tail}");
    let (tax, platform) = (Skjema::named("skatt/feil"), Skjema::named("fiks/feil"));
    // The tax administration's own refusals are passed on as they are; the platform's have its form.
    for (path, status, code) in [
        (proxy(&payment, &package(&format!("24/{pid}"))), 400, "SSG-006"),
        (proxy(&payment, &package("2025/123")), 400, "SSG-006"),
        (proxy(&payment, &format!("tull/kommuneforeldrebetaling/2025/{pid}")), 400, "SSG-006"),
        (proxy(&payment, &format!("fastsatt/kommuneforeldrebetaling/2025/{pid}")), 403, "SSG-005"),
        (proxy(&payment, &package("2025/66868612346")), 404, "SSG-007"),
        (proxy(&payment, &package("2025/01019012345")), 404, "SSG-007"),
        (proxy(&payment, &package(&format!("2025/{child}"))), 404, "SSG-008"),
        (proxy(&payment, &format!("utkast/kommuneforeldrebetaling/2025/{pid}")), 410, "SSG-011"),
        (proxy(&care, &package(&format!("2025/{pid}"))), 403, ""),
        (proxy("b17eb000-0000-4000-8000-000000000000", &package(&format!("2025/{pid}"))), 404, ""),
        (proxy(&stage.role("krr"), &package(&format!("2025/{pid}"))), 403, ""),
    ] {
        let (got, body) = stage.send(&path, None).await;
        assert_eq!(got, status, "{path}: {body}");
        if code.is_empty() {
            platform.check(&body);
        } else {
            tax.check(&body);
            assert_eq!(body["kode"], code, "{path}");
        }
    }
    for (path, name) in [
        (format!("/skatteetaten/formueinntekt/beregnetskatt/api/v1/{payment}/pakke/2025/{pid}"), "skatteetaten"),
        (format!("/skatteetaten/hendelser/api/v1/{payment}/hendelser/start"), "skatteetaten"),
        (format!("/register/api/v1/ks/{payment}/skatteoginntektsopplysninger/beregning/praktisk-bistand/pdf"), "skatt"),
    ] {
        let (got, body) = stage.send(&path, None).await;
        assert_eq!(got, 501, "{path}");
        assert!(body.to_string().contains(&format!("fiks.{name}.annet")), "{body}");
    }
    let summed = format!("/register/api/v2/ks/{payment}/summertskattegrunnlag");
    let applicant = json!({ "personidentifikator": pid, "personType": "SOEKER" });
    let older = |people: Value, year: Value, kind: &str| json!({ "inntektsaar": year, "beregningstype": kind, "soekere": people });
    for (what, body, status) in [
        ("not an object", json!([]), 400),
        ("an unknown type", older(json!([applicant]), json!("2025"), "NOE"), 400),
        ("another area's type", older(json!([applicant]), json!("2025"), "PRAKTISK_BISTAND"), 403),
        ("a year of two digits", older(json!([applicant]), json!("25"), "BARNEHAGE_SFO"), 400),
        ("nobody", older(json!([]), json!("2025"), "BARNEHAGE_SFO"), 400),
        (
            "somebody without income",
            older(json!([{ "personidentifikator": child, "personType": "SOEKER" }]), json!(2025), "BARNEHAGE_SFO"),
            404,
        ),
    ] {
        let (got, body) = stage.send(&summed, Some(body)).await;
        assert_eq!(got, status, "{what}: {body}");
        if status == 404 { tax.check(&body) } else { platform.check(&body) }
    }
    for (what, body) in [
        ("nobody", json!({ "beregningstype": "BARNEHAGE_SFO", "inntektsaar": 2025, "personer": [] })),
        (
            "two applicants",
            json!({ "beregningstype": "BARNEHAGE_SFO", "inntektsaar": 2025, "personer": [
            { "identifikator": pid, "type": "SOEKER" }, { "identifikator": pid, "type": "SOEKER" }] }),
        ),
        (
            "the same person twice",
            json!({ "beregningstype": "BARNEHAGE_SFO", "inntektsaar": 2025, "personer": [
            { "identifikator": pid, "type": "SOEKER" }, { "identifikator": pid, "type": "PARTNER" }] }),
        ),
        (
            "another kind of person",
            json!({ "beregningstype": "BARNEHAGE_SFO", "inntektsaar": 2025, "personer": [
            { "identifikator": pid, "type": "SOEKER" }, { "identifikator": child, "type": "ANNET" }] }),
        ),
        (
            "an amount past counting",
            json!({ "beregningstype": "BARNEHAGE_SFO", "inntektsaar": 2025, "personer": [
            { "identifikator": pid, "type": "SOEKER", "ekstraposter":
                [{ "tekniskNavn": "kommune.skjoennsmessigeFradrag", "beloep": i64::MAX }] }] }),
        ),
        (
            "a year of two digits",
            json!({ "beregningstype": "BARNEHAGE_SFO", "inntektsaar": 25, "personer": [
            { "identifikator": pid, "type": "SOEKER" }] }),
        ),
        (
            "an unknown extra row",
            json!({ "beregningstype": "BARNEHAGE_SFO", "inntektsaar": 2025, "personer": [
            { "identifikator": pid, "type": "SOEKER", "ekstraposter": [{ "tekniskNavn": "noe", "beloep": 1 }] }] }),
        ),
        ("no type", json!({ "inntektsaar": 2025, "personer": [{ "identifikator": pid, "type": "SOEKER" }] })),
    ] {
        let (status, answer) = stage.calculate("skatt-foreldrebetaling", "", body).await;
        assert_eq!(status, 400, "{what}: {answer}");
        platform.check(&answer);
    }
    stage.town.stop().await;
}

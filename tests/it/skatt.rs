//! The tax administration's interfaces through the gate: every body against its schema, every code with its status, and
//! what the clock does to drafts, settlements and reported wages.

use byteby::app::{Config, Running, start};
use byteby::clock::Instant;
use byteby::town::maanedsinntekt::{self, Maaned};
use byteby::town::model::{Gradering, Merke, PersonId};
use byteby::town::skattegrunnlag::{Stadie, Tidspunkter};
use byteby::town::{Town, inntekt};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use crate::registers::{KONTAKT, machine_token, register_machine_with};
use crate::skjema::Skjema;

const SUMMERT: &str = "skatteetaten:summertskattegrunnlag";
const INNTEKT: &str = "skatteetaten:inntekt";
const V2: &str = "/skatt/api/summertskattegrunnlag/v2";
const SISTE: &str = "/skatt/api/sistetilgjengeligeskatteoppgjoer/v1";
const LISTER: [(&str, &str); 3] = [
    ("/skatt/api/skatteoppgjoerhendelser/v1", "skatt/hendelser"),
    ("/skatt/api/skattemeldingutkasthendelser/v1", "skatt/hendelser"),
    ("/skatt/api/inntekthendelser/v1", "skatt/hendelser-inntekt"),
];

struct Stage {
    town: Running,
    http: Client,
    token: String,
    inntekt: String,
}

impl Stage {
    async fn set() -> Self {
        let town = start(Config { size: 1500, ..Config::on_free_port() }).await.expect("a town on a free port");
        register_machine_with(&town.main(), &[SUMMERT, INNTEKT, KONTAKT]).await;
        let token = machine_token(&town.base_url(), SUMMERT, None).await;
        let inntekt = machine_token(&town.base_url(), INNTEKT, None).await;
        Self { town, http: Client::new(), token, inntekt }
    }

    async fn ask(&self, path: &str, token: &str, accept: Option<&str>) -> Response {
        let request = self.http.request(Method::GET, format!("{}{path}", self.town.base_url()));
        let request = if token.is_empty() { request } else { request.bearer_auth(token) };
        let request = if let Some(accept) = accept { request.header("accept", accept) } else { request };
        request.send().await.expect("an answer")
    }

    /// Status and JSON body.
    async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.ask(path, &self.token, None).await;
        assert_eq!(answer.headers()["content-type"], "application/json", "{path}");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    fn now(&self) -> std::sync::Arc<Town> {
        self.town.main().town()
    }

    async fn advance(&self, to: Instant) {
        self.town.main().advance(to).await.expect("time passes");
    }
}

fn number(town: &Town, id: PersonId) -> String {
    town.person(id).nummer().to_string()
}

fn sum(document: &Value, kategori: &str) -> i64 {
    let rows = document["grunnlag"].as_array().into_iter().flatten();
    rows.filter(|row| row["kategori"] == kategori).map(|row| row["beloep"].as_i64().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_body_about_everybody_follows_its_schema_and_the_town() {
    let stage = Stage::set().await;
    let town = stage.now();
    let (v2, siste, months, error) = (
        Skjema::named("skatt/summert-v2"),
        Skjema::named("skatt/siste"),
        Skjema::named("skatt/inntekt"),
        Skjema::named("skatt/feil"),
    );
    let (mut found, mut hidden, mut none, mut worked) = (0, 0, 0, 0);
    for person in town.people().filter(|person| person.alder() >= 13) {
        let pid = person.nummer().to_string();
        let row = inntekt::av(&person, 2025);
        let (status, body) = stage.get(&format!("{V2}/oppgjoer/kommuneBoligsosialeFormaal/2025/{pid}")).await;
        match status {
            200 => {
                v2.check(&body);
                assert_eq!(body["personidentifikator"], pid);
                if body["skjermet"] == true {
                    assert!(body.get("grunnlag").is_none() && person.gradering() != Gradering::Ugradert, "{body}");
                    hidden += 1;
                } else {
                    assert_eq!(sum(&body, "inntekt"), row.expect("an income").grunnlag(), "{body}");
                    found += 1;
                }
                let (status, last) = stage.get(&format!("{SISTE}/{pid}")).await;
                assert_eq!((status, &last["sisteTilgjengeligePeriode"]), (200, &json!("2025")));
                siste.check(&last);
            }
            404 => {
                error.check(&body);
                assert_eq!(body["kode"], "SSG-008");
                none += 1;
            }
            other => panic!("{other} {body}"),
        }
        let path = format!("/skatt/api/inntekt/v1/digisos/{pid}/inntekter?fraOgMed=2025-01&tilOgMed=2025-12");
        let answer = stage.ask(&path, &stage.inntekt, None).await;
        let (status, body) = (answer.status().as_u16(), answer.json::<Value>().await.unwrap());
        let wages = row.map_or(0, |row| i64::from(row.loenn));
        if status == 200 {
            months.check(&body);
            let rows = body["oppgaveInntektsmottaker"].as_array().unwrap().iter();
            let paid: i64 = rows.map(|row| row["inntekt"][0]["beloep"].as_i64().unwrap()).sum();
            assert_eq!(paid, wages, "{body}");
            worked += 1;
        } else {
            assert_eq!((status, &body["kode"]), (404, &json!("IM-008")));
            assert!(wages == 0 || person.gradering() != Gradering::Ugradert);
        }
    }
    println!("{found} settled, {hidden} hidden, {none} without, {worked} with wages");
    assert!(found > 900 && hidden >= 2 && none > 10 && worked > 600, "{found} {hidden} {none} {worked}");
    stage.town.stop().await;
}

#[tokio::test]
async fn packages_withhold_rows_and_stages_and_the_older_paths_spell_differently() {
    let stage = Stage::set().await;
    let town = stage.now();
    let owns =
        |id: PersonId| inntekt::av(&town.person(id), 2025).is_some_and(|row| row.kapital > 30_000 && row.loenn > 0);
    let open = |id: &PersonId| town.person(*id).gradering() == Gradering::Ugradert;
    let settled = |id: &PersonId| Tidspunkter::av(&town.person(*id), 2025).naadd(town.now()) == Some(Stadie::Oppgjoer);
    let rich =
        town.people().map(|p| p.id).find(|id| owns(*id) && open(id) && settled(id)).expect("somebody with shares");
    let pid = number(&town, rich);
    let v2 = Skjema::named("skatt/summert-v2");
    let kinds = |body: &Value| {
        let rows = body["grunnlag"].as_array().unwrap().iter();
        let mut kinds: Vec<String> = rows.map(|row| row["kategori"].as_str().unwrap().to_owned()).collect();
        kinds.sort();
        kinds.dedup();
        kinds.join(" ")
    };
    let (_, payment) = stage.get(&format!("{V2}/oppgjoer/kommuneforeldrebetaling/2025/{pid}")).await;
    v2.check(&payment);
    assert_eq!(kinds(&payment), "inntekt oppjusteringAvEierinntekter");
    let (_, all) = stage.get(&format!("{V2}/oppgjoer/SIVILRETT/2025/{pid}")).await;
    v2.check(&all);
    assert_eq!(sum(&all, "inntekt"), sum(&payment, "inntekt"));
    assert!(kinds(&all).starts_with("- formue inntekt inntektsfradrag oppjustering"), "{}", kinds(&all));
    let (status, care) = stage.get(&format!("{V2}/oppgjoer/kommunepersonligassistanse/2025/{pid}")).await;
    v2.check(&care);
    assert_eq!((status, kinds(&care).as_str()), (200, "- inntekt inntektsfradrag oppjusteringAvEierinntekter"));
    let rows = care["grunnlag"].as_array().unwrap().iter();
    let sums: Vec<&Value> = rows.filter(|row| row["kategori"] == "-").map(|row| &row["tekniskNavn"]).collect();
    assert_eq!(sums, ["alminneligInntektFoerSaerfradrag"]);
    let (_, stay) = stage.get(&format!("{V2}/oppgjoer/kommunelangtidsoppholdinstitusjon/2025/{pid}")).await;
    assert_eq!(stay["grunnlag"], all["grunnlag"]);
    let (status, fastsatt) = stage.get(&format!("{V2}/fastsatt/sivilrett/2025/{pid}")).await;
    v2.check(&fastsatt);
    assert_eq!((status, &fastsatt["stadie"], fastsatt.get("skatteoppgjoersdato")), (200, &json!("fastsatt"), None));
    // The older form spells the time its own way and takes the settlement when no stage is named.
    let old = "/skatt/api/formueinntekt/spesifisertsummertskattegrunnlag";
    let spelled = Skjema::named("skatt/spesifisert");
    let (_, with) = stage.get(&format!("{old}/oppgjoer/kommuneforeldrebetaling/2025/{pid}")).await;
    let (_, without) = stage.get(&format!("{old}/kommuneforeldrebetaling/2025/{pid}")).await;
    spelled.check(&with);
    assert_eq!(with, without);
    assert_eq!(with["registreringstidpunkt"], payment["ajourholdstidspunkt"]);
    // The two stages of the payment's package, and the one of the others.
    for (path, status, code) in [
        ("fastsatt/kommuneforeldrebetaling", 403, "SSG-005"),
        ("utkast/kommunepersonligassistanse", 403, "SSG-005"),
        ("utkast/kommuneboligsosialeformaal", 403, "SSG-005"),
        ("oppgjoer/nav", 403, "SSG-005"),
        ("oppgjoer/sbl", 403, "SSG-010"),
        ("utkast/kommuneforeldrebetaling", 410, "SSG-011"),
    ] {
        let (got, body) = stage.get(&format!("{V2}/{path}/2025/{pid}")).await;
        assert_eq!((got, &body["kode"]), (status, &json!(code)), "{path}");
    }
    // XML says the same.
    let answer = stage
        .ask(&format!("{V2}/oppgjoer/kommuneforeldrebetaling/2025/{pid}"), &stage.token, Some("application/xml"))
        .await;
    assert_eq!(answer.headers()["content-type"], "application/xml");
    let xml = answer.text().await.unwrap();
    let expected = byteby::formats::xml::document(
        "summertSkattegrunnlag",
        "urn:no:skatteetaten:datasamarbeid:summertskattegrunnlag:v2",
        &payment,
    )
    .unwrap();
    assert_eq!(xml, expected);
    let last = stage
        .ask(&format!("{SISTE}/{pid}"), &stage.token, Some("text/html, application/xml;q=0.9"))
        .await
        .text()
        .await
        .unwrap();
    assert_eq!(
        last,
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<tilgjengeligdata xmlns=\"urn:no:skatteetaten:datasamarbeid:tilgjengeligdata:v1\">\
                 <personidentifikator>{pid}</personidentifikator><ressursId>skattegrunnlag</ressursId>\
                 <sisteTilgjengeligePeriode>2025</sisteTilgjengeligePeriode></tilgjengeligdata>"
        )
    );
    stage.town.stop().await;
}

#[tokio::test]
async fn each_code_has_its_status_and_body() {
    let stage = Stage::set().await;
    let town = stage.now();
    let wrong = machine_token(&stage.town.base_url(), KONTAKT, None).await;
    let adult = |fits: &dyn Fn(PersonId) -> bool| {
        let mut people = town.people().filter(|person| person.alder() >= 30 && person.is_bosatt());
        people.find(|person| fits(person.id)).expect("somebody like that").nummer().to_string()
    };
    let pid = adult(&|id| inntekt::av(&town.person(id), 2025).is_some());
    let idle = adult(&|id| {
        maanedsinntekt::av(&town.person(id), Maaned::parse("2015-01").unwrap(), Maaned::parse("2027-01").unwrap())
            .is_empty()
    });
    let child = town.people().find(|person| person.is_bosatt() && person.alder() < 10).unwrap().nummer().to_string();
    let (nobody, real) = ("66868612346", "01019012345");
    let ssg = |tail: &str| format!("{V2}/{tail}");
    let months = |pid: &str, tail: &str| format!("/skatt/api/inntekt/v1/digisos/{pid}/inntekter{tail}");
    let (good, income) = (stage.token.as_str(), stage.inntekt.as_str());
    let package = "oppgjoer/kommuneforeldrebetaling";
    let schema = Skjema::named("skatt/feil");
    for (path, token, accept, status, code) in [
        (ssg(&format!("{package}/2025/{pid}/mer")), good, None, 404, "SSG-003"),
        (ssg(&format!("{package}/2025/{pid}/")), good, None, 404, "SSG-003"),
        (ssg(&format!("{package}/2025/{pid}")), "", None, 401, "SSG-004"),
        (ssg(&format!("{package}/2025/{pid}")), "tull", None, 401, "SSG-004"),
        (ssg(&format!("{package}/2025/{pid}")), &wrong, None, 403, "SSG-005"),
        (ssg(&format!("oppgjoer/ukjent/2025/{pid}")), good, None, 403, "SSG-005"),
        (ssg(&format!("{package}/24/{pid}")), good, None, 400, "SSG-006"),
        (ssg(&format!("{package}/2o25/{pid}")), good, None, 400, "SSG-006"),
        (ssg(&format!("oppgj%C3%B8r/kommuneforeldrebetaling/2025/{pid}")), good, None, 400, "SSG-006"),
        (ssg(&format!("{package}/2025/123")), good, None, 400, "SSG-006"),
        (ssg(&format!("{package}/2025/{nobody}")), good, None, 404, "SSG-007"),
        (ssg(&format!("{package}/2025/{real}")), good, None, 404, "SSG-007"),
        (ssg(&format!("{package}/2025/{child}")), good, None, 404, "SSG-008"),
        (ssg(&format!("{package}/2026/{pid}")), good, None, 404, "SSG-008"),
        (ssg(&format!("{package}/1999/{pid}")), good, None, 404, "SSG-008"),
        (ssg(&format!("{package}/2025/{pid}")), good, Some("text/html"), 406, "SSG-009"),
        (format!("{SISTE}/{pid}"), "", None, 401, "TD-002"),
        (format!("{SISTE}/12"), good, None, 400, "TD-003"),
        (format!("{SISTE}/{child}"), good, None, 404, "TD-004"),
        (format!("{SISTE}/{pid}"), good, Some("application/pdf"), 406, "TD-005"),
        (format!("{SISTE}/{pid}/"), good, None, 404, "TD-006"),
        (format!("{SISTE}/{pid}"), &wrong, None, 403, "DAS-008"),
        (months(&pid, "/mer"), income, None, 404, "IM-003"),
        (months(&pid, "?fraOgMed=2025-01"), "", None, 401, "IM-004"),
        (months(&pid, "?fraOgMed=2025-01"), good, None, 403, "IM-005"),
        (months(&pid, "?fraOgMed=2025-01").replace("digisos", "kommuneforeldrebetaling"), income, None, 403, "IM-005"),
        (months(&pid, ""), income, None, 400, "IM-006"),
        (months(&pid, "?fraOgMed=2025"), income, None, 400, "IM-006"),
        (months(&pid, "?fraOgMed=2025-06&tilOgMed=2025-05"), income, None, 400, "IM-006"),
        (months(nobody, "?fraOgMed=2025-01"), income, None, 404, "IM-007"),
        (months(&idle, "?fraOgMed=2025-01"), income, None, 404, "IM-008"),
        (months(&pid, "?fraOgMed=2025-01"), income, Some("text/csv"), 406, "IM-009"),
        (months(&pid, "?fraOgMed=2025-01").replace("digisos", "sbl"), income, None, 403, "IM-010"),
        (format!("{}/?fraSekvensnummer=1", LISTER[0].0), good, None, 404, "FA-002"),
        (format!("{}?fraSekvensnummer=1", LISTER[0].0), "", None, 401, "FA-003"),
        (LISTER[0].0.to_owned(), good, None, 400, "FA-004"),
        (format!("{}?fraSekvensnummer=x", LISTER[0].0), good, None, 400, "FA-004"),
        (format!("{}?fraSekvensnummer=1&antall=0", LISTER[0].0), good, None, 400, "FA-004"),
        (format!("{}/start?dato=20270101", LISTER[0].0), good, None, 400, "FA-004"),
        (format!("{}?fraSekvensnummer=99999999", LISTER[0].0), good, None, 404, "FA-005"),
        (format!("{}/start?dato=2031-01-01", LISTER[0].0), good, None, 404, "FA-005"),
        (format!("{}?fraSekvensnummer=1", LISTER[0].0), good, Some("image/png"), 406, "FA-006"),
        ("/skatt/api/noe/helt/annet".to_owned(), good, None, 404, "DAS-002"),
    ] {
        let answer = stage.ask(&path, token, accept).await;
        let got = answer.status().as_u16();
        assert!(answer.headers().contains_key("byteby-hint"), "{path}");
        let body: Value = answer.json().await.unwrap_or_else(|error| panic!("{path}: {error}"));
        schema.check(&body);
        assert_eq!((got, &body["kode"]), (status, &json!(code)), "{path}: {body}");
    }
    // An error in the form that was asked for.
    let answer = stage.ask(&ssg(&format!("{package}/24/{pid}")), good, Some("application/xml")).await;
    assert_eq!(answer.status(), 400);
    let xml = answer.text().await.unwrap();
    assert!(xml.contains("<feil xmlns=\"urn:no:skatteetaten:datasamarbeid:feil:v1\"><kode>SSG-006</kode>"), "{xml}");
    stage.town.stop().await;
}

#[tokio::test]
async fn the_draft_is_followed_by_the_settlement_by_the_clock() {
    let stage = Stage::set().await;
    let town = stage.now();
    let drafted = town.people().find(|person| person.merker().contains(&Merke::BareSkatteutkast)).expect("a tag").id;
    let pid = number(&town, drafted);
    let path = |stadie: &str| format!("{V2}/{stadie}/kommuneforeldrebetaling/2025/{pid}");
    let code = async |path: String| {
        let (status, body) = stage.get(&path).await;
        (status, body["kode"].as_str().unwrap_or_default().to_owned())
    };
    let (status, draft) = stage.get(&path("utkast")).await;
    assert_eq!((status, &draft["stadie"], draft.get("skatteoppgjoersdato")), (200, &json!("utkast"), None));
    assert_eq!(code(path("oppgjoer")).await, (404, "SSG-008".to_owned()));
    let (_, last) = stage.get(&format!("{SISTE}/{pid}")).await;
    assert_eq!(last["sisteTilgjengeligePeriode"], "2024");
    let times = Tidspunkter::av(&town.person(drafted), 2025);
    stage.advance(times.oppgjoer.plus_millis(-1)).await;
    assert_eq!(code(path("oppgjoer")).await.0, 404, "a moment before");
    stage.advance(times.oppgjoer).await;
    assert_eq!(code(path("utkast")).await, (410, "SSG-011".to_owned()));
    let (status, settled) = stage.get(&path("oppgjoer")).await;
    assert_eq!((status, &settled["skatteoppgjoersdato"]), (200, &json!(times.oppgjoer.dato().to_string())));
    assert_eq!(settled["grunnlag"], draft["grunnlag"]);
    // The change list tells so, at its end.
    let (_, start) = stage.get(&format!("{}/start?dato={}", LISTER[0].0, times.oppgjoer.dato())).await;
    Skjema::named("skatt/start").check(&start);
    let (_, page) = stage.get(&format!("{}?fraSekvensnummer={}", LISTER[0].0, start["sekvensnummer"])).await;
    let rows = page["hendelser"].as_array().unwrap();
    let told = rows.iter().find(|row| row["identifikator"] == pid.as_str()).expect("the settlement is told");
    assert_eq!(
        (&told["gjelderPeriode"], &told["registreringstidspunkt"]),
        (&json!("2025"), &settled["ajourholdstidspunkt"])
    );
    stage.town.stop().await;
}

#[tokio::test]
async fn wages_are_reported_by_the_fifth_and_complete_on_the_tenth() {
    let stage = Stage::set().await;
    let december = Maaned::parse("2026-12").unwrap();
    let mut shares = Vec::new();
    for day in ["2027-01-04T08:00:00+01:00", "2027-01-06T00:00:00+01:00", "2027-01-11T00:00:00+01:00"] {
        stage.advance(Instant::parse(day).unwrap()).await;
        let town = stage.now();
        let employed: Vec<PersonId> = town
            .people()
            .filter(|p| p.is_bosatt() && p.gradering() == Gradering::Ugradert)
            .filter(|p| {
                p.arbeidsforhold()
                    .iter()
                    .any(|job| job.fra.dato().to_string().as_str() < "2026-11" && job.til.some().is_none())
            })
            .map(|p| p.id)
            .collect();
        let mut known = 0;
        for person in employed.iter().take(200) {
            let path = format!(
                "/skatt/api/inntekt/v1/kommuneBoligsosialeFormaal/{}/inntekter?fraOgMed={december}&tilOgMed={december}",
                number(&town, *person)
            );
            known += usize::from(stage.ask(&path, &stage.inntekt, None).await.status() == 200);
        }
        shares.push(known * 100 / employed.len().min(200));
    }
    println!("per cent reported on the 4th, 6th and 11th: {shares:?}");
    assert!(shares[0] < shares[1] && shares[1] >= 75 && shares[2] == 100, "{shares:?}");
    stage.town.stop().await;
}

#[tokio::test]
async fn change_lists_are_read_whole_by_any_page_size_and_their_numbers_have_gaps() {
    let stage = Stage::set().await;
    for (list, schema) in LISTER {
        let token = if list.contains("inntekthendelser") { &stage.inntekt } else { &stage.token };
        let schema = Skjema::named(schema);
        let mut lists = Vec::new();
        for size in [1000, 333] {
            let (mut from, mut all) = (0, Vec::new());
            loop {
                let answer = stage.ask(&format!("{list}?fraSekvensnummer={from}&antall={size}"), token, None).await;
                if answer.status() == 404 {
                    break;
                }
                let page: Value = answer.json().await.unwrap();
                schema.check(&page);
                let rows = page["hendelser"].as_array().unwrap();
                from = rows.last().unwrap()["sekvensnummer"].as_u64().unwrap() + 1;
                all.extend(rows.clone());
            }
            lists.push(all);
        }
        let numbers: Vec<u64> = lists[0].iter().map(|row| row["sekvensnummer"].as_u64().unwrap()).collect();
        println!("{list}: {} items", numbers.len());
        assert_eq!(lists[0], lists[1], "{list}");
        assert!(numbers.len() > 900 && numbers.is_sorted_by(|a, b| a + 1 < *b), "{list}: {}", numbers.len());
    }
    stage.town.stop().await;
}

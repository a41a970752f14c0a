//! One town behind every register: after each life event the population register's document, its feed, the contact
//! register, the log-in and the mailbox agree at the same virtual instant.

use byteby::app::{Config, Running, start};
use byteby::town::Town;
use byteby::town::decide::{Cause, Command, TidCommand};
use byteby::town::livshendelser::KINDS;
use byteby::town::model::Gradering;
use byteby::town::state::Person;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use self::rader::{grown, person, rows, somebody};
use super::registers::{FOLKEREGISTER, machine_token, register_machine_with};

mod rader;

const OMH: &str = "/folkeregisteret/offentlig-med-hjemmel/api/v1";
const KRR: &str = "krr:global/kontaktinformasjon.read krr:global/digitalpost.read";
const DELER: &str = "part=person-basis&part=relasjon-utvidet";

struct Stage {
    town: Running,
    http: Client,
    freg: String,
    krr: String,
}

/// What the registers say about somebody, each in its own words.
#[derive(Debug)]
struct Sagt {
    status: String,
    etternavn: String,
    har_bosted: bool,
    sivilstand: String,
    krr: Value,
    /// Family name of the log-in; none when it is refused.
    innlogget: Option<String>,
    /// Whether letters can go to a digital mailbox.
    postkasse: bool,
}

fn current<'a>(document: &'a Value, element: &str) -> Option<&'a Value> {
    document[element].as_array()?.iter().find(|entry| entry["erGjeldende"] == true)
}

impl Stage {
    async fn set() -> Self {
        let town = start(Config { size: 1500, ..Config::on_free_port() }).await.expect("a town on a free port");
        register_machine_with(
            &town.main(),
            &[FOLKEREGISTER, "krr:global/kontaktinformasjon.read", "krr:global/digitalpost.read"],
        )
        .await;
        let freg = machine_token(&town.base_url(), FOLKEREGISTER, None).await;
        let krr = machine_token(&town.base_url(), KRR, None).await;
        let stage = Self { town, http: Client::new(), freg, krr };
        let names = json!({"names_for_testid": true});
        let set = stage.send(Method::PUT, "/_byteby/v1/worlds/main/eid/settings", None, Some(names)).await;
        assert_eq!(set.status(), 200);
        stage
    }

    fn now(&self) -> std::sync::Arc<Town> {
        self.town.main().town()
    }

    async fn send(&self, method: Method, path: &str, token: Option<&str>, body: Option<Value>) -> Response {
        let mut request = self.http.request(method, format!("{}{path}", self.town.base_url()));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.expect("an answer")
    }

    /// The feed's last number.
    async fn last(&self) -> u64 {
        let path = format!("{OMH}/hendelser/siste/sekvensnummer");
        self.send(Method::GET, &path, Some(&self.freg), None).await.json().await.unwrap()
    }

    /// Types of the feed behind `from`, each run once, and the people they are about.
    async fn feed(&self, from: u64) -> (Vec<String>, Vec<String>) {
        let path = format!("{OMH}/hendelser/feed?seq={}", from + 1);
        let page: Vec<Value> = self.send(Method::GET, &path, Some(&self.freg), None).await.json().await.unwrap();
        let of = |row: &Value, key: &str| row["hendelse"][key].as_str().unwrap().to_owned();
        let mut types: Vec<String> = page.iter().map(|row| of(row, "hendelsetype")).collect();
        let times: std::collections::BTreeSet<String> = page.iter().map(|row| of(row, "ajourholdstidspunkt")).collect();
        assert!(times.len() <= 1, "one transaction, one register time: {times:?}");
        types.dedup();
        let people: std::collections::BTreeSet<String> =
            page.iter().map(|row| of(row, "folkeregisteridentifikator")).collect();
        (types, people.into_iter().collect())
    }

    async fn said(&self, fnr: &str) -> Sagt {
        let document: Value = self
            .send(Method::GET, &format!("{OMH}/personer/{fnr}?{DELER}"), Some(&self.freg), None)
            .await
            .json()
            .await
            .unwrap();
        let asked = json!({"personidentifikatorer": [fnr]});
        let krr: Value =
            self.send(Method::POST, "/krr/rest/v1/personer", Some(&self.krr), Some(asked)).await.json().await.unwrap();
        let wanted =
            json!({"issuer": "idporten", "client_id": "demo-innbyggerapp", "scope": "openid profile", "person": fnr});
        let minted = self.send(Method::POST, "/_byteby/v1/worlds/main/tokens", None, Some(wanted)).await;
        let innlogget = if minted.status() == 201 {
            let minted: Value = minted.json().await.unwrap();
            let token = minted["access_token"].as_str().unwrap();
            let info: Value =
                self.send(Method::GET, "/idporten/userinfo", Some(token), None).await.json().await.unwrap();
            assert_eq!(info["pid"], *fnr);
            Some(info["family_name"].as_str().unwrap_or_default().to_owned())
        } else {
            assert_eq!(minted.json::<Value>().await.unwrap()["reason"], "dead");
            None
        };
        let ways = self.send(Method::GET, &format!("/eformidling/api/capabilities/{fnr}"), None, None).await;
        let ways = ways.text().await.unwrap();
        let text = |element: &str, field: &str| {
            current(&document, element).and_then(|entry| entry[field].as_str()).unwrap_or("").to_owned()
        };
        Sagt {
            status: text("status", "status"),
            etternavn: text("navn", "etternavn"),
            har_bosted: current(&document, "bostedsadresse").is_some(),
            sivilstand: text("sivilstand", "sivilstand"),
            krr: krr["personer"][0].clone(),
            innlogget,
            postkasse: ways.contains("\"digitalPostAddress\"") && ways.contains("\"type\":\"digital\""),
        }
    }

    /// The couple of `of` separates, and a year passes.
    async fn separate(&self, of: &str) {
        let event = json!({"kind": "separasjon", "of": of});
        let made = self.send(Method::POST, "/_byteby/v1/worlds/main/events", None, Some(event)).await;
        assert_eq!(made.status(), 201);
        let later = self.now().now().plus_millis(367 * 86_400_000);
        let command = Command::Tid(TidCommand::Naa(later));
        self.town.main().command(command, Cause::of("test year", &[])).await.expect("time passes");
    }

    /// What the registers say about `fnr` fits together, and the town.
    async fn agree(&self, fnr: &str, after: &str) -> Sagt {
        let said = self.said(fnr).await;
        let town = self.now();
        let person = person(&town, fnr);
        let who = format!("{fnr} after {after}: {said:?}");
        let dead = said.status == "doed";
        assert_eq!(said.status, person.status().code(), "{who}");
        assert_eq!(said.innlogget.is_none(), dead, "{who}");
        if let Some(name) = &said.innlogget {
            assert_eq!(name.to_uppercase(), said.etternavn.to_uppercase(), "{who}");
        }
        assert_eq!(said.etternavn.to_uppercase(), person.navn().etternavn.to_uppercase(), "{who}");
        assert_eq!(said.sivilstand, person.sivilstand().0.code(), "{who}");
        let gone = dead || said.status == "utflyttet";
        let entry = said.krr["status"].as_str().unwrap();
        assert_ne!(entry, if gone { "AKTIV" } else { "SLETTET" }, "{who}");
        assert!(entry == "AKTIV" || said.krr.get("kontaktinformasjon").is_none(), "{who}");
        let strict = person.gradering() == Gradering::StrengtFortrolig;
        assert!(!(gone || strict) || !said.har_bosted, "{who}");
        assert_eq!(said.postkasse, said.krr.get("digital_post").is_some() && !dead, "{who}");
        said
    }
}

#[tokio::test]
async fn after_every_kind_of_life_event_the_registers_agree() {
    let stage = Stage::set().await;
    let mut used: Vec<String> = Vec::new();
    let mut tried = vec!["annullering"];
    for row in rows() {
        let town = stage.now();
        let of = (row.of)(&town, &used);
        let mut event = (row.fields)(&town, &of);
        event["kind"] = row.kind.into();
        event["of"] = of.clone().into();
        if row.kind == "skilsmisse" {
            stage.separate(&of).await;
        }
        let town = stage.now();
        let before = stage.last().await;
        let made = stage.send(Method::POST, "/_byteby/v1/worlds/main/events", None, Some(event.clone())).await;
        let (status, answer) = (made.status(), made.json::<Value>().await.unwrap());
        assert_eq!(status, 201, "{event} {answer}");
        assert_eq!(stage.now().now(), town.now(), "no time passed");
        let (types, people) = stage.feed(before).await;
        let mut types: Vec<&str> = types.iter().map(String::as_str).collect();
        if matches!(row.kind, "foedsel" | "adopsjon") {
            // One after another for each adult: the kinds in their first order.
            let mut seen = std::collections::BTreeSet::new();
            types.retain(|one| seen.insert(one.to_owned()));
        }
        assert_eq!(types, row.feed, "{}", row.kind);
        for fnr in people.iter().chain([&of]) {
            stage.agree(fnr, row.kind).await;
            used.push(fnr.clone());
        }
        tried.push(row.kind);
    }
    let of_these =
        |effects: &str| ["population register:", "contact register:"].iter().any(|one| effects.starts_with(one));
    for kind in KINDS.iter().filter(|kind| kind.offered && of_these(kind.effects)) {
        assert!(tried.contains(&kind.name), "no row for {}", kind.name);
    }
    stage.town.stop().await;
}

#[tokio::test]
async fn an_annulled_death_restores_everything() {
    let stage = Stage::set().await;
    let town = stage.now();
    let family = |one: &Person<'_>| {
        let spouse = one.ektefelle().is_some_and(|spouse| spouse.husstand() == one.husstand());
        let children = one.barn().into_iter().filter(|child| child.alder() < 18 && child.husstand() == one.husstand());
        spouse && children.count() >= 2 && grown(one) && one.kontakt().registrert && !one.kontakt().reservert
    };
    let of = somebody(&town, &[], family);
    let near: Vec<String> =
        person(&town, &of).husstand_medlemmer().iter().map(|one| one.nummer().to_string()).collect();
    let mut before = Vec::new();
    for fnr in &near {
        before.push(stage.agree(fnr, "nothing").await);
    }
    let event = |kind: &str, more: Value| {
        let mut event = more;
        event["kind"] = kind.into();
        event["of"] = of.clone().into();
        event
    };
    let path = "/_byteby/v1/worlds/main/events";
    let die = stage.send(Method::POST, path, None, Some(event("doedsfall", json!({})))).await;
    assert_eq!(die.status(), 201);
    assert!(stage.agree(&of, "death").await.innlogget.is_none());
    let from = stage.last().await;
    let undone =
        stage.send(Method::POST, path, None, Some(event("annullering", json!({"hendelse": "doedsfall"})))).await;
    assert_eq!(undone.status(), 201);
    let (types, people) = stage.feed(from).await;
    assert_eq!(types[..2], ["personErReaktivert", "endringISivilstand"]);
    assert!(people.iter().all(|one| near.contains(one)), "{people:?} of {near:?}");
    for (fnr, before) in near.iter().zip(&before) {
        let after = stage.agree(fnr, "annulment").await;
        assert_eq!(format!("{after:?}"), format!("{before:?}"));
        let (then, now) = (person(&town, fnr), stage.now());
        let now = person(&now, fnr);
        assert_eq!(now.bolig(), then.bolig());
        assert_eq!(now.partner().map(|one| one.nummer()), then.partner().map(|one| one.nummer()));
        let responsible = |one: &Person<'_>| {
            let mut all: Vec<String> =
                one.ansvarlige().iter().map(|(adult, how)| format!("{} {how:?}", adult.nummer())).collect();
            all.sort();
            all
        };
        assert_eq!(responsible(&now), responsible(&then));
        let members = |one: &Person<'_>| {
            let mut all: Vec<String> = one.husstand_medlemmer().iter().map(|one| one.nummer().to_string()).collect();
            all.sort();
            all
        };
        assert_eq!(members(&now), members(&then));
    }
    let again =
        stage.send(Method::POST, path, None, Some(event("annullering", json!({"hendelse": "doedsfall"})))).await;
    let refused: Value = again.json().await.unwrap();
    assert_eq!((&refused["code"], &refused["reason"]), (&json!("BB1011"), &json!("no_such_event")));
    stage.town.stop().await;
}

#[tokio::test]
async fn a_move_is_annulled_by_its_log_number_and_the_registers_agree() {
    let stage = Stage::set().await;
    let path = "/_byteby/v1/worlds/main/events";
    let make = async |event: Value| -> (u16, Value) {
        let made = stage.send(Method::POST, path, None, Some(event)).await;
        (made.status().as_u16(), made.json().await.unwrap())
    };
    for (kind, fields, told) in [
        ("flytting", json!({}), "endringIBostedsadresse"),
        ("utflytting", json!({"land": "SWE"}), "personErBosatt"),
        ("utflytting", json!({}), "endringIBostedsadresse"),
    ] {
        let town = stage.now();
        let of = somebody(&town, &[], |one| grown(one) && one.kontakt().registrert && one.ektefelle().is_some());
        let near: Vec<String> =
            person(&town, &of).husstand_medlemmer().iter().map(|one| one.nummer().to_string()).collect();
        let mut before = Vec::new();
        for fnr in &near {
            before.push(format!("{:?}", stage.agree(fnr, "nothing").await));
        }
        let mut event = fields.clone();
        event["kind"] = kind.into();
        event["of"] = of.clone().into();
        let (status, made) = make(event).await;
        assert_eq!(status, 201, "{made}");
        for fnr in &near {
            stage.agree(fnr, kind).await;
        }
        let earlier = format!("#{}", made["seq"]);
        let from = stage.last().await;
        let wrong = make(json!({"kind": "annullering", "of": earlier, "hendelse": "doedsfall"})).await;
        assert_eq!((wrong.0, &wrong.1["code"], &wrong.1["where"]), (400, &json!("BB1002"), &json!("/hendelse")));
        let (status, undone) = make(json!({"kind": "annullering", "of": earlier})).await;
        assert_eq!(status, 201, "{undone}");
        let (types, people) = stage.feed(from).await;
        assert_eq!(types, [told], "{kind} {fields}");
        assert!(people.iter().all(|one| near.contains(one)), "{people:?} of {near:?}");
        for (fnr, before) in near.iter().zip(&before) {
            assert_eq!(format!("{:?}", stage.agree(fnr, "annulment").await), *before, "{kind} {fields}");
            let (then, now) = (person(&town, fnr), stage.now());
            let now = person(&now, fnr);
            assert_eq!((now.bolig(), now.husstand_medlemmer().len()), (then.bolig(), near.len()), "{kind} {fields}");
        }
        let again = make(json!({"kind": "annullering", "of": earlier})).await;
        assert_eq!((again.0, &again.1["code"], &again.1["reason"]), (409, &json!("BB1011"), &json!("no_such_event")));
    }
    for (of, status, code, reason) in
        [("#1", 409, "BB1011", json!("no_such_event")), ("#99999", 422, "BB1810", Value::Null)]
    {
        let (got, problem) = make(json!({"kind": "annullering", "of": of})).await;
        assert_eq!(
            (got, &problem["code"], &problem["reason"], &problem["where"]),
            (status, &json!(code), &reason, &json!("/of"))
        );
    }
    // A number of the log names nobody for other kinds.
    let (status, problem) = make(json!({"kind": "doedsfall", "of": "#1"})).await;
    assert_eq!(status, 400, "{problem}");
    stage.town.stop().await;
}

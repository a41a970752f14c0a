//! The first log-in makes the entry in the contact register, and no other log-in changes one.

use byteby::app::{Config, Running, start};
use byteby::town::Town;
use byteby::town::state::Person;
use byteby::townhall::MAIN;
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::registers::{KONTAKT, machine_token, register_machine_with};

const LOG: &str = "krr:global/hentendring.read";

struct Stage {
    town: Running,
    http: Client,
    token: String,
}

impl Stage {
    async fn set() -> Self {
        let config = Config { size: 1500, open_clients: true, ..Config::on_free_port() };
        let town = start(config).await.expect("a town on a free port");
        register_machine_with(&town.main(), &[KONTAKT, LOG]).await;
        let token = machine_token(&town.base_url(), &format!("{KONTAKT} {LOG}"), None).await;
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { town, http, token }
    }

    fn now(&self) -> std::sync::Arc<Town> {
        self.town.main().town()
    }

    async fn register(&self, base: &str, path: &str, body: Value) -> Value {
        let url = format!("{base}/krr/rest/{path}");
        let answer = self.http.request(Method::POST, url).bearer_auth(&self.token).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    async fn entry(&self, base: &str, fnr: &str) -> Value {
        self.register(base, "v1/personer", json!({ "personidentifikatorer": [fnr] })).await["personer"][0].clone()
    }

    /// Number of the last change of the register.
    async fn changes(&self) -> u64 {
        let page = self.register(&self.town.base_url(), "v2/krr/hentEndringer", json!({ "fraEndringsId": 0 })).await;
        page["sisteEndringsId"].as_u64().unwrap()
    }

    /// Logs in without a page, and comes back with a code.
    async fn log_in(&self, base: &str, fnr: &str) {
        let hint = format!("testid:{fnr}_idporten-loa-substantial");
        let query = [
            ("client_id", "min-app"),
            ("redirect_uri", "http://localhost:9/callback"),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", "s1234567890"),
            ("nonce", "n1234567890"),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
            ("login_hint", &hint),
        ];
        let answer = self.http.get(format!("{base}/idporten/authorize")).query(&query).send().await.unwrap();
        let location = answer.headers()["location"].to_str().unwrap();
        assert!(location.contains("code="), "{location}");
    }
}

/// Somebody, what the register says before and after a log-in, and how many changes it logs.
struct Rad {
    what: &'static str,
    who: fn(&Person<'_>) -> bool,
    before: &'static str,
    after: &'static str,
    changes: u64,
}

fn unlisted(person: &Person<'_>) -> bool {
    person.is_bosatt() && !person.kontakt().registrert
}

const RADER: [Rad; 5] = [
    Rad {
        what: "an adult who does not stand there",
        who: |one| unlisted(one) && one.alder() >= 30,
        before: "IKKE_REGISTRERT",
        after: "AKTIV",
        changes: 1,
    },
    Rad {
        what: "one of fifteen to seventeen",
        who: |one| unlisted(one) && (15..18).contains(&one.alder()),
        before: "IKKE_REGISTRERT",
        after: "AKTIV",
        changes: 1,
    },
    Rad {
        what: "one of fourteen",
        who: |one| unlisted(one) && one.alder() == 14,
        before: "IKKE_REGISTRERT",
        after: "IKKE_REGISTRERT",
        changes: 0,
    },
    Rad {
        what: "somebody who stands there",
        who: |one| one.is_bosatt() && one.kontakt().registrert && !one.kontakt().reservert,
        before: "AKTIV",
        after: "AKTIV",
        changes: 0,
    },
    Rad {
        what: "somebody who has reserved",
        who: |one| one.is_bosatt() && one.kontakt().reservert,
        before: "AKTIV",
        after: "AKTIV",
        changes: 0,
    },
];

#[tokio::test]
async fn the_first_log_in_makes_the_entry_and_no_other_changes_one() {
    let stage = Stage::set().await;
    let base = stage.town.base_url();
    for row in RADER {
        let town = stage.now();
        let who = town.people().find(|one| (row.who)(one)).unwrap_or_else(|| panic!("{}", row.what));
        let fnr = who.nummer().to_string();
        let (entry, logged) = (stage.entry(&base, &fnr).await, stage.changes().await);
        assert_eq!(entry["status"], row.before, "{}", row.what);
        // A log-in in a fork leaves the world it came from alone.
        let fork = stage.town.hall.fork(MAIN, None).expect("a fork");
        let fork = format!("{base}/w/{}", fork.name());
        stage.log_in(&fork, &fnr).await;
        assert_eq!(stage.entry(&fork, &fnr).await["status"], row.after, "{}", row.what);
        assert_eq!((stage.entry(&base, &fnr).await, stage.changes().await), (entry.clone(), logged), "{}", row.what);
        stage.log_in(&base, &fnr).await;
        let made = stage.entry(&base, &fnr).await;
        assert_eq!((&made["status"], stage.changes().await - logged), (&json!(row.after), row.changes), "{}", row.what);
        if row.changes == 0 {
            assert_eq!(made, entry, "{}", row.what);
        } else {
            let contact = &made["kontaktinformasjon"];
            assert!(contact["epostadresse"].is_string() && contact["mobiltelefonnummer"].is_string(), "{made}");
            assert_eq!((&made["reservasjon"], &made["varslingsstatus"]), (&json!("NEI"), &json!("KAN_VARSLES")));
        }
        // Once more.
        stage.log_in(&base, &fnr).await;
        assert_eq!((stage.entry(&base, &fnr).await, stage.changes().await - logged), (made, row.changes));
    }
    // Who has left the country logs in, and stays out.
    let town = stage.now();
    let alone = |one: &Person<'_>| {
        one.is_bosatt() && one.alder() >= 30 && one.kontakt().registrert && one.husstand_medlemmer().len() == 1
    };
    let fnr = town.people().find(alone).expect("somebody alone").nummer().to_string();
    let event = json!({ "kind": "utflytting", "of": fnr, "land": "SWE" });
    let made = stage.http.post(format!("{base}/_byteby/v1/worlds/main/events")).json(&event).send().await.unwrap();
    assert_eq!(made.status(), 201);
    let (gone, logged) = (stage.entry(&base, &fnr).await, stage.changes().await);
    assert_eq!(gone["status"], "SLETTET");
    stage.log_in(&base, &fnr).await;
    assert_eq!((stage.entry(&base, &fnr).await, stage.changes().await), (gone, logged));
    stage.town.stop().await;
}

#[tokio::test]
async fn a_token_without_a_log_in_makes_no_entry() {
    let stage = Stage::set().await;
    let town = stage.now();
    let fnr = town.people().find(|one| unlisted(one) && one.alder() >= 30).unwrap().nummer().to_string();
    let wanted = json!({ "issuer": "idporten", "client_id": "demo-innbyggerapp", "scope": "openid", "person": fnr });
    let url = format!("{}/_byteby/v1/worlds/main/tokens", stage.town.base_url());
    assert_eq!(stage.http.post(url).json(&wanted).send().await.unwrap().status(), 201);
    assert_eq!(stage.entry(&stage.town.base_url(), &fnr).await["status"], "IKKE_REGISTRERT");
    stage.town.stop().await;
}

//! The sample app and the stock app against the mocks themselves: what the scenario *Få barn* asks for, by hand.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use byteby::app::{Config, Running, start};
use byteby::base::{Kjoenn, Orgnummer};
use byteby::clock::{Instant, Span};
use byteby::demo::{self, DemoConfig, Sabotage};
use byteby::town::decide::{Cause, Command, FolkCommand, KlientCommand, KontaktCommand};
use byteby::town::model::{Gradering, PersonKey, Postkasse};
use byteby::town::state::{Brev, Kanal, Klient, Person};
use byteby::townhall::World;
use reqwest::{Client, Response, header};
use serde_json::{Value, json};

use crate::stock_app::against_stand_ins::stand_ins::APP_KEY;
use crate::stock_app::{self, Settings};

const SECRET: &str = "en hemmelighet";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Which {
    Sample,
    Stock,
}

/// A town, an app with clients of its own, and a browser.
struct Stage {
    town: Running,
    world: World,
    which: Which,
    url: String,
    http: Client,
}

impl Stage {
    async fn set(which: Which) -> Self {
        Self::set_with(which, |_, _| {}).await
    }

    /// With a change of the sample app's settings that may look at the town.
    async fn set_with(which: Which, change: impl FnOnce(&Self, &mut DemoConfig)) -> Self {
        let config = Config { size: 1500, ..Config::on_free_port() };
        let town = start(config).await.expect("a town on a free port");
        let world = town.main();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let stage = Self {
            world,
            which,
            url: url.clone(),
            http: Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client"),
            town,
        };
        let orgnr = stage.world.town().base.kommune.orgnr;
        stage.register_clients("Barnehage").await;
        let base = stage.town.base_url();
        match which {
            Which::Sample => {
                let mut config = DemoConfig::from_env(|name| stage.setting(name, &base, orgnr)).expect("settings");
                change(&stage, &mut config);
                tokio::spawn(demo::serve(listener, config, std::future::pending()));
            }
            Which::Stock => {
                let settings = Settings {
                    idporten_issuer: format!("{base}/idporten"),
                    maskinporten_issuer: format!("{base}/maskinporten/"),
                    folkeregisteret_url: base.clone(),
                    krr_url: format!("{base}/krr"),
                    eformidling_url: format!("{base}/eformidling"),
                    login_client: "innlogging".into(),
                    login_secret: SECRET.into(),
                    redirect_uri: format!("{url}/callback"),
                    machine_client: "maskin".into(),
                    machine_key: APP_KEY.pem.clone(),
                    machine_kid: "appen".into(),
                    orgnr: orgnr.to_string(),
                    every: Duration::from_millis(20),
                };
                stock_app::start(listener, settings);
            }
        }
        while stage.get("/helse").await.status() != 200 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stage
    }

    fn setting(&self, name: &str, base: &str, orgnr: Orgnummer) -> Option<String> {
        Some(match name {
            "IDPORTEN_ISSUER" => format!("{base}/idporten"),
            "MASKINPORTEN_ISSUER" => format!("{base}/maskinporten/"),
            "FOLKEREGISTERET_URL" => base.to_owned(),
            "KRR_URL" => format!("{base}/krr"),
            "SKATT_URL" => format!("{base}/skatt"),
            "EFORMIDLING_URL" => format!("{base}/eformidling"),
            "IDPORTEN_CLIENT_ID" => "innlogging".to_owned(),
            "IDPORTEN_CLIENT_SECRET" => SECRET.to_owned(),
            "IDPORTEN_REDIRECT_URI" => format!("{}/callback", self.url),
            "MASKINPORTEN_CLIENT_ID" => "maskin".to_owned(),
            "MASKINPORTEN_CLIENT_KEY" => APP_KEY.pem.clone(),
            "MASKINPORTEN_CLIENT_KID" => "appen".to_owned(),
            "AVSENDER_ORGNR" => orgnr.to_string(),
            "POLL_MS" => "0".to_owned(),
            _ => return None,
        })
    }

    /// Secrets end after 360 days and keys after a year of the world's clock; this test is not about renewing them.
    async fn register_clients(&self, name: &str) {
        let orgnr = self.world.town().base.kommune.orgnr;
        let redirect = format!("{}/callback", self.url);
        let login = Klient::idporten("innlogging", name, orgnr, &[&redirect]).with_secret(SECRET);
        let n = URL_SAFE_NO_PAD.encode(&APP_KEY.n);
        let jwk =
            json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "appen", "n": n, "e": "AQAB" }).to_string();
        let scopes = [
            "folkeregister:deling/offentligmedhjemmel",
            "krr:global/kontaktinformasjon.read",
            "krr:global/digitalpost.read",
        ];
        let machine = Klient::maskinporten("maskin", name, orgnr, "appen", &jwk, &scopes);
        for klient in [login, machine] {
            let cause = Cause::of("test client", &[klient.client_id.as_bytes(), name.as_bytes()]);
            let command = Command::Klient(KlientCommand::Registrer(Box::new(klient.ageless())));
            self.world.command(command, cause).await.expect("a registration");
        }
    }

    async fn get(&self, path: &str) -> Response {
        self.http.get(format!("{}{path}", self.url)).send().await.expect("an answer")
    }

    /// Lets the app do what there is to do: a poke, or a few polls.
    async fn settle(&self) {
        if self.which == Which::Sample {
            let poked = self.http.post(format!("{}/poke", self.url)).send().await.expect("an answer");
            assert_eq!(poked.json::<Value>().await.expect("JSON"), json!({ "ferdig": true }));
        } else {
            // Asked past the end three times: the first may have begun before, the others are whole rounds.
            let (from, end) = (self.town.observe.last(), self.world.town().feed_len());
            let past = |query: &str| query.strip_prefix("seq=").is_some_and(|seq| seq.parse() == Ok(end + 1));
            while self.town.observe.since(from, None).iter().filter(|request| past(&request.query)).count() < 3 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }

    async fn advance(&self, to: &str) {
        self.world.advance(at(to)).await.expect("time passes");
        self.settle().await;
    }

    /// Long enough for paper and mailboxes to deliver.
    async fn twenty_days(&self) {
        let then = Span::parse("P20D").expect("a span").after(self.world.town().now());
        self.world.advance(then).await.expect("time passes");
    }

    fn person(&self, fits: impl Fn(&Person<'_>) -> bool) -> PersonKey {
        self.world.town().people().find(|person| fits(person)).expect("somebody like that").key()
    }

    fn number(&self, key: PersonKey) -> String {
        self.world.town().person_by_key(key).expect("a person").nummer().to_string()
    }

    /// A birth now, with the mother's partner as the other parent when she has one; gives the children's numbers.
    async fn birth(&self, mor: PersonKey, children: usize) -> Vec<String> {
        let medforelder = self.world.town().person_by_key(mor).expect("a person").partner().map(|p| p.key());
        let command = Command::Folk(FolkCommand::Foedsel { mor, medforelder, barn: vec![None; children] });
        self.world.command(command, Cause::of("test birth", &[&mor.bytes()])).await.expect("a birth");
        let town = self.world.town();
        let barn = town.person_by_key(mor).expect("a person").barn();
        barn.iter().map(|child| child.nummer().to_string()).collect()
    }

    async fn reserve(&self, person: PersonKey) {
        let command = Command::Kontakt(KontaktCommand::Reservasjon { person, reservert: true });
        self.world.command(command, Cause::of("test reservation", &[])).await.expect("a reservation");
    }

    fn letters(&self) -> Vec<Arc<Brev>> {
        self.world.town().post.brev().cloned().collect()
    }

    async fn log_in(&self, pid: &str) -> String {
        let to = |answer: &Response| answer.headers()[header::LOCATION].to_str().expect("text").to_owned();
        let cookie = |answer: &Response| {
            let all = answer.headers().get(header::SET_COOKIE).map(|line| line.to_str().expect("text").to_owned());
            all.unwrap_or_default().split(';').next().unwrap_or_default().to_owned()
        };
        let away = self.get("/login").await;
        let hinted = format!("{}&login_hint=testid:{pid}_idporten-loa-substantial", to(&away));
        let there = self.http.get(hinted).send().await.expect("an answer");
        let back = self.http.get(to(&there)).header(header::COOKIE, cookie(&away)).send().await.expect("an answer");
        assert_eq!(back.status(), 303, "{}", back.text().await.unwrap_or_default());
        cookie(&back)
    }

    async fn post(&self, path: &str, session: &str, body: Value) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.url)).header(header::COOKIE, session).json(&body);
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }
}

fn at(text: &str) -> Instant {
    Instant::from_millis(text.parse::<jiff::Timestamp>().expect("a time").as_millisecond())
}

fn young_woman(person: &Person<'_>) -> bool {
    let age = (22..=40).contains(&person.alder());
    person.is_bosatt() && person.kjoenn() == Kjoenn::Kvinne && age && person.barn().is_empty()
}

fn has_mailbox(person: &Person<'_>) -> bool {
    let kontakt = person.kontakt();
    kontakt.registrert && !kontakt.reservert && !kontakt.utloept && kontakt.postkasse != Postkasse::Ingen
}

#[tokio::test(flavor = "multi_thread")]
async fn from_birth_to_place() {
    for which in [Which::Sample, Which::Stock] {
        let stage = Stage::set(which).await;
        let mor = stage.person(|p| young_woman(p) && has_mailbox(p) && p.gradering() == Gradering::Ugradert);
        stage.advance("2027-02-10T03:12:00Z").await;
        let children = stage.birth(mor, 2).await;
        assert_eq!(children.len(), 2);
        stage.settle().await;
        stage.advance("2027-02-20T03:12:00Z").await;
        let letters = stage.letters();
        assert_eq!(letters.len(), 2, "{which:?}: one for each twin: {letters:?}");
        for letter in &letters {
            assert_eq!((letter.til, letter.kanal), (mor, Kanal::Digitalpost), "{which:?}");
            assert!(letter.tekst.as_ref().expect("a text").contains("hjemmebesøk"), "{which:?}");
        }
        stage.advance("2028-02-20T18:30:00Z").await;
        let session = stage.log_in(&stage.number(mor)).await;
        let wish = json!({ "barn": children[0], "oensket_start": "2028-08-15" });
        let (status, answer) = stage.post("/api/soeknader", &session, wish).await;
        assert_eq!((status, &answer["frist_overholdt"]), (201, &json!(true)), "{which:?} {answer}");
        let id = answer["id"].as_str().expect("a number").to_owned();
        stage.advance("2028-02-21T18:30:00Z").await;
        let receipt = stage.letters()[2].clone();
        assert!(receipt.tekst.as_ref().expect("a text").contains(&id), "{which:?}: {receipt:?}");
        stage.advance("2028-03-10T18:30:00Z").await;
        stage.advance("2028-03-15T18:30:00Z").await;
        let decision = stage.letters()[3].clone();
        assert!(decision.tittel.contains("barnehageplass"), "{which:?}: {decision:?}");
        assert!(
            decision.vedlegg.iter().any(|file| file.tekst.as_ref().is_some_and(|text| text.contains(&id))),
            "{which:?}"
        );
        let path = format!("/api/soeknader/{id}/svar");
        assert_eq!(stage.post(&path, &session, json!({ "svar": "ja" })).await.0, 200, "{which:?}");
        stage.advance("2028-08-15T06:00:00Z").await;
        let places: Value = stage.get(&format!("/api/plasser?barn={}", children[0])).await.json().await.expect("JSON");
        assert_eq!(places["plasser"][0]["status"], "aktiv", "{which:?}");
        assert_eq!(stage.letters().len(), 4, "{which:?}: nothing twice");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reserved_get_paper() {
    for which in [Which::Sample, Which::Stock] {
        for mailbox in [true, false] {
            let stage = Stage::set(which).await;
            let mor =
                stage.person(|p| young_woman(p) && p.gradering() == Gradering::Ugradert && has_mailbox(p) == mailbox);
            stage.reserve(mor).await;
            stage.birth(mor, 1).await;
            stage.settle().await;
            stage.twenty_days().await;
            let letters = stage.letters();
            assert_eq!(letters.len(), 1, "{which:?} {mailbox}: {letters:?}");
            assert_eq!((letters[0].til, letters[0].kanal), (mor, Kanal::Print), "{which:?} {mailbox}");
            assert!(letters[0].tekst.as_ref().expect("a text").contains("hjemmebesøk"), "{which:?}: {:?}", letters[0]);
        }
    }
}

fn hidden_mother(person: &Person<'_>) -> bool {
    let age = (18..=45).contains(&person.alder());
    person.gradering() == Gradering::StrengtFortrolig && person.kjoenn() == Kjoenn::Kvinne && age
}

/// The name of the street a person lives in, which only the town knows.
fn street(person: &Person<'_>) -> String {
    let base = &person.town().base;
    let home = person.bolig().expect("a home").index();
    base.tekst.get(base.gater[base.boliger.gate[home] as usize].navn).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bug_shows_in_the_town() {
    let forgetful = Stage::set_with(Which::Sample, |_, config| config.sabotage = Sabotage::ForgetTwin).await;
    forgetful.birth(forgetful.person(young_woman), 2).await;
    forgetful.settle().await;
    forgetful.twenty_days().await;
    assert_eq!(forgetful.letters().len(), 1, "the second twin is forgotten");

    for mailbox in [true, false] {
        let trusting = Stage::set_with(Which::Sample, |_, config| config.sabotage = Sabotage::DigitalToReserved).await;
        let mor = trusting.person(|p| young_woman(p) && has_mailbox(p) == mailbox);
        trusting.reserve(mor).await;
        trusting.birth(mor, 1).await;
        trusting.settle().await;
        trusting.twenty_days().await;
        assert_ne!(trusting.letters()[0].kanal, Kanal::Print, "a reserved citizen is reached digitally");
    }

    let stale = Stage::set_with(Which::Sample, |stage, config| {
        config.sabotage = Sabotage::PrintStreet;
        let town = stage.world.town();
        let mor = town.person_by_key(stage.person(hidden_mother)).expect("a person");
        config.stale_addresses.insert(mor.nummer().to_string(), format!("{} 1", street(&mor)));
    })
    .await;
    let mor = stale.person(hidden_mother);
    stale.birth(mor, 1).await;
    stale.settle().await;
    stale.twenty_days().await;
    let street = street(&stale.world.town().person_by_key(mor).expect("a person"));
    assert!(stale.letters()[0].tekst.as_ref().expect("a text").contains(&street), "the secret street is in the letter");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hidden_get_a_letter_without_a_street() {
    for which in [Which::Sample, Which::Stock] {
        let stage = Stage::set(which).await;
        let mor = stage.person(hidden_mother);
        stage.birth(mor, 1).await;
        stage.settle().await;
        stage.twenty_days().await;
        let letters = stage.letters();
        assert_eq!(letters.len(), 1, "{which:?}: {letters:?}");
        assert_eq!(letters[0].til, mor, "{which:?}");
        let text = letters[0].tekst.as_ref().expect("a text");
        assert!(text.contains("hjemmebesøk"), "{which:?}: {text}");
        let town = stage.world.town();
        assert!(!text.contains(&street(&town.person_by_key(mor).expect("a person"))), "{which:?}");
    }
}

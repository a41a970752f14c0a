//! The stock app does what the scenario *Få barn* asks for.

use std::time::Duration;

use reqwest::{Client, Response, header};
use serde_json::{Value, json};

use super::Settings;

#[path = "../../../src/demo/stand_ins/mod.rs"]
pub(crate) mod stand_ins;

use stand_ins::{
    APP_KEY, LOGIN_CLIENT, LOGIN_SECRET, MACHINE_CLIENT, ORGNR, REDIRECT, StandIns, TokenFault, digital_citizen,
    person, synthetic_number,
};

struct Running {
    town: StandIns,
    url: String,
    http: Client,
}

impl Running {
    async fn start(at: &str) -> Self {
        let town = StandIns::start(at).await;
        let mor = mor();
        town.town().people.insert(mor.clone(), person(&mor, ("NORA", "BAKKEN"), "1996-05-01", "Fjordgata"));
        town.town().krr.insert(mor.clone(), digital_citizen(&mor));
        let base = &town.base;
        let settings = Settings {
            idporten_issuer: format!("{base}/idporten"),
            maskinporten_issuer: format!("{base}/maskinporten/"),
            folkeregisteret_url: base.clone(),
            krr_url: format!("{base}/krr"),
            eformidling_url: format!("{base}/eformidling"),
            login_client: LOGIN_CLIENT.into(),
            login_secret: LOGIN_SECRET.into(),
            redirect_uri: REDIRECT.into(),
            machine_client: MACHINE_CLIENT.into(),
            machine_key: APP_KEY.pem.clone(),
            machine_kid: "appen".into(),
            orgnr: ORGNR.into(),
            every: Duration::from_millis(5),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        super::start(listener, settings);
        let running = Self { town, url, http };
        while running.http.get(format!("{}/helse", running.url)).send().await.unwrap().status() != 200 {
            tokio::task::yield_now().await;
        }
        running
    }

    /// Waits until the app has asked past the end of the feed twice: then it has done what there was to do.
    async fn settled(&self) {
        let (from, past) = {
            let town = self.town.town();
            (town.calls.len(), format!("seq={}", town.feed.len() + 1))
        };
        while self.town.town().calls[from..].iter().filter(|call| call.query == past).count() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn log_in(&self) -> Response {
        let to = |answer: &Response| answer.headers()[header::LOCATION].to_str().unwrap().to_owned();
        let away = self.http.get(format!("{}/login", self.url)).send().await.unwrap();
        let at = format!("{}&login_hint=testid:{}_idporten-loa-high", to(&away), mor());
        let back: reqwest::Url = to(&self.http.get(at).send().await.unwrap()).parse().unwrap();
        self.http.get(format!("{}/callback?{}", self.url, back.query().unwrap())).send().await.unwrap()
    }

    async fn post(&self, path: &str, session: &str, body: Value) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.url)).header(header::COOKIE, session).json(&body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    fn titles(&self) -> Vec<(String, String)> {
        self.town.town().sent.iter().map(|m| (m.kind().to_owned(), m.title().to_owned())).collect()
    }
}

fn mor() -> String {
    synthetic_number("1996-05-01", 0)
}

#[tokio::test]
async fn the_stock_app_goes_from_birth_to_place() {
    let app = Running::start("2027-02-10T03:12:00Z").await;
    let (barn, tvilling) = (synthetic_number("2027-02-10", 0), synthetic_number("2027-02-10", 1));
    let newborn = |id: &str| person(id, ("NORA*PIKE", "BAKKEN"), "2027-02-10", "Fjordgata");
    app.town.birth(&[(&barn, newborn(&barn)), (&tvilling, newborn(&tvilling))], &[&mor()]);
    app.settled().await;
    let offer = ("digital".to_owned(), "Tilbud om hjemmebesøk".to_owned());
    assert_eq!(app.titles(), [offer.clone(), offer]);
    assert!(app.town.town().sent[0].text().contains("hjemmebesøk"));

    app.town.set_clock("2028-02-20T18:30:00Z");
    app.town.town().token_fault = TokenFault::Nonce;
    assert_eq!(app.log_in().await.status(), 401);
    app.town.town().token_fault = TokenFault::None;
    let session = app.log_in().await.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    let wish = json!({ "barn": barn, "oensket_start": "2028-08-15" });
    assert_eq!(app.post("/api/soeknader", "", wish.clone()).await.0, 401);
    let (status, answer) = app.post("/api/soeknader", &session, wish).await;
    assert_eq!((status, &answer["frist_overholdt"], &answer["status"]), (201, &json!(true), &json!("mottatt")));
    let id = answer["id"].as_str().unwrap();
    assert!(app.town.town().sent[2].text().contains(id));
    app.town.set_clock("2028-02-22T18:30:00Z");
    app.settled().await;
    assert_eq!(app.titles()[3].1, "Vedtak om barnehageplass");
    assert!(
        app.town.town().sent[3].files.iter().any(|file| file.mime == "application/pdf" && file.text().contains(id))
    );
    assert_eq!(app.post(&format!("/api/soeknader/{id}/svar"), &session, json!({ "svar": "ja" })).await.0, 200);
    app.town.set_clock("2028-08-15T06:00:00Z");
    let places = app.http.get(format!("{}/api/plasser?barn={barn}", app.url)).send().await.unwrap();
    assert_eq!(places.json::<Value>().await.unwrap()["plasser"][0]["status"], "aktiv");
    assert_eq!(app.titles().len(), 4, "nothing twice");
}

#[tokio::test]
async fn the_stock_app_sends_paper_to_the_reserved_and_the_hidden() {
    for hidden in [false, true] {
        let app = Running::start("2027-02-10T03:12:00Z").await;
        {
            let mut town = app.town.town();
            town.krr.get_mut(&mor()).unwrap()["reservasjon"] = json!("JA");
            if hidden {
                let document = town.people.get_mut(&mor()).unwrap();
                document.as_object_mut().unwrap().remove("bostedsadresse");
                document["adressebeskyttelse"] =
                    json!([{ "erGjeldende": true, "graderingsnivaa": "strengtFortrolig" }]);
                document["postadresse"] = json!([{ "erGjeldende": true, "adressegradering": "ugradert",
                    "postboksadresse": { "postboks": "8023",
                        "poststed": { "poststedsnavn": "OSLO", "postnummer": "0030" } } }]);
            }
        }
        let barn = synthetic_number("2027-02-10", 0);
        app.town.birth(&[(&barn, person(&barn, ("NORA*PIKE", "BAKKEN"), "2027-02-10", "Fjordgata"))], &[&mor()]);
        app.settled().await;
        assert_eq!(app.titles(), [("print".to_owned(), "Tilbud om hjemmebesøk".to_owned())]);
        assert_eq!(app.town.town().sent[0].business()["mottaker"].is_object(), hidden);
    }
}

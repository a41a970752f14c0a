//! The page as a browser meets it: ID-porten's login page in front, look-ups and the log of changes beside it.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::super::tests::{ALT, Verden, key};
use crate::access::{Params, escape, with_query};
use crate::services::{idporten, krr};
use crate::town::decide::{FolkCommand, KlientCommand, KontaktCommand, NyeKontaktdata};
use crate::town::model::tests_town::{dag, rolle};
use crate::town::model::{Kontaktregler, PersonId, Postkasse};
use crate::town::state::Klient;
use crate::town::{Cause, Command};

const SIDE: &str = "/krr/minprofil";
const HJEM: &str = "https://app.kommune.example/minside";

/// A browser with cookies, that follows where it is sent.
struct Nettleser<'a> {
    verden: &'a Verden,
    router: Router,
    /// Value and path by name.
    kapsler: BTreeMap<String, (String, String)>,
    /// Who is chosen on the login page; nobody stays on it.
    valgt: Option<String>,
    /// How many login pages were shown.
    innlogginger: usize,
}

/// What the browser shows in the end.
struct Vist {
    status: u16,
    headers: HeaderMap,
    text: String,
    /// Path and query.
    at: String,
}

impl Vist {
    /// The text of the element with this `data-testid`, its tags taken out.
    fn felt(&self, id: &str) -> Option<String> {
        let (_, rest) = self.text.split_once(&format!("data-testid=\"{id}\""))?;
        let (_, rest) = rest.split_once('>')?;
        let mut out = String::new();
        let mut depth = 0;
        for part in rest.split_inclusive('>') {
            let (text, tag) = part.split_once('<').unwrap_or((part, ""));
            out.push_str(text);
            match tag.starts_with('/') {
                true if depth == 0 => break,
                true => depth -= 1,
                false => depth += 1,
            }
        }
        Some(out.trim().to_owned())
    }

    /// The instant in that element.
    fn tid(&self, id: &str) -> Option<String> {
        let (_, rest) = self.text.split_once(&format!("data-testid=\"{id}\""))?;
        let (_, rest) = rest.split_once("datetime=\"")?;
        // As the register writes it: the hours of the offset alone.
        rest.split('"').next().and_then(|text| text.strip_suffix(":00")).map(str::to_owned)
    }

    fn skjult(&self, name: &str) -> String {
        let (_, rest) = self.text.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_default();
        rest.split('"').next().unwrap_or_default().to_owned()
    }

    fn hint(&self) -> &str {
        self.headers.get("byteby-hint").map_or("", |value| value.to_str().unwrap())
    }

    fn is_login_page(&self) -> bool {
        self.text.contains("data-testid=\"login-form\"")
    }
}

fn form(pairs: &[(&str, &str)]) -> String {
    with_query("", pairs).trim_start_matches('?').to_owned()
}

impl<'a> Nettleser<'a> {
    fn new(verden: &'a Verden, valgt: Option<PersonId>) -> Self {
        let router = idporten::routes().merge(krr::routes()).merge(krr::minprofil(idporten::sider));
        let valgt = valgt.map(|person| verden.number(person));
        Self { verden, router, kapsler: BTreeMap::new(), valgt, innlogginger: 0 }
    }

    /// One request and one answer.
    async fn ett(&mut self, method: &str, at: &str, body: &str) -> Vist {
        let path = at.split('?').next().unwrap();
        let under = |of: &str| of == "/" || path == of || path.starts_with(&format!("{of}/"));
        let kapsler = self.kapsler.iter().filter(|(_, (_, of))| under(of));
        let sent: Vec<String> = kapsler.map(|(name, (value, _))| format!("{name}={value}")).collect();
        let request = Request::builder()
            .method(method)
            .uri(at)
            .header(header::COOKIE, sent.join("; "))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .extension(self.verden.inbound.clone())
            .body(Body::from(body.to_owned()));
        let (parts, body) = self.router.clone().oneshot(request.unwrap()).await.unwrap().into_parts();
        for set in parts.headers.get_all(header::SET_COOKIE) {
            let text = set.to_str().unwrap();
            let (name, rest) = text.split_once('=').unwrap();
            let (value, rest) = rest.split_once(';').unwrap();
            let path = rest.split("Path=").nth(1).unwrap().split(';').next().unwrap();
            assert!(rest.contains("HttpOnly") && rest.contains("SameSite=Lax") || name.ends_with("lang"), "{text}");
            if rest.contains("Max-Age=0") {
                self.kapsler.remove(name);
            } else {
                self.kapsler.insert(name.to_owned(), (value.to_owned(), path.to_owned()));
            }
        }
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Vist { status: parts.status.as_u16(), headers: parts.headers, text, at: at.to_owned() }
    }

    /// A request, and every page it leads to: redirects are followed, and the login page is answered.
    async fn gaa(&mut self, method: &str, at: &str, body: &str) -> Vist {
        let mut vist = self.ett(method, at, body).await;
        for _ in 0..8 {
            if let Some(location) = vist.headers.get(header::LOCATION) {
                let location = location.to_str().unwrap();
                let at = location.strip_prefix("http://localhost:2983").unwrap_or(location).to_owned();
                assert!(at.starts_with('/'), "sent to {at}");
                vist = self.ett("GET", &at, "").await;
            } else if let (true, Some(pid)) = (vist.is_login_page(), self.valgt.clone()) {
                self.innlogginger += 1;
                let id = vist.skjult("innlogging");
                vist = self
                    .ett(
                        "POST",
                        "/idporten/login",
                        &form(&[("innlogging", &id), ("client_id", "minprofil"), ("velg", &pid)]),
                    )
                    .await;
            } else {
                return vist;
            }
        }
        panic!("sent about without end: {}", vist.at);
    }

    async fn side(&mut self) -> Vist {
        self.gaa("GET", SIDE, "").await
    }

    /// Sends a form of the page `fra`.
    async fn send(&mut self, fra: &Vist, fields: &[(&str, &str)]) -> Vist {
        let kode = fra.skjult("kode");
        let mut all = vec![("kode", kode.as_str())];
        all.extend_from_slice(fields);
        self.gaa("POST", SIDE, &form(&all)).await
    }
}

/// Wire text of the two fields as the page has them.
fn felter(vist: &Vist) -> (String, String) {
    let verdi = |id: &str| vist.felt(&format!("{id}-verdi")).unwrap_or_default();
    (verdi("epost"), verdi("mobil"))
}

async fn endringer(verden: &Verden) -> (u64, Value) {
    let scope = format!("{ALT} krr:global/hentendring.read");
    let last = verden.ask("/v2/krr/hentEndringer", &scope, &json!({"fraEndringsId": 1_000_000}), "krr/endringer").await;
    let last = last["sisteEndringsId"].as_u64().unwrap();
    let fra = json!({"fraEndringsId": last - 1});
    (last, verden.ask("/v2/krr/hentEndringer", &scope, &fra, "krr/endringer").await["list"][0].clone())
}

async fn with_app() -> Verden {
    let verden = Verden::with(|base| base.personer.postkasse[rolle::KARI.index()] = Postkasse::Digipost).await;
    let orgnr = verden.town().base.kommune.orgnr;
    let app = Klient::idporten("app", "App", orgnr, &["https://app.kommune.example/callback"]);
    verden.command(Command::Klient(KlientCommand::Registrer(Box::new(app)))).await;
    verden
}

#[tokio::test]
async fn the_page_shows_what_a_look_up_shows() {
    let verden = with_app().await;
    let mut seen = 0;
    for person in [rolle::KARI, rolle::OLA, rolle::ASTRID, rolle::PIOTR, rolle::LINE] {
        let mut nettleser = Nettleser::new(&verden, Some(person));
        let vist = nettleser.side().await;
        assert_eq!((vist.status, nettleser.innlogginger), (200, 1), "{}", vist.text);
        let entry = verden.entry(person).await;
        assert_eq!(entry["status"], "AKTIV", "the log-in made one where there was none");
        assert!(vist.felt("hvem").unwrap().ends_with(entry["personidentifikator"].as_str().unwrap()));
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let contact = &entry["kontaktinformasjon"];
        for (id, field) in [("epost", "epostadresse"), ("mobil", "mobiltelefonnummer")] {
            assert_eq!(vist.felt(&format!("{id}-verdi")), text(&contact[field]), "{id}");
            assert_eq!(vist.tid(&format!("{id}-oppdatert")), text(&contact[format!("{field}_oppdatert")]));
            assert_eq!(vist.tid(&format!("{id}-verifisert")), text(&contact[format!("{field}_sist_verifisert")]));
            seen += usize::from(contact[field].is_string());
        }
        assert_eq!(vist.tid("reservasjon-oppdatert"), text(&entry["reservasjon_oppdatert"]));
        assert_eq!(vist.felt("postkasseadresse"), text(&entry["digital_post"]["postkasseadresse"]));
        seen += usize::from(entry["digital_post"].is_object());
        let chosen = vist.text.split(" selected>").next().unwrap().rsplit("value=\"").next().unwrap();
        assert_eq!(chosen.split('"').next().unwrap(), entry["spraak"].as_str().unwrap());
        assert_eq!(vist.tid("spraak-oppdatert"), text(&entry["spraak_oppdatert"]));
        let notice = vist.felt("varsles").unwrap().contains("kan varsle");
        assert_eq!(notice, entry["varslingsstatus"] == "KAN_VARSLES");
        assert_eq!(vist.text.contains("data-testid=\"angre\""), entry["reservasjon"] == "JA");
    }
    assert!(seen >= 8, "{seen}");
}

#[tokio::test]
async fn every_change_is_in_the_look_up_and_the_log_of_changes_at_once() {
    let verden = with_app().await;
    let mut nettleser = Nettleser::new(&verden, Some(rolle::KARI));
    let mut vist = nettleser.side().await;
    let (epost, mobil) = felter(&vist);
    let now = "2027-01-04T08:00:00+01";
    // What is sent, what is said, and what stands where in the look-up then.
    let rows: [(&[(&str, &str)], &str, &[(&str, &str)]); 7] = [
        (
            &[("handling", "lagre"), ("epost", " ny@innbygger.example "), ("mobil", &mobil)],
            "melding=lagret",
            &[
                ("/kontaktinformasjon/epostadresse", "ny@innbygger.example"),
                ("/kontaktinformasjon/epostadresse_oppdatert", now),
                ("/kontaktinformasjon/mobiltelefonnummer", &mobil),
                ("/kontaktinformasjon/mobiltelefonnummer_sist_verifisert", now),
            ],
        ),
        (
            &[("handling", "lagre"), ("epost", "ny@innbygger.example"), ("mobil", "490 12 345")],
            "melding=lagret",
            &[("/kontaktinformasjon/mobiltelefonnummer", "+4749012345")],
        ),
        (
            &[("handling", "reserver")],
            "melding=reservert",
            &[("/reservasjon", "JA"), ("/reservasjonstidspunkt", now), ("/varslingsstatus", "KAN_IKKE_VARSLES")],
        ),
        (&[("handling", "angre")], "melding=angret", &[("/reservasjon", "NEI"), ("/varslingsstatus", "KAN_VARSLES")]),
        (
            &[("handling", "spraak"), ("spraak", "se")],
            "melding=spraak",
            &[("/spraak", "se"), ("/spraak_oppdatert", now)],
        ),
        (
            &[("handling", "lagre"), ("epost", ""), ("mobil", "+4749012345")],
            "melding=lagret",
            &[("/kontaktinformasjon/mobiltelefonnummer", "+4749012345"), ("/kontaktinformasjon/epostadresse", "")],
        ),
        (
            &[("handling", "lagre"), ("epost", &epost), ("mobil", "+4749012345")],
            "melding=lagret",
            &[("/kontaktinformasjon/epostadresse", &epost)],
        ),
    ];
    for (sent, said, stands) in rows {
        let (before, _) = endringer(&verden).await;
        vist = nettleser.send(&vist, sent).await;
        assert_eq!((vist.status, vist.at.as_str()), (200, format!("{SIDE}?{said}").as_str()), "{sent:?}");
        assert!(vist.felt("melding").is_some());
        let entry = verden.entry(rolle::KARI).await;
        for (place, value) in stands {
            assert_eq!(entry.pointer(place).and_then(Value::as_str).unwrap_or_default(), *value, "{sent:?} {place}");
        }
        let (after, change) = endringer(&verden).await;
        assert_eq!((after, change), (before + 1, entry), "{sent:?}");
    }
    let again = nettleser.side().await;
    assert!(again.felt("melding").is_none() && felter(&again) == (epost, "+4749012345".to_owned()));
}

#[tokio::test]
async fn a_confirmation_makes_old_contact_data_usable_again() {
    let verden = with_app().await;
    let ny = NyeKontaktdata { utloept: true, ..NyeKontaktdata::default() };
    verden.kontakt(KontaktCommand::Kontaktendring { person: key(rolle::KARI), ny }).await;
    verden.kontakt(KontaktCommand::Regler(Kontaktregler { skjul_utloept: true, ..Kontaktregler::default() })).await;
    let hidden = verden.entry(rolle::KARI).await;
    assert!(hidden.get("kontaktinformasjon").is_none() && hidden["varslingsstatus"] == "KAN_IKKE_VARSLES");
    let mut nettleser = Nettleser::new(&verden, Some(rolle::KARI));
    let vist = nettleser.side().await;
    assert!(vist.felt("epost-utloept").is_some() && vist.felt("mobil-utloept").is_some(), "the citizen sees the old");
    let (epost, mobil) = felter(&vist);
    let (before, _) = endringer(&verden).await;
    let vist = nettleser.send(&vist, &[("handling", "bekreft")]).await;
    assert_eq!((vist.at.as_str(), vist.felt("epost-utloept")), (format!("{SIDE}?melding=bekreftet").as_str(), None));
    let entry = verden.entry(rolle::KARI).await;
    let contact = &entry["kontaktinformasjon"];
    assert_eq!((&contact["epostadresse"], &entry["varslingsstatus"]), (&json!(epost), &json!("KAN_VARSLES")));
    assert_eq!(contact["epostadresse_sist_verifisert"], "2027-01-04T08:00:00+01");
    assert_ne!(contact["epostadresse_oppdatert"], "2027-01-04T08:00:00+01", "confirmed, not changed");
    let (after, change) = endringer(&verden).await;
    assert_eq!((after, &change), (before + 1, &entry));
    // To save what stands there already is to confirm it, once more at the same instant nothing new.
    let vist = nettleser.send(&vist, &[("handling", "lagre"), ("epost", &epost), ("mobil", &mobil)]).await;
    assert_eq!((vist.at.as_str(), endringer(&verden).await.0), (format!("{SIDE}?melding=bekreftet").as_str(), after));
}

#[tokio::test]
async fn what_cannot_stand_there_is_said_at_its_field_and_changes_nothing() {
    let verden = with_app().await;
    let mut nettleser = Nettleser::new(&verden, Some(rolle::KARI));
    let vist = nettleser.side().await;
    let (before, _) = endringer(&verden).await;
    for (epost, mobil, field) in [
        ("kari@gmail.com", "", "epost"),
        ("kari", "", "epost"),
        ("a b@x.example", "", "epost"),
        ("\"><script>alert(1)</script>@x.no", "", "epost"),
        ("", "22 33 44 55", "mobil"),
        ("", "+4699999999", "mobil"),
        ("", "4901234", "mobil"),
    ] {
        let vist = nettleser.send(&vist, &[("handling", "lagre"), ("epost", epost), ("mobil", mobil)]).await;
        assert_eq!((vist.status, vist.felt("feil").is_some()), (400, true), "{epost} {mobil}");
        assert!(vist.text.contains(&format!("aria-describedby=\"{field}-hjelp {field}-feil\" aria-invalid=\"true\"")));
        assert!(!vist.text.contains("<script"), "escaped");
        assert_eq!(vist.text.matches("aria-invalid").count(), 1, "{epost} {mobil}");
        let typed = if field == "epost" { epost } else { mobil };
        let plain = typed.replace('"', "&#34;").replace('<', "&#60;").replace('>', "&#62;");
        assert!(vist.text.contains(&format!("name=\"{field}\" value=\"{plain}\"")), "what was typed is still there");
    }
    let empty = nettleser.send(&vist, &[("handling", "lagre"), ("epost", ""), ("mobil", "")]).await;
    assert_eq!(empty.status, 200, "both taken out");
    assert!(empty.felt("epost-mangler").is_some() && !empty.text.contains("data-testid=\"bekreft\""));
    let (after, _) = endringer(&verden).await;
    assert_eq!(after, before + 1);
    let nothing = nettleser.send(&vist, &[("handling", "bekreft")]).await;
    assert_eq!((nothing.status, endringer(&verden).await.0), (400, after));
    for fields in [
        &[("handling", "slett")][..],
        &[("handling", "spraak"), ("spraak", "de")],
        &[("handling", "lagre"), ("epost", "x@y.example")],
        &[],
    ] {
        let vist = nettleser.send(&vist, fields).await;
        assert_eq!((vist.status, vist.hint().split(':').next().unwrap()), (400, "minprofil-request"), "{fields:?}");
    }
    assert_eq!(endringer(&verden).await.0, after);
}

#[tokio::test]
async fn a_form_without_the_word_of_its_own_session_is_refused() {
    let verden = with_app().await;
    let (mut kari, mut ola) = (Nettleser::new(&verden, Some(rolle::KARI)), Nettleser::new(&verden, Some(rolle::OLA)));
    let (vist, other) = (kari.side().await, ola.side().await);
    let before = (verden.entry(rolle::KARI).await, endringer(&verden).await.0);
    let own = vist.skjult("kode");
    assert_eq!(own.len(), 43);
    let twice = format!("kode={own}&kode={own}&handling=reserver");
    for body in [
        "handling=reserver".to_owned(),
        "kode=&handling=reserver".to_owned(),
        format!("kode={}&handling=reserver", other.skjult("kode")),
        format!("kode={}A&handling=reserver", &own[..42]),
        twice,
    ] {
        for path in [SIDE, "/krr/minprofil/utlogging"] {
            let refused = kari.gaa("POST", path, &body).await;
            assert_eq!((refused.status, refused.hint().split(':').next().unwrap()), (403, "minprofil-form"), "{body}");
        }
    }
    assert_eq!((verden.entry(rolle::KARI).await, endringer(&verden).await.0), before);
    assert_eq!(kari.side().await.status, 200, "still logged in");
    // Somebody else's browser, with everything but the cookie.
    let mut nobody = Nettleser::new(&verden, None);
    let vist = nobody.gaa("POST", SIDE, &format!("kode={own}&handling=reserver")).await;
    assert!(vist.is_login_page() && verden.entry(rolle::KARI).await == before.0);
}

#[tokio::test]
async fn an_approved_way_back_is_a_link_and_stays_through_everything() {
    let verden = with_app().await;
    let mut nettleser = Nettleser::new(&verden, Some(rolle::KARI));
    let at = format!("{SIDE}?gotoUrl={}&lang=nn", escape(&format!("{HJEM}?a=1&b=2")));
    let vist = nettleser.gaa("GET", &at, "").await;
    let link = format!("href=\"{HJEM}?a=1&#38;b=2\"");
    let is_there = |vist: &Vist| vist.text.contains(&link) && vist.text.contains("<html lang=\"nn\"");
    assert!(is_there(&vist) && vist.hint().is_empty(), "{} {}", vist.at, vist.text);
    let uri = format!("{HJEM}?a=1&b=2");
    let more = [("gotoUrl", uri.as_str()), ("lang", "nn")];
    let vist = nettleser.send(&vist, &[&[("handling", "reserver")], &more[..]].concat()).await;
    assert!(is_there(&vist) && vist.at.contains("melding=reservert"), "{}", vist.at);
    let vist =
        nettleser.send(&vist, &[&[("handling", "lagre"), ("epost", "x"), ("mobil", "")], &more[..]].concat()).await;
    assert!(is_there(&vist) && vist.status == 400);
    let english = vist.text.split("data-testid=\"lang-en\"").next().unwrap().rsplit("href=\"").next().unwrap();
    let english = english.split('"').next().unwrap().replace("&#38;", "&");
    let vist = nettleser.gaa("GET", &english, "").await;
    assert!(vist.text.contains(&link) && vist.text.contains("<html lang=\"en\""), "{english}");
    let upper =
        nettleser.gaa("GET", &format!("{SIDE}?gotoUrl={}", escape("https://app.kommune.example/Side")), "").await;
    assert!(upper.felt("tilbake").is_some() && upper.hint().starts_with("goto-case"));
    assert!(nettleser.side().await.felt("tilbake").is_none());
}

#[tokio::test]
async fn an_unapproved_way_back_leads_nowhere() {
    let verden = with_app().await;
    let mut nettleser = Nettleser::new(&verden, Some(rolle::KARI));
    for uri in [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "javascript://app.kommune.example/%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "https://app.kommune.example@evil.example/",
        "https://app.kommune.example:8443/",
        "https://app.kommune.example.evil.example/",
        "https%3A%2F%2Fapp.kommune.example%2F",
        "https://app.kommune.example\\@evil.example/",
        "http://app.kommune.example/",
        "https://app.kommune.example/\r\nLocation: https://evil.example/",
        "\"><a href=\"https://evil.example/\">x</a>",
    ] {
        let vist = nettleser.gaa("GET", &format!("{SIDE}?gotoUrl={}", escape(uri)), "").await;
        assert_eq!((vist.status, vist.felt("avvist").is_some(), vist.felt("tilbake")), (200, true, None), "{uri}");
        assert!(vist.hint().starts_with("goto-not-approved"), "{uri}: {}", vist.hint());
        let links: Vec<&str> = vist.text.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let own = |link: &&str| link.starts_with("/krr/minprofil") || **link == *"#main";
        assert!(links.iter().all(own), "{uri}: {links:?}");
        let vist = nettleser.send(&vist, &[("handling", "bekreft"), ("gotoUrl", uri)]).await;
        assert!(vist.at.starts_with("/krr/minprofil?") && vist.felt("tilbake").is_none(), "{uri}: {}", vist.at);
    }
}

#[tokio::test]
async fn one_log_in_is_enough_and_a_log_out_ends_it_here_too() {
    let verden = with_app().await;
    let mut nettleser = Nettleser::new(&verden, Some(rolle::KARI));
    assert_eq!((nettleser.side().await.status, nettleser.innlogginger), (200, 1));
    nettleser.kapsler.retain(|name, _| !name.contains("minprofil"));
    assert_eq!((nettleser.side().await.status, nettleser.innlogginger), (200, 1), "ID-porten knows the browser");
    // A log-out somewhere else.
    nettleser.valgt = None;
    nettleser.gaa("GET", "/idporten/logout", "").await;
    assert!(nettleser.side().await.is_login_page());
    // A log-out here.
    nettleser.valgt = Some(verden.number(rolle::OLA));
    let vist = nettleser.side().await;
    assert!(vist.felt("hvem").unwrap().ends_with(&verden.number(rolle::OLA)));
    let vist = nettleser.gaa("POST", "/krr/minprofil/utlogging", &form(&[("kode", &vist.skjult("kode"))])).await;
    assert!(vist.at.starts_with("/idporten/logout?client_id=minprofil") && vist.status == 200, "{}", vist.at);
    nettleser.valgt = None;
    assert!(nettleser.side().await.is_login_page());
}

#[tokio::test]
async fn a_code_is_of_use_to_the_browser_that_asked_only() {
    let verden = with_app().await;
    let mut kari = Nettleser::new(&verden, Some(rolle::KARI));
    // Kari's browser up to the point where it would come back with the code.
    let sent = kari.ett("GET", SIDE, "").await;
    let location = |vist: &Vist| vist.headers[header::LOCATION].to_str().unwrap().replace("http://localhost:2983", "");
    let vist = kari.ett("GET", &location(&sent), "").await;
    let id = vist.skjult("innlogging");
    let fields = form(&[("innlogging", &id), ("client_id", "minprofil"), ("velg", &verden.number(rolle::KARI))]);
    let back = location(&kari.ett("POST", "/idporten/login", &fields).await);
    let query = Params::parse(back.split_once('?').unwrap().1.as_bytes()).unwrap();
    let (code, state) = (query.get("code").unwrap(), query.get("state").unwrap());
    // Another browser without a log-in of its own begins one, and is told the second time.
    let mut other = Nettleser::new(&verden, None);
    let again = other.ett("GET", &back, "").await;
    assert!(location(&again).starts_with("/idporten/authorize?"), "{}", again.status);
    let second = format!("/krr/minprofil/callback?code={code}&state=1{}", &state[1..]);
    let told = other.ett("GET", &second, "").await;
    assert_eq!((told.status, told.hint().split(':').next().unwrap()), (400, "minprofil-cookie"));
    // And one with a log-in of its own cannot use the code for it.
    let own = other.ett("GET", SIDE, "").await;
    let own = Params::parse(location(&own).split_once('?').unwrap().1.as_bytes()).unwrap();
    let mixed = with_query("/krr/minprofil/callback", &[("code", code), ("state", own.get("state").unwrap())]);
    let refused = other.ett("GET", &mixed, "").await;
    assert_eq!((refused.status, refused.hint().split(':').next().unwrap()), (400, "minprofil-code"));
    assert!(other.side().await.is_login_page());
    assert_eq!(kari.gaa("GET", &back, "").await.status, 200, "the code was good all the time");
    let begun = other.ett("GET", SIDE, "").await;
    let begun = Params::parse(location(&begun).split_once('?').unwrap().1.as_bytes()).unwrap();
    let cancelled = format!("/krr/minprofil/callback?error=access_denied&state={}", begun.get("state").unwrap());
    let told = other.ett("GET", &cancelled, "").await;
    assert_eq!((told.status, told.felt("tekst").as_deref()), (403, Some("Du ble ikke logget inn.")));
    for at in ["/krr/minprofil/callback?code=x&state=x", "/krr/minprofil/callback"] {
        assert_eq!(kari.ett("GET", at, "").await.status, 400, "{at}");
    }
}

#[tokio::test]
async fn who_cannot_stand_in_the_register_is_told_why() {
    let verden = Verden::with(|base| {
        base.personer.foedselsdato[rolle::NORA.index()] = dag(2012, 6, 1);
    })
    .await;
    let mut child = Nettleser::new(&verden, Some(rolle::NORA));
    let vist = child.side().await;
    assert_eq!(vist.felt("ikke").as_deref(), Some("Du kan stå i registeret fra du er 15 år."), "{}", vist.text);
    assert!(!vist.text.contains("name=\"handling\""), "nothing to change");
    let refused = child.send(&vist, &[("handling", "reserver")]).await;
    assert_eq!((refused.status, refused.felt("feil").as_deref()), (400, Some("Du kan ikke stå i registeret nå.")));
    let mut gone = Nettleser::new(&verden, Some(rolle::TOM));
    assert_eq!(gone.side().await.felt("ikke").as_deref(), Some("Bare de som er bosatt i Norge, kan stå i registeret."));
    let (mut kari, number) = (Nettleser::new(&verden, Some(rolle::KARI)), verden.number(rolle::KARI));
    assert!(kari.side().await.felt("hvem").unwrap().ends_with(&number));
    let death = FolkCommand::Doedsfall { person: key(rolle::KARI) };
    verden.command(Command::Folk(death)).await;
    kari.valgt = None;
    assert!(kari.side().await.is_login_page(), "the dead are logged in nowhere");
}

#[tokio::test]
async fn the_page_is_nobody_s_frame_and_is_not_kept() {
    let verden = with_app().await;
    let mut nettleser = Nettleser::new(&verden, Some(rolle::KARI));
    let page = nettleser.side().await;
    let message = nettleser.ett("GET", "/krr/minprofil/callback", "").await;
    for vist in [page, message] {
        for (name, value) in
            [("x-frame-options", "DENY"), ("cache-control", "no-store"), ("referrer-policy", "no-referrer")]
        {
            assert_eq!(vist.headers[name], value, "{}", vist.at);
        }
        assert!(vist.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
        assert!(!vist.text.contains("<script") && !vist.text.contains("Byteby"));
    }
    for (method, status) in [("PUT", 405), ("DELETE", 405)] {
        assert_eq!(nettleser.ett(method, SIDE, "").await.status, status);
    }
    assert_eq!(nettleser.ett("GET", &format!("{SIDE}?gotoUrl=%zz"), "").await.status, 400);
    let languages = ["nb", "nn", "en"];
    for lang in languages {
        let vist = nettleser.gaa("GET", &format!("{SIDE}?lang={lang}"), "").await;
        assert!(vist.text.contains(&format!("<html lang=\"{lang}\"")), "{lang}");
    }
    let own = NyeKontaktdata { spraak: crate::town::model::Spraak::from_code("nn"), ..NyeKontaktdata::default() };
    let command = KontaktCommand::Kontaktendring { person: key(rolle::KARI), ny: own };
    verden.inbound.world.command(Command::Kontakt(command), Cause::of("test", &[])).await.unwrap();
    assert!(nettleser.side().await.text.contains("<html lang=\"nn\""), "the citizen's own language");
}

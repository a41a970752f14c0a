//! The role check, row by row, and the contact register's form.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{Integrasjon, integrasjoner, roller};
use crate::access::{Inbound, Visit, fixture};
use crate::formats::skjema::Skjema;
use crate::journal::MemoryJournal;
use crate::keys::Issuer;
use crate::town::decide::FolkCommand;
use crate::town::model::PersonKey;
use crate::town::model::tests_town::{TestTown, rolle};
use crate::town::{Cause, Command, Town};
use crate::townhall::{Blobs, TownHall};

struct Verden {
    inbound: Inbound,
}

/// What a call carries.
struct Kall {
    path: String,
    token: Option<String>,
    integrasjon: Option<(String, String)>,
    body: String,
}

impl Verden {
    async fn new() -> Self {
        let hall = TownHall::open(Arc::new(MemoryJournal::default()), Blobs::default()).unwrap();
        let world = hall.create_on(TestTown::eksempel(), "main");
        fixture::machine(&world).await;
        Self { inbound: fixture::inbound(hall, world) }
    }

    async fn command(&self, command: Command) {
        self.inbound.world.command(command, Cause::of("test", &[])).await.unwrap();
    }

    fn town(&self) -> Arc<Town> {
        self.inbound.town()
    }

    fn token(&self, scope: &str, orgnr: &str) -> String {
        let claims = json!({
            "iss": "http://localhost:2983/maskinporten/", "client_id": "maskin", "scope": scope, "jti": "x", "exp": 120,
            "consumer": {"authority": "iso6523-actorid-upis", "ID": format!("0192:{orgnr}")},
        });
        let state = Visit::of(&self.inbound).state;
        state.signing_key(Issuer::Maskinporten).sign(None, claims.as_object().unwrap())
    }

    fn role(&self, navn: &str) -> String {
        roller().iter().find(|one| one.navn == navn).unwrap().id(&self.town())
    }

    fn login(&self, integrasjon: &Integrasjon) -> Option<(String, String)> {
        Some((integrasjon.id(&self.town()), integrasjon.passord(&self.town())))
    }

    /// A call of the contact register's form about `fnr` that is right in everything.
    fn call(&self, fnr: &str) -> Kall {
        Kall {
            path: format!("/register/api/v1/ks/{}/krr/person", self.role("krr")),
            token: Some(self.token("ks:fiks", &self.town().base.kommune.orgnr.to_string())),
            integrasjon: self.login(&integrasjoner()[0]),
            body: json!({"fnr": fnr}).to_string(),
        }
    }

    async fn send(&self, kall: &Kall) -> (u16, Value) {
        let mut request =
            Request::builder().method("POST").uri(format!("/fiks{}", kall.path)).extension(self.inbound.clone());
        if let Some(token) = &kall.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some((id, passord)) = &kall.integrasjon {
            request = request.header("IntegrasjonId", id).header("IntegrasjonPassord", passord);
        }
        let request = request.body(Body::from(kall.body.clone())).unwrap();
        let response = super::routes().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    async fn ask(&self, fnr: &str) -> Value {
        let (status, body) = self.send(&self.call(fnr)).await;
        assert_eq!((status, Skjema::named("fiks/krr-person").fault(&body)), (200, None), "{body}");
        body
    }
}

#[tokio::test]
async fn the_role_is_checked_step_by_step() {
    let verden = Verden::new().await;
    let fnr = verden.town().person(rolle::KARI).nummer().to_string();
    let call = || verden.call(&fnr);
    let path = |id: &str| format!("/register/api/v1/ks/{id}/krr/person");
    let own = verden.town().base.kommune.orgnr.to_string();
    let wrong = verden.login(&integrasjoner()[0]).map(|(id, _)| (id, "feil".to_owned()));
    let rows = [
        (call(), 200, ""),
        (Kall { token: None, ..call() }, 401, "Unauthorized"),
        (
            Kall { token: Some(verden.token("krr:global/kontaktinformasjon.read", &own)), ..call() },
            403,
            "Access is denied",
        ),
        (Kall { integrasjon: None, ..call() }, 401, "Unauthorized"),
        (Kall { integrasjon: wrong, ..call() }, 401, "Unauthorized"),
        (Kall { path: path("0b5f9f0e-6d35-4e0b-9f62-111111111111"), ..call() }, 404, "Rolle finnes ikke"),
        (Kall { path: path(&verden.role("skatt-foreldrebetaling")), ..call() }, 403, "Access is denied"),
        (Kall { integrasjon: verden.login(&integrasjoner()[1]), ..call() }, 403, "Access is denied"),
        (Kall { token: Some(verden.token("ks:fiks", "314099885")), ..call() }, 403, "Access is denied"),
        (Kall { body: "{}".into(), ..call() }, 400, "Malformed request"),
        (Kall { path: "/register/api/v9".into(), ..call() }, 404, "No such resource"),
    ];
    for (kall, status, message) in rows {
        let (got, body) = verden.send(&kall).await;
        assert_eq!(got, status, "{} {body}", kall.path);
        if status != 200 {
            assert_eq!(Skjema::named("fiks/feil").fault(&body), None, "{body}");
            assert_eq!((&body["message"], &body["path"]), (&json!(message), &json!(kall.path)));
        }
    }
    let later = verden.send(&Kall { path: "/svarut/api/v2/x/forsendelser".into(), ..call() }).await;
    assert_eq!(later.0, 501);
}

#[tokio::test]
async fn one_persons_entry_in_few_fields() {
    let verden = Verden::new().await;
    let number = |id| verden.town().person(id).nummer().to_string();
    let kari = verden.ask(&number(rolle::KARI)).await;
    assert_eq!(
        (&kari["status"], &kari["reservert"], &kari["kanVarsles"]),
        (&json!("AKTIV"), &json!(false), &json!(true))
    );
    assert!(kari["epost"].as_str().unwrap().starts_with("kari.nordas.") && kari["tlf"].is_string());
    let ola = verden.ask(&number(rolle::OLA)).await;
    assert_eq!((&ola["reservert"], &ola["kanVarsles"]), (&json!(true), &json!(false)));
    let nobody = json!({"status": "IKKE_REGISTRERT", "reservert": false, "kanVarsles": false});
    for fnr in [number(rolle::NORA), "22909195637".into(), "x".into()] {
        assert_eq!(verden.ask(&fnr).await, nobody);
    }
    verden.command(Command::Folk(FolkCommand::Doedsfall { person: PersonKey::Base(rolle::KARI.0) })).await;
    let dead = json!({"status": "SLETTET", "reservert": false, "kanVarsles": false});
    assert_eq!(verden.ask(&number(rolle::KARI)).await, dead);
}

#[test]
fn ids_are_everybodys_own_and_follow_from_the_town() {
    let town = Town::new(Arc::new(TestTown::eksempel()));
    let mut ids: Vec<String> = roller().iter().map(|one| one.id(&town)).collect();
    ids.extend(integrasjoner().iter().flat_map(|one| [one.id(&town), one.passord(&town)]));
    let distinct: std::collections::BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len());
    assert!(ids.iter().all(|id| id.len() == 36 && id.as_bytes()[14] == b'4'), "{ids:?}");
    let mut other = TestTown::eksempel();
    other.header.seed = crate::base::Seed(43);
    assert_ne!(roller()[0].id(&Town::new(Arc::new(other))), ids[0]);
    for integrasjon in integrasjoner() {
        assert!(integrasjon.roller.iter().all(|navn| roller().iter().any(|one| one.navn == *navn)));
    }
}

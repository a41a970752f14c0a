//! Machine tokens, the population register and the contact register. Only the fields the app has a use for are read,
//! and only the parts it needs are asked for.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use reqwest::{RequestBuilder, Response, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::jose::{random_text, unix_now};
use super::letters::Language;
use super::{App, Failure};

const FREG: &str = "Folkeregisteret";
const FREG_SCOPE: &str = "folkeregister:deling/offentligmedhjemmel";
const FREG_PATH: &str = "folkeregisteret/offentlig-med-hjemmel/api/v1";
const KRR: &str = "KRR";
const KRR_SCOPE: &str = "krr:global/kontaktinformasjon.read krr:global/digitalpost.read";
const MASKINPORTEN: &str = "Maskinporten";

/// Tokens by scope, each with the moment from which it is no longer used.
#[derive(Default)]
pub(super) struct MachineTokens(tokio::sync::Mutex<BTreeMap<&'static str, (String, Instant)>>);

/// One line of the event feed.
#[derive(Deserialize, Clone)]
pub(super) struct FeedEntry {
    pub(super) sekvensnummer: u64,
    pub(super) hendelse: FeedEvent,
}

/// What happened to whom. The feed spells `hendelsetype` without an s in the middle.
#[derive(Deserialize, Clone)]
pub(super) struct FeedEvent {
    pub(super) folkeregisteridentifikator: String,
    pub(super) hendelsetype: String,
    #[serde(default)]
    pub(super) ajourholdstidspunkt: String,
}

/// A person document. Elements the person lacks, or that were not asked for, are absent.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Person {
    status: Vec<Entry<StatusText>>,
    navn: Vec<Entry<Navn>>,
    foedsel: Vec<Entry<Foedsel>>,
    bostedsadresse: Vec<Entry<Home>>,
    postadresse: Vec<Entry<Postadresse>>,
    adressebeskyttelse: Vec<Entry<Beskyttelse>>,
    familierelasjon: Vec<Entry<Familierelasjon>>,
    foreldreansvar: Vec<Entry<Foreldreansvar>>,
    sivilstand: Vec<Entry<Sivilstand>>,
    doedsfall: Option<Value>,
}

#[derive(Deserialize)]
struct Entry<T> {
    #[serde(default, rename = "erGjeldende")]
    er_gjeldende: bool,
    #[serde(flatten)]
    value: T,
}

#[derive(Deserialize)]
struct StatusText {
    status: String,
}

#[derive(Deserialize)]
struct Navn {
    fornavn: String,
    mellomnavn: Option<String>,
    etternavn: String,
}

#[derive(Deserialize)]
struct Foedsel {
    foedselsdato: Option<Date>,
}

#[derive(Deserialize)]
struct Beskyttelse {
    graderingsnivaa: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Familierelasjon {
    relatert_person: Option<String>,
    relatert_persons_rolle: String,
}

#[derive(Deserialize)]
struct Foreldreansvar {
    ansvarlig: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sivilstand {
    sivilstand: String,
    relatert_ved_sivilstand: Option<String>,
}

/// A home, for one question only: do two people live in the same one?
#[derive(Deserialize, PartialEq, Clone)]
#[serde(rename_all = "camelCase")]
pub(super) struct Home {
    adresse_identifikator_fra_matrikkelen: Option<String>,
    vegadresse: Option<Vegadresse>,
    matrikkeladresse: Option<Value>,
}

#[derive(Deserialize, PartialEq, Clone)]
#[serde(rename_all = "camelCase")]
struct Vegadresse {
    kommunenummer: Option<String>,
    adressenavn: Option<String>,
    adressenummer: Option<Value>,
    bruksenhetsnummer: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Postadresse {
    adressegradering: String,
    postboksadresse: Option<Postboks>,
    #[serde(rename = "postadresseIFrittFormat")]
    fritt_format: Option<FrittFormat>,
}

#[derive(Deserialize)]
struct Postboks {
    #[serde(rename = "postbokseier")]
    eier: Option<String>,
    #[serde(rename = "postboks")]
    nummer: String,
    poststed: Poststed,
}

#[derive(Deserialize)]
struct FrittFormat {
    #[serde(default)]
    adresselinje: Vec<String>,
    poststed: Poststed,
}

#[derive(Deserialize)]
struct Poststed {
    poststedsnavn: String,
    postnummer: String,
}

/// An address that a letter may be sent to.
pub(super) struct PostalAddress {
    pub(super) name: String,
    pub(super) lines: Vec<String>,
    pub(super) postnummer: String,
    pub(super) poststed: String,
}

fn current<T>(entries: &[Entry<T>]) -> impl Iterator<Item = &T> {
    entries.iter().filter(|entry| entry.er_gjeldende).map(|entry| &entry.value)
}

impl Person {
    pub(super) fn is_dead(&self) -> bool {
        self.doedsfall.is_some() || current(&self.status).any(|s| s.status == "doed")
    }

    /// First, middle and last name as the register spells them (a newborn's may be temporary).
    pub(super) fn full_name(&self) -> Option<String> {
        let navn = current(&self.navn).next()?;
        let parts = [Some(&navn.fornavn), navn.mellomnavn.as_ref(), Some(&navn.etternavn)];
        Some(parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" "))
    }

    pub(super) fn born(&self) -> Option<Date> {
        current(&self.foedsel).find_map(|f| f.foedselsdato)
    }

    pub(super) fn strictly_confidential(&self) -> bool {
        current(&self.adressebeskyttelse).any(|b| b.graderingsnivaa == "strengtFortrolig")
    }

    /// The home the register shows; none for an unknown home and for strictly confidential ones.
    pub(super) fn home(&self) -> Option<&Home> {
        current(&self.bostedsadresse).find(|home| home.vegadresse.is_some() || home.matrikkeladresse.is_some())
    }

    /// The adults with parental responsibility for this child, its mother first.
    pub(super) fn responsible(&self) -> Vec<String> {
        let mothers: Vec<&String> = current(&self.familierelasjon)
            .filter(|relation| relation.relatert_persons_rolle == "mor")
            .filter_map(|relation| relation.relatert_person.as_ref())
            .collect();
        let mut holders: Vec<String> = current(&self.foreldreansvar).filter_map(|f| f.ansvarlig.clone()).collect();
        holders.sort_by_key(|holder| !mothers.contains(&holder));
        holders.dedup();
        holders
    }

    /// The parents of this child.
    pub(super) fn parents(&self) -> Vec<String> {
        let is_parent =
            |relation: &&Familierelasjon| ["mor", "far", "medmor"].contains(&relation.relatert_persons_rolle.as_str());
        current(&self.familierelasjon)
            .filter(is_parent)
            .filter_map(|relation| relation.relatert_person.clone())
            .collect()
    }

    /// The spouse or registered partner.
    pub(super) fn spouse(&self) -> Option<String> {
        let married = |entry: &&Sivilstand| ["gift", "registrertPartner"].contains(&entry.sivilstand.as_str());
        current(&self.sivilstand).find(married).and_then(|entry| entry.relatert_ved_sivilstand.clone())
    }

    /// A post address that is open to everybody: the only address of a strictly confidential person.
    pub(super) fn open_postal_address(&self) -> Option<PostalAddress> {
        current(&self.postadresse).filter(|post| post.adressegradering == "ugradert").find_map(|post| {
            let (lines, poststed) = match (&post.postboksadresse, &post.fritt_format) {
                (Some(boks), _) => {
                    let number = boks.nummer.trim_start_matches("Postboks").trim();
                    (boks.eier.iter().cloned().chain([format!("Postboks {number}")]).collect(), &boks.poststed)
                }
                (None, Some(free)) => (free.adresselinje.clone(), &free.poststed),
                (None, None) => return None,
            };
            let (postnummer, poststed) = (poststed.postnummer.clone(), poststed.poststedsnavn.clone());
            Some(PostalAddress { name: self.full_name()?, lines, postnummer, poststed })
        })
    }
}

/// What KRR says about a citizen.
pub(super) struct Contact {
    pub(super) reserved: bool,
    pub(super) registered: bool,
    pub(super) language: Language,
}

impl App {
    /// The last sequence number of the feed.
    pub(super) async fn last_sequence(&self) -> Result<u64, Failure> {
        self.freg("hendelser/siste/sekvensnummer", &[]).await
    }

    /// A page of the feed from `seq`, that number included.
    pub(super) async fn feed_page(&self, seq: u64) -> Result<Vec<FeedEntry>, Failure> {
        self.freg("hendelser/feed", &[("seq", &seq.to_string())]).await
    }

    /// A person document with the named parts.
    pub(super) async fn person(&self, id: &str, parts: &[&str]) -> Result<Person, Failure> {
        let parts: Vec<(&str, &str)> = parts.iter().map(|part| ("part", *part)).collect();
        self.freg(&format!("personer/{id}"), &parts).await
    }

    async fn freg<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, Failure> {
        let url = format!("{}/{FREG_PATH}/{path}", self.config.folkeregisteret_url);
        let answer = self.with_token(FREG, FREG_SCOPE, || {
            self.http.get(&url).query(query).header(header::ACCEPT, "application/json")
        });
        let answer = answer.await?;
        // The registers' clock is the only one the app goes by for deadlines and start dates.
        let date = answer.headers().get(header::DATE).and_then(|date| date.to_str().ok());
        if let Some(at) = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok()) {
            self.book().register_time = Some(at.timestamp());
        }
        read(FREG, answer).await
    }

    /// Reservation and language. People KRR does not know are as if they had never answered it.
    pub(super) async fn contact(&self, id: &str) -> Result<Contact, Failure> {
        let url = format!("{}/rest/v2/personer", self.config.krr_url);
        let body = json!({ "personidentifikatorer": [id], "inkluderIkkeRegistrerte": true });
        let answer: Value =
            read(KRR, self.with_token(KRR, KRR_SCOPE, || self.http.post(&url).json(&body)).await?).await?;
        let people = answer["personer"].as_array().ok_or(Failure::Content { service: KRR, why: "ingen liste" })?;
        let entry = people.iter().find(|person| person["personidentifikator"] == id).unwrap_or(&Value::Null);
        Ok(Contact {
            reserved: entry["reservasjon"] == "JA",
            registered: entry["status"] == "AKTIV",
            language: Language::from_code(entry["spraak"].as_str()),
        })
    }

    /// Calls with a machine token. A 401 means that the token ended before its time, so one with a fresh one follows.
    pub(super) async fn with_token(
        &self,
        service: &'static str,
        scope: &'static str,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<Response, Failure> {
        let token = self.machine_token(scope).await?;
        match send(service, request().bearer_auth(token)).await {
            Err(Failure::Status { status: 401, .. }) => {
                self.tokens.0.lock().await.remove(scope);
                let token = self.machine_token(scope).await?;
                send(service, request().bearer_auth(token)).await
            }
            other => other,
        }
    }

    async fn machine_token(&self, scope: &'static str) -> Result<String, Failure> {
        let mut kept = self.tokens.0.lock().await;
        if let Some((token, until)) = kept.get(scope)
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        let issuer = &self.config.maskinporten_issuer;
        let metadata = format!("{}/.well-known/oauth-authorization-server", issuer.trim_end_matches('/'));
        let metadata: Value = read(MASKINPORTEN, send(MASKINPORTEN, self.http.get(metadata)).await?).await?;
        let endpoint = metadata["token_endpoint"]
            .as_str()
            .ok_or(Failure::Content { service: MASKINPORTEN, why: "uten token_endpoint" })?;
        let now = unix_now();
        let assertion = self.machine.sign(&json!({
            "aud": issuer, "iss": self.config.machine_client_id, "scope": scope,
            "iat": now, "exp": now + 100, "jti": random_text(),
        }));
        let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", &assertion)];
        let answer: Value = read(MASKINPORTEN, send(MASKINPORTEN, self.http.post(endpoint).form(&form)).await?).await?;
        let token = answer["access_token"]
            .as_str()
            .ok_or(Failure::Content { service: MASKINPORTEN, why: "uten access_token" })?
            .to_owned();
        let seconds = answer["expires_in"].as_u64().unwrap_or(0).saturating_sub(10);
        kept.insert(scope, (token.clone(), Instant::now() + Duration::from_secs(seconds)));
        Ok(token)
    }
}

/// Sends; anything but 2xx is a failure with the service's own word for it.
pub(super) async fn send(service: &'static str, request: RequestBuilder) -> Result<Response, Failure> {
    let answer = request.send().await.map_err(|_| Failure::Unreachable { service })?;
    if answer.status().is_success() {
        return Ok(answer);
    }
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap_or_default();
    // Descriptions may quote a citizen's number, so only code-like members are kept.
    let word = ["exception", "error", "kode", "feilkode", "code"].iter().find_map(|key| body[key].as_str());
    Err(Failure::Status { service, status, reason: word.unwrap_or_default().to_owned() })
}

/// Reads a JSON body.
pub(super) async fn read<T: DeserializeOwned>(service: &'static str, answer: Response) -> Result<T, Failure> {
    let body = answer.bytes().await.map_err(|_| Failure::Unreachable { service })?;
    serde_json::from_slice(&body).map_err(|_| Failure::Content { service, why: "kan ikke leses" })
}

/// The Norwegian date of a time stamp as the register writes them: ISO 8601 with offset and three to nine fraction digits.
pub(super) fn register_date(text: &str) -> Option<Date> {
    text.parse::<Timestamp>().ok().map(|at| super::in_norway(at).date())
}

//! What Altinn keeps about tokens: system users, consents, and who may act for an organisation (`specs/eid.md` §4.6,
//! §5.5, §5.6, §10.2).

use std::collections::BTreeMap;

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::body::{Body, Fields, Named, Path, Query};
use super::super::find::{is_number, one_by};
use super::super::problem::{Code, Problem};
use super::super::{DONE, Shared};
use super::{orgnr, register};
use crate::access::organisasjon;
use crate::base::Orgnummer;
use crate::clock::Instant;
use crate::town::Town;
use crate::town::decide::{EidCommand, NySystembruker, NyttSamtykke};
use crate::town::state::{
    Representasjonsnoekkel, Samtykke, Samtykkegiver, Samtykkerett, Systembruker, Systembrukernoekkel,
};

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(system_users, set_system_user, retire_system_user))
        .routes(routes!(consents, set_consent))
        .routes(routes!(withdraw_consent))
        .routes(routes!(representations, set_representation, end_representation))
}

/// A system user: a customer lets a vendor's system act for it.
#[derive(Deserialize, ToSchema)]
struct NewSystemUser {
    /// The vendor's client.
    client_id: String,
    /// The vendor's system.
    system_id: String,
    /// The customer.
    customer_orgno: String,
    /// The vendor's reference; the customer's organisation number when not given.
    #[serde(rename = "externalRef")]
    external_ref: Option<String>,
    /// Its own id; one is made when not given.
    systemuser_id: Option<String>,
}

impl Fields for NewSystemUser {}

/// A system user as it is registered.
#[derive(Serialize, ToSchema)]
#[schema(as = SystemUser)]
struct SystemUserView {
    client_id: String,
    system_id: String,
    customer_orgno: String,
    #[serde(rename = "externalRef")]
    external_ref: String,
    systemuser_id: String,
    active: bool,
}

impl SystemUserView {
    fn of(bruker: &Systembruker) -> Self {
        Self {
            client_id: bruker.noekkel.client_id.clone(),
            system_id: bruker.system_id.clone(),
            customer_orgno: bruker.noekkel.kunde.to_string(),
            external_ref: bruker.noekkel.ekstern_ref.clone(),
            systemuser_id: bruker.systemuser_id.clone(),
            active: bruker.aktiv,
        }
    }
}

/// System users.
#[derive(Serialize, ToSchema)]
struct SystemUsers {
    systemusers: Vec<SystemUserView>,
}

/// System users, in use or not.
#[utoipa::path(get, path = "/worlds/{world}/eid/systemusers", tag = "eid", responses((status = 200, body = SystemUsers)))]
async fn system_users(Named { world, .. }: Named) -> Json<SystemUsers> {
    let town = world.town();
    let all = town.eid.systembrukere.values();
    Json(SystemUsers { systemusers: all.map(|entry| SystemUserView::of(&entry.verdi)).collect() })
}

/// Makes a system user, or replaces the one asked for by the same client, customer and reference.
#[utoipa::path(put, path = "/worlds/{world}/eid/systemusers", tag = "eid", request_body = NewSystemUser, responses((status = 200, body = SystemUserView)))]
async fn set_system_user(
    Named { world, .. }: Named,
    Body(wanted): Body<NewSystemUser>,
) -> Result<Json<SystemUserView>, Problem> {
    let kunde = orgnr("/customer_orgno", &wanted.customer_orgno)?;
    let ekstern_ref = wanted.external_ref.clone().unwrap_or_else(|| kunde.to_string());
    let noekkel = Systembrukernoekkel { client_id: wanted.client_id.clone(), kunde, ekstern_ref };
    let ny = NySystembruker {
        client_id: wanted.client_id,
        kunde,
        ekstern_ref: wanted.external_ref,
        system_id: wanted.system_id,
        systemuser_id: wanted.systemuser_id,
    };
    let parts = [noekkel.client_id.as_str(), &wanted.customer_orgno, &noekkel.ekstern_ref];
    let town = register(&world, EidCommand::Systembruker(Box::new(ny)), "admin system user", &parts).await?;
    let entry = town.eid.systembrukere.get(&noekkel);
    let entry = entry.ok_or_else(|| Problem::new(Code::Internal, "the system user is not in the town after all"))?;
    Ok(Json(SystemUserView::of(&entry.verdi)))
}

/// Which system user.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WhichSystemUser {
    client_id: String,
    customer_orgno: String,
    /// The customer's organisation number when not given.
    #[serde(rename = "externalRef")]
    #[param(rename = "externalRef")]
    external_ref: Option<String>,
}

impl Fields for WhichSystemUser {}

/// Takes a system user out of use.
#[utoipa::path(delete, path = "/worlds/{world}/eid/systemusers", params(WhichSystemUser), tag = "eid", responses((status = 204, description = "out of use")))]
async fn retire_system_user(
    Named { world, .. }: Named,
    Query(which): Query<WhichSystemUser>,
) -> Result<StatusCode, Problem> {
    let kunde = orgnr("?customer_orgno", &which.customer_orgno)?;
    let ekstern_ref = which.external_ref.unwrap_or_else(|| kunde.to_string());
    let parts = [which.client_id.as_str(), &which.customer_orgno, &ekstern_ref].map(str::to_owned);
    let noekkel = Systembrukernoekkel { client_id: which.client_id, kunde, ekstern_ref };
    let parts = [parts[0].as_str(), &parts[1], &parts[2]];
    register(&world, EidCommand::AvvikleSystembruker(noekkel), "admin system user retired", &parts).await?;
    Ok(DONE)
}

/// One thing consented to.
#[derive(Serialize, Deserialize, ToSchema)]
struct ConsentRight {
    /// What may be done; `consent` when not given.
    #[serde(default = "consent")]
    action: Vec<String>,
    /// The resource: `[{"type": "urn:altinn:resource", "value": "…"}]`, or only its id as a text.
    #[schema(value_type = Object)]
    resource: Value,
    /// What the resource wants to know more, such as a year.
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

fn consent() -> Vec<String> {
    vec!["consent".to_owned()]
}

/// A consent to be given.
#[derive(Deserialize, ToSchema)]
struct NewConsent {
    /// A UUID; one is made when not given.
    id: Option<String>,
    /// Who consents: an identity number, an organisation number, either as its URN of Altinn, or a selector.
    from: String,
    /// To whom: an organisation number, or `{"authority", "ID"}`.
    #[schema(value_type = Object)]
    to: Value,
    #[serde(rename = "consentRights")]
    consent_rights: Vec<ConsentRight>,
    /// Since when; now when not given.
    consented: Option<String>,
    /// Until when; a year from then when not given.
    #[serde(rename = "validTo")]
    valid_to: Option<String>,
}

impl Fields for NewConsent {}

/// A consent.
#[derive(Serialize, ToSchema)]
#[schema(as = Consent)]
struct ConsentView {
    id: String,
    /// `urn:altinn:person:identifier-no:…` or `urn:altinn:organization:identifier-no:…`.
    from: String,
    #[schema(value_type = Object)]
    to: Value,
    consented: String,
    #[serde(rename = "validTo")]
    valid_to: String,
    #[serde(rename = "consentRights")]
    consent_rights: Vec<ConsentRight>,
    /// Whether it holds now.
    active: bool,
}

const PERSON: &str = "urn:altinn:person:identifier-no:";
const ORGANISATION: &str = "urn:altinn:organization:identifier-no:";

impl ConsentView {
    fn of(town: &Town, samtykke: &Samtykke) -> Self {
        let from = match samtykke.fra {
            Samtykkegiver::Person(key) => {
                let number = town.person_by_key(key).map(|person| person.nummer().to_string());
                format!("{PERSON}{}", number.unwrap_or_default())
            }
            Samtykkegiver::Virksomhet(orgnr) => format!("{ORGANISATION}{orgnr}"),
        };
        let right = |rett: &Samtykkerett| ConsentRight {
            action: rett.handlinger.clone(),
            resource: json!([{"type": "urn:altinn:resource", "value": rett.ressurs}]),
            metadata: rett.metadata.clone(),
        };
        Self {
            id: samtykke.id.clone(),
            from,
            to: organisasjon(samtykke.til),
            consented: samtykke.samtykket.to_string(),
            valid_to: samtykke.gyldig_til.to_string(),
            consent_rights: samtykke.rettigheter.iter().map(right).collect(),
            active: samtykke.holds(town.now()),
        }
    }
}

impl NewConsent {
    async fn samtykke(self, world: &crate::townhall::World) -> Result<NyttSamtykke, Problem> {
        let who = self.from.strip_prefix(PERSON).or_else(|| self.from.strip_prefix(ORGANISATION)).unwrap_or(&self.from);
        let fra = match Orgnummer::parse(who) {
            Ok(orgnr) if !is_number(who) => Samtykkegiver::Virksomhet(orgnr),
            _ => Samtykkegiver::Person(one_by(&world.town(), who, "/from").await?),
        };
        let to = match &self.to {
            Value::String(text) => text.as_str(),
            other => other.get("ID").and_then(Value::as_str).unwrap_or_default(),
        };
        let til = orgnr("/to", to.strip_prefix("0192:").unwrap_or(to))?;
        let right = |right: ConsentRight| {
            let ressurs = match &right.resource {
                Value::String(id) => Some(id.as_str()),
                Value::Array(list) if list.len() == 1 => list[0].get("value").and_then(Value::as_str),
                _ => None,
            };
            let wanted = "a resource is its id, or a list with one {\"type\", \"value\"}";
            let ressurs = ressurs.ok_or_else(|| Problem::value("/consentRights", wanted))?.to_owned();
            Ok(Samtykkerett { handlinger: right.action, ressurs, metadata: right.metadata })
        };
        let time = |field: &str, text: Option<String>| {
            text.map(|text| {
                let fault = || Problem::new(Code::Time, format!("`{text}` is not an instant")).at(field);
                Instant::parse(&text).ok_or_else(fault)
            })
            .transpose()
        };
        Ok(NyttSamtykke {
            id: self.id,
            fra,
            til,
            rettigheter: self.consent_rights.into_iter().map(right).collect::<Result<_, Problem>>()?,
            samtykket: time("/consented", self.consented)?,
            gyldig_til: time("/validTo", self.valid_to)?,
        })
    }
}

/// Consents.
#[derive(Serialize, ToSchema)]
struct Consents {
    consents: Vec<ConsentView>,
}

/// Consents, those that hold and those that do not any more.
#[utoipa::path(get, path = "/worlds/{world}/eid/consents", tag = "eid", responses((status = 200, body = Consents)))]
async fn consents(Named { world, .. }: Named) -> Json<Consents> {
    let town = world.town();
    let all = town.eid.samtykker.values();
    Json(Consents { consents: all.map(|entry| ConsentView::of(&town, &entry.verdi)).collect() })
}

/// Gives a consent, or replaces that of the same id.
#[utoipa::path(put, path = "/worlds/{world}/eid/consents", tag = "eid", request_body = NewConsent, responses((status = 200, body = ConsentView)))]
async fn set_consent(Named { world, .. }: Named, Body(wanted): Body<NewConsent>) -> Result<Json<ConsentView>, Problem> {
    let known = wanted.id.clone();
    // Without an id each call is a new consent, which its place in the log tells from others.
    let place = known.clone().unwrap_or_else(|| world.ledger().head().seq.to_string());
    let nytt = wanted.samtykke(&world).await?;
    let before: std::collections::BTreeSet<String> = world.town().eid.samtykker.keys().cloned().collect();
    let town = register(&world, EidCommand::Samtykke(Box::new(nytt)), "admin consent", &[&place]).await?;
    let made = match &known {
        Some(id) => town.eid.samtykker.get(id),
        None => town.eid.samtykker.iter().find(|(id, _)| !before.contains(*id)).map(|(_, entry)| entry),
    };
    let made = made.ok_or_else(|| Problem::new(Code::Internal, "the consent is not in the town after all"))?;
    Ok(Json(ConsentView::of(&town, &made.verdi)))
}

/// Which consent, in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct WhichConsent {
    /// Its id.
    id: String,
}

/// Takes a consent back.
#[utoipa::path(delete, path = "/worlds/{world}/eid/consents/{id}", params(WhichConsent), tag = "eid", responses((status = 204, description = "taken back")))]
async fn withdraw_consent(Named { world, .. }: Named, Path(which): Path<WhichConsent>) -> Result<StatusCode, Problem> {
    register(&world, EidCommand::TrekkSamtykke(which.id.clone()), "admin consent taken back", &[&which.id]).await?;
    Ok(DONE)
}

/// Somebody who may act for an organisation in one thing.
#[derive(Deserialize, ToSchema)]
struct NewRepresentation {
    /// Who: an identity number, or a selector whose first citizen is taken.
    person: String,
    /// For whom.
    orgno: String,
    /// In what: the id of a resource.
    resource: String,
    /// What may be done: `Read`, `Write` … `Read` and `Write` when not given.
    rights: Option<Vec<String>>,
}

impl Fields for NewRepresentation {}

/// A right to act for an organisation, beside those that roles give.
#[derive(Serialize, ToSchema)]
#[schema(as = Representation)]
struct RepresentationView {
    /// Identity number.
    person: String,
    orgno: String,
    resource: String,
    /// None when it has ended.
    rights: Vec<String>,
}

impl RepresentationView {
    fn of(town: &Town, noekkel: &Representasjonsnoekkel, rights: &[String]) -> Self {
        let number = town.person_by_key(noekkel.person).map(|person| person.nummer().to_string());
        Self {
            person: number.unwrap_or_default(),
            orgno: noekkel.orgnr.to_string(),
            resource: noekkel.ressurs.clone(),
            rights: rights.to_vec(),
        }
    }
}

/// Rights to act for organisations.
#[derive(Serialize, ToSchema)]
struct Representations {
    #[serde(rename = "representation-grants")]
    grants: Vec<RepresentationView>,
}

/// Rights to act for organisations, beside those that roles give.
#[utoipa::path(get, path = "/worlds/{world}/eid/representation-grants", tag = "eid", responses((status = 200, body = Representations)))]
async fn representations(Named { world, .. }: Named) -> Json<Representations> {
    let town = world.town();
    let all = town.eid.representasjoner.iter().filter(|(_, entry)| !entry.verdi.is_empty());
    let view = |(noekkel, entry): (&Representasjonsnoekkel, &crate::town::state::Oppfoering<_>)| {
        let rights: &std::sync::Arc<[String]> = &entry.verdi;
        RepresentationView::of(&town, noekkel, rights)
    };
    Json(Representations { grants: all.map(view).collect() })
}

async fn representation(
    world: &crate::townhall::World,
    who: (&str, &str, &str),
    sign: &str,
    rettigheter: Vec<String>,
) -> Result<RepresentationView, Problem> {
    let (person, orgno, resource) = who;
    let key = one_by(&world.town(), person, &format!("{sign}person")).await?;
    let orgnr = orgnr(&format!("{sign}orgno"), orgno)?;
    let noekkel = Representasjonsnoekkel { person: key, orgnr, ressurs: resource.to_owned() };
    let command = EidCommand::Representasjon { noekkel: noekkel.clone(), rettigheter: rettigheter.clone() };
    let number = world.town().person_by_key(key).map(|person| person.nummer().to_string()).unwrap_or_default();
    let town = register(world, command, "admin representation", &[&number, orgno, resource]).await?;
    Ok(RepresentationView::of(&town, &noekkel, &rettigheter))
}

/// Lets somebody act for an organisation.
#[utoipa::path(put, path = "/worlds/{world}/eid/representation-grants", tag = "eid", request_body = NewRepresentation, responses((status = 200, body = RepresentationView)))]
async fn set_representation(
    Named { world, .. }: Named,
    Body(wanted): Body<NewRepresentation>,
) -> Result<Json<RepresentationView>, Problem> {
    let rights = wanted.rights.unwrap_or_else(|| vec!["Read".to_owned(), "Write".to_owned()]);
    representation(&world, (&wanted.person, &wanted.orgno, &wanted.resource), "/", rights).await.map(Json)
}

/// Which right to act for an organisation.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WhichRepresentation {
    /// Who: an identity number or a selector.
    person: String,
    orgno: String,
    resource: String,
}

impl Fields for WhichRepresentation {}

/// Ends somebody's right to act for an organisation. Rights that come with roles stay.
#[utoipa::path(delete, path = "/worlds/{world}/eid/representation-grants", params(WhichRepresentation), tag = "eid", responses((status = 204, description = "ended")))]
async fn end_representation(
    Named { world, .. }: Named,
    Query(which): Query<WhichRepresentation>,
) -> Result<StatusCode, Problem> {
    representation(&world, (&which.person, &which.orgno, &which.resource), "?", Vec::new()).await?;
    Ok(DONE)
}

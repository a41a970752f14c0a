//! What employers say about accounts of their employees at Ansattporten (`specs/eid.md` §4.5, §10.2).

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::body::{Body, Fields, Named, Path};
use super::super::problem::{Code, Problem};
use super::super::{DONE, Shared};
use super::{orgnr, register};
use crate::base::Orgnummer;
use crate::town::decide::EidCommand;
use crate::town::state::{Arbeidsregel, Klientutvalg, Kontoutvalg};

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(put, remove))
}

/// A rule: which accounts may act for the employer, and in which clients. Rules only add; an employer without any lets all
/// its accounts through in every client.
#[derive(Deserialize, ToSchema)]
struct NewEmployerRule {
    /// Accounts with an address in this domain. One of `domain`, `group` and `address` has to be given.
    domain: Option<String>,
    /// Accounts in the group with this id.
    group: Option<String>,
    /// The account with this address.
    address: Option<String>,
    /// Only in these clients.
    only_clients: Option<Vec<String>>,
    /// In all clients but these. In all of them when neither list is given.
    except_clients: Option<Vec<String>>,
    /// Rights it gives, such as `Write`; none when not given.
    rights: Option<Vec<String>>,
}

impl Fields for NewEmployerRule {}

impl NewEmployerRule {
    fn regel(self, id: String) -> Result<Arbeidsregel, Problem> {
        let konto = match (self.domain, self.group, self.address) {
            (Some(domain), None, None) => Kontoutvalg::Domene(domain),
            (None, Some(group), None) => Kontoutvalg::Gruppe(group),
            (None, None, Some(address)) => Kontoutvalg::Adresse(address),
            (None, None, None) => {
                let detail = "say which accounts: `domain`, `group` or `address`";
                return Err(Problem::new(Code::MissingField, detail).at("/domain"));
            }
            _ => return Err(Problem::value("/domain", "give one of `domain`, `group` and `address`")),
        };
        let klienter = match (self.only_clients, self.except_clients) {
            (None, None) => Klientutvalg::Alle,
            (Some(only), None) => Klientutvalg::Bare(only),
            (None, Some(except)) => Klientutvalg::Unntatt(except),
            (Some(_), Some(_)) => {
                return Err(Problem::value("/except_clients", "give either `only_clients` or `except_clients`"));
            }
        };
        Ok(Arbeidsregel { id, konto, klienter, rettigheter: self.rights.unwrap_or_default() })
    }
}

/// A rule of an employer.
#[derive(Serialize, ToSchema)]
#[schema(as = EmployerRule)]
struct EmployerRuleView {
    employer_orgno: String,
    rule: String,
    domain: Option<String>,
    group: Option<String>,
    address: Option<String>,
    only_clients: Option<Vec<String>>,
    except_clients: Option<Vec<String>>,
    rights: Vec<String>,
}

impl EmployerRuleView {
    fn of(arbeidsgiver: Orgnummer, regel: &Arbeidsregel) -> Self {
        let (mut domain, mut group, mut address) = (None, None, None);
        match regel.konto.clone() {
            Kontoutvalg::Domene(one) => domain = Some(one),
            Kontoutvalg::Gruppe(one) => group = Some(one),
            Kontoutvalg::Adresse(one) => address = Some(one),
        }
        let (only_clients, except_clients) = match regel.klienter.clone() {
            Klientutvalg::Alle => (None, None),
            Klientutvalg::Bare(list) => (Some(list), None),
            Klientutvalg::Unntatt(list) => (None, Some(list)),
        };
        Self {
            employer_orgno: arbeidsgiver.to_string(),
            rule: regel.id.clone(),
            domain,
            group,
            address,
            only_clients,
            except_clients,
            rights: regel.rettigheter.clone(),
        }
    }
}

/// Rules of employers.
#[derive(Serialize, ToSchema)]
struct EmployerRules {
    rules: Vec<EmployerRuleView>,
}

/// Rules of employers about accounts of their employees.
#[utoipa::path(get, path = "/worlds/{world}/eid/employer-rules", tag = "eid", responses((status = 200, body = EmployerRules)))]
async fn list(Named { world, .. }: Named) -> Json<EmployerRules> {
    let town = world.town();
    let rules = town.eid.arbeidsregler.iter().map(|((orgnr, _), regel)| EmployerRuleView::of(*orgnr, regel));
    Json(EmployerRules { rules: rules.collect() })
}

/// Which rule, in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct WhichRule {
    /// Organisation number of the employer.
    orgno: String,
    /// Name of the rule, a slug.
    rule: String,
}

/// Makes a rule, or replaces the one of that name.
#[utoipa::path(put, path = "/worlds/{world}/eid/employer-rules/{orgno}/{rule}", params(WhichRule), tag = "eid", request_body = NewEmployerRule, responses((status = 200, body = EmployerRuleView)))]
async fn put(
    Named { world, .. }: Named,
    Path(which): Path<WhichRule>,
    Body(wanted): Body<NewEmployerRule>,
) -> Result<Json<EmployerRuleView>, Problem> {
    let arbeidsgiver = orgnr("orgno", &which.orgno)?;
    let regel = Box::new(wanted.regel(which.rule.clone())?);
    let command = EidCommand::Arbeidsregel { arbeidsgiver, regel };
    let town = register(&world, command, "admin employer rule", &[&which.orgno, &which.rule]).await?;
    let made = town.eid.arbeidsregler.get(&(arbeidsgiver, which.rule));
    let made = made.ok_or_else(|| Problem::new(Code::Internal, "the rule is not in the town after all"))?;
    Ok(Json(EmployerRuleView::of(arbeidsgiver, made)))
}

/// Takes a rule away.
#[utoipa::path(delete, path = "/worlds/{world}/eid/employer-rules/{orgno}/{rule}", params(WhichRule), tag = "eid", responses((status = 204, description = "taken away")))]
async fn remove(Named { world, .. }: Named, Path(which): Path<WhichRule>) -> Result<StatusCode, Problem> {
    let command = EidCommand::FjernArbeidsregel { arbeidsgiver: orgnr("orgno", &which.orgno)?, id: which.rule.clone() };
    register(&world, command, "admin employer rule removed", &[&which.orgno, &which.rule]).await?;
    Ok(DONE)
}

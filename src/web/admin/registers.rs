//! What a world sets about its registers: the contact register's own rules, and the roles of KS Fiks.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Body, Fields, Named};
use super::problem::Problem;
use crate::services::fiks;
use crate::town::decide::KontaktCommand;
use crate::town::model::Kontaktregler;
use crate::town::{Cause, Command, Town};

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(rules, set_rules)).routes(routes!(roles))
}

/// What the contact register does its own way in this world.
#[derive(Serialize, ToSchema)]
struct KrrSettings {
    /// Days from a death or an emigration until the entry is taken out; 0 for at once.
    delete_after_days: u32,
    /// Contact data that has expired is left out of answers.
    hide_expired: bool,
}

impl KrrSettings {
    fn of(town: &Town) -> Json<Self> {
        let Kontaktregler { slettes_etter_dager, skjul_utloept } = town.kontakt.regler;
        Json(Self { delete_after_days: slettes_etter_dager, hide_expired: skjul_utloept })
    }
}

/// What to set; what is not given stays.
#[derive(Deserialize, ToSchema)]
struct NewKrrSettings {
    /// Days from a death or an emigration until the entry is taken out.
    #[schema(maximum = 3650)]
    delete_after_days: Option<u32>,
    /// Contact data that has expired is left out of answers.
    hide_expired: Option<bool>,
}

impl Fields for NewKrrSettings {}

/// How the contact register of this world goes about what the real one leaves open.
#[utoipa::path(get, path = "/worlds/{world}/krr/settings", tag = "registers", responses((status = 200, body = KrrSettings)))]
async fn rules(Named { world, .. }: Named) -> Json<KrrSettings> {
    KrrSettings::of(&world.town())
}

/// Changes it.
#[utoipa::path(put, path = "/worlds/{world}/krr/settings", tag = "registers", request_body = NewKrrSettings, responses((status = 200, body = KrrSettings)))]
async fn set_rules(
    Named { world, .. }: Named,
    Body(wanted): Body<NewKrrSettings>,
) -> Result<Json<KrrSettings>, Problem> {
    let before = world.town().kontakt.regler;
    let regler = Kontaktregler {
        slettes_etter_dager: wanted.delete_after_days.unwrap_or(before.slettes_etter_dager),
        skjul_utloept: wanted.hide_expired.unwrap_or(before.skjul_utloept),
    };
    let now = world.town().now().millis().to_be_bytes();
    let parts: [&[u8]; 3] = [&regler.slettes_etter_dager.to_be_bytes(), &[u8::from(regler.skjul_utloept)], &now];
    let cause = Cause::of("admin krr settings", &parts);
    let committed = world.command(Command::Kontakt(KontaktCommand::Regler(regler)), cause).await?;
    Ok(KrrSettings::of(&committed.town))
}

/// Roles and integrations of the municipality at KS Fiks.
#[derive(Serialize, ToSchema)]
struct Fiks {
    roles: Vec<Role>,
    integrations: Vec<Integration>,
}

/// A role.
#[derive(Serialize, ToSchema)]
struct Role {
    /// Its id, as it stands in paths.
    id: String,
    name: &'static str,
    /// `folkeregister`, `krr` or `skatt`.
    area: &'static str,
    /// The access package behind it; none where there are no packages.
    package: Option<&'static str>,
    /// What of the package it may show; everything when empty.
    parts: &'static [&'static str],
}

/// A program that may call.
#[derive(Serialize, ToSchema)]
struct Integration {
    /// Value of the header `IntegrasjonId`.
    id: String,
    name: &'static str,
    /// Value of the header `IntegrasjonPassord`: of a made-up town, so no secret.
    password: String,
    /// Names of the roles it has been granted.
    roles: &'static [&'static str],
}

/// Who may call KS Fiks, and under which roles.
#[utoipa::path(get, path = "/worlds/{world}/fiks", tag = "registers", responses((status = 200, body = Fiks)))]
async fn roles(Named { world, .. }: Named) -> Json<Fiks> {
    let town = world.town();
    let role = |one: &'static fiks::Rolle| Role {
        id: one.id(&town),
        name: one.navn,
        area: one.omraade.name(),
        package: Some(one.pakke).filter(|pakke| !pakke.is_empty()),
        parts: one.deler,
    };
    let integration = |one: &'static fiks::Integrasjon| Integration {
        id: one.id(&town),
        name: one.navn,
        password: one.passord(&town),
        roles: one.roller,
    };
    Json(Fiks {
        roles: fiks::roller().iter().map(role).collect(),
        integrations: fiks::integrasjoner().iter().map(integration).collect(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::web::tests_hall::Hall;

    #[tokio::test]
    async fn the_contact_register_is_set_and_says_how_it_stands() {
        let hall = Hall::new();
        let path = "/worlds/main/krr/settings";
        let standard = json!({"delete_after_days": 0, "hide_expired": false});
        assert_eq!(hall.admin("GET", path, &Value::Null).await.json(), standard);
        let set = hall.admin("PUT", path, &json!({"delete_after_days": 30})).await.json();
        assert_eq!(set, json!({"delete_after_days": 30, "hide_expired": false}));
        let set = hall.admin("PUT", path, &json!({"hide_expired": true})).await.json();
        assert_eq!(set, json!({"delete_after_days": 30, "hide_expired": true}));
        let refused = hall.admin("PUT", path, &json!({"delete_after_days": 3_651})).await.verdict();
        assert_eq!((refused.0, refused.1.as_str()), (409, "BB1011"));
        assert_eq!(hall.admin("PUT", path, &json!({"slow": true})).await.verdict().1, "BB1001");
        assert_eq!(hall.admin("GET", path, &Value::Null).await.json(), set);
    }

    #[tokio::test]
    async fn roles_are_the_same_in_every_world_of_a_seed() {
        let hall = Hall::new();
        let list = hall.admin("GET", "/worlds/main/fiks", &Value::Null).await.json();
        let roles = list["roles"].as_array().unwrap();
        assert_eq!((roles.len(), &roles[3]["name"], &roles[3]["package"]), (8, &json!("krr"), &Value::Null));
        let granted = list["integrations"][0]["roles"].as_array().unwrap();
        assert!(roles.iter().all(|role| granted.contains(&role["name"])), "one integration may do everything");
        let again = Hall::new().admin("GET", "/worlds/main/fiks", &Value::Null).await.json();
        assert_eq!(again, list);
    }
}

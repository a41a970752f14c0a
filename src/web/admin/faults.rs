//! Fault rules: what is to go wrong with the mocked services of a world (`specs/experience.md` §10.3, `Fault`).

use std::collections::BTreeMap;

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{Body, Fields, Named, Path};
use super::find::one_by;
use super::problem::{Code, Problem};
use super::{DONE, Shared};
use crate::access::{PlaceFault, Skin};
use crate::base::nearest;
use crate::clock::Span;
use crate::observe::Observe;
use crate::services::SKINS;
use crate::town::decide::{FaultCommand, FaultOrder};
use crate::town::faults::{self, FaultFault, share, share_text};
use crate::town::state::{ALWAYS, SetRule};
use crate::town::{Cause, Command, Town};
use crate::townhall::World;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list, set, clear)).routes(routes!(heal))
}

/// A fault to be set. Which of the last seven fields there are depends on the kind.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewFault {
    /// Its name, a slug; made of kind and place when not given. A rule of the same name is replaced.
    name: Option<String>,
    /// A service id or the name of an operation.
    on: String,
    /// `latency`, `error`, `timeout`, `reset`, `slow_body`, `truncate`, `throttle`, `outage`, `token_expiry`,
    /// `html_instead_of_json`, `gateway`; and of the login and token services `wrong_iss`, `wrong_aud`, `wrong_nonce`,
    /// `missing_claim`, `acr_downgrade`, `expired_token`, `duplicate_jti`, `stale_jwks`.
    kind: String,
    /// Share of the requests it strikes, from 0 to 1 with at most six decimals; 1 when not given.
    #[schema(value_type = Option<f64>)]
    p: Option<Value>,
    /// How long, a span of the world's clock: `PT4H`; until healed when not given.
    r#for: Option<String>,
    /// How many times at most.
    #[schema(minimum = 1)]
    count: Option<u32>,
    /// Only requests that name this person: an identity number, or a selector whose first citizen is taken.
    about: Option<String>,
    /// Only requests that name this client.
    client_id: Option<String>,
    /// Real time: `800ms`, `2s`.
    #[schema(value_type = Option<String>)]
    delay: Option<Value>,
    /// HTTP status, 400 to 599.
    #[schema(value_type = Option<u16>)]
    status: Option<Value>,
    /// Real time until the connection is closed.
    #[schema(value_type = Option<String>)]
    after: Option<Value>,
    /// How much of the body comes through.
    #[schema(value_type = Option<u8>)]
    percent: Option<Value>,
    /// Real time the client is told to wait.
    #[schema(value_type = Option<String>)]
    retry_after: Option<Value>,
    /// `answer` or `reset`.
    #[schema(value_type = Option<String>)]
    mode: Option<Value>,
    /// A claim of a token.
    #[schema(value_type = Option<String>)]
    claim: Option<Value>,
}

impl Fields for NewFault {}

impl NewFault {
    /// Its fields beside those every kind has.
    fn of_kind(&self) -> BTreeMap<String, Value> {
        let all = [
            ("delay", &self.delay),
            ("status", &self.status),
            ("after", &self.after),
            ("percent", &self.percent),
            ("retry_after", &self.retry_after),
            ("mode", &self.mode),
            ("claim", &self.claim),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?))).collect()
    }

    async fn order(&self, world: &World) -> Result<FaultOrder, Problem> {
        let fault = faults::read(&self.kind, &self.of_kind())?;
        Skin::check_place(SKINS, &self.on, fault)?;
        let p = match &self.p {
            None => ALWAYS,
            Some(value) => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let wanted = "a share is a number from 0 to 1 with at most six decimals";
                share(&text).ok_or_else(|| Problem::value("/p", wanted))?
            }
        };
        let span =
            |text: &str| Span::parse(text).map_err(|fault| Problem::new(Code::Time, fault.to_string()).at("/for"));
        let lasts = self.r#for.as_deref().map(span).transpose()?;
        let about = match self.about.as_deref() {
            Some(text) => Some(one_by(&world.town(), text, "/about").await?),
            None => None,
        };
        let (name, on, client_id) = (self.name.clone(), self.on.clone(), self.client_id.clone());
        Ok(FaultOrder { name, on, fault, p, lasts, count: self.count, about, client_id })
    }
}

/// A fault rule that holds.
#[derive(Serialize, ToSchema)]
pub(super) struct FaultView {
    name: String,
    on: String,
    kind: &'static str,
    /// Share of the requests it strikes.
    #[schema(value_type = f64)]
    p: Value,
    /// When it was set.
    from: String,
    /// When it is over; until healed when null.
    until: Option<String>,
    /// How many times it strikes at most.
    count: Option<u32>,
    /// How often it has struck in this world.
    struck: u64,
    /// Whether it has struck as often as it may.
    spent: bool,
    /// Identity number of the person it is about.
    about: Option<String>,
    /// The client it is for.
    client_id: Option<String>,
    /// Fields of its kind.
    #[serde(flatten)]
    fields: BTreeMap<&'static str, Value>,
}

impl FaultView {
    fn of(world: &World, town: &Town, observe: &Observe, set: &SetRule) -> Self {
        let rule = &set.rule;
        let struck = observe.faults.struck(world.incarnation(), set.serial);
        let number = |key| town.person_by_key(key).map(|person| person.nummer().to_string());
        Self {
            name: rule.name.clone(),
            on: rule.on.clone(),
            kind: rule.fault.kind(),
            p: serde_json::from_str(&share_text(rule.p)).unwrap_or_default(),
            from: rule.from.to_string(),
            until: rule.until.map(|until| until.to_string()),
            count: rule.count,
            struck,
            spent: rule.count.is_some_and(|count| struck >= u64::from(count)),
            about: rule.about.and_then(number),
            client_id: rule.client_id.clone(),
            fields: rule.fault.fields().into_iter().collect(),
        }
    }
}

/// Fault rules.
#[derive(Serialize, ToSchema)]
pub(super) struct FaultList {
    faults: Vec<FaultView>,
}

/// Fault rules that hold, by name.
#[utoipa::path(get, path = "/worlds/{world}/faults", tag = "faults", responses((status = 200, body = FaultList)))]
async fn list(Named { world, inbound }: Named) -> Json<FaultList> {
    let town = world.town();
    let view = |set| FaultView::of(&world, &town, &inbound.observe, set);
    Json(FaultList { faults: town.faults.holding(town.now()).map(view).collect() })
}

/// Sets a fault. A rule of the same name is replaced.
#[utoipa::path(post, path = "/worlds/{world}/faults", tag = "faults", request_body = NewFault, responses((status = 200, description = "it takes the place of one of that name", body = FaultView), (status = 201, body = FaultView)))]
async fn set(
    Named { world, inbound }: Named,
    Body(wanted): Body<NewFault>,
) -> Result<(StatusCode, Json<FaultView>), Problem> {
    let order = wanted.order(&world).await?;
    let name = order.name();
    let before = world.town();
    let known = before.faults.holding(before.now()).any(|set| set.rule.name == name);
    let cause = Cause::of("admin fault", &[name.as_bytes()]);
    let committed = world.command(Command::Fault(FaultCommand::Set(Box::new(order))), cause).await?;
    let set = committed.town.faults.rules.get(&name);
    let set = set.ok_or_else(|| Problem::new(Code::Internal, "the fault is not in the town after all"))?;
    let view = FaultView::of(&world, &committed.town, &inbound.observe, set);
    Ok((if known { StatusCode::OK } else { StatusCode::CREATED }, Json(view)))
}

/// Heals every fault.
#[utoipa::path(delete, path = "/worlds/{world}/faults", tag = "faults", responses((status = 204, description = "healed")))]
async fn clear(Named { world, .. }: Named) -> Result<StatusCode, Problem> {
    world.command(Command::Fault(FaultCommand::HealAll), Cause::of("admin faults healed", &[])).await?;
    Ok(DONE)
}

/// Which fault, in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct WhichFault {
    /// Its name.
    fault: String,
}

/// Heals a fault.
#[utoipa::path(delete, path = "/worlds/{world}/faults/{fault}", tag = "faults", params(WhichFault), responses((status = 204, description = "healed")))]
async fn heal(Named { world, .. }: Named, Path(which): Path<WhichFault>) -> Result<StatusCode, Problem> {
    let name = which.fault;
    let town = world.town();
    if !town.faults.rules.contains_key(&name) {
        let near = nearest(&name, town.faults.rules.keys().map(String::as_str));
        return Err(Problem::new(Code::UnknownFault, format!("no fault is called `{name}`")).near(near));
    }
    let cause = Cause::of("admin fault healed", &[name.as_bytes()]);
    world.command(Command::Fault(FaultCommand::Heal(name)), cause).await?;
    Ok(DONE)
}

impl From<FaultFault> for Problem {
    fn from(fault: FaultFault) -> Self {
        let code = match fault {
            FaultFault::UnknownKind { .. } => Code::UnknownFaultKind,
            FaultFault::Later(_) => Code::NotInVersion,
            FaultFault::UnknownField { .. } => Code::UnknownField,
            FaultFault::Missing { .. } => Code::MissingField,
            FaultFault::Value { .. } => Code::BadValue,
        };
        let problem = Self::new(code, fault.to_string()).at(format!("/{}", fault.field())).near(fault.near());
        match code {
            Code::UnknownFaultKind | Code::NotInVersion => problem.hint("`byteby fault kinds` shows every kind"),
            _ => problem,
        }
    }
}

impl From<PlaceFault> for Problem {
    fn from(fault: PlaceFault) -> Self {
        let near = match &fault {
            PlaceFault::Unknown { near, .. } => *near,
            PlaceFault::NoToken(_) | PlaceFault::NoIssuer(_) | PlaceFault::OtherOperation(_) => None,
        };
        Self::new(Code::FaultPlace, fault.to_string()).at("/on").near(near)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::town::faults::KINDS;
    use crate::town::model::tests_town::rolle;
    use crate::web::tests_hall::Hall;

    #[test]
    fn every_field_of_the_table_is_a_field_of_the_request() {
        for field in KINDS.iter().flat_map(|kind| kind.fields) {
            let wanted: NewFault =
                serde_json::from_value(json!({"on": "krr", "kind": "x", field.name: "given"})).unwrap();
            assert_eq!(wanted.of_kind().keys().collect::<Vec<_>>(), [field.name]);
        }
    }

    #[tokio::test]
    async fn a_fault_is_set_shown_replaced_and_healed() {
        let hall = Hall::new();
        let kari = hall.nummer(rolle::KARI);
        let order = json!({"on": "krr.person.hent", "kind": "error", "status": 503, "p": 0.25, "for": "PT4H",
            "count": 3, "about": kari});
        let made = hall.admin("POST", "/worlds/main/faults", &order).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let expected = json!({"name": "error-krr-person-hent", "on": "krr.person.hent", "kind": "error", "p": 0.25,
            "from": "2027-01-04T08:00:00+01:00", "until": "2027-01-04T12:00:00+01:00", "count": 3, "struck": 0,
            "spent": false, "about": kari, "client_id": null, "status": 503});
        assert_eq!(made.json(), expected);
        let listed = hall.admin("GET", "/worlds/main/faults", &Value::Null).await.json();
        assert_eq!(listed, json!({"faults": [expected]}));
        let again = hall.admin("POST", "/worlds/main/faults", &order).await;
        assert_eq!(again.status, 200, "{}", again.body);
        // A fork has the rule and its own time; healing it there heals nothing here.
        hall.admin("POST", "/worlds/main/fork", &json!({"name": "gren"})).await;
        assert_eq!(hall.admin("DELETE", "/worlds/gren/faults", &Value::Null).await.status, 204);
        let of = async |world: &str| hall.admin("GET", &format!("/worlds/{world}/faults"), &Value::Null).await.json();
        assert_eq!(
            (of("gren").await, of("main").await["faults"][0]["name"].clone()),
            (json!({"faults": []}), json!("error-krr-person-hent"))
        );
        // Its time ends it, without anything being run.
        hall.admin("POST", "/worlds/main/clock/advance", &json!({"by": "PT4H"})).await;
        assert_eq!(of("main").await, json!({"faults": []}));
        hall.admin("POST", "/worlds/main/faults", &json!({"on": "krr", "kind": "reset", "name": "bort"})).await;
        assert_eq!(hall.admin("DELETE", "/worlds/main/faults/bort", &Value::Null).await.status, 204);
        assert_eq!(of("main").await, json!({"faults": []}));
    }
}

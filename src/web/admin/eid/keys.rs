//! Rotation of an issuer's keys (`specs/eid.md` §10.5).

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Shared;
use super::super::body::{Body, Fields, Named, Path};
use super::super::problem::{Code, Problem};
use super::{WhichIssuer, issuer_named, visit};
use crate::access::{KeyUse, Rotation, RotationFault, TokenPolicy, Visit};
use crate::base::nearest;
use crate::clock::Instant;
use crate::keys::Issuer;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list, rotate))
}

/// What can be done with keys.
const ACTIONS: [&str; 6] = ["announce", "activate", "retire", "emergency", "same-kid", "certificate-expiring"];
/// Days ahead or back that a certificate may end at most.
const MAX_DAGER: i32 = 10_000;
const DAG_MS: i64 = 86_400_000;

/// What to do with the keys of an issuer.
#[derive(Deserialize, ToSchema)]
struct KeyAction {
    /// `announce` publishes the next key, `activate` signs with it from now on, `retire` takes away keys that no longer
    /// sign, `emergency` signs with a new key and publishes no other, `same-kid` signs with another key under the old
    /// name, `certificate-expiring` makes the certificate of the active key end in `days` days.
    action: String,
    /// With `certificate-expiring`: days until the end, on the clock of `clock`; below zero it has ended.
    days: Option<i32>,
    /// With `certificate-expiring`: `wall` for real time, which an app's own library checks against, or `virtual` for the
    /// world's clock; `wall` when not given.
    clock: Option<String>,
}

impl Fields for KeyAction {}

/// A key that an issuer publishes.
#[derive(Serialize, ToSchema)]
struct PublishedKeyView {
    kid: String,
    /// `active` signs, `announced` will sign, `retired` has signed.
    state: &'static str,
    /// When a retired key is published no longer, on the world's clock.
    until: Option<String>,
    /// The same in real time, which may come first.
    until_real_time: Option<String>,
    /// End of its certificate.
    certificate_not_after: Option<String>,
}

/// The keys of an issuer.
#[derive(Serialize, ToSchema)]
struct IssuerKeys {
    issuer: &'static str,
    /// Published keys, the active one first.
    keys: Vec<PublishedKeyView>,
}

impl IssuerKeys {
    fn of(visit: &Visit, issuer: Issuer) -> Self {
        let keys = visit.state.published_keys(visit.clocks, issuer);
        let view = |one: &crate::access::PublishedKey| {
            let (state, ends) = match one.state {
                KeyUse::Active => ("active", (None, None)),
                KeyUse::Announced => ("announced", (None, None)),
                KeyUse::Retired(until) => ("retired", until.ends()),
            };
            PublishedKeyView {
                kid: one.key.kid().to_owned(),
                state,
                until: ends.0.map(|until| until.to_string()),
                until_real_time: ends.1.map(|wall| Instant::from_millis(wall).to_string()),
                certificate_not_after: one.key.certificate_end().map(Instant::utc),
            }
        };
        Self { issuer: issuer.name(), keys: keys.iter().map(view).collect() }
    }
}

impl KeyAction {
    fn rotation(&self, visit: &Visit) -> Result<Rotation, Problem> {
        let expiring = self.action == "certificate-expiring";
        for (name, given) in [("days", self.days.is_some()), ("clock", self.clock.is_some())] {
            if given && !expiring {
                let detail = format!("`{name}` belongs to `certificate-expiring`, not to `{}`", self.action);
                return Err(Problem::new(Code::UnknownField, detail).at(format!("/{name}")));
            }
        }
        Ok(match self.action.as_str() {
            "announce" => Rotation::Announce,
            "activate" => Rotation::Activate,
            "retire" => Rotation::Retire,
            "emergency" => Rotation::Emergency,
            "same-kid" => Rotation::SameKid,
            "certificate-expiring" => Rotation::CertificateUntil(self.end(visit)?),
            other => {
                let detail = format!("`{other}` is none of {}", ACTIONS.join(", "));
                return Err(Problem::value("/action", detail).near(nearest(other, ACTIONS)));
            }
        })
    }

    fn end(&self, visit: &Visit) -> Result<Instant, Problem> {
        let missing = || Problem::new(Code::MissingField, "`certificate-expiring` needs `days`").at("/days");
        let days = self.days.ok_or_else(missing)?;
        if !(-MAX_DAGER..=MAX_DAGER).contains(&days) {
            return Err(Problem::value("/days", format!("days are from -{MAX_DAGER} to {MAX_DAGER}")));
        }
        let policy = match self.clock.as_deref() {
            None | Some("wall") => TokenPolicy::Wall,
            Some("virtual") => TokenPolicy::Virtual,
            Some(other) => {
                let near = nearest(other, ["wall", "virtual"]);
                return Err(Problem::value("/clock", format!("`{other}` is none of wall, virtual")).near(near));
            }
        };
        Ok(Instant::from_millis(visit.seconds(policy) * 1000).plus_millis(i64::from(days) * DAG_MS))
    }
}

/// The keys an issuer publishes.
#[utoipa::path(get, path = "/worlds/{world}/eid/{issuer}/keys", params(WhichIssuer), tag = "eid", responses((status = 200, body = IssuerKeys)))]
async fn list(Named { world, inbound }: Named, Path(which): Path<WhichIssuer>) -> Result<Json<IssuerKeys>, Problem> {
    let issuer = issuer_named(&which.issuer, "issuer")?;
    Ok(Json(IssuerKeys::of(&visit(&inbound, &world), issuer)))
}

/// Rotates the keys of an issuer.
#[utoipa::path(post, path = "/worlds/{world}/eid/{issuer}/keys", params(WhichIssuer), tag = "eid", request_body = KeyAction, responses((status = 200, body = IssuerKeys)))]
async fn rotate(
    Named { world, inbound }: Named,
    Path(which): Path<WhichIssuer>,
    Body(wanted): Body<KeyAction>,
) -> Result<Json<IssuerKeys>, Problem> {
    let issuer = issuer_named(&which.issuer, "issuer")?;
    let visit = visit(&inbound, &world);
    let rotation = wanted.rotation(&visit)?;
    let state = visit.state.clone();
    let clocks = visit.clocks;
    // A key may have to be read or a certificate signed: work for a millisecond.
    let done = tokio::task::spawn_blocking(move || state.rotate_keys(clocks, issuer, rotation)).await;
    done.map_err(|_| Problem::new(Code::Internal, "the keys could not be rotated"))??;
    Ok(Json(IssuerKeys::of(&visit, issuer)))
}

impl From<RotationFault> for Problem {
    fn from(fault: RotationFault) -> Self {
        Self { reason: Some(fault.name()), ..Self::new(Code::Refused, fault.to_string()) }.at("/action")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::townhall::MAIN;
    use crate::web::tests_hall::Hall;

    const NONE: Value = Value::Null;
    const KEYS: &str = "/worlds/main/eid/idporten/keys";

    async fn states(hall: &Hall) -> Vec<String> {
        let shown = hall.admin("GET", KEYS, &NONE).await.json();
        shown["keys"].as_array().unwrap().iter().map(|key| key["state"].as_str().unwrap().to_owned()).collect()
    }

    #[tokio::test]
    async fn keys_are_announced_activated_and_retired_and_the_world_s_clock_ends_the_overlap() {
        let hall = Hall::new();
        assert_eq!(states(&hall).await, ["active"]);
        for (action, after) in [
            ("announce", vec!["active", "announced"]),
            ("activate", vec!["active", "retired"]),
            ("retire", vec!["active"]),
            ("announce", vec!["active", "announced"]),
            ("emergency", vec!["active"]),
            ("same-kid", vec!["active"]),
            ("announce", vec!["active", "announced"]),
            ("activate", vec!["active", "retired"]),
        ] {
            let done = hall.admin("POST", KEYS, &json!({"action": action})).await;
            assert_eq!(done.status, 200, "{action}: {}", done.body);
            assert_eq!(states(&hall).await, after, "{action}");
        }
        let retired = hall.admin("GET", KEYS, &NONE).await.json()["keys"][1].clone();
        assert_eq!(retired["until"], "2027-01-05T08:00:00+01:00");
        assert!(retired["until_real_time"].is_string());
        hall.admin("POST", "/worlds/main/clock/advance", &json!({"by": "P1D"})).await;
        assert_eq!(states(&hall).await, ["active"]);
        // A fork begins with the first key, whatever became of the keys here.
        hall.admin("POST", "/worlds/main/fork", &json!({"name": "gren"})).await;
        let fork = hall.admin("GET", "/worlds/gren/eid/idporten/keys", &NONE).await.json();
        let own = hall.admin("GET", KEYS, &NONE).await.json();
        assert_ne!(fork["keys"][0]["kid"], own["keys"][0]["kid"]);
    }

    #[tokio::test]
    async fn a_certificate_ends_when_it_is_told_to() {
        let hall = Hall::new();
        let end = async |days: i32| {
            let body = json!({"action": "certificate-expiring", "days": days, "clock": "virtual"});
            let done = hall.admin("POST", KEYS, &body).await;
            assert_eq!(done.status, 200, "{}", done.body);
            done.json()["keys"][0]["certificate_not_after"].clone()
        };
        assert_eq!((end(3).await, end(-1).await), (json!("2027-01-07T07:00:00Z"), json!("2027-01-03T07:00:00Z")));
    }

    #[tokio::test]
    async fn what_is_asked_wrongly_is_refused_with_its_reason() {
        let hall = Hall::new();
        for (path, body, verdict, place) in [
            (KEYS, json!({"action": "activate"}), (409, "BB1011"), "/action"),
            (KEYS, json!({"action": "retire"}), (409, "BB1011"), "/action"),
            (KEYS, json!({"action": "anounce"}), (400, "BB1002"), "/action"),
            (KEYS, json!({}), (400, "BB1008"), ""),
            (KEYS, json!({"action": "announce", "days": 3}), (400, "BB1001"), "/days"),
            (KEYS, json!({"action": "certificate-expiring"}), (400, "BB1008"), "/days"),
            (KEYS, json!({"action": "certificate-expiring", "days": 10_001}), (400, "BB1002"), "/days"),
            (KEYS, json!({"action": "certificate-expiring", "days": 1, "clock": "x"}), (400, "BB1002"), "/clock"),
            ("/worlds/main/eid/idport/keys", json!({"action": "announce"}), (400, "BB1002"), "issuer"),
        ] {
            let answer = hall.admin("POST", path, &body).await;
            assert_eq!(answer.verdict(), (verdict.0, verdict.1.into()), "{body}");
            assert_eq!(answer.json()["where"].as_str().unwrap_or_default(), place, "{body}");
        }
    }

    #[tokio::test]
    async fn what_is_shown_is_what_the_issuer_publishes() {
        let hall = Hall::new();
        hall.admin("POST", KEYS, &json!({"action": "announce"})).await;
        let world = hall.hall.world(MAIN).unwrap();
        let state = hall.access.of_world(world.incarnation(), world.town().base.header.seed);
        let clocks = crate::access::Clocks { wall_ms: 0, world: world.town().now() };
        let published = state.jwks(clocks, crate::keys::Issuer::Idporten);
        let shown = hall.admin("GET", KEYS, &NONE).await.json();
        let kids = |set: &Value| -> Vec<Value> {
            set["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect()
        };
        assert_eq!(kids(&published), kids(&shown));
        assert_eq!(kids(&shown).len(), 2);
    }
}

//! The delivery log: what was sent to apps, what was not, and why; and sending once more.

use axum::Json;
use axum::extract::Path;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Body, Fields, Named, Query};
use super::problem::{Code, Problem};
use super::subscriptions::shown_id;
use crate::courier::{Line, standing};
use crate::town::decide::LeveringCommand;
use crate::town::state::{Levering, LeveringsId, Tilstand};
use crate::town::{Cause, Command, Town};
use crate::townhall::{TownHall, World};

/// Entries in an answer when nothing else is asked for.
const DEFAULT_LIMIT: usize = 100;
/// Most entries in an answer.
const MAX_LIMIT: usize = 1000;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one)).routes(routes!(resend))
}

/// A delivery, and why it is where it is.
#[derive(Serialize, ToSchema)]
pub(super) struct DeliveryView {
    /// As in `Byteby-Delivery`; the same in every fork.
    id: String,
    /// Place in this world's list.
    number: u64,
    /// Id of the subscription.
    subscription: String,
    service: Option<&'static str>,
    /// Where to; none when the subscription is gone.
    url: Option<String>,
    /// What it tells: `ping`, `status` or `register`.
    about: &'static str,
    /// When that happened.
    at: String,
    /// `held`, `waiting`, `sent`, `delivered`, `failed` or `given up`.
    status: &'static str,
    /// Why, in words.
    reason: String,
    /// Attempts that have an outcome.
    attempts: u32,
    /// When the next one is due.
    next: Option<String>,
    /// When it changed last.
    changed: String,
}

impl DeliveryView {
    fn of(hall: &TownHall, world: &World, town: &Town, levering: &Levering) -> Self {
        let Line { standing, reason, subscription } = standing(hall, world, town, levering);
        let next = match levering.tilstand {
            Tilstand::Feilet { neste, .. } => Some(neste.to_string()),
            _ => None,
        };
        Self {
            id: levering.id.to_string(),
            number: levering.nummer,
            subscription: shown_id(levering.abonnement),
            service: subscription.as_ref().map(|subscription| subscription.kilde.name()),
            url: subscription.as_ref().map(|subscription| subscription.adresse.to_string()),
            about: levering.emne.word(),
            at: levering.tid.to_string(),
            status: standing.word(),
            reason,
            attempts: levering.forsoek,
            next,
            changed: levering.endret.to_string(),
        }
    }
}

/// Which deliveries.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct WantedDeliveries {
    /// Those behind this number.
    after: Option<u64>,
    limit: Option<usize>,
    /// Only those of this status.
    status: Option<String>,
    /// Only those of this subscription.
    subscription: Option<String>,
}

impl Fields for WantedDeliveries {}

/// Deliveries in the order they were made.
#[derive(Serialize, ToSchema)]
pub(super) struct Deliveries {
    deliveries: Vec<DeliveryView>,
    /// What to ask for next.
    next: u64,
    /// Deliveries that go out now and have not been answered.
    due: usize,
}

/// The delivery log.
#[utoipa::path(get, path = "/worlds/{world}/deliveries", tag = "deliveries", params(WantedDeliveries),
    responses((status = 200, body = Deliveries)))]
pub(super) async fn list(Named { world, inbound }: Named, Query(wanted): Query<WantedDeliveries>) -> Json<Deliveries> {
    let (town, hall) = (world.town(), &inbound.hall);
    let after = wanted.after.unwrap_or(0);
    let limit = wanted.limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
    let views = town.leveringer.alle.range(after.saturating_add(1)..).map(|(_, levering)| levering);
    let fits = |view: &DeliveryView| {
        wanted.status.as_deref().is_none_or(|status| view.status == status)
            && wanted.subscription.as_deref().is_none_or(|id| view.subscription == id)
    };
    let views = views.map(|levering| DeliveryView::of(hall, &world, &town, levering)).filter(fits);
    let deliveries: Vec<DeliveryView> = views.take(limit).collect();
    let next = deliveries.last().map_or(after, |view| view.number);
    Json(Deliveries { deliveries, next, due: hall.deliveries_due(&world) })
}

/// Which delivery, in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Which {
    /// Id of the delivery.
    delivery: String,
}

fn found(world: &World, which: &Which) -> Result<LeveringsId, Problem> {
    let id = LeveringsId::parse(&which.delivery).filter(|id| world.town().leveringer.find(*id).is_some());
    id.ok_or_else(|| {
        Problem::new(Code::UnknownDelivery, format!("this world remembers no delivery `{}`", which.delivery))
    })
}

fn view(hall: &TownHall, world: &World, id: LeveringsId) -> Result<Json<DeliveryView>, Problem> {
    let town = world.town();
    let levering = town.leveringer.find(id);
    let levering =
        levering.ok_or_else(|| Problem::new(Code::UnknownDelivery, "the delivery was forgotten just now"))?;
    Ok(Json(DeliveryView::of(hall, world, &town, levering)))
}

/// One delivery.
#[utoipa::path(get, path = "/worlds/{world}/deliveries/{delivery}", tag = "deliveries", params(Which),
    responses((status = 200, body = DeliveryView)))]
pub(super) async fn one(
    Named { world, inbound }: Named,
    Path(which): Path<Which>,
) -> Result<Json<DeliveryView>, Problem> {
    view(&inbound.hall, &world, found(&world, &which)?)
}

/// How it is sent once more.
#[derive(Deserialize, ToSchema)]
pub(super) struct Resend {
    /// Signed with the time it is now; to the byte as before when not given.
    sign: Option<bool>,
}

impl Fields for Resend {}

/// Sends a delivery once more, whatever became of it, under the same id.
#[utoipa::path(post, path = "/worlds/{world}/deliveries/{delivery}/resend", tag = "deliveries", params(Which),
    request_body = Resend, responses((status = 200, body = DeliveryView)))]
pub(super) async fn resend(
    Named { world, inbound }: Named,
    Path(which): Path<Which>,
    Body(wanted): Body<Resend>,
) -> Result<Json<DeliveryView>, Problem> {
    let levering = found(&world, &which)?;
    let asked = LeveringCommand::Gjenta { levering, signer: wanted.sign.unwrap_or(false) };
    let cause = Cause::of("admin resend", &[&levering.0.0.to_be_bytes()]);
    world.command(Command::Levering(asked), cause).await?;
    view(&inbound.hall, &world, levering)
}

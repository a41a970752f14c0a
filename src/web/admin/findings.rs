//! What the town noticed about apps or about itself (`specs/experience.md` §12).

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Fields, Named, Query};
use crate::observe::Finding;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Findings in an answer when nothing else is asked for.
const DEFAULT_LIMIT: usize = 100;
/// Most findings in an answer.
const MAX_LIMIT: usize = 1000;

/// Which findings.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Findings behind this one.
    after: Option<u64>,
    limit: Option<usize>,
    /// Only of this kind.
    kind: Option<String>,
}

impl Fields for Filter {}

/// Findings of a world.
#[derive(Serialize, ToSchema)]
struct Findings {
    findings: Vec<Line>,
    /// What to ask for next.
    next: u64,
    /// Findings that are no longer held, of all worlds.
    dropped: u64,
}

/// One finding.
#[derive(Serialize, ToSchema)]
#[schema(as = Finding)]
struct Line {
    id: u64,
    kind: &'static str,
    at: String,
    detail: String,
    /// Number of the recorded request it is about.
    request: Option<u64>,
    app: Option<String>,
    /// Last log item when it was noticed.
    seq: u64,
}

impl Line {
    fn of(finding: &Finding) -> Self {
        Self {
            id: finding.id,
            kind: finding.kind,
            at: finding.at.to_string(),
            detail: finding.detail.clone(),
            request: finding.request,
            app: finding.app.clone(),
            seq: finding.seq,
        }
    }
}

/// What was noticed in a world, oldest first.
#[utoipa::path(get, path = "/worlds/{world}/findings", tag = "requests", params(Filter),
    responses((status = 200, body = Findings)))]
async fn list(Named { world, inbound }: Named, Query(wanted): Query<Filter>) -> Json<Findings> {
    let after = wanted.after.unwrap_or(0);
    let limit = wanted.limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
    let found = inbound.observe.findings.since(after, Some(world.incarnation()));
    let fits = |finding: &&std::sync::Arc<Finding>| wanted.kind.as_deref().is_none_or(|kind| finding.kind == kind);
    let findings: Vec<Line> = found.iter().filter(fits).take(limit).map(|finding| Line::of(finding)).collect();
    let next = findings.last().map_or(after, |line| line.id);
    Json(Findings { findings, next, dropped: inbound.observe.findings.dropped() })
}

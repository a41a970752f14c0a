//! Stopping the server, and its figures for Prometheus.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use crate::access::Inbound;
use crate::population::PACK;

/// Worlds that have figures of their own; with more, only the sums stand there.
const WORLDS: usize = 64;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(shutdown)).routes(routes!(metrics))
}

/// A server on its way out.
#[derive(Serialize, ToSchema)]
struct Stopping {
    status: &'static str,
}

/// Asks the server to stop. Requests under way are answered first.
#[utoipa::path(post, path = "/server/shutdown", tag = "server", responses((status = 202, body = Stopping)))]
async fn shutdown(inbound: Inbound) -> (StatusCode, Json<Stopping>) {
    inbound.access.control.stop();
    (StatusCode::ACCEPTED, Json(Stopping { status: "stopping" }))
}

/// Text of Prometheus' exposition format, version 0.0.4.
#[derive(Default)]
struct Text(String);

impl Text {
    fn about(&mut self, name: &str, kind: &str, help: &str) {
        self.0.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: u64) {
        let written = |(name, value): &(&str, &str)| {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            format!("{name}=\"{value}\"")
        };
        let labels = labels.iter().map(written).collect::<Vec<_>>().join(",");
        let labels = if labels.is_empty() { labels } else { format!("{{{labels}}}") };
        self.0.push_str(&format!("{name}{labels} {value}\n"));
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        self.about(name, kind, help);
        self.line(name, &[], value);
    }
}

fn count(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

/// Figures of the server and its worlds for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "server",
    responses((status = 200, description = "Prometheus text", content_type = "text/plain", body = String)))]
async fn metrics(inbound: Inbound) -> Response {
    let observe = &inbound.observe;
    let worlds: Vec<_> = inbound.hall.worlds().into_iter().filter_map(|info| inbound.hall.world(&info.name)).collect();
    let mut text = Text::default();
    text.about("byteby_build_info", "gauge", "Versions of the program and the data it makes towns from.");
    text.line("byteby_build_info", &[("version", env!("CARGO_PKG_VERSION")), ("pack", PACK)], 1);
    text.one("byteby_worlds", "gauge", "Worlds open.", count(worlds.len()));
    text.one("byteby_requests_total", "counter", "Requests recorded since the start.", observe.last());
    text.one("byteby_requests_dropped_total", "counter", "Requests that left the record.", observe.dropped());
    let under_way = worlds.iter().map(|world| u64::from(observe.in_flight(world.incarnation()))).sum();
    text.one("byteby_requests_in_flight", "gauge", "Requests being answered.", under_way);
    text.one("byteby_findings_total", "counter", "Findings noted since the start.", observe.findings.last());
    let figures: [(&str, &str, fn(&crate::townhall::World) -> u64); 4] = [
        ("byteby_world_log_items", "Items in the log of a world.", |world| world.ledger().head().seq),
        ("byteby_world_pending", "Items that wait for their time.", |world| count(world.town().tid.queue.len())),
        ("byteby_world_messages", "Letters citizens have received.", |world| {
            count(world.town().post.brev_etter_id.len())
        }),
        ("byteby_world_stopped", "1 when the world takes no more writes.", |world| u64::from(world.is_stopped())),
    ];
    for (name, help, figure) in figures {
        text.about(name, "gauge", help);
        for world in worlds.iter().take(WORLDS) {
            text.line(name, &[("world", world.name())], figure(world));
        }
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text.0).into_response()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::web::tests_hall::Hall;

    #[tokio::test]
    async fn shutdown_is_asked_for_once_and_takes_no_fields() {
        let hall = Hall::new();
        assert_eq!(hall.admin("POST", "/server/shutdown", &json!({"now": true})).await.verdict().1, "BB1001");
        let answer = hall.admin("POST", "/server/shutdown", &json!({})).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (202, json!({"status": "stopping"})));
        hall.access.control.stopped().await;
    }

    #[tokio::test]
    async fn metrics_are_lines_prometheus_reads() {
        let hall = Hall::new();
        let answer = hall.admin("GET", "/metrics", &json!(null)).await;
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
        for line in answer.body.lines().filter(|line| !line.starts_with('#')) {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(name.starts_with("byteby_") && value.parse::<u64>().is_ok(), "{line}");
        }
        assert!(answer.body.contains("byteby_world_log_items{world=\"main\"} 0\n"), "{}", answer.body);
        let typed = |line: &&str| line.starts_with("# TYPE byteby_worlds gauge");
        assert_eq!(answer.body.lines().filter(typed).count(), 1);
    }
}

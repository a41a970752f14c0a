//! Changing the server itself, and its figures for Prometheus.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Body, Fields, Object};
use super::problem::{Code, Problem};
use crate::access::Inbound;
use crate::population::PACK;

/// Worlds that have figures of their own; with more, only the sums stand there.
const WORLDS: usize = 64;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(public_url)).routes(routes!(shutdown)).routes(routes!(metrics))
}

/// The origin a browser uses.
#[derive(Deserialize, ToSchema)]
struct NewPublicUrl {
    /// `http://localhost:49153`; null goes back to what the server was started with.
    public_url: Option<String>,
}

impl Fields for NewPublicUrl {}

/// The origin a browser uses, as it is now.
#[derive(Serialize, ToSchema)]
struct PublicUrl {
    /// None: the origin each caller uses.
    public_url: Option<String>,
}

/// Whether `url` is an origin: scheme, host and perhaps a port, nothing behind.
fn is_origin(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let Some(rest) = rest else { return false };
    let port = rest
        .rsplit_once(']')
        .map_or_else(|| rest.split_once(':').map(|(_, port)| port), |(_, rest)| rest.strip_prefix(':'));
    let host = rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    host && !rest.is_empty() && !rest.starts_with(':') && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

/// Sets the origin that a browser uses.
#[utoipa::path(put, path = "/server/public-url", tag = "server", request_body = NewPublicUrl,
    responses((status = 200, body = PublicUrl)))]
async fn public_url(inbound: Inbound, Body(wanted): Body<NewPublicUrl>) -> Result<Json<PublicUrl>, Problem> {
    let url = wanted.public_url.map(|url| url.trim_end_matches('/').to_owned());
    if let Some(url) = url.as_deref().filter(|url| !is_origin(url)) {
        let detail = format!("`{url}` is not an origin: write `http://localhost:49153`");
        return Err(Problem::value("/public_url", detail));
    }
    inbound.access.control().set_public_url(url.clone());
    Ok(Json(PublicUrl { public_url: url }))
}

/// A server on its way out.
#[derive(Serialize, ToSchema)]
struct Stopping {
    status: &'static str,
}

/// Asks the server to stop. Requests under way are answered first.
#[utoipa::path(post, path = "/server/shutdown", tag = "server", responses((status = 202, body = Stopping)))]
async fn shutdown(inbound: Inbound, Object(body): Object) -> Result<(StatusCode, Json<Stopping>), Problem> {
    if let Some(key) = body.keys().next() {
        return Err(super::body::unknown(key, std::iter::empty()));
    }
    inbound.access.control().stop();
    Ok((StatusCode::ACCEPTED, Json(Stopping { status: "stopping" })))
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

/// What an address of the server says about an unknown code is a problem like any other.
#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::web::tests_hall::Hall;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (url, good) in [
            ("http://localhost:2983", true),
            ("https://byteby.example", true),
            ("http://[::1]:2983", true),
            ("http://127.0.0.1:99999", false),
            ("http://localhost/x", false),
            ("ftp://localhost", false),
            ("http://a@b", false),
            ("http://", false),
            ("http://:80", false),
        ] {
            assert_eq!(is_origin(url), good, "{url}");
        }
    }

    #[tokio::test]
    async fn the_public_url_is_set_taken_back_and_checked() {
        let hall = Hall::new();
        let path = "/server/public-url";
        let set = hall.admin("PUT", path, &json!({"public_url": "http://localhost:49153/"})).await;
        assert_eq!(set.json(), json!({"public_url": "http://localhost:49153"}));
        assert_eq!(hall.access.control().public_url().as_deref(), Some("http://localhost:49153"));
        let wrong = hall.admin("PUT", path, &json!({"public_url": "localhost"})).await;
        assert_eq!(wrong.verdict(), (400, Code::BadValue.text().into()));
        hall.admin("PUT", path, &json!({"public_url": null})).await;
        assert_eq!(hall.access.control().public_url(), None);
    }

    #[tokio::test]
    async fn shutdown_is_asked_for_once_and_takes_no_fields() {
        let hall = Hall::new();
        assert_eq!(hall.admin("POST", "/server/shutdown", &json!({"now": true})).await.verdict().1, "BB1001");
        let answer = hall.admin("POST", "/server/shutdown", &json!({})).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (202, json!({"status": "stopping"})));
        hall.access.control().stopped().await;
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

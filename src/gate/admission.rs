//! Whether a request is let in, and what its address says: asked before anybody reads its body.

use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response;

use super::by_host::ByHost;
use super::{GateConfig, host, world};
use crate::access::problem;

/// Which of the two surfaces a request is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Surface {
    /// A mocked national service.
    Mock,
    /// Our own pages and admin API.
    Own,
}

/// A request that was let in.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// Scheme and host as the caller wrote them, without a slash at the end.
    pub(super) origin: String,
    /// The world named in the path, `/w/<world>/…`.
    pub(super) world_in_path: Option<String>,
    /// The world named in the host, `<service>.<world>.localhost`.
    pub(super) world_in_host: Option<String>,
    /// The path behind the world, with the mount of the port in front.
    pub(super) path: String,
    /// What the path leads to.
    pub(super) surface: Surface,
}

impl Arrival {
    /// What stands between the origin and the path of a service: `/w/<world>` or nothing.
    pub(super) fn prefix(&self) -> String {
        self.world_in_path.as_ref().map_or_else(String::new, |name| format!("/w/{name}"))
    }
}

/// Lets a request in. `mount` stands in front of every path: the port of one service serves its root.
///
/// # Errors
/// 421 for a host that is not ours, or that names a service we do not know.
pub(super) fn admit(config: &GateConfig, parts: &Parts, mount: &str) -> Result<Arrival, Response> {
    let refused = |detail: &str| problem(StatusCode::MISDIRECTED_REQUEST, "Misdirected Request", detail);
    let host = host_of(parts).filter(|host| host::is_accepted(host, &config.allowed_hosts));
    let Some(host) = host else {
        return Err(refused("this name is not served here: use localhost, or allow the name with --allowed-hosts"));
    };
    let by_host = ByHost::read(host).map_err(|word| {
        refused(&format!("no service is called `{word}`: write <service>.localhost or <service>.<world>.localhost"))
    })?;
    let (world_in_path, rest) = world::split(parts.uri.path());
    let path = if mount.is_empty() { by_host.path(rest) } else { format!("{mount}{rest}") };
    let surface = if is_own(&path) { Surface::Own } else { Surface::Mock };
    Ok(Arrival {
        origin: format!("http://{host}"),
        world_in_path: world_in_path.map(str::to_owned),
        world_in_host: by_host.world.map(str::to_owned),
        path,
        surface,
    })
}

/// The host as the caller wrote it.
fn host_of(parts: &Parts) -> Option<&str> {
    let header = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok());
    header.or_else(|| parts.uri.authority().map(axum::http::uri::Authority::as_str))
}

/// Paths of our own surface: pages and admin API.
fn is_own(path: &str) -> bool {
    path == "/" || path == "/ui" || path.starts_with("/ui/") || path.starts_with("/_byteby/") || path == "/favicon.ico"
}

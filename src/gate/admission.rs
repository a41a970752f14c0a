//! Whether a request is let in, and what its address says: asked before anybody reads its body.

use axum::http::header;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::response::Response;

use super::forwarded::{Caller, caller};
use super::refusal::refuse;
use super::{GateConfig, Peer, admin_access, host, limits, world};
use crate::access::{HostSigns, SERVICE_HOSTS, host_name, signs_of_host};
use crate::base::nearest;
use crate::web::Code;

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
    /// The path behind the world, with the mount of the port or of the host in front.
    pub(super) path: String,
    /// What the path leads to.
    pub(super) surface: Surface,
    /// Who calls.
    pub(super) caller: Caller,
}

impl Arrival {
    /// What stands between the origin and the path of a service: `/w/<world>` or nothing.
    pub(super) fn prefix(&self) -> String {
        self.world_in_path.as_ref().map_or_else(String::new, |name| format!("/w/{name}"))
    }
}

/// Lets a request in. `mount` stands in front of every path: the port of one service serves its root, and so does a
/// host of its own.
///
/// # Errors
/// 431 for a large head, 400 for an address that can be read in two ways, 421 for a host that is not ours, 404 for a
/// host that names no service, 401 and 403 for who may not use our own surface.
pub(super) fn admit(config: &GateConfig, parts: &Parts, mount: &str) -> Result<Arrival, Response> {
    limits::head(parts)?;
    let caller = caller(parts.extensions.get::<Peer>().copied(), &parts.headers, &config.trusted_proxies);
    let authority = authority(config, parts, &caller)?;
    let HostSigns { service, world } =
        signs_of_host(&host_name(&authority)).map_err(|label| no_service(parts, &label))?;
    let (world_in_path, rest) = world::split(parts.uri.path());
    let path = match service {
        Some(service) if mount.is_empty() => service.below(&rest),
        _ => format!("{mount}{rest}"),
    };
    let surface = if service.is_none() && is_own(&path) { Surface::Own } else { Surface::Mock };
    let origin = format!("{}://{authority}", caller.scheme.unwrap_or("http"));
    let world_in_path = world_in_path.map(str::to_owned);
    let arrival = Arrival { origin, world_in_path, world_in_host: world, path, surface, caller };
    if surface == Surface::Own && arrival.path != admin_access::SIGN_IN {
        admin_access::check(&config.admin, &arrival, parts)?;
    }
    Ok(arrival)
}

/// Host and port as the caller wrote them, one of those answered here.
fn authority(config: &GateConfig, parts: &Parts, caller: &Caller) -> Result<String, Response> {
    let mut written = parts.headers.get_all(header::HOST).iter();
    let (first, second) = (written.next(), written.next());
    let in_header = first.and_then(|value| value.to_str().ok());
    let in_target = parts.uri.authority().map(Authority::as_str);
    let differ = in_header.zip(in_target).is_some_and(|(one, other)| !one.eq_ignore_ascii_case(other));
    if second.is_some() || differ {
        let detail = "the request names two hosts";
        return Err(refuse(parts, Code::Ambiguous, detail, "send one `Host`, the same as in the address"));
    }
    let host = in_target.or(in_header).unwrap_or("");
    // A trusted proxy's word counts for the name it was reached by, which must be one of ours too.
    let host = caller.host.as_deref().unwrap_or(host);
    if host::is_accepted(host, &config.allowed_hosts) {
        return Ok(host.to_owned());
    }
    let name: String = host_name(host).chars().filter(char::is_ascii_graphic).take(100).collect();
    let detail = if name.is_empty() {
        "the request names no host this server answers for".to_owned()
    } else {
        format!("`{name}` is not a name this server answers for; a page elsewhere may have been pointed here by it")
    };
    let hint = if name.is_empty() {
        "use http://localhost".to_owned()
    } else {
        format!("use localhost, or start the server with `--allowed-hosts {name}` (BYTEBY_ALLOWED_HOSTS)")
    };
    Err(refuse(parts, Code::Host, &detail, &hint))
}

fn no_service(parts: &Parts, label: &str) -> Response {
    let near = nearest(label, SERVICE_HOSTS.iter().map(|service| service.id));
    let hint = match near {
        Some(near) => format!("did you mean `{near}`? A host is `<service>.<world>.localhost`"),
        None => "a host is `<service>.localhost` or `<service>.<world>.localhost`".to_owned(),
    };
    refuse(parts, Code::UnknownService, &format!("there is no service named `{label}`"), &hint)
}

/// Paths of our own surface: pages and admin API.
fn is_own(path: &str) -> bool {
    path == "/" || path == "/ui" || path.starts_with("/ui/") || path.starts_with("/_byteby/") || path == "/favicon.ico"
}

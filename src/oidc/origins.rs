//! On which origins the endpoints of a login service stand (`specs/eid.md` §1.1, §1.2).
//!
//! In the real environments the pages a browser visits stand on a host of their own. Here they do on the real names, and
//! everywhere with the switch `split_login_host`; then an app that takes one host for all of them is found out.

use super::{Desk, Provider};
use crate::access::{LOGIN_HOST, SERVICE_HOSTS, Visit, host_name, signs_of_host};
use crate::town::state::Bryter;

/// The two kinds of endpoints.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    /// For browsers: authorization, the login pages, log-out.
    Pages,
    /// For programs: everything else.
    Rest,
}

impl Side {
    /// The side of the endpoint at `path`.
    pub(super) fn of(path: &str) -> Self {
        match path.rsplit('/').next() {
            Some("authorize" | "login" | "logout" | "endsession") => Self::Pages,
            _ => Self::Rest,
        }
    }
}

/// Scheme, authority and what follows of `base`.
fn parts(base: &str) -> (&str, &str, &str) {
    let (scheme, rest) = base.split_once("://").unwrap_or(("http", base));
    let (authority, prefix) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    (scheme, authority, prefix)
}

/// The login host beside `name`, when `name` is one of the service's in the real test environment.
fn real_login_host(service: &str, name: &str) -> Option<&'static str> {
    let hosts = SERVICE_HOSTS.iter().find(|one| one.id == service)?.hosts;
    let login = hosts.iter().find(|host| host.starts_with(LOGIN_HOST)).copied();
    login.filter(|_| hosts.contains(&name))
}

fn is_split(desk: &Desk) -> bool {
    desk.town.eid.er_paa(Bryter::SplitLoginHost)
}

/// Whether the endpoints of `side` are served at the address the caller used.
pub(super) fn serves(desk: &Desk, side: Side) -> bool {
    let name = host_name(parts(&desk.base_url).1);
    if real_login_host(desk.provider.service, &name).is_none() && !is_split(desk) {
        return true;
    }
    name.starts_with(LOGIN_HOST) == (side == Side::Pages)
}

/// As `pages`, for whoever comes to `provider` as `visit` does.
#[must_use]
pub fn pages_at(visit: &Visit, provider: &'static Provider) -> String {
    let desk = Desk::at(provider, visit.clone());
    let alias = desk.state.remember_origin(&desk.base_url);
    pages(&desk, &alias)
}

/// What stands in front of `/authorize` and `/logout` for a browser. Where that is another address than the caller's, an
/// alias in the path carries the caller's issuer through the log-in.
pub(super) fn pages(desk: &Desk, alias: &str) -> String {
    let mount = desk.provider.mount;
    let (scheme, authority, prefix) = parts(&desk.base_url);
    let world = parts(&desk.public_url).2;
    let name = host_name(authority);
    if let Some(login) = real_login_host(desk.provider.service, &name) {
        let origin = format!("{scheme}://{}", authority.to_ascii_lowercase().replace(&name, login));
        return if world == prefix { format!("{origin}{prefix}") } else { format!("{origin}{world}/~{alias}") };
    }
    if is_split(desk)
        && let Some(base) = split(&desk.public_url)
    {
        return format!("{base}{mount}/~{alias}");
    }
    if desk.base_url == desk.public_url { desk.own_issuer() } else { format!("{}{mount}/~{alias}", desk.public_url) }
}

/// The second origin beside `public_url`: `login.` in front of its host. A host of one service stands in for the host it
/// shares with others, a loopback address for `localhost`; other addresses have no names beside them.
fn split(public_url: &str) -> Option<String> {
    let (scheme, authority, prefix) = parts(public_url);
    let name = host_name(authority);
    let port = authority.rsplit_once(':').map(|(_, port)| port);
    let port = port.filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    let is_own_host = signs_of_host(&name).map_or(true, |signs| signs.service.is_some());
    let host = match name.parse::<std::net::IpAddr>() {
        Ok(address) if address.is_loopback() => "localhost",
        Ok(_) => return None,
        Err(_) if is_own_host || name.ends_with(".localhost") => "localhost",
        Err(_) => name.as_str(),
    };
    let port = port.map_or_else(String::new, |port| format!(":{port}"));
    Some(format!("{scheme}://{LOGIN_HOST}{host}{port}{prefix}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_origin_is_a_name_beside_the_first() {
        for (public, expected) in [
            ("http://localhost:2983", Some("http://login.localhost:2983")),
            ("http://127.0.0.1:2983/w/t", Some("http://login.localhost:2983/w/t")),
            ("http://[::1]:2983", Some("http://login.localhost:2983")),
            ("http://idporten.localhost:2983", Some("http://login.localhost:2983")),
            ("http://town.localhost", Some("http://login.localhost")),
            ("https://town.example", Some("https://login.town.example")),
            ("http://byteby:2983", Some("http://login.byteby:2983")),
            ("http://192.0.2.7:2983", None),
        ] {
            assert_eq!(split(public).as_deref(), expected, "{public}");
        }
    }

    #[test]
    fn every_endpoint_is_on_one_side() {
        for (path, side) in [
            ("/idporten/authorize", Side::Pages),
            ("/ansattporten/~k3f9/authorize", Side::Pages),
            ("/idporten/login", Side::Pages),
            ("/idporten/logout", Side::Pages),
            ("/idporten/endsession", Side::Pages),
            ("/idporten/token", Side::Rest),
            ("/idporten/token/introspect", Side::Rest),
            ("/idporten/par", Side::Rest),
            ("/idporten/.well-known/openid-configuration", Side::Rest),
        ] {
            assert_eq!(Side::of(path), side, "{path}");
        }
    }
}

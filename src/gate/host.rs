//! Which `Host` values are answered. Anything else is 421: a page of another origin must not reach the town by a name
//! that resolves to this machine (`specs/experience.md` §7, §20).

use std::net::IpAddr;

use crate::access::{LOGIN_HOST, host_name, signs_of_host};

/// Names of container hosts that point at this machine.
const GATEWAYS: [&str; 4] = ["byteby", "host.docker.internal", "gateway.docker.internal", "host.containers.internal"];

/// Whether `name`, as [`host_name`] gives it, means this machine wherever it is asked: loopback and below `localhost`.
#[must_use]
pub(super) fn is_loopback(name: &str) -> bool {
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Whether requests for `host` are answered; `allowed` are further names from the settings. The names of real test
/// environments are answered too: nobody else can point them here.
#[must_use]
pub(super) fn is_accepted(host: &str, allowed: &[String]) -> bool {
    if !is_plain(host) {
        return false;
    }
    let name = host_name(host);
    // The login pages may stand on an origin of their own (`split_login_host`, `specs/eid.md` §1.2).
    let known = |name: &str| is_loopback(name) || GATEWAYS.contains(&name) || is_listed(name, allowed);
    known(&name)
        || name.strip_prefix(LOGIN_HOST).is_some_and(known)
        || signs_of_host(&name).is_ok_and(|signs| signs.service.is_some())
}

/// Whether `host` is a name or an address and at most a port behind it: it is written into links as it stands.
fn is_plain(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or(("", ""), |(name, port)| (name, port)),
        None => host.find(':').map_or((host, ""), |colon| host.split_at(colon)),
    };
    let is_port = |text: &str| text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    !name.is_empty() && name.bytes().all(of_name) && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

/// Whether `name`, as [`host_name`] gives it, stands in the settings.
#[must_use]
pub(super) fn is_listed(name: &str, allowed: &[String]) -> bool {
    allowed.iter().any(|other| other.trim_end_matches('.').eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_container_names_are_accepted_and_nothing_else() {
        let allowed = vec!["town.example".to_owned(), "192.0.2.7".to_owned()];
        for host in [
            "localhost",
            "localhost:2983",
            "127.0.0.1:1",
            "[::1]:2983",
            "krr.localhost",
            "byteby:2983",
            "Town.example",
            "test.maskinporten.no",
            "192.0.2.7:2983",
            "login.localhost:2983",
            "login.town.example",
            "login.byteby:2983",
            "localhost:",
        ] {
            assert!(is_accepted(host, &allowed), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "10.0.0.1:2983",
            "169.254.169.254",
            "[fe80::1]",
            "maskinporten.no",
            "evil.test.maskinporten.no",
            "login.evil.example",
            "login.login.town.example",
            "login.",
            "localhost:2983?x",
            "localhost:2983/x",
            "localhost:2983#",
            "localhost:29x",
            "localhost:298300",
            "localhost:1:2983",
            "[::1]x",
            "[::1]:2983?x",
            "town.example\\:2983",
        ] {
            assert!(!is_accepted(host, &allowed), "{host}");
        }
    }
}

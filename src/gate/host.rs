//! Which `Host` values are answered. Anything else is 421: a page of another origin must not reach the town by a name
//! that resolves to this machine (`specs/experience.md` §7, §20).

use std::net::IpAddr;

/// Names of container hosts that point at this machine.
const GATEWAYS: [&str; 4] = ["byteby", "host.docker.internal", "gateway.docker.internal", "host.containers.internal"];

/// The host part of a `Host` value, without the port.
fn name_of(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split(']').next().unwrap_or("");
    }
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

/// Whether requests for `host` are answered; `allowed` are further names from the settings.
#[must_use]
pub(super) fn is_accepted(host: &str, allowed: &[String]) -> bool {
    let name = name_of(host).trim_end_matches('.').to_ascii_lowercase();
    if let Ok(address) = name.parse::<IpAddr>() {
        return address.is_loopback() || allowed.contains(&name);
    }
    name == "localhost"
        || name.ends_with(".localhost")
        || GATEWAYS.contains(&name.as_str())
        || allowed.iter().any(|other| other.eq_ignore_ascii_case(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_container_names_are_accepted_and_nothing_else() {
        let allowed = vec!["town.example".to_owned()];
        for host in
            ["localhost", "localhost:2983", "127.0.0.1:1", "[::1]:2983", "krr.localhost", "byteby:2983", "Town.example"]
        {
            assert!(is_accepted(host, &allowed), "{host}");
        }
        for host in ["", "evil.example", "localhost.evil.example", "10.0.0.1:2983", "169.254.169.254", "[fe80::1]"] {
            assert!(!is_accepted(host, &allowed), "{host}");
        }
    }
}

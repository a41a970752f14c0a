//! Reverse proxies: what they say about the real caller counts only when the settings trust them
//! (`specs/experience.md` §7).

use std::net::IpAddr;
use std::str::FromStr;

use axum::http::HeaderMap;

use super::Peer;

/// A range of addresses, `10.0.0.0/8`; a single address is a range of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether `address` is in the range.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let same = |ours: u128, theirs: u128, bits: u8| {
            let free = u32::from(bits - self.prefix.min(bits));
            free == u128::BITS || ours >> free == theirs >> free
        };
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                same(u128::from(ours.to_bits()), u128::from(theirs.to_bits()), 32)
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => same(ours.to_bits(), theirs.to_bits(), 128),
            _ => false,
        }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not an address or a range of addresses such as 10.0.0.0/8");
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.trim().parse().map_err(|_| wrong())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(longest), |prefix| prefix.trim().parse().map_err(|_| wrong()))?;
        if prefix > longest { Err(wrong()) } else { Ok(Self { address, prefix }) }
    }
}

/// Who really calls, and how they reached the outermost proxy.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Caller {
    /// Address of the caller; `None` when nobody knows it.
    pub(super) address: Option<IpAddr>,
    /// Scheme they used: `http` or `https`.
    pub(super) scheme: Option<&'static str>,
    /// Host they used.
    pub(super) host: Option<String>,
    /// Addresses that headers of a peer nobody trusts speak of. They prove nothing, but somebody may stand behind them.
    pub(super) hearsay: Vec<Option<IpAddr>>,
}

/// One step of the way, as a proxy wrote it.
#[derive(Default)]
struct Step {
    by: Option<IpAddr>,
    scheme: Option<&'static str>,
    host: Option<String>,
}

/// Who calls over `peer` with `headers`.
pub(super) fn caller(peer: Option<Peer>, headers: &HeaderMap, trusted: &[Network]) -> Caller {
    let scheme = peer.map(|peer| if peer.tls { "https" } else { "http" });
    let Some(peer) = peer else { return Caller::default() };
    let steps = steps(headers);
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(peer.addr.ip()) {
        let hearsay = steps.iter().map(|step| step.by).collect();
        return Caller { address: Some(peer.addr.ip()), scheme, host: None, hearsay };
    }
    // From the nearest proxy outwards: the first address nobody vouches for is the caller's.
    let mut caller = Caller { address: Some(peer.addr.ip()), scheme, host: None, hearsay: Vec::new() };
    for step in steps.into_iter().rev() {
        caller.address = step.by;
        caller.scheme = step.scheme.or(caller.scheme);
        caller.host = step.host.or(caller.host);
        if !step.by.is_some_and(is_trusted) {
            break;
        }
    }
    caller
}

/// The way of a request, the caller's end first: RFC 7239, else the older headers.
fn steps(headers: &HeaderMap) -> Vec<Step> {
    let list = |name: &str| {
        let lines = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        lines.flat_map(|line| line.split(',')).map(|part| part.trim().to_owned()).collect::<Vec<_>>()
    };
    let standard = list("forwarded");
    if !standard.is_empty() {
        return standard.iter().map(|element| step_of(element)).collect();
    }
    let (schemes, hosts) = (list("x-forwarded-proto"), list("x-forwarded-host"));
    let ports = list("x-forwarded-port");
    let callers = list("x-forwarded-for");
    let count = callers.len().max(usize::from(!schemes.is_empty() || !hosts.is_empty()));
    // Lists of unequal length are aligned at the near end, where each proxy appends.
    let nth = |list: &[String], at: usize| list.get((at + list.len()).checked_sub(count)?).cloned();
    (0..count)
        .map(|at| {
            let scheme = nth(&schemes, at).and_then(|text| scheme_of(&text));
            let host = nth(&hosts, at).map(|host| with_port(host, scheme, nth(&ports, at)));
            Step { by: nth(&callers, at).and_then(|text| address_of(&text)), scheme, host }
        })
        .collect()
}

/// `host` with the port a proxy names beside it, unless it carries one or that of the scheme goes without saying.
fn with_port(host: String, scheme: Option<&str>, port: Option<String>) -> String {
    let has_one = host.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let usual = match scheme {
        Some("https") => 443,
        _ => 80,
    };
    match port.and_then(|port| port.parse::<u16>().ok()).filter(|&port| port != usual && !has_one) {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}

/// `for=192.0.2.60;proto=https;host=town.example`.
fn step_of(element: &str) -> Step {
    let mut step = Step::default();
    for (name, value) in element.split(';').filter_map(|pair| pair.split_once('=')) {
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "for" => step.by = address_of(value),
            "proto" => step.scheme = scheme_of(value),
            "host" => step.host = Some(value.to_owned()),
            _ => {}
        }
    }
    step
}

/// `192.0.2.60`, `192.0.2.60:4711`, `[2001:db8::1]:4711`.
fn address_of(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let found = text.parse().ok().or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|addr| addr.ip()));
    let found = found.or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok());
    found.map(|address: IpAddr| address.to_canonical())
}

fn scheme_of(text: &str) -> Option<&'static str> {
    ["http", "https"].into_iter().find(|scheme| text.eq_ignore_ascii_case(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_its_addresses() {
        for (range, address, inside) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("192.168.1.7", "192.168.1.7", true),
            ("192.168.1.7", "192.168.1.8", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("::/0", "2001:db8::1", true),
            ("fd00::/8", "fd12::1", true),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
            ("10.0.0.0/8", "fd12::1", false),
        ] {
            let network: Network = range.parse().unwrap();
            assert_eq!(network.contains(address.parse().unwrap()), inside, "{range} {address}");
        }
        for wrong in ["", "10.0.0.0/33", "ten", "10.0.0.0/x", "::/129"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_a_trusted_proxy_says_who_calls() {
        let trusted: Vec<Network> = vec!["10.0.0.0/8".parse().unwrap()];
        let ask = |peer: &str, pairs: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, value.parse().unwrap());
            }
            let peer = Peer { addr: peer.parse().unwrap(), tls: false };
            let caller = caller(Some(peer), &headers, &trusted);
            let address = caller.address.map_or_else(String::new, |address| address.to_string());
            (address, caller.scheme.unwrap_or(""), caller.host.unwrap_or_default())
        };
        let said = |address: &str, scheme: &'static str, host: &str| (address.to_owned(), scheme, host.to_owned());
        let older =
            [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https"), ("x-forwarded-host", "a.example")];
        assert_eq!(ask("192.0.2.1:9", &older), said("192.0.2.1", "http", ""));
        assert_eq!(ask("10.0.0.2:9", &older), said("203.0.113.9", "https", "a.example"));
        assert_eq!(ask("10.0.0.2:9", &[]), said("10.0.0.2", "http", ""));
        let standard =
            [("forwarded", "for=198.51.100.1;proto=http;host=evil.example, for=\"[2001:db8::1]:47\";proto=https")];
        assert_eq!(ask("10.0.0.2:9", &standard), said("2001:db8::1", "https", ""));
        // Some proxies name the port in a header of its own.
        for (scheme, host, port, expected) in [
            ("https", "a.example", "8443", "a.example:8443"),
            ("https", "a.example", "443", "a.example"),
            ("http", "a.example", "80", "a.example"),
            ("http", "a.example", "443", "a.example:443"),
            ("https", "a.example:9443", "8443", "a.example:9443"),
            ("https", "[2001:db8::1]", "8443", "[2001:db8::1]:8443"),
            ("https", "a.example", "x", "a.example"),
        ] {
            let pairs = [("x-forwarded-proto", scheme), ("x-forwarded-host", host), ("x-forwarded-port", port)];
            assert_eq!(ask("10.0.0.2:9", &pairs).2, expected, "{scheme} {host} {port}");
            assert_eq!(ask("192.0.2.1:9", &pairs).2, "");
        }
        // What the caller itself wrote stands furthest away and is not believed.
        let forged = [("x-forwarded-for", "127.0.0.1, 203.0.113.9")];
        assert_eq!(ask("10.0.0.2:9", &forged), said("203.0.113.9", "http", ""));
        assert_eq!(ask("10.0.0.2:9", &[("x-forwarded-for", "203.0.113.9, 10.1.1.1")]).0, "203.0.113.9");
        assert_eq!(ask("10.0.0.2:9", &[("x-forwarded-for", "unknown")]).0, "");
    }
}

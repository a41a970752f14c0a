//! The address of an app: `http` or `https`, a host, a port, and nothing that could mean two things.
//!
//! Read by us and by nobody else: what is checked here is what is connected to, so there are no two readers that could
//! disagree about where an address leads.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

/// Longest address, bytes.
const LONGEST: usize = 2_000;

/// Why a text is no address of an app.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Adressefeil {
    /// Not `http://` or `https://`.
    #[error("only http and https addresses are sent to")]
    Scheme,
    /// Somebody's name or password stands in it.
    #[error("credentials in an address are never sent")]
    Credentials,
    /// No host, or none that can be one.
    #[error("the host of the address cannot be read")]
    Host,
    /// A port that is none.
    #[error("the port of the address cannot be read")]
    Port,
    /// Spaces, control characters, letters outside ASCII, a fragment, or too long.
    #[error("the address holds what no address may hold")]
    Text,
}

/// A checked address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Appadresse(Arc<str>);

impl TryFrom<String> for Appadresse {
    type Error = Adressefeil;

    fn try_from(text: String) -> Result<Self, Adressefeil> {
        Self::parse(&text)
    }
}

impl From<Appadresse> for String {
    fn from(address: Appadresse) -> Self {
        address.0.as_ref().to_owned()
    }
}

impl fmt::Debug for Appadresse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Appadresse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Appadresse {
    /// Reads an absolute address. It is kept as written.
    ///
    /// # Errors
    /// [`Adressefeil`] when it is none, or none anything is sent to.
    pub fn parse(text: &str) -> Result<Self, Adressefeil> {
        if text.len() > LONGEST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Adressefeil::Text);
        }
        // A backslash is a slash to some readers and a letter to others, a fragment is never sent, and the rest no address
        // may hold as it is (RFC 3986 §2).
        if text.contains(['\\', '#', '"', '<', '>', '`', '{', '}', '|', '^']) {
            return Err(Adressefeil::Text);
        }
        let address = Self(text.into());
        let (_, authority, _) = address.parts().ok_or(Adressefeil::Scheme)?;
        if authority.contains('@') {
            return Err(Adressefeil::Credentials);
        }
        let (host, port) = split(authority).ok_or(Adressefeil::Host)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let good = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(six) => six.parse::<Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.bytes().all(plain) && !host.starts_with('.'),
        };
        if !good {
            return Err(Adressefeil::Host);
        }
        match port {
            Some(port) if port.parse::<u16>().is_ok_and(|port| port != 0) => Ok(address),
            Some(_) => Err(Adressefeil::Port),
            None => Ok(address),
        }
    }

    /// Scheme is secure, authority, and what stands behind it.
    fn parts(&self) -> Option<(bool, &str, &str)> {
        let (scheme, rest) = self.0.split_once("://")?;
        let secure = match scheme {
            _ if scheme.eq_ignore_ascii_case("http") => false,
            _ if scheme.eq_ignore_ascii_case("https") => true,
            _ => return None,
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        Some((secure, &rest[..end], &rest[end..]))
    }

    fn taken_apart(&self) -> (bool, &str, Option<&str>, &str) {
        let (secure, authority, rest) = self.parts().expect("an address was read when it was made");
        let (host, port) = split(authority).expect("an address was read when it was made");
        (secure, host, port, rest)
    }

    /// Whether it is `https`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.taken_apart().0
    }

    /// The host in lower case, an IPv6 address without brackets, a name without a dot at its end.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.taken_apart().1.trim_matches(['[', ']']);
        host.trim_end_matches('.').to_ascii_lowercase()
    }

    /// The host as a number, when it is one.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.host().parse().ok()
    }

    /// The port, the scheme's own when none is given.
    #[must_use]
    pub fn port(&self) -> u16 {
        let (secure, _, port, _) = self.taken_apart();
        port.and_then(|port| port.parse().ok()).unwrap_or(if secure { 443 } else { 80 })
    }

    /// Path and query, as they are sent.
    #[must_use]
    pub fn path(&self) -> String {
        let rest = self.taken_apart().3;
        if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") }
    }

    /// The address without path and query.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.parts().map_or("", |(_, authority, _)| authority)
    }

    /// Scheme, host and port, always written out: two addresses with the same origin lead to the same app.
    #[must_use]
    pub fn origin(&self) -> String {
        let scheme = if self.is_secure() { "https" } else { "http" };
        match self.host() {
            host if host.contains(':') => format!("{scheme}://[{host}]:{}", self.port()),
            host => format!("{scheme}://{host}:{}", self.port()),
        }
    }

    /// The same address with `*` for the port when it is on this machine: what of it is the same from run to run.
    #[must_use]
    pub fn canonical(&self) -> Self {
        Self(without_loopback_port(&self.0).into())
    }
}

/// `address` with `*` for the port when it is on this machine: the free port an app happened to get is an accident of one
/// run.
#[must_use]
pub fn without_loopback_port(address: &str) -> String {
    for host in ["http://localhost:", "http://127.0.0.1:", "http://[::1]:"] {
        if let Some(rest) = address.strip_prefix(host) {
            let port = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
            return format!("{host}*{}", &rest[port..]);
        }
    }
    address.to_owned()
}

/// Host and port of an authority.
fn split(authority: &str) -> Option<(&str, Option<&str>)> {
    if authority.starts_with('[') {
        let end = authority.find(']')? + 1;
        return match &authority[end..] {
            "" => Some((authority, None)),
            rest => rest.strip_prefix(':').map(|port| (&authority[..end], Some(port))),
        };
    }
    match authority.split_once(':') {
        Some((host, port)) => Some((host, Some(port))),
        None => Some((authority, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_of_an_app_is_refused_with_its_reason() {
        for (text, fault) in [
            ("", Adressefeil::Scheme),
            ("/hook", Adressefeil::Scheme),
            ("file:///etc/passwd", Adressefeil::Scheme),
            ("ftp://app.example/", Adressefeil::Scheme),
            ("gopher://app.example/", Adressefeil::Scheme),
            ("javascript:alert(1)", Adressefeil::Scheme),
            ("http:/app.example", Adressefeil::Scheme),
            ("http://user:secret@app.example/", Adressefeil::Credentials),
            ("http://good.example@169.254.169.254/", Adressefeil::Credentials),
            ("http://good.example\\@169.254.169.254/", Adressefeil::Text),
            ("http://app.example/#here", Adressefeil::Text),
            ("http://app.example/a b", Adressefeil::Text),
            ("http://app.example/{id}", Adressefeil::Text),
            ("http://app.example/\r\nHost: x", Adressefeil::Text),
            ("http://æ.example/", Adressefeil::Text),
            ("http:///hook", Adressefeil::Host),
            ("http://:80/", Adressefeil::Host),
            ("http://[::1/", Adressefeil::Host),
            ("http://[fe80::1%25eth0]/", Adressefeil::Host),
            ("http://[::1]x/", Adressefeil::Host),
            ("http://a%2fb/", Adressefeil::Host),
            ("http://app.example:0/", Adressefeil::Port),
            ("http://app.example:65536/", Adressefeil::Port),
            ("http://app.example:/", Adressefeil::Port),
            ("http://app.example:80:80/", Adressefeil::Port),
        ] {
            assert_eq!(Appadresse::parse(text), Err(fault), "{text}");
        }
        assert_eq!(Appadresse::parse(&format!("http://a.example/{}", "x".repeat(2000))), Err(Adressefeil::Text));
    }

    #[test]
    fn an_address_is_taken_apart_once_for_all() {
        for (text, origin, host, port, path) in [
            ("http://localhost:3000/hook?a=1", "http://localhost:3000", "localhost", 3000, "/hook?a=1"),
            ("HTTPS://App.Example", "https://app.example:443", "app.example", 443, "/"),
            ("http://app.example.", "http://app.example:80", "app.example", 80, "/"),
            ("http://app.example?x", "http://app.example:80", "app.example", 80, "/?x"),
            ("http://[::1]:8080/a", "http://[::1]:8080", "::1", 8080, "/a"),
            ("http://127.0.0.1/@a:b", "http://127.0.0.1:80", "127.0.0.1", 80, "/@a:b"),
        ] {
            let address = Appadresse::parse(text).unwrap();
            assert_eq!((address.origin().as_str(), address.host().as_str()), (origin, host), "{text}");
            assert_eq!((address.port(), address.path().as_str()), (port, path), "{text}");
            assert_eq!(address.to_string(), text);
        }
        assert_eq!(Appadresse::parse("http://[::1]/").unwrap().ip(), "::1".parse().ok());
        assert_eq!(Appadresse::parse("http://localhost/").unwrap().ip(), None);
    }

    #[test]
    fn the_port_on_this_machine_is_no_part_of_the_canonical_address() {
        let canonical = |text: &str| Appadresse::parse(text).unwrap().canonical().to_string();
        assert_eq!(canonical("http://localhost:4001/hook"), canonical("http://localhost:4002/hook"));
        assert_ne!(canonical("http://app.example:4001/hook"), canonical("http://app.example:4002/hook"));
    }
}

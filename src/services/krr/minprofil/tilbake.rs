//! Which ways back are approved. The real register keeps a list per customer (`specs/folkeregister.md` §18); here a customer's
//! addresses are those of its clients at ID-porten, and any page at one of their origins will do.

use crate::access::{Visit, is_local};
use crate::town::state::{Klient, Tjeneste};

/// Whether the page may lead back to `uri`: an address at the origin of a client in use, or under the open policy anywhere on
/// this machine or in a private network.
pub(super) fn is_approved(visit: &Visit, uri: &str) -> bool {
    let Some(wanted) = Opphav::of(uri) else { return false };
    let town = &visit.town;
    let clients = town.klienter.alle.keys().filter(|(tjeneste, _)| *tjeneste == Tjeneste::Idporten);
    let visible = clients.filter_map(|(tjeneste, id)| town.klienter.synlig(*tjeneste, id, town.now()));
    let at_home = |klient: &Klient| {
        let addresses = klient.redirect_uris.iter().chain(&klient.post_logout_redirect_uris);
        addresses.filter_map(|known| Opphav::of(known)).any(|known| known.takes(&wanted))
    };
    visible.into_iter().any(|klient| klient.aktiv && at_home(klient)) || visit.open_clients && is_local(uri)
}

/// Scheme, host and port of an address.
#[derive(PartialEq, Eq, Debug)]
struct Opphav<'a> {
    scheme: &'a str,
    host: String,
    port: &'a str,
}

impl<'a> Opphav<'a> {
    /// Of an absolute address for a browser. `None` for everything that programs read in more than one way: other schemes,
    /// user names, backslashes, escapes in the host, and signs that are no part of an address.
    fn of(uri: &'a str) -> Option<Self> {
        let (scheme, rest) = uri.split_once("://")?;
        let fallback = match scheme {
            "http" => "80",
            "https" => "443",
            _ => return None,
        };
        if !uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\\"<>^`{|}".contains(&byte)) {
            return None;
        }
        let authority = rest.split(['/', '?', '#']).next()?;
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => rest.split_once(']').map(|(host, port)| (format!("[{host}]"), port))?,
            None => {
                let (host, port) = authority.find(':').map_or((authority, ""), |colon| authority.split_at(colon));
                (host.to_owned(), port)
            }
        };
        let port = match port.strip_prefix(':') {
            Some(port) => port,
            None if port.is_empty() => fallback,
            None => return None,
        };
        let is_port =
            port == "*" || port.parse::<u16>().is_ok_and(|number| number > 0 && !port.starts_with(['+', '0']));
        let name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[:]".contains(&byte);
        let is_name = !host.is_empty() && host.bytes().all(name);
        (is_port && is_name).then(|| Self { scheme, host: host.to_ascii_lowercase(), port })
    }

    /// Whether `other` is the same; a native app's port may be any.
    fn takes(&self, other: &Self) -> bool {
        let port = self.port == other.port || self.port == "*";
        self.scheme == other.scheme && self.host == other.host && port && other.port != "*"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::fixture::{orgnr, visit};
    use crate::town::state::Applikasjonstype;

    fn app() -> Klient {
        let uris = ["https://app.kommune.example/auth/callback", "http://localhost:*/callback"];
        let klient = Klient::idporten("app", "App", orgnr(), &uris);
        let post_logout_redirect_uris = vec!["http://[::1]:4000/ut".into()];
        Klient { applikasjonstype: Applikasjonstype::Native, post_logout_redirect_uris, ..klient }
    }

    #[test]
    fn a_customer_s_own_pages_are_approved() {
        let visit = visit(&[app()]);
        for uri in [
            "https://app.kommune.example/",
            "https://app.kommune.example",
            "https://app.kommune.example:443/min/side?x=1#y",
            "https://APP.kommune.example/minside",
            "http://localhost:3000/tilbake",
            "http://localhost/tilbake",
            "http://[::1]:4000/her",
        ] {
            assert!(is_approved(&visit, uri), "{uri}");
        }
    }

    #[test]
    fn nothing_else_is_whatever_it_looks_like() {
        let strict = visit(&[app()]);
        let open = Visit { open_clients: true, ..strict.clone() };
        for uri in [
            "",
            "/",
            "//evil.example",
            "//app.kommune.example",
            "///app.kommune.example/",
            "/\\evil.example",
            "\\\\evil.example",
            "https:evil.example",
            "https:/evil.example",
            "https:///app.kommune.example/",
            "https://evil.example/",
            "https://evil.example/https://app.kommune.example/",
            "https://evil.example?https://app.kommune.example/",
            "https://evil.example#https://app.kommune.example/",
            "https://app.kommune.example.evil.example/",
            "https://evil-app.kommune.example/",
            "https://app.kommune.example./",
            "https://app.kommune.example@evil.example/",
            "https://user:word@app.kommune.example/",
            "https://app.kommune.example:443@evil.example/",
            "https://app.kommune.example\\@evil.example/",
            "https://evil.example\\@app.kommune.example/",
            "https://app.kommune.example:8443/",
            "https://app.kommune.example:0443/",
            "https://app.kommune.example:/",
            "https://app.kommune.example:*/",
            "https://app.kommune.example:443:443/",
            "http://app.kommune.example/",
            "HTTPS://app.kommune.example/",
            "https%3A%2F%2Fapp.kommune.example%2F",
            "https://app.kommune.example%2Eevil.example/",
            "https://app.kommune.example%00/",
            "https://app.kommune.example%09/",
            " https://app.kommune.example/",
            "https://app.kommune.example/\r\nSet-Cookie: x=1",
            "https://app.kommune.example/\u{e9}",
            "https://\u{430}pp.kommune.example/",
            "https://app.kommune.example/\"onclick=alert(1)",
            "javascript:alert(1)",
            "javascript://app.kommune.example/%0aalert(1)",
            "jAvAsCrIpT:alert(1)",
            "java\tscript:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "file:///etc/passwd",
            "vbscript:x",
            "blob:https://app.kommune.example/x",
            "no.kommune.app://tilbake",
            "http://localhost:*/",
            "http://localhost:0/",
            "http://localhost:99999/",
            "http://localhost@evil.example/",
            "http://[::1]:4001@evil.example/",
            "http://[::1]evil.example/",
            "http://[::1/",
        ] {
            assert!(!is_approved(&strict, uri), "{uri}");
            assert!(!is_approved(&open, uri), "{uri} under the open policy");
        }
    }

    #[test]
    fn the_open_policy_lets_every_page_on_this_machine_be_a_customer_s() {
        let strict = visit(&[]);
        let open = Visit { open_clients: true, ..strict.clone() };
        for uri in ["http://localhost:3000/x", "http://app.localhost/", "http://192.168.1.7:8080/"] {
            assert!(is_approved(&open, uri) && !is_approved(&strict, uri), "{uri}");
        }
        assert!(!is_approved(&open, "https://app.kommune.example/"));
    }

    #[test]
    fn clients_out_of_use_and_of_other_services_are_nobody_s() {
        let gone = visit(&[Klient { aktiv: false, ..app() }]);
        let other = visit(&[Klient { tjeneste: Tjeneste::Ansattporten, ..app() }]);
        for visit in [gone, other] {
            assert!(!is_approved(&visit, "https://app.kommune.example/"));
        }
    }
}

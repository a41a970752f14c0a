//! Which clients may call, and what comes with the town (`specs/eid.md` §3.2, §10.3).

use std::sync::Arc;

use super::clocks::TokenPolicy;
use super::minprofil::{self, MINPROFIL_CLIENT};
use super::visit::Visit;
use crate::base::Orgnummer;
use crate::clock::Instant;
use crate::keys::{Issuer, client_key};
use crate::town::state::{Applikasjonstype, Klient, Tjeneste};

/// Days a client secret is good for (`specs/eid.md` §3.2).
const HEMMELIGHET_DAGER: i64 = 360;
/// Days a registered key is good for.
const NOEKKEL_DAGER: i64 = 365;
const DAG_MS: i64 = 86_400_000;

/// The login client that comes with every town: public, with PKCE, returning to the sample app.
pub const DEMO_LOGIN_CLIENT: &str = "demo-innbyggerapp";
/// The login client of Ansattporten that comes with every town: public, with PKCE, for employees and on behalf of
/// organisations.
pub const DEMO_EMPLOYEE_CLIENT: &str = "demo-ansattapp";
/// The confidential login client that comes with every town.
pub const DEMO_WEB_CLIENT: &str = "demo-fagsystem";
/// The worthless secret of [`DEMO_WEB_CLIENT`].
pub const DEMO_WEB_SECRET: &str = "demo-hemmelighet";
/// The machine client that comes with every town; it signs with the published `test-client-key.pem`.
pub const DEMO_MACHINE_CLIENT: &str = "demo-maskin";
/// Scopes of [`DEMO_MACHINE_CLIENT`]: those of the services this town offers.
pub const DEMO_SCOPES: &[&str] = &[
    "folkeregister:deling/offentligmedhjemmel",
    "folkeregister:deling/offentligutenhjemmel",
    "krr:global/kontaktinformasjon.read",
    "krr:global/digitalpost.read",
    "skatteetaten:summertskattegrunnlag",
    "skatteetaten:inntekt",
    "move/dpo.read",
    "move/dpe.read",
    "move/dpv.read",
    "move/dpi.read",
];

/// A client as a request met it.
#[derive(Clone, Debug)]
pub struct KnownClient {
    /// Its registration; made up from defaults when `registered` is false.
    pub klient: Arc<Klient>,
    /// Whether the town knows it. Otherwise it is let in because any client may come (`open`).
    pub registered: bool,
}

impl KnownClient {
    /// Which clock its tokens follow.
    #[must_use]
    pub fn policy(&self) -> TokenPolicy {
        if self.klient.virtuell_klokke { TokenPolicy::Virtual } else { TokenPolicy::Wall }
    }

    /// The issuer that its machine tokens name in the world at hand: the one it pinned, else that of the address the caller
    /// used (`specs/experience.md` §7).
    #[must_use]
    pub fn machine_issuer(&self, visit: &Visit) -> String {
        self.klient.tillegg.utsteder.clone().unwrap_or_else(|| visit.issuer(Issuer::Maskinporten))
    }

    /// Whether a secret of this client that was registered at `registrert` has expired.
    #[must_use]
    pub fn is_secret_expired(&self, registrert: Instant, now: Instant) -> bool {
        self.klient.eldes && now >= registrert.plus_millis(HEMMELIGHET_DAGER * DAG_MS)
    }

    /// Whether a key of this client that was registered at `registrert` has expired.
    #[must_use]
    pub fn is_key_expired(&self, registrert: Instant, now: Instant) -> bool {
        self.klient.eldes && now >= registrert.plus_millis(NOEKKEL_DAGER * DAG_MS)
    }

    /// Whether a log-in may return to `uri`.
    #[must_use]
    pub fn may_return_to(&self, uri: &str) -> bool {
        let native = self.klient.applikasjonstype == Applikasjonstype::Native;
        if !self.registered {
            return is_local(uri);
        }
        self.klient.redirect_uris.iter().any(|registered| registered == uri || native && fits_wildcard(registered, uri))
    }
}

/// The client `client_id` of `tjeneste` in the world at hand: registered, or under the policy `open` made up on the spot
/// with the municipality as its owner. MinProfil is known in every world, unless somebody registered another by its name.
#[must_use]
pub fn find_client(visit: &Visit, tjeneste: Tjeneste, client_id: &str) -> Option<KnownClient> {
    if let Some(klient) = visit.town.klienter.synlig(tjeneste, client_id, visit.town.now()) {
        // A client that was taken out of use stays out, whatever the policy.
        return klient.aktiv.then(|| KnownClient { klient: klient.clone(), registered: true });
    }
    if tjeneste == Tjeneste::Idporten && client_id == MINPROFIL_CLIENT {
        return Some(KnownClient { klient: Arc::new(minprofil::klient(visit)), registered: true });
    }
    if !visit.open_clients || client_id.is_empty() {
        return None;
    }
    let orgnr = visit.town.base.kommune.orgnr;
    let klient = Klient { pkce: false, tjeneste, ..Klient::idporten(client_id, client_id, orgnr, &[]) };
    Some(KnownClient { klient: Arc::new(klient), registered: false })
}

/// The clients that come with a town whose municipality is `orgnr`: a public login client, a confidential one, a machine
/// client and one for employees. They are registered at start unless the caller brings clients of its own.
#[must_use]
pub fn default_clients(orgnr: Orgnummer) -> Vec<Klient> {
    let public = |id: &str, name: &str| {
        let redirects = ["http://127.0.0.1:*/callback", "http://localhost:*/callback"];
        Klient { applikasjonstype: Applikasjonstype::Native, ..Klient::idporten(id, name, orgnr, &redirects) }
    };
    let login = public(DEMO_LOGIN_CLIENT, "Innbyggerapp");
    let employee = Klient { tjeneste: Tjeneste::Ansattporten, ..public(DEMO_EMPLOYEE_CLIENT, "Ansattapp") };
    let web = Klient::idporten(DEMO_WEB_CLIENT, "Fagsystem", orgnr, &["http://localhost:2984/callback"])
        .with_secret(DEMO_WEB_SECRET);
    let key = client_key();
    let jwk = key.public().to_jwk().to_string();
    let machine = Klient::maskinporten(DEMO_MACHINE_CLIENT, "Maskin", orgnr, key.kid(), &jwk, DEMO_SCOPES);
    [login, web, machine, employee].map(Klient::ageless).to_vec()
}

/// Whether `uri` is a native client's loopback address `registered`, whose port is `*`, on some port.
fn fits_wildcard(registered: &str, uri: &str) -> bool {
    let Some((before, after)) = registered.split_once(":*") else { return false };
    let Some(rest) = uri.strip_prefix(before).and_then(|rest| rest.strip_prefix(':')) else { return false };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0 && rest[..digits].parse::<u16>().is_ok_and(|port| port > 0) && &rest[digits..] == after
}

/// Whether `uri` leads to this machine or a private network: loopback, `*.localhost`, private IPv4 addresses, and names
/// without a dot or of the usual container gateways.
#[must_use]
pub fn is_local(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once("://") else { return false };
    if !matches!(scheme, "http" | "https") || uri.contains('#') || !uri.bytes().all(|byte| byte.is_ascii_graphic()) {
        return false;
    }
    let authority = rest.split(['/', '?', '\\']).next().unwrap_or_default();
    if authority.contains('@') {
        return false;
    }
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split_once(']').is_some_and(|(host, port)| host == "::1" && is_port(port));
    }
    let (host, port) = authority.find(':').map_or((authority, ""), |colon| authority.split_at(colon));
    is_port(port) && is_local_host(host)
}

fn is_port(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(|digits| digits.parse::<u16>().is_ok())
}

fn is_local_host(host: &str) -> bool {
    if let Ok(address) = host.parse::<std::net::Ipv4Addr>() {
        return address.is_loopback() || address.is_private();
    }
    let named = |name: &str| host.eq_ignore_ascii_case(name);
    let label = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let all_digits = host.bytes().all(|byte| byte.is_ascii_digit());
    named("host.docker.internal")
        || named("host.containers.internal")
        || host.strip_suffix(".localhost").is_some_and(|name| name.split('.').all(label))
        || label(host) && !all_digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_addresses_are_told_from_others() {
        for (uri, local) in [
            ("http://localhost/cb", true),
            ("http://localhost:8080/cb?x=1", true),
            ("https://127.0.0.1:1/", true),
            ("http://127.8.8.8/", true),
            ("http://[::1]:3000/cb", true),
            ("http://app.localhost:3000/cb", true),
            ("http://10.1.2.3/cb", true),
            ("http://172.16.0.1/cb", true),
            ("http://192.168.1.1/cb", true),
            ("http://web:3000/cb", true),
            ("http://host.docker.internal:3000/cb", true),
            ("http://172.32.0.1/cb", false),
            ("http://8.8.8.8/cb", false),
            ("http://app.example/cb", false),
            ("http://localhost.app.example/cb", false),
            ("http://localhost@app.example/cb", false),
            ("http://app.example\\@localhost/cb", false),
            ("http://localhost:80:80/cb", false),
            ("http://localhost:99999/cb", false),
            ("http://[::2]/cb", false),
            ("http://2130706433/cb", false),
            ("http://localhost/cb#x", false),
            ("ftp://localhost/cb", false),
            ("javascript://localhost/%0aalert(1)", false),
            ("localhost", false),
            ("http:///cb", false),
        ] {
            assert_eq!(is_local(uri), local, "{uri}");
        }
    }

    #[test]
    fn a_wildcard_port_is_any_port_and_nothing_else() {
        for (uri, fits) in [
            ("http://127.0.0.1:1/cb", true),
            ("http://127.0.0.1:65535/cb", true),
            ("http://127.0.0.1:65536/cb", false),
            ("http://127.0.0.1:0/cb", false),
            ("http://127.0.0.1/cb", false),
            ("http://127.0.0.1:/cb", false),
            ("http://127.0.0.1:80/cb/", false),
            ("http://127.0.0.1:80@app.example/cb", false),
            ("http://localhost:80/cb", false),
        ] {
            assert_eq!(fits_wildcard("http://127.0.0.1:*/cb", uri), fits, "{uri}");
        }
    }

    #[test]
    fn secrets_and_keys_age_by_the_world_s_clock_unless_they_came_with_the_town() {
        let orgnr = (30_000_000..).find_map(Orgnummer::compose).unwrap();
        let known = |klient: Klient| KnownClient { klient: Arc::new(klient), registered: true };
        let aging = known(Klient::idporten("a", "A", orgnr, &[]));
        let ageless = known(Klient::idporten("a", "A", orgnr, &[]).ageless());
        let then = Instant::from_millis(0);
        let days = |days: i64| Instant::from_millis(days * DAG_MS);
        assert!(!aging.is_secret_expired(then, days(360).plus_millis(-1)) && aging.is_secret_expired(then, days(360)));
        assert!(!aging.is_key_expired(then, days(365).plus_millis(-1)) && aging.is_key_expired(then, days(365)));
        assert!(!ageless.is_secret_expired(then, days(4000)) && !ageless.is_key_expired(then, days(4000)));
    }
}

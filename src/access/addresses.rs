//! Hosts a service has to itself (`specs/names.md` §1, host mode): `<service>.localhost`, `<service>.<world>.localhost`,
//! and the names of the real test environments. Behind such a host the real API's own path follows unchanged.

/// In front of a host's name, the host of the login pages beside it.
pub const LOGIN_HOST: &str = "login.";

/// A service that can be reached by a host of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServiceHost {
    /// Service id, the first label below `localhost`.
    pub id: &'static str,
    /// What stands in front of the real path on a host shared with other services; no slash at the end.
    pub path: &'static str,
    /// Names of the real test environments. The first is the one links are written with.
    pub hosts: &'static [&'static str],
}

/// Every service of `specs/names.md` §1; those of this version with the test hosts their specifications give
/// (`specs/eid.md` §1.1, `specs/folkeregister.md` §1, §18.1). The Integrasjonspunkt has none: every municipality runs its
/// own. What stands in front of a path is nothing where the real paths begin with the service's name already.
pub const SERVICE_HOSTS: &[ServiceHost] = &[
    ServiceHost { id: "idporten", path: "/idporten", hosts: &["test.idporten.no", "login.test.idporten.no"] },
    ServiceHost {
        id: "ansattporten",
        path: "/ansattporten",
        hosts: &["test.ansattporten.no", "login.test.ansattporten.no"],
    },
    ServiceHost { id: "maskinporten", path: "/maskinporten", hosts: &["test.maskinporten.no"] },
    ServiceHost {
        id: "folkeregisteret",
        path: "",
        hosts: &["folkeregisteret-api-konsument-playground.sits.no", "folkeregisteret-api-konsument.sits.no"],
    },
    ServiceHost { id: "krr", path: "/krr", hosts: &["test.kontaktregisteret.no"] },
    ServiceHost { id: "krr", path: "/krr/minprofil", hosts: &["minprofil.test.kontaktregisteret.no"] },
    service("eformidling", "/eformidling"),
    ServiceHost { id: "selvbetjening", path: "/selvbetjening", hosts: &["api.test.samarbeid.digdir.no"] },
    service("lommebok", "/lommebok"),
    service("skatt", "/skatt"),
    skatt("/skatt/api/summertskattegrunnlag", &["summertskattegrunnlag.api.skatteetaten-test.no"]),
    skatt(
        "/skatt/api/sistetilgjengeligeskatteoppgjoer",
        &["sistetilgjengeligeskatteoppgjoer.api.skatteetaten-test.no"],
    ),
    skatt("/skatt/api/inntekt", &["inntekt.api.skatteetaten-test.no"]),
    skatt("/skatt/api/skatteoppgjoerhendelser", &["skatteoppgjoerhendelser.api.skatteetaten-test.no"]),
    skatt("/skatt/api/skattemeldingutkasthendelser", &["skattemeldingutkasthendelser.api.skatteetaten-test.no"]),
    skatt("/skatt/api/inntekthendelser", &["inntekthendelser.api.skatteetaten-test.no"]),
    ServiceHost { id: "fiks", path: "/fiks", hosts: &["api.fiks.test.ks.no"] },
    service("svarut", "/svarut"),
    service("serviceregistry", "/serviceregistry"),
    service("peppol", "/peppol"),
    service("smp", "/smp"),
    service("directory", "/directory"),
    service("as4", "/as4"),
    service("enhetsregisteret", ""),
    service("frivillighetsregisteret", ""),
    service("adresser", ""),
    service("kommuneinfo", ""),
    service("matrikkel", "/matrikkel"),
    service("altinn", "/altinn"),
    service("dialogporten", "/dialogporten"),
    service("signering", "/signering"),
    service("einnsyn", "/einnsyn"),
    service("digitalpost", "/digitalpost"),
    service("datakatalog", "/datakatalog"),
    service("kontekst", "/kontekst"),
    service("xroad", "/xroad"),
];

/// A service of `specs/names.md` §1 without a test host of its own in this version.
const fn service(id: &'static str, path: &'static str) -> ServiceHost {
    ServiceHost { id, path, hosts: &[] }
}

/// An interface of the tax administration: each has a host of its own, whose first part is a segment of the path here
/// (`specs/folkeregister.md` §19).
const fn skatt(path: &'static str, hosts: &'static [&'static str]) -> ServiceHost {
    ServiceHost { id: "skatt", path, hosts }
}

/// What a host name says beyond leading here.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HostSigns {
    /// The one service this host serves.
    pub service: Option<&'static ServiceHost>,
    /// The world named between service and `localhost`.
    pub world: Option<String>,
}

/// The host of an authority without its port, in lower case and without the dot at the end: `KRR.localhost.:2983` is
/// `krr.localhost`, `[::1]:2983` is `::1`.
#[must_use]
pub fn host_name(authority: &str) -> String {
    let name = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => authority.rsplit_once(':').map_or(authority, |(name, _)| name),
    };
    name.trim_end_matches('.').to_ascii_lowercase()
}

impl ServiceHost {
    /// The path `rest` asked for on this service's own host, as it is asked for on a host shared with others. A path that
    /// begins with the service's base already is left alone.
    #[must_use]
    pub fn below(&self, rest: &str) -> String {
        let has_it = rest.strip_prefix(self.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if has_it { rest.to_owned() } else { format!("{}{rest}", self.path) }
    }
}

/// What `name`, as [`host_name`] gives it, says. One label below `localhost` that is no service is a name like any
/// other; of two, the first must be a service.
///
/// # Errors
/// The label that should be a service and is not.
pub fn signs_of_host(name: &str) -> Result<HostSigns, String> {
    if let Some(service) = SERVICE_HOSTS.iter().find(|service| service.hosts.contains(&name)) {
        return Ok(HostSigns { service: Some(service), world: None });
    }
    let Some(labels) = name.strip_suffix(".localhost") else { return Ok(HostSigns::default()) };
    let of = |label: &str| SERVICE_HOSTS.iter().find(|service| service.id == label);
    match labels.split_once('.') {
        None => Ok(HostSigns { service: of(labels), world: None }),
        Some((label, world)) => match of(label) {
            Some(service) => Ok(HostSigns { service: Some(service), world: Some(world.to_owned()) }),
            None => Err(label.to_owned()),
        },
    }
}

/// Where service `id` is reached below `base_url`: its own host as it is, any other with the service's path.
#[must_use]
pub fn service_base(base_url: &str, id: &str) -> String {
    let Some(service) = SERVICE_HOSTS.iter().find(|service| service.id == id) else { return base_url.to_owned() };
    let (scheme, rest) = base_url.split_once("://").unwrap_or(("http", base_url));
    let (authority, prefix) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let name = host_name(authority);
    if !signs_of_host(&name).is_ok_and(|signs| signs.service == Some(service)) {
        return format!("{base_url}{}", service.path);
    }
    // The log-in pages of the real service stand on a host of their own, its issuer does not.
    let written = match service.hosts.first() {
        Some(first) if service.hosts.contains(&name.as_str()) => authority.to_ascii_lowercase().replace(&name, first),
        _ => authority.to_owned(),
    };
    format!("{scheme}://{written}{prefix}")
}

/// Where a caller who came to `base_url` finds what stands at `path` of a host shared by all services: there too; from the
/// own host of a service below `localhost` at `localhost` itself, unless it is that service's; and from the name of a real
/// test environment at the name that what is looked for has there.
#[must_use]
pub fn beside(base_url: &str, path: &str) -> String {
    let (scheme, rest) = base_url.split_once("://").unwrap_or(("http", base_url));
    let (authority, prefix) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let name = host_name(authority);
    let Ok(HostSigns { service: Some(service), world }) = signs_of_host(&name) else {
        return format!("{base_url}{path}");
    };
    let below = |service: &ServiceHost| {
        let rest = path.strip_prefix(service.path)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| rest.to_owned())
    };
    let port = authority.get(name.len()..).filter(|port| port.starts_with(':')).unwrap_or("");
    let shared = || {
        let world = world.as_ref().map_or_else(|| prefix.to_owned(), |world| format!("/w/{world}"));
        format!("{scheme}://localhost{port}{world}{path}")
    };
    if !service.hosts.contains(&name.as_str()) {
        return below(service).map_or_else(shared, |rest| format!("{base_url}{rest}"));
    }
    let named = SERVICE_HOSTS.iter().filter_map(|one| Some((one, one.hosts.first()?, below(one)?)));
    let nearest = named.max_by_key(|(one, ..)| one.path.len());
    nearest.map_or_else(shared, |(_, host, rest)| format!("{scheme}://{host}{port}{prefix}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beside_a_service_stands_another() {
        for (base, path, expected) in [
            ("http://localhost:2983", "/idporten", "http://localhost:2983/idporten"),
            ("http://byteby:2983/w/a", "/krr/minprofil", "http://byteby:2983/w/a/krr/minprofil"),
            ("http://krr.localhost:2983", "/krr/minprofil", "http://krr.localhost:2983/minprofil"),
            ("http://krr.localhost:2983", "/idporten", "http://localhost:2983/idporten"),
            ("http://krr.a.localhost:2983", "/idporten", "http://localhost:2983/w/a/idporten"),
            ("http://idporten.localhost/w/a", "/krr/minprofil", "http://localhost/w/a/krr/minprofil"),
            ("https://test.kontaktregisteret.no", "/krr/minprofil", "https://minprofil.test.kontaktregisteret.no"),
            (
                "https://minprofil.test.kontaktregisteret.no",
                "/krr/minprofil",
                "https://minprofil.test.kontaktregisteret.no",
            ),
            ("https://minprofil.test.kontaktregisteret.no:8443/w/a", "/idporten", "https://test.idporten.no:8443/w/a"),
            (
                "https://login.test.idporten.no:8443/w/a",
                "/krr/minprofil",
                "https://minprofil.test.kontaktregisteret.no:8443/w/a",
            ),
            (
                "https://test.idporten.no",
                "/folkeregisteret/x",
                "https://folkeregisteret-api-konsument-playground.sits.no/folkeregisteret/x",
            ),
        ] {
            assert_eq!(beside(base, path), expected, "{base} {path}");
        }
    }

    #[test]
    fn a_host_says_which_service_and_which_world() {
        for (host, service, world) in [
            ("localhost", None, None),
            ("127.0.0.1", None, None),
            ("app.localhost", None, None),
            ("krr.localhost", Some("krr"), None),
            ("krr.test-1.localhost", Some("krr"), Some("test-1")),
            ("test.maskinporten.no", Some("maskinporten"), None),
            ("login.test.idporten.no", Some("idporten"), None),
            ("test.ansattporten.no", Some("ansattporten"), None),
            ("login.test.ansattporten.no", Some("ansattporten"), None),
            ("api.test.samarbeid.digdir.no", Some("selvbetjening"), None),
            ("maskinporten.no", None, None),
        ] {
            let signs = signs_of_host(host).unwrap();
            assert_eq!((signs.service.map(|service| service.id), signs.world.as_deref()), (service, world), "{host}");
        }
        assert_eq!(signs_of_host("kkr.test.localhost"), Err("kkr".to_owned()));
    }

    #[test]
    fn a_service_s_own_host_has_the_real_paths() {
        let krr = signs_of_host("krr.localhost").unwrap().service.unwrap();
        for (rest, path) in
            [("/rest/v2", "/krr/rest/v2"), ("/krr/rest", "/krr/rest"), ("/krrx", "/krr/krrx"), ("/", "/krr/")]
        {
            assert_eq!(krr.below(rest), path);
        }
    }

    #[test]
    fn a_name_has_no_port_and_no_case() {
        for (authority, name) in [
            ("KRR.localhost.:2983", "krr.localhost"),
            ("[::1]:2983", "::1"),
            ("[::1]", "::1"),
            ("127.0.0.1", "127.0.0.1"),
        ] {
            assert_eq!(host_name(authority), name);
        }
    }

    #[test]
    fn a_service_stands_at_the_root_of_its_own_host() {
        for (base, id, expected) in [
            ("http://localhost:2983", "idporten", "http://localhost:2983/idporten"),
            ("http://localhost:2983/w/a", "krr", "http://localhost:2983/w/a/krr"),
            ("http://localhost:2983", "folkeregisteret", "http://localhost:2983"),
            ("http://idporten.localhost:2983", "idporten", "http://idporten.localhost:2983"),
            ("http://idporten.localhost:2983/w/a", "idporten", "http://idporten.localhost:2983/w/a"),
            ("https://test.idporten.no", "idporten", "https://test.idporten.no"),
            ("https://login.test.idporten.no:8443", "idporten", "https://test.idporten.no:8443"),
            ("http://krr.localhost:2983", "maskinporten", "http://krr.localhost:2983/maskinporten"),
        ] {
            assert_eq!(service_base(base, id), expected, "{base} {id}");
        }
    }
}

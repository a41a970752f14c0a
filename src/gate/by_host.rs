//! Host mode: `<service>.localhost` and `<service>.<world>.localhost` (`specs/experience.md` §6).

/// Services by name, and what stands in front of a service's own paths here: its base of `specs/names.md` §1. Where the
/// real paths begin with the service's name already, nothing does.
const SERVICES: &[(&str, &str)] = &[
    ("idporten", "/idporten"),
    ("ansattporten", "/ansattporten"),
    ("maskinporten", "/maskinporten"),
    ("selvbetjening", "/selvbetjening"),
    ("lommebok", "/lommebok"),
    ("folkeregisteret", ""),
    ("krr", "/krr"),
    ("skatt", "/skatt"),
    ("fiks", "/fiks"),
    ("svarut", "/svarut"),
    ("eformidling", "/eformidling"),
    ("serviceregistry", "/serviceregistry"),
    ("peppol", "/peppol"),
    ("smp", "/smp"),
    ("directory", "/directory"),
    ("as4", "/as4"),
    ("enhetsregisteret", ""),
    ("frivillighetsregisteret", ""),
    ("adresser", ""),
    ("kommuneinfo", ""),
    ("matrikkel", "/matrikkel"),
    ("altinn", "/altinn"),
    ("dialogporten", "/dialogporten"),
    ("signering", "/signering"),
    ("einnsyn", "/einnsyn"),
    ("digitalpost", "/digitalpost"),
    ("datakatalog", "/datakatalog"),
    ("kontekst", "/kontekst"),
    ("xroad", "/xroad"),
];

/// What a host name says beside "this machine".
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct ByHost<'a> {
    /// What stands in front of the paths of the service named.
    mount: &'static str,
    /// The world named.
    pub(super) world: Option<&'a str>,
}

impl<'a> ByHost<'a> {
    /// Reads the value of a `Host` header. A name under `localhost` that is no service's says nothing, unless it names a
    /// world too: then it is a mistake, and going on in the default world would hide it.
    ///
    /// # Errors
    /// The word that should be a service.
    pub(super) fn read(host: &'a str) -> Result<Self, &'a str> {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name).trim_end_matches('.');
        let mut labels = name.rsplit('.');
        if !labels.next().is_some_and(|last| last.eq_ignore_ascii_case("localhost")) {
            return Ok(Self::default());
        }
        let labels: Vec<&str> = labels.collect();
        let mount = |service: &str| {
            let found = SERVICES.iter().find(|(name, _)| name.eq_ignore_ascii_case(service));
            found.map(|(_, mount)| *mount)
        };
        match labels[..] {
            [service] => Ok(Self { mount: mount(service).unwrap_or(""), world: None }),
            [world, service] => match mount(service) {
                Some(mount) => Ok(Self { mount, world: Some(world) }),
                None => Err(service),
            },
            _ => Ok(Self::default()),
        }
    }

    /// The path `rest` of a request, as the path of the same request without host mode. A link that a service wrote has
    /// its base already.
    pub(super) fn path(self, rest: &str) -> String {
        let has_it = rest.strip_prefix(self.mount).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if has_it { rest.to_owned() } else { format!("{}{rest}", self.mount) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_names_a_service_and_a_world() {
        for (host, path, seen, world) in [
            ("localhost:2983", "/krr/rest", "/krr/rest", None),
            ("127.0.0.1", "/krr/rest", "/krr/rest", None),
            ("[::1]:2983", "/krr/rest", "/krr/rest", None),
            ("krr.localhost", "/rest/v2", "/krr/rest/v2", None),
            ("KRR.LocalHost.:2983", "/rest/v2", "/krr/rest/v2", None),
            ("krr.localhost", "/krr/rest", "/krr/rest", None),
            ("krr.localhost", "/krrx", "/krr/krrx", None),
            ("krr.test.localhost:80", "/rest", "/krr/rest", Some("test")),
            ("folkeregisteret.test.localhost", "/folkeregisteret/x", "/folkeregisteret/x", Some("test")),
            ("app.localhost", "/krr/rest", "/krr/rest", None),
            ("byteby", "/krr/rest", "/krr/rest", None),
            ("krr.test.example", "/krr/rest", "/krr/rest", None),
        ] {
            let read = ByHost::read(host).unwrap();
            assert_eq!((read.path(path).as_str(), read.world), (seen, world), "{host}");
        }
        assert_eq!(ByHost::read("kr.test.localhost"), Err("kr"));
    }
}

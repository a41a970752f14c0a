//! The address a browser is sent to (`specs/experience.md` §7).

use axum::http::HeaderMap;

use super::admission::Arrival;
use super::world;

/// Origin and world prefix for a browser, without a slash at the end; `configured` is the public address of the settings.
///
/// A browser that is sent on carries no header and arrives at the public address, so a world that the caller named in a
/// header stands in the path here, and one it named in the host does when the public address is another host.
pub(super) fn base(configured: Option<&str>, arrival: &Arrival, headers: &HeaderMap, world: &str) -> String {
    let origin = configured.unwrap_or(&arrival.origin);
    let in_host = arrival.world_in_host.is_some();
    let says_so_itself = in_host && configured.is_none();
    let named = in_host || world::is_in_headers(headers);
    match &arrival.world_in_path {
        Some(name) => format!("{origin}/w/{name}"),
        None if named && !says_so_itself => format!("{origin}/w/{world}"),
        None => origin.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::admission::Surface;
    use crate::gate::forwarded::Caller;

    #[test]
    fn the_world_of_the_caller_is_the_world_of_the_browser() {
        let (path, host, header) = (Some("t"), Some("t"), Some(("byteby-world", "t")));
        let baggage = Some(("baggage", "a=1, byteby-world=t"));
        let public = Some("http://town.example");
        for (configured, path, host, header, expected) in [
            (None, None, None, None, "http://byteby:1"),
            (public, None, None, None, "http://town.example"),
            (None, path, None, None, "http://byteby:1/w/t"),
            (public, path, None, header, "http://town.example/w/t"),
            (None, None, host, None, "http://byteby:1"),
            (public, None, host, None, "http://town.example/w/t"),
            (None, None, None, header, "http://byteby:1/w/t"),
            (public, None, None, header, "http://town.example/w/t"),
            (public, None, None, baggage, "http://town.example/w/t"),
            (public, None, None, Some(("baggage", "a=1")), "http://town.example"),
        ] {
            let arrival = Arrival {
                origin: "http://byteby:1".into(),
                world_in_path: path.map(str::to_owned),
                world_in_host: host.map(str::to_owned),
                path: "/".into(),
                surface: Surface::Mock,
                caller: Caller::default(),
            };
            let headers = header.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            let found = base(configured, &arrival, &headers.collect(), "t");
            assert_eq!(found, expected, "{configured:?} {path:?} {host:?} {header:?}");
        }
    }
}

//! Which world a request is for (`DESIGN` §5): explicit signs first, which must agree; then attachment of the app.

use crate::townhall::TownHall;

/// Signs a request carries.
#[derive(Clone, Debug, Default)]
pub struct Signs<'a> {
    /// World in the path, `/w/<world>/…`.
    pub path: Option<&'a str>,
    /// Header `Byteby-World`.
    pub header: Option<&'a str>,
    /// Member `byteby-world` of W3C baggage.
    pub baggage: Option<&'a str>,
    /// Client id found in a token, an assertion, Basic credentials or a form. Never picks a world by itself: only an
    /// attachment made by somebody does.
    pub client: Option<&'a str>,
}

/// Where a request goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Selection {
    /// To this world.
    World(String),
    /// Two explicit signs name two worlds: 409.
    Disagree(String, String),
}

/// App name under which every request without a name of its own is attached while an app has the town to itself.
const EVERYBODY: &str = "*";

/// Finds the world.
#[must_use]
pub fn select(hall: &TownHall, signs: &Signs<'_>) -> Selection {
    let explicit: Vec<&str> = [signs.path, signs.header, signs.baggage].into_iter().flatten().collect();
    if let Some(first) = explicit.first() {
        return match explicit.iter().find(|other| *other != first) {
            Some(other) => Selection::Disagree((*first).to_owned(), (*other).to_owned()),
            None => Selection::World((*first).to_owned()),
        };
    }
    let by_client = signs.client.map(|client| hall.attached(client)).filter(|world| world != crate::townhall::MAIN);
    Selection::World(by_client.unwrap_or_else(|| hall.attached(EVERYBODY)))
}

/// The world of a path and the rest behind it: `/w/test/krr` is (`test`, `/krr`).
#[must_use]
pub(super) fn split_world(path: &str) -> (Option<&str>, &str) {
    let Some(rest) = path.strip_prefix("/w/") else { return (None, path) };
    match rest.find('/') {
        Some(end) => (Some(&rest[..end]), &rest[end..]),
        None => (Some(rest), "/"),
    }
}

/// The member `byteby-world` of a baggage header.
#[must_use]
pub(super) fn baggage_world(header: &str) -> Option<&str> {
    header.split(',').find_map(|member| {
        let (key, value) = member.split_once('=')?;
        (key.trim() == "byteby-world").then(|| value.split(';').next().unwrap_or(value).trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_splits_into_world_and_rest() {
        for (path, world, rest) in [
            ("/krr/rest", None, "/krr/rest"),
            ("/w/test/krr/rest", Some("test"), "/krr/rest"),
            ("/w/test", Some("test"), "/"),
            ("/w/", Some(""), "/"),
            ("/www", None, "/www"),
        ] {
            assert_eq!(split_world(path), (world, rest), "{path}");
        }
    }

    #[test]
    fn baggage_members_are_read_among_others() {
        assert_eq!(baggage_world("a=1, byteby-world=t-1;prop=x , b=2"), Some("t-1"));
        assert_eq!(baggage_world("a=1"), None);
    }
}

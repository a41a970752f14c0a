//! Which world a request is for (`DESIGN` §5): explicit signs first, which must agree; then what a log-in
//! remembers; then attachment of the app.

use crate::townhall::TownHall;

/// Signs a request carries.
#[derive(Clone, Debug, Default)]
pub struct Signs<'a> {
    /// World in the path, `/w/<world>/…`.
    pub path: Option<&'a str>,
    /// World in the host, `<service>.<world>.localhost`.
    pub host: Option<&'a str>,
    /// Header `Byteby-World`.
    pub header: Option<&'a str>,
    /// Member `byteby-world` of W3C baggage.
    pub baggage: Option<&'a str>,
    /// World of the log-in that the request goes on with.
    pub flow: Option<&'a str>,
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
    let explicit: Vec<&str> = [signs.path, signs.host, signs.header, signs.baggage].into_iter().flatten().collect();
    if let Some(first) = explicit.first() {
        return match explicit.iter().find(|other| *other != first) {
            Some(other) => Selection::Disagree((*first).to_owned(), (*other).to_owned()),
            None => Selection::World((*first).to_owned()),
        };
    }
    if let Some(flow) = signs.flow {
        return Selection::World(flow.to_owned());
    }
    let by_client = signs.client.map(|client| hall.attached(client)).filter(|world| world != crate::townhall::MAIN);
    Selection::World(by_client.unwrap_or_else(|| hall.attached(EVERYBODY)))
}

//! What a request brings: whose session it is, in which language, the way back, and where the page stands for its browser.

use axum::http::HeaderMap;
use axum::response::Response;

use super::see_other;
use super::texts::Texts;
use crate::access::{Inbound, MINPROFIL, Params, Visit, beside, with_query};
use crate::oidc;
use crate::town::model::{PersonKey, Personstatus};

/// Longest way back that is carried along.
const MAX_TILBAKE: usize = 2_000;

/// One request.
pub(super) struct Besoek {
    pub(super) visit: Visit,
    /// The page's address for a browser, without a slash at the end.
    pub(super) side: String,
    /// Value of the session's cookie.
    pub(super) oekt: Option<String>,
    /// Language chosen on the page; otherwise it follows the citizen's entry.
    pub(super) lang: Option<&'static str>,
    /// `gotoUrl`, approved or not.
    pub(super) tilbake: Option<String>,
}

impl Besoek {
    /// Reads a request with the query or form `text`; `None` when it cannot be read.
    pub(super) fn of(inbound: &Inbound, headers: &HeaderMap, text: &[u8]) -> Option<(Self, Params)> {
        let params = Params::parse(text).ok()?;
        let visit = Visit::of(inbound);
        let side = beside(&visit.public_url, MINPROFIL);
        let tilbake = params.get("gotoUrl").filter(|uri| uri.len() <= MAX_TILBAKE).map(str::to_owned);
        let lang = params.get("lang").and_then(Texts::code);
        let mut besoek = Self { visit, side, oekt: None, lang, tilbake };
        besoek.oekt = oidc::cookie(headers, &besoek.cookie(""));
        Some((besoek, params))
    }

    /// Who is logged in: somebody alive, in a session that lasts.
    pub(super) fn person(&self) -> Option<PersonKey> {
        let key = self.visit.state.minprofil(self.visit.clocks, self.oekt.as_deref()?)?;
        let status = self.visit.town.person_by_key(key)?.status();
        (!matches!(status, Personstatus::Doed | Personstatus::Opphoert)).then_some(key)
    }

    /// Whether a form was sent from the page as this session was shown it.
    pub(super) fn sent_from_page(&self, params: &Params) -> bool {
        let shown = self.oekt.as_deref().map(|cookie| self.visit.state.minprofil_form(cookie));
        shown.is_some_and(|shown| params.count("kode") == 1 && params.get("kode") == Some(&shown))
    }

    /// The words: of the language chosen, else of the citizen's.
    pub(super) fn texts(&self, person: Option<PersonKey>) -> &'static Texts {
        let own = || Some(self.visit.town.person_by_key(person?)?.kontakt().spraak.code());
        Texts::of(self.lang.or_else(own).unwrap_or("nb"))
    }

    /// The path of the page, or of what lies below it.
    pub(super) fn path(&self, below: &str) -> String {
        let behind = self.side.find("://").map_or(0, |at| at + 3);
        let path = self.side[behind..].find('/').map_or("", |slash| &self.side[behind + slash..]);
        if path.is_empty() && below.is_empty() { "/".to_owned() } else { format!("{path}{below}") }
    }

    /// A link to the page that keeps language and way back, with `more` in its query.
    pub(super) fn link(&self, more: &[(&str, &str)]) -> String {
        let mut query = more.to_vec();
        let chosen = |name: &str| more.iter().any(|(given, _)| *given == name);
        query.extend(self.lang.filter(|_| !chosen("lang")).map(|lang| ("lang", lang)));
        query.extend(self.tilbake.as_deref().map(|uri| ("gotoUrl", uri)));
        with_query(&self.path(""), &query)
    }

    /// Sends the browser to the page, which then says `melding`.
    pub(super) fn to_page(&self, melding: Option<&str>) -> Response {
        let more: Vec<(&str, &str)> = melding.map(|melding| ("melding", melding)).into_iter().collect();
        see_other(&self.link(&more))
    }

    /// Name of a cookie of the page's: cookies know neither ports nor worlds, so both stand in it (`specs/core.md` §7).
    pub(super) fn cookie(&self, which: &str) -> String {
        let host = self.side.split_once("://").map_or(self.side.as_str(), |(_, rest)| rest);
        let host = host.split('/').next().unwrap_or_default();
        let port = host.rsplit_once(':').map_or("80", |(_, port)| port);
        let port = if port.bytes().all(|byte| byte.is_ascii_digit()) { port } else { "80" };
        format!("byteby_{port}_{}_minprofil{which}", self.visit.world)
    }

    /// `response` with the cookie set to `value`, or cleared without one.
    pub(super) fn with_cookie(&self, response: Response, which: &str, value: Option<&str>) -> Response {
        oidc::with_cookie(response, &self.cookie(which), &self.path(""), value)
    }
}

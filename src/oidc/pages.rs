//! The pages people see. Server-rendered, complete without scripts, in the language of the request.

use askama::Template;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

use super::europe::European;
use super::levels::Method;
use super::representation::Offer;
use super::texts::Texts;
use crate::base::sha256;
use crate::keys::encode_std;

/// Why a page stops the flow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Problem {
    Client,
    Redirect,
    Request,
    Stale,
    Address,
    NoSession,
    IdTokenHint,
    Unrelated,
}

impl Problem {
    /// The key of its text.
    fn key(self) -> &'static str {
        match self {
            Self::Client => "problem.client",
            Self::Redirect => "problem.redirect",
            Self::Request => "problem.request",
            Self::Stale => "problem.stale",
            Self::Address => "problem.address",
            Self::NoSession => "problem.no_session",
            Self::IdTokenHint => "problem.id_token_hint",
            Self::Unrelated => "problem.unrelated",
        }
    }
}

/// What every page of a log-in under way has.
pub(super) struct Frame {
    /// Address of the page's own form, below the caller's origin.
    pub action: String,
    pub id: String,
    /// `id` and `client_id` as a query.
    pub query: String,
    pub client_id: String,
    /// The client's name.
    pub client: String,
    /// Language somebody chose, which may have no pages.
    pub locale: String,
    /// Whether any client may come.
    pub open: bool,
    /// Whether the language chosen has no pages.
    pub unread: bool,
    /// What is wrong with what was typed.
    pub message: Option<String>,
}

impl Frame {
    /// Code and name of each language to choose, and whether it is the one chosen.
    pub(super) fn languages(&self) -> Vec<(&'static str, &'static str, bool)> {
        let all = [("nb", "Bokmål"), ("nn", "Nynorsk"), ("en", "English"), ("se", "Davvisámegiella")];
        all.into_iter().map(|(code, name)| (code, name, code == self.locale)).collect()
    }
}

/// A citizen in a list.
pub(super) struct Citizen {
    pub pid: String,
    pub navn: String,
    /// Number, age and what there is to tell.
    pub line: String,
    /// Name of the story; empty without one.
    pub historie: &'static str,
}

/// The login page.
#[derive(Template)]
#[template(path = "oidc/login.html")]
pub(super) struct Login<'a> {
    pub t: &'a Texts,
    pub frame: Frame,
    /// The level asked for, in a sentence.
    pub wanted: String,
    /// The levels that would do, lowest first.
    pub levels: Vec<&'static str>,
    pub methods: Vec<&'static Method>,
    /// What was chosen before, when it was refused.
    pub pid: &'a str,
    pub acr: &'a str,
    pub amr: &'a str,
    pub search: &'a str,
    /// Empty when nothing was looked for.
    pub hits_heading: String,
    pub hits: Vec<Citizen>,
    /// What is wrong with a selector.
    pub fault: Option<String>,
    pub bookmarks: Vec<Citizen>,
    pub suggestions: Vec<Citizen>,
    /// Outcomes: word and key of the text.
    pub failures: &'static [(&'static str, &'static str)],
    /// Stories: word and key of the text.
    pub stories: Vec<(&'static str, String)>,
    /// Other pages: word and key of the text.
    pub others: Vec<(&'static str, &'static str)>,
}

/// The page of e-mail users.
#[derive(Template)]
#[template(path = "oidc/email.html")]
pub(super) struct Email<'a> {
    pub t: &'a Texts,
    pub frame: Frame,
    pub email: &'a str,
    /// Whether a Norwegian eID would do too.
    pub home: bool,
}

/// A European to choose.
pub(super) struct Someone {
    pub number: u32,
    pub who: European,
}

/// The pages of Europeans: first the country, then the person.
#[derive(Template)]
#[template(path = "oidc/eidas.html")]
pub(super) struct Eidas<'a> {
    pub t: &'a Texts,
    pub frame: Frame,
    pub land: Option<(&'static str, &'static str)>,
    pub lands: Vec<(&'static str, &'static str)>,
    pub levels: Vec<&'static str>,
    pub people: Vec<Someone>,
    pub home: bool,
}

/// The page of people with an account at work.
#[derive(Template)]
#[template(path = "oidc/work.html")]
pub(super) struct Work<'a> {
    pub t: &'a Texts,
    pub frame: Frame,
    pub search: &'a str,
    pub people: Vec<Citizen>,
    /// Whether a Norwegian eID would do too.
    pub home: bool,
}

/// The page that asks whom to act for.
#[derive(Template)]
#[template(path = "oidc/representation.html")]
pub(super) struct Representation<'a> {
    pub t: &'a Texts,
    pub frame: Frame,
    pub who: String,
    pub offer: Offer,
    /// Whether the list is long enough to search in.
    pub long: bool,
    pub search: &'a str,
}

/// A scope to consent to.
pub(super) struct Asked {
    pub name: String,
    pub text: String,
    /// Whether it comes with the log-in.
    pub fixed: bool,
}

/// The consent page.
#[derive(Template)]
#[template(path = "oidc/consent.html")]
pub(super) struct Consent<'a> {
    pub t: &'a Texts,
    pub frame: Frame,
    pub who: String,
    pub scopes: Vec<Asked>,
}

/// Leads on when every frame has been loaded. Without scripts a header does, later.
const LEAVE: &str = "addEventListener('load',()=>location.replace(document.querySelector('[data-testid=back]').href))";

/// The page of a log-out that others are told of.
pub(super) struct Logout<'a> {
    pub t: &'a Texts,
    /// Where the browser goes then.
    pub back: Option<String>,
    /// Clients and their addresses.
    pub frames: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "oidc/logout.html")]
struct Leaving<'a> {
    t: &'a Texts,
    back: Option<String>,
    frames: Vec<(String, String)>,
    script: &'static str,
}

#[derive(Template)]
#[template(path = "oidc/message.html")]
struct Message<'a> {
    t: &'a Texts,
    heading: &'a str,
    text: &'a str,
    more: &'a str,
}

#[derive(Template)]
#[template(path = "oidc/form_post.html")]
struct FormPost<'a> {
    t: &'a Texts,
    action: &'a str,
    fields: &'a [(&'a str, &'a str)],
}

/// A template that is filled in from values at hand cannot fail; should it, an empty page says as much.
fn render(template: &impl Template) -> String {
    template.render().unwrap_or_default()
}

/// A page of our own: nothing of it is kept, framed, scripted, or told where it came from.
pub fn answer(template: &impl Template) -> Response {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
    guarded(policy, render(template))
}

/// The page of a log-out, with frames of the apps that are told and the one script that leads on.
pub(super) fn logout(page: Logout<'_>) -> Response {
    let hash = encode_std(&sha256(&[LEAVE.as_bytes()]).0);
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; frame-src http: https:; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    let Logout { t, back, frames } = page;
    guarded(&policy, render(&Leaving { t, back, frames, script: LEAVE }))
}

fn guarded(policy: &str, page: String) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, Html(page)).into_response()
}

/// A page that says what went wrong.
pub(super) fn problem(t: &Texts, problem: Problem) -> String {
    render(&Message { t, heading: t.t("problem.heading"), text: t.t(problem.key()), more: t.t("problem.more") })
}

/// A page that says that nobody can log in now.
pub(super) fn down(t: &Texts) -> String {
    render(&Message { t, heading: t.t("problem.heading"), text: t.t("problem.down"), more: "" })
}

/// The page after a log-out that leads nowhere else.
pub(super) fn logged_out(t: &Texts) -> String {
    render(&Message { t, heading: t.t("logout.heading"), text: t.t("logout.more"), more: "" })
}

/// A page that posts `fields` to `action`: by itself, or by a button without scripts.
pub(super) fn form_post(action: &str, fields: &[(&str, &str)]) -> String {
    render(&FormPost { t: Texts::of("nb"), action, fields })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_apps_send_is_escaped() {
        let page = form_post("http://localhost/cb", &[("state", "\"><script>alert(1)</script>")]);
        assert!(page.contains("&#34;&#62;&#60;script&#62;"), "{page}");
        assert!(!page.contains("<script>alert"));
    }

    #[test]
    fn every_problem_has_its_words_in_every_language() {
        use Problem::{Address, Client, IdTokenHint, NoSession, Redirect, Request, Stale, Unrelated};
        for locale in ["nb", "nn", "en"] {
            let texts = Texts::of(locale);
            let all: std::collections::BTreeSet<_> =
                [Client, Redirect, Request, Stale, Address, NoSession, IdTokenHint, Unrelated]
                    .map(|p| problem(texts, p))
                    .into();
            assert_eq!(all.len(), 8);
            assert!(all.iter().all(|page| page.contains(&format!("<html lang=\"{locale}\""))));
        }
    }
}

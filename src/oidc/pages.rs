//! The pages people see. Server-rendered, complete without scripts, in the language of the request.

use askama::Template;

use super::levels::Method;
use super::texts::Texts;

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
}

/// A citizen in a list.
pub(super) struct Citizen {
    pub pid: String,
    pub navn: String,
    pub alder: i32,
    pub historie: &'static str,
}

/// The login page.
#[derive(Template)]
#[template(path = "oidc/login.html")]
pub(super) struct Login<'a> {
    pub t: &'a Texts,
    /// Address of the page's own form, below the caller's origin.
    pub action: String,
    pub id: &'a str,
    /// `id` and `client_id` as a query.
    pub query: String,
    pub client_id: &'a str,
    pub client: &'a str,
    /// The levels that would do, lowest first.
    pub levels: Vec<&'static str>,
    pub methods: Vec<&'static Method>,
    pub suggestions: Vec<Citizen>,
    pub search: &'a str,
    pub hits: Vec<Citizen>,
    /// Number typed before, when it was refused.
    pub pid: &'a str,
    pub message: Option<&'a str>,
    pub open: bool,
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

/// The login page.
pub(super) fn login(page: &Login<'_>) -> String {
    render(page)
}

/// A page that says what went wrong.
pub(super) fn problem(t: &Texts, problem: Problem) -> String {
    render(&Message { t, heading: t.problem, text: t.problem_text(problem), more: t.problem_more })
}

/// A page that says that nobody can log in now.
pub(super) fn down(t: &Texts) -> String {
    render(&Message { t, heading: t.problem, text: t.down(), more: "" })
}

/// The page after a log-out that leads nowhere else.
pub(super) fn logged_out(t: &Texts) -> String {
    render(&Message { t, heading: t.logged_out, text: t.logged_out_more, more: "" })
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
        use Problem::{Address, Client, IdTokenHint, NoSession, Redirect, Request, Stale};
        for locale in ["nb", "nn", "en"] {
            let texts = Texts::of(locale);
            let all: std::collections::BTreeSet<_> =
                [Client, Redirect, Request, Stale, Address, NoSession, IdTokenHint].map(|p| problem(texts, p)).into();
            assert_eq!(all.len(), 7);
            assert!(all.iter().all(|page| page.contains(&format!("<html lang=\"{locale}\""))));
        }
    }
}

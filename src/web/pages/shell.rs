//! What every page has: language, world, links that stay in both, and the frame around the content.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::access::Inbound;
use crate::town::Town;
use crate::web::Lang;

/// Who asks for a page: the request's surroundings and the language chosen in the address.
pub(super) struct Caller {
    pub(super) inbound: Inbound,
    pub(super) lang: Lang,
    /// Path without the world prefix, and query without the language, for the links to other languages.
    path: String,
    query: Vec<(String, String)>,
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let inbound = Inbound::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        let read = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let mut query = read.map_err(IntoResponse::into_response)?.0;
        let lang = query.iter().find(|(key, _)| key == "lang").and_then(|(_, code)| Lang::from_code(code));
        query.retain(|(key, _)| key != "lang");
        Ok(Self { inbound, lang: lang.unwrap_or_default(), path: parts.uri.path().to_owned(), query })
    }
}

impl Caller {
    /// The value of query parameter `name`; empty when there is none.
    pub(super) fn parameter(&self, name: &str) -> &str {
        self.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// The frame of a page with the title `title`, in the part of the pages called `part`.
    pub(super) fn shell(&self, title: String, part: &'static str) -> Shell {
        let town = self.inbound.town();
        Shell {
            lang: self.lang,
            prefix: prefix(&self.inbound.base_url).to_owned(),
            world: self.inbound.world.name().to_owned(),
            kommune: town.base.kommune.navn.clone(),
            title,
            part,
            now: now_line(self.lang, &town),
            now_machine: town.now().to_string(),
            path: self.path.clone(),
            query: self.query.clone(),
        }
    }
}

/// Virtual date and how the clock moves, in words.
fn now_line(lang: Lang, town: &Town) -> String {
    let mode = lang.text(&format!("mode.{}", town.tid.mode.word()));
    format!("{} · {mode}", lang.moment(town.now()))
}

/// The path part of an origin with prefix: `/w/test` of `http://localhost:2983/w/test`.
fn prefix(base_url: &str) -> &str {
    let behind = base_url.find("://").map_or(0, |at| at + 3);
    base_url[behind..].find('/').map_or("", |at| &base_url[behind + at..])
}

/// The frame around a page's content.
pub(super) struct Shell {
    pub(super) lang: Lang,
    prefix: String,
    pub(super) world: String,
    pub(super) kommune: String,
    pub(super) title: String,
    pub(super) part: &'static str,
    pub(super) now: String,
    /// The same instant for programs.
    pub(super) now_machine: String,
    path: String,
    query: Vec<(String, String)>,
}

impl Shell {
    /// The string `key` in the page's language.
    pub(super) fn t(&self, key: &str) -> &'static str {
        self.lang.text(key)
    }

    /// The string `key` with its place filled.
    pub(super) fn f(&self, key: &str, part: &str) -> String {
        self.lang.fill(key, &[part])
    }

    /// A link within this world and language. `path` has no query.
    pub(super) fn link(&self, path: &str) -> String {
        self.with_lang(&format!("{}{path}", self.prefix), self.lang)
    }

    /// A file of ours, the same in all languages.
    pub(super) fn file(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// A link to the first page of `world`.
    pub(super) fn world_link(&self, world: &str) -> String {
        self.with_lang(&world_path(world), self.lang)
    }

    fn with_lang(&self, path: &str, lang: Lang) -> String {
        if lang == Lang::default() { path.to_owned() } else { format!("{path}?lang={}", lang.code()) }
    }

    /// The languages with links to this same page: code, name, link, whether it is the one shown.
    pub(super) fn languages(&self) -> Vec<(&'static str, &'static str, String, bool)> {
        let same_page = |lang: Lang| {
            let mut pairs = self.query.clone();
            if lang != Lang::default() {
                pairs.push(("lang".to_owned(), lang.code().to_owned()));
            }
            let query: Vec<String> =
                pairs.iter().map(|(key, value)| format!("{}={}", escaped(key), escaped(value))).collect();
            let mark = if query.is_empty() { "" } else { "?" };
            format!("{}{}{mark}{}", self.prefix, self.path, query.join("&"))
        };
        Lang::ALL.iter().map(|lang| (lang.code(), lang.name(), same_page(*lang), *lang == self.lang)).collect()
    }
}

/// Where the pages of `world` begin.
pub(super) fn world_path(world: &str) -> String {
    if world == crate::townhall::MAIN { "/ui".to_owned() } else { format!("/w/{world}/ui") }
}

/// `text` for a query: everything but letters, digits and `-._~` as percent signs (RFC 3986 §2.3).
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

/// The response for a rendered page.
pub(super) fn rendered(status: StatusCode, lang: Lang, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, [(header::CONTENT_LANGUAGE, lang.code())], Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A page of one sentence.
#[derive(Template)]
#[template(path = "sentence.html")]
struct Sentence {
    shell: Shell,
    text: String,
}

/// A page with only a title and a sentence, both keys of the table.
pub(super) fn sentence(caller: &Caller, status: StatusCode, title: &str, text: &str) -> Response {
    saying(caller, status, title, caller.lang.text(text).to_owned())
}

/// The same with a sentence made for the case.
pub(super) fn saying(caller: &Caller, status: StatusCode, title: &str, text: String) -> Response {
    let shell = caller.shell(caller.lang.text(title).to_owned(), "");
    rendered(status, caller.lang, &Sentence { shell, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_the_path_of_the_base() {
        for (base, expected) in
            [("http://localhost:2983", ""), ("http://localhost:2983/w/test", "/w/test"), ("http://[::1]:1/w/a", "/w/a")]
        {
            assert_eq!(prefix(base), expected, "{base}");
        }
    }

    #[test]
    fn a_query_keeps_no_sign_of_its_own() {
        assert_eq!(escaped("å b&c=\"<"), "%C3%A5%20b%26c%3D%22%3C");
    }
}

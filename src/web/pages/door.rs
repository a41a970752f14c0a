//! The page in front of the pages: it asks for the token, or says that nobody comes in from there
//! (`specs/experience.md` §20). It knows no world and shows nothing of one.

use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;

use super::{guarded, shell};
use crate::web::Lang;

/// Why somebody stands at the door.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Door {
    /// The token is missing.
    Token,
    /// The token was wrong.
    WrongToken,
    /// No token helps: the pages are for callers from elsewhere.
    Peer,
}

#[derive(Template)]
#[template(path = "door.html")]
struct Page<'a> {
    lang: Lang,
    title: &'static str,
    text: &'static str,
    form: bool,
    wrong: bool,
    next: &'a str,
}

/// The page for `why`. `next` is the address to go on to, `headers` are those of the request.
#[must_use]
pub fn door(why: Door, next: &str, headers: &HeaderMap) -> Response {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let lang = Lang::accepted(accepted);
    let form = why != Door::Peer;
    let (title, text) =
        if form { ("door.token.title", "door.token.text") } else { ("door.peer.title", "door.peer.text") };
    let status = if form { StatusCode::UNAUTHORIZED } else { StatusCode::FORBIDDEN };
    let page = Page { lang, title, text, form, wrong: why == Door::WrongToken, next };
    guarded(shell::rendered(status, lang, &page))
}

//! Letters citizens have received, as they read them.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::shell::{Caller, Shell, rendered};
use crate::town::Town;
use crate::town::state::Brev;
use crate::web::lang::number;

/// Letters on the page, newest first.
const SHOWN: usize = 50;

/// A letter.
struct Letter {
    id: u64,
    title: String,
    at: String,
    to: String,
    to_link: String,
    from: String,
    channel: &'static str,
    text: String,
    has_text: bool,
    /// Language of the letter, when its sender said so.
    lang: &'static str,
    read: String,
    files: Vec<String>,
}

#[derive(Template)]
#[template(path = "messages.html")]
struct Messages {
    shell: Shell,
    count: String,
    under_way: String,
    letters: Vec<Letter>,
}

fn letter(shell: &Shell, town: &Town, brev: &Brev) -> Letter {
    let to = town.person_by_key(brev.til);
    let nummer = to.as_ref().map(|person| person.nummer().to_string()).unwrap_or_default();
    let sender = town.enhet_med(brev.fra);
    let from = sender.map_or_else(|| brev.fra.to_string(), |unit| town.enhetsnavn(unit).to_owned());
    let files = brev.hoveddokument.iter().chain(&brev.vedlegg);
    Letter {
        id: brev.id,
        title: brev.tittel.to_string(),
        at: shell.lang.moment(brev.ankommet.unwrap_or(brev.at)),
        to: to.map(|person| person.navn().full()).unwrap_or_default(),
        to_link: shell.link(&format!("/ui/people/{nummer}")),
        from,
        channel: shell.t(&format!("kanal.{}", brev.kanal.ord())),
        text: brev.tekst.as_deref().unwrap_or("").to_owned(),
        has_text: brev.tekst.is_some(),
        lang: brev.spraakkode().map_or(shell.lang.code(), crate::town::model::Spraak::code),
        read: brev.lest.map_or_else(|| shell.t("messages.unread").to_owned(), |at| shell.lang.moment(at)),
        files: files.map(|file| file.tittel.as_ref().unwrap_or(&file.navn).to_string()).collect(),
    }
}

pub(super) async fn list(caller: Caller) -> Response {
    let town = caller.inbound.town();
    let shell = caller.shell(caller.lang.text("messages.title").to_owned(), "messages");
    let received = || town.post.brev().filter(|brev| brev.ankommet.is_some());
    let letters: Vec<Letter> = received().rev().take(SHOWN).map(|brev| letter(&shell, &town, brev)).collect();
    let all = number(received().count());
    let page = Messages {
        count: caller.lang.fill("messages.count", &[&number(letters.len()), &all]),
        under_way: caller.lang.fill("messages.under_way", &[&number(town.post.underveis().count())]),
        letters,
        shell,
    };
    rendered(StatusCode::OK, caller.lang, &page)
}

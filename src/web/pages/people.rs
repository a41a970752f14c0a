//! Citizens: a search by name or number, and one person's page.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::shell::{Caller, Shell, rendered, sentence};
use crate::base::{Foedselsnummer, looks_real};
use crate::select::Navnesoek;
use crate::town::Town;
use crate::town::model::{Gradering, PersonId};
use crate::web::lang::number;
use crate::web::view::{Coded, PersonView, Relative};

/// People on the page.
const SHOWN: usize = 50;

/// A person in the list.
struct Line {
    id: String,
    navn: String,
    alder: i32,
    link: String,
}

#[derive(Template)]
#[template(path = "people.html")]
struct People {
    shell: Shell,
    /// What was searched for.
    query: String,
    count: String,
    lines: Vec<Line>,
}

/// Residents that fit: how many, and the first of them.
fn found(search: &Navnesoek<'_>, town: &Town) -> (usize, Vec<PersonId>) {
    let mut found = Vec::new();
    let mut count = 0;
    for person in town.people().filter(|person| person.is_bosatt() && search.fits(person)) {
        count += 1;
        if found.len() < SHOWN {
            found.push(person.id);
        }
    }
    (count, found)
}

fn search(town: &Town, query: &str) -> (usize, Vec<PersonId>) {
    if let Ok(nummer) = Foedselsnummer::parse(query) {
        let found: Vec<PersonId> = town.find(nummer).into_iter().collect();
        return (found.len(), found);
    }
    found(&Navnesoek::of(town, query), town)
}

pub(super) async fn list(caller: Caller) -> Response {
    let town = caller.inbound.town();
    let query = caller.parameter("q").trim();
    // A real person's number is not written back.
    let query = if looks_real(query) { String::new() } else { query.to_owned() };
    let (count, found) = search(&town, &query);
    let shell = caller.shell(caller.lang.text("people.title").to_owned(), "people");
    let line = |id: &PersonId| {
        let person = town.person(*id);
        let nummer = person.nummer().to_string();
        Line {
            link: shell.link(&format!("/ui/people/{nummer}")),
            id: nummer,
            navn: person.navn().full(),
            alder: person.alder(),
        }
    };
    let lines: Vec<Line> = found.iter().map(line).collect();
    let count = caller.lang.fill("people.count", &[&number(lines.len()), &number(count)]);
    rendered(StatusCode::OK, caller.lang, &People { lines, query, count, shell })
}

/// A labelled group of relatives.
struct Group {
    label: &'static str,
    people: Vec<(String, String, String)>,
}

#[derive(Template)]
#[template(path = "person.html")]
struct Someone {
    shell: Shell,
    id: String,
    navn: String,
    facts: Vec<(&'static str, String)>,
    family: Vec<Group>,
    contact: Vec<(&'static str, String)>,
}

pub(super) async fn one(caller: Caller, Path(id): Path<String>) -> Response {
    let town = caller.inbound.town();
    let found = Foedselsnummer::parse(&id).ok().and_then(|nummer| town.find(nummer));
    let Some(view) = found.and_then(|id| PersonView::of(&town, town.key_of(id))) else {
        // The number is not repeated: it may be a real person's.
        return sentence(&caller, StatusCode::NOT_FOUND, "person.unknown_title", "person.unknown");
    };
    let shell = caller.shell(view.navn.clone(), "people");
    let page = Someone {
        facts: facts(&shell, &view),
        family: family(&shell, &view),
        contact: contact(&shell, &view),
        id: view.id,
        navn: view.navn,
        shell,
    };
    rendered(StatusCode::OK, caller.lang, &page)
}

fn coded(shell: &Shell, start: &str, value: &impl Coded) -> String {
    shell.t(&format!("{start}.{}", value.word())).to_owned()
}

fn facts(shell: &Shell, view: &PersonView) -> Vec<(&'static str, String)> {
    let born = view.foedselsdato.parse().map_or_else(|_| view.foedselsdato.clone(), |dato| shell.lang.date(dato));
    let mut facts = vec![
        (shell.t("person.id"), view.id.clone()),
        (shell.t("person.born"), shell.lang.fill("person.born_age", &[&born, &view.alder.to_string()])),
        (shell.t("person.sex"), coded(shell, "kjoenn", &view.kjoenn)),
        (shell.t("person.status"), coded(shell, "status", &view.personstatus)),
        (shell.t("person.marital"), coded(shell, "sivilstand", &view.sivilstand)),
    ];
    if view.adressebeskyttelse != Gradering::Ugradert {
        facts.push((shell.t("person.protection"), coded(shell, "gradering", &view.adressebeskyttelse)));
    }
    let line =
        |adresse: &crate::web::view::Adresse| format!("{}, {} {}", adresse.linje, adresse.postnummer, adresse.poststed);
    let home = match &view.adresse {
        Some(adresse) => line(adresse),
        None => shell.t("person.no_home").to_owned(),
    };
    facts.push((shell.t("person.home"), home));
    facts.extend(view.postadresse.as_ref().map(|adresse| (shell.t("person.post"), line(adresse))));
    facts.extend(view.barnehage.clone().map(|orgnr| (shell.t("person.kindergarten"), orgnr)));
    facts
}

fn family(shell: &Shell, view: &PersonView) -> Vec<Group> {
    let person = |one: &Relative| {
        (shell.link(&format!("/ui/people/{}", one.id)), one.navn.clone(), shell.f("person.age", &one.alder.to_string()))
    };
    let group = |label: &str, people: &mut dyn Iterator<Item = &Relative>| Group {
        label: shell.t(label),
        people: people.map(person).collect(),
    };
    let mut groups = vec![
        group("person.spouse", &mut view.ektefelle.iter()),
        group("person.parents", &mut view.foreldre.iter()),
        group("person.children", &mut view.barn.iter()),
        group("person.household", &mut view.husstand.iter()),
    ];
    groups.retain(|group| !group.people.is_empty());
    groups
}

fn contact(shell: &Shell, view: &PersonView) -> Vec<(&'static str, String)> {
    let kontakt = &view.kontakt;
    if !kontakt.registrert {
        return vec![(shell.t("contact.entry"), shell.t("contact.none").to_owned())];
    }
    let yes = |value: bool| shell.t(if value { "word.yes" } else { "word.no" }).to_owned();
    let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| shell.t("word.none").to_owned());
    vec![
        (shell.t("contact.reserved"), yes(kontakt.reservert)),
        (shell.t("contact.email"), or_none(&kontakt.epost)),
        (shell.t("contact.mobile"), or_none(&kontakt.mobil)),
        (shell.t("contact.mailbox"), coded(shell, "postkasse", &kontakt.postkasse)),
        (shell.t("contact.language"), coded(shell, "spraak", &kontakt.spraak)),
        (shell.t("contact.expired"), yes(kontakt.utloept)),
    ]
}

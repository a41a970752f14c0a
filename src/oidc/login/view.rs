//! What the login page shows.

use axum::response::Response;

use super::{failures, others};
use crate::access::{LoginRequest, OpenLogin, escape};
use crate::oidc::authorize::session_cookie;
use crate::oidc::citizens::{self, Funnet, Historie, MAX_TREFF, Om, Treff};
use crate::oidc::pages::{self, Citizen, Frame, Login};
use crate::oidc::texts::Texts;
use crate::oidc::{Desk, work};
use crate::town::state::gateadresse;

/// Named people shown at most.
const MAX_BOKMERKER: usize = 30;

/// What a page shows beside the choice itself.
#[derive(Clone, Default)]
pub(in crate::oidc) struct View {
    /// Text searched for.
    pub search: String,
    /// Story whose people are wanted.
    pub historie: Option<Historie>,
    /// Another page than the usual one: `eidas`, `epost`, `arbeid`.
    pub steg: String,
    /// Country of an eID.
    pub land: String,
    /// What was typed and chosen before.
    pub pid: String,
    pub acr: String,
    pub amr: String,
    pub email: String,
    /// Why it was refused.
    pub message: Option<String>,
}

/// What every page of the log-in `id` has.
pub(in crate::oidc) fn frame(desk: &Desk, id: &str, request: &LoginRequest, message: Option<String>) -> Frame {
    let client = desk.client(&request.client_id);
    let name = client.map(|client| {
        let klient = &client.klient;
        klient.tillegg.visningsnavn.clone().unwrap_or_else(|| klient.navn.clone())
    });
    Frame {
        action: format!("{}/login", session_cookie(desk).1),
        id: id.to_owned(),
        query: format!("innlogging={id}&client_id={}", escape(&request.client_id)),
        client_id: request.client_id.clone(),
        client: name.unwrap_or_default(),
        locale: request.locale.clone(),
        open: desk.open_clients,
        unread: Texts::of(&request.locale).lang != request.locale,
        message,
    }
}

/// The page of the log-in `id`, which nobody has passed yet.
pub(super) fn page(desk: &Desk, id: &str, open: &OpenLogin, view: &View) -> Response {
    let request = &open.request;
    let levels = desk.levels();
    let norwegian = !levels.offered(&request.acr_values).is_empty();
    let european = !levels.european(&request.acr_values).is_empty();
    let email = levels.takes_email(&request.acr_values);
    let employed = levels.takes_work(&request.acr_values);
    // What alone would do comes at once (`specs/eid.md` §3.4).
    match view.steg.as_str() {
        "epost" if email => others::email_page(desk, id, request, view, norwegian || european),
        "eidas" if european => others::eidas_page(desk, id, request, view, norwegian || email),
        work::STEG if employed => work::page(desk, id, request, view, norwegian),
        _ if norwegian => citizens_page(desk, id, open, view, (european, email, employed)),
        _ if employed => work::page(desk, id, request, view, false),
        _ if european => others::eidas_page(desk, id, request, view, false),
        _ => others::email_page(desk, id, request, view, false),
    }
}

fn citizens_page(
    desk: &Desk,
    id: &str,
    open: &OpenLogin,
    view: &View,
    (european, email, employed): (bool, bool, bool),
) -> Response {
    let request = &open.request;
    let t = Texts::of(&request.locale);
    let town = &desk.town;
    let shown = |list: Vec<Treff>| list.iter().map(|treff| citizen(desk, t, treff)).collect::<Vec<_>>();
    let (heading, found) = match view.historie {
        Some(story) => {
            let treff = story.first(town, MAX_TREFF, &[]);
            (t.t(&format!("historie.{}", story.name())).to_owned(), Funnet { treff, feil: None })
        }
        None if view.search.is_empty() => (String::new(), Funnet::default()),
        None => (t.f("login.hits", &view.search), citizens::search(town, &view.search, t.select())),
    };
    let mut others = Vec::new();
    others.extend(european.then_some(("eidas", "login.eidas")));
    others.extend(email.then_some(("epost", "login.email")));
    others.extend(employed.then_some((work::STEG, "login.work")));
    let stories = Historie::ALLE.iter().map(|story| (story.name(), format!("historie.{}", story.name())));
    let message = view.message.clone().or_else(|| open.step_up.then(|| t.t("login.step_up").to_owned()));
    pages::answer(&Login {
        t,
        frame: frame(desk, id, request, message),
        wanted: wanted(desk, t, request),
        levels: desk.levels().offered(&request.acr_values),
        methods: desk.levels().methods_for(&request.acr_values),
        pid: &view.pid,
        acr: &view.acr,
        amr: &view.amr,
        search: &view.search,
        hits_heading: heading,
        hits: shown(found.treff),
        fault: found.feil,
        bookmarks: bookmarks(desk, t),
        suggestions: shown(citizens::suggestions(town)),
        failures: failures::ALL,
        stories: stories.collect(),
        others,
    })
}

/// People that a test or a scenario gave names.
fn bookmarks(desk: &Desk, t: &Texts) -> Vec<Citizen> {
    let named = desk.state.aliases().into_iter().take(MAX_BOKMERKER);
    named
        .filter_map(|(alias, key)| {
            let person = desk.town.id_of(key)?;
            let shown = citizen(desk, t, &Treff { person, historie: None, om: Om::Seg });
            Some(Citizen { line: format!("{alias} · {}", shown.line), ..shown })
        })
        .collect()
}

/// The level asked for, in a sentence.
fn wanted(desk: &Desk, t: &Texts, request: &LoginRequest) -> String {
    match request.acr_values.as_slice() {
        [] => t.f("login.wanted_none", desk.levels().fallback_name()),
        [one] => t.f("login.wanted", one),
        several => t.f("login.wanted_any", &several.join(", ")),
    }
}

/// A citizen in a list: number, age, and the story or where they live.
fn citizen(desk: &Desk, t: &Texts, treff: &Treff) -> Citizen {
    let person = desk.town.person(treff.person);
    let pid = person.nummer().to_string();
    let mut line = vec![pid.clone(), t.f("citizen.years", &person.alder().to_string())];
    match (&treff.om, treff.historie) {
        (Om::Navn(navn), Some(story)) => line.extend(story.om_key().map(|key| t.f(key, navn))),
        (Om::Hendelse(slag), _) => line.push(t.t(&format!("hendelse.{}", slag.code())).to_owned()),
        (_, Some(story)) => line.push(t.t(&format!("historie.{}", story.name())).to_owned()),
        (_, None) => {
            let home = person.bolig().filter(|_| !person.is_home_hidden());
            let home = home.and_then(|bolig| gateadresse(&desk.town.base, bolig));
            line.extend(home.map(|home| format!("{}, {} {}", home.gate, home.postnummer, home.poststed)));
            line.extend(citizens::check(&person).err().map(|closed| t.t(closed.key()).to_owned()));
        }
    }
    let historie = treff.historie.map_or("", Historie::name);
    Citizen { pid, navn: person.navn().full(), line: line.join(" · "), historie }
}

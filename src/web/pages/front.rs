//! The first page: sizes to choose from, the town in numbers, addresses, and citizens to log in as.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::numbers::{Cache, Numbers};
use super::pyramid::Pyramid;
use super::shell::{Caller, Shell, rendered, saying, sentence, world_path};
use crate::base::Kjoenn;
use crate::population::Spec;
use crate::town::Town;
use crate::town::model::Gradering;
use crate::town::state::Person;
use crate::townhall::{HallError, World, WorldSpec};
use crate::web::admin::{free_name, is_cross_site};
use crate::web::lang::number;
use crate::web::{Lang, SERVICES};

/// The eight sizes of municipality one can choose (`DESIGN` §1).
const SIZES: [u32; 8] = [1_500, 5_000, 10_000, 20_000, 35_000, 50_000, 75_000, 100_000];

/// Citizens worth logging in as, each with a sentence of the table.
pub(in crate::web) const STORIES: [&str; 5] = ["smaabarn", "pensjonist", "ung", "aleneforelder", "reservert"];

/// A size to choose.
struct Size {
    value: u32,
    text: String,
    current: bool,
}

/// A citizen to log in as.
struct Citizen {
    id: String,
    navn: String,
    alder: String,
    story: String,
    link: String,
}

/// A service's address.
struct Address {
    id: &'static str,
    name: &'static str,
    base: String,
    variable: &'static str,
}

/// A row of the table of household types.
struct Household {
    name: &'static str,
    count: String,
    share: String,
}

/// A world to open.
struct WorldLine {
    name: String,
    link: String,
    size: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "front.html")]
struct Front {
    shell: Shell,
    sizes: Vec<Size>,
    figures: Vec<(&'static str, String)>,
    pyramid: Pyramid,
    households: Vec<Household>,
    citizens: Vec<Citizen>,
    services: Vec<Address>,
    env: String,
    worlds: Vec<WorldLine>,
}

pub(super) async fn page(State(cache): State<Cache>, caller: Caller) -> Response {
    let world = caller.inbound.world.clone();
    // Counting a large town is a few hundredths of a second.
    let counted = tokio::task::spawn_blocking(move || cache.of(&world)).await;
    let Ok(numbers) = counted else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let lang = caller.lang;
    let town = caller.inbound.town();
    let shell = caller.shell(lang.fill("front.title", &[&town.base.kommune.navn]), "front");
    let front = Front {
        sizes: sizes(&caller.inbound.world),
        figures: figures(lang, &numbers),
        pyramid: Pyramid::of(&numbers),
        households: households(lang, &numbers),
        citizens: citizens(&shell, &town),
        services: services(lang, &caller.inbound.base_url),
        env: env_command(&caller.inbound.world),
        worlds: worlds(&caller, &shell),
        shell,
    };
    rendered(StatusCode::OK, lang, &front)
}

fn sizes(world: &World) -> Vec<Size> {
    let current = world.header().base.size;
    SIZES.iter().map(|&value| Size { value, text: number(value as usize), current: value == current }).collect()
}

fn figures(lang: Lang, numbers: &Numbers) -> Vec<(&'static str, String)> {
    [
        ("figures.residents", numbers.bosatte),
        ("figures.households", numbers.antall_husstander()),
        ("figures.contact", numbers.registrert),
        ("figures.reserved", numbers.reservert),
        ("figures.mailbox", numbers.postkasse),
    ]
    .map(|(key, count)| (lang.text(key), number(count)))
    .into()
}

/// A share in per cent with one decimal and a comma, as in Norway; English with a point.
fn share(lang: Lang, part: usize, whole: usize) -> String {
    let per_mille = (part * 1000 + whole / 2).checked_div(whole).unwrap_or(0);
    let mark = if lang == Lang::En { '.' } else { ',' };
    format!("{}{mark}{} %", per_mille / 10, per_mille % 10)
}

fn households(lang: Lang, numbers: &Numbers) -> Vec<Household> {
    let whole = numbers.antall_husstander();
    let row = |(slag, count): &(crate::town::model::Husstandstype, usize)| Household {
        name: lang.text(&format!("husstand.{}", slag.code())),
        count: number(*count),
        share: share(lang, *count, whole),
    };
    numbers.husstander.iter().map(row).collect()
}

/// Whether `person` has the story. Nobody protected is offered as a face of the town.
fn has_story(person: &Person<'_>, story: &str) -> bool {
    let alder = person.alder();
    if !person.is_bosatt() || alder < 18 || person.gradering() != Gradering::Ugradert {
        return false;
    }
    let reservert = || person.kontakt().reservert;
    let at_home = |under: i32| {
        let husstand = person.husstand();
        person.barn().iter().any(|child| child.alder() < under && child.husstand() == husstand)
    };
    match story {
        "smaabarn" => person.kjoenn() == Kjoenn::Kvinne && person.partner().is_some() && at_home(6) && !reservert(),
        "pensjonist" => alder >= 67 && person.husstand_medlemmer().len() == 1 && !reservert(),
        "ung" => (18..=24).contains(&alder) && person.barn().is_empty() && !reservert(),
        "aleneforelder" => person.partner().is_none() && at_home(18) && !reservert(),
        "reservert" => reservert(),
        _ => false,
    }
}

/// The first resident with each story, never the same person twice.
fn citizens(shell: &Shell, town: &Town) -> Vec<Citizen> {
    let mut chosen: Vec<(&str, Person<'_>)> = Vec::new();
    for story in STORIES {
        let free = |person: &Person<'_>| chosen.iter().all(|(_, other)| other.id != person.id);
        let found = town.people().find(|person| has_story(person, story) && free(person));
        chosen.extend(found.map(|person| (story, person)));
    }
    let citizen = |(story, person): &(&str, Person<'_>)| {
        let id = person.nummer().to_string();
        Citizen {
            link: shell.link(&format!("/ui/people/{id}")),
            id,
            navn: person.navn().full(),
            alder: person.alder().to_string(),
            story: shell.t(&format!("story.{story}")).to_owned(),
        }
    };
    chosen.iter().map(citizen).collect()
}

fn services(lang: Lang, base_url: &str) -> Vec<Address> {
    let address = |service: &crate::web::Service| Address {
        id: service.id,
        name: lang.text(&format!("service.{}", service.id)),
        base: format!("{base_url}{}", service.base),
        variable: service.variable,
    };
    SERVICES.iter().map(address).collect()
}

fn env_command(world: &World) -> String {
    if world.name() == crate::townhall::MAIN {
        return "byteby env".to_owned();
    }
    format!("byteby env --world {}", world.name())
}

/// Worlds in the list of the page; the rest are found by the admin API.
const SHOWN_WORLDS: usize = 20;

fn worlds(caller: &Caller, shell: &Shell) -> Vec<WorldLine> {
    let hall = &caller.inbound.hall;
    let line = |info: crate::townhall::WorldInfo| {
        let world = hall.world(&info.name)?;
        Some(WorldLine {
            link: shell.world_link(&info.name),
            size: number(world.header().base.size as usize),
            current: info.name == shell.world,
            name: info.name,
        })
    };
    hall.worlds().into_iter().filter_map(line).take(SHOWN_WORLDS).collect()
}

/// The size chosen.
#[derive(Deserialize)]
pub(super) struct Choice {
    size: u32,
    lang: Option<String>,
}

/// Opens a world of the chosen size, with the same seed and first day as this one; makes it when there is none.
pub(super) async fn choose(mut caller: Caller, headers: HeaderMap, Form(choice): Form<Choice>) -> Response {
    caller.lang = choice.lang.as_deref().and_then(Lang::from_code).unwrap_or_default();
    if is_cross_site(headers.get("sec-fetch-site").and_then(|value| value.to_str().ok())) {
        return sentence(&caller, StatusCode::FORBIDDEN, "refused.title", "refused.cross_site");
    }
    if !SIZES.contains(&choice.size) {
        return sentence(&caller, StatusCode::UNPROCESSABLE_ENTITY, "refused.title", "refused.size");
    }
    match open_world(&caller, choice.size).await {
        Ok(name) => {
            let lang =
                if caller.lang == Lang::default() { String::new() } else { format!("?lang={}", caller.lang.code()) };
            (StatusCode::SEE_OTHER, [(header::LOCATION, format!("{}{lang}", world_path(&name)))]).into_response()
        }
        Err(error) => {
            let text = caller.lang.fill("refused.world", &[&error]);
            saying(&caller, StatusCode::CONFLICT, "refused.title", text)
        }
    }
}

/// Name of a world whose base has `size` and is otherwise as here.
async fn open_world(caller: &Caller, size: u32) -> Result<String, String> {
    let inbound = &caller.inbound;
    let base = Spec { size, ..Spec::of_header(&inbound.world.header().base) };
    let wanted = base.header();
    let fits = |name: &String| {
        inbound.hall.world(name).is_some_and(|world| world.header().base == wanted && world.header().parent.is_none())
    };
    if let Some(name) = inbound.hall.worlds().into_iter().map(|info| info.name).find(fits) {
        return Ok(name);
    }
    let (hall, name) = (inbound.hall.clone(), free_name(inbound, size));
    let made = tokio::task::spawn_blocking(move || hall.create(&WorldSpec { name, base })).await;
    let made = made.map_err(|panic| panic.to_string())?;
    made.map(|world| world.name().to_owned()).map_err(|error: HallError| error.to_string())
}

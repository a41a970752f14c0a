//! How two worlds differ, in the caller's language.

use axum::Json;
use axum::http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Fields, Named, Query, world_named};
use super::problem::{Code, Problem};
use crate::townhall::{Borger, Difference, Pair, Side};
use crate::web::Lang;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(diff))
}

/// What to compare with.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct With {
    /// Name of the other world.
    with: String,
}

impl Fields for With {}

/// How two worlds differ.
#[derive(Serialize, ToSchema)]
pub(super) struct WorldDiff {
    /// Name of the first world.
    a: String,
    /// Name of the second.
    b: String,
    /// The last log item both share.
    common: u64,
    /// Items of the first world behind it.
    items_a: u64,
    /// Items of the second world behind it.
    items_b: u64,
    /// Whether the same things happened in both, in whatever order.
    same: bool,
    differences: Vec<Line>,
}

/// One difference.
#[derive(Serialize, ToSchema)]
#[schema(as = DifferenceLine)]
struct Line {
    /// What it is about: a stable word.
    kind: &'static str,
    /// The world it happened in, when in one only.
    world: Option<String>,
    /// Identity numbers of the people it is about.
    about: Vec<String>,
    /// How it is in the first world, where that is one word.
    in_a: Option<String>,
    /// How it is in the second.
    in_b: Option<String>,
    /// One sentence in the caller's language.
    text: String,
}

/// How this world differs from another of the same base.
#[utoipa::path(get, path = "/worlds/{world}/diff", tag = "worlds", params(With), responses((status = 200, body = WorldDiff)))]
pub(super) async fn diff(
    Named { world, inbound }: Named,
    headers: HeaderMap,
    Query(With { with }): Query<With>,
) -> Result<Json<WorldDiff>, Problem> {
    let lang = Lang::accepted(headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()));
    let other = world_named(&inbound, &with)?;
    let (hall, a, b) = (inbound.hall.clone(), world.clone(), other.clone());
    // Two logs are read and compared.
    let found = tokio::task::spawn_blocking(move || hall.diff(&a, &b)).await;
    let found = found.map_err(|panic| Problem::new(Code::Internal, panic.to_string()))??;
    let found = found.ok_or_else(|| {
        let detail = format!("`{}` and `{with}` were made from different bases, so nobody lives in both", world.name());
        Problem::new(Code::OtherBase, detail).at("/with")
    })?;
    let names = Pair { a: world.name(), b: other.name() };
    Ok(Json(WorldDiff {
        a: names.a.to_owned(),
        b: names.b.to_owned(),
        common: found.common,
        items_a: found.items.a,
        items_b: found.items.b,
        same: found.same,
        differences: found.differences.iter().map(|difference| line(lang, &names, difference)).collect(),
    }))
}

/// The stable word behind the key of a sentence.
fn word(key: &'static str) -> &'static str {
    key.strip_prefix("diff.").unwrap_or(key)
}

/// A sentence about something that is in one world only.
fn one(lang: Lang, names: &Pair<&str>, side: Side, key: &'static str, about: &[&Borger], more: &[&str]) -> Line {
    let (here, there) = match side {
        Side::A => (names.a, names.b),
        Side::B => (names.b, names.a),
    };
    let parts: Vec<&str> = [here, there].into_iter().chain(more.iter().copied()).collect();
    Line {
        kind: word(key),
        world: Some(here.to_owned()),
        about: about.iter().map(|borger| borger.nummer.clone()).collect(),
        in_a: None,
        in_b: None,
        text: lang.fill(key, &parts),
    }
}

/// A sentence about something that is one way in the first world and another way in the second.
fn two(
    lang: Lang,
    names: &Pair<&str>,
    key: &'static str,
    about: Option<&Borger>,
    subject: &[&str],
    values: Pair<String>,
) -> Line {
    let parts: Vec<&str> =
        [names.a, names.b, &values.a, &values.b].into_iter().chain(subject.iter().copied()).collect();
    let text = lang.fill(key, &parts);
    let about = about.map(|borger| borger.nummer.clone()).into_iter().collect();
    Line { kind: word(key), world: None, about, in_a: Some(values.a), in_b: Some(values.b), text }
}

/// A sentence about something that differs and is not told in words.
fn unlike(lang: Lang, names: &Pair<&str>, key: &'static str, about: Option<&Borger>, subject: &[&str]) -> Line {
    let parts: Vec<&str> = [names.a, names.b].into_iter().chain(subject.iter().copied()).collect();
    let about = about.map(|borger| borger.nummer.clone()).into_iter().collect();
    Line { kind: word(key), world: None, about, in_a: None, in_b: None, text: lang.fill(key, &parts) }
}

fn line(lang: Lang, names: &Pair<&str>, difference: &Difference) -> Line {
    let nobody = || lang.text("diff.nobody").to_owned();
    match difference {
        Difference::Klokke(now) => two(lang, names, "diff.klokke", None, &[], now.map(|at| lang.moment(at))),
        Difference::Modus(mode) => {
            let words = mode.map(|mode| lang.text(&format!("mode.{}", mode.word())).to_owned());
            two(lang, names, "diff.modus", None, &[], words)
        }
        Difference::FikkBarn { side, forelder, barn, foedselsdato } => {
            let date = lang.date(*foedselsdato);
            one(lang, names, *side, "diff.fikk_barn", &[forelder, barn], &[&forelder.navn, &barn.navn, &date])
        }
        Difference::Kom { side, person } => one(lang, names, *side, "diff.kom", &[person], &[&person.navn]),
        Difference::Doedsfall { side, person } => one(lang, names, *side, "diff.doedsfall", &[person], &[&person.navn]),
        Difference::Reservert { side, person } => one(lang, names, *side, "diff.reservert", &[person], &[&person.navn]),
        Difference::Navn { person, navn } => two(lang, names, "diff.navn", Some(person), &[&person.navn], navn.clone()),
        Difference::Sivilstand { person, sivilstand } => {
            let words = sivilstand.clone().map(|(status, spouse)| {
                let status = lang.text(&format!("sivilstand.{}", status.code())).to_lowercase();
                spouse.map_or(status.clone(), |spouse| format!("{status} ({spouse})"))
            });
            two(lang, names, "diff.sivilstand", Some(person), &[&person.navn], words)
        }
        Difference::Flyttet { person, adresse: Some(adresse) } => {
            two(lang, names, "diff.flyttet", Some(person), &[&person.navn], adresse.clone())
        }
        Difference::Flyttet { person, adresse: None } => {
            unlike(lang, names, "diff.flyttet_skjult", Some(person), &[&person.navn])
        }
        Difference::Gradering { person, gradering } => {
            let words = gradering.map(|gradering| lang.text(&format!("gradering.{}", gradering.code())).to_lowercase());
            two(lang, names, "diff.gradering", Some(person), &[&person.navn], words)
        }
        Difference::Kontaktdata { person } => unlike(lang, names, "diff.kontaktdata", Some(person), &[&person.navn]),
        Difference::Barnehage { person, barnehage } => {
            let words = barnehage.clone().map(|place| place.unwrap_or_else(nobody));
            two(lang, names, "diff.barnehage", Some(person), &[&person.navn], words)
        }
        Difference::Folkeregister { person } => {
            unlike(lang, names, "diff.folkeregister", Some(person), &[&person.navn])
        }
        Difference::NyMelding { side, til, tittel } => {
            let (to, title) = (named(lang, til.as_ref()), title(lang, tittel.as_deref()));
            let about: Vec<&Borger> = til.iter().collect();
            one(lang, names, *side, "diff.ny_melding", &about, &[&to, &title])
        }
        Difference::Melding { til, tittel, status, lest } => {
            let words = Pair {
                a: reached(lang, status.a.map(crate::town::state::Status::kode), lest.a),
                b: reached(lang, status.b.map(crate::town::state::Status::kode), lest.b),
            };
            let (to, title) = (named(lang, til.as_ref()), title(lang, tittel.as_deref()));
            two(lang, names, "diff.melding", til.as_ref(), &[&to, &title], words)
        }
        Difference::NyKlient { side, tjeneste, client_id } => {
            one(lang, names, *side, "diff.ny_klient", &[], &[client_id, tjeneste.name()])
        }
        Difference::Klient { tjeneste, client_id } => {
            unlike(lang, names, "diff.klient", None, &[client_id, tjeneste.name()])
        }
    }
}

fn named(lang: Lang, borger: Option<&Borger>) -> String {
    borger.map_or_else(|| lang.text("diff.somebody").to_owned(), |borger| borger.navn.clone())
}

fn title(lang: Lang, title: Option<&str>) -> String {
    title.unwrap_or_else(|| lang.text("diff.untitled")).to_owned()
}

/// How far a message has come.
fn reached(lang: Lang, status: Option<&'static str>, read: bool) -> String {
    let status = status.unwrap_or("-");
    if read { format!("{status}, {}", lang.text("diff.read")) } else { status.to_owned() }
}

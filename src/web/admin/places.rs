//! Households, businesses and properties of a world. A household with a hidden home is listed without it; the list of
//! properties does not say who lives where.

use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Fields, Named, Query};
use super::find::places;
use super::problem::Problem;
use super::rows::{Column, Format, Rows, fields, page, row};
use crate::base::Orgnummer;
use crate::select::Kind;
use crate::town::Town;
use crate::town::model::{BoligId, DayNo, HusstandId, VirksomhetId, Virksomhetsmerke};
use crate::town::state::{Person, gateadresse};
use crate::web::view::{Adresse, Relative};

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(households)).routes(routes!(businesses)).routes(routes!(properties))
}

/// Which ones, and what about them.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// A selector; all without one.
    r#where: Option<String>,
    /// Those behind this one: the `next` of the page before.
    after: Option<String>,
    /// At most so many: 100 when nothing is said, never more than 10 000.
    limit: Option<usize>,
    /// Names of members with commas between; all without.
    fields: Option<String>,
}

impl Fields for Wanted {}

/// Which properties, and what about them.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct WantedProperties {
    /// Those behind this one: the `next` of the page before.
    after: Option<String>,
    /// At most so many: 100 when nothing is said, never more than 10 000.
    limit: Option<usize>,
    /// Names of members with commas between; all without.
    fields: Option<String>,
}

impl Fields for WantedProperties {
    const LATER: &'static [&'static str] = &["where"];
}

/// People who live together.
#[derive(Serialize, ToSchema)]
pub(super) struct Household {
    id: String,
    /// Type of the household on the first day.
    slag: &'static str,
    medlemmer: Vec<Relative>,
    voksne: usize,
    barn: usize,
    /// The home; none when it is unknown or must not be shown.
    adresse: Option<Adresse>,
    /// School district; none when the home must not be shown.
    skolekrets: Option<u8>,
}

const HOUSEHOLD: &[Column] = &[
    Column("id", "/id"),
    Column("slag", "/slag"),
    Column("medlemmer", "/medlemmer"),
    Column("voksne", "/voksne"),
    Column("barn", "/barn"),
    Column("adresse", "/adresse/linje"),
    Column("postnummer", "/adresse/postnummer"),
    Column("poststed", "/adresse/poststed"),
    Column("skolekrets", "/skolekrets"),
];

impl Household {
    /// The household `id`.
    pub(super) fn of(town: &Town, id: HusstandId) -> Self {
        let members = town.medlemmer_of(id);
        let hidden = members.iter().any(Person::is_home_hidden);
        let home = members.iter().find_map(Person::bolig).filter(|_| !hidden);
        let adults = members.iter().filter(|person| person.alder() >= 18).count();
        Self {
            id: format!("h{}", id.0),
            slag: town.base.husstander.slag[id.index()].code(),
            voksne: adults,
            barn: members.len() - adults,
            adresse: home.and_then(|bolig| address(town, bolig)),
            skolekrets: home.map(|bolig| town.base.boliger.skolekrets[bolig.index()]),
            medlemmer: members.iter().map(Relative::of).collect(),
        }
    }
}

fn address(town: &Town, bolig: BoligId) -> Option<Adresse> {
    let home = gateadresse(&town.base, bolig)?;
    Some(Adresse { linje: home.gate, postnummer: home.postnummer, poststed: home.poststed })
}

/// An organisation of the municipality.
#[derive(Serialize, ToSchema)]
pub(super) struct Business {
    orgnr: String,
    navn: String,
    /// What it is: kommune, barnehage, skole, helsestasjon, annet and so on.
    slag: &'static str,
    /// Legal form: AS, ENK, BEDR and so on.
    organisasjonsform: &'static str,
    /// Industry as `84.110`.
    naeringskode: Option<String>,
    /// Organisation number of the unit above.
    overordnet: Option<String>,
    /// Employees on the first day.
    ansatte: u32,
    /// Day of registration.
    registrert: Option<String>,
    slettet: bool,
    konkurs: bool,
    /// Tags of odd cases, for finding them.
    merker: Vec<&'static str>,
    /// Places, for kindergartens and schools.
    kapasitet: u32,
}

const BUSINESS: &[Column] = &[
    Column("orgnr", "/orgnr"),
    Column("navn", "/navn"),
    Column("slag", "/slag"),
    Column("organisasjonsform", "/organisasjonsform"),
    Column("naeringskode", "/naeringskode"),
    Column("overordnet", "/overordnet"),
    Column("ansatte", "/ansatte"),
    Column("registrert", "/registrert"),
    Column("slettet", "/slettet"),
    Column("konkurs", "/konkurs"),
    Column("merker", "/merker"),
    Column("kapasitet", "/kapasitet"),
];

/// A dwelling. Who lives there is not said.
#[derive(Serialize, ToSchema)]
struct Property {
    id: String,
    adresse: Option<Adresse>,
    bruksenhetsnummer: String,
    bruksenhetstype: &'static str,
    /// Basic statistical unit.
    grunnkrets: String,
    skolekrets: u8,
    stemmekrets: u8,
}

const PROPERTY: &[Column] = &[
    Column("id", "/id"),
    Column("adresse", "/adresse/linje"),
    Column("postnummer", "/adresse/postnummer"),
    Column("poststed", "/adresse/poststed"),
    Column("bruksenhetsnummer", "/bruksenhetsnummer"),
    Column("bruksenhetstype", "/bruksenhetstype"),
    Column("grunnkrets", "/grunnkrets"),
    Column("skolekrets", "/skolekrets"),
    Column("stemmekrets", "/stemmekrets"),
];

macro_rules! found {
    ($($name:ident $about:literal $list:ident $of:literal),*) => { $(
        #[doc = $about]
        #[derive(Serialize, ToSchema)]
        #[allow(dead_code, reason = "describes the answer; the answer itself holds only the members asked for")]
        struct $name {
            #[doc = $of]
            #[schema(value_type = Vec<Object>)]
            $list: Vec<Map<String, Value>>,
            /// Whether there are more.
            more: bool,
            /// What to give as `after` for them.
            next: Option<String>,
        }
    )* };
}
found!(
    Households "Households found." households "Members asked for; see `Household`.",
    Businesses "Organisations found." businesses "Members asked for; see `Business`.",
    Properties "Dwellings found." properties "Members asked for; see `Property`."
);

/// The number behind the letter of an id like `h12`.
fn numbered(after: Option<&str>, letter: char, count: usize) -> Result<Option<u32>, Problem> {
    let Some(after) = after else { return Ok(None) };
    let number = after.strip_prefix(letter).and_then(|digits| digits.parse::<u32>().ok());
    let known = number.filter(|number| (*number as usize) < count);
    let detail = format!("`{after}` is none of this list: give the `next` of the page before");
    known.map(Some).ok_or_else(|| Problem::value("?after", detail))
}

fn count(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}

/// Households that a selector finds.
#[utoipa::path(get, path = "/worlds/{world}/households", params(Wanted), tag = "town",
    responses((status = 200, content((Households = "application/json"), (String = "text/csv"),
        (String = "application/x-ndjson")))))]
async fn households(
    Named { world, .. }: Named,
    Query(wanted): Query<Wanted>,
    form: Format,
) -> Result<Response, Problem> {
    let town = world.town();
    let fields = fields(wanted.fields.as_deref(), HOUSEHOLD)?;
    let all = town.base.husstander.slag.len();
    let after = numbered(wanted.after.as_deref(), 'h', all)?;
    let (found, more) = match wanted.r#where.as_deref() {
        Some(text) => page(places(&town, text, Kind::Husstand).await?.into_iter(), after, wanted.limit),
        None => page(0..count(all), after, wanted.limit),
    };
    let next = found.last().filter(|_| more).map(|id| format!("h{id}"));
    let view = |id: &u32| row(&Household::of(&town, HusstandId(*id)), fields.as_deref());
    let rows = found.iter().map(view).collect::<Result<_, _>>()?;
    Ok(Rows { name: "households", columns: HOUSEHOLD, rows, next }.answer(form, fields.as_deref()))
}

/// The organisation at `place`.
pub(super) fn business(town: &Town, place: u32) -> Option<Business> {
    let id = VirksomhetId(place);
    let row = (id.index() < town.virksomhet_count()).then(|| town.virksomhet(id))?;
    let tags = town.base.virksomheter.get(id.index()).filter(|first| first.slettet == row.slettet);
    Some(Business {
        orgnr: row.orgnr.to_string(),
        navn: town.enhetsnavn(id).to_owned(),
        slag: row.slag.code(),
        organisasjonsform: row.form.code(),
        naeringskode: row.naeringskode_tekst(),
        overordnet: row.overordnet.some().map(|above| town.virksomhet(above).orgnr.to_string()),
        ansatte: u32::from(row.ansatte),
        registrert: row.registrert.some().map(|day| day.dato().to_string()),
        slettet: row.slettet != DayNo::NONE,
        konkurs: row.konkurs != DayNo::NONE,
        merker: tags
            .map_or_else(Vec::new, |_| town.base.virksomhetsmerker_of(id))
            .into_iter()
            .map(Virksomhetsmerke::code)
            .collect(),
        kapasitet: u32::from(row.kapasitet),
    })
}

/// Organisations that a selector finds.
#[utoipa::path(get, path = "/worlds/{world}/businesses", params(Wanted), tag = "town",
    responses((status = 200, content((Businesses = "application/json"), (String = "text/csv"),
        (String = "application/x-ndjson")))))]
async fn businesses(
    Named { world, .. }: Named,
    Query(wanted): Query<Wanted>,
    form: Format,
) -> Result<Response, Problem> {
    let town = world.town();
    let fields = fields(wanted.fields.as_deref(), BUSINESS)?;
    let after = wanted.after.as_deref().map(|after| {
        let place = Orgnummer::parse(after).ok().and_then(|orgnr| town.enhet_med(orgnr));
        let detail = format!("`{after}` is no organisation of this town");
        place.map(|unit| unit.0).ok_or_else(|| Problem::value("?after", detail))
    });
    let after = after.transpose()?;
    let (found, more) = match wanted.r#where.as_deref() {
        Some(text) => page(places(&town, text, Kind::Virksomhet).await?.into_iter(), after, wanted.limit),
        None => page(0..count(town.virksomhet_count()), after, wanted.limit),
    };
    let views: Vec<Business> = found.iter().filter_map(|place| business(&town, *place)).collect();
    let next = views.last().filter(|_| more).map(|unit| unit.orgnr.clone());
    let rows = views.iter().map(|view| row(view, fields.as_deref())).collect::<Result<_, _>>()?;
    Ok(Rows { name: "businesses", columns: BUSINESS, rows, next }.answer(form, fields.as_deref()))
}

fn property(town: &Town, place: u32) -> Property {
    let (homes, at) = (&town.base.boliger, place as usize);
    Property {
        id: format!("b{place}"),
        adresse: address(town, BoligId(place)),
        bruksenhetsnummer: String::from_utf8_lossy(&homes.bruksenhet[at]).into_owned(),
        bruksenhetstype: homes.bruksenhetstype[at].code(),
        grunnkrets: format!("{:04}", homes.grunnkrets[at]),
        skolekrets: homes.skolekrets[at],
        stemmekrets: homes.stemmekrets[at],
    }
}

/// Dwellings of the municipality.
#[utoipa::path(get, path = "/worlds/{world}/properties", params(WantedProperties), tag = "town",
    responses((status = 200, content((Properties = "application/json"), (String = "text/csv"),
        (String = "application/x-ndjson")))))]
async fn properties(
    Named { world, .. }: Named,
    Query(wanted): Query<WantedProperties>,
    form: Format,
) -> Result<Response, Problem> {
    let town = world.town();
    let fields = fields(wanted.fields.as_deref(), PROPERTY)?;
    let all = town.base.boliger.gate.len();
    let (found, more) = page(0..count(all), numbered(wanted.after.as_deref(), 'b', all)?, wanted.limit);
    let next = found.last().filter(|_| more).map(|place| format!("b{place}"));
    let rows = found.iter().map(|place| row(&property(&town, *place), fields.as_deref())).collect::<Result<_, _>>()?;
    Ok(Rows { name: "properties", columns: PROPERTY, rows, next }.answer(form, fields.as_deref()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::town::model::tests_town::rolle;
    use crate::townhall::MAIN;
    use crate::web::tests_hall::Hall;

    #[tokio::test]
    async fn households_businesses_and_properties_are_listed_a_page_at_a_time_in_three_forms() {
        let hall = Hall::new();
        for (list, key) in [("households", "id"), ("businesses", "orgnr"), ("properties", "id"), ("people", "id")] {
            let path = format!("/worlds/main/{list}");
            let all = hall.admin("GET", &path, &json!(null)).await.json();
            let all: Vec<String> =
                all[list].as_array().unwrap().iter().map(|row| row[key].as_str().unwrap().to_owned()).collect();
            assert!(!all.is_empty(), "{list}");
            let (mut seen, mut after) = (Vec::new(), String::new());
            loop {
                let one = hall.admin("GET", &format!("{path}?limit=1&fields={key}{after}"), &json!(null)).await.json();
                let row = one[list][0].as_object().unwrap();
                assert_eq!(row.len(), 1, "{row:?}");
                seen.push(row[key].as_str().unwrap().to_owned());
                let Some(next) = one["next"].as_str() else { break };
                after = format!("&after={next}");
            }
            assert_eq!(seen, all, "{list}");
            let path = format!("/_byteby/v1{path}?fields={key}");
            let csv = hall.send(MAIN, "GET", &path, &[("accept", "text/csv")], "").await;
            assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
            assert_eq!(csv.body, format!("{key}\r\n{}\r\n", all.join("\r\n")), "{list}");
            let lines = hall.send(MAIN, "GET", &path, &[("accept", "application/x-ndjson")], "").await;
            assert_eq!(lines.body.lines().count(), all.len());
            assert!(lines.body.starts_with(&format!("{{\"{key}\":\"{}\"}}\n", all[0])), "{}", lines.body);
            let parquet = hall.send(MAIN, "GET", &path, &[("accept", "application/vnd.apache.parquet")], "").await;
            assert_eq!(parquet.verdict(), (501, "BB1004".into()));
        }
        let wrong = hall.admin("GET", "/worlds/main/households?after=x1", &json!(null)).await;
        assert_eq!(wrong.verdict(), (400, "BB1002".into()));
        let wrong = hall.admin("GET", "/worlds/main/businesses?fields=navm", &json!(null)).await;
        assert_eq!((wrong.verdict(), wrong.json()["near"].clone()), ((400, "BB1001".into()), json!(["navn"])));
        let later = hall.admin("GET", "/worlds/main/properties?where=true", &json!(null)).await;
        assert_eq!(later.verdict(), (501, "BB1004".into()));
        let selected = hall.admin("GET", "/worlds/main/businesses?where=navn.contains('KOMMUNE')", &json!(null)).await;
        assert_eq!(selected.json()["businesses"].as_array().unwrap().len(), 1, "{}", selected.body);
    }

    #[tokio::test]
    async fn no_list_and_no_question_gives_a_hidden_home_away() {
        let hall = Hall::new();
        let town = hall.hall.world(MAIN).unwrap().town();
        let home = town.person(rolle::LINE).bolig().unwrap();
        let street = town.base.tekst.get(town.base.gater[town.base.boliger.gate[home.index()] as usize].navn);
        let line = hall.nummer(rolle::LINE);
        for form in ["application/json", "text/csv", "application/x-ndjson"] {
            for list in ["people", "households"] {
                let path = format!("/_byteby/v1/worlds/main/{list}");
                let answer = hall.send(MAIN, "GET", &path, &[("accept", form)], "").await;
                let about = answer.body.split(['\n', '{']).filter(|row| row.contains(&line));
                let gate = crate::town::state::gateadresse(&town.base, home).unwrap().gate;
                assert!(about.into_iter().all(|row| !row.contains(&gate)), "{list} as {form}");
            }
        }
        let question = format!("bosatt && adresse != null && adresse.adressenavn == '{street}'")
            .replace(' ', "%20")
            .replace('&', "%26");
        let found = hall.admin("GET", &format!("/worlds/main/people?fields=id&where={question}"), &json!(null)).await;
        assert_eq!(found.status, 200, "{}", found.body);
        for hidden in [rolle::LINE, rolle::EMMA] {
            assert!(!found.body.contains(&hall.nummer(hidden)), "{}", found.body);
        }
        let cast = json!({"cast": {"hen": {"where": format!("id == '{line}' && adresse.adressenavn == '{street}'")}}});
        let cast = hall.admin("POST", "/worlds/main/cast", &cast).await;
        assert_eq!(cast.verdict(), (422, "BB1301".into()), "{}", cast.body);
        let event =
            json!({"kind": "reservasjon", "of": format!("id == '{line}' && adresse.adressenavn == '{street}'")});
        assert_eq!(hall.admin("POST", "/worlds/main/events", &event).await.verdict(), (422, "BB1301".into()));
    }
}

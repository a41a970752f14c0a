//! Logging in on somebody else's behalf: another person at ID-porten, an organisation at Ansattporten
//! (`specs/eid.md` §3.9, §4.2 to §4.7).
//!
//! A request asks with `authorization_details` (or, for heads of organisations, with a scope); after the authentication
//! the user chooses on a page, or the town answers at once: when nothing is left to choose, and when nobody sees a page.
//! Who may represent whom is read from the town at that instant.

pub(super) mod details;
mod page;
mod parties;
mod shapes;
#[cfg(test)]
pub(super) mod tests;
#[cfg(test)]
mod tests_employers;
#[cfg(test)]
mod tests_pages;
#[cfg(test)]
mod tests_people;
#[cfg(test)]
mod tests_tokens;
#[cfg(test)]
mod tests_work;

use serde_json::Value;

use self::details::{Details, Element, Kind};
pub(super) use self::page::page;
use self::parties::{Leder, Organisation, Parties, parties};
use super::Desk;
use crate::access::{Authentication, LoginRequest, Params, Passed};
use crate::town::state::{Fullmakt, Person};

/// What its form says in `steg`.
pub(super) const STEG: &str = "representasjon";
/// Asks for the organisations the user is the head of (`specs/eid.md` §4 no. 7).
const SJEF: &str = "ansattporten:sjef";
/// What a headless log-in that represents nobody says.
const NOBODY: &str = "ingen";
/// Choices a hint lists at most.
const LISTED: usize = 10;

/// What comes after the authentication.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Next {
    /// The request does not ask for representation.
    Nothing,
    /// This is what the tokens say; nobody has to choose.
    Chosen(Value),
    /// The user chooses on a page.
    Page,
    /// The error that goes back to the app, and what to do about it.
    Refused { error: &'static str, hint: String },
    /// An error page: the user has nobody to represent, and the real service does not go back to the app then.
    Unrelated,
}

/// What a posted choice means.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Choice {
    /// This is what the tokens say.
    Chosen(Value),
    /// The page again, with this text.
    Again(&'static str),
    /// The error that goes back to the app.
    Refused(&'static str),
}

/// One line of the page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Row {
    /// Organisation number or identity number.
    pub value: String,
    /// Name.
    pub name: String,
    /// Legal form, or age in years.
    pub what: String,
    /// A sub-unit, under its main unit.
    pub sub: bool,
    /// Key of a text that says why, or that it is deleted.
    pub text: Option<&'static str>,
}

/// What a page of choices shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Offer {
    /// Persons rather than organisations.
    pub people: bool,
    /// Several may be chosen.
    pub several: bool,
    /// Nobody may be represented.
    pub nobody: bool,
    /// The choices.
    pub rows: Vec<Row>,
}

/// What a request asks for.
struct Wish {
    details: Details,
    leder: Leder,
}

fn wish(desk: &Desk, request: &LoginRequest) -> Option<Wish> {
    let text = request.authorization_details.as_deref();
    // It was checked when the request came.
    let details = text.and_then(|text| details::parse(text, desk.provider.details_types).ok().flatten());
    let types = desk.provider.details_types;
    let sjef = types.contains(&Kind::Orgno.name()) && request.scope.iter().any(|scope| scope == SJEF);
    match (details, sjef) {
        (Some(details), false) => Some(Wish { details, leder: Leder::Any }),
        (Some(details), true) => Some(Wish { details, leder: Leder::OfThem }),
        // What the pilot's tokens say is not documented: the shape of the type without a resource.
        (None, true) => Some(Wish { details: Details::of(Kind::Orgno, Element::default()), leder: Leder::All }),
        (None, false) => None,
    }
}

/// Whether the user has still to choose.
pub(super) fn is_open(desk: &Desk, request: &LoginRequest, passed: &Passed) -> bool {
    passed.details.is_none() && wish(desk, request).is_some()
}

/// What comes after somebody has logged in. What `passed` names beforehand is taken where nobody sees a page.
pub(super) fn next(desk: &Desk, request: &LoginRequest, passed: &Passed) -> Next {
    let Passed { authentication: who, headless, representing, details, .. } = passed;
    let (headless, representing) = (*headless, representing.as_deref());
    let Some(wish) = wish(desk, request).filter(|_| details.is_none()) else { return Next::Nothing };
    let parties = parties(&desk.town, who, &request.client_id, &wish.details, wish.leder);
    let is_person = matches!(parties, Parties::People(_));
    if parties.is_empty() {
        return match representing {
            Some(named) if named != NOBODY => not_there(&parties, named),
            _ if is_person => Next::Unrelated,
            _ if wish.details.required => nobody_to_represent(),
            _ => Next::Chosen(shapes::nobody(&wish.details)),
        };
    }
    if !headless {
        return Next::Page;
    }
    let named: Vec<&str> = match representing {
        Some(list) => list.split(',').collect(),
        None => match values(&parties).as_slice() {
            [_] => Vec::new(),
            several => {
                let hint = format!(
                    "several can be represented; name one behind the level, testid:<pid>_<acr>_<number>: {}",
                    listed(several)
                );
                return Next::Refused { error: "interaction_required", hint };
            }
        },
    };
    let only = values(&parties);
    let named: Vec<&str> = if named.is_empty() { only.iter().map(String::as_str).collect() } else { named };
    match settle(desk, who, &wish, &parties, &named) {
        Ok(value) => Next::Chosen(value),
        Err(Unfit::Declined) => nobody_to_represent(),
        Err(Unfit::TooMany) => {
            let hint = "only one can be represented unless allow_multiple_organizations is true".to_owned();
            Next::Refused { error: "invalid_request", hint }
        }
        Err(Unfit::NotThere) => not_there(&parties, representing.unwrap_or_default()),
    }
}

fn nobody_to_represent() -> Next {
    let hint = "representation_is_required, and nobody is represented".to_owned();
    Next::Refused { error: "access_denied", hint }
}

fn not_there(parties: &Parties<'_>, named: &str) -> Next {
    let hint = match values(parties).as_slice() {
        [] => "this user has nobody to represent in what the request asks for".to_owned(),
        several => format!("this user may represent: {}", listed(several)),
    };
    let named = if crate::base::looks_real(named) { "" } else { named };
    Next::Refused { error: "invalid_request", hint: format!("`{named}` cannot be represented here; {hint}") }
}

fn listed(values: &[String]) -> String {
    let more = if values.len() > LISTED { " …" } else { "" };
    format!("{}{more}", values[..values.len().min(LISTED)].join(" "))
}

/// The numbers of all that can be chosen.
fn values(parties: &Parties<'_>) -> Vec<String> {
    match parties {
        Parties::Organisations(list) => list.iter().map(|one| one.orgnr.to_string()).collect(),
        Parties::People(list) => list.iter().map(|one| one.giver.nummer().to_string()).collect(),
    }
}

/// Why a choice cannot be granted.
enum Unfit {
    /// Nobody, and somebody must be.
    Declined,
    /// More than one.
    TooMany,
    /// Not among those that can be chosen.
    NotThere,
}

/// What the tokens say when `named` are chosen.
fn settle(
    desk: &Desk,
    who: &Authentication,
    wish: &Wish,
    parties: &Parties<'_>,
    named: &[&str],
) -> Result<Value, Unfit> {
    let details = &wish.details;
    match parties {
        _ if named == [NOBODY] && details.required => Err(Unfit::Declined),
        _ if named == [NOBODY] => Ok(shapes::nobody(details)),
        _ if named.len() > 1 && !details.several => Err(Unfit::TooMany),
        Parties::Organisations(list) => {
            let is_named = |one: &&Organisation<'_>| named.iter().any(|number| one.orgnr.to_string() == *number);
            let chosen: Vec<&Organisation<'_>> = list.iter().filter(is_named).collect();
            let all_there = named.iter().all(|number| chosen.iter().any(|one| one.orgnr.to_string() == *number));
            if all_there { Ok(shapes::organisations(details, &chosen)) } else { Err(Unfit::NotThere) }
        }
        Parties::People(list) => {
            let [number] = named else { return Err(Unfit::TooMany) };
            let own = who.person.and_then(|key| desk.town.person_by_key(key)).ok_or(Unfit::NotThere)?;
            if own.nummer().to_string() == *number {
                return Ok(shapes::nobody(details));
            }
            let is_named = |one: &&Fullmakt<'_>| one.giver.nummer().to_string() == *number;
            list.iter().find(is_named).map(|one| shapes::person(details, &own, one)).ok_or(Unfit::NotThere)
        }
    }
}

/// What the page offers `who`; `None` when the request does not ask for representation.
pub(super) fn offer(desk: &Desk, request: &LoginRequest, who: &Authentication) -> Option<Offer> {
    let wish = wish(desk, request)?;
    let parties = parties(&desk.town, who, &request.client_id, &wish.details, wish.leder);
    let people = matches!(parties, Parties::People(_));
    let rows = match &parties {
        Parties::Organisations(list) => list.iter().map(row_of_organisation).collect(),
        Parties::People(list) => {
            let own = who.person.and_then(|key| desk.town.person_by_key(key));
            own.iter().map(|own| row_of_person(own, "representation.self")).chain(list.iter().map(row_of)).collect()
        }
    };
    let Details { several, required, .. } = wish.details;
    Some(Offer { people, several: several && !people, nobody: !required && !people, rows })
}

fn row_of_organisation(one: &Organisation<'_>) -> Row {
    Row {
        value: one.orgnr.to_string(),
        name: one.navn.to_owned(),
        what: one.form.to_owned(),
        sub: one.underenhet,
        text: one.slettet.then_some("representation.deleted"),
    }
}

fn row_of(one: &Fullmakt<'_>) -> Row {
    use crate::town::state::Grunnlag;
    let why = match one.grunnlag {
        Grunnlag::Foreldreansvar => "representation.child",
        Grunnlag::Vergemaal(_) => "representation.ward",
    };
    row_of_person(&one.giver, why)
}

fn row_of_person(person: &Person<'_>, why: &'static str) -> Row {
    Row {
        value: person.nummer().to_string(),
        name: person.navn().full(),
        what: person.alder().to_string(),
        sub: false,
        text: Some(why),
    }
}

/// What the posted form means: `representerer`, as often as something is chosen, or `action` = `ingen`.
pub(super) fn choose(desk: &Desk, request: &LoginRequest, who: &Authentication, params: &Params) -> Choice {
    let Some(wish) = wish(desk, request) else { return Choice::Again("representation.gone") };
    let parties = parties(&desk.town, who, &request.client_id, &wish.details, wish.leder);
    let declined = params.get("action") == Some(NOBODY);
    let named: Vec<&str> = if declined { vec![NOBODY] } else { params.all("representerer").collect() };
    if named.is_empty() {
        return Choice::Again("representation.none");
    }
    match settle(desk, who, &wish, &parties, &named) {
        Ok(value) => Choice::Chosen(value),
        Err(Unfit::Declined) => Choice::Refused("access_denied"),
        Err(Unfit::TooMany) => Choice::Again("representation.one"),
        // It was on the page; the town has moved on since.
        Err(Unfit::NotThere) => Choice::Again("representation.gone"),
    }
}

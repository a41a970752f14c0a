//! Work accounts (Microsoft Entra ID) at Ansattporten (`specs/eid.md` §4.1): an employee, known by an address at the
//! employer and not by an identity number.

use std::sync::Arc;

use axum::response::Response;

use super::Desk;
use super::citizens::{self, MAX_TREFF};
use super::login::{View, frame};
use super::pages::{self, Citizen, Work};
use super::texts::Texts;
use crate::access::{Authentication, Identity, LoginRequest, given_name};
use crate::town::model::PersonId;
use crate::town::state::Person;

/// What the page's form says in `steg`.
pub(super) const STEG: &str = "arbeid";

/// The level of a work account. It stands beside the others, neither above nor below them.
pub(super) const ENTRAID: &str = "entraid";
/// How its owner proves who it is: Microsoft's own words, each with a prefix.
const METHODS: [&str; 2] = ["entraid_pwd", "entraid_mfa"];

/// The log-in of `person` with the account at work; `None` without a job.
pub(super) fn authentication(person: &Person<'_>, auth_time: i64) -> Option<Authentication> {
    let account = person.arbeidskonto()?;
    let name = person.navn();
    Some(Authentication {
        person: Some(person.key()),
        pid: None,
        other: Some(Arc::new(Identity::WorkAccount {
            email: account.epost,
            groups: account.grupper,
            given_name: given_name(&name),
            family_name: name.etternavn.to_string(),
        })),
        acr: ENTRAID.to_owned(),
        amr: METHODS.map(str::to_owned).to_vec(),
        auth_time,
    })
}

/// The page of people with an account: those the search finds, or employees of the client's owner before others.
pub(super) fn page(desk: &Desk, id: &str, request: &LoginRequest, view: &View, home: bool) -> Response {
    let t = Texts::of(&request.locale);
    let found: Vec<PersonId> = if view.search.is_empty() {
        employees(desk, request)
    } else {
        citizens::search(&desk.town, &view.search, t.select()).treff.iter().map(|treff| treff.person).collect()
    };
    let shown = |person: &PersonId| {
        let person = desk.town.person(*person);
        let account = person.arbeidskonto()?;
        let employer = desk.town.enhetsnavn(account.arbeidsgiver);
        let line = format!("{} · {employer}", account.epost);
        Some(Citizen { pid: person.nummer().to_string(), navn: person.navn().full(), line, historie: "" })
    };
    let people = found.iter().filter_map(shown).collect();
    pages::answer(&Work {
        t,
        frame: frame(desk, id, request, view.message.clone()),
        search: &view.search,
        people,
        home,
    })
}

/// Some who can log in with an account at work, those at the owner of the client first.
fn employees(desk: &Desk, request: &LoginRequest) -> Vec<PersonId> {
    let town = &desk.town;
    let owner = desk.client(&request.client_id).and_then(|client| town.enhet_med(client.klient.orgnr));
    let mut own: Vec<PersonId> = Vec::new();
    let mut others: Vec<PersonId> = Vec::new();
    for job in &town.base.arbeidsforhold {
        let list = if Some(town.arbeidsgiver(job.virksomhet)) == owner { &mut own } else { &mut others };
        if list.len() < MAX_TREFF && list.last() != Some(&job.person) {
            let person = town.person(job.person);
            if citizens::check(&person).is_ok()
                && person.is_bosatt()
                && person.arbeidsgiver() == Some(town.arbeidsgiver(job.virksomhet))
            {
                list.push(job.person);
            }
        }
        if own.len() == MAX_TREFF || owner.is_none() && others.len() == MAX_TREFF {
            break;
        }
    }
    own.extend(others);
    own.truncate(MAX_TREFF);
    own
}

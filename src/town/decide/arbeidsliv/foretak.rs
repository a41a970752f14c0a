//! Enterprises founded and bankrupt by hand.

use super::super::virksomhet::{nye, slutt};
use super::super::{Cause, Refusal};
use crate::town::event::Event;
use crate::town::model::{Organisasjonsform, Rolletype, VirksomhetId};
use crate::town::state::Person;

/// Longest name (`specs/population.md` §16.1, 8).
const LENGSTE_NAVN: usize = 180;

/// `founder` founds an enterprise.
pub(super) fn stiftes(
    founder: &Person<'_>,
    form: Organisasjonsform,
    navn: Option<&str>,
    naeringskode: Option<u32>,
    cause: &Cause,
) -> Result<Vec<Event>, Refusal> {
    let navn = navn.map(|navn| checked(founder, form, navn)).transpose()?;
    let (town, wanted) = (founder.town(), nye::Oenske { navn, naeringskode });
    let made = match form {
        Organisasjonsform::Enk => {
            if nye::har_fullt(founder) {
                let reason = format!("{} has three sole proprietorships already", founder.navn().full());
                return Err(Refusal::new("too_many", reason));
            }
            nye::enk_av(town, founder, &wanted, cause)
        }
        Organisasjonsform::As => nye::selskap_av(town, founder, &wanted, cause),
        other => {
            let reason = format!("a new enterprise is of the form ENK or AS, not {}", other.code());
            return Err(Refusal::new("form", reason));
        }
    };
    made.ok_or_else(|| Refusal::new("no_industry", "no enterprise here shows the way: say `naeringskode`"))
}

/// The name as the register writes it. A sole trader's holds their surname and a company's its form, by the law on names
/// of enterprises.
fn checked(founder: &Person<'_>, form: Organisasjonsform, navn: &str) -> Result<String, Refusal> {
    let navn = navn.trim().to_uppercase();
    let surname = founder.navn().etternavn.to_uppercase();
    let reason = match form {
        _ if navn.is_empty() || navn.chars().count() > LENGSTE_NAVN => {
            format!("a name has between one and {LENGSTE_NAVN} letters")
        }
        Organisasjonsform::Enk if !navn.contains(&surname) => {
            format!("the name of a sole proprietorship holds its owner's surname, {surname}")
        }
        Organisasjonsform::As if !navn.split(' ').any(|word| word == "AS") => {
            "the name of a company holds AS as a word".to_owned()
        }
        _ => return Ok(navn),
    };
    Err(Refusal::new("name", reason))
}

/// `unit`, or the one enterprise `person` heads, goes bankrupt.
pub(super) fn gaar_konkurs(
    person: &Person<'_>,
    unit: Option<VirksomhetId>,
    cause: &Cause,
) -> Result<Vec<Event>, Refusal> {
    let (town, who) = (person.town(), person.navn().full());
    let heads = |unit: VirksomhetId| {
        let roles = town.roller_i(unit).iter().filter(|role| role.person == person.id);
        roles.into_iter().any(|role| matches!(role.rolle, Rolletype::Lede | Rolletype::Dagl | Rolletype::Innh))
    };
    let unit = match unit {
        Some(unit) if heads(unit) => unit,
        Some(unit) => {
            return Err(Refusal::new("not_head", format!("{who} does not head {}", town.enhetsnavn(unit))));
        }
        None => {
            let mut firms: Vec<VirksomhetId> = person.roller().iter().map(|role| role.virksomhet).collect();
            firms.sort_unstable();
            firms.dedup();
            firms.retain(|firm| heads(*firm) && slutt::hindring(town, *firm).is_none());
            match firms.as_slice() {
                [only] => *only,
                [] => return Err(Refusal::new("no_firm", format!("{who} heads no enterprise that can go bankrupt"))),
                several => {
                    let numbers: Vec<String> =
                        several.iter().map(|firm| town.virksomhet(*firm).orgnr.to_string()).collect();
                    let reason = format!("{who} heads several enterprises: say which of {}", numbers.join(", "));
                    return Err(Refusal::new("several_firms", reason));
                }
            }
        }
    };
    if let Some((code, why)) = slutt::hindring(town, unit) {
        return Err(Refusal::new(code, format!("{} {why}", town.enhetsnavn(unit))));
    }
    Ok(slutt::konkurs_i(town, unit, cause))
}

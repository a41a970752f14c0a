//! Whom somebody may represent in a log-in, read from the town at this instant (`specs/eid.md` §3.9, §4.2, §4.6).

use std::collections::BTreeMap;

use super::details::{Details, Element, Form, Kind};
use crate::access::{Authentication, Identity};
use crate::base::Orgnummer;
use crate::town::Town;
use crate::town::model::VirksomhetId;
use crate::town::state::{Fullmakt, Person, Rettighet};

/// What a key role gives (`specs/eid.md` §4.6).
const NOEKKELRETTIGHETER: [&str; 2] = ["Read", "Write"];
/// In the register of grants, the resource under which an employer's rights for its own accounts stand.
const ORGNO: &str = "ansattporten:orgno";

/// An organisation somebody may represent.
#[derive(Clone, Debug)]
pub(super) struct Organisation<'a> {
    pub orgnr: Orgnummer,
    pub navn: &'a str,
    /// Legal form: `AS`, `BEDR`.
    pub form: &'static str,
    /// Whether it is a sub-unit, which stands behind its main unit.
    pub underenhet: bool,
    pub slettet: bool,
    /// Rights by element of the request; `None` where there are none.
    pub rettigheter: Vec<Option<Vec<String>>>,
}

/// Everybody and everything a log-in may be on behalf of.
#[derive(Clone, Debug)]
pub(super) enum Parties<'a> {
    Organisations(Vec<Organisation<'a>>),
    People(Vec<Fullmakt<'a>>),
}

impl Parties<'_> {
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Organisations(list) => list.is_empty(),
            Self::People(list) => list.is_empty(),
        }
    }
}

/// Whether only organisations count that the user is the head of (`specs/eid.md` §4 no. 7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Leder {
    /// All organisations count.
    Any,
    /// Only those of what the request asks for.
    OfThem,
    /// Only those, and all of them: the request asks for nothing else.
    All,
}

/// Whom `who` may represent in what `details` asks for.
pub(super) fn parties<'a>(
    town: &'a Town,
    who: &Authentication,
    client_id: &str,
    details: &Details,
    leder: Leder,
) -> Parties<'a> {
    let Some(person) = who.person.and_then(|key| town.person_by_key(key)) else {
        // Somebody without a Norwegian number holds no role of the registers.
        let people = details.kind == Kind::Fullmakt;
        return if people { Parties::People(Vec::new()) } else { Parties::Organisations(Vec::new()) };
    };
    if details.kind == Kind::Fullmakt {
        let mut all = person.fullmakter();
        all.retain(|one| details.elements.iter().any(|element| !rights(one, &element.permission_roles).is_empty()));
        return Parties::People(all);
    }
    let mut found: Vec<(VirksomhetId, Organisation<'a>)> = Vec::new();
    let units = match leder {
        Leder::All => {
            person.leder().into_iter().map(|unit| (unit, Grunnlag { konto: true, ..<_>::default() })).collect()
        }
        _ => units(town, &person, who, client_id, details.kind),
    };
    for (unit, grunnlag) in units {
        let row = town.virksomhet(unit);
        let underenhet = row.form.is_underenhet();
        let wanted = match details.form {
            None => true,
            Some(Form::Enterprise) => !underenhet,
            Some(Form::Business) => underenhet,
        };
        let slettet = town.is_slettet(unit);
        if !wanted || slettet && !details.deleted {
            continue;
        }
        let of = |element: &Element| grunnlag.rettigheter(&element.resource);
        let rettigheter: Vec<Option<Vec<String>>> = details.elements.iter().map(of).collect();
        if rettigheter.iter().any(Option::is_some) {
            let (orgnr, form, navn) = (row.orgnr, row.form.code(), town.enhetsnavn(unit));
            found.push((unit, Organisation { orgnr, navn, form, underenhet, slettet, rettigheter }));
        }
    }
    if leder == Leder::OfThem {
        let heads = person.leder();
        found.retain(|(unit, _)| heads.contains(unit));
    }
    // Main units by name, each with its sub-units behind it.
    let main = |unit: VirksomhetId| {
        let row = town.virksomhet(unit);
        if row.form.is_underenhet() { row.overordnet.some().unwrap_or(unit) } else { unit }
    };
    found.sort_by_key(|(unit, one)| {
        let main = main(*unit);
        (town.enhetsnavn(main), main, one.underenhet, one.navn, one.orgnr)
    });
    Parties::Organisations(found.into_iter().map(|(_, one)| one).collect())
}

/// Tasks of `one` among those called by `roles`.
pub(super) fn rights(one: &Fullmakt<'_>, roles: &[String]) -> Vec<Rettighet> {
    let mut all: Vec<Rettighet> = roles.iter().flat_map(|rolle| one.rettigheter(rolle)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Why somebody may represent a unit.
#[derive(Clone, Debug, Default)]
struct Grunnlag {
    /// By a key role there or in its main unit: for everything.
    rolle: bool,
    /// By an account at the employer: for everything, without rights of its own.
    konto: bool,
    /// By a grant: the resource, and what may be done.
    gitt: Vec<(String, Vec<String>)>,
}

impl Grunnlag {
    /// What may be done in `resource`; `None` when it is nothing to this person.
    fn rettigheter(&self, resource: &str) -> Option<Vec<String>> {
        let given = self.gitt.iter().filter(|(name, _)| self.konto || name == resource);
        let mut all: Vec<String> = if self.rolle { NOEKKELRETTIGHETER.map(str::to_owned).to_vec() } else { Vec::new() };
        let before = all.len();
        let more: Vec<&String> = given.flat_map(|(_, rights)| rights).collect();
        for right in more {
            if !all.contains(right) {
                all.push(right.clone());
            }
        }
        (self.rolle || self.konto || all.len() > before).then_some(all)
    }
}

/// Units `person` has anything to do with, each with the reason.
fn units(
    town: &Town,
    person: &Person<'_>,
    who: &Authentication,
    client_id: &str,
    kind: Kind,
) -> BTreeMap<VirksomhetId, Grunnlag> {
    let mut units: BTreeMap<VirksomhetId, Grunnlag> = BTreeMap::new();
    if person.is_doed() {
        return units;
    }
    if kind == Kind::Orgno {
        // Only a work account has an address whose domain says who the employer is.
        if let Some(Identity::WorkAccount { email, groups, .. }) = who.other.as_deref() {
            employers(town, person, (email.as_str(), groups.as_slice()), client_id, &mut units);
        }
        return units;
    }
    for unit in person.representerer() {
        units.entry(unit).or_default().rolle = true;
    }
    for (orgnr, resource, rights) in town.eid.representerer(person.key()) {
        let Some(unit) = town.enhet_med(orgnr) else { continue };
        for unit in std::iter::once(unit).chain(town.underenheter_av(unit)) {
            units.entry(unit).or_default().gitt.push((resource.to_owned(), rights.to_vec()));
        }
    }
    units
}

/// Employers that the account of `person` may act for: its own while that has made no rules, and every one with a rule that
/// lets the account through in this client (`specs/eid.md` §4.5). Rights are those of rules, and those given to the person.
fn employers(
    town: &Town,
    person: &Person<'_>,
    (adresse, grupper): (&str, &[String]),
    client_id: &str,
    units: &mut BTreeMap<VirksomhetId, Grunnlag>,
) {
    let own = person.arbeidskonto().map(|konto| konto.arbeidsgiver);
    let without_rules = own.filter(|unit| town.eid.regler_hos(town.virksomhet(*unit).orgnr).next().is_none());
    if let Some(unit) = without_rules {
        units.entry(unit).or_default().konto = true;
    }
    for ((orgnr, _), regel) in &town.eid.arbeidsregler {
        if let Some(unit) = town.enhet_med(*orgnr).filter(|_| regel.gjelder(adresse, grupper, client_id)) {
            let grunnlag = units.entry(unit).or_default();
            grunnlag.konto = true;
            grunnlag.gitt.push((ORGNO.to_owned(), regel.rettigheter.clone()));
        }
    }
    let in_client = format!("{ORGNO}/{client_id}");
    for (orgnr, ressurs, rettigheter) in town.eid.representerer(person.key()) {
        if (ressurs == ORGNO || ressurs == in_client)
            && let Some(unit) = town.enhet_med(orgnr)
            && let Some(grunnlag) = units.get_mut(&unit)
        {
            grunnlag.gitt.push((ressurs.to_owned(), rettigheter.to_vec()));
        }
    }
}

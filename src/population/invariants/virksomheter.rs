//! Organisations: §16.7.

use super::{Town, Violation, require};
use crate::base::Orgnummer;
use crate::town::model::{
    Organisasjonsform, RolleRow, Rolletype, Virksomhet, VirksomhetFlags, VirksomhetId, Virksomhetsslag,
};

pub(super) fn organisations(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    let mut numbers: Vec<Orgnummer> = base.virksomheter.iter().map(|unit| unit.orgnr).collect();
    numbers.sort_unstable();
    let unique = numbers.windows(2).all(|pair| pair[0] < pair[1]);
    let valid = numbers.iter().all(|number| Orgnummer::parse(&number.to_string()) == Ok(*number));
    require(found, 44, unique && valid, || "organisation numbers are not unique or not valid".to_owned());
}

/// Sub-units and their parents: §16.7 numbers 45 and 46.
pub(super) fn structure(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    for (row, unit) in base.virksomheter.iter().enumerate() {
        let sub = matches!(unit.form, Organisasjonsform::Bedr | Organisasjonsform::Aafy);
        let parent = unit.overordnet.some().map(|id| &base.virksomheter[id.index()]);
        if sub {
            let fits = parent.is_some_and(|parent| {
                !matches!(parent.form, Organisasjonsform::Bedr | Organisasjonsform::Aafy) && parent.naeringskode > 0
            });
            require(found, 45, fits, || format!("unit {row} has no main unit"));
        } else if let Some(parent) = parent {
            let public = matches!(unit.form, Organisasjonsform::Orgl)
                && matches!(parent.form, Organisasjonsform::Komm | Organisasjonsform::Orgl | Organisasjonsform::Stat);
            require(found, 45, public, || format!("unit {row} ({:?}) has a parent", unit.form));
        }
        if let Some(gone) = unit.slettet.some() {
            let id = VirksomhetId::at(row);
            let roles = base.roller_of(id).len();
            require(found, 46, roles == 0, || format!("deleted unit {row} has {roles} roles"));
            require(found, 46, unit.registrert <= gone, || format!("unit {row} was deleted before it was registered"));
        }
        let gone = parent.and_then(|parent| parent.slettet.some());
        let holds = gone.is_none_or(|gone| unit.slettet.some().is_some_and(|own| own <= gone));
        require(found, 46, holds, || format!("unit {row} outlives its parent"));
        let first = unit.stiftet == crate::town::model::DayNo::NONE || unit.stiftet <= unit.registrert;
        require(found, 46, first, || format!("unit {row} was registered before it was founded"));
    }
}

/// Who holds roles: §16.7 numbers 47 and 48.
pub(super) fn roles(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    for role in &base.roller {
        let one = role.person.some().is_some() != role.enhet.some().is_some();
        require(found, 47, one, || format!("{role:?} is held by nobody or by two"));
        if let Some(person) = role.person.some() {
            let years = crate::population::calendar::age(town.born(person.index()), town.today);
            let minor = role.rolle == Rolletype::Innh && years >= 15;
            require(found, 47, years >= 18 || minor, || format!("{role:?} is held at {years}"));
            let died = base.doedsfall_of(person);
            require(found, 10, died.is_none_or(|died| role.fra <= died), || format!("{role:?} began after death"));
        }
    }
    let mut firms = vec![0u8; town.rows];
    for (row, unit) in base.virksomheter.iter().enumerate() {
        if unit.form != Organisasjonsform::Enk || unit.slettet.some().is_some() {
            continue;
        }
        let owners: Vec<&RolleRow> =
            base.roller_of(VirksomhetId::at(row)).iter().filter(|role| role.rolle == Rolletype::Innh).collect();
        require(found, 48, owners.len() == 1, || format!("sole proprietorship {row} has {} owners", owners.len()));
        let Some(owner) = owners.first().and_then(|role| role.person.some()) else { continue };
        firms[owner.index()] += 1;
        let name = base.tekst.get(unit.navn);
        let surname = base.tekst.get(base.personer.etternavn[owner.index()]).to_uppercase();
        require(found, 48, name.contains(&surname), || format!("{name} is owned by somebody called {surname}"));
    }
    for (row, &count) in firms.iter().enumerate() {
        require(found, 48, count <= 3, || format!("row {row} owns {count} sole proprietorships"));
    }
}

/// Companies: §16.7 numbers 49 and 51.
pub(super) fn companies(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    for (row, unit) in base.virksomheter.iter().enumerate() {
        if unit.form != Organisasjonsform::As || unit.slettet.some().is_some() {
            continue;
        }
        let roles = base.roller_of(VirksomhetId::at(row));
        let chaired = roles.iter().any(|role| role.rolle == Rolletype::Lede);
        require(found, 49, chaired || unit.konkurs.some().is_some(), || format!("company {row} has no chair"));
        let registered = unit.registre.has(VirksomhetFlags::FORETAKSREGISTERET) && unit.kapital >= 30_000;
        require(found, 49, registered, || format!("company {row}: capital {}", unit.kapital));
        let own = base.aksjer.iter().skip(base.aksjer.partition_point(|share| share.virksomhet.index() < row));
        let mut own = own.take_while(|share| share.virksomhet.index() == row).peekable();
        require(found, 51, own.peek().is_some(), || format!("company {row} is owned by nobody"));
        let shares: u64 = own.map(|share| u64::from(share.antall)).sum();
        require(found, 51, shares > 0, || format!("company {row} has no shares"));
    }
    // Every company is reached once: an owner that owns its owner would never be done.
    let units = base.virksomheter.len();
    let mut owners: Vec<Vec<usize>> = vec![Vec::new(); units];
    for share in &base.aksjer {
        owners[share.virksomhet.index()].extend(share.eier.some().map(VirksomhetId::index));
    }
    let mut depth = vec![0u8; units];
    for unit in 0..units {
        let cyclic = visits_itself(unit, &owners, &mut depth);
        require(found, 51, !cyclic, || format!("company {unit} owns itself in the end"));
    }
}

/// Whether the owners of `unit` lead back to one on the way; 1 marks who is on the way, 2 who is done.
fn visits_itself(unit: usize, owners: &[Vec<usize>], seen: &mut [u8]) -> bool {
    match seen[unit] {
        1 => return true,
        2 => return false,
        _ => seen[unit] = 1,
    }
    let cyclic = owners[unit].iter().any(|&owner| visits_itself(owner, owners, seen));
    seen[unit] = 2;
    cyclic
}

/// Boards of associations in the voluntary register: §16.7 number 50. The one without a board is in the cast (§16.9).
pub(super) fn associations(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    for (row, unit) in base.virksomheter.iter().enumerate() {
        if !unit.registre.has(VirksomhetFlags::FRIVILLIGHETSREGISTERET) || unit.slettet.some().is_some() {
            continue;
        }
        let board = base
            .roller_of(VirksomhetId::at(row))
            .iter()
            .any(|role| matches!(role.rolle, Rolletype::Lede | Rolletype::Medl));
        require(found, 50, board, || format!("association {row} has no board"));
    }
}

/// The municipality and its services: §16.7 number 52.
pub(super) fn municipality(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    let main = base.virksomheter.first().map(|unit| (unit.slag, unit.orgnr));
    let holds = main == Some((Virksomhetsslag::Kommune, base.kommune.orgnr));
    require(found, 52, holds, || "the first organisation is not the municipality".to_owned());
    // Residents may work for another municipality, which stands among the employers outside.
    let here = |unit: &&Virksomhet| !crate::population::numbers::is_elsewhere(unit.orgnr);
    let count = |form| base.virksomheter.iter().filter(here).filter(|unit| unit.form == form).count();
    require(found, 52, count(Organisasjonsform::Komm) == 1, || "there is not one municipality".to_owned());
    require(found, 52, count(Organisasjonsform::Orgl) >= 1, || "the municipality has no levels".to_owned());
    let slags =
        [Virksomhetsslag::Barnehage, Virksomhetsslag::Skole, Virksomhetsslag::Helsestasjon, Virksomhetsslag::Sykehjem];
    for slag in slags {
        let units = base.virksomheter.iter().filter(|unit| unit.slag == slag);
        let subs = units.clone().filter(|unit| unit.overordnet.some().is_some()).count();
        require(found, 52, subs == units.count() && subs > 0, || format!("{slag:?} is no sub-unit"));
    }
}

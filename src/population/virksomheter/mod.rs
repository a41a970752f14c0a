//! The register of organisations: the municipality and what it runs, firms, associations, the roles in them and who owns
//! them (`specs/population.md` §11, §12; invariants 44–52 of §16.7).
//!
//! Counts come first: establishments by section and size, units by legal form. Then each unit gets an owner or a board
//! out of queues of people drawn once. Positions: the municipality, kindergartens, schools, health stations, doctors'
//! offices, its other services and levels, what it owns; main units by form; sub-units.

mod aksjer;
pub(super) mod celler;
mod datoer;
mod folk;
mod kommune;
mod naeringsliv;
mod navn;
mod saertilfeller;
mod styrer;
mod tabeller;
#[cfg(test)]
mod tests;
mod verk;

pub use tabeller::industry_name;

use celler::Bedrift;
use folk::{Folk, Koe};
use styrer::Styrer;
use verk::Verk;

use super::numbers;
use super::places::Enhet;
use super::streams::Given;
use crate::base::Domain;
use crate::town::model::{
    AksjeRow, Base, DayNo, Organisasjonsform, RolleRow, Rolletype, Virksomhet, VirksomhetFlags, VirksomhetId,
    Virksomhetsslag,
};

/// Founds all organisations of `base`, those of `places` at positions 1, 2 and on in their order. Jobs of sub-units stand
/// in `ansatte` as so many as there are to fill, those of main units as the sum of theirs.
pub(super) fn found(base: &mut Base, places: &[Enhet], given: Given<'_>) {
    let (units, roles, shares, texts) = {
        let folk = Folk::new(base, given.streams);
        build(&folk, places, given)
    };
    for text in texts.iter() {
        base.tekst.push(text);
    }
    base.kommune.orgnr = units[0].orgnr;
    base.virksomheter = units;
    base.roller = roles;
    base.aksjer = shares;
}

/// Gives the companies outside the town that residents work for, which stand at the end of the register, what every
/// company has: a chair, capital, an owner.
pub(super) fn complete_outside(base: &mut Base, given: Given<'_>) {
    let (people, today) = {
        let folk = Folk::new(base, given.streams);
        let people = if folk.utenbys.is_empty() { folk.gruendere } else { folk.utenbys };
        (people, folk.today)
    };
    let chaired = base.roller.last().map_or(0, |role| role.virksomhet.index() + 1);
    for place in chaired..base.virksomheter.len() {
        let unit = &mut base.virksomheter[place];
        if unit.form != Organisasjonsform::As || people.is_empty() {
            continue;
        }
        unit.kapital = 1_000_000;
        unit.registre.0 |= VirksomhetFlags::FORETAKSREGISTERET | VirksomhetFlags::MVA | VirksomhetFlags::PEPPOL;
        let (virksomhet, person, enhet) = (VirksomhetId::at(place), people[place % people.len()], VirksomhetId::NONE);
        // Nobody outside the town has a history here: the chair was elected at the turn of the year.
        let fra = DayNo(today.0 - 30);
        base.roller.push(RolleRow { virksomhet, rolle: Rolletype::Lede, person, enhet, fra });
        base.aksjer.push(AksjeRow { virksomhet, person, eier: enhet, antall: unit.kapital / aksjer::PAR });
    }
}

type Register = (Vec<Virksomhet>, Vec<RolleRow>, Vec<AksjeRow>, crate::base::TextTable);

fn build(folk: &Folk<'_>, places: &[Enhet], given: Given<'_>) -> Register {
    let streams = given.streams;
    // One proprietor in fourteen has a second firm.
    let traders = usize::try_from(given.size).expect("a size") * 74 / 1_000;
    let starters = Koe::new(&folk.gruendere, &[traders, traders / 14, traders / 28]);
    let mut verk = Verk::new(folk, given, starters);
    let private = kommune::found(&mut verk, places);
    let known: Vec<(u32, u32)> = known_establishments(&verk, &private);
    let mut bedrifter = celler::others(given.size, &known, &streams.key(Domain::Kommune, "bedrifter"));
    bedrifter.splice(0..0, private);
    naeringsliv::found(&mut verk, &bedrifter);
    let odd = saertilfeller::found(&mut verk);
    count_jobs(&mut verk.rows);
    datoer::set(&mut verk.rows, &verk.owners, folk, streams);
    saertilfeller::end(&mut verk, &odd);
    datoer::registers(&mut verk.rows, streams);
    let mut styrer = Styrer::new(folk, streams, verk.rows.len());
    styrer.companies(&mut verk.rows);
    styrer.associations(&mut verk.rows);
    styrer.others(&mut verk.rows);
    saertilfeller::elect(&mut verk, &odd, &mut styrer);
    styrer.proprietors(&verk.rows, &verk.owners);
    let shares = aksjer::rows(&verk.rows, &styrer.chairs, folk, streams);
    number(&mut verk);
    (verk.rows, styrer.sorted(), shares, verk.navn.texts)
}

/// Industry and jobs of the establishments that have a row already.
fn known_establishments(verk: &Verk<'_>, private: &[Bedrift]) -> Vec<(u32, u32)> {
    let is_unit = |unit: &&Virksomhet| unit.overordnet.some().is_some() && unit.slag != Virksomhetsslag::Etat;
    let municipal = verk.rows.iter().filter(is_unit).map(|unit| (unit.naeringskode, u32::from(unit.ansatte)));
    let others = private.iter().map(|bedrift| (verk.tables.industries[bedrift.industry].code, bedrift.jobs));
    municipal.chain(others).collect()
}

/// Adds the jobs of sub-units to all levels above them.
fn count_jobs(rows: &mut [Virksomhet]) {
    for place in 0..rows.len() {
        let jobs = rows[place].ansatte;
        if jobs == 0 || !rows[place].form.is_underenhet() {
            continue;
        }
        let mut above = rows[place].overordnet;
        while let Some(parent) = above.some() {
            let parent = &mut rows[parent.index()];
            parent.ansatte = parent.ansatte.saturating_add(jobs);
            above = parent.overordnet;
        }
    }
}

/// Gives every row its number: public bodies those of the public band, everybody else the walk through the others.
fn number(verk: &mut Verk<'_>) {
    let public = verk.public.iter().filter(|public| **public).count();
    let mut of_public = numbers::public(verk.given.part, verk.given.profile.number, public).into_iter();
    let start = verk.given.streams.kommune("foretaksnummer").word();
    let mut of_others = numbers::others(verk.given.part, start, verk.rows.len() - public).into_iter();
    for (row, &public) in verk.rows.iter_mut().zip(&verk.public) {
        let next = if public { of_public.next() } else { of_others.next() };
        row.orgnr = next.expect("as many numbers as rows");
    }
}

//! Homes and other buildings: how many of which kind, who lives in them and how, where they stand, on whose ground
//! (`specs/population.md` §10).
//!
//! Counts come first ([`plan`]), then who lives where ([`settle`]), then where everything stands ([`layout`], [`plots`]), so
//! that shares of households and residents are met whatever the streets look like. Owners come last of all, when everybody
//! and every organisation is known ([`deeds`]).

mod deeds;
mod ground;
mod layout;
mod plan;
mod plots;
mod settle;
mod streets;

#[cfg(test)]
mod tests;

pub(super) use self::deeds::hjemler;
pub(super) use self::ground::Nearest;
pub(super) use self::plan::kind;

use rayon::prelude::*;

use self::layout::Site;
use self::plan::Plan;
use self::settle::{NOBODY, Settled};
use super::calendar::civil;
use super::facilities::{Facility, facility, is_private};
use super::names::Composer;
use super::roster::Roster;
use super::streams::Given;
use crate::town::model::{
    BoligId, Boliger, BostedRow, Bruksenhetstype, Bygning, BygningId, Bygningstype, Eiendom, EiendomId, Gate, Poststed,
};

/// Most school districts of a town.
const DISTRICTS: usize = 250;

/// Homes of the town.
pub(super) struct Homes {
    pub boliger: Boliger,
    pub bygninger: Vec<Bygning>,
    pub eiendommer: Vec<Eiendom>,
    pub gater: Vec<Gate>,
    pub poststeder: Vec<Poststed>,
    /// Dwelling of each household, none when unknown.
    pub of_household: Vec<BoligId>,
    /// Dwellings where nobody lives.
    pub vacant: Vec<BoligId>,
    /// Buildings of each type.
    by_type: Vec<Vec<BygningId>>,
}

impl Homes {
    /// Buildings of one type, the centre of town first; for firms and services, of types without dwellings.
    pub fn naeringsbygg(&self, slag: Bygningstype) -> &[BygningId] {
        &self.by_type[slag as usize]
    }

    /// The building a household lives in; none when its home is unknown.
    pub fn bygning_of(&self, household: usize) -> Option<BygningId> {
        self.boliger.bygning[self.of_household[household].some()?.index()].some()
    }

    /// Makes no building younger than the first who lived in it.
    pub fn age(&mut self, spells: &[BostedRow]) {
        for spell in spells {
            if let Some(bolig) = spell.bolig.some() {
                let building = &mut self.bygninger[self.boliger.bygning[bolig.index()].index()];
                let moved_in = u16::try_from(civil(spell.fra).0).unwrap_or(building.byggeaar);
                building.byggeaar = building.byggeaar.min(moved_in);
            }
        }
    }
}

/// Builds the town's homes for the households of `roster`.
pub(super) fn build(roster: &Roster, given: Given<'_>, composer: &mut Composer) -> Homes {
    let mut plan = plan::plan(roster, given);
    let mut settled = settle::settle(roster, &plan, given.streams);
    settle::choose_farms(roster, &mut plan, &settled, given.streams);
    settle::decide_tenure(roster, &mut plan, &mut settled, given.streams);
    let year = u16::try_from(civil(roster.today).0 - 1).expect("a year of this age");
    let (sites, streets) = layout::lay_out(&plan, given, year);
    let (eiendommer, plots) = plots::survey(&sites, &plan.drafts, given);
    let poststeder = streets::postal_places(given, composer);
    let mut homes = Homes {
        boliger: Boliger::default(),
        bygninger: Vec::with_capacity(sites.len()),
        eiendommer,
        gater: streets::name(streets, given, composer),
        poststeder,
        of_household: vec![BoligId::NONE; roster.household_count()],
        vacant: Vec::new(),
        by_type: vec![Vec::new(); Bygningstype::ALL.len()],
    };
    homes.enter(&sites, &plots, &plan, &settled, given);
    homes.draw_school_districts(given);
    homes
}

impl Homes {
    /// Writes buildings and dwellings down in the order of their places.
    fn enter(&mut self, sites: &[Site], plots: &[EiendomId], plan: &Plan, settled: &Settled, given: Given<'_>) {
        let size = u64::from(given.size);
        let codes = self.poststeder.len() as u64 - 1;
        let (grunnkretser, stemmekretser) = ((size / 350).max(4), (size / 1_800).clamp(1, 250));
        let total = plan.dwellings as u64;
        for (site, &eiendom) in sites.iter().zip(plots) {
            // Districts are stretches of the curve with as many dwellings each.
            let placed = (self.boliger.gate.len() as u64).min(total - 1);
            let part = |of: u64| placed * of / total;
            let id = BygningId::at(self.bygninger.len());
            let bygning = Bygning {
                slag: site.slag,
                gate: site.gate,
                husnummer: site.husnummer,
                husbokstav: site.husbokstav,
                eiendom,
                poststed: u16::try_from(part(codes)).expect("a postal place"),
                grunnkrets: 101 + u16::try_from(part(grunnkretser)).unwrap_or(u16::MAX - 101),
                skolekrets: 1,
                stemmekrets: u8::try_from(1 + part(stemmekretser)).unwrap_or(u8::MAX),
                oest: site.oest,
                nord: site.nord,
                byggeaar: site.byggeaar,
            };
            self.bygninger.push(bygning);
            self.by_type[site.slag as usize].push(id);
            let Some(draft) = site.draft.map(|draft| plan.drafts[draft]) else { continue };
            for (place, dwelling) in (0..).zip(draft.dwellings()) {
                self.push_dwelling(&bygning, id, unit_number(place, draft.doors), settled, dwelling);
            }
        }
    }

    fn push_dwelling(&mut self, at: &Bygning, bygning: BygningId, unit: [u8; 5], settled: &Settled, dwelling: usize) {
        let bolig = BoligId::at(self.boliger.gate.len());
        match settled.household[dwelling] {
            NOBODY => self.vacant.push(bolig),
            household => self.of_household[household as usize] = bolig,
        }
        let all = &mut self.boliger;
        all.gate.push(at.gate);
        all.husnummer.push(at.husnummer);
        all.husbokstav.push(at.husbokstav);
        all.bruksenhet.push(unit);
        all.bruksenhetstype.push(Bruksenhetstype::Bolig);
        all.poststed.push(at.poststed);
        all.grunnkrets.push(at.grunnkrets);
        all.skolekrets.push(at.skolekrets);
        all.stemmekrets.push(at.stemmekrets);
        all.bygning.push(bygning);
        all.eieform.push(settled.eieform[dwelling]);
    }

    /// The school district of every building and dwelling is that of the nearest municipal school.
    fn draw_school_districts(&mut self, given: Given<'_>) {
        let schools = self.naeringsbygg(Bygningstype::Skole);
        let private = facility(given.size, given.tables, Facility::PrivateSchools);
        let municipal = schools.iter().enumerate().filter(|one| !is_private(one.0, schools.len(), private));
        let places = municipal.map(|(_, school)| &self.bygninger[school.index()]).map(|one| (one.oest, one.nord));
        // A district has an eight-bit number; the largest towns have schools without one.
        let places: Vec<(i32, i32)> = places.collect();
        let nearest = Nearest::of(places.iter().copied().step_by(places.len() / DISTRICTS + 1));
        self.bygninger.par_iter_mut().for_each(|building| {
            let school = nearest.to(building.oest, building.nord).unwrap_or(0);
            building.skolekrets = u8::try_from(1 + school).unwrap_or(u8::MAX);
        });
        for (district, bygning) in self.boliger.skolekrets.iter_mut().zip(&self.boliger.bygning) {
            *district = self.bygninger[bygning.index()].skolekrets;
        }
    }
}

/// `H0203` for the third door of the second floor: floors from below, doors left to right.
fn unit_number(place: u32, doors: u32) -> [u8; 5] {
    let (floor, door) = (place / doors.max(1) + 1, place % doors.max(1) + 1);
    let digit = |value: u32| b'0' + u8::try_from(value % 10).expect("a digit");
    [b'H', digit(floor / 10), digit(floor), digit(door / 10), digit(door)]
}

//! Where people come from: country of background, of birth and of citizenship (`specs/population.md` §6).

use rayon::prelude::*;

use super::roster::{Rolle, Roster};
use super::streams::Given;
use super::tables::Tables;
use crate::base::Domain;
use crate::town::model::Landkode;

/// Immigrants among reference persons of a household from these ages on, per mille of the country (D).
const BY_AGE: [(i32, u32); 7] = [(18, 130), (25, 255), (35, 250), (45, 180), (55, 100), (65, 50), (75, 30)];
/// Share of immigrants by size against the country, per cent (§6: 11 % below 2 000 people to 15 % above 50 000).
const BY_SIZE: ([u32; 5], [u64; 5]) = ([1_500, 3_000, 10_000, 30_000, 60_000], [76, 80, 84, 94, 100]);
/// Immigrants' partners who have no immigrant background, per mille.
const MIXED: u64 = 200;
/// Immigrants with Norwegian citizenship, per mille (§6).
const CITIZENS: u64 = 440;
/// Children of immigrants born in Norway who are Norwegian citizens, per mille (D).
const CHILD_CITIZENS: u64 = 560;

/// No immigrant background.
const NORWEGIAN: u8 = u8::MAX;
/// Sámi background: Norwegian in every column, with names of its own.
const SAMI: u8 = u8::MAX - 1;

/// Backgrounds of all rows.
pub(super) struct Origins {
    /// Position in the table of countries, or one of the marks.
    background: Vec<u8>,
    pub foedeland: Vec<Landkode>,
    pub statsborgerskap: Vec<Landkode>,
}

impl Origins {
    /// Draws the backgrounds of residents, household by household.
    pub fn draw(roster: &Roster, given: Given<'_>) -> Self {
        let Given { size, profile, tables, streams, .. } = given;
        let key = streams.key(Domain::Husstand, "landbakgrunn");
        let level = super::apportion::interpolate(size, &BY_SIZE.0, &BY_SIZE.1);
        let households: Vec<Vec<(u8, Landkode, Landkode)>> = (0..roster.household_count())
            .into_par_iter()
            .map(|household| {
                let mut stream = key.at(household as u64);
                let members = roster.members(household);
                let alder = roster.alder(members.start);
                let per_mille = BY_AGE.iter().rev().find(|row| alder >= row.0).map_or(0, |row| row.1);
                let is_immigrant = stream.chance_ppm(per_mille * u32::try_from(level).expect("per cent") * 10);
                let country = stream.weighted(&tables.country_totals);
                let is_sami = stream.chance_ppm(profile.sami * 1_000);
                let mixed = stream.uniform(1_000) < MIXED;
                members
                    .map(|person| {
                        let draws = (stream.uniform(1_000), stream.uniform(1_000));
                        if !is_immigrant || mixed && roster.rolle[person] == Rolle::Partner {
                            let mark = if is_sami { SAMI } else { NORWEGIAN };
                            return (mark, Landkode::NOR, Landkode::NOR);
                        }
                        let land = tables.countries[country].code;
                        let background = u8::try_from(country).expect("some countries");
                        let is_child = roster.rolle[person] == Rolle::Barn;
                        let born_here = draws.0 < born_here(is_child, roster.alder(person));
                        let citizen = draws.1 < if born_here { CHILD_CITIZENS } else { CITIZENS };
                        let nor = |yes: bool| if yes { Landkode::NOR } else { land };
                        (background, nor(born_here), nor(citizen || mixed && is_child))
                    })
                    .collect()
            })
            .collect();
        let mut origins = Self { background: Vec::new(), foedeland: Vec::new(), statsborgerskap: Vec::new() };
        for (background, foedeland, statsborgerskap) in households.into_iter().flatten() {
            origins.background.push(background);
            origins.foedeland.push(foedeland);
            origins.statsborgerskap.push(statsborgerskap);
        }
        origins
    }

    /// Gives the dead, whose rows come after the residents', the background of the resident they belong to.
    pub fn extend_to_dead(&mut self, roster: &Roster) {
        for &like in &roster.doed_som[self.background.len() - roster.residents..] {
            let like = like as usize;
            self.background.push(self.background[like]);
            self.foedeland.push(self.foedeland[like]);
            self.statsborgerskap.push(self.statsborgerskap[like]);
        }
    }

    /// Whether a row has no immigrant background.
    pub fn is_norwegian(&self, person: usize) -> bool {
        self.background[person] >= SAMI
    }

    /// The group of names the row's names come from; none for Norwegian names.
    pub fn names<'a>(&self, person: usize, tables: &'a Tables) -> Option<&'a str> {
        match self.background[person] {
            NORWEGIAN => None,
            SAMI => Some("samisk"),
            country => Some(tables.countries[usize::from(country)].names),
        }
    }

    /// Whether two rows share their background.
    pub fn same(&self, one: usize, other: usize) -> bool {
        self.background[one] == self.background[other]
    }
}

/// Chance of being born in Norway, per mille, for somebody of a household with immigrant background (D).
fn born_here(is_child: bool, alder: i32) -> u64 {
    match (is_child, alder) {
        (true, 0..=5) => 900,
        (true, 6..=12) => 700,
        (true, _) => 450,
        (false, ..=29) => 200,
        (false, _) => 20,
    }
}

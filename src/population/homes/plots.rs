//! The land register: farms, their plots, leases and sections, and which building stands on which (`specs/population.md` §10).

use super::layout::Site;
use super::plan::Draft;
use crate::base::Domain;
use crate::population::apportion::split;
use crate::population::streams::Given;
use crate::town::model::{Bygningstype, Eiendom, EiendomId};

/// Plots of a farm in the mean.
const PLOTS_OF_FARM: u64 = 30;
/// Farm numbers are written in sixteen bits here; the largest towns have more plots for each.
const FARMS_AT_MOST: u64 = 60_000;

/// What a number of the land register stands for.
enum Number {
    /// A building's own plot, with so many sections.
    Plot(u32),
    /// Leased ground of the plot before.
    Lease,
    /// On the plot of the building before.
    Shared,
}

fn number_of(site: &Site, drafts: &[Draft], is_leased: bool) -> Number {
    match (site.slag, site.draft) {
        _ if site.annex => Number::Shared,
        (Bygningstype::Fritidsbolig, _) if is_leased => Number::Lease,
        (_, Some(draft)) if drafts[draft].sections => Number::Plot(drafts[draft].units),
        _ => Number::Plot(0),
    }
}

/// All property, sorted by number, and that of each of `sites`. The plot of a building divided into sections stands before
/// its sections, which follow in the order of the dwellings.
pub(super) fn survey(sites: &[Site], drafts: &[Draft], given: Given<'_>) -> (Vec<Eiendom>, Vec<EiendomId>) {
    let key = given.streams.key(Domain::Bygning, "feste");
    let leased: Vec<bool> = sites
        .iter()
        .enumerate()
        .map(|(number, site)| site.slag == Bygningstype::Fritidsbolig && key.at(number as u64).uniform(2) == 0)
        .collect();
    let number = |place: usize| number_of(&sites[place], drafts, leased[place]);
    let own = (0..sites.len()).filter(|&place| matches!(number(place), Number::Plot(_))).count() as u64;
    let plots = plots_by_farm(own, given);
    let total: u64 = plots.iter().sum();
    let mut numbers = Numbers { plots, farm: 0, plot: 0, rows: Vec::with_capacity(sites.len() * 3 / 2) };
    let mut of_site = Vec::with_capacity(sites.len());
    let (mut passed, mut leases) = (0, 0);
    for place in 0..sites.len() {
        match number(place) {
            Number::Plot(sections) => {
                // Plots nobody built on lie in between.
                numbers.advance_to(passed * total / own);
                passed += 1;
                leases = 0;
                let plot = numbers.current();
                of_site.push(EiendomId::at(numbers.rows.len() - 1));
                let sections = 1..=u16::try_from(sections).expect("dwellings of a building");
                numbers.rows.extend(sections.map(|seksjonsnummer| Eiendom { seksjonsnummer, ..plot }));
            }
            Number::Lease if passed > 0 => {
                leases += 1;
                let plot = Eiendom { festenummer: leases, seksjonsnummer: 0, ..numbers.current() };
                numbers.rows.push(plot);
                of_site.push(EiendomId::at(numbers.rows.len() - 1));
            }
            Number::Lease | Number::Shared => of_site.push(of_site.last().copied().unwrap_or(EiendomId(0))),
        }
    }
    numbers.advance_to(total - 1);
    (numbers.rows, of_site)
}

/// How many plots each farm has: geometric around the mean, enough for `own` buildings.
fn plots_by_farm(own: u64, given: Given<'_>) -> Vec<u64> {
    let farms = (40 + u64::from(given.size) / 60).min(FARMS_AT_MOST);
    let mut stream = given.streams.kommune("bruksnummer");
    let weights: Vec<u64> = (0..farms)
        .map(|_| {
            let mut plots = 0;
            while stream.uniform(PLOTS_OF_FARM) != 0 {
                plots += 1;
            }
            plots
        })
        .collect();
    let total = (farms * PLOTS_OF_FARM).max(own * 21 / 20);
    split(total - farms, &weights).into_iter().map(|more| more + 1).collect()
}

/// Property rows in the making, plot after plot.
struct Numbers {
    plots: Vec<u64>,
    farm: usize,
    /// How many plots were made, all farms together.
    plot: u64,
    rows: Vec<Eiendom>,
}

impl Numbers {
    /// Makes plots up to the one at `place` of all.
    fn advance_to(&mut self, place: u64) {
        while self.plot <= place {
            let last = self.rows.last().copied();
            let at = |farm: usize| u16::try_from(farm + 1).expect("sixteen bits of farms");
            let next = match last {
                Some(last) if u64::from(last.bruksnummer) < self.plots[self.farm] => {
                    (at(self.farm), last.bruksnummer + 1)
                }
                Some(_) => {
                    self.farm += 1;
                    (at(self.farm), 1)
                }
                None => (1, 1),
            };
            let (gardsnummer, bruksnummer) = next;
            self.rows.push(Eiendom { gardsnummer, bruksnummer, festenummer: 0, seksjonsnummer: 0 });
            self.plot += 1;
        }
    }

    /// The plot made last.
    fn current(&self) -> Eiendom {
        let last = *self.rows.last().expect("a plot was made");
        Eiendom { festenummer: 0, seksjonsnummer: 0, ..last }
    }
}

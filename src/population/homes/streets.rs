//! Names of streets, and the postal places of the municipality.

use crate::base::{Domain, Lookup, TextId};
use crate::population::apportion::interpolate;
use crate::population::names::Composer;
use crate::population::streams::Given;
use crate::population::tables::{FARM_NAMES, STREETS, Tables, lines, running};
use crate::town::model::{Gate, Poststed};

/// Names for streets: those of the centre first in towns, farm names in the country, else a word and an ending.
pub(super) fn name(count: usize, given: Given<'_>, composer: &mut Composer) -> Vec<Gate> {
    let Given { size, tables, streams, .. } = given;
    let words = |file: &'static str, key: &str| -> Vec<&'static str> {
        lines(file).find_map(|line| line.strip_prefix(key)).unwrap_or("").split_whitespace().collect()
    };
    let firsts = words(STREETS, "first:");
    let lasts: Vec<(&str, u64)> = words(STREETS, "last:")
        .into_iter()
        .filter_map(|entry| entry.split_once(':'))
        .map(|(word, weight)| (word, weight.parse().expect("a weight")))
        .collect();
    let totals = running(lasts.iter().map(|last| last.1));
    let (centre, country) = (words(STREETS, "by:"), words(STREETS, "land:"));
    let farms = words(FARM_NAMES, "first:");
    let central = if size < 4_000 { &centre[..4] } else { &centre[..] };
    let rural = interpolate(size, &[1_500, 10_000, 50_000], &[25, 8, 2]);
    let key = streams.key(Domain::Gate, "navn");
    let mut known = Lookup::<String, ()>::new();
    let mut gater = Vec::with_capacity(count);
    for number in 0..count {
        let mut stream = key.at(number as u64);
        let mut tries = 0;
        let name = loop {
            tries += 1;
            let name = if let Some(name) = central.get(number).filter(|_| tries == 1) {
                (*name).to_owned()
            } else if tries == 1 && stream.uniform(100) < rural {
                country[stream.index(country.len())].to_owned()
            } else {
                let last = lasts[stream.weighted(&totals)].0;
                match tries {
                    1..20 => format!("{}{last}", firsts[stream.index(firsts.len())]),
                    20..60 => format!("{}{last}", farms[stream.index(farms.len())]),
                    _ => format!("{}{last}", farm_name(tables, stream.index(farm_names(tables)))),
                }
            };
            let name = name.replace('_', " ");
            if known.insert(name.clone(), ()).is_none() {
                break name;
            }
        };
        let kode = u16::try_from(1_001 + number).unwrap_or(u16::MAX);
        gater.push(Gate { navn: composer.push(&name), kode });
    }
    gater
}

/// How many farm names the surnames end with.
fn farm_names(tables: &Tables) -> usize {
    tables.names.bearers.len() - tables.names.listed_surnames
}

/// One of them.
fn farm_name(tables: &Tables, number: usize) -> &str {
    let names = &tables.names;
    let farm = u32::try_from(names.listed_surnames + number).expect("a surname");
    names.texts.get(TextId(names.first_surname + farm))
}

/// Street codes and one box code out of the ranges no real place uses, those with the profile's first digit first.
pub(super) fn postal_places(given: Given<'_>, composer: &mut Composer) -> Vec<Poststed> {
    let Given { size, profile, tables, streams, .. } = given;
    let wanted = 2 + (usize::try_from(size).expect("a size") + 700) / 1_400;
    let own = |range: &&(u16, u16)| range.0 / 1_000 == profile.postal;
    let ranges = tables.postal.iter().filter(own).chain(tables.postal.iter().filter(|range| !own(range)));
    let mut codes: Vec<u16> = ranges.flat_map(|&(first, last)| first..=last).take(wanted).collect();
    codes.sort_unstable();
    let key = streams.key(Domain::Kommune, "poststed");
    let main = composer.push(&profile.place.to_uppercase());
    let count = codes.len();
    codes
        .into_iter()
        .enumerate()
        .map(|(place, nummer)| {
            let mut stream = key.at(place as u64);
            let is_box = place + 1 == count;
            let navn = if place == 0 || is_box || stream.uniform(100) < 60 {
                main
            } else {
                let text = farm_name(tables, stream.index(farm_names(tables))).to_uppercase();
                composer.push(&text)
            };
            Poststed { nummer, navn, bare_postboks: is_box }
        })
        .collect()
}

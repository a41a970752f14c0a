//! Households, homes and property: §16.4.

use super::{Town, Violation, require};
use crate::base::Lookup;
use crate::town::model::{BoligId, DayNo, HusstandId, INGEN_GATE, PersonId};

pub(super) fn households(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    let mut taken = Lookup::<u32, usize>::new();
    for number in 0..base.husstander.slag.len() {
        let members = base.medlemmer_of(HusstandId::at(number));
        let homes: Vec<Option<BoligId>> = members.iter().map(|member| town.home(member.index())).collect();
        require(found, 29, homes.windows(2).all(|pair| pair[0] == pair[1]), || {
            format!("household {number}: {homes:?}")
        });
        let own = base.bosteder[base.husstander.bosted[number].index()].bolig.some();
        require(found, 29, homes.first() == Some(&own), || format!("household {number} lives elsewhere"));
        if let Some(bolig) = own {
            let other = taken.insert(bolig.0, number);
            require(found, 28, other.is_none(), || format!("households {number} and {other:?} share a dwelling"));
        }
        let adult = members.iter().any(|member| town.age(member.index()) >= 16);
        require(found, 30, adult, || format!("household {number} has children only"));
        require(found, 31, (1..=14).contains(&members.len()), || format!("household {number}: {}", members.len()));
        let listed = members.iter().all(|member| base.personer.husstand[member.index()] == HusstandId::at(number));
        require(found, 7, listed, || format!("household {number} lists somebody of another"));
    }
}

pub(super) fn addresses(town: &Town<'_>, found: &mut Vec<Violation>) {
    let homes = &town.base.boliger;
    let mut seen = Lookup::<(u32, u32, u8, [u8; 5]), usize>::new();
    for bolig in 0..homes.gate.len() {
        let post = town.base.poststeder.get(usize::from(homes.poststed[bolig]));
        let building = homes.bygning[bolig].some().map(|id| town.base.bygninger[id.index()]);
        let plot = building.and_then(|building| building.eiendom.some());
        // A dwelling without a street has the number of its property.
        let street = match homes.gate[bolig] {
            INGEN_GATE => plot.is_some(),
            gate => town.base.gater.len() > gate as usize && homes.husnummer[bolig] > 0,
        };
        let resolves = street
            && post.is_some_and(|post| !post.bare_postboks)
            && homes.grunnkrets[bolig] > 0
            && homes.skolekrets[bolig] > 0;
        require(found, 32, resolves, || format!("dwelling {bolig} has no address"));
        let number =
            if homes.gate[bolig] == INGEN_GATE { homes.bygning[bolig].0 } else { homes.husnummer[bolig].into() };
        let address = (homes.gate[bolig], number, homes.husbokstav[bolig], homes.bruksenhet[bolig]);
        let other = seen.insert(address, bolig);
        require(found, 32, other.is_none(), || format!("dwellings {bolig} and {other:?} share an address"));
    }
}

pub(super) fn spells(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    for row in 0..town.rows {
        let spells: Vec<_> =
            base.bosteder_of(PersonId::at(row)).iter().map(|spell| base.bosteder[spell.index()]).collect();
        let open = spells.iter().filter(|spell| spell.til == DayNo::NONE).count();
        let wanted = usize::from(town.is_resident(row));
        require(found, 7, open == wanted, || format!("row {row} has {open} current homes"));
        let holds = spells.windows(2).all(|pair| pair[0].til == pair[1].fra)
            && spells
                .iter()
                .all(|spell| town.born(row) <= spell.fra && spell.fra <= town.today && spell.fra < spell.til);
        require(found, 33, holds, || format!("row {row}: {spells:?}"));
    }
    // Two households never live in one dwelling at the same time, now or before.
    let mut stays: Vec<(u32, DayNo, DayNo, u32)> = Vec::new();
    for row in town.residents() {
        for spell in base.bosteder_of(PersonId::at(row)) {
            let spell = base.bosteder[spell.index()];
            if spell.bolig.some().is_some() {
                stays.push((spell.bolig.0, spell.fra, spell.til, base.personer.husstand[row].0));
            }
        }
    }
    stays.sort_unstable();
    let mut latest: Option<(u32, DayNo, u32)> = None;
    for (bolig, fra, til, household) in stays {
        if let Some((before, end, other)) = latest.filter(|last| last.0 == bolig) {
            let holds = household == other || end <= fra;
            require(found, 28, holds, || format!("households {household} and {other} in dwelling {before} at once"));
        }
        latest = match latest {
            Some(last) if last.0 == bolig && last.1 > til => Some(last),
            _ => Some((bolig, til, household)),
        };
    }
}

/// Where EUREF89 UTM zone 33 is used in Norway, metres: east, then north.
const ZONE: [std::ops::RangeInclusive<i32>; 2] = [-100_000..=1_130_000, 6_430_000..=7_950_000];

/// One building per coordinate, each on one plot: §16.4 number 34; nothing outside the zone (§10).
pub(super) fn buildings(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    let mut places: Vec<(i32, i32)> = base.bygninger.iter().map(|building| (building.oest, building.nord)).collect();
    places.sort_unstable();
    let apart = places.windows(2).all(|pair| pair[0] < pair[1]);
    require(found, 34, apart, || "two buildings stand on one coordinate".to_owned());
    for (row, building) in base.bygninger.iter().enumerate() {
        let inside = ZONE[0].contains(&building.oest) && ZONE[1].contains(&building.nord);
        require(found, 34, inside, || format!("building {row} stands outside the zone"));
        require(found, 34, building.eiendom.some().is_some(), || format!("building {row} stands on no plot"));
        let post = base.poststeder.get(usize::from(building.poststed)).is_some_and(|post| !post.bare_postboks);
        let district = building.grunnkrets > 0 && building.skolekrets > 0 && building.stemmekrets > 0;
        require(found, 32, post && district, || format!("building {row} lies in no district"));
    }
    let homes = &base.boliger;
    for (bolig, building) in homes.bygning.iter().enumerate() {
        let Some(building) = building.some().map(|id| base.bygninger[id.index()]) else {
            require(found, 28, base.bygninger.is_empty(), || format!("dwelling {bolig} is in no building"));
            continue;
        };
        let same = (building.gate, building.husnummer, building.husbokstav)
            == (homes.gate[bolig], homes.husnummer[bolig], homes.husbokstav[bolig]);
        require(found, 32, same, || format!("dwelling {bolig} and its building have different addresses"));
    }
}

/// Shares of a property add up to one, and an owner is a person or an organisation.
pub(super) fn owners(town: &Town<'_>, found: &mut Vec<Violation>) {
    let mut rows = town.base.hjemler.as_slice();
    while let Some(first) = rows.first() {
        let (own, rest) = rows.split_at(rows.partition_point(|row| row.eiendom <= first.eiendom));
        rows = rest;
        let whole = own.iter().all(|row| row.nevner == first.nevner)
            && own.iter().map(|row| u32::from(row.teller)).sum::<u32>() == u32::from(first.nevner);
        require(found, 34, whole, || format!("property {}: shares {own:?}", first.eiendom.0));
        let one = own.iter().all(|row| row.person.some().is_some() != row.virksomhet.some().is_some());
        require(found, 34, one, || format!("property {} is owned by nobody or by two at once", first.eiendom.0));
    }
}

//! Unions: §16.3.

use super::{Town, Violation, require};
use crate::population::calendar::plus_years;
use crate::town::model::{PersonId, Sivilstand};

pub(super) fn spouses(town: &Town<'_>, found: &mut Vec<Violation>) {
    let people = &town.base.personer;
    let (mut married, mut together) = (0usize, 0usize);
    for row in town.residents() {
        let (status, spouse) = town.sivilstand(row);
        require(found, 24, status == Sivilstand::Ugift || town.age(row) >= 18, || {
            format!("row {row}: a child {status:?}")
        });
        if status != Sivilstand::Gift {
            continue;
        }
        married += 1;
        let Some(spouse) = spouse else {
            require(found, 23, false, || format!("row {row} is married to nobody"));
            continue;
        };
        let back = town.sivilstand(spouse.index()) == (Sivilstand::Gift, Some(PersonId::at(row)));
        let alive = town.is_resident(spouse.index());
        require(found, 23, back && alive, || format!("rows {row} and {}: marriage is not two-sided", spouse.0));
        together += usize::from(people.husstand[row] == people.husstand[spouse.index()]);
        let parents_of = |row: usize| [people.mor[row], people.far[row]];
        let kin = parents_of(row).contains(&spouse)
            || parents_of(row)
                .iter()
                .any(|parent| parent.some().is_some() && parents_of(spouse.index()).contains(parent));
        require(found, 24, !kin, || format!("rows {row} and {} are family and married", spouse.0));
    }
    require(found, 26, together * 100 >= married * 96, || format!("{together} of {married} married live together"));
}

pub(super) fn former_unions(town: &Town<'_>, found: &mut Vec<Violation>) {
    let people = &town.base.personer;
    let sorted =
        town.base.sivilstander.windows(2).all(|pair| (pair[0].person, pair[0].dato) <= (pair[1].person, pair[1].dato));
    require(found, 25, sorted, || "civil statuses are not sorted".to_owned());
    let (mut separated, mut apart) = (0usize, 0usize);
    for row in &town.base.sivilstander {
        let adult = plus_years(town.born(row.person.index()), 18);
        let other_adult = row.relatert.some().map_or(adult, |other| plus_years(town.born(other.index()), 18));
        let holds = row.dato >= adult && row.dato >= other_adult && row.dato <= town.today;
        require(found, 25, holds, || format!("row {}: {:?} on {:?}", row.person.0, row.sivilstand, row.dato.dato()));
        if row.sivilstand == Sivilstand::EnkeEllerEnkemann {
            let died = row.relatert.some().and_then(|spouse| town.base.doedsfall_of(spouse));
            require(found, 25, died.is_some_and(|died| died <= row.dato), || {
                format!("row {} is widowed without a dead spouse", row.person.0)
            });
        }
        if town.sivilstand(row.person.index()) == (Sivilstand::Separert, row.relatert.some())
            && let Some(other) = row.relatert.some()
        {
            separated += 1;
            // Who has left the town has no household here, and shares none.
            let home = people.husstand[row.person.index()].some();
            apart += usize::from(home.is_none() || home != people.husstand[other.index()].some());
        }
    }
    require(found, 26, apart * 100 >= separated * 95, || format!("{apart} of {separated} separated live apart"));
}

pub(super) fn partners(town: &Town<'_>, found: &mut Vec<Violation>) {
    let people = &town.base.personer;
    for row in 0..town.rows {
        let Some(partner) = people.partner[row].some() else { continue };
        let at = partner.index();
        let back = people.partner[at] == PersonId::at(row) && people.husstand[at] == people.husstand[row];
        let adults = town.age(row) >= 18 && town.age(at) >= 18;
        require(found, 27, back && adults, || format!("rows {row} and {at}: not a couple at home"));
        let (status, spouse) = town.sivilstand(row);
        let holds = status != Sivilstand::Gift || spouse == Some(partner);
        require(found, 27, holds, || format!("row {row} lives with {at} and is married to somebody else"));
    }
}

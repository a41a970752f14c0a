//! Parents, siblings and responsibility: §16.2.

use super::{Town, Violation, require};
use crate::base::Kjoenn;
use crate::population::calendar::age;
use crate::town::model::{Ansvar, PersonId, Vergemaalsslag};

pub(super) fn parents(town: &Town<'_>, found: &mut Vec<Violation>) {
    let people = &town.base.personer;
    for child in 0..town.rows {
        let (mor, far) = (people.mor[child].some(), people.far[child].some());
        if let Some(mor) = mor {
            let years = age(town.born(mor.index()), town.born(child));
            require(found, 13, (13..=55).contains(&years), || format!("row {child}: mother {years} at birth"));
            let is_woman = people.kjoenn[mor.index()] == Kjoenn::Kvinne;
            require(found, 14, is_woman, || format!("row {child}: mother is a man"));
            let died = town.base.doedsfall_of(mor);
            require(found, 10, died.is_none_or(|died| died >= town.born(child)), || {
                format!("row {child}: mother died before the birth")
            });
        }
        if let Some(far) = far {
            let is_man = people.kjoenn[far.index()] == Kjoenn::Mann;
            require(found, 14, is_man || mor.is_some(), || format!("row {child}: second mother without a mother"));
            let years = age(town.born(far.index()), town.born(child));
            require(found, 13, !is_man || (14..=80).contains(&years), || {
                format!("row {child}: father {years} at birth")
            });
        }
        for parent in [mor, far].into_iter().flatten() {
            let listed = town.base.barn_of(parent).contains(&PersonId::at(child));
            require(found, 15, listed, || format!("row {child} is not among the children of {}", parent.0));
        }
    }
    for parent in 0..town.rows {
        for child in town.base.barn_of(PersonId::at(parent)) {
            let at = child.index();
            let named = [people.mor[at], people.far[at]].contains(&PersonId::at(parent));
            require(found, 15, named, || format!("row {parent} lists {at} as a child"));
        }
    }
}

pub(super) fn ancestors_and_siblings(town: &Town<'_>, found: &mut Vec<Violation>) {
    let people = &town.base.personer;
    for child in 0..town.rows {
        for parent in [people.mor[child], people.far[child]].into_iter().filter_map(PersonId::some) {
            // Parents are older than their children, so nobody is their own ancestor.
            let older = town.born(parent.index()) < town.born(child);
            require(found, 16, older, || format!("row {child} is older than parent {}", parent.0));
        }
    }
    for mother in (0..town.rows).filter(|&row| people.kjoenn[row] == Kjoenn::Kvinne) {
        let own = |child: &&PersonId| people.mor[child.index()] == PersonId::at(mother);
        let children: Vec<usize> =
            town.base.barn_of(PersonId::at(mother)).iter().filter(own).map(|child| child.index()).collect();
        for pair in children.windows(2) {
            let apart = town.born(pair[1]).0 - town.born(pair[0]).0;
            let codes = (people.rekkefoelge[pair[0]], people.rekkefoelge[pair[1]]);
            let holds = match codes {
                (21, 22) | (31, 32) | (32, 33) => apart <= 1,
                _ => apart >= 270,
            };
            require(found, 19, holds, || format!("rows {pair:?}: {apart} days apart, codes {codes:?}"));
        }
        let codes: Vec<u8> = children.iter().map(|&child| people.rekkefoelge[child]).collect();
        let of = |code: u8| codes.iter().map(|&other| usize::from(other == code)).sum::<usize>();
        let holds = of(21) == of(22) && of(31) == of(32) && of(32) == of(33);
        require(found, 19, holds, || format!("row {mother}: order codes {codes:?}"));
    }
}

pub(super) fn responsibility(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    for child in town.residents().filter(|&row| town.age(row) < 18) {
        let id = PersonId::at(child);
        let rows = base.ansvar_for(id);
        let guardian = base.vergemaal_of(id).iter().any(|row| {
            matches!(
                row.slag,
                Vergemaalsslag::Mindreaarig
                    | Vergemaalsslag::MidlertidigForMindreaarig
                    | Vergemaalsslag::EnsligMindreaarigAsylsoeker
                    | Vergemaalsslag::EnsligMindreaarigFlyktning
            )
        });
        let alive = |row: &&crate::town::model::AnsvarRow| {
            row.ansvarlig.some().is_none_or(|adult| base.doedsfall_of(adult).is_none())
        };
        let held = rows.iter().filter(alive).count() > 0;
        require(found, 17, held || guardian, || format!("row {child} under 18: nobody is responsible"));
        for row in rows {
            require(found, 17, row.fra >= town.born(child), || format!("row {child}: responsibility before birth"));
            let Some(adult) = row.ansvarlig.some() else {
                let open = matches!(row.ansvar, Ansvar::Andre | Ansvar::Ukjent);
                require(found, 17, open, || format!("row {child}: {:?} by nobody", row.ansvar));
                continue;
            };
            let at = adult.index();
            // A parent may be younger: that is the flagged teenage parent.
            let parent = [base.personer.mor[child], base.personer.far[child]].contains(&adult);
            let holds = base.doedsfall_of(adult).is_some() || town.age(at) >= 18 || parent && town.age(at) >= 14;
            require(found, 17, holds, || format!("row {child}: responsible {at} of {}", town.age(at)));
        }
        let home = base.personer.husstand[child];
        let at_home = rows
            .iter()
            .any(|row| row.ansvarlig.some().is_some_and(|adult| base.personer.husstand[adult.index()] == home));
        let elsewhere = guardian || base.fosterhjem_of(id).iter().any(|row| row.husstand == home);
        let hidden = base.beskyttelse_of(id).is_some();
        let holds = at_home || elsewhere || hidden || town.age(child) >= 15;
        require(found, 20, holds, || format!("row {child} lives with nobody responsible"));
    }
}

/// The day the rule changed: parents who do not live together have responsibility together unless they say otherwise.
const JOINT_SINCE: (i32, u8, u8) = (2020, 1, 1);

/// Kind of responsibility and who has it belong together: §16.2 number 18. What is the rule unless parents agree otherwise
/// must hold for most.
pub(super) fn joint_responsibility(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    let since = crate::population::calendar::day_number(JOINT_SINCE.0, JOINT_SINCE.1, JOINT_SINCE.2);
    let (mut unwed, mut shared) = (0usize, 0usize);
    for child in town.residents().filter(|&row| town.age(row) < 18) {
        let rows = base.ansvar_for(PersonId::at(child));
        let (mor, far) = (base.personer.mor[child], base.personer.far[child]);
        for row in rows {
            let fits = match row.ansvar {
                Ansvar::Felles => [mor, far].contains(&row.ansvarlig),
                Ansvar::Mor => row.ansvarlig == mor,
                Ansvar::Far | Ansvar::Medmor => row.ansvarlig == far,
                Ansvar::Andre | Ansvar::Ukjent => true,
            };
            require(found, 18, fits, || format!("row {child}: {:?} by {}", row.ansvar, row.ansvarlig.0));
        }
        let (Some(mor), Some(far)) = (mor.some(), far.some()) else { continue };
        let both = base.doedsfall_of(mor).is_none() && base.doedsfall_of(far).is_none();
        let wed = base.sivilstander_of(mor).iter().rev().find(|status| status.dato <= town.born(child));
        let wed = wed
            .is_some_and(|status| status.sivilstand == crate::town::model::Sivilstand::Gift && status.relatert == far);
        let joint = rows.iter().filter(|row| row.ansvar == Ansvar::Felles).count();
        let others =
            base.fosterhjem_of(PersonId::at(child)).is_empty() && base.vergemaal_of(PersonId::at(child)).is_empty();
        if both && wed && others {
            require(found, 18, joint == 2, || format!("row {child}: parents were married, responsibility is {rows:?}"));
        }
        if both && !wed && others && town.born(child) >= since {
            unwed += 1;
            shared += usize::from(joint == 2);
        }
    }
    require(found, 18, shared * 2 >= unwed, || {
        format!("{shared} of {unwed} born after the rule changed have it jointly")
    });
}

/// A child with two homes lives with one parent and has the address of the other: §16.2 number 21.
pub(super) fn second_homes(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    for row in &base.delt_bosted {
        let child = row.barn.index();
        let homes = [base.personer.mor[child], base.personer.far[child]]
            .map(|parent| parent.some().filter(|id| town.is_resident(id.index())).and_then(|id| town.home(id.index())));
        let own = town.home(child);
        let fits = homes[0].is_some()
            && homes[1].is_some()
            && homes[0] != homes[1]
            && homes.contains(&own)
            && homes.contains(&Some(row.bolig))
            && own != Some(row.bolig);
        require(found, 21, fits && town.age(child) < 18, || format!("row {child}: second home {:?}", row.bolig));
        let shared = base.ansvar_for(row.barn).iter().filter(|held| held.ansvar == Ansvar::Felles).count() == 2;
        require(found, 21, shared, || format!("row {child}: two homes without shared responsibility"));
    }
}

/// Guardians are adults and alive unless that is the point; a child's guardianship is a child's.
pub(super) fn guardians(town: &Town<'_>, found: &mut Vec<Violation>) {
    for row in &town.base.vergemaal {
        let adult = matches!(
            row.slag,
            Vergemaalsslag::Voksen | Vergemaalsslag::MidlertidigForVoksen | Vergemaalsslag::StadfestetFremtidsfullmakt
        );
        let at = row.person.index();
        require(found, 17, (town.age(at) >= 18) == adult, || format!("row {at} of {}: {:?}", town.age(at), row.slag));
        let Some(guardian) = row.verge.some() else { continue };
        let holds = guardian != row.person && town.age(guardian.index()) >= 18;
        require(found, 17, holds, || format!("row {at}: guardian {}", guardian.0));
    }
}

/// A stillborn child hangs on a mother and has no row of its own: §16.2 number 22.
pub(super) fn stillborn(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    for row in &base.doedfoedte {
        let years = age(town.born(row.mor.index()), row.dato);
        let woman = base.personer.kjoenn[row.mor.index()] == Kjoenn::Kvinne;
        require(found, 22, woman && (13..=55).contains(&years), || {
            format!("row {} lost a child at {years}", row.mor.0)
        });
        let own = base.barn_of(row.mor).iter().filter(|child| base.personer.mor[child.index()] == row.mor);
        let near = own.map(|child| (town.born(child.index()).0 - row.dato.0).abs()).min();
        require(found, 19, near.is_none_or(|days| days <= 1 || days >= 270), || {
            format!("row {} lost a child {near:?} days from another", row.mor.0)
        });
    }
}

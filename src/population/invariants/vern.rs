//! Protection and contact: §16.5.

use super::{Town, Violation, require};
use crate::town::model::{Gradering, KontaktFlags, Personstatus, Postkasse};

pub(super) fn protection(town: &Town<'_>, found: &mut Vec<Violation>) {
    for row in &town.base.beskyttelser {
        let household = town.base.personer.husstand[row.person.index()];
        let holds = town
            .base
            .medlemmer_of(household)
            .iter()
            .all(|member| town.base.beskyttelse_of(*member).is_some_and(|other| other.gradering == row.gradering));
        require(found, 36, holds, || format!("household of row {} is not protected as a whole", row.person.0));
        let holds = row.fra <= town.today && row.fra >= town.born(row.person.index());
        require(found, 53, holds, || format!("row {} protected since {:?}", row.person.0, row.fra.dato()));
    }
}

pub(super) fn contact(town: &Town<'_>, found: &mut Vec<Violation>) {
    let people = &town.base.personer;
    for row in 0..town.rows {
        let flags = people.kontakt[row];
        let resident = town.is_resident(row) || people.status[row] == Personstatus::Midlertidig;
        let may = resident && town.age(row) >= 15;
        require(found, 37, flags.0 == 0 || may, || format!("row {row} stands in the contact register"));
        let registered = flags.has(KontaktFlags::REGISTRERT);
        require(found, 37, registered || flags.0 == 0, || format!("row {row}: flags without an entry"));
        let mailbox = people.postkasse[row] != Postkasse::Ingen;
        let holds = !mailbox || registered && !flags.has(KontaktFlags::RESERVERT);
        require(found, 38, holds, || format!("row {row} has a mailbox"));
    }
}

/// A strictly confidential home is nobody else's business address: §16.5 number 35.
pub(super) fn protected_elsewhere(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    let strict = base.beskyttelser.iter().filter(|row| row.gradering == Gradering::StrengtFortrolig);
    for row in strict {
        let Some(bolig) = town.home(row.person.index()) else { continue };
        let Some(building) = base.boliger.bygning[bolig.index()].some() else { continue };
        let single = base.boliger.bygning.iter().filter(|other| **other == building).count() == 1;
        let unit = base.virksomheter.iter().position(|unit| unit.bygning == building);
        require(found, 35, !single || unit.is_none(), || {
            format!("unit {unit:?} has the address of row {}", row.person.0)
        });
        let role = base.virksomheter.iter().enumerate().find(|(at, unit)| {
            let id = crate::town::model::VirksomhetId::at(*at);
            unit.bygning == building && base.roller_of(id).iter().any(|role| role.person == row.person)
        });
        require(found, 35, role.is_none(), || format!("row {} has a firm at home", row.person.0));
    }
}

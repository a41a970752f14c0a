//! Tags of families: parents and children.

use super::Tags;
use crate::base::Kjoenn;
use crate::town::model::{HusstandId, Husstandstype, Merke};

pub(super) fn tag(tags: &mut Tags<'_>) {
    lone_parents(tags);
    parents(tags);
}

fn lone_parents(tags: &mut Tags<'_>) {
    let base = tags.base;
    for household in 0..base.husstander.slag.len() {
        let first = base.medlemmer_of(HusstandId::at(household))[0];
        let is_lone = matches!(
            base.husstander.slag[household],
            Husstandstype::EnsligMedSmaabarn | Husstandstype::EnsligMedStoreBarn
        );
        if is_lone {
            tags.set(first, Merke::EnsligForsoerger);
            if base.personer.kjoenn[first.index()] == Kjoenn::Mann {
                tags.set(first, Merke::EnsligFar);
            }
        }
    }
}

fn parents(tags: &mut Tags<'_>) {
    let people = &tags.base.personer;
    for child in tags.residents() {
        let row = child.index();
        let (mor, far) = (people.mor[row].some(), people.far[row].some());
        if people.rekkefoelge[row] > 20 {
            tags.set(child, Merke::Tvilling);
        }
        if let (Some(mor), Some(far)) = (mor, far)
            && people.kjoenn[far.index()] == Kjoenn::Kvinne
        {
            tags.set(mor, Merke::ToMoedre);
            tags.set(far, Merke::ToMoedre);
        }
        for parent in [mor, far].into_iter().flatten() {
            if tags.is_resident(parent) && tags.alder(parent) < 20 {
                tags.set(parent, Merke::TenaaringsForelder);
            }
        }
        if let Some(mor) = mor
            && tags.alder(child) < 18
            && tags.has(mor, Merke::StrengtFortrolig)
        {
            tags.set(mor, Merke::MorStrengtFortrolig);
        }
    }
}

//! Tags of families: parents and children.

use super::Tags;
use crate::base::Kjoenn;
use crate::town::model::{HusstandId, Husstandstype, Merke, PersonId, Vergemaalsslag};

pub(super) fn tag(tags: &mut Tags<'_>) {
    lone_parents(tags);
    parents(tags);
    care(tags);
}

/// Children who do not simply live with their parents, and people for whom somebody else acts.
fn care(tags: &mut Tags<'_>) {
    let base = tags.base;
    for row in &base.fosterhjem {
        tags.set(row.barn, Merke::Fosterbarn);
    }
    for row in &base.delt_bosted {
        tags.set(row.barn, Merke::DeltBosted);
    }
    for row in &base.foreldre_uten_nummer {
        tags.set(row.barn, Merke::ForelderUtenNummer);
    }
    for row in &base.doedfoedte {
        for parent in [row.mor, row.far].into_iter().filter_map(PersonId::some) {
            tags.set(parent, Merke::ForelderTilDoedfoedt);
        }
    }
    for row in &base.vergemaal {
        let merke = match row.slag {
            Vergemaalsslag::Voksen | Vergemaalsslag::MidlertidigForVoksen => Merke::VoksenMedVerge,
            Vergemaalsslag::StadfestetFremtidsfullmakt => Merke::Fremtidsfullmakt,
            Vergemaalsslag::EnsligMindreaarigAsylsoeker | Vergemaalsslag::EnsligMindreaarigFlyktning => {
                Merke::EnsligMindreaarig
            }
            Vergemaalsslag::Mindreaarig | Vergemaalsslag::MidlertidigForMindreaarig => {
                if row.verge.some().is_some_and(|verge| base.doedsfall_of(verge).is_some()) {
                    tags.set(row.person, Merke::BarnMedDoedVerge);
                }
                continue;
            }
        };
        tags.set(row.person, merke);
    }
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
        match people.rekkefoelge[row] {
            21 | 22 => tags.set(child, Merke::Tvilling),
            31.. => tags.set(child, Merke::Trilling),
            _ => {}
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

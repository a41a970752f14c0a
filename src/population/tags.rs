//! Tags of the edge people, read off the columns (`specs/population.md` §16.9).

use super::calendar::{age, civil};
use crate::base::{Kjoenn, TextId};
use crate::town::model::{Base, BoligId, Gradering, Husstandstype, KontaktFlags, Merke, Personstatus};

/// Letters of a long name.
const LONG_NAME: usize = 60;

/// The tags of every row.
pub(super) fn tags(base: &Base) -> Vec<u64> {
    let today = crate::town::model::DayNo::of(base.header.start.dato());
    let mut tags = vec![0u64; base.person_count()];
    let bit = |merke: Merke| 1u64 << (merke as u8);
    for (row, tag) in tags.iter_mut().enumerate() {
        let people = &base.personer;
        if people.status[row] != Personstatus::Bosatt {
            continue;
        }
        let alder = age(people.foedselsdato[row], today);
        let flags = people.kontakt[row];
        let is_woman = people.kjoenn[row] == Kjoenn::Kvinne;
        let has_partner = people.partner[row].some().is_some();
        let (_, month, day) = civil(people.foedselsdato[row]);
        let mut set = |holds: bool, merke: Merke| {
            if holds {
                *tag |= bit(merke);
            }
        };
        set(people.rekkefoelge[row] > 20, Merke::Tvilling);
        set(has_temporary_name(base, row), Merke::NyfoedtUtenNavn);
        set((month, day) == (2, 29), Merke::Skuddaarsbarn);
        set(alder >= 100, Merke::Hundreaaring);
        let reserved = flags.has(KontaktFlags::RESERVERT);
        set(reserved && alder == 30, Merke::ReservertTrettiaaring);
        set(reserved && is_woman && (20..=40).contains(&alder) && has_partner, Merke::ReservertMedPartner);
        let registered = flags.has(KontaktFlags::REGISTRERT);
        set(registered && alder >= 90, Merke::RegistrertNittiaaring);
        set(!registered && alder >= 18, Merke::UregistrertVoksen);
        set(flags.has(KontaktFlags::UTLOEPT), Merke::UtloeptKontakt);
        let name = full_name(base, row);
        set(name.chars().count() >= LONG_NAME, Merke::LangtNavn);
        set(name.chars().any(is_special), Merke::SpesialtegnINavn);
        set(lives_nowhere_known(base, row), Merke::UkjentBosted);
    }
    for row in &base.beskyttelser {
        let merke = match row.gradering {
            Gradering::StrengtFortrolig => Merke::StrengtFortrolig,
            Gradering::Fortrolig => Merke::Fortrolig,
            _ => continue,
        };
        tags[row.person.index()] |= bit(merke);
    }
    tag_parents(base, today, &mut tags);
    super::arbeid::merk(base, &mut tags);
    tags
}

fn has_temporary_name(base: &Base, row: usize) -> bool {
    base.tekst.get(base.personer.fornavn[row]).contains('*')
}

/// First, middle and last name of a row.
pub(super) fn full_name(base: &Base, row: usize) -> String {
    let people = &base.personer;
    let text = |id: TextId| base.tekst.get(id);
    let middle = people.mellomnavn[row];
    if middle.0 == u32::MAX {
        format!("{} {}", text(people.fornavn[row]), text(people.etternavn[row]))
    } else {
        format!("{} {} {}", text(people.fornavn[row]), text(middle), text(people.etternavn[row]))
    }
}

/// Hyphen, apostrophe, or a letter that is not Norwegian.
fn is_special(letter: char) -> bool {
    !letter.is_ascii_alphabetic() && !"æøåÆØÅ *".contains(letter)
}

fn lives_nowhere_known(base: &Base, row: usize) -> bool {
    let spells = base.bosteder_of(crate::town::model::PersonId::at(row));
    spells.last().is_some_and(|spell| base.bosteder[spell.index()].bolig == BoligId::NONE)
}

fn tag_parents(base: &Base, today: crate::town::model::DayNo, tags: &mut [u64]) {
    let bit = |merke: Merke| 1u64 << (merke as u8);
    let people = &base.personer;
    for household in 0..base.husstander.slag.len() {
        let members = base.medlemmer_of(crate::town::model::HusstandId::at(household));
        let first = members[0].index();
        let is_lone = matches!(
            base.husstander.slag[household],
            Husstandstype::EnsligMedSmaabarn | Husstandstype::EnsligMedStoreBarn
        );
        if is_lone {
            tags[first] |= bit(Merke::EnsligForsoerger);
            if people.kjoenn[first] == Kjoenn::Mann {
                tags[first] |= bit(Merke::EnsligFar);
            }
        }
    }
    for row in 0..people.nummer.len() {
        if people.status[row] != Personstatus::Bosatt {
            continue;
        }
        let (mor, far) = (people.mor[row].some(), people.far[row].some());
        let alder = age(people.foedselsdato[row], today);
        if let (Some(mor), Some(far)) = (mor, far)
            && people.kjoenn[far.index()] == Kjoenn::Kvinne
        {
            tags[mor.index()] |= bit(Merke::ToMoedre);
            tags[far.index()] |= bit(Merke::ToMoedre);
        }
        for parent in [mor, far].into_iter().flatten() {
            let parent = parent.index();
            if people.status[parent] == Personstatus::Bosatt && age(people.foedselsdato[parent], today) < 20 {
                tags[parent] |= bit(Merke::TenaaringsForelder);
            }
        }
        let is_strict = |person: usize| tags[person] & bit(Merke::StrengtFortrolig) != 0;
        if let Some(mor) = mor
            && alder < 18
            && is_strict(mor.index())
        {
            tags[mor.index()] |= bit(Merke::MorStrengtFortrolig);
        }
    }
}

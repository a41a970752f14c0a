//! Tags of people with an odd part in an organisation.

use super::Tags;
use crate::town::model::{DayNo, Merke, Rolletype, VirksomhetFlags, Virksomhetsmerke};

pub(super) fn tag(tags: &mut Tags<'_>) {
    let base = tags.base;
    for role in base.roller.iter().filter(|role| matches!(role.rolle, Rolletype::Innh | Rolletype::Lede)) {
        let Some(person) = role.person.some() else { continue };
        let unit = &base.virksomheter[role.virksomhet.index()];
        let is_plain = unit.konkurs == DayNo::NONE && !unit.registre.has(VirksomhetFlags::OMDANNET);
        if is_plain && tags.is_resident(person) && tags.alder(person) >= 18 {
            continue;
        }
        for merke in base.virksomhetsmerker_of(role.virksomhet) {
            let merke = match (merke, role.rolle) {
                (Virksomhetsmerke::InnehaverDoed, Rolletype::Innh) => Merke::DoedInnehaver,
                (Virksomhetsmerke::InnehaverMindreaarig, Rolletype::Innh) => Merke::MindreaarigInnehaver,
                (Virksomhetsmerke::StyrelederDoed, Rolletype::Lede) => Merke::DoedStyreleder,
                (Virksomhetsmerke::Konkurs, Rolletype::Lede) => Merke::StyrelederIKonkurs,
                (Virksomhetsmerke::Omdannet, Rolletype::Lede) => Merke::OmdannetForetak,
                _ => continue,
            };
            tags.set(person, merke);
        }
    }
}

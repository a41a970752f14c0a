//! Tags of organisations: the odd cases of the minimum cast (`specs/population.md` §16.9), read off the columns.

use super::{Base, DayNo, Organisasjonsform, PersonId, Rolletype, VirksomhetFlags, VirksomhetId};
use crate::base::Kontonummer;

code_list!(
    /// Tags by which scenarios find odd organisations.
    Virksomhetsmerke {
        /// A live sole proprietorship whose owner is dead.
        InnehaverDoed = "innehaver_doed",
        /// A sole proprietorship of somebody under age.
        InnehaverMindreaarig = "innehaver_mindreaarig",
        /// A board whose chair is dead.
        StyrelederDoed = "styreleder_doed",
        /// A bankruptcy that is not closed.
        Konkurs = "konkurs",
        /// Went over into a unit of another form, or came out of one.
        Omdannet = "omdannet",
        /// An association without a board.
        UtenStyre = "uten_styre",
    }
);

impl Base {
    /// The tags of `virksomhet`.
    #[must_use]
    pub fn virksomhetsmerker_of(&self, virksomhet: VirksomhetId) -> Vec<Virksomhetsmerke> {
        let unit = &self.virksomheter[virksomhet.index()];
        let mut merker = Vec::new();
        if unit.registre.has(VirksomhetFlags::OMDANNET) {
            merker.push(Virksomhetsmerke::Omdannet);
        }
        if unit.slettet != DayNo::NONE {
            return merker;
        }
        if unit.konkurs != DayNo::NONE {
            merker.push(Virksomhetsmerke::Konkurs);
        }
        let roles = self.roller_of(virksomhet);
        for role in roles {
            let Some(person) = role.person.some() else { continue };
            match role.rolle {
                Rolletype::Innh if self.doedsfall_of(person).is_some() => merker.push(Virksomhetsmerke::InnehaverDoed),
                Rolletype::Innh if self.is_minor(person) => merker.push(Virksomhetsmerke::InnehaverMindreaarig),
                Rolletype::Lede if self.doedsfall_of(person).is_some() => merker.push(Virksomhetsmerke::StyrelederDoed),
                _ => {}
            }
        }
        if unit.form == Organisasjonsform::Fli && roles.is_empty() {
            merker.push(Virksomhetsmerke::UtenStyre);
        }
        merker
    }

    /// Whether `person` is under age on the first day.
    fn is_minor(&self, person: PersonId) -> bool {
        use jiff::ToSpan;
        let born = self.personer.foedselsdato[person.index()].dato();
        born.checked_add(18.years()).is_ok_and(|of_age| of_age > self.header.start.dato())
    }

    /// The account of an association in the grass-roots share: derived from its position.
    #[must_use]
    pub fn kontonummer_of(&self, virksomhet: VirksomhetId) -> Option<Kontonummer> {
        let takes_part = self.virksomheter[virksomhet.index()].registre.has(VirksomhetFlags::GRASROTANDEL);
        if takes_part { Kontonummer::nth(virksomhet.0.into()) } else { None }
    }
}

//! Parental responsibility for children under eighteen (`specs/population.md` §16.2, numbers 17 and 18).

use super::calendar::day_number;
use super::civil::Civil;
use super::roster::Roster;
use super::streams::Streams;
use crate::base::{Domain, Kjoenn};
use crate::town::model::{Ansvar, AnsvarRow, DayNo, PersonId};

/// Unmarried parents living apart who share responsibility, per cent: of children born before 2020 by agreement, of
/// later ones because the law says so unless they agree otherwise (own estimate, D).
const SHARED_BEFORE_2020: u64 = 60;
const SHARED_SINCE_2020: u64 = 92;
/// The same where the child lives with the father.
const SHARED_WITH_FATHER: u64 = 80;
/// Foster children with a parent in town whose parents keep responsibility, per cent (§14 says most; D).
const PARENTS_KEEP: u64 = 85;

/// One row per responsible adult, sorted by child, then adult.
pub(super) fn rows(roster: &Roster, civil: &Civil, streams: Streams) -> Vec<AnsvarRow> {
    let key = streams.key(Domain::Person, "foreldreansvar");
    let fostered = streams.key(Domain::Person, "ansvar_for_fosterbarn");
    let since_2020 = day_number(2020, 1, 1);
    let mut rows = Vec::new();
    for barn in 0..roster.residents {
        if roster.alder(barn) >= 18 {
            continue;
        }
        let living = |parent: PersonId| parent.some().filter(|parent| parent.index() < roster.residents);
        let (mor, far) = (living(roster.mor[barn]), living(roster.far[barn]));
        let home = roster.husstand[barn];
        let lives_with = |parent: PersonId| roster.husstand[parent.index()] == home;
        let code = |parent: PersonId| match roster.kjoenn[parent.index()] {
            Kjoenn::Mann => Ansvar::Far,
            Kjoenn::Kvinne if Some(parent) == mor => Ansvar::Mor,
            Kjoenn::Kvinne => Ansvar::Medmor,
        };
        let fra = roster.dato[barn];
        let mut add = |ansvarlig: PersonId, ansvar: Ansvar, fra: DayNo| {
            rows.push(AnsvarRow { barn: PersonId::at(barn), ansvarlig, ansvar, fra });
        };
        if roster.is_unaccompanied(barn) {
            // The parents are abroad; a guardian acts for them.
            continue;
        }
        if let Some(since) = roster.in_foster_home_since(barn)
            && (mor.is_none() && far.is_none() || fostered.at(barn as u64).uniform(100) >= PARENTS_KEEP)
        {
            for adult in super::foster::foster_parents(roster, barn) {
                add(adult, Ansvar::Andre, since);
            }
            continue;
        }
        match (mor, far) {
            (Some(mor), Some(far)) => {
                let together = lives_with(mor) && lives_with(far);
                let with_father = lives_with(far) && !lives_with(mor);
                let were_married = civil.rows_between(mor, far);
                let limit = match (fra >= since_2020, with_father) {
                    (true, false) => SHARED_SINCE_2020,
                    // The mother alone would not live with the child, the father alone is not what the rule gives.
                    (true, true) => 100,
                    (false, false) => SHARED_BEFORE_2020,
                    (false, true) => SHARED_WITH_FATHER,
                };
                // Siblings share the answer: it is drawn for the mother.
                let shared = together || were_married || key.at(u64::from(mor.0)).uniform(100) < limit;
                if shared {
                    add(mor.min(far), Ansvar::Felles, fra);
                    add(mor.max(far), Ansvar::Felles, fra);
                } else {
                    let holder = if with_father { far } else { mor };
                    add(holder, code(holder), fra);
                }
            }
            (Some(parent), None) | (None, Some(parent)) => {
                let other = if mor.is_some() { roster.far[barn] } else { roster.mor[barn] };
                let died = other.some().map(|dead| roster.doedsdato[dead.index() - roster.residents]);
                add(parent, code(parent), died.map_or(fra, |died| DayNo(died.0.max(fra.0))));
            }
            (None, None) => {}
        }
    }
    rows
}

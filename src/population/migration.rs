//! Moves to Norway and out of it (`specs/population.md` §6): of those born abroad, and of those who came back.

use super::calendar::plus_years;
use super::elsewhere::Elsewhere;
use super::origin::Origins;
use super::roster::{Rolle, Roster};
use super::streams::Given;
use crate::town::model::{DayNo, InnflyttingRow, Landkode, PersonId, UtflyttingRow};

/// Residents born here who lived abroad for some years, per thousand (own estimate, D).
const RETURNED: u64 = 18;
/// Where they had been.
const ABROAD: [Landkode; 6] =
    [Landkode(*b"SWE"), Landkode(*b"DNK"), Landkode(*b"GBR"), Landkode(*b"USA"), Landkode(*b"ESP"), Landkode(*b"DEU")];

/// Rows of all people, sorted by person, then date.
#[derive(Default)]
pub(super) struct Migration {
    pub innflyttinger: Vec<InnflyttingRow>,
    pub utflyttinger: Vec<UtflyttingRow>,
    /// The last move to Norway of each resident who came more than once: nobody lived in town before it.
    pub tilbake: Vec<(PersonId, DayNo)>,
}

impl Migration {
    /// Draws the moves of residents; those of people elsewhere are known.
    pub fn of(roster: &Roster, origins: &Origins, elsewhere: &Elsewhere, given: Given<'_>) -> Self {
        let mut migration = Self {
            innflyttinger: elsewhere.innflyttinger.clone(),
            utflyttinger: elsewhere.utflyttinger.clone(),
            tilbake: Vec::new(),
        };
        for person in 0..roster.first_elsewhere() {
            if let Some(dato) = origins.ankomst[person].some() {
                let land = origins.foedeland[person];
                migration.innflyttinger.push(InnflyttingRow { person: PersonId::at(person), land, dato });
            }
        }
        migration.returned(roster, origins, given);
        migration.innflyttinger.sort_by_key(|row| (row.person, row.dato));
        migration.utflyttinger.sort_by_key(|row| (row.person, row.dato));
        migration.tilbake.sort_unstable();
        migration
    }

    /// Adults who live alone, were born here and came back; the first went out and in twice within a year (§16.9).
    fn returned(&mut self, roster: &Roster, origins: &Origins, given: Given<'_>) {
        let mut stream = given.streams.kommune("tilbakeflytting");
        let mut people: Vec<usize> = (0..roster.residents)
            .filter(|&person| {
                let is_alone = roster.members(roster.husstand[person].index()).len() == 1;
                let is_fit = roster.rolle[person] == Rolle::Referanse && (23..=64).contains(&roster.alder(person));
                is_alone && is_fit && origins.ankomst[person] == DayNo::NONE && origins.is_norwegian(person)
            })
            .collect();
        stream.shuffle(&mut people);
        let wanted = usize::try_from((roster.residents as u64 * RETURNED / 1_000).max(1)).expect("people");
        for (place, &row) in people.iter().take(wanted).enumerate() {
            let person = PersonId::at(row);
            let mut days = |from: u64, span: u64| i32::try_from(from + stream.uniform(span)).expect("days");
            let back = if place == 0 {
                let first = DayNo(roster.today.0 - days(380, 400));
                let there = [days(30, 40), days(60, 40), days(40, 40)];
                let second = DayNo(first.0 + there[0] + there[1]);
                let land = ABROAD[stream.index(ABROAD.len())];
                self.utflyttinger.push(UtflyttingRow { person, land, dato: first });
                self.innflyttinger.push(InnflyttingRow { person, land, dato: DayNo(first.0 + there[0]) });
                self.utflyttinger.push(UtflyttingRow { person, land, dato: second });
                let back = DayNo(second.0 + there[2]);
                self.innflyttinger.push(InnflyttingRow { person, land, dato: back });
                back
            } else {
                let adult = plus_years(roster.dato[row], 18);
                let latest = roster.today.0 - 20;
                let span = u64::try_from(latest - adult.0 - 400).unwrap_or(0).max(30);
                let back = DayNo(latest - days(0, span / 2 + 1));
                let out = DayNo(back.0 - days(200, 600));
                let out = DayNo(out.0.max(adult.0 + 1));
                let land = ABROAD[stream.index(ABROAD.len())];
                self.utflyttinger.push(UtflyttingRow { person, land, dato: out });
                self.innflyttinger.push(InnflyttingRow { person, land, dato: back });
                back
            };
            self.tilbake.push((person, back));
        }
    }

    /// The last return of `person`, if any.
    pub fn back(&self, person: usize) -> Option<DayNo> {
        let at = self.tilbake.partition_point(|row| row.0.index() < person);
        self.tilbake.get(at).filter(|row| row.0.index() == person).map(|row| row.1)
    }
}

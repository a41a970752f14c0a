//! Events of everyday life: work, education, school, doctor.

use std::sync::Arc;

use crate::base::{Orgnummer, OriginKey};
use crate::town::model::{
    ArbeidsforholdRow, Arbeidsmarked, DayNo, Fastlegeliste, PersonId, PersonKey, Utdanning, VirksomhetId,
};
use crate::town::state::{HverdagChanges, Town};

/// What happened in somebody's everyday life. Units are named by number, equal across forks; a job by unit and first day.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum HverdagEvent {
    /// A job begins.
    Jobb {
        /// Whose.
        person: PersonKey,
        /// The sub-unit where it sits.
        virksomhet: Orgnummer,
        /// Occupation, four digits of STYRK-08.
        yrke: u16,
        /// Per cent of full time.
        stillingsprosent: u8,
        /// Gross wage a month for the post as it is, at the wage level of the town's first year, kroner.
        maanedsloenn: u32,
        /// First day.
        fra: DayNo,
    },
    /// A job ends.
    Jobbslutt {
        /// Whose.
        person: PersonKey,
        /// The sub-unit where it sat.
        virksomhet: Orgnummer,
        /// Its first day.
        fra: DayNo,
        /// Last day + 1.
        til: DayNo,
    },
    /// From a day on somebody does something else in the labour market.
    Arbeidsmarked {
        /// Who.
        person: PersonKey,
        /// What.
        status: Arbeidsmarked,
        /// Since.
        fra: DayNo,
    },
    /// An education is completed.
    Utdanning {
        /// By whom.
        person: PersonKey,
        /// The highest one now.
        utdanning: Utdanning,
    },
    /// A place at a school, or none any more.
    Skoleplass {
        /// The pupil.
        barn: PersonKey,
        /// The school.
        skole: Option<Orgnummer>,
        /// From which day.
        fra: DayNo,
    },
    /// A general practitioner's list, or none any more.
    Fastlege {
        /// Whose.
        person: PersonKey,
        /// Number of the list.
        liste: Option<u16>,
    },
    /// A list is opened, or its doctor comes or goes.
    Fastlegeliste {
        /// Number of the list.
        liste: u16,
        /// The doctor.
        lege: Option<PersonKey>,
        /// The office.
        kontor: Option<Orgnummer>,
        /// Most patients.
        tak: u16,
    },
}

impl HverdagEvent {
    /// Whom it is about.
    #[must_use]
    pub fn person(&self) -> Option<PersonKey> {
        match self {
            Self::Jobb { person, .. }
            | Self::Jobbslutt { person, .. }
            | Self::Arbeidsmarked { person, .. }
            | Self::Utdanning { person, .. }
            | Self::Skoleplass { barn: person, .. }
            | Self::Fastlege { person, .. } => Some(*person),
            Self::Fastlegeliste { lege, .. } => *lege,
        }
    }

    /// The entities it touches.
    #[must_use]
    pub fn entities(&self) -> Vec<OriginKey> {
        match self {
            Self::Fastlegeliste { liste, .. } => vec![OriginKey::of("entity/fastlegeliste", &[&liste.to_be_bytes()])],
            other => other.person().iter().map(|key| OriginKey::of("entity/person", &[&key.bytes()])).collect(),
        }
    }
}

/// Puts an event of everyday life into the town.
pub(super) fn apply(town: &mut Town, event: &HverdagEvent) {
    match event {
        HverdagEvent::Jobb { person, virksomhet, yrke, stillingsprosent, maanedsloenn, fra } => {
            let (Some(id), Some(unit)) = (town.id_of(*person), town.enhet_med(*virksomhet)) else { return };
            let row = ArbeidsforholdRow {
                person: id,
                virksomhet: unit,
                yrke: *yrke,
                stillingsprosent: *stillingsprosent,
                maanedsloenn: *maanedsloenn,
                fra: *fra,
                til: DayNo::NONE,
            };
            edit(town, id, |changes| changes.jobber.push(row));
            Arc::make_mut(&mut town.hverdag).ansatt.insert((unit, id));
            super::virksomheter::count_employees(town, unit, 1);
        }
        HverdagEvent::Jobbslutt { person, virksomhet, fra, til } => {
            let (Some(id), Some(unit)) = (town.id_of(*person), town.enhet_med(*virksomhet)) else { return };
            edit(town, id, |changes| end_job(changes, unit, *fra, *til));
            let open = |job: &ArbeidsforholdRow| job.virksomhet == unit && job.til == DayNo::NONE;
            if !town.hverdag.folk.get(id.index()).is_some_and(|changes| changes.jobber.iter().any(open)) {
                Arc::make_mut(&mut town.hverdag).ansatt.remove(&(unit, id));
            }
            super::virksomheter::count_employees(town, unit, -1);
        }
        HverdagEvent::Arbeidsmarked { person, status, fra } => {
            if let Some(id) = town.id_of(*person) {
                edit(town, id, |changes| changes.arbeidsmarked.push((*fra, *status)));
            }
        }
        HverdagEvent::Utdanning { person, utdanning } => {
            if let Some(id) = town.id_of(*person) {
                edit(town, id, |changes| changes.utdanning = Some(*utdanning));
            }
        }
        HverdagEvent::Skoleplass { barn, skole, fra } => school(town, *barn, *skole, *fra),
        HverdagEvent::Fastlege { person, liste } => {
            let Some(id) = town.id_of(*person) else { return };
            let before = town.person(id).fastlege();
            edit(town, id, |changes| changes.fastlege = Some(*liste));
            let hverdag = Arc::make_mut(&mut town.hverdag);
            for (list, step) in [(before, -1), (*liste, 1)] {
                if let Some(list) = list {
                    let patients = hverdag.pasienter.get(&list).copied().unwrap_or(0) + step;
                    hverdag.pasienter.insert(list, patients);
                }
            }
        }
        HverdagEvent::Fastlegeliste { liste, lege, kontor, tak } => {
            let lege = lege.and_then(|key| town.id_of(key)).unwrap_or(PersonId::NONE);
            let kontor = kontor.and_then(|orgnr| town.enhet_med(orgnr)).unwrap_or(VirksomhetId::NONE);
            let row = Fastlegeliste { lege, kontor, tak: *tak };
            Arc::make_mut(&mut town.hverdag).fastlegelister.insert(*liste, row);
        }
    }
}

/// Changes the row of `id`, beginning it if the person has none yet.
fn edit(town: &mut Town, id: PersonId, change: impl FnOnce(&mut HverdagChanges)) {
    let hverdag = Arc::make_mut(&mut town.hverdag);
    change(Arc::make_mut(hverdag.folk.edit(id.index(), Arc::default)));
}

/// A job of this world ends where it stands; one of the base is noted as ended.
fn end_job(changes: &mut HverdagChanges, unit: VirksomhetId, fra: DayNo, til: DayNo) {
    let own = |job: &&mut ArbeidsforholdRow| job.virksomhet == unit && job.fra == fra && job.til == DayNo::NONE;
    match changes.jobber.iter_mut().find(own) {
        Some(job) => job.til = til,
        None => changes.avsluttet.push((unit, fra, til)),
    }
}

/// Gives up the place held before and takes the new one.
fn school(town: &mut Town, barn: PersonKey, skole: Option<Orgnummer>, fra: DayNo) {
    let Some(id) = town.id_of(barn) else { return };
    let before = town.person(id).skole().map(|(orgnr, _)| orgnr);
    edit(town, id, |changes| changes.skole = Some(skole.map(|orgnr| (orgnr, fra))));
    let hverdag = Arc::make_mut(&mut town.hverdag);
    for (unit, step) in [(before, -1), (skole, 1)] {
        if let Some(unit) = unit {
            let pupils = hverdag.skoleplasser.get(&unit).copied().unwrap_or(0) + step;
            hverdag.skoleplasser.insert(unit, pupils);
        }
    }
}

/// Notes the first day in a kindergarten.
pub(super) fn in_kindergarten(town: &mut Town, id: PersonId, fra: Option<DayNo>) {
    edit(town, id, |changes| changes.barnehage_fra = fra);
}

//! A population in numbers: what one wants to know before one uses it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::calendar::age;
use super::{PACK, Parts, PopulationError, sources_by_doubt};
use crate::base::Kjoenn;
use crate::town::model::{Base, DayNo, Gradering, HusstandId, KontaktFlags, Merke, PersonId, Personstatus};

/// Residents of one age group.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct AgeGroup {
    /// Women.
    pub women: u64,
    /// Men.
    pub men: u64,
}

/// Years of an age group; the last is open.
const GROUP: usize = 10;
/// How many groups: 0–9 to 100 and above.
const GROUPS: usize = 11;

/// Counts of a population, summed over its parts.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Residents by age group, the youngest first.
    pub ages: [AgeGroup; GROUPS],
    /// Everybody by status.
    pub status: BTreeMap<&'static str, u64>,
    /// Households by type.
    pub households: BTreeMap<&'static str, u64>,
    /// People in the largest household.
    pub largest_household: u64,
    /// Dwellings by kind of building; dwellings outside all buildings stand under `ukjent`.
    pub homes: BTreeMap<&'static str, u64>,
    /// Dwellings nobody lives in.
    pub empty_homes: u64,
    /// Organisations that are not deleted, by form.
    pub organisations: BTreeMap<&'static str, u64>,
    /// Roles in organisations.
    pub roles: u64,
    /// Residents by what they are on the labour market.
    pub labour: BTreeMap<&'static str, u64>,
    /// Jobs that have not ended.
    pub jobs: u64,
    /// Children in kindergartens and schools.
    pub places: u64,
    /// Residents in the contact register, and how many of them are reserved.
    pub contact: [u64; 2],
    /// People by address protection, the unprotected left out.
    pub protected: BTreeMap<&'static str, u64>,
    /// People by tag of the minimum cast, in the order of the tags; a tag nobody has is 0.
    pub cast: Vec<(&'static str, u64)>,
}

impl Summary {
    /// Counts the population of `parts`, one part at a time. `done` is told after each how many of how many are counted.
    ///
    /// # Errors
    /// [`PopulationError`] when a part cannot be made.
    pub fn of(parts: &Parts, mut done: impl FnMut(usize, usize)) -> Result<Self, PopulationError> {
        let mut summary = Self { cast: Merke::ALL.iter().map(|merke| (merke.code(), 0)).collect(), ..Self::default() };
        for part in 0..parts.count() {
            summary.add(&parts.make(part)?);
            done(part + 1, parts.count());
        }
        Ok(summary)
    }

    fn add(&mut self, base: &Base) {
        self.add_people(base);
        self.add_homes(base);
        let live = base.virksomheter.iter().filter(|unit| unit.slettet == DayNo::NONE);
        live.for_each(|unit| count(&mut self.organisations, unit.form.code()));
        self.roles += base.roller.len() as u64;
        self.jobs += base.arbeidsforhold.iter().filter(|job| job.til == DayNo::NONE).count() as u64;
        self.places += base.plasser.len() as u64;
    }

    fn add_people(&mut self, base: &Base) {
        let (people, today) = (&base.personer, DayNo::of(base.header.start.dato()));
        for row in 0..base.person_count() {
            count(&mut self.status, people.status[row].code());
            for (place, tag) in self.cast.iter_mut().enumerate() {
                tag.1 += people.merker[row] >> place & 1;
            }
            if people.status[row] != Personstatus::Bosatt {
                continue;
            }
            let years = usize::try_from(age(people.foedselsdato[row], today)).unwrap_or(0);
            let group = &mut self.ages[(years / GROUP).min(GROUPS - 1)];
            match people.kjoenn[row] {
                Kjoenn::Kvinne => group.women += 1,
                Kjoenn::Mann => group.men += 1,
            }
            count(&mut self.labour, people.arbeidsmarked[row].code());
            let kontakt = people.kontakt[row];
            self.contact[0] += u64::from(kontakt.has(KontaktFlags::REGISTRERT));
            self.contact[1] += u64::from(kontakt.has(KontaktFlags::REGISTRERT | KontaktFlags::RESERVERT));
        }
        let protected = base.beskyttelser.iter().filter(|row| row.gradering != Gradering::Ugradert);
        protected.for_each(|row| count(&mut self.protected, row.gradering.code()));
    }

    fn add_homes(&mut self, base: &Base) {
        let mut lived_in = vec![false; base.boliger.gate.len()];
        for (row, slag) in base.husstander.slag.iter().enumerate() {
            count(&mut self.households, slag.code());
            let members = base.medlemmer_of(HusstandId::at(row));
            self.largest_household = self.largest_household.max(members.len() as u64);
        }
        for person in (0..base.person_count()).map(PersonId::at) {
            let last = base.bosteder_of(person).last().map(|spell| base.bosteder[spell.index()]);
            if let Some(bolig) = last.filter(|spell| spell.til == DayNo::NONE).and_then(|spell| spell.bolig.some()) {
                lived_in[bolig.index()] = true;
            }
        }
        self.empty_homes += lived_in.iter().filter(|lived_in| !**lived_in).count() as u64;
        for home in 0..lived_in.len() {
            let building = base.boliger.bygning.get(home).and_then(|building| building.some());
            let kind = building.map_or("ukjent", |building| base.bygninger[building.index()].slag.code());
            count(&mut self.homes, kind);
        }
    }

    /// Residents.
    #[must_use]
    pub fn residents(&self) -> u64 {
        self.ages.iter().map(|group| group.women + group.men).sum()
    }

    /// The counts as one JSON document, with the inputs of `parts` and the data files behind them, estimates first.
    #[must_use]
    pub fn json(&self, parts: &Parts) -> Value {
        let spec = parts.spec();
        let ages: Vec<Value> = (0..GROUPS)
            .map(|group| {
                let to = (group + 1 < GROUPS).then_some(group * GROUP + GROUP - 1);
                json!({
                    "from": group * GROUP, "to": to,
                    "women": self.ages[group].women, "men": self.ages[group].men,
                })
            })
            .collect();
        let sources: Vec<Value> = sources_by_doubt()
            .iter()
            .map(|source| json!({ "confidence": source.confidence, "name": source.name, "year": source.year }))
            .collect();
        json!({
            "inputs": {
                "seed": spec.seed.to_string(), "size": spec.size, "date": spec.start.to_string(),
                "municipality": spec.profile, "pack": PACK, "schema": spec.schema,
            },
            "made_in_parts": parts.count(),
            "residents": self.residents(),
            "ages": ages,
            "status": self.status,
            "households": self.households,
            "largest_household": self.largest_household,
            "homes": self.homes,
            "empty_homes": self.empty_homes,
            "organisations": self.organisations,
            "roles": self.roles,
            "labour": self.labour,
            "jobs": self.jobs,
            "places": self.places,
            "contact": { "registered": self.contact[0], "reserved": self.contact[1] },
            "protected": self.protected,
            "cast": self
                .cast
                .iter()
                .map(|(tag, people)| ((*tag).to_owned(), json!(people)))
                .collect::<serde_json::Map<_, _>>(),
            "sources": sources,
        })
    }
}

fn count(counts: &mut BTreeMap<&'static str, u64>, code: &'static str) {
    *counts.entry(code).or_default() += 1;
}

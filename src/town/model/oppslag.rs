//! Look-ups over the columns of a base that its worlds need again and again: made once, on first use.

use imbl::OrdMap;

use super::{
    Base, BoligId, Bruksenhetstype, DayNo, Organisasjonsform, PersonId, Personstatus, Utdanning, VirksomhetId,
    Virksomhetsslag,
};
use crate::base::{Kjoenn, Orgnummer};

/// Rows by who they belong to.
#[derive(Debug, Default)]
struct Gruppert {
    start: Vec<u32>,
    rows: Vec<u32>,
}

impl Gruppert {
    /// Of `owners`, each pair an owner and a row.
    fn of(owners: usize, pairs: impl Iterator<Item = (usize, usize)> + Clone) -> Self {
        let small = |number: usize| u32::try_from(number).expect("rows are counted in 32 bits");
        let mut start = vec![0u32; owners + 1];
        pairs.clone().for_each(|(owner, _)| start[owner + 1] += 1);
        for owner in 0..owners {
            start[owner + 1] += start[owner];
        }
        let mut next = start.clone();
        let mut rows = vec![0; start[owners] as usize];
        for (owner, row) in pairs {
            rows[next[owner] as usize] = small(row);
            next[owner] += 1;
        }
        Self { start, rows }
    }

    fn of_owner(&self, owner: usize) -> &[u32] {
        match (self.start.get(owner), self.start.get(owner + 1)) {
            (Some(&from), Some(&to)) => &self.rows[from as usize..to as usize],
            _ => &[],
        }
    }
}

/// Highest age kept apart.
const ELDST: usize = 110;
/// First age of each class of workers: light work, pupils, the young, those new at work, the experienced.
const KLASSER: [usize; 5] = [0, 15, 18, 21, 28];

/// The class of workers of an age.
fn klasse(alder: usize) -> usize {
    KLASSER.iter().rposition(|from| *from <= alder).unwrap_or(0)
}

fn jobbklasse(kjoenn: Kjoenn, alder: usize, utdanning: Utdanning) -> usize {
    (kjoenn as usize * KLASSER.len() + klasse(alder)) * Utdanning::ALL.len() + utdanning as usize
}

/// The look-ups.
#[derive(Debug, Default)]
pub struct Oppslag {
    by_orgnr: Vec<(Orgnummer, VirksomhetId)>,
    underenheter: Gruppert,
    roller: Gruppert,
    jobber: Gruppert,
    jevngamle: Gruppert,
    /// Owns other units, audits them or keeps their accounts.
    baerer: Vec<bool>,
    /// Patients of each list.
    pasienter: Vec<u32>,
    /// Children in each kindergarten and school.
    barn: Vec<u32>,
    /// Positions of jobs that last by unit.
    ansatte: Gruppert,
    skoler: Vec<VirksomhetId>,
    barnehager: Vec<VirksomhetId>,
    enk: Vec<VirksomhetId>,
    selskaper: Vec<VirksomhetId>,
    ledige: OrdMap<u32, BoligId>,
}

/// Where `bolig` stands among all dwellings when one is looked for: neighbours are far apart, so that whoever takes the
/// next free one behind a drawn place does not fill the town street by street.
#[must_use]
pub fn leterekke(base: &Base, bolig: BoligId) -> u32 {
    let count = base.boliger.gate.len() as u64;
    let gcd = |mut a: u64, mut b: u64| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    // The golden section spreads best; a step that shares no factor with the count visits each place once.
    let step = (count * 618 / 1000 + 1..).find(|step| gcd(*step, count) == 1).unwrap_or(1);
    u32::try_from(bolig.index() as u64 * step % count.max(1)).expect("below the number of dwellings")
}

/// Whether somebody could live in `bolig`.
#[must_use]
pub fn er_bolig(base: &Base, bolig: BoligId) -> bool {
    base.boliger.bruksenhetstype[bolig.index()] == Bruksenhetstype::Bolig
}

fn ledige(base: &Base) -> OrdMap<u32, BoligId> {
    let free = base.beboere().iter().enumerate().filter(|(_, people)| **people == 0).map(|(row, _)| BoligId::at(row));
    free.filter(|bolig| er_bolig(base, *bolig)).map(|bolig| (leterekke(base, bolig), bolig)).collect()
}

impl Oppslag {
    /// Those of `base`.
    #[must_use]
    pub fn of(base: &Base) -> Self {
        let units = &base.virksomheter;
        let today = DayNo::of(base.header.start.dato());
        let alder: Vec<usize> = base
            .personer
            .foedselsdato
            .iter()
            .map(|born| usize::try_from((today.0 - born.0) * 4 / 1461).unwrap_or(0).min(ELDST))
            .collect();
        let mut by_orgnr: Vec<(Orgnummer, VirksomhetId)> =
            units.iter().enumerate().map(|(place, unit)| (unit.orgnr, VirksomhetId::at(place))).collect();
        by_orgnr.sort_unstable();
        let sub_units = units.iter().enumerate().filter(|(_, unit)| unit.form.is_underenhet());
        let parents = sub_units.filter_map(|(place, unit)| Some((unit.overordnet.some()?.index(), place)));
        let roles = base.roller.iter().enumerate().filter_map(|(row, role)| Some((role.person.some()?.index(), row)));
        let people = &base.personer;
        let jobs =
            base.arbeidsforhold.iter().enumerate().filter(|(_, job)| job.til == DayNo::NONE).map(|(row, job)| {
                let person = job.person.index();
                (jobbklasse(people.kjoenn[person], alder[person], people.utdanning[person]), row)
            });
        let residents = (0..base.person_count())
            .filter(|&row| people.status[row] == Personstatus::Bosatt)
            .map(|row| (people.kjoenn[row] as usize * (ELDST + 1) + alder[row], row));
        let mut baerer = vec![false; units.len()];
        let others = base.aksjer.iter().map(|share| share.eier).chain(base.roller.iter().map(|role| role.enhet));
        others.filter_map(VirksomhetId::some).for_each(|unit| baerer[unit.index()] = true);
        let mut pasienter = vec![0; base.fastlegelister.len()];
        people.fastlege.iter().filter(|list| **list != u16::MAX).for_each(|list| pasienter[usize::from(*list)] += 1);
        let mut barn = vec![0; units.len()];
        base.plasser.iter().for_each(|place| barn[place.virksomhet.index()] += 1);
        let lasting = base.arbeidsforhold.iter().enumerate().filter(|(_, job)| job.til == DayNo::NONE);
        let of_kind = |slag| -> Vec<VirksomhetId> {
            let fits = |place: &usize| units[*place].slag == slag && units[*place].slettet == DayNo::NONE;
            (0..units.len()).filter(fits).map(VirksomhetId::at).collect()
        };
        let open = |form: Organisasjonsform| -> Vec<VirksomhetId> {
            let fits = |place: &usize| {
                let unit = &units[*place];
                unit.form == form
                    && unit.slag == Virksomhetsslag::Annet
                    && unit.slettet == DayNo::NONE
                    && unit.konkurs == DayNo::NONE
                    && !unit.orgnr.is_utenbys()
            };
            (0..units.len()).filter(fits).map(VirksomhetId::at).collect()
        };
        Self {
            by_orgnr,
            underenheter: Gruppert::of(units.len(), parents),
            roller: Gruppert::of(base.person_count(), roles),
            jobber: Gruppert::of(2 * KLASSER.len() * Utdanning::ALL.len(), jobs),
            jevngamle: Gruppert::of(2 * (ELDST + 1), residents),
            baerer,
            pasienter,
            barn,
            ansatte: Gruppert::of(units.len(), lasting.map(|(row, job)| (job.virksomhet.index(), row))),
            skoler: of_kind(Virksomhetsslag::Skole),
            barnehager: of_kind(Virksomhetsslag::Barnehage),
            enk: open(Organisasjonsform::Enk),
            selskaper: open(Organisasjonsform::As),
            ledige: ledige(base),
        }
    }

    /// Dwellings nobody lives in on the first day, by [`leterekke`].
    #[must_use]
    pub fn ledige(&self) -> &OrdMap<u32, BoligId> {
        &self.ledige
    }

    /// The organisation with number `orgnr`.
    #[must_use]
    pub fn virksomhet(&self, orgnr: Orgnummer) -> Option<VirksomhetId> {
        let place = self.by_orgnr.binary_search_by_key(&orgnr, |row| row.0).ok()?;
        Some(self.by_orgnr[place].1)
    }

    /// Sub-units of `virksomhet`.
    pub fn underenheter(&self, virksomhet: VirksomhetId) -> impl Iterator<Item = VirksomhetId> + '_ {
        self.underenheter.of_owner(virksomhet.index()).iter().map(|&row| VirksomhetId(row))
    }

    /// Positions of the roles of `person`.
    pub fn roller_til(&self, person: PersonId) -> impl Iterator<Item = usize> + '_ {
        self.roller.of_owner(person.index()).iter().map(|&row| row as usize)
    }

    /// Positions of the jobs on the first day of people of this sex, of about this age and with this education.
    #[must_use]
    pub fn jobber(&self, kjoenn: Kjoenn, alder: usize, utdanning: Utdanning) -> &[u32] {
        self.jobber.of_owner(jobbklasse(kjoenn, alder, utdanning))
    }

    /// Residents on the first day of this sex and age.
    #[must_use]
    pub fn jevngamle(&self, kjoenn: Kjoenn, alder: usize) -> &[u32] {
        self.jevngamle.of_owner(kjoenn as usize * (ELDST + 1) + alder.min(ELDST))
    }

    /// Patients of the list `liste` on the first day.
    #[must_use]
    pub fn pasienter(&self, liste: u16) -> u32 {
        self.pasienter.get(usize::from(liste)).copied().unwrap_or(0)
    }

    /// Children in a kindergarten or school on the first day.
    #[must_use]
    pub fn barn_i(&self, virksomhet: VirksomhetId) -> u32 {
        self.barn.get(virksomhet.index()).copied().unwrap_or(0)
    }

    /// Whether other units are owned by this one, or have it for their auditor or accountant.
    #[must_use]
    pub fn baerer_andre(&self, virksomhet: VirksomhetId) -> bool {
        self.baerer.get(virksomhet.index()).copied().unwrap_or(false)
    }

    /// Who has a job in `virksomhet` on the first day: positions of the jobs.
    pub fn jobber_i(&self, virksomhet: VirksomhetId) -> impl Iterator<Item = usize> + '_ {
        self.ansatte.of_owner(virksomhet.index()).iter().map(|&row| row as usize)
    }

    /// Schools.
    #[must_use]
    pub fn skoler(&self) -> &[VirksomhetId] {
        &self.skoler
    }

    /// Kindergartens.
    #[must_use]
    pub fn barnehager(&self) -> &[VirksomhetId] {
        &self.barnehager
    }

    /// Sole proprietorships of the first day, as a model for new ones.
    #[must_use]
    pub fn enk(&self) -> &[VirksomhetId] {
        &self.enk
    }

    /// Companies of the first day, as a model for new ones.
    #[must_use]
    pub fn selskaper(&self) -> &[VirksomhetId] {
        &self.selskaper
    }
}

//! Education, labour market, jobs and income (`specs/population.md` §8), on the finished columns of people, homes and
//! organisations.
//!
//! Cells are counted first and people drawn into them: levels of education by age and sex, the labour force by age and
//! sex, jobs by section, occupation and employer. A job's row then has wage, share and dates from the stream of its
//! person; income follows from the jobs month by month and from what the person lives on otherwise.
//!
//! Who works in another municipality has a job at one of a few employers outside the town, so that every wage has an
//! employer. Left out: jobs of the dead and the emigrated, parental and sickness benefit (the employer goes on paying),
//! and benefits that are not taxed.

mod arbeidsmarked;
mod arbeidsplasser;
mod betaling;
pub(super) mod cells;
mod fordeling;
mod inntekter;
mod jobber;
mod tabeller;
#[cfg(test)]
mod tests;
mod utdanning;

use rayon::prelude::*;

use super::streams::{Given, Streams};
use crate::base::{Domain, Kjoenn};
use crate::town::model::{Arbeidsmarked, Base, DayNo, Personstatus, Rolletype, Utdanning, VirksomhetId};

pub(super) use betaling::merker;

/// The people as this area sees them.
struct Folk {
    today: DayNo,
    /// Year of the first day.
    year: i16,
    size: u32,
    streams: Streams,
    /// Whole years on the first day, at most 120.
    alder: Vec<u8>,
    kvinne: Vec<bool>,
    bosatt: Vec<bool>,
    /// Lives with a parent.
    hjemme: Vec<bool>,
    /// Lives with a partner.
    par: Vec<bool>,
    /// Row of the partner at home, or [`u32::MAX`].
    partner: Vec<u32>,
    /// Latest move to Norway, or [`DayNo`] of long ago.
    innflyttet: Vec<DayNo>,
}

/// Long before anybody's first job.
const LENGE_SIDEN: DayNo = DayNo(-100_000);

impl Folk {
    fn new(base: &Base, given: Given<'_>) -> Self {
        let today = DayNo::of(base.header.start.dato());
        let people = &base.personer;
        let rows = base.person_count();
        let mut innflyttet = vec![LENGE_SIDEN; rows];
        for row in &base.innflyttinger {
            innflyttet[row.person.index()] = innflyttet[row.person.index()].max(row.dato);
        }
        let with_parent = |row: usize| {
            [people.mor[row], people.far[row]].into_iter().any(|parent| {
                parent.some().is_some_and(|parent| {
                    people.husstand[row].some().is_some() && people.husstand[parent.index()] == people.husstand[row]
                })
            })
        };
        let age = |row: usize| super::calendar::age(people.foedselsdato[row], today).clamp(0, 120);
        Self {
            today,
            year: base.header.start.dato().year(),
            size: base.header.size,
            streams: given.streams,
            alder: (0..rows).map(|row| u8::try_from(age(row)).expect("at most 120")).collect(),
            kvinne: people.kjoenn.iter().map(|sex| *sex == Kjoenn::Kvinne).collect(),
            bosatt: people.status.iter().map(|status| *status == Personstatus::Bosatt).collect(),
            hjemme: (0..rows).map(with_parent).collect(),
            partner: people.partner.iter().map(|partner| partner.0).collect(),
            par: people.partner.iter().map(|partner| partner.some().is_some()).collect(),
            innflyttet,
        }
    }

    fn len(&self) -> usize {
        self.alder.len()
    }

    /// Row of the sex in tables: women first.
    fn sex(&self, row: usize) -> usize {
        usize::from(!self.kvinne[row])
    }

    /// One word for each person.
    fn trekk(&self, purpose: &'static str) -> Vec<u64> {
        let key = self.streams.key(Domain::Person, purpose);
        (0..self.len() as u64).into_par_iter().map(|row| key.at(row).word()).collect()
    }

    /// Residents by sex and by the place of their age in `bands`; `None` for ages outside.
    fn celler<const N: usize>(&self, band: impl Fn(u8) -> Option<usize>) -> [[Vec<u32>; N]; 2] {
        let mut cells: [[Vec<u32>; N]; 2] = std::array::from_fn(|_| std::array::from_fn(|_| Vec::new()));
        for row in (0..self.len()).filter(|&row| self.bosatt[row]) {
            if let Some(band) = band(self.alder[row]) {
                cells[self.sex(row)][band].push(u32::try_from(row).expect("a person"));
            }
        }
        cells
    }
}

/// What people do, while it is worked out.
struct Liv {
    utdanning: Vec<Utdanning>,
    marked: Vec<Arbeidsmarked>,
    /// Lives off an own business.
    selvstendig: Vec<bool>,
    /// Owns a sole proprietorship.
    eier: Vec<bool>,
    /// Lives in a household whose income is set to the krone: no wages in any year.
    holdt: Vec<bool>,
}

/// Fills education, labour market, jobs and income of `base`, and adds the employers outside the town.
pub(super) fn fill(base: &mut Base, given: Given<'_>) {
    let tabeller = tabeller::tabeller();
    let folk = Folk::new(base, given);
    let roller = betaling::velg(base, &folk);
    let utdanning = utdanning::fordel(&folk, tabeller);
    let marked = arbeidsmarked::fordel(&folk, &utdanning, &roller, tabeller);
    let eier = eiere(base, folk.len());
    let selvstendig = arbeidsmarked::selvstendige(&folk, &marked, &eier, tabeller);
    let mut liv = Liv { utdanning, marked, selvstendig, eier, holdt: roller.utenfor(folk.len()) };
    arbeidsplasser::legg_til_utenbys(base, given.part, tabeller);
    let ansatte = jobber::ansatte(base, &folk, &liv, tabeller);
    base.arbeidsforhold = jobber::rader(base, &folk, &liv, &ansatte, tabeller);
    // Commuters with a D-number, and children who carry newspapers, are employed too.
    for job in base.arbeidsforhold.iter().filter(|job| job.til == DayNo::NONE) {
        liv.marked[job.person.index()] = Arbeidsmarked::Sysselsatt;
    }
    arbeidsplasser::tell_ansatte(base, folk.today);
    base.inntekter = inntekter::rader(base, &folk, &liv, tabeller);
    betaling::still_inn(base, &folk, &roller, tabeller);
    base.personer.utdanning = liv.utdanning;
    base.personer.arbeidsmarked = liv.marked;
}

/// Who owns a live sole proprietorship.
fn eiere(base: &Base, rows: usize) -> Vec<bool> {
    let mut eier = vec![false; rows];
    for row in base.roller.iter().filter(|row| row.rolle == Rolletype::Innh) {
        if let Some(person) = row.person.some()
            && base.virksomheter[row.virksomhet.index()].slettet == DayNo::NONE
        {
            eier[person.index()] = true;
        }
    }
    eier
}

/// Whether a unit belongs to the municipality itself: it stands below its main unit, the first of all.
fn er_kommunal(base: &Base, unit: usize) -> bool {
    let mut at = unit;
    // Levels of a public body are few; the bound only guards against a ring.
    for _ in 0..8 {
        if at == 0 {
            return true;
        }
        match base.virksomheter[at].overordnet {
            VirksomhetId::NONE => return false,
            above => at = above.index(),
        }
    }
    false
}

//! The rows of jobs: those of the first day, second jobs, what went before, and light work of thirteen- and
//! fourteen-year-olds (`specs/population.md` §8.2, invariant 39).

use rayon::prelude::*;

use super::arbeidsmarked::{PENSJONSALDER, TIDLIG_PENSJON, andel_av};
use super::arbeidsplasser;
use super::fordeling::{self, MYNDIG, Stilling};
use super::tabeller::{Aldersslag, Tabeller, Yrke};
use super::{Folk, LENGE_SIDEN, Liv};
use crate::base::{Domain, Stream};
use crate::town::derive::{flyttet, inntektsaar};
use crate::town::model::{
    ArbeidsforholdRow, Arbeidsmarked, Base, DayNo, Landkode, PersonId, Personstatus, VirksomhetId,
};

/// Youngest with a contract of their own; below only light work.
const YNGST: u8 = 15;
/// Youngest with light work.
const YNGST_LETT: u8 = 13;
/// Oldest with a job (invariant 39).
const ELDST: i32 = 75;
/// What thirteen- and fourteen-year-olds do: they carry newspapers.
const LETT_ARBEID: u16 = 9621;
/// Per cent of full time of light work, pupils' jobs, other part time and second jobs: equally likely.
const LETT: [u8; 4] = [5, 5, 8, 10];
const ELEV: [u8; 8] = [8, 10, 10, 15, 15, 20, 20, 30];
const DELTID: [u8; 14] = [20, 30, 40, 50, 60, 60, 70, 75, 75, 80, 80, 80, 80, 90];
const BISTILLING: [u8; 6] = [5, 10, 10, 15, 20, 25];
/// Months in the present job, equally likely.
const ANSIENNITET: [i32; 20] = [1, 4, 8, 12, 17, 23, 30, 37, 45, 55, 66, 79, 95, 114, 138, 168, 208, 262, 330, 420];
/// Per cent for whom a job was the first in a while, by age.
const UTEN_TIDLIGERE: [(i32, u64); 4] = [(0, 30), (20, 6), (25, 3), (32, 1)];
/// Most earlier jobs of one person, and how many employers are asked for each.
const FLEST_TIDLIGERE: usize = 3;
const FORSOEK: usize = 12;
/// Wages by age, per mille of the occupation's.
const ALDERSTILLEGG: [(u8, u64); 7] = [(0, 640), (18, 830), (21, 880), (25, 930), (30, 990), (38, 1_045), (60, 1_030)];
/// Women and men within one occupation, per mille.
const KJOENN: [u64; 2] = [955, 1_040];
/// Year of the occupations' wages.
const LOENNSAAR: i16 = 2024;
/// States of the European Economic Area, and Switzerland: their citizens work here without a permit.
const EOES: [&str; 30] = [
    "AUT", "BEL", "BGR", "CHE", "CYP", "CZE", "DEU", "DNK", "ESP", "EST", "FIN", "FRA", "GRC", "HRV", "HUN", "IRL",
    "ISL", "ITA", "LIE", "LTU", "LUX", "LVA", "MLT", "NLD", "POL", "PRT", "ROU", "SVK", "SVN", "SWE",
];

/// Whether citizens of `land` work here without a permit.
pub(super) fn er_eoes(land: Landkode) -> bool {
    EOES.contains(&land.as_str())
}

/// People with a job on the first day: employees who live here, and commuters from the EEA with a D-number.
pub(super) struct Ansatte {
    pub stillinger: Vec<Stilling>,
    /// Places by education of the occupation, to draw second and earlier jobs from.
    etter_utdanning: [Vec<usize>; 5],
    /// Places of what young people do.
    lette: Vec<usize>,
    /// Per cent of full time, by person.
    prosent: Vec<u8>,
}

/// Deals the jobs of the first day.
pub(super) fn ansatte(base: &Base, folk: &Folk, liv: &Liv, tabeller: &Tabeller) -> Ansatte {
    let works = |row: &usize| liv.marked[*row] == Arbeidsmarked::Sysselsatt;
    let employed = (0..folk.len()).filter(|row| folk.bosatt[*row] && works(row)).count();
    let commutes = |row: usize| {
        let status = base.personer.status[row] == Personstatus::Midlertidig;
        status && (MYNDIG..PENSJONSALDER).contains(&folk.alder[row]) && er_eoes(base.personer.statsborgerskap[row])
    };
    let employees: Vec<u32> = (0..folk.len())
        .filter(|&row| folk.bosatt[row] && works(&row) && !liv.selvstendig[row] || commutes(row))
        .map(|row| u32::try_from(row).expect("a person"))
        .collect();
    let units = arbeidsplasser::fordel(base, folk, employed, employees.len(), tabeller);
    let stillinger = fordeling::stillinger(folk, &employees, &liv.utdanning, &units, tabeller);
    let mut etter_utdanning: [Vec<usize>; 5] = Default::default();
    let mut lette = Vec::new();
    for (place, job) in stillinger.iter().enumerate() {
        let yrke = &tabeller.yrker[usize::from(job.yrke)];
        etter_utdanning[yrke.utdanning].push(place);
        if yrke.alder == Aldersslag::Ung {
            lette.push(place);
        }
    }
    let prosent = stillingsprosenter(folk, &stillinger, tabeller);
    Ansatte { stillinger, etter_utdanning, lette, prosent }
}

/// Full or part time: the share of each sex is counted, pupils and students come first, then the young and those in
/// service work.
fn stillingsprosenter(folk: &Folk, jobs: &[Stilling], tabeller: &Tabeller) -> Vec<u8> {
    let words = folk.trekk("stillingsprosent");
    let mut prosent = vec![100; folk.len()];
    for (sex, share) in ["part_time_women", "part_time_men"].into_iter().enumerate() {
        let mut rows: Vec<(u64, usize)> = jobs
            .iter()
            .filter(|job| folk.sex(job.person as usize) == sex)
            .map(|job| {
                let row = job.person as usize;
                let age = match folk.alder[row] {
                    ..MYNDIG => 4_000,
                    MYNDIG..=20 => 700,
                    21..=24 => 450,
                    PENSJONSALDER.. => 700,
                    TIDLIG_PENSJON.. => 200,
                    _ => 0,
                };
                let yrke = &tabeller.yrker[usize::from(job.yrke)];
                let light = if yrke.alder == Aldersslag::Ung { 250 } else { 0 };
                let weight = age + light + (words[row] >> 54) + u64::from(yrke.utdanning <= 2) * 100;
                (u64::MAX - weight, row)
            })
            .collect();
        let wanted = andel_av(rows.len(), tabeller.andel(share));
        rows.sort_unstable();
        for (_, row) in rows.into_iter().take(wanted) {
            let steps: &[u8] = if folk.alder[row] < MYNDIG { &ELEV } else { &DELTID };
            prosent[row] = steps[usize::try_from(words[row] & 0xffff).expect("small") % steps.len()];
        }
    }
    prosent
}

/// What the rows of one person are made from.
struct Skriver<'a> {
    base: &'a Base,
    folk: &'a Folk,
    ansatte: &'a Ansatte,
    tabeller: &'a Tabeller,
    loenner: &'a [i64],
    /// Jobs that ended before this day are not kept.
    horisont: DayNo,
    /// Wages of the town, per mille of the country's.
    nivaa: u64,
}

/// All rows, by person and date.
pub(super) fn rader(
    base: &Base,
    folk: &Folk,
    liv: &Liv,
    ansatte: &Ansatte,
    tabeller: &Tabeller,
) -> Vec<ArbeidsforholdRow> {
    let mut job_of = vec![u32::MAX; folk.len()];
    for (place, job) in ansatte.stillinger.iter().enumerate() {
        job_of[job.person as usize] = u32::try_from(place).expect("a job");
    }
    let writer = Skriver {
        base,
        folk,
        ansatte,
        tabeller,
        loenner: tabeller.spredning("wage"),
        horisont: DayNo::of(jiff::civil::date(inntektsaar(base).start, 1, 1)),
        nivaa: tabeller.etter_stoerrelse(folk.size, super::tabeller::Etter::Loenn),
    };
    let key = folk.streams.key(Domain::Person, "arbeidsforhold");
    (0..folk.len())
        .into_par_iter()
        .fold(Vec::new, |mut rows, row| {
            let job = ansatte.stillinger.get(job_of[row] as usize);
            if job.is_some() || writer.kan_ha_hatt_jobb(row, liv) {
                let first = rows.len();
                writer.skriv(row, job, liv, &mut key.at(row as u64), &mut rows);
                rows[first..].sort_by_key(|job: &ArbeidsforholdRow| (job.fra, job.til));
            }
            rows
        })
        .reduce(Vec::new, |mut all, more| {
            all.extend(more);
            all
        })
}

impl Skriver<'_> {
    /// Whether somebody without a job may have rows all the same.
    fn kan_ha_hatt_jobb(&self, row: usize, liv: &Liv) -> bool {
        let alder = self.folk.alder[row];
        let lett = (YNGST_LETT..YNGST).contains(&alder);
        let recent = (TIDLIG_PENSJON..=PENSJONSALDER + 3).contains(&alder);
        let grown = (MYNDIG..PENSJONSALDER).contains(&alder) && !liv.holdt[row];
        self.folk.bosatt[row]
            && match liv.marked[row] {
                Arbeidsmarked::Arbeidsledig => true,
                Arbeidsmarked::Alderspensjonist => recent,
                Arbeidsmarked::Ufoer | Arbeidsmarked::Utenfor => lett || grown,
                Arbeidsmarked::Sysselsatt => false,
            }
    }

    fn skriv(
        &self,
        row: usize,
        job: Option<&Stilling>,
        liv: &Liv,
        stream: &mut Stream,
        rows: &mut Vec<ArbeidsforholdRow>,
    ) {
        let today = self.folk.today;
        let wage_step = stream.index(self.loenner.len());
        let alder = self.folk.alder[row];
        if let Some(job) = job {
            let fra = self.tiltredelse(row, job.enhet, today, stream);
            let percent = self.ansatte.prosent[row];
            rows.push(self.rad(row, job.enhet, self.yrke(job.yrke), percent, wage_step, (fra, DayNo::NONE)));
            if stream.uniform(1_000) < self.tabeller.andel("more_than_one_job") && alder >= MYNDIG {
                self.bistilling(row, job, wage_step, stream, rows);
            }
            self.foer(row, fra, usize::from(job.yrke), wage_step, stream, rows);
            return;
        }
        match liv.marked[row] {
            Arbeidsmarked::Arbeidsledig if stream.uniform(1_000) < self.tabeller.andel("had_a_job_before") => {
                let out = DayNo(today.0 - 10 - tall(stream, 400));
                self.foer(row, out, self.et_yrke(row, liv, stream), wage_step, stream, rows);
            }
            Arbeidsmarked::Alderspensjonist => {
                let out = super::inntekter::pensjonert(self.base, self.folk, row);
                if out > self.horisont && stream.uniform(1_000) < 750 {
                    self.foer(row, out, self.et_yrke(row, liv, stream), wage_step, stream, rows);
                }
            }
            // Who left work within the years at hand: as many as those who have begun since.
            status if alder >= MYNDIG => {
                let share = if status == Arbeidsmarked::Ufoer { "left_work_disabled" } else { "left_work_outside" };
                if stream.uniform(1_000) < self.tabeller.andel(share) {
                    let out = DayNo(today.0 - 10 - tall(stream, today.0 - self.horisont.0));
                    self.foer(row, out, self.et_yrke(row, liv, stream), wage_step, stream, rows);
                }
            }
            _ if stream.uniform(1_000) < self.tabeller.andel("light_work_13_14") && !self.ansatte.lette.is_empty() => {
                let place = self.ansatte.lette[stream.index(self.ansatte.lette.len())];
                let enhet = self.ansatte.stillinger[place].enhet;
                let carrier = self.tabeller.yrker.iter().find(|yrke| yrke.kode == LETT_ARBEID);
                let carrier = carrier.expect("the list has newspaper carriers");
                let earliest = super::super::calendar::turns(self.base.personer.foedselsdato[row], YNGST_LETT.into());
                let fra = DayNo((today.0 - tall(stream, 500)).max(earliest.0).max(self.tidligst(row, enhet).0));
                if fra <= today {
                    let percent = LETT[stream.index(LETT.len())];
                    rows.push(self.rad(row, enhet, carrier, percent, wage_step, (fra, DayNo::NONE)));
                }
            }
            _ => {}
        }
    }

    fn yrke(&self, number: u16) -> &Yrke {
        &self.tabeller.yrker[usize::from(number)]
    }

    /// An occupation somebody of this education may have had.
    fn et_yrke(&self, row: usize, liv: &Liv, stream: &mut Stream) -> usize {
        let level = (liv.utdanning[row] as usize).max(1);
        let places = (1..=level).rev().map(|level| &self.ansatte.etter_utdanning[level]).find(|list| !list.is_empty());
        places.map_or(0, |places| usize::from(self.ansatte.stillinger[places[stream.index(places.len())]].yrke))
    }

    /// The first day somebody can have begun at a unit: of age, here, and the unit founded.
    fn tidligst(&self, row: usize, enhet: VirksomhetId) -> DayNo {
        let of_age = super::super::calendar::turns(self.base.personer.foedselsdato[row], YNGST.into());
        let founded = self.base.virksomheter[enhet.index()].stiftet.some().unwrap_or(LENGE_SIDEN);
        let issued = self.base.dnummer.partition_point(|issue| issue.person.index() < row);
        let issued = self.base.dnummer.get(issued).filter(|issue| issue.person.index() == row);
        let issued = issued.map_or(LENGE_SIDEN, |issue| issue.fra);
        let adult = if self.folk.alder[row] < YNGST { LENGE_SIDEN } else { of_age };
        DayNo(adult.0.max(self.folk.innflyttet[row].0).max(founded.0).max(issued.0))
    }

    /// First day of a job that somebody still has on `day`.
    fn tiltredelse(&self, row: usize, enhet: VirksomhetId, day: DayNo, stream: &mut Stream) -> DayNo {
        let months = ANSIENNITET[stream.index(ANSIENNITET.len())];
        let days = months * 30 + tall(stream, 30 * (1 + months / 8));
        let earliest = self.tidligst(row, enhet).0;
        let possible = (day.0 - earliest).max(0);
        // Who cannot have been there as long began some time in between.
        let days = if days > possible { tall(stream, possible + 1) } else { days };
        let exact = DayNo(day.0 - days);
        // Most begin on the first of a month.
        let (year, month, _) = super::super::calendar::civil(exact);
        let first = super::super::calendar::day_number(year, month, 1);
        if first.0 >= earliest && stream.uniform(10) < 8 { first } else { exact }
    }

    /// A row at the wage of its last month.
    fn rad(
        &self,
        row: usize,
        enhet: VirksomhetId,
        yrke: &Yrke,
        percent: u8,
        wage_step: usize,
        (fra, til): (DayNo, DayNo),
    ) -> ArbeidsforholdRow {
        let last = if til == DayNo::NONE { self.folk.today } else { DayNo(til.0 - 1) };
        let (year, ..) = super::super::calendar::civil(last);
        let year = i16::try_from(year).expect("a year").min(self.folk.year);
        let years_ago = (self.folk.today.0 - last.0) / 365;
        let alder = i32::from(self.folk.alder[row]) - years_ago;
        let by_age = ALDERSTILLEGG.iter().rev().find(|step| i32::from(step.0) <= alder).map_or(640, |step| step.1);
        // Top wages keep off the lowest occupations and the young.
        let steps = self.loenner.len();
        let step = if yrke.utdanning == 1 || alder < 27 { wage_step.min(steps - 3) } else { wage_step };
        let spread = u64::try_from(self.loenner[step]).expect("a share");
        let full =
            yrke.loenn * by_age / 1_000 * spread / 1_000 * KJOENN[self.folk.sex(row)] / 1_000 * self.nivaa / 1_000;
        let paid = flyttet(full * u64::from(percent) / 100, LOENNSAAR, year);
        ArbeidsforholdRow {
            person: PersonId::at(row),
            virksomhet: enhet,
            yrke: yrke.kode,
            stillingsprosent: percent,
            maanedsloenn: u32::try_from(paid / 10 * 10).expect("a wage"),
            fra,
            til,
        }
    }

    /// A small job beside the first, at another unit.
    fn bistilling(
        &self,
        row: usize,
        job: &Stilling,
        wage_step: usize,
        stream: &mut Stream,
        rows: &mut Vec<ArbeidsforholdRow>,
    ) {
        let level = self.tabeller.yrker[usize::from(job.yrke)].utdanning;
        let Some(other) = self.annen_plass(level, stream) else { return };
        if other.enhet == job.enhet {
            return;
        }
        let fra = self.tiltredelse(row, other.enhet, self.folk.today, stream);
        let percent = BISTILLING[stream.index(BISTILLING.len())];
        rows.push(self.rad(row, other.enhet, self.yrke(other.yrke), percent, wage_step, (fra, DayNo::NONE)));
    }

    /// Somebody's place whose occupation asks for `level`.
    fn annen_plass(&self, level: usize, stream: &mut Stream) -> Option<&Stilling> {
        let places = &self.ansatte.etter_utdanning[level];
        (!places.is_empty()).then(|| &self.ansatte.stillinger[places[stream.index(places.len())]])
    }

    /// The jobs that ended on or shortly before `day`, back to the horizon. Employment was as high in the years before
    /// as it is today, so only the young and those who had just come had none before.
    fn foer(
        &self,
        row: usize,
        day: DayNo,
        yrke: usize,
        wage_step: usize,
        stream: &mut Stream,
        rows: &mut Vec<ArbeidsforholdRow>,
    ) {
        let level = self.tabeller.yrker[yrke].utdanning;
        let mut day = day;
        for _ in 0..FLEST_TIDLIGERE {
            let at = super::super::calendar::age(self.base.personer.foedselsdato[row], day);
            let first = UTEN_TIDLIGERE.iter().rev().find(|step| step.0 <= at).map_or(0, |step| step.1);
            if day <= self.horisont || stream.uniform(100) < first {
                return;
            }
            let til = DayNo(day.0 - if stream.uniform(8) < 7 { 0 } else { tall(stream, 90) });
            // A young firm cannot have been there; a few tries find an older one.
            let other = (0..FORSOEK)
                .filter_map(|_| self.annen_plass(level, stream))
                .find(|other| til.0 > self.tidligst(row, other.enhet).0 + 30);
            let Some(other) = other.filter(|_| til > self.horisont) else { return };
            let fra = self.tiltredelse(row, other.enhet, DayNo(til.0 - 30), stream);
            let at_end = super::super::calendar::age(self.base.personer.foedselsdato[row], til);
            if at_end > ELDST {
                return;
            }
            let percent = match at_end {
                ..18 => ELEV[stream.index(ELEV.len())],
                _ if stream.uniform(100) < 25 => DELTID[stream.index(DELTID.len())],
                _ => 100,
            };
            rows.push(self.rad(row, other.enhet, self.yrke(other.yrke), percent, wage_step, (fra, til)));
            day = fra;
        }
    }
}

/// A whole number in `0..bound`.
fn tall(stream: &mut Stream, bound: i32) -> i32 {
    i32::try_from(stream.uniform(u64::from(bound.max(1).unsigned_abs()))).expect("below an i32")
}

//! Income by year (`specs/population.md` §8.3): wages from the jobs, business, pension, benefits, capital, and the tax on
//! them, for the three years before the town begins.
//!
//! What somebody lives on is one place in a table of equally likely steps, the same in all years; amounts move with
//! wages. The newest year is assessed as far as the tax calendar has come on the first day.

use rayon::prelude::*;

use super::super::calendar::{civil, day_number, plus_years};
use super::arbeidsmarked::{PENSJONSALDER, TIDLIG_PENSJON};
use super::tabeller::Tabeller;
use super::{Folk, LENGE_SIDEN, Liv};
use crate::base::{Domain, Stream};
use crate::town::derive::{Loennsaar, Skattetabell, flyttet, inntektsaar, skattenoekkel, trukket};
use crate::town::model::{
    ArbeidsforholdRow, Arbeidsmarked, Base, DayNo, Eieform, InntektRow, PersonId, Skatteoppgjoer,
};

/// Year of the amounts in `income_spread.csv`.
const BELOEP_FRA: i16 = 2024;
/// Youngest with an income row.
const YNGST: i16 = 13;
/// Who has nothing but interest of less than this has no row of that year, kroner.
const BARE_RENTER: u32 = 1_000;
/// Unemployment benefit, per mille of the wage lost.
const DAGPENGER: u64 = 624;
/// Pensions of women and men, per mille of the mean.
const PENSJON: [u64; 2] = [880, 1_130];

/// One year with its tables.
struct Aar {
    aar: i16,
    loenn: Loennsaar,
    skatt: Skattetabell,
    first: DayNo,
    next: DayNo,
}

/// What somebody lives on besides wages, in kroner of [`BELOEP_FRA`] a year.
#[derive(Default)]
struct Grunn {
    naering: u64,
    pensjon: u64,
    pensjon_fra: Option<DayNo>,
    ytelser: u64,
    ytelser_fra: Option<DayNo>,
    ytelser_til: Option<DayNo>,
    kapital: i64,
}

/// The day somebody with a pension took it: from 67, or earlier for those who stopped before.
pub(super) fn pensjonert(base: &Base, folk: &Folk, row: usize) -> DayNo {
    let born = base.personer.foedselsdato[row];
    // A draw from the date of birth and the row: no stream, both the jobs and the income ask.
    let place = u32::try_from(row).expect("a person");
    let draw = (born.0.unsigned_abs().wrapping_mul(2_654_435_761) ^ place.wrapping_mul(40_503)) >> 8;
    let month = |day: DayNo| {
        let (year, month, _) = civil(day);
        day_number(year, month, 1)
    };
    if folk.alder[row] < PENSJONSALDER {
        let since = plus_years(born, TIDLIG_PENSJON.into()).0;
        let room = (folk.today.0 - since).max(1).unsigned_abs();
        return month(DayNo(since + i32::try_from(draw % room).expect("days of five years")));
    }
    let early = if draw % 100 < 30 { (draw / 128) % 60 } else { 0 };
    month(DayNo(plus_years(born, PENSJONSALDER.into()).0 - 30 * i32::try_from(early).expect("months")))
}

/// All rows, by person and year. Rows without any amount, or with nothing but a little interest, are left out.
pub(super) fn rader(base: &Base, folk: &Folk, liv: &Liv, tabeller: &Tabeller) -> Vec<InntektRow> {
    let years: Vec<Aar> = inntektsaar(base)
        .map(|aar| Aar {
            aar,
            loenn: Loennsaar::ny(aar, folk.year),
            skatt: Skattetabell::ny(aar),
            first: day_number(aar.into(), 1, 1),
            next: day_number(i32::from(aar) + 1, 1, 1),
        })
        .collect();
    let mut start = vec![0usize; folk.len() + 1];
    base.arbeidsforhold.iter().for_each(|job| start[job.person.index() + 1] += 1);
    for row in 0..folk.len() {
        start[row + 1] += start[row];
    }
    let key = folk.streams.key(Domain::Person, "inntekt");
    let tax = skattenoekkel(base);
    let tables = Spredninger::ny(tabeller);
    (0..folk.len())
        .into_par_iter()
        .fold(Vec::new, |mut rows, row| {
            let jobs = &base.arbeidsforhold[start[row]..start[row + 1]];
            if folk.bosatt[row] && i16::from(folk.alder[row]) >= YNGST || !jobs.is_empty() {
                let basis = grunn(base, folk, liv, row, jobs, &tables, &mut key.at(row as u64));
                for year in &years {
                    rows.extend(rad(folk, row, jobs, &basis, year).map(|mut made| {
                        made.skatt = year.skatt.skatt(&made);
                        made.oppgjoer = oppgjoer(&tax, folk, row, year.aar);
                        made
                    }));
                }
            }
            rows
        })
        .reduce(Vec::new, |mut all, more| {
            all.extend(more);
            all
        })
}

/// How far the assessment of `aar` is on the first day. Of the oldest of three years everything is settled, of the newest
/// nothing before the drafts.
fn oppgjoer(key: &crate::base::StreamKey, folk: &Folk, row: usize, aar: i16) -> Skatteoppgjoer {
    match folk.year - aar {
        1 if folk.today < day_number(folk.year.into(), 3, 1) => Skatteoppgjoer::IngenData,
        3.. => Skatteoppgjoer::Fastsatt,
        _ => trukket(key, PersonId::at(row), aar).paa(folk.today),
    }
}

fn rad(folk: &Folk, row: usize, jobs: &[ArbeidsforholdRow], basis: &Grunn, year: &Aar) -> Option<InntektRow> {
    // Nobody has Norwegian income from before they came, unless from a job.
    let is_here = folk.innflyttet[row] < year.next;
    let of_year = |kroner: u64| flyttet(kroner, BELOEP_FRA, year.aar);
    let part = |kroner: u64, fra: Option<DayNo>, til: Option<DayNo>| {
        let from = fra.unwrap_or(LENGE_SIDEN).max(year.first).max(folk.innflyttet[row]);
        let days = til.unwrap_or(DayNo::NONE).min(year.next).0 - from.0;
        of_year(kroner) * u64::from(days.max(0).unsigned_abs()) / u64::from((year.next.0 - year.first.0).unsigned_abs())
    };
    let whole = |kroner: u64| u32::try_from(kroner).expect("an income");
    let kapital = of_year(basis.kapital.unsigned_abs()).min(1 << 30);
    let kapital = i32::try_from(kapital).expect("below two to the thirty") * if basis.kapital < 0 { -1 } else { 1 };
    let made = InntektRow {
        person: PersonId::at(row),
        aar: year.aar.unsigned_abs(),
        oppgjoer: Skatteoppgjoer::Fastsatt,
        loenn: jobs.iter().map(|job| year.loenn.sum(job)).fold(0, u32::saturating_add),
        naering: whole(part(basis.naering, None, None)),
        pensjon: whole(part(basis.pensjon, basis.pensjon_fra, None)),
        ytelser: whole(part(basis.ytelser, basis.ytelser_fra, basis.ytelser_til)),
        kapital: if is_here && folk.bosatt[row] { kapital } else { 0 },
        skatt: 0,
    };
    let has_any = [made.loenn, made.naering, made.pensjon, made.ytelser].iter().any(|&kroner| kroner > 0);
    (has_any || made.kapital.unsigned_abs() >= BARE_RENTER).then_some(made)
}

/// The tables of steps, looked up once.
struct Spredninger<'a> {
    pensjon: &'a [i64],
    ufoer: &'a [i64],
    ytelse: &'a [i64],
    naering: &'a [i64],
    bigeskjeft: &'a [i64],
    kapital: [(u8, &'a [i64]); 5],
    pareto: &'a [i64],
    pensjon_ved_arbeid: u64,
    ytelse_utenfor: u64,
}

impl<'a> Spredninger<'a> {
    fn ny(tabeller: &'a Tabeller) -> Self {
        let of = |what| tabeller.spredning(what);
        Self {
            pensjon: of("pension"),
            ufoer: of("disability"),
            ytelse: of("benefit"),
            naering: of("business"),
            bigeskjeft: of("side_business"),
            kapital: [
                (18, of("capital_18")),
                (25, of("capital_25")),
                (40, of("capital_40")),
                (55, of("capital_55")),
                (67, of("capital_67")),
            ],
            pareto: of("pareto"),
            pensjon_ved_arbeid: tabeller.andel("old_age_pension_while_working"),
            ytelse_utenfor: tabeller.andel("benefit_outside_labour_force"),
        }
    }
}

/// A step of a table in kroner.
fn steg(stream: &mut Stream, steps: &[i64]) -> i64 {
    steps[stream.index(steps.len())] * 100
}

fn kroner(stream: &mut Stream, steps: &[i64]) -> u64 {
    // A few hundred more or less, so that amounts do not repeat.
    u64::try_from(steg(stream, steps)).unwrap_or(0).saturating_add(stream.uniform(5_000))
}

fn grunn(
    base: &Base,
    folk: &Folk,
    liv: &Liv,
    row: usize,
    jobs: &[ArbeidsforholdRow],
    tables: &Spredninger<'_>,
    stream: &mut Stream,
) -> Grunn {
    let alder = folk.alder[row];
    let mut basis = Grunn { kapital: kapital(base, folk, row, tables, stream), ..Grunn::default() };
    if liv.selvstendig[row] {
        basis.naering = kroner(stream, tables.naering);
    } else if liv.eier[row] {
        basis.naering = u64::try_from(steg(stream, tables.bigeskjeft)).unwrap_or(0);
    }
    let pension = kroner(stream, tables.pensjon) * PENSJON[folk.sex(row)] / 1_000;
    match liv.marked[row] {
        Arbeidsmarked::Alderspensjonist => {
            let since = pensjonert(base, folk, row);
            (basis.pensjon, basis.pensjon_fra) = (pension, Some(since));
            // Who had no job to retire from within the years at hand was disabled until then.
            if jobs.is_empty() && folk.today.0 - since.0 < 365 * 3 {
                (basis.ytelser, basis.ytelser_til) = (kroner(stream, tables.ufoer), Some(since));
            }
        }
        Arbeidsmarked::Sysselsatt if alder >= PENSJONSALDER && stream.uniform(1_000) < tables.pensjon_ved_arbeid => {
            let since = plus_years(base.personer.foedselsdato[row], PENSJONSALDER.into());
            (basis.pensjon, basis.pensjon_fra) = (pension, Some(since));
        }
        Arbeidsmarked::Ufoer => {
            basis.ytelser = kroner(stream, tables.ufoer);
            basis.ytelser_fra = jobs.iter().map(|job| job.til).max();
        }
        Arbeidsmarked::Arbeidsledig => {
            if let Some(last) = jobs.iter().max_by_key(|job| job.til) {
                basis.ytelser = u64::from(last.maanedsloenn) * 12 * DAGPENGER / 1_000;
                basis.ytelser_fra = Some(last.til);
            }
        }
        Arbeidsmarked::Utenfor if (21..PENSJONSALDER).contains(&alder) => {
            let share = if alder < 26 { tables.ytelse_utenfor / 3 } else { tables.ytelse_utenfor };
            let alone = if folk.par[row] || folk.hjemme[row] { 1 } else { 2 };
            if stream.uniform(1_000) < share * alone {
                basis.ytelser = kroner(stream, tables.ytelse);
                basis.ytelser_fra = jobs.iter().map(|job| job.til).max();
            }
        }
        _ => {}
    }
    basis
}

/// Net capital income: interest paid on an own home, interest and dividends earned, a Pareto tail at the top.
fn kapital(base: &Base, folk: &Folk, row: usize, tables: &Spredninger<'_>, stream: &mut Stream) -> i64 {
    let alder = folk.alder[row];
    let Some((_, steps)) = tables.kapital.iter().rev().find(|step| step.0 <= alder) else { return 0 };
    let place = stream.index(steps.len());
    let more = stream.index(tables.pareto.len());
    let jitter = stream.uniform(1_000);
    let of_step = steps[place] * 100;
    if of_step < 0 && (folk.hjemme[row] || !eier_hjemmet(base, row)) {
        return i64::try_from(jitter).expect("small") * 3;
    }
    let is_top = place + 1 == steps.len();
    let amount = if is_top { of_step * tables.pareto[more] / 1_000 } else { of_step };
    amount * (i64::try_from(jitter).expect("small") + 500) / 1_000
}

/// Whether the household of a person owns its dwelling.
fn eier_hjemmet(base: &Base, row: usize) -> bool {
    let Some(husstand) = base.personer.husstand[row].some() else { return false };
    let home =
        base.husstander.bosted[husstand.index()].some().and_then(|spell| base.bosteder[spell.index()].bolig.some());
    home.is_some_and(|home| matches!(base.boliger.eieform[home.index()], Eieform::Selveier | Eieform::Borettslag))
}

//! What somebody had in a year (`specs/population.md` §8.3): of the years before the town's first day what the base says,
//! of the years since then wages from the jobs month by month, and what the person lived on otherwise.
//!
//! Nothing of the years since is stored: they follow from jobs, status and age, and from streams of the person for what
//! jobs do not say. A year is known when it is over. Who had a pension, a benefit or a business before keeps it at the
//! wage level of the year.

use std::ops::Range;
use std::sync::OnceLock;

use super::derive::{Loennsaar, Skattekalender, Skattetabell, flyttet, kalender, skattekalender};
use super::model::{Arbeidsmarked, DayNo, InntektRow, PersonId, PersonKey, Rolletype, Skatteoppgjoer};
use super::state::{Person, Town};
use crate::base::{Domain, OriginKey, Purpose, Stream, StreamKey};

const INCOME_SPREAD: &str = include_str!("../../population/income_spread.csv");
/// Year of the amounts in the file.
const BELOEP_FRA: i16 = 2024;
/// Youngest with an income.
const YNGST: i32 = 13;
/// Age of an old-age pension, and that at which it can be taken earlier.
const PENSJONSALDER: i64 = 67;
/// Of a thousand people who work after 67 those with a pension beside it.
const PENSJON_VED_ARBEID: u64 = 700;
/// Of a thousand grown-ups outside the labour force those with a benefit.
const YTELSE_UTENFOR: u64 = 700;
const YTELSE_FRA: i64 = 21;
/// Unemployment benefit, per thousand of the wage lost.
const DAGPENGER: u64 = 624;
/// Pensions of women and men, per thousand of the mean.
const PENSJON: [u64; 2] = [880, 1_130];
/// Who has nothing but interest of less than this has no row of that year, kroner.
const BARE_RENTER: u32 = 1_000;

/// Equally likely steps of the file, in hundred kroner.
fn steg(what: &str) -> &'static [i64] {
    static TABLE: OnceLock<Vec<(&str, Vec<i64>)>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let rows = INCOME_SPREAD.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(','));
        rows.skip(1)
            .map(|(what, steps)| (what, steps.split(';').map(|step| step.parse().expect("a step")).collect()))
            .collect()
    });
    &table.iter().find(|row| row.0 == what).expect("a spread of the file").1
}

/// The years somebody's income of which is known in `town`.
#[must_use]
pub fn aar(town: &Town) -> Range<i16> {
    super::derive::inntektsaar(&town.base).start..town.now().dato().year()
}

/// What `person` had in `aar`; `None` without any income, or for a year that is not known.
#[must_use]
pub fn av(person: &Person<'_>, aar: i16) -> Option<InntektRow> {
    if !self::aar(person.town()).contains(&aar) {
        return None;
    }
    Inntektsleser::ny(person.town(), aar..aar + 1).rader(person).into_iter().next()
}

/// One year with its tables.
struct Aar {
    aar: i16,
    /// The year whose wage level jobs are written at.
    loennsaar: i16,
    loenn: Loennsaar,
    skatt: Skattetabell,
    first: DayNo,
    next: DayNo,
}

impl Aar {
    /// `kroner` of the file's year in this one.
    fn beloep(&self, kroner: u64) -> u64 {
        flyttet(kroner, BELOEP_FRA, self.aar)
    }

    /// The part of `kroner` a year that falls on `days` of it.
    fn del(&self, kroner: u64, days: i32) -> u64 {
        kroner * u64::from(days.max(0).unsigned_abs()) / u64::from((self.next.0 - self.first.0).unsigned_abs())
    }
}

/// Reads the incomes of many people of one town.
pub struct Inntektsleser<'a> {
    town: &'a Town,
    years: Vec<Aar>,
    /// The first year the base has no incomes of.
    begynte: i16,
}

impl<'a> Inntektsleser<'a> {
    /// For the `years`, of those that are known.
    #[must_use]
    pub fn ny(town: &'a Town, years: Range<i16>) -> Self {
        let known = aar(town);
        let first = |year: i16| DayNo::of(jiff::civil::date(year, 1, 1));
        let years = years
            .filter(|year| known.contains(year))
            .map(|aar| Aar {
                aar,
                loennsaar: town.base.loennsaar,
                loenn: Loennsaar::ny(aar, town.base.loennsaar),
                skatt: Skattetabell::ny(aar),
                first: first(aar),
                next: first(aar + 1),
            })
            .collect();
        Self { town, years, begynte: town.base.header.start.dato().year() }
    }

    /// The rows of `person` by year; a row says whose it is by position in the town.
    #[must_use]
    pub fn rader(&self, person: &Person<'_>) -> Vec<InntektRow> {
        let is_of_base = person.id.index() < self.town.base.person_count();
        let before = if is_of_base { self.town.base.inntekter_of(person.id) } else { &[] };
        let mut life = None;
        let mut rows = Vec::new();
        for year in &self.years {
            if year.aar < self.begynte {
                let own = before.iter().filter(|row| i32::from(row.aar) == i32::from(year.aar));
                rows.extend(own.map(|row| self.settled(person, year.aar, *row)));
                continue;
            }
            let life = life.get_or_insert_with(|| Levd::av(person, before));
            rows.extend(life.rad(person.id, year).map(|row| self.settled(person, year.aar, row)));
        }
        rows
    }

    /// How far the assessment is today.
    fn settled(&self, person: &Person<'_>, aar: i16, row: InntektRow) -> InntektRow {
        let calendar = kalender_for(person, aar);
        let today = DayNo::of(self.town.now().dato());
        match row.oppgjoer {
            // What the base holds for settled stays so.
            Skatteoppgjoer::Fastsatt if aar < self.begynte => row,
            _ => InntektRow { oppgjoer: calendar.paa(today), ..row },
        }
    }
}

/// The days on which the draft and the settlement of `person` for `aar` come.
#[must_use]
pub fn kalender_for(person: &Person<'_>, aar: i16) -> Skattekalender {
    match person.key() {
        PersonKey::Base(row) => skattekalender(&person.town().base, PersonId(row), aar),
        PersonKey::World(origin) => kalender(stream(person.town(), origin, "skatt", aar), aar),
    }
}

/// The stream of somebody for a year's `purpose`; 0 for what is the same in all years.
fn stream(town: &Town, origin: OriginKey, purpose: &'static str, aar: i16) -> Stream {
    let header = &town.base.header;
    let key = StreamKey::new(header.seed, header.schema, Domain::Hendelse, Purpose(purpose));
    key.of_origin(origin.child("inntekt", u32::from(aar.unsigned_abs())))
}

/// What somebody did since the town's first day, as far as income depends on it.
struct Levd {
    foedt: DayNo,
    jobber: Vec<super::model::ArbeidsforholdRow>,
    /// Status from a day until the next.
    status: Vec<(DayNo, DayNo, Arbeidsmarked)>,
    /// The days somebody lived here.
    her: (DayNo, DayNo),
    eier: bool,
    /// Amounts a year, kroner of [`BELOEP_FRA`].
    pensjon: u64,
    tar_pensjon: bool,
    ufoer: u64,
    ytelse: u64,
    naering: u64,
    bigeskjeft: u64,
    kapital: i64,
}

impl Levd {
    fn av(person: &Person<'_>, before: &[InntektRow]) -> Self {
        let town = person.town();
        let origin = match person.key() {
            PersonKey::Base(row) => OriginKey::of("inntekt/base", &[&row.to_be_bytes()]),
            PersonKey::World(origin) => origin,
        };
        let mut stream = stream(town, origin, "inntekt", 0);
        let her = stay(person);
        let mut draw = |what: &str| -> u64 {
            let steps = steg(what);
            let step = steps[stream.index(steps.len())] * 100;
            u64::try_from(step).unwrap_or(0) + stream.uniform(5_000)
        };
        let (pensjon, ufoer, ytelse, naering) =
            (draw("pension"), draw("disability"), draw("benefit"), draw("business"));
        let bigeskjeft = draw("side_business") * 9 / 10;
        let last = before.last();
        let kept = |of: fn(&InntektRow) -> u32| {
            let rows = before.iter().rev().take(2).map(of);
            let lasts = before.len() > 1 && rows.clone().all(|kroner| kroner > 0);
            lasts.then(|| last.map_or(0, |row| flyttet(of(row).into(), row.aar.cast_signed(), BELOEP_FRA)))
        };
        let kapital = match last {
            Some(row) => {
                let moved = flyttet(row.kapital.unsigned_abs().into(), row.aar.cast_signed(), BELOEP_FRA);
                i64::try_from(moved).unwrap_or(0) * i64::from(row.kapital.signum())
            }
            None => i64::try_from(stream.uniform(4_000)).expect("small"),
        };
        let draws = [stream.uniform(1000), stream.uniform(1000)];
        let ytelser = kept(|row| row.ytelser);
        Self {
            foedt: DayNo::of(person.foedselsdato()),
            jobber: person.arbeidsforhold(),
            status: statuses(person, her),
            her,
            eier: person.roller().iter().any(|role| role.rolle == Rolletype::Innh),
            pensjon: kept(|row| row.pensjon).unwrap_or(pensjon * PENSJON[person.kjoenn() as usize] / 1000),
            tar_pensjon: draws[0] < PENSJON_VED_ARBEID,
            ufoer: ytelser.unwrap_or(ufoer),
            ytelse: if draws[1] < YTELSE_UTENFOR { ytelser.unwrap_or(ytelse) } else { 0 },
            naering: kept(|row| row.naering).unwrap_or(naering),
            bigeskjeft: kept(|row| row.naering).unwrap_or(bigeskjeft),
            kapital,
        }
    }

    /// Days of `year` on which somebody was `status`, from the birthday of `alder` on.
    fn dager(&self, year: &Aar, status: Arbeidsmarked, alder: i64) -> i32 {
        let from = birthday(self.foedt, alder).max(year.first);
        let rows = self.status.iter().filter(|row| row.2 == status);
        rows.map(|(fra, til, _)| (til.0.min(year.next.0) - fra.0.max(from.0)).max(0)).sum()
    }

    /// Days of `year` at work without a job: in a business of one's own.
    fn selvstendig(&self, year: &Aar) -> i32 {
        let employed = self.dager(year, Arbeidsmarked::Sysselsatt, 0);
        // Second jobs run beside the first: the union of all counts.
        let mut spells: Vec<(i32, i32)> = self
            .jobber
            .iter()
            .map(|job| (job.fra.0.max(year.first.0), job.til.0.min(year.next.0)))
            .filter(|(fra, til)| fra < til)
            .collect();
        spells.sort_unstable();
        let (mut days, mut until) = (0, year.first.0);
        for (fra, til) in spells {
            days += (til - fra.max(until)).max(0);
            until = until.max(til);
        }
        (employed - days).max(0)
    }

    fn rad(&self, person: PersonId, year: &Aar) -> Option<InntektRow> {
        use Arbeidsmarked::{Alderspensjonist, Arbeidsledig, Sysselsatt, Ufoer, Utenfor};
        let whole = |kroner: u64| u32::try_from(kroner).unwrap_or(u32::MAX);
        let loenn = self.jobber.iter().map(|job| year.loenn.sum(job)).fold(0, u32::saturating_add);
        let here = (self.her.1.0.min(year.next.0) - self.her.0.0.max(year.first.0)).max(0);
        let grown = i64::from(year.next.0 - self.foedt.0) / 365 >= i64::from(YNGST);
        let own = self.selvstendig(year);
        let naering = match (own > 30, self.eier) {
            (true, _) => year.del(year.beloep(self.naering), own),
            (false, true) => year.del(year.beloep(self.bigeskjeft), here),
            (false, false) => 0,
        };
        let pensioned = [Alderspensjonist, Ufoer, Utenfor, Arbeidsledig].map(|status| match status {
            Alderspensjonist => self.dager(year, status, 0),
            other => self.dager(year, other, PENSJONSALDER),
        });
        let beside = if self.tar_pensjon { self.dager(year, Sysselsatt, PENSJONSALDER) } else { 0 };
        let pensjon = year.del(year.beloep(self.pensjon), pensioned.iter().sum::<i32>() + beside);
        let before_pension = |status, alder| self.dager(year, status, alder) - self.dager(year, status, PENSJONSALDER);
        let lost = self.jobber.iter().filter(|job| job.til <= year.next).max_by_key(|job| job.til);
        let lost = lost.map_or(0, |job| u64::from(job.maanedsloenn) * 12 * DAGPENGER / 1000);
        let dagpenger = year.del(flyttet(lost, year.loennsaar, year.aar), before_pension(Arbeidsledig, 0));
        let ytelser = dagpenger
            + year.del(year.beloep(self.ufoer), before_pension(Ufoer, 0))
            + year.del(year.beloep(self.ytelse), before_pension(Utenfor, YTELSE_FRA));
        let kapital = year.beloep(self.kapital.unsigned_abs()).min(1 << 30);
        let kapital = i32::try_from(kapital).expect("below two to the thirty") * if self.kapital < 0 { -1 } else { 1 };
        let mut row = InntektRow {
            person,
            aar: year.aar.unsigned_abs(),
            oppgjoer: Skatteoppgjoer::IngenData,
            loenn,
            naering: whole(naering),
            pensjon: whole(pensjon),
            ytelser: whole(ytelser),
            kapital: if here > 0 && grown { kapital } else { 0 },
            skatt: 0,
        };
        row.skatt = year.skatt.skatt(&row);
        let has_any = [row.loenn, row.naering, row.pensjon, row.ytelser].iter().any(|&kroner| kroner > 0);
        (has_any || row.kapital.unsigned_abs() >= BARE_RENTER).then_some(row)
    }
}

fn birthday(born: DayNo, years: i64) -> DayNo {
    use jiff::ToSpan;
    let born = born.dato();
    DayNo::of(born.checked_add(years.years()).unwrap_or(born))
}

/// The days somebody has lived here since the town's first: from the day they came, until they left or died.
fn stay(person: &Person<'_>) -> (DayNo, DayNo) {
    let town = person.town();
    let began = DayNo::of(town.base.header.start.dato());
    let changes = town.folk.people.get(person.id.index());
    let moves = changes.map_or(&[][..], |changes| &changes.flyttinger);
    let is_of_base = person.id.index() < town.base.person_count();
    let came = match moves.first() {
        Some((day, Some(_))) if !is_of_base => *day,
        _ => began.max(DayNo::of(person.foedselsdato())),
    };
    let lived_here = !is_of_base || town.base.personer.status[person.id.index()] == super::model::Personstatus::Bosatt;
    let left = match moves.last() {
        Some((day, None)) => *day,
        _ if lived_here => DayNo::NONE,
        _ => came,
    };
    (came, left)
}

/// What somebody did in the labour market while they lived here.
fn statuses(person: &Person<'_>, (came, left): (DayNo, DayNo)) -> Vec<(DayNo, DayNo, Arbeidsmarked)> {
    let town = person.town();
    let is_of_base = person.id.index() < town.base.person_count();
    let first = if is_of_base { town.base.personer.arbeidsmarked[person.id.index()] } else { Arbeidsmarked::Utenfor };
    // The base's status is that of its first day; the days of that year before it count alike.
    let begin =
        if is_of_base { DayNo::of(jiff::civil::date(town.base.header.start.dato().year(), 1, 1)) } else { came };
    let mut all = vec![(begin, first)];
    all.extend_from_slice(person.arbeidsmarked_siden());
    let ends = all.iter().skip(1).map(|row| row.0).chain([left]);
    all.iter().zip(ends).map(|(row, end)| (row.0, end.min(left), row.1)).filter(|row| row.0 < row.1).collect()
}

//! The tax assessment of a person and year as the tax administration shares it (`specs/folkeregister.md` §19.1): rows by
//! technical name, and how far the assessment had come at the town's instant.
//!
//! One derivation from incomes, jobs and the tax calendar; nothing is stored. Rows follow from what the town knows:
//! wages by employer, business, pension, benefits, interest and dividends with the deposits and shares behind them,
//! interest paid with the debt behind it, the minimum allowance, and sums. Homes and cars have no value here.

use super::derive::{Loennsaar, Skattetabell};
use super::inntekt::{self, kalender_for};
use super::model::{Arbeidsmarked, DayNo, Gradering, InntektRow, VirksomhetId};
use super::state::Person;
use crate::base::keyed_hash;
use crate::clock::{Dato, Instant};

/// Interest of deposits, and of debt, per mille of what stands at the bank.
const INNSKUDDSRENTE: i64 = 25;
const GJELDSRENTE: i64 = 50;
/// Dividends, per mille of the shares.
const UTBYTTE: i64 = 40;
/// Interest up to this comes from a bank, the rest of the capital income from shares, kroner.
const MEST_RENTER: i64 = 25_000;
/// What is added to dividends before they are taxed, per mille.
const OPPJUSTERING: i64 = 720;
/// Share of the value of shares that is not taxed, per mille.
const VERDSETTINGSRABATT: i64 = 200;
/// Day and month of the deadline for returning the draft.
const FRIST: (i8, i8) = (30, 4);
/// Between these minutes of the day, UTC, the tax administration writes its files.
const NATT: (u64, u64) = (120, 330);

/// How far an assessment is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Stadie {
    /// Draft of the return.
    Utkast,
    /// The return as it was handed in, or left as drafted.
    Fastsatt,
    /// Settled.
    Oppgjoer,
}

impl Stadie {
    /// The word of the interfaces.
    #[must_use]
    pub fn ord(self) -> &'static str {
        match self {
            Self::Utkast => "utkast",
            Self::Fastsatt => "fastsatt",
            Self::Oppgjoer => "oppgjoer",
        }
    }

    /// The stage called `ord`.
    #[must_use]
    pub fn parse(ord: &str) -> Option<Self> {
        [Self::Utkast, Self::Fastsatt, Self::Oppgjoer].into_iter().find(|one| one.ord() == ord)
    }
}

/// What a row is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kategori {
    /// Income.
    Inntekt,
    /// Allowance.
    Inntektsfradrag,
    /// Wealth.
    Formue,
    /// Debt.
    Formuesfradrag,
    /// What is added to income from owning companies.
    OppjusteringAvEierinntekter,
    /// The part of a value that is not taxed, which also reduces debt.
    VerdsettingsrabattSomGirGjeldsreduksjon,
    /// A sum of others.
    Sum,
}

impl Kategori {
    /// The word of the interfaces.
    #[must_use]
    pub fn ord(self) -> &'static str {
        match self {
            Self::Inntekt => "inntekt",
            Self::Inntektsfradrag => "inntektsfradrag",
            Self::Formue => "formue",
            Self::Formuesfradrag => "formuesfradrag",
            Self::OppjusteringAvEierinntekter => "oppjusteringAvEierinntekter",
            Self::VerdsettingsrabattSomGirGjeldsreduksjon => "verdsettingsrabattSomGirGjeldsreduksjon",
            Self::Sum => "-",
        }
    }
}

/// Where an amount is from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Spesifisering {
    /// Wages from one employer; the benefit of the unemployed stands beside them without an employer's number.
    Loenn {
        /// The employer; none for the benefit.
        arbeidsgiver: Option<VirksomhetId>,
        /// Kroner.
        beloep: i64,
    },
    /// Own business.
    Naering {
        /// Kroner.
        beloep: i64,
    },
}

/// A row of an assessment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rad {
    /// Technical name.
    pub teknisk_navn: &'static str,
    /// Whole kroner.
    pub beloep: i64,
    /// What it is.
    pub kategori: Kategori,
    /// Where it is from, for the rows that say so.
    pub spesifisering: Vec<Spesifisering>,
}

/// An assessment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skattegrunnlag {
    /// Income year.
    pub aar: i16,
    /// How far it is.
    pub stadie: Stadie,
    /// Whether nothing of it may be shown.
    pub skjermet: bool,
    /// When this stage came.
    pub ajourholdt: Instant,
    /// Day of the settlement, of a settled one.
    pub oppgjoersdato: Option<Dato>,
    /// The rows, unless nothing may be shown.
    pub rader: Vec<Rad>,
}

/// When the stages of somebody's assessment of a year come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tidspunkter {
    /// The draft.
    pub utkast: Instant,
    /// The return: at the deadline, or with an earlier settlement.
    pub fastsatt: Instant,
    /// The settlement.
    pub oppgjoer: Instant,
}

impl Tidspunkter {
    /// For `person` and `aar`.
    #[must_use]
    pub fn av(person: &Person<'_>, aar: i16) -> Self {
        let calendar = kalender_for(person, aar);
        let key = person.key().bytes();
        let at = |day: DayNo, what: &[u8]| {
            let draw = keyed_hash("skatt/tidspunkt", &[&key, &aar.to_be_bytes(), what]).word();
            let minute = NATT.0 + draw % (NATT.1 - NATT.0);
            let millis = minute * 60_000 + (draw >> 16) % 60_000;
            // A day of the calendar begins at midnight in Oslo, two hours at most before that in UTC.
            Instant::from_millis(i64::from(day.0) * 86_400_000 + i64::try_from(millis).unwrap_or(0))
        };
        let frist = DayNo::of(jiff::civil::date(aar + 1, FRIST.1, FRIST.0));
        let oppgjoer = at(calendar.oppgjoer, b"oppgjoer");
        let fastsatt = at(frist, b"fastsatt").min(oppgjoer);
        Self { utkast: at(calendar.utkast, b"utkast"), fastsatt, oppgjoer }
    }

    /// The furthest stage reached at `at`.
    #[must_use]
    pub fn naadd(&self, at: Instant) -> Option<Stadie> {
        match () {
            () if at >= self.oppgjoer => Some(Stadie::Oppgjoer),
            () if at >= self.fastsatt => Some(Stadie::Fastsatt),
            () if at >= self.utkast => Some(Stadie::Utkast),
            () => None,
        }
    }
}

/// What is known at `at` of the income of `person` in `aar`, from a draft or a settlement.
#[must_use]
pub fn kjent(person: &Person<'_>, aar: i16, at: Instant) -> Option<InntektRow> {
    inntekt::av(person, aar).filter(|_| Tidspunkter::av(person, aar).naadd(at).is_some())
}

/// Why there is no assessment at a stage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ingen {
    /// Nothing of the year, or it has not come so far.
    Grunnlag,
    /// The settlement has taken the place of the draft.
    Erstattet,
}

/// The assessment of `person` for `aar` at `stadie`, at the town's instant.
///
/// # Errors
/// [`Ingen`], for why there is none.
pub fn av(person: &Person<'_>, aar: i16, stadie: Stadie) -> Result<Skattegrunnlag, Ingen> {
    let row = inntekt::av(person, aar).ok_or(Ingen::Grunnlag)?;
    let times = Tidspunkter::av(person, aar);
    let reached = times.naadd(person.town().now()).ok_or(Ingen::Grunnlag)?;
    let ajourholdt = match stadie {
        Stadie::Utkast if reached == Stadie::Oppgjoer => return Err(Ingen::Erstattet),
        Stadie::Utkast => times.utkast,
        Stadie::Fastsatt => times.fastsatt,
        Stadie::Oppgjoer => times.oppgjoer,
    };
    if stadie > reached {
        return Err(Ingen::Grunnlag);
    }
    let skjermet = person.gradering() != Gradering::Ugradert;
    Ok(Skattegrunnlag {
        aar,
        stadie,
        skjermet,
        ajourholdt,
        oppgjoersdato: (stadie == Stadie::Oppgjoer).then(|| times.oppgjoer.dato()),
        rader: if skjermet { Vec::new() } else { rader(person, &row) },
    })
}

/// The newest year of which `person` has a settlement at the town's instant.
#[must_use]
pub fn siste_oppgjoer(person: &Person<'_>) -> Option<i16> {
    let now = person.town().now();
    inntekt::aar(person.town())
        .rev()
        .filter(|aar| Tidspunkter::av(person, *aar).naadd(now) == Some(Stadie::Oppgjoer))
        .find(|aar| inntekt::av(person, *aar).is_some())
}

/// The rows of an assessment in the order they are written.
#[must_use]
pub fn rader(person: &Person<'_>, row: &InntektRow) -> Vec<Rad> {
    use Kategori::{
        Formue, Formuesfradrag, Inntekt, Inntektsfradrag, OppjusteringAvEierinntekter, Sum,
        VerdsettingsrabattSomGirGjeldsreduksjon,
    };
    let aar = row.aar.cast_signed();
    let mut rader = Vec::new();
    let mut add = |teknisk_navn, beloep: i64, kategori, spesifisering| {
        if beloep != 0 {
            rader.push(Rad { teknisk_navn, beloep, kategori, spesifisering });
        }
    };
    let [loenn, naering, pensjon, ytelser] = [row.loenn, row.naering, row.pensjon, row.ytelser].map(i64::from);
    let ytelse = ytelsens_navn(person, aar);
    let dagpenger = if ytelse.is_none() { ytelser } else { 0 };
    let mut wages = loenn_etter_arbeidsgiver(person, aar);
    wages.extend((dagpenger > 0).then_some(Spesifisering::Loenn { arbeidsgiver: None, beloep: dagpenger }));
    add("samletLoennsinntektMedTrygdeavgiftspliktOgMedTrekkplikt", loenn + dagpenger, Inntekt, wages);
    let business = vec![Spesifisering::Naering { beloep: naering }];
    add("samletOverskuddAvEnkeltpersonforetakInnenAnnenNaering", naering, Inntekt, business);
    add("alderspensjonFraFolketrygden", pensjon, Inntekt, Vec::new());
    if let Some(navn) = ytelse {
        add(navn, ytelser, Inntekt, Vec::new());
    }
    let kapital = i64::from(row.kapital);
    let renter = kapital.clamp(0, MEST_RENTER);
    let utbytte = kapital.max(0) - renter;
    add("samledeOpptjenteRenterIInnenlandskeBanker", renter, Inntekt, Vec::new());
    add("utbytteFraAksje", utbytte, Inntekt, Vec::new());
    let oppjustert = utbytte * OPPJUSTERING / 1_000;
    add("oppjustertTilleggTilUtbytteFraAksje", oppjustert, OppjusteringAvEierinntekter, Vec::new());
    let minste = i64::try_from(Skattetabell::ny(aar).minstefradrag(row)).unwrap_or(0);
    let betalt = (-kapital).max(0);
    add("minstefradragIInntekt", minste, Inntektsfradrag, Vec::new());
    add("samledePaaloepteRenterPaaGjeldIInnenlandskeBanker", betalt, Inntektsfradrag, Vec::new());
    let innskudd = renter * 1_000 / INNSKUDDSRENTE;
    let aksjer = utbytte * 1_000 / UTBYTTE;
    let rabatt = aksjer * VERDSETTINGSRABATT / 1_000;
    let gjeld = betalt * 1_000 / GJELDSRENTE;
    add("innskudd", innskudd, Formue, Vec::new());
    add("verdiFoerVerdsettingsrabattForAksje", aksjer, Formue, Vec::new());
    add("verdsettingsrabattForAksje", rabatt, VerdsettingsrabattSomGirGjeldsreduksjon, Vec::new());
    add("gjeldIInnenlandskeBanker", gjeld, Formuesfradrag, Vec::new());
    let sum = loenn + naering + pensjon + ytelser + kapital.max(0) + oppjustert;
    add("sumInntekterIAlminneligInntektFoerFordelingsfradrag", sum, Sum, Vec::new());
    add("sumFradragIAlminneligInntekt", minste + betalt, Sum, Vec::new());
    add("alminneligInntektFoerSaerfradrag", sum - minste - betalt, Sum, Vec::new());
    let brutto = innskudd + aksjer - rabatt;
    add("bruttoformue", brutto, Sum, Vec::new());
    add("samletGjeld", gjeld, Sum, Vec::new());
    add("nettoformue", brutto - gjeld, Sum, Vec::new());
    rader
}

/// What a benefit is called, by what its receiver did in the labour market at the end of the year; none for the
/// unemployed, whose benefit is wages.
fn ytelsens_navn(person: &Person<'_>, aar: i16) -> Option<&'static str> {
    let last = DayNo::of(jiff::civil::date(aar, 12, 31));
    let town = person.town();
    let of_base = town.base.personer.arbeidsmarked.get(person.id.index()).copied();
    let since = person.arbeidsmarked_siden().iter().rev().find(|(day, _)| *day <= last).map(|(_, status)| *status);
    match since.or(of_base).unwrap_or(Arbeidsmarked::Utenfor) {
        Arbeidsmarked::Arbeidsledig => None,
        Arbeidsmarked::Ufoer | Arbeidsmarked::Alderspensjonist => Some("ufoeretrygdFoerAlderspensjon"),
        Arbeidsmarked::Utenfor | Arbeidsmarked::Sysselsatt => Some("arbeidsavklaringspenger"),
    }
}

/// Wages of the year, one for each employer, in the order of the jobs.
fn loenn_etter_arbeidsgiver(person: &Person<'_>, aar: i16) -> Vec<Spesifisering> {
    let town = person.town();
    let year = Loennsaar::ny(aar, town.base.loennsaar);
    let mut by: Vec<(VirksomhetId, i64)> = Vec::new();
    for job in person.arbeidsforhold() {
        let paid = i64::from(year.sum(&job));
        let employer = town.arbeidsgiver(job.virksomhet);
        match by.iter_mut().find(|(unit, _)| *unit == employer) {
            _ if paid == 0 => {}
            Some((_, sum)) => *sum += paid,
            None => by.push((employer, paid)),
        }
    }
    let wages = by.into_iter();
    wages.map(|(unit, beloep)| Spesifisering::Loenn { arbeidsgiver: Some(unit), beloep }).collect()
}

#[cfg(test)]
pub(crate) mod tests;

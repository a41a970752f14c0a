//! Work and income of the base.

use super::{DayNo, PersonId, VirksomhetId};

code_list!(
    /// Highest completed education (`specs/population.md` §8.1).
    Utdanning {
        /// Not known, and children.
        Uoppgitt = "uoppgitt",
        /// Primary and lower secondary school.
        Grunnskole = "grunnskole",
        /// Upper secondary school.
        VideregaaendeSkole = "videregaaendeSkole",
        /// Higher education of up to four years.
        HoeyereKort = "hoeyereKort",
        /// Higher education of more than four years.
        HoeyereLang = "hoeyereLang",
    }
);

code_list!(
    /// What somebody does in the labour market (`specs/population.md` §8.2).
    Arbeidsmarked {
        /// Outside the labour force: children, pupils, students, at home.
        Utenfor = "utenfor",
        /// Employed or self-employed.
        Sysselsatt = "sysselsatt",
        /// Registered as unemployed.
        Arbeidsledig = "arbeidsledig",
        /// Receives disability benefit and does not work.
        Ufoer = "ufoer",
        /// Receives old-age pension and does not work.
        Alderspensjonist = "alderspensjonist",
    }
);

code_list!(
    /// How far a tax assessment is.
    Skatteoppgjoer {
        /// Settled.
        Fastsatt = "fastsatt",
        /// Only a draft.
        Utkast = "utkast",
        /// Nothing has been reported.
        IngenData = "ingenData",
    }
);

/// A job. Rows are sorted by person, then date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ArbeidsforholdRow {
    /// Who.
    pub person: PersonId,
    /// The sub-unit where the job sits.
    pub virksomhet: VirksomhetId,
    /// Occupation, four digits of the standard classification (STYRK-08).
    pub yrke: u16,
    /// Per cent of full time.
    pub stillingsprosent: u8,
    /// Gross wage a month for the post as it is (not scaled to full time), kroner: of its last month, or at the wage
    /// level of the town's first year while it lasts. Other months follow in `town::derive::maanedsloenn`.
    pub maanedsloenn: u32,
    /// First day.
    pub fra: DayNo,
    /// Last day + 1, or none while it lasts.
    pub til: DayNo,
}

/// A person's income of one year, whole kroner. Rows are sorted by person, then year.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InntektRow {
    /// Whose.
    pub person: PersonId,
    /// Income year.
    pub aar: u16,
    /// How far the assessment is.
    pub oppgjoer: Skatteoppgjoer,
    /// Wages.
    pub loenn: u32,
    /// Profit of own business.
    pub naering: u32,
    /// Pensions.
    pub pensjon: u32,
    /// Taxable benefits: disability, unemployment, parental and sickness benefit.
    pub ytelser: u32,
    /// Net capital income; negative when interest paid exceeds what was earned.
    pub kapital: i32,
    /// Tax assessed.
    pub skatt: u32,
}

impl InntektRow {
    /// Taxable person and capital income, what the reduced kindergarten payment is counted from: wages, business, pensions,
    /// benefits and positive capital income, no deductions (`specs/folkeregister.md` §20).
    #[must_use]
    pub fn grunnlag(&self) -> i64 {
        let person = [self.loenn, self.naering, self.pensjon, self.ytelser].map(i64::from);
        person.iter().sum::<i64>() + i64::from(self.kapital.max(0))
    }
}

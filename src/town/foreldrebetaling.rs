//! The reference calculation of reduced parental payment in kindergarten (`specs/folkeregister.md` §20).
//!
//! For a full-time place the parents pay at most six per cent of the household's taxable person and capital income, over
//! eleven months, never more than the highest price; brothers and sisters cost a share of the first child's price. Below
//! a second limit twenty hours a week are free from an age on. Everything is counted in whole kroner and rounded down.
//!
//! Who pays for a child: the parents in the child's own household, each with whom they live as a couple. A couple is
//! married or has a child together, or has lived together twelve of the last eighteen months. A second home does not
//! count. What is paid is counted from the newest year drafts are out for, settled or not.

use jiff::ToSpan;

use super::model::{Entry, Fact, Gradering, HusstandId, InntektRow, PersonId};
use super::satser::tall;
use super::skattegrunnlag;
use super::state::{Person, Town};
use crate::clock::{Dato, Instant};

/// Per cent of the income that may be asked for.
const ANDEL: i64 = 6;
/// Payments of a year.
const MAANEDER: i64 = 11;
/// Days of eighteen months together that make a couple.
const SAMMEN_DAGER: i32 = 365;
/// Day and month from which the year before counts: by then every draft has come.
const UTKAST_FRA: (i8, i8) = (3, 17);

/// The rates of a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Satser {
    /// Highest price of a full-time place, kroner a month.
    pub makspris: i64,
    /// Income of a year under which core time is free, kroner.
    pub kjernetidsgrense: Option<i64>,
    /// Youngest with free core time.
    pub kjernetid_fra_alder: Option<i64>,
    /// Price of the second and of each further child, per mille of the first's.
    pub soesken: [i64; 2],
}

impl Satser {
    /// The rates of `dato`; `None` for a day before the first row, when nothing can be counted.
    #[must_use]
    pub fn paa(dato: Dato) -> Option<Self> {
        Some(Self {
            makspris: tall("makspris", dato)?,
            kjernetidsgrense: tall("kjernetidsgrense", dato),
            kjernetid_fra_alder: tall("kjernetid_fra_alder", dato),
            soesken: [tall("soesken_2", dato)?, tall("soesken_3", dato)?],
        })
    }
}

/// Price a month of the first child in a household with `inntekt` kroner a year: six per cent over eleven months, rounded
/// down, at most `makspris`. A negative income costs nothing.
#[must_use]
pub fn maanedspris(inntekt: i64, makspris: i64) -> i64 {
    (inntekt.max(0) * ANDEL / (100 * MAANEDER)).min(makspris)
}

/// The lowest income with which the whole price is paid.
#[must_use]
pub fn inntektsgrense(makspris: i64) -> i64 {
    (makspris * MAANEDER * 100 + ANDEL - 1) / ANDEL
}

/// Whether a child of `alder` years in a household with `inntekt` kroner has its core time free.
#[must_use]
pub fn gratis_kjernetid(inntekt: i64, alder: i64, satser: &Satser) -> bool {
    let (grense, fra) = (satser.kjernetidsgrense, satser.kjernetid_fra_alder);
    grense.is_some_and(|grense| inntekt < grense) && fra.is_some_and(|fra| alder >= fra)
}

/// What a household pays a month for `barn` children with `inntekt` kroner a year.
#[must_use]
pub fn for_barn(inntekt: i64, barn: usize, satser: &Satser) -> i64 {
    let first = maanedspris(inntekt, satser.makspris);
    let share = |child: usize| match child {
        0 => 1_000,
        1 => satser.soesken[0],
        _ => satser.soesken[1],
    };
    (0..barn).map(|child| first * share(child) / 1_000).sum()
}

/// The newest income year whose drafts are all out on `dato`.
#[must_use]
pub fn inntektsaar_paa(dato: Dato) -> i16 {
    if (dato.month(), dato.day()) >= UTKAST_FRA { dato.year() - 1 } else { dato.year() - 2 }
}

/// What the reference calculation says of a household.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Beregning {
    /// Who pays.
    pub betalere: Vec<PersonId>,
    /// The children in kindergarten, eldest first.
    pub barn: Vec<PersonId>,
    /// The income year counted from.
    pub inntektsaar: i16,
    /// Taxable person and capital income of those who pay, kroner.
    pub inntekt: i64,
    /// What is paid for all children, kroner a month.
    pub maanedsbeloep: i64,
    /// The children whose core time is free.
    pub gratis_kjernetid: Vec<PersonId>,
}

/// Why there is no amount.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ingen {
    /// Nobody in the household goes to kindergarten.
    Barn,
    /// No parent lives there.
    Betaler,
    /// No rates are known for the day.
    Sats,
    /// Somebody who pays is protected: the register shows nothing, a person has to look at it.
    Skjermet,
    /// Nobody who pays has any tax data of the year.
    Inntekt,
}

/// The reference calculation for `husstand` on `dato`: members as they are now, incomes as they were known on that day.
///
/// # Errors
/// [`Ingen`], for why there is no amount.
pub fn beregn(town: &Town, husstand: HusstandId, dato: Dato) -> Result<Beregning, Ingen> {
    let mut barn: Vec<Person<'_>> =
        town.medlemmer_of(husstand).into_iter().filter(|member| member.barnehage().is_some()).collect();
    barn.sort_by_key(|child| (child.foedselsdato(), child.id));
    if barn.is_empty() {
        return Err(Ingen::Barn);
    }
    let mut betalere: Vec<PersonId> = Vec::new();
    for child in &barn {
        for payer in betalere_for(child, dato) {
            if !betalere.contains(&payer) {
                betalere.push(payer);
            }
        }
    }
    if betalere.is_empty() {
        return Err(Ingen::Betaler);
    }
    let satser = Satser::paa(dato).ok_or(Ingen::Sats)?;
    let people = || betalere.iter().map(|payer| town.person(*payer));
    if people().any(|payer| payer.gradering() != Gradering::Ugradert) {
        return Err(Ingen::Skjermet);
    }
    let inntektsaar = inntektsaar_paa(dato);
    let at = town.now().min(Instant::midnight(dato.checked_add(1.day()).unwrap_or(dato)).plus_millis(-1));
    let rows: Vec<InntektRow> = people().filter_map(|payer| skattegrunnlag::kjent(&payer, inntektsaar, at)).collect();
    if rows.is_empty() {
        return Err(Ingen::Inntekt);
    }
    let inntekt = rows.iter().map(InntektRow::grunnlag).sum();
    let age = |child: &Person<'_>| i64::from(child.alder_at(Instant::midnight(dato)));
    let free = barn.iter().filter(|child| gratis_kjernetid(inntekt, age(child), &satser));
    Ok(Beregning {
        gratis_kjernetid: free.map(|child| child.id).collect(),
        maanedsbeloep: for_barn(inntekt, barn.len(), &satser),
        betalere,
        barn: barn.into_iter().map(|child| child.id).collect(),
        inntektsaar,
        inntekt,
    })
}

/// Who pays for `child`: its parents in its household, each with whom they live as a couple there.
#[must_use]
pub fn betalere_for(child: &Person<'_>, dato: Dato) -> Vec<PersonId> {
    let Some(home) = child.husstand() else { return Vec::new() };
    let lives_here = |person: &Person<'_>| person.husstand() == Some(home) && !person.is_doed();
    let mut payers = Vec::new();
    for parent in [child.mor(), child.far()].into_iter().flatten().filter(lives_here) {
        payers.push(parent.id);
        let other = parent.partner().filter(lives_here).filter(|other| er_par(&parent, other, dato));
        payers.extend(other.map(|other| other.id));
    }
    let mut seen = std::collections::BTreeSet::new();
    payers.retain(|payer| seen.insert(*payer));
    payers
}

/// Whether two people who live together are a couple by the rule.
#[must_use]
pub fn er_par(one: &Person<'_>, other: &Person<'_>, dato: Dato) -> bool {
    let married = one.ektefelle().is_some_and(|spouse| spouse.id == other.id);
    let common = || one.barn().iter().any(|child| other.barn().iter().any(|theirs| theirs.id == child.id));
    married || common() || dager_sammen(one, other, dato) >= SAMMEN_DAGER
}

/// Days of the eighteen months before `dato` on which both lived in the same dwelling.
fn dager_sammen(one: &Person<'_>, other: &Person<'_>, dato: Dato) -> i32 {
    let to = super::model::DayNo::of(dato).0;
    let from = super::model::DayNo::of(dato.checked_sub(18.months()).unwrap_or(dato)).0;
    let homes = |person: &Person<'_>| -> Vec<_> {
        let stands = |entry: &Entry| entry.fjernet.is_none();
        let entries = person.entries().into_iter().filter(stands);
        entries
            .filter_map(|entry| match entry.fact {
                Fact::Bostedsadresse { bolig: Some(bolig), flyttedato, .. } => {
                    let until = entry.gyldig_til.map_or(to, |day| day.0);
                    Some((bolig, entry.gyldig_fra.unwrap_or(flyttedato).0.max(from), until.min(to)))
                }
                _ => None,
            })
            .collect()
    };
    let theirs = homes(other);
    let mut days = 0;
    for (bolig, fra, til) in homes(one) {
        for (_, their_fra, their_til) in theirs.iter().filter(|their| their.0 == bolig) {
            days += (til.min(*their_til) - fra.max(*their_fra)).max(0);
        }
    }
    days
}

#[cfg(test)]
mod tests;

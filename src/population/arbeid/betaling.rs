//! Households at the limits of the reduced kindergarten payment (`specs/folkeregister.md` §20, `specs/population.md`
//! §16.9): exactly at a limit, one krone to each side of it, clearly under, on wealth alone, only a draft, no data at all.
//!
//! A few households are picked before work is dealt, so that the parents can stay outside it; what they live on is then
//! set to the krone. The higher limit lies among ordinary incomes: there capital income makes up the difference.

use super::super::calendar::day_number;
use super::Folk;
use super::tabeller::{Betaling, Tabeller, tabeller};
use crate::base::Domain;
use crate::town::derive::{Skattetabell, flyttet, inntektsaar};
use crate::town::model::{
    ArbeidsforholdRow, Base, DayNo, HusstandId, InntektRow, Merke, PersonId, Personstatus, Skatteoppgjoer,
    Virksomhetsslag,
};

/// Where a household lies beside a limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Plass {
    Paa,
    RettUnder,
    RettOver,
    KlartUnder,
    /// Anywhere: what it lives on is capital income.
    Formue,
}

/// The households picked, with the people who pay in each.
pub(super) struct Roller {
    /// Parents outside work, with the place of their income beside the lower limit.
    lave: Vec<(Vec<PersonId>, Plass)>,
    /// Parents without any data.
    uten: Vec<PersonId>,
    /// The other households with children of kindergarten age, in the order they are asked.
    andre: Vec<Vec<PersonId>>,
    /// How many of them, the first, have a child in kindergarten.
    andre_med_plass: usize,
}

/// The places that are filled beside each limit.
const RUNDT: [Plass; 3] = [Plass::Paa, Plass::RettUnder, Plass::RettOver];
/// The places of households whose parents stay outside work.
const LAVE: [Plass; 5] = [Plass::Paa, Plass::RettUnder, Plass::RettOver, Plass::KlartUnder, Plass::Formue];
/// Capital income a year of those who live on it, kroner.
const AV_FORMUE: i64 = 310_000;

/// The newest year with drafts or settlements on `today`: drafts come in the middle of March.
fn nyeste_aar(today: DayNo, year: i16) -> i16 {
    if today >= day_number(year.into(), 3, 17) { year - 1 } else { year - 2 }
}

/// Who pays for the kindergarten of a household, and whether a child of theirs is in one: the first member and the partner,
/// a parent of such a child before a step-parent. `None` without a child of one to five, or with other adults.
fn betalere(base: &Base, husstand: HusstandId, age: impl Fn(usize) -> i32) -> Option<(bool, Vec<PersonId>)> {
    let members = base.medlemmer_of(husstand);
    let ages: Vec<i32> = members.iter().map(|member| age(member.index())).collect();
    if !ages.iter().any(|age| (1..=5).contains(age)) {
        return None;
    }
    let first = *members.first()?;
    let mut payers: Vec<PersonId> =
        [Some(first), base.personer.partner[first.index()].some()].into_iter().flatten().collect();
    let parents = |child: PersonId| [base.personer.mor[child.index()], base.personer.far[child.index()]];
    let attends = |child: PersonId| {
        base.plass_of(child)
            .is_some_and(|row| base.virksomheter[row.virksomhet.index()].slag == Virksomhetsslag::Barnehage)
    };
    let own = |child: &PersonId| attends(*child) && parents(*child).iter().any(|parent| payers.contains(parent));
    let has_place = members.iter().any(own);
    let of_one = |payer: &PersonId| members.iter().any(|child| attends(*child) && parents(*child).contains(payer));
    payers.sort_by_key(|payer| !of_one(payer));
    let adults = ages.iter().filter(|&&age| age >= 18).count();
    (adults == payers.len()).then_some((has_place, payers))
}

/// Picks the households: those with a child in kindergarten before those whose child has none, then lone parents and
/// newcomers first, nobody protected.
pub(super) fn velg(base: &Base, folk: &Folk) -> Roller {
    let key = folk.streams.key(Domain::Husstand, "foreldrebetaling");
    let mut found: Vec<((bool, usize, u64), Vec<PersonId>)> = (0..base.husstander.slag.len())
        .filter_map(|number| {
            let (has_place, payers) = betalere(base, HusstandId::at(number), |row| folk.alder[row].into())?;
            let open = payers.iter().all(|payer| base.beskyttelse_of(*payer).is_none());
            let grown = payers.iter().all(|payer| folk.alder[payer.index()] >= 20);
            (open && grown).then(|| ((!has_place, payers.len(), key.at(number as u64).word()), payers))
        })
        .collect();
    found.sort_unstable();
    let with_place = found.iter().filter(|((has_none, ..), _)| !has_none).count();
    let since = |payers: &[PersonId]| payers.iter().map(|payer| folk.innflyttet[payer.index()]).min();
    let mut households: Vec<Vec<PersonId>> = found.into_iter().map(|(_, payers)| payers).collect();
    // The newest in the country has no data: so it is in life.
    let asked = if with_place > LAVE.len() { with_place } else { households.len() };
    let newest = (0..asked).max_by_key(|&place| (since(&households[place]), std::cmp::Reverse(place)));
    let uten = newest.map(|place| households.remove(place)).unwrap_or_default();
    let taken = LAVE.len().min(households.len());
    let lave = households.drain(..taken).zip(LAVE).collect();
    let andre_med_plass = asked.saturating_sub(1 + taken);
    Roller { lave, uten, andre: households, andre_med_plass }
}

impl Roller {
    /// Who stays outside the labour force.
    pub fn utenfor(&self, rows: usize) -> Vec<bool> {
        let mut held = vec![false; rows];
        let low = self.lave.iter().flat_map(|(payers, _)| payers);
        low.chain(&self.uten).for_each(|person| held[person.index()] = true);
        held
    }
}

/// The income that lies at `plass` beside `grense`.
fn beloep(grense: i64, plass: Plass) -> i64 {
    match plass {
        Plass::Paa => grense,
        Plass::RettUnder => grense - 1,
        Plass::RettOver => grense + 1,
        Plass::KlartUnder => grense * 3 / 5,
        Plass::Formue => AV_FORMUE,
    }
}

/// Sets the incomes of the households picked.
pub(super) fn still_inn(base: &mut Base, folk: &Folk, roller: &Roller, tabeller: &Tabeller) {
    let rates = tabeller.betaling_paa(folk.today);
    let newest = nyeste_aar(folk.today, folk.year);
    let gone: Vec<PersonId> =
        roller.lave.iter().flat_map(|(payers, _)| payers.clone()).chain(roller.uten.clone()).collect();
    base.inntekter.retain(|row| !gone.contains(&row.person));
    let mut changed = Vec::new();
    for (payers, plass) in &roller.lave {
        let wanted = u64::try_from(beloep(rates.grense, *plass)).expect("a limit is positive");
        for aar in inntektsaar(base) {
            let kroner = flyttet(wanted, newest, aar);
            let mut row = tom(payers[0], aar, oppgjoer(folk, aar));
            match plass {
                Plass::Formue => row.kapital = i32::try_from(kroner).expect("an income"),
                _ => row.ytelser = u32::try_from(kroner).expect("an income"),
            }
            row.skatt = Skattetabell::ny(aar).skatt(&row);
            changed.push(row);
        }
    }
    base.inntekter.extend(changed);
    base.inntekter.sort_by_key(|row| (row.person, row.aar));
    ved_kjernetid(base, roller, rates, newest);
    bare_utkast(base, roller, newest);
}

fn tom(person: PersonId, aar: i16, oppgjoer: Skatteoppgjoer) -> InntektRow {
    InntektRow {
        person,
        aar: aar.unsigned_abs(),
        oppgjoer,
        loenn: 0,
        naering: 0,
        pensjon: 0,
        ytelser: 0,
        kapital: 0,
        skatt: 0,
    }
}

/// What the calendar says of people on benefits: settled with the first.
fn oppgjoer(folk: &Folk, aar: i16) -> Skatteoppgjoer {
    let newest = nyeste_aar(folk.today, folk.year);
    match aar {
        aar if aar > newest => Skatteoppgjoer::IngenData,
        aar if aar == newest && folk.year - aar == 1 && folk.today < day_number(folk.year.into(), 5, 1) => {
            Skatteoppgjoer::Utkast
        }
        _ => Skatteoppgjoer::Fastsatt,
    }
}

/// Places of the rows of `payers` in the year `aar`.
fn rader_i(base: &Base, payers: &[PersonId], aar: i16) -> Vec<usize> {
    let of = |payer: &PersonId| {
        let key = (*payer, aar.unsigned_abs());
        base.inntekter.binary_search_by_key(&key, |row| (row.person, row.aar)).ok()
    };
    payers.iter().filter_map(of).collect()
}

/// Taxable person and capital income of `payers` in `aar`.
fn grunnlag(base: &Base, payers: &[PersonId], aar: i16) -> i64 {
    rader_i(base, payers, aar).into_iter().map(|place| base.inntekter[place].grunnlag()).sum()
}

/// The households that come nearest to the higher limit from below without capital get the rest as capital income.
fn ved_kjernetid(base: &mut Base, roller: &Roller, rates: Betaling, newest: i16) {
    let table = Skattetabell::ny(newest);
    let without = |base: &Base, payers: &[PersonId]| -> i64 {
        let rows = rader_i(base, payers, newest);
        rows.iter()
            .map(|&place| base.inntekter[place].grunnlag() - i64::from(base.inntekter[place].kapital.max(0)))
            .sum()
    };
    let lowest = beloep(rates.kjernetid, Plass::RettUnder);
    let mut near: Vec<(i64, usize)> = (0..roller.andre.len())
        .map(|number| (without(base, &roller.andre[number]), number))
        .filter(|(kroner, _)| (1..=lowest).contains(kroner))
        .collect();
    near.sort_by_key(|&(kroner, number)| (number >= roller.andre_med_plass, std::cmp::Reverse(kroner), number));
    for ((kroner, household), plass) in near.into_iter().zip(RUNDT) {
        let missing = beloep(rates.kjernetid, plass) - kroner;
        let places = rader_i(base, &roller.andre[household], newest);
        for (turn, place) in places.into_iter().enumerate() {
            let row = &mut base.inntekter[place];
            row.kapital = if turn == 0 { i32::try_from(missing).expect("below the limit") } else { row.kapital.min(0) };
            row.skatt = table.skatt(row);
        }
    }
}

/// The last household with a child in kindergarten has only drafts of the newest year; without one, the next there is.
fn bare_utkast(base: &mut Base, roller: &Roller, newest: i16) {
    let (with_place, others) = roller.andre.split_at(roller.andre_med_plass.min(roller.andre.len()));
    let asked = with_place.iter().rev().chain(others);
    let found = asked.map(|payers| rader_i(base, payers, newest)).find(|rows| !rows.is_empty());
    for place in found.unwrap_or_default() {
        base.inntekter[place].oppgjoer = Skatteoppgjoer::Utkast;
    }
}

/// The parents at a limit, with a draft only, and without data, and the commuters with a D-number, read off
/// the columns.
pub(in crate::population) fn merker(base: &Base) -> Vec<(PersonId, Merke)> {
    let today = DayNo::of(base.header.start.dato());
    let newest = nyeste_aar(today, base.header.start.dato().year());
    let rates = tabeller().betaling_paa(today);
    let age = |row: usize| super::super::calendar::age(base.personer.foedselsdato[row], today);
    let mut found = Vec::new();
    for number in 0..base.husstander.slag.len() {
        let Some((_, payers)) = betalere(base, HusstandId::at(number), age) else { continue };
        let rows = rader_i(base, &payers, newest);
        let sum = grunnlag(base, &payers, newest);
        let draft = |place: &usize| base.inntekter[*place].oppgjoer == Skatteoppgjoer::Utkast;
        let any = payers.iter().any(|payer| !base.inntekter_of(*payer).is_empty());
        let mut set = |holds: bool, merke: Merke| {
            found.extend(payers.iter().filter(|_| holds).map(|payer| (*payer, merke)));
        };
        set(!rows.is_empty() && (sum == rates.grense || sum == rates.kjernetid), Merke::PaaInntektsgrensen);
        set(!rows.is_empty() && rows.iter().all(draft), Merke::BareSkatteutkast);
        set(!any, Merke::UtenInntektsdata);
    }
    let commutes = |job: &&ArbeidsforholdRow| {
        base.personer.status[job.person.index()] == Personstatus::Midlertidig && job.til > today
    };
    found.extend(base.arbeidsforhold.iter().filter(commutes).map(|job| (job.person, Merke::EoesPendler)));
    found
}

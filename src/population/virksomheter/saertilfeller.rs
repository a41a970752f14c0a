//! The odd cases every register has (`specs/population.md` §16.9): a sole trader who is dead, one who is under age, a board
//! whose chair is dead, bankruptcies, units that were deleted, and a firm that changed its form.

use super::naeringsliv::sole_trader;
use super::styrer::Styrer;
use super::verk::Verk;
use crate::base::Domain;
use crate::population::calendar::plus_years;
use crate::town::model::{DayNo, Organisasjonsform, PersonId, VirksomhetFlags, VirksomhetId, Virksomhetsslag};

/// Sole traders deleted and companies gone bankrupt within a year, per thousand of the stock.
const DELETED: usize = 40;
const BANKRUPT: usize = 7;

/// Where the odd cases stand.
pub(super) struct Saertilfeller {
    /// Sole traders that were deleted within the last year.
    deleted: Vec<usize>,
    /// Companies bankrupt: the estate is still open.
    bankrupt: Vec<usize>,
    /// Companies whose estate was closed.
    closed: Vec<usize>,
    /// A deleted sole trader and the company that went on.
    changed: Option<(usize, usize)>,
}

/// Adds rows for those who are dead, under age or deleted, and picks the bankrupt.
pub(super) fn found(verk: &mut Verk<'_>) -> Saertilfeller {
    let folk = verk.folk;
    let size = usize::try_from(verk.given.size).expect("a size");
    let industry = verk.industry(43_320);
    let recent: Vec<PersonId> = folk
        .doede
        .iter()
        .filter(|&&(day, _)| day.0 > folk.today.0 - 1_200)
        .chain(folk.doede.first())
        .map(|&(_, person)| person)
        .take(1 + size / 5_000)
        .collect();
    recent.iter().take(recent.len().saturating_sub(1).max(1)).for_each(|&person| {
        sole_trader(verk, person, industry);
    });
    let shop = verk.industry(47_911);
    for &person in folk.mindreaarige.iter().take(1 + size / 20_000) {
        sole_trader(verk, person, shop);
    }
    let of = |verk: &Verk<'_>, form: Organisasjonsform| -> Vec<usize> {
        (0..verk.rows.len()).filter(|&place| verk.rows[place].form == form).collect()
    };
    let traders = of(verk, Organisasjonsform::Enk);
    let mut deleted = Vec::new();
    for nth in 0..(traders.len() * DELETED / 1_000).max(1) {
        if let Some(person) = folk.gruendere.iter().rev().nth(nth) {
            let source = traders[nth * 7 % traders.len()];
            let code = verk.rows[source].naeringskode;
            let industry = verk.industry(code);
            deleted.push(sole_trader(verk, *person, industry).index());
        }
    }
    // Companies without anybody working there: their section loses no establishment.
    let has_unit: std::collections::BTreeSet<VirksomhetId> = verk.rows.iter().map(|row| row.overordnet).collect();
    let mut idle: Vec<usize> = of(verk, Organisasjonsform::As);
    let live = idle.len();
    idle.retain(|&place| !has_unit.contains(&VirksomhetId::at(place)));
    verk.given.streams.kommune("konkurser").shuffle(&mut idle);
    let bankrupt: Vec<usize> = idle.into_iter().take((live * BANKRUPT / 1_000).max(1)).collect();
    let closed = (0..live * BANKRUPT / 1_000)
        .map(|nth| {
            let mut stream = verk.given.streams.key(Domain::Virksomhet, "avviklet").at(nth as u64);
            let industry = verk.industry(41_200);
            let name = verk.navn.firm(Organisasjonsform::As, &verk.tables.industries[industry], &mut stream);
            verk.add(Organisasjonsform::As, Virksomhetsslag::Annet, 41_200, &name, false).index()
        })
        .collect();
    let changed = change_of_form(verk);
    Saertilfeller { deleted, bankrupt, closed, changed }
}

/// A sole trader who turned the firm into a company: the last one who founded something alone, with both rows.
fn change_of_form(verk: &mut Verk<'_>) -> Option<(usize, usize)> {
    let person = *verk.folk.tillitsvalgte.last()?;
    let industry = verk.industry(43_320);
    let trader = sole_trader(verk, person, industry).index();
    let name = format!("{} AS", verk.navn.text(verk.rows[trader].navn));
    let company = verk.add(Organisasjonsform::As, Virksomhetsslag::Annet, 43_320, &name, false).index();
    Some((trader, company))
}

/// Sets the dates of what ended, after all others are known.
pub(super) fn end(verk: &mut Verk<'_>, odd: &Saertilfeller) {
    let today = verk.folk.today;
    let key = verk.given.streams.key(Domain::Virksomhet, "slutt");
    let rows = &mut verk.rows;
    let within_a_year = |place: usize, from: DayNo, salt: u64| {
        let first = from.0.max(today.0 - 365);
        let room = u64::try_from(today.0 - first).unwrap_or(0).max(1);
        let mut stream = key.at(place as u64 * 2 + salt);
        DayNo(first + i32::try_from(stream.uniform(room)).expect("a year"))
    };
    for &place in &odd.deleted {
        rows[place].slettet = within_a_year(place, rows[place].registrert, 0);
    }
    for &place in odd.bankrupt.iter().chain(&odd.closed) {
        rows[place].konkurs = within_a_year(place, rows[place].registrert, 0);
    }
    for &place in &odd.closed {
        rows[place].slettet = within_a_year(place, rows[place].konkurs, 1);
    }
    if let Some((trader, company)) = odd.changed {
        let day = DayNo(today.0 - 20);
        let began = plus_years(day, -2).max(*verk.folk.able(verk.owners[trader]).start()).min(DayNo(day.0 - 10));
        (rows[trader].stiftet, rows[trader].registrert, rows[trader].slettet) = (began, began, day);
        (rows[company].stiftet, rows[company].registrert) = (DayNo(day.0 - 5).max(began), day);
        rows[trader].registre.0 |= VirksomhetFlags::OMDANNET;
        rows[company].registre.0 |= VirksomhetFlags::OMDANNET;
    }
}

/// Puts the right people on the boards of the odd companies.
pub(super) fn elect(verk: &mut Verk<'_>, odd: &Saertilfeller, styrer: &mut Styrer<'_>) {
    if let Some((trader, company)) = odd.changed {
        let (unit, person) = (VirksomhetId::at(company), verk.owners[trader]);
        styrer.replace_chair(&mut verk.rows[company], unit, person);
        styrer.chairs[company] = person;
        for row in styrer.rows.iter_mut().filter(|row| row.virksomhet == unit) {
            row.fra = verk.rows[company].stiftet.max(row.fra);
        }
    }
    // A company whose chair died a while ago and nobody told the register.
    let size = usize::try_from(verk.given.size).expect("a size");
    let fits = |row: &crate::town::model::Virksomhet| {
        row.form == Organisasjonsform::As
            && row.slettet == DayNo::NONE
            && row.konkurs == DayNo::NONE
            && !row.registre.has(VirksomhetFlags::OMDANNET)
    };
    let companies: Vec<usize> = (0..verk.rows.len()).filter(|&place| fits(&verk.rows[place])).collect();
    let dead: Vec<PersonId> =
        verk.folk.doede.iter().map(|&(_, person)| person).skip(1).take(1 + size / 10_000).collect();
    for (nth, person) in dead.into_iter().enumerate() {
        let place = companies[companies.len() - 1 - nth * 3 % companies.len()];
        styrer.replace_chair(&mut verk.rows[place], VirksomhetId::at(place), person);
        styrer.chairs[place] = person;
    }
}

//! People: §16.1.

use super::{Town, Violation, require};
use crate::base::Foedselsnummer;
use crate::population::calendar::civil;
use crate::town::model::{DayNo, HusstandId, Nummerskifte, PersonId, Personstatus};

pub(super) fn counts(town: &Town<'_>, found: &mut Vec<Violation>) {
    let residents = town.residents().count();
    require(found, 1, residents == town.base.header.size as usize, || format!("{residents} residents"));
    let centenarians = town.residents().filter(|&row| town.age(row) >= 100).count();
    let most = (residents * 3 / 10_000).max(1);
    require(found, 4, centenarians <= most, || format!("{centenarians} aged 100 or more"));
    for row in town.residents() {
        let holds = town.born(row) <= town.today && town.age(row) <= 115;
        require(found, 4, holds, || format!("row {row} born {:?}", town.born(row).dato()));
    }
}

/// Share of D-number people whose birth date is not the number's, in per mille: at least one in a hundred (§15.1), and
/// never so many that the number says nothing.
const OTHER_DATE_PER_MILLE: std::ops::RangeInclusive<usize> = 10..=100;

pub(super) fn numbers(town: &Town<'_>, found: &mut Vec<Violation>) {
    let people = &town.base.personer;
    let (mut dnumbers, mut other_date) = (0usize, 0usize);
    for row in 0..town.rows {
        let number = people.nummer[row];
        let text = number.to_string();
        let month = text[2..4].parse::<u8>().unwrap_or(0);
        let synthetic = Foedselsnummer::parse(&text) == Ok(number) && (81..=92).contains(&month);
        require(found, 3, synthetic, || format!("row {row}: {text}"));
        let day = text[..2].parse::<u8>().unwrap_or(0);
        let days = if number.is_d_number() { 41..=71 } else { 1..=31 };
        require(found, 3, days.contains(&day), || format!("row {row}: day of {text}"));
        require(found, 5, number.kjoenn() == people.kjoenn[row], || format!("row {row}: sex of {text}"));
        let (year, month, of_month) = civil(town.born(row));
        let of_month = of_month + if number.is_d_number() { 40 } else { 0 };
        let same = text.starts_with(&format!("{of_month:02}{:02}{:02}", month + 80, year.rem_euclid(100)));
        if number.is_d_number() {
            dnumbers += 1;
            other_date += usize::from(!same);
        }
        require(found, 6, same || number.is_d_number(), || format!("row {row}: date of {text}"));
    }
    let share = other_date * 1_000 / dnumbers.max(1);
    let most = *OTHER_DATE_PER_MILLE.end();
    let holds = dnumbers == 0 || other_date >= 1 && (share <= most || other_date <= 2);
    require(found, 6, holds, || format!("{other_date} of {dnumbers} D-numbers have another date"));
}

/// Every number ever used is unique, and a former one fits why it was given up.
pub(super) fn former_numbers(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    let former = base.tidligere_nummer.iter().map(|row| row.nummer);
    let mut all: Vec<Foedselsnummer> = base.personer.nummer.iter().copied().chain(former).collect();
    all.sort_unstable();
    require(found, 2, all.windows(2).all(|pair| pair[0] < pair[1]), || "a number is used twice".to_owned());
    for row in &base.tidligere_nummer {
        let at = row.person.index();
        let now = base.personer.nummer[at];
        let holds = match row.grunn {
            Nummerskifte::Oppgradert => row.nummer.is_d_number() && !now.is_d_number(),
            Nummerskifte::Kjoennsendring => row.nummer.kjoenn() != now.kjoenn(),
            Nummerskifte::Dublett => true,
        };
        require(found, 12, holds, || format!("row {at}: {:?} from {}", row.grunn, row.nummer));
        require(found, 53, row.til <= town.today && row.til >= town.born(at), || {
            format!("row {at} gave up a number on {:?}", row.til.dato())
        });
    }
    for row in &base.dnummer {
        let at = row.person.index();
        let has = base.personer.nummer[at].is_d_number()
            || base.tidligere_nummer_of(row.person).iter().any(|former| former.nummer.is_d_number());
        require(found, 12, has && row.fra <= town.today, || format!("row {at} was issued a D-number it never had"));
    }
}

/// Who has which status: §16.1 numbers 7, 9 and 11.
pub(super) fn statuses(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    for row in 0..town.rows {
        let (id, status) = (PersonId::at(row), base.personer.status[row]);
        let at_home = base.personer.husstand[row] != HusstandId::NONE;
        require(found, 7, at_home == (status == Personstatus::Bosatt), || format!("row {row}: {status:?} at home"));
        let dnumber = base.personer.nummer[row].is_d_number();
        let temporary = matches!(status, Personstatus::Midlertidig | Personstatus::Inaktiv);
        let may = !temporary || dnumber;
        require(found, 9, may, || format!("row {row}: {status:?} without a D-number"));
        let resident_dnumber = dnumber && matches!(status, Personstatus::Bosatt | Personstatus::Utflyttet);
        require(found, 9, !resident_dnumber, || format!("row {row}: {status:?} with a D-number"));
        if dnumber {
            require(found, 7, base.bosteder_of(id).is_empty(), || format!("row {row}: a D-number with a home"));
        }
        if status == Personstatus::Utflyttet {
            let left = base.utflyttinger_of(id).last();
            let holds = left.is_some_and(|left| left.dato <= town.today && left.dato >= town.born(row));
            require(found, 11, holds, || format!("row {row} emigrated without a country and a date"));
            let country = left.is_some_and(|left| left.land.0.iter().all(u8::is_ascii_uppercase));
            require(found, 11, country, || format!("row {row} emigrated to no country"));
        }
        let citizen = base.personer.statsborgerskap[row].0.iter().all(u8::is_ascii_uppercase);
        require(found, 9, citizen, || format!("row {row} is no country's citizen"));
    }
}

pub(super) fn names(town: &Town<'_>, found: &mut Vec<Violation>) {
    let people = &town.base.personer;
    for row in 0..town.rows {
        let parts = [people.fornavn[row], people.etternavn[row]].map(|id| town.base.tekst.get(id));
        // Who has one name only has no first name (§7.3).
        let [first, last] = parts.map(|part| part.chars().count());
        let holds = first <= 200 && (1..=200).contains(&last);
        require(found, 8, holds, || format!("row {row}: {parts:?}"));
    }
}

/// Who was dead by mistake is alive, and the mistake was put right after it was made: §16.1 number 10.
pub(super) fn annulled_deaths(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    for row in &base.annullerte_doedsfall {
        let at = row.person.index();
        let is_dead = base.doedsfall_of(row.person).is_some_and(|died| died <= row.annullert);
        require(found, 10, !is_dead, || format!("row {at} died before that death was annulled"));
        let in_order = town.born(at) < row.dato && row.dato < row.annullert;
        require(found, 10, in_order, || format!("row {at}: {row:?}"));
    }
}

/// Nobody acts after death.
pub(super) fn deaths(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    for row in 0..town.rows {
        let id = PersonId::at(row);
        let died = base.doedsfall_of(id);
        let is_dead = base.personer.status[row] == Personstatus::Doed;
        require(found, 10, died.is_some() == is_dead, || format!("row {row} dead without a date, or the reverse"));
        let Some(died) = died else { continue };
        let holds = town.born(row) <= died && died <= town.today;
        require(found, 10, holds, || format!("row {row} died {:?}", died.dato()));
        let civil = base.sivilstander_of(id).iter().map(|row| row.dato);
        let moves = base.bosteder_of(id).iter().map(|spell| base.bosteder[spell.index()].fra);
        let jobs = base.arbeidsforhold_of(id).iter().flat_map(|job| [job.fra, job.til]);
        let abroad = base.innflyttinger_of(id).iter().map(|row| row.dato);
        let abroad = abroad.chain(base.utflyttinger_of(id).iter().map(|row| row.dato));
        let late = civil.chain(moves).chain(abroad).find(|day| *day > died);
        require(found, 10, late.is_none(), || format!("row {row} acts on {late:?} after death on {died:?}"));
        // The day after a job's last day is one day after a death in service.
        let works = jobs.clone().find(|day| *day == DayNo::NONE || day.0 > died.0 + 1);
        require(found, 39, works.is_none(), || format!("row {row} works until {works:?} after death on {died:?}"));
    }
}

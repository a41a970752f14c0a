//! What people do in the labour market (`specs/population.md` §8.2).
//!
//! The labour force is counted by sex and the survey's age groups; who is in it follows from education, age, whether one
//! lives on one's own, and the draw. Disability benefit and pension go to those outside.

use super::super::apportion::split;
use super::betaling::Roller;
use super::tabeller::Tabeller;
use super::{Folk, LENGE_SIDEN};
use crate::town::model::{Arbeidsmarked, Utdanning};

/// Age from which everybody who does not work has a pension.
pub(super) const PENSJONSALDER: u8 = 67;
/// Age from which a pension can be taken.
pub(super) const TIDLIG_PENSJON: u8 = 62;
/// Who moved here within a year seldom has work yet.
const NYLIG_DAGER: i32 = 365;

/// The place of an age in the labour force table.
pub(super) fn gruppe(tabeller: &Tabeller, alder: u8) -> Option<usize> {
    tabeller.styrke.iter().position(|row| (row.from..=row.to).contains(&u32::from(alder)))
}

/// `share` per mille of `count`, rounded.
pub(super) fn andel_av(count: usize, share: u64) -> usize {
    usize::try_from(split(count as u64, &[share.min(1_000), 1_000 - share.min(1_000)])[0]).expect("a part of a count")
}

/// How likely somebody is in the labour force, in thousandths of the draw's range.
fn tilbud(folk: &Folk, row: usize, utdanning: Utdanning, word: u64) -> i64 {
    let alder = i64::from(folk.alder[row]);
    let schooling = match utdanning {
        Utdanning::Uoppgitt | Utdanning::Grunnskole => 0,
        Utdanning::VideregaaendeSkole => 180,
        Utdanning::HoeyereKort => 290,
        Utdanning::HoeyereLang => 330,
    };
    let age = match alder {
        ..=19 => (alder - 15) * 200,
        20..=29 if utdanning == Utdanning::VideregaaendeSkole => -60,
        55..=66 => (66 - alder) * 70,
        67.. => (74 - alder) * 150,
        _ => 0,
    };
    let alone = if !folk.par[row] && !folk.hjemme[row] { 260 } else { 0 };
    let is_new = folk.innflyttet[row] > LENGE_SIDEN && folk.today.0 - folk.innflyttet[row].0 < NYLIG_DAGER;
    let new = if is_new { -500 } else { 0 };
    i64::try_from(word >> 54).expect("ten bits") + schooling + age + alone + new
}

/// What everybody does. Those `roller` keeps out of the labour force come last in their cell.
pub(super) fn fordel(folk: &Folk, utdanning: &[Utdanning], roller: &Roller, tabeller: &Tabeller) -> Vec<Arbeidsmarked> {
    const GROUPS: usize = 7;
    let mut status = vec![Arbeidsmarked::Utenfor; folk.len()];
    let words = folk.trekk("arbeidsmarked");
    let held = roller.utenfor(folk.len());
    let cells = folk.celler::<GROUPS>(|alder| gruppe(tabeller, alder));
    for (sex, groups) in cells.into_iter().enumerate() {
        for (number, mut people) in groups.into_iter().enumerate() {
            let table = &tabeller.styrke[number].value;
            let rank = |row: u32| {
                let at = row as usize;
                (held[at], std::cmp::Reverse(tilbud(folk, at, utdanning[at], words[at])), row)
            };
            people.sort_by_cached_key(|&row| rank(row));
            let inside = andel_av(people.len(), table.andel[sex]);
            people.truncate(inside);
            let jobless = andel_av(inside, table.ledige);
            // Those out of work have less schooling than others; the low bits are a draw of their own.
            let weak = |row: u32| {
                let at = row as usize;
                let schooling = u64::from(utdanning[at] as u8) * 90;
                ((words[at] & 1_023) + schooling, row)
            };
            people.sort_unstable_by_key(|&row| weak(row));
            for (place, row) in people.into_iter().enumerate() {
                let what = if place < jobless { Arbeidsmarked::Arbeidsledig } else { Arbeidsmarked::Sysselsatt };
                status[row as usize] = what;
            }
        }
    }
    ufoere(folk, &words, &held, &mut status, tabeller);
    pensjonister(folk, &words, &held, &mut status, tabeller);
    status
}

fn ufoere(folk: &Folk, words: &[u64], held: &[bool], status: &mut [Arbeidsmarked], tabeller: &Tabeller) {
    const GROUPS: usize = 5;
    let band = |alder: u8| tabeller.ufoer.iter().position(|row| (row.from..=row.to).contains(&u32::from(alder)));
    let cells = folk.celler::<GROUPS>(band);
    for (sex, groups) in cells.into_iter().enumerate() {
        for (number, people) in groups.into_iter().enumerate() {
            let wanted = andel_av(people.len(), tabeller.ufoer[number].value[sex]);
            let is_free = |row: &u32| status[*row as usize] == Arbeidsmarked::Utenfor && !held[*row as usize];
            let mut outside: Vec<u32> = people.into_iter().filter(is_free).collect();
            outside.sort_unstable_by_key(|&row| ((words[row as usize] >> 20) & 0xffff, row));
            for row in outside.into_iter().take(wanted) {
                status[row as usize] = Arbeidsmarked::Ufoer;
            }
        }
    }
}

fn pensjonister(folk: &Folk, words: &[u64], held: &[bool], status: &mut [Arbeidsmarked], tabeller: &Tabeller) {
    let early = tabeller.andel("early_pension_62_66");
    for row in (0..folk.len()).filter(|&row| folk.bosatt[row] && !held[row]) {
        let alder = folk.alder[row];
        let outside = status[row] == Arbeidsmarked::Utenfor;
        let takes = alder >= PENSJONSALDER || alder >= TIDLIG_PENSJON && (words[row] >> 40) % 1_000 < early;
        if outside && takes {
            status[row] = Arbeidsmarked::Alderspensjonist;
        }
    }
}

/// Who lives off an own business: owners of sole proprietorships first, men twice as often as women, then others.
pub(super) fn selvstendige(folk: &Folk, status: &[Arbeidsmarked], eier: &[bool], tabeller: &Tabeller) -> Vec<bool> {
    let employed: Vec<usize> =
        (0..folk.len()).filter(|&row| folk.bosatt[row] && status[row] == Arbeidsmarked::Sysselsatt).collect();
    let wanted = andel_av(employed.len(), tabeller.andel("self_employed"));
    let words = folk.trekk("selvstendig");
    let mut grown: Vec<usize> = employed.into_iter().filter(|&row| folk.alder[row] >= 20).collect();
    let handicap = |row: usize| if folk.kvinne[row] { 1_u64 << 62 } else { 0 };
    grown.sort_unstable_by_key(|&row| (!eier[row], (words[row] >> 1) + handicap(row), row));
    let mut chosen = vec![false; folk.len()];
    grown.into_iter().take(wanted).for_each(|row| chosen[row] = true);
    chosen
}

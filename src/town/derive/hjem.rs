//! The home the register has of a base person, without the rest of their history: most of what is decided about people is
//! a move, and a whole history is dozens of facts.

use super::historikk;
use super::kilder::Anledning;
use super::plan::anledning_opprettet;
use super::tid::{Era, MAX_DAGER, Registertid, Sak};
use crate::town::model::{
    Base, DayNo, Entry, Fact, FactId, Gradering, Hendelsestype, NyFact, PersonId, PersonKey, Personstatus,
    Registrering, SpellId,
};

/// The current entry of the home: what the whole history says of it.
pub(super) fn hjem(base: &Base, person: PersonId) -> Option<Entry> {
    let tid = Registertid::new(base);
    if let Some(entry) = has_only_moved(tid, person).then(|| last_move(tid, person)).flatten() {
        return Some(entry);
    }
    let (_, entries) = historikk::historikk(tid, person);
    entries.into_iter().rev().find(|entry| entry.is_gjeldende() && entry.fact.is_hjem())
}

/// Whether nothing but a birth, or a move to the country that the register began with, and moves within it decide where
/// `person` lives.
fn has_only_moved(tid: Registertid<'_>, person: PersonId) -> bool {
    let base = tid.base;
    let came = match base.innflyttinger_of(person) {
        [] => true,
        [only] => only.dato <= tid.opprettet_dato(person),
        _ => false,
    };
    came && base.personer.status[person.index()] == Personstatus::Bosatt
        && !base.personer.nummer[person.index()].is_d_number()
        && base.dnummer_of(person).is_none()
        && base.utflyttinger_of(person).is_empty()
        && base.beskyttelse_of(person).is_none()
        && base.doedsfall_of(person).is_none()
        && base.annullert_doedsfall_of(person).is_none()
}

/// The entry of the last move of somebody who has only moved; none when the register may have heard of the moves in
/// another order, or of the first with the birth.
fn last_move(tid: Registertid<'_>, person: PersonId) -> Option<Entry> {
    let base = tid.base;
    let spells = base.bosteder_of(person);
    let begins = |spell: &SpellId| base.bosteder[spell.index()].fra;
    let came = tid.opprettet_dato(person);
    // Of what is older than the register it heard at once.
    let is_known = |fra: DayNo| fra <= came || Era::of(fra) == Era::Foer;
    let (known, later) = spells.split_at(spells.partition_point(|spell| is_known(begins(spell))));
    let dates = |spells: &[SpellId]| spells.iter().map(|spell| begins(spell).max(came)).collect::<Vec<_>>();
    let is_told_apart = dates(known).is_sorted_by(|one, next| one < next);
    let first_heard = if Era::of(came) == Era::Foer { DayNo(i32::MIN) } else { came };
    let heard: Vec<DayNo> = std::iter::once(first_heard).chain(dates(later)).collect();
    let is_heard_in_order = heard.is_sorted_by(|one, next| next.0.saturating_sub(one.0) > MAX_DAGER);
    if !is_told_apart || !is_heard_in_order {
        return None;
    }
    let (spell, fra) = spells.last().map(|spell| (*spell, begins(spell).max(came)))?;
    let (registrert, anledning) = if later.is_empty() {
        (tid.opprettet(person), anledning_opprettet(tid, person))
    } else {
        (tid.av(Sak::Flyttet(spell), fra), Anledning::Flytting)
    };
    let (kilde, aarsak) = anledning.kilde_og_aarsak(DayNo::of(registrert.dato()));
    let bolig = base.bosteder[spell.index()].bolig.some();
    let fact = Fact::Bostedsadresse { bolig, gradering: Gradering::Ugradert, flyttedato: fra };
    let before = usize::from(!known.is_empty()) + later.len() - 1;
    let id = FactId::of_base(person.0, fact.element(), u16::try_from(before).ok()?);
    let slag = Hendelsestype::EndringIBostedsadresse;
    let person = PersonKey::Base(person.0);
    let change = Registrering { person, slag, registrert, kilde, aarsak, endringer: Vec::new() };
    Some(NyFact { id, fact, gyldig_fra: Some(fra) }.entry(&change))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Kjoenn;
    use crate::town::model::BoligId;
    use crate::town::model::tests_town::{TestTown, dag};

    /// Somebody born on `foedt` who moved on `first` and `gap` days after it, once for each gap, many times over: what the
    /// register hears first is drawn.
    fn movers(foedt: (i16, i8, i8), first: DayNo, gaps: std::ops::RangeInclusive<i32>) -> Base {
        let mut town = TestTown::tom_by();
        for (nth, gap) in (0..8).flat_map(|_| gaps.clone()).enumerate() {
            let year = foedt.0 + i16::try_from(nth / 40).unwrap();
            let person = town.person("Kari", "Berg", Kjoenn::Kvinne, (year, foedt.1, foedt.2));
            let born = dag(year, foedt.1, foedt.2);
            let later = DayNo(first.0.max(born.0) + gap);
            let spells = [(0, born, first.max(born)), (1, first.max(born), later), (2, later, DayNo::NONE)];
            for (bolig, fra, til) in spells.into_iter().filter(|(_, fra, til)| fra < til || *til == DayNo::NONE) {
                town.bosted(BoligId(bolig), fra, til, &[person]);
            }
        }
        town.ferdig()
    }

    #[test]
    fn moves_in_quick_succession_end_where_the_register_says() {
        for base in [
            movers((1980, 5, 17), dag(2021, 3, 1), 1..=20),
            movers((1990, 5, 17), dag(1990, 5, 17), 0..=20),
            movers((1940, 5, 17), dag(1964, 9, 20), 1..=20),
        ] {
            let (mut short, mut out_of_order) = (0, 0);
            for person in (0..base.person_count()).map(PersonId::at) {
                let (_, entries) = historikk::historikk(Registertid::new(&base), person);
                let of_history = entries.into_iter().find(|entry| entry.is_gjeldende() && entry.fact.is_hjem());
                assert_eq!(hjem(&base, person), of_history, "{person:?}");
                short += usize::from(last_move(Registertid::new(&base), person).is_some());
                let moves = base.bosteder_of(person).len() as u64;
                out_of_order += usize::from(of_history.is_some_and(|home| home.id.0 & 0xffff != moves - 1));
            }
            assert!(short > 0, "nobody by the short way");
            assert!(out_of_order > 0, "the register heard of everything in order");
        }
    }
}

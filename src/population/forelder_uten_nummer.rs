//! Parents the register knows by name only: they never had an identity number (`specs/folkeregister.md` §7,
//! `relatertPersonUtenFolkeregisteridentifikator`).

use super::streams::Given;
use super::tables::running;
use crate::base::{Domain, Kjoenn};
use crate::town::model::{Base, DayNo, ForelderUtenNummerRow, PersonId, Personstatus};

/// Children under eighteen who have such a father, per mille; at least one. Of the 2 % whose father is not in the
/// register at birth (§4.1) half are known by name (own estimate, D).
const PER_MILLE: usize = 10;

/// One row per child, sorted by child; brothers and sisters have the same father. Names are added to the texts of `base`.
pub(super) fn add(base: &mut Base, given: Given<'_>) {
    let Given { tables, streams, .. } = given;
    let mut mothers = mothers(base);
    let minors = base.ansvar.chunk_by(|one, other| one.barn == other.barn).count();
    let wanted = ((minors * PER_MILLE + 500) / 1_000).max(1);
    streams.kommune("forelder_uten_nummer").shuffle(&mut mothers);
    // A father from another country is the likely case: mothers from abroad come first.
    mothers.sort_by_key(|&(mother, _)| base.personer.foedeland[mother.index()] == crate::town::model::Landkode::NOR);
    let key = streams.key(Domain::Person, "forelder_uten_nummer");
    let totals = running(tables.countries.iter().map(|country| country.persons));
    let mut rows: Vec<ForelderUtenNummerRow> = Vec::new();
    for (mother, children) in mothers {
        if rows.len() >= wanted {
            break;
        }
        let mut stream = key.at(u64::from(mother.0));
        let born_in = base.personer.foedeland[mother.index()];
        let drawn = stream.weighted(&totals);
        let country =
            tables.countries.iter().find(|country| country.code == born_in).unwrap_or(&tables.countries[drawn]);
        let Some(group) = tables.names.abroad(country.names).map(|at| &tables.names.abroad[at]) else { continue };
        let men = &group.first[Kjoenn::Mann as usize];
        let mut pick = |range: &std::ops::Range<u32>| {
            crate::base::TextId(range.start + u32::try_from(stream.index(range.len())).expect("in the list"))
        };
        let fornavn = pick(men);
        let etternavn = pick(if group.surnames.is_empty() { men } else { &group.surnames });
        // Some years older than the mother, and grown up when the eldest was born.
        let eldest = base.personer.foedselsdato[children[0].index()].0;
        let older = 1_000 + i32::try_from(stream.uniform(3_000)).expect("years") - 1_500;
        let foedselsdato = DayNo((base.personer.foedselsdato[mother.index()].0 - older).min(eldest - 18 * 366));
        rows.extend(children.into_iter().map(|barn| ForelderUtenNummerRow {
            barn,
            fornavn,
            etternavn,
            foedselsdato,
            kjoenn: Kjoenn::Mann,
            land: country.code,
        }));
    }
    rows.sort_unstable_by_key(|row| row.barn);
    base.foreldre_uten_nummer = rows;
}

/// Mothers in town with their children under eighteen who have no other parent, the eldest first.
fn mothers(base: &Base) -> Vec<(PersonId, Vec<PersonId>)> {
    let people = &base.personer;
    let mut mothers: Vec<(PersonId, Vec<PersonId>)> = Vec::new();
    for rows in base.ansvar.chunk_by(|one, other| one.barn == other.barn) {
        let barn = rows[0].barn;
        let (mor, far) = (people.mor[barn.index()], people.far[barn.index()]);
        let is_alone = far.some().is_none()
            && mor.some().is_some_and(|mor| people.status[mor.index()] == Personstatus::Bosatt)
            && base.beskyttelse_of(barn).is_none()
            && base.fosterhjem_of(barn).is_empty();
        if !is_alone {
            continue;
        }
        match mothers.last_mut().filter(|last| last.0 == mor) {
            Some((_, children)) => children.push(barn),
            None => mothers.push((mor, vec![barn])),
        }
    }
    mothers
}

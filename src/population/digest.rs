//! Digests of the columns, one per table and one for all, in a fixed order.

use rayon::prelude::*;

use crate::base::{Digest, TextId, keyed_hash};
use crate::town::model::{Base, BoligId, DayNo, HusstandId, PersonId, SpellId};

/// Bytes of one table: every value with its fixed width, every list with its length in front.
#[derive(Default)]
struct Bytes(Vec<u8>);

/// A value of a column, as bytes.
trait Put: Copy {
    fn put(self, out: &mut Vec<u8>);
}

macro_rules! put_integer {
    ($($kind:ty),*) => { $(impl Put for $kind { fn put(self, out: &mut Vec<u8>) { out.extend_from_slice(&self.to_be_bytes()); } })* };
}
put_integer!(u8, u16, u32, u64, i32);

macro_rules! put_inner {
    ($($kind:ty),*) => { $(impl Put for $kind { fn put(self, out: &mut Vec<u8>) { self.0.put(out); } })* };
}
put_inner!(TextId, PersonId, HusstandId, BoligId, SpellId, DayNo);

impl Put for bool {
    fn put(self, out: &mut Vec<u8>) {
        u8::from(self).put(out);
    }
}

impl Bytes {
    fn column<T>(&mut self, column: &[T], mut put: impl FnMut(&T, &mut Vec<u8>)) -> &mut Self {
        (column.len() as u64).put(&mut self.0);
        for value in column {
            put(value, &mut self.0);
        }
        self
    }

    fn plain<T: Put>(&mut self, column: &[T]) -> &mut Self {
        self.column(column, |value, out| value.put(out))
    }

    fn digest(&self, table: &str) -> Digest {
        keyed_hash("population/table", &[table.as_bytes(), &self.0])
    }
}

/// Makes the bytes of one table.
type Writer = fn(&Base, &mut Bytes);

/// The tables in the order of the digest.
const TABLES: &[(&str, Writer)] = &[
    ("kommune", kommune),
    ("tekst", tekst),
    ("personer", personer),
    ("slekt", slekt),
    ("kontakt", kontakt),
    ("sivilstander", sivilstander),
    ("bosteder", bosteder),
    ("tidligere_navn", tidligere_navn),
    ("ansvar", ansvar),
    ("beskyttelser", beskyttelser),
    ("doedsfall", doedsfall),
    ("husstander", husstander),
    ("boliger", boliger),
    ("gater", gater),
    ("poststeder", poststeder),
    ("virksomheter", virksomheter),
    ("plasser", plasser),
];

fn kommune(base: &Base, out: &mut Bytes) {
    base.kommune.nummer.0.put(&mut out.0);
    out.0.extend_from_slice(base.kommune.navn.as_bytes());
    out.0.extend_from_slice(base.kommune.orgnr.to_string().as_bytes());
}

fn tekst(base: &Base, out: &mut Bytes) {
    (base.tekst.len() as u64).put(&mut out.0);
    for text in base.tekst.iter() {
        u32::try_from(text.len()).unwrap_or(u32::MAX).put(&mut out.0);
        out.0.extend_from_slice(text.as_bytes());
    }
}

fn personer(base: &Base, out: &mut Bytes) {
    let people = &base.personer;
    out.column(&people.nummer, |nummer, out| nummer.value().put(out))
        .plain(&people.foedselsdato)
        .column(&people.kjoenn, |kjoenn, out| (*kjoenn as u8).put(out))
        .column(&people.status, |status, out| (*status as u8).put(out))
        .plain(&people.fornavn)
        .plain(&people.mellomnavn)
        .plain(&people.etternavn)
        .plain(&people.rekkefoelge)
        .column(&people.foedeland, |land, out| out.extend_from_slice(&land.0))
        .column(&people.statsborgerskap, |land, out| out.extend_from_slice(&land.0))
        .plain(&people.merker);
}

fn slekt(base: &Base, out: &mut Bytes) {
    let people = &base.personer;
    out.plain(&people.mor).plain(&people.far).plain(&people.husstand).plain(&people.partner);
}

fn kontakt(base: &Base, out: &mut Bytes) {
    let people = &base.personer;
    out.column(&people.kontakt, |flags, out| flags.0.put(out))
        .column(&people.postkasse, |postkasse, out| (*postkasse as u8).put(out))
        .column(&people.spraak, |spraak, out| (*spraak as u8).put(out));
}

fn sivilstander(base: &Base, out: &mut Bytes) {
    out.column(&base.sivilstander, |row, out| {
        row.person.put(out);
        (row.sivilstand as u8).put(out);
        row.dato.put(out);
        row.relatert.put(out);
    });
}

fn bosteder(base: &Base, out: &mut Bytes) {
    out.column(&base.bosteder, |row, out| {
        row.bolig.put(out);
        row.fra.put(out);
        row.til.put(out);
    })
    .plain(&base.person_bosted_start)
    .plain(&base.person_bosteder);
}

fn tidligere_navn(base: &Base, out: &mut Bytes) {
    out.column(&base.tidligere_navn, |row, out| {
        row.person.put(out);
        row.til.put(out);
        row.fornavn.put(out);
        row.mellomnavn.put(out);
        row.etternavn.put(out);
        row.midlertidig.put(out);
    });
}

fn ansvar(base: &Base, out: &mut Bytes) {
    out.column(&base.ansvar, |row, out| {
        row.barn.put(out);
        row.ansvarlig.put(out);
        (row.ansvar as u8).put(out);
        row.fra.put(out);
    });
}

fn beskyttelser(base: &Base, out: &mut Bytes) {
    out.column(&base.beskyttelser, |row, out| {
        row.person.put(out);
        (row.gradering as u8).put(out);
        row.fra.put(out);
    });
}

fn doedsfall(base: &Base, out: &mut Bytes) {
    out.column(&base.doedsfall, |row, out| {
        row.person.put(out);
        row.dato.put(out);
    });
}

fn husstander(base: &Base, out: &mut Bytes) {
    let households = &base.husstander;
    out.column(&households.slag, |slag, out| (*slag as u8).put(out))
        .plain(&households.bosted)
        .plain(&households.start)
        .plain(&households.medlemmer);
}

fn boliger(base: &Base, out: &mut Bytes) {
    let homes = &base.boliger;
    out.plain(&homes.gate)
        .plain(&homes.husnummer)
        .plain(&homes.husbokstav)
        .column(&homes.bruksenhet, |unit, out| out.extend_from_slice(unit))
        .column(&homes.bruksenhetstype, |kind, out| (*kind as u8).put(out))
        .plain(&homes.poststed)
        .plain(&homes.grunnkrets)
        .plain(&homes.skolekrets)
        .plain(&homes.stemmekrets);
}

fn gater(base: &Base, out: &mut Bytes) {
    out.column(&base.gater, |gate, out| {
        gate.navn.put(out);
        gate.kode.put(out);
    });
}

fn poststeder(base: &Base, out: &mut Bytes) {
    out.column(&base.poststeder, |place, out| {
        place.nummer.put(out);
        place.navn.put(out);
        place.bare_postboks.put(out);
    });
}

fn virksomheter(base: &Base, out: &mut Bytes) {
    out.column(&base.virksomheter, |unit, out| {
        out.extend_from_slice(unit.orgnr.to_string().as_bytes());
        unit.navn.put(out);
        (unit.slag as u8).put(out);
        unit.kapasitet.put(out);
    });
}

fn plasser(base: &Base, out: &mut Bytes) {
    out.column(&base.plasser, |row, out| {
        row.person.put(out);
        row.virksomhet.put(out);
        row.fra.put(out);
    });
}

/// The digest of each table, in the order they go into [`digest`].
#[must_use]
pub fn table_digests(base: &Base) -> Vec<(&'static str, Digest)> {
    TABLES
        .par_iter()
        .map(|&(name, write)| {
            let mut bytes = Bytes::default();
            write(base, &mut bytes);
            (name, bytes.digest(name))
        })
        .collect()
}

/// SHA-256 over the digests of all tables: equal exactly when every column is.
#[must_use]
pub fn digest(base: &Base) -> Digest {
    let tables = table_digests(base);
    let parts: Vec<&[u8]> = tables.iter().map(|(_, digest)| digest.0.as_slice()).collect();
    keyed_hash("population/base", &parts)
}

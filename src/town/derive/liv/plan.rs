//! The plan of a year: candidates in order of time (`specs/core.md` §4).

use rayon::prelude::*;

use super::arbeid::enhetssats;
use super::tabeller::tabeller;
use super::{Forhold, Grenser, nivaa, streams, under};
use crate::base::{Domain, Kjoenn, Orgnummer, OriginKey, Stream};
use crate::clock::Instant;
use crate::town::model::{
    Base, DayNo, Kandidat, Landkode, Livsslag, Organisasjonsform, PersonId, PersonKey, Personstatus, Sivilstand,
    Utdanning,
};

/// Seconds of a day.
const DAG: u32 = 86_400;
/// Days of a year of the plan; the last of a leap year is left to the deaths and births.
const DAGER: u32 = 365;
/// Offices open at eight and close eight hours later.
const AAPNER: u32 = 8 * 3600;
const AAPENT: u32 = 8 * 3600;
/// Weights of the months for moves (`specs/population.md` §5), and their days.
const MAANEDER: [(u64, u64); 12] = [
    (110, 31),
    (85, 28),
    (85, 31),
    (85, 30),
    (85, 31),
    (130, 30),
    (130, 31),
    (160, 31),
    (85, 30),
    (85, 31),
    (85, 30),
    (85, 31),
];
/// Slots of a person in a year, in the order of the stream: kind and ordinal. Appended to, never reordered.
pub(super) const PLASSER: [(Livsslag, u8); 22] = [
    (Livsslag::Doed, 0),
    (Livsslag::Foedsel, 0),
    (Livsslag::Flytting, 0),
    (Livsslag::Flytting, 1),
    (Livsslag::Fraflytting, 0),
    (Livsslag::Utvandring, 0),
    (Livsslag::Vigsel, 0),
    (Livsslag::Separasjon, 0),
    (Livsslag::Samlivsbrudd, 0),
    (Livsslag::Samliv, 0),
    (Livsslag::Arbeidsstart, 0),
    (Livsslag::Arbeidsslutt, 0),
    (Livsslag::Jobbytte, 0),
    (Livsslag::Jobbtap, 0),
    (Livsslag::Utdanning, 0),
    (Livsslag::Kontaktregistrering, 0),
    (Livsslag::Barnehagestart, 0),
    (Livsslag::Skolestart, 0),
    (Livsslag::Skoleslutt, 0),
    (Livsslag::Kontaktutloep, 0),
    (Livsslag::Kontaktbekreftelse, 0),
    (Livsslag::Reservasjon, 0),
];
/// Slots of an organisation in a year, in the order of the stream. Appended to, never reordered.
const ENHETSPLASSER: [Livsslag; 3] = [Livsslag::Nedleggelse, Livsslag::Konkurs, Livsslag::Rolleskifte];
/// Days since the year began of the end of the school year, the degrees of a summer, and the beginning of a school year.
const SKOLESLUTT: u32 = 168;
const EKSAMEN: (u32, u64) = (161, 14);
const SKOLESTART: u32 = 228;
const BARNEHAGESTART: (u32, u64) = (228, 14);
/// Separated couples of the base that divorce, per million; days from the end of their year, or of the town's first day
/// when that is later.
const SKILLES_PPM: u64 = 924_000;
const SKILLES_INNEN: u64 = 150;

/// The first instant of `aar`.
pub(crate) fn aarets_begynnelse(aar: i16) -> Instant {
    Instant::midnight(jiff::civil::date(aar, 1, 1))
}

/// The key of a candidate about a person.
pub(crate) fn origin_of(aar: i16, slag: Livsslag, ordinal: u8, hvem: PersonKey) -> OriginKey {
    OriginKey::of("liv/person", &[&aar.to_be_bytes(), &[slag as u8, ordinal], &hvem.bytes()])
}

/// The key of a candidate about somebody who comes, by number of the slot.
pub(crate) fn origin_of_slot(aar: i16, slag: Livsslag, plass: u32) -> OriginKey {
    OriginKey::of("liv/plass", &[&aar.to_be_bytes(), &[slag as u8], &plass.to_be_bytes()])
}

/// The key of a candidate about an organisation.
pub(crate) fn origin_of_unit(aar: i16, slag: Livsslag, orgnr: Orgnummer) -> OriginKey {
    OriginKey::of("liv/enhet", &[&aar.to_be_bytes(), &[slag as u8], &orgnr.value().to_be_bytes()])
}

/// The key of `kandidat` of the plan of `aar`.
pub(crate) fn origin(base: &Base, aar: i16, kandidat: &Kandidat) -> OriginKey {
    match kandidat.slag {
        slag if slag.is_slot() => origin_of_slot(aar, slag, kandidat.hvem),
        slag if slag.is_about_unit() => origin_of_unit(aar, slag, base.virksomheter[kandidat.hvem as usize].orgnr),
        _ => origin_of(aar, kandidat.slag, kandidat.ordinal, PersonKey::Base(kandidat.hvem)),
    }
}

/// The plan of `aar` for the people of the base and those who come.
pub(crate) fn plan(base: &Base, aar: i16) -> std::sync::Arc<[Kandidat]> {
    base.planer.year(aar, || {
        let mut plan = people(base, aar);
        plan.extend(divorces(base, aar));
        let nivaa = nivaa(base);
        plan.extend(arrivals(base, aar, Livsslag::Tilflytting, nivaa.tilflytting));
        plan.extend(arrivals(base, aar, Livsslag::Innvandring, nivaa.innvandring));
        plan.extend(units(base, aar));
        plan.extend(founded(base, aar, Livsslag::NyttEnk, nivaa.nye_foretak[0]));
        plan.extend(founded(base, aar, Livsslag::NyttAs, nivaa.nye_foretak[1]));
        let order = |one: &Kandidat, other: &Kandidat| {
            let by_time = (one.sekund, one.slag).cmp(&(other.sekund, other.slag));
            by_time.then_with(|| origin(base, aar, one).cmp(&origin(base, aar, other)))
        };
        plan.par_sort_unstable_by(order);
        plan
    })
}

fn people(base: &Base, aar: i16) -> Vec<Kandidat> {
    let (grenser, streams) = (Grenser::of(base), streams(base, Domain::Person, "liv"));
    let year = u64::from(aar.unsigned_abs()) << 32;
    let people = &base.personer;
    let rows: Vec<Vec<Kandidat>> = (0..base.person_count())
        .into_par_iter()
        .chunks(4096)
        .map(|rows| {
            let mut found = Vec::new();
            for row in rows.into_iter().filter(|&row| people.status[row] == Personstatus::Bosatt) {
                let forhold = Forhold {
                    kjoenn: people.kjoenn[row],
                    norskfoedt: people.foedeland[row] == Landkode::NOR,
                    partner: false,
                    utdanning: Utdanning::Uoppgitt,
                };
                let foedt = people.foedselsdato[row].dato().year();
                let hvem = u32::try_from(row).expect("people are counted in 32 bits");
                of_person(&grenser, forhold, aar - foedt, hvem, &mut streams.at(year | row as u64), &mut found);
            }
            found
        })
        .collect();
    rows.into_iter().flatten().collect()
}

/// The candidates of one person and year.
fn of_person(
    grenser: &Grenser<'_>,
    forhold: Forhold,
    fyller: i16,
    hvem: u32,
    stream: &mut Stream,
    found: &mut Vec<Kandidat>,
) {
    let fyller = usize::try_from(fyller).unwrap_or(0);
    for (plass, (slag, ordinal)) in PLASSER.into_iter().enumerate() {
        let (u, when) = halves(stream.word());
        if under(u, grenser.hoyeste(plass, forhold, fyller)) {
            found.push(Kandidat { sekund: moment(slag, when), hvem, u, slag, ordinal });
        }
    }
}

/// The candidates of somebody who came after the base; `hvem` of each is 0.
pub(crate) fn of_newcomer(base: &Base, origin: OriginKey, forhold: Forhold, foedt: i16, aar: i16) -> Vec<Kandidat> {
    let mut found = Vec::new();
    let year = u32::from(aar.unsigned_abs());
    let mut stream = streams(base, Domain::Hendelse, "liv").of_origin(origin.child("liv", year));
    of_person(&Grenser::of(base), forhold, aar - foedt, 0, &mut stream, &mut found);
    found
}

/// The candidates of an organisation.
fn of_unit(form: Organisasjonsform, hvem: u32, stream: &mut Stream, found: &mut Vec<Kandidat>) {
    for slag in ENHETSPLASSER {
        let (u, when) = halves(stream.word());
        if under(u, enhetssats(slag, form)) {
            found.push(Kandidat { sekund: moment(slag, when), hvem, u, slag, ordinal: 0 });
        }
    }
}

/// Whether anything of the plan happens to organisations of `form`.
fn is_planned(form: Organisasjonsform) -> bool {
    ENHETSPLASSER.iter().any(|slag| enhetssats(*slag, form) > 0)
}

fn units(base: &Base, aar: i16) -> Vec<Kandidat> {
    let streams = streams(base, Domain::Virksomhet, "liv");
    let year = u64::from(aar.unsigned_abs()) << 32;
    let mut found = Vec::new();
    for (row, unit) in base.virksomheter.iter().enumerate() {
        if unit.slettet == DayNo::NONE && is_planned(unit.form) {
            let hvem = u32::try_from(row).expect("organisations are counted in 32 bits");
            of_unit(unit.form, hvem, &mut streams.at(year | row as u64), &mut found);
        }
    }
    found
}

/// The candidates of an organisation founded after the base; `hvem` of each is 0.
pub(crate) fn of_new_unit(base: &Base, orgnr: Orgnummer, form: Organisasjonsform, aar: i16) -> Vec<Kandidat> {
    let mut found = Vec::new();
    if is_planned(form) {
        let origin = OriginKey::of("liv/ny enhet", &[&aar.to_be_bytes(), &orgnr.value().to_be_bytes()]);
        of_unit(form, 0, &mut streams(base, Domain::Hendelse, "liv").of_origin(origin), &mut found);
    }
    found
}

fn halves(word: u64) -> (u32, u32) {
    #[expect(clippy::cast_possible_truncation, reason = "the high and the low half are wanted")]
    let halves = ((word >> 32) as u32, word as u32);
    halves
}

/// Part of `whole` that `when` of 2^32 is.
fn part(when: u32, whole: u64) -> u64 {
    (u64::from(when) * whole) >> 32
}

/// When in the year something happens: births and deaths at any time, the rest in office hours, moves by season.
fn moment(slag: Livsslag, when: u32) -> u32 {
    let small = |number: u64| u32::try_from(number).expect("seconds of a year");
    let office = AAPNER + small(part(when << 16, u64::from(AAPENT)));
    match slag {
        Livsslag::Doed | Livsslag::Foedsel => small(part(when, u64::from(DAGER * DAG))),
        Livsslag::Flytting | Livsslag::Fraflytting | Livsslag::Tilflytting => small(season(when)) * DAG + office,
        Livsslag::Utdanning => (EKSAMEN.0 + small(part(when, EKSAMEN.1))) * DAG + office,
        Livsslag::Skoleslutt => SKOLESLUTT * DAG + office,
        Livsslag::Skolestart => SKOLESTART * DAG + office,
        Livsslag::Barnehagestart => (BARNEHAGESTART.0 + small(part(when, BARNEHAGESTART.1))) * DAG + office,
        _ => small(part(when, u64::from(DAGER))) * DAG + office,
    }
}

/// The day of the year of a move.
fn season(when: u32) -> u64 {
    let total = MAANEDER.iter().map(|(weight, days)| weight * days).sum();
    let mut hit = part(when, total);
    let mut first = 0;
    for (weight, days) in MAANEDER {
        if hit < weight * days {
            return first + hit / weight;
        }
        hit -= weight * days;
        first += days;
    }
    first - 1
}

/// Couples separated before the first day.
fn divorces(base: &Base, aar: i16) -> Vec<Kandidat> {
    let streams = streams(base, Domain::Person, "liv/skilsmisse");
    let today = DayNo::of(base.header.start.dato());
    let first = DayNo::of(aarets_begynnelse(aar).dato());
    let mut found = Vec::new();
    for row in (0..base.person_count()).filter(|&row| base.personer.status[row] == Personstatus::Bosatt) {
        let Some(status) = base.sivilstander_of(PersonId::at(row)).last() else { continue };
        let asked = status.relatert.some().is_some_and(|spouse| spouse.index() > row);
        if status.sivilstand != Sivilstand::Separert || !asked {
            continue;
        }
        let mut stream = streams.at(row as u64);
        let (u, when) = halves(stream.word());
        let from = (status.dato.0 + 367).max(today.0 + 1);
        let day = from + i32::try_from(stream.uniform(SKILLES_INNEN)).expect("below a year") - first.0;
        let in_year = (0..DAGER.cast_signed()).contains(&day);
        if in_year && under(u, SKILLES_PPM) {
            let office = AAPNER + u32::try_from(part(when, u64::from(AAPENT))).expect("seconds of a day");
            let hvem = u32::try_from(row).expect("people are counted in 32 bits");
            let sekund = day.unsigned_abs() * DAG + office;
            found.push(Kandidat { sekund, hvem, u, slag: Livsslag::Skilsmisse, ordinal: 0 });
        }
    }
    found
}

/// Families that come; `people` in hundredths a year.
fn arrivals(base: &Base, aar: i16, slag: Livsslag, people: u64) -> Vec<Kandidat> {
    let families = people * 10_000 / tabeller().ankomst_snitt().max(1);
    slots(base, aar, slag, families)
}

/// Enterprises that are founded, in hundredths a year.
fn founded(base: &Base, aar: i16, slag: Livsslag, count: u64) -> Vec<Kandidat> {
    slots(base, aar, slag, count * 10)
}

/// Twice as many slots as `families`, in thousandths, each taken half the time.
fn slots(base: &Base, aar: i16, slag: Livsslag, families: u64) -> Vec<Kandidat> {
    let slots = (families * 2).div_ceil(1000);
    let streams = streams(base, Domain::Kommune, "liv/ankomst");
    let mut stream = streams.at(u64::from(aar.unsigned_abs()) << 8 | u64::from(slag as u8));
    let mut found = Vec::new();
    for slot in 0..slots {
        let (u, when) = halves(stream.word());
        if under(u, families * 1000 / slots.max(1)) {
            let hvem = u32::try_from(slot).expect("fewer slots than people");
            found.push(Kandidat { sekund: moment(slag, when), hvem, u, slag, ordinal: 0 });
        }
    }
    found
}

/// What of somebody who came after the base matters for the bounds.
pub(crate) fn forhold_of(kjoenn: Kjoenn, foedeland: Landkode) -> Forhold {
    Forhold { kjoenn, norskfoedt: foedeland == Landkode::NOR, partner: false, utdanning: Utdanning::Uoppgitt }
}

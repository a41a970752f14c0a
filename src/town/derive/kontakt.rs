//! What the contact register holds about a base person: the columns say whether, the person's streams say how it is
//! spelled (`specs/population.md` §13, §15.5–15.6).

use crate::base::{Domain, Purpose, Stream, StreamKey, keyed_hash, slug};
use crate::clock::{Instant, Span};
use crate::town::model::{
    Base, Kanaldatoer, Kontakt, KontaktFlags, Kontaktdatoer, Navn, PersonId, PersonKey, Personstatus, Postkasse,
};

/// Series without a subscriber anywhere; a million numbers each, used in this order.
const SERIER: [u32; 4] = [49, 42, 43, 44];
/// Numbers of one series.
const SERIE: u64 = 1_000_000;
/// Contact data is fresh for this many months; expired data is older (`specs/folkeregister.md` §18.1).
const FERSKT_MND: i32 = 17;
/// Of a thousand mobile numbers beside a fresh e-mail address those nobody has confirmed for eighteen months (own
/// estimate, D).
const GAMMEL_MOBIL: u64 = 40;
/// How far back the register's log of changes goes before the first instant.
const TILBAKE: Span = Span::Calendar { months: 12, days: 0, millis: 0 };
/// Milliseconds of a day.
const DAG_MS: u64 = 86_400_000;

/// The entry of a base person.
pub(super) fn kontakt(base: &Base, person: PersonId) -> Kontakt {
    let row = person.index();
    let flags = base.personer.kontakt[row];
    let registrert = flags.has(KontaktFlags::REGISTRERT);
    let reservert = registrert && flags.has(KontaktFlags::RESERVERT);
    let utloept = registrert && flags.has(KontaktFlags::UTLOEPT);
    let whose = |shared: u8| base.personer.partner[row].some().filter(|_| flags.has(shared)).unwrap_or(person);
    let (epost_of, mobil_of) = (whose(KontaktFlags::DELT_EPOST), whose(KontaktFlags::DELT_MOBIL));
    Kontakt {
        registrert,
        reservert,
        epost: (registrert && flags.has(KontaktFlags::EPOST)).then(|| epost(base, epost_of, scrambled(base, epost_of))),
        mobil: (registrert && flags.has(KontaktFlags::MOBIL)).then(|| mobil(scrambled(base, mobil_of))),
        postkasse: if registrert && !reservert { base.personer.postkasse[row] } else { Postkasse::Ingen },
        spraak: base.personer.spraak[row],
        utloept,
        oppdatert: oppdatert(base, person, utloept),
    }
}

fn stream_key(base: &Base, domain: Domain, purpose: &'static str) -> StreamKey {
    StreamKey::new(base.header.seed, base.header.schema, domain, Purpose(purpose))
}

/// A number of the person's own that does not show the position: positions permuted within blocks of a million.
fn scrambled(base: &Base, person: PersonId) -> u64 {
    let mut stream = stream_key(base, Domain::Kommune, "kontakt/rekkefoelge").at(0);
    // Any odd factor that is no multiple of five permutes the residues of a power of ten.
    let factor = 100_001 + 10 * stream.uniform(80_000);
    let offset = stream.uniform(SERIE);
    let position = u64::from(person.0);
    position / SERIE * SERIE + (position % SERIE * factor + offset) % SERIE
}

fn epost(base: &Base, person: PersonId, nummer: u64) -> String {
    let (people, text) = (&base.personer, &base.tekst);
    let first = slug(text.get(people.fornavn[person.index()]));
    let last = slug(text.get(people.etternavn[person.index()]));
    format!("{first}.{last}.{nummer}@innbygger.example")
}

fn mobil(nummer: u64) -> String {
    let serie = SERIER[usize::try_from(nummer / SERIE).unwrap_or(0) % SERIER.len()];
    format!("+47{serie}{:06}", nummer % SERIE)
}

/// Contact data of somebody called `navn`, of the base or come later: e-mail address and mobile number.
pub(super) fn skrivemaate(base: &Base, key: PersonKey, navn: &Navn) -> (String, String) {
    match key {
        PersonKey::Base(row) => {
            let person = PersonId(row);
            let nummer = scrambled(base, person);
            (epost(base, person, nummer), mobil(nummer))
        }
        PersonKey::World(origin) => {
            // The series behind the base's first.
            let word = keyed_hash("kontakt/nummer", &[&origin.0.to_be_bytes()]).word();
            let nummer = SERIE + word % (SERIE * (SERIER.len() as u64 - 1));
            let address = format!("{}.{}.{nummer}@innbygger.example", slug(&navn.fornavn), slug(&navn.etternavn));
            (address, mobil(nummer))
        }
    }
}

/// Last change: within seventeen months, or 19 to 43 months ago when expired.
fn oppdatert(base: &Base, person: PersonId, utloept: bool) -> Instant {
    let mut stream = stream_key(base, Domain::Person, "kontakt/oppdatert").at(u64::from(person.0));
    let back = |months: i32| Span::Calendar { months, days: 0, millis: 0 }.before(base.header.start);
    let (from, to) = if utloept { (back(43), back(19)) } else { (back(FERSKT_MND), base.header.start) };
    between(&mut stream, from, to)
}

/// When the parts of the entry `kontakt` of a base person last changed: none later than the entry itself, which is the
/// date of the e-mail address or, without one, of the mobile number.
pub(super) fn datoer(base: &Base, person: PersonId, kontakt: &Kontakt) -> Kontaktdatoer {
    let mut stream = stream_key(base, Domain::Person, "kontakt/datoer").at(u64::from(person.0));
    let back = |months: i32| Span::Calendar { months, days: 0, millis: 0 }.before(base.header.start);
    let last = kontakt.oppdatert;
    let before = |stream: &mut Stream, months: i32| between(stream, back(months).min(last), last).min(last);
    let both = kontakt.epost.is_some() && kontakt.mobil.is_some();
    let oldest = if kontakt.utloept { 43 } else { FERSKT_MND };
    let mobil = if both { before(&mut stream, oldest) } else { last };
    let spraak = before(&mut stream, 43);
    let reservasjon = if kontakt.reservert { last } else { before(&mut stream, 43) };
    let gammel = both && !kontakt.utloept && stream.uniform(1_000) < GAMMEL_MOBIL;
    let mobil = if gammel { between(&mut stream, back(43), back(19)) } else { mobil };
    let kanal = |at: Instant, holdes_fersk: bool| Kanaldatoer { holdes_fersk, ..Kanaldatoer::fersk(at) };
    Kontaktdatoer {
        reservasjon,
        epost: kanal(last, !kontakt.utloept),
        mobil: kanal(mobil, !kontakt.utloept && !gammel),
        spraak,
        slettet: slettet(base, person).filter(|_| kontakt.registrert),
    }
}

/// When the register took out somebody who is dead or gone from the country: the day it happened.
fn slettet(base: &Base, person: PersonId) -> Option<Instant> {
    let row = base.doedsfall.partition_point(|one| one.person < person);
    match base.personer.status[person.index()] {
        Personstatus::Bosatt | Personstatus::Midlertidig => None,
        Personstatus::Doed => base
            .doedsfall
            .get(row)
            .filter(|one| one.person == person)
            .map(|one| Instant::midnight(one.dato.dato()))
            .or(Some(base.header.start)),
        _ => Some(base.header.start),
    }
}

/// Whose entries changed in the twelve months before the first instant, in order of time and person.
pub(super) fn endringer(base: &Base) -> Vec<PersonId> {
    let from = TILBAKE.before(base.header.start);
    let mut changes: Vec<(Instant, PersonId)> = Vec::new();
    for person in (0..base.person_count()).map(PersonId::at) {
        if !base.personer.kontakt[person.index()].has(KontaktFlags::REGISTRERT) {
            continue;
        }
        let entry = kontakt(base, person);
        let Kontaktdatoer { reservasjon, epost, mobil, spraak, slettet } = datoer(base, person, &entry);
        let channel = |there: bool, at: Instant| there.then_some(at);
        let mut instants = [
            Some(reservasjon),
            channel(entry.epost.is_some(), epost.oppdatert),
            channel(entry.mobil.is_some(), mobil.oppdatert),
            Some(spraak),
            slettet,
        ];
        instants.sort_unstable();
        let mut last = None;
        for at in instants.into_iter().flatten() {
            if last != Some(at) && at >= from && at < base.header.start {
                changes.push((at, person));
            }
            last = Some(at);
        }
    }
    changes.sort_unstable();
    changes.into_iter().map(|(_, person)| person).collect()
}

/// Some second of some day in `from..to`, kept to the hours people are awake.
fn between(stream: &mut Stream, from: Instant, to: Instant) -> Instant {
    let days = u64::try_from(to.millis() - from.millis()).unwrap_or(0) / DAG_MS;
    let day = Instant::from_millis(from.millis() + i64::try_from(stream.uniform(days.max(1)) * DAG_MS).unwrap_or(0));
    let second = 7 * 3_600 + stream.uniform(16 * 3_600);
    let time = Instant::midnight(day.dato()).plus_millis(i64::try_from(second * 1_000).unwrap_or(0));
    time.min(to.plus_millis(-1_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::town::model::tests_town::{TestTown, rolle};

    #[test]
    fn spelling_stays_within_reserved_names_and_unassigned_numbers() {
        let base = TestTown::eksempel();
        let kari = kontakt(&base, rolle::KARI);
        let epost = kari.epost.unwrap();
        assert!(epost.starts_with("kari.nordas.") && epost.ends_with("@innbygger.example"), "{epost}");
        let mobil = kari.mobil.unwrap();
        assert!(mobil.starts_with("+4749") && mobil.len() == 11, "{mobil}");
        assert_eq!(kari.postkasse, Postkasse::Digipost);
        let piotr = kontakt(&base, rolle::PIOTR).epost.unwrap();
        assert!(piotr.starts_with("piotr.zak."), "{piotr}");
    }

    #[test]
    fn numbers_are_everybodys_own_and_hide_the_position() {
        let base = TestTown::eksempel();
        let numbers: Vec<u64> = (0..20_000).map(|person| scrambled(&base, PersonId(person))).collect();
        let distinct: std::collections::BTreeSet<&u64> = numbers.iter().collect();
        assert_eq!(distinct.len(), numbers.len());
        assert_ne!(numbers[1], numbers[0] + 1);
        assert_eq!(scrambled(&base, PersonId(1_000_007)) / SERIE, 1);
        assert_eq!(mobil(1_000_007), "+4742000007");
    }

    #[test]
    fn expired_data_is_older_than_eighteen_months_and_other_data_is_not() {
        let base = TestTown::eksempel();
        let limit = Span::Calendar { months: 18, days: 0, millis: 0 }.before(base.header.start);
        assert!(kontakt(&base, rolle::PIOTR).oppdatert < limit);
        for person in [rolle::KARI, rolle::OLA, rolle::ASTRID] {
            let row = kontakt(&base, person);
            assert!(row.oppdatert > limit && row.oppdatert < base.header.start, "{person:?}");
        }
    }

    #[test]
    fn outside_the_register_there_is_nothing_to_spell() {
        let base = TestTown::eksempel();
        let nora = kontakt(&base, rolle::NORA);
        assert!(!nora.registrert && nora.epost.is_none() && nora.mobil.is_none());
        let ola = kontakt(&base, rolle::OLA);
        assert!(ola.reservert && ola.epost.is_some(), "a reserved citizen's contact data stays");
    }
}

//! The municipality and what it runs, some businesses, and who goes to which kindergarten and school
//! (`specs/population.md` §9, §12).

use std::collections::BTreeMap;

use super::facilities::{Facility, facility};
use super::filler;
use super::homes::Homes;
use super::names::{Composer, Wanted};
use super::numbers;
use super::places;
use super::roster::Roster;
use super::streams::Given;
use crate::base::Domain;
use crate::town::model::{
    BygningId, Bygningstype, Organisasjonsform, PlassRow, Virksomhet, VirksomhetId, Virksomhetsslag,
};

/// Other organisations per thousand residents; the register of all of them is not part of this pack yet.
const OTHERS_PER_MILLE: u64 = 10;
/// Organisations and places.
pub(super) struct Institutions {
    pub virksomheter: Vec<Virksomhet>,
    pub plasser: Vec<PlassRow>,
}

/// Makes the organisations and gives each child a place near home.
pub(super) fn found(
    roster: &Roster,
    homes: &Homes,
    wanted: &Wanted,
    given: Given<'_>,
    composer: &mut Composer,
) -> Institutions {
    let Given { size, profile, tables, streams, part } = given;
    let places = places::deal(roster, homes, given);
    let health = facility(size, tables, Facility::HealthStations).max(1);
    let mut orgnr = numbers::public(part, profile.number, 1 + places.enheter.len() + health).into_iter();
    let mut virksomheter = Vec::new();
    let mut taken = BTreeMap::new();
    let mut add = |navn: String, slag, kapasitet, bygning, form, orgnr, composer: &mut Composer| {
        let repeat = taken.entry(navn.clone()).or_insert(0u32);
        *repeat += 1;
        let navn = if *repeat == 1 { navn } else { format!("{navn} {repeat}") };
        let navn = composer.push(&navn.to_uppercase());
        virksomheter.push(Virksomhet { kapasitet, bygning, form, ..Virksomhet::ny(orgnr, navn, slag) });
    };
    let hall = homes.naeringsbygg(Bygningstype::Raadhus)[0];
    let mut next = || orgnr.next().expect("the public band holds ten thousand");
    add(
        format!("{} kommune", profile.name),
        Virksomhetsslag::Kommune,
        0,
        hall,
        Organisasjonsform::Komm,
        next(),
        composer,
    );
    let mut words = streams.kommune("barnehagenavn");
    let key = streams.key(Domain::Kommune, "skolenavn");
    for (number, enhet) in (0u64..).zip(&places.enheter) {
        let name = if enhet.slag == Virksomhetsslag::Barnehage {
            format!("{} barnehage", filler::word(&mut words))
        } else {
            let names = &tables.names;
            let tail = names.bearers.len() - names.listed_surnames;
            let farm = names.listed_surnames + key.at(number).index(tail);
            let id = names.first_surname + u32::try_from(farm).expect("a name");
            format!("{} skole", names.texts.get(crate::base::TextId(id)))
        };
        // A private one is a company of its own.
        let form = if enhet.privat { Organisasjonsform::As } else { Organisasjonsform::Bedr };
        add(name, enhet.slag, enhet.kapasitet, enhet.bygning, form, next(), composer);
    }
    let plasser = places.rows(|place| VirksomhetId::at(1 + place));
    for number in 0..health {
        let name = if number == 0 {
            format!("{} helsestasjon", profile.name)
        } else {
            format!("{} helsestasjon {}", profile.name, number + 1)
        };
        add(name, Virksomhetsslag::Helsestasjon, 0, BygningId::NONE, Organisasjonsform::Bedr, next(), composer);
    }
    let others = usize::try_from(u64::from(size) * OTHERS_PER_MILLE / 1_000).expect("a count");
    let key = streams.key(Domain::Kommune, "foretak");
    let start = streams.kommune("foretaksnummer").word();
    for (number, orgnr) in numbers::others(part, start, others).into_iter().enumerate() {
        let mut stream = key.at(number as u64);
        let owner = composer.texts.get(wanted.etternavn[stream.index(roster.residents)]).to_owned();
        let name = format!("{owner} {} AS", filler::company_word(&mut stream));
        add(name, Virksomhetsslag::Annet, 0, BygningId::NONE, Organisasjonsform::As, orgnr, composer);
    }
    Institutions { virksomheter, plasser }
}

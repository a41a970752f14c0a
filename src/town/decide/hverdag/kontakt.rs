//! The first entry in the contact register: of the young when they log in for the first time, of those who come
//! (`specs/population.md` §13, `specs/life-events.md` §4.1, §11).

use super::{age, stream};
use crate::base::OriginKey;
use crate::town::decide::kontaktregister::{self, KontaktCommand, NyeKontaktdata};
use crate::town::derive;
use crate::town::derive::liv::arbeid::{KONTAKTALDER, arbeidstabeller};
use crate::town::event::{Event, KontaktEvent};
use crate::town::model::{Kontakt, PersonKey, Postkasse};
use crate::town::state::{Person, Town};

/// Of a thousand entries those with an e-mail address only, and with a mobile number only.
const BARE_EPOST: u64 = 30;
const BARE_MOBIL: u64 = 90;
/// Of a thousand mailboxes those of the first supplier.
const DIGIPOST: u64 = 880;

/// `person` stands in the register from now on; nothing for a child, or who stands there already.
pub(in crate::town::decide) fn registrerer(person: &Person<'_>, origin: OriginKey) -> Vec<Event> {
    let (town, alder, before) = (person.town(), age(person), person.kontakt());
    if before.registrert || alder < KONTAKTALDER || !person.is_bosatt() {
        return Vec::new();
    }
    let shares = arbeidstabeller().kontakt(alder);
    let mut stream = stream(town, origin, "liv/kontakt");
    let registered = (1000 - shares.uregistrert).max(1);
    let (reserves, has_mailbox, supplier) =
        (stream.uniform(registered), stream.uniform(registered), stream.uniform(1000));
    let reservert = reserves < shares.reservert;
    let postkasse = match (reservert || has_mailbox >= shares.postkasse, supplier < DIGIPOST) {
        (true, _) => Postkasse::Ingen,
        (false, true) => Postkasse::Digipost,
        (false, false) => Postkasse::EBoks,
    };
    let channel = stream.uniform(1000);
    let (epost, mobil) = derive::skrivemaate(&town.base, person.key(), &person.navn());
    let kontakt = Kontakt {
        registrert: true,
        reservert,
        epost: (channel >= BARE_MOBIL).then_some(epost),
        mobil: (!(BARE_MOBIL..BARE_MOBIL + BARE_EPOST).contains(&channel)).then_some(mobil),
        postkasse,
        utloept: false,
        oppdatert: town.now(),
        ..before
    };
    vec![Event::Kontakt(KontaktEvent::Endret { person: person.key(), kontakt })]
}

/// An entry is confirmed, or expires because it was not.
pub(in crate::town::decide) fn bekreftes(person: &Person<'_>, bekreftet: bool) -> Vec<Event> {
    let ny = NyeKontaktdata { utloept: !bekreftet, ..NyeKontaktdata::default() };
    kontaktregister::decide(person.town(), &KontaktCommand::Kontaktendring { person: person.key(), ny })
        .unwrap_or_default()
}

/// `person` reserves against digital communication.
pub(in crate::town::decide) fn reserverer(person: &Person<'_>) -> Vec<Event> {
    kontaktregister::decide(person.town(), &KontaktCommand::Reservasjon { person: person.key(), reservert: true })
        .unwrap_or_default()
}

/// The same for who has come, when its time has come.
pub(in crate::town::decide) fn logger_inn(town: &Town, person: PersonKey, origin: OriginKey) -> Vec<Event> {
    let person = town.person_by_key(person).filter(|person| !person.is_holdt());
    person.filter(|_| town.tid.is_levende()).map_or_else(Vec::new, |person| registrerer(&person, origin))
}

//! Decisions on the contact and reservation register (`specs/folkeregister.md` §18).

use super::Refusal;
use crate::clock::Span;
use crate::town::derive;
use crate::town::event::{Event, KontaktEvent};
use crate::town::model::{Kanaldatoer, Kontaktdatoer, Kontaktoppfoering, Kontaktregler, PersonKey, Postkasse, Spraak};
use crate::town::state::{Person, Town};

/// Months back to which contact data that has expired was last confirmed.
const UTLOEPT_MAANEDER: i32 = 19;
/// Most days from a death or an emigration until the register takes the entry out.
const MAKS_SLETTEFRIST: u32 = 3_650;
/// Longest e-mail address (RFC 5321 §4.5.3.1.3).
const MAKS_EPOST: usize = 254;
/// How mobile numbers of a series without subscribers begin (`specs/population.md` §13).
const SERIER: [&str; 4] = ["+4742", "+4743", "+4744", "+4749"];

/// What citizens do with their entry, and how the register goes about them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KontaktCommand {
    /// Reserves against digital communication, or takes the reservation back.
    Reservasjon {
        /// Who.
        person: PersonKey,
        /// Reserved from now on.
        reservert: bool,
    },
    /// Changes contact data, language or the digital mailbox.
    Kontaktendring {
        /// Who.
        person: PersonKey,
        /// What changes.
        ny: NyeKontaktdata,
    },
    /// Says that the contact data of their entry still holds.
    Bekreftelse {
        /// Who.
        person: PersonKey,
    },
    /// The register goes by these rules from now on.
    Regler(Kontaktregler),
    /// Somebody logs in with an eID, and on the way is asked for what the register lacks.
    Innlogging {
        /// Who.
        person: PersonKey,
    },
}

/// New parts of an entry; what is not given stays.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct NyeKontaktdata {
    /// Language.
    pub spraak: Option<Spraak>,
    /// Mailbox supplier.
    pub postkasse: Option<Postkasse>,
    /// E-mail address; `Some(None)` takes it out.
    pub epost: Option<Option<String>>,
    /// Mobile number; `Some(None)` takes it out.
    pub mobil: Option<Option<String>>,
    /// The contact data has not been confirmed for more than eighteen months.
    pub utloept: bool,
}

/// Decides a change of the contact register.
pub(super) fn decide(town: &Town, command: &KontaktCommand) -> Result<Vec<Event>, Refusal> {
    match command {
        KontaktCommand::Reservasjon { person, reservert } => change(&who(town, *person)?, |entry| {
            entry.kontakt.reservert = *reservert;
            entry.datoer.reservasjon = town.now();
            Ok(())
        }),
        KontaktCommand::Kontaktendring { person, ny } => change(&who(town, *person)?, |entry| set(town, entry, ny)),
        KontaktCommand::Bekreftelse { person } => bekreft(&who(town, *person)?),
        KontaktCommand::Regler(regler) if regler.slettes_etter_dager > MAKS_SLETTEFRIST => {
            Err(Refusal::new("delay", format!("at most {MAKS_SLETTEFRIST} days, not {}", regler.slettes_etter_dager)))
        }
        KontaktCommand::Regler(regler) if *regler == town.kontakt.regler => Ok(Vec::new()),
        KontaktCommand::Regler(regler) => Ok(vec![Event::Kontakt(KontaktEvent::Regler(*regler))]),
        KontaktCommand::Innlogging { person } => {
            let person = town.person_by_key(*person).filter(|person| person.foeres_ved_innlogging());
            person.map_or_else(|| Ok(Vec::new()), |person| innlogging(&person))
        }
    }
}

/// The entry `person` leaves when logging in: an e-mail address and a mobile number, both confirmed. Neither reservation
/// nor mailbox, which are chosen elsewhere. An entry that was taken out stands again as it was.
fn innlogging(person: &Person<'_>) -> Result<Vec<Event>, Refusal> {
    let (epost, mobil) = derive::skrivemaate(&person.town().base, person.key(), &person.navn());
    change(person, |entry| {
        let Kontaktoppfoering { kontakt, datoer } = entry;
        for (channel, dates, own) in
            [(&mut kontakt.epost, &mut datoer.epost, epost), (&mut kontakt.mobil, &mut datoer.mobil, mobil)]
        {
            match channel {
                Some(_) => dates.verifisert = person.town().now(),
                None => (*channel, *dates) = (Some(own), Kanaldatoer::fersk(person.town().now())),
            }
        }
        Ok(())
    })
}

fn who(town: &Town, key: PersonKey) -> Result<Person<'_>, Refusal> {
    let person = town.person_by_key(key).ok_or_else(|| Refusal::new("unknown_person", "there is no such person"))?;
    if !person.kan_staa_i_kontaktregisteret() {
        return Err(Refusal::new("not_in_register", "only residents of 15 and over stand in the contact register"));
    }
    Ok(person)
}

/// The event by which `how` changes the entry of `person`; none when nothing changes. The first word a citizen says makes
/// the entry (`specs/core.md` §5), and one that was taken out stands again.
fn change(
    person: &Person<'_>,
    how: impl FnOnce(&mut Kontaktoppfoering) -> Result<(), Refusal>,
) -> Result<Vec<Event>, Refusal> {
    let now = person.town().now();
    let before = person.kontaktoppfoering();
    let mut after = before.clone();
    if !before.kontakt.registrert {
        after.datoer = Kontaktdatoer::alle(now, true);
    }
    after.kontakt.registrert = true;
    after.datoer.slettet = None;
    how(&mut after)?;
    if after.kontakt == before.kontakt && after.datoer.slettet == before.datoer.slettet {
        return Ok(Vec::new());
    }
    after.kontakt.oppdatert = now;
    Ok(vec![foert(person.key(), after)])
}

/// The channels of the entry are confirmed now. Unlike a log-in somewhere in the town this is said to the register itself, and
/// stands in its log of changes.
fn bekreft(person: &Person<'_>) -> Result<Vec<Event>, Refusal> {
    let before = person.kontaktoppfoering();
    let mut after = before.clone();
    let Kontaktoppfoering { kontakt, datoer } = &mut after;
    let stands = kontakt.registrert && datoer.slettet.is_none();
    if !stands || kontakt.epost.is_none() && kontakt.mobil.is_none() {
        return Err(Refusal::new("nothing_to_confirm", "the entry has neither an e-mail address nor a mobile number"));
    }
    let channels = [(kontakt.epost.is_some(), &mut datoer.epost), (kontakt.mobil.is_some(), &mut datoer.mobil)];
    for (_, dates) in channels.into_iter().filter(|(there, _)| *there) {
        *dates = Kanaldatoer { verifisert: person.town().now(), holdes_fersk: true, ..*dates };
    }
    kontakt.utloept = false;
    Ok(if after == before { Vec::new() } else { vec![foert(person.key(), after)] })
}

fn foert(person: PersonKey, oppfoering: Kontaktoppfoering) -> Event {
    Event::Kontakt(KontaktEvent::Foert { person, oppfoering: Box::new(oppfoering) })
}

fn set(town: &Town, entry: &mut Kontaktoppfoering, ny: &NyeKontaktdata) -> Result<(), Refusal> {
    let now = town.now();
    let Kontaktoppfoering { kontakt, datoer } = entry;
    // Who changes something has logged in, and was asked whether the rest still holds.
    kontakt.utloept = ny.utloept;
    for channel in [&mut datoer.epost, &mut datoer.mobil] {
        *channel = Kanaldatoer { verifisert: now, holdes_fersk: true, ..*channel };
    }
    if let Some(spraak) = ny.spraak.filter(|spraak| *spraak != kontakt.spraak) {
        (kontakt.spraak, datoer.spraak) = (spraak, now);
    }
    kontakt.postkasse = ny.postkasse.unwrap_or(kontakt.postkasse);
    if let Some(epost) = &ny.epost {
        kontakt.epost = epost.as_deref().map(epostadresse).transpose()?;
        datoer.epost = Kanaldatoer::fersk(now);
    }
    if let Some(mobil) = &ny.mobil {
        kontakt.mobil = mobil.as_deref().map(mobilnummer).transpose()?;
        datoer.mobil = Kanaldatoer::fersk(now);
    }
    if ny.utloept {
        let at = Span::Calendar { months: UTLOEPT_MAANEDER, days: 0, millis: 0 }.before(now);
        for channel in [&mut datoer.epost, &mut datoer.mobil] {
            *channel = Kanaldatoer { oppdatert: at, verifisert: at, holdes_fersk: false };
        }
    }
    Ok(())
}

/// An address of a name no post can go to (RFC 2606).
fn epostadresse(text: &str) -> Result<String, Refusal> {
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|one| one.is_ascii_graphic() && one != '@');
    match text.split_once('@') {
        Some((local, host))
            if is_name(local) && is_name(host) && host.ends_with(".example") && text.len() <= MAKS_EPOST =>
        {
            Ok(text.to_owned())
        }
        _ => Err(Refusal::new("email", "an e-mail address here ends in `.example`, as kari@innbygger.example")),
    }
}

/// A number of a series without subscribers.
fn mobilnummer(text: &str) -> Result<String, Refusal> {
    let digits = text.strip_prefix('+').is_some_and(|rest| rest.bytes().all(|one| one.is_ascii_digit()));
    if digits && text.len() == "+4749000000".len() && SERIER.iter().any(|serie| text.starts_with(serie)) {
        return Ok(text.to_owned());
    }
    let detail = format!("a mobile number here has eight digits of an unassigned series: {}", SERIER.join(", "));
    Err(Refusal::new("mobile", detail))
}

/// Takes the entry of `person` out, who is dead or gone; nothing for who does not stand in the register.
pub(super) fn slett(person: &Person<'_>) -> Option<Event> {
    let mut entry = person.kontaktoppfoering();
    if !entry.kontakt.registrert || entry.datoer.slettet.is_some() {
        return None;
    }
    entry.datoer.slettet = Some(person.town().now());
    Some(foert(person.key(), entry))
}

/// Puts an entry that was taken out in again, as it stood.
pub(super) fn gjenopprett(person: &Person<'_>) -> Option<Event> {
    let mut entry = person.kontaktoppfoering();
    entry.datoer.slettet.take()?;
    Some(foert(person.key(), entry))
}

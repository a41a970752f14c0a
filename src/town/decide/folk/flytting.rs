//! Moves within the municipality, out of it to another one, and out of the country (`specs/folkeregister.md` §21).

use super::husstand::{Maal, hele, med_barn, or_everybody, stream};
use super::utkast::{Utkast, gjeldende};
use super::{Cause, Refusal, resident};
use crate::base::{Kommunenummer, OriginKey};
use crate::town::derive;
use crate::town::event::Event;
use crate::town::model::{Fact, Gradering, Hendelsestype, Landkode, PersonKey, Personstatus};
use crate::town::state::{Person, Town};

/// Decides a move within the municipality: of the whole household, or of `person` with the children who are theirs alone
/// to care for; to somebody, or to a free dwelling.
pub(super) fn innen(
    town: &Town,
    person: PersonKey,
    hos: Option<PersonKey>,
    hele_husstanden: bool,
    cause: &Cause,
) -> Result<Vec<Event>, Refusal> {
    let person = resident(town, person)?;
    let group = group_of(&person, hele_husstanden);
    let maal = match hos {
        Some(key) => {
            let host = resident(town, key)?;
            if host.husstand() == person.husstand() {
                return Err(Refusal::new("same_home", "they live in the same household already"));
            }
            Maal::hos(host, &group)?
        }
        None => Maal::ledig(town, cause)?,
    };
    let mut utkast = Utkast::new(town, cause, "skatteetaten", "Flytting innenlands");
    utkast.flytt(&group, &maal);
    Ok(utkast.events)
}

fn group_of<'a>(person: &Person<'a>, hele_husstanden: bool) -> Vec<Person<'a>> {
    if hele_husstanden { hele(person) } else { med_barn(&[*person]) }
}

/// Where people who leave the municipality go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ut {
    /// To another municipality.
    AnnenKommune,
    /// Out of the country.
    Utlandet(Landkode),
}

/// Decides a move out of the municipality.
pub(super) fn ut(
    town: &Town,
    person: PersonKey,
    til: Ut,
    hele_husstanden: bool,
    cause: &Cause,
) -> Result<Vec<Event>, Refusal> {
    let person = resident(town, person)?;
    if til == Ut::Utlandet(Landkode::NOR) {
        return Err(Refusal::new("country", "a move out of the country does not go to NOR"));
    }
    let group = or_everybody(group_of(&person, hele_husstanden), hele(&person));
    let mut utkast = match til {
        Ut::AnnenKommune => Utkast::new(town, cause, "skatteetaten", "Flytting innenlands"),
        Ut::Utlandet(_) => Utkast::new(town, cause, "skatteetaten", "Utflytting"),
    };
    for person in &group {
        match til {
            Ut::AnnenKommune => moved_away(&mut utkast, person, annen_kommune(town, cause.origin)),
            Ut::Utlandet(land) => emigrated(&mut utkast, person, land),
        }
    }
    utkast.forlat(&group);
    if let Ut::Utlandet(_) = til {
        super::super::oppfoelging::slett_kontakt(&mut utkast.events, town, &group, cause);
    }
    Ok(utkast.events)
}

/// One of the other municipalities of this country, fictional as this one is (`specs/population.md` §10).
pub(super) fn annen_kommune(town: &Town, origin: OriginKey) -> Kommunenummer {
    let number = 9_910 + u16::try_from(stream(town, origin, "annen kommune").uniform(60)).expect("below sixty");
    if number == town.base.kommune.nummer.0 { Kommunenummer(number + 60) } else { Kommunenummer(number) }
}

fn moved_away(utkast: &mut Utkast<'_>, person: &Person<'_>, kommune: Kommunenummer) {
    let gradering = person.gradering();
    if gradering == Gradering::StrengtFortrolig {
        return;
    }
    let flyttedato = utkast.dato;
    let old = person.hjem_i_registeret();
    let change = utkast.erstatt(person.key(), old, Fact::BostedAnnenKommune { kommune, gradering, flyttedato });
    utkast.registrer(person.key(), Hendelsestype::EndringIBostedsadresse, vec![change]);
}

fn emigrated(utkast: &mut Utkast<'_>, person: &Person<'_>, land: Landkode) {
    let entries = person.entries();
    let (key, dato) = (person.key(), utkast.dato);
    let status = gjeldende(&entries, |fact| matches!(fact, Fact::Status(_)));
    let mut changes = vec![utkast.erstatt(key, status, Fact::Status(Personstatus::Utflyttet))];
    changes.extend(gjeldende(&entries, Fact::is_hjem).map(|old| utkast.avslutt(old)));
    let is_stay = |fact: &Fact| matches!(fact, Fact::Oppholdsadresse(_));
    changes.extend(gjeldende(&entries, is_stay).map(|old| utkast.avslutt(old)));
    changes.extend(gjeldende(&entries, |fact| matches!(fact, Fact::Opphold { .. })).map(|old| utkast.annuller(old)));
    let earlier = gjeldende(&entries, |fact| matches!(fact, Fact::Utflytting { .. }));
    changes.push(utkast.erstatt(key, earlier, Fact::Utflytting { land, dato }));
    if person.gradering() == Gradering::Ugradert {
        let mut stream = stream(utkast.town, utkast.origin.child("postadresse", 0), "postadresse i utlandet");
        let there = derive::adresse_i_utlandet(land, &mut stream);
        changes.push(utkast.ny(key, Fact::PostadresseIUtlandet(Box::new(there))));
    }
    utkast.registrer(key, Hendelsestype::PersonErUtflyttet, changes);
}

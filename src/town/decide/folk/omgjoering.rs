//! Corrections and annulments: registers make mistakes, and take them back (`specs/experience.md` §10.8,
//! `specs/folkeregister.md` §10, §21).

use super::navneendring::{NyttNavn, current};
use super::utkast::{Utkast, gjeldende, is_home};
use super::{Cause, Refusal, kontaktregister, somebody};
use crate::town::event::{Event, FolkEvent};
use crate::town::model::{
    DayNo, Endring, Endringsslag, Entry, Fact, Gradering, Hendelsesart, Hendelsestype, Landkode, LevdeSlik, PersonKey,
    Personstatus, Registrering, Sivilstand,
};
use crate::town::state::{Person, Town};

/// What is corrected, and into what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Retting {
    /// The name was spelt wrong.
    Navn(NyttNavn),
    /// The death was on another day.
    Doedsfall(DayNo),
    /// The citizenship is another.
    Statsborgerskap(Landkode),
    /// The move was on another day.
    Flytting(DayNo),
}

/// Decides a correction.
pub(super) fn korreksjon(town: &Town, key: PersonKey, retting: &Retting, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    let person = somebody(town, key)?;
    let name = person.navn().full();
    let mut utkast = Utkast::new(town, cause, "folkeregistermyndigheten", "Korreksjon");
    let nothing = || Refusal::new("nothing_to_correct", format!("the register has nothing of the kind about {name}"));
    let same = || Refusal::new("no_correction", format!("the register says so about {name} already"));
    match retting {
        Retting::Navn(nytt) => {
            let old = current(&person).ok_or_else(nothing)?;
            let Fact::Navn { navn: before, midlertidig } = old.fact.clone() else { return Err(nothing()) };
            let navn = nytt.paa(&before)?;
            if navn == before {
                return Err(same());
            }
            let change = utkast.korriger(key, old, Fact::Navn { navn, midlertidig });
            utkast.registrer(key, Hendelsestype::EndringINavn, vec![change]);
        }
        Retting::Statsborgerskap(land) => {
            if !land.is_kjent() {
                return Err(Refusal::new("country", format!("there is no country `{}`", land.as_str())));
            }
            let is_one = |fact: &Fact| matches!(fact, Fact::Statsborgerskap(_));
            let entries = person.entries();
            if entries.iter().any(|one| one.is_gjeldende() && one.fact == Fact::Statsborgerskap(*land)) {
                return Err(same());
            }
            let old = gjeldende(&entries, is_one).ok_or_else(nothing)?;
            let fra = old.gyldig_fra;
            let changes = utkast.rett(key, old, Some((Fact::Statsborgerskap(*land), fra)));
            utkast.registrer(key, Hendelsestype::EndringIStatsborgerskap, changes);
        }
        Retting::Flytting(dato) => {
            let old = gjeldende(&person.entries(), is_home).ok_or_else(nothing)?;
            let Fact::Bostedsadresse { bolig, gradering, flyttedato } = old.fact else { return Err(nothing()) };
            not_ahead(&utkast, *dato)?;
            if flyttedato == *dato {
                return Err(same());
            }
            let fact = Fact::Bostedsadresse { bolig, gradering, flyttedato: *dato };
            let mut change = utkast.korriger(key, old, fact);
            if let Some(ny) = &mut change.ny {
                ny.gyldig_fra = Some(*dato);
            }
            utkast.registrer(key, Hendelsestype::EndringIBostedsadresseUtenFlytting, vec![change]);
        }
        Retting::Doedsfall(dato) => died_on(&mut utkast, &person, *dato)?,
    }
    Ok(utkast.events)
}

fn not_ahead(utkast: &Utkast<'_>, dato: DayNo) -> Result<(), Refusal> {
    let ahead = dato > utkast.dato;
    if ahead { Err(Refusal::new("date", format!("{} has not come yet", dato.dato()))) } else { Ok(()) }
}

/// A date of death is annulled and registered again: the person is alive in between (`specs/life-events.md` §6, 6k).
fn died_on(utkast: &mut Utkast<'_>, person: &Person<'_>, dato: DayNo) -> Result<(), Refusal> {
    let (key, entries, name) = (person.key(), person.entries(), person.navn().full());
    let death = gjeldende(&entries, |fact| matches!(fact, Fact::Doedsfall(_)));
    let death = death.ok_or_else(|| Refusal::new("not_dead", format!("{name} is not dead")))?;
    if death.fact == Fact::Doedsfall(dato) {
        return Err(Refusal::new("no_correction", format!("the register says so about {name} already")));
    }
    not_ahead(utkast, dato)?;
    if dato < DayNo::of(person.foedselsdato()) {
        return Err(Refusal::new("date", format!("{name} was not born then")));
    }
    let is_status = |fact: &Fact| matches!(fact, Fact::Status(_));
    let mut changes = vec![utkast.annuller(death)];
    if let Some(status) = gjeldende(&entries, is_status) {
        changes.push(utkast.korriger(key, status, Fact::Status(Personstatus::Bosatt)));
    }
    utkast.registrer(key, Hendelsestype::PersonErReaktivert, changes);
    utkast.dato = dato;
    let status = utkast.nylig(key, is_status);
    let mut changes = vec![utkast.ny_fra(key, Fact::Doedsfall(dato), None)];
    changes.push(utkast.erstatt(key, status, Fact::Status(Personstatus::Doed)));
    utkast.registrer(key, Hendelsestype::PersonErDoed, changes);
    let spouse = person.sivilstand().1.and_then(|spouse| utkast.town.person_by_key(spouse));
    let Some(spouse) = spouse else { return Ok(()) };
    let old = gjeldende(&spouse.entries(), |fact| matches!(fact, Fact::Sivilstand { .. }));
    if let Some(old) = old
        && let Fact::Sivilstand { sivilstand, relatert: Some(relatert), .. } = old.fact
        && relatert == key
        && matches!(sivilstand, Sivilstand::EnkeEllerEnkemann | Sivilstand::GjenlevendePartner)
    {
        let fact = Fact::Sivilstand { sivilstand, dato: Some(dato), relatert: Some(relatert) };
        let change = utkast.korriger(spouse.key(), old, fact);
        utkast.registrer(spouse.key(), Hendelsestype::EndringISivilstand, vec![change]);
    }
    Ok(())
}

/// Decides that the last event of kind `art` of `key` never happened: every register change it made is taken back, in the
/// same order, unless something newer stands on it.
pub(super) fn annullering(
    town: &Town,
    key: PersonKey,
    art: Hendelsesart,
    cause: &Cause,
) -> Result<Vec<Event>, Refusal> {
    let person = somebody(town, key)?;
    let name = person.navn().full();
    let spor = town.folk.spor.get(&(key, art));
    let spor = spor.ok_or_else(|| {
        Refusal::new("no_such_event", format!("no `{}` of {name} has happened in this world", art.code()))
    })?;
    let mut utkast = Utkast::new(town, cause, "folkeregistermyndigheten", "Annullering");
    let rows = (spor.rad..spor.rad + usize::from(spor.rader)).filter_map(|row| town.folk.feed.get(row));
    for row in rows.clone() {
        take_back(&mut utkast, row)?;
    }
    if let Some(foer) = &spor.foer {
        lives_again(&mut utkast, &person, foer, rows.map(AsRef::as_ref));
    }
    utkast.hendelse(FolkEvent::Annullert { person: key, art });
    Ok(utkast.events)
}

/// The opposite of one register change.
fn take_back(utkast: &mut Utkast<'_>, row: &Registrering) -> Result<(), Refusal> {
    let Some(person) = utkast.town.person_by_key(row.person) else { return Ok(()) };
    let entries = person.entries();
    let mut changes = Vec::new();
    for endring in row.endringer.iter().rev() {
        changes.extend(opposite(utkast, &person, &entries, endring)?);
    }
    let slag = match row.slag {
        Hendelsestype::PersonErDoed => Hendelsestype::PersonErReaktivert,
        other => other,
    };
    utkast.registrer(row.person, slag, changes);
    Ok(())
}

fn opposite(
    utkast: &mut Utkast<'_>,
    person: &Person<'_>,
    entries: &[Entry],
    endring: &Endring,
) -> Result<Vec<Endring>, Refusal> {
    let key = person.key();
    let made = match &endring.ny {
        None => None,
        Some(ny) => {
            let standing = entries.iter().find(|entry| entry.id == ny.id && entry.is_gjeldende());
            let detail = || format!("something newer stands in the register about {}", person.navn().full());
            Some(standing.cloned().ok_or_else(|| Refusal::new("changed_since", detail()))?)
        }
    };
    let before = endring.gammel.as_ref().map(|old| (old.fact.clone(), old.gyldig_fra));
    let ended = matches!(endring.slag, Endringsslag::Opphoere | Endringsslag::Annullere);
    // What was history before it was removed stays removed: the register keeps no history of a removal.
    let was_current = endring.gammel.as_ref().is_none_or(|old| old.historisk_fra.is_none());
    Ok(match (made, before) {
        (Some(made), before) => utkast.rett(key, made, before),
        (None, Some((fact, fra))) if ended && was_current => vec![utkast.ny_fra(key, fact, fra)],
        (None, _) => Vec::new(),
    })
}

/// Somebody who was taken for dead has home, household, couple, kindergarten and contact entry again, and children who had
/// to move are back.
fn lives_again<'r>(
    utkast: &mut Utkast<'_>,
    person: &Person<'_>,
    foer: &LevdeSlik,
    rows: impl Iterator<Item = &'r Registrering>,
) {
    let (town, key) = (utkast.town, person.key());
    if foer.bolig.is_some() {
        utkast.hendelse(FolkEvent::Hjem { person: key, bolig: foer.bolig });
    }
    let still_there =
        |one: &&PersonKey| town.person_by_key(**one).is_some_and(|one| one.is_bosatt() && one.bolig() == foer.bolig);
    match foer.med.iter().find(still_there) {
        Some(hos) => utkast.hendelse(FolkEvent::TilHusstand { person: key, hos: *hos }),
        None => utkast.hendelse(FolkEvent::NyHusstand { medlemmer: vec![key] }),
    }
    let alone =
        |one: &PersonKey| town.person_by_key(*one).is_some_and(|one| one.is_bosatt() && one.partner().is_none());
    if let Some(partner) = foer.partner.filter(alone) {
        utkast.par(key, partner);
    }
    if foer.barnehage.is_some() {
        let fra = utkast.dato;
        utkast.hendelse(FolkEvent::Barnehageplass { barn: key, barnehage: foer.barnehage, fra });
    }
    for row in rows.filter(|row| row.slag == Hendelsestype::EndringIBostedsadresse) {
        let home = row.endringer.iter().find_map(|endring| match endring.gammel.as_ref().map(|old| &old.fact) {
            Some(Fact::Bostedsadresse { bolig, gradering, .. }) if *gradering != Gradering::StrengtFortrolig => *bolig,
            _ => None,
        });
        if home.is_some() && home == foer.bolig {
            utkast.hendelse(FolkEvent::Hjem { person: row.person, bolig: home });
            utkast.hendelse(FolkEvent::TilHusstand { person: row.person, hos: key });
        }
    }
    utkast.events.extend(super::super::foelger::gjenopptar(person, foer));
    utkast.events.extend(kontaktregister::gjenopprett(person));
}

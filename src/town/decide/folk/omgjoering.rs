//! Corrections: registers make mistakes (`specs/experience.md` §10.8, `specs/folkeregister.md` §10).

use super::navneendring::{NyttNavn, current};
use super::utkast::{Utkast, gjeldende};
use super::{Cause, Refusal, somebody};
use crate::town::event::Event;
use crate::town::model::{DayNo, Fact, Hendelsestype, Landkode, PersonKey, Personstatus, Sivilstand};
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
            let old = person.hjem_i_registeret().ok_or_else(nothing)?;
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

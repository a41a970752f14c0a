//! Life events on the population register. Each becomes the register changes of `specs/folkeregister.md` §21 in one
//! transaction with one register time.

mod adopsjon;
mod annullering;
mod beskyttelse;
mod delt_bosted;
mod doedsfall;
mod flytting;
mod foedsel;
mod foreldreansvar;
mod husstand;
mod identitetskontroll;
pub(super) mod innflytting;
#[cfg(test)]
mod livshendelser_tests;
mod navneendring;
mod navnevalg;
mod numre;
mod omgjoering;
#[cfg(test)]
mod registerhendelser_tests;
mod samliv;
mod spor;
mod statsborgerskap;
mod utkast;
mod vergemaal;

pub use navneendring::NyttNavn;
pub use omgjoering::Retting;
pub use vergemaal::NyttVergemaal;

use super::{Cause, Refusal};
use crate::base::{Kjoenn, Orgnummer, OriginKey};
use crate::town::event::{Event, FolkEvent};
use crate::town::model::{
    Ansvar, DayNo, Fact, Gradering, Hendelsesart, Landkode, PersonKey, PlassRow, Virksomhet, VirksomhetId,
    Virksomhetsslag,
};
use crate::town::state::{Person, Town};

/// Life events.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FolkCommand {
    /// Birth of one or more children.
    Foedsel {
        /// The mother.
        mor: PersonKey,
        /// The father or second mother, when known to the register.
        medforelder: Option<PersonKey>,
        /// One entry per child: its sex, or `None` to draw it.
        barn: Vec<Option<Kjoenn>>,
    },
    /// First choice of name of a child.
    Navnevalg {
        /// The child.
        barn: PersonKey,
        /// First name.
        fornavn: String,
        /// Middle name.
        mellomnavn: Option<String>,
        /// Surname; the mother's when not given.
        etternavn: Option<String>,
    },
    /// A child begins in a kindergarten.
    Barnehagestart {
        /// The child.
        barn: PersonKey,
        /// Which one; the first with a free place when not given.
        barnehage: Option<Orgnummer>,
    },
    /// A death.
    Doedsfall {
        /// Who dies.
        person: PersonKey,
    },
    /// A move within the municipality.
    Flytting {
        /// Who.
        person: PersonKey,
        /// To whom; to a free dwelling when not given.
        hos: Option<PersonKey>,
        /// The whole household moves; otherwise only the person, with the children who are theirs alone to care for.
        hele_husstanden: bool,
    },
    /// A move out of the municipality.
    Utflytting {
        /// Who.
        person: PersonKey,
        /// To which country; to another municipality when not given.
        land: Option<Landkode>,
        /// As for a move within.
        hele_husstanden: bool,
    },
    /// Somebody comes to the municipality.
    Innflytting {
        /// Whom they come to.
        hos: PersonKey,
        /// Sex; drawn when not given.
        kjoenn: Option<Kjoenn>,
        /// Age in years; drawn between 20 and 39 when not given.
        alder: Option<u32>,
        /// From which country; from another municipality when not given.
        land: Option<Landkode>,
        /// Takes a free dwelling instead of joining the household.
        egen_bolig: bool,
    },
    /// A wedding.
    Vigsel {
        /// One of the couple.
        person: PersonKey,
        /// The other.
        med: PersonKey,
        /// New surname of the one.
        etternavn: Option<String>,
        /// New surname of the other.
        etternavn_med: Option<String>,
    },
    /// A separation.
    Separasjon {
        /// Who of the couple moves out, when they live together.
        person: PersonKey,
    },
    /// A divorce of a couple that is separated.
    Skilsmisse {
        /// One of the couple.
        person: PersonKey,
    },
    /// A couple parts.
    Samlivsslutt {
        /// Who moves out.
        person: PersonKey,
    },
    /// Two people begin living together as a couple.
    FlytterSammen {
        /// One.
        person: PersonKey,
        /// The other.
        med: PersonKey,
    },
    /// A change of name.
    Navneendring {
        /// Who.
        person: PersonKey,
        /// The parts that change.
        nytt: NyttNavn,
    },
    /// Somebody else is responsible for a child, or in another way.
    Foreldreansvar {
        /// The child.
        barn: PersonKey,
        /// Who: the parents, one of them, or somebody else.
        ansvar: Ansvar,
        /// Somebody else.
        hvem: Option<PersonKey>,
    },
    /// A child begins or ends living in two homes.
    DeltBosted {
        /// The child.
        barn: PersonKey,
        /// The parent with the second home; the one the child is not registered with when not given.
        hos: Option<PersonKey>,
        /// The agreement ends.
        slutt: bool,
    },
    /// Protection given, changed or lifted.
    Adressebeskyttelse {
        /// Who.
        person: PersonKey,
        /// The protection from now on.
        gradering: Gradering,
        /// Everybody in the household.
        hele_husstanden: bool,
    },
    /// A new citizenship.
    Statsborgerskap {
        /// Who.
        person: PersonKey,
        /// Of which country.
        land: Landkode,
        /// The old ones stay.
        beholder: bool,
    },
    /// A guardianship or a power of attorney begins, changes or ends.
    Vergemaal {
        /// The ward.
        person: PersonKey,
        /// What is decided.
        nytt: NyttVergemaal,
    },
    /// An adoption.
    Adopsjon {
        /// The child.
        barn: PersonKey,
        /// Who adopts.
        av: PersonKey,
        /// The other parent: adopts too, or is a parent already.
        med: Option<PersonKey>,
        /// New surname of the child.
        etternavn: Option<String>,
    },
    /// The register was wrong and is corrected.
    Korreksjon {
        /// Whom it is about.
        person: PersonKey,
        /// What is right.
        retting: Retting,
    },
    /// The last event of a kind never happened.
    Annullering {
        /// Whom it was of.
        person: PersonKey,
        /// What it was.
        art: Hendelsesart,
    },
    /// Keeps people from chance, or lets them go.
    Hold {
        /// Whom.
        personer: Vec<PersonKey>,
        /// Kept.
        holdt: bool,
    },
    /// The identity of everybody resident is checked anew: the flood the register announced (`specs/folkeregister.md` §9).
    Identitetskontroll {
        /// How many of those who have not been checked, in order of the register; everybody when not given.
        antall: Option<u32>,
    },
}

/// Decides a life event, and leaves what is needed to annul it.
pub(super) fn decide(town: &Town, command: &FolkCommand, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    let mut events = match by_hand(town, command, cause) {
        Some(decided) => decided?,
        None => decide_other(town, command, cause)?,
    };
    spor::legg_ved(town, command, &mut events);
    Ok(events)
}

/// Adds to `events` what is needed to annul the move that `command` asked for.
pub(super) fn flyttespor(town: &Town, command: &FolkCommand, events: &mut Vec<Event>) {
    spor::legg_ved_flytting(town, command, events);
}

/// What nobody but a person, a script or a program brings about; `None` for what background life brings too.
fn by_hand(town: &Town, command: &FolkCommand, cause: &Cause) -> Option<Result<Vec<Event>, Refusal>> {
    Some(match command {
        FolkCommand::Navneendring { person, nytt } => navneendring::decide(town, *person, nytt, cause),
        FolkCommand::Foreldreansvar { barn, ansvar, hvem } => {
            foreldreansvar::decide(town, *barn, *ansvar, *hvem, cause)
        }
        FolkCommand::DeltBosted { barn, hos, slutt } => delt_bosted::decide(town, *barn, *hos, *slutt, cause),
        FolkCommand::Adressebeskyttelse { person, gradering, hele_husstanden } => {
            beskyttelse::decide(town, *person, *gradering, *hele_husstanden, cause)
        }
        FolkCommand::Statsborgerskap { person, land, beholder } => {
            statsborgerskap::decide(town, *person, *land, *beholder, cause)
        }
        FolkCommand::Vergemaal { person, nytt } => vergemaal::decide(town, *person, nytt, cause),
        FolkCommand::Adopsjon { barn, av, med, etternavn } => {
            adopsjon::decide(town, *barn, (*av, *med), etternavn.as_deref(), cause)
        }
        FolkCommand::Korreksjon { person, retting } => omgjoering::korreksjon(town, *person, retting, cause),
        FolkCommand::Annullering { person, art } => annullering::decide(town, *person, *art, cause),
        _ => return None,
    })
}

fn decide_other(town: &Town, command: &FolkCommand, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    match command {
        FolkCommand::Foedsel { mor, medforelder, barn } => {
            foedsel::decide(town, *mor, *medforelder, barn, false, cause)
        }
        FolkCommand::Navnevalg { barn, fornavn, mellomnavn, etternavn } => {
            let chosen =
                navnevalg::Chosen { fornavn, mellomnavn: mellomnavn.as_deref(), etternavn: etternavn.as_deref() };
            navnevalg::decide(town, *barn, &chosen, cause)
        }
        FolkCommand::Barnehagestart { barn, barnehage } => barnehagestart(town, *barn, *barnehage),
        FolkCommand::Doedsfall { person } => doedsfall::decide(town, *person, cause),
        FolkCommand::Flytting { person, hos, hele_husstanden } => {
            flytting::innen(town, *person, *hos, *hele_husstanden, cause)
        }
        FolkCommand::Utflytting { person, land, hele_husstanden } => {
            let til = land.map_or(flytting::Ut::AnnenKommune, flytting::Ut::Utlandet);
            flytting::ut(town, *person, til, *hele_husstanden, cause)
        }
        FolkCommand::Innflytting { hos, kjoenn, alder, land, egen_bolig } => {
            let wanted = innflytting::Oensket {
                hos: *hos,
                kjoenn: *kjoenn,
                alder: *alder,
                land: *land,
                egen_bolig: *egen_bolig,
            };
            innflytting::scripted(town, &wanted, cause)
        }
        FolkCommand::Vigsel { person, med, etternavn, etternavn_med } => {
            samliv::vigsel(town, [*person, *med], [etternavn.as_deref(), etternavn_med.as_deref()], cause)
        }
        FolkCommand::Separasjon { person } => samliv::separasjon(town, *person, cause),
        FolkCommand::Skilsmisse { person } => samliv::skilsmisse(town, *person, cause),
        FolkCommand::Samlivsslutt { person } => samliv::samlivsslutt(town, *person, cause),
        FolkCommand::FlytterSammen { person, med } => samliv::flytter_sammen(town, *person, *med, cause),
        FolkCommand::Hold { personer, holdt } => {
            personer.iter().try_for_each(|key| somebody(town, *key).map(|_| ()))?;
            let event = |person: &PersonKey| Event::Folk(FolkEvent::Holdt { person: *person, holdt: *holdt });
            Ok(personer.iter().map(event).collect())
        }
        FolkCommand::Identitetskontroll { antall } => identitetskontroll::decide(town, *antall, cause),
        // Decided before.
        _ => Ok(Vec::new()),
    }
}

fn somebody(town: &Town, key: PersonKey) -> Result<Person<'_>, Refusal> {
    town.person_by_key(key).ok_or_else(|| Refusal::new("unknown_person", "there is no such person"))
}

fn resident(town: &Town, key: PersonKey) -> Result<Person<'_>, Refusal> {
    let person = somebody(town, key)?;
    if person.is_bosatt() {
        return Ok(person);
    }
    Err(Refusal::new("not_resident", format!("{} is not resident: {}", person.navn().full(), gone(&person))))
}

/// What became of somebody who does not live here, with the day: a script whose person is gone is told why.
fn gone(person: &Person<'_>) -> String {
    let entries = person.entries();
    if let Some(dato) = doedsfall::day_of_death(person) {
        return format!("died on {}", dato.dato());
    }
    let away =
        utkast::gjeldende(&entries, |fact| matches!(fact, Fact::Utflytting { .. } | Fact::BostedAnnenKommune { .. }));
    match away.map(|entry| entry.fact) {
        Some(Fact::Utflytting { land, dato }) => format!("emigrated to {} on {}", land.as_str(), dato.dato()),
        Some(Fact::BostedAnnenKommune { flyttedato, .. }) => {
            format!("moved to another municipality on {}", flyttedato.dato())
        }
        _ => format!("the register says `{}`", person.status().code()),
    }
}

/// A birth that background life brings.
pub(super) fn birth(
    town: &Town,
    mor: PersonKey,
    medforelder: Option<PersonKey>,
    barn: &[Option<Kjoenn>],
    cause: &Cause,
) -> Result<Vec<Event>, Refusal> {
    foedsel::decide(town, mor, medforelder, barn, true, cause)
}

/// Whether one descends from the other, or both have a parent in common.
pub(super) fn is_close_kin(one: &Person<'_>, other: &Person<'_>) -> bool {
    samliv::is_close_kin(one, other)
}

/// The first name parents choose for a child.
pub(super) fn fornavn(town: &Town, kjoenn: Kjoenn, origin: OriginKey) -> String {
    innflytting::barnenavn(town, kjoenn, origin)
}

/// Places taken in `unit`: those of the base and what this world changed.
fn taken_places(town: &Town, unit: &Virksomhet) -> i64 {
    let of_unit = |row: &&PlassRow| town.base.virksomheter[row.virksomhet.index()].orgnr == unit.orgnr;
    let base = town.base.plasser.iter().filter(of_unit).count();
    i64::try_from(base).unwrap_or(i64::MAX) + town.folk.barnehageplasser.get(&unit.orgnr).copied().unwrap_or(0)
}

/// Oldest age in a kindergarten (`specs/population.md` §16.6).
const MAX_BARNEHAGE: i32 = 6;

fn barnehagestart(town: &Town, key: PersonKey, wanted: Option<Orgnummer>) -> Result<Vec<Event>, Refusal> {
    let barn = resident(town, key)?;
    if barn.alder() > MAX_BARNEHAGE {
        return Err(Refusal::new("too_old", format!("{} is {} years old", barn.navn().full(), barn.alder())));
    }
    let units = (0..town.virksomhet_count()).map(|place| town.virksomhet(VirksomhetId::at(place)));
    let mut kindergartens = units.filter(|unit| unit.slag == Virksomhetsslag::Barnehage);
    let free = |unit: &Virksomhet| taken_places(town, unit) < i64::from(unit.kapasitet);
    let chosen = match wanted {
        Some(orgnr) => kindergartens.find(|unit| unit.orgnr == orgnr).ok_or_else(|| {
            Refusal::new("unknown_kindergarten", "there is no such kindergarten in this municipality")
        })?,
        None => kindergartens
            .find(free)
            .ok_or_else(|| Refusal::new("no_place", "no kindergarten of this municipality has a place"))?,
    };
    if !free(&chosen) {
        let name = town.base.tekst.get(chosen.navn);
        return Err(Refusal::new("no_place", format!("{name} has no place: all {} are taken", chosen.kapasitet)));
    }
    let unit = chosen;
    let fra = DayNo::of(town.now().dato());
    Ok(vec![Event::Folk(FolkEvent::Barnehageplass { barn: key, barnehage: Some(unit.orgnr), fra })])
}

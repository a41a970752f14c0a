//! Where and before whom a civil status came about (`specs/folkeregister.md` §6.2, `sivilstand`). Spelling of a fact two
//! people show: drawn from the fact, so both show the same.

use super::identitet::stream;
use super::tid::{Registertid, Sak};
use crate::town::model::{Base, DayNo, Landkode, PersonId, Sivilstand};

/// Weddings in church, per cent.
const KIRKE: u64 = 35;
/// Weddings here of couples who live here, per cent.
const HER: u64 = 60;

/// Where a civil status came about.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Vigselssted {
    /// Code of the authority.
    pub myndighet: Option<&'static str>,
    /// In this municipality.
    pub her: bool,
    /// In which country, when abroad.
    pub utland: Option<Landkode>,
}

/// Where `person` came to be `sivilstand` on `dato`, with or from `relatert`.
#[must_use]
pub fn vigselssted(
    base: &Base,
    person: PersonId,
    relatert: Option<PersonId>,
    dato: DayNo,
    sivilstand: Sivilstand,
) -> Vigselssted {
    let decided = |myndighet| Vigselssted { myndighet: Some(myndighet), her: false, utland: None };
    match sivilstand {
        Sivilstand::Separert | Sivilstand::Skilt | Sivilstand::SeparertPartner | Sivilstand::SkiltPartner => {
            decided("STATSFORVALTEREN")
        }
        Sivilstand::Gift | Sivilstand::RegistrertPartner => {
            let first = relatert.map_or(person, |other| other.min(person));
            let tid = Registertid::new(base);
            let both = relatert.into_iter().chain([person]);
            let abroad = both.clone().filter(|one| tid.opprettet_dato(*one) > dato).min();
            if let Some(one) = abroad.filter(|_| both.into_iter().all(|one| tid.opprettet_dato(one) > dato)) {
                let utland = Some(base.personer.foedeland[one.index()]);
                return Vigselssted { myndighet: None, her: false, utland };
            }
            let mut stream = stream(base, "vigsel", Sak::Sivilstand(first, dato).noekkel());
            let myndighet = if stream.uniform(100) < KIRKE { "DEN_NORSKE_KIRKE" } else { "ANSATT_I_KOMMUNE" };
            Vigselssted { myndighet: Some(myndighet), her: stream.uniform(100) < HER, utland: None }
        }
        _ => Vigselssted::default(),
    }
}

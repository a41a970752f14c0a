//! What a world remembers of life events so that they can be annulled.

use super::{BoligId, PersonKey, Rolletype};
use crate::base::Orgnummer;

code_list!(
    /// Life events that can be annulled, by their names (`specs/names.md` §3). Append only.
    Hendelsesart {
        /// A death.
        Doedsfall = "doedsfall",
        /// A wedding.
        Vigsel = "vigsel",
        /// The first choice of name.
        Navnevalg = "navnevalg",
        /// A change of name.
        Navneendring = "navneendring",
        /// A change of parental responsibility.
        Foreldreansvar = "foreldreansvar",
        /// A second home begins or ends.
        DeltBosted = "delt_bosted",
        /// Protection given, changed or lifted.
        Adressebeskyttelse = "adressebeskyttelse",
        /// A citizenship.
        Statsborgerskap = "statsborgerskap",
        /// A guardianship.
        Vergemaal = "vergemaal",
        /// A power of attorney.
        Fullmakt = "fullmakt",
        /// A divorce.
        Skilsmisse = "skilsmisse",
        /// A move within the municipality.
        Flytting = "flytting",
        /// Somebody comes to the municipality.
        Innflytting = "innflytting",
        /// A move out of it.
        Utflytting = "utflytting",
    }
);

/// The trace of a life event: it made the register changes right before it in the log.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Hendelsesspor {
    /// Whom it was of.
    pub person: PersonKey,
    /// What it was.
    pub art: Hendelsesart,
    /// How many register changes it made.
    pub rader: u16,
    /// How the person lived before a death.
    pub foer: Option<LevdeSlik>,
}

/// The trace of a move: it made the register changes right before it in the log.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Flyttespor {
    /// Whom it was of.
    pub person: PersonKey,
    /// What it was.
    pub art: Hendelsesart,
    /// How many register changes it made.
    pub rader: u16,
    /// How everybody who moved lived before; empty for a move in.
    pub foer: Vec<(PersonKey, LevdeSlik)>,
}

/// How somebody lived: what no register change says.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct LevdeSlik {
    /// The dwelling.
    pub bolig: Option<BoligId>,
    /// Others in the household.
    pub med: Vec<PersonKey>,
    /// The partner in it.
    pub partner: Option<PersonKey>,
    /// The kindergarten.
    pub barnehage: Option<Orgnummer>,
    /// The school.
    pub skole: Option<Orgnummer>,
    /// The general practitioner's list.
    pub fastlege: Option<u16>,
    /// Jobs.
    pub jobber: Vec<HaddeJobb>,
    /// Roles, with the unit of each.
    pub roller: Vec<(Orgnummer, Rolletype)>,
}

/// A job somebody had.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct HaddeJobb {
    /// The sub-unit where it sat.
    pub virksomhet: Orgnummer,
    /// Occupation, four digits of STYRK-08.
    pub yrke: u16,
    /// Per cent of full time.
    pub stillingsprosent: u8,
    /// Gross wage a month at the wage level of the town's first year, kroner.
    pub maanedsloenn: u32,
}

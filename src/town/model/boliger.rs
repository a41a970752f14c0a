//! Households, dwellings, buildings and property of the base.

use super::{Bruksenhetstype, BygningId, DayNo, EiendomId, Husstandstype, PersonId, SpellId, VirksomhetId};
use crate::base::TextId;

code_list!(
    /// How a dwelling is held (`specs/population.md` §10).
    Eieform {
        /// Freehold.
        Selveier = "selveier",
        /// Share in a housing co-operative.
        Borettslag = "borettslag",
        /// Rented.
        Leie = "leie",
        /// Nobody lives here.
        Ubebodd = "ubebodd",
    }
);

code_list!(
    /// Building types, with the code of the land register (`specs/population.md` §10).
    Bygningstype {
        /// Detached house.
        Enebolig = "111",
        /// House on a farm.
        Vaaningshus = "113",
        /// Two-dwelling building.
        Tomannsbolig = "121",
        /// Row house and small house.
        Rekkehus = "131",
        /// Block of flats.
        Boligblokk = "142",
        /// Other residential building.
        Bofellesskap = "159",
        /// Holiday home.
        Fritidsbolig = "161",
        /// Farm building.
        Landbruksbygning = "241",
        /// Office.
        Kontorbygning = "311",
        /// Shop.
        Forretningsbygning = "322",
        /// Workshop or factory.
        Industribygning = "212",
        /// Warehouse.
        Lagerbygning = "231",
        /// Kindergarten.
        Barnehage = "612",
        /// School.
        Skole = "613",
        /// Nursing home.
        Sykehjem = "721",
        /// Health centre.
        Helsesenter = "732",
        /// Town hall.
        Raadhus = "319",
        /// Church or meeting house.
        Forsamlingshus = "671",
        /// Fire station.
        Brannstasjon = "822",
        /// Sports hall.
        Idrettshall = "651",
    }
);

/// Households. Members are residents in order: reference person, partner, children by age, others.
#[derive(Clone, Debug, Default)]
pub struct Husstander {
    /// Type.
    pub slag: Vec<Husstandstype>,
    /// Current residence spell of the household as a whole.
    pub bosted: Vec<SpellId>,
    /// Where each household's members begin in `medlemmer`; one more entry than households.
    pub start: Vec<u32>,
    /// Members of all households, one after the other.
    pub medlemmer: Vec<PersonId>,
}

/// Dwellings. One whose [`gate`](Boliger::gate) is [`INGEN_GATE`] has the number of its property instead of a street
/// address (`matrikkeladresse`).
#[derive(Clone, Debug, Default)]
pub struct Boliger {
    /// Street.
    pub gate: Vec<u32>,
    /// House number; without a street the number among several homes of one property (`undernummer`), or 0.
    pub husnummer: Vec<u16>,
    /// House letter as a byte, 0 for none.
    pub husbokstav: Vec<u8>,
    /// Unit number: letter, floor and door as in `H0101`; `*b"H0101"` in single-unit houses too.
    pub bruksenhet: Vec<[u8; 5]>,
    /// Kind of unit.
    pub bruksenhetstype: Vec<Bruksenhetstype>,
    /// Position in the list of postal places.
    pub poststed: Vec<u16>,
    /// Basic statistical unit.
    pub grunnkrets: Vec<u16>,
    /// School district.
    pub skolekrets: Vec<u8>,
    /// Polling district.
    pub stemmekrets: Vec<u8>,
    /// Building.
    pub bygning: Vec<BygningId>,
    /// How those who live here hold it.
    pub eieform: Vec<Eieform>,
}

/// A street.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gate {
    /// Name as the register writes it.
    pub navn: TextId,
    /// Address code.
    pub kode: u16,
}

/// A postal place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Poststed {
    /// Postal code.
    pub nummer: u16,
    /// Place name, upper case.
    pub navn: TextId,
    /// Only post-office boxes.
    pub bare_postboks: bool,
}

/// Marks a dwelling or building without a street address.
pub const INGEN_GATE: u32 = u32::MAX;

/// A building. Several dwellings may be in one; those of firms and institutions have none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bygning {
    /// What it is.
    pub slag: Bygningstype,
    /// Street, or [`INGEN_GATE`].
    pub gate: u32,
    /// House number.
    pub husnummer: u16,
    /// House letter as a byte, 0 for none.
    pub husbokstav: u8,
    /// Property it stands on.
    pub eiendom: EiendomId,
    /// Position in the list of postal places.
    pub poststed: u16,
    /// Basic statistical unit.
    pub grunnkrets: u16,
    /// School district.
    pub skolekrets: u8,
    /// Polling district.
    pub stemmekrets: u8,
    /// East in EUREF89 UTM zone 33, metres.
    pub oest: i32,
    /// North in EUREF89 UTM zone 33, metres.
    pub nord: i32,
    /// Year it was built.
    pub byggeaar: u16,
}

/// A property in the land register. Sorted by number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Eiendom {
    /// Farm number.
    pub gardsnummer: u16,
    /// Plot number.
    pub bruksnummer: u16,
    /// Lease number, 0 for none.
    pub festenummer: u16,
    /// Section number, 0 for none.
    pub seksjonsnummer: u16,
}

/// An owner of a property. Rows are sorted by property; shares of one add up to 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HjemmelRow {
    /// The property.
    pub eiendom: EiendomId,
    /// The owner, when a person.
    pub person: PersonId,
    /// The owner, when an organisation.
    pub virksomhet: VirksomhetId,
    /// Share: parts owned.
    pub teller: u16,
    /// Share: parts in all.
    pub nevner: u16,
    /// Since.
    pub fra: DayNo,
}

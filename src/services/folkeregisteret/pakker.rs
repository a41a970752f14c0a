//! The packages of rights: where each is served, what it may see and how much of it (`specs/folkeregister.md` §1, §3, §5,
//! §8).

use axum::http::StatusCode;

use super::elementer::{Element, Mengde};
use crate::town::model::{Gradering, Hendelsestype, Lesere};

/// When a package gives the identity number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Nummerregel {
    /// Asked for or not.
    Alltid,
    /// Only when asked for.
    PaaForespoersel,
    /// Never, nor that of anybody else.
    Aldri,
}

/// Which graded addresses a package sees.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Adresseregel {
    /// Those marked `fortrolig`.
    pub(super) fortrolig: bool,
    /// Those marked `klientadresse`.
    pub(super) klientadresse: bool,
    /// Former ones of somebody who is protected.
    pub(super) vernet_historikk: bool,
}

impl Adresseregel {
    const ALT: Self = Self { fortrolig: true, klientadresse: true, vernet_historikk: true };
    const AAPNE: Self = Self { fortrolig: false, klientadresse: false, vernet_historikk: false };

    /// Whether an address with this grading is shown.
    pub(super) fn viser(self, gradering: Gradering, vern: Gradering, er_gjeldende: bool) -> bool {
        let graded = match gradering {
            Gradering::Ugradert => true,
            Gradering::Klientadresse => self.klientadresse,
            Gradering::Fortrolig => self.fortrolig,
            Gradering::StrengtFortrolig => false,
        };
        let protected = !matches!(vern, Gradering::Ugradert | Gradering::Klientadresse);
        graded && (er_gjeldende || !protected || self.vernet_historikk)
    }
}

/// What a package offers beside the unique search, the feed and the schemas, which all have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Tjenester {
    /// Nothing more.
    Ingen,
    /// Look-ups of people, search and extracts.
    Oppslag,
    /// Everything.
    Alle,
}

impl Tjenester {
    /// Whether what needs `wanted` is among them.
    pub(super) const fn har(self, wanted: Self) -> bool {
        self as u8 >= wanted as u8
    }
}

/// A package of rights.
#[derive(Debug)]
pub(super) struct Pakke {
    /// Its name in paths, scopes and digests.
    pub(super) id: &'static str,
    /// Where it is served.
    pub(super) base: &'static str,
    /// Scope of Maskinporten.
    pub(super) scope: &'static str,
    /// The scope of a sector body acting for its sector.
    pub(super) segment: Option<&'static str>,
    pub(super) nummer: Nummerregel,
    /// Elements it may see.
    pub(super) elementer: Mengde,
    /// Elements of `person-basis` beyond those of all packages.
    pub(super) basis: Mengde,
    /// Elements whose history it may see.
    pub(super) historikk: Mengde,
    pub(super) adresser: Adresseregel,
    /// Whose numbers of the feed are this package's.
    pub(super) lesere: Lesere,
    /// The one type of every event, where the package may not know which.
    pub(super) hendelsetype: Option<Hendelsestype>,
    /// Sees source and reason, and the secret statuses.
    pub(super) hjemmel: bool,
    /// Sees of civil status, citizenship and sex only the value.
    pub(super) knapp: bool,
    /// Answer to a `part` that names nothing.
    pub(super) ukjent_part: StatusCode,
    /// Name and street without a house number or postal code are enough to search for one person.
    pub(super) gate_alene: bool,
}

/// Where each package is served and what it offers, in the order of [`PAKKER`].
pub(super) const BASER: [(&str, Tjenester); 9] = [
    ("/folkeregisteret/offentlig-med-hjemmel/api/v1", Tjenester::Alle),
    ("/folkeregisteret/api/offentligutenhjemmel/v1", Tjenester::Oppslag),
    ("/folkeregisteret/api/privatutenhjemmel/v1", Tjenester::Oppslag),
    ("/folkeregisteret/api/privat/v1", Tjenester::Ingen),
    ("/folkeregisteret/api/privatutenfolkeregisteridentifikator/v1", Tjenester::Ingen),
    ("/folkeregisteret/api/finans/v1", Tjenester::Oppslag),
    ("/folkeregisteret/api/presse/v1", Tjenester::Ingen),
    ("/folkeregisteret/api/presseutenfolkeregisteridentifikator/v1", Tjenester::Ingen),
    ("/folkeregisteret/api/eid/v1", Tjenester::Oppslag),
];

/// Elements that are secret outside the package with legal basis, but for the exceptions in the table.
const HEMMELIGE: Mengde = Mengde::av(&[
    Element::FAMILIERELASJON,
    Element::FORELDREANSVAR,
    Element::VALGMANNTALL,
    Element::BRUK_AV_SAMISK_SPRAAK,
    Element::OPPHOLD,
    Element::UTENLANDSK_ID,
    Element::UTLENDINGSNUMMER,
    Element::LEGITIMASJONSDOKUMENT,
    Element::FALSK_IDENTITET,
    Element::BIBEHOLD,
    Element::OPPHOLD_PAA_SVALBARD,
    Element::ADRESSEBESKYTTELSE,
]);
const AAPNE: Mengde = Mengde::ALLE.uten(HEMMELIGE);
const MED_ADRESSER: Mengde = Mengde::av(&[
    Element::IDENTIFIKASJONSNUMMER,
    Element::BOSTEDSADRESSE,
    Element::OPPHOLDSADRESSE,
    Element::DELT_BOSTED,
    Element::POSTADRESSE,
    Element::POSTADRESSE_I_UTLANDET,
    Element::NAVN,
]);
/// Elements that keep their history.
const MED_HISTORIKK: Mengde = MED_ADRESSER.og(Mengde::av(&[
    Element::STATUS,
    Element::SIVILSTAND,
    Element::IDENTITETSGRUNNLAG,
    Element::KJOENN,
    Element::FAMILIERELASJON,
    Element::VERGEMAAL,
    Element::DOEDSBO,
    Element::INNFLYTTING,
    Element::UTFLYTTING,
    Element::FORELDREANSVAR,
    Element::VALGMANNTALL,
    Element::STATSBORGERSKAP,
]));
const LEGITIMASJON: Mengde = Mengde::av(&[Element::UTENLANDSK_ID, Element::LEGITIMASJONSDOKUMENT]);
const UTEN_NUMMER: Mengde = AAPNE.uten(Mengde::av(&[Element::IDENTIFIKASJONSNUMMER]));

/// Public and private bodies with legal basis.
pub(super) static OMH: Pakke = Pakke {
    id: "offentlig-med-hjemmel",
    base: BASER[0].0,
    scope: "folkeregister:deling/offentligmedhjemmel",
    segment: Some("folkeregister:deling/offentligmedhjemmel.segmentansvarlig"),
    nummer: Nummerregel::Alltid,
    elementer: Mengde::ALLE,
    basis: Mengde::INGEN,
    historikk: MED_HISTORIKK,
    adresser: Adresseregel::ALT,
    lesere: Lesere::Hjemmel,
    hendelsetype: None,
    hjemmel: true,
    knapp: false,
    ukjent_part: StatusCode::BAD_REQUEST,
    gate_alene: true,
};

/// Public bodies without legal basis.
pub(super) static OUH: Pakke = Pakke {
    id: "offentligutenhjemmel",
    base: BASER[1].0,
    scope: "folkeregister:deling/offentligutenhjemmel",
    segment: Some("folkeregister:deling/offentligutenhjemmel.segmentansvarlig"),
    elementer: AAPNE.og(Mengde::av(&[Element::FALSK_IDENTITET, Element::ADRESSEBESKYTTELSE])),
    adresser: Adresseregel { fortrolig: true, ..Adresseregel::AAPNE },
    lesere: Lesere::OffentligUtenHjemmel,
    ukjent_part: StatusCode::NOT_ACCEPTABLE,
    gate_alene: false,
    ..PUH
};

/// Private bodies without legal basis. The others of the table differ from it.
const PUH: Pakke = Pakke {
    id: "privatutenhjemmel",
    base: BASER[2].0,
    scope: "folkeregister:deling/privatutenhjemmel",
    segment: None,
    nummer: Nummerregel::Alltid,
    elementer: AAPNE,
    basis: Mengde::INGEN,
    historikk: MED_ADRESSER,
    adresser: Adresseregel::AAPNE,
    lesere: Lesere::Andre,
    hendelsetype: None,
    hjemmel: false,
    knapp: true,
    ukjent_part: StatusCode::BAD_REQUEST,
    gate_alene: true,
};
static PRIVAT_UTEN_HJEMMEL: Pakke = PUH;

/// Finance.
static FINANS: Pakke = Pakke {
    id: "finans",
    base: BASER[5].0,
    scope: "folkeregister:deling/finans",
    segment: Some("folkeregister:deling/finans.segmentansvarlig"),
    elementer: AAPNE.og(Mengde::av(&[
        Element::FAMILIERELASJON,
        Element::FORELDREANSVAR,
        Element::FALSK_IDENTITET,
        Element::ADRESSEBESKYTTELSE,
    ])),
    historikk: MED_ADRESSER.og(Mengde::av(&[Element::SIVILSTAND])),
    lesere: Lesere::Finans,
    knapp: false,
    ..PUH
};

/// Issuers of electronic identities.
static EID: Pakke = Pakke {
    id: "eid",
    base: BASER[8].0,
    scope: "folkeregister:deling/utstedereid",
    elementer: AAPNE.og(LEGITIMASJON),
    basis: LEGITIMASJON,
    lesere: Lesere::Eid,
    ..PUH
};

/// Private bodies, and the press: only the unique search and the feed.
const BARE_SOEK: Pakke =
    Pakke { nummer: Nummerregel::PaaForespoersel, hendelsetype: Some(Hendelsestype::EndringIPerson), ..PUH };
static PRIVAT: Pakke = Pakke { id: "privat", base: BASER[3].0, scope: "folkeregister:deling/privat", ..BARE_SOEK };
static PRESSE: Pakke = Pakke { id: "presse", base: BASER[6].0, scope: "folkeregister:deling/presse", ..BARE_SOEK };
static PRIVAT_UTEN_NUMMER: Pakke = Pakke {
    id: "privatutenfolkeregisteridentifikator",
    base: BASER[4].0,
    scope: "folkeregister:deling/privatutenfolkeregisteridentifikator",
    nummer: Nummerregel::Aldri,
    elementer: UTEN_NUMMER,
    ..BARE_SOEK
};
static PRESSE_UTEN_NUMMER: Pakke = Pakke {
    id: "presseutenfolkeregisteridentifikator",
    base: BASER[7].0,
    scope: "folkeregister:deling/presseutenfolkeregisteridentifikator",
    nummer: Nummerregel::Aldri,
    elementer: UTEN_NUMMER,
    ..BARE_SOEK
};

/// All packages.
pub(super) static PAKKER: [&Pakke; 9] =
    [&OMH, &OUH, &PRIVAT_UTEN_HJEMMEL, &PRIVAT, &PRIVAT_UTEN_NUMMER, &FINANS, &PRESSE, &PRESSE_UTEN_NUMMER, &EID];

impl Pakke {
    /// Its place in the table.
    pub(super) fn plass(&self) -> u64 {
        PAKKER.iter().position(|other| other.id == self.id).map_or(0, |place| place as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_has_its_own_path_and_scope() {
        for (place, pakke) in PAKKER.iter().enumerate() {
            assert_eq!(pakke.plass(), place as u64);
            let same = |other: &&&Pakke| other.base == pakke.base || other.scope == pakke.scope;
            assert_eq!(PAKKER.iter().filter(same).count(), 1, "{}", pakke.id);
            assert_eq!(pakke.base, BASER[place].0);
            assert!(pakke.base.contains(&format!("/{}/", pakke.id)), "{}", pakke.id);
        }
    }

    #[test]
    fn graded_addresses_are_shown_as_the_table_says() {
        use Gradering::{Fortrolig, Klientadresse, StrengtFortrolig, Ugradert};
        let seen = |pakke: &Pakke| {
            [
                (Ugradert, Ugradert, true),
                (Ugradert, Ugradert, false),
                (Klientadresse, Klientadresse, true),
                (Fortrolig, Fortrolig, true),
                (Fortrolig, Fortrolig, false),
                (StrengtFortrolig, StrengtFortrolig, true),
                (Ugradert, StrengtFortrolig, true),
            ]
            .map(|(gradering, vern, now)| pakke.adresser.viser(gradering, vern, now))
        };
        for pakke in PAKKER {
            let expected = match pakke.id {
                "offentlig-med-hjemmel" => [true, true, true, true, true, false, true],
                "offentligutenhjemmel" => [true, true, false, true, false, false, true],
                _ => [true, true, false, false, false, false, true],
            };
            assert_eq!(seen(pakke), expected, "{}", pakke.id);
        }
    }
}

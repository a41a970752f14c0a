//! Sources and reasons of the base population's register changes (`kilde`, `aarsak`, `specs/folkeregister.md` §6.1).
//!
//! A mocked body never mentions the mock (`DESIGN` §2 rule 9), so the base population too has the words the real
//! register uses: what was registered before the modernised register carries the old register's mark.

use std::sync::{Arc, LazyLock};

use super::tid::Era;
use crate::town::model::DayNo;

/// Why something was registered, as far as source and reason differ.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Anledning {
    Grunnbefolkning,
    Foedsel,
    Innflytting,
    FoersteNavnevalg,
    Navn,
    Flytting,
    Vigsel,
    Separasjon,
    Skilsmisse,
    Doedsfall,
    Foreldreansvar,
    Adressebeskyttelse,
    Postadresse,
    Utflytting,
    DoedsfallAnnullert,
    DNummer,
    DNummerInaktivt,
    Kjoennsendring,
    Sammenslaaing,
    Statsborgerskap,
    Vergemaal,
    DeltBosted,
    Doedsbo,
    Opphold,
    AnnetSted,
    Samisk,
}

/// Occasion, source since the modernised register, reason. In the order of [`Anledning`].
const TABELL: [(Anledning, &str, &str); 26] = [
    (Anledning::Grunnbefolkning, GAMMELT_REGISTER, "Grunnbefolkning"),
    (Anledning::Foedsel, "folkeregistermyndigheten", "Fødsel"),
    (Anledning::Innflytting, "folkeregistermyndigheten", "Innflytting"),
    (Anledning::FoersteNavnevalg, "forelder", "Første gangs navnevalg"),
    (Anledning::Navn, "folkeregistermyndigheten", "Navn"),
    (Anledning::Flytting, "skatteetaten", "Flytting innenlands"),
    (Anledning::Vigsel, "folkeregistermyndigheten", "Vigsel"),
    (Anledning::Separasjon, "folkeregistermyndigheten", "Separasjon"),
    (Anledning::Skilsmisse, "folkeregistermyndigheten", "Skilsmisse"),
    (Anledning::Doedsfall, "folkeregistermyndigheten", "Dødsfall"),
    (Anledning::Foreldreansvar, "folkeregistermyndigheten", "Foreldreansvar"),
    (Anledning::Adressebeskyttelse, "folkeregistermyndigheten", "Adressebeskyttelse"),
    (Anledning::Postadresse, "folkeregistermyndigheten", "Postadresse"),
    (Anledning::Utflytting, "skatteetaten", "Utflytting"),
    (Anledning::DoedsfallAnnullert, "folkeregistermyndigheten", "Annullering"),
    (Anledning::DNummer, "skatteetaten", "Tildele d-nummer"),
    (Anledning::DNummerInaktivt, "FREG automatisk", "Person med d-nummer"),
    (Anledning::Kjoennsendring, "skatteetaten", "Kjønnsendring"),
    (Anledning::Sammenslaaing, "folkeregistermyndigheten", "Sammenslåing"),
    (Anledning::Statsborgerskap, "folkeregistermyndigheten", "Statsborgerskap"),
    (Anledning::Vergemaal, "Statens Sivilrettsforvaltning", "Vergemål"),
    (Anledning::DeltBosted, "folkeregistermyndigheten", "Delt bosted"),
    (Anledning::Doedsbo, "folkeregistermyndigheten", "Kontaktopplysninger for dødsbo"),
    (Anledning::Opphold, "folkeregistermyndigheten", "Oppholdstillatelse"),
    (Anledning::AnnetSted, "skatteetaten", "Oppholdsadresse"),
    (Anledning::Samisk, "folkeregistermyndigheten", "Sametingets valgmanntall"),
];

/// Source of everything the old register knew.
const GAMMELT_REGISTER: &str = "KILDE_DSF";

/// Source and reason, shared by all entries that have them.
type Merknad = (Arc<str>, Arc<str>);

static DELT: LazyLock<(Arc<str>, Vec<Merknad>)> = LazyLock::new(|| {
    (GAMMELT_REGISTER.into(), TABELL.iter().map(|(_, kilde, aarsak)| ((*kilde).into(), (*aarsak).into())).collect())
});

impl Anledning {
    /// `kilde` and `aarsak` of a change registered on `dag`.
    pub(super) fn kilde_og_aarsak(self, dag: DayNo) -> (Arc<str>, Arc<str>) {
        let (gammelt, rader) = &*DELT;
        let (kilde, aarsak) = &rader[self as usize];
        (if Era::of(dag) == Era::Modernisert { kilde.clone() } else { gammelt.clone() }, aarsak.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_occasions() {
        for (place, (anledning, ..)) in TABELL.iter().enumerate() {
            assert_eq!(*anledning as usize, place, "{anledning:?}");
        }
    }
}

//! What the registry behind the integration point knows about a receiver: which processes, by which service, and the
//! addresses (`specs/eformidling.md` §5). It reads the same contact register as everybody else, so a reservation made
//! there shows here at once.

use crate::town::model::{Postkasse, Virksomhetsslag};
use crate::town::state::{Adresseblokk, Dokumenttype, Person, Prosess, Town};

/// Organisation number of the printer (`specs/eformidling.md` §5).
pub(super) const UTSKRIFT: &str = "316000312";

/// One way to reach a citizen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Rute {
    /// For this process.
    pub(super) prosess: Prosess,
    /// With this document.
    pub(super) dokumenttype: Dokumenttype,
    /// The registry has everything it takes. Paper is still possible without, when the sender gives the address.
    pub(super) tilbys: bool,
}

/// The ways to reach `person`, in the registry's order: the table of §5.3.
///
/// For `info` reservation is not looked at: a reserved citizen with a mailbox is offered nothing but that mailbox.
pub(super) fn ruter(person: &Person<'_>) -> Vec<Rute> {
    let kontakt = person.kontakt();
    let aktiv = kontakt.registrert && !person.is_doed();
    let postkasse = aktiv && kontakt.postkasse != Postkasse::Ingen;
    let kan_varsles = aktiv && kontakt.kan_varsles();
    let adresse = person.adresseblokk().is_some();
    let mut ruter = Vec::new();
    let mut add = |prosess, dokumenttype, tilbys| ruter.push(Rute { prosess, dokumenttype, tilbys });
    for prosess in Prosess::ALL {
        let bare_papir = prosess == Prosess::Vedtak && !kan_varsles;
        if postkasse && !bare_papir {
            add(prosess, Dokumenttype::Digital, true);
        } else {
            add(prosess, Dokumenttype::Print, adresse);
            if !bare_papir {
                add(prosess, Dokumenttype::DigitalDpv, true);
            }
        }
    }
    ruter
}

/// Where undeliverable paper goes: the municipality. No register of this town has a street for it, so the hall itself.
pub(super) fn returadresse(town: &Town) -> Adresseblokk {
    let base = &town.base;
    let kommune = base.virksomheter.iter().find(|unit| unit.slag == Virksomhetsslag::Kommune);
    let navn = kommune.map_or_else(|| base.kommune.navn.to_uppercase(), |unit| base.tekst.get(unit.navn).to_owned());
    let sted = base.poststeder.iter().find(|sted| !sted.bare_postboks).or_else(|| base.poststeder.first());
    Adresseblokk {
        navn: Some(navn.into()),
        linjer: vec!["Rådhuset".into()],
        postnummer: sted.map(|sted| format!("{:04}", sted.nummer).into()),
        poststed: sted.map(|sted| base.tekst.get(sted.navn).into()),
        land: Some("Norway".into()),
    }
}

//! What an organisation answers to its words (`specs/names.md` §4), with the field names of the central register.

use super::types::{Kodeverk, Shape, Ty};
use super::uttrykk::View;
use super::verdi::{Kart, Verdi};
use super::words::{Kind, hidden, text};
use crate::town::model::{BygningId, DayNo, INGEN_GATE, Organisasjonsform, RolleRow, VirksomhetId};
use crate::town::state::Town;

/// An address as the central register shows it (`specs/neighbours.md` §1.3).
pub(super) static FORRETNINGSADRESSE: Shape = Shape {
    name: "adresse",
    keys: &[
        ("adresse", || Ty::list(Ty::Text)),
        ("postnummer", || Ty::Text),
        ("poststed", || Ty::Text),
        ("kommunenummer", || Ty::Text),
        ("kommune", || Ty::Text),
    ],
};

/// A role in an organisation: who is a person or another organisation.
pub(super) static ROLLE: Shape = Shape {
    name: "rolle",
    keys: &[
        ("type", || Ty::Kode(Kodeverk::Rolletype)),
        ("person", || Ty::Entity(Kind::Person)),
        ("enhet", || Ty::Entity(Kind::Virksomhet)),
        ("fra", || Ty::Dato),
    ],
};

/// What the organisation at `index` answers to `word`.
pub(super) fn of_virksomhet(town: &Town, view: View, index: u32, word: &str) -> Option<Verdi> {
    let base = &town.base;
    let id = VirksomhetId(index);
    let row = (id.index() < town.virksomhet_count()).then(|| town.virksomhet(id))?;
    Some(match word {
        "orgnr" => text(&row.orgnr.to_string()),
        "navn" => text(town.enhetsnavn(id)),
        "organisasjonsform" => text(row.form.code()),
        "naeringskode" => row.naeringskode_tekst().map_or(Verdi::Null, |code| text(&code)),
        "ansatte" => Verdi::Int(row.ansatte.into()),
        "roller" => Verdi::List(town.roller_i(id).iter().map(rolle).collect()),
        "adresse" if row.bygning == BygningId::NONE => Verdi::Null,
        "adresse" if view == View::Outside && is_hidden_home(town, id) => hidden(&FORRETNINGSADRESSE),
        "adresse" => adresse(town, row.bygning),
        "slettet" => Verdi::Bool(row.slettet != DayNo::NONE),
        "konkurs" => Verdi::Bool(row.konkurs != DayNo::NONE),
        "merker" => {
            // The tags are those of the first day, of units that have not ended since.
            let stands = id.index() < base.virksomheter.len() && row.slettet == base.virksomheter[id.index()].slettet;
            let merker = if stands { base.virksomhetsmerker_of(id) } else { Vec::new() };
            Verdi::List(merker.into_iter().map(|merke| text(merke.code())).collect())
        }
        _ => return None,
    })
}

fn rolle(row: &RolleRow) -> Verdi {
    Kart::of([
        ("type", text(row.rolle.code())),
        ("person", row.person.some().map_or(Verdi::Null, Verdi::Person)),
        ("enhet", row.enhet.some().map_or(Verdi::Null, |unit| Verdi::Virksomhet(unit.0))),
        ("fra", Verdi::Dato(row.fra.dato())),
    ])
}

/// A sole trader works at home: where that must not be known, the firm has no address; nor has what is in the building
/// of somebody strictly protected.
fn is_hidden_home(town: &Town, unit: VirksomhetId) -> bool {
    let row = town.virksomhet(unit);
    town.is_secret_building(row.bygning)
        || row.form == Organisasjonsform::Enk
            && town
                .roller_i(unit)
                .iter()
                .filter_map(|role| role.person.some())
                .any(|person| town.person(person).is_home_hidden())
}

fn adresse(town: &Town, bygning: BygningId) -> Verdi {
    let base = &town.base;
    let building = base.bygninger[bygning.index()];
    let line = if building.gate == INGEN_GATE {
        let plot = base.eiendommer[building.eiendom.index()];
        format!("{}/{}", plot.gardsnummer, plot.bruksnummer)
    } else {
        let street = base.tekst.get(base.gater[building.gate as usize].navn);
        let letter = if building.husbokstav == 0 { String::new() } else { char::from(building.husbokstav).to_string() };
        format!("{street} {}{letter}", building.husnummer)
    };
    let poststed = base.poststeder[usize::from(building.poststed)];
    Kart::of([
        ("adresse", Verdi::List([text(&line)].into())),
        ("postnummer", text(&format!("{:04}", poststed.nummer))),
        ("poststed", text(base.tekst.get(poststed.navn))),
        ("kommunenummer", text(&base.kommune.nummer.to_string())),
        ("kommune", text(&base.kommune.navn.to_uppercase())),
    ])
}

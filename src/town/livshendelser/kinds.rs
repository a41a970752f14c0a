//! The closed list of life event kinds (`specs/names.md` §3) with their fields and what they do in the registers.

use super::{Field, FieldType, Kind};

/// A kind this version carries out.
const fn offered(name: &'static str, about: &'static str, fields: &'static [Field], effects: &'static str) -> Kind {
    Kind { name, about, fields, effects, offered: true }
}

/// A kind of the list that this version does not carry out.
const fn later(name: &'static str, about: &'static str) -> Kind {
    Kind { name, about, fields: &[], effects: "", offered: false }
}

const fn must(name: &'static str, slag: FieldType, about: &'static str) -> Field {
    Field { name, slag, required: true, about }
}

const fn may(name: &'static str, slag: FieldType, about: &'static str) -> Field {
    Field { name, slag, required: false, about }
}

/// Every kind, in the order of `specs/names.md` §3. Names and fields are stable within a version of the pack.
pub const KINDS: &[Kind] = &[
    offered(
        "foedsel",
        "a birth; `of` is the mother",
        &[
            may("medforelder", FieldType::Person, "the father or second mother, by identity number; none by default"),
            may("antall", FieldType::Count { from: 1, to: 6 }, "how many children are born; 1 by default"),
            may(
                "kjoenn",
                FieldType::Codes(&["kvinne", "mann"]),
                "sex of every child, or a list with one for each; drawn by default",
            ),
        ],
        "population register: personErOpprettet for each child; endringIFamilierelasjon and endringIForeldreansvar for \
         each parent",
    ),
    offered(
        "navnevalg",
        "first choice of name; `of` is the child",
        &[
            must("fornavn", FieldType::Text, "first name or names"),
            may("mellomnavn", FieldType::Text, "middle name; none by default"),
            may("etternavn", FieldType::Text, "surname; the mother's by default"),
        ],
        "population register: endringINavn for the child",
    ),
    later("adopsjon", "an adoption"),
    later("foreldreansvar", "a change of parental responsibility"),
    later("delt_bosted", "a child begins or ends living in two homes"),
    later("vigsel", "a wedding"),
    later("separasjon", "a separation"),
    later("skilsmisse", "a divorce"),
    later("samlivsslutt", "cohabitants part"),
    later("flytting", "a move within the municipality"),
    later("innflytting", "a move into the municipality"),
    later("utflytting", "a move out of the municipality"),
    later("adressebeskyttelse", "protection of an address begins, changes or ends"),
    later("navneendring", "a change of name"),
    later("statsborgerskap", "a new citizenship"),
    later("vergemaal", "a guardianship"),
    later("fullmakt", "a power of attorney"),
    later("doedsfall", "a death"),
    later("skifteerklaering", "a declaration of how an estate is divided"),
    offered(
        "barnehagestart",
        "a child begins in a kindergarten; `of` is the child",
        &[may(
            "barnehage",
            FieldType::Orgnummer,
            "organisation number of the kindergarten; the municipality's first by default",
        )],
        "none in the population register; the child's kindergarten is known to the town",
    ),
    later("skolestart", "a child begins school"),
    later("skolebytte", "a pupil changes school"),
    later("arbeidsledig", "a job is lost"),
    later("ny_jobb", "a new job"),
    later("inntektsendring", "a change of income"),
    later("sykmelding", "a sick leave"),
    later("alvorlig_sykt_barn", "a child falls seriously ill"),
    later("tjenestebehov", "a need for a service of the municipality"),
    later("pensjon", "a pension begins"),
    later("eiendomskjoep", "a property is bought"),
    later("byggesak", "a building application"),
    later("nytt_foretak", "a new enterprise"),
    later("ny_frivillig_organisasjon", "a new voluntary organisation"),
    later("rolleendring", "a change of roles in an organisation"),
    later("konkurs", "a bankruptcy"),
    offered(
        "reservasjon",
        "a citizen reserves against digital communication, or takes it back; `of` is the citizen",
        &[may("reservert", FieldType::Bool, "reserved from now on; true by default")],
        "contact register: the citizen's entry",
    ),
    offered(
        "kontaktendring",
        "a citizen changes language for letters or digital mailbox; `of` is the citizen",
        &[
            may("spraak", FieldType::Code(&["nb", "nn", "en", "se"]), "language for letters"),
            may("postkasse", FieldType::Code(&["ingen", "digipost", "e-boks"]), "supplier of the digital mailbox"),
        ],
        "contact register: the citizen's entry",
    ),
    later("korreksjon", "an earlier event is corrected"),
    later("annullering", "an earlier event is annulled"),
];

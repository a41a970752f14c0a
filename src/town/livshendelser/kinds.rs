//! The closed list of life event kinds (`specs/names.md` §3) with their fields and what they do in the registers.

use super::arbeidsliv::{ARBEIDSLEDIG, KONKURS, NY_JOBB, NYTT_FORETAK, ROLLEENDRING};
use super::{Field, FieldType, Kind};

/// A kind this version carries out.
pub(super) const fn offered(
    name: &'static str,
    about: &'static str,
    fields: &'static [Field],
    effects: &'static str,
) -> Kind {
    Kind { name, about, fields, effects, offered: true }
}

/// A kind of the list that this version does not carry out.
const fn later(name: &'static str, about: &'static str) -> Kind {
    Kind { name, about, fields: &[], effects: "", offered: false }
}

pub(super) const fn must(name: &'static str, slag: FieldType, about: &'static str) -> Field {
    Field { name, slag, required: true, about }
}

pub(super) const fn may(name: &'static str, slag: FieldType, about: &'static str) -> Field {
    Field { name, slag, required: false, about }
}

/// What the field `hele_husstanden` means.
const HELE_HUSSTANDEN: &str =
    "the whole household moves; otherwise `of` alone, with the children who are theirs alone; true by default";

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
    offered(
        "vigsel",
        "a wedding; `of` is one of the couple",
        &[must("med", FieldType::Person, "the other, by identity number")],
        "population register: endringISivilstand and endringIFamilierelasjon for both",
    ),
    offered(
        "separasjon",
        "a separation; `of` is who moves out, when the couple lives together",
        &[],
        "population register: endringISivilstand for both; endringIBostedsadresse for who moves out",
    ),
    offered(
        "skilsmisse",
        "a divorce, a year after the separation at the earliest; `of` is one of the couple",
        &[],
        "population register: endringISivilstand and endringIFamilierelasjon for both",
    ),
    offered(
        "samlivsslutt",
        "a couple parts; `of` is who moves out, with the children who are theirs alone",
        &[],
        "population register: endringIBostedsadresse for who moves out",
    ),
    offered(
        "flytting",
        "a move within the municipality; `of` is who moves",
        &[
            may("hos", FieldType::Person, "whom they move to, by identity number; a free dwelling by default"),
            may("hele_husstanden", FieldType::Bool, HELE_HUSSTANDEN),
        ],
        "population register: endringIBostedsadresse for everybody who moves",
    ),
    offered(
        "innflytting",
        "somebody moves into the municipality; `of` is whom they come to",
        &[
            may("kjoenn", FieldType::Code(&["kvinne", "mann"]), "sex; drawn by default"),
            may("alder", FieldType::Count { from: 0, to: 110 }, "age in years; drawn between 20 and 39 by default"),
            may("land", FieldType::Land, "country they come from; another municipality by default"),
            may("egen_bolig", FieldType::Bool, "they take a free dwelling instead of joining the household"),
        ],
        "population register: personErOpprettet; from abroad personErBosatt and endringIInnflytting, else \
         endringIBostedsadresse",
    ),
    offered(
        "utflytting",
        "a move out of the municipality; `of` is who moves",
        &[
            may("land", FieldType::Land, "country they go to; another municipality by default"),
            may("hele_husstanden", FieldType::Bool, HELE_HUSSTANDEN),
        ],
        "population register: personErUtflyttet, or endringIBostedsadresse to another municipality; contact register: \
         emigrants are taken out later",
    ),
    later("adressebeskyttelse", "protection of an address begins, changes or ends"),
    later("navneendring", "a change of name"),
    later("statsborgerskap", "a new citizenship"),
    later("vergemaal", "a guardianship"),
    later("fullmakt", "a power of attorney"),
    offered(
        "doedsfall",
        "a death; `of` is who dies",
        &[],
        "population register: personErDoed; endringISivilstand for the spouse; endringIForeldreansvar and, when they \
         must move, endringIBostedsadresse for children; contact register: the entry is taken out later",
    ),
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
    ARBEIDSLEDIG,
    NY_JOBB,
    later("inntektsendring", "a change of income"),
    later("sykmelding", "a sick leave"),
    later("alvorlig_sykt_barn", "a child falls seriously ill"),
    later("tjenestebehov", "a need for a service of the municipality"),
    later("pensjon", "a pension begins"),
    later("eiendomskjoep", "a property is bought"),
    later("byggesak", "a building application"),
    NYTT_FORETAK,
    later("ny_frivillig_organisasjon", "a new voluntary organisation"),
    ROLLEENDRING,
    KONKURS,
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

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
    offered(
        "adopsjon",
        "an adoption; `of` is the child",
        &[
            must("av", FieldType::Person, "who adopts, by identity number"),
            may("med", FieldType::Person, "their partner: adopts too, or is a parent already; none by default"),
            may("etternavn", FieldType::Text, "new surname of the child; the old one by default"),
        ],
        "population register: endringIFamilierelasjon and, of a minor, endringIForeldreansvar for the child and for everybody \
         who was or becomes a parent; endringINavn; endringIBostedsadresse when the child lived elsewhere",
    ),
    offered(
        "foreldreansvar",
        "a change of parental responsibility; `of` is the child",
        &[
            must(
                "ansvar",
                FieldType::Code(&["felles", "mor", "far", "medmor", "andre"]),
                "who is responsible from now on",
            ),
            may("hvem", FieldType::Person, "with `andre`: who, by identity number"),
        ],
        "population register: endringIForeldreansvar for the child and for every adult concerned",
    ),
    offered(
        "delt_bosted",
        "a child begins living in two homes by agreement of its parents, or ends it; `of` is the child",
        &[
            may("hos", FieldType::Person, "the parent with the second home; the one who lives elsewhere by default"),
            may("slutt", FieldType::Bool, "the agreement ends; false by default"),
        ],
        "population register: endringIDeltBosted for the child",
    ),
    offered(
        "vigsel",
        "a wedding; `of` is one of the couple",
        &[
            must("med", FieldType::Person, "the other, by identity number"),
            may("etternavn", FieldType::Text, "new surname of `of`; the old one by default"),
            may("etternavn_med", FieldType::Text, "new surname of the other; the old one by default"),
        ],
        "population register: endringISivilstand and endringIFamilierelasjon for both; endringINavn for who changes name",
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
    offered(
        "adressebeskyttelse",
        "protection of somebody's address begins, changes or is lifted; `of` is who is protected",
        &[
            must(
                "gradering",
                FieldType::Code(&["ugradert", "fortrolig", "strengtFortrolig"]),
                "the protection from now on",
            ),
            may("hele_husstanden", FieldType::Bool, "everybody in the household; false by default"),
        ],
        "population register: endringIAdressebeskyttelse with every address; strict protection annuls them all and gives an \
         open postal address by endringIKontaktinformasjon",
    ),
    offered(
        "navneendring",
        "a change of name by notice, once in ten years; `of` is who changes it",
        &[
            may("fornavn", FieldType::Text, "first name or names; the old by default"),
            may("mellomnavn", FieldType::Text, "middle name; an empty one takes it out, the old by default"),
            may("etternavn", FieldType::Text, "surname; the old by default"),
        ],
        "population register: endringINavn",
    ),
    offered(
        "statsborgerskap",
        "a new citizenship; `of` is the new citizen",
        &[
            must("land", FieldType::Land, "the country"),
            may("beholder", FieldType::Bool, "the old citizenships stay; true by default"),
        ],
        "population register: endringIStatsborgerskap",
    ),
    offered(
        "vergemaal",
        "a guardianship begins, changes or ends; `of` is the ward",
        &[
            may("verge", FieldType::Person, "the guardian, by identity number"),
            may(
                "slag",
                FieldType::Code(&["voksen", "midlertidigForVoksen", "mindreaarig", "midlertidigForMindreaarig"]),
                "kind; by the ward's age by default",
            ),
            may("slutt", FieldType::Bool, "the guardianship ends; false by default"),
        ],
        "population register: endringIVergemaal; whom the guardian may represent when logged in",
    ),
    offered(
        "fullmakt",
        "a power of attorney given for the future comes into force or ends; `of` is who gave it",
        &[
            may("fullmektig", FieldType::Person, "who acts, by identity number"),
            may("slutt", FieldType::Bool, "it ends; false by default"),
        ],
        "population register: endringIVergemaal; whom the attorney may represent when logged in",
    ),
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
        "a citizen changes contact data, language for letters or digital mailbox; `of` is the citizen",
        &[
            may("spraak", FieldType::Code(&["nb", "nn", "en", "se"]), "language for letters"),
            may("postkasse", FieldType::Code(&["ingen", "digipost", "e-boks"]), "supplier of the digital mailbox"),
            may("epost", FieldType::Text, "e-mail address ending in `.example`; `ingen` takes it out"),
            may("mobil", FieldType::Text, "mobile number as +4749123456; `ingen` takes it out"),
            may("utloept", FieldType::Bool, "the contact data was last confirmed 19 months ago; false by default"),
        ],
        "contact register: the citizen's entry",
    ),
    offered(
        "korreksjon",
        "the register was wrong about an earlier event and is corrected; `of` is whom it is about, or the event itself: `#` \
         and its log number",
        &[
            must(
                "hendelse",
                FieldType::Code(&["navneendring", "doedsfall", "statsborgerskap", "flytting"]),
                "what was registered wrong",
            ),
            may("dato", FieldType::Dato, "the right day of a death or a move"),
            may("fornavn", FieldType::Text, "the right first name"),
            may("mellomnavn", FieldType::Text, "the right middle name; an empty one takes it out"),
            may("etternavn", FieldType::Text, "the right surname"),
            may("land", FieldType::Land, "the right citizenship"),
        ],
        "population register: endringINavn, endringIStatsborgerskap or endringIBostedsadresseUtenFlytting without history; of \
         a death personErReaktivert and personErDoed",
    ),
    offered(
        "annullering",
        "the last event of a kind never happened; `of` is whom it was of, or the event itself: `#` and its log number",
        &[must(
            "hendelse",
            FieldType::Code(&[
                "doedsfall",
                "vigsel",
                "navnevalg",
                "navneendring",
                "foreldreansvar",
                "delt_bosted",
                "adressebeskyttelse",
                "statsborgerskap",
                "vergemaal",
                "fullmakt",
                "skilsmisse",
                "flytting",
                "innflytting",
                "utflytting",
            ]),
            "which event, of those made in this world; of a move one that was asked for, not one by chance",
        )],
        "population register: every change of that event is taken back, a death by personErReaktivert, a move out by \
         personErBosatt, a move in from abroad by personErOpphoert; contact register: the entry stands again",
    ),
];

//! What the register knows of people beside name, home and family: identity, permits, guardians, estates
//! (`specs/folkeregister.md` §6.2, §7).

use std::sync::Arc;

use super::{BoligId, DayNo, Landkode, Navn, PersonKey, Vergemaalsslag};
use crate::base::{Foedselsnummer, Kjoenn, Orgnummer};

code_list!(
    /// How well an identity is known (`identitetsgrunnlagstatus`).
    Identitetsgrunnlagstatus {
        /// Nothing is known.
        IngenStatus = "ingenStatus",
        /// Stated, not checked.
        IkkeKontrollert = "ikkeKontrollert",
        /// Checked in person.
        Kontrollert = "kontrollert",
        /// Checked in person, and nobody else has it; known since [`UNIK_FRA`](super::UNIK_FRA).
        Unik = "unik",
    }
);

code_list!(
    /// Kind of an identity number given elsewhere (`identifikasjonsnummertype`).
    Idnummertype {
        /// Identity number of another country.
        UtenlandskIdentifikasjonsnummer = "utenlandskIdentifikasjonsnummer",
        /// Tax number of another country.
        TaxIdentificationNumber = "taxIdentificationNumber",
        /// Social security number of another country.
        SocialSecurityNumber = "socialSecurityNumber",
        /// Number of the immigration authorities here.
        UtlendingsmyndighetenesIdentifikasjonsnummer = "utlendingsmyndighetenesIdentifikasjonsnummer",
    }
);

code_list!(
    /// Residence permit.
    Oppholdstillatelse {
        /// For a time.
        Midlertidig = "midlertidig",
        /// For good.
        Permanent = "permanent",
        /// Not known.
        OpplysningMangler = "opplysningMangler",
    }
);

code_list!(
    /// Why somebody stays elsewhere than at home (`oppholdAnnetSted`).
    OppholdAnnetSted {
        /// Military service.
        Militaer = "militaer",
        /// Abroad in the service of the state.
        Utenriks = "utenriks",
        /// In Svalbard.
        PaaSvalbard = "paaSvalbard",
        /// Commutes weekly.
        Pendler = "pendler",
    }
);

code_list!(
    /// How long a stay in Svalbard is meant to last.
    Oppholdsvarighet {
        /// Less than six months.
        UnderSeksMaaneder = "underSeksMaaneder",
        /// More than six months.
        OverSeksMaaneder = "overSeksMaaneder",
        /// More than twelve months.
        OverTolvMaaneder = "overTolvMaaneder",
        /// Not known.
        Ukjent = "ukjent",
    }
);

code_list!(
    /// Whether a Norwegian born abroad keeps the citizenship.
    Bibeholdstatus {
        /// Applied and may keep it.
        HarBibehold = "harBibehold",
        /// May no longer.
        HarIkkeLengerBibehold = "harIkkeLengerBibehold",
        /// Has lived here long enough.
        NorskStatsborgerTrengerIkkeBibehold = "norskStatsborgerTrengerIkkeBibehold",
    }
);

code_list!(
    /// Sámi languages.
    Samiskspraak {
        /// Northern.
        Nordsamisk = "nordsamisk",
        /// Southern.
        Soersamisk = "soersamisk",
        /// Lule.
        Lulesamisk = "lulesamisk",
    }
);

code_list!(
    /// Standing in the electoral roll of the Sámi parliament.
    Valgmanntallsforhold {
        /// In it.
        Innmeldt = "innmeldt",
        /// Was in it.
        Utmeldt = "utmeldt",
        /// Never was.
        AldriInnmeldt = "aldriInnmeldt",
    }
);

code_list!(
    /// How an estate is divided.
    Skifteform {
        /// By the court.
        Offentlig = "offentlig",
        /// By the heirs.
        Annet = "annet",
    }
);

code_list!(
    /// Scope of a guardianship decided before the list of services (`specs/folkeregister.md` §7).
    Vergemaalsomfang {
        /// Immigration cases, personal and economic interests.
        Utlendingssaker = "utlendingssakerPersonligeOgOekonomiskeInteresser",
        /// Personal and economic interests.
        PersonligeOgOekonomiske = "personligeOgOekonomiskeInteresser",
        /// Economic interests.
        Oekonomiske = "oekonomiskeInteresser",
        /// Personal interests.
        Personlige = "personligeInteresser",
    }
);

/// Somebody the register knows without an identity number.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct PersonUtenNummer {
    /// Name.
    pub navn: Navn,
    /// Date of birth.
    pub foedselsdato: Option<DayNo>,
    /// Sex.
    pub kjoenn: Option<Kjoenn>,
    /// Citizenship.
    pub statsborgerskap: Option<Landkode>,
}

/// An address in another country, as it is written there.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Utenlandsadresse {
    /// Street and number.
    pub linje: Arc<str>,
    /// Postal code.
    pub postkode: Option<Arc<str>>,
    /// Town.
    pub by: Arc<str>,
    /// Country.
    pub land: Landkode,
}

/// Where somebody stays who does not live there.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Oppholdssted {
    /// A dwelling here.
    Bolig(BoligId),
    /// Abroad.
    Utland(Utenlandsadresse),
    /// The register does not know.
    Ukjent,
}

/// A stay (`oppholdsadresse`).
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Oppholdsadresse {
    /// Where.
    pub sted: Oppholdssted,
    /// Since.
    pub fra: Option<DayNo>,
    /// Why not at home.
    pub annet_sted: Option<OppholdAnnetSted>,
}

/// A passport or identity card.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Legitimasjonsdokument {
    /// Number of the document.
    pub nummer: Arc<str>,
    /// Kind; the register publishes no list.
    pub slag: Arc<str>,
    /// Country that gave it.
    pub land: Landkode,
    /// Valid from.
    pub fra: DayNo,
    /// Valid to.
    pub til: DayNo,
}

/// Who somebody with a false identity really is.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum RettIdentitet {
    /// Nobody knows.
    Ukjent,
    /// Known by number.
    Nummer(Foedselsnummer),
    /// Known by name.
    Opplysninger(PersonUtenNummer),
}

/// A stay in Svalbard.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Svalbardopphold {
    /// How long it is meant to last.
    pub varighet: Oppholdsvarighet,
    /// First day.
    pub fra: DayNo,
    /// Last day, when over.
    pub til: Option<DayNo>,
}

/// Guardian or attorney.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Verge {
    /// Somebody in the register.
    Person(PersonKey),
    /// Somebody known by name.
    UtenNummer(PersonUtenNummer),
}

/// A guardianship or a power of attorney in force.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Vergemaal {
    /// Kind.
    pub slag: Vergemaalsslag,
    /// County governor's office that decided.
    pub embete: Arc<str>,
    /// Who acts.
    pub verge: Verge,
    /// Services the guardian acts towards, and for what; decided since November 2023.
    pub tjenester: Vec<(Arc<str>, Arc<str>)>,
    /// The scope of older decisions.
    pub omfang: Option<Vergemaalsomfang>,
    /// Whether personal matters are within it; decided since 2021.
    pub personlig: Option<bool>,
}

/// Who speaks for an estate.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Doedsbokontakt {
    /// An heir; the address is the dwelling.
    Person(PersonKey, BoligId),
    /// A lawyer.
    Advokat {
        /// Name.
        navn: Navn,
        /// The firm.
        firma: Arc<str>,
    },
    /// An organisation.
    Organisasjon {
        /// Name.
        navn: Arc<str>,
        /// Its number.
        orgnr: Orgnummer,
    },
}

/// Contact of an estate (`kontaktinformasjonForDoedsbo`).
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Doedsbo {
    /// Who.
    pub kontakt: Doedsbokontakt,
    /// How it is divided.
    pub skifteform: Skifteform,
    /// Date of the certificate.
    pub attest: DayNo,
    /// Street line, postal code and postal place of a contact that is no private person.
    pub adresse: Option<(Arc<str>, u16, Arc<str>)>,
}

//! The fields of each element's entries, in the order of `specs/folkeregister.md` §6.2.

use serde::Serialize;

use super::tidspunkt::Dag;

/// The fields of an entry, by element.
#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub(super) enum Innhold {
    Identifikasjonsnummer {
        status: &'static str,
        foedsels_eller_d_nummer: String,
        identifikatortype: &'static str,
    },
    Identitetsgrunnlag {
        identitetsgrunnlagstatus: &'static str,
        /// The name in event documents, which have both.
        #[serde(skip_serializing_if = "Option::is_none")]
        legitimasjonskontroll: Option<&'static str>,
    },
    Status {
        status: &'static str,
    },
    Kjoenn {
        kjoenn: &'static str,
    },
    Foedsel(Foedsel),
    FoedselINorge {
        rekkefoelgenummer: u8,
    },
    Navn(Navn),
    Sivilstand(Sivilstand),
    Familierelasjon {
        #[serde(skip_serializing_if = "Option::is_none")]
        relatert_person: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        relatert_person_uten_folkeregisteridentifikator: Option<PersonUtenNummer>,
        relatert_persons_rolle: &'static str,
        min_rolle_for_person: &'static str,
    },
    Foreldreansvar(Foreldreansvar),
    Statsborgerskap {
        statsborgerskap: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        ervervsdato: Option<Dag>,
    },
    Bibehold {
        bibeholdstatus: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        dato_for_bibehold: Option<Dag>,
    },
    Bostedsadresse(Box<Bostedsadresse>),
    DeltBosted(Box<DeltBosted>),
    Oppholdsadresse(Box<Oppholdsadresse>),
    Postadresse(Postadresse),
    PostadresseIUtlandet {
        #[serde(rename = "utenlandskAdresseIFrittFormat")]
        adresse: FriUtenlandskAdresse,
        adressegradering: &'static str,
    },
    Adressebeskyttelse {
        graderingsnivaa: &'static str,
    },
    Innflytting {
        fraflyttingsland: String,
    },
    Utflytting {
        tilflyttingsland: String,
        utflyttingsdato: Dag,
    },
    Doedsfall {
        doedsdato: Dag,
    },
    KontaktinformasjonForDoedsbo(Box<Doedsbo>),
    Opphold {
        oppholdstillatelse: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        opphold_fra: Option<Dag>,
        #[serde(skip_serializing_if = "Option::is_none")]
        opphold_til: Option<Dag>,
    },
    OppholdPaaSvalbard {
        antatt_oppholdsvarighet: &'static str,
        startdato: Dag,
        #[serde(skip_serializing_if = "Option::is_none")]
        sluttdato: Option<Dag>,
        #[serde(skip_serializing_if = "Option::is_none")]
        fraflyttingskommunenummer: Option<String>,
    },
    NummerFraAndre {
        identifikasjonsnummer: String,
        identifikasjonsnummertype: &'static str,
        utstederland: String,
    },
    Legitimasjonsdokument {
        identifikasjonsdokumentnummer: String,
        identifikasjonsdokumenttype: String,
        utstederland: String,
        gyldig_fra: Dag,
        gyldig_til: Dag,
    },
    FalskIdentitet(Box<FalskIdentitet>),
    BrukAvSamiskSpraak {
        spraak: Vec<&'static str>,
    },
    Valgmanntall {
        forhold: &'static str,
        vedtaksdato: Dag,
    },
    Vergemaal(Box<Vergemaal>),
    RettsligHandleevne {
        rettslig_handleevneomfang: &'static str,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Foedsel {
    pub(super) foedselsaar: String,
    pub(super) foedselsdato: Dag,
    #[serde(rename = "foedekommuneINorge", skip_serializing_if = "Option::is_none")]
    pub(super) foedekommune_i_norge: Option<String>,
    pub(super) foedeland: String,
}

/// A name, as entries, relatives, guardians and estates have it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Navn {
    pub(super) fornavn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mellomnavn: Option<String>,
    pub(super) etternavn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) forkortet_navn: Option<String>,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sivilstand {
    pub(super) sivilstand: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sivilstandsdato: Option<Dag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) myndighet: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kommune: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) utland: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) relatert_ved_sivilstand: Option<String>,
}

/// Somebody known without an identity number, as relatives are written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PersonUtenNummer {
    pub(super) navn: Navn,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) foedselsdato: Option<Dag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) statsborgerskap: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kjoenn: Option<&'static str>,
}

/// Somebody known without an identity number, as guardians and true identities are written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Personopplysninger {
    pub(super) personnavn: Navn,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) foedselsdato: Option<Dag>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) statsborgerskap: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kjoenn: Option<&'static str>,
}

#[derive(Serialize)]
pub(super) struct Foreldreansvar {
    pub(super) ansvar: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ansvarlig: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ansvarssubjekt: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bostedsadresse {
    #[serde(flatten)]
    pub(super) sted: Sted,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) adresse_identifikator_fra_matrikkelen: Option<String>,
    pub(super) adressegradering: &'static str,
    pub(super) flyttedato: Dag,
    #[serde(flatten)]
    pub(super) kretser: Option<Kretser>,
}

/// Districts of a dwelling.
#[derive(Serialize)]
pub(super) struct Kretser {
    pub(super) grunnkrets: u16,
    pub(super) stemmekrets: u8,
    pub(super) skolekrets: u8,
    /// The parish has the number of the polling district: one church for each.
    pub(super) kirkekrets: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeltBosted {
    #[serde(flatten)]
    pub(super) sted: Sted,
    pub(super) startdato_for_kontrakt: Dag,
    pub(super) adresse_identifikator_fra_matrikkelen: String,
    pub(super) adressegradering: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Oppholdsadresse {
    #[serde(flatten)]
    pub(super) sted: Sted,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) adresse_identifikator_fra_matrikkelen: Option<String>,
    pub(super) adressegradering: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) oppholdsadressedato: Option<Dag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) opphold_annet_sted: Option<&'static str>,
}

/// Exactly one of the forms of a place.
#[derive(Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum Sted {
    Vegadresse(Vegadresse),
    Matrikkeladresse(Matrikkeladresse),
    UkjentBosted { bostedskommune: String },
    UtenlandskAdresse(UtenlandskAdresse),
    AdressenErUkjent(bool),
}

/// A home without a street: the number of its property.
#[derive(Serialize)]
pub(super) struct Matrikkeladresse {
    pub(super) bruksenhetsnummer: String,
    pub(super) bruksenhetstype: &'static str,
    pub(super) matrikkelnummer: Matrikkelnummer,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) undernummer: Option<u16>,
    pub(super) poststed: Poststed,
}

#[derive(Serialize)]
pub(super) struct Matrikkelnummer {
    pub(super) kommunenummer: String,
    pub(super) gaardsnummer: u16,
    pub(super) bruksnummer: u16,
    pub(super) festenummer: u16,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Vegadresse {
    pub(super) kommunenummer: String,
    pub(super) bruksenhetsnummer: String,
    pub(super) bruksenhetstype: &'static str,
    pub(super) adressenavn: String,
    pub(super) adressenummer: Adressenummer,
    pub(super) adressekode: String,
    pub(super) poststed: Poststed,
}

#[derive(Serialize)]
pub(super) struct Adressenummer {
    pub(super) husnummer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) husbokstav: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Poststed {
    pub(super) poststedsnavn: String,
    pub(super) postnummer: String,
}

/// A place abroad. The country has two letters here, and nowhere else.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UtenlandskAdresse {
    pub(super) adressenavn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) postkode: Option<String>,
    pub(super) by_eller_stedsnavn: String,
    pub(super) landkode: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FriUtenlandskAdresse {
    pub(super) adresselinje: [String; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) postkode: Option<String>,
    pub(super) by_eller_stedsnavn: String,
    pub(super) landkode: &'static str,
}

#[derive(Serialize)]
pub(super) struct Postadresse {
    pub(super) postboksadresse: Postboksadresse,
    pub(super) adressegradering: &'static str,
}

#[derive(Serialize)]
pub(super) struct Postboksadresse {
    pub(super) postboks: String,
    pub(super) poststed: Poststed,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Doedsbo {
    #[serde(flatten)]
    pub(super) kontakt: Doedsbokontakt,
    pub(super) skifteform: &'static str,
    pub(super) attestutstedelsesdato: Dag,
    pub(super) adresse: Doedsboadresse,
}

/// Exactly one of those who can speak for an estate.
#[derive(Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum Doedsbokontakt {
    Person {
        #[serde(skip_serializing_if = "Option::is_none")]
        foedsels_eller_d_nummer: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        foedselsdato: Option<Dag>,
        #[serde(skip_serializing_if = "Option::is_none")]
        personnavn: Option<Navn>,
    },
    Advokat {
        personnavn: Navn,
        organisasjonsnavn: String,
    },
    Organisasjon {
        organisasjonsnavn: String,
        organisasjonsnummer: String,
    },
}

#[derive(Serialize)]
pub(super) struct Doedsboadresse {
    pub(super) adresselinje: [String; 1],
    pub(super) poststedsnavn: String,
    pub(super) postnummer: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FalskIdentitet {
    pub(super) er_falsk: bool,
    #[serde(flatten)]
    pub(super) rett: RettIdentitet,
}

/// Exactly one of what is known of the true identity.
#[derive(Serialize)]
pub(super) enum RettIdentitet {
    #[serde(rename = "rettIdentitetErUkjent")]
    Ukjent(bool),
    #[serde(rename = "rettIdentitetVedIdentifikasjonsnummer")]
    Nummer(String),
    #[serde(rename = "rettIdentitetVedOpplysninger")]
    Opplysninger(Personopplysninger),
}

#[derive(Serialize)]
pub(super) struct Vergemaal {
    pub(super) vergemaaltype: &'static str,
    pub(super) embete: String,
    pub(super) verge: Verge,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Verge {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) foedsels_eller_d_nummer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) navn_foedselsdato: Option<Personopplysninger>,
    pub(super) navn: Navn,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tjenesteomraade: Vec<Tjenesteomraade>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) omfang: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) omfanget_er_innen_personlig_omraade: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tjenesteomraade {
    pub(super) verge_tjenestevirksomhet: String,
    pub(super) verge_tjenesteoppgave: String,
}

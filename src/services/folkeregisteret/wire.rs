//! The register's own types, spelled as it spells them (`specs/folkeregister.md` §6, §9, §10).

use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use super::elementer::Element;
use super::tidspunkt::{Dag, Midnatt, Tidspunkt};

/// One entry of an element: metadata in the order of §6.1, then its own fields.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Innslag {
    pub(super) ajourholdstidspunkt: Tidspunkt,
    /// Absent in event documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) er_gjeldende: Option<bool>,
    pub(super) kilde: std::sync::Arc<str>,
    pub(super) aarsak: std::sync::Arc<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) gyldighetstidspunkt: Option<Midnatt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) opphoerstidspunkt: Option<Midnatt>,
    #[serde(flatten)]
    pub(super) innhold: Innhold,
}

/// The fields of an entry, by element.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Innhold {
    #[serde(rename_all = "camelCase")]
    Identifikasjonsnummer {
        status: &'static str,
        foedsels_eller_d_nummer: String,
        identifikatortype: &'static str,
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
    #[serde(rename_all = "camelCase")]
    Familierelasjon {
        relatert_person: String,
        relatert_persons_rolle: &'static str,
        min_rolle_for_person: &'static str,
    },
    Foreldreansvar(Foreldreansvar),
    Statsborgerskap {
        statsborgerskap: String,
    },
    Bostedsadresse(Box<Bostedsadresse>),
    Postadresse(Postadresse),
    Adressebeskyttelse {
        graderingsnivaa: &'static str,
    },
    Doedsfall {
        doedsdato: Dag,
    },
    Innflytting {
        fraflyttingsland: String,
    },
    Utflytting {
        tilflyttingsland: String,
        utflyttingsdato: Dag,
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

#[derive(Serialize)]
pub(super) struct Navn {
    pub(super) fornavn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mellomnavn: Option<String>,
    pub(super) etternavn: String,
}

#[expect(clippy::struct_field_names, reason = "the register repeats the element in its fields")]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sivilstand {
    pub(super) sivilstand: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sivilstandsdato: Option<Dag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) relatert_ved_sivilstand: Option<String>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) grunnkrets: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stemmekrets: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) skolekrets: Option<u8>,
}

/// Exactly one of the forms of a home.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Sted {
    Vegadresse(Vegadresse),
    Matrikkeladresse(Matrikkeladresse),
    UkjentBosted { bostedskommune: String },
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

/// A person document: elements in the order of §6, each a list of entries but for the single objects.
pub(super) struct Person(pub(super) Vec<(Element, Vec<Innslag>)>);

impl Serialize for Person {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (element, entries) in &self.0 {
            match entries.last() {
                Some(only) if element.is_single_object() => map.serialize_entry(element.navn(), only)?,
                _ => map.serialize_entry(element.navn(), entries)?,
            }
        }
        map.end()
    }
}

/// One entry of the feed. The type is spelled without the s in the middle here.
#[derive(Serialize)]
pub(super) struct Feedinnslag {
    pub(super) sekvensnummer: u64,
    pub(super) hendelse: Feedhendelse,
}

#[derive(Serialize)]
pub(super) struct Feedhendelse {
    pub(super) folkeregisteridentifikator: String,
    pub(super) hendelsetype: &'static str,
    pub(super) hendelsesdokument: String,
    pub(super) persondokument: String,
    pub(super) ajourholdstidspunkt: Tidspunkt,
}

/// An event document. The type is spelled with the s here.
#[derive(Serialize)]
pub(super) struct Hendelsesdokument {
    pub(super) dokumentidentifikator: String,
    pub(super) skjemaversjon: &'static str,
    pub(super) hendelse: Hendelse,
}

#[derive(Serialize)]
pub(super) struct Hendelse {
    pub(super) folkeregisteridentifikator: String,
    pub(super) hendelsestype: &'static str,
    pub(super) ajourholdstidspunkt: Tidspunkt,
    pub(super) egenskapshendelse: Vec<Egenskapshendelse>,
}

/// A change of one element; an annulment carries no content.
pub(super) struct Egenskapshendelse {
    pub(super) element: Element,
    pub(super) entitetsendring: &'static str,
    pub(super) innslag: Option<Innslag>,
}

impl Serialize for Egenskapshendelse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(innslag) = &self.innslag {
            map.serialize_entry(self.element.navn(), innslag)?;
        }
        map.serialize_entry("entitet", self.element.entitet())?;
        map.serialize_entry("entitetsendring", self.entitetsendring)?;
        map.end()
    }
}

/// Body of a bulk look-up of people.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bulkbestilling {
    pub(super) foedsels_eller_d_nummer: Vec<String>,
}

/// Body of a bulk look-up of documents.
#[derive(Deserialize)]
pub(super) struct Dokumentbestilling {
    pub(super) dokumentidentifikator: Vec<String>,
}

/// Answer of a bulk look-up of people.
#[derive(Serialize)]
pub(super) struct Bulksvar {
    pub(super) oppslag: Vec<Oppslag>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Oppslag {
    pub(super) foedsels_eller_d_nummer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) folkeregisterperson: Option<Person>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) feilmelding: Option<Feilmelding>,
}

#[derive(Serialize)]
pub(super) struct Feilmelding {
    pub(super) feilmelding: String,
}

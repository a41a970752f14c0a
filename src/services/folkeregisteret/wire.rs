//! The register's own types, spelled as it spells them (`specs/folkeregister.md` §6, §9, §10).

use std::sync::Arc;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::elementer::Element;
use super::innhold::Innhold;
use super::tidspunkt::{Midnatt, Tidspunkt};

/// One entry of an element: metadata in the order of §6.1, then its own fields.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Innslag {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ajourholdstidspunkt: Option<Tidspunkt>,
    /// Absent in event documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) er_gjeldende: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kilde: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) aarsak: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) gyldighetstidspunkt: Option<Midnatt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) opphoerstidspunkt: Option<Midnatt>,
    #[serde(flatten)]
    pub(super) innhold: Innhold,
}

/// A person document: elements in the order of its form, each a list of entries but for the single objects.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) folkeregisteridentifikator: Option<String>,
    pub(super) hendelsetype: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hendelsesdokument: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) persondokument: Option<String>,
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
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

//! Request and answer as the register spells them (`specs/folkeregister.md` §18.1). Fields that do not apply are absent,
//! never null.

use serde::{Deserialize, Serialize, Serializer};

use crate::clock::Instant;

/// Body of a look-up.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bestilling {
    pub(super) personidentifikatorer: Vec<String>,
    #[serde(default)]
    pub(super) inkluder_ikke_registrerte: bool,
}

#[derive(Serialize)]
pub(super) struct Svar {
    pub(super) personer: Vec<Person>,
}

/// Body of a question for changes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Endringsbestilling {
    /// The last change the caller has seen.
    pub(super) fra_endrings_id: u64,
}

/// Changes behind a number.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Endringer {
    pub(super) list: Vec<Person>,
    pub(super) fra_endrings_id: u64,
    pub(super) til_endrings_id: u64,
    pub(super) siste_endrings_id: u64,
}

/// Body of a citizen's change.
#[derive(Deserialize)]
pub(super) struct Spraakbestilling {
    pub(super) spraak: String,
}

/// The register's yes.
pub(super) const JA: &str = "JA";

#[derive(Serialize, Default)]
pub(super) struct Person {
    pub(super) personidentifikator: String,
    pub(super) reservasjon: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reservasjonstidspunkt: Option<Tid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reservasjon_oppdatert: Option<Tid>,
    pub(super) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) varslingsstatus: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kontaktinformasjon: Option<Kontaktinformasjon>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) digital_post: Option<DigitalPost>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sertifikat: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) spraak: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) spraak_oppdatert: Option<Tid>,
}

impl Person {
    /// Whether the entry stands in the register, or stood.
    pub(super) fn is_registered(&self) -> bool {
        self.status != "IKKE_REGISTRERT"
    }
}

#[derive(Serialize)]
pub(super) struct Kontaktinformasjon {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) epostadresse: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) epostadresse_oppdatert: Option<Tid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) epostadresse_sist_verifisert: Option<Tid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) epostadresse_duplisert: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mobiltelefonnummer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mobiltelefonnummer_oppdatert: Option<Tid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mobiltelefonnummer_sist_verifisert: Option<Tid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mobiltelefonnummer_duplisert: Option<&'static str>,
}

#[derive(Serialize)]
pub(super) struct DigitalPost {
    pub(super) postkasseadresse: String,
    pub(super) postkasseleverandoeradresse: &'static str,
}

/// Local time without fraction, with the hours of the offset alone: `2023-06-10T21:00:01+02`.
#[derive(Clone, Copy)]
pub(super) struct Tid(pub(super) Instant);

impl Serialize for Tid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.to_string();
        serializer.serialize_str(text.strip_suffix(":00").unwrap_or(&text))
    }
}

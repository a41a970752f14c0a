//! The standard business document: reading what a client sends and the rules on its fields (`specs/eformidling.md` §2,
//! §3).
//!
//! Rules on the business message name their fields by the path in the document (`digital.tittel`).

use serde_json::{Map, Value, json};

use super::faults::{Fault, Violation};
use super::identifikator::{ISO6523, Identifikator};
use super::json_in::{boolean, integer, object, objects, one_of, text};
use crate::clock::Instant;
use crate::town::state::{Adresseblokk, Dokumenttype, Innhold, MeldingsId};

/// Name of the header's member.
pub(super) const HEADER: &str = "standardBusinessDocumentHeader";
/// Types the API knows; the first three are modelled.
pub(super) const TYPES: [&str; 12] = [
    "digital",
    "print",
    "digital_dpv",
    "arkivmelding",
    "arkivmelding_kvittering",
    "avtalt",
    "innsynskrav",
    "publisering",
    "einnsyn_kvittering",
    "dialogmelding",
    "dialogmelding_kvittering",
    "status",
];
/// Types the text of an error lists: no receipts.
const TYPES_TO_SEND: [&str; 8] =
    ["arkivmelding", "avtalt", "digital", "digital_dpv", "print", "innsynskrav", "publisering", "dialogmelding"];
/// Types of scopes.
pub(super) const SCOPES: [&str; 6] =
    ["ConversationId", "JournalpostId", "ParentId", "SenderRef", "ReceiverRef", "MessageChannel"];

/// A document whose shape is right.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Sbd {
    /// As the client sent it.
    pub(super) json: Value,
    /// `documentIdentification.type`.
    pub(super) slag: String,
    /// `documentIdentification.standard`.
    pub(super) standard: Option<String>,
    /// Process id.
    pub(super) prosess: String,
    /// Place of the conversation among the scopes.
    samtale_scope: usize,
    /// Receiver as written, and as understood; `None` when not well-formed.
    pub(super) mottaker: Option<(String, Option<Identifikator>)>,
    /// Rules broken so far: told only after the look-up of the receiver (`specs/eformidling.md` §6.1).
    violations: Vec<Violation>,
}

impl Sbd {
    /// Reads the parts the look-up of the receiver needs.
    ///
    /// # Errors
    /// When the shape is not that of a document, or there is no type, process or more than one receiver.
    pub(super) fn read(json: Value) -> Result<Self, Fault> {
        let Some(header) = object(&json, HEADER)? else {
            return Err(Fault::constraints(vec![Violation::not_null(HEADER)]));
        };
        let empty = Value::Object(Map::new());
        let identification = object(header, "documentIdentification")?.unwrap_or(&empty);
        let path = |name: &str| format!("{HEADER}.documentIdentification.{name}");
        let Some(slag) = text(identification, "type")?.filter(|slag| !slag.is_empty()) else {
            return Err(Fault::constraints(vec![Violation::not_empty(path("type"), None)]));
        };
        if !TYPES.contains(&slag.as_str()) {
            return Err(Fault::unknown_type(&slag, &TYPES_TO_SEND));
        }
        let others = || json.as_object().into_iter().flatten().map(|(name, _)| name).filter(|name| *name != HEADER);
        match others().find(|name| **name != slag) {
            Some(other) => {
                return Err(Fault::illegal_state(format!("Expected to find field named {slag}, but found {other}")));
            }
            None if others().next().is_none() => {
                return Err(Fault::constraints(vec![Violation::not_null(slag)]));
            }
            None => {}
        }
        if object(&json, &slag)?.is_none() {
            return Err(Fault::constraints(vec![Violation::not_null(slag)]));
        }
        let scopes = objects(object(header, "businessScope")?.unwrap_or(&empty), "scope")?;
        let mut samtale_scope = None;
        for (place, scope) in scopes.iter().enumerate() {
            if text(scope, "type")?.is_some_and(|slag| slag.eq_ignore_ascii_case("ConversationId")) {
                samtale_scope.get_or_insert(place);
            }
        }
        let place = samtale_scope.ok_or_else(|| Fault::illegal_state("SBD missing process"))?;
        let prosess = text(scopes[place], "identifier")?.filter(|prosess| !prosess.is_empty());
        let prosess = prosess.ok_or_else(|| Fault::illegal_state("SBD missing process"))?;
        let mut sbd = Self {
            standard: text(identification, "standard")?,
            slag,
            prosess,
            samtale_scope: place,
            mottaker: None,
            violations: Vec::new(),
            json: Value::Null,
        };
        sbd.mottaker = sbd.partner(header, "receiver")?;
        if let Some((value, None)) = &sbd.mottaker {
            let field = format!("{HEADER}.receiver[0].identifier.value");
            let message = format!("'{value}' is not a valid participant identifier");
            return Err(Fault::constraints(vec![Violation::rule(field, "Iso6523", message, json!(value))]));
        }
        sbd.json = json;
        Ok(sbd)
    }

    /// The one partner of an array.
    fn partner(&mut self, header: &Value, name: &str) -> Result<Option<(String, Option<Identifikator>)>, Fault> {
        let partners = objects(header, name)?;
        let field = format!("{HEADER}.{name}");
        if partners.len() > 1 {
            let message = "size must be between 0 and 1";
            return Err(Fault::constraints(vec![Violation::rule(field, "Size", message, Value::Null)]));
        }
        let Some(partner) = partners.first() else { return Ok(None) };
        let Some(identifier) = object(partner, "identifier")? else {
            self.violations.push(Violation::not_null(format!("{field}[0].identifier")));
            return Ok(None);
        };
        let authority = text(identifier, "authority")?.filter(|authority| !authority.is_empty());
        let Some(value) = text(identifier, "value")?.filter(|value| !value.is_empty()) else {
            self.violations.push(Violation::not_empty(format!("{field}[0].identifier.value"), None));
            return Ok(None);
        };
        let read = Identifikator::parse(authority.as_deref().unwrap_or(ISO6523), &value);
        Ok(Some((value, read)))
    }

    fn header(&self) -> &Value {
        &self.json[HEADER]
    }

    fn samtale(&self) -> &Value {
        &self.header()["businessScope"]["scope"][self.samtale_scope]
    }

    /// The business message.
    pub(super) fn melding(&self) -> &Value {
        &self.json[&self.slag]
    }

    /// The document type, when it is one of those modelled.
    pub(super) fn dokumenttype(&self) -> Option<Dokumenttype> {
        [Dokumenttype::Digital, Dokumenttype::Print, Dokumenttype::DigitalDpv]
            .into_iter()
            .find(|dokumenttype| dokumenttype.kode() == self.slag)
    }

    /// The message id the client gives.
    pub(super) fn message_id(&self) -> Result<Option<String>, Fault> {
        text(&self.header()["documentIdentification"], "instanceIdentifier")
    }

    /// The sender on the wire: the client's, rewritten to "own organisation on behalf of" when it is another's, or the own
    /// one (`specs/eformidling.md` §2.1). Also the organisation the receiver sees.
    pub(super) fn avsender(&mut self, own: &str) -> Result<(String, Option<Identifikator>), Fault> {
        let header = self.header().clone();
        let Some((value, read)) = self.partner(&header, "sender")? else {
            return Ok((format!("0192:{own}"), Identifikator::parse_iso(own)));
        };
        match read {
            Some(Identifikator::Organisasjon { nummer, part: None }) if nummer != own => {
                let value = format!("0192:{own}:{nummer}");
                let read = Identifikator::parse_iso(&value);
                Ok((value, read))
            }
            Some(Identifikator::Organisasjon { nummer, part: None }) => {
                Ok((format!("0192:{nummer}"), Identifikator::parse_iso(&nummer)))
            }
            Some(read @ Identifikator::Organisasjon { .. }) => Ok((value, Some(read))),
            _ => {
                let field = format!("{HEADER}.sender[0].identifier.value");
                let message = format!("'{value}' is not a valid organization identifier");
                self.violations.push(Violation::rule(field, "Iso6523", message, json!(value)));
                Ok((value, None))
            }
        }
    }

    /// Checks the header, and gives message id, conversation id and time to live as the client states them.
    ///
    /// # Errors
    /// When a value has another shape than its field.
    pub(super) fn header_rules(&mut self, now: Instant) -> Result<HeaderFields, Fault> {
        let header = self.header().clone();
        if text(&header, "headerVersion")?.is_none_or(|version| version.is_empty()) {
            let given = text(&header, "headerVersion")?;
            self.violations.push(Violation::not_empty(format!("{HEADER}.headerVersion"), given.as_deref()));
        }
        let path = |name: &str| format!("{HEADER}.documentIdentification.{name}");
        let identification = &header["documentIdentification"];
        for name in ["standard", "typeVersion"] {
            let given = text(identification, name)?;
            if given.as_deref().is_none_or(str::is_empty) {
                self.violations.push(Violation::not_empty(path(name), given.as_deref()));
            }
        }
        boolean(identification, "multipleType")?;
        let created = text(identification, "creationDateAndTime")?;
        if created.as_deref().is_some_and(|created| Instant::parse(created).is_none()) {
            return Err(not_a_time("creationDateAndTime"));
        }
        let id = self.uuid(&path("instanceIdentifier"), text(identification, "instanceIdentifier")?);
        for (place, scope) in objects(&header["businessScope"], "scope")?.iter().enumerate() {
            let slag = text(scope, "type")?.unwrap_or_default();
            if !SCOPES.iter().any(|known| known.eq_ignore_ascii_case(&slag)) {
                let message = format!("'{slag}' is not expected. Allowed values are: {}", SCOPES.join(", "));
                let field = format!("{HEADER}.businessScope.scope[{place}].type");
                self.violations.push(Violation::rule(field, "OneOf", message, json!(slag)));
            }
        }
        let place = self.samtale_scope;
        let field = format!("{HEADER}.businessScope.scope[{place}]");
        let given = text(self.samtale(), "instanceIdentifier")?.filter(|given| !given.trim().is_empty());
        let samtale = self.uuid(&format!("{field}.instanceIdentifier"), given);
        let utloeper = match self.levetid()? {
            None => None,
            Some(given) => Some(Instant::parse(&given).ok_or_else(|| not_a_time("expectedResponseDateTime"))?),
        };
        if let Some(utloeper) = utloeper.filter(|utloeper| *utloeper <= now) {
            let field = format!("{field}.scopeInformation[0].expectedResponseDateTime");
            self.violations.push(Violation::rule(
                field,
                "Future",
                "must be a future date",
                json!(utloeper.to_string()),
            ));
        }
        Ok(HeaderFields { id, samtale, utloeper })
    }

    /// The time to live as written.
    fn levetid(&self) -> Result<Option<String>, Fault> {
        let information = objects(self.samtale(), "scopeInformation")?;
        information.first().map_or(Ok(None), |first| text(first, "expectedResponseDateTime"))
    }

    fn uuid(&mut self, field: &str, given: Option<String>) -> Option<MeldingsId> {
        let given = given?;
        let id = MeldingsId::parse(&given);
        if id.is_none() {
            let message = format!("'{given}' is not a UUID.");
            self.violations.push(Violation::rule(field, "UUID", message, json!(given)));
        }
        id
    }

    /// Checks the business message and gives its content; for paper the addresses still as given.
    ///
    /// # Errors
    /// When a value has another shape than its field.
    pub(super) fn melding_rules(&mut self, dokumenttype: Dokumenttype) -> Result<Forretningsmelding, Fault> {
        let message = self.melding().clone();
        let read = match dokumenttype {
            Dokumenttype::Digital => self.digital(&message)?,
            Dokumenttype::Print => self.print(&message)?,
            Dokumenttype::DigitalDpv => self.digital_dpv(&message)?,
        };
        Ok(read)
    }

    fn field(&self, name: &str) -> String {
        format!("{}.{name}", self.slag)
    }

    fn required(&mut self, message: &Value, name: &str) -> Result<String, Fault> {
        let given = text(message, name)?;
        if given.as_deref().is_none_or(|given| given.trim().is_empty()) {
            self.violations.push(Violation::not_empty(self.field(name), given.as_deref()));
        }
        Ok(given.unwrap_or_default())
    }

    fn digital(&mut self, message: &Value) -> Result<Forretningsmelding, Fault> {
        match integer(message, "sikkerhetsnivaa")? {
            None => self.violations.push(Violation::not_null(self.field("sikkerhetsnivaa"))),
            Some(3 | 4) => {}
            Some(other) => {
                let text = format!("'{other}' is not expected. Allowed values are: 3, 4");
                let field = self.field("sikkerhetsnivaa");
                self.violations.push(Violation::rule(field, "OneOf", text, json!(other)));
            }
        }
        let hoveddokument = self.required(message, "hoveddokument")?;
        let tittel = self.required(message, "tittel")?;
        let spraak = self.required(message, "spraak")?;
        let info = object(message, "digitalPostInfo")?;
        if info.is_none() {
            self.violations.push(Violation::not_null(self.field("digitalPostInfo")));
        }
        let (mut virkningsdato, mut aapningskvittering) = (None, false);
        if let Some(info) = info {
            aapningskvittering = boolean(info, "aapningskvittering")?.unwrap_or(false);
            if let Some(given) = text(info, "virkningsdato")? {
                let dato = given.parse().map_err(|_| not_a_time("virkningsdato"))?;
                virkningsdato = Some(crate::town::model::DayNo::of(dato));
            }
        }
        let mut metadatafiler = Vec::new();
        if let Some(files) = object(message, "metadataFiler")? {
            for name in files.as_object().into_iter().flatten().map(|(name, _)| name) {
                metadatafiler.push((name.as_str().into(), text(files, name)?.unwrap_or_default().into()));
            }
        }
        Ok(Forretningsmelding {
            hoveddokument: Some(hoveddokument),
            spraak: Some(spraak),
            innhold: Innhold::Digital { tittel: tittel.into(), virkningsdato, aapningskvittering, metadatafiler },
            mottaker: None,
            retur: None,
        })
    }

    fn print(&mut self, message: &Value) -> Result<Forretningsmelding, Fault> {
        let hoveddokument = self.required(message, "hoveddokument")?;
        one_of(message, "utskriftsfarge", &["SORT_HVIT", "FARGE"])?;
        let posttype = one_of(message, "posttype", &["B_OEKONOMI", "A_PRIORITERT"])?;
        let mottaker = object(message, "mottaker")?.map(adresseblokk).transpose()?;
        let mut retur = None;
        if let Some(given) = object(message, "retur")? {
            one_of(given, "returhaandtering", &["DIREKTE_RETUR", "MAKULERING_MED_MELDING"])?;
            retur = object(given, "mottaker")?.map(adresseblokk).transpose()?;
        }
        // Paper has no field for the language; senders tell it among the printer's free instructions.
        let spraak = match object(message, "printinstruksjoner")? {
            Some(instructions) => text(instructions, "spraak")?,
            None => None,
        };
        Ok(Forretningsmelding {
            hoveddokument: Some(hoveddokument),
            spraak,
            innhold: Innhold::Print {
                mottaker: Adresseblokk::default(),
                retur: Adresseblokk::default(),
                a_prioritert: posttype == Some("A_PRIORITERT"),
            },
            mottaker,
            retur,
        })
    }

    fn digital_dpv(&mut self, message: &Value) -> Result<Forretningsmelding, Fault> {
        let tittel = self.required(message, "tittel")?;
        let sammendrag = self.required(message, "sammendrag")?;
        let innhold = self.required(message, "innhold")?;
        if let Some(dpv) = object(message, "dpv")? {
            one_of(dpv, "varselType", &["VarselDPVUtenRevarsel", "VarselDPVMedRevarsel"])?;
            one_of(dpv, "varselTransportType", &["Epost", "SMS", "EpostOgSMS"])?;
            integer(dpv, "dagerTilSvarfrist")?;
        }
        let innhold =
            Innhold::DigitalDpv { tittel: tittel.into(), sammendrag: sammendrag.into(), innhold: innhold.into() };
        Ok(Forretningsmelding { hoveddokument: None, spraak: None, innhold, mottaker: None, retur: None })
    }

    /// All rules that were broken, as one refusal.
    pub(super) fn verdict(&mut self) -> Result<(), Fault> {
        match std::mem::take(&mut self.violations) {
            broken if broken.is_empty() => Ok(()),
            broken => Err(Fault::constraints(broken)),
        }
    }
}

/// What a header says for itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct HeaderFields {
    /// Message id.
    pub(super) id: Option<MeldingsId>,
    /// Conversation id.
    pub(super) samtale: Option<MeldingsId>,
    /// Time to live.
    pub(super) utloeper: Option<Instant>,
}

/// A business message as read.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Forretningsmelding {
    /// Name of the main document.
    pub(super) hoveddokument: Option<String>,
    /// Language.
    pub(super) spraak: Option<String>,
    /// The rest.
    pub(super) innhold: Innhold,
    /// Address given by the sender, for paper.
    pub(super) mottaker: Option<Adresseblokk>,
    /// Return address given by the sender, for paper.
    pub(super) retur: Option<Adresseblokk>,
}

fn not_a_time(name: &str) -> Fault {
    Fault::not_readable(format!("JSON parse error: Cannot deserialize value of `{name}`, expected an ISO 8601 date"))
}

fn adresseblokk(given: &Value) -> Result<Adresseblokk, Fault> {
    let part = |name: &str| -> Result<Option<std::sync::Arc<str>>, Fault> {
        Ok(text(given, name)?.filter(|part| !part.trim().is_empty()).map(Into::into))
    };
    let mut linjer = Vec::new();
    for number in 1..=4 {
        linjer.extend(part(&format!("adresselinje{number}"))?);
    }
    Ok(Adresseblokk {
        navn: part("navn")?,
        linjer,
        postnummer: part("postnummer")?,
        poststed: part("poststed")?,
        land: part("land")?,
    })
}

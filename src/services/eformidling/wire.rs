//! What the API writes: members in its order, nothing that is null (`specs/eformidling.md` §5, §9, §10).

use serde::Serialize;
use serde_json::{Value, json};

use super::identifikator::bar;
use super::ruting::{Rute, UTSKRIFT, returadresse};
use crate::clock::Instant;
use crate::town::state::{Adresseblokk, Dokumenttype, Person, Samtale, Statuslinje};

/// A time stamp: Oslo offset, with milliseconds when there are any.
pub(super) fn stamp(at: Instant) -> String {
    if at.millis().rem_euclid(1000) == 0 { at.to_string() } else { at.iso(3) }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatusItem<'a> {
    id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    conv_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    last_update: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_receipt: Option<&'a str>,
}

impl<'a> StatusItem<'a> {
    fn of(linje: &'a Statuslinje) -> Self {
        Self {
            id: linje.id,
            conv_id: None,
            conversation_id: None,
            message_id: None,
            last_update: stamp(linje.tid),
            status: linje.status.kode(),
            description: linje.beskrivelse.as_deref(),
            raw_receipt: linje.kvittering.as_deref(),
        }
    }
}

/// Properties a list of statuses can be sorted by.
pub(super) const STATUS_PROPERTIES: [&str; 6] =
    ["id", "conversationId", "messageId", "lastUpdate", "status", "description"];

/// A status in a list.
pub(super) fn status(samtale: &Samtale, linje: &Statuslinje) -> Value {
    let item = StatusItem {
        conv_id: Some(samtale.nummer),
        conversation_id: Some(samtale.melding.samtale.to_string()),
        message_id: Some(samtale.melding.noekkel.id.to_string()),
        ..StatusItem::of(linje)
    };
    json!(item)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConversationItem<'a> {
    id: u64,
    conversation_id: String,
    message_id: String,
    sender: &'a str,
    sender_identifier: &'a str,
    receiver: &'a str,
    receiver_identifier: &'a str,
    process_identifier: &'static str,
    document_identifier: &'static str,
    message_reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_title: Option<&'a str>,
    last_update: String,
    finished: bool,
    expiry: String,
    direction: &'static str,
    service_identifier: &'static str,
    message_statuses: Vec<StatusItem<'a>>,
}

/// Properties a list of conversations can be sorted by.
pub(super) const CONVERSATION_PROPERTIES: [&str; 16] = [
    "id",
    "conversationId",
    "messageId",
    "sender",
    "senderIdentifier",
    "receiver",
    "receiverIdentifier",
    "processIdentifier",
    "documentIdentifier",
    "messageReference",
    "messageTitle",
    "lastUpdate",
    "finished",
    "expiry",
    "direction",
    "serviceIdentifier",
];

/// A conversation.
pub(super) fn conversation(samtale: &Samtale) -> Value {
    let melding = &samtale.melding;
    json!(ConversationItem {
        id: samtale.nummer,
        conversation_id: melding.samtale.to_string(),
        message_id: melding.noekkel.id.to_string(),
        sender: &melding.avsender,
        sender_identifier: bar(&melding.avsender),
        receiver: &melding.mottaker,
        receiver_identifier: bar(&melding.mottaker),
        process_identifier: melding.prosess.urn(),
        document_identifier: melding.dokumenttype().standard(),
        message_reference: &samtale.referanse,
        message_title: samtale.tittel.as_deref(),
        last_update: stamp(samtale.sist_oppdatert),
        finished: samtale.ferdig,
        expiry: stamp(melding.utloeper),
        direction: "OUTGOING",
        service_identifier: melding.tjeneste().kode(),
        message_statuses: samtale.statuser.iter().map(StatusItem::of).collect(),
    })
}

fn address(blokk: &Adresseblokk) -> Value {
    json!({
        "name": blokk.navn.as_deref().unwrap_or_default(),
        "street": blokk.linjer.join(";"),
        "postalCode": blokk.postnummer.as_deref().unwrap_or_default(),
        "postalArea": blokk.poststed.as_deref().unwrap_or_default(),
        "country": blokk.land.as_deref().unwrap_or_default(),
    })
}

/// What `person` can receive, by the ways in `ruter` that the registry offers.
pub(super) fn capabilities(person: &Person<'_>, ruter: &[Rute]) -> Value {
    let items: Vec<Value> = ruter.iter().filter(|rute| rute.tilbys).map(|rute| capability(person, rute)).collect();
    json!({ "capabilities": items })
}

fn capability(person: &Person<'_>, rute: &Rute) -> Value {
    let dokumenttype = rute.dokumenttype;
    let mut item = json!({ "process": rute.prosess.urn(), "serviceIdentifier": dokumenttype.tjeneste().kode() });
    let blank = Adresseblokk::default();
    match dokumenttype {
        Dokumenttype::Print => {
            item["postAddress"] = address(&person.adresseblokk().unwrap_or_default());
            item["returnAddress"] = address(&returadresse(person.town()));
        }
        Dokumenttype::Digital => {
            item["postAddress"] = address(&blank);
            item["returnAddress"] = address(&blank);
        }
        Dokumenttype::DigitalDpv => {}
    }
    item["documentTypes"] = json!([{ "type": dokumenttype.kode(), "standard": dokumenttype.standard() }]);
    match dokumenttype {
        Dokumenttype::Print => item["digitalPostAddress"] = json!({ "supplier": UTSKRIFT }),
        Dokumenttype::Digital => {
            let kontakt = person.kontakt();
            item["digitalPostAddress"] = json!({
                "supplier": kontakt.postkasse.leverandoer().unwrap_or_default(),
                "address": kontakt.postkasseadresse(&person.navn(), person.key()).unwrap_or_default(),
            });
        }
        Dokumenttype::DigitalDpv => {}
    }
    item
}

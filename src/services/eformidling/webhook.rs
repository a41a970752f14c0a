//! What the integration point posts to subscribers (`specs/eformidling.md` §12).

use bytes::Bytes;
use serde::Serialize;
use serde_json::json;

use crate::access::{Rendered, Writing};
use crate::town::state::{Emne, Retning};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatusEvent<'a> {
    created_ts: String,
    resource: &'static str,
    event: &'static str,
    message_id: String,
    conversation_id: String,
    direction: &'static str,
    service_identifier: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

/// Writes a ping or a status event.
pub(super) fn rendering(writing: &Writing<'_>) -> Option<Rendered> {
    let levering = writing.levering;
    let created_ts = levering.tid.iso(3);
    let (operation, message, body) = match &levering.emne {
        Emne::Ping => ("eformidling.levering.ping", None, json!({ "createdTs": created_ts, "event": "ping" })),
        Emne::Meldingsstatus { melding, samtale, tjeneste, status, beskrivelse } => {
            let message_id = melding.id.to_string();
            let event = StatusEvent {
                created_ts,
                resource: "messages",
                event: "status",
                message_id: message_id.clone(),
                conversation_id: samtale.to_string(),
                direction: Retning::Utgaaende.kode(),
                service_identifier: tjeneste.kode(),
                status: status.kode(),
                description: beskrivelse.as_deref(),
            };
            ("eformidling.levering.status", Some(message_id), json!(event))
        }
        Emne::Registerendring { .. } | Emne::Utlogging { .. } => return None,
    };
    Some(Rendered {
        method: "POST",
        headers: vec![("content-type", "application/json".to_owned())],
        body: Bytes::from(body.to_string()),
        operation,
        message,
        patience: None,
    })
}

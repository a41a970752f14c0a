//! Byteby's own word to apps and tests: that a register changed. No real service sends it.

use bytes::Bytes;
use serde_json::json;

use crate::access::{Rendered, Writing};
use crate::town::state::Emne;

/// Writes a delivery of our own.
pub(super) fn rendering(writing: &Writing<'_>) -> Option<Rendered> {
    let levering = writing.levering;
    let (operation, body) = match &levering.emne {
        Emne::Registerendring { nummer, slag, .. } => (
            "byteby.levering.register",
            json!({
                "id": levering.id.to_string(),
                "event": "register",
                "time": levering.tid.iso(3),
                "personidentifikator": nummer.to_string(),
                "hendelsestype": slag.code(),
            }),
        ),
        Emne::Ping | Emne::Meldingsstatus { .. } | Emne::Utlogging { .. } => return None,
    };
    Some(Rendered {
        method: "POST",
        headers: vec![("content-type", "application/json".to_owned())],
        body: Bytes::from(body.to_string()),
        operation,
        message: None,
        patience: None,
    })
}

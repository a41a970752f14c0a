//! eFormidling: what a citizen can be sent, and messages on their way.

use std::collections::BTreeMap;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, header};
use serde_json::{Value, json};

use super::{File, Message, ORGNR, Reply, Town};

fn refuse(status: u16, exception: &str) -> Reply {
    (status, json!({ "status": status, "exception": format!("no.difi.meldingsutveksling.exceptions.{exception}") }))
}

/// What a citizen can be sent for a process, by the table of the counterpart look-up.
fn document_types(town: &Town, id: &str, process: &str) -> Option<Vec<&'static str>> {
    let document = town.people.get(id)?;
    let entry = town.krr.get(id).cloned().unwrap_or_default();
    let mailbox = entry["status"] == "AKTIV" && entry["digital_post"].is_object();
    let decision = process.contains(":vedtak:");
    let off = decision && (entry["reservasjon"] == "JA" || entry["varslingsstatus"] != "KAN_VARSLES");
    let address = document["bostedsadresse"].is_array() && document["adressebeskyttelse"].is_null();
    let print = address.then_some("print");
    Some(match (mailbox, off) {
        (true, false) => vec!["digital"],
        (_, true) => print.into_iter().collect(),
        (false, false) => print.into_iter().chain(["digital_dpv"]).collect(),
    })
}

pub(super) fn eformidling(
    town: &mut Town,
    method: &str,
    path: &str,
    query: &BTreeMap<String, String>,
    headers: &HeaderMap,
    body: &Bytes,
) -> Reply {
    if let Some(id) = path.strip_prefix("capabilities/") {
        let process = query.get("process").map_or("urn:no:difi:profile:digitalpost:info:ver1.0", String::as_str);
        let Some(types) = document_types(town, id, process) else { return refuse(404, "IdentifierNotFoundException") };
        let item = |kind| {
            let service = if kind == "digital_dpv" { "DPV" } else { "DPI" };
            let medium = if kind == "print" { "fysisk" } else { "digital" };
            json!({ "process": process, "serviceIdentifier": service,
                    "documentTypes": [{ "type": kind, "standard": format!("urn:no:difi:digitalpost:xsd:{medium}::{kind}") }] })
        };
        return (200, json!({ "capabilities": types.into_iter().map(item).collect::<Vec<_>>() }));
    }
    let id = path.strip_prefix("messages/out").unwrap_or_default().trim_matches('/');
    match (method, id) {
        ("POST", "") => create(town, body),
        ("GET", id) => match town.out.get(id) {
            Some(message) => (200, message.sbd.clone()),
            None => refuse(404, "MessageNotFoundException"),
        },
        ("PUT", id) => {
            let Some(message) = town.out.get_mut(id) else { return refuse(404, "MessageNotFoundException") };
            let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
            let (Some(mime), Some(disposition)) = (text(header::CONTENT_TYPE), text(header::CONTENT_DISPOSITION))
            else {
                return (400, json!({ "exception": "org.springframework.web.bind.MissingRequestHeaderException" }));
            };
            let name = disposition.split("filename=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
            if message.files.iter().any(|file| file.name == name) {
                return refuse(400, "DuplicateFilenameException");
            }
            let (title, mime) = (query.get("title").cloned().unwrap_or_default(), mime.to_owned());
            message.files.push(File { name, title, mime, bytes: body.to_vec() });
            (200, Value::Null)
        }
        ("POST", id) => {
            let Some(message) = town.out.get(id) else { return refuse(404, "MessageNotFoundException") };
            let main = message.business()["hoveddokument"].as_str();
            if message.kind() != "digital_dpv" && !message.files.iter().any(|file| Some(file.name.as_str()) == main) {
                return refuse(400, "MissingPrimaryDocumentException");
            }
            let message = town.out.remove(id).unwrap();
            town.sent.push(message);
            (200, Value::Null)
        }
        _ => (405, Value::Null),
    }
}

/// The parts of a multipart body; none when it is something else.
pub(super) async fn multipart(headers: &HeaderMap, body: &Bytes) -> Vec<File> {
    let mut request = Request::new(Body::from(body.clone()));
    *request.headers_mut() = headers.clone();
    let Ok(mut form) = Multipart::from_request(request, &()).await else { return Vec::new() };
    let mut files = Vec::new();
    while let Some(field) = form.next_field().await.unwrap() {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let (title, name, mime) = (text(field.name()), text(field.file_name()), text(field.content_type()));
        files.push(File { name, title, mime, bytes: field.bytes().await.unwrap().to_vec() });
    }
    files
}

/// Create, upload and send in one.
pub(super) fn whole_message(town: &mut Town, mut parts: Vec<File>) -> Reply {
    let Some(sbd) = parts.iter().position(|part| part.title == "sbd") else { return refuse(400, "sbd") };
    let sbd = Bytes::from(parts.remove(sbd).bytes);
    let (status, reply) = create(town, &sbd);
    if status == 200 {
        let id = &reply["standardBusinessDocumentHeader"]["documentIdentification"]["instanceIdentifier"];
        let mut message = town.out.remove(id.as_str().unwrap()).unwrap();
        message.files = parts;
        town.sent.push(message);
    }
    (status, reply)
}

fn create(town: &mut Town, body: &Bytes) -> Reply {
    let Ok(mut sbd) = serde_json::from_slice::<Value>(body) else { return refuse(400, "HttpMessageNotReadable") };
    town.counter += 1;
    let made = format!("00000000-0000-4000-8000-{:012}", town.counter);
    let named = &mut sbd["standardBusinessDocumentHeader"]["documentIdentification"]["instanceIdentifier"];
    if named.is_null() {
        *named = json!(made);
    }
    let head = &sbd["standardBusinessDocumentHeader"];
    let message = Message { sbd: sbd.clone(), files: Vec::new() };
    let (kind, business) = (message.kind(), message.business());
    let text = |pointer: &str| business.pointer(pointer).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    let own_address = text("/mottaker/adresselinje1") && text("/mottaker/postnummer") && text("/mottaker/navn");
    let types = document_types(town, message.to(), message.process()).unwrap_or_default();
    let open = types.contains(&kind) || (kind == "print" && own_address);
    if !open {
        return refuse(400, "ReceiverDoesNotAcceptDocumentTypeException");
    }
    let id = head["documentIdentification"]["instanceIdentifier"].as_str().unwrap_or_default().to_owned();
    let shape: Vec<usize> = id.split('-').map(str::len).collect();
    if town.known_messages.contains(&id) {
        return refuse(400, "MessageAlreadyExistsException");
    }
    let standard = head["documentIdentification"]["standard"].as_str().unwrap_or_default();
    let scope = &head["businessScope"]["scope"][0];
    let fields = match kind {
        "digital" => {
            text("/hoveddokument")
                && text("/tittel")
                && text("/spraak")
                && [3, 4].contains(&business["sikkerhetsnivaa"].as_i64().unwrap_or(0))
                && business["digitalPostInfo"].is_object()
        }
        "print" => text("/hoveddokument") && own_address == text("/retur/mottaker/adresselinje1"),
        "digital_dpv" => text("/tittel") && text("/sammendrag") && text("/innhold"),
        _ => false,
    };
    let right = fields
        && shape == [8, 4, 4, 4, 12]
        && head["headerVersion"] == "1.0"
        && head["documentIdentification"]["typeVersion"].is_string()
        && standard.ends_with(&format!("::{kind}"))
        && scope["type"] == "ConversationId"
        && sbd.as_object().unwrap().len() == 2
        && head["sender"][0]["identifier"]["value"] == format!("0192:{ORGNR}").as_str();
    if !right {
        return (400, json!({ "exception": "jakarta.validation.ConstraintViolationException" }));
    }
    town.known_messages.insert(id.clone());
    town.out.insert(id, message);
    (200, sbd)
}

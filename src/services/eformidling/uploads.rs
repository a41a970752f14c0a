//! Files of a message: one at a time, or all with the message in a multipart request (`specs/eformidling.md` §6.2, §6.4).

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use serde_json::json;

use super::disposition::{Disposition, media_type};
use super::faults::{Fault, Violation};
use super::{Answer, Call, Nei, json_in, messages, sbd_out};
use crate::formats::dokumenttekst::dokumenttekst;
use crate::town::decide::PostCommand;
use crate::town::state::{Dokumenttype, Fase, Fil};

/// Largest part of a multipart request, in bytes.
const MAX_PART: usize = 5_242_880;
/// Most parts of a multipart request: a body of nothing but boundaries would cost more than it is worth.
const MAX_PARTS: usize = 1_000;

/// `PUT messages/out/{id}`.
pub(super) async fn upload(call: &mut Call) -> Result<Answer, Nei> {
    call.known_params(&["title"]);
    let disposition = call.header(header::CONTENT_DISPOSITION);
    let disposition = disposition.ok_or_else(|| Fault::missing_header("Content-Disposition"))?;
    let media = call.header(header::CONTENT_TYPE).ok_or_else(|| Fault::missing_header("Content-Type"))?;
    let noekkel = call.noekkel()?;
    let forsendelse = messages::in_outbox(call, noekkel)?;
    if forsendelse.fase != Fase::Utkast {
        return Err(Fault::message_not_found(&noekkel.id.to_string()).into());
    }
    let disposition = Disposition::parse(&disposition);
    let title = call.param("title").map(str::to_owned).filter(|title| !title.is_empty()).or(disposition.name);
    let bytes = call.body.clone();
    let fil = file(call, disposition.filename.unwrap_or_default(), title, Some(&media), bytes)?;
    if forsendelse.melding.dokumenttype() == Dokumenttype::DigitalDpv && fil.tittel.is_none() {
        return Err(Fault::missing_title().into());
    }
    let (key, navn) = (noekkel.id.0.to_be_bytes(), fil.navn.clone());
    let command = PostCommand::LastOppFil { melding: noekkel, fil: Box::new(fil) };
    call.command(command, "eformidling.fil.last_opp", &[&key, navn.as_bytes()]).await?;
    Ok(Answer::Empty(StatusCode::OK))
}

/// Keeps the bytes of a file and describes it. The bytes are kept before anything is told to the town.
fn file(call: &Call, navn: String, tittel: Option<String>, media: Option<&str>, bytes: Bytes) -> Result<Fil, Fault> {
    if navn.trim().is_empty() {
        return Err(Fault::constraints(vec![Violation::not_empty("filename", Some(&navn))]));
    }
    if navn.contains(['/', '\\', '\0']) || navn == ".." || navn == "." {
        // Decision of ours: the original keeps such a name.
        let message = "must be a file name without a path";
        return Err(Fault::constraints(vec![Violation::rule("filename", "Pattern", message, json!(navn))]));
    }
    let mime = media_type(media, &navn);
    let sha256 = call.inbound.hall.blobs().put(&bytes).map_err(|error| Fault::illegal_state(error.to_string()))?;
    Ok(Fil {
        tekst: dokumenttekst(&mime, &bytes).map(Into::into),
        navn: navn.into(),
        tittel: tittel.map(Into::into),
        mime: mime.into(),
        sha256,
        size: bytes.len() as u64,
    })
}

/// A part of a multipart request.
struct Part {
    title: Option<String>,
    filename: String,
    media: Option<String>,
    bytes: Bytes,
}

/// `POST messages/out/multipart`: creates with all files in one go, then sends. When sending is refused the message stays.
pub(super) async fn create_and_send(call: &mut Call) -> Result<Answer, Nei> {
    let media = call.header(header::CONTENT_TYPE);
    if !media.as_deref().is_some_and(|media| media.to_ascii_lowercase().starts_with("multipart/form-data")) {
        return Err(Fault::media_type(media.as_deref()).into());
    }
    let (document, parts) = take_apart(call).await?;
    let document = document.ok_or_else(|| Fault::missing_part("sbd"))?;
    let document = json_in::read_object(&document)?;
    let mut filer = Vec::new();
    for part in parts {
        if part.bytes.len() > MAX_PART {
            let limit = i64::try_from(MAX_PART).unwrap_or(i64::MAX);
            return Err(Fault::part_too_large(&part.filename, limit).into());
        }
        filer.push(file(call, part.filename, part.title, part.media.as_deref(), part.bytes)?);
    }
    let created = messages::opprett(call, document, filer).await?;
    messages::send_message(call, created.melding.noekkel).await?;
    Ok(Answer::Json(sbd_out::sbd(&created.melding)))
}

/// The document and the files of a multipart body. The part named `sbd` is the document, whatever else it says of itself.
async fn take_apart(call: &mut Call) -> Result<(Option<Bytes>, Vec<Part>), Fault> {
    let request = Request::from_parts(call.parts.clone(), Body::from(call.body.clone()));
    let mut multipart = Multipart::from_request(request, &()).await.map_err(|_| Fault::multipart())?;
    let (mut document, mut parts, mut seen) = (None, Vec::new(), 0);
    while let Some(field) = multipart.next_field().await.map_err(|_| Fault::multipart())? {
        seen += 1;
        if seen > MAX_PARTS {
            call.hint.get_or_insert("more-than-1000-parts");
            return Err(Fault::multipart());
        }
        let (title, filename) = (field.name().map(str::to_owned), field.file_name().map(str::to_owned));
        let media = field.content_type().map(str::to_owned);
        let bytes = field.bytes().await.map_err(|_| Fault::multipart())?;
        if title.as_deref() == Some("sbd") {
            if filename.is_some() {
                call.hint.get_or_insert("sbd-part-has-a-file-name");
            }
            document.get_or_insert(bytes);
        } else if let Some(filename) = filename {
            parts.push(Part { title, filename, media, bytes });
        }
    }
    Ok((document, parts))
}

//! Letters citizens have received.

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Fields, Named, Path, Query};
use super::find::by_number;
use super::problem::{Code, Problem};
use crate::town::decide::PostCommand;
use crate::town::state::{Brev, Prosess, Vedlegg};
use crate::town::{Cause, Command, Town};

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one)).routes(routes!(attachment)).routes(routes!(open))
}

/// Letters in an answer when nothing else is asked for.
const DEFAULT_LIMIT: usize = 100;
/// Most letters in an answer.
const MAX_LIMIT: usize = 1000;

/// Which letters.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Letters behind this one.
    after: Option<u64>,
    limit: Option<usize>,
    /// Only to the citizen with this identity number.
    to: Option<String>,
    /// Only by this channel: digitalpost, print or altinn.
    channel: Option<String>,
}

impl Fields for Wanted {
    const LATER: &'static [&'static str] =
        &["from", "kind", "subject", "text", "language", "about", "delivered", "read"];
}

/// Letters found.
#[derive(Serialize, ToSchema)]
pub(super) struct Messages {
    messages: Vec<Message>,
    /// What to ask for next.
    next: u64,
    /// Messages handed over by a sender and not yet with the citizen.
    under_way: usize,
}

/// A letter as the citizen reads it.
#[derive(Serialize, ToSchema)]
pub(super) struct Message {
    id: u64,
    at: String,
    /// Identity number of the citizen.
    to: String,
    /// Organisation number of the sender.
    from: String,
    channel: &'static str,
    subject: String,
    /// Text of the letter; none when its format could not be read.
    text: Option<String>,
    document: Option<Attachment>,
    attachments: Vec<Attachment>,
    /// Language code as the sender gave it.
    language: Option<&'static str>,
    /// What stood on the envelope, for paper.
    envelope: Option<String>,
    message_id: String,
    conversation_id: String,
    process: &'static str,
    /// When it reached the citizen; nothing for paper on its way.
    delivered: Option<String>,
    /// When it was opened; paper never says.
    read: Option<String>,
}

/// A file of a letter.
#[derive(Serialize, ToSchema)]
struct Attachment {
    name: String,
    title: Option<String>,
    r#type: String,
    size: u64,
    sha256: String,
}

impl Attachment {
    fn of(file: &Vedlegg) -> Self {
        Self {
            name: file.navn.to_string(),
            title: file.tittel.as_deref().map(str::to_owned),
            r#type: file.mime.to_string(),
            size: file.size,
            sha256: file.sha256.to_string(),
        }
    }
}

impl Message {
    fn of(town: &Town, brev: &Brev) -> Self {
        let to = town.person_by_key(brev.til).map(|person| person.nummer().to_string());
        Self {
            id: brev.id,
            at: brev.at.to_string(),
            to: to.unwrap_or_default(),
            from: brev.fra.to_string(),
            channel: brev.kanal.ord(),
            subject: brev.tittel.to_string(),
            text: brev.tekst.as_deref().map(str::to_owned),
            document: brev.hoveddokument.as_ref().map(Attachment::of),
            attachments: brev.vedlegg.iter().map(Attachment::of).collect(),
            language: brev.spraakkode().map(crate::town::model::Spraak::code),
            envelope: brev.adresseblokk.as_ref().map(crate::town::state::Adresseblokk::tekst),
            message_id: brev.message_id.to_string(),
            conversation_id: brev.conversation.to_string(),
            process: match brev.prosess {
                Prosess::Info => "info",
                Prosess::Vedtak => "vedtak",
            },
            delivered: brev.ankommet.map(|at| at.to_string()),
            read: brev.lest.map(|at| at.to_string()),
        }
    }
}

/// Letters citizens have received.
#[utoipa::path(get, path = "/worlds/{world}/messages", params(Wanted), tag = "messages", responses((status = 200, body = Messages)))]
pub(super) async fn list(Named { world, .. }: Named, Query(wanted): Query<Wanted>) -> Result<Json<Messages>, Problem> {
    let town = world.town();
    let after = wanted.after.unwrap_or(0);
    let limit = wanted.limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
    let to = wanted.to.as_deref().map(|number| by_number(&town, number)).transpose()?;
    let fits = |brev: &&std::sync::Arc<Brev>| {
        brev.id > after
            && to.is_none_or(|to| brev.til == to)
            && wanted.channel.as_deref().is_none_or(|channel| brev.kanal.ord() == channel)
    };
    let messages: Vec<Message> =
        town.post.brev().filter(fits).take(limit).map(|brev| Message::of(&town, brev)).collect();
    let next = messages.last().map_or(after, |message| message.id);
    Ok(Json(Messages { messages, next, under_way: town.post.underveis().count() }))
}

/// Which letter, in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Which {
    id: u64,
}

/// One letter.
#[utoipa::path(get, path = "/worlds/{world}/messages/{id}", params(Which), tag = "messages", responses((status = 200, body = Message)))]
pub(super) async fn one(Named { world, .. }: Named, Path(which): Path<Which>) -> Result<Json<Message>, Problem> {
    let town = world.town();
    let brev = letter(&town, which.id)?;
    Ok(Json(Message::of(&town, brev)))
}

/// Which file of which letter, in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct WhichFile {
    id: u64,
    /// 0 is the letter itself, 1 its first attachment.
    n: usize,
}

/// A file of a letter. It is always a download, never a page of ours.
#[utoipa::path(get, path = "/worlds/{world}/messages/{id}/attachments/{n}", params(WhichFile), tag = "messages",
    responses((status = 200, description = "the file as the sender gave it", content_type = "*/*", body = Vec<u8>)))]
pub(super) async fn attachment(
    Named { world, inbound }: Named,
    Path(which): Path<WhichFile>,
) -> Result<Response, Problem> {
    let town = world.town();
    let brev = letter(&town, which.id)?;
    let file = match which.n {
        0 => brev.hoveddokument.as_ref(),
        n => brev.vedlegg.get(n - 1),
    };
    let missing = || Problem::new(Code::UnknownAddress, format!("letter {} has no file {}", which.id, which.n));
    let file = file.ok_or_else(missing)?;
    let bytes = inbound.hall.blobs().get(&file.sha256).ok_or_else(missing)?;
    let kind = HeaderValue::from_str(&file.mime).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

/// The citizen opens a letter now.
#[utoipa::path(post, path = "/worlds/{world}/messages/{id}/read", params(Which), tag = "messages",
    responses((status = 200, body = Message)))]
pub(super) async fn open(Named { world, .. }: Named, Path(which): Path<Which>) -> Result<Json<Message>, Problem> {
    letter(&world.town(), which.id)?;
    let cause = Cause::of("admin letter opened", &[&which.id.to_be_bytes()]);
    let done = world.command(Command::Post(PostCommand::AapneBrev { brev: which.id }), cause).await?;
    Ok(Json(Message::of(&done.town, letter(&done.town, which.id)?)))
}

/// The letter with number `id`.
fn letter(town: &Town, id: u64) -> Result<&std::sync::Arc<Brev>, Problem> {
    let found = town.post.brev_etter_id.get(&id);
    found.ok_or_else(|| Problem::new(Code::UnknownAddress, format!("nobody in this world has received a letter {id}")))
}

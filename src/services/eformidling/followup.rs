//! Following what was sent: conversations and statuses (`specs/eformidling.md` §9, §10).

use std::cmp::Reverse;
use std::sync::Arc;

use axum::http::StatusCode;

use super::faults::Fault;
use super::identifikator::bar;
use super::messages::service_filter;
use super::paging::PageRequest;
use super::{Answer, Call, Nei, wire};
use crate::clock::{Dato, Instant};
use crate::town::decide::PostCommand;
use crate::town::state::{Meldingsnoekkel, Samtale, Status};

const PAGING: [&str; 3] = ["page", "size", "sort"];

/// `GET conversations`, and `GET conversations/queue` for those still polled.
pub(super) fn conversations(call: &mut Call, queue: bool) -> Result<Answer, Nei> {
    let filters = [
        "conversationId",
        "messageId",
        "sender",
        "senderIdentifier",
        "receiver",
        "receiverIdentifier",
        "serviceIdentifier",
        "messageReference",
        "messageTitle",
        "pollable",
        "finished",
        "direction",
        "lastUpdateFrom",
        "lastUpdateTo",
    ];
    call.known_params(&[&filters[..], &PAGING].concat());
    service_filter(call)?;
    let filter = Filter::read(call)?;
    let town = call.town.clone();
    let mut found: Vec<&Arc<Samtale>> = town
        .post
        .samtaler
        .values()
        .filter(|samtale| (!queue || samtale.spoerres) && filter.fits(call, samtale))
        .collect();
    found.sort_by_key(|samtale| Reverse((samtale.sist_oppdatert, samtale.nummer)));
    let page = PageRequest::read(&call.query);
    let page =
        page.page(found, true, "Conversation", &wire::CONVERSATION_PROPERTIES, |samtale| wire::conversation(samtale))?;
    Ok(Answer::Json(page))
}

/// The filters of conversations that are not texts.
struct Filter {
    pollable: Option<bool>,
    finished: Option<bool>,
    outgoing: Option<bool>,
    from: Option<Dato>,
    to: Option<Dato>,
}

impl Filter {
    fn read(call: &Call) -> Result<Self, Fault> {
        let given = |name: &str| call.param(name).filter(|given| !given.is_empty());
        let truth = |name: &str| match given(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(Fault::type_mismatch(name, other, "java.lang.Boolean")),
        };
        let date = |name: &str| match given(name) {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| Fault::type_mismatch(name, text, "java.time.LocalDate")),
        };
        Ok(Self {
            pollable: truth("pollable")?,
            finished: truth("finished")?,
            outgoing: match given("direction") {
                None => None,
                Some("OUTGOING") => Some(true),
                Some("INCOMING") => Some(false),
                Some(other) => {
                    let class = "no.difi.meldingsutveksling.nextmove.ConversationDirection";
                    return Err(Fault::type_mismatch("direction", other, class));
                }
            },
            from: date("lastUpdateFrom")?,
            to: date("lastUpdateTo")?,
        })
    }

    fn fits(&self, call: &Call, samtale: &Samtale) -> bool {
        let melding = &samtale.melding;
        let wanted = |name: &str, value: &str| call.param(name).is_none_or(|given| given.is_empty() || given == value);
        let day = samtale.sist_oppdatert.dato();
        self.pollable.is_none_or(|pollable| pollable == samtale.spoerres)
            && self.finished.is_none_or(|finished| finished == samtale.ferdig)
            && self.outgoing != Some(false)
            && self.from.is_none_or(|from| day >= from)
            && self.to.is_none_or(|to| day <= to)
            && wanted("conversationId", &melding.samtale.to_string())
            && wanted("messageId", &melding.noekkel.id.to_string())
            && wanted("sender", &melding.avsender)
            && wanted("senderIdentifier", bar(&melding.avsender))
            && wanted("receiver", &melding.mottaker)
            && wanted("receiverIdentifier", bar(&melding.mottaker))
            && wanted("serviceIdentifier", melding.tjeneste().kode())
            && wanted("messageReference", &samtale.referanse)
            && wanted("messageTitle", samtale.tittel.as_deref().unwrap_or_default())
    }
}

/// The conversation whose number stands in the path.
fn numbered(call: &mut Call) -> Result<Arc<Samtale>, Fault> {
    let given = call.variable();
    let number: i64 = given.parse().map_err(|_| Fault::type_mismatch("id", given, "java.lang.Long"))?;
    let found = u64::try_from(number).ok().and_then(|number| call.town.post.samtaler.get(&number)).cloned();
    let found = found.ok_or_else(|| Fault::conversation_not_found(number))?;
    call.about(found.melding.til);
    call.note.message = Some(found.melding.noekkel.id.to_string());
    Ok(found)
}

/// The conversation of the message in the path.
fn of_message(call: &mut Call) -> Result<Arc<Samtale>, Fault> {
    let noekkel = call.noekkel()?;
    let found = call.town.post.samtale(noekkel).cloned();
    let found = found.ok_or_else(|| Fault::message_not_found(&noekkel.id.to_string()))?;
    call.about(found.melding.til);
    Ok(found)
}

/// `GET conversations/{id}`.
pub(super) fn conversation(call: &mut Call) -> Result<Answer, Nei> {
    Ok(Answer::Json(wire::conversation(&*numbered(call)?)))
}

/// `GET conversations/messageId/{id}`.
pub(super) fn conversation_of_message(call: &mut Call) -> Result<Answer, Nei> {
    Ok(Answer::Json(wire::conversation(&*of_message(call)?)))
}

/// `DELETE conversations/{id}`.
pub(super) async fn delete_conversation(call: &mut Call) -> Result<Answer, Nei> {
    let samtale = numbered(call)?;
    slett(call, samtale.melding.noekkel).await
}

/// `DELETE conversations/messageId/{id}`.
pub(super) async fn delete_conversation_of_message(call: &mut Call) -> Result<Answer, Nei> {
    let samtale = of_message(call)?;
    slett(call, samtale.melding.noekkel).await
}

async fn slett(call: &mut Call, noekkel: Meldingsnoekkel) -> Result<Answer, Nei> {
    let key = noekkel.id.0.to_be_bytes();
    call.command(PostCommand::SlettSamtale { melding: noekkel }, "eformidling.samtale.slett", &[&key]).await?;
    Ok(Answer::Empty(StatusCode::OK))
}

/// `GET statuses`.
pub(super) fn statuses(call: &mut Call) -> Result<Answer, Nei> {
    let filters = ["id", "conversationId", "messageId", "status", "fromDateTime", "toDateTime"];
    call.known_params(&[&filters[..], &PAGING].concat());
    let given = |name: &str| call.param(name).filter(|given| !given.is_empty());
    let id = match given("id") {
        None => None,
        Some(id) => Some(id.parse::<u64>().map_err(|_| Fault::type_mismatch("id", id, "java.lang.Long"))?),
    };
    let status = match given("status") {
        None => None,
        Some(given) => Some(Status::ALL.into_iter().find(|status| status.kode() == given).ok_or_else(|| {
            Fault::type_mismatch("status", given, "no.difi.meldingsutveksling.receipt.ReceiptStatus")
        })?),
    };
    let time = |name: &str| match given(name) {
        None => Ok(None),
        Some(text) => {
            Instant::parse(text).map(Some).ok_or_else(|| Fault::type_mismatch(name, text, "java.time.OffsetDateTime"))
        }
    };
    // One of the two alone is ignored.
    let span = time("fromDateTime")?.zip(time("toDateTime")?);
    let town = call.town.clone();
    let (message, conversation) = (given("messageId").map(str::to_owned), given("conversationId").map(str::to_owned));
    let found: Vec<_> = town
        .post
        .status_av
        .iter()
        .filter(|(number, _)| id.is_none_or(|id| id == **number))
        .filter_map(|(number, samtale)| town.post.samtaler.get(samtale).map(|samtale| (number, samtale)))
        .filter(|(_, samtale)| {
            let melding = &samtale.melding;
            message.as_ref().is_none_or(|message| *message == melding.noekkel.id.to_string())
                && conversation.as_ref().is_none_or(|conversation| *conversation == melding.samtale.to_string())
        })
        .filter_map(|(number, samtale)| {
            samtale.statuser.iter().find(|linje| linje.id == *number).map(|linje| (samtale, linje))
        })
        .filter(|(_, linje)| {
            status.is_none_or(|status| status == linje.status)
                && span.is_none_or(|(from, to)| (from..=to).contains(&linje.tid))
        })
        .collect();
    if let Some(message) = message {
        note_message(call, message);
    }
    let page = PageRequest::read(&call.query);
    let page = page.page(found, true, "MessageStatus", &wire::STATUS_PROPERTIES, |(samtale, linje)| {
        wire::status(samtale, linje)
    })?;
    Ok(Answer::Json(page))
}

/// Tells the recorder which message, and so which citizen, a call is about.
fn note_message(call: &mut Call, message: String) {
    let id = crate::town::state::MeldingsId::parse(&message);
    let samtale = id.and_then(|id| call.town.post.samtale(Meldingsnoekkel { eier: call.own(), id }));
    if let Some(til) = samtale.map(|samtale| samtale.melding.til) {
        call.about(til);
    }
    call.note.message = Some(message);
}

/// `GET statuses/{messageId}`: an unknown message has no statuses, which is no error.
pub(super) fn statuses_of_message(call: &mut Call) -> Result<Answer, Nei> {
    call.known_params(&PAGING);
    let noekkel = call.noekkel().ok();
    let samtale = noekkel.and_then(|noekkel| call.town.post.samtale(noekkel)).cloned();
    if let Some(samtale) = &samtale {
        call.about(samtale.melding.til);
    }
    let found: Vec<_> =
        samtale.iter().flat_map(|samtale| samtale.statuser.iter().map(move |linje| (samtale, linje))).collect();
    let page = PageRequest::read(&call.query);
    let page = page.page(found, true, "MessageStatus", &wire::STATUS_PROPERTIES, |(samtale, linje)| {
        wire::status(samtale, linje)
    })?;
    Ok(Answer::JsonUtf8(page))
}
